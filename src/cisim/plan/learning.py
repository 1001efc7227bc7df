"""What the choice between plans hangs on, and what finding out would be worth: regressions of worlds' results on their guesses.

Worlds are few, a hundred or some, and guesses many. So each guess gets a curve of its own, a polynomial up to the third degree,
judged by how well it predicts worlds that it was not fitted to; and what no test can tell from chance is not named.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import legvander
from numpy.typing import NDArray

from cisim.uncertainty import COVERAGE, Floats, moments

#: Highest degree of a curve.
DEGREE = 3
#: Groups of worlds that are left out in turn (the jackknife).
GROUPS = 50
#: Worlds below which nothing is told from chance.
FEWEST = 20


class Hinge(NamedTuple):
    """A guess that the difference between two plans hangs on."""

    factor: int  # column of the guesses
    explained: float  # share of the differences between worlds, predicted for worlds left out; 0 to 1
    rises: bool  # does the difference grow with it?
    flips_at: float | None  # its value, the nearest to its own, where the mean difference changes its sign, if any
    clear: bool  # the sign beyond it is told from chance (90 %)


def hinges(guesses: Floats, difference: Floats, own: Floats | None = None, noise: float = 0.0) -> tuple[Hinge, ...]:
    """Rank the guesses that the difference between two plans hangs on, the most first.

    The guess that is told best from chance is named, its curve taken away, and the next one looked for in what is left. The test is
    that of a line or a cubic in the normal scores of the differences (F), which no single world can pass alone; that any guess is
    named which does nothing has a chance of at most 5 % (Bonferroni over guesses and curves). What is explained is measured on
    worlds left out one by one.

    Args:
        guesses: (worlds, factors), drawn independently of one another.
        difference: (worlds,), one plan's mean in a world less the other's; a world without one (NaN) is left out.
        own: (factors,), what the guesses are in the plan's own file; their middles by default.
        noise: variance of a world's mean difference by luck alone (luck squared over runs), which no guess can explain.
    """
    known = ~np.isnan(difference)
    x, y = guesses[known], difference[known]
    if len(y) < FEWEST or np.ptp(y) == 0:
        return ()
    centre = np.median(x, axis=0) if own is None else own
    basis, left, curves = _basis(x), y - y.mean(), dict[int, Floats]()
    while len(curves) < min(x.shape[1], len(y) // 10):
        chances = _chances(basis, left[:, None])[:, 0]
        chances[list(curves)] = 1.0
        factor = int(np.argmin(chances))
        if chances[factor] * x.shape[1] > 1 - COVERAGE:
            break
        curves[factor] = _fit(basis[factor], left, _degree(basis[factor], left))
        left = left - curves[factor]
    variance = max(float(y.var(ddof=1)) - noise, 0.0)
    found = []
    for factor, curve in curves.items():
        alone = left + curve + y.mean()
        degree = _degree(basis[factor], alone)
        errors = [_left_out(basis[factor], alone, each) for each in (0, degree)]
        explained = max(0.0, float((errors[0] ** 2).mean() - (errors[1] ** 2).mean()))
        flips_at, clear = _flip(x[:, factor], alone, degree, float(centre[factor]))
        rises = float(np.corrcoef(x[:, factor], curve)[0, 1]) > 0
        found.append(Hinge(factor, explained / max(variance, explained, 1e-300), rises, flips_at, clear))
    return tuple(sorted(found, key=lambda each: -each.explained))


def _basis(x: Floats) -> Floats:
    """Make orthonormal polynomials of each factor: (factors, worlds, degrees + 1); 0 where a factor has too few values for one."""
    q, r = np.linalg.qr(legvander(_scaled(x, x), DEGREE).transpose(1, 0, 2))
    size = np.abs(np.diagonal(r, axis1=1, axis2=2))
    return np.where((size > 1e-6 * size[:, :1])[:, None, :], q, 0.0)


def _scaled(x: Floats, by: Floats) -> Floats:
    """Bring values to [-1, 1] by the range of others."""
    low, wide = by.min(axis=0), np.ptp(by, axis=0)
    scaled: Floats = 2 * (x - low) / np.where(wide > 0, wide, 1.0) - 1
    return scaled


def _chances(basis: Floats, values: Floats) -> Floats:
    """Compute the chance of such a line or cubic where a factor does nothing: (factors, columns of values)."""
    from scipy.special import fdtrc, ndtri
    from scipy.stats import rankdata

    worlds = len(values)
    scores = ndtri((rankdata(values, axis=0) - 0.5) / worlds)
    scores -= scores.mean(axis=0)
    total = np.maximum((scores**2).sum(axis=0), 1e-300)
    powers = np.cumsum((basis[:, :, 1:].transpose(0, 2, 1) @ scores) ** 2, axis=1) / total
    least = np.ones((len(basis), values.shape[1]))
    for degree in (1, DEGREE):
        explained = np.clip(powers[:, degree - 1], 0.0, 1.0 - 1e-12)
        ratio = explained / (1 - explained) * (worlds - degree - 1) / degree
        least = np.minimum(least, fdtrc(degree, worlds - degree - 1, ratio))
    chances: Floats = np.minimum(1.0, 2 * least)
    return chances


def _fit(basis: Floats, y: Floats, degree: int) -> Floats:
    q = basis[:, : degree + 1]
    fitted: Floats = q @ (q.T @ y)
    return fitted


def _left_out(basis: Floats, y: Floats, degree: int) -> Floats:
    """Return the errors of prediction of worlds, each left out of the fit in turn: shaped as y."""
    leverage = (basis[:, : degree + 1] ** 2).sum(axis=1).reshape(-1, *(1,) * (y.ndim - 1))
    errors: Floats = (y - _fit(basis, y, degree)) / np.maximum(1 - leverage, 1e-9)
    return errors


def _degree(basis: Floats, y: Floats) -> int:
    """Choose the degree, from 1, whose curve predicts worlds left out best."""
    return min(range(1, DEGREE + 1), key=lambda degree: float((_left_out(basis, y, degree) ** 2).sum()))


def _flip(x: Floats, y: Floats, degree: int, own: float) -> tuple[float | None, bool]:
    """Find where a curve crosses 0 nearest to a value, and whether the sign beyond is told from chance."""
    design = legvander(_scaled(x, x), degree)
    inverse = np.linalg.pinv(design)
    coefficients = inverse @ y
    variance = float(((y - design @ coefficients) ** 2).sum()) / (len(y) - degree - 1)
    at = np.linspace(x.min(), x.max(), 401)
    grid = legvander(_scaled(at, x), degree)
    curve, error = grid @ coefficients, np.sqrt(variance * ((grid @ inverse) ** 2).sum(axis=1))
    turns = np.flatnonzero((curve[:-1] > 0) != (curve[1:] > 0))
    if not len(turns):
        return None, False
    points = at[turns] - curve[turns] * (at[turns + 1] - at[turns]) / (curve[turns + 1] - curve[turns])
    nearest = int(np.argmin(np.abs(points - own)))
    point = float(points[nearest])
    beyond = at > point if point >= own else at < point
    first = turns[nearest] + 1 if point >= own else turns[nearest]
    other = np.where(curve[first] > 0, curve, -curve)[beyond]
    return point, bool((other > 1.645 * error[beyond]).any())


class Worth(NamedTuple):
    """What finding out each guess alone would be worth, in the unit of the values; each (factors,)."""

    value: Floats  # expected gain by choosing the plan after finding out
    error: Floats  # its standard error
    clear: NDArray[np.bool_]  # does it move any difference between plans, told from chance?


def worth_knowing(guesses: Floats, values: Floats) -> Worth:
    """Estimate the expected value of partial perfect information of each guess, by regression.

    Whoever knew the guess would choose the plan that is best on average where it has that value; the gain is the mean over worlds of
    the best plan's curve, less the best plan's mean (Strong, Oakley & Brennan 2014, Medical Decision Making 34, 311-326). Curves are
    those of the differences from the plan that is best on average, of the degree (1 to 3) that predicts worlds left out best. The best
    of several fitted curves is too good on average: the jackknife over 50 groups of worlds takes that away, and gives the error.

    Args:
        guesses: (worlds, factors), drawn independently of one another.
        values: (worlds, plans), means over the runs of a world, more being better; worlds with a missing value (NaN) are left out.
    """
    known = ~np.isnan(values).any(axis=1)
    x, y = guesses[known], values[known]
    worlds, factors = x.shape
    value, error = np.zeros(factors), np.zeros(factors)
    if worlds < FEWEST:
        return Worth(np.full(factors, np.nan), np.full(factors, np.nan), np.zeros(factors, dtype=bool))
    best = int(np.argmax(y.mean(axis=0)))
    gains = np.delete(y - y[:, [best]], best, axis=1)
    basis = _basis(x)
    chances = _chances(basis, gains).min(axis=1, initial=1.0)
    for factor in range(factors if gains.shape[1] else 0):
        value[factor], error[factor] = _gain(basis[factor], gains)
    return Worth(value, error, chances * factors * gains.shape[1] <= 1 - COVERAGE)


def _gain(basis: Floats, gains: Floats) -> tuple[float, float]:
    """Return the expected gain by one factor without its bias, and its standard error.

    `gains` are differences from the best plan: (worlds, other plans).
    """
    worlds, groups = len(gains), min(GROUPS, len(gains))
    members = np.arange(worlds) % groups == np.arange(groups)[:, None]
    weights = np.concatenate([np.ones((1, worlds)), (~members).astype(np.float64)])
    curves = np.zeros((groups + 1, *gains.shape))  # with all worlds, and without each group
    degrees = np.array([_degree(basis, column) for column in gains.T])
    for degree in np.unique(degrees):
        chosen, q = degrees == degree, basis[:, : degree + 1]
        inner = np.einsum("gw,wi,wj->gij", weights, q, q, optimize=True)
        right = np.einsum("gw,wi,wp->gip", weights, q, gains[:, chosen], optimize=True)
        curves[:, :, chosen] = q @ (np.linalg.pinv(inner, hermitian=True) @ right)
    best = np.maximum(curves.max(axis=2), 0.0)
    whole, *others = (weights * best).sum(axis=1) / weights.sum(axis=1)
    without = np.array(others)
    error = float(np.sqrt((groups - 1) / groups * ((without - without.mean()) ** 2).sum()))
    return max(0.0, float(groups * whole - (groups - 1) * without.mean())), error


class Everything(NamedTuple):
    """What finding out all guesses together would be worth, in the unit of the values."""

    value: float  # without the bias by luck; NaN with one run a world
    error: float  # its standard error
    most: float  # an upper bound: luck that was averaged over few runs passes for knowledge


def worth_knowing_all(values: Floats) -> Everything:
    """Estimate the expected value of perfect information: of choosing the best plan in each world.

    The best of the worlds' means is partly the luckiest. Over worlds in which plans are ahead by every amount, this adds in
    proportion to one over the runs, so what halves of the runs say more than all of them is taken away once.

    Args:
        values: (worlds, plans, runs), more being better; worlds with a missing value (NaN) are left out.
    """
    known = values[~np.isnan(values).any(axis=(1, 2))]
    runs = values.shape[2]
    means = known.mean(axis=2)
    best = int(np.argmax(means.mean(axis=0)))

    def gains(of: Floats) -> Floats:
        gain: Floats = of.max(axis=1) - of[:, best]
        return gain

    plain = gains(means)
    if runs < 2:
        of = moments(plain)
        return Everything(np.nan, np.nan, float(of.mean))
    # Of an odd number of runs the last is in neither half; luck adds c / runs to the whole and c / half to a half.
    half = runs // 2
    halves = (gains(known[:, :, :half].mean(axis=2)) + gains(known[:, :, half : 2 * half].mean(axis=2))) / 2
    of = moments(plain - (halves - plain) * (half / (runs - half)))
    return Everything(max(0.0, float(of.mean)), float(of.standard_error), float(plain.mean()))
