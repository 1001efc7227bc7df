"""Catalogue of a scenario's fields, read off the models; fields are read, set and looked for by their paths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo as ModelField

from cisim.errors import InputError, did_you_mean
from cisim.scenario.field import ABOUT, FieldInfo, Section, is_distribution
from cisim.scenario.names import LONGEST
from cisim.scenario.sections import Group, Outcome, Sections

SECTIONS: Mapping[str, type[Section]] = {
    name: cast("type[Section]", field.annotation) for name, field in Sections.model_fields.items()
}
#: An outcome's field is `community.outcomes.NAME.field`, that of a group of residents `community.groups.NAME.field`.
OUTCOMES, GROUPS = "community.outcomes.", "community.groups."
#: What may be replaced besides single fields.
_WHOLE = (*SECTIONS, "backbone.allocation", "backbone.reach", "community.outcomes", "community.groups", "events")


@cache
def fields() -> tuple[FieldInfo, ...]:
    """List every field of a scenario, in the order of its file; those of outcomes and groups are `named_fields()`."""
    return tuple(info for name, model in SECTIONS.items() for info in _fields_of(model, name))


@cache
def named_fields() -> tuple[FieldInfo, ...]:
    """List the fields of one outcome and of one group of residents, with paths such as `community.outcomes.NAME.trend`."""
    return (*_fields_of(Outcome, OUTCOMES + "NAME"), *_fields_of(Group, GROUPS + "NAME"))


@cache
def _by_path() -> dict[str, FieldInfo]:
    return {info.path: info for info in (*fields(), *named_fields())}


def find(path: str) -> FieldInfo | None:
    """Find the field of a path; an outcome's or a group's field is the same whatever its name.

    Example:
        >>> find("community.outcomes.reading.trend").unit
        'indicator/month'
    """
    named = _named(path)
    return _by_path().get(f"{named[0]}NAME.{named[2]}" if named else path)


def outcome_of(path: str) -> tuple[str, str] | None:
    """Split `community.outcomes.NAME.field` into name and field: the name may hold dots and spaces itself."""
    named = _named(path)
    return named[1:] if named and named[0] == OUTCOMES else None


def _named(path: str) -> tuple[str, str, str] | None:
    for before in (OUTCOMES, GROUPS):
        name, dot, field = path.removeprefix(before).rpartition(".")
        if path.startswith(before) and dot and name:
            return before, name, field
    return None


def dead_while(info: FieldInfo) -> dict[str, float | str]:
    """Collect the fields that make a field change no bit of a result, each with the value at which it does."""
    switches: dict[str, float | str] = {}
    for path in info.dead_if:
        switch = _by_path()[path]
        assert switch.quiet is not None, f"{info.path} names {path}, which has no quiet value"
        switches |= {path: switch.quiet, **dead_while(switch)}
    return switches


def allowed(info: FieldInfo) -> str:
    """Say what a field may hold, such as "must be a number from 0 to 10000 (FTE)"."""
    if info.type == "choice":
        return f"must be one of {', '.join(map(str, info.choices))}"
    if not info.numeric:
        return "must be true or false" if info.type == "truth value" else f"must be a {info.type}"
    low = None if info.minimum is None else _short(info.minimum)
    high = None if info.maximum is None else _short(info.maximum)
    words = f"must be a {info.type}"
    if low and high and not (info.open_minimum or info.open_maximum):
        words += f" from {low} to {high}"
    elif low or high:
        above = f"{'above' if info.open_minimum else 'at least'} {low}" if low else ""
        below = f"{'below' if info.open_maximum else 'at most'} {high}" if high else ""
        words += ", " + " and ".join(filter(None, [above, below]))
    if info.unit not in {"", "[0, 1]"}:
        words += f" ({info.unit})"
    return " or ".join([words, *(f'"{choice}"' for choice in info.choices)])


def fits(info: FieldInfo, value: Any) -> bool:
    """Tell whether a numeric field, or one of truth values, may hold a value, by the rules that the models have."""
    if isinstance(value, str):
        return value in info.choices
    if info.type == "truth value":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int if info.type == "whole number" else (int, float)):
        return False
    if info.minimum is None or info.maximum is None:
        return math.isfinite(value)
    # Written so that NaN does not fit.
    above = value > info.minimum if info.open_minimum else value >= info.minimum
    below = value < info.maximum if info.open_maximum else value <= info.maximum
    return above and below


def _short(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}" if abs(number) >= 1e7 else f"{number:.12g}"


# --- read off the models ------------------------------------------------------------------------------


def _fields_of(model: type[Section], prefix: str) -> Iterator[FieldInfo]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from _fields_of(inner, f"{prefix}.{name}")
        elif isinstance(field.json_schema_extra, dict) and ABOUT in field.json_schema_extra:
            yield info_of(field, (*prefix.split("."), name))


def info_of(field: ModelField, path: Sequence[str | int]) -> FieldInfo:
    """Read what there is to know about a field, declared by `dial`, `setup` or otherwise."""
    declared = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    about = {**(cast("dict[str, Any]", declared.get(ABOUT)) or _limits(field))}
    about["dead_if"] = tuple(about.get("dead_if", ()))
    types = types_of(field.annotation)
    choices = tuple(choice for kind in types if get_origin(kind) is Literal for choice in get_args(kind))
    known = [_TYPES[base] for kind in types if (base := get_origin(kind) or kind) in _TYPES]
    kind = known[0] if known else "choice" if choices else "value"
    default = None if field.is_required() else field.default
    parts = [str(part) for part in path]
    return FieldInfo(
        ".".join(parts), parts[0], parts[-1], kind, default, meaning=field.description or "", choices=choices, **about
    )


def _limits(field: ModelField) -> dict[str, Any]:
    """Read the limits of a field that is declared by `entry`."""
    limits: dict[str, Any] = {}
    for name, end in (("ge", "minimum"), ("gt", "minimum"), ("le", "maximum"), ("lt", "maximum")):
        for limit in field.metadata:
            if (value := getattr(limit, name, None)) is not None:
                limits |= {end: value, f"open_{end}": name in {"gt", "lt"}}
    return limits


_TYPES = {float: "number", int: "whole number", bool: "truth value", str: "text", tuple: "list of names"}


def types_of(annotation: Any) -> list[Any]:
    """List the types that an annotation allows, but for None; what annotates them is left out."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return types_of(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return [kind for part in get_args(annotation) for kind in types_of(part)]
    return [] if annotation in {None, NoneType} else [annotation]


# --- by their paths -----------------------------------------------------------------------------------


def get(values: dict[str, Any], path: str) -> Any:
    """Look up the value of a field in a scenario's mapping, None where it is not set; refuse an unknown field."""
    inner, key = _locate(values, path)
    return inner.get(key)


def put(values: dict[str, Any], path: str, value: Any) -> None:
    """Set a field in place, or take it away by None, so that it has its default; refuse an unknown field."""
    inner, key = _locate(values, path)
    if value is None:
        inner.pop(key, None)
    else:
        inner[key] = value


def flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Flatten nested mappings into one, by path; distributions stay whole."""
    flattened: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{before}{name}"
        inner = isinstance(value, dict) and not is_distribution(value)
        flattened |= flat(value, f"{path}.") if inner else {path: value}
    return flattened


def unknown(values: dict[str, Any], path: str) -> str | None:
    """Say what is wrong with a path, with the nearest one that exists; None if nothing is."""
    named, outcomes = _named(path), _items(values, OUTCOMES)
    if named and find(path):
        known, what = _items(values, named[0]), "outcome" if named[0] == OUTCOMES else "group"
        return None if named[1] in known else f"{path}: no such {what}; the {what}s are {', '.join(known) or 'none'}"
    if path in _WHOLE or find(path):
        return None
    hint = did_you_mean(path, [info.path for info in fields()] + [f"{OUTCOMES}{name}.trend" for name in outcomes], "")
    told = path if len(path) <= 2 * LONGEST else f"{path[: 2 * LONGEST]}..."
    return f"{told}: no such field{hint and f'; {hint}'}"


def _locate(values: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    if problem := unknown(values, path):
        raise InputError(problem)
    if named := _named(path):
        return _items(values, named[0])[named[1]], named[2]
    # What was replaced in the same call may be no mapping: it is refused later.
    *sections, key = path.split(".")
    for part in sections:
        inner = values.setdefault(part, {})
        values = inner if isinstance(inner, dict) else {}
    return values, key


def _items(values: dict[str, Any], which: str) -> dict[str, dict[str, Any]]:
    """Find the outcomes or the groups by name; `which` is the beginning of their paths."""
    community = values.get("community")
    listed = community.get(which.split(".")[1]) if isinstance(community, dict) else None
    mappings = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return {str(item.get("name")): item for item in mappings}
