"""Which values a few fields can take together in the course of a run, whatever the run does.

Events at months happen in their order. When an event with a condition happens is not known beforehand:
it may be once in any month after its `after`, before or after any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

#: So many states are looked at before a check is given up.
MOST_STATES = 10_000
Values = tuple[float, ...]


class TooManyStatesError(Exception):
    """The events can reach more states than are looked at."""


class Change(NamedTuple):
    """What one event does to the fields.

    Attributes:
        event: its place among the events.
        moment: equal for events that happen together.
        month: when it happens; None: when its condition is met.
        after: it happens in later months only.
        values: the new value of each field it sets, by the field's place.
    """

    event: int
    moment: tuple[Any, ...]
    month: int | None
    after: int
    values: dict[int, float]


class Fault(NamedTuple):
    """A state that is not allowed, and the events that lead to it.

    Attributes:
        values: the fields' values.
        events: the places of the events, in the order in which they happened.
    """

    values: Values
    events: tuple[int, ...]


class _State(NamedTuple):
    timed: int
    values: Values


def first_fault(start: Values, changes: Sequence[Change], holds: Callable[[Values], bool]) -> Fault | None:
    """The first state, by number of events, that is not allowed; None if all that can be reached are.

    Args:
        start: the fields' values before any event.
        changes: what the events do, in the order of the file.
        holds: whether values are allowed.

    Raises:
        TooManyStatesError: more than `MOST_STATES` states can be reached.
    """
    timed = [
        list(group)
        for _, group in groupby((c for c in changes if c.month is not None), key=lambda c: c.month)
    ]
    waiting: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        if change.month is None:
            waiting.setdefault(change.moment, []).append(change)
    conditional = list(waiting.values())
    first = _State(0, start)
    seen = {first}
    queue: list[tuple[_State, tuple[int, ...]]] = [(first, ())]
    for state, trail in queue:
        for following, happened in _following(state, timed, conditional):
            if not holds(following.values):
                return Fault(following.values, trail + happened)
            if following not in seen:
                if len(seen) >= MOST_STATES:
                    raise TooManyStatesError
                seen.add(following)
                queue.append((following, trail + happened))
    return None


def _following(
    state: _State, timed: list[list[Change]], conditional: list[list[Change]]
) -> list[tuple[_State, tuple[int, ...]]]:
    found = []
    month = None
    if state.timed < len(timed):
        group = timed[state.timed]
        month = group[0].month
        values, happened = _after(state.values, group)
        found.append((_State(state.timed + 1, values), happened))
    # That a condition fires but once need not be remembered: what an event sets again, it might then have set
    # for the first time.
    for group in conditional:
        too_early = month is not None and month <= group[0].after
        if not too_early:
            values, happened = _after(state.values, group)
            found.append((_State(state.timed, values), happened))
    return found


def _after(values: Values, group: list[Change]) -> tuple[Values, tuple[int, ...]]:
    new = list(values)
    for change in group:
        for place, value in change.values.items():
            new[place] = value
    return tuple(new), tuple(change.event for change in group)
