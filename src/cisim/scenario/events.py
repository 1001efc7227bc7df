"""Events, the section [[events]]: what changes in a run at a month, or when a measure crosses a value."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, field_validator

from cisim.dynamics.measures import measures_of
from cisim.errors import did_you_mean
from cisim.scenario.catalogue import OUTCOMES, allowed, fields, find, fits, info_of, outcome_of
from cisim.scenario.field import Section, entry, setup
from cisim.scenario.names import Name, Text
from cisim.scenario.problems import Path, Problem, problem_at

if TYPE_CHECKING:
    from cisim.scenario.scenario import Scenario

Sound = Callable[..., bool]


class Threshold(Section):
    """A measure that falls below one value, or rises above another."""

    model_config = ConfigDict(json_schema_extra={"required": ["measure"]})

    measure: Name = entry(
        "",
        "the measure that is watched, such as members, trust or indicator.NAME",
        "must be the name of a measure",
    )
    below: float | None = entry(None, "fires when the measure is below this")
    above: float | None = entry(None, "fires when the measure is above this")

    def problems(self, path: Path, known: Iterable[str] | None) -> Iterator[Problem]:
        """Check the values, and the measure if the names of all are known."""
        if self.below is None and self.above is None:
            yield problem_at(path, "says no value; give below, or above, or both")
        elif self.below is not None and self.above is not None and self.below > self.above:
            words = f"below ({self.below:g}) must not be more than above ({self.above:g}): every value would meet it"
            yield problem_at(path, words)
        if not self.measure:
            yield problem_at((*path, "measure"), "is missing: must be the name of a measure")
        elif known is not None and self.measure not in known:
            yield problem_at(
                (*path, "measure"), f"no such measure; {did_you_mean(self.measure, known)}", self.measure
            )


class When(Threshold):
    """The condition of an event: last month's record of a measure is below one value or above another."""

    after: int = entry(0, "fires in months after this one only", ge=0, le=1200)


class Event(Section):
    """One event: at the start of a month, or once, in the first month after its condition is met."""

    month: int | None = entry(None, "the month at whose start the event happens", ge=1, le=1200)
    when: When | None = entry(None, "the condition on which the event happens, once", strict=False)
    organisation: Name | None = entry(
        None, "the organisation that the event is about", "must be the name of an organisation"
    )
    set: dict[str, Any] = entry(
        ...,
        "what it sets: fields of the scenario, or of the organisation",
        'must be a table such as { "backbone.staff" = 0 }',
    )
    why: Text = entry("", "the reason, for whoever reads the scenario")

    @field_validator("set")
    @classmethod
    def _make_numbers_alike(cls, values: dict[str, Any]) -> dict[str, Any]:
        # 1 and 1.0 are the same setting: the file that is written and the digest must be the same too.
        return {key: float(value) if _is_number(key, value) else value for key, value in values.items()}

    @property
    def moment(self) -> tuple[Any, ...]:
        """When it happens, as something that is equal for events that happen together."""
        if self.when is None:
            return ("month", self.month)
        return ("when", self.when.measure, self.when.below, self.when.above, self.when.after)


class _OfOrganisation(Section):
    member: bool = setup(None, "whether the organisation is a member", stage="disturb")
    resources: float = setup(
        None, "its resources", unit="FTE", bounds=(0, 1e6), open_minimum=True, stage="disturb"
    )
    commitment: float = setup(None, "its commitment", bounds=(0, 1), stage="disturb")


#: What an event may set of one organisation.
ORGANISATION_FIELDS = {name: info_of(field, (name,)) for name, field in _OfOrganisation.model_fields.items()}


def _is_number(key: str, value: Any) -> bool:
    info = ORGANISATION_FIELDS.get(key) or find(key)
    return info is not None and info.type == "number" and type(value) is int and abs(value) < 2**53


# --- what must hold -----------------------------------------------------------------------------------


def problems_of_events(
    scenario: Scenario, broken: Iterable[Path], sound: Sound
) -> tuple[list[Problem], list[int]]:
    """Check the events of a scenario; also return the places of those that are right.

    Where something is broken already, an empty event stands in.
    """
    empty = {path[1] for path in broken if path[:1] == ("events",) and len(path) > 1}
    problems: list[Problem] = []
    usable = []
    taken: dict[tuple[Any, ...], int] = {}
    last: tuple[int, int] | None = None
    for number, event in enumerate(scenario.events):
        if number in empty:
            continue
        new = [
            *_check_moment(scenario, number, event, last, sound),
            *_check_settings(scenario, number, event, sound),
            *_check_doubled(number, event, taken),
        ]
        if event.month is not None and event.month <= scenario.months:
            last = (event.month, number)
        problems += new
        if not new:
            usable.append(number)
    return problems, usable


def _check_moment(
    scenario: Scenario, number: int, event: Event, last: tuple[int, int] | None, sound: Sound
) -> Iterator[Problem]:
    path: Path = ("events", number)
    month, months = event.month, scenario.months
    if (month is None) == (event.when is None):
        both = "has both month and when" if month is not None else "says not when it happens"
        # It reads as one sentence with the number of the event.
        text = problem_at(path, "").text.removesuffix(" ")
        yield Problem(
            path, f'{text} {both}; give month = 36, or when = {{ measure = "members", below = 12 }}'
        )
    elif event.when is not None:
        yield from _check_condition(scenario, (*path, "when"), event.when, sound)
    elif month is not None:
        path = (*path, "month")
        if sound("scenario.months") and month > months:
            yield problem_at(path, f"must be a month of the run, 1 to {months} (scenario.months)", month)
        if last and month < last[0]:
            words = f"must not be before event {last[1] + 1} (month {last[0]}): events stand by month"
            yield problem_at(path, words, month)


def _check_condition(scenario: Scenario, path: Path, when: When, sound: Sound) -> Iterator[Problem]:
    known = [measure.name for measure in measures_of(scenario.outcome_names, scenario.sector_names)]
    # The sectors of a coalition from a file are known when it is read; the events are looked at again then.
    later = when.measure.startswith("agenda_fit.") and scenario.coalition.file is not None
    unsure = later or not sound("community.outcomes", "coalition.sectors")
    yield from when.problems(path, None if unsure else known)
    if sound("scenario.months") and when.after >= scenario.months:
        words = f"must be before the last month, 0 to {scenario.months - 1} (scenario.months)"
        yield problem_at((*path, "after"), words, when.after)


def _check_settings(scenario: Scenario, number: int, event: Event, sound: Sound) -> Iterator[Problem]:
    if not event.set:
        yield Problem(("events", number, "set"), f"event {number + 1}: sets nothing")
    for key, value in event.set.items():
        if event.organisation is not None:
            words = _wrong_of_organisation(key, value)
        elif key in ORGANISATION_FIELDS:
            words = 'needs organisation = "NAME" beside it'
        else:
            words = _wrong_setting(scenario, key, value, sound)
        if words:
            unseen = None if words.startswith("no such outcome") else value
            yield problem_at(("events", number, "set", key), words, unseen)


def _wrong_of_organisation(key: str, value: Any) -> str:
    info = ORGANISATION_FIELDS.get(key)
    if info is None:
        return f"no such field of an organisation; there are {', '.join(ORGANISATION_FIELDS)}"
    right = fits(info, value) if info.numeric else isinstance(value, bool)
    return "" if right else allowed(info)


def _wrong_setting(scenario: Scenario, key: str, value: Any, sound: Sound) -> str:
    info, named = find(key), outcome_of(key)
    if info is None:
        dials = [info.path for info in fields() if info.kind == "dial"]
        dials += [f"{OUTCOMES}{name}.trend" for name in scenario.outcome_names]
        hint = did_you_mean(key, dials, "")
        return f"no such field{hint and f'; {hint}'}"
    if info.kind == "setup":
        return "is read before the first month (a setup field), so no event may change it"
    if named and named[0] not in scenario.outcome_names and sound("community.outcomes"):
        return f"no such outcome; the outcomes are {', '.join(scenario.outcome_names)}"
    return "" if fits(info, value) else allowed(info)


def _check_doubled(number: int, event: Event, taken: dict[tuple[Any, ...], int]) -> Iterator[Problem]:
    organisation = unicodedata.normalize("NFC", event.organisation) if event.organisation else None
    for key in event.set:
        other = taken.setdefault((event.moment, organisation, key), number)
        if other != number:
            moment = f"at month {event.month}" if event.month is not None else "on the same condition"
            yield problem_at(
                ("events", number, "set", key), f"is set twice {moment}, by event {other + 1} too"
            )
