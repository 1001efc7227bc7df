"""Hypothesis strategies for scenarios: any values that are allowed, alone and together."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cisim.coalition import roster
from cisim.errors import InputError
from cisim.scenario import FieldInfo, Scenario, fields
from cisim.scenario.distributions import why_common

NUMERIC = tuple(info for info in fields() if info.numeric)
DIALS = tuple(info for info in NUMERIC if info.kind == "dial")


def values(info: FieldInfo) -> st.SearchStrategy[Any]:
    """Draw any value that a numeric field allows."""
    if info.type == "whole number":
        numbers: st.SearchStrategy[Any] = st.integers(int(info.minimum or 0), int(info.maximum or 0))
    else:
        numbers = st.floats(info.minimum, info.maximum, exclude_min=info.open_minimum, exclude_max=info.open_maximum)
    return st.one_of(numbers, st.sampled_from(info.choices)) if info.choices else numbers


def values_or_ranges(info: FieldInfo) -> st.SearchStrategy[Any]:
    """Draw any value that a numeric field allows, or a distribution over some of them."""
    if why_common(info):
        return values(info)
    numbers = values(info).filter(lambda value: not isinstance(value, str))
    ends = st.tuples(numbers, numbers).map(sorted).filter(lambda two: two[0] < two[1])
    return st.one_of(values(info), ends.map(lambda two: {"low": two[0], "high": two[1]}))


names = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and text
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a scenario with some fields changed and perhaps an event or two."""
    changed = draw(st.lists(st.sampled_from(NUMERIC), max_size=6, unique=True))
    changes = {info.path: draw(values_or_ranges(info)) for info in changed if info.path != "scenario.months"}
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


#: Setup fields that would make a run long, with the bounds within which dynamics are tested.
SMALL: dict[str, tuple[int, int]] = {
    "scenario.months": (1, 24),
    "coalition.organisations": (2, 40),
    "practice.bits": (1, 12),
}
SETTABLE = tuple(info for info in NUMERIC if info.path not in SMALL)


def dial_values(info: FieldInfo) -> st.SearchStrategy[Any]:
    """Draw any value that a numeric field allows, more often at its bounds and over a plausible sweep."""
    ends = [info.minimum] * (not info.open_minimum) + [info.maximum] * (not info.open_maximum)
    whole = info.type == "whole number"
    if info.name in {"start", "end"}:
        return st.one_of(st.integers(1, 30), values(info))
    choices = [values(info), st.sampled_from([int(end) if whole else end for end in ends])]
    if info.low is not None and not whole:
        choices += [st.floats(info.low, info.high), st.just(info.default)]
    return st.one_of(choices)


@st.composite
def small_scenarios(draw: st.DrawFn, *, events: bool = True) -> Scenario:
    """Draw a scenario over the bounds of all fields, with up to 40 organisations, 12 bits and 24 months, and any events."""
    changes = draw(
        st.fixed_dictionaries(
            {path: st.integers(*bounds) for path, bounds in SMALL.items()},
            optional={info.path: dial_values(info) for info in SETTABLE},
        )
    )
    base = Scenario()

    def value(path: str) -> Any:
        return changes.get(path, base.value(path))

    outcomes = [
        {
            "name": f"outcome {d}",
            "baseline": draw(st.floats(0, 1, exclude_max=True)),
            "weight": draw(st.one_of(st.just(1.0), st.floats(0.001, 10), st.just(0.0))) if d else 1.0,
            "trend": draw(st.one_of(st.just(0.0), st.floats(-0.01, 0.01), st.floats(-1, 1))),
        }
        for d in range(draw(st.integers(1, 4)))
    ]
    # So small that every group begins on the scale of every outcome, whatever the shares.
    room = 0.49 * min(min(each["baseline"], 1 - each["baseline"]) for each in outcomes)
    room *= room > 1e-9  # less is lost in rounding
    groups = [
        {
            "name": f"group {h}",
            "share": draw(st.floats(0.01, 1)),
            "shift": room * draw(st.one_of(st.just(0.0), st.floats(-1, 1))),
            "barrier": draw(st.one_of(st.just(0.0), st.floats(0, 2), st.floats(0, 10))),
        }
        for h in range(draw(st.integers(0, 3)))
    ]
    roles = draw(st.integers(1, 5))
    changes |= {
        "community.outcomes": outcomes,
        "community.groups": groups,
        "activities.roles": [f"role {k}" for k in range(roles)],
        "coalition.sectors": [f"sector {k}" for k in range(draw(st.integers(1, 5)))],
        "coalition.network": draw(st.sampled_from(NETWORKS)),
    }
    # What only holds together is brought into its bounds.
    changes["coalition.degree"] = min(value("coalition.degree"), value("coalition.organisations") - 1)
    if changes["coalition.network"] == "small-world":
        changes["coalition.degree"] = 2 * (changes["coalition.degree"] // 2)
    changes["practice.ruggedness"] = min(value("practice.ruggedness"), value("practice.bits") - 1)
    changes["activities.role_floor"] = min(value("activities.role_floor"), 0.9999 / roles)
    if value("agenda.process") * value("agenda.pull") + value("agenda.stubborn") > 1:
        changes["agenda.stubborn"] = 1 - value("agenda.process") * value("agenda.pull")
    if value("communication.trust_gain") * value("communication.trust_loss_ratio") > 1:
        changes["communication.trust_loss_ratio"] = 1 / value("communication.trust_gain")
    shares = [info.path for info in NUMERIC if info.path.startswith("backbone.allocation.")]
    total = sum(value(path) for path in shares)
    if total > 1:
        changes |= {path: value(path) / total for path in shares}
    scenario = base.replace(**changes)
    if not events:
        return scenario
    try:
        return scenario.replace(events=draw(small_events(scenario)))
    except InputError:
        # Some events may not follow one another: then there are none.
        return scenario


NETWORKS = ("random", "small-world", "scale-free", "sector-clusters", "hub", "core-periphery")


@st.composite
def small_events(draw: st.DrawFn, scenario: Scenario) -> list[dict[str, Any]]:
    """Draw a few events at months, on conditions, and about organisations of a small scenario."""
    organisations = st.sampled_from(roster(scenario).names)
    changed = {"member": st.booleans(), "resources": st.floats(0.01, 100), "commitment": st.floats(0, 1)}
    moments = st.one_of(
        st.integers(1, scenario.months).map(lambda month: {"month": month}),
        st.builds(
            lambda measure, below, after: {"when": {"measure": measure, "below": below, "after": after}},
            st.sampled_from(["members", "commitment", "progress", "trust"]),
            st.floats(-1, 20),
            st.integers(0, scenario.months - 1),
        ),
    )
    drawn = []
    for moment in draw(st.lists(moments, max_size=4)):
        if draw(st.booleans()):
            what = draw(st.lists(st.sampled_from(DIALS), min_size=1, max_size=3, unique=True))
            drawn.append(moment | {"set": {info.path: draw(dial_values(info)) for info in what}})
        else:
            what = draw(st.fixed_dictionaries({}, optional=changed).filter(bool))
            drawn.append(moment | {"organisation": draw(organisations), "set": what})
    return sorted(drawn, key=lambda event: event.get("month", 0))
