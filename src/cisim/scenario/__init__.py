"""Scenarios, their fields, and the TOML files they are kept in."""

from cisim.scenario.catalogue import fields, find, flat, named_fields
from cisim.scenario.compile import compile_dials, compile_events
from cisim.scenario.events import Event, When
from cisim.scenario.field import FieldInfo
from cisim.scenario.files import commented_toml, json_schema, load, parse_setting, shipped
from cisim.scenario.scenario import Scenario
from cisim.scenario.sections import Outcome

__all__ = ["Event", "FieldInfo", "Outcome", "Scenario", "When", "commented_toml", "compile_dials", "compile_events"]
__all__ += ["fields", "find", "flat", "json_schema", "load", "named_fields", "parse_setting", "shipped"]
