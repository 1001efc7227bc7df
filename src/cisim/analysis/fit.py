"""Fitting to observed series: which values of the factors of a finished study agree with data, by approximate Bayesian computation.

The study is the prior: its design is spread over the ranges. The runs nearest to the data are kept, and their factors are adjusted for
what distance is left by a local linear regression.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.analysis.data import check_design, read_data
from cisim.coalition.rosters import BUILTIN
from cisim.coalition.table import MOST_HINTS, Bounds, normal_form, read_csv, shown
from cisim.errors import InputError, Problems, did_you_mean, gathered, writing
from cisim.files import read_bytes, replace_file
from cisim.study import Store
from cisim.study.designs import generator_of
from cisim.study.factors import PARAMETER, Factor
from cisim.uncertainty import COVERAGE, Floats

if TYPE_CHECKING:
    import pandas as pd

    from cisim.scenario import Scenario

#: The most factors that rejection can fit, and the fewest runs that are kept.
MOST_FACTORS, FEWEST = 6, 30
#: Share of the runs that is kept.
KEPT = 0.1
#: A factor whose variance fell by less than this share was not learned; two whose rank correlation is beyond this trade off.
LEARNED, TRADED = 0.3, 0.6
#: Data as far from the study as fewer than this share of its own runs are from the others are out of its reach.
FAR = 0.01
#: Columns of observations, and what numbers are allowed there.
OBSERVED = ("month", "outcome", "value", "error")
MONTHS = 1201
NUMBERS = {"month": Bounds(0, MONTHS - 1), "value": Bounds(-1e9, 1e9), "error": Bounds(0, 1e9)}
MOST_OBSERVATIONS, LARGEST = 1000, 10_000_000
#: So many runs, at most, tell how far a run is from the others.
JUDGED = 500


class Bank(NamedTuple):
    """Runs of a study as a reference table."""

    x: Floats  #: (runs, factors), each between 0 and 1 in its range.
    y: Floats  #: (runs, observations), with the error of the observations.
    point: Floats  #: (runs,), of the design; runs of one point have the same x.


@dataclass(frozen=True, eq=False)
class Fit:
    """Values of the factors of a study that agree with data."""

    #: One row per factor, with the columns factor, unit, low, middle, high (95 % interval and median) and learned (1 - variance
    #: after / before).
    table: pd.DataFrame
    #: One row per pair, with the columns one, other, correlation (of ranks, after the data) and trade_off.
    pairs: pd.DataFrame
    #: One row per observation, with the columns month, outcome, value, low, high (95 % of the runs that were kept) and inside.
    check: pd.DataFrame
    runs: int  #: of the study.
    kept: int  #: of them.
    chance: float  #: share of the study's own runs that are as far from the others as the data are.
    problem: Literal["", "far"]  #: "far" where no run comes near the data, and the table means nothing.

    @property
    def unlearned(self) -> list[str]:
        """Factors of which the data say next to nothing."""
        return [*self.table.loc[self.table["learned"] < LEARNED, "factor"]]

    def ranges(self) -> dict[str, dict[str, float]]:
        """Give the fitted ranges as `Scenario.replace` takes them; how factors go together is lost.

        Raises:
            InputError: no run comes near the data.
        """
        if self.problem:
            raise InputError(
                "no run of the study comes near the data: there is nothing to go on with; other ranges may do"
            )
        return {
            row["factor"]: {end: row[end] for end in ("low", "middle", "high")} for row in self.table.to_dict("records")
        }

    def write(self, base: Scenario, path: Path) -> Path:
        """Write a scenario in which the fitted ranges are distributions.

        Args:
            base: the study's scenario.
            path: NAME.toml; beside the files of a coalition, if the scenario names some.

        Raises:
            InputError: no run comes near the data, a factor is no number of a scenario, or the file cannot be written.
        """
        for name in self.ranges():
            if name.startswith(PARAMETER):
                raise InputError(f"{name}: a parameter of your own is no part of a scenario")
        fitted = base.replace(**self.ranges())
        file = fitted.coalition.file
        own = file is not None and not file.startswith(BUILTIN)
        if own and (fitted.folder or Path()).resolve() != path.parent.resolve():
            raise InputError(f"{path}: must stand beside {file}, which the scenario names")
        with writing(path):
            replace_file(path, lambda opened: opened.write(fitted.to_toml().encode()))
        return path


def fit(store: Store, path: Path | str) -> Fit:
    """Fit the factors of a finished study to observed series.

    Args:
        store: of a study of at most six factors with ranges, spread by a Latin hypercube or Sobol' sequence, which recorded what
            was observed in the months in which it was.
        path: CSV file with the columns month, outcome (a measure's name), value and, if known, error (standard error).

    Raises:
        InputError: the file or the study will not do.

    Source:
        Beaumont, Zhang & Balding 2002, Genetics 162, 2025-2035.

    Example:
        >>> fit(store, "data.csv").table  # doctest: +SKIP
    """
    seen = read_observed(path)
    data = [read_data(store, row["outcome"], int(row["month"])) for row in seen.to_dict("records")]
    check_design(data[0].design, ("latin-hypercube", "sobol"), "a fit")
    if data[0].common:
        raise InputError(
            'study.luck = "common": a fit needs luck = "independent", as nobody knows what luck the data had'
        )
    runs = data[0].y.shape[1]
    y = np.stack([each.y.ravel() for each in data], axis=1)
    return fit_of(data[0].factors, np.repeat(data[0].x, runs, axis=0), y, seen, seed=data[0].seed)


def read_observed(path: Path | str) -> pd.DataFrame:
    """Read observations, with the columns month, outcome, value and error (0 where none is given).

    Raises:
        InputError: tells all that is wrong by line.
    """
    import pandas as pd

    problems, file = Problems(), Path(path)
    table = read_csv(read_bytes(file, LARGEST), str(file), problems)
    header = [normal_form(title).casefold() for title in table.header]
    for title in [title for title in header if title not in OBSERVED][:MOST_HINTS]:
        problems.append(f"{file}: {shown(title)}: no such column; {did_you_mean(title, OBSERVED)}")
    for name in OBSERVED:
        if (count := header.count(name)) > 1 or (not count and name != "error"):
            problems.append(f"{file}: {name}: {'there are two such columns' if count else 'no column has this name'}")
    problems.check()
    places = {name: header.index(name) for name in OBSERVED if name in header}
    rows = []
    for line, cells in table.read():
        texts = {name: cells[place] for name, place in places.items()}
        row: dict[str, str | float] = {"outcome": table.text(line, "outcome", texts["outcome"]), "error": 0.0}
        row |= {name: table.number(line, name, texts[name], NUMBERS[name]) for name in NUMBERS if name in texts}
        for name in [name for name, text in texts.items() if not text.strip() and name != "error"]:
            table.refuse(line, f"{name}: is missing")
        if row["month"] not in range(MONTHS) and np.isfinite(row["month"]):
            table.refuse(line, f"month = {row['month']:g}: must be a whole number")
        rows.append(row)
    if not rows:
        problems.append(f"{file}: has no observations below its header")
    if len(rows) > MOST_OBSERVATIONS:
        problems.append(f"{file}: has {len(rows):,} observations, more than {MOST_OBSERVATIONS}")
    if problems:
        raise InputError(gathered(problems))
    seen = pd.DataFrame(rows, columns=["month", "outcome", "value", "error"])
    return seen.assign(error=seen["error"].fillna(0.0))


def fit_of(factors: tuple[Factor, ...], x: Floats, y: Floats, seen: pd.DataFrame, seed: int = 1) -> Fit:
    """Fit the same from results that are there already.

    Args:
        factors: with ranges.
        x: (runs, factors), their values.
        y: (runs, observations), what the model gave.
        seen: (observations,) rows of month, outcome, value and error.
        seed: of the luck of errors.
    """
    import pandas as pd

    generator = generator_of("fit", seed)
    bank = bank_of(factors, x, y, seen["error"].to_numpy(), generator)
    value = seen["value"].to_numpy()
    drawn, weights, rows, radius = posterior(bank, value)
    judged = np.sort(generator.permutation(len(y))[:JUDGED])
    chance = float(np.mean([posterior(bank, bank.y[run], run)[3] >= radius for run in judged]))
    tails = (1 - COVERAGE) / 2
    ends = np.array([_quantiles(each, weights, [tails, 0.5, 1 - tails]) for each in drawn.T])
    learned = 1 - np.array([np.cov(each, aweights=weights) for each in drawn.T]) / bank.x.var(axis=0)
    low, middle, high = (_back(factors, end) for end in ends.T)
    names, units = [each.name for each in factors], [each.unit for each in factors]
    columns = {"factor": names, "unit": units, "low": low, "middle": middle, "high": high, "learned": learned}
    ranks = np.cov(drawn.argsort(axis=0).argsort(axis=0).T, aweights=weights).reshape(len(names), -1)
    found = [
        (names[one], names[other], ranks[one, other] / np.sqrt(ranks[one, one] * ranks[other, other]))
        for one, other in combinations(range(len(names)), 2)
    ]
    pairs = pd.DataFrame(found, columns=["one", "other", "correlation"])
    around = np.array([_quantiles(each, weights, [tails, 1 - tails]) for each in bank.y[rows].T])
    check = seen[["month", "outcome", "value"]].assign(low=around[:, 0], high=around[:, 1])
    return Fit(
        pd.DataFrame(columns),
        pairs.assign(trade_off=pairs["correlation"].abs() > TRADED),
        check.assign(inside=(value >= around[:, 0]) & (value <= around[:, 1])),
        len(y), len(rows), chance, "far" if chance < FAR else "",
    )  # fmt: skip


def bank_of(factors: tuple[Factor, ...], x: Floats, y: Floats, error: Floats, generator: np.random.Generator) -> Bank:
    """Make the reference table; InputError where there are too many factors, too few runs, or levels in place of ranges."""
    if len(factors) > MOST_FACTORS:
        raise InputError(f"{len(factors)} factors: a fit takes at most {MOST_FACTORS}")
    if len(y) * KEPT < FEWEST:
        raise InputError(f"{len(y):,} runs: a fit needs at least {FEWEST / KEPT:,.0f}")
    unit = np.empty(x.shape)
    for place, factor in enumerate(factors):
        if factor.low is None or factor.high is None or factor.levels or factor.whole:
            raise InputError(f"{factor.name}: a fit needs a range, without levels or whole numbers")
        at, low, high = x[:, place], factor.low, factor.high
        if factor.scale == "log":
            at, low, high = np.log(at), float(np.log(low)), float(np.log(high))
        unit[:, place] = (at - low) / (high - low)
    point = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    return Bank(unit.clip(1e-6, 1 - 1e-6), y + error * generator.standard_normal(y.shape), point.astype(np.float64))


def posterior(bank: Bank, value: Floats, left_out: int | None = None) -> tuple[Floats, Floats, NDArray[np.intp], float]:
    """Keep the nearest runs and adjust them: (kept, factors) in their ranges, weights, which runs, and the distance of the last.

    The regression is of logits, so that nothing leaves its range. `left_out` is a run that is the data: those of its point don't count.
    """
    scale = bank.y.std(axis=0)
    away = (bank.y - value) / np.where(scale > 0, scale, 1.0)
    distance = np.sqrt((away**2).sum(axis=1))
    if left_out is not None:
        distance[bank.point == bank.point[left_out]] = np.inf
    rows = np.argsort(distance, kind="stable")[: int(len(distance) * KEPT)]
    radius = float(distance[rows[-1]])
    weights = 1 - (distance[rows] / radius) ** 2 + 1e-9 if radius > 0 else np.ones(len(rows))
    logit = np.log(bank.x[rows] / (1 - bank.x[rows]))
    design, root = np.c_[np.ones(len(rows)), away[rows]], np.sqrt(weights)[:, None]
    slopes = np.linalg.lstsq(design * root, logit * root, rcond=1e-6)[0]
    return 1 / (1 + np.exp(-(logit - away[rows] @ slopes[1:]))), weights, rows, radius


def ranks(bank: Bank) -> Floats:
    """Let every run be the data in turn: the share of what is fitted that is below the truth, (runs, factors).

    Shares are even between 0 and 1 if the method is right (Talts et al. 2018, arXiv 1804.06788).
    """
    shares = np.empty(bank.x.shape)
    for run, truth in enumerate(bank.x):
        drawn, weights, _, _ = posterior(bank, bank.y[run], run)
        shares[run] = weights @ (drawn < truth) / weights.sum()
    return shares


def _quantiles(values: Floats, weights: Floats, at: list[float]) -> Floats:
    order = np.argsort(values, kind="stable")
    below = (weights[order].cumsum() - weights[order] / 2) / weights.sum()
    found: Floats = np.interp(at, below, values[order])
    return found


def _back(factors: tuple[Factor, ...], unit: Floats) -> Floats:
    """Put values of all factors back from 0 to 1 into their units."""
    found = np.empty(len(factors))
    for place, factor in enumerate(factors):
        low, high = float(factor.low or 0), float(factor.high or 0)
        share = float(unit[place])
        found[place] = low * (high / low) ** share if factor.scale == "log" else low + (high - low) * share
    return found
