"""Pictures: where they are drawn, what they say, and that grey and words are enough to read them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cisim import plot
from cisim.errors import InputError
from cisim.plot.canvas import COLOURS, HATCHES, LINES, SHAPES, spread
from plot.pictures import drawings, pair
from synthetic import ensemble


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
from plot import pictures
for drawing in pictures.drawings():
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


@pytest.mark.parametrize(
    ("months", "label"), [(1, "months"), (12, "months"), (23, "months"), (24, "years"), (1200, "years")]
)
def test_months_are_told_in_years_where_there_are_some(months, label):
    ax = plot.fan(ensemble(months=months))
    assert ax.get_xlabel() == f"{label} since the founding"
    ax.figure.canvas.draw()
    assert 2 <= len(ax.get_xticks()) <= 26


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_same_picture_is_the_same_bytes_with_its_description_inside(tmp_path, ending):
    file = plot.save(plot.fan(pair()), tmp_path / f"a{ending}")
    first = file.read_bytes()
    assert plot.save(plot.fan(pair()), file).read_bytes() == first
    if ending != ".pdf":  # there it is compressed
        assert b"Fan chart of progress" in first
    assert [path.name for path in tmp_path.iterdir()] == [f"a{ending}"]


@pytest.mark.parametrize(("name", "problem"), [("a.gif", "unknown ending"), ("no/a.png", "cannot be written")])
def test_saving_where_it_cannot_be_is_refused(tmp_path, name, problem):
    with pytest.raises(InputError, match=problem):
        plot.save(plot.fan(pair()), tmp_path / name)


def test_labels_are_spread_without_changing_their_order():
    assert spread([0.1, 0.9], 0.2) == [0.1, 0.9]
    places = spread([0.5, 0.52, 0.1, 0.51], 0.1)
    assert sorted(range(4), key=places.__getitem__) == [2, 0, 3, 1]
    assert np.diff(sorted(places)).min() >= 0.1 - 1e-12


def test_other_axes_have_no_description():
    assert plot.describe(Figure().add_subplot()) == ""
