"""Means, errors and quantiles over the first axis, the runs; a run without a value (NaN) is left out.

The errors say how well this number of runs pins down what the model implies, not how well the model pins down the world.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Coverage of every interval that is shown.
COVERAGE = 0.95


class Moments(NamedTuple):
    """Moments over runs; each of the samples' shape without the first axis."""

    runs: NDArray[np.int64]  # with a value
    mean: Floats  # NaN without any
    standard_error: Floats  # of the mean, sd / sqrt(runs)
    sd: Floats  # with n - 1; NaN with fewer than two


def moments(samples: ArrayLike) -> Moments:
    """Compute number, mean, standard error and standard deviation over runs."""
    values = np.asarray(samples, dtype=np.float64)
    given = ~np.isnan(values)
    runs = given.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(given, values, 0.0).sum(axis=0) / runs
        squares = (np.where(given, values - mean, 0.0) ** 2).sum(axis=0)
        sd = np.where(runs > 1, np.sqrt(squares / (runs - 1)), np.nan)
        return Moments(np.asarray(runs, dtype=np.int64), mean, sd / np.sqrt(runs), sd)


def quantiles(samples: ArrayLike, probabilities: ArrayLike) -> Floats:
    """Compute quantiles over runs (linear interpolation): (q, ...), NaN where no run has a value."""
    values = np.asarray(samples, dtype=np.float64)
    levels = np.asarray(probabilities, dtype=np.float64)
    columns = values.reshape(len(values), -1)
    result = np.full((len(levels), columns.shape[1]), np.nan)
    missing = np.isnan(columns)
    whole = ~missing.any(axis=0)
    if len(columns):
        result[:, whole] = np.quantile(columns[:, whole], levels, axis=0)
    for column in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)):
        result[:, column] = np.quantile(columns[~missing[:, column], column], levels)
    return result.reshape(len(levels), *values.shape[1:])


def t_interval(of: Moments) -> tuple[Floats, Floats]:
    """Compute low and high end of Student's 95 % interval of the mean; NaN with fewer than two runs."""
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore"):
        freedom = np.where(of.runs > 1, of.runs - 1, 1).astype(np.float64)
        half: Floats = stdtrit(freedom, 0.5 + COVERAGE / 2) * of.standard_error
    return of.mean - half, of.mean + half


def wilson(share: ArrayLike, runs: ArrayLike) -> tuple[Floats, Floats]:
    """Compute low and high end of Wilson's 95 % interval of a share; NaN without runs.

    Source: Wilson 1927, Journal of the American Statistical Association 22, 209-212.
    """
    from scipy.special import ndtri

    p, n = np.asarray(share, dtype=np.float64), np.asarray(runs, dtype=np.float64)
    z2 = float(ndtri(0.5 + COVERAGE / 2)) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # A share of 0 or 1 is its own bound; rounding must not push it out.
    low = np.maximum(centre - half, np.where(p <= 0, 0.0, -np.inf))
    return low, np.minimum(centre + half, np.where(p >= 1, 1.0, np.inf))
