"""Tables of a study: their columns, what is read from a run as it passes, and the bands that summarise runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cisim.dynamics.measures import Measure
from cisim.dynamics.state import ORGANISATION, Floats, State
from cisim.engine import report
from cisim.ensemble import INDICATOR, OUTCOME, QUANTILES, reporter_name_problem
from cisim.errors import Problems, did_you_mean
from cisim.failures import RunFailed
from cisim.uncertainty import moments, quantiles

if TYPE_CHECKING:
    from cisim.engine import CompiledScenario
    from cisim.scenario import Scenario
    from cisim.study.identity import Job
    from cisim.study.spec import Study
    from cisim.study.user_code import Loaded

#: What a panel of ties keeps.
TIE_FIELDS = ("strength", "first_trust", "second_trust")
#: With a stop condition, a run of the engine is observed every so many months.
INTERVAL = 12
#: Index columns that are texts; the others are integers.
_TEXTS = ("identity", "status", "stage", "message", "scenario", "organisation", "first", "second", "measure")

#: Measures by the table that they are recorded in: runs, trajectories, bands.
Columns = Mapping[str, Sequence[Measure]]
#: Rows of a table: values that they have in common, by column, and the other columns in the order of the schema. These are arrays
#: of Arrow, or of NumPy, where a matrix stands for several columns. Without any, it is a row.
Block = tuple[Any, ...]


# --- columns --------------------------------------------------------------------------------------------


def columns_of(job: Job, code: Loaded) -> Columns:
    """Look up the measures that a study records, of all that its runs have; reporters are the last of the table of runs."""
    study, known = job.study, {measure.name: measure for measure in job.measures}
    units = {outcome.name: outcome.unit for outcome in study.base.community.outcomes}
    for name in [name.removeprefix(INDICATOR) for name in known if name.startswith(INDICATOR)]:
        known[OUTCOME + name] = Measure(OUTCOME + name, units.get(name, ""), f"the outcome {name!r} in its own unit")
    problems = Problems()

    def look_up(key: str, names: Sequence[str]) -> list[Measure]:
        unknown = [name for name in names if name not in known]
        problems.extend(f"{key}: {name!r} is no measure; {did_you_mean(name, known)}" for name in unknown)
        return [known[name] for name in names if name in known]

    record = study.record
    columns = {
        "runs": look_up("record.measures", record.measures or [measure.name for measure in job.measures]),
        "trajectories": look_up("record.trajectories", record.trajectories),
        "bands": look_up("record.bands", record.bands),
    }
    if study.stop is not None:
        look_up("stop.measure", [study.stop.measure])
    taken = {*known, *(factor.name for factor in study.factors)}
    wrong = {name: reporter_name_problem(name, taken) for name in code.reporters}
    problems.extend(f"reporter {name}: {words}" for name, words in wrong.items() if words)
    problems.check()
    columns["runs"] += [Measure(name, "", "the user's own") for name in code.reporters]
    return columns


def _schema(index: str, *values: pa.Field) -> pa.Schema:
    types = {"seed": pa.uint64()} | dict.fromkeys(_TEXTS, pa.string())
    keys = [pa.field(name, types.get(name, pa.int64()), nullable=False) for name in index.split()]
    return pa.schema([*keys, *values])


BANDS = _schema("point month measure runs", *(pa.field(name, pa.float64()) for name in ("mean", "sd", *QUANTILES)))


def schemas_of(study: Study, columns: Columns) -> dict[str, pa.Schema]:
    """Return the schema of each table that tasks of a study fill."""

    def numbers(kind: str) -> list[pa.Field]:
        return [
            pa.field(measure.name, pa.float64(), metadata={"unit": measure.unit, "meaning": measure.meaning})
            for measure in columns[kind]
        ]

    schemas = {
        "runs": _schema("point replication seed identity month status ended", *numbers("runs"), *_drawn_fields(study)),
        "failures": _schema("point replication seed stage month message scenario"),
    }
    if columns["trajectories"]:
        schemas["trajectories"] = _schema("point replication month", *numbers("trajectories"))
    if columns["bands"]:
        schemas["bands"] = BANDS
        schemas["bands_source"] = _schema("point replication month", *numbers("bands"))
    if names := study.record.organisations:
        fields = [pa.field(name, pa.from_numpy_dtype(ORGANISATION[name])) for name in names]
        schemas["organisations"] = _schema("point replication month organisation", *fields)
    if study.record.ties:
        fields = [pa.field(name, pa.float64()) for name in TIE_FIELDS]
        schemas["ties"] = _schema("point replication month first second", *fields)
    return schemas


def _drawn_fields(study: Study) -> list[pa.Field]:
    """Columns of what runs draw of the base scenario's fields with distributions, but for those that are factors."""
    varied = {factor.name for factor in study.factors}
    about = {"meaning": "drawn for the run"}
    return [pa.field(path, pa.float64(), metadata=about) for path in study.base.distributions if path not in varied]


def _table(schema: pa.Schema, blocks: Sequence[Block]) -> pa.Table:
    """Make a table of blocks of rows; what is not a number is null."""
    if not blocks:
        return schema.empty_table()
    common = [same for same, *_ in blocks]
    sizes = [len(columns[0]) if columns else 1 for _, *columns in blocks]
    rows = pa.array(np.repeat(np.arange(len(sizes)), sizes))
    arrays = {name: pa.array([same[name] for same in common], schema.field(name).type).take(rows) for name in common[0]}
    others = iter([name for name in schema.names if name not in arrays])
    for parts in zip(*(columns for _, *columns in blocks), strict=True):
        if isinstance(parts[0], pa.Array):
            arrays[next(others)] = pa.concat_arrays(parts)
            continue
        values = np.concatenate(parts)
        for column in values.T if values.ndim == 2 else [values]:
            missing = np.isnan(column) if column.dtype.kind == "f" else None
            arrays[next(others)] = pa.array(np.ascontiguousarray(column), mask=missing)
    return pa.Table.from_arrays([arrays[name] for name in schema.names], schema=schema)


# --- observing runs -------------------------------------------------------------------------------------


class Selection:
    """Some measures, and outcomes in their own units, read from records of runs; what their scenario lacks has no value."""

    def __init__(self, names: Sequence[str], scenario: Scenario, measures: Sequence[Measure]) -> None:
        columns = {measure.name: column for column, measure in enumerate(measures)}
        outcomes = {OUTCOME + outcome.name: outcome for outcome in scenario.community.outcomes}
        self._outcomes = [(index, outcomes[name]) for index, name in enumerate(names) if name in outcomes]
        indicators = [INDICATOR + outcomes[name].name if name in outcomes else name for name in names]
        self._columns = np.array([columns.get(name, -1) for name in indicators], np.int64)

    def take(self, records: Floats, months: NDArray[np.int64]) -> Floats:
        """Return the measures in some months: (months, measures)."""
        values = records[months[:, None], self._columns]
        values[:, self._columns < 0] = np.nan
        for index, outcome in self._outcomes:
            values[:, index] = outcome.in_unit(values[:, index])
        return values


class Observer:
    """Observes the runs of one point, one after the other: ends them, and reads what their records do not hold."""

    def __init__(self, study: Study, scenario: Scenario, settings: CompiledScenario, code: Loaded) -> None:
        record, last, stop = study.record, settings.months, study.stop
        self._record, self._seconds = record, study.limits.seconds
        self._reporters: Mapping[str, Any] = code.reporters
        self._of_model = code.reporters_of_model
        self._report_at = {min(month, last) for month in record.months} if code.reporters else set[int]()
        panels = record.panel_months if record.organisations or record.ties else ()
        self._panel_at = {min(month, last) for month in panels}
        self._stop = Selection([stop.measure], scenario, settings.measures) if stop else None
        self._below = -np.inf if stop is None or stop.below is None else stop.below
        self._above = np.inf if stop is None or stop.above is None else stop.above
        #: Months at whose end a run must be observed.
        self.pauses: Sequence[int] = sorted(self._report_at | self._panel_at)
        # Nothing of the user's may happen after the month in which a run ends, nor take its time unseen.
        if (stop and self.pauses) or (code.stages and (stop or self._seconds is not None)):
            self.pauses = range(last + 1)
        elif stop:
            self.pauses = range(0, last + 1, INTERVAL)
        #: Runs must be observed at all.
        self.needed = bool(self.pauses) or self._seconds is not None

    def begin(self, records: Floats) -> None:
        """Begin with another run, whose record is written here."""
        self.records, self._seen = records, 0
        self._until = None if self._seconds is None else time.monotonic() + self._seconds
        self.ended: int | None = None  #: the month in which the run ended early.
        self.reports: dict[int, list[float]] = {}
        self.organisations: dict[int, list[NDArray[Any]]] = {}
        self.ties: dict[int, list[NDArray[Any]]] = {}
        self.ends: list[NDArray[np.int64]] = []

    def __call__(self, state: State, month: int, model: Any = None) -> bool:
        """Observe a run, perhaps of a user's model, at the end of a month; return whether it ends, or raise that it failed."""
        if self._until is not None and time.monotonic() > self._until:
            raise RunFailed("time limit", month, f"took more than {self._seconds:g} s (limits.seconds)")
        if self._stop is not None and month > self._seen:
            values = self._stop.take(self.records, np.arange(self._seen + 1, month + 1))[:, 0]
            met = (values < self._below) | (values > self._above)  # never without a value
            if met.any():
                self.ended = self._seen + 1 + int(met.argmax())
            self._seen = month
        ends = self.ended is not None
        if self._report_at and (ends or month in self._report_at):
            own = {name: partial(each, model=model) for name, each in self._reporters.items() if name in self._of_model}
            self.reports[month] = report({**self._reporters, **own}, state, month)
        if self._panel_at and (ends or month in self._panel_at):
            fields = self._record.organisations
            self.organisations[month] = [state.organisations[name].copy() for name in fields]
            if self._record.ties:
                self.ties[month] = [state.ties[name].copy() for name in TIE_FIELDS]
                # Who has a tie with whom is settled at the founding.
                self.ends = self.ends or [state.ties[end].copy() for end in ("first", "second")]
        return ends


class Run(NamedTuple):
    """A run, as every row of the table of runs names it."""

    point: int
    replication: int
    seed: int
    identity: str


class Tables:
    """The tables of one task, filled run by run in the order of points and replications."""

    def __init__(self, job: Job, code: Loaded) -> None:
        self._record, self._columns = job.study.record, columns_of(job, code)
        self._months = np.array(self._record.months, np.int64)
        self._schemas = schemas_of(job.study, self._columns)
        self._drawn = [field.name for field in _drawn_fields(job.study)]
        self._blocks: dict[str, list[Block]] = {kind: [] for kind in self._schemas}
        if self._columns["bands"]:  # of whole points, until all runs are there
            self._schemas["bands"] = self._schemas["bands_source"]

    def begin(self, scenario: Scenario, settings: CompiledScenario, *, whole: bool) -> None:
        """Begin with another point; `whole`: all its replications follow."""
        self._scenario = scenario
        self._names = pa.array(settings.roster.names, pa.string())
        self._last = settings.months
        self._selections = {
            "bands_source" if kind == "bands" and not whole else kind: Selection(
                [measure.name for measure in measures], scenario, settings.measures
            )
            for kind, measures in self._columns.items()
            if measures
        }

    def keep(self, run: Run, records: Floats, observer: Observer) -> None:
        """Add a run that did not fail; `observer` has observed it."""
        ended = self._last if observer.ended is None else observer.ended
        at: dict[str, Any] = {"point": run.point, "replication": run.replication}
        for kind, selection in self._selections.items():
            months = self._months if kind == "runs" else np.arange(self._last + 1)
            values, same = selection.take(records, np.minimum(months, ended)), at
            if kind == "runs":
                status = "ok" if observer.ended is None else "stopped"
                same = {**run._asdict(), "status": status, "ended": ended, **self._drawn_by(run.seed)}
                if observer.reports:
                    reports = [observer.reports[month] for month in np.minimum(months, ended).tolist()]
                    values[:, -len(reports[0]) :] = reports
            self._blocks[kind].append((same, months, values))
        ends = [self._names.take(pa.array(end)) for end in observer.ends]
        for month in self._record.panel_months:
            at_month, observed = {**at, "month": month}, min(month, ended)
            if self._record.organisations:
                self._blocks["organisations"].append((at_month, self._names, *observer.organisations[observed]))
            if self._record.ties:
                self._blocks["ties"].append((at_month, *ends, *observer.ties[observed]))

    def _drawn_by(self, seed: int) -> dict[str, float | None]:
        """Give what a run drew, or the value that its point has; none where that is no number."""
        drawn = self._scenario.drawn(seed)
        values = {path: drawn[path] if path in drawn else self._scenario.value(path) for path in self._drawn}
        return {path: float(value) if isinstance(value, int | float) else None for path, value in values.items()}

    def fail(self, run: Run, failure: RunFailed, toml: str) -> None:
        """Add a run of a scenario that failed: a row without values for every recorded month, and why."""
        values = np.full((len(self._months), len(self._columns["runs"])), np.nan)
        drawn = dict.fromkeys(self._drawn)
        self._blocks["runs"].append(({**run._asdict(), "status": "failed", "ended": -1, **drawn}, self._months, values))
        why = {"stage": failure.stage, "month": failure.month, "message": failure.message, "scenario": toml}
        at = {"point": run.point, "replication": run.replication, "seed": run.seed}
        self._blocks["failures"].append(({**at, **why},))

    def finish(self) -> dict[str, pa.Table]:
        """Return the table of runs, and those others that have rows."""
        tables = {kind: _table(self._schemas[kind], blocks) for kind, blocks in self._blocks.items()}
        if "bands" in tables:
            tables["bands"] = bands(tables["bands"])
        return {kind: table for kind, table in tables.items() if table.num_rows or kind == "runs"}


def bands(source: pa.Table) -> pa.Table:
    """Return mean, spread and exact quantiles over the replications.

    Args:
        source: whole points of `bands_source`, sorted by point, replication and month.

    Returns:
        Columns of `BANDS`; runs are those that have a value. Rows by point, month and measure, which keep their order.
    """
    blocks, measures = list[Block](), source.column_names[3:]
    point, month = source.column("point").to_numpy(), source.column("month").to_numpy()
    values = np.stack([source.column(name).to_numpy() for name in measures], axis=1)
    bounds = [0, *(np.flatnonzero(np.diff(point)) + 1).tolist(), len(point)]
    for first, last in pairwise(bounds if len(point) else ()):
        months = int(month[first:last].max()) + 1
        samples = values[first:last].reshape(-1, months, len(measures))
        of, levels = moments(samples), quantiles(samples, list(QUANTILES.values()))
        index = (np.repeat(np.arange(months), len(measures)), pa.array(measures * months, pa.string()))
        numbers = (column.ravel() for column in (of.runs, of.mean, of.sd, *levels))
        blocks.append(({"point": int(point[first])}, *index, *numbers))
    return _table(BANDS, blocks)
