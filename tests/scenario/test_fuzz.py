"""Fuzzed scenario files: whatever they hold, they are read as they say or refused in words.

`CISIM_FUZZ=100000` tries so many; see tests/fuzzing.py.
"""

from __future__ import annotations

from random import Random

import pytest

from cisim import files
from cisim.scenario import Scenario, load, shipped
from cisim.scenario.compile import compile_dials
from cisim.scenario.toml import parse
from fuzzing import TOML_PIECES, Figures, Toml, fuzzed, mutated, sections_of
from fuzzing import figures as figures

SAMPLES = [path.read_bytes() for path in shipped().values()]


@pytest.fixture(autouse=True)
def _no_files(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "read_bytes", figures.read_bytes)


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
def test_any_change_of_a_scenario_file(figures: Figures, luck: Random) -> None:
    try_to_read(figures, mutated(luck.choice(SAMPLES), luck, TOML_PIECES))
