"""Plain reading: a comparison in three sentences, each of which follows from its numbers."""

from __future__ import annotations

import numpy as np

from cisim.comparison import Comparison
from cisim.errors import InputError
from cisim.report.format import MONTHS_A_YEAR, plural
from cisim.uncertainty import moments, t_interval


def sentences(comparison: Comparison, strategy: str | None = None) -> tuple[str, str, str]:
    """What a comparison says about collective progress, in three sentences.

    The first tells the difference at the end, the second how far it is a matter of luck, the third when it
    came. Where the interval of the mean difference includes 0, they say that it is not decided and how many
    runs might decide it.

    Args:
        comparison: the strategies.
        strategy: which one to read against the reference; the first other one by default.

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
    row = comparison.statistics("progress", name, [last])
    end = {column: float(values[0]) for column, values in row.items()}
    verdict = _verdict(end["low"], end["high"])
    return (
        _result(comparison, name, end, verdict),
        _luck(comparison, name, end),
        _course(comparison, name, verdict) if verdict else _undecided(end),
    )


def _verdict(low: float, high: float) -> int:
    """1: more, -1: less, 0: the interval includes 0."""
    return int(low > 0) - int(high < 0)


def _result(comparison: Comparison, name: str, end: dict[str, float], verdict: int) -> str:
    digits = _digits(end["low"], end["high"])
    count = plural(int(end["runs"]), "paired run")
    interval = f"95 % interval {_points(end['low'], digits)} to {_points(end['high'], digits)}, {count}"
    states = (
        f"After {_span(comparison.first.months[-1])}, {name} has {_closed(end['mean'], digits)} on average "
        f"and {comparison.reference} has {_closed(end['reference_mean'], digits)}"
    )
    difference = f"{_points(abs(end['difference']), digits)} percentage points"
    if verdict:
        return f"{states}: {name} is {difference} {'ahead' if verdict > 0 else 'behind'} ({interval})."
    if end["low"] == end["high"] == 0:
        return f"{states}: there is no difference in any run ({count})."
    return (
        f"{states}: these runs do not show which is ahead, the difference of {difference} could be chance "
        f"({interval})."
    )


def _luck(comparison: Comparison, name: str, end: dict[str, float]) -> str:
    digits = _digits(end["q05"], end["q95"])
    interval = f"95 % interval {_percent(end['chance_low'])} to {_percent(end['chance_high'])}"
    return (
        f"With the same luck, {name} comes out ahead of {comparison.reference} in {_percent(end['chance'])} "
        f"of the runs ({interval}, ties counted half), and in nine runs out of ten the difference lies "
        f"between {_points(end['q05'], digits)} and {_points(end['q95'], digits)} percentage points."
    )


def _course(comparison: Comparison, name: str, verdict: int) -> str:
    """When a difference that is there at the end came about."""
    difference = comparison.difference(name)
    low, high = t_interval(moments(difference))
    clear = (low > 0) if verdict > 0 else (high < 0)
    last = len(clear) - 1
    since = last - int(np.argmin(clear[::-1])) + 1 if not clear.all() else 0
    sense = "lead" if verdict > 0 else "lag"
    mean = difference.mean(axis=0)
    early = next((month for month in (2 * MONTHS_A_YEAR, MONTHS_A_YEAR) if month < last), None)
    told = f"The {sense} can be told from chance in every month from {_when(since)} on"
    if early is None:
        return told + "."
    share = mean[early] / mean[-1]
    first = "first year" if early == MONTHS_A_YEAR else "first two years"
    if share < 0:
        return f"{told}; at the end of the {first} the difference still had the other sign."
    if share > 1:
        return f"{told}; at the end of the {first} it was larger than at the end, {share:.1f} times as large."
    if share == 0:
        return f"{told}; none of it was there at the end of the {first}."
    return f"{told}; {_percent(share)} of it was there at the end of the {first}."


def _undecided(end: dict[str, float]) -> str:
    """How many runs might decide it."""
    error, difference, runs = end["standard_error"], abs(end["difference"]), int(end["runs"])
    if error == 0:
        return "More runs would hardly change that: no run differs from the others."
    if difference == 0:
        return "The mean difference of these runs is exactly 0, so they do not tell how many would decide it."
    # An interval excludes 0 in four tries of five where the true difference is 1.96 + 0.84 standard errors.
    needed = runs * (2.8 * error / difference) ** 2
    if needed > 1_000_000:
        return (
            "If the true difference is as small as this, even a million runs would hardly show it: for all "
            "that the model says, the two do equally well."
        )
    return (
        f"If the true difference is as large as this, about {_round_up(needed):,} runs would show it in four "
        "tries out of five; if it is smaller, more."
    )


def _round_up(count: float) -> int:
    """To two significant digits, upwards."""
    unit = 10 ** max(0, int(np.floor(np.log10(count))) - 1)
    return int(np.ceil(count / unit) * unit)


def _closed(progress: float, digits: int) -> str:
    if progress < 0:
        return f"let the gap grow by {_points(-progress, digits)} %"
    return f"closed {_points(progress, digits)} % of the gap"


def _points(share: float, digits: int) -> str:
    """A share in hundredths, with a real minus sign and without a negative 0."""
    text = f"{100 * share:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else "\u2212")


def _percent(share: float) -> str:
    """A chance in per cent that says 0 or 100 only where it is meant."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{100 * share:.0f} %"


def _digits(*bounds: float) -> int:
    """Decimals of percentages: one, or more where a bound would be rounded to 0 and lose its side."""
    small = min((abs(100 * bound) for bound in bounds if bound), default=1.0)
    return min(4, max(1, int(np.ceil(-np.log10(small)))))


def _span(months: int) -> str:
    if months % MONTHS_A_YEAR:
        return plural(months, "month")
    return plural(months // MONTHS_A_YEAR, "year")


def _when(month: int) -> str:
    return "the founding" if month == 0 else f"month {month}"
