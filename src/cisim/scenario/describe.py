"""What a scenario file may hold: a commented file to start from, and a JSON schema for editors."""

from __future__ import annotations

import textwrap
import tomllib
from typing import Any

from cisim.errors import InputError
from cisim.scenario.catalogue import OUTCOMES, SECTIONS, allowed, fields, outcome_fields
from cisim.scenario.community import DEFAULT_OUTCOMES
from cisim.scenario.field import FieldInfo
from cisim.scenario.scenario import Scenario
from cisim.scenario.write import to_toml, toml_value

_HEAD = """\
# A scenario of cisim. What question does it ask?
#
# Every line that begins with "#" and a name is a field with its default: take the "#" away and change the
# value. A file without any field is all five conditions. Fields marked "dial" may change in the course of a
# run, by [[events]]; those marked "setup" are read before the first month.
"""
_EVENTS = """
# ---- What happens in the course of a run: at a month, or once when a recorded measure crosses a value.
#[[events]]
#month = 49
#set = { "backbone.staff" = 0 }
#why = "the grant ends"
#
#[[events]]
#when = { measure = "members", below = 12, after = 24 }
#set = { "backbone.allocation.engage" = 0.3, "backbone.allocation.capacity" = 0.15 }
#
#[[events]]
#month = 60
#organisation = "NAME"
#set = { member = false }        # or resources = 2.5, or commitment = 0.9
"""


def commented_toml() -> str:
    """A scenario file in which every field stands as a comment: default, unit, bounds, meaning, source.

    Example:
        >>> commented_toml().splitlines()[0]
        '# A scenario of cisim. What question does it ask?'
    """
    told: list[str] = [_HEAD]
    table = ""
    for info in fields():
        outer = info.path.rpartition(".")[0]
        if outer != table:
            told += [*_outcomes_after(table), *_title(outer)]
            table = outer
        told += _lines(info)
    return "\n".join(told) + "\n" + _EVENTS


def json_schema() -> dict[str, Any]:
    """The JSON schema of a scenario file, with unit, bounds, meaning, source and kind of every field.

    Example:
        >>> json_schema()["$defs"]["Backbone"]["properties"]["staff"]["maximum"]
        10000
    """
    schema = Scenario.model_json_schema()
    settings = {info.path: _setting(info) for info in fields() if info.kind == "dial"}
    trend = next(info for info in outcome_fields() if info.kind == "dial")
    settings |= {
        "member": {"type": "boolean", "description": "whether the organisation is a member"},
        "resources": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1e6,
            "description": "its resources, FTE",
        },
        "commitment": {"type": "number", "minimum": 0, "maximum": 1, "description": "its commitment"},
    }
    schema["$defs"]["Event"]["properties"]["set"] |= {
        "properties": settings,
        "patternProperties": {"^" + OUTCOMES.replace(".", r"\.") + r".+\.trend$": _setting(trend)},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "A scenario of cisim",
    }


def parse_setting(text: str) -> tuple[str, Any]:
    """`section.field=value` of a command line as a path and a value, for `Scenario.replace`.

    Args:
        text: the value is written as in TOML; what is no TOML is a text, so that `coalition.start=never`
            needs no quotes.

    Raises:
        InputError: there is no "=" in it.

    Example:
        >>> parse_setting("backbone.staff=1.5"), parse_setting("coalition.start=never")
        (('backbone.staff', 1.5), ('coalition.start', 'never'))
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise InputError(f"{text}: must be section.field=value, such as backbone.staff=1.5")
    try:
        parsed: Any = tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        parsed = {}
    return path.strip(), parsed["value"] if list(parsed) == ["value"] else value.strip()


def _title(table: str) -> list[str]:
    model = SECTIONS.get(table)
    about = (model.__doc__ or "").split("\n")[0] if model else ""
    return ["", *(["# ---- " + about] if about else []), f"[{table}]"]


def _lines(info: FieldInfo) -> list[str]:
    meaning = info.meaning[:1].upper() + info.meaning[1:]
    unit = f" [{info.unit}]" if info.unit else ""
    bounds = f" {allowed(info).removeprefix('must be ')}." if info.numeric or info.choices else ""
    bounds = bounds[:2].upper() + bounds[2:] if bounds else ""
    sweep = (
        f" Plausible: {info.low:g} to {info.high:g}."
        if info.low is not None and info.high is not None
        else ""
    )
    source = "" if info.source == "chosen" else f" Default {info.source}."
    about = f"{meaning}{'' if bounds else unit}.{bounds}{sweep}{source} {info.kind.capitalize()}."
    value = (
        f"#{info.name} = {toml_value(info.default)}"
        if info.default is not None
        else f"# {info.name}: not set"
    )
    return [*textwrap.wrap(about, 108, initial_indent="# ", subsequent_indent="#   "), value]


def _outcomes_after(table: str) -> list[str]:
    if table != "community":
        return []
    told = ["", "# The outcomes, one table each; give all of them or none:"]
    for info in outcome_fields():
        told += textwrap.wrap(
            f"{info.name}: {info.meaning}; {allowed(info).removeprefix('must be ')}",
            108, initial_indent="#   ", subsequent_indent="#     ",
        )  # fmt: skip
    example = to_toml(
        {"community": {"outcomes": [o.model_dump(exclude_none=True) for o in DEFAULT_OUTCOMES]}}
    )
    return told + ["#" + line for line in example.splitlines()[2:] if line]


def _setting(info: FieldInfo) -> dict[str, Any]:
    number: dict[str, Any] = {"type": "integer" if info.type == "whole number" else "number"}
    number["exclusiveMinimum" if info.open_minimum else "minimum"] = info.minimum
    number["exclusiveMaximum" if info.open_maximum else "maximum"] = info.maximum
    about = {"description": f"{info.meaning} ({info.unit})" if info.unit else info.meaning}
    if info.choices:
        return {"anyOf": [number, {"enum": list(info.choices)}], **about}
    return number | about
