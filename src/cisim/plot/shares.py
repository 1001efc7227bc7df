"""What each of several things brings: its fair share of their gain, between what it brings alone and as the last of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from cisim.errors import InputError
from cisim.plot import canvas
from cisim.report.analysed import synergy_trouble, synergy_words
from cisim.report.format import SHARES, difference, with_unit

if TYPE_CHECKING:
    from cisim.analysis import Synergy


def shares(found: Synergy, *, ax: Axes | None = None) -> Axes:
    """Draw the fair share of each factor as a bar; beside it what it brings alone, and what it brings when all others are there.

    Args:
        found: of `cisim.analysis.synergy`.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: nothing can be told; it says why, and how many replications would tell.
    """
    if trouble := synergy_trouble(found):
        raise InputError(trouble)
    fair = found.part("shapley").sort_values("value", kind="stable")
    names = list(fair["factors"])
    scale, heights = 100.0 if found.data.unit in SHARES else 1.0, np.arange(len(names))
    ax = canvas.axes_or_new(ax, 8.0, 1.9 + 0.45 * len(names))
    error = scale * np.array([fair["value"] - fair["low"], fair["high"] - fair["value"]])
    ax.barh(
        heights, scale * fair["value"], 0.6, xerr=error, color=canvas.COLOURS[0], alpha=0.45,
        edgecolor=canvas.COLOURS[0], ecolor=canvas.INK, capsize=3, label="fair share of the gain (Shapley)",
    )  # fmt: skip
    for style, (part, label) in enumerate((("alone", "alone, without the others"), ("last", "added to all others")), 1):
        rows = found.part(part).set_index("factors").loc[names]
        ax.plot(
            scale * rows["value"], heights, linestyle="none", marker=canvas.SHAPES[style], markersize=8,
            color=canvas.COLOURS[style], markeredgecolor="white", label=label,
        )  # fmt: skip
    ax.axvline(0, color=canvas.GREY, linewidth=0.8)
    canvas.dress(ax)
    ax.set_yticks(heights, [canvas.plain(canvas.shorten(name, 40)) for name in names])
    points = "percentage points" if scale > 1 else with_unit(found.data.measure, found.data.unit)
    ax.set_xlabel(points)
    ax.legend(loc="lower right", frameon=False, fontsize=9)
    gain = found.part("gain")["value"].iloc[0]
    title = f"What each brings of the {difference(gain, found.data.unit)} in {found.data.measure}"
    note = "Bars sum to the gain of all. Far apart marks: it acts through the others."
    canvas.headline(ax, title, note)
    canvas.add_description(ax, f"{title}, month {found.data.month}.", *synergy_words(found))
    return ax
