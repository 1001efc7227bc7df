"""Paired comparison of strategies: the same seeds, so the same luck, and differences run by run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.ensemble import Ensemble, months_within, run
from cisim.errors import InputError
from cisim.report.format import html_table, number, plural, seeds_in_words, text_table
from cisim.seeds import check as check_seeds
from cisim.uncertainty import Moments, moments, quantiles, t_interval, wilson

if TYPE_CHECKING:
    import pandas as pd

    from cisim.scenario import Scenario

#: With the weights, what makes two outcomes the same question: a strategy may change their trends, but not
#: what is asked.
OUTCOME_FIELDS = ("unit", "zero", "one", "baseline")
EXPLANATION = (
    "Progress: share of the gap closed. Intervals: how well these runs pin down what the model implies."
)


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Ensembles of several strategies on the same seeds.

    Args:
        ensembles: by the name of the strategy, in the order of showing.
        reference: what the others are compared with; the first by default.

    Raises:
        InputError: they cannot be paired: fewer than two, other seeds, months or outcomes, an unknown
            reference.
    """

    ensembles: Mapping[str, Ensemble]
    reference: str = ""

    def __post_init__(self) -> None:
        """Check that the strategies can be paired."""
        ensembles = dict(self.ensembles)
        object.__setattr__(self, "ensembles", ensembles)
        object.__setattr__(self, "reference", _reference(list(ensembles), self.reference or None))
        _check_scenarios({name: ensemble.scenario for name, ensemble in ensembles.items()})
        first = next(iter(ensembles))
        problems = [
            f"{name!r} ran with {seeds_in_words(ensemble.seeds)}, {first!r} with "
            f"{seeds_in_words(ensembles[first].seeds)}: "
            "only runs of the same seeds can be paired"
            for name, ensemble in ensembles.items()
            if not np.array_equal(ensemble.seeds, ensembles[first].seeds)
        ]
        if problems:
            raise InputError(problems)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the strategies, in the order given."""
        return tuple(self.ensembles)

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the strategies that are compared with the reference."""
        return tuple(name for name in self.ensembles if name != self.reference)

    @property
    def first(self) -> Ensemble:
        """The ensemble of the reference."""
        return self.ensembles[self.reference]

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of the quantities that all strategies have."""
        return tuple(
            name
            for name in self.first.quantities
            if all(name in one.quantities for one in self.ensembles.values())
        )

    def ensemble(self, strategy: str) -> Ensemble:
        """The runs of one strategy.

        Raises:
            InputError: there is none of this name.
        """
        if strategy not in self.ensembles:
            raise InputError(
                f"no strategy is called {strategy!r}: there are {', '.join(map(repr, self.ensembles))}"
            )
        return self.ensembles[strategy]

    def difference(
        self, strategy: str | None = None, other: str | None = None, measure: str = "progress"
    ) -> NDArray[np.float64]:
        """How much more a strategy has of a measure than another one, run by run.

        Args:
            strategy: by default the first that is not the reference.
            other: what is taken away; the reference by default.
            measure: name of a measure, or `outcome.NAME`.

        Returns:
            (runs, months + 1); NaN where the measure has no meaning under one of the two.

        Raises:
            InputError: there is no such strategy or measure.
        """
        one = self.ensemble(self.others[0] if strategy is None else strategy)
        two = self.ensemble(self.reference if other is None else other)
        return one.measure(measure) - two.measure(measure)

    def table(
        self, measure: str | Iterable[str] = "progress", months: Iterable[int] | None = None
    ) -> pd.DataFrame:
        """Every strategy beside the reference, by year.

        Args:
            measure: one or several names.
            months: which months; by default the founding, the end of each year and the last month.

        Returns:
            One row per measure, strategy and month. `mean` and `reference_mean` are over the runs that have a
            value under both, `runs` of them. `difference` is the mean of the paired differences,
            `standard_error` its error, `low` to `high` its 95 % interval (Student's t); `q05` to `q95` holds
            nine runs in ten. `chance` is the share of runs in which the strategy has more than the reference,
            ties counted half, `chance_low` to `chance_high` its 95 % interval (Wilson). The intervals say how
            well this number of runs pins down what the model implies.

        Raises:
            InputError: there is no such measure or month.
        """
        import pandas as pd

        names = (measure,) if isinstance(measure, str) else tuple(measure)
        chosen = months_within(self.first.years if months is None else months, self.first.months[-1])
        parts = [
            pd.DataFrame(
                {
                    "measure": name,
                    "unit": self.first.quantity(name).unit,
                    "strategy": strategy,
                    "reference": self.reference,
                    **self.statistics(name, strategy, chosen),
                }
            )
            for name in names
            for strategy in self.others
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def statistics(self, measure: str, strategy: str, months: Sequence[int]) -> dict[str, NDArray[Any]]:
        """The columns of `table` for one measure and strategy, each of the months' length."""
        one, two = (
            self.ensembles[strategy].measure(measure)[:, months],
            self.first.measure(measure)[:, months],
        )
        difference = one - two
        paired = np.isnan(difference)
        of: Moments = moments(difference)
        low, high = t_interval(of)
        spread = quantiles(difference, [0.05, 0.95])
        chance = moments(np.where(paired, np.nan, (difference > 0) + 0.5 * (difference == 0))).mean
        chance_low, chance_high = wilson(chance, of.runs)
        return {
            "month": np.array(months, dtype=np.int64),
            "runs": of.runs,
            "mean": moments(np.where(paired, np.nan, one)).mean,
            "reference_mean": moments(np.where(paired, np.nan, two)).mean,
            "difference": of.mean,
            "standard_error": of.standard_error,
            "low": low,
            "high": high,
            "q05": spread[0],
            "q95": spread[1],
            "chance": chance,
            "chance_low": chance_low,
            "chance_high": chance_high,
        }

    def describe(self) -> str:
        """One line: what is compared, how often, with which luck."""
        others = ", ".join(self.others)
        runs, seeds = plural(len(self.first), "paired run"), seeds_in_words(self.first.seeds)
        return f"{others} compared with {self.reference}: {runs}, {seeds}"

    def __repr__(self) -> str:
        """A table of progress by year."""
        return f"Comparison of {self.describe()}\n{EXPLANATION}\n{text_table(*self._headlines())}"

    def _repr_html_(self) -> str:
        return html_table(f"{self.describe()}. {EXPLANATION}", *self._headlines())

    def _headlines(self) -> tuple[list[str], list[list[str]]]:
        """Headings and rows of the table that a comparison shows of itself."""
        header = ["strategy", "month", "mean", self.reference, "difference", "standard error"]
        header += ["95 % interval", "chance of more"]
        rows = [
            [
                str(row["strategy"]),
                str(row["month"]),
                number(row["mean"]),
                number(row["reference_mean"]),
                number(row["difference"]),
                number(row["standard_error"]),
                f"{number(row['low'])} to {number(row['high'])}",
                f"{number(row['chance'])} ({number(row['chance_low'])} to {number(row['chance_high'])})",
            ]
            for row in self.table("progress", self.first.years[1:]).to_dict("records")
        ]
        return header, rows


def compare(
    strategies: Mapping[str, Scenario | Ensemble | str | os.PathLike[str]],
    runs: int = 200,
    seed: int = 1,
    *,
    reference: str | None = None,
    threads: int | None = None,
    stages: Mapping[str, Callable[..., Any]] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run strategies on the same luck and compare them run by run.

    Args:
        strategies: scenarios (or names of shipped ones, or paths) by the names that tables and pictures show.
            An ensemble is taken as it is, if it has the same seeds.
        runs: how many of each.
        seed: the first run's seed, as in `cisim.run`.
        reference: name of the strategy that the others are compared with; the first by default.
        threads: how many to use; all processors by default. It changes no bit.
        stages: compiled functions that replace stages of the month, by name.
        on_progress: called now and then with the number of finished runs of all strategies.

    Raises:
        InputError: a scenario or argument is wrong, or the scenarios differ in months or outcomes.

    Example:
        >>> compare({"alone": "isolated-impact", "together": "all-five"}, runs=50).table()  # doctest: +SKIP
    """
    from cisim.scenario import load

    check_seeds(seed, runs)
    _reference(list(strategies), reference)
    given: dict[str, Scenario | Ensemble] = {
        name: load(what) if isinstance(what, str | os.PathLike) else what for name, what in strategies.items()
    }
    _check_scenarios(
        {name: what.scenario if isinstance(what, Ensemble) else what for name, what in given.items()}
    )
    ensembles: dict[str, Ensemble] = {}
    finished = 0
    for name, what in given.items():
        if isinstance(what, Ensemble):
            ensembles[name] = what
            continue
        told = None if on_progress is None else partial(_add, on_progress, finished)
        ensembles[name] = run(what, runs, seed, threads=threads, stages=stages, on_progress=told)
        finished += runs
    return Comparison(ensembles, reference or "")


def _add(on_progress: Callable[[int], None], before: int, done: int) -> None:
    on_progress(before + done)


def _reference(names: list[str], wanted: str | None) -> str:
    """The name of the reference.

    Raises:
        InputError: there are fewer than two strategies, a name is none, or the wanted one is not among them.
    """
    if len(names) < 2:
        raise InputError(f"a comparison needs at least two strategies: {len(names)} given")
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"the name of a strategy must be a text that is not empty: {name!r}")
    if wanted is not None and wanted not in names:
        known = ", ".join(map(repr, names))
        raise InputError(f"reference = {wanted!r}: no strategy has this name; there are {known}")
    return names[0] if wanted is None else wanted


def _check_scenarios(scenarios: Mapping[str, Scenario]) -> None:
    """Refuse scenarios whose months or outcomes differ, all differences at once."""
    (first, one), *rest = scenarios.items()
    problems = [
        f"{name!r} and {first!r} cannot be compared: {difference}"
        for name, other in rest
        for difference in _differences(one, other)
    ]
    if problems:
        raise InputError(problems)


def _differences(one: Scenario, other: Scenario) -> list[str]:
    found = []
    if one.months != other.months:
        found.append(f"they have {other.months} and {one.months} months")
    if one.outcome_names != other.outcome_names:
        theirs, own = ", ".join(other.outcome_names), ", ".join(one.outcome_names)
        return [*found, f"their outcomes are {theirs} and {own}"]
    found += [
        f"the outcome {mine.name!r} has {field} {getattr(yours, field)!r} and {getattr(mine, field)!r}"
        for mine, yours in zip(one.community.outcomes, other.community.outcomes, strict=True)
        for field in OUTCOME_FIELDS
        if getattr(mine, field) != getattr(yours, field)
    ]
    weights = zip(one.outcome_names, one.outcome_weights, other.outcome_weights, strict=True)
    found += [
        f"the outcome {name!r} has weight {theirs:.3g} and {own:.3g} of all"
        for name, own, theirs in weights
        if abs(own - theirs) > 1e-12
    ]
    return found
