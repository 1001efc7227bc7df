"""Declaration of a scenario's fields: default, unit, bounds, sweep, meaning, source, stage, given once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
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


@dataclass(frozen=True)
class FieldInfo:
    """Description of one field."""

    path: str  #: `section.field`, or `section.table.field`
    section: str  #: the section it stands in
    name: str  #: the last part of the path
    type: str  #: "number", "whole number", "text", "list of names", "choice" and so on, as a user would say it
    default: Any  #: the value if the field is not given; None: nothing
    unit: str = ""  #: "share", "FTE", "1/month" and so on
    minimum: float | None = None  #: smallest value allowed; None: not a number, or no such limit
    maximum: float | None = None  #: largest value allowed
    open_minimum: bool = False  #: whether the smallest value itself is excluded
    open_maximum: bool = False  #: whether the largest value itself is excluded
    low: float | None = None  #: lower end of a plausible sweep; None: none is given
    high: float | None = None  #: upper end of a plausible sweep
    meaning: str = ""  #: one line
    source: str = "chosen"  #: where the default comes from: "chosen", perhaps with the reading behind it, or a citation
    kind: Kind = "setup"  #: "dial" (may change by an event) or "setup" (read before the first month)
    stage: str = "run"  #: the stages of the month that use it, separated by commas; or "founding", "network", "run"
    quiet: float | str | None = None  #: the value at which it does nothing; None: there is none, or none is declared
    #: Paths of fields; while one of them has its quiet value, this field changes no bit of a result. What makes one of them
    #: dead makes this one dead too.
    dead_if: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()  #: the texts allowed

    @property
    def numeric(self) -> bool:
        """True if the field has a place in a month's row of dials."""
        return self.type in {"number", "whole number"}


class Distribution(NamedTuple):
    """Distribution of a numeric field over the runs of a scenario: uniform, or triangular with a most likely value."""

    low: float  #: smallest value
    high: float  #: largest value
    middle: float | None = None  #: the most likely value; None: all are equally likely
    whole: bool = False  #: whether values are whole numbers, the ends among them

    @property
    def centre(self) -> float:
        """The value that stands for the field where one is asked for: the most likely one, or halfway (rounded up, if whole)."""
        if self.middle is not None:
            return self.middle
        return (self.low + self.high + 1) // 2 if self.whole else (self.low + self.high) / 2

    def as_mapping(self) -> dict[str, float]:
        """Give the distribution as a file has it."""
        values = {"low": self.low, "middle": self.middle, "high": self.high}
        return {name: value for name, value in values.items() if value is not None}


def is_distribution(value: Any) -> bool:
    """Tell whether a plain value is a distribution, as `Distribution.as_mapping` gives it, and no section."""
    return isinstance(value, Mapping) and {"low", "high"} <= value.keys() <= {"low", "middle", "high"}


class Section(BaseModel):
    """A part of a scenario: checked strictly when it is made, and never changed afterwards."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to change a field, in words that say what to do instead."""
        if not name.startswith("_"):
            instead = 'Make another with scenario.replace(**{"section.field": value}).'
            raise AttributeError(f"{name} cannot be set: a scenario does not change. {instead}")
        super().__setattr__(name, value)


#: What the JSON schema tells of a field besides pydantic's own, in its order.
_TOLD = (
    *("kind", "unit", "minimum", "maximum", "open_minimum", "open_maximum", "low", "high"),
    *("source", "stage", "quiet", "dead_if"),
)


def _declare(
    default: Any,
    meaning: str,
    *,
    bounds: tuple[float, float] | tuple[None, None] = (None, None),
    sweep: tuple[float, float] | tuple[None, None] = (None, None),
    constrain: bool = True,
    **about: Any,
) -> Any:
    assert about.keys() <= set(_TOLD), f"{meaning}: unknown among {', '.join(about)}"
    (minimum, maximum), (low, high) = bounds, sweep
    about |= {"minimum": minimum, "maximum": maximum, "low": low, "high": high}
    told = {name: about.get(name, getattr(FieldInfo, name)) for name in _TOLD}
    names = ("gt" if told["open_minimum"] else "ge", "lt" if told["open_maximum"] else "le")
    limits: dict[str, Any] = dict(zip(names, (minimum, maximum), strict=True)) if constrain else {}
    return Field(default, description=meaning, json_schema_extra={ABOUT: told}, **limits)


#: Declares a field that is read every month: an event may change it.
dial = partial(_declare, kind="dial")
#: Declares a field that is read before the first month: no event may change it.
setup = partial(_declare, kind="setup")


def entry(default: Any, meaning: str, allowed: str = "", **limits: Any) -> Any:
    """Declare an entry of an event or a study file; `allowed` says what it may hold where its type does not tell."""
    extra: JsonDict | None = {ALLOWED: allowed} if allowed else None
    return Field(default, description=meaning, json_schema_extra=extra, **limits)
