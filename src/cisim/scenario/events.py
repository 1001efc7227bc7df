"""Events, the section [[events]]: what changes in a run at a month, or when a measure crosses a value."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, field_validator

from cisim.scenario.catalogue import OUTCOMES, allowed, fields, find, fits, info_of, outcome_of
from cisim.scenario.field import Section, dial, entry
from cisim.scenario.names import Name, Text
from cisim.scenario.problems import Notes, Path, Problem

if TYPE_CHECKING:
    from cisim.scenario.scenario import Scenario


class Threshold(Section):
    """A measure that falls below one value, or rises above another."""

    model_config = ConfigDict(json_schema_extra={"required": ["measure"]})

    measure: Name = entry(
        "", "the measure that is watched, such as members, trust or indicator.NAME", "must be the name of a measure"
    )
    below: float | None = entry(None, "fires when the measure is below this")
    above: float | None = entry(None, "fires when the measure is above this")

    def check(self, path: Path, known: Iterable[str] | None, notes: Notes) -> None:
        """Note what is wrong with the values, and with the measure if the names of all are known."""
        below, above = self.below, self.above
        dotted = ".".join(map(str, path))
        if below is None and above is None and notes.sound(f"{dotted}.below", f"{dotted}.above"):
            notes.add(path, "says no value; give below, or above, or both")
        elif below is not None and above is not None and below > above:
            notes.add(path, f"below ({below:g}) must not be more than above ({above:g}): every value would meet it")
        if not self.measure and notes.sound(f"{dotted}.measure"):
            notes.add((*path, "measure"), "is missing: must be the name of a measure")
        elif self.measure and known is not None and self.measure not in known:
            notes.add((*path, "measure"), f"no such measure; {notes.hint(self.measure, known)}", self.measure)


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
    def moment(self) -> tuple[int | None, When | None]:
        """Moment of the event, equal for events that happen together."""
        return self.month, self.when


class _OfOrganisation(Section):
    # fmt: off
    member: bool = dial(None, "whether the organisation is a member; false holds until an event says true", stage="disturb")
    resources: float = dial(None, "its resources", unit="FTE", bounds=(0, 1e6), open_minimum=True, stage="disturb")
    commitment: float = dial(None, "its commitment; of an organisation that is not a member, that with which it becomes one",
        bounds=(0, 1), stage="disturb")
    # fmt: on


#: What an event may set of one organisation.
ORGANISATION_FIELDS = {name: info_of(field, (name,)) for name, field in _OfOrganisation.model_fields.items()}


def _is_number(key: str, value: Any) -> bool:
    info = ORGANISATION_FIELDS.get(key) or find(key)
    return info is not None and info.type == "number" and type(value) is int and abs(value) < 2**53


# --- what must hold -----------------------------------------------------------------------------------


def check_events(scenario: Scenario, notes: Notes) -> list[int]:
    """Note what is wrong with the events; return the places of those that are right.

    Where something is noted already, an empty event stands in.
    """
    empty = {path[1] for path, _ in notes if path[:1] == ("events",) and len(path) > 1}
    usable, taken = list[int](), dict[tuple[Any, ...], int]()
    last: tuple[int, int] | None = None
    for number, event in enumerate(scenario.events):
        if number in empty:
            continue
        before = len(notes)
        _check_moment(scenario, number, event, last, notes)
        _check_settings(scenario, number, event, notes)
        organisation = unicodedata.normalize("NFC", event.organisation) if event.organisation else None
        for key in event.set:
            other = taken.setdefault((event.moment, organisation, key), number)
            if other != number:
                moment = f"at month {event.month}" if event.month is not None else "on the same condition"
                notes.add(("events", number, "set", key), f"is set twice {moment}, by event {other + 1} too")
        if event.month is not None and event.month <= scenario.months:
            last = (event.month, number)
        if len(notes) == before:
            usable.append(number)
    return usable


def _check_moment(scenario: Scenario, number: int, event: Event, last: tuple[int, int] | None, notes: Notes) -> None:
    path: Path = ("events", number)
    month, when, months = event.month, event.when, scenario.months
    if (month is None) == (when is None):
        words = "says not when it happens" if month is None else "has both month and when"
        notes.add(path, words + '; give month = 36, or when = { measure = "members", below = 12 }')
    elif month is not None:
        if month > months and notes.sound("scenario.months"):
            notes.add((*path, "month"), f"must be a month of the run, 1 to {months} (scenario.months)", month)
        if last and month < last[0]:
            words = f"must not be before event {last[1] + 1} (month {last[0]}): events stand by month"
            notes.add((*path, "month"), words, month)
    elif when is not None:
        known = [measure.name for measure in scenario.measures(scenario.sector_names)]
        # The sectors of a coalition from a file are known when it is read; the events are looked at again then.
        later = when.measure.startswith("agenda_fit.") and scenario.coalition.file is not None
        unsure = later or not notes.sound("community.outcomes", "community.groups", "coalition.sectors")
        when.check((*path, "when"), None if unsure else known, notes)
        if when.after >= months and notes.sound("scenario.months"):
            words = f"must be before the last month, 0 to {months - 1} (scenario.months)"
            notes.add((*path, "when", "after"), words, when.after)


def _check_settings(scenario: Scenario, number: int, event: Event, notes: Notes) -> None:
    if not event.set:
        notes.append(Problem(("events", number, "set"), f"event {number + 1}: sets nothing"))
    for key, value in event.set.items():
        path: Path = ("events", number, "set", key)
        info, named = ORGANISATION_FIELDS.get(key) or find(key), outcome_of(key)
        if event.organisation is not None and key not in ORGANISATION_FIELDS:
            notes.add(path, f"no such field of an organisation; there are {', '.join(ORGANISATION_FIELDS)}", value)
        elif event.organisation is None and key in ORGANISATION_FIELDS:
            notes.add(path, 'needs organisation = "NAME" beside it', value)
        elif info is None:
            dials = [info.path for info in fields() if info.kind == "dial"]
            hint = notes.hint(key, [*dials, *(f"{OUTCOMES}{name}.trend" for name in scenario.outcome_names)], "")
            notes.add(path, f"no such field{hint and f'; {hint}'}", value)
        elif info.kind == "setup":
            notes.add(path, "is read before the first month (a setup field), so no event may change it", value)
        elif named and named[0] not in scenario.outcome_names and notes.sound("community.outcomes"):
            notes.add(path, f"no such outcome; the outcomes are {', '.join(scenario.outcome_names)}")
        elif not fits(info, value):
            notes.add(path, allowed(info), value)
