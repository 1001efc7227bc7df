"""The course of a measure over the months: fans of runs, and differences between strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cisim.comparison import Comparison
from cisim.dynamics.measures import Measure
from cisim.ensemble import INDICATOR, OUTCOME, QUANTILES, Ensemble
from cisim.errors import InputError
from cisim.plot import canvas
from cisim.report.format import number, plural, unit_in_words
from cisim.uncertainty import Floats, moments, quantiles, t_interval

#: Strategies that can be told apart in one picture; those whose bands do not hide each other: more stand as bars at the right.
MOST, MOST_BANDS = len(canvas.COLOURS), 3
#: Width of a bar and its gap, as a share of the width of the Axes.
BAR = 0.014
#: By strategy: the index of its style, and (5, months + 1) rising values, the middle one a line.
Bands = dict[str, tuple[int, Floats]]


def fan(
    ensembles: Ensemble | Comparison | Mapping[str, Ensemble], measure: str = "progress", *, ax: Axes | None = None
) -> Axes:
    """Draw the course of a measure: the median of the runs, the middle half and nine runs in ten.

    Args:
        ensembles: one ensemble, several by name, or a comparison.
        measure: name of a measure, or `outcome.NAME` for an outcome in its own unit.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: there is no such measure, no ensemble, or too many.

    Example:
        >>> fan({"alone": alone, "together": together}, "commitment")  # doctest: +SKIP
    """
    if isinstance(ensembles, Ensemble):
        ensembles = {ensembles.scenario.name or "all runs": ensembles}
    named = ensembles.ensembles if isinstance(ensembles, Comparison) else ensembles
    _check_number(len(named))
    levels, bands = list(QUANTILES.values()), Bands()
    for index, (name, ensemble) in enumerate(named.items()):
        bands[name] = index, quantiles(ensemble.measure(measure), levels)
    first = next(iter(named.values()))
    quantity, target = first.quantity(measure), _target(first, measure)
    months = max(ensemble.months[-1] for ensemble in named.values())
    ax = canvas.axes_or_new(ax)
    for index, band in bands.values():
        style: dict[str, Any] = {"color": canvas.COLOURS[index], "linestyle": canvas.LINES[index]}
        if len(bands) <= MOST_BANDS:
            ax.fill_between(range(band.shape[1]), band[0], band[4], color=style["color"], alpha=0.14, linewidth=0)
            ax.plot(band[[0, 4]].T, linewidth=0.6, alpha=0.7, **style)
            _draw_hatched(ax, index, band[1], band[3])
        ax.plot(band[2], linewidth=2.2, zorder=3, **style)
    _draw_bars(ax, bands)
    _frame(ax, quantity, months)
    runs = sorted({len(ensemble) for ensemble in named.values()})
    of_runs = plural(runs[0], "run") if len(runs) == 1 else f"{runs[0]} to {runs[-1]} runs"
    inner, outer = (
        ("Thick bar at the right", "thin bar") if len(bands) > MOST_BANDS else ("Darker band", "lighter band")
    )
    note = f"Line: median of {of_runs}. {inner}: the middle half of the runs; {outer}: 9 in 10."
    canvas.headline(ax, _title(quantity), note)
    about = f"Fan chart of {quantity.name} ({quantity.meaning}) over {plural(months, 'month')}."
    canvas.add_description(ax, about, *(_fan_in_words(name, bands[name][1], len(named[name])) for name in named))
    others = [] if target is None else [canvas.End(target, "target", canvas.GREY, (0, (1, 3)))]
    for end in others:
        ax.axhline(end.height, color=end.colour, linewidth=1.4, linestyle=end.line, zorder=1)
        canvas.add_description(ax, f"The target is {number(end.height)}.")
    _label_ends(ax, bands, others)
    return ax


def _target(ensemble: Ensemble, measure: str) -> float | None:
    """Look up the target of an outcome, in the unit in which it is shown."""
    for outcome in ensemble.scenario.community.outcomes:
        if outcome.target is not None and measure in (OUTCOME + outcome.name, INDICATOR + outcome.name):
            return float(outcome.in_unit(outcome.target)) if measure.startswith(OUTCOME) else outcome.target
    return None


def _fan_in_words(name: str, band: Floats, runs: int) -> str:
    last = _last(band[2])
    if np.isnan(band[2, last]):
        return f"{name}: no value in any run and month."
    first = int(np.argmax(~np.isnan(band[2])))
    start, (q05, q25, q50, q75, q95) = number(band[2, first]), map(number, band[:, last])
    course = f"the median goes from {start} in month {first} to {q50} in month {last}"
    spread = f"half of the {runs} runs lie between {q25} and {q75}, nine in ten between {q05} and {q95}"
    return f"{name}: {course}, where {spread}."


def difference(
    comparison: Comparison,
    measure: str = "progress",
    strategies: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw how much more of a measure the strategies have than the reference, paired run by run.

    Args:
        comparison: the strategies.
        measure: name of a measure, or `outcome.NAME`.
        strategies: which ones; all but the reference by default.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: there is no such measure or strategy, or too many.
    """
    names = list(comparison.others if strategies is None else strategies)
    _check_number(len(names))
    reference, months = comparison.reference, comparison.first.months[-1]
    quantity = comparison.first.quantity(measure)
    bands: Bands = {}
    for name in names:
        samples = comparison.difference(name, None, measure)
        of, (q05, q95) = moments(samples), quantiles(samples, [0.05, 0.95])
        low, high = t_interval(of)
        # A strategy has the same colour and line here and in the fan of the same comparison.
        bands[name] = comparison.strategies.index(name) % MOST, np.stack([q05, low, of.mean, high, q95])
    ax = canvas.axes_or_new(ax)
    for index, band in bands.values():
        style: dict[str, Any] = {"color": canvas.COLOURS[index], "linestyle": canvas.LINES[index]}
        _draw_hatched(ax, index, band[1], band[3])
        ax.plot(band[2], linewidth=2, zorder=3, **style)
        if len(bands) <= MOST_BANDS:
            ax.plot(band[[0, 4]].T, linewidth=0.8, alpha=0.8, zorder=1.5, **style)
    ax.axhline(0, color=canvas.GREY, linewidth=1.2, zorder=1)
    _draw_bars(ax, bands)
    _frame(ax, quantity, months, more=True)
    runs = plural(len(comparison.first), "paired run")
    thin = "Thin bars at the right" if len(bands) > MOST_BANDS else "Thin lines"
    note = f"Line: mean of {runs}. Band: its 95 % interval. {thin}: 9 in 10 of the runs' differences."
    canvas.headline(ax, f"{_title(quantity)}: difference from {reference}", note)
    _label_ends(ax, bands, [canvas.End(0.0, f"{reference} (reference)", canvas.GREY, "-")])
    about = f"Difference in {quantity.name} from {reference} over {months} months, {runs}."
    canvas.add_description(ax, about, *(_difference_in_words(name, band) for name, (_, band) in bands.items()))
    return ax


def _difference_in_words(name: str, band: Floats) -> str:
    last = _last(band[2])
    if np.isnan(band[2, last]):
        return f"{name}: no difference is defined in any run and month."
    q05, low, mean, high, q95 = map(number, band[:, last])
    difference = f"in month {last} the mean difference is {mean} (95 % interval {low} to {high})"
    return f"{name}: {difference}; nine in ten of the runs lie between {q05} and {q95}."


def _draw_hatched(ax: Axes, index: int, low: Floats, high: Floats) -> None:
    """Draw a band that can be told from others without its colour."""
    colour = canvas.COLOURS[index]
    ax.fill_between(
        range(len(low)), low, high, facecolor=(colour, 0.3), edgecolor=(colour, 0.35), hatch=canvas.HATCHES[index],
        linewidth=0,
    )  # fmt: skip


def _draw_bars(ax: Axes, bands: Bands) -> None:
    """Draw many bands as bars beside the last month, before the names: the outer bounds thin, the inner thick."""
    for rank, (index, band) in enumerate(bands.values() if len(bands) > MOST_BANDS else ()):
        heights = band[:, _last(band[0])]
        ax.update_datalim([(0, height) for height in heights if not np.isnan(height)])
        for low, high, width in ((0, 4, 1.2), (1, 3, 4.0)):
            ax.plot(
                [1.012 + BAR * rank] * 2, heights[[low, high]], transform=ax.get_yaxis_transform(),
                color=canvas.COLOURS[index], linewidth=width, solid_capstyle="butt", clip_on=False,
            )  # fmt: skip


def _check_number(strategies: int) -> None:
    if not 1 <= strategies <= MOST:
        raise InputError(f"{plural(strategies, 'curve')} in one picture: must be from 1 to {MOST}; choose some")


def _last(course: Floats) -> int:
    known = np.flatnonzero(~np.isnan(course))
    return int(known[-1]) if len(known) else len(course) - 1


def _title(quantity: Measure) -> str:
    if quantity.name == "progress":
        return "Collective progress"
    kind, _, name = quantity.name.partition(".")
    kind = kind.replace("_", " ").capitalize()
    return name if quantity.name.startswith((OUTCOME, INDICATOR)) else f"{kind}: {name}" if name else kind


def _frame(ax: Axes, quantity: Measure, months: int, *, more: bool = False) -> None:
    """Draw axes, their labels and their limits; of differences if `more`."""
    canvas.year_axis(ax, months)
    if quantity.unit == "share of the gap":
        sign = "" if more else " %"
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}{sign}".replace("-", "\u2212")))
        ax.set_ylabel("percentage points of the gap" if more else "share of the gap that is closed")
    else:
        unit = f"\n({unit_in_words(quantity.unit)})" if quantity.unit else ""
        ax.set_ylabel(canvas.plain(f"{'difference: ' if more else ''}{_title(quantity)}{unit}"))
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.autoscale_view(scalex=False)
    if more and np.ptp(ax.get_ylim()) < 1e-12:  # no difference at all: what is left is rounding
        ax.set_ylim(-0.05, 0.05)
    if not more and ax.dataLim.y0 >= 0 > ax.get_ylim()[0]:
        ax.set_ylim(bottom=0)


def _label_ends(ax: Axes, bands: Bands, others: Sequence[canvas.End]) -> None:
    """Write names at the right, each at its last value; those without a value in the middle."""
    styles = {name: (canvas.COLOURS[index], canvas.LINES[index]) for name, (index, _) in bands.items()}
    heights = {name: float(band[2, _last(band[2])]) for name, (_, band) in bands.items()}
    ends = [canvas.End(height, name, *styles[name]) for name, height in heights.items() if not np.isnan(height)]
    canvas.end_labels(ax, [*others, *ends], offset=BAR * len(bands) if len(bands) > MOST_BANDS else 0.0)
    if missing := [name for name, height in heights.items() if np.isnan(height)]:
        text = canvas.plain(f"no value: {', '.join(missing)}")
        ax.text(0.99, 0.02, text, transform=ax.transAxes, ha="right", color=canvas.GREY)
