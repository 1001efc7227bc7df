"""Fans and differences: what is drawn is what the runs say, and words say how to read it."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from cisim import plot
from cisim.comparison import Comparison
from cisim.errors import InputError
from plot import pictures
from plot.pictures import LUCK, texts
from synthetic import comparison, ensemble, with_nan


@pytest.fixture
def pair():
    return pictures.pair()


def several(count: int) -> Comparison:
    return Comparison({f"strategy {place}": ensemble(0.1 * place + LUCK) for place in range(count)})


def test_a_fan_has_labelled_axes_names_and_says_how_to_read_it(pair):
    ax = plot.fan(pair)
    assert ax.get_xlabel() == "years since the founding"
    assert ax.get_ylabel() == "share of the gap that is closed"
    written = texts(ax)
    for text in ("alone", "together", "median of 30 runs", "9 in 10"):
        assert text in written


def test_a_fan_draws_the_median_and_the_quantiles(pair):
    ax = plot.fan(pair.ensembles["together"])
    median = max(ax.lines, key=lambda line: line.get_linewidth())
    np.testing.assert_allclose(median.get_ydata(), np.median(pair.ensembles["together"].measure("progress"), axis=0))
    outer, inner = ax.collections
    ends = [path.vertices[:, 1] for path in (outer.get_paths()[0], inner.get_paths()[0])]
    last = 0.4 + np.quantile(LUCK, [0.95, 0.75])
    assert [end.max() for end in ends] == pytest.approx(last.tolist())


def test_a_fan_of_an_outcome_is_in_its_unit_with_its_target():
    ax = plot.fan(ensemble(0.2 + LUCK), "outcome.reading")
    assert ax.get_ylabel() == "reading\n(% of children)"
    assert "target" in texts(ax)
    assert "The target is 70." in plot.describe(ax)


def test_many_strategies_show_their_spread_as_bars():
    ax = plot.fan(several(5))
    assert not ax.collections
    assert "Thick bar at the right: the middle half" in texts(ax)
    top = max(0.1 * 4 + LUCK)
    assert ax.get_ylim()[1] > np.quantile(0.1 * 4 + LUCK, 0.95)
    assert top < 1


def test_a_difference_shows_its_error_and_the_reference(pair):
    ax = plot.difference(pair)
    written = texts(ax)
    for text in ("difference from alone", "95 % interval", "alone (reference)", "together"):
        assert text in written
    assert ax.get_ylabel() == "percentage points of the gap"
    assert "in month 36 the mean difference is 0.2 (95 % interval" in plot.describe(ax)


def test_no_difference_at_all_is_a_flat_line_on_an_axis_that_can_be_read():
    # A lower half of a figure: its place makes rounding errors of the limits.
    same, lower = ensemble(), Figure().subplots(2, 1)[1]
    low, high = plot.difference(Comparison({"a": same, "b": same}), ax=lower).get_ylim()
    assert -0.06 < low < -0.04
    assert 0.04 < high < 0.06


def test_the_band_of_a_difference_is_the_interval_of_the_mean():
    pair = comparison(0.2 + LUCK, 0.4 + 2 * LUCK)
    row = pair.table(months=[36]).iloc[0]
    band = plot.difference(pair).collections[0].get_paths()[0].vertices
    at_end = band[band[:, 0] == 36, 1]
    assert (at_end.min(), at_end.max()) == pytest.approx((row["low"], row["high"]))


def test_a_strategy_has_one_colour_in_fan_and_difference(pair):
    fan = [line.get_color() for line in plot.fan(pair).lines if line.get_linewidth() > 2]
    difference = [line.get_color() for line in plot.difference(pair).lines if line.get_linewidth() == 2]
    assert difference == [fan[1]]


def test_a_measure_without_value_is_told_and_not_drawn():
    ax = plot.fan({"a": with_nan(ensemble(), "trust", range(3)), "b": ensemble()}, "trust")
    assert "no value: a" in texts(ax)
    assert "a: no value in any run and month." in plot.describe(ax)
    ax = plot.difference(Comparison({"a": with_nan(ensemble(), "trust", range(3)), "b": ensemble()}), "trust")
    assert "b: no difference is defined in any run and month." in plot.describe(ax)


@pytest.mark.parametrize("count", [0, 8])
def test_too_many_curves_or_none_are_refused(count):
    with pytest.raises(InputError, match="must be from 1 to 7"):
        plot.fan({str(place): ensemble() for place in range(count)})


def test_an_unknown_measure_is_refused():
    with pytest.raises(InputError, match="did you mean progress"):
        plot.fan(ensemble(), "progres")


def test_names_are_written_as_they_are():
    name = r"$\alpha$ & more"
    ax = plot.fan({name: ensemble(), "_b": ensemble()})
    ax.figure.canvas.draw()
    labels = [text for text in ax.texts if "alpha" in text.get_text()]
    assert labels
    assert all(not text._preprocess_math(text.get_text())[1] for text in labels)
    assert "_b" in texts(ax)
