"""What must hold in every month of every run, over the bounds of all fields: states, effort, and what stays the same."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from cisim.dynamics.activities import take_power_means
from cisim.dynamics.agenda import align
from cisim.dynamics.backbone import LARGEST_LEVY
from cisim.dynamics.compiled import callable_from_python
from cisim.dynamics.measurement import LARGEST_OVERHEAD
from cisim.dynamics.state import State
from cisim.scenario import Scenario
from scenario_strategies import small_scenarios
from watched import Month, months_of

opened = functools.cache(callable_from_python)
ROUNDING = 1e-9
#: Measures that always are numbers; the others are NaN where `number_expected` says so.
ALWAYS = ("progress", "belief_error", "practice_quality", "capacity", "working_ties", "members")
#: What of a condition is intended.
INTENDED = {
    "agenda": "process",
    "measurement": "sharing",
    "activities": "coordination",
    "communication": "frequency",
    "backbone": "staff_at_work",
}
FLOWS = ("staff_at_work", "resources", "grants", "levy", "overhead", "work", "overhead_share")


def within(values: Any, low: float, high: float, rounding: float = 0.0) -> bool:
    """Whether all are numbers between two bounds."""
    return bool(np.all((np.asarray(values) >= low - rounding) & (np.asarray(values) <= high + rounding)))


def check_state(state: State, worst: float) -> None:
    """Every number of a state is finite and within its bounds."""
    for table in (state.organisations, state.stances, state.roles, state.ties, state.outcomes, state.groups):
        for field in table.dtype.names or ():
            assert np.isfinite(table[field]).all(), field
    organisations, ties, together = state.organisations, state.ties, state.coalition[0]
    for field in ("commitment", "awareness"):
        assert within(organisations[field], 0, 1), field
    for field in ("strength", "first_trust", "second_trust"):
        assert within(ties[field], 0, 1), field
    assert within(state.outcomes["indicator"], 0, 1)
    assert within(organisations["capacity"], 1, 10, ROUNDING)
    assert within(organisations["variance"], 0, np.inf)
    assert within(organisations["resources"], 0, np.inf)
    assert within(organisations["available"], 0, np.inf)
    assert within(organisations["working"], 0, organisations["available"], 1e-12 * organisations["available"].max())
    assert (organisations["reporting"] >= organisations["reported"]).all(), "who files a report works on it"
    assert within(organisations["overhead"], 0, LARGEST_OVERHEAD)
    assert within(state.effectiveness, worst, 1, 1e-15)
    for shares in (state.stances["mission"], state.stances["goal"], state.roles["mix"]):
        assert within(shares, 0, np.inf)
        assert within(shares.sum(axis=1), 1, 1, ROUNDING)
    if together["has_agenda"]:
        assert within(state.outcomes["agenda"], 0, 1)
        assert within(state.outcomes["agenda"].sum(), 1, 1, ROUNDING)
    assert within(state.effort, 0, np.inf)
    assert np.isfinite(state.ahead).all()
    share = state.groups["share"]
    assert within(share.sum(), 1, 1, ROUNDING)
    assert within(share @ state.ahead, 0, 0, ROUNDING)  # an outcome is the mean over people
    assert within(state.outcomes["indicator"] + state.ahead, 0, 1, ROUNDING)
    assert within(state.groups["engagement"], 0, 1)
    assert within(together["levy"], 0, LARGEST_LEVY)
    assert within(together["grant"], 0, 1)
    assert within(state.grants, 0, 1)
    assert within([together["staff_at_work"], together["outside_staff"], together["spent"]], 0, np.inf)
    assert within(together["engagement"], 0, 1)
    for achieved in ("agenda", "measurement", "activities", "backbone"):
        assert within(together[achieved], 0, 1), achieved
    assert within(together["communication"], 0, np.inf)
    assert together["need"] > 0
    assert within(together["tested"], 0, len(state.effectiveness) - 1)
    assert together["members"] == organisations["member"].sum()
    assert set(organisations["member"].tolist()) <= {0, 1}
    assert not organisations["commitment"][organisations["member"] == 0].any()
    assert set(organisations["founder"].tolist()) <= {0, 1}
    assert organisations["founder"].any()
    assert together["begun"] >= together["in_force"]
    assert within(together["short"], 0, 6)
    assert within(together["shown"], 0, np.inf)
    assert together["funded_until"] >= -1
    if not together["in_force"]:
        assert not organisations["member"].any()
        assert not organisations["awareness"].any()
        assert not together["has_agenda"]
        assert not state.grants.any()


def per_fte(month: Month) -> float:
    spent = float(month.state.coalition[0]["spent"])
    with np.errstate(over="ignore"):
        return float(np.abs(month.recorded["progress"] / np.float64(spent))) if spent else np.inf


def number_expected(month: Month) -> dict[str, bool]:
    """Which measures have a meaning in a month; the others are to be NaN."""
    state, together = month.state, month.state.coalition[0]
    has_members, has_agenda = bool(state.organisations["member"].any()), bool(together["has_agenda"])
    flows = month.month > 0
    expected = dict.fromkeys(ALWAYS, True)
    expected |= dict.fromkeys(FLOWS, flows)
    expected |= {
        "commitment": has_members,
        "awareness": has_members,
        "goal_alignment": has_members and has_agenda,
        "voice_gini": has_agenda,
        "trust": bool(state.ties["strength"].any()),
        "duplication": flows and bool(state.effort.any()),
        # Resources may be so small that they are 0, and a quotient by next to nothing has no meaning.
        "overhead_share": flows and bool(state.organisations["resources"].any()),
        "progress_per_fte": flows and per_fte(month) < np.inf,
        "agenda_fit": has_agenda,
        "agenda_fit_large": has_agenda,
        "agenda_fit_small": has_agenda,
        "alive": flows and bool(together["begun"]),
        **{f"achieved.{condition}": flows and bool(together[intended]) for condition, intended in INTENDED.items()},
    }
    roster = month.settings.roster
    for name in month.scenario.outcome_names:
        expected[f"indicator.{name}"] = True
    for sector, name in enumerate(roster.sector_names):
        expected[f"agenda_fit.{name}"] = has_agenda and bool((roster.sector == sector).any())
    expected |= {f"progress.{name}": True for name in month.scenario.group_names}
    if month.scenario.group_names:
        expected |= {"gap": True, "engagement": True, "agenda_fit_residents": has_agenda}
    return expected


def check_record(month: Month) -> None:
    """What is recorded is a number where it has a meaning, within its bounds, and NaN elsewhere."""
    recorded, expected = month.recorded, number_expected(month)
    assert recorded.keys() == expected.keys()
    for name, value in recorded.items():
        assert np.isfinite(value) if expected[name] else np.isnan(value), (name, value)
        shares = ("agenda_fit", "indicator", "goal_alignment", "duplication", "voice_gini", "practice_quality")
        if expected[name] and (name.startswith(shares) or name in {"commitment", "awareness", "trust"}):
            assert within(value, 0, 1, ROUNDING), (name, value)
    assert recorded["progress"] <= 1 + ROUNDING
    assert recorded["members"] == month.state.organisations["member"].sum()
    assert within(recorded["working_ties"], 0, len(month.state.organisations) - 1)


def check_effort(month: Month) -> None:
    """Effort is conserved: levy + overhead + work = resources + grants.

    Work is what the stage of activities applied, organisation by organisation: effective effort over what made it effective; the time in
    which new staff learn is work too.
    """
    state, recorded = month.state, month.recorded
    organisations, together = state.organisations, state.coalition[0]
    available, member = organisations["available"], organisations["member"] == 1
    levy, grant = float(together["levy"]), float(together["grant"])
    effectiveness = state.effectiveness[organisations["practice"]]
    resources = available.sum()
    scale = ROUNDING * max(resources, 1.0)
    assert abs(recorded["resources"] - resources) <= scale
    assert abs(recorded["levy"] - levy * available[member].sum()) <= scale
    assert abs(recorded["grants"] - grant * available[member].sum()) <= scale
    assert abs(recorded["staff_at_work"] - recorded["levy"] - float(together["outside_staff"])) <= scale
    before_overhead = available * np.where(member, 1 - levy + grant, 1.0)
    overhead = before_overhead * organisations["overhead"]
    assert abs(recorded["overhead"] - overhead.sum()) <= scale
    learnt = np.divide(organisations["working"], available, out=np.ones_like(available), where=available > 0)
    # What reaches one group more reaches others less.
    assert within(state.groups["share"] @ state.groups["reach"], 1, 1, ROUNDING)
    effective = (effectiveness > 1e-100) & (learnt > 1e-100)  # below it a quotient loses its digits
    work = before_overhead - overhead
    np.divide(organisations["effort"], month.capacity_before * effectiveness * learnt, out=work, where=effective)
    assert within(state.stances["aim"], 0, np.inf)
    assert within(state.stances["aim"].sum(axis=1), 1, 1, ROUNDING)
    assert abs(recorded["work"] - work.sum()) <= scale
    account = recorded["levy"] + recorded["overhead"] + work.sum()
    assert abs(account - (resources + recorded["grants"])) <= scale
    assert within(work, 0, np.inf)


def check_month(month: Month) -> None:
    check_state(month.state, month.scenario.practice.worst)
    check_record(month)
    if month.month > 0:
        check_effort(month)


@pytest.mark.long
@settings(max_examples=200)
@given(small_scenarios())
def test_states_are_finite_and_within_bounds_and_effort_is_conserved_in_every_month(scenario: Scenario) -> None:
    for month in months_of(scenario):
        check_month(month)


def test_the_spent_effort_is_what_members_funders_and_grants_gave() -> None:
    scenario = Scenario().replace(
        **{"scenario.months": 24, "backbone.member_share": 0.4, "backbone.grant_max": 0.5, "backbone.end": 15}
    )
    spent = 0.0
    for month in months_of(scenario, 3):
        if month.month > 0:
            recorded = month.recorded
            outside = 3.0 * 0.6 if month.month <= 15 else 0.0
            spent += (recorded["levy"] + recorded["grants"] + outside) / 12
            assert abs(recorded["progress_per_fte"] - recorded["progress"] / spent) <= 1e-12
    assert spent > 0


@pytest.mark.parametrize(
    "changes", [{"coalition.size_mean": 5e-324}, {"coalition.size_mean": 1e-310}, {"backbone.staff": 2e-311}], ids=str
)
def test_next_to_nothing_leaves_every_state_sound(changes: dict[str, float]) -> None:
    """Found by the test above: resources that round to 0, and spending by which no quotient is finite."""
    for month in months_of(Scenario().replace(**{"scenario.months": 12, "community.noise": 0.0}, **changes)):
        check_month(month)
        assert within(month.state.outcomes["indicator"], 0.2, 1)


def test_goals_stay_shares_where_pull_and_stubbornness_leave_nothing_of_them() -> None:
    """With pull + stubborn = 1 and nothing to gain in an outcome, rounding would leave a goal a little below 0."""
    changes = {"agenda.process": 1.0, "agenda.pull": 0.7, "agenda.stubborn": 0.3}
    month = Month(Scenario().replace(**changes), 1)
    state = month.state
    state.coalition["has_agenda"] = 1
    for field in ("member", "commitment", "awareness"):
        state.organisations[field] = 1
    state.outcomes["agenda"] = state.stances["mission"] = [1, 0, 0, 0, 0]
    opened(align)(state, month.plan)
    assert state.stances["goal"][:, 0] == pytest.approx(1)
    assert within(state.stances["goal"][:, 1:], 0, 1e-15)


@pytest.mark.parametrize("exponent", [0.0, 5e-324, -5e-324, 1e-310, -1e-200, 1e-99, 1e-16, -1e-16])
def test_a_power_mean_with_an_exponent_of_next_to_nothing_is_the_geometric_mean(exponent: float) -> None:
    state = Month(Scenario(), 1).state
    state.effort[:] = [1.0, 2.0, 3.0, 4.0]
    opened(take_power_means)(state, exponent)
    assert state.outcomes["evenness"] == pytest.approx(24**0.25, rel=1e-12)
