"""Scenario discovery: the part of the factors' space in which an outcome is what is asked for, by the patient rule induction method.

The box with the best balance of density and coverage is taken, without limits that chance would give as well, and is held against the
boxes that the same method finds where the outcome is shuffled: it finds one in anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.analysis.data import ERROR, Data, check_design, free_points, read_data
from cisim.errors import InputError
from cisim.study import Store
from cisim.study.designs import generator_of
from cisim.study.factors import Factor
from cisim.uncertainty import Floats, wilson

if TYPE_CHECKING:
    import pandas as pd

Bools = NDArray[np.bool_]
#: Share of the points of a box that is peeled off at a time, and the least share of all points that a box has (Friedman & Fisher 1999).
PEELED, LEAST = 0.05, 0.05
#: Points of interest, and others, without which nothing is looked for.
FEWEST = 10
#: Shuffles of the outcome; with so many a box is better than all of them by chance in less than one case of twenty.
SHUFFLES = 39
DESIGNS = ("latin-hypercube", "sobol", "saltelli", "factorial", "file")


class Limit(NamedTuple):
    """A limit of a box."""

    place: int  # of the factor
    kind: str  # "low": values above, "high": values below, "level": any but this one
    value: float  # halfway to the next point beyond; of a level, which, from 0


@dataclass(frozen=True, eq=False)
class Discovery:
    """The box that holds best the points whose expected outcome is below or above a bound."""

    data: Data  #: of which.
    below: float | None  #: points of interest have an expected outcome below this,
    above: float | None  #: and above that.
    #: One row per limit: factor, unit, limit ("above", "below", "not"), value (or the level), quasi_p (chance of a density as high
    #: if the limit did nothing; Bryant & Lempert 2010).
    table: pd.DataFrame
    of_interest: int  #: points of interest.
    inside: int  #: points in the box.
    hits: int  #: points of interest in the box.
    chance: float  #: share of shuffled outcomes in which as good a box is found.
    #: Why there is no box: "" (there is one), "few" (too few points of interest, or of others), "chance" (shuffled outcomes give as
    #: good ones).
    problem: str
    needed: int  #: points that would do, as far as this study tells; else 0.

    @property
    def density(self) -> float:
        """Share of the points in the box that are of interest."""
        return self.hits / self.inside if self.inside else np.nan

    @property
    def density_interval(self) -> tuple[float, float]:
        """Give the 95 % interval of the density (Wilson)."""
        low, high = wilson(self.density, self.inside)
        return float(low), float(high)

    @property
    def coverage(self) -> float:
        """Share of the points of interest that are in the box."""
        return self.hits / self.of_interest if self.of_interest else np.nan


def discover(
    store: Store,
    measure: str | None = None,
    month: int | None = None,
    *,
    below: float | None = None,
    above: float | None = None,
) -> Discovery:
    """Find where in the factors' space an expected outcome is below or above a bound, or between two.

    Args:
        store: of a finished study whose design is spread over the space.
        measure: progress by default.
        month: one that was recorded; the last one by default.
        below: upper bound of what is looked for, in the measure's unit.
        above: lower bound of it.

    Raises:
        InputError: neither bound is given, the study has another design, such a measure or month was not recorded, or runs are not
            done.

    Source:
        Friedman & Fisher 1999, Statistics and Computing 9, 123-143; Bryant & Lempert 2010, Technological Forecasting and Social
        Change 77, 34-49.

    Example:
        >>> discover(store, below=0.1).table  # doctest: +SKIP
    """
    return discover_of(read_data(store, measure, month, whole=False), below=below, above=above)


def discover_of(data: Data, *, below: float | None = None, above: float | None = None) -> Discovery:
    """Find the same in results that are there already; see `discover`."""
    import pandas as pd

    check_design(data.design, DESIGNS, "discovery")
    if below is None and above is None:
        raise InputError("discovery needs a bound: below, above, or both")
    data = free_points(data)
    mean = data.y.mean(axis=1)
    wanted = (mean < (np.inf if below is None else below)) & (mean > (-np.inf if above is None else above))
    count, points = int(wanted.sum()), len(wanted)
    columns = ["factor", "unit", "limit", "value", "quasi_p"]
    rarer = min(count, points - count)
    if rarer < FEWEST:
        # Of none at all the share can be anything below three in so many (rule of three).
        needed = int(np.ceil(points * FEWEST / max(rarer, 1))) if rarer else 0
        empty = pd.DataFrame(columns=columns)
        return Discovery(data, below, above, empty, count, 0, 0, np.nan, "few", needed)
    named = tuple(any(isinstance(value, str) for value in factor.values) for factor in data.factors)
    limits = _find(data.x, wanted, named)
    held = _inside(data.x, limits)
    found = _score(wanted, held)
    generator = generator_of("analysis prim", data.seed)
    shuffled = [generator.permutation(wanted) for _ in range(SHUFFLES)]
    as_good = sum(_score(other, _inside(data.x, _find(data.x, other, named))) >= found for other in shuffled)
    rows = [_row(data.factors[limit.place], limit, _quasi_p(data.x, wanted, limits, limit)) for limit in limits]
    problem = "" if limits and as_good / SHUFFLES < ERROR else "chance"
    table = pd.DataFrame(rows, columns=columns).sort_values("quasi_p", kind="stable", ignore_index=True)
    return Discovery(
        data, below, above, table, count, int(held.sum()), int((held & wanted).sum()), as_good / SHUFFLES, problem,
        4 * points if problem else 0,
    )  # fmt: skip


def _row(factor: Factor, limit: Limit, quasi_p: float) -> tuple[str, str, str, float | str, float]:
    if limit.kind == "level":
        return factor.name, "", "not", str(factor.values[int(limit.value)]), quasi_p
    return factor.name, factor.unit, "above" if limit.kind == "low" else "below", limit.value, quasi_p


def _score(wanted: Bools, inside: Bools) -> float:
    """Balance density and coverage: their harmonic mean, from 0 to 1."""
    return 2 * float((wanted & inside).sum()) / float(wanted.sum() + inside.sum())


def _inside(x: Floats, limits: list[Limit]) -> Bools:
    """Tell which points lie in a box."""
    inside = np.ones(len(x), dtype=np.bool_)
    for limit in limits:
        inside &= _within(x[:, limit.place], limit)
    return inside


def _within(column: Floats, limit: Limit) -> Bools:
    if limit.kind == "level":
        return np.asarray(column != limit.value)
    return np.asarray(column > limit.value if limit.kind == "low" else column < limit.value)


def _find(x: Floats, wanted: Bools, named: tuple[bool, ...]) -> list[Limit]:
    """Peel a box off all points, take the best on the way, and drop limits that chance would give as well."""
    limits: dict[tuple[int, str, float], Limit] = {}
    inside, best, best_limits = (
        np.ones(len(x), dtype=np.bool_),
        _score(wanted, np.ones(len(x), np.bool_)),
        list[Limit](),
    )
    while True:
        mass, mean = int(inside.sum()), float(wanted[inside].mean())
        ways = []
        for limit in _peels(x, inside, named):
            left = inside & _within(x[:, limit.place], limit)
            kept = int(left.sum())
            if kept >= LEAST * len(x) and kept < mass:
                # The gain in density for what is given up (the lenient rule).
                ways.append(((float(wanted[left].mean()) - mean) / (mass - kept), limit, left))
        if not ways or mean == 1.0:
            break
        _, limit, inside = max(ways, key=lambda way: way[0])
        limits[limit.place, limit.kind, limit.value if limit.kind == "level" else 0.0] = limit
        if (score := _score(wanted, inside)) > best:
            best, best_limits = score, list(limits.values())
    while best_limits:
        worst = max(best_limits, key=lambda limit: _quasi_p(x, wanted, best_limits, limit))
        if _quasi_p(x, wanted, best_limits, worst) < ERROR:
            break
        best_limits = [limit for limit in best_limits if limit != worst]
    return best_limits


def _peels(x: Floats, inside: Bools, named: tuple[bool, ...]) -> list[Limit]:
    """List the limits that peel the least share off a box, at either end of each factor, or one of its named levels."""
    limits = []
    for place, by_name in enumerate(named):
        values = np.unique(x[inside, place])
        if len(values) < 2:
            continue
        if by_name:
            limits += [Limit(place, "level", float(value)) for value in values]
            continue
        column = np.sort(x[inside, place])
        cut = max(1, int(PEELED * len(column)))
        low, high = column[cut - 1], column[len(column) - cut]
        above, below = values[values > low], values[values < high]
        limits += [Limit(place, "low", float((low + above[0]) / 2))] if len(above) else []
        limits += [Limit(place, "high", float((high + below[-1]) / 2))] if len(below) else []
    return limits


def _quasi_p(x: Floats, wanted: Bools, limits: list[Limit], limit: Limit) -> float:
    """Compute the chance of a density as high in the box if the limit did nothing: that of the box without it holding."""
    from scipy.stats import binom

    inside, without = _inside(x, limits), _inside(x, [other for other in limits if other != limit])
    hits, count = int((inside & wanted).sum()), int(inside.sum())
    return float(binom.sf(hits - 1, count, float(wanted[without].mean())))
