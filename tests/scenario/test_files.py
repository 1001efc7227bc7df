"""Files are read with the line of every problem; what is no scenario file is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cisim.errors import InputError
from cisim.scenario import Scenario, load
from cisim.scenario.files import LARGEST


def refusal(path: Path | str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(path)
    assert caught.value.__cause__ is None
    return [problem.replace(str(path), "FILE") for problem in caught.value.problems]


def refused(tmp_path: Path, content: str | bytes) -> list[str]:
    path = tmp_path / "a.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return refusal(path)


def test_every_problem_has_its_line_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = '''\
[scenario]
description = """
staff = 3 # not here
"""
[backbone]
staff = -1
allocation = { engage = 0.5, will = 2 }
[communication]
frequency = nan
informal = true
"openess" = 1

[[community.outcomes]]
name = "a"
[[community.outcomes]]
name = "b"
baseline = 1.5
[[events]]
month = 300
set = { "backbone.staff" = 1 }
[[events]]
month = 12
[events.set]
"agenda.pull" = "x"
'''
    assert refused(tmp_path, text) == [
        "FILE:6: backbone.staff = -1: must be a number from 0 to 10000 (FTE)",
        "FILE:7: backbone.allocation.will = 2: must be a number from 0 to 1 (share)",
        "FILE:9: communication.frequency = nan: must be a number from 0 to 1000 (contacts/month)",
        "FILE:10: communication.informal = true: must be a number from 0 to 1000 (contacts/month)",
        "FILE:11: communication.openess = 1: no such field; did you mean communication.openness?",
        "FILE:17: community.outcomes.b.baseline = 1.5: must be a number, at least 0 and below 1 (indicator)",
        "FILE:19: event 1, month = 300: must be a month of the run, 1 to 120 (scenario.months)",
        'FILE:24: event 2, set "agenda.pull" = "x": must be a number from 0 to 1 (1/month)',
    ]


def test_a_rule_across_fields_names_the_line_of_one_that_is_given(tmp_path: Path) -> None:
    problems = refused(tmp_path, "[agenda]\nfocus = 3\nstubborn = 0.9\n")
    assert [problem.partition(" = ")[0] for problem in problems] == [
        "FILE:3: agenda.process * agenda.pull + agenda.stubborn"
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[backbone]\nstaff = \n", "FILE:2: not valid TOML: invalid value (column 9)"),
        ("a = [1,\n", "FILE:1: not valid TOML: "),
        ("[a]\n[a]\n", "FILE:2: not valid TOML: cannot declare ('a',) twice (column 3)"),
        (b"[backbone]\n# \xff\n", "FILE:2: is not text in UTF-8; save it in that encoding"),
        ("x = 1" + "0" * 6000, "FILE: not valid TOML: a number with too many digits"),
        ("x = " + "[" * 100_000, "FILE: nests too deeply"),
        ("a." * 100_000 + "a = 1", "FILE: nests too deeply"),
        (b" " * (LARGEST + 1), "FILE: is larger than 10 MB, too large for a scenario"),
    ],
    ids=["no value", "open list", "twice", "not UTF-8", "many digits", "deep lists", "deep keys", "large"],
)
def test_a_file_that_is_no_scenario_is_refused_in_one_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    problems = refused(tmp_path, content)
    assert len(problems) == 1
    assert problems[0].startswith(says)


def test_a_missing_file_a_folder_and_an_impossible_name_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.toml") == ["FILE: no such file"]
    assert refusal(tmp_path) == ["FILE: is a folder, not a scenario file"]
    assert refusal("a\0b") == ["'a\\x00b': is not the name of a file"]
    assert refusal("x" * 5000) == ["x" * 100 + "...: cannot be read: File name too long"]


def test_a_misspelt_name_is_answered_with_the_nearest_shipped_scenario() -> None:
    assert refusal("al-five") == [
        "FILE: no such file, and no scenario of that name comes with cisim; did you mean all-five?"
    ]
    assert "there are activities-alone, adaptive-backbone" in refusal("qqqqqq")[0]


def test_an_empty_file_is_all_five_conditions(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("")
    assert load(path) == Scenario()
    assert load(str(path)) == Scenario()


def test_a_mark_of_the_encoding_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf[backbone]\r\nstaff = 2\r\n")
    assert load(path).backbone.staff == 2
