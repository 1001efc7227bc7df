"""Compiling a scenario for the engine: one row of dials, and the events that change it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import state as layout
from cisim.errors import Problems, did_you_mean
from cisim.scenario.catalogue import fields, outcome_of
from cisim.scenario.scenario import Scenario

#: How each field of the row is read, by its path, in the order of the row.
_READ = {info.path: attrgetter(info.path) for info in fields() if info.numeric}
#: Where a field stands in the row, by its path.
PLACE = {path: place for place, path in enumerate(_READ)}
_OF_ORGANISATION = {"member": layout.SET_MEMBER, "resources": layout.SET_RESOURCES, "commitment": layout.SET_COMMITMENT}


def compile_dials(scenario: Scenario) -> NDArray[np.float64]:
    """Compile one month's row of dials before any event: all numeric fields, then the outcomes' trends.

    Returns float64[dials.COUNT + outcomes], indexed by the constants of `cisim.dynamics.dials`; "never" is inf, an end that
    is not set inf, a start of the backbone that is not set -inf.
    """
    row = [in_row(path, read(scenario)) for path, read in _READ.items()]
    return np.array(row + [outcome.trend for outcome in scenario.community.outcomes])


def for_run(scenario: Scenario, plan: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Copy a compiled row for one run, with what its seed draws of fields with distributions."""
    own = plan.copy()
    for path, value in scenario.drawn(seed).items():
        own[PLACE[path]] = value
    return own


def in_row(path: str, value: Any) -> float:
    """Turn a field's value into a number of the row: "never" and an end that is not set are far off."""
    if value is None:
        no_bound = dict.fromkeys(("coalition.end", "backbone.end", "funder.term"), math.inf) | {
            "backbone.start": -math.inf
        }
        return no_bound.get(path, 0.0)  # 0: the need that is not given is found at month 0
    return math.inf if value == "never" else float(value)


def compile_events(
    scenario: Scenario, organisation_names: Sequence[str], measure_names: Sequence[str]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Compile the events of a scenario for the organisations and measures that a run has.

    The names are by row of the organisations and by column of the record. Returns arrays of `layout.EVENT` and
    `layout.ACTION`, in the order of the file.

    Raises:
        InputError: an event names an organisation or a measure that there is not.
    """
    rows = {name: row for row, name in enumerate(organisation_names)}
    columns = {name: column for column, name in enumerate(measure_names)}
    events = np.zeros(len(scenario.events), layout.EVENT)
    actions: list[tuple[int, int, float]] = []
    problems = Problems()
    for number, (event, record) in enumerate(zip(scenario.events, events, strict=True), start=1):
        when = event.when
        record["below"], record["above"] = -math.inf, math.inf
        record["first_action"], record["actions"] = len(actions), len(event.set)
        if when is None:
            record["month"] = event.month or 0
        elif when.measure not in columns:
            problems.append(f"event {number}, when.measure = {_unknown('measure', when.measure, columns)}")
        else:
            record["measure"], record["after"] = columns[when.measure], when.after
            record["below"] = -math.inf if when.below is None else when.below
            record["above"] = math.inf if when.above is None else when.above
        if event.organisation is None:
            for path, value in event.set.items():
                named = outcome_of(path)
                dial = len(_READ) + scenario.outcome_names.index(named[0]) if named else PLACE[path]
                actions.append((layout.SET_DIAL, dial, in_row(path, value)))
        elif event.organisation in rows:
            row = rows[event.organisation]
            actions += [(_OF_ORGANISATION[key], row, float(value)) for key, value in event.set.items()]
        else:
            problems.append(f"event {number}, organisation = {_unknown('organisation', event.organisation, rows)}")
    problems.check()
    return events, np.array(actions, layout.ACTION)


def _unknown(what: str, name: str, known: dict[str, int]) -> str:
    hint = did_you_mean(name, known, "")
    return f'"{name}": no such {what}{hint and f"; {hint}"}'
