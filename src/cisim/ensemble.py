"""Ensembles: many runs of one scenario, an array whose runs, months and measures have names."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.measures import Measure, measures_of
from cisim.errors import InputError, did_you_mean
from cisim.report.format import MONTHS_A_YEAR, NOTHING, few, html_table, number, plural, seeds_in_words, text_table
from cisim.seeds import check as check_seeds
from cisim.seeds import seeds_from
from cisim.uncertainty import moments, quantiles

if TYPE_CHECKING:
    import pandas as pd

    from cisim.coalition import Roster
    from cisim.scenario import Scenario

#: `outcome.NAME` is `indicator.NAME` in the outcome's own unit.
OUTCOME, INDICATOR = "outcome.", "indicator."
#: Quantiles of a summary, by the names of their columns.
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q95": 0.95}
#: Measures that an ensemble shows of itself, besides the outcomes.
HEADLINES = (
    *("progress", "goal_alignment", "commitment", "members"),
    *("trust", "working_ties", "practice_quality", "staff_at_work"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble:
    """Runs of one scenario that differ by their luck alone."""

    #: (runs, months + 1, measures), read-only; NaN where a measure has no meaning in that run and month.
    values: NDArray[np.float64]
    seeds: NDArray[np.uint64]  #: (runs,), the seed of each run
    measures: tuple[Measure, ...]  #: of the last axis
    scenario: Scenario  #: what was run
    roster: Roster | None = None  #: who took part, as far as the runs share it
    stages: tuple[str, ...] = ()  #: names of the stages that a user replaced

    def __post_init__(self) -> None:
        """Check the shapes and guard the values."""
        expected = (len(self.seeds), self.scenario.months + 1, len(self.measures))
        if self.values.shape != expected:
            raise ValueError(f"values have the shape {self.values.shape}, seeds, months and measures say {expected}")
        for name, kind in (("values", np.float64), ("seeds", np.uint64)):
            view = np.asarray(getattr(self, name), dtype=kind).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def months(self) -> range:
        """The months, from 0, the founding."""
        return range(self.values.shape[1])

    @property
    def years(self) -> tuple[int, ...]:
        """The months that end a year, the founding and the last month."""
        last = self.months[-1]
        return (*range(0, last, MONTHS_A_YEAR), last)

    @cached_property
    def quantities(self) -> Mapping[str, Measure]:
        """All that can be asked for by name: the measures, and `outcome.NAME` for each outcome."""
        outcomes = (
            Measure(OUTCOME + outcome.name, outcome.unit, f"the outcome {outcome.name!r} in its own unit")
            for outcome in self.scenario.community.outcomes
        )
        return {measure.name: measure for measure in (*self.measures, *outcomes)}

    def quantity(self, name: str) -> Measure:
        """Look up name, unit and meaning of a quantity; an unknown name is an InputError."""
        if name not in self.quantities:
            raise InputError(f"no measure is called {name!r}: {did_you_mean(str(name), self.quantities)}")
        return self.quantities[name]

    def measure(self, name: str) -> NDArray[np.float64]:
        """Get a measure by name, or an indicator in its own unit by `outcome.NAME`: (runs, months + 1), read-only.

        Raises:
            InputError: there is no measure of this name.
        """
        self.quantity(name)
        for outcome in self.scenario.community.outcomes:
            if OUTCOME + outcome.name == name:
                values: NDArray[np.float64] = outcome.in_unit(self.measure(INDICATOR + outcome.name))
                values.flags.writeable = False
                return values
        return self.values[:, :, [measure.name for measure in self.measures].index(name)]

    def frame(
        self, measures: Iterable[str] | None = None, months: Iterable[int] | None = None, *, wide: bool = False
    ) -> pd.DataFrame:
        """Put the runs into a pandas table: by default all recorded measures in all months.

        Returns:
            Columns run (int64), seed (uint64), month (int64) and, tidy, measure (category) and value (float64), one row for
            each value; or, wide, one float64 column per measure.

        Raises:
            InputError: there is no such measure or month.
        """
        import pandas as pd

        names = self._names([measure.name for measure in self.measures] if measures is None else measures)
        chosen = months_within(self.months if months is None else months, self.months[-1])
        index = {
            "run": np.repeat(np.arange(len(self), dtype=np.int64), len(chosen)),
            "seed": np.repeat(self.seeds, len(chosen)),
            "month": np.tile(np.array(chosen, dtype=np.int64), len(self)),
        }
        columns = {name: self.measure(name)[:, chosen].reshape(-1) for name in names}
        if wide:
            return pd.DataFrame({**index, **columns})
        tidy = {name: np.repeat(column, len(names)) for name, column in index.items()}
        codes = np.tile(np.arange(len(names), dtype=np.int64), len(index["run"]))
        measure = pd.Categorical.from_codes(codes, categories=pd.Index(names))
        values = np.stack(list(columns.values()), axis=-1).reshape(-1) if names else np.empty(0)
        return pd.DataFrame({**tidy, "measure": measure, "value": values})

    def summary(self, measures: Iterable[str] | None = None, months: Iterable[int] | None = None) -> pd.DataFrame:
        """Summarise mean, error and spread over runs.

        By default, of all measures and the outcomes in their own units, at the founding, the end of each year and the last month.

        Returns:
            One row per measure and month: measure, unit, month, runs (how many have a value: a measure without meaning in a run
            leaves that run out), mean, standard_error (of the mean), sd, and the quantiles q05, q25, q50, q75, q95.

        Raises:
            InputError: there is no such measure or month.
        """
        import pandas as pd

        names = self._names(self.quantities if measures is None else measures)
        chosen = months_within(self.years if months is None else months, self.months[-1])
        parts = []
        for name in names:
            samples = self.measure(name)[:, chosen]
            columns = {"measure": name, "unit": self.quantities[name].unit, "month": np.array(chosen, dtype=np.int64)}
            levels = zip(QUANTILES, quantiles(samples, list(QUANTILES.values())), strict=True)
            parts.append(pd.DataFrame({**columns, **moments(samples)._asdict(), **dict(levels)}))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def _names(self, names: Iterable[str]) -> list[str]:
        chosen = [names] if isinstance(names, str) else list(names)
        for name in chosen:
            self.quantity(name)
        return chosen

    def describe(self) -> str:
        """Say in a line what was run, how often, with which luck."""
        runs = plural(len(self), "run")
        return f"{self.scenario.name}: {runs}, {seeds_in_words(self.seeds)}, months 0 to {self.months[-1]}"

    def __len__(self) -> int:
        """Count the runs."""
        return len(self.values)

    def __repr__(self) -> str:
        """Show a table of the headline measures."""
        return f"Ensemble of {self.describe()}\nmean [5 % to 95 % of runs]\n{text_table(*self._headlines())}"

    def _repr_html_(self) -> str:
        return html_table(f"{self.describe()}. Mean [5 % to 95 % of runs].", *self._headlines())

    def _headlines(self) -> tuple[list[str], list[list[str]]]:
        """Write headings and rows of the table that an ensemble shows of itself."""
        months = few(self.years, 5)
        outcomes = [OUTCOME + outcome.name for outcome in self.scenario.community.outcomes]
        rows = []
        for name in [*(name for name in HEADLINES if name in self.quantities), *outcomes]:
            samples = self.measure(name)[:, months]
            of, spread = moments(samples), quantiles(samples, [0.05, 0.95])
            unit, cells = self.quantities[name].unit, []
            for mean, low, high, runs in zip(of.mean, *spread, of.runs, strict=True):
                note = "" if runs == len(self) else f" in {runs} of {len(self)} runs"
                cells.append(f"{number(mean)} [{number(low)} to {number(high)}]{note}" if runs else NOTHING)
            rows.append([f"{name} ({unit})" if unit else name, *cells])
        return ["measure", *(f"month {month}" for month in months)], rows


def months_within(months: Iterable[int], last: int) -> list[int]:
    """Check that months are whole numbers from 0 to `last`."""
    chosen = []
    for month in (months,) if isinstance(months, int) else months:
        try:
            chosen.append(operator.index(month))
        except TypeError:
            raise InputError(f"month {month!r}: must be a whole number") from None
        if not 0 <= chosen[-1] <= last:
            raise InputError(f"month {month}: must be from 0 to {last}")
    return chosen


def run(
    scenario: Scenario | str | os.PathLike[str],
    runs: int = 200,
    seed: int = 1,
    *,
    threads: int | None = None,
    stages: Mapping[str, Callable[..., Any]] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Ensemble:
    """Run a scenario many times.

    Args:
        scenario: a scenario, the name of a shipped one, or the path of a file.
        runs: how many.
        seed: the first run's seed; the others follow, so that run r of any scenario meets the same luck.
        threads: how many to use; all processors by default. It changes no bit.
        stages: compiled functions that replace stages of the month, by name.
        on_progress: called now and then with the number of finished runs.

    Raises:
        InputError: the scenario, runs, seed or threads are wrong, or the machine's memory is too small.

    Example:
        >>> ensemble = run("all-five", runs=20, seed=1)  # doctest: +SKIP
        >>> ensemble.measure("progress")[:, -1].mean()  # doctest: +SKIP
        >>> ensemble.summary(["progress"])  # doctest: +SKIP
    """
    check_seeds(seed, runs)
    from cisim.coalition import roster as read_roster
    from cisim.engine import simulate
    from cisim.scenario import load

    checked = load(scenario) if isinstance(scenario, str | os.PathLike) else scenario
    roster = read_roster(checked)
    measures = measures_of(checked.outcome_names, roster.sector_names, checked.group_names)
    _check_memory(runs * (checked.months + 1) * len(measures) * 8)
    seeds = seeds_from(seed, runs)
    values = simulate(checked, seeds, threads=threads, stages=stages, on_progress=on_progress, roster=roster)
    return Ensemble(values, seeds, measures, checked, roster, tuple(sorted(stages or ())))


def _check_memory(needed: int) -> None:
    """Refuse what would drive the machine into its swap, where it tells its memory."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return
    if needed > 0.8 * memory:
        raise InputError(
            f"the results would take {needed / 1e9:,.1f} GB, this machine has {memory / 1e9:,.1f} GB of memory: "
            "ask for fewer runs, or for several ensembles with seeds that follow one another"
        )
