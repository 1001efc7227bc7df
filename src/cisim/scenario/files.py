"""Reading scenarios: those that come with cisim by name, others from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from cisim.scenario.scenario import Scenario


def shipped() -> Mapping[str, Path]:
    """The scenarios that come with cisim: name -> file, sorted by name."""
    package = Path(__file__).parent.parent
    for folder in (package / "shipped_scenarios", package.parent.parent / "scenarios"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return {}


def load(name_or_path: str | PathLike[str]) -> Scenario:
    """A scenario by its name, if it came with cisim, or from a TOML file."""
    path = shipped().get(str(name_or_path)) or Path(name_or_path)
    scenario = Scenario(**tomllib.loads(path.read_text(encoding="utf-8")))
    return scenario.at(path.parent)
