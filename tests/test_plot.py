"""Pictures: where they are drawn, what they say, and that grey and words are enough to read them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure

from cisim import plot
from cisim.coalition import draw, roster
from cisim.comparison import Comparison
from cisim.errors import InputError
from cisim.plot.calendar import dial_courses
from cisim.plot.canvas import COLOURS, HATCHES, LINES, SHAPES, spread
from synthetic import comparison, ensemble, scenario, with_nan

LUCK = np.linspace(-0.05, 0.05, 30)


@pytest.fixture
def pair():
    return comparison(0.2 + LUCK, 0.4 + LUCK)


def several(count: int) -> Comparison:
    return Comparison({f"strategy {place}": ensemble(0.1 * place + LUCK) for place in range(count)})


def drawings(ax: Axes | None = None):
    """One of each picture, drawn on the Axes if it is given."""
    pair = comparison(0.2 + LUCK, 0.4 + LUCK)
    asked = scenario(events=[{"month": 12, "set": {"backbone.staff": 1.0}, "why": "half the grant ends"}])
    return [
        lambda: plot.fan(pair, ax=ax),
        lambda: plot.difference(pair, ax=ax),
        lambda: plot.network(asked, ax=ax),
        lambda: plot.timeline(asked, ax=ax),
    ]


def texts(ax: Axes) -> str:
    """All that is written in a picture."""
    ax.figure.canvas.draw()
    found = [text.get_text() for text in ax.findobj(mpl.text.Text)]
    return "\n".join(text.replace("\n", " ") for text in found)


def marks(ax: Axes) -> list[PathCollection]:
    """The organisations in a network."""
    return [one for one in ax.collections if isinstance(one, PathCollection)]


@pytest.mark.parametrize("which", range(4))
def test_a_picture_is_drawn_on_the_axes_given_and_returns_it(which):
    figure = Figure()
    FigureCanvasAgg(figure)
    _, ax = figure.subplots(1, 2)
    assert drawings(ax)[which]() is ax
    assert ax.has_data() or ax.collections
    figure.canvas.draw()


@pytest.mark.parametrize("which", range(4))
def test_a_picture_without_axes_shows_itself_in_a_notebook_with_a_description(which):
    ax = drawings()[which]()
    assert ax._repr_png_().startswith(b"\x89PNG")
    page = ax._repr_html_()
    assert page.startswith('<img alt="')
    assert plot.describe(ax).split(" ")[0] in page
    assert len(plot.describe(ax)) > 80


def test_pictures_leave_pyplot_and_its_settings_alone():
    code = """
import sys, matplotlib
before = matplotlib.rcParams.copy()  # reading the backend's name would import pyplot
import test_plot
for drawing in test_plot.drawings():
    drawing()._repr_png_()
assert "matplotlib.pyplot" not in sys.modules
assert matplotlib.rcParams.copy() == before
"""
    code = f"import sys; sys.path[:0] = {[str(Path(folder).resolve()) for folder in sys.path]}\n{code}"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_styles_can_be_told_apart_without_colour():
    assert len(COLOURS) == len(LINES) == len(HATCHES) == len(SHAPES)
    assert len(set(HATCHES)) == len(set(SHAPES)) == len(COLOURS)
    # The last of the lines is solid again, but black.
    assert len(set(LINES[:-1])) == len(LINES) - 1


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
    np.testing.assert_allclose(
        median.get_ydata(), np.median(pair.ensembles["together"].measure("progress"), axis=0)
    )
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


@pytest.mark.parametrize(
    ("months", "label"), [(1, "months"), (12, "months"), (23, "months"), (24, "years"), (1200, "years")]
)
def test_months_are_told_in_years_where_there_are_some(months, label):
    ax = plot.fan(ensemble(months=months))
    assert ax.get_xlabel() == f"{label} since the founding"
    ax.figure.canvas.draw()
    assert 2 <= len(ax.get_xticks()) <= 26


def test_a_network_draws_every_organisation_and_tie():
    asked = scenario()
    coalition = draw(asked, roster(asked), 3)
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
    asked = scenario()
    assert plot.describe(plot.network(asked, 3)) == plot.describe(plot.network(draw(asked, roster(asked), 3)))


def test_a_real_network_is_named():
    ax = plot.network(scenario(**{"coalition.file": "builtin:emon/Texas"}))
    assert "Texas Rangers" in texts(ax)


def test_organisations_without_ties_stand_apart():
    ax = plot.network(
        scenario(**{"coalition.network": "random", "coalition.degree": 0.0, "coalition.latent": 0.0})
    )
    assert "0 ties, 0 latent ties" in texts(ax)
    offsets = np.concatenate(
        [one.get_offsets() for one in ax.collections if len(getattr(one, "get_sizes", list)())]
    )
    assert len(np.unique(offsets.round(6), axis=0)) == 30


@pytest.mark.parametrize("sectors", [1, 7, 12])
def test_more_sectors_than_shapes_are_drawn_alike(sectors):
    ax = plot.network(scenario(**{"coalition.sectors": [f"sector {place}" for place in range(sectors)]}))
    assert ("other sectors" in texts(ax)) == (sectors > 7)


def test_a_timeline_shows_what_is_in_force_when():
    asked = scenario(
        **{
            "coalition.start": 4,
            "backbone.start": 7,
            "events": [
                {"month": 13, "set": {"backbone.staff": 1.0}},
                {"month": 20, "set": {"coalition.end": 30}},
            ],
        }
    )
    courses = dial_courses(asked)
    expected = [0.0] * 6 + [3.0] * 6 + [1.0] * 18 + [0.0] * 6
    assert courses["backbone.staff"].tolist() == expected
    assert courses["agenda.process"].tolist() == [0.0] * 3 + [0.8] * 27 + [0.0] * 6
    described = plot.describe(plot.timeline(asked))
    assert "backbone: off from month 1 to 6; 3 from month 7 to 12; 1 from month 13 to 30; off" in described


def test_a_timeline_tells_its_events_and_why():
    asked = scenario(
        events=[
            {"month": 12, "set": {"backbone.staff": 1.0}, "why": "half the grant ends"},
            {"month": 20, "organisation": "Organisation 1", "set": {"member": False}},
            {"when": {"measure": "members", "below": 12, "after": 24}, "set": {"backbone.staff": 5.0}},
        ]
    )
    ax = plot.timeline(asked)
    for text in (
        "1  month 12: backbone.staff = 1 (half the grant ends)",
        "2  month 20: Organisation 1: member = no",
        "3  when members is below 12 after month 24: backbone.staff = 5",
    ):
        assert text in texts(ax)
        assert text in plot.describe(ax)


def test_isolated_impact_is_off_throughout():
    described = plot.describe(plot.timeline(scenario(**{"coalition.start": "never"})))
    assert described.count("off from month 1 to 36") == 6


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_same_picture_is_the_same_bytes_with_its_description_inside(tmp_path, pair, ending):
    file = plot.save(plot.fan(pair), tmp_path / f"a{ending}")
    first = file.read_bytes()
    assert plot.save(plot.fan(pair), file).read_bytes() == first
    if ending != ".pdf":  # there it is compressed
        assert b"Fan chart of progress" in first
    assert [path.name for path in tmp_path.iterdir()] == [f"a{ending}"]


@pytest.mark.parametrize(("name", "says"), [("a.gif", "unknown ending"), ("no/a.png", "cannot be written")])
def test_saving_where_it_cannot_be_is_refused(tmp_path, pair, name, says):
    with pytest.raises(InputError, match=says):
        plot.save(plot.fan(pair), tmp_path / name)


def test_labels_are_spread_without_changing_their_order():
    assert spread([0.1, 0.9], 0.2) == [0.1, 0.9]
    places = spread([0.5, 0.52, 0.1, 0.51], 0.1)
    assert sorted(range(4), key=places.__getitem__) == [2, 0, 3, 1]
    assert np.diff(sorted(places)).min() >= 0.1 - 1e-12


def test_other_axes_have_no_description():
    assert plot.describe(Figure().add_subplot()) == ""
