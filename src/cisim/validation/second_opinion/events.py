"""Events (stage 0 (1)), and the size classes, which an event may change."""

from __future__ import annotations

import math
from typing import Any

from cisim.validation.second_opinion.things import Organization, World


def happen(world: World, rows: list[dict[str, float]]) -> None:
    """Stage 0 (1): what is due this month, in the order of the file; a conditional event only once.

    Dials are set first, then the coalition starts or ends, then organisations are changed.
    """
    due = [event for event in world.events if is_due(event, world.month, rows[-1])]
    for event in due:
        if event.organisation is None:
            for path, value in event.set.items():
                world.base_dials[path] = number(value)
        if event.when is not None:
            world.events.remove(event)
    start_or_end(world)
    for event in due:
        if event.organisation is not None:
            change_organization(event, world)


def start_or_end(world: World) -> None:
    """Stage 0 (1): the coalition comes into force, or ceases."""
    coalition = world.coalition
    in_force = world.base_dials["coalition.start"] <= world.month <= world.base_dials["coalition.end"]
    in_force = in_force and not coalition.ended
    if in_force and not coalition.in_force:
        coalition.alive, coalition.months_too_few = 1.0, 0
        for organization in world.organizations:
            if organization.founder and not organization.excluded:
                organization.join()
    if coalition.in_force and not in_force:
        for organization in world.organizations:
            organization.leave()
        coalition.forget_agenda(world.organizations)
        coalition.grants_by_month.clear()
        coalition.engagement, coalition.alive = 0.0, 0.0
    coalition.in_force = in_force


def is_due(event: Any, month: int, last_row: dict[str, float]) -> bool:
    """Is it the event's month, or did last month's record cross its bound? NaN never does."""
    if event.when is None:
        return bool(event.month == month)
    value = last_row[event.when.measure]
    below = event.when.below is not None and value < event.when.below
    above = event.when.above is not None and value > event.when.above
    return bool(month > event.when.after and (below or above))


def change_organization(event: Any, world: World) -> None:
    """Set what the event sets of its organisation; what is said of membership holds until it is said otherwise."""
    (organization,) = [one for one in world.organizations if one.name == event.organisation]
    for what, value in event.set.items():
        if what == "member":
            organization.excluded = not value
            if organization.member and not value:
                organization.leave()
            elif value and not organization.member and world.coalition.in_force:
                organization.join()
        elif what == "resources":
            organization.resources = float(value)
            classify_sizes(world.organizations)
        elif organization.member:
            organization.commitment = float(value)
        else:
            organization.initial_commitment = float(value)


def number(value: Any) -> float:
    """A dial's value; "never" is a month that does not come."""
    return math.inf if value == "never" else float(value)


def classify_sizes(organizations: list[Organization]) -> None:
    """The top fifth by nominal resources, with all who equal its smallest; those at or below the median."""
    sizes = sorted(organization.resources for organization in organizations)
    count = len(sizes)
    smallest_of_large = sizes[-max(1, count // 5)]
    middle = sizes[count // 2]
    median = middle if count % 2 == 1 else (sizes[count // 2 - 1] + middle) / 2
    for organization in organizations:
        organization.large = organization.resources >= smallest_of_large
        organization.small = organization.resources <= median
