"""A planted tree is recovered; where no tree predicts, none is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.analytic import data
from cisim.analysis import tree_of
from cisim.errors import InputError
from cisim.plot import describe, leaves
from cisim.report.analysed import tree_answer, tree_trouble, tree_words
from cisim.study import Factor, Level


def steps(x):
    """3 where the first factor is above 0.6; else 1 or 2, by the second."""
    return np.where(x[:, 0] > 0.6, 3.0, np.where(x[:, 1] > 0.5, 2.0, 1.0))


@pytest.mark.parametrize(("noise", "runs"), [(0.0, 1), (1.0, 10)])
def test_a_planted_tree_is_recovered(noise, runs):
    found = tree_of(data(steps, 4, runs, noise, kind="latin-hypercube", points=300))
    limits = [{(limit.place, limit.kind): limit.value for limit in leaf.limits} for leaf in found.leaves]
    assert limits == [
        pytest.approx({(0, "low"): 0.6}, abs=0.02),
        pytest.approx({(0, "high"): 0.6, (1, "low"): 0.5}, abs=0.02),
        pytest.approx({(0, "high"): 0.6, (1, "high"): 0.5}, abs=0.02),
    ]
    assert list(found.table["value"]) == pytest.approx([3, 2, 1], abs=0.15)
    assert (found.table["low"] <= found.table["value"]).all()
    assert found.table["points"].sum() == 300
    # All that is not luck is predicted, but for the points beside a limit.
    assert found.predicts == pytest.approx(1 - found.noise, abs=0.04)
    assert (found.noise > 0.05) == (noise > 0)


def test_with_a_bound_parts_differ_in_the_share_that_is_so():
    found = tree_of(data(steps, 3, kind="sobol", points=256), above=1.5, below=2.5)
    first = found.table.iloc[0]
    assert (first["value"], first["coverage"]) == (1, 1)
    assert first["where"].startswith("x1 < 0.6")
    assert first["points"] == found.of_interest
    words = tree_words(found)[0]
    assert words.startswith("Highest where x1 is below 0.6")
    assert f"of {found.of_interest} points 100 % (95 % to 100 %)" in words
    assert words.endswith("above 1.5 and below 2.5 (density), 100 % of all that have it (coverage).")


def test_a_level_with_a_name_is_split_off_and_named():
    results = data(lambda x: x[:, 0], 2, kind="latin-hypercube", points=200)
    levels = Factor("who", "lever", levels=tuple(Level(name, {}) for name in ("few", "some", "all")))
    x = results.x.copy()
    x[:, 0] = np.floor(3 * x[:, 0])
    found = tree_of(replace(results, factors=(levels, results.factors[1]), x=x, y=(x[:, :1] == 1) * 1.0))
    assert list(found.table["where"]) == ["who is some", "who is not some"]
    assert list(found.table["value"]) == [1, 0]
    assert [row[0] for row in tree_answer(found).rows] == ["who is some", "who is not some"]


def test_no_tree_is_told_where_the_factors_decide_nothing():
    told = []
    for seed in range(1, 21):
        luck = np.random.default_rng(seed)
        found = tree_of(data(lambda x, luck=luck: luck.random(len(x)), 4, kind="latin-hypercube", points=80, seed=seed))
        told += [found] * (not found.problem)
    assert len(told) <= 4  # of 20, at a rate of 1 in 40: more is less likely than 1 in 5,000
    luck = data(lambda x: np.random.default_rng(1).random(len(x)), 4, kind="latin-hypercube", points=80)
    found = tree_of(luck)
    assert (found.problem, found.needed, len(found.table)) == ("chance", 320, 0)
    assert "cisim study extend STORE --points 320" in tree_trouble(found)
    with pytest.raises(InputError, match="No tree predicts y"):
        leaves(found)


def test_too_few_points_and_other_designs_are_refused_with_what_would_do():
    assert "There are 16 points" in tree_trouble(tree_of(data(steps, 2, kind="latin-hypercube", points=16)))
    found = tree_of(data(lambda x: x[:, 0], 2, kind="sobol", points=64), below=0.05)
    assert (found.problem, found.of_interest) == ("few", 3)
    assert "--points 256" in tree_trouble(found)
    with pytest.raises(InputError, match="a tree needs a design of kind latin-hypercube"):
        tree_of(data(steps, 4, kind="morris", trajectories=8))


def test_leaves_are_drawn_with_what_they_are():
    found = tree_of(data(steps, 4, 10, 1.0, kind="latin-hypercube", points=300))
    ax = leaves(found)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(list(found.table["value"])[::-1])
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[-1].startswith("x1 is above 0.")
    assert describe(ax).startswith("Where y is high, and low, month 0. Highest where x1 is above 0.")
