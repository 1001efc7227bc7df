"""Each wrong input is refused in words that say where, what, and what is allowed; never in pydantic's own."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.scenario.catalogue import find, fits
from cisim.scenario.rules import DEPENDENT
from scenario_strategies import NUMERIC

PYDANTICS_WORDS = re.compile(
    r"Input should|Field required|Extra inputs|validation error|pydantic|Traceback|type=|constrained", re.IGNORECASE
)


def refusal(**sections: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        Scenario(**sections)
    problems = list(caught.value.problems)
    assert all("\n" not in problem and not PYDANTICS_WORDS.search(problem) for problem in problems)
    return problems


ONE_PROBLEM = {
    "negative staff": ({"backbone": {"staff": -1}}, "backbone.staff = -1: must be a number from 0 to 10000 (FTE)"),
    "a truth value": ({"backbone": {"staff": True}}, "backbone.staff = true: must be a number from 0 to 10000 (FTE)"),
    "a text": (
        {"backbone": {"staff": "3"}},
        'backbone.staff = "3": must be a number from 0 to 10000 (FTE), without quotes',
    ),
    "nan": ({"coalition": {"trust": math.nan}}, "coalition.trust = nan: must be a number from 0 to 1"),
    "infinity": ({"coalition": {"trust": math.inf}}, "coalition.trust = inf: must be a number from 0 to 1"),
    "a date": (
        {"coalition": {"trust": datetime.date(2020, 1, 2)}},
        "coalition.trust = 2020-01-02: must be a number from 0 to 1",
    ),
    "a huge number": (
        {"coalition": {"trust": 10**400}},
        "coalition.trust = a very large number: must be a number from 0 to 1",
    ),
    "a table": ({"coalition": {"trust": {"x": 1}}}, "coalition.trust = a table: must be a number from 0 to 1"),
    "a fraction for a count": (
        {"coalition": {"organisations": 30.0}},
        "coalition.organisations = 30.0: must be a whole number from 2 to 10000 (count)",
    ),
    "the open end of a range": (
        {"coalition": {"size_mean": 0}},
        "coalition.size_mean = 0: must be a number, above 0 and at most 1000 (FTE)",
    ),
    "a baseline of 1": (
        {"community": {"outcomes": [{"name": "jobs", "baseline": 1.0}]}},
        "community.outcomes.jobs.baseline = 1.0: must be a number, at least 0 and below 1 (indicator)",
    ),
    "an unknown network": (
        {"coalition": {"network": "smallworld"}},
        'coalition.network = "smallworld": must be one of random, small-world, scale-free, sector-clusters, '
        "hub, core-periphery; did you mean small-world?",
    ),
    "an unknown start": (
        {"coalition": {"start": "Never"}},
        'coalition.start = "Never": must be a whole number from 1 to 1000000 (month) or "never"',
    ),
    "a misspelt field": ({"backbone": {"staf": 3}}, "backbone.staf = 3: no such field; did you mean backbone.staff?"),
    "a field of another section": (
        {"coalition": {"sharing": 1}},
        "coalition.sharing = 1: no such field; did you mean measurement.sharing?",
    ),
    "a field unlike any other": (
        {"practice": {"qqqq": 3}},
        "practice.qqqq = 3: no such field; there are bits, ruggedness, worst, experiment, noise, own_noise, drift, outreach, tested, fidelity",
    ),
    "a misspelt field of a table": (
        {"backbone": {"allocation": {"wil": 0.1}}},
        "backbone.allocation.wil = 0.1: no such field; did you mean backbone.allocation.will?",
    ),
    "a misspelt section": ({"backbon": {"staff": 3}}, "backbon: no such section; did you mean backbone?"),
    "a field outside any section": (
        {"hub_cost": 3},
        "hub_cost: stands outside any section; did you mean backbone.hub_cost?",
    ),
    "a field of two sections outside any": (
        {"staff": 3},
        "staff: stands outside any section; did you mean backbone.staff or funder.staff?",
    ),
    "a misspelt field of two sections in another": (
        {"agenda": {"staf": 3}},
        "agenda.staf = 3: no such field; did you mean backbone.staff or funder.staff?",
    ),
    "a misspelt field of two sections in one of them": (
        {"funder": {"staf": 3}},
        "funder.staf = 3: no such field; did you mean funder.staff?",
    ),
    "a misspelt field of two sections in a misspelt one": (
        {"founder": {"staff": 3}},
        "founder: no such section; did you mean funder?",
    ),
    "a number for a section": ({"backbone": 3}, "backbone = 3: must be a section, [backbone]"),
    "a number for a table": (
        {"backbone": {"allocation": 3}},
        "backbone.allocation = 3: must be a section, [backbone.allocation]",
    ),
    "no outcomes": ({"community": {"outcomes": []}}, "community.outcomes: must be 1 to 50 outcomes, has 0"),
    "a table of outcomes": (
        {"community": {"outcomes": {"jobs": 1}}},
        "community.outcomes = a table: must be tables, [[community.outcomes]]",
    ),
    "a nameless outcome": (
        {"community": {"outcomes": [{"baseline": 0.2}]}},
        "outcome 1, name: is missing: must be a text",
    ),
    "two outcomes of one name": (
        {"community": {"outcomes": [{"name": "é"}, {"name": "e\u0301"}]}},
        "community.outcomes: must be outcomes of different names; twice: e\u0301",
    ),
    "outcomes without weight": (
        {"community": {"outcomes": [{"name": "jobs", "weight": 0}]}},
        "community.outcomes: must be outcomes of which one at least has a weight above 0",
    ),
    "an outcome without length": (
        {"community": {"outcomes": [{"name": "jobs", "zero": 1}]}},
        "community.outcomes.jobs: zero and one of the outcome 'jobs' must be different values, both are 1",
    ),
    "a role of a number": ({"activities": {"roles": ["a", 3]}}, "activities.roles, item 2 = 3: must be a name"),
    "a text for a list": ({"activities": {"roles": "a"}}, 'activities.roles = "a": must be a list of names'),
    "two sectors of one name": (
        {"coalition": {"sectors": ["a", "b", "a"]}},
        "coalition.sectors: must be different names; twice: a",
    ),
    "a blank name": ({"scenario": {"name": " "}}, 'scenario.name = " ": must be a name: not blank'),
    "a name of an escape sequence": (
        {"scenario": {"name": "a\x1b[31m"}},
        'scenario.name = "a\\u001b[31m": must be a name without control characters or line breaks',
    ),
    "a name that turns the text": (
        {"scenario": {"name": "a\u202eb"}},
        'scenario.name = "a\\u202eb": must be a name without control characters or line breaks',
    ),
    "a long name": (
        {"scenario": {"name": "a" * 201}},
        f'scenario.name = "{"a" * 56}...: must be a name of at most 200 characters, has 201',
    ),
    "allocation over 1": (
        {"backbone": {"allocation": {"engage": 0.5}}},
        "the sum of backbone.allocation = 1.25: must be at most 1 "
        "(engage = 0.5, measure = 0.1, align = 0.15, capacity = 0.2, fund = 0.1, will = 0.15, weave = 0.05)",
    ),
    "goals pulled beyond the agenda": (
        {"agenda": {"stubborn": 0.9}},
        "agenda.process * agenda.pull + agenda.stubborn = 1.22: must be at most 1 "
        "(agenda.process = 0.8, agenda.pull = 0.4, agenda.stubborn = 0.9)",
    ),
    "trust lost beyond all": (
        {"communication": {"trust_loss_ratio": 6}},
        "communication.trust_gain * communication.trust_loss_ratio = 1.2: must be at most 1 "
        "(communication.trust_gain = 0.2, communication.trust_loss_ratio = 6)",
    ),
    "a floor for roles that fills all": (
        {"activities": {"role_floor": 0.25}},
        "activities.role_floor * the number of roles = 1: must be below 1 (activities.role_floor = 0.25)",
    ),
    "an odd small world": (
        {"coalition": {"degree": 5}},
        "coalition.degree = 5.0: must be an even whole number in a small-world network",
    ),
    "more partners than others": (
        {"coalition": {"organisations": 4}},
        "coalition.degree = 4.0: must be less than coalition.organisations (4)",
    ),
    "more ruggedness than bits": (
        {"practice": {"bits": 3}},
        "practice.ruggedness = 3: must be less than practice.bits (3)",
    ),
    "a file of another kind": (
        {"coalition": {"file": "orgs.pdf"}},
        'coalition.file = "orgs.pdf": must end in one of .csv, .tsv, .txt, .xlsx, .xlsm, .xls, .ods, .json, '
        ".graphml, .gexf, .gml, or be builtin:emon/NAME",
    ),
    "ties without organisations": (
        {"coalition": {"ties": "ties.csv"}},
        'coalition.ties = "ties.csv": is only for a coalition.file that is a table, not a graph',
    ),
}


@pytest.mark.parametrize("case", ONE_PROBLEM)
def test_a_wrong_value_is_refused_with_one_clear_line(case: str) -> None:
    sections, says = ONE_PROBLEM[case]
    assert refusal(**sections) == [says]


def test_all_problems_are_told_at_once_and_none_that_follows_from_another() -> None:
    problems = refusal(
        coalition={"trust": 2, "organisations": -3, "network": "x"},
        agenda={"pull": 7, "stubborn": 1.0},
        community={"outcomes": [{"name": "a", "baseline": 3}, {"name": "b", "weight": -1}]},
        events=[
            {"month": "x", "set": {"backbone.staff": 1}},
            {"month": 5, "set": {"community.outcomes.a.trend": 0.1, "backbone.staff": -2}},
        ],
    )
    assert [problem.partition(" = ")[0] for problem in problems] == [
        "coalition.organisations",
        "coalition.network",
        "coalition.trust",
        "agenda.pull",
        "community.outcomes.a.baseline",
        "community.outcomes.b.weight",
        "event 1, month",
        'event 2, set "backbone.staff"',
    ]


def test_deep_nesting_is_refused() -> None:
    inner: dict[str, Any] = {}
    for _ in range(5000):
        inner = {"a": inner}
    assert refusal(backbone=inner) == ["backbone.a: nests too deeply"]


def test_no_more_than_a_hundred_problems_are_told() -> None:
    problems = refusal(backbone={f"x{number}": 1 for number in range(5000)})
    assert len(problems) == 101
    assert problems[-1] == "and 4,900 more problems"


def test_hints_are_sought_for_the_problems_that_are_told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    sought = []
    monkeypatch.setattr("cisim.errors.nearest", lambda name, _: sought.append(name))
    settings_of_one = {f"x{number}": 1 for number in range(5000)}
    conditions = [
        {"when": {"measure": f"x{number}", "below": 1}, "set": {"backbone.staff": 1}} for number in range(5000)
    ]
    for events in ([{"month": 3, "set": settings_of_one}], conditions):
        problems = refusal(events=events)
        assert (len(problems), problems[-1]) == (101, "and 4,900 more problems")
        assert len(sought) <= 100
        sought.clear()


@pytest.mark.parametrize("value", [10**400, -(10**400), float("inf")])
def test_a_number_beyond_all_bounds_is_refused_wherever_a_number_stands(value: float) -> None:
    for info in (info for info in NUMERIC if "NAME" not in info.path):
        section, _, name = info.path.partition(".")
        table, _, last = name.rpartition(".")
        (problem,) = refusal(**{section: {table: {last: value}} if table else {last: value}})
        assert problem.startswith(f"{info.path} = ")
        (problem,) = refusal(events=[{"month": 3, "set": {info.path: value}}])
        assert problem.startswith(f'event 1, set "{info.path}" = ')
    for name in ("zero", "one", "baseline", "target", "weight", "trend"):
        (problem,) = refusal(community={"outcomes": [{"name": "a", name: value}]})
        assert problem.startswith(f"community.outcomes.a.{name} = ")
    for name in ("resources", "commitment"):
        (problem,) = refusal(events=[{"month": 3, "organisation": "a", "set": {name: value}}])
        assert problem.startswith(f'event 1, set "{name}" = ')
    (problem,) = refusal(events=[{"month": value, "set": {"backbone.staff": 1}}])
    assert problem.startswith("event 1, month = ")
    for name in ("below", "above", "after"):
        when = {"measure": "members", "below": 3, name: value}
        (problem,) = refusal(events=[{"when": when, "set": {"backbone.staff": 1}}])
        assert problem.startswith(f"event 1, when.{name} = ")


def test_a_long_text_of_digits_and_a_long_key_are_refused_in_one_short_line() -> None:
    digits = "1" * 1_000_000
    for values in (
        {"backbone": {"staff": digits + "x"}},
        {"backbone": {digits: 1}},
        {digits: {}},
        {"events": [{"month": 3, "set": {digits: 1}}]},
    ):
        (problem,) = refusal(**values)
        assert len(problem) < 500


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"events": [{"month": 3, "set": {"\x1b[31m": 1}}]}, 'event 1, set "\\u001b[31m" = 1: no such field'),
        ({"events": [{"month": 3, "set": {"backbone.staff": 1}, "\x1b[31m": 1}]}, 'event 1, "\\u001b[31m" = 1: no such field'),
        ({"community": {"outcomes": [{"name": "a", "\x1b[31m": 1}]}}, 'community.outcomes.a."\\u001b[31m" = 1: no such field'),
        ({"community": {"outcomes": [{"name": "\x1b[31m", "x": 1}]}}, "outcome 1, x = 1: no such field"),
        ({"backbone": {"\x1b[31m": 1}}, 'backbone."\\u001b[31m" = 1: no such field'),
        ({"\x1b[31m": {}}, '"\\u001b[31m": no such section'),
    ],
)  # fmt: skip
def test_a_key_cannot_act_on_the_terminal(sections: dict[str, Any], says: str) -> None:
    assert any(problem.startswith(says) for problem in refusal(**sections))
    assert all(problem.isprintable() for problem in refusal(**sections))


def test_more_values_than_any_scenario_has_are_refused_in_one_line() -> None:
    assert refusal(activities={"roles": [1] * 10**6}) == ["holds more than 250,000 values, too many"]
    assert refusal(activities={"roles": [1] * 20_000}) == [
        "activities.roles: must be a list of at most 10000, has 20000"
    ]


def test_a_field_that_depends_on_no_other_may_have_whatever_fits_it() -> None:
    for info in NUMERIC:
        if info.path not in DEPENDENT and "NAME" not in info.path:
            for end, is_open in ((info.minimum, info.open_minimum), (info.maximum, info.open_maximum)):
                assert is_open or Scenario().replace(**{info.path: end})


def test_replace_refuses_in_the_same_words() -> None:
    with pytest.raises(InputError) as caught:
        Scenario().replace(**{"backbone.staff": -1, "backbone.stff": 1, "name": "x", "noise": 1})
    assert caught.value.problems == (
        "backbone.stff: no such field; did you mean backbone.staff?",
        "name: no such field; did you mean scenario.name?",
        "noise: no such field; did you mean practice.noise, measurement.noise, community.noise or commitment.noise?",
        "backbone.staff = -1: must be a number from 0 to 10000 (FTE)",
    )


@pytest.mark.parametrize("path", ["community.outcomes.jobs.trend", "community.outcomes.jobs.baseline"])
def test_replace_tells_an_unknown_outcome_which_there_are(path: str) -> None:
    with pytest.raises(InputError, match="no such outcome; the outcomes are school readiness, reading"):
        Scenario().replace(**{path: 0.1})


def test_a_section_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError, match=r"Make another with scenario\.replace"):
        Scenario().backbone.staff = 3  # type: ignore[misc]


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(
    info=st.sampled_from(NUMERIC),
    value=st.one_of(
        st.floats(), st.integers(), st.booleans(), st.text(max_size=5), st.none(), st.sampled_from(["never", 0, 1, 1.0])
    ),
)
def test_the_catalogue_and_the_models_allow_the_same_values(info: Any, value: Any) -> None:
    if value is None:
        return
    section, _, name = info.path.partition(".")
    inner: dict[str, Any] = {}
    table, _, last = name.rpartition(".")
    (inner.setdefault(table, {}) if table else inner)[last] = value
    try:
        Scenario(**{section: inner})
        told = False
    except InputError as error:
        told = any(problem.startswith(f"{info.path} = ") and "must be" in problem for problem in error.problems)
        across = ("coalition.degree", "practice.ruggedness")
        told = told and not (info.path in across and find(info.path) and fits(info, value))
    assert fits(info, value) is not told


def test_numbers_and_arrays_of_numpy_are_plain_values() -> None:
    scenario = Scenario(
        backbone={"staff": np.float64(1.5)}, coalition={"organisations": np.int64(12), "sectors": np.array(["a", "b"])}
    )
    assert (scenario.backbone.staff, scenario.coalition.organisations) == (1.5, 12)
    assert scenario.sector_names == ("a", "b")


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("never")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["staff", "trust", "allocation", "outcomes", "name", "zero", "set", "when", "month", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
SECTIONS = ["scenario", "coalition", "agenda", "activities", "backbone", "community", "events", "nonsense"]


def problems_with(sections: dict[str, Any]) -> tuple[str, ...]:
    try:
        Scenario(**sections)
    except InputError as error:
        return error.problems
    return ()


@settings(derandomize=True, deadline=None, database=None, max_examples=400)
@given(
    st.dictionaries(st.sampled_from(SECTIONS), junk, max_size=4),
    st.sampled_from(["events", "community"]),
    st.lists(junk, max_size=3),
)
def test_whatever_is_given_is_a_scenario_or_refused_in_our_words(
    sections: dict[str, Any], listed: str, items: list[Any]
) -> None:
    problems = problems_with({**sections, listed: items if listed == "events" else {"outcomes": items}})
    assert len(set(problems)) == len(problems)
    for problem in problems:
        assert problem.isprintable()
        assert not PYDANTICS_WORDS.search(problem)
