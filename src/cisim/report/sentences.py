"""A comparison in words: three sentences, each of which follows from its numbers; and how far a field moves progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cisim.comparison import Comparison
from cisim.errors import InputError
from cisim.report.format import MONTHS_A_YEAR, chance, duration, hundredths, plural
from cisim.scenario.moves import LITTLE, Move
from cisim.uncertainty import moments, t_interval

if TYPE_CHECKING:
    from cisim.study.estimate import Costs


def sentences(comparison: Comparison, strategy: str | None = None) -> tuple[str, str, str]:
    """Tell what a comparison says about collective progress, in three sentences.

    The first tells the difference at the end, the second how far it is a matter of luck, the third when it came.
    Where the interval of the mean difference includes 0, they say that it is not decided and how many runs might
    decide it. Read against the reference is `strategy`, by default the first other one.

    Raises:
        InputError: there is no such strategy, or it is the reference, or there are fewer than two runs.
    """
    name = comparison.others[0] if strategy is None else strategy
    comparison.ensemble(name)
    if name == comparison.reference:
        raise InputError(f"strategy = {name!r}: is the reference itself")
    if len(comparison.first) < 2:
        raise InputError("runs = 1: a reading needs at least 2 runs")
    last = comparison.first.months[-1]
    end = {column: float(values[0]) for column, values in comparison.statistics("progress", name, [last]).items()}
    # 1: more, -1: less, 0: the interval includes 0.
    verdict = int(end["low"] > 0) - int(end["high"] < 0)
    return (
        _result(comparison, name, end, verdict),
        _luck(comparison, name, end),
        _course(comparison, name, verdict) if verdict else _undecided(end),
    )


def _result(comparison: Comparison, name: str, end: dict[str, float], verdict: int) -> str:
    digits = _digits(end["low"], end["high"])
    count = plural(int(end["runs"]), "paired run")
    interval = f"95 % interval {hundredths(end['low'], digits)} to {hundredths(end['high'], digits)}, {count}"
    states = (
        f"After {duration(comparison.first.months[-1])}, {name} has {_closed(end['mean'], digits)} on average "
        f"and {comparison.reference} has {_closed(end['reference_mean'], digits)}"
    )
    difference = f"{hundredths(abs(end['difference']), digits)} percentage points"
    if verdict:
        return f"{states}: {name} is {difference} {'ahead' if verdict > 0 else 'behind'} ({interval})."
    if end["low"] == end["high"] == 0:
        return f"{states}: there is no difference in any run ({count})."
    unclear = f"these runs do not show which is ahead, the difference of {difference} could be chance"
    return f"{states}: {unclear} ({interval})."


def _closed(progress: float, digits: int) -> str:
    if progress < 0:
        return f"let the gap grow by {hundredths(-progress, digits)} %"
    return f"closed {hundredths(progress, digits)} % of the gap"


def _digits(*bounds: float) -> int:
    """Choose decimals of percentages: one, or more where a bound would be rounded to 0 and lose its side."""
    small = min((abs(100 * bound) for bound in bounds if bound), default=1.0)
    return min(4, max(1, int(np.ceil(-np.log10(small)))))


def _luck(comparison: Comparison, name: str, end: dict[str, float]) -> str:
    low, high = (hundredths(end[bound], _digits(end["q05"], end["q95"])) for bound in ("q05", "q95"))
    interval = f"95 % interval {chance(end['chance_low'])} to {chance(end['chance_high'])}"
    return (
        f"With the same luck, {name} comes out ahead of {comparison.reference} in {chance(end['chance'])} of the runs "
        f"({interval}, ties counted half), and in nine runs out of ten the difference lies between {low} and {high} "
        "percentage points."
    )


def _course(comparison: Comparison, name: str, verdict: int) -> str:
    difference = comparison.difference(name)
    low, high = t_interval(moments(difference))
    clear = (low > 0) if verdict > 0 else (high < 0)
    since = len(clear) - int(np.argmin(clear[::-1])) if not clear.all() else 0
    month = f"month {since}" if since else "the founding"
    start = f"The {'lead' if verdict > 0 else 'lag'} can be told from chance in every month from {month} on"
    mean = difference.mean(axis=0)
    years = min(2, (len(mean) - 2) // MONTHS_A_YEAR)
    if years < 1:
        return start + "."
    share = mean[years * MONTHS_A_YEAR] / mean[-1]
    early = f"at the end of the {'first year' if years == 1 else 'first two years'}"
    if share < 0:
        return f"{start}; {early} the difference still had the other sign."
    if share > 1:
        return f"{start}; {early} it was larger than at the end, {share:.1f} times as large."
    return f"{start}; {chance(share) if share else 'none'} of it was there {early}."


def _undecided(end: dict[str, float]) -> str:
    error, difference, runs = end["standard_error"], abs(end["difference"]), int(end["runs"])
    if error == 0:
        return "More runs would hardly change that: no run differs from the others."
    if difference == 0:
        return "The mean difference of these runs is exactly 0, so they do not tell how many would decide it."
    # An interval excludes 0 in four tries of five where the true difference is 1.96 + 0.84 standard errors.
    needed = runs * (2.8 * error / difference) ** 2
    if needed > 1_000_000:
        hardly = "even a million runs would hardly show it: for all that the model says, the two do equally well"
        return f"If the true difference is as small as this, {hardly}."
    unit = 10 ** max(0, int(np.floor(np.log10(needed))) - 1)
    shown = f"about {int(np.ceil(needed / unit) * unit):,} runs would show it in four tries out of five"
    return f"If the true difference is as large as this, {shown}; if it is smaller, more."


def estimate_in_words(costs: Costs) -> list[str]:
    """Say what a study will take, line by line."""
    processors = plural(costs.workers, "processor")
    hours = f"{costs.hours:.2g} hours" if costs.hours >= 0.1 else f"{3600 * costs.hours:.0f} s"
    design = f"{plural(costs.points, 'point')} x {plural(costs.replications, 'replication')}"
    failed = f"{costs.failed_trials} of the runs tried out failed, the first with: {costs.first_failure}"
    return [
        f"{design}: {costs.runs:,} runs, in {plural(costs.tasks, 'task')}",
        f"{1000 * costs.seconds_a_run:.3g} ms a run, as {plural(costs.trials, 'run')} tried out here took",
        f"{hours} on {processors} like these",
        f"{costs.memory / 1e6:,.0f} MB of memory, {costs.disk / 1e6:,.1f} MB on the disk, roughly",
        *([failed] if costs.failed_trials else []),
    ]


def moved(found: Sequence[Move]) -> str:
    """Tell how far a field moves progress at the end: "hardly: nothing in all-five; 0.2 points in crisis"; empty if nobody measured it.

    Args:
        found: from `cisim.scenario.moves`, of one field.
    """

    def points(move: Move) -> str:
        if move.points == 0:
            return "nothing"
        return f"{move.points:.1f} points" if move.points >= 0.05 else "less than 0.05 points"

    hardly = "hardly: " if found and all(move.points < LITTLE for move in found) else ""
    return hardly + "; ".join(f"{points(move)} in {move.scenario}" for move in found)
