"""What the picture of differences over worlds draws is what numpy makes of the runs."""

from __future__ import annotations

import numpy as np
import pytest

from cisim import plot
from cisim.errors import InputError
from cisim.plot.canvas import inline_svg
from cisim.plot.worlds import MOST, SMOOTH, worlds
from plot.pictures import texts

MONTHS = 36


def made_up(plans: int) -> dict[str, np.ndarray]:
    draws = np.random.default_rng(1)
    rise = np.linspace(0, 1, MONTHS + 1)
    return {f"plan {place}": draws.gamma(2, 0.02 * (place + 1), (30, 4, 1)) * rise for place in range(plans)}


def test_lines_are_the_mean_and_nine_in_ten_worlds_and_bars_nine_in_ten_runs():
    values = made_up(2)
    ax = worlds(values, "nothing new")
    lines = [line.get_ydata() for line in ax.lines if len(line.get_xdata()) == MONTHS + 1]
    bars = [line.get_ydata() for line in ax.lines if len(line.get_xdata()) == 2]
    for place, each in enumerate(values.values()):
        means = each.mean(axis=1)
        expected = [*np.quantile(means, [0.05, 0.95], axis=0), means.mean(axis=0)]
        # A mean over months changes no straight line.
        for drawn, wanted in zip(lines[3 * place : 3 * place + 3], expected, strict=True):
            assert drawn == pytest.approx(wanted)
        assert bars[place] == pytest.approx(np.quantile(each[..., -1], [0.05, 0.95]))


def test_curves_are_means_over_five_months_and_end_where_they_end():
    jump = np.zeros((5, 2, MONTHS + 1))
    jump[..., 20:] = 1.0
    ax = worlds({"plan": jump}, "nothing new")
    line = next(line.get_ydata() for line in ax.lines if len(line.get_xdata()) == MONTHS + 1)
    assert SMOOTH == 5
    assert line[17:23] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert (line[0], line[-1]) == (0, 1)


def test_every_plan_and_the_reference_are_named_beside_their_lines():
    ax = worlds(made_up(MOST), "nothing new")
    assert {*made_up(MOST), "nothing new"} <= set(texts(ax).split("\n"))
    told = plot.describe(ax)
    assert all(name in told for name in made_up(MOST))


@pytest.mark.parametrize("plans", [0, MOST + 1])
def test_too_many_plans_or_none_are_refused(plans):
    with pytest.raises(InputError, match="must be from 1 to 4"):
        worlds(made_up(plans), "nothing new")


def test_two_pictures_of_a_page_share_no_identifier_and_a_picture_is_always_the_same_text():
    first, second = (inline_svg(worlds(made_up(2), "nothing new"), name, "<Title>") for name in ("one", "two"))
    assert first == inline_svg(worlds(made_up(2), "nothing new"), "one", "<Title>")
    assert second == first.replace("one-", "two-")
    assert "<title>&lt;Title&gt;</title>" in first
    assert "<!--" not in first
    assert "metadata" not in first
