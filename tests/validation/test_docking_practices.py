"""Tests of the docking of practices: its cases hold, fail on broken stages, and measure what they say."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cisim.dynamics import dials as at
from cisim.validation.claims import FAILS, HOLDS, NOT_RUN, Effort, Estimate, Finding
from cisim.validation.docking import copying, explorers, landscapes, practices
from cisim.validation.docking.learning import fitness_of, gathered, learn_for, learners
from cisim.validation.peers import landscapes as peers
from cisim.validation.stand import dials_of, path, ring

QUICK = Effort(quick=True)


def failed(finding: Finding) -> set[str]:
    return {claim.text for claim in finding.claims if claim.verdict == FAILS}


def about(texts: set[str], words: str) -> bool:
    return any(words in text for text in texts)


# Who copies whom.


def test_the_rule_of_copying_holds() -> None:
    assert {claim.verdict for claim in copying.COPYING.run(QUICK).claims} == {HOLDS}


class Given(SimpleNamespace):
    """Arguments of the stage: state, dials, visibility, months."""


def halve(dial: int) -> Callable[[Given], None]:
    def change(given: Given) -> None:
        given.dials = given.dials.copy()
        given.dials[dial] /= 2

    return change


def see_nothing(given: Given) -> None:
    given.visibility = 0.0


def take_two_steps(given: Given) -> None:
    given.months *= 2


def meet_all(given: Given) -> None:
    given.state.ties["met"] = 1


def reach_all(given: Given) -> None:
    given.state.organisations["reached"] = 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (halve(at.COMMUNICATION_LEARNING), "copy it"),
        (halve(at.PRACTICE_EXPERIMENT), "flip one of 4 bits"),
        (halve(at.PRACTICE_NOISE), "with visibility v = 0"),
        (see_nothing, "With visibility 1"),
        (take_two_steps, "each month"),
        (meet_all, "not met"),
        (reach_all, "hub's offer counts"),
    ],
    ids=["learning", "experiment", "noise", "visibility", "months", "met", "reached"],
)
def test_a_broken_stage_of_practices_is_noticed(
    change: Callable[[Given], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(state: Any, dials: Any, visibility: float, seed: Any, months: int, worst: float) -> Any:
        given = Given(state=state, dials=dials, visibility=visibility, months=months)
        change(given)
        return learn_for(given.state, given.dials, given.visibility, seed, given.months, worst)

    monkeypatch.setattr(copying, "learn_for", broken)
    assert about(failed(copying.COPYING.run(QUICK)), words)


def test_scores_are_the_eighth_power_of_the_share_of_the_best_fitness() -> None:
    scenario = learners(2, **{"practice.experiment": 0.0})
    state = gathered(scenario, path(3), [0, 3, 0], [0.0, 0.5, 0.5, 1.0])
    scores = learn_for(state, dials_of(scenario), 0.0, np.uint64(1), 1, 0.6)
    assert scores == pytest.approx([(0.6**8 + 1 + 0.6**8) / 3, 1.0])


# Landscapes.


def test_claims_about_landscapes_hold() -> None:
    verdicts = {claim.verdict for claim in landscapes.NK.run(QUICK).claims}
    assert HOLDS in verdicts
    assert FAILS not in verdicts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda luck, bits, k, worst: (luck, bits, min(k + 1, bits - 1), worst), "differ in K + 1 components"),
        (lambda luck, bits, k, _: (luck, bits, k, 0.0), "The worst of them"),
        (lambda luck, bits, k, worst: (luck._replace(month=np.int64(1)), bits, k, worst), "of all strings"),
    ],
    ids=["ruggedness", "worst", "luck"],
)
def test_a_broken_landscape_is_noticed(change: Callable[..., Any], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = landscapes.landscape
    monkeypatch.setattr(landscapes, "landscape", lambda *given: whole(*change(*given)))
    assert about(failed(landscapes.NK.run(QUICK)), words)


def test_a_landscape_with_reversed_bits_fails_its_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = landscapes.landscape
    monkeypatch.setattr(landscapes, "landscape", lambda *given: np.ascontiguousarray(whole(*given)[::-1]))
    assert about(failed(landscapes.NK.run(QUICK)), "of all strings")


def test_optima_are_better_than_all_strings_that_differ_in_one_bit() -> None:
    # 00 and 11 are optima; equal neighbours are none.
    assert landscapes.optima_of(np.array([0.5, 0.1, 0.2, 0.4]), landscapes.neighbours(2)) == 2
    assert landscapes.optima_of(np.array([0.5, 0.5, 0.2, 0.4]), landscapes.neighbours(2)) == 0


def test_the_best_of_two_uniforms_is_two_thirds() -> None:
    assert landscapes.best_of_independent(1) == pytest.approx(2 / 3, abs=1e-8)


def test_a_smooth_fitness_is_the_sum_of_what_each_bit_adds() -> None:
    single = [fitness_of(7, 3, 0, 1 << bit) - fitness_of(7, 3, 0, 0) for bit in range(3)]
    assert fitness_of(7, 3, 0, 0b101) - fitness_of(7, 3, 0, 0) == pytest.approx(single[0] + single[2])


# Peers.


def test_a_missing_peer_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    claims = peers.peer_claims(QUICK, {2: (Estimate(0.7, 0.1), Estimate(7.0, 0.1))}, 10)
    assert {claim.verdict for claim in claims} == {NOT_RUN}
    assert {claim.error for claim in claims} == {"needs the package graphfla", "needs the package nkpack"}


@pytest.mark.skipif(importlib.util.find_spec("nkpack") is None, reason="nkpack is not installed")
def test_nkpack_evaluates_our_landscape_to_the_same_values() -> None:
    theirs, ours = peers.nkpack_landscape(5)
    assert theirs == pytest.approx(ours, abs=1e-12)


@pytest.mark.skipif(importlib.util.find_spec("graphfla") is None, reason="graphfla is not installed")
def test_landscapes_of_graphfla_with_another_ruggedness_are_noticed() -> None:
    theirs = peers.graphfla_facts(6, 1, 100, 1)
    other = peers.graphfla_facts(6, 5, 100, 1)
    assert other[1].value - theirs[1].value > 5 * math.hypot(theirs[1].error, other[1].error)


# Lazer & Friedman.


@pytest.fixture(scope="module")
def measured() -> Callable[..., dict[str, Any]]:
    """Scores of a quick run, measured once."""
    known: dict[int, dict[str, Any]] = {}

    def scores(effort: Effort, ruggedness: int, spaces: int, on: Any) -> dict[str, Any]:
        if ruggedness not in known:
            known[ruggedness] = explorers.scores(effort, ruggedness, spaces, on)
        return dict(known[ruggedness])

    return scores


def test_lazer_and_friedmans_results_are_reproduced(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practices, "scores", measured)
    finding = practices.LAZER_FRIEDMAN.run(QUICK)
    assert not failed(finding)
    assert len(finding.pictures) == 2


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("line", "complete", "At month 5 the faster"),
        ("line", "complete", "In the long run the order"),
        ("line", "complete", "overtakes"),
        ("lattice", "complete", "Mean scores on the lattice"),
        ("velocity 0.1", "complete", "looks at others more often"),
    ],
)
def test_exchanged_networks_fail_their_claims(
    one: str, other: str, words: str, measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exchanged(*given: Any) -> dict[str, Any]:
        scores = measured(*given)
        # Where the landscape is smooth, they stay what they are.
        return scores | {one: scores[other], other: scores[one]} if given[1] == practices.RUGGEDNESS else scores

    monkeypatch.setattr(practices, "scores", exchanged)
    assert about(failed(practices.LAZER_FRIEDMAN.run(QUICK)), words)


def test_scores_below_the_only_summit_fail_their_claim(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(*given: Any) -> dict[str, Any]:
        scores = measured(*given)
        return scores if given[1] else {name: np.minimum(one, 0.9995) for name, one in scores.items()}

    monkeypatch.setattr(practices, "scores", stuck)
    assert about(failed(practices.LAZER_FRIEDMAN.run(QUICK)), "all reach the summit")


def test_scores_do_not_depend_on_threads_or_on_the_number_of_spaces() -> None:
    on = explorers.networks("line", "small world")
    one = explorers.scores(Effort(threads=1), 5, 2, on)
    two = explorers.scores(Effort(threads=2), 5, 3, on)
    for name in one:
        assert (one[name] == two[name][:2]).all(), name
    assert (one["line"][:, 0] == one["small world"][:, 0]).all()
    assert (one["line"] != one["small world"]).any()


def test_a_small_world_is_a_lattice_with_some_ties_elsewhere() -> None:
    lattice = ring(30, 2)
    moved = explorers.rewired(lattice, 10, np.random.default_rng(3))
    pairs, before = {tuple(pair) for pair in moved.tolist()}, {tuple(pair) for pair in lattice.tolist()}
    assert len(pairs) == len(moved) == len(lattice)
    assert (moved[:, 0] < moved[:, 1]).all()
    assert moved.max() < 30
    assert 8 <= len(pairs - before) <= 10


def test_overtaking_is_interpolated_between_the_months_in_which_the_lead_changes() -> None:
    line = np.zeros((2, explorers.MONTHS + 1))
    line[:, 1:] = [-1.0, -0.5, *[1.5] * (explorers.MONTHS - 2)]
    outcome = explorers.Outcome({"line": line, "complete": np.zeros_like(line)})
    assert outcome.overtaking("line", "complete").value == pytest.approx(2.25)
    never = explorers.Outcome({"line": -np.ones_like(line), "complete": np.zeros_like(line)})
    assert math.isinf(never.overtaking("line", "complete").value)


def test_wins_leave_out_draws() -> None:
    line = np.zeros((4, explorers.MONTHS + 1))
    line[:, -1] = [1.0, 1.0, 0.0, -1.0]
    won, lost = explorers.Outcome({"line": line, "complete": np.zeros_like(line)}).wins("line", "complete")
    assert (won.value, lost.value) == (0.5, 0.25)
    assert explorers.sign_test(won, lost, 4) == pytest.approx(1 / math.sqrt(3))


def test_a_share_of_zero_has_a_standard_error() -> None:
    assert explorers.share_of(0.0, 50).error > 0
    assert explorers.share_of(0.5, 100).error == pytest.approx(0.05)
