"""Fair shares sum to the gain, effects are those of known games, and what can't be told is told so."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cisim.analysis import Data, synergy_of
from cisim.errors import InputError
from cisim.plot import describe, shares
from cisim.report.analysed import synergy_trouble, synergy_words
from cisim.study import Design, Factor, Level


def factor(name, values, usual=None):
    return Factor(name, "lever", levels=tuple(Level(value, {name: value}) for value in values), usual=usual)


def game(value, players=3, runs=6, noise=0.1, more=()):
    """Results of a factorial over players that are there or not, with luck that all combinations share and luck of each."""
    factors = (*(factor(f"p{place}", [0.0, 2.0]) for place in range(players)), *more)
    x = np.array(list(product(*(each.values for each in factors))))
    rng = np.random.default_rng(1)
    luck = rng.normal(0, 1, runs) + rng.normal(0, noise, (len(x), runs))
    y = np.array([value(*row) for row in (x > 0) * 1.0])[:, None] + luck
    order = rng.permutation(len(x))  # a design of points may have any order
    return Data(Design(kind="factorial"), factors, x[order], y[order], "progress", "share", 12, points=len(x))


def values(found, part):
    rows = found.part(part)
    return dict(zip(rows["factors"], rows["value"], strict=True))


def test_shares_of_a_game_are_its_shapley_values():
    # A glove of the left hand and two of the right: the left has two thirds, each right a sixth (Shapley & Shubik 1969).
    gloves = synergy_of(game(lambda left, one, two: left * max(one, two), noise=0.0))
    assert values(gloves, "shapley") == pytest.approx({"p0": 2 / 3, "p1": 1 / 6, "p2": 1 / 6})
    assert values(gloves, "alone") == pytest.approx(dict.fromkeys(["p0", "p1", "p2"], 0.0))
    assert values(gloves, "last") == pytest.approx({"p0": 1, "p1": 0, "p2": 0})
    assert values(gloves, "needs") == pytest.approx({"1 of 3": 0, "2 of 3": 2, "3 of 3": -1})
    assert values(gloves, "interaction")["p1 × p2"] == pytest.approx(-0.5)


@pytest.mark.parametrize("players", [2, 5])
def test_shares_and_what_needs_so_many_sum_to_the_gain_in_every_study(players):
    found = synergy_of(game(lambda *there: np.prod(np.add(there, 0.5)), players))
    gain = found.part("gain")["value"].item()
    assert found.part("shapley")["value"].sum() == pytest.approx(gain, abs=1e-12)
    assert found.part("needs")["value"].sum() == pytest.approx(gain, abs=1e-12)
    assert found.part("main").shape[0] == players


def test_what_adds_up_does_not_interact_and_intervals_hold_the_truth():
    found = synergy_of(game(lambda a, b, c: a + 2 * b + 3 * c, runs=30))
    for part, known in (("shapley", [1, 2, 3]), ("main", [1, 2, 3]), ("interaction", [0, 0, 0, 0])):
        rows = found.part(part)
        half = (rows["high"] - rows["low"]) / 2
        assert (abs(rows["value"] - np.array(known)) < 2 * half).all(), part
        assert (half < 0.2).all()  # the luck that all combinations share is as large as 1, and falls away


def test_other_factors_are_held_at_the_base_scenario_or_where_it_is_asked():
    results = game(lambda a, b, c: a * b * (1 + c), 2, more=(factor("c", [0.0, 1.0, 3.0], usual=0.0),))
    assert synergy_of(results).at == {"c": 0.0}
    assert synergy_of(results).part("gain")["value"].item() == pytest.approx(1, abs=0.2)
    assert synergy_of(results, {"c": 3.0}).part("gain")["value"].item() == pytest.approx(2, abs=0.2)
    with pytest.raises(InputError, match=r"at c = 2\.0: no such level; there are 0\.0, 1\.0, 3\.0"):
        synergy_of(results, {"c": 2.0})
    with pytest.raises(InputError, match="at d: no such factor"):
        synergy_of(results, {"d": 2.0})
    with pytest.raises(InputError, match="synergy needs 2 to 10 factors of two levels: there are 1"):
        synergy_of(results, {"p0": 2.0})


def test_a_factorial_with_a_hole_is_refused():
    results = game(lambda a, b: a + b, 2)
    with pytest.raises(InputError, match="3 points: synergy needs every combination of the levels once, 4"):
        synergy_of(results.only(np.arange(3)))


def test_a_gain_that_cannot_be_told_is_told_with_how_many_runs_would_and_not_drawn():
    found = synergy_of(game(lambda a, b: 0.05 * a * b, 2, runs=5, noise=0.3))
    assert found.needed > 5
    assert f"cisim study extend STORE --replications {found.needed}" in synergy_trouble(found)
    with pytest.raises(InputError, match="do not show whether all of them together bring anything"):
        shares(found)
    once = synergy_of(game(lambda a, b: a * b, 2, runs=1))
    assert synergy_words(once)[0].startswith("There is one replication of each combination")
    nothing = synergy_of(game(lambda a, _: 0 * a, 2, noise=0.0))
    assert "there is nothing to share" in synergy_words(nothing)[0]


def test_bars_of_the_picture_sum_to_the_gain_and_its_words_name_who_acts_together():
    found = synergy_of(game(lambda a, b, c: 0.1 * a * b + 0.02 * c, runs=12, noise=0.001))
    ax = shares(found)
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(12, abs=0.3)
    said = describe(ax)
    assert "These reinforce one another, the strongest first: p0 × p1." in said
    assert "p0 42 %" in said
