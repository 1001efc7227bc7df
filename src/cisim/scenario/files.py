"""Scenario files: those that come with cisim, loading one, and what one may hold: a commented file, a JSON schema."""

from __future__ import annotations

import os
import textwrap
import tomllib
from collections.abc import Mapping
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import Any

from cisim.errors import InputError, did_you_mean
from cisim.files import read_text
from cisim.scenario.catalogue import GROUPS, OUTCOMES, SECTIONS, allowed, fields, named_fields
from cisim.scenario.distributions import why_common
from cisim.scenario.events import ORGANISATION_FIELDS
from cisim.scenario.field import FieldInfo
from cisim.scenario.scenario import Scenario
from cisim.scenario.sections import DEFAULT_OUTCOMES
from cisim.scenario.toml import parse, refuse, to_toml, toml_value

#: Largest scenario file, in bytes.
LARGEST = 10_000_000


def shipped() -> Mapping[str, Path]:
    """Find the scenarios that come with cisim: name -> file, sorted by name."""
    package = Path(__file__).parent.parent
    for folder in (package / "shipped_scenarios", package.parent.parent / "scenarios"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return {}


def load(name_or_path: str | PathLike[str]) -> Scenario:
    """Load a scenario by its name, such as "all-five", if it came with cisim, or from a TOML file, such as "./all-five".

    Raises:
        InputError: with all that is wrong, one line each: file, line, field, value, what is allowed.

    Example:
        >>> load("isolated-impact").coalition.start
        'never'
    """
    label = os.fspath(name_or_path)
    known = shipped()
    path = known[label] if isinstance(name_or_path, str) and label in known else Path(label)
    missing = "no such file"
    if label not in known and path.name == label and not path.suffix:
        missing += f", and no scenario of that name comes with cisim; {did_you_mean(label, known)}"
    text = read_text(path, LARGEST, label=label, missing=missing, what="scenario file")
    values = parse(text, label)
    if isinstance(values.get("plans"), dict):
        raise InputError(f"{label}: is a file of plans, not a scenario: cisim plan check {label}")
    scenario, problems = Scenario.tried(values)
    refuse(problems, label, text)
    return scenario.at(path.parent)


def parse_setting(text: str) -> tuple[str, Any]:
    """Split `section.field=value` of a command line into path and value, for `Scenario.replace`; InputError without a "=".

    The value is written as in TOML; what is no TOML is a text, so that `coalition.start=never` needs no quotes.

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


def json_schema() -> dict[str, Any]:
    """Make the JSON schema of a scenario file, with unit, bounds, meaning, source and kind of every field.

    Example:
        >>> json_schema()["$defs"]["Backbone"]["properties"]["staff"]["maximum"] == 10_000
        True
    """
    schema = Scenario.model_json_schema()
    settings = {info.path: _setting(info) for info in fields() if info.kind == "dial"}
    settings |= {name: _setting(info) for name, info in ORGANISATION_FIELDS.items()}
    trend = next(info for info in named_fields() if info.kind == "dial")
    schema["$defs"]["Event"]["properties"]["set"] |= {
        "properties": settings,
        "patternProperties": {"^" + OUTCOMES.replace(".", r"\.") + r".+\.trend$": _setting(trend)},
        "additionalProperties": False,
        "minProperties": 1,
    }
    for info in fields():
        if why_common(info) is None:
            *tables, name = info.path.split(".")
            where = schema
            for table in tables:
                where = schema["$defs"][where["properties"][table]["$ref"].rpartition("/")[2]]
            _allow_distribution(where["properties"][name])
    schema["$defs"]["Distribution"] = {
        "type": "object",
        "description": "each run draws a value: all from low to high equally likely, or middle most likely",
        "properties": {end: {"type": "number"} for end in ("low", "middle", "high")},
        "required": ["low", "high"],
        "additionalProperties": False,
    }
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, **schema, "title": "A scenario of cisim"}


def _allow_distribution(field: dict[str, Any]) -> None:
    """Let a field's schema take a distribution besides the values that it takes."""
    distribution = {"$ref": "#/$defs/Distribution"}
    if "anyOf" in field:
        field["anyOf"].append(distribution)
    else:  # bounds say nothing of what is no number
        field["anyOf"] = [{"type": field.pop("type")}, distribution]


def _setting(info: FieldInfo) -> dict[str, Any]:
    about = {"description": f"{info.meaning} ({info.unit})" if info.unit else info.meaning}
    if not info.numeric:
        return {"type": "boolean", **about}
    number: dict[str, Any] = {"type": "integer" if info.type == "whole number" else "number"}
    number["exclusiveMinimum" if info.open_minimum else "minimum"] = info.minimum
    number["exclusiveMaximum" if info.open_maximum else "maximum"] = info.maximum
    return {"anyOf": [number, {"enum": list(info.choices)}], **about} if info.choices else number | about


# --- a file to begin with -----------------------------------------------------------------------------

_HEAD = """\
# A scenario of cisim. What question does it ask?
#
# Every line that begins with "#" and a name is a field with its default: take the "#" away and change the
# value. A file without any field is all five conditions. Fields marked "dial" may change in the course of a
# run, by [[events]]; those marked "setup" are read before the first month.
# A range such as { low = 1, high = 3 } in place of a number gives each run a value of its own.
"""
_EVENTS = "# ---- What happens in the course of a run: at a month, or once when a recorded measure crosses a value."
#: An example of every kind of event.
EXAMPLE_EVENTS = """\
[[events]]
month = 49
set = { "backbone.staff" = 0 }
why = "the grant ends"

[[events]]
when = { measure = "members", below = 12, after = 24 }
set = { "backbone.allocation.engage" = 0.3, "backbone.allocation.capacity" = 0.15 }

[[events]]
month = 60
organisation = "NAME"
set = { member = false }        # or resources = 2.5, or commitment = 0.9
"""


def commented_toml() -> str:
    """Write a scenario file in which every field stands as a comment: default, unit, bounds, meaning, source."""
    lines = [_HEAD]
    for table, infos in groupby(fields(), key=lambda info: info.path.rpartition(".")[0]):
        title = [f"# ---- {(SECTIONS[table].__doc__ or '').splitlines()[0]}"] if table in SECTIONS else []
        lines += ["", *title, f"[{table}]"]
        for info in infos:
            lines += field_lines(info)
        if table == "community":
            lines += ["", "# The outcomes, one table each; give all of them or none:"]
            lines += _named_lines(OUTCOMES)
            outcomes = [outcome.model_dump(exclude_none=True) for outcome in DEFAULT_OUTCOMES]
            example = to_toml({"community": {"outcomes": outcomes}})
            lines += ["#" + line for line in example.splitlines()[2:] if line]
            lines += ["", "# Groups of residents, in tables [[community.groups]]; none: all residents are one:"]
            lines += _named_lines(GROUPS)
    return "\n".join([*lines, "", _EVENTS, textwrap.indent(EXAMPLE_EVENTS, "#", lambda _: True)])


def _named_lines(which: str) -> list[str]:
    about = (info for info in named_fields() if info.path.startswith(which))
    texts = (f"  {info.name}: {info.meaning}; {allowed(info).removeprefix('must be ')}" for info in about)
    return [line for text in texts for line in _wrapped(text, "  ")]


def field_lines(info: FieldInfo) -> list[str]:
    """Write a field as a file to begin with has it: what it means in a comment, and its default as another."""
    unit = f" [{info.unit}]" if info.unit else ""
    bounds = allowed(info).removeprefix("must be ")
    about = f"{info.meaning[:1].upper()}{info.meaning[1:]}"
    about += f". {bounds[:1].upper()}{bounds[1:]}." if info.numeric or info.choices else f"{unit}."
    if info.low is not None and info.high is not None:
        about += f" Plausible: {info.low:g} to {info.high:g}."
    if info.source != "chosen":
        about += f" Default {info.source}."
    unset = info.default is None
    value = f"# {info.name}: not set" if unset else f"#{info.name} = {toml_value(info.default)}"
    return [*_wrapped(f"{about} {info.kind.capitalize()}."), value]


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, 108, initial_indent="# ", subsequent_indent=f"#   {indent}")
