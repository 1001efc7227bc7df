"""Boxes: the part of a space of factors that holds best the points of interest, by the patient rule induction method.

The box with the best balance of density and coverage is taken, without limits that chance would give as well, and is held against the
boxes that the same method finds where what is of interest is shuffled: it finds one in anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.uncertainty import COVERAGE, Floats

Bools = NDArray[np.bool_]
#: Share of the points of a box that is peeled off at a time, and the least share of all points that a box has (Friedman & Fisher 1999).
PEELED, LEAST = 0.05, 0.05
#: Points of interest, and others, without which nothing is looked for.
FEWEST = 10
#: Shuffles of what is of interest; with so many a box is better than all of them by chance in less than one case of twenty.
SHUFFLES = 39
#: Quasi-p above which a limit is dropped, and chance above which a box is none.
ERROR = 1 - COVERAGE


class Limit(NamedTuple):
    """A limit of a part of the space."""

    place: int  # of the factor
    kind: str  # "low": values above, "high": values below, "level": any but this one, "only": this one
    value: float  # halfway to the next point beyond; of a level, which, from 0


class Box(NamedTuple):
    """A box with what chance would make of it."""

    limits: tuple[Limit, ...]
    quasi_p: tuple[float, ...]  # of each limit: chance of a density as high if it did nothing (Bryant & Lempert 2010)
    inside: Bools  # (points,)
    chance: float  # share of shuffles in which as good a box is found

    @property
    def told(self) -> bool:
        """Tell whether there is a box that is better than chance would give."""
        return bool(self.limits) and self.chance < ERROR


def find_box(x: Floats, wanted: Bools, named: Sequence[bool], generator: np.random.Generator) -> Box:
    """Find the box of some points of interest.

    Args:
        x: (points, factors), values of the factors; of one whose levels are names, which level, from 0.
        wanted: (points,), which are of interest: `FEWEST` at least, and as many that are not.
        named: for each factor, whether its levels are names.
        generator: of the shuffles.

    Source:
        Friedman & Fisher 1999, Statistics and Computing 9, 123-143; Bryant & Lempert 2010, Technological Forecasting and Social
        Change 77, 34-49.
    """
    limits = _find(x, wanted, named)
    inside = within(x, limits)
    found = _score(wanted, inside)
    shuffled = [generator.permutation(wanted) for _ in range(SHUFFLES)]
    as_good = (
        sum(_score(other, within(x, _find(x, other, named))) >= found for other in shuffled) if limits else SHUFFLES
    )
    quasi_p = tuple(_quasi_p(x, wanted, limits, limit) for limit in limits)
    return Box(tuple(limits), quasi_p, inside, as_good / SHUFFLES)


def within(x: Floats, limits: Sequence[Limit]) -> Bools:
    """Tell which points are within limits: (points,)."""
    inside = np.ones(len(x), dtype=np.bool_)
    for limit in limits:
        column = x[:, limit.place]
        if limit.kind in ("level", "only"):
            inside &= (column == limit.value) == (limit.kind == "only")
        else:
            inside &= column > limit.value if limit.kind == "low" else column < limit.value
    return inside


def _score(wanted: Bools, inside: Bools) -> float:
    """Balance density and coverage: their harmonic mean, from 0 to 1."""
    return 2 * float((wanted & inside).sum()) / float(wanted.sum() + inside.sum())


def _find(x: Floats, wanted: Bools, named: Sequence[bool]) -> list[Limit]:
    """Peel a box off all points, take the best on the way, and drop limits that chance would give as well."""
    limits: dict[tuple[int, str, float], Limit] = {}
    inside = np.ones(len(x), dtype=np.bool_)
    best, best_limits = _score(wanted, inside), list[Limit]()
    while (limit := _peel(x[inside], wanted[inside], named, LEAST * len(x))) is not None:
        inside &= within(x, [limit])
        limits[limit.place, limit.kind, limit.value if limit.kind == "level" else 0.0] = limit
        if (score := _score(wanted, inside)) > best:
            best, best_limits = score, list(limits.values())
    while best_limits:
        worst = max(best_limits, key=lambda limit: _quasi_p(x, wanted, best_limits, limit))
        if _quasi_p(x, wanted, best_limits, worst) < ERROR:
            break
        best_limits = [limit for limit in best_limits if limit != worst]
    return best_limits


def _peel(x: Floats, wanted: Bools, named: Sequence[bool], least: float) -> Limit | None:
    """Choose the limit that raises the density of a box most for what it gives up (the lenient rule); None: there is none.

    Each peels the least share that it can off the box, at either end of a factor, or one of its named levels.
    """
    mass, mean = len(wanted), float(wanted.mean())
    if mean == 1.0:
        return None
    ordered, cut = np.sort(x, axis=0), max(1, int(PEELED * mass))
    ways: list[tuple[float, Limit]] = []
    low, high = ordered[cut - 1], ordered[mass - cut]
    for kind, kept in (("low", x > low), ("high", x < high)):
        counts, hits = kept.sum(axis=0), (kept & wanted[:, None]).sum(axis=0)
        for place in map(int, np.flatnonzero((counts >= max(least, 1)) & (counts < mass))):
            if not named[place]:
                beyond = ordered[mass - counts[place], place] if kind == "low" else ordered[counts[place] - 1, place]
                at = (low if kind == "low" else high)[place]
                gain = (float(hits[place]) / counts[place] - mean) / (mass - counts[place])
                ways.append((gain, Limit(place, kind, float(at + beyond) / 2)))
    for place in map(int, np.flatnonzero(named)):
        for level in np.unique(x[:, place]):
            limit = Limit(place, "level", float(level))
            kept_here = within(x, [limit])
            if max(least, 1) <= (count := int(kept_here.sum())):
                ways.append(((float(wanted[kept_here].mean()) - mean) / (mass - count), limit))
    # Of equal ones the first, in the order of the factors, the lower end before the upper one.
    ways.sort(key=lambda way: (way[1].place, way[1].kind == "high"))
    return max(ways, key=lambda way: way[0])[1] if ways else None


def _quasi_p(x: Floats, wanted: Bools, limits: Sequence[Limit], limit: Limit) -> float:
    """Compute the chance of a density as high in the box if the limit did nothing: that of the box without it holding."""
    from scipy.special import bdtrc

    inside, without = within(x, limits), within(x, [other for other in limits if other != limit])
    hits, count = int((inside & wanted).sum()), int(inside.sum())
    return float(bdtrc(hits - 1, count, float(wanted[without].mean()))) if hits else 1.0
