"""Tests that the limit cases of measurement, activities, commitment, community, backbone and disturbance can fail.

`cisim validate` runs the cases; here each is run on stages that read one dial wrongly, or one column for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.dynamics.state import State
from cisim.scenario import Scenario
from cisim.validation.claims import FAILS, HOLDS, NOT_RUN, Case, Claim, Effort
from cisim.validation.docking import (
    backbone,
    community,
    cooperation,
    kalman,
    pooling,
    production,
    replicator,
    residents,
    resources,
)
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.uneven import FUNCTIONS, hub_by_hand, matrices, share_of, uneven, variance_of
from cisim.validation.peers.filters import Looks

CASES: dict[str, Case] = {
    case.name: case
    for module in (pooling, kalman, production, replicator, cooperation, community, residents, backbone, resources)
    for case in module.CASES
}
QUICK = Effort(quick=True)
#: What each case must notice if the stages read it 5 % too large.
READ = {
    "pooling": "measurement.sharing measurement.noise",
    "kalman": "measurement.belief_drift measurement.noise",
    "overhead": "communication.informal communication.contact_cost communication.cost_size coalition.size_mean "
    "backbone.hub_cost measurement.data_cost measurement.disaggregated agenda.residents agenda.residents_cost",
    "ces": "activities.complementarity activities.reliance activities.partners_needed activities.by_need",
    "replicator": "activities.coordination activities.adaptation activities.complementarity activities.role_floor measurement.sharing "
    "measurement.visibility backbone.reach.align backbone.allocation.align coalition.proportion",
    "public-goods": "commitment.base commitment.trust_weight commitment.purpose_weight commitment.purpose_reference "
    "commitment.progress_weight commitment.progress_scale commitment.conform_weight commitment.overhead_weight commitment.temptation "
    "commitment.adjustment measurement.accountability measurement.sharing coalition.proportion agenda.process",
    "linear-dynamics": "community.gain community.decay community.threshold community.critical_mass backbone.will_max backbone.reach.will "
    "backbone.allocation.will",
    "residents": "agenda.process agenda.residents measurement.disaggregated measurement.sharing community.engagement_gain "
    "community.engagement_decay commitment.progress_scale community.gain community.decay backbone.allocation.engage",
    "backbone": "backbone.staff backbone.member_share backbone.capacity_max backbone.capacity_gain backbone.capacity_decay "
    "backbone.grant_max backbone.grant_base funder.staff backbone.grant_slope backbone.reach.fund backbone.allocation.fund "
    "backbone.allocation.capacity measurement.sharing",
    "resources": "coalition.turnover_loss coalition.onboarding",
}
#: Where only chance shows it: half as large again.
READ_BY_CHANCE = {
    "pooling": "backbone.reach.measure backbone.allocation.measure",
    "public-goods": "commitment.noise",
    "linear-dynamics": "community.noise",
    "backbone": "backbone.reach.engage backbone.reach.weave communication.frequency communication.informal "
    "funder.renewal funder.slope",
    "resources": "coalition.turnover coalition.resource_volatility coalition.resource_common coalition.resource_memory "
    "coalition.exit_rate coalition.join_rate coalition.exposure",
}
MISREADINGS = [
    (case, dial, factor)
    for listed, factor in ((READ, 1.05), (READ_BY_CHANCE, 1.5))
    for case, dials in listed.items()
    for dial in dials.split()
]
pass_months = stages.pass_months


def verdicts(case: str) -> set[str]:
    claims = CASES[case].run(QUICK).claims if case != "public-goods" else exact_claims_of_public_goods()
    return {claim.verdict for claim in claims}


def exact_claims_of_public_goods() -> tuple[Claim, ...]:
    """Measure without its many runs, which take longer."""
    return (
        *cooperation.one_month(QUICK),
        *cooperation.single_reasons(QUICK),
        *cooperation.fixed_points(),
        *cooperation.moods(QUICK),
    )


@pytest.mark.parametrize("case", CASES)
def test_every_case_holds_and_its_claims_and_pictures_are_described(case: str) -> None:
    finding = CASES[case].run(QUICK)
    assert all(claim.verdict != FAILS for claim in finding.claims)
    assert any(claim.verdict == HOLDS for claim in finding.claims)
    assert all(claim.text and claim.source for claim in finding.claims)
    assert all(picture.title and picture.description for picture in finding.pictures)


@pytest.mark.parametrize(("case", "dial", "factor"), MISREADINGS)
def test_a_stage_that_reads_a_dial_wrongly_is_noticed(
    case: str, dial: str, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = getattr(at, dial.replace(".", "_").upper())

    def misread(state: State, dials: NDArray[np.float64], stage: int, **months: int) -> None:
        wrong = dials.copy()
        wrong[place] *= factor
        pass_months(state, wrong, stage, **months)

    monkeypatch.setattr(stages, "pass_months", misread)
    assert FAILS in verdicts(case)


@contextmanager
def trust_turned_round(state: State) -> Iterator[None]:
    def turn() -> None:
        first = state.ties["first_trust"].copy()
        state.ties["first_trust"], state.ties["second_trust"] = state.ties["second_trust"].copy(), first

    turn()
    yield
    turn()


@contextmanager
def goals_of_another_outcome(state: State) -> Iterator[None]:
    state.stances["goal"] = np.roll(state.stances["goal"], 1, axis=1)
    yield
    state.stances["goal"] = np.roll(state.stances["goal"], -1, axis=1)


@contextmanager
def mixes_of_another_role(state: State) -> Iterator[None]:
    state.roles["mix"] = np.roll(state.roles["mix"], 1, axis=1)
    yield
    state.roles["mix"] = np.roll(state.roles["mix"], -1, axis=1)


@contextmanager
def own_look_counted_twice(state: State) -> Iterator[None]:
    yield
    sources = 1 + state.organisations["reports"][:, None]
    state.stances["belief"] = (state.stances["belief"] * sources + state.stances["look"]) / (sources + 1)


@contextmanager
def everybody_a_member(state: State) -> Iterator[None]:
    member = state.organisations["member"].copy()
    state.organisations["member"] = 1
    yield
    state.organisations["member"] = member


@contextmanager
def nominal_resources_that_swing(state: State) -> Iterator[None]:
    resources = state.organisations["resources"].copy()
    state.organisations["resources"] = state.organisations["available"]
    yield
    state.organisations["resources"] = resources


@contextmanager
def weights_alike(state: State) -> Iterator[None]:
    weight = state.outcomes["weight"].copy()
    state.outcomes["weight"] = weight.mean()
    yield
    state.outcomes["weight"] = weight


@contextmanager
def need_of_what_is_at_work(state: State) -> Iterator[None]:
    need = state.coalition["need"].copy()
    state.coalition["need"] = state.organisations["working"].sum()
    yield
    state.coalition["need"] = need


@contextmanager
def new_staff_fully_at_work(state: State) -> Iterator[None]:
    state.organisations["working"] = state.organisations["available"]
    yield


@contextmanager
def less_contact_intended(state: State) -> Iterator[None]:
    state.coalition["frequency"] *= 0.95
    yield
    state.coalition["frequency"] /= 0.95


@contextmanager
def grants_a_month_late(state: State) -> Iterator[None]:
    yield
    state.grants[:] = np.roll(state.grants, 1)


@contextmanager
def beliefs_of_the_last_month(state: State) -> Iterator[None]:
    belief = state.stances["belief"].copy()
    yield
    state.stances["slow_belief"] -= (state.stances["belief"] - belief) / 12


@pytest.mark.parametrize(
    ("case", "stage", "mistake"),
    [
        ("public-goods", stages.COMMIT, trust_turned_round),
        ("ces", stages.ACT, trust_turned_round),
        ("ces", stages.ACT, goals_of_another_outcome),
        ("public-goods", stages.COMMIT, goals_of_another_outcome),
        ("replicator", stages.ACT, goals_of_another_outcome),
        ("ces", stages.ACT, mixes_of_another_role),
        ("pooling", stages.MEASURE, own_look_counted_twice),
        ("pooling", stages.MEASURE, everybody_a_member),
        ("overhead", stages.MEASURE, everybody_a_member),
        ("public-goods", stages.COMMIT, everybody_a_member),
        ("backbone", stages.BUILD, everybody_a_member),
        ("linear-dynamics", stages.PROGRESS, weights_alike),
        ("linear-dynamics", stages.PROGRESS, need_of_what_is_at_work),
        ("ces", stages.ACT, new_staff_fully_at_work),
        ("overhead", stages.MEASURE, less_contact_intended),
        ("overhead", stages.MEASURE, nominal_resources_that_swing),
        ("backbone", stages.BUILD, grants_a_month_late),
        ("kalman", stages.MEASURE, beliefs_of_the_last_month),
    ],
)
def test_a_stage_that_takes_one_thing_for_another_is_noticed(
    case: str, stage: int, mistake: Callable[[State], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(state: State, dials: NDArray[np.float64], which: int, **months: int) -> None:
        if which != stage:
            pass_months(state, dials, which, **months)
            return
        with mistake(state):
            pass_months(state, dials, which, **months)

    monkeypatch.setattr(stages, "pass_months", mistaken)
    assert FAILS in verdicts(case)


def test_the_reach_of_each_function_of_the_backbone_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_is = stages.hub_strengths
    monkeypatch.setattr(stages, "hub_strengths", lambda state, dials: as_it_is(state, dials)[::-1])
    assert FAILS in verdicts("backbone")


def test_a_wrong_record_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = community.simulate

    def wrong(scenario: Scenario, seeds: list[int], **others: Any) -> NDArray[np.float64]:
        values = simulate(scenario, seeds, **others)
        values[..., 0] *= 1.001
        return values

    monkeypatch.setattr(community, "simulate", wrong)
    assert FAILS in verdicts("record")


def test_a_missing_peer_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kalman, "find_spec", lambda _: None)
    missing = [claim for claim in CASES["kalman"].run(QUICK).claims if claim.verdict == NOT_RUN]
    assert [claim.error for claim in missing] == ["needs the package filterpy", "needs the package pykalman"]


def test_a_peer_that_disagrees_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def peer(looks: Looks) -> NDArray[np.float64]:
        return np.vstack([looks.means, looks.errors])

    monkeypatch.setattr(kalman, "FILTERS", {"json": peer})
    assert FAILS in verdicts("kalman")


def test_no_two_numbers_of_the_uneven_coalition_are_alike() -> None:
    case = uneven(1)
    state, member = case.state, case.member == 1
    for table, fields in (
        (state.organisations, "resources available awareness capacity overhead variance"),
        (state.organisations[member], "commitment"),
        (state.stances, "mission goal belief slow_belief bias"),
        (state.roles, "mix founding_mix competence"),
        (state.ties, "strength first_trust second_trust"),
        (state.outcomes, "indicator baseline weight agenda"),
    ):
        for field in fields.split():
            assert len(np.unique(table[field])) == table[field].size, field
    assert 0 < member.sum() < len(member)
    assert not matrices(state)[0][-1].any(), "the last one has no tie"
    assert 0 < state.ties["met"].sum() < len(state.ties)


def test_the_settings_of_the_uneven_coalition_have_each_function_reach_differently() -> None:
    strengths = [hub_by_hand(name, 16) for name in FUNCTIONS]
    assert len({round(one, 3) for one in strengths}) == len(strengths)
    assert hub_by_hand("will", 16, 0.0) == 0.0


def test_standard_errors_are_those_of_what_is_expected() -> None:
    share = share_of(np.array([True, False, False, False]), 0.5)
    assert share.value == 0.25
    assert share.error == 0.25
    variance = variance_of(np.array([1.0, -1.0]), 2.0)
    assert variance.value == 1.0
    assert variance.error == 2.0
