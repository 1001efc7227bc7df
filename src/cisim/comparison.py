"""Paired comparison of strategies: the same seeds, so the same luck, and differences run by run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.ensemble import Ensemble, months_within, run
from cisim.errors import InputError, Problems, did_you_mean
from cisim.report.format import html_table, number, plural, text_table
from cisim.seeds import check as check_seeds
from cisim.seeds import seeds_in_words
from cisim.uncertainty import moments, quantiles, t_interval, wilson

if TYPE_CHECKING:
    import pandas as pd

    from cisim.scenario import Scenario

EXPLANATION = "Progress: share of the gap closed. Intervals: how well these runs pin down what the model implies."


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Ensembles of several strategies on the same seeds.

    Raises:
        InputError: they cannot be paired: fewer than two, other seeds, months or outcomes, an unknown reference.
    """

    ensembles: Mapping[str, Ensemble]  #: by the name of the strategy, in the order of showing
    reference: str = ""  #: what the others are compared with; the first by default

    def __post_init__(self) -> None:
        """Check that the strategies can be paired."""
        ensembles = dict(self.ensembles)
        object.__setattr__(self, "ensembles", ensembles)
        object.__setattr__(self, "reference", _reference(list(ensembles), self.reference or None))
        check_comparable({name: ensemble.scenario for name, ensemble in ensembles.items()})
        (first, of_first), *others = ((name, ensemble.seeds) for name, ensemble in ensembles.items())
        Problems(
            f"{name!r} ran with {seeds_in_words(seeds)}, {first!r} with {seeds_in_words(of_first)}: "
            "only runs of the same run seeds can be paired"
            for name, seeds in others
            if not np.array_equal(seeds, of_first)
        ).check()

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

    def ensemble(self, strategy: str) -> Ensemble:
        """Get the runs of one strategy; an unknown name is an InputError."""
        if strategy not in self.ensembles:
            raise InputError(f"no strategy is called {strategy!r}: {did_you_mean(str(strategy), self.ensembles)}")
        return self.ensembles[strategy]

    def difference(
        self, strategy: str | None = None, other: str | None = None, measure: str = "progress"
    ) -> NDArray[np.float64]:
        """Subtract a measure (or `outcome.NAME`) of another strategy from one strategy's, run by run.

        By default, the reference is taken away from the first that is not the reference. An unknown strategy or measure is an
        InputError.

        Returns:
            (runs, months + 1); NaN where the measure has no meaning under one of the two.
        """
        minuend = self.ensemble(self.others[0] if strategy is None else strategy)
        subtrahend = self.ensemble(self.reference if other is None else other)
        return minuend.measure(measure) - subtrahend.measure(measure)

    def lead(self, strategy: str, measure: str = "progress") -> float:
        """Return the mean of a strategy's paired differences from the reference at the end; NaN without any."""
        return float(self.statistics(measure, strategy, [self.first.months[-1]])["difference"][0])

    def table(self, measure: str | Iterable[str] = "progress", months: Iterable[int] | None = None) -> pd.DataFrame:
        """Put every strategy beside the reference: by default at the founding, the end of each year and the last month.

        Returns:
            One row per measure, strategy and month. `mean` and `reference_mean` are over the runs that have a value under both,
            `runs` of them. `difference` is the mean of the paired differences, `standard_error` its error, `low` to `high` its
            95 % interval (Student's t); `q05` to `q95` holds nine runs in ten. `chance` is the share of runs in which the
            strategy has more than the reference, ties counted half, `chance_low` to `chance_high` its 95 % interval (Wilson).
            The intervals say how well this number of runs pins down what the model implies.

        Raises:
            InputError: there is no such measure or month.
        """
        import pandas as pd

        parts = [pd.DataFrame(part) for part in self.table_parts(measure, months)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def table_parts(
        self, measure: str | Iterable[str] = "progress", months: Iterable[int] | None = None
    ) -> list[dict[str, Any]]:
        """Compute the columns of `table` for each measure and strategy, by name: arrays, or one value for all rows."""
        chosen = months_within(self.first.years if months is None else months, self.first.months[-1])
        parts = []
        for name in (measure,) if isinstance(measure, str) else tuple(measure):
            unit = self.first.quantity(name).unit
            for strategy in self.others:
                key = {"measure": name, "unit": unit, "strategy": strategy, "reference": self.reference}
                parts.append({**key, **self.statistics(name, strategy, chosen)})
        return parts

    def statistics(self, measure: str, strategy: str, months: Sequence[int]) -> dict[str, NDArray[Any]]:
        """Compute the columns of `table` for one measure and strategy, each of the months' length."""
        values = self.ensembles[strategy].measure(measure)[:, months]
        reference = self.first.measure(measure)[:, months]
        difference = values - reference
        unpaired = np.isnan(difference)
        of, more = moments(difference), (difference > 0) + 0.5 * (difference == 0)
        mean, other, chance = (moments(np.where(unpaired, np.nan, each)).mean for each in (values, reference, more))
        columns = {"month": np.array(months, dtype=np.int64), "runs": of.runs, "mean": mean, "reference_mean": other}
        columns |= {"difference": of.mean, "standard_error": of.standard_error}
        columns["low"], columns["high"] = t_interval(of)
        columns["q05"], columns["q95"] = quantiles(difference, [0.05, 0.95])
        columns["chance"], (columns["chance_low"], columns["chance_high"]) = chance, wilson(chance, of.runs)
        return columns

    def ranked(self, measure: str = "progress") -> Comparison:
        """Put the strategies in the order of a measure's mean at the end, most first; the reference stays the same."""
        ends = {name: float(moments(each.measure(measure)[:, -1]).mean) for name, each in self.ensembles.items()}
        order = sorted(ends, key=lambda name: -ends[name] if ends[name] == ends[name] else np.inf)
        return Comparison({name: self.ensembles[name] for name in order}, self.reference)

    def describe(self) -> str:
        """Say in a line what is compared, how often, with which luck."""
        runs, seeds = plural(len(self.first), "paired run"), seeds_in_words(self.first.seeds)
        return f"{', '.join(self.others)} compared with {self.reference}: {runs}, {seeds}"

    def __repr__(self) -> str:
        """Show a table of progress by year."""
        return f"Comparison of {self.describe()}\n{EXPLANATION}\n{text_table(*self._headlines())}"

    def _repr_html_(self) -> str:
        return html_table(f"{self.describe()}. {EXPLANATION}", *self._headlines())

    def _headlines(self) -> tuple[list[str], list[list[str]]]:
        """Write headings and rows of the table that a comparison shows of itself."""
        header = ["strategy", "month", "mean", self.reference, "difference", "standard error", "95 % interval"]
        rows = [
            [
                str(row["strategy"]),
                str(row["month"]),
                *map(number, (row["mean"], row["reference_mean"], row["difference"], row["standard_error"])),
                f"{number(row['low'])} to {number(row['high'])}",
                f"{number(row['chance'])} ({number(row['chance_low'])} to {number(row['chance_high'])})",
            ]
            for row in self.table("progress", self.first.years[1:]).to_dict("records")
        ]
        return [*header, "chance of more"], rows


def compare(
    strategies: Mapping[str, Scenario | Ensemble | str | os.PathLike[str]],
    runs: int = 200,
    seed: int = 1,
    *,
    reference: str | None = None,
    threads: int | None = None,
    stages: Mapping[str, Callable[..., Any]] | None = None,
    parameters: Mapping[str, float] | None = None,
    fields: Mapping[str, float] | None = None,
    reporters: Mapping[str, Callable[[Any, int], float]] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run strategies on the same luck and compare them run by run.

    Args:
        strategies: scenarios (or names of shipped ones, or paths) by the names that tables and pictures show. An ensemble is
            taken as it is, if it has the same seeds.
        runs: how many of each.
        seed: names the luck of all, as in `cisim.run`.
        reference: name of the strategy that the others are compared with; the first by default.
        threads: how many to use; all processors by default. It changes no bit.
        stages: your own stages of the month, as in `cisim.run`.
        parameters: numbers of your own, as in `cisim.run`.
        fields: of your own, as in `cisim.run`.
        reporters: functions of (state, month) for measures of your own, as in `cisim.run`.
        on_progress: called now and then with the number of finished runs of all strategies.

    Raises:
        InputError: a scenario or argument is wrong, or the scenarios differ in months or outcomes.

    Example:
        >>> compare({"alone": "isolated-impact", "together": "all-five"}, runs=50).table()  # doctest: +SKIP
    """
    from cisim.scenario import load

    check_seeds(seed, runs)
    _reference(list(strategies), reference)
    sources: dict[str, Scenario | Ensemble] = {
        name: load(source) if isinstance(source, str | os.PathLike) else source for name, source in strategies.items()
    }
    check_comparable({name: each.scenario if isinstance(each, Ensemble) else each for name, each in sources.items()})
    finished = 0

    def count(done: int) -> None:
        if on_progress is not None:
            on_progress(finished + done)

    own: dict[str, Any] = {"stages": stages, "parameters": parameters, "fields": fields, "reporters": reporters}
    ensembles: dict[str, Ensemble] = {}
    for name, source in sources.items():
        if not isinstance(source, Ensemble):
            source = run(source, runs, seed, threads=threads, on_progress=count, **own)
            finished += runs
        ensembles[name] = source
    return Comparison(ensembles, reference or "")


def _reference(names: list[str], reference: str | None) -> str:
    """Check the names of strategies; return that of the reference, the first by default."""
    _check_names(names)
    if reference is not None and reference not in names:
        raise InputError(f"reference = {reference!r}: no strategy has this name; {did_you_mean(str(reference), names)}")
    return names[0] if reference is None else reference


def _check_names(names: Sequence[str]) -> None:
    if len(names) < 2:
        raise InputError(f"a comparison needs at least two strategies: {len(names)} given")
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"the name of a strategy must be a text that is not empty: {name!r}")


def check_comparable(scenarios: Mapping[str, Scenario]) -> None:
    """Refuse fewer than two scenarios, or such whose months or outcomes differ, all differences at once."""
    _check_names(list(scenarios))
    (first, scenario), *others = scenarios.items()
    Problems(
        f"{name!r} and {first!r} cannot be compared: {difference}"
        for name, other in others
        for difference in _differences(scenario, other)
    ).check()


def _differences(scenario: Scenario, other: Scenario) -> list[str]:
    differences = []
    if scenario.months != other.months:
        differences.append(f"they have {other.months} and {scenario.months} months")
    if scenario.outcome_names != other.outcome_names:
        names, own_names = ", ".join(other.outcome_names), ", ".join(scenario.outcome_names)
        return [*differences, f"their outcomes are {names} and {own_names}"]
    weights = zip(other.outcome_weights, scenario.outcome_weights, strict=True)
    for theirs, mine, (weight, own) in zip(other.community.outcomes, scenario.community.outcomes, weights, strict=True):
        # What makes two outcomes the same question: a strategy may change their trends alone.
        values = {
            field: (getattr(theirs, field), getattr(mine, field)) for field in ("unit", "zero", "one", "baseline")
        }
        words = [f"{field} {this!r} and {that!r}" for field, (this, that) in values.items() if this != that]
        words += [f"weight {weight:.3g} and {own:.3g} of all"] if abs(weight - own) > 1e-12 else []
        differences += [f"the outcome {mine.name!r} has {difference}" for difference in words]
    return differences
