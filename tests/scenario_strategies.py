"""Hypothesis strategies for scenarios: any values that are allowed, alone and together."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cisim.errors import InputError
from cisim.scenario import FieldInfo, Scenario, fields

NUMERIC = tuple(info for info in fields() if info.numeric)
DIALS = tuple(info for info in NUMERIC if info.kind == "dial")


def values(info: FieldInfo) -> st.SearchStrategy[Any]:
    """Any value that a numeric field allows."""
    if info.type == "whole number":
        numbers: st.SearchStrategy[Any] = st.integers(int(info.minimum or 0), int(info.maximum or 0))
    else:
        numbers = st.floats(
            info.minimum, info.maximum, exclude_min=info.open_minimum, exclude_max=info.open_maximum
        )
    return st.one_of(numbers, st.sampled_from(info.choices)) if info.choices else numbers


names = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and text
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A scenario with some fields changed and perhaps an event or two."""
    changed = draw(st.lists(st.sampled_from(NUMERIC), max_size=6, unique=True))
    changes = {info.path: draw(values(info)) for info in changed if info.path != "scenario.months"}
    outcomes = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    changes["scenario.name"] = draw(names)
    changes["scenario.description"] = draw(st.text(st.characters(categories=["L", "Zs"]), max_size=20))
    changes["community.outcomes"] = [{"name": name} for name in outcomes]
    dial = draw(st.sampled_from(DIALS))
    month = draw(st.integers(1, 120))
    changes["events"] = [
        {"month": month, "set": {dial.path: draw(values(dial))}, "why": draw(names)},
        {"when": {"measure": "members", "below": draw(st.floats(0, 9))}, "set": {"backbone.staff": 1}},
        {"month": 120, "set": {f"community.outcomes.{outcomes[0]}.trend": draw(st.floats(-1, 1))}},
    ]
    try:
        return Scenario().replace(**changes)
    except InputError:
        # What is allowed one by one may not be allowed together: then only the names are changed.
        return Scenario(scenario={"name": changes["scenario.name"]}, events=changes["events"][1:2])
