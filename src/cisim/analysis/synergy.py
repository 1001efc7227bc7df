"""Synergy of what is there or not: main effects, interactions and fair shares of the whole gain, from a two-level factorial.

Everything is a sum of differences taken run by run, so that with common luck what luck does to all combinations alike falls away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.analysis.data import Data, check_design, read_data
from cisim.errors import InputError, Problems, did_you_mean
from cisim.scenario.problems import shown
from cisim.study import Store
from cisim.study.factors import Factor, Value
from cisim.uncertainty import COVERAGE, Floats, moments, t_interval

if TYPE_CHECKING:
    import pandas as pd

#: The most factors whose combinations are taken apart: 2^10 sets.
MOST = 10
#: Standard errors, 1.96 + 0.84, by which an effect is told from 0 in four tries of five.
TOLD = 2.8


@dataclass(frozen=True, eq=False)
class Synergy:
    """What factors of two levels bring alone and together, from the first level of all to the second."""

    data: Data  #: of which.
    names: tuple[str, ...]  #: of the factors.
    at: Mapping[str, Value]  #: where the other factors are held.
    cells: Floats  #: (2, 2, ..., replications), the outcome of every combination.
    #: One row per part and set of factors, with the columns part, factors (their names, "a × b"), size (how many they are),
    #: value, low and high. Parts are "gain" (all second levels less all first), "alone" (one, the others absent), "last" (one,
    #: the others there), "shapley" (its fair share; they sum to the gain), "main" (one, averaged over the others),
    #: "interaction" (how much more they bring together, averaged over the others), "needs" (what needs so many together; they
    #: sum to the gain).
    table: pd.DataFrame
    #: Replications that would tell the gain from 0, where these don't; else 0. One replication tells nothing.
    needed: int

    @property
    def pairs(self) -> pd.DataFrame:
        """Interactions of two, the largest first; `sure` if the sign can be told, however many pairs there are (Bonferroni)."""
        from scipy.special import stdtrit

        rows = self.part("interaction").query("size == 2").sort_values("value", ascending=False, kind="stable")
        tail, freedom = (1 - COVERAGE) / 2, max(1, self.cells.shape[-1] - 1)
        wider = stdtrit(freedom, 1 - tail / max(1, len(rows))) / stdtrit(freedom, 1 - tail)
        return rows.assign(sure=rows["value"].abs() > wider * (rows["high"] - rows["low"]) / 2)

    def part(self, name: str) -> pd.DataFrame:
        """Select the rows of a part."""
        return self.table[self.table["part"] == name]


def synergy(
    store: Store, measure: str | None = None, month: int | None = None, at: Mapping[str, Value] | None = None
) -> Synergy:
    """Tell what factors bring alone and together, from a finished factorial study.

    Factors of two levels are taken apart, the first being absent and the second present. Those of more levels are held at one.

    Args:
        store: of the study.
        measure: progress by default.
        month: one that was recorded; the last one by default.
        at: levels of other factors, by name; by default those of the base scenario.

    Raises:
        InputError: the study has another design, no two factors of two levels or more than ten, a level is none, runs are not done
            or have no value.

    Source:
        Shapley 1953 (a value for n-person games); Harsanyi 1963, International Economic Review 4, 194-220 (what a set brings beyond
        its subsets).

    Example:
        >>> synergy(store).part("shapley")  # doctest: +SKIP
    """
    data = read_data(store, measure, month)
    check_design(data.design, ("factorial",), "synergy")
    return synergy_of(data, at)


def synergy_of(data: Data, at: Mapping[str, Value] | None = None) -> Synergy:
    """Compute the same of results that are there already; see `synergy`."""
    import pandas as pd

    held = _held(data.factors, at or {})
    places = np.array([_places(factor, column) for factor, column in zip(data.factors, data.x.T, strict=True)])
    shape = [len(factor.values) for factor in data.factors]
    if len(data.y) != prod(shape) or len(np.unique(places, axis=1).T) != len(data.y):
        raise InputError(f"{len(data.y)} points: synergy needs every combination of the levels once, {prod(shape):,}")
    cells = np.empty((*shape, data.y.shape[1]))
    cells[tuple(places)] = data.y
    cells = cells[tuple(held.get(factor.name, slice(None)) for factor in data.factors)]
    names = tuple(factor.name for factor in data.factors if factor.name not in held)
    found = list(_parts(names, cells))
    of = moments(np.array([values for *_, values in found]).T)
    low, high = t_interval(of)
    table = pd.DataFrame([row[:3] for row in found], columns=["part", "factors", "size"])
    table = table.assign(value=of.mean, low=low, high=high)
    needed, gain = 0, table.iloc[0]
    if not (gain["low"] > 0 or gain["high"] < 0):
        runs, lead = int(of.runs[0]), max(abs(float(of.mean[0])), 1e-12)
        more = runs * (TOLD * float(np.nan_to_num(of.standard_error[0])) / lead) ** 2
        needed = int(min(1e9, max(runs + 1, np.ceil(more))))
    levels = {factor.name: factor.values[held[factor.name]] for factor in data.factors if factor.name in held}
    return Synergy(data, names, levels, cells, table, needed)


def _parts(names: Sequence[str], cells: Floats) -> list[tuple[str, str, int, Floats]]:
    """List every part with its factors, their number and its values by replication; the gain of all first."""
    count, everyone = len(names), tuple(range(len(names)))
    sets = [among for size in range(1, count + 1) for among in combinations(everyone, size)]
    beyond = {among: pure(cells, among) for among in sets}
    called = {among: " × ".join(names[place] for place in among) for among in sets}
    rows = [("gain", called[everyone], count, cell(cells, everyone) - cell(cells, ()))]
    for one in everyone:
        others = tuple(other for other in everyone if other != one)
        shapley = sum(values / len(among) for among, values in beyond.items() if one in among)
        rows += [
            ("alone", names[one], 1, beyond[one,]),
            ("last", names[one], 1, cell(cells, everyone) - cell(cells, others)),
            ("shapley", names[one], 1, np.asarray(shapley)),
        ]
    for among in sets:
        rows.append(("main" if len(among) == 1 else "interaction", called[among], len(among), contrast(cells, among)))
    for size in range(1, count + 1):
        needs = np.sum([values for among, values in beyond.items() if len(among) == size], axis=0)
        rows.append(("needs", f"{size} of {count}", size, needs))
    return rows


def contrast(cells: Floats, among: Sequence[int]) -> Floats:
    """Compute how factors work together, averaged over all combinations of the others, by replication.

    Of one factor it is the main effect: present less absent. Of two it is how much more the one brings when the other is there than
    when it is not. Of three it is how much that grows with the third.

    Args:
        cells: (2, 2, ..., replications).
        among: places of the factors.
    """
    part = cells
    for place in range(cells.ndim - 1):
        part = part[1] - part[0] if place in among else (part[0] + part[1]) / 2
    return part


def pure(cells: Floats, among: Sequence[int]) -> Floats:
    """Compute the same while all other factors are absent, by replication; summed over all sets it is the gain of all."""
    part = cells
    for place in range(cells.ndim - 1):
        part = part[1] - part[0] if place in among else part[0]
    return part


def cell(cells: Floats, among: Sequence[int]) -> Floats:
    """Select the combination in which these factors are present, by replication."""
    chosen: Floats = cells[tuple(int(place in among) for place in range(cells.ndim - 1))]
    return chosen


def _held(factors: Sequence[Factor], at: Mapping[str, Value]) -> dict[str, int]:
    """Tell at which of its levels each factor is held that is not taken apart."""
    problems, held = Problems(), {}
    names = [factor.name for factor in factors]
    problems += [f"at {name}: no such factor; {did_you_mean(name, names)}" for name in at if name not in names]
    for factor in factors:
        if factor.name not in at and len(factor.values) == 2:
            continue
        value = at.get(factor.name, factor.values[0] if factor.usual is None else factor.usual)
        if value in factor.values:
            held[factor.name] = factor.values.index(value)
        else:
            levels = ", ".join(shown(level) for level in factor.values)
            problems.append(f"at {factor.name} = {shown(value)}: no such level; there are {levels}")
    problems.check()
    if not 2 <= len(factors) - len(held) <= MOST:
        raise InputError(f"synergy needs 2 to {MOST} factors of two levels: there are {len(factors) - len(held)}")
    return held


def _places(factor: Factor, column: Floats) -> Any:
    """Tell which level each point has."""
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in factor.values)
    if not numeric:
        return column.astype(np.int64)
    values = list(map(float, factor.values))
    return np.array([values.index(value) for value in column.tolist()], np.int64)
