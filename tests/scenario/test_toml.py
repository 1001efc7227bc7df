"""The lines of keys are found as Python's own reader understands the file."""

from __future__ import annotations

import tomllib
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings

from cisim.errors import InputError
from cisim.scenario import Scenario, commented_toml
from cisim.scenario.toml import line_numbers, parse
from scenario_strategies import scenarios

# QQQ is three single quotes, which would end the Python text.
TRICKY = r'''
# a = 1
a.b . "c d" = 1
'e.f' = [ # list
  1, [2, 3], { x = 1, y = [ ']', "}" ] },
]
[g]
text = QQQ
[no]
h = 1 QQQ'
more = """a "quoted" \"""
i = 2"""
last = "x # \" y" # end
[[k]]
l = 1
[[k]]
[k.m]
n = 1979-05-27 07:32:00
[[k.o]]
p = 1
[[k.o]]
p = 2
'''.replace("QQQ", "'" * 3)


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} | {found for key, item in inner for found in paths_of(item, (*path, key))}


def test_every_key_of_a_tricky_file_has_its_line() -> None:
    lines = line_numbers(TRICKY)
    assert paths_of(tomllib.loads(TRICKY)) - set(lines) <= {(), *((part,) for part in "ag")}
    assert lines["a", "b", "c d"] == 3
    assert lines["e.f", 2, "y", 1] == 5
    assert lines["g", "more"] == 11
    assert lines["g", "last"] == 13
    assert lines["k", 1] == 16
    assert lines["k", 1, "m", "n"] == 18
    assert lines["k", 1, "o", 1, "p"] == 22
    assert ("no",) not in lines
    assert ("g", "i") not in lines


@settings(derandomize=True, deadline=None, database=None, max_examples=40)
@given(scenarios())
def test_every_key_of_a_written_scenario_has_its_line(scenario: Scenario) -> None:
    text = scenario.to_toml()
    lines = line_numbers(text)
    assert paths_of(tomllib.loads(text)) - {()} == set(lines) - {()}
    written = text.split("\n")
    assert all(written[lines[path] - 1].startswith("staff") for path in [("backbone", "staff")])


def test_a_file_that_is_broken_off_gives_the_lines_up_to_there() -> None:
    assert line_numbers("[backbone]\nstaff = 3\nstart = [1,\n")[("backbone", "staff")] == 2
    assert line_numbers("[") == {}
    assert line_numbers("x = " + "[" * 100_000)[("x",)] == 1


def test_the_commented_file_has_the_sections_alone() -> None:
    assert {path[0] for path in line_numbers(commented_toml())} == {
        "scenario", "coalition", "practice", "agenda", "measurement", "activities", "communication",
        "backbone", "funder", "community", "commitment",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a" * 5_000_000 + " = 1",
        "x = '" + "a. " * 1_000_000 + "'",
        'x = "' + "' " * 1_000_000 + '"',
        "#" + "a.b " * 999_999,
    ],
    ids=["a key of letters", "a text of sentences", "a text of quotes", "a comment"],
)
def test_a_long_key_or_text_is_read_in_time_that_grows_with_its_length_alone(text: str) -> None:
    assert len(parse(text, "FILE")) == (0 if text.startswith("#") else 1)


@pytest.mark.parametrize(
    "key", ["a." * 101 + "a", '"a" . ' * 101 + "a", "[" + "'.'." * 101 + "a]", "{ " + "a." * 101 + "a"]
)
def test_a_key_of_many_parts_is_refused_before_it_takes_time(key: str) -> None:
    with pytest.raises(InputError, match=r"^FILE: nests too deeply$"):
        parse(f"x = 1\n{key} = 1\n", "FILE")


def test_a_text_of_many_dots_is_no_key_of_many_parts() -> None:
    text = 'x = "' + "." * 999 + '"\ny = "' + "1. " * 99 + '"\n# ' + "... " * 999 + "\n"
    assert list(parse(text, "FILE")) == ["x", "y"]


def test_the_line_of_a_long_text_is_found_without_memory_for_each_of_its_characters() -> None:
    text = 'x = "' + "a b. " * 200_000 + '"\ny = """' + 'a "b. ' * 200_000 + '"""\nz = 1\n'
    tracemalloc.start()
    try:
        assert line_numbers(text, {("z",)}) == {("z",): 3}
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("end", ['"', '""', "'", "''"])
def test_quotes_at_the_end_of_a_long_text_belong_to_it(end: str) -> None:
    text = f"x = {end[0] * 3}a{end}{end[0] * 3}\ny = 1\n"
    assert tomllib.loads(text)["x"] == f"a{end}"
    assert line_numbers(text)["y",] == 2
