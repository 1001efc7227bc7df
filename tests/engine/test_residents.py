"""Residents: groups that are alike change nothing; what reaches them unequally widens gaps, targeting narrows them, and no effort is added."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cisim import engine
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.uncertainty import moments
from scenario_strategies import small_scenarios

UNEQUAL = [{"name": "near", "share": 0.7}, {"name": "far", "share": 0.3, "barrier": 1.4}]
SEEDS = list(range(500, 540))
#: Standard errors of a paired difference of 40 runs: a chance below one in a million, were there none.
CLEAR = 6.0


def courses(groups: list[dict[str, Any]] = UNEQUAL, **changes: Any) -> dict[str, NDArray[np.float64]]:
    """Run all five conditions with some fields changed: measure -> (runs, months + 1)."""
    scenario = Scenario().replace(**{"community.groups": groups, "community.engagement_gain": 0.0}).replace(**changes)
    values = engine.simulate(scenario, SEEDS)
    names = [measure.name for measure in engine.compile_scenario(scenario).measures]
    return {name: values[:, :, column] for column, name in enumerate(names)}


def clearly_above(more: NDArray[np.float64], less: NDArray[np.float64], by: float) -> bool:
    of = moments(more - less)
    return bool(of.mean > by and of.mean > CLEAR * of.standard_error)


@given(small_scenarios(), st.floats(-0.2, 0.2), st.floats(0, 10))
def test_groups_that_are_alike_change_no_bit_of_what_was_recorded_without_them(
    scenario: Scenario, shift: float, barrier: float
) -> None:
    alone = scenario.replace(**{"community.groups": [], "agenda.residents": 0.0, "events": []})
    groups = [{"name": f"group {h}", "share": h + 0.1, "shift": shift, "barrier": barrier} for h in range(3)]
    (one,) = engine.simulate(alone, [3])
    (three,) = engine.simulate(alone.replace(**{"community.groups": groups}), [3])
    assert three.shape[1] == one.shape[1] + len(groups) + 3
    assert np.ascontiguousarray(three[:, : one.shape[1]]).tobytes() == one.tobytes()


def test_what_reaches_people_unequally_widens_the_gap_between_those_who_start_alike() -> None:
    gap = courses()["gap"]
    assert (gap[:, 0] == 0).all()
    assert clearly_above(gap[:, 36], gap[:, 12], by=0.005)
    assert clearly_above(gap[:, 60], gap[:, 36], by=0.005)


def test_the_gap_narrows_when_those_within_reach_have_little_left_to_gain() -> None:
    # Twice the effort comes to everybody, and nothing that was won is lost.
    quick = {"community.threshold": 1.1, "community.decay": 0.0, "community.noise": 0.0, "scenario.months": 240}
    gap = courses(**quick)["gap"]
    largest = gap.max(axis=1)
    assert clearly_above(largest, gap[:, 12], by=0.02)
    assert clearly_above(largest, gap[:, -1], by=0.05)


@pytest.mark.parametrize(
    "targeting",
    [{"measurement.disaggregated": 1.0}, {"agenda.residents": 0.5, "community.engagement_gain": 0.05}],
    ids=["data by group", "residents at the table"],
)
def test_targeting_narrows_the_gap_and_brings_more_to_those_out_of_reach(targeting: dict[str, float]) -> None:
    before = courses(**{path: 0.05 for path in targeting if path == "community.engagement_gain"})
    after = courses(**targeting)
    assert clearly_above(before["gap"][:, 60], after["gap"][:, 60], by=0.002)
    assert clearly_above(after["progress.far"][:, 60], before["progress.far"][:, 60], by=0.002)
    assert clearly_above(before["progress.near"][:, 60], after["progress.near"][:, 60], by=0.002)


def test_targeting_costs_no_effort_beyond_the_reports_that_it_needs() -> None:
    free = {"measurement.data_cost": 0.0}
    before, after = courses(**free), courses(**free, **{"measurement.disaggregated": 1.0})
    for flow in ("resources", "overhead", "work"):
        assert (before[flow][:, 1] == after[flow][:, 1]).all()
    paid = courses(**{"measurement.disaggregated": 1.0})
    assert clearly_above(paid["overhead"][:, 60], after["overhead"][:, 60], by=0.1)


def test_residents_who_are_engaged_turn_the_agenda_to_what_they_lack() -> None:
    engaging = {"community.engagement_gain": 0.05}
    before, after = courses(**engaging), courses(**engaging, **{"agenda.residents": 0.5})
    assert clearly_above(after["agenda_fit_residents"][:, 60], before["agenda_fit_residents"][:, 60], by=0.05)
    assert clearly_above(after["engagement"][:, 24], before["engagement"][:, 24], by=0.02)


def test_residents_who_never_engage_have_a_seat_that_costs_and_changes_no_agenda() -> None:
    before, after = courses(), courses(**{"agenda.residents": 0.5})
    assert (before["agenda_fit"][:, 1] == after["agenda_fit"][:, 1]).all()
    assert clearly_above(after["overhead"][:, 60], before["overhead"][:, 60], by=0.1)


def test_an_event_may_wait_for_a_gap_and_open_a_seat() -> None:
    event = {"when": {"measure": "gap", "above": 0.03}, "set": {"agenda.residents": 0.5}}
    gap, overhead = (courses(events=[event])[name] for name in ("gap", "overhead"))
    waited = courses()["overhead"]
    for run in range(len(SEEDS)):
        due = 1 + int(np.argmax(gap[run] > 0.03))
        assert (overhead[run, :due] == waited[run, :due])[1:].all()
        assert overhead[run, due] > waited[run, due]


def test_groups_that_cannot_be_are_refused_with_what_is_allowed() -> None:
    with pytest.raises(InputError) as refused:
        Scenario().replace(**{"community.groups": [{"name": "a"}, {"name": "b", "shift": -0.7}]})
    assert str(refused.value) == (
        "group 2, shift = -0.7: must leave every indicator at least 0 and below 1 at month 0; b: school readiness is at -0.05"
    )
    for groups, words in (
        ([{"name": "a"}, {"name": "a"}], "must be groups of different names; twice: a"),
        (
            [{"name": "a", "share": 0.0}],
            "community.groups.a.share = 0.0: must be a number, above 0 and at most 1000000",
        ),
        ([{"name": "a", "barrier": -1.0}], "community.groups.a.barrier = -1.0: must be a number from 0 to 10 (log)"),
        ([{"name": f"group {h}"} for h in range(51)], "must be at most 50 groups, has 51"),
    ):
        with pytest.raises(InputError) as refused:
            Scenario().replace(**{"community.groups": groups})
        assert words in str(refused.value)


def test_a_field_of_a_group_is_set_by_its_path_and_by_no_event() -> None:
    scenario = Scenario().replace(**{"community.groups": UNEQUAL})
    path = "community.groups.far.barrier"
    assert scenario.replace(**{path: 0.5}).value(path) == 0.5
    with pytest.raises(InputError, match=r"community.groups.fra.barrier: no such group; the groups are near, far"):
        scenario.replace(**{"community.groups.fra.barrier": 0.5})
    with pytest.raises(InputError, match="no such group; the groups are none"):
        Scenario().replace(**{path: 0.5})
    with pytest.raises(InputError, match="setup field"):
        scenario.replace(events=[{"month": 3, "set": {path: 0.5}}])
