"""What is asked: scenarios, their fields, and the TOML files they are kept in."""

from cisim.scenario.catalogue import fields, find, outcome_fields
from cisim.scenario.community import Outcome
from cisim.scenario.events import Event, When
from cisim.scenario.field import FieldInfo
from cisim.scenario.files import load, shipped
from cisim.scenario.scenario import Scenario
from cisim.scenario.timeline import compile_dials, compile_events

__all__ = [
    "Event",
    "FieldInfo",
    "Outcome",
    "Scenario",
    "When",
    "compile_dials",
    "compile_events",
    "fields",
    "find",
    "load",
    "outcome_fields",
    "shipped",
]
