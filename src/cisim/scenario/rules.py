"""What must hold across the fields of a scenario, at the start and in every state that events can reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cisim.scenario.catalogue import find
from cisim.scenario.event_rules import problems_of_events
from cisim.scenario.problems import Path as Place
from cisim.scenario.problems import Problem, shown
from cisim.scenario.reach import MOST_STATES, Change, TooManyStatesError, first_fault

if TYPE_CHECKING:
    from cisim.scenario.scenario import Scenario

#: Sums of decimal shares may miss 1 by rounding.
ROUNDING = 1e-12
_SHARES = ("engage", "measure", "align", "capacity", "fund", "will", "weave")


class Rule(NamedTuple):
    """A bound on several fields together, all of them at least 0, that grows with each of them.

    Attributes:
        paths: the fields.
        formula: what is bounded, as a user would write it.
        total: computes it from the fields' values and the number of roles.
        below: whether it must be below 1; else it may be 1.
    """

    paths: tuple[str, ...]
    formula: str
    total: Callable[[Sequence[float], int], float]
    below: bool = False

    def holds(self, values: Sequence[float], roles: int) -> bool:
        """Whether these values are allowed."""
        total = self.total(values, roles)
        return total < 1 if self.below else total <= 1 + ROUNDING


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
        below=True,
    ),
    Rule(
        tuple(f"backbone.allocation.{share}" for share in _SHARES),
        "the sum of backbone.allocation",
        lambda values, _: math.fsum(values),
    ),
)


def problems_across(scenario: Scenario, broken: Iterable[Place]) -> list[Problem]:
    """What is wrong across the fields of a scenario whose fields are right one by one.

    Args:
        scenario: the scenario, in which what was wrong already has its default.
        broken: where that was: nothing is said that follows from a default put there.
    """
    spoilt = list(broken)

    def sound(*paths: str) -> bool:
        places = [tuple(path.split(".")) for path in paths]
        return not any(wrong[: len(place)] == place[: len(wrong)] for place in places for wrong in spoilt)

    problems = _network(scenario, sound) + _practice(scenario, sound) + _files(scenario, sound)
    of_events, usable = problems_of_events(scenario, spoilt, sound)
    problems += of_events
    for rule in RULES:
        if sound(*rule.paths):
            problems += _rule(scenario, rule, usable)
    return problems


def _network(scenario: Scenario, sound: Callable[..., bool]) -> list[Problem]:
    coalition = scenario.coalition
    place: Place = ("coalition", "degree")
    # A coalition from a file brings its own ties; with a file of organisations alone they are generated.
    if (coalition.file and not _generates_ties(coalition.file, coalition.ties)) or not sound(
        "coalition.degree"
    ):
        return []
    label = f"coalition.degree = {shown(coalition.degree)}"
    problems = []
    known_size = sound("coalition.organisations") and coalition.file is None
    if known_size and coalition.degree >= coalition.organisations:
        size = coalition.organisations
        problems.append(Problem(place, f"{label}: must be less than coalition.organisations ({size})"))
    whole = coalition.degree % 2 == 0
    if sound("coalition.network") and coalition.network == "small-world" and not whole:
        problems.append(Problem(place, f"{label}: must be an even whole number in a small-world network"))
    return problems


def _generates_ties(file: str, ties: str | None) -> bool:
    return file.lower().endswith(".csv") and ties is None


def _practice(scenario: Scenario, sound: Callable[..., bool]) -> list[Problem]:
    practice = scenario.practice
    if practice.ruggedness < practice.bits or not sound("practice.bits", "practice.ruggedness"):
        return []
    says = f"practice.ruggedness = {practice.ruggedness}: must be less than practice.bits ({practice.bits})"
    return [Problem(("practice", "ruggedness"), says)]


def _files(scenario: Scenario, sound: Callable[..., bool]) -> list[Problem]:
    file, ties = scenario.coalition.file, scenario.coalition.ties
    if not sound("coalition.file", "coalition.ties"):
        return []
    problems = []
    is_csv = file is not None and file.lower().endswith(".csv") and not file.startswith("builtin:")
    if file is not None and not (is_csv or file.lower().endswith(".graphml") or file.startswith("builtin:")):
        says = f"coalition.file = {shown(file)}: must be a .csv file, a .graphml file, or builtin:emon/NAME"
        problems.append(Problem(("coalition", "file"), says))
    elif ties is not None and not is_csv:
        says = f"coalition.ties = {shown(ties)}: is only for a coalition.file that is a .csv file"
        problems.append(Problem(("coalition", "ties"), says))
    if ties is not None and not ties.lower().endswith(".csv"):
        problems.append(
            Problem(("coalition", "ties"), f"coalition.ties = {shown(ties)}: must be a .csv file")
        )
    return problems


def _rule(scenario: Scenario, rule: Rule, usable: Sequence[int]) -> list[Problem]:
    roles = len(scenario.activities.roles)
    start = tuple(float(scenario.value(path)) for path in rule.paths)
    if not rule.holds(start, roles):
        differs = [path for path, value in zip(rule.paths, start, strict=True) if value != _default(path)]
        place = tuple((differs or list(rule.paths))[0].split("."))
        return [Problem(place, _broken(rule, start, roles))]
    changes = _changes(scenario, rule, usable)
    if not changes:
        return []
    # The bound grows with each field: if the largest values of all together are allowed, so is every state.
    largest = tuple(
        max([value, *(c.values[k] for c in changes if k in c.values)]) for k, value in enumerate(start)
    )
    if rule.holds(largest, roles):
        return []
    try:
        fault = first_fault(start, changes, lambda values: rule.holds(values, roles))
    except TooManyStatesError:
        says = (
            f"events: too many events with `when` change {', '.join(rule.paths)}: they can reach more than "
            f"{MOST_STATES} states, too many to check that {_bound(rule)}; give some of them a month"
        )
        return [Problem(("events",), says)]
    if fault is None:
        return []
    numbers = " and ".join(f"event {number + 1}" for number in fault.events)
    return [Problem(("events", fault.events[-1]), f"after {numbers}: {_broken(rule, fault.values, roles)}")]


def _changes(scenario: Scenario, rule: Rule, usable: Sequence[int]) -> list[Change]:
    changes = []
    for number in usable:
        event = scenario.events[number]
        values = {k: float(event.set[path]) for k, path in enumerate(rule.paths) if path in event.set}
        if values and event.organisation is None:
            after = event.when.after if event.when else 0
            changes.append(Change(number, event.moment, event.month, after, values))
    return changes


def _default(path: str) -> object:
    info = find(path)
    return info.default if info else None


def _bound(rule: Rule) -> str:
    return f"{rule.formula} is {'below' if rule.below else 'at most'} 1"


def _broken(rule: Rule, values: Sequence[float], roles: int) -> str:
    with_values = ", ".join(
        f"{path.removeprefix('backbone.allocation.')} = {value:.6g}"
        for path, value in zip(rule.paths, values, strict=True)
    )
    limit = "below 1" if rule.below else "at most 1"
    return f"{rule.formula} = {rule.total(values, roles):.6g}: must be {limit} ({with_values})"
