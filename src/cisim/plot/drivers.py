"""What drives an outcome: indices of a study's factors with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from cisim.errors import InputError
from cisim.plot import canvas
from cisim.report.analysed import INDICES, sensitivity_trouble, sensitivity_words
from cisim.report.format import SHARES, percent

if TYPE_CHECKING:
    from cisim.analysis import Sensitivity

#: Factors that are drawn, those that matter most.
MOST_FACTORS = 20
#: The indices of a method that are drawn, the one that says most in all first.
SHOWN = {"sobol": ("ST", "S1"), "morris": ("mu_star", "sigma"), "delta": ("delta",), "pawn": ("PAWN",)}


def drivers(found: Sensitivity, *, ax: Axes | None = None) -> Axes:
    """Draw how much each factor matters, with 95 % intervals, beside what a factor that does nothing would show.

    Args:
        found: of `cisim.analysis.sensitivity`.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: the study tells nothing of its factors; it says why, and how many runs would.
    """
    if found.problem:
        raise InputError(sensitivity_trouble(found))
    order = list(found.headline["factor"])[:MOST_FACTORS][::-1]
    ax = canvas.axes_or_new(ax, 8.0, 1.6 + 0.34 * len(order))
    per_cent = found.method == "sobol" or (found.method == "morris" and found.data.unit in SHARES)
    scale = 100.0 if per_cent else 1.0
    for style, index in enumerate(SHOWN[found.method]):
        rows = (
            found.table[(found.table["index"] == index) & (found.table["other"] == "")].set_index("factor").loc[order]
        )
        ax.errorbar(
            scale * rows["value"],
            [place - 0.16 * style for place in range(len(order))],
            xerr=scale * (rows["high"] - rows["value"]),
            color=canvas.COLOURS[style], marker=canvas.SHAPES[style], markerfacecolor="white" if style else None,
            linestyle="none", markersize=6, capsize=2, label=INDICES[index],
        )  # fmt: skip
    if found.floor > 0:
        ax.axvline(scale * found.floor, color=canvas.GREY, linestyle="--", linewidth=1, label="does nothing")
    ax.axvline(0, color=canvas.GREY, linewidth=0.8)
    canvas.dress(ax)
    ax.set_yticks(range(len(order)), [canvas.plain(canvas.shorten(name, 40)) for name in order])
    units = {"sobol": "% of the variance that comes from the factors", "morris": "effect over the whole range"}
    points = ", percentage points" if found.method == "morris" and per_cent else ""
    ax.set_xlabel(units.get(found.method, "0: the distribution stays, 1: it has nothing in common") + points)
    ax.legend(loc="lower right", frameon=False, fontsize=9)
    luck = f"Luck is {percent(found.variance.share, 0)} of the variance of runs. " if found.data.y.shape[1] > 1 else ""
    title = f"What drives {found.data.measure} in month {found.data.month}"
    canvas.headline(ax, title, f"{luck}Bars: 95 % intervals over points and replications.")
    canvas.add_description(ax, f"{title}.", *sensitivity_words(found))
    return ax
