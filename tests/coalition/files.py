"""Coalition files for tests: written into a folder, and read through a scenario that names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cisim.coalition import Roster, roster
from cisim.errors import InputError
from cisim.scenario import Scenario


def scenario_of(folder: Path, organisations: str | bytes, ties: str | bytes | None = None, **sections: Any) -> Scenario:
    """A scenario whose coalition is read from these files."""
    coalition: dict[str, Any] = {"file": "organisations.csv", **sections.pop("coalition", {})}
    write(folder / coalition["file"], organisations)
    if ties is not None:
        coalition["ties"] = "ties.csv"
        write(folder / "ties.csv", ties)
    return Scenario(coalition=coalition, **sections).at(folder)


def write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def read(folder: Path, organisations: str | bytes, ties: str | bytes | None = None, **sections: Any) -> Roster:
    return roster(scenario_of(folder, organisations, ties, **sections))


def problems_of(
    folder: Path, organisations: str | bytes, ties: str | bytes | None = None, **sections: Any
) -> list[str]:
    """What is said about files that are refused."""
    with pytest.raises(InputError) as refused:
        read(folder, organisations, ties, **sections)
    return list(refused.value.problems)
