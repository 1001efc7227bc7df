"""Scenario discovery: the part of the factors' space in which an outcome is what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis.data import Data, check_design, free_points, read_data
from cisim.boxes import FEWEST, Bools, Limit, find_box
from cisim.errors import InputError
from cisim.study import Store
from cisim.study.designs import generator_of
from cisim.study.factors import Factor
from cisim.uncertainty import Floats, wilson

if TYPE_CHECKING:
    import pandas as pd

DESIGNS = ("latin-hypercube", "sobol", "saltelli", "factorial", "file")


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
    wanted = bounded(mean, below, above)
    count, points = int(wanted.sum()), len(wanted)
    columns = ["factor", "unit", "limit", "value", "quasi_p"]
    rarer = min(count, points - count)
    if rarer < FEWEST:
        # Of none at all the share can be anything below three in so many (rule of three).
        needed = int(np.ceil(points * FEWEST / max(rarer, 1))) if rarer else 0
        empty = pd.DataFrame(columns=columns)
        return Discovery(data, below, above, empty, count, 0, 0, np.nan, "few", needed)
    box = find_box(data.x, wanted, data.named, generator_of("analysis prim", data.seed))
    rows = [_row(data.factors[limit.place], limit, p) for limit, p in zip(box.limits, box.quasi_p, strict=True)]
    problem = "" if box.told else "chance"
    table = pd.DataFrame(rows, columns=columns).sort_values("quasi_p", kind="stable", ignore_index=True)
    return Discovery(
        data, below, above, table, count, int(box.inside.sum()), int((box.inside & wanted).sum()), box.chance, problem,
        4 * points if problem else 0,
    )  # fmt: skip


def bounded(outcome: Floats, below: float | None, above: float | None) -> Bools:
    """Tell which values lie below and above bounds."""
    return np.asarray(
        (outcome < (np.inf if below is None else below)) & (outcome > (-np.inf if above is None else above))
    )


def _row(factor: Factor, limit: Limit, quasi_p: float) -> tuple[str, str, str, float | str, float]:
    if limit.kind == "level":
        return factor.name, "", "not", str(factor.values[int(limit.value)]), quasi_p
    return factor.name, factor.unit, "above" if limit.kind == "low" else "below", limit.value, quasi_p
