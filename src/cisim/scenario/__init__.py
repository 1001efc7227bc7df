"""Scenarios, their fields, and the TOML files they are kept in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cisim.scenario.catalogue import fields, find, flat, named_fields
from cisim.scenario.events import Event, When
from cisim.scenario.field import Distribution, FieldInfo
from cisim.scenario.files import commented_toml, json_schema, load, parse_setting, shipped
from cisim.scenario.scenario import Scenario
from cisim.scenario.sections import Outcome

if TYPE_CHECKING:
    from cisim.scenario.compile import compile_dials, compile_events, for_run

#: No module here may be called like one of these: importing a submodule sets the package's attribute of its name.
__all__ = ["Distribution", "Event", "FieldInfo", "Outcome", "Scenario", "When", "commented_toml", "compile_dials"]
__all__ += [
    "compile_events",
    "fields",
    "find",
    "flat",
    "for_run",
    "json_schema",
    "load",
    "named_fields",
    "parse_setting",
    "shipped",
]


def __getattr__(name: str) -> object:
    """Import what makes arrays when it is first asked for: a scenario can be read without NumPy."""
    if name not in ("compile_dials", "compile_events", "for_run"):
        raise AttributeError(f"module 'cisim.scenario' has no attribute {name!r}")
    value: object = getattr(import_module("cisim.scenario.compile"), name)
    globals()[name] = value
    return value
