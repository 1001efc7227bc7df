"""The tables [record], [stop] and [limits] of a study file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cisim.dynamics.state import ORGANISATION
from cisim.scenario.problems import Problem
from cisim.study.asked import Asked
from cisim.study.study import Limits, Record, Stop

RECORD = ("months", "measures", "bands", "trajectories", "organisations", "ties", "panel_months")
#: What can be kept of organisations: not luck's slots, nor what a month scratches out between its stages.
FIELDS = tuple(
    name
    for name in ORGANISATION.names or ()
    if not name.startswith(("next_", "mean_")) and name not in {"slot", "tie_weight", "relations"}
)
#: Bytes in a unit of memory.
UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_MEMORY = re.compile(r"(\d+(?:\.\d+)?) *([A-Za-z]+)", re.ASCII)
#: Least memory that a run can be limited to, in bytes.
LEAST_MEMORY = 10**6


def record_of(
    file: Mapping[str, Any], last: int | None, known: Sequence[str] | None, problems: list[Problem]
) -> Record:
    """What a study records.

    Args:
        file: the whole file.
        last: the last month of its runs; None: it is not known.
        known: names of measures; None: they are not known.
        problems: where to note what is wrong.
    """
    asked = Asked(file.get("record", {}), ("record",), problems, RECORD)
    organisations, ties = asked.names("organisations", FIELDS, "field"), asked.truth("ties", False)
    panels = bool(organisations) or ties
    if asked.has("panel_months") and not panels:
        asked.says(
            'is for panels: give organisations = ["commitment"], or ties = true, as well', "panel_months"
        )
    return Record(
        months=_months(asked, "months", last, default=(last,) if last is not None else (0,)),
        measures=asked.names("measures", known, "measure"),
        bands=asked.names("bands", known, "measure"),
        trajectories=asked.names("trajectories", known, "measure"),
        organisations=organisations,
        ties=ties,
        panel_months=_months(asked, "panel_months", last, default=tuple(range((last or 0) + 1)))
        if panels
        else (),
    )


def _months(asked: Asked, key: str, last: int | None, default: tuple[int, ...]) -> tuple[int, ...]:
    if not asked.has(key):
        return default
    value = asked.values[key]
    if value == "yearly":
        return tuple(sorted({*range(0, (last or 0) + 1, 12), last or 0}))
    if not isinstance(value, list) or not value:
        asked.says('must be a list of months, such as [24, 60], or "yearly"', key, value=value)
        return default
    for place, month in enumerate(value):
        whole = isinstance(month, int) and not isinstance(month, bool)
        if not whole or month < 0 or (last is not None and month > last):
            most = "" if last is None else f" to {last}, the last of the scenario (scenario.months)"
            asked.says(f"must be a month from 0{most}", key, place, value=month)
        elif month in value[:place]:
            asked.says(f"is there already (item {value.index(month) + 1})", key, place, value=month)
    return tuple(sorted(month for month in value if isinstance(month, int)))


def stop_of(file: Mapping[str, Any], known: Sequence[str] | None, problems: list[Problem]) -> Stop | None:
    """When a run may end early.

    Args:
        file: the whole file.
        known: names of measures; None: they are not known.
        problems: where to note what is wrong.
    """
    if "stop" not in file:
        return None
    asked = Asked(file["stop"], ("stop",), problems, ("measure", "below", "above"))
    below, above = asked.number("below"), asked.number("above")
    if not asked.has("below") and not asked.has("above"):
        asked.says("says no value; give below, or above, or both")
    elif below is not None and above is not None and below > above:
        asked.says(
            f"must not be more than above ({above:g}): every value would meet it", "below", value=below
        )
    name = asked.values.get("measure")
    if name is None:
        asked.says("is missing: the name of a measure", "measure")
    else:
        single = Asked({"measure": [name]}, ("stop",), [])
        single.names("measure", known, "measure")
        problems += [
            Problem(("stop", "measure"), found.says.replace("stop.measure, item 1", "stop.measure"))
            for found in single.problems
        ]
    return Stop(str(name), below, above)


def limits_of(file: Mapping[str, Any], problems: list[Problem]) -> Limits:
    """What one run may take."""
    asked = Asked(file.get("limits", {}), ("limits",), problems, ("seconds", "memory"))
    seconds = asked.number("seconds")
    if seconds is not None and seconds <= 0:
        asked.says("must be above 0", "seconds", value=asked.values["seconds"])
    memory = asked.values.get("memory")
    if memory is None:
        return Limits(seconds)
    size = _bytes(memory)
    if size is None or size < LEAST_MEMORY:
        asked.says('must be at least 1 MB, such as "500 MB" or "2 GB"', "memory", value=memory)
    return Limits(seconds, size)


def _bytes(memory: Any) -> int | None:
    if isinstance(memory, int) and not isinstance(memory, bool):
        return memory
    found = _MEMORY.fullmatch(memory.strip()) if isinstance(memory, str) else None
    unit = UNITS.get(found[2].upper()) if found else None
    return int(float(found[1]) * unit) if found and unit else None
