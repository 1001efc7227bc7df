"""Statistics of plans that met the same worlds on the same luck: which is ahead, by how much, and how sure that is.

Three kinds of uncertainty are told apart. *Luck* is what differs between runs of one world: one county is one run. *Guesses* are
what differs between worlds. The *error* is that of a mean of so many worlds and runs, and it alone shrinks with more of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.errors import InputError
from cisim.uncertainty import COVERAGE, Floats, moments, wilson

#: Worlds before which nothing is settled: the error of fewer is not known well enough where differences are skewed.
FEWEST = 30
#: Worlds at which the intervals of `settle` are at their narrowest, for their number.
EXPECTED = 200
#: Coverage of the ranges of one county and of the intervals of means here.
RANGE = 0.9
#: Most worlds that `Settlement.needed` speaks of.
MOST_NEEDED = 10**9


@dataclass(frozen=True, eq=False)
class Settlement:
    """Verdicts on each two plans; every array is (plans, plans), row against column."""

    verdicts: NDArray[np.str_]  #: "ahead", "behind", "equal" (within the precision) or "open".
    worlds: NDArray[np.int64]  #: in which both have a value.
    difference: Floats  #: mean over worlds of the row's value less the column's.
    low: Floats  #: of its interval, which holds at all times and for all pairs at once.
    high: Floats  #: likewise.
    sd: Floats  #: of the differences over worlds.
    precision: float  #: below which a difference counts for nothing.
    error: float  #: chance that any interval ever misses, shared among the pairs.
    expected: int  #: worlds at which the intervals are narrowest.

    @property
    def settled(self) -> bool:
        """Tell whether no pair is open."""
        return not bool((self.verdicts == "open").any())

    @property
    def needed(self) -> NDArray[np.int64]:
        """Estimate the worlds, in all, that settle a pair if its mean and spread stay as they are: (plans, plans).

        Those of a settled pair are the worlds it has; 10^9 stands for that many and more.
        """
        needed = self.worlds.copy()
        for row, column in np.argwhere(self.verdicts == "open"):
            lead, sd = abs(self.difference[row, column]), self.sd[row, column]
            # An interval settles when it leaves 0, or fits within the precision.
            within = max(lead, self.precision - lead)
            few, many = int(max(self.worlds[row, column], FEWEST - 1)), MOST_NEEDED
            while many - few > 1:
                between = (few + many) // 2
                narrow = float(_half(np.array(sd), np.array(between), self.error, self.expected)) < within
                few, many = (few, between) if narrow else (between, many)
            needed[row, column] = many
        return needed


def settle(values: Floats, precision: float, expected: int = EXPECTED) -> Settlement:
    """Judge each two plans by their differences in the worlds so far, validly at whatever number of worlds one looks and stops.

    The interval of a mean difference is a confidence sequence: the chance that it misses at any time, for any pair, is at most 5 %
    (Bonferroni over pairs). It is Robbins' normal mixture in the form for an unknown standard deviation, Student's t with a normal
    prior on the mean in standard deviations: exact at all times for normal differences, and for others, as worlds become many,
    the asymptotic sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024, Annals of Statistics 52, 2613-2640). Nothing
    is settled before 30 worlds. Worlds must be drawn independently; those of a Latin hypercube only make it more careful.

    Plans whose every difference is exactly 0 are equal. A plan that is ahead by less than the precision for sure is equal too.

    Args:
        values: (worlds, plans), means over the runs of a world, in the measure's unit; a world in which one of two plans has no
            value (NaN) does not count for the two.
        precision: differences up to it count for nothing, in the measure's unit.
        expected: worlds at which the intervals shall be narrowest for their number.

    Raises:
        InputError: the precision is not above 0, without which equal plans could never be told to be equal.
    """
    if not precision > 0:
        raise InputError(f"precision = {precision!r}: must be above 0, in the unit of the measure")
    of = moments(values[:, :, None] - values[:, None, :])
    plans = values.shape[1]
    error = (1 - COVERAGE) / max(1, plans * (plans - 1) // 2)
    half = _half(of.sd, of.runs, error, expected)
    low, high = of.mean - half, of.mean + half
    enough = of.runs >= FEWEST
    within = enough & (low > -precision) & (high < precision)
    verdicts = np.select(
        [within | np.eye(plans, dtype=bool), enough & (low > 0), enough & (high < 0)],
        ["equal", "ahead", "behind"],
        "open",
    )
    return Settlement(verdicts, of.runs, of.mean, low, high, of.sd, precision, error, expected)


def _half(sd: Floats, worlds: NDArray[np.int64], error: float, expected: int) -> Floats:
    """Compute half the width of the confidence sequence of a mean; infinite while there are too few worlds for any.

    With a normal prior of variance g on the mean in standard deviations, the ratio of likelihoods of `n` values is
    (1 + ng)^(-1/2) ((1 + t^2 / (n - 1)) / (1 + t^2 / ((n - 1) (1 + ng))))^(n/2), t being Student's (Gönen, Johnson, Lu & Westfall
    2005, American Statistician 59, 252-257), and by Ville's inequality it ever reaches 1 / error with that chance at most.
    """
    twice = -2 * np.log(error)
    g = (twice + np.log(twice + 1)) / expected  # narrowest at the expected number, as in Waudby-Smith et al.
    n = np.maximum(worlds, 2).astype(np.float64)
    root = np.exp((twice + np.log1p(n * g)) / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.sqrt((n - 1) * (root - 1) / (1 - root / (1 + n * g)))
    half: Floats = np.where((root < 1 + n * g) & (worlds > 1), t * sd / np.sqrt(n), np.inf)
    return half


class Spread(NamedTuple):
    """Where an outcome lies and why it differs, all in the outcome's unit; NaN what so few runs or worlds cannot tell."""

    worlds: int  # with a value
    mean: float  # of the worlds' means
    error: float  # standard error of the mean; shrinks with worlds
    mean_low: float  # 90 % interval of the mean, Student's t
    mean_high: float
    luck: float  # standard deviation between runs of one world
    guesses: float  # standard deviation between worlds, without the error of the worlds' means
    low: float  # 90 % range of one county: luck and guesses together
    high: float


def spread(values: Floats) -> Spread:
    """Tell luck, guesses and error apart: the nested analysis of variance of runs within worlds.

    Args:
        values: (worlds, runs), of one plan, or of the paired differences between two; a run without a value (NaN) is left out.
    """
    from scipy.special import stdtrit

    within = moments(values.T)
    there = within.runs > 0
    runs, means = within.runs[there], within.mean[there]
    across = moments(means)
    luck2 = guesses2 = np.nan
    if (freedom := int((runs - 1).sum())) > 0:
        luck2 = float(np.nansum((values - within.mean[:, None]) ** 2)) / freedom
        guesses2 = max(0.0, float(across.sd) ** 2 - luck2 * float((1 / runs).mean()))
    worlds, mean, error = int(there.sum()), float(across.mean), float(across.standard_error)
    half = float(stdtrit(max(1, worlds - 1), 0.5 + RANGE / 2)) * error
    # Weibull's positions: one more county lies within with just this chance, if all were independent.
    known, ends = values[~np.isnan(values)], (0.5 - RANGE / 2, 0.5 + RANGE / 2)
    low, high = np.quantile(known, ends, method="weibull") if len(known) else (np.nan, np.nan)
    luck, guesses = float(np.sqrt(luck2)), float(np.sqrt(guesses2))
    return Spread(worlds, mean, error, mean - half, mean + half, luck, guesses, float(low), float(high))


class Lead(NamedTuple):
    """One plan against another over worlds; the last five in the unit of the measure, NaN without worlds."""

    worlds: int  # in which both have a value
    ahead: float  # in how many of them, ties counted half
    low: float  # 95 % interval of the share ahead, Wilson
    high: float
    worst: float  # the least difference
    q25: float
    middle: float
    q75: float
    best: float  # the largest


def lead(differences: Floats) -> Lead:
    """Count the worlds in which a plan is ahead of another, and say by how much.

    A world's mean over few runs still holds luck: the more of it, the nearer to a half is the share ahead.

    Args:
        differences: (worlds,), the plan's mean in a world less the other's; a world without one (NaN) is left out.
    """
    known = differences[~np.isnan(differences)]
    worlds, ahead = len(known), float((known > 0).sum() + 0.5 * (known == 0).sum())
    low, high = wilson(ahead / worlds if worlds else np.nan, worlds)
    five = np.quantile(known, [0, 0.25, 0.5, 0.75, 1]) if worlds else np.full(5, np.nan)
    return Lead(worlds, ahead, float(low), float(high), *map(float, five))


class Regret(NamedTuple):
    """What is lost by a plan against the best one of each world; each (plans,), in the unit of the measure."""

    mean: Floats
    q95: Floats
    most: Floats


def regret(values: Floats) -> Regret:
    """Compute regret: in each world, the best plan's value less the plan's.

    Where few runs leave luck in the worlds' means, the best of them is partly the luckiest, and regret is rather too large.

    Args:
        values: (worlds, plans), means over the runs of a world; worlds in which a plan has no value (NaN) are left out.
    """
    known = values[~np.isnan(values).any(axis=1)]
    if not len(known):
        return Regret(*np.full((3, values.shape[1]), np.nan))
    lost = known.max(axis=1, keepdims=True) - known
    return Regret(lost.mean(axis=0), np.quantile(lost, 0.95, axis=0), lost.max(axis=0))


def ranks(values: Floats) -> Floats:
    """Compute in what share of worlds each plan has each rank, the largest value first: (plans, ranks).

    Plans with the same value share their ranks evenly.

    Args:
        values: (worlds, plans), means over the runs of a world; worlds in which a plan has no value (NaN) are left out.
    """
    known = values[~np.isnan(values).any(axis=1)]
    above = (known[:, None, :] > known[:, :, None]).sum(axis=2)
    same = (known[:, None, :] == known[:, :, None]).sum(axis=2)
    rank = np.arange(values.shape[1])
    shares = ((rank >= above[..., None]) & (rank < (above + same)[..., None])) / same[..., None]
    return shares.mean(axis=0) if len(known) else np.full((len(rank), len(rank)), np.nan)


class Seen(NamedTuple):
    """When one county would see what a plan does."""

    month: int | None  # the first from which on it would, None if never
    shares: Floats  # (months + 1,) of runs that show it in the year up to each month; NaN before a year has passed


def seen(plan: Floats, reference: Floats, noise: float, share: float = 0.8) -> Seen:
    """Find the month from which on one county, not the mean of many, would see what a plan does.

    A county looks at the outcome every month, and each look is off by chance (`noise`); so it takes the mean of the last twelve. A
    run shows the plan in a month if its mean over the year up to then is above that of the same county without the plan, by more
    than the two means of twelve looks differ by chance in 19 of 20 such years (1.645 noise sqrt(2 / 12)). The month is the first
    from which on, until the end, at least `share` of the runs of all worlds show it. Since a real county has no twin that meets the
    same luck, it will see it later rather than sooner.

    Args:
        plan: (worlds, runs, months + 1) of the measure, month 0 being the founding.
        reference: the same of what the plan is compared with, on the same luck.
        noise: standard deviation of one monthly look, in the measure's unit; 0 if looks are exact.
        share: of the runs, in (0, 1].
    """
    from scipy.special import ndtri

    difference = (plan - reference).reshape(-1, plan.shape[-1])
    shares = np.full(difference.shape[1], np.nan)
    if len(shares) > 12:
        years = np.lib.stride_tricks.sliding_window_view(difference[:, 1:], 12, axis=1).mean(axis=2)
        shares[12:] = (years > float(ndtri(0.95)) * noise * np.sqrt(2 / 12)).mean(axis=0)
    enough = shares >= share  # never in month 0
    return Seen(int(len(enough) - np.argmin(enough[::-1])) if enough[-1] else None, shares)
