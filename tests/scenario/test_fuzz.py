"""Fuzzed scenario files: whatever they hold, they are read as they say or refused in words.

`CISIM_FUZZ=100000` tries so many; see tests/fuzzing.py.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given

from cisim import files
from cisim.scenario import Scenario, fields, load, shipped
from cisim.scenario.compile import compile_dials
from cisim.scenario.toml import parse
from fuzzing import LUCK, TOML_PIECES, Figures, Toml, fuzzed, mutated, value_of
from fuzzing import figures as figures

SAMPLES = [path.read_bytes() for path in shipped().values()]
DIALS = [info for info in fields() if info.kind == "dial"]


@pytest.fixture(autouse=True)
def _no_files(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "read_bytes", figures.read_bytes)


def sections_of(luck: Random) -> dict[str, Any]:
    """Choose sections of a scenario: each value may be there, all of them perhaps not together."""
    sections: dict[str, Any] = {}
    for info in luck.sample(fields(), luck.choice([0, 1, 3, 10, 30])):
        *path, name = info.path.split(".")
        inner = sections
        for part in path:
            inner = inner.setdefault(part, {})
        inner[name] = value_of(info, luck)
    names = luck.sample(["reading", "Gesundheit \u00fcber", "a.b", "x", "9", "outcomes"], luck.randint(0, 4))
    if names:
        outcomes = [{"name": name, "trend": luck.uniform(-0.01, 0.01), "baseline": 0.25} for name in names]
        sections.setdefault("community", {})["outcomes"] = outcomes
    if luck.randrange(2):
        sections["events"] = [event_of(luck, names, number) for number in range(luck.randint(1, 4))]
    return sections


def event_of(luck: Random, outcomes: list[str], number: int) -> dict[str, Any]:
    dial = luck.choice(DIALS)
    settings = {dial.path: value_of(dial, luck)}
    if outcomes and luck.randrange(2):
        settings[f"community.outcomes.{luck.choice(outcomes)}.trend"] = luck.choice([0, 0.01, -1])
    when = {
        "measure": luck.choice(["members", "trust", "progress", "indicator.x"]),
        "below": luck.random(),
        "after": number,
    }
    event: dict[str, Any] = luck.choice([{"month": number + 1}, {"when": when}])
    if not luck.randrange(3):
        settings = luck.choice([{"member": False}, {"resources": 2.5, "commitment": 0}])
        event["organisation"] = luck.choice(["Food Bank", "1"])
    return {**event, "set": settings, "why": "x\ty"}


def try_to_read(figures: Figures, content: bytes) -> Scenario | None:
    figures.contents = {"s.toml": content}
    found = figures.attempt(lambda: load("./s.toml"))
    if found is not None:
        compile_dials(found)
        text = found.to_toml()
        again = Scenario(**parse(text, "again"))
        assert again == found
        assert again.digest() == found.digest()
    for problem in figures.problems:
        assert problem.startswith("./s.toml"), "says where"
    return found


@fuzzed
@given(luck=LUCK)
def test_any_scenario_file(figures: Figures, luck: Random) -> None:
    sections, writer = sections_of(luck), Toml(luck)
    found = try_to_read(figures, writer.file(sections))
    if found is not None and not writer.faults:
        said = found.as_mapping()
        for name, section in sections.items():
            for key, value in section.items() if isinstance(section, dict) else ():
                if not isinstance(value, dict | list):
                    assert said[name][key] == value, f"{name}.{key}"
    if not writer.faults:
        assert not [text for text in figures.problems if "TOML" in text or "no such field" in text]


@fuzzed
@given(luck=LUCK)
def test_any_change_of_a_scenario_file(figures: Figures, luck: Random) -> None:
    try_to_read(figures, mutated(luck.choice(SAMPLES), luck, TOML_PIECES))
