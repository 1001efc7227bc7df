"""Declaration of a scenario's fields: default, unit, bounds, sweep, meaning, source, stage, given once."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cisim.dynamics.stages import STAGE_NAMES

#: Where a field is used: before the first month, or in the stages of a month.
STAGES = ("run", "founding", "network", *STAGE_NAMES)
#: The key of our metadata in a pydantic field and in the JSON schema.
ABOUT = "x-cisim"
#: The key of what a field may hold, in words, where its type does not tell.
ALLOWED = "x-allowed"

Kind = Literal["dial", "setup"]


class FieldInfo(NamedTuple):
    """Description of one field.

    Attributes:
        path: `section.field`, or `section.table.field`.
        section: the section it stands in.
        name: the last part of the path.
        type: "number", "whole number", "text", "list of names", "choice" and so on, as a user would say it.
        default: the value if the field is not given; None: nothing.
        unit: "share", "FTE", "1/month" and so on; "" where it has none.
        minimum: smallest value allowed; None: not a number, or no such limit.
        maximum: largest value allowed.
        open_minimum: whether the smallest value itself is excluded.
        open_maximum: whether the largest value itself is excluded.
        low: lower end of a plausible sweep; None: none is given.
        high: upper end of a plausible sweep.
        meaning: one line.
        source: where the default comes from: "chosen", perhaps with the reading behind it, or a citation.
        kind: "dial" (may change by an event) or "setup" (read before the first month).
        stage: the stages of the month that use it, separated by commas; or "founding", "network", "run".
        quiet: the value at which it does nothing; None: there is none, or none is declared.
        dead_if: paths of fields; while one of them has its quiet value, this field changes no bit of a result. What makes one
            of them dead makes this one dead too.
        choices: the texts allowed, or ().
    """

    path: str
    section: str
    name: str
    type: str
    default: Any
    unit: str
    minimum: float | None
    maximum: float | None
    open_minimum: bool
    open_maximum: bool
    low: float | None
    high: float | None
    meaning: str
    source: str
    kind: Kind
    stage: str
    quiet: float | str | None
    dead_if: tuple[str, ...]
    choices: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """True if the field has a place in a month's row of dials."""
        return self.type in {"number", "whole number"}


class Section(BaseModel):
    """A part of a scenario: checked strictly when it is made, and never changed afterwards."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to change a field, in words that say what to do instead."""
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        raise AttributeError(
            f"{name} cannot be set: a scenario does not change. "
            'Make another with scenario.replace(**{"section.field": value}).'
        )


def _declare(
    kind: Kind,
    default: Any,
    meaning: str,
    *,
    unit: str = "",
    bounds: tuple[float, float] | None = None,
    open_minimum: bool = False,
    open_maximum: bool = False,
    sweep: tuple[float, float] | None = None,
    stage: str,
    quiet: float | str | None = None,
    dead_if: tuple[str, ...] = (),
    source: str = "chosen",
    constrain: bool = True,
) -> Any:
    about: JsonDict = {
        "kind": kind,
        "unit": unit,
        "minimum": bounds[0] if bounds else None,
        "maximum": bounds[1] if bounds else None,
        "open_minimum": open_minimum,
        "open_maximum": open_maximum,
        "low": sweep[0] if sweep else None,
        "high": sweep[1] if sweep else None,
        "source": source,
        "stage": stage,
        "quiet": quiet,
        "dead_if": list(dead_if),
    }
    limits: dict[str, Any] = {}
    if bounds and constrain:
        limits["gt" if open_minimum else "ge"] = bounds[0]
        limits["lt" if open_maximum else "le"] = bounds[1]
    return Field(default, description=meaning, json_schema_extra={ABOUT: about}, **limits)


def dial(default: Any, meaning: str, **about: Any) -> Any:
    """Declare a field that is read every month: an event may change it."""
    return _declare("dial", default, meaning, **about)


def setup(default: Any, meaning: str, **about: Any) -> Any:
    """Declare a field that is read before the first month: no event may change it."""
    return _declare("setup", default, meaning, **about)


def entry(default: Any, meaning: str, allowed: str = "", **limits: Any) -> Any:
    """Declare an entry that is no field of a run: of an event, or of a study file.

    Args:
        default: if it is not given.
        meaning: one line.
        allowed: what it may hold, such as "must be the name of a measure"; by default its type tells.
        **limits: as pydantic takes them.
    """
    extra: JsonDict | None = {ALLOWED: allowed} if allowed else None
    return Field(default, description=meaning, json_schema_extra=extra, **limits)
