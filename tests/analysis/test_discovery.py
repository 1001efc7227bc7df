"""A planted box is recovered; what chance would give as well is no box, and is told so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.analytic import data
from cisim.analysis import discover_of
from cisim.errors import InputError
from cisim.plot import box, describe
from cisim.report.analysed import discovery_trouble, discovery_words
from cisim.study import Factor, Level


def planted(x):
    """0 in a box of three limits over two factors, 1 elsewhere."""
    return 1.0 - ((x[:, 0] > 0.3) & (x[:, 0] < 0.7) & (x[:, 1] < 0.4))


@pytest.mark.parametrize(("noise", "runs"), [(0.0, 1), (0.5, 10)])
def test_a_planted_box_is_recovered(noise, runs):
    found = discover_of(data(planted, 4, runs, noise, kind="latin-hypercube", points=300), below=0.5)
    limits = found.table.set_index(["factor", "limit"])["value"]
    assert found.problem == ""
    assert dict(limits) == pytest.approx({("x2", "below"): 0.4, ("x1", "above"): 0.3, ("x1", "below"): 0.7}, abs=0.04)
    assert found.density > 0.9
    assert found.coverage > 0.9
    assert found.density_interval[0] < found.density < found.density_interval[1]
    assert (found.table["quasi_p"] < 1e-6).all()


def test_the_other_side_of_a_bound_is_found_too():
    found = discover_of(data(lambda x: x[:, 2], 3, kind="sobol", points=256), above=0.8)
    assert [*zip(found.table["factor"], found.table["limit"], strict=True)] == [("x3", "above")]
    assert found.table["value"].item() == pytest.approx(0.8, abs=0.02)


def test_levels_with_names_are_left_out_one_by_one():
    results = data(lambda x: x[:, 0], 2, kind="latin-hypercube", points=200)
    levels = Factor("who", "lever", levels=tuple(Level(name, {}) for name in ("few", "some", "all")))
    x = results.x.copy()
    x[:, 0] = np.floor(3 * x[:, 0])
    y = (x[:, :1] == 1) * 1.0
    found = discover_of(replace(results, factors=(levels, results.factors[1]), x=x, y=y), above=0.5)
    assert set(found.table["value"]) == {"few", "all"}
    assert (found.density, found.coverage) == (1, 1)
    assert "some" in [text.get_text() for text in box(found).texts]


def test_no_box_is_told_where_the_factors_decide_nothing():
    luck = data(lambda x: np.random.default_rng(1).random(len(x)), 4, kind="latin-hypercube", points=200)
    found = discover_of(luck, below=0.3)
    assert (found.problem, found.needed) == ("chance", 800)
    assert "cisim study extend STORE --points 800" in discovery_trouble(found)
    with pytest.raises(InputError, match="better than chance would"):
        box(found)


def test_too_few_points_of_interest_are_told_with_how_many_points_would_have_enough():
    results = data(lambda x: x[:, 0], 2, kind="sobol", points=64)
    found = discover_of(results, below=0.05)
    assert (found.problem, found.of_interest) == ("few", 3)
    assert "--points 256" in discovery_trouble(found)
    assert "Another bound" in discovery_trouble(discover_of(results, below=-1))
    with pytest.raises(InputError, match="discovery needs a bound"):
        discover_of(results)
    with pytest.raises(InputError, match="discovery needs a design of kind latin-hypercube"):
        discover_of(data(planted, 4, kind="morris", trajectories=8), below=0.5)


def test_the_box_is_said_in_words_and_drawn_with_its_limits():
    found = discover_of(data(planted, 4, kind="latin-hypercube", points=300), below=0.5)
    words = discovery_words(found)[0]
    assert words.startswith(f"Where x2 is below {found.table['value'][0]:.3g} and x1 is above 0.3")
    assert " and below 0.7" in words
    assert f"{found.hits} of {found.inside} points have y in month 0 below 0.5" in words
    ax = box(found)
    assert describe(ax).startswith("Where y is below 0.5, month 0. Where x2 is below")
    whole, part, *_ = [bar.get_width() for bar in ax.patches]
    assert (whole, part) == pytest.approx((1, 0.4), abs=0.04)
