"""What must hold for the events of a scenario: when they happen, and what they may set."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cisim.dynamics.measures import measures_of
from cisim.errors import nearest
from cisim.scenario.catalogue import OUTCOMES, allowed, fields, find, fits, outcome_of
from cisim.scenario.events import ORGANISATION_FIELDS, Event, When
from cisim.scenario.problems import Path, Problem, shown, where

if TYPE_CHECKING:
    from cisim.scenario.scenario import Scenario

Sound = Callable[..., bool]


def problems_of_events(
    scenario: Scenario, broken: Iterable[Path], sound: Sound
) -> tuple[list[Problem], list[int]]:
    """What is wrong with the events.

    Args:
        scenario: the scenario.
        broken: where something was wrong already: such events stand there empty.
        sound: whether nothing was wrong with these fields.

    Returns:
        (problems, places of the events that are right).
    """
    empty = {path[1] for path in broken if path[:1] == ("events",) and len(path) > 1}
    problems: list[Problem] = []
    usable = []
    taken: dict[tuple[Any, ...], int] = {}
    last: tuple[int, int] | None = None
    for number, event in enumerate(scenario.events):
        if number in empty:
            continue
        found = [*_moment(scenario, number, event, last, sound), *_settings(scenario, number, event, sound)]
        found += _doubled(number, event, taken)
        if event.month is not None and event.month <= scenario.months:
            last = (event.month, number)
        problems += found
        if not found:
            usable.append(number)
    return problems, usable


def _moment(
    scenario: Scenario, number: int, event: Event, last: tuple[int, int] | None, sound: Sound
) -> Iterator[Problem]:
    place: Path = ("events", number)
    label = where(place, {})
    if (event.month is None) == (event.when is None):
        both = "has both month and when" if event.month is not None else "says not when it happens"
        yield Problem(
            place, f'{label}: {both}; give month = 36, or when = {{ measure = "members", below = 12 }}'
        )
        return
    if event.when is not None:
        yield from _condition(scenario, number, event.when, sound)
        return
    if event.month is None:
        return
    label += f", month = {event.month}"
    months = scenario.months
    if sound("scenario.months") and event.month > months:
        yield Problem(
            (*place, "month"), f"{label}: must be a month of the run, 1 to {months} (scenario.months)"
        )
    if last and event.month < last[0]:
        says = f"{label}: must not be before event {last[1] + 1} (month {last[0]}): events stand by month"
        yield Problem((*place, "month"), says)


def _condition(scenario: Scenario, number: int, when: When, sound: Sound) -> Iterator[Problem]:
    place: Path = ("events", number, "when")
    label = where(place, {})
    if when.below is None and when.above is None:
        yield Problem(place, f"{label}: says no value; give below, or above, or both")
    elif when.below is not None and when.above is not None and when.below > when.above:
        says = (
            f"below ({when.below:g}) must not be more than above ({when.above:g}): every value would meet it"
        )
        yield Problem(place, f"{label}: {says}")
    if sound("scenario.months") and when.after >= scenario.months:
        latest = scenario.months - 1
        says = f"{label}.after = {when.after}: must be before the last month, 0 to {latest} (scenario.months)"
        yield Problem((*place, "after"), says)
    known = [measure.name for measure in measures_of(scenario.outcome_names, scenario.sector_names)]
    # The sectors of a coalition from a file are known when it is read; the events are looked at again then.
    later = when.measure.startswith("agenda_fit.") and scenario.coalition.file is not None
    if when.measure not in known and not later and sound("community.outcomes", "coalition.sectors"):
        close = nearest(when.measure, known)
        hint = f"; did you mean {close}?" if close else f"; there are {', '.join(known)}"
        yield Problem((*place, "measure"), f"{label}.measure = {shown(when.measure)}: no such measure{hint}")


def _settings(scenario: Scenario, number: int, event: Event, sound: Sound) -> Iterator[Problem]:
    if not event.set:
        yield Problem(("events", number, "set"), f"{where(('events', number), {})}: sets nothing")
    for key, value in event.set.items():
        place: Path = ("events", number, "set", key)
        if event.organisation is not None:
            says = _of_organisation(key, value)
        elif key in ORGANISATION_FIELDS:
            says = f' = {shown(value)}: needs organisation = "NAME" beside it'
        else:
            says = _of_scenario(scenario, key, value, sound)
        if says:
            yield Problem(place, where(place, {}) + says)


def _of_organisation(key: str, value: Any) -> str | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if key == "member":
        return None if isinstance(value, bool) else f" = {shown(value)}: must be true or false"
    if key == "resources":
        return (
            None
            if number and 0 < value <= 1e6
            else f" = {shown(value)}: must be a number, above 0 and at most 1000000 (FTE)"
        )
    if key == "commitment":
        return None if number and 0 <= value <= 1 else f" = {shown(value)}: must be a number from 0 to 1"
    return f" = {shown(value)}: no such field of an organisation; there are {', '.join(ORGANISATION_FIELDS)}"


def _of_scenario(scenario: Scenario, key: str, value: Any, sound: Sound) -> str | None:
    info = find(key)
    named = outcome_of(key)
    if info is None:
        dials = [info.path for info in fields() if info.kind == "dial"]
        dials += [f"{OUTCOMES}{name}.trend" for name in scenario.outcome_names]
        close = nearest(key, dials)
        return f" = {shown(value)}: no such field" + (f"; did you mean {close}?" if close else "")
    if info.kind == "setup":
        return f" = {shown(value)}: is read before the first month (a setup field), so no event may change it"
    if named and named[0] not in scenario.outcome_names and sound("community.outcomes"):
        return f": no such outcome; the outcomes are {', '.join(scenario.outcome_names)}"
    return None if fits(info, value) else f" = {shown(value)}: {allowed(info)}"


def _doubled(number: int, event: Event, taken: dict[tuple[Any, ...], int]) -> Iterator[Problem]:
    organisation = unicodedata.normalize("NFC", event.organisation) if event.organisation else None
    for key in event.set:
        other = taken.setdefault((event.moment, organisation, key), number)
        if other != number:
            place: Path = ("events", number, "set", key)
            at = f"at month {event.month}" if event.month is not None else "on the same condition"
            yield Problem(place, f"{where(place, {})}: is set twice {at}, by event {other + 1} too")
