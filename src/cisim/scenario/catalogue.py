"""All fields of a scenario with what there is to know about them, read off the models."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic.fields import FieldInfo as ModelField

from cisim.scenario.coalition import About, Coalition, Practice
from cisim.scenario.community import Commitment, Community, Outcome
from cisim.scenario.conditions import Activities, Agenda, Backbone, Communication, Measurement
from cisim.scenario.field import ABOUT, FieldInfo, Section

#: The sections of a file, in the order in which they are written.
SECTIONS: Mapping[str, type[Section]] = {
    "scenario": About,
    "coalition": Coalition,
    "practice": Practice,
    "agenda": Agenda,
    "measurement": Measurement,
    "activities": Activities,
    "communication": Communication,
    "backbone": Backbone,
    "community": Community,
    "commitment": Commitment,
}
#: An outcome's field is `community.outcomes.NAME.field`.
OUTCOMES = "community.outcomes."


@cache
def fields() -> tuple[FieldInfo, ...]:
    """Every field of a scenario, in the order of its file; those of the outcomes are `outcome_fields()`.

    Example:
        >>> next(info.unit for info in fields() if info.path == "backbone.staff")
        'FTE'
    """
    return tuple(info for name, model in SECTIONS.items() for info in _fields_of(model, name, name))


@cache
def outcome_fields() -> tuple[FieldInfo, ...]:
    """The fields of one outcome, with paths such as `community.outcomes.NAME.trend`."""
    return tuple(_fields_of(Outcome, "community", OUTCOMES + "NAME"))


@cache
def _by_path() -> dict[str, FieldInfo]:
    return {info.path: info for info in (*fields(), *outcome_fields())}


def find(path: str) -> FieldInfo | None:
    """The field of a path, or None; of an outcome's field by whatever name the outcome has.

    Example:
        >>> find("community.outcomes.reading.trend").unit
        'indicator/month'
    """
    named = outcome_of(path)
    return _by_path().get(f"{OUTCOMES}NAME.{named[1]}" if named else path)


def outcome_of(path: str) -> tuple[str, str] | None:
    """The outcome and its field in `community.outcomes.NAME.field`: the name may hold dots and spaces itself.

    Example:
        >>> outcome_of("community.outcomes.no. of jobs.trend")
        ('no. of jobs', 'trend')
    """
    if not path.startswith(OUTCOMES):
        return None
    name, dot, field = path[len(OUTCOMES) :].rpartition(".")
    return (name, field) if dot and name else None


def dead_while(info: FieldInfo) -> dict[str, float | str]:
    """Collect the fields that make a field change no bit of a result, each with the value at which it does.

    Example:
        >>> dead_while(find("agenda.pull"))
        {'agenda.process': 0, 'coalition.start': 'never'}
    """
    switches: dict[str, float | str] = {}
    for path in info.dead_if:
        switch = _by_path()[path]
        assert switch.quiet is not None, f"{info.path} names {path}, which has no quiet value"
        switches |= {path: switch.quiet, **dead_while(switch)}
    return switches


def allowed(info: FieldInfo) -> str:
    """What a field may hold, in words.

    Example:
        >>> allowed(find("backbone.staff"))
        'must be a number from 0 to 10000 (FTE)'
    """
    texts = " or ".join(f'"{choice}"' for choice in info.choices)
    if info.type == "choice":
        return f"must be one of {', '.join(f'{choice}' for choice in info.choices)}"
    if not info.numeric:
        return {"text": "must be a text", "list of names": "must be a list of names"}[info.type]
    words = f"must be a {info.type}"
    if info.minimum is not None and info.maximum is not None:
        low, high = _short(info.minimum), _short(info.maximum)
        if info.open_minimum or info.open_maximum:
            above, below = (
                "above" if info.open_minimum else "at least",
                "below" if info.open_maximum else "at most",
            )
            words += f", {above} {low} and {below} {high}"
        else:
            words += f" from {low} to {high}"
    if info.unit not in {"", "[0, 1]"}:
        words += f" ({info.unit})"
    return f"{words} or {texts}" if texts else words


def fits(info: FieldInfo, value: Any) -> bool:
    """Whether a numeric field may hold a value, by the rules that the models have."""
    if isinstance(value, str):
        return value in info.choices
    if isinstance(value, bool) or not isinstance(value, int if info.type == "whole number" else (int, float)):
        return False
    if info.minimum is None or info.maximum is None:
        return math.isfinite(value)
    # Written so that NaN does not fit.
    above = value > info.minimum if info.open_minimum else value >= info.minimum
    below = value < info.maximum if info.open_maximum else value <= info.maximum
    return above and below


def _short(number: float) -> str:
    return f"{number:g}" if abs(number) >= 1e7 else f"{number:.12g}"


def _fields_of(model: type[Section], section: str, prefix: str) -> Iterator[FieldInfo]:
    for name, field in model.model_fields.items():
        path = f"{prefix}.{name}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from _fields_of(inner, section, path)
        elif isinstance(field.json_schema_extra, dict) and ABOUT in field.json_schema_extra:
            yield _field(field, section, path, name)


def _field(field: ModelField, section: str, path: str, name: str) -> FieldInfo:
    assert isinstance(field.json_schema_extra, dict)
    about: dict[str, Any] = {**typing.cast("dict[str, Any]", field.json_schema_extra[ABOUT])}
    about["dead_if"] = tuple(about["dead_if"])
    kind, choices = _type(field.annotation)
    meaning = field.description or ""
    default = None if field.is_required() else field.default
    return FieldInfo(path, section, name, kind, default, meaning=meaning, choices=choices, **about)


def _type(annotation: Any) -> tuple[str, tuple[str, ...]]:
    plain = {float: "number", int: "whole number", str: "text", tuple: "list of names"}
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return "choice", typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(typing.get_args(annotation)[0])
    if origin in {typing.Union, types.UnionType}:
        parts = [_type(part) for part in typing.get_args(annotation) if part is not type(None)]
        choices = tuple(choice for part in parts for choice in part[1])
        return parts[0][0], choices
    return plain[origin or annotation], ()
