"""Tests of the docking of opinions, awareness, ties, contact and agenda: cases fail on wrong factors, helpers compute what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from cisim.dynamics import dials as at
from cisim.engine import simulate
from cisim.scenario import Scenario
from cisim.validation.claims import FAILS, HOLDS, NOT_RUN, Case, Effort
from cisim.validation.docking import (
    agenda,
    clusters,
    contact,
    deffuant,
    hegselmann_krause,
    months,
    opinions,
    spread,
    ties,
)
from cisim.validation.peers import opinions as peers
from cisim.validation.stand import path, star

QUICK = Effort(quick=True, threads=1)
CASES = {
    case.name: case
    for module in (opinions, agenda, spread, ties, contact, hegselmann_krause, deffuant)
    for case in module.CASES
}
#: A setting and what it is multiplied by, so that the stage works with another one than the case believes.
WRONG_FACTORS = [
    ("degroot", at.COMMUNICATION_INFLUENCE, 0.999),
    ("degroot", at.COMMUNICATION_FREQUENCY, 0.001),
    ("friedkin-johnsen", at.AGENDA_STUBBORN, 1.001),
    ("friedkin-johnsen", at.COMMUNICATION_INFLUENCE, 0.999),
    ("one-source", at.AGENDA_PULL, 1.001),
    ("one-source", at.AGENDA_PROCESS, 0.999),
    ("one-source", at.AGENDA_STUBBORN, 1.001),
    ("agenda-draft", at.AGENDA_PROCESS, 0.999),
    ("agenda-draft", at.AGENDA_VOICE, 1.001),
    ("agenda-draft", at.AGENDA_EVIDENCE, 0.999),
    ("agenda-draft", at.MEASUREMENT_SHARING, 0.999),
    ("agenda-draft", at.AGENDA_FOCUS, 1.001),
    ("agenda-draft", at.AGENDA_CADENCE, 1.2),
    ("awareness-spread", at.COMMUNICATION_AWARENESS_GAIN, 0.999),
    ("awareness-spread", at.COMMUNICATION_FORGET, 1.001),
    ("awareness-spread", at.COMMUNICATION_FREQUENCY, 1.2),
    ("awareness-spread", at.BACKBONE_STAFF, 0.0),
    ("ties", at.COMMUNICATION_TIE_GAIN, 1.001),
    ("ties", at.COMMUNICATION_TIE_FADE, 1.001),
    ("ties", at.COMMUNICATION_TRUST_GAIN, 1.001),
    ("ties", at.COMMUNICATION_TRUST_LOSS_RATIO, 1.001),
    ("ties", at.COMMUNICATION_TRUST_DECAY, 1.001),
    ("ties", at.MEASUREMENT_VISIBILITY, 1.001),
    ("ties", at.BACKBONE_STAFF, 0.0),
    ("contact", at.COMMUNICATION_FREQUENCY, 1.2),
    ("contact", at.COMMUNICATION_INFORMAL, 1.2),
    ("contact", at.BACKBONE_STAFF, 1.2),
    ("contact", at.BACKBONE_ALLOCATION_ENGAGE, 1.2),
    ("contact", at.BACKBONE_ALLOCATION_WEAVE, 1.2),
    ("hegselmann-krause", at.COMMUNICATION_OPENNESS, 1.02),
    ("hegselmann-krause", at.COMMUNICATION_INFLUENCE, 0.9),
    ("deffuant", at.COMMUNICATION_OPENNESS, 0.7),
]


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    """Compile the model once, as `cisim validate` does."""
    simulate(Scenario().replace(**{"scenario.months": 1, "coalition.organisations": 5}), [1], threads=1)


def failures(case: Case) -> list[str]:
    return [claim.text for claim in case.run(QUICK).claims if claim.verdict == FAILS]


@pytest.mark.parametrize(("name", "dial", "factor"), WRONG_FACTORS)
def test_a_wrong_factor_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str, dial: int, factor: float) -> None:
    for module in (months, hegselmann_krause, deffuant):
        right: Callable[[Scenario], Any] = module.dials_of

        def wrong(scenario: Scenario, right: Callable[[Scenario], Any] = right) -> Any:
            row = right(scenario)
            row[dial] *= factor
            return row

        monkeypatch.setattr(module, "dials_of", wrong)
    assert failures(CASES[name])


def mirrored(state: Any) -> None:
    """Exchange the two directions of trust."""
    for kind in ("trust", "founding_trust"):
        first = state.ties[f"first_{kind}"].copy()
        state.ties[f"first_{kind}"] = state.ties[f"second_{kind}"]
        state.ties[f"second_{kind}"] = first


@pytest.mark.parametrize("name", ["degroot", "friedkin-johnsen", "ties"])
def test_trust_read_in_the_wrong_direction_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    right = months.advance

    def wrong(state: Any, *arguments: Any) -> None:
        mirrored(state)
        right(state, *arguments)
        mirrored(state)

    monkeypatch.setattr(months, "advance", wrong)
    assert failures(CASES[name])


@pytest.mark.parametrize("name", ["one-source", "agenda-draft", "awareness-spread", "ties", "contact"])
def test_those_outside_the_coalition_treated_as_members_are_noticed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    right = months.advance

    def wrong(state: Any, *arguments: Any) -> None:
        state.organisations["member"] = 1
        right(state, *arguments)

    monkeypatch.setattr(months, "advance", wrong)
    assert failures(CASES[name])


@pytest.mark.parametrize("name", ["degroot", "friedkin-johnsen", "one-source", "agenda-draft", "ties", "contact"])
def test_the_cheap_cases_hold_with_other_seeds(name: str) -> None:
    for seed in (2, 3):
        claims = CASES[name].run(QUICK._replace(seed=seed)).claims
        assert {claim.verdict for claim in claims} <= {HOLDS, NOT_RUN}


def test_pictures_have_labelled_axes_and_a_description() -> None:
    for name in ("degroot", "one-source", "ties"):
        for picture in CASES[name].run(QUICK).pictures:
            axes = Figure().add_subplot()
            picture.draw(axes)
            assert axes.get_xlabel()
            assert axes.get_ylabel()
            assert picture.description


def test_the_picture_of_counts_draws_expected_and_measured() -> None:
    counts = clusters.Counts({0.1: 4.0, 0.2: 2.0}, 60, {0.2: clusters.mean_count([2, 2, 2])})
    axes = Figure().add_subplot()
    counts.picture("title", "description", "openness").draw(axes)
    assert axes.get_ylim()[0] == 0.0


def test_threads_change_no_bit() -> None:
    one, two = (hegselmann_krause.large_runs(QUICK._replace(threads=threads), 60, 3, [0.1, 0.2]) for threads in (1, 2))
    for eps, ended in one.items():
        for a, b in zip(ended, two[eps], strict=True):
            assert a.goals.tobytes() == b.goals.tobytes()
            assert a.months == b.months


def test_a_claim_about_many_numbers_fails_for_one_wrong_or_missing_number() -> None:
    for wrong in (1e-6, np.nan):
        measured = np.ones(10)
        measured[7] += wrong
        assert months.everywhere("", 1.0, measured, 1e-9, "").verdict == FAILS
    assert months.everywhere("", 1.0, np.ones(10), 1e-9, "").verdict == HOLDS


def test_a_mean_of_equal_counts_has_the_error_of_one_other_run() -> None:
    assert clusters.mean_count([2, 2, 2, 2]).error == 0.25
    assert clusters.mean_count([1, 3] * 50).error == pytest.approx(0.1005, abs=1e-4)


def test_a_wrong_count_of_clusters_is_noticed() -> None:
    counts = clusters.Counts({0.2: 2.0}, 60, {0.2: clusters.mean_count([3] * 60)})
    assert counts.claim("", 60, "").verdict == FAILS
    assert counts._replace(expected={0.2: 3.0}).claim("", 60, "").verdict == HOLDS


def test_bounded_confidence_by_hand_gives_known_small_examples() -> None:
    apart = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    assert hegselmann_krause.settled_by_hand(apart, 0.2).tolist() == pytest.approx([0.05, 0.05, 0.5, 0.95, 0.95])
    assert hegselmann_krause.settled_by_hand(apart, 0.41).tolist() == pytest.approx([0.5] * 5)


def test_major_clusters_count_only_separate_and_large_ones() -> None:
    goals = np.concatenate([np.full(60, 0.2), np.full(38, 0.21), np.full(2, 0.5)])
    assert deffuant.major_clusters(goals) == 1
    assert deffuant.major_clusters(np.concatenate([goals, np.full(4, 0.9)])) == 2


def test_pairs_hold_two_organisations_and_are_equally_likely() -> None:
    pairs = deffuant.random_pairs(months.philox(1, 1), 5, 100_000)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    counts = np.bincount(pairs[:, 0] * 5 + pairs[:, 1], minlength=25)
    assert abs(counts[counts > 0] - 5000).max() < 5 * np.sqrt(5000)
    assert (counts > 0).sum() == 20


def test_distances_count_ties_on_the_shortest_way() -> None:
    assert spread.steps_from(1, spread.neighbours(4, path(4))).tolist() == [1, 0, 1, 2]
    assert spread.steps_from(2, spread.neighbours(4, star(4))).tolist() == [1, 2, 0, 2]
    assert spread.steps_from(0, spread.neighbours(3, path(2))).tolist() == [0, 1, 3]


def test_the_first_months_of_reed_and_frosts_chain_are_as_by_hand() -> None:
    shares = spread.chain(3, 0.5, 2)
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert shares[1].tolist() == pytest.approx([0.0, 0.25, 0.5, 0.25])
    assert shares[2].tolist() == pytest.approx([0.0, 0.0625, 0.25 * 0.5 + 0.5 * 0.25, 0.25 * 0.25 + 0.5 * 0.75 + 0.25])


def test_the_left_eigenvector_of_a_two_by_two_matrix_is_as_by_hand() -> None:
    assert opinions.left_eigenvector(np.array([[0.5, 0.5], [0.25, 0.75]])).tolist() == pytest.approx([1 / 3, 2 / 3])


def test_the_averaging_matrix_uses_the_trust_of_its_row_in_its_column() -> None:
    trust = np.array([[0.0, 0.4, 0.9], [0.1, 0.0, 0.9], [0.9, 0.9, 0.0]])
    matrix = opinions.averaging(3, path(3), trust, 0.5)
    assert matrix[0].tolist() == pytest.approx([1 - 0.5 * 0.4 / 2, 0.5 * 0.4 / 2, 0.0])
    assert matrix[1].tolist() == pytest.approx([0.5 * 0.1 / 3, 1 - 0.5 * 1.0 / 3, 0.5 * 0.9 / 3])


def test_a_missing_peer_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "NEEDED", ("ndlib_that_is_not_there", "json"))
    assert peers.lacking(quick=False) == "the package ndlib_that_is_not_there"
    case = CASES["friedkin-johnsen"].run(QUICK)
    assert [claim.error for claim in case.claims if claim.verdict == NOT_RUN] == [
        "needs the package ndlib_that_is_not_there"
    ]


def test_numpys_global_random_state_is_restored() -> None:
    with peers.global_luck(1) as luck:
        first = luck.random_sample()
    with peers.global_luck(9) as luck:
        before = luck.random_sample()
        with peers.global_luck(1):
            assert luck.random_sample() == first
        after = luck.random_sample()
    with peers.global_luck(9) as luck:
        assert [luck.random_sample(), luck.random_sample()] == [before, after]


def test_a_run_that_does_not_settle_fails_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hegselmann_krause, "MOST_MONTHS", 2)
    monkeypatch.setattr(hegselmann_krause, "RESTLESS_MONTHS", 1)
    assert any(text.startswith("Every run stands still") for text in failures(CASES["hegselmann-krause"]))
