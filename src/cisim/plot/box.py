"""The box of a discovery: which part of each factor's range it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from cisim.errors import InputError
from cisim.plot import canvas
from cisim.report.analysed import bounds_in_words, discovery_trouble, discovery_words
from cisim.report.format import hundredths, number

if TYPE_CHECKING:
    from cisim.analysis import Discovery


def box(found: Discovery, *, ax: Axes | None = None) -> Axes:
    """Draw the part of each limited factor's range that lies in the box; a factor whose levels are names gets a mark for each in it.

    Args:
        found: of `cisim.analysis.discover`.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: there is no box; it says why.
    """
    if found.problem:
        raise InputError(discovery_trouble(found))
    names = list(dict.fromkeys(found.table["factor"]))[::-1]
    ax = canvas.axes_or_new(ax, 8.0, 1.6 + 0.55 * len(names))
    for height, name in enumerate(names):
        place = found.data.names.index(name)
        column, rows = found.data.x[:, place], found.table[found.table["factor"] == name]
        low, high = float(column.min()), float(column.max())
        limits = dict(zip(rows["limit"], rows["value"], strict=True))
        ax.barh(height, 1.0, 0.5, color=canvas.PALE, alpha=0.5)
        if "not" in limits:
            labels = [str(value) for value in found.data.factors[place].values]
            left_out = set(rows["value"])
            for index, label in enumerate(labels):
                at = (index + 0.5) / len(labels)
                weight, text = ("normal", canvas.PALE) if label in left_out else ("bold", canvas.INK)
                ax.text(
                    at, height, canvas.plain(label), ha="center", va="center", fontsize=9, color=text, fontweight=weight
                )
            continue
        start, end = float(limits.get("above", low)), float(limits.get("below", high))
        ax.barh(
            height, (end - start) / (high - low), 0.5, (start - low) / (high - low), color=canvas.COLOURS[0], alpha=0.7
        )
        for value in (start, end):
            at = (value - low) / (high - low)
            ax.text(at, height + 0.29, number(value), ha="center", va="bottom", fontsize=9, color=canvas.INK)
    canvas.dress(ax)
    ax.set_xlim(0, 1)
    ax.set_ylim(-0.5, len(names) - 0.2)
    ax.set_yticks(range(len(names)), [canvas.plain(canvas.shorten(name, 40)) for name in names])
    ax.set_xticks([0, 1], ["least", "most"])
    ax.set_xlabel("range of the factor in this study")
    title = f"Where {found.data.measure} is {bounds_in_words(found, number)}"
    note = f"{hundredths(found.density, 0)} % of the points in it are so; it holds {hundredths(found.coverage, 0)} % of such points."
    canvas.headline(ax, title, note)
    canvas.add_description(ax, f"{title}, month {found.data.month}.", *discovery_words(found))
    return ax
