"""The front of plans: every option with its money, and what the search tried."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from cisim import plot
from cisim.plan.advise import advise
from cisim.plan.spec import read
from cisim.plot.front import front
from plan.county import HEAD, PLANS, county
from plot.pictures import texts


@pytest.fixture(scope="module")
def advice(tmp_path_factory):
    plans = read(county(tmp_path_factory.mktemp("county"), PLANS, HEAD))
    return advise(plans, ["extra_services=0:3:1", "backbone.staff=0:2:1"], budget=500_000, worlds=10, runs=2)


def test_what_is_drawn_is_what_the_options_take_and_add(advice):
    ax = front(advice)
    (drawn,) = [each for each in ax.containers if isinstance(each, ErrorbarContainer)]
    line, _, (bars,) = drawn
    assert line.get_xdata() == pytest.approx([option.spent.total for option in advice.options])
    assert line.get_ydata() == pytest.approx([100 * option.added.mean for option in advice.options])
    ends = [(segment[0][1], segment[1][1]) for segment in bars.get_segments()]
    assert np.array(ends) == pytest.approx(
        100 * np.array([(option.added.mean_low, option.added.mean_high) for option in advice.options])
    )
    within, beyond = (each.get_offsets() for each in ax.collections[:2])
    assert (len(within), len(beyond)) == tuple(
        sum((each.beyond > 0) == over for each in advice.tried) for over in (False, True)
    )
    assert len(beyond) > 0


def test_every_option_is_named_and_described_in_words(advice):
    ax = front(advice)
    described = plot.describe(ax)
    for option in advice.options:
        assert option.plan.name in texts(ax)
        assert f"{option.plan.name} takes $" in described
    assert described.startswith("Options by their cash and what they add, of 12 combinations that were tried.")


def test_nothing_is_written_over_something_else(advice):
    ax = front(advice)
    ax.figure.canvas.draw()
    note = next(text for text in ax.texts if "Circles" in text.get_text()).get_window_extent()
    headings = [each for each in (ax.title, ax._left_title) if each.get_text()]
    assert headings
    assert not any(each.get_window_extent().overlaps(note) for each in headings)
    assert note.x1 <= ax.figure.bbox.x1
