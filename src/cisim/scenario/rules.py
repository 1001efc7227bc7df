"""stub"""
from __future__ import annotations
from typing import Any
from cisim.scenario.problems import Problem
def problems_across(scenario: Any, broken: Any) -> list[Problem]:
    """Stub."""
    return []
