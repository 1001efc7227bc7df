"""Exercises of the eighth notebook: a spreadsheet to mend, a launch that begins late, and the condition to begin with."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cisim.coalition import Roster, roster
from cisim.ensemble import Ensemble, run
from cisim.errors import InputError
from cisim.notebook.checking import Verdict, near, right
from cisim.scenario import Scenario, load
from cisim.uncertainty import moments, t_interval

RUNS = 100
MESSY = "messy.csv"
#: The fields that switch the conditions.
FIELDS: Mapping[str, str] = {
    "agenda": "agenda.process",
    "measurement": "measurement.sharing",
    "activities": "activities.coordination",
    "communication": "communication.frequency",
    "backbone": "backbone.staff",
}
#: Months in which the second year, and the third, begins.
YEAR_TWO, YEAR_THREE = 13, 25


def _begun(begin: str, month: int) -> Scenario:
    """The launch that has one condition up to a month, and from then on all five."""
    scenario = load("real-coalition")
    later = {field: scenario.value(field) for name, field in FIELDS.items() if name != begin}
    return scenario.replace(**dict.fromkeys(later, 0.0), events=[{"month": month, "set": later}])


def _told(row: Mapping[str, str], column: str, *, scale: float = 1.0) -> float:
    """What a cell of the messy file means; NaN if it is empty."""
    text = {"half": "0.5"}.get(row[column].strip(), row[column].strip())
    return float(text) * scale if text else math.nan


def _differs(found: float, told: float) -> bool:
    return math.isnan(found) != math.isnan(told) or abs(found - told) > 1e-6


def spreadsheet(answer: Any) -> str | Verdict:
    """Is the file read as its author meant it, with nothing lost and nothing invented?"""
    if not isinstance(answer, Scenario):
        return "A scenario is asked for: one that names your file in coalition.file."
    if answer.coalition.file is None or str(answer.coalition.file).startswith("builtin:"):
        return "This scenario reads no file of yours: name it in coalition.file."
    messy = (answer.folder or Path()) / MESSY
    if not messy.is_file():
        return f"{MESSY} is not there to compare with: run the cell of part three that writes it."
    try:
        found = roster(answer)
    except InputError as error:
        return f"cisim refuses the file. The first thing it says is: {str(error).splitlines()[0]}"
    unused = [column.what for column in found.columns if column.status == "unused"]
    if unused:
        return f"It can be read, but the column {unused[0]!r} is not used: what it says would be made up instead."
    with messy.open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    if set(found.names) != set(rows):
        lost, new = sorted(set(rows) - set(found.names)), sorted(set(found.names) - set(rows))
        return f"{lost[0]!r} got lost." if lost else f"{new[0]!r} is not in the list of the town."
    return _compared(found, rows, answer.outcome_names)


def _compared(
    found: Roster, rows: Mapping[str, Mapping[str, str]], outcomes: tuple[str, ...]
) -> str | Verdict:
    """What was read beside what the author wrote."""
    for place, name in enumerate(found.names):
        row = rows[name]
        parts = [_told(row, "mission.reading"), _told(row, "mission.graduates")]
        pairs = {
            "resources": (found.resources[place], _told(row, "resources")),
            "commitment": (found.commitment[place], _told(row, "commitment", scale=0.01)),
            "mission": (found.mission[place, outcomes.index("reading")], parts[0] / sum(parts)),
        }
        for what, (read, told) in pairs.items():
            if not _differs(float(read), told):
                continue
            if math.isnan(told):
                return f"{name} has a {what} now that nobody told. A number that was filled in counts as known in every run."
            if math.isnan(read):
                return f"The {what} of {name} was told, and is not in your file any more."
            return f"The {what} of {name} is not what its author meant. Is the unit right?"
    return right(
        "Everything that was told is used, and what was not told stays open: it is drawn anew in each run, "
        "so that your results show how much hangs on it."
    )


@lru_cache
def _ways() -> tuple[Ensemble, Ensemble, Ensemble]:
    """All at once, backbone first, and all at once a year later."""
    scenario = load("real-coalition")
    waits = scenario.replace(**{"coalition.start": YEAR_TWO})
    first, prepared, late = (
        run(one, runs=RUNS, seed=1) for one in (scenario, _begun("backbone", YEAR_TWO), waits)
    )
    return first, prepared, late


def _share(month: int) -> float:
    """Which share of what backbone first is behind in a month is the one that only waits behind?"""
    first, prepared, late = (one.measure("progress")[:, month].mean() for one in _ways())
    return float((first - late) / (first - prepared))


def delay(answer: Any) -> str | Verdict:
    """Which share of the gap is the delay alone?"""
    share, last = float(answer), _ways()[0].months[-1]
    if not math.isfinite(share):
        return "A share is asked for, from 0 to 1."
    if near(share, _share(last), within=0.08):
        return right(
            "More than half of the gap is the delay. The rest is the price of a year in which members "
            "pay for a backbone, have no agenda and see nobody contribute: it would have been better to wait."
        )
    if share < 0:
        return "Both are behind, so the share is above 0. Mind which one is subtracted from which."
    if near(share / 100, _share(last), within=0.08):
        return "That looks like per cent. A share is asked for, from 0 to 1."
    if near(share, 1 - _share(last), within=0.08):
        return "This is the part that is not the delay. The other part is asked for."
    if near(share, 1 / _share(last), within=0.1):
        return "Turned round: the one that only waits goes over the fraction line."
    if share > 1:
        return "At the end the coalition that only waits is less behind than the other. Is it the last month that you look at?"
    if share > 0.9:
        return "So close are the two levels, not the two gaps. Take the differences from all at once."
    way = "More" if share < _share(last) else "Less"
    return f"{way} than that. Does your coalition that waits have all five conditions, and start in the month in which the others come?"


@lru_cache
def _beginning(name: str) -> Ensemble:
    return run(_begun(name, YEAR_THREE), runs=RUNS, seed=1)


def _mean(name: str, measure: str, month: int) -> float:
    return float(np.nanmean(_beginning(name).measure(measure)[:, month]))


def beginning(answer: Any) -> str | Verdict:
    """Is no other condition clearly better to begin with?"""
    name = str(answer).strip().lower()
    if name not in FIELDS:
        return f"The name of one condition is asked for. They are {', '.join(FIELDS)}."
    last, before = _beginning(name).months[-1], YEAR_THREE - 1
    best = max(FIELDS, key=lambda one: _mean(one, "progress", last))
    gap = _beginning(best).measure("progress")[:, last] - _beginning(name).measure("progress")[:, last]
    if best == name or t_interval(moments(gap))[0] <= 0:
        return right(
            "Of the five it is the one that does something on its own: it trains members and raises money. "
            "Did you set the coalition beside it that waits? It is ahead of all five."
        )
    if name == max(FIELDS, key=lambda one: _mean(one, "members", before)):
        return (
            "It keeps the most members through the two years. Progress at the end is asked for: compare it."
        )
    if name == max(FIELDS, key=lambda one: _mean(one, "commitment", before)):
        return "It keeps members most committed through the two years. Progress at the end is asked for: compare it."
    if name == min(FIELDS, key=lambda one: _mean(one, "progress", last)):
        return "None of the five has less progress at the end. Look at what the two years do to trust and members."
    return "Another one is ahead of it at the end, clear of 0. Compare all five on the same luck."


EXERCISES = {"8.1": spreadsheet, "8.2": delay, "8.3": beginning}
