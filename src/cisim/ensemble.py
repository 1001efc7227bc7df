"""Ensembles: many runs of one scenario, an array whose runs, months and measures have names."""

from __future__ import annotations

import operator
import os
import platform
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.measures import Measure
from cisim.errors import InputError, Problems, did_you_mean
from cisim.report.format import MONTHS_A_YEAR, NOTHING, few, html_table, number, plural, text_table
from cisim.seeds import check as check_seeds
from cisim.seeds import run_seeds_of, seeds_in_words
from cisim.uncertainty import moments, quantiles

if TYPE_CHECKING:
    import pandas as pd

    from cisim.coalition import Roster
    from cisim.scenario import Scenario

#: `outcome.NAME` is `indicator.NAME` in the outcome's own unit.
OUTCOME, INDICATOR = "outcome.", "indicator."
#: Columns of tables of runs, of their summaries and of a study's, that are no measures.
COLUMNS = {"run", "point", "replication", "seed", "identity", "month", "status", "ended", "runs", "failed"}
#: How many runs an ensemble has by default, and its seed.
RUNS, SEED = 200, 1
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
    seeds: NDArray[np.uint64]  #: (runs,), the run seed of each run
    measures: tuple[Measure, ...]  #: of the last axis
    scenario: Scenario  #: what was run
    roster: Roster | None = None  #: who took part, as far as the runs share it
    #: Fingerprints of the stages that a user replaced, by name; "" where there is none.
    stages: Mapping[str, str] = field(default_factory=dict)
    reporters: tuple[str, ...] = ()  #: names of the measures that a user's own functions gave
    parameters: Mapping[str, float] = field(default_factory=dict)  #: a user's own, by name
    fields: Mapping[str, float] = field(default_factory=dict)  #: a user's own of organisations, with their first values
    #: Digest of the model that made the runs, and versions on which their bits depend; see `made_with`.
    made_with: Mapping[str, str] = field(default_factory=dict)

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

    @cached_property
    def drawn(self) -> Mapping[str, NDArray[np.float64]]:
        """Draws of each run for the scenario's fields with distributions: (runs,) by path; empty without any."""
        return drawn_by(self.scenario, self.seeds)

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
            Columns run (int64), seed (uint64), month (int64), what the run drew of fields with distributions (float64, named by
            the field), and, tidy, measure (category) and value (float64), one row for
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
        index |= {path: np.repeat(values, len(chosen)) for path, values in self.drawn.items()}
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

        parts = [pd.DataFrame(part) for part in self.summary_parts(measures, months)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def summary_parts(
        self, measures: Iterable[str] | None = None, months: Iterable[int] | None = None
    ) -> list[dict[str, Any]]:
        """Compute the columns of `summary` for each measure, by name: arrays, or one value for all rows."""
        names = self._names(self.quantities if measures is None else measures)
        chosen = months_within(self.years if months is None else months, self.months[-1])
        parts = []
        for name in names:
            samples = self.measure(name)[:, chosen]
            columns = {"measure": name, "unit": self.quantities[name].unit, "month": np.array(chosen, dtype=np.int64)}
            levels = zip(QUANTILES, quantiles(samples, list(QUANTILES.values())), strict=True)
            parts.append({**columns, **moments(samples)._asdict(), **dict(levels)})
        return parts

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
    runs: int = RUNS,
    seed: int = SEED,
    *,
    run_seeds: Sequence[int] | NDArray[np.uint64] | None = None,
    threads: int | None = None,
    stages: Mapping[str, Callable[..., Any]] | None = None,
    parameters: Mapping[str, float] | None = None,
    fields: Mapping[str, float] | None = None,
    reporters: Mapping[str, Callable[[Any, int], float]] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Ensemble:
    """Run a scenario many times.

    Args:
        scenario: a scenario, the name of a shipped one, or the path of a file.
        runs: how many, up to 1,000,000.
        seed: the ensemble's, which names a block of 1,000,000 run seeds: run r has 1 + (seed - 1) * 1,000,000 + r. So run r of
            any scenario meets the same luck, and ensembles of other seeds share no run.
        run_seeds: the seeds of single runs, such as one of a table's column `seed`, in place of runs and seed.
        threads: how many to use; all processors by default. It changes no bit.
        stages: functions of (state, dials, luck) that replace stages of the month, by name; they are compiled.
        parameters: numbers of your own, by name: a stage takes those that it names as further arguments.
        fields: numbers that each organisation has besides those of the model, by name, with their first values.
        reporters: functions of (state, month) whose numbers, at the end of each month, become measures of these names.
        on_progress: called now and then with the number of finished runs.

    Raises:
        InputError: the scenario or an argument is wrong, or the machine's memory is too small; or a stage or a reporter of your own
            failed: the error says in which run, stage and month, and what was raised is its cause.

    Example:
        >>> ensemble = run("all-five", runs=20, seed=1)  # doctest: +SKIP
        >>> ensemble.measure("progress")[:, -1].mean()  # doctest: +SKIP
        >>> ensemble.summary(["progress"])  # doctest: +SKIP
    """
    check_seeds(seed, runs)
    from cisim.coalition import roster as read_roster
    from cisim.dynamics.mechanism import own_fields, own_numbers
    from cisim.engine import checked_seeds, simulate
    from cisim.scenario import load

    if run_seeds is None:
        seeds = run_seeds_of(seed, runs)
    elif (runs, seed) == (RUNS, SEED):
        seeds = np.array(checked_seeds(run_seeds), dtype=np.uint64)
    else:
        raise InputError(f"run_seeds, runs = {runs}, seed = {seed}: give the seeds of single runs, or runs and seed")
    if not 1 <= len(np.unique(seeds)) == len(seeds):
        raise InputError("run_seeds: must be at least one, each once")
    checked = load(scenario) if isinstance(scenario, str | os.PathLike) else scenario
    roster = read_roster(checked)
    measures = checked.measures(roster.sector_names)
    _check_reporters(reporters or {}, [measure.name for measure in measures])
    measures += tuple(Measure(name, "", "the user's own") for name in reporters or ())
    check_memory(len(seeds) * (checked.months + 1) * len(measures) * 8)
    own: dict[str, Any] = {"stages": stages, "parameters": parameters, "fields": fields, "reporters": reporters}
    values = simulate(checked, seeds, threads=threads, on_progress=on_progress, roster=roster, **own)
    return Ensemble(
        values,
        seeds,
        measures,
        checked,
        roster,
        stages={name: _fingerprint(stage) for name, stage in (stages or {}).items()},
        reporters=tuple(reporters or ()),
        parameters=own_numbers("parameters", parameters),
        fields=own_fields(fields),
        made_with=made_with(),
    )


def drawn_by(scenario: Scenario, seeds: NDArray[np.uint64]) -> Mapping[str, NDArray[np.float64]]:
    """Draw what the runs of some seeds have of a scenario's fields with distributions: (runs,) by path; empty without any."""
    runs = [scenario.drawn(int(seed)) for seed in seeds] if scenario.distributions else []
    return {path: np.array([run[path] for run in runs]) for path in scenario.distributions}


def reporter_name_problem(name: object, taken: Container[str] = ()) -> str | None:
    """Say why a reporter's measure cannot have a name, here or in a study, `taken` being those of measures; None if it can."""
    from cisim.scenario.names import name_problem

    if not isinstance(name, str):
        return "must be a name"
    if name in COLUMNS or name in taken or name.startswith(OUTCOME):
        return "there is a measure or a column of this name: choose another one"
    return name_problem(name)


def _check_reporters(reporters: Mapping[str, Any], measures: Sequence[str]) -> None:
    """Refuse reporters that are no functions, or whose names cannot be those of measures."""
    problems = Problems()
    for name, reporter in reporters.items():
        problem = reporter_name_problem(name, measures)
        if not problem and not callable(reporter):
            problem = f"must be a function of (state, month), is something of type {type(reporter).__name__}"
        problems += [f"reporter {name}: {problem}"] if problem else []
    problems.check()


def made_with() -> dict[str, str]:
    """Name what the bits of a run depend on here: `model`, the digest of its sources, and versions."""
    from cisim import __version__
    from cisim.dynamics.digest import model_digest

    versions = {name: version(name) for name in ("llvmlite", "numba", "numpy")}
    return {"model": model_digest(), "cisim": __version__, "python": platform.python_version(), **versions}


def concatenate(ensembles: Iterable[Ensemble]) -> Ensemble:
    """Put ensembles of one scenario and different seeds together, in their order.

    Raises:
        InputError: there is none, a run is there twice, or the scenarios, coalition files, stages or models differ.

    Example:
        >>> both = concatenate([run("all-five", 50, seed) for seed in (1, 2)])  # doctest: +SKIP
    """
    every, problems = list(ensembles), Problems()
    if not every:
        raise InputError("there is no ensemble to put together")
    first, *others = every
    for place, other in enumerate(others, 2):
        for what, of in _ORIGINS.items():
            if of(other) != of(first):
                problems.append(
                    f"ensemble {place} has {what} than the first: only runs of the same can be put together"
                )
    seeds, counts = np.unique(np.concatenate([each.seeds for each in every]), return_counts=True)
    if len(twice := seeds[counts > 1]):
        problems.append(f"{plural(len(twice), 'run')} would be there twice: {seeds_in_words(twice)}")
    problems.check()
    shared = set.intersection(*({*each.made_with.items()} for each in every))  # versions that differ are left out
    values, seeds = np.concatenate([each.values for each in every]), np.concatenate([each.seeds for each in every])
    return replace(first, values=values, seeds=seeds, made_with=dict(sorted(shared)))


#: What ensembles that are put together must have in common, by its words.
_ORIGINS: Mapping[str, Callable[[Ensemble], object]] = {
    "another scenario": lambda each: each.scenario,
    "other measures": lambda each: each.measures,
    "other coalition files": lambda each: each.roster and each.roster.digest,
    "other stages": lambda each: dict(each.stages),
    "other parameters": lambda each: dict(each.parameters),
    "other fields": lambda each: dict(each.fields),
    "another model": lambda each: each.made_with.get("model"),
}


def _fingerprint(stage: Callable[..., Any]) -> str:
    from cisim.fingerprint import fingerprint

    try:
        return fingerprint(stage)
    except InputError:  # what it reads cannot be hashed
        return ""


def check_memory(needed: int) -> None:
    """Refuse what would drive the machine into its swap, where it tells its memory."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return
    if needed > 0.8 * memory:
        raise InputError(
            f"the results would take {needed / 1e9:,.1f} GB, this machine has {memory / 1e9:,.1f} GB of memory: "
            "ask for fewer runs, or for several ensembles with other seeds"
        )
