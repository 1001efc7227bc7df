"""Tests of designs over the parameter space: one point in each stratum, plausible values, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.dynamics.luck import DESIGN, Luck, key, slot_of, uniform
from cisim.errors import InputError
from cisim.plausible import ALLOCATION, LEVERS, latin_hypercube, scenarios, uncertain
from cisim.scenario import Scenario, fields
from cisim.validation import facts_suite
from cisim.validation.claims import QUOTED, Effort
from cisim.validation.facts import FACTS, FactResult
from cisim.validation.rivals import RIVALS
from cisim.validation.trials import Trials


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_every_stratum_of_every_factor_has_one_point(seed: int) -> None:
    design = latin_hypercube(12, 5, seed)
    assert design.shape == (12, 5)
    for factor in range(5):
        assert sorted(np.floor(design[:, factor] * 12)) == list(range(12))
    assert len({tuple(np.argsort(design[:, factor])) for factor in range(5)}) == 5


def test_a_design_follows_from_its_seed() -> None:
    assert np.array_equal(latin_hypercube(6, 3, 9), latin_hypercube(6, 3, 9))
    assert not np.array_equal(latin_hypercube(6, 3, 9), latin_hypercube(6, 3, 10))


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_a_design_has_the_bits_of_its_numbers_drawn_one_by_one(seed: int) -> None:
    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(0)), DESIGN))
    design = np.empty((40, 3))
    for factor in range(3):
        slot = np.uint64(slot_of(np.uint64(factor)))
        within = np.array([uniform(draws, slot, point) for point in range(40)])
        order = np.argsort([uniform(draws, slot, 40 + point) for point in range(40)], kind="stable")
        design[:, factor] = (order + within) / 40
    assert latin_hypercube(40, 3, seed).tobytes() == design.tobytes()


def value(scenario: Scenario, path: str) -> float:
    found = scenario
    for part in path.split("."):
        found = getattr(found, part)
    return float(found)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_points_are_within_the_plausible_ranges_and_near_the_defaults_if_asked(share: float) -> None:
    default = Scenario()
    for scenario in scenarios(5, share, 3):
        for info in uncertain():
            assert info.low is not None
            assert info.high is not None
            if info.path == "communication.trust_loss_ratio":
                continue
            at, whole = value(scenario, info.path), isinstance(info.default, int)
            assert info.low - 1e-9 <= at <= info.high + 1e-9
            if share < 1:
                reach = share * (info.high - info.low) / 2 + 1e-9 + 0.5 * whole
                assert abs(at - value(default, info.path)) <= reach
        loss = value(scenario, "communication.trust_loss_ratio")
        assert loss * value(scenario, "communication.trust_gain") <= 1 + 1e-12


def test_levers_stay_as_they_are_and_every_other_field_with_a_range_varies() -> None:
    paths = {info.path for info in fields()}
    assert paths >= LEVERS
    varied = {info.path for info in uncertain()}
    assert not varied & LEVERS
    assert not any(path.startswith(ALLOCATION) for path in varied)
    assert len(varied) > 80


def test_a_run_that_counts_as_four_has_half_the_standard_error() -> None:
    once, often = Trials(4, 1), Trials(4, 1, counted=4)
    assert often.together.shape == (16, 121)
    assert np.array_equal(often.together[::4], once.together)


def test_shares_of_the_space_are_given_for_every_fact_and_for_all_at_once(monkeypatch) -> None:
    monkeypatch.setattr(facts_suite, "AT_A_POINT", 2)
    claims = facts_suite.space(Effort(quick=True, points=2)).claims
    assert len(claims) == len(FACTS) + 2
    assert {claim.verdict for claim in claims} == {QUOTED}
    assert [claim.text.partition(".")[0] for claim in claims[:13]] == [str(n) for n in FACTS]
    with pytest.raises(InputError, match="points = 1"):
        facts_suite.space(Effort(points=1))


def test_a_rival_that_shows_every_fact_fails_the_claim(monkeypatch) -> None:
    monkeypatch.setattr(facts_suite, "RIVALS", RIVALS[1:2])
    monkeypatch.setattr(facts_suite, "OF_A_RIVAL", 4)
    assert facts_suite.rivals(Effort()).claims[-1].verdict == "holds"

    def all_hold(_: Trials):
        return tuple(FactResult(n, "", "chosen", "", "", "holds", "") for n in FACTS)

    monkeypatch.setattr(facts_suite, "check_trials", all_hold)
    assert facts_suite.rivals(Effort()).claims[-1].verdict == "does not hold"
