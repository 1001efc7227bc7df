"""Differences of plans over time, in worlds that nobody knows: the mean, what guesses make of it, and what one county may meet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cisim.errors import InputError
from cisim.plot import canvas
from cisim.report.format import hundredths, plural
from cisim.uncertainty import Floats, moments, quantiles

#: Plans of one picture, so that each can be labelled and told apart.
MOST = 4
#: Months over which a curve is smoothed, an odd number.
SMOOTH = 5
#: Width of a place for a bar beside the last month, as a share of the picture's.
BAR = 0.02
NINE_IN_TEN = [0.05, 0.95]


def worlds(differences: Mapping[str, Floats], reference: str, *, ax: Axes | None = None) -> Axes:
    """Draw how much more of the gap plans close than a reference, month by month.

    A line is the mean over all worlds, its band nine in ten of the worlds' means, a thin bar at the right nine in ten of all runs: a
    county is one of them. Curves are means over five months.

    Args:
        differences: (worlds, runs, months + 1) of each plan by its name, shares of the gap, paired with those of the reference.
        reference: its name.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: more than four plans, or none.
    """
    if not 1 <= len(differences) <= MOST:
        raise InputError(f"{plural(len(differences), 'plan')} in one picture: must be from 1 to {MOST}")
    ax = canvas.axes_or_new(ax, 8.6, 4.8)
    ends, told = list[canvas.End](), list[str]()
    for place, (name, values) in enumerate(differences.items()):
        colour, line = canvas.COLOURS[place], canvas.LINES[place]
        means = moments(values.transpose(1, 0, 2)).mean  # (worlds, months + 1)
        mean, (low, high) = _smooth(moments(means).mean), map(_smooth, quantiles(means, NINE_IN_TEN))
        ax.fill_between(range(len(mean)), low, high, facecolor=(colour, 0.1), linewidth=0)
        for edge in (low, high):
            ax.plot(edge, color=colour, linestyle=line, linewidth=0.9, alpha=0.8, zorder=2)
        ax.plot(mean, color=colour, linestyle=line, linewidth=2.2, zorder=3)
        runs = quantiles(values[..., -1].reshape(-1), NINE_IN_TEN)
        ax.update_datalim([(0, end) for end in runs])
        ax.plot(
            [1.012 + BAR * place] * 2, runs, transform=ax.get_yaxis_transform(), color=colour, linewidth=1.6,
            solid_capstyle="butt", clip_on=False,
        )  # fmt: skip
        ends.append(canvas.End(float(mean[-1]), name, colour, line))
        told.append(
            _in_words(name, float(mean[-1]), (float(low[-1]), float(high[-1])), (float(runs[0]), float(runs[1])))
        )
    ax.axhline(0, color=canvas.GREY, linewidth=1.2, zorder=1)
    canvas.year_axis(ax, len(mean) - 1)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}".replace("-", "\u2212")))
    ax.set_ylabel("percentage points of the gap")
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.autoscale_view(scalex=False)
    count = plural(len(next(iter(differences.values()))), "world")
    note = f"Thick: mean of {count}. Thin: 9 in 10 worlds lie between. Bar at the right: 9 in 10 single counties."
    canvas.headline(ax, f"More of the gap closed than with {canvas.shorten(reference, 40)}", note)
    canvas.end_labels(ax, [canvas.End(0.0, reference, canvas.GREY, "-"), *ends], offset=BAR * len(differences))
    canvas.add_description(ax, f"Share of the gap that plans close more than {reference}, by month, in {count}.", *told)
    return ax


def _smooth(course: Floats) -> Floats:
    """Mean over `SMOOTH` months; the first and the last are as they are, and near them over fewer."""
    half = np.minimum(SMOOTH // 2, np.minimum(np.arange(len(course)), np.arange(len(course))[::-1]))
    smooth: Floats = np.array([course[at - by : at + by + 1].mean() for at, by in enumerate(half)])
    return smooth


def _in_words(name: str, mean: float, over_worlds: tuple[float, float], over_runs: tuple[float, float]) -> str:
    ends = [" to ".join(map(hundredths, pair)) for pair in (over_worlds, over_runs)]
    return (
        f"{name}: at the end {hundredths(mean)} percentage points on average; nine in ten worlds from {ends[0]}, "
        f"nine in ten single counties from {ends[1]}."
    )
