"""The leaves of a tree: in which parts of the factors' space an outcome is how high."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from cisim.errors import InputError
from cisim.plot import canvas
from cisim.report.analysed import bounds_in_words, tree_trouble, tree_words, where_in_words
from cisim.report.format import SHARES, hundredths, number, plural, with_unit

if TYPE_CHECKING:
    from cisim.analysis import Tree

#: Characters of a line that says what a leaf is.
WIDTH = 44


def leaves(found: Tree, *, ax: Axes | None = None) -> Axes:
    """Draw a bar for each leaf, the highest on top: what the outcome is there, with its 95 % interval.

    Args:
        found: of `cisim.analysis.tree`.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: there is no tree; it says why.
    """
    if found.problem:
        raise InputError(tree_trouble(found))
    rows, bounded = found.table.iloc[::-1], found.of_interest > 0
    names = [fill(canvas.plain(where_in_words(found, leaf)), WIDTH) for leaf in found.leaves[::-1]]
    lines = sum(name.count("\n") + 1 for name in names)
    ax = canvas.axes_or_new(ax, 8.0, 1.8 + 0.2 * lines + 0.25 * len(names))
    scale = 100.0 if bounded or found.data.unit in SHARES else 1.0
    values, heights = scale * rows["value"], np.arange(len(names))
    error = scale * np.abs(np.array([rows["value"] - rows["low"], rows["high"] - rows["value"]]))
    ax.barh(
        heights, values, 0.6, xerr=error, color=canvas.COLOURS[0], alpha=0.45, edgecolor=canvas.COLOURS[0],
        ecolor=canvas.INK, capsize=3,
    )  # fmt: skip
    for height, points, end in zip(heights, rows["points"], scale * rows["high"], strict=True):
        ax.annotate(
            plural(int(points), "point"), (max(end, 0.0), height), (5, 0), textcoords="offset points", va="center",
            fontsize=9, color=canvas.GREY,
        )  # fmt: skip
    ax.axvline(0, color=canvas.GREY, linewidth=0.8)
    canvas.dress(ax)
    ax.margins(x=0.18)
    ax.set_yticks(heights, names, fontsize=9)
    name = with_unit(found.data.measure, found.data.unit)
    what = (
        f"{found.data.measure} is {bounds_in_words(found, number)}"
        if bounded
        else f"{found.data.measure} is high, and low"
    )
    ax.set_xlabel("% of the points" if bounded else f"{name}, %" if scale > 1 else name)
    title = f"Where {what}"
    note = f"Predicts {hundredths(found.predicts, 0)} % of what differs between points it was not fitted to."
    canvas.headline(ax, title, note)
    canvas.add_description(ax, f"{title}, month {found.data.month}.", *tree_words(found))
    return ax
