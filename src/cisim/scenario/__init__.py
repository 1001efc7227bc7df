"""Scenarios, their fields, and the TOML files they are kept in."""

from cisim.scenario.catalogue import fields, find, flat, named_fields
from cisim.scenario.compile import compile_dials, compile_events, for_run
from cisim.scenario.events import Event, When
from cisim.scenario.field import Distribution, FieldInfo
from cisim.scenario.files import commented_toml, json_schema, load, parse_setting, shipped
from cisim.scenario.scenario import Scenario
from cisim.scenario.sections import Outcome

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
