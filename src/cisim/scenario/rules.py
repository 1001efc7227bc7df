"""Rules across the fields of a scenario, which hold at the start and in every state that events can reach.

Events at months happen in their order. When an event with a condition happens is not known beforehand:
it may be once in any month after its `after`, before or after any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.dynamics.measures import centred, scaled
from cisim.dynamics.stages import BACKBONE_FUNCTIONS
from cisim.scenario.catalogue import find
from cisim.scenario.events import check_events
from cisim.scenario.problems import Notes, Problem
from cisim.scenario.sections import GRAPH_ENDINGS, TABLE_ENDINGS

if TYPE_CHECKING:
    from cisim.scenario.scenario import Scenario

#: Sums of decimal shares may miss 1 by rounding.
ROUNDING = 1e-12
#: So many states are looked at before a check is given up.
MOST_STATES = 10_000
Values = tuple[float, ...]


class Rule(NamedTuple):
    """A bound on several fields together, all of them at least 0, that grows with each of them."""

    paths: tuple[str, ...]
    formula: str  # as a user would write it
    total: Callable[[Sequence[float], int], float]  # of the fields' values and the number of roles
    limit: str = "at most 1"  # or "below 1"

    def holds(self, values: Sequence[float], roles: int) -> bool:
        """Tell whether these values are allowed."""
        total = self.total(values, roles)
        return total < 1 if self.limit == "below 1" else total <= 1 + ROUNDING


RULES = (
    Rule(
        ("agenda.process", "agenda.pull", "agenda.stubborn"),
        "agenda.process * agenda.pull + agenda.stubborn",
        lambda values, _: values[0] * values[1] + values[2],
    ),
    Rule(
        ("communication.trust_gain", "communication.trust_loss_ratio"),
        "communication.trust_gain * communication.trust_loss_ratio",
        lambda values, _: values[0] * values[1],
    ),
    Rule(
        ("activities.role_floor",),
        "activities.role_floor * the number of roles",
        lambda values, roles: values[0] * roles,
        "below 1",
    ),
    Rule(
        tuple(f"backbone.allocation.{share}" for share in BACKBONE_FUNCTIONS),
        "the sum of backbone.allocation",
        lambda values, _: math.fsum(values),
    ),
)
#: Fields whose values may be impossible beside those of others; all others may have any value that fits them.
DEPENDENT = frozenset(path for rule in RULES for path in rule.paths) | {
    *(f"coalition.{name}" for name in ("organisations", "degree", "network", "file", "ties")),
    *("practice.bits", "practice.ruggedness", "scenario.months"),
}


def check_rules(scenario: Scenario, notes: Notes) -> None:
    """Note what is wrong across the fields of a scenario whose fields are right one by one.

    What is noted already has its default: nothing is said that follows from that.
    """
    coalition, practice = scenario.coalition, scenario.practice
    file, ties, degree = coalition.file, coalition.ties, scenario.highest("coalition.degree")
    is_table = file is not None and file.lower().endswith(TABLE_ENDINGS) and not file.startswith("builtin:")
    # A coalition from a file brings its own ties; with a file of organisations alone they are generated.
    if (file is None or (is_table and ties is None)) and notes.sound("coalition.degree"):
        path = ("coalition", "degree")
        small_world = coalition.network == "small-world" and notes.sound("coalition.network")
        if file is None and degree >= coalition.organisations and notes.sound("coalition.organisations"):
            notes.add(path, f"must be less than coalition.organisations ({coalition.organisations})", degree)
        if small_world and "coalition.degree" in scenario.distributions:
            notes.add(path, "has no distribution in a small-world network, where it must be an even whole number")
        elif small_world and degree % 2 != 0:
            notes.add(path, "must be an even whole number in a small-world network", degree)
    ruggedness = scenario.highest("practice.ruggedness")
    if ruggedness >= practice.bits and notes.sound("practice.bits", "practice.ruggedness"):
        notes.add(("practice", "ruggedness"), f"must be less than practice.bits ({practice.bits})", int(ruggedness))
    if notes.sound("coalition.file", "coalition.ties"):
        if file is not None and not (is_table or file.lower().endswith(GRAPH_ENDINGS) or file.startswith("builtin:")):
            endings = ", ".join((*TABLE_ENDINGS, *GRAPH_ENDINGS))
            notes.add(("coalition", "file"), f"must end in one of {endings}, or be builtin:emon/NAME", file)
        elif ties is not None and not is_table:
            notes.add(("coalition", "ties"), "is only for a coalition.file that is a table, not a graph", ties)
        if ties is not None and not ties.lower().endswith(TABLE_ENDINGS):
            notes.add(("coalition", "ties"), f"must end in one of {', '.join(TABLE_ENDINGS)}", ties)
    if scenario.community.groups and notes.sound("community.groups", "community.outcomes"):
        _check_shifts(scenario, notes)
    usable = check_events(scenario, notes)
    for rule in RULES:
        if notes.sound(*rule.paths):
            notes += _check_rule(scenario, rule, usable)


def _check_shifts(scenario: Scenario, notes: Notes) -> None:
    """Note the groups that would begin off the scale of an outcome."""
    groups, outcomes = scenario.community.groups, scenario.community.outcomes
    shifts = centred([group.shift for group in groups], scaled(group.share for group in groups))
    for number, (group, shift) in enumerate(zip(groups, shifts, strict=True)):
        for outcome in outcomes:
            start = outcome.baseline + shift
            if not -ROUNDING <= start < 1:
                words = f"must leave every indicator at least 0 and below 1 at month 0; {group.name}: {outcome.name} is at {start:.4g}"
                notes.add(("community", "groups", number, "shift"), words, group.shift)
                break


# --- bounds in the course of a run --------------------------------------------------------------------


def _check_rule(scenario: Scenario, rule: Rule, usable: Sequence[int]) -> list[Problem]:
    roles = len(scenario.activities.roles)
    # The bound grows with each field: if the largest values that runs may draw are allowed, so are all.
    start = tuple(scenario.highest(path) for path in rule.paths)
    if not rule.holds(start, roles):
        default = [info.default for path in rule.paths if (info := find(path))]
        differs = [path for path, value, usual in zip(rule.paths, start, default, strict=True) if value != usual]
        drawn = "at the largest values that runs may draw: " if scenario.distributions.keys() & set(rule.paths) else ""
        return [Problem(tuple((differs or rule.paths)[0].split(".")), drawn + _broken(rule, start, roles))]
    changes = []
    for number in usable:
        event = scenario.events[number]
        values = {k: float(event.set[path]) for k, path in enumerate(rule.paths) if path in event.set}
        if values and event.organisation is None:
            after = event.when.after if event.when else 0
            changes.append(Change(number, event.moment, event.month, after, values))
    # The bound grows with each field: if the largest values of all together are allowed, so is every state.
    largest = tuple(max([value, *(c.values[k] for c in changes if k in c.values)]) for k, value in enumerate(start))
    if rule.holds(largest, roles):
        return []
    try:
        fault = first_fault(start, changes, lambda values: rule.holds(values, roles))
    except TooManyStatesError:
        text = (
            f"events: too many events with `when` change {', '.join(rule.paths)}: they can reach more than "
            f"{MOST_STATES} states, too many to check that {rule.formula} is {rule.limit}; give some of them a month"
        )
        return [Problem(("events",), text)]
    if fault is None:
        return []
    numbers = " and ".join(f"event {number + 1}" for number in fault.events)
    return [Problem(("events", fault.events[-1]), f"after {numbers}: {_broken(rule, fault.values, roles)}")]


def _broken(rule: Rule, values: Sequence[float], roles: int) -> str:
    names = [path.removeprefix("backbone.allocation.") for path in rule.paths]
    with_values = ", ".join(f"{name} = {value:.6g}" for name, value in zip(names, values, strict=True))
    return f"{rule.formula} = {rule.total(values, roles):.6g}: must be {rule.limit} ({with_values})"


# --- states that events can reach ---------------------------------------------------------------------


class TooManyStatesError(Exception):
    """The events can reach more states than are looked at."""


class Change(NamedTuple):
    """Change of the fields by one event."""

    event: int  # its place among the events
    moment: tuple[Any, ...]  # equal for events that happen together
    month: int | None  # None: when its condition is met
    after: int  # it happens in later months only
    values: dict[int, float]  # by the field's place


class Fault(NamedTuple):
    """A state that is not allowed, and the places of the events that lead to it, in their order."""

    values: Values
    events: tuple[int, ...]


def first_fault(start: Values, changes: Sequence[Change], holds: Callable[[Values], bool]) -> Fault | None:
    """Find the first state, by number of events, that is not allowed; None if all that can be reached are.

    The changes are in the order of the file. Raises `TooManyStatesError` if more than `MOST_STATES` can be reached.
    """
    at_months = [change for change in changes if change.month is not None]
    timed = [list(group) for _, group in groupby(at_months, key=lambda change: change.month)]
    waiting: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        if change.month is None:
            waiting.setdefault(change.moment, []).append(change)
    # How many of the timed groups have happened, the values then, and the events that led there.
    queue, seen = [(0, start, tuple[int, ...]())], {(0, start)}
    for done, values, trail in queue:
        month = timed[done][0].month if done < len(timed) else None
        following = [(done + 1, timed[done])] if done < len(timed) else []
        # That a condition fires but once need not be remembered: what an event sets again, it might then have set
        # for the first time.
        following += [(done, group) for group in waiting.values() if month is None or month > group[0].after]
        for then, group in following:
            new = dict(enumerate(values))
            for change in group:
                new |= change.values
            state, events = (then, tuple(new.values())), (*trail, *(change.event for change in group))
            if not holds(state[1]):
                return Fault(state[1], events)
            if state not in seen:
                if len(seen) >= MOST_STATES:
                    raise TooManyStatesError
                seen.add(state)
                queue.append((*state, events))
    return None
