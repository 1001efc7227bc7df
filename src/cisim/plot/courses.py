"""The course of a measure over the months: fans of runs, and differences between strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cisim.comparison import Comparison
from cisim.dynamics.measures import Measure
from cisim.ensemble import INDICATOR, OUTCOME, Ensemble
from cisim.errors import InputError
from cisim.plot.canvas import (
    COLOURS,
    GREY,
    HATCHES,
    LINES,
    End,
    axes_or_new,
    dress,
    end_labels,
    headline,
    plain,
    tell,
    year_axis,
)
from cisim.report.format import number, plural
from cisim.uncertainty import Floats, moments, quantiles, t_interval

#: Strategies that can be told apart in one picture.
MOST = len(COLOURS)
#: With more strategies the bands would hide each other: they stand as bars at the right end instead.
MOST_BANDS = 3
#: Width of a bar and its gap, as a share of the width of the Axes.
BAR = 0.014
#: The unit that is shown in per cent.
SHARE_OF_GAP = "share of the gap"
#: An axis of differences spans at least this.
LEAST_SPAN = 1e-12
LEVELS = (0.05, 0.25, 0.50, 0.75, 0.95)

Ensembles = Ensemble | Comparison | Mapping[str, Ensemble]


def fan(ensembles: Ensembles, measure: str = "progress", *, ax: Axes | None = None) -> Axes:
    """Draw the course of a measure: the median of the runs, the middle half and nine runs in ten.

    Args:
        ensembles: one ensemble, several by name, or a comparison.
        measure: name of a measure, or `outcome.NAME` for an outcome in its own unit.
        ax: where to draw; a new figure by default.

    Returns:
        The Axes drawn on.

    Raises:
        InputError: there is no such measure, no ensemble, or too many.

    Example:
        >>> fan({"alone": alone, "together": together}, "commitment")  # doctest: +SKIP
    """
    named = _named(ensembles)
    bands = {name: quantiles(ensemble.measure(measure), LEVELS) for name, ensemble in named.items()}
    quantity = next(iter(named.values())).quantity(measure)
    ax = axes_or_new(ax)
    wide = len(bands) <= MOST_BANDS
    for place, band in enumerate(bands.values()):
        _fan(ax, band, place, wide=wide)
    if not wide:
        _end_bars(ax, {place: band[[0, 1, 3, 4]] for place, band in enumerate(bands.values())})
    _frame(ax, quantity, max(ensemble.months[-1] for ensemble in named.values()))
    runs = sorted({len(ensemble) for ensemble in named.values()})
    of_runs = plural(runs[0], "run") if len(runs) == 1 else f"{runs[0]} to {runs[-1]} runs"
    kinds = ("Darker band", "lighter band") if wide else ("Thick bar at the right", "thin bar")
    headline(
        ax,
        _title(quantity),
        f"Line: median of {of_runs}. {kinds[0]}: the middle half of the runs; {kinds[1]}: 9 in 10.",
    )
    target = _target(next(iter(named.values())), measure)
    others = [] if target is None else [End(target, "target", GREY, (0, (1, 3)))]
    for end in others:
        ax.axhline(end.height, color=end.colour, linewidth=1.4, linestyle=end.line, zorder=1)
    _label_ends(ax, {name: (place, band[2]) for place, (name, band) in enumerate(bands.items())}, others)
    tell(
        ax,
        f"Fan chart of {quantity.name} ({quantity.meaning}) over {_months(named)}.",
        *_told_fans(named, bands),
    )
    if target is not None:
        tell(ax, f"The target is {number(target)}.")
    return ax


def _target(ensemble: Ensemble, measure: str) -> float | None:
    """The target of an outcome, in the unit in which it is shown."""
    for outcome in ensemble.scenario.community.outcomes:
        if outcome.target is not None and measure == OUTCOME + outcome.name:
            return float(outcome.in_unit(outcome.target))
        if outcome.target is not None and measure == INDICATOR + outcome.name:
            return outcome.target
    return None


def _fan(ax: Axes, band: Floats, place: int, *, wide: bool) -> None:
    months, colour = np.arange(band.shape[1]), COLOURS[place]
    if wide:
        ax.fill_between(months, band[0], band[4], color=colour, alpha=0.14, linewidth=0)
        for edge in (band[0], band[4]):
            ax.plot(months, edge, color=colour, linewidth=0.6, alpha=0.7, linestyle=LINES[place])
        _hatched(ax, band[1], band[3], place)
    ax.plot(months, band[2], color=colour, linewidth=2.2, linestyle=LINES[place], zorder=3)


def _hatched(ax: Axes, low: Floats, high: Floats, place: int) -> None:
    """A band that can be told from others without its colour."""
    colour = COLOURS[place]
    ax.fill_between(
        np.arange(len(low)),
        low,
        high,
        facecolor=(colour, 0.3),
        edgecolor=(colour, 0.35),
        hatch=HATCHES[place],
        linewidth=0,
    )


def _end_bars(ax: Axes, bands: Mapping[int, Floats]) -> None:
    """Bars beside the last month, before the names: the outer pair of bounds thin, the inner thick."""
    ax.update_datalim(
        [(0, height) for band in bands.values() for height in band[:, _last(band[0])] if not np.isnan(height)]
    )
    for rank, (place, band) in enumerate(bands.items()):
        at, last = 1.012 + BAR * rank, _last(band[0])
        for low, high, width in ((0, 3, 1.2), (1, 2, 4.0)):
            ax.plot(
                [at, at], [band[low, last], band[high, last]], transform=ax.get_yaxis_transform(),
                color=COLOURS[place], linewidth=width, solid_capstyle="butt", clip_on=False,
            )  # fmt: skip


def _told_fans(named: Mapping[str, Ensemble], bands: Mapping[str, Floats]) -> list[str]:
    told = []
    for name, band in bands.items():
        last = _last(band[2])
        if np.isnan(band[2, last]):
            told.append(f"{name}: no value in any run and month.")
            continue
        first = int(np.argmax(~np.isnan(band[2])))
        told.append(
            f"{name}: the median goes from {number(band[2, first])} in month {first} to "
            f"{number(band[2, last])} in month {last}, where half "
            f"of the {len(named[name])} runs lie between {number(band[1, last])} and "
            f"{number(band[3, last])}, nine in ten between "
            f"{number(band[0, last])} and {number(band[4, last])}."
        )
    return told


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

    Returns:
        The Axes drawn on.

    Raises:
        InputError: there is no such measure or strategy, or too many.
    """
    names = list(comparison.others if strategies is None else strategies)
    _check_number(len(names))
    quantity = comparison.first.quantity(measure)
    # A strategy has the same colour and line here and in the fan of the same comparison.
    samples = {
        name: (comparison.strategies.index(name) % MOST, comparison.difference(name, None, measure))
        for name in names
    }
    ax = axes_or_new(ax)
    wide = len(names) <= MOST_BANDS
    for place, sample in samples.values():
        _difference(ax, sample, place, wide=wide)
    ax.axhline(0, color=GREY, linewidth=1.2, zorder=1)
    if not wide:
        spreads = {
            place: np.stack([*quantiles(sample, [0.05, 0.95]), *t_interval(moments(sample))])
            for place, sample in samples.values()
        }
        _end_bars(ax, {place: spread[[0, 2, 3, 1]] for place, spread in spreads.items()})
    _frame(ax, quantity, comparison.first.months[-1], more=True)
    runs = plural(len(comparison.first), "paired run")
    kind = "Thin lines" if wide else "Thin bars at the right"
    headline(
        ax,
        f"{_title(quantity)}: difference from {comparison.reference}",
        f"Line: mean of {runs}. Band: its 95 % interval. {kind}: 9 in 10 of the runs' differences.",
    )
    _label_ends(
        ax,
        {name: (place, moments(sample).mean) for name, (place, sample) in samples.items()},
        [End(0.0, f"{comparison.reference} (reference)", GREY, "-")],
    )
    tell(
        ax,
        f"Difference in {quantity.name} from {comparison.reference} over {comparison.first.months[-1]} "
        f"months, {runs}.",
    )
    tell(ax, *(_told_difference(name, sample) for name, (_, sample) in samples.items()))
    return ax


def _difference(ax: Axes, sample: Floats, place: int, *, wide: bool) -> None:
    months, of = np.arange(sample.shape[1]), moments(sample)
    _hatched(ax, *t_interval(of), place)
    ax.plot(months, of.mean, color=COLOURS[place], linewidth=2, linestyle=LINES[place], zorder=3)
    if wide:
        for edge in quantiles(sample, [0.05, 0.95]):
            ax.plot(
                months,
                edge,
                color=COLOURS[place],
                linewidth=0.8,
                alpha=0.8,
                linestyle=LINES[place],
                zorder=1.5,
            )


def _told_difference(name: str, sample: Floats) -> str:
    of = moments(sample)
    last = _last(of.mean)
    if np.isnan(of.mean[last]):
        return f"{name}: no difference is defined in any run and month."
    low, high = t_interval(of)
    spread = quantiles(sample[:, last], [0.05, 0.95])
    return (
        f"{name}: in month {last} the mean difference is {number(of.mean[last])} (95 % interval "
        f"{number(low[last])} to {number(high[last])}); "
        f"nine in ten of the runs lie between {number(spread[0])} and {number(spread[1])}."
    )


def _named(ensembles: Ensembles) -> dict[str, Ensemble]:
    if isinstance(ensembles, Ensemble):
        named = {ensembles.scenario.name or "all runs": ensembles}
    else:
        named = dict(ensembles.ensembles if isinstance(ensembles, Comparison) else ensembles)
    _check_number(len(named))
    return named


def _check_number(strategies: int) -> None:
    if not 1 <= strategies <= MOST:
        raise InputError(
            f"{plural(strategies, 'curve')} in one picture: must be from 1 to {MOST}; choose some"
        )


def _months(named: Mapping[str, Ensemble]) -> str:
    return plural(max(ensemble.months[-1] for ensemble in named.values()), "month")


def _last(course: Floats) -> int:
    """The last month with a value."""
    given = np.flatnonzero(~np.isnan(course))
    return int(given[-1]) if len(given) else len(course) - 1


def _title(quantity: Measure) -> str:
    if quantity.name == "progress":
        return "Collective progress"
    kind, _, name = quantity.name.partition(".")
    kind = kind.replace("_", " ").capitalize()
    return name if quantity.name.startswith((OUTCOME, INDICATOR)) else f"{kind}: {name}" if name else kind


def _frame(ax: Axes, quantity: Measure, months: int, *, more: bool = False) -> None:
    """Axes, their labels and their limits."""
    dress(ax)
    year_axis(ax, months)
    if quantity.unit == SHARE_OF_GAP:
        sign = "" if more else " %"
        ax.yaxis.set_major_formatter(
            FuncFormatter(lambda share, _: f"{100 * share:.3g}{sign}".replace("-", "\u2212"))
        )
        ax.set_ylabel("percentage points of the gap" if more else "share of the gap that is closed")
    else:
        # A range such as [0, 1] reads better in words.
        words = quantity.unit
        if words.startswith("["):
            words = words.strip("[]").replace(", ", " to ")
        unit = f"\n({words})" if words else ""
        ax.set_ylabel(plain(("difference: " if more else "") + _title(quantity) + unit))
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.autoscale_view(scalex=False)
    if more and np.ptp(ax.get_ylim()) < LEAST_SPAN:  # no difference at all: what is left is rounding
        ax.set_ylim(-0.05, 0.05)
    if not more and ax.dataLim.y0 >= 0 > ax.get_ylim()[0]:
        ax.set_ylim(bottom=0)


def _label_ends(ax: Axes, courses: Mapping[str, tuple[int, Floats]], others: Sequence[End] = ()) -> None:
    """Names at the right, each at its last value; those without a value in the middle."""
    ends = list(others)
    missing = []
    for name, (place, course) in courses.items():
        height = float(course[_last(course)])
        if np.isnan(height):
            missing.append(name)
        else:
            ends.append(End(height, name, COLOURS[place], LINES[place]))
    end_labels(ax, ends, offset=BAR * len(courses) if len(courses) > MOST_BANDS else 0.0)
    if missing:
        text = plain(f"no value: {', '.join(missing)}")
        ax.text(0.99, 0.02, text, transform=ax.transAxes, ha="right", color=GREY)
