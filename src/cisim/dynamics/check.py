"""Check of the state against `cisim.dynamics.state.BOUNDS`: after each stage that a user replaced, never in the model's own loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import state as layout
from cisim.dynamics.compiled import compiled, inner
from cisim.dynamics.state import BOUNDS, State

#: How a column is checked: a number, a whole number, not at all. Every field has eight bytes.
NUMBER, WHOLE, FREE = range(3)
#: What rounding may add to a bound.
ROUNDING = 1e-9
LARGEST = float(np.finfo(np.float64).max)
ANY = (-math.inf, math.inf)
#: Parts of the state whose rows are organisations.
OF_ORGANISATIONS = ("organisations", "stances", "roles")


class OutOfBounds(Exception):  # noqa: N818 - what a stage left, by the number of the stage and the month
    """A stage has left a value in the state that is out of bounds."""


def _columns(part: str, record: np.dtype[Any]) -> NDArray[np.float64]:
    """Return lowest and highest value, and kind, of each field of a record, (fields, 3)."""
    bounds = {name: bound for names, bound in BOUNDS[part].items() for name in names.split() or [""]}
    columns = []
    for name in record.names or ("",):
        low, high = bounds.get(name, ANY)
        whole = record.names is not None and record[name].kind != "f"
        kind = FREE if name in layout.FREE or (whole and name not in bounds) else WHOLE if whole else NUMBER
        columns.append((max(low - ROUNDING, -LARGEST), min(high + ROUNDING, LARGEST), kind))
    return np.array(columns)


_ORGANISATIONS = _columns("organisations", layout.ORGANISATION)
_STANCES = _columns("stances", layout.STANCE)
_ROLES = _columns("roles", layout.ROLE)
_TIES = _columns("ties", layout.TIE)
_OUTCOMES = _columns("outcomes", layout.OUTCOME)
_COALITION = _columns("coalition", layout.COALITION)
_GROUPS = _columns("groups", layout.GROUP)
_NUMBERS = _columns("effort", np.dtype(np.float64))


@compiled
def sound(state: State) -> bool:
    """Tell whether all values of a state are within their bounds; a field that is none of the layout's must be finite."""
    organisations = state.organisations
    number, practices = organisations.shape[0], state.effectiveness.shape[0]
    for organisation in organisations:
        if not (0 <= organisation.practice < practices and 0 <= organisation.next_practice < practices):
            return False
    for tie in state.ties:
        if not (0 <= tie.first < number and 0 <= tie.second < number):
            return False
    stances, roles = state.stances.reshape(state.stances.size), state.roles.reshape(state.roles.size)
    effort = state.effort.reshape(state.effort.size)
    return (
        _within(organisations.view(np.float64), organisations.view(np.int64), organisations.shape[0], _ORGANISATIONS)
        and _within(stances.view(np.float64), stances.view(np.int64), stances.shape[0], _STANCES)
        and _within(roles.view(np.float64), roles.view(np.int64), roles.shape[0], _ROLES)
        and _within(state.ties.view(np.float64), state.ties.view(np.int64), state.ties.shape[0], _TIES)
        and _within(state.outcomes.view(np.float64), state.outcomes.view(np.int64), state.outcomes.shape[0], _OUTCOMES)
        and _within(state.coalition.view(np.float64), state.coalition.view(np.int64), 1, _COALITION)
        and _within(state.groups.view(np.float64), state.groups.view(np.int64), state.groups.shape[0], _GROUPS)
        and _within(effort, effort.view(np.int64), effort.shape[0], _NUMBERS)
        and _within(state.grants, state.grants.view(np.int64), state.grants.shape[0], _NUMBERS)
    )


@inner
def _within(numbers: NDArray[np.float64], wholes: NDArray[np.int64], rows: int, columns: NDArray[np.float64]) -> bool:
    """Tell whether the fields of some records, which are the same memory read as numbers and as whole numbers, are in bounds."""
    width = numbers.shape[0] // max(1, rows)
    for row in range(rows):
        for column in range(width):
            low, high, kind = -LARGEST, LARGEST, NUMBER
            if column < columns.shape[0]:
                low, high, kind = columns[column, 0], columns[column, 1], columns[column, 2]
            if kind == FREE:
                continue
            value = numbers[row * width + column]
            if kind == WHOLE:
                value = float(wholes[row * width + column])
            if not low <= value <= high:
                return False
    return True


def fault_of(state: State, organisations: Sequence[str] = ()) -> str | None:
    """Say which value of a state is the first out of its bounds, perhaps with the name of its organisation; None if none is."""
    for part in BOUNDS:
        records: NDArray[Any] = getattr(state, part)
        for name in records.dtype.names or ("",):
            values = records[name] if name else records
            low, high = _bounds(state, part, name)
            wrong = ~((values >= low - ROUNDING) & (values <= high + ROUNDING) & np.isfinite(values))
            if name not in layout.FREE and wrong.any():
                index = tuple(int(place) for place in np.argwhere(wrong)[0])
                whose = f" of {organisations[index[0]]}" if part in OF_ORGANISATIONS and organisations else ""
                place = f"{part}{'.' * bool(name)}{name}[{', '.join(map(str, index))}]"
                return f"{place}{whose} is {values[index]}: must be {_in_words(low, high)}"
    return None


def _bounds(state: State, part: str, name: str) -> tuple[float, float]:
    """Return the bounds of a field; those of rows depend on the state."""
    if name in ("practice", "next_practice"):
        return 0, len(state.effectiveness) - 1
    if (part, name) in (("ties", "first"), ("ties", "second")):
        return 0, len(state.organisations) - 1
    return next((bound for names, bound in BOUNDS[part].items() if name in names.split() or name == names), ANY)


def _in_words(low: float, high: float) -> str:
    if math.isinf(high):
        return "a finite number" if math.isinf(low) else f"a finite number of at least {low:g}"
    return f"from {low:g} to {high:g}"
