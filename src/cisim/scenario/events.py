"""The section [[events]]: what changes in a run, at a month or when a recorded measure crosses a value."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from cisim.scenario.catalogue import find
from cisim.scenario.field import Section
from cisim.scenario.names import Name, Text

#: What an event may set of one organisation.
ORGANISATION_FIELDS = ("member", "resources", "commitment")


class When(Section):
    """The condition of an event: last month's record of a measure is below one value or above another."""

    measure: Name = Field(description="the measure that is watched, such as members, trust or indicator.NAME")
    below: float | None = Field(None, description="fires when the measure is below this")
    above: float | None = Field(None, description="fires when the measure is above this")
    after: int = Field(0, ge=0, le=1200, description="fires in months after this one only")


class Event(Section):
    """One event: at the start of a month, or once, in the first month after its condition is met."""

    month: int | None = Field(None, ge=1, le=1200, description="the month at whose start the event happens")
    when: When | None = Field(
        None, strict=False, description="the condition on which the event happens, once"
    )
    organisation: Name | None = Field(None, description="the organisation that the event is about")
    set: dict[str, Any] = Field(description="what it sets: fields of the scenario, or of the organisation")
    why: Text = Field("", description="the reason, for whoever reads the scenario")

    @field_validator("set")
    @classmethod
    def _numbers_alike(cls, values: dict[str, Any]) -> dict[str, Any]:
        # 1 and 1.0 are the same setting: the file that is written and the digest must be the same too.
        return {key: float(value) if _is_number(key, value) else value for key, value in values.items()}

    @property
    def moment(self) -> tuple[Any, ...]:
        """When it happens, as something that is equal for events that happen together."""
        if self.when is None:
            return ("month", self.month)
        return ("when", self.when.measure, self.when.below, self.when.above, self.when.after)


def _is_number(key: str, value: Any) -> bool:
    info = find(key)
    number = key in {"resources", "commitment"} or (info is not None and info.type == "number")
    return number and type(value) is int and abs(value) < 2**53
