"""Sensitivity of an outcome to the factors of a study, with luck kept apart: Sobol', Morris, delta and PAWN indices.

Every interval is of 95 %, from resampling the parts of the design and the replications, each by itself (Owen 2007, Annals of Applied
Statistics 1, 386-411), so that it holds what few points and few replications leave open, together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from cisim.analysis.data import (
    ERROR,
    Data,
    Variance,
    check_design,
    free_points,
    luck_interval,
    mean_of,
    read_data,
    resampled,
    step_of,
    take_apart,
)
from cisim.errors import InputError, did_you_mean
from cisim.study import Store
from cisim.study.designs import generator_of
from cisim.uncertainty import COVERAGE, Floats

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["sobol", "morris", "delta", "pawn"]
METHODS: tuple[Method, ...] = get_args(Method)
#: Designs from which a method's indices can be told.
DESIGNS: dict[Method, tuple[str, ...]] = {
    "sobol": ("saltelli",),
    "morris": ("morris",),
    "delta": ("latin-hypercube", "sobol", "saltelli", "file"),
    "pawn": ("latin-hypercube", "sobol", "saltelli", "file"),
}
#: The index of a method that says how much a factor matters in all.
HEADLINE: dict[Method, str] = {"sobol": "ST", "morris": "mu_star", "delta": "delta", "pawn": "PAWN"}
#: Half the width of a total Sobol' index's interval above which a study is too small, unless the first factor is ahead for sure.
WIDE = 0.15
#: Samples, trajectories or points below which resampling tells no interval.
FEWEST: dict[Method, int] = {"sobol": 16, "morris": 4, "delta": 30, "pawn": 30}
#: Slices of a factor's range in which PAWN looks at the outcome.
SLICES = 10
RESAMPLES = 200
#: Chance with which the replications that are asked for tell factors from luck.
POWER = 0.8
#: What a method's design is made of.
_PARTS: dict[Method, str] = {"sobol": "samples", "morris": "trajectories", "delta": "points", "pawn": "points"}
#: The largest study that anybody is told to do.
MOST_NEEDED = 10**9


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Indices of every factor, and what the study is too small for."""

    method: Method  #: by which they were computed.
    data: Data  #: of which.
    #: One row per factor and index, or pair of factors (`other`): factor, other, index (S1, ST, S2; mu, mu_star, sigma; delta; PAWN),
    #: value, low, high. Sobol' indices are shares of the variance that the factors explain, effects in the outcome's unit.
    table: pd.DataFrame
    variance: Variance  #: of the outcome, by factors and luck.
    luck: tuple[float, float]  #: 95 % interval of the share that is luck.
    floor: float  #: what the headline index of a factor that does nothing comes out as, by luck and by so few points; 0 of Sobol'.
    #: Why the indices say nothing: "" (they do), "constant" (the outcome never differs), "luck" (no point differs from another by more
    #: than luck), "wide" (the intervals are too wide).
    problem: Literal["", "constant", "luck", "wide"]
    size: int  #: parts of the design: samples, trajectories or points; if the problem is luck, replications.
    needed: int  #: how many of these would do, as far as this study tells.

    @property
    def headline(self) -> pd.DataFrame:
        """Rows of the index that says how much a factor matters in all, most first."""
        rows = self.table[self.table["index"] == HEADLINE[self.method]]
        return rows.sort_values("value", ascending=False, kind="stable")

    @property
    def matter(self) -> list[str]:
        """Names of the factors whose interval lies above what a factor that does nothing has, most first."""
        rows = self.headline
        return [str(name) for name in rows.loc[rows["low"] > self.floor, "factor"]]


class _Indices(NamedTuple):
    """What a method found."""

    rows: list[tuple[str, str, str, float, float]]  # factor, other, index, value, half of the interval
    floor: float


def sensitivity(
    store: Store, method: Method, measure: str | None = None, month: int | None = None, *, resamples: int = RESAMPLES
) -> Sensitivity:
    """Tell how much each factor of a finished study matters.

    Args:
        store: of the study.
        method: "sobol" (first, total and second order indices, of a `saltelli` design), "morris" (elementary effects, of a `morris`
            design), or, of any design that is spread over the whole space, "delta" or "pawn" (how far the distribution of the
            expected outcome moves when the factor is known).
        measure: progress by default.
        month: one that was recorded; the last one by default.
        resamples: how many, for the intervals.

    Raises:
        InputError: there is no such method, measure or month, the study has another design, runs are not done, or runs without a
            value leave a hole in a design that needs to be whole.

    Source:
        Saltelli, Annoni, Azzini, Campolongo, Ratto & Tarantola 2010 and Saltelli 2002, Computer Physics Communications; Campolongo,
        Cariboni & Saltelli 2007 and Pianosi & Wagener 2015, Environmental Modelling & Software; Plischke, Borgonovo & Smith 2013,
        European Journal of Operational Research. Estimators of Sobol' indices are those of SALib.

    Example:
        >>> sensitivity(store, "sobol").headline  # doctest: +SKIP
    """
    if method not in METHODS:
        raise InputError(f"method = {method!r}: {did_you_mean(str(method), METHODS)}")
    return sensitivity_of(read_data(store, measure, month, whole=method in ("sobol", "morris")), method, resamples)


def sensitivity_of(data: Data, method: Method, resamples: int = RESAMPLES) -> Sensitivity:
    """Compute the same of results that are there already; see `sensitivity`."""
    import pandas as pd

    check_design(data.design, DESIGNS[method], f"a study for {method}")
    free, parts = free_points(data), _PARTS[method]
    size = len(data.y) // step_of(data) if parts != "points" else len(free.y)
    if size < FEWEST[method]:
        raise InputError(f"{size} {parts}: {method} needs {FEWEST[method]} at least to tell its errors")
    generator = generator_of(f"analysis {method}", data.seed)
    variance = take_apart(free.y, common=data.common)
    luck = luck_interval(free.y, generator, common=data.common, times=resamples)
    found = _Indices([], 0.0)
    constant = bool(np.ptp(data.y.mean(axis=1)) == 0)
    if not constant:
        # Delta and PAWN look at distributions, which only points that are drawn independently of one another show.
        found = _WAYS[method](data if method in ("sobol", "morris") else free, variance, generator, resamples)
    columns = ["factor", "other", "index", "value", "half"]
    table = pd.DataFrame(found.rows, columns=columns)
    table["low"], table["high"] = table["value"] - table["half"], table["value"] + table["half"]
    head = table[table["index"] == HEADLINE[method]]
    problem, size, needed = _verdict(data, method, variance, head, found.floor, size, constant=constant)
    table = table.drop(columns="half")
    return Sensitivity(method, data, table, variance, luck, found.floor, problem, size, needed)


def _verdict(
    data: Data, method: Method, variance: Variance, head: pd.DataFrame, floor: float, size: int, *, constant: bool
) -> tuple[Literal["", "constant", "luck", "wide"], int, int]:
    """Tell why indices say nothing, what there is of, and how many would do."""
    runs = data.y.shape[1]
    if constant:
        return "constant", size, size
    if runs > 1 and not variance.chance < ERROR:
        return "luck", runs, _runs_needed(variance, len(data.y), runs)
    half = (head["high"] - head["low"]).max() / 2
    if method == "sobol":
        ends = head.sort_values("value", ascending=False)
        clear = ends["low"].iloc[0] > max(0.0, *ends["high"].iloc[1:2])
        if not half > WIDE or clear:
            return "", size, size
        return "wide", size, 1 << int(np.ceil(np.log2(_grown(size, half / WIDE))))
    if (head["low"] > floor).any():
        return "", size, size
    # What chance leaves shrinks with the root of the number, and the best factor's value stays.
    best = head.sort_values("value").iloc[-1]
    ratio = (floor + best["high"] - best["value"]) / max(best["value"], 1e-9)
    return "wide", size, _grown(size, max(ratio, 2**0.5))


def _grown(size: int, ratio: float) -> int:
    """Grow a number so that an error becomes smaller by a ratio, to two digits."""
    needed = min(size * ratio**2, MOST_NEEDED)
    unit = 10 ** max(0, int(np.floor(np.log10(needed))) - 1)
    return int(np.ceil(needed / unit) * unit)


def _runs_needed(variance: Variance, points: int, runs: int) -> int:
    """Estimate the replications that would tell factors that bring a hundredth of the variance from luck, in four tries of five."""
    from scipy.stats import f

    ratio = 0.01 / 0.99 * variance.luck / (variance.noise * runs)
    few, many = runs + 1, MOST_NEEDED
    while few < many:
        middle = (few + many) // 2
        freedom = (points - 1, (points - 1) * (middle - 1))
        told = f.sf(f.isf(ERROR, *freedom) / (1 + middle * ratio), *freedom)
        few, many = (few, middle) if told >= POWER else (middle + 1, many)
    return _grown(few, 1.0)


def _sobol(data: Data, variance: Variance, generator: np.random.Generator, resamples: int) -> _Indices:
    """Estimate Sobol' indices of the expected outcome, as shares of its variance over the factors.

    Luck that a mean of few replications keeps lowers first order indices and raises total ones, even of factors that do nothing. Its
    share of the variance of the means is known, so it is taken out.
    """
    count, step, runs = len(data.factors), step_of(data), data.y.shape[1]
    blocks = data.y.reshape(-1, step, runs)
    pairs = list(combinations(range(count), 2)) if data.design.second_order else []
    value = _saltelli(blocks.mean(axis=2), count, pairs)
    drawn = [
        _saltelli(mean_of(blocks[resampled(len(blocks), generator)], generator), count, pairs) for _ in range(resamples)
    ]
    half = _half(drawn)
    luck = variance.of_means
    value[count : 2 * count] -= luck
    labels = [(name, "", index) for index in ("S1", "ST") for name in data.names]
    labels += [(data.names[one], data.names[other], "S2") for one, other in pairs]
    rows = [
        (*label, float(each), float(wide))
        for label, each, wide in zip(labels, value / (1 - luck), half / (1 - luck), strict=True)
    ]
    return _Indices(rows, 0.0)


def _saltelli(blocks: Floats, count: int, pairs: list[tuple[int, int]]) -> Floats:
    """Compute first and total indices, and those of pairs, of the outcome at each point of each sample, by SALib's estimators."""
    from SALib.analyze import sobol

    scaled = (blocks - blocks.mean()) / blocks.std()
    a, b, mixed = scaled[:, 0], scaled[:, -1], scaled[:, 1:-1].T
    first = [sobol.first_order(a, mixed[one], b) for one in range(count)]
    total = [sobol.total_order(a, mixed[one], b) for one in range(count)]
    second = [sobol.second_order(a, mixed[one], mixed[other], mixed[count + one], b) for one, other in pairs]
    return np.array([*first, *total, *second])


def _half(drawn: list[Floats]) -> Floats:
    """Compute half the width of intervals, which are taken for normal, from what resampling gave: (resamples, ...)."""
    from scipy.special import ndtri

    half: Floats = ndtri(0.5 + COVERAGE / 2) * np.std(drawn, axis=0, ddof=1)
    return half


def _morris(data: Data, variance: Variance, generator: np.random.Generator, resamples: int) -> _Indices:
    """Compute elementary effects, each over the whole range of a factor: their mean, that of their sizes, and their spread.

    Luck raises the size of the effect of a factor that does nothing to a floor, and the spread, from which it is taken.
    """
    count, runs = len(data.factors), data.y.shape[1]
    step = data.design.levels / (2 * (data.design.levels - 1))
    x, y = data.x.reshape(-1, count + 1, count), data.y.reshape(-1, count + 1, runs)
    # In each step of a trajectory one factor moves: (trajectories, factors, replications).
    effects = np.einsum("tsf,tsr->tfr", np.sign(np.diff(x, axis=1)), np.diff(y, axis=1)) / step
    noise = 2 * variance.noise / step**2  # variance that luck leaves in the mean effect of one trajectory

    def indices(of: Floats) -> Floats:
        return np.array([of.mean(axis=0), np.abs(of).mean(axis=0), of.std(axis=0, ddof=1)])

    value = indices(effects.mean(axis=2))
    value[2] = np.sqrt(np.maximum(value[2] ** 2 - noise, 0.0))
    half = _half([indices(mean_of(effects[resampled(len(effects), generator)], generator)) for _ in range(resamples)])
    rows = [
        (name, "", index, float(value[place, factor]), float(half[place, factor]))
        for place, index in enumerate(("mu", "mu_star", "sigma"))
        for factor, name in enumerate(data.names)
    ]
    return _Indices(rows, float(np.sqrt(2 * noise / np.pi)))


def _delta(data: Data, _: Variance, generator: np.random.Generator, resamples: int) -> _Indices:
    """Estimate Borgonovo's delta, less what resampling shows to be its bias (Plischke et al. 2013, eq. 30)."""
    return _of_distributions("delta", data, delta, generator, resamples, unbiased=True)


def delta(x: Floats, y: Floats) -> float:
    """Estimate delta of one factor: half the area between the outcome's density within a class of the factor and over all, averaged.

    As in SALib: densities by a Gaussian kernel of Silverman's width, classes of equal counts (Plischke et al. 2013, eq. 26).

    Args:
        x: (points,), values of the factor.
        y: (points,), the outcome.
    """
    points = len(y)
    classes = min(int(np.ceil(points ** (2 / (7 + np.tanh((1500 - points) / 500))))), 48)
    grid = np.linspace(y.min(), y.max(), 100)
    whole, area = _density(y, grid), 0.0
    bounds = np.linspace(0, points, classes + 1).astype(np.int64)
    for within in np.split(y[np.argsort(x, kind="stable")], bounds[1:-1]):
        if len(within) > 1 and np.ptp(within) > 0:
            area += len(within) / (2 * points) * float(np.trapezoid(np.abs(_density(within, grid) - whole), grid))
    return area


def _density(y: Floats, grid: Floats) -> Floats:
    width = y.std(ddof=1) * (len(y) * 0.75) ** -0.2
    kernels = np.exp(-0.5 * ((grid[:, None] - y) / width) ** 2)
    density: Floats = kernels.mean(axis=1) / (width * np.sqrt(2 * np.pi))
    return density


def _pawn(data: Data, _: Variance, generator: np.random.Generator, resamples: int) -> _Indices:
    """Compute PAWN: the median distance (Kolmogorov-Smirnov) between the outcome's distribution within slices of a factor and over all."""
    return _of_distributions("PAWN", data, pawn, generator, resamples, unbiased=False)


def pawn(x: Floats, y: Floats) -> float:
    """Compute PAWN of one factor with at most ten slices of equal counts; values that are the same stay together.

    Args:
        x: (points,), values of the factor.
        y: (points,), the outcome.
    """
    cuts = np.unique(np.quantile(x, np.arange(1, SLICES) / SLICES))
    slices = np.searchsorted(cuts, x, side="left")[np.argsort(y, kind="stable")]
    _, slices = np.unique(slices, return_inverse=True)
    within = np.eye(slices.max() + 1)[slices]  # (points, slices), in the order of the outcome
    everywhere = np.arange(1, len(y) + 1)[:, None] / len(y)
    distances = np.abs(within.cumsum(axis=0) / within.sum(axis=0) - everywhere)
    last = np.r_[np.diff(np.sort(y)) > 0, True]  # of equal outcomes only the last tells the share up to them
    return float(np.median(distances[last].max(axis=0)))


def _of_distributions(
    index: str,
    data: Data,
    of: Callable[[Floats, Floats], float],
    generator: np.random.Generator,
    resamples: int,
    *,
    unbiased: bool,
) -> _Indices:
    """Compute an index of the expected outcome's distribution for each factor, and for one that does nothing, which gives the floor."""
    points = len(data.y)
    means = data.y.mean(axis=1)
    draws: list[tuple[NDArray[np.int64], Floats]] = []
    for _ in range(resamples):
        rows = resampled(points, generator)
        draws.append((rows, mean_of(data.y[rows], generator)))

    def with_half(x: Floats) -> tuple[float, float]:
        value, drawn = of(x, means), np.array([of(x[rows], y) for rows, y in draws])
        return 2 * value - float(drawn.mean()) if unbiased else value, float(_half([*drawn]))

    found: list[tuple[str, str, str, float, float]] = []
    for name, x in zip(data.names, data.x.T, strict=True):
        found.append((name, "", index, *with_half(x)))
    value, half = with_half(generator.random(points))
    return _Indices(found, value + half)


_WAYS: dict[Method, Callable[[Data, Variance, np.random.Generator, int], _Indices]]
_WAYS = {"sobol": _sobol, "morris": _morris, "delta": _delta, "pawn": _pawn}
