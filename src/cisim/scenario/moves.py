"""How far fields move progress, as `experiments/moves.py` has measured it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("moves.csv")
#: A field that moves progress by less, in points, hardly matters.
LITTLE = 0.25


class Move(NamedTuple):
    """How far apart mean progress at the end is over the plausible range of a field, in one shipped scenario, on the same luck."""

    field: str
    scenario: str
    low: float  #: the ends of the range that was tried
    high: float
    points: float  #: percentage points of the gap
    error: float  #: standard error of that


@cache
def moves() -> Mapping[str, tuple[Move, ...]]:
    """Read what has been measured, by field: in `all-five` and, where that is little, in the shipped scenario where it is most."""
    found: dict[str, tuple[Move, ...]] = {}
    if FILE.exists():
        with FILE.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                numbers = {name: float(row[name]) for name in ("low", "high", "points", "error")}
                read = Move(row["field"], row["scenario"], **numbers)
                found[read.field] = (*found.get(read.field, ()), read)
    return found
