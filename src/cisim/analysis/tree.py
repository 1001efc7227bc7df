"""A small tree of an outcome over the factors' space: CART, as large as it predicts points that it was not fitted to.

Where a box tells one part of the space, a tree takes all of it apart into leaves, each with what the outcome is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.analysis.data import Data, check_design, free_points, read_data, take_apart
from cisim.analysis.discovery import DESIGNS, bounded
from cisim.boxes import FEWEST, Bools, Limit, within
from cisim.study import Store
from cisim.study.designs import generator_of
from cisim.uncertainty import Floats, moments, t_interval, wilson

if TYPE_CHECKING:
    import pandas as pd

#: Leaves of the largest tree, as many as one can read; least share of the points that a leaf has, and least number.
MOST_LEAVES, LEAST, LEAST_POINTS = 6, 0.05, 5
#: Parts of the points that are predicted by a tree fitted to the others, one after the other.
FOLDS = 10
#: Standard errors by which a tree must predict points that it was not fitted to better than their mean does.
TOLD = 1.96


class Leaf(NamedTuple):
    """Part of the factors' space."""

    limits: tuple[Limit, ...]  # in the order of the factors
    inside: Bools  # (points,), which lie in it


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree of the expected outcome, or of whether it is below or above a bound."""

    data: Data  #: of which.
    below: float | None  #: points of interest have an expected outcome below this,
    above: float | None  #: and above that; both None: the outcome itself is told.
    leaves: tuple[Leaf, ...]  #: in the order of the table.
    #: One row per leaf, the highest value first: where (its limits), points, value (mean of the expected outcome over them, in its
    #: unit, or the density: their share that is of interest), low and high (95 % interval, which leaves out that the limits were chosen
    #: by the same points), coverage (share of all points of interest that lie in it; NaN without a bound).
    table: pd.DataFrame
    predicts: float  #: share of the variance between points that it predicts at points left out; below 0: worse than their mean does.
    noise: float  #: share of that variance which luck leaves in the points' means, and no tree predicts; 0 with one replication.
    of_interest: int  #: points of interest; 0 without a bound.
    #: Why there is no tree: "" (there is one), "few" (too few points, or of interest, or of others), "chance" (it predicts points left
    #: out no better than their mean does).
    problem: str
    needed: int  #: points that would do, as far as this study tells; else 0.


def tree(
    store: Store,
    measure: str | None = None,
    month: int | None = None,
    *,
    below: float | None = None,
    above: float | None = None,
) -> Tree:
    """Take the factors' space apart into a few parts that differ most in an expected outcome.

    Args:
        store: of a finished study whose design is spread over the space.
        measure: progress by default.
        month: one that was recorded; the last one by default.
        below: upper bound of what is looked for, in the measure's unit: then the parts differ in the share of points that are so.
        above: lower bound of it.

    Raises:
        InputError: the study has another design, such a measure or month was not recorded, or runs are not done.

    Source:
        Breiman, Friedman, Olshen & Stone 1984, Classification and Regression Trees.

    Example:
        >>> tree(store).table  # doctest: +SKIP
    """
    return tree_of(read_data(store, measure, month, whole=False), below=below, above=above)


def tree_of(data: Data, *, below: float | None = None, above: float | None = None) -> Tree:
    """Fit the same to results that are there already; see `tree`."""
    import pandas as pd

    check_design(data.design, DESIGNS, "a tree")
    data = free_points(data)
    told = data.y.mean(axis=1)
    is_bound = below is not None or above is not None
    if is_bound:
        told = bounded(told, below, above).astype(np.float64)
    points, count = len(told), int(told.sum()) if is_bound else 0
    noise = 0.0 if is_bound else take_apart(data.y, common=data.common).of_means
    columns = ["where", "points", "value", "low", "high", "coverage"]

    def no_tree(problem: str, needed: int, predicts: float = np.nan) -> Tree:
        empty = pd.DataFrame(columns=columns)
        return Tree(data, below, above, (), empty, predicts, noise, count, problem, needed)

    rarer = min(count, points - count) if is_bound else points // 2
    if rarer < FEWEST:
        return no_tree("few", -(-points * FEWEST // rarer) if rarer else 0)
    size, gains = _size(data.x, told, data.named, generator_of("analysis tree", data.seed))
    of = moments(gains)
    predicts = float(of.mean) / float(told.var()) if np.ptp(told) > 0 else np.nan
    if size == 1 or not float(of.mean) > TOLD * float(of.standard_error):
        return no_tree("chance", 4 * points, predicts)
    leaves = list(_grown(data.x, told, data.named, size))[-1]
    leaves.sort(key=lambda leaf: -float(told[leaf.inside].mean()))
    rows = []
    for leaf in leaves:
        values = told[leaf.inside]
        low, high = wilson(values.mean(), len(values)) if is_bound else t_interval(moments(values))
        coverage = float(values.sum()) / count if is_bound else np.nan
        rows.append((_where(data, leaf), len(values), float(values.mean()), float(low), float(high), coverage))
    table = pd.DataFrame(rows, columns=columns)
    return Tree(data, below, above, tuple(leaves), table, predicts, noise, count, "", 0)


def _where(data: Data, leaf: Leaf) -> str:
    signs = {"low": ">", "high": "<", "level": "is not", "only": "is"}
    told = []
    for limit in leaf.limits:
        factor = data.factors[limit.place]
        value = f"{limit.value:.6g}" if limit.kind in ("low", "high") else factor.values[int(limit.value)]
        told.append(f"{factor.name} {signs[limit.kind]} {value}")
    return " and ".join(told)


def _size(x: Floats, y: Floats, named: Sequence[bool], generator: np.random.Generator) -> tuple[int, Floats]:
    """Choose the number of leaves: the least whose error at points left out is within a standard error of the least one.

    Returns it, and by how much each point left out is predicted better than by the mean, in squares.
    """
    errors = np.full((MOST_LEAVES, len(y)), np.nan)
    for fold in np.array_split(generator.permutation(len(y)), FOLDS):
        rest = np.ones(len(y), dtype=np.bool_)
        rest[fold] = False
        predicted = np.full(len(fold), np.nan)
        for leaves, of in enumerate(_grown(x[rest], y[rest], named, MOST_LEAVES)):
            for leaf in of:
                predicted[within(x[fold], leaf.limits)] = y[rest][leaf.inside].mean()
            errors[leaves:, fold] = (y[fold] - predicted) ** 2  # a tree that grows no more stays as it is
    of_sizes = moments(errors.T)
    best = int(np.argmin(of_sizes.mean))
    bound = of_sizes.mean[best] + of_sizes.standard_error[best]
    chosen = int(np.argmax(of_sizes.mean <= bound))
    return chosen + 1, errors[0] - errors[chosen]


def _grown(x: Floats, y: Floats, named: Sequence[bool], most: int) -> Iterator[list[Leaf]]:
    """Yield trees of one leaf, two, and so on: each splits the leaf of the one before that gains most."""
    least = max(LEAST_POINTS, int(np.ceil(LEAST * len(y))))
    whole = Leaf((), np.ones(len(y), dtype=np.bool_))
    leaves, splits = [whole], [_split(x, y, named, whole, least)]
    yield leaves
    while len(leaves) < most:
        gains = [split.gain for split in splits]
        at = int(np.argmax(gains))
        if gains[at] <= 0:
            return
        parts = splits[at].parts
        leaves = [*leaves[:at], *parts, *leaves[at + 1 :]]
        splits = [*splits[:at], *(_split(x, y, named, part, least) for part in parts), *splits[at + 1 :]]
        yield leaves


class _Split(NamedTuple):
    """The best split of a leaf."""

    gain: float  # by how much it lowers the sum of squares; 0: there is none
    parts: tuple[Leaf, ...]


def _split(x: Floats, y: Floats, named: Sequence[bool], leaf: Leaf, least: int) -> _Split:
    """Find the split of a leaf that lowers the sum of squares most, at a limit of a factor or by one of its named levels."""
    ways: list[tuple[float, tuple[Limit, Limit]]] = []
    rows = np.flatnonzero(leaf.inside)
    values, count = y[rows] - y[rows].mean(), len(rows)
    for place, by_name in enumerate(named):
        column = x[rows, place]
        if by_name:
            for level in map(float, np.unique(column)):
                size = int((column == level).sum())
                if least <= size <= count - least:
                    part = float(values[column == level].sum())
                    gain = part**2 / size + part**2 / (count - size)
                    ways.append((gain, (Limit(place, "only", level), Limit(place, "level", level))))
            continue
        order = np.argsort(column, kind="stable")
        steps, sums, sizes = column[order], values[order].cumsum()[:-1], np.arange(1, count)
        possible = (steps[1:] > steps[:-1]) & (sizes >= least) & (sizes <= count - least)
        gains = np.where(possible, sums**2 / sizes + sums**2 / (count - sizes), 0.0)
        if possible.any():
            at = int(np.argmax(gains))
            middle = float(steps[at] + steps[at + 1]) / 2
            ways.append((float(gains[at]), (Limit(place, "high", middle), Limit(place, "low", middle))))
    gain, limits = max(ways, key=lambda way: way[0], default=(0.0, ()))
    if gain <= 1e-12 * count:
        return _Split(0.0, ())
    return _Split(gain, tuple(_part(x, leaf, limit) for limit in limits))


def _part(x: Floats, leaf: Leaf, limit: Limit) -> Leaf:
    """Put one limit more on a leaf; one that it makes idle falls away."""
    idle = (limit.kind, "level") if limit.kind == "only" else (limit.kind,) if limit.kind != "level" else ()
    kept = [other for other in leaf.limits if other.place != limit.place or other.kind not in idle]
    ordered = sorted([*kept, limit], key=lambda each: (each.place, each.kind == "high", each.value))
    return Leaf(tuple(ordered), leaf.inside & within(x, [limit]))
