"""Networks: every organisation and tie is drawn, with names and sectors where they can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection

from cisim import plot
from cisim.coalition import draw, roster
from cisim.plot import canvas
from plot.pictures import texts
from synthetic import scenario


def marks(ax: Axes) -> list[PathCollection]:
    """The organisations in a network."""
    return [each for each in ax.collections if isinstance(each, PathCollection)]


def test_a_network_draws_every_organisation_and_tie():
    plan = scenario()
    coalition = draw(plan, roster(plan), 3)
    ax = plot.network(coalition)
    assert sum(len(one.get_offsets()) for one in marks(ax)) == 30
    lines = [one for one in ax.collections if isinstance(one, LineCollection)]
    assert sum(len(one.get_segments()) for one in lines) == len(coalition.strength)
    sizes = np.sort(np.concatenate([one.get_sizes() for one in marks(ax)]))
    resources = np.sort(coalition.resources)
    assert sizes[-1] / sizes[-2] == pytest.approx(resources[-1] / resources[-2])
    for text in ("public", "philanthropy", "latent tie", "30 organisations"):
        assert text in texts(ax)


def test_a_network_of_a_scenario_and_seed_is_that_of_the_coalition():
    plan = scenario()
    assert plot.describe(plot.network(plan, 3)) == plot.describe(plot.network(draw(plan, roster(plan), 3)))


def test_a_real_network_is_named():
    ax = plot.network(scenario(**{"coalition.file": "builtin:emon/Texas"}))
    assert "Texas Rangers" in texts(ax)


def test_of_what_is_known_nothing_is_drawn_by_chance(tmp_path):
    (tmp_path / "people.csv").write_text("name,resources\n" + "".join(f"P{n},{n or ''}\n" for n in range(9)), "utf-8")
    (tmp_path / "ties.csv").write_text("from,to,strength\nP0,P1,1\nP1,P2,\nP8,P3,0.2\n", "utf-8")
    plan = scenario(**{"coalition.file": "people.csv", "coalition.ties": "ties.csv"}).at(tmp_path)
    assert len(draw(plan, roster(plan), 1).strength) > 3
    ax = plot.network(plan, known=True)
    lines = [one for one in ax.collections if isinstance(one, LineCollection)]
    assert sum(len(one.get_segments()) for one in lines) == 3
    assert (
        "9 organisations, 3 ties; not known, so drawn as the middle: strength of 1 tie and size of 1 organisation"
        in texts(ax)
    )
    assert plot.describe(plot.network(plan, 5, known=True)) == plot.describe(ax)
    alone = plot.network(plan.replace(**{"coalition.ties": None}), known=True)
    assert "9 organisations, 0 ties;" in texts(alone)


def test_names_of_a_network_cover_no_other_names_or_marks():
    plan = scenario(**{"coalition.file": "builtin:emon/Texas"})
    ax, names = plot.network(plan), {canvas.shorten(name) for name in roster(plan).names}
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text() in names]
    assert len(boxes) > 20
    assert sum(one.overlaps(other) for one, other in combinations(boxes, 2)) == 0
    middles = np.concatenate([ax.transData.transform(one.get_offsets()) for one in marks(ax)])
    assert not any(box.contains(*middle) for box in boxes for middle in middles)


def test_organisations_without_ties_stand_apart():
    ax = plot.network(scenario(**{"coalition.network": "random", "coalition.degree": 0.0, "coalition.latent": 0.0}))
    assert "0 ties, 0 latent ties" in texts(ax)
    offsets = np.concatenate([one.get_offsets() for one in ax.collections if len(getattr(one, "get_sizes", list)())])
    assert len(np.unique(offsets.round(6), axis=0)) == 30


@pytest.mark.parametrize("sectors", [1, 7, 12])
def test_more_sectors_than_shapes_are_drawn_alike(sectors):
    ax = plot.network(scenario(**{"coalition.sectors": [f"sector {place}" for place in range(sectors)]}))
    assert ("other sectors" in texts(ax)) == (sectors > 7)
