"""Results of a finished study as analyses take them: the design as numbers, a measure at each point and replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.errors import InputError
from cisim.study import Store, Study, in_design_order, study_of
from cisim.study.designs import Design
from cisim.study.factors import Factor
from cisim.study.summary import recorded_measures
from cisim.uncertainty import COVERAGE, Floats

#: So many points are named that lack a value.
MOST_NAMED = 10
#: Chance with which points that luck alone tells apart are taken for different.
ERROR = 1 - COVERAGE


@dataclass(frozen=True, eq=False)
class Data:
    """A measure at every point of a design."""

    design: Design  #: how the points were chosen.
    factors: tuple[Factor, ...]  #: what varies.
    x: Floats  #: (points, factors), values of the factors; of one whose levels are names, which level, from 0.
    y: Floats  #: (points, replications), the measure.
    measure: str  #: its name.
    unit: str = ""  #: the measure's.
    month: int = 0  #: in which it was recorded.
    common: bool = True  #: whether replication r has the same luck at every point.
    seed: int = 1  #: of the study, of which resampling takes its own luck.
    points: int = 0  #: how many there are with those that were left out; 0: none was.

    @property
    def names(self) -> list[str]:
        """Names of the factors."""
        return [factor.name for factor in self.factors]

    @property
    def named(self) -> tuple[bool, ...]:
        """Tell for each factor whether its levels are names."""
        return tuple(any(isinstance(value, str) for value in factor.values) for factor in self.factors)

    @property
    def left_out(self) -> int:
        """Number of points that were left out because a run of theirs has no value."""
        return max(0, self.points - len(self.y))

    def only(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Data:
        """Select points."""
        return replace(self, x=self.x[rows], y=self.y[rows])


def read_data(store: Store, measure: str | None = None, month: int | None = None, *, whole: bool = True) -> Data:
    """Read a measure of a study whose runs are all done.

    Args:
        store: of the study.
        measure: progress by default.
        month: one that was recorded; the last one by default.
        whole: refuse a study in which a point lacks a value, which an analysis of a design as a whole can't do without; else
            leave such points out.

    Raises:
        InputError: such a measure or month was not recorded, runs are not done, or, as `whole` says, points lack a value.
    """
    study, (name,) = study_of(store), recorded_measures(store, None if measure is None else [measure])
    if not study.factors:
        raise InputError(f"{store.folder}: nothing varies in this study: it has no factors")
    counts = store.counts()
    if counts.done < counts.runs:
        again = f"cisim study run {store.folder} does the others"
        raise InputError(f"{store.folder}: {counts.done:,} of {counts.runs:,} runs are done: {again}")
    y = in_design_order(store, name, month, each=True, missing="nan")
    lacking = np.asarray(np.isnan(y).any(axis=1))
    if lacking.all() or (whole and lacking.any()):
        raise InputError(f"{store.folder}: {_lacking_in_words(y, name)}")
    months = store.table("runs", ["month"])["month"].to_numpy()
    metadata = store.table("runs", empty=True).schema.field(name).metadata or {}
    data = Data(
        study.design, study.factors, _numbers(store, study), y, name, metadata.get(b"unit", b"").decode(),
        int(months.max()) if month is None else month, study.luck == "common", study.seed, len(y),
    )  # fmt: skip
    return data.only(~lacking) if lacking.any() else data


def _lacking_in_words(y: Floats, name: str) -> str:
    lacks = np.isnan(y).sum(axis=1)
    points = np.flatnonzero(lacks)
    named = ", ".join(map(str, points[:MOST_NAMED])) + (", ..." if len(points) > MOST_NAMED else "")
    return (
        f"{lacks.sum():,} of {y.size:,} runs have no {name}, at {len(points):,} of {len(y):,} points ({named}): this analysis needs every "
        "point of the design; cisim study why STORE POINT tells why a run failed, and ranges without such points mend it"
    )


def _numbers(store: Store, study: Study) -> Floats:
    """Put the design into numbers: (points, factors)."""
    table, columns = store.points, []
    for factor in study.factors:
        values = table.column(factor.name).to_pylist()
        labels = [str(level.label) for level in factor.levels]
        plain = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        columns.append(values if plain else [labels.index(str(value)) for value in values])
    return np.array(columns, dtype=np.float64).T


class Variance(NamedTuple):
    """Variance of an outcome over the runs of a design, taken apart by the law of total variance."""

    factors: float  #: of the expected outcome over the points, without the error of the points' means.
    luck: float  #: between runs of one point, averaged over points; NaN with one replication.
    noise: float  #: error that luck leaves in a point's mean, as far as it differs between points; NaN with one replication.
    chance: (
        float  #: of such differences between points, or larger ones, where factors do nothing (F test); NaN likewise.
    )
    freedom: int  #: degrees of freedom of the noise.

    @property
    def share(self) -> float:
        """Share of the variance that is luck; NaN with one replication."""
        total = self.luck + max(0.0, self.factors)
        return self.luck / total if total > 0 else np.nan

    @property
    def of_means(self) -> float:
        """Share of the variance of the points' means that is noise, 0 with one replication, where nobody knows."""
        total = self.noise + max(0.0, self.factors)
        return self.noise / total if total > 0 else 0.0


def take_apart(y: Floats, *, common: bool) -> Variance:
    """Take the variance of an outcome apart: what the factors do to its expectation, and luck.

    V(Y) = V(E(Y | x)) + E(V(Y | x)). The variance of the points' means holds their error besides, which is taken away. With common
    luck, what a replication does to all points alike makes no difference between them, so that only the residual of a two-way
    analysis of variance counts as noise of the means; luck is the whole variance within points.

    Args:
        y: (points, replications), at least two points.
        common: whether replication r has the same luck at every point.
    """
    from scipy.stats import f

    points, runs = y.shape
    between = float(y.mean(axis=1).var(ddof=1))
    if runs < 2:
        return Variance(between, np.nan, 0.0, np.nan, 0)
    luck = float(y.var(axis=1, ddof=1).mean())
    residual = y - y.mean(axis=1, keepdims=True) - (y.mean(axis=0) - y.mean() if common else 0.0)
    freedom = ((points - 1) if common else points) * (runs - 1)
    square = float((residual**2).sum()) / freedom
    ratio = runs * between / square if square > 0 else np.inf
    chance = float(f.sf(ratio, points - 1, freedom)) if between > 0 else 1.0
    return Variance(between - square / runs, luck, square / runs, chance, freedom)


def luck_interval(y: Floats, generator: np.random.Generator, *, common: bool, times: int) -> tuple[float, float]:
    """Estimate a 95 % interval of the share of the variance that is luck, by resampling points and replications."""
    if y.shape[1] < 2 or np.ptp(y) == 0:
        return np.nan, np.nan
    shares = []
    for _ in range(times):
        rows, runs = resampled(len(y), generator), resampled(y.shape[1], generator)
        # Replications that come twice would look like no luck at all.
        kept = np.unique(runs)
        if len(kept) > 1:
            shares.append(take_apart(y[rows][:, kept], common=common).share)
    low, high = np.nanquantile(shares, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)


def resampled(count: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw so many of as many, with replacement."""
    return generator.integers(count, size=count)


def mean_of(y: Floats, generator: np.random.Generator) -> Floats:
    """Average over replications, the last axis, drawn with replacement."""
    runs = y.shape[-1]
    drawn: Floats = np.einsum("...r,r->...", y, np.bincount(resampled(runs, generator), minlength=runs) / runs)
    return drawn


def free_points(data: Data) -> Data:
    """Select the points that are drawn independently of one another: of a Saltelli design the first and last of each sample."""
    if data.design.kind != "saltelli":
        return data
    step = step_of(data)
    return data.only(np.sort(np.r_[0 : len(data.y) : step, step - 1 : len(data.y) : step]))


def step_of(data: Data) -> int:
    """Count the points of a sample of a Saltelli design, or of a trajectory of Morris's."""
    count = len(data.factors)
    if data.design.kind == "morris":
        return count + 1
    return 2 * count + 2 if data.design.second_order else count + 2


def check_design(design: Design, kinds: Sequence[str], what: str) -> None:
    """Refuse a design from which an analysis can't tell anything."""
    if design.kind not in kinds:
        allowed = kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} or {kinds[-1]}"
        raise InputError(f"design.kind = {design.kind!r}: {what} needs a design of kind {allowed}")
