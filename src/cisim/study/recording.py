"""The tables of a study: their columns, how runs fill them, and the bands that summarise them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.measures import Measure
from cisim.dynamics.state import ORGANISATION
from cisim.ensemble import INDICATOR, OUTCOME, QUANTILES
from cisim.errors import InputError, did_you_mean
from cisim.study.failure import RunFailed
from cisim.study.watching import TIE_FIELDS, Picks, Watch
from cisim.uncertainty import moments, quantiles

if TYPE_CHECKING:
    import pyarrow as pa

    from cisim.engine import CompiledScenario
    from cisim.scenario import Scenario
    from cisim.study.spec import Study

OK, STOPPED, FAILED = "ok", "stopped", "failed"
STATUS = (OK, STOPPED, FAILED)
#: Months of a failed run, in its one row.
NO_MONTH = -1


@dataclass(frozen=True)
class Layout:
    """What the tables of a study have.

    Attributes:
        measures: in the table of runs; reporters follow them.
        reporters: names of the user's own.
        trajectories: measures of every month.
        bands: measures whose bands are made.
        organisations: fields in the panel of organisations.
        ties: whether there is a panel of ties.
        months: recorded ones.
        panel_months: of both panels.
    """

    measures: tuple[Measure, ...]
    reporters: tuple[str, ...]
    trajectories: tuple[Measure, ...]
    bands: tuple[Measure, ...]
    organisations: tuple[str, ...]
    ties: bool
    months: tuple[int, ...]
    panel_months: tuple[int, ...]


def layout_of(study: Study, measures: Sequence[Measure], reporters: Sequence[str]) -> Layout:
    """The tables of a study.

    Args:
        study: what is recorded.
        measures: all that its runs have.
        reporters: names of the user's own.

    Raises:
        InputError: a measure is unknown, or a reporter is called like one.
    """
    known = {measure.name: measure for measure in measures}
    units = {outcome.name: outcome.unit for outcome in study.base.community.outcomes}
    for measure in measures:
        if measure.name.startswith(INDICATOR):
            name = measure.name.removeprefix(INDICATOR)
            meaning = f"the outcome {name!r} in its own unit"
            known[OUTCOME + name] = Measure(OUTCOME + name, units.get(name, ""), meaning)
    record, problems = study.record, []

    def found(section: str, names: Sequence[str]) -> tuple[Measure, ...]:
        for name in names:
            if name not in known:
                problems.append(f"{section}: {name!r} is no measure; {did_you_mean(name, known)}")
        return tuple(known[name] for name in names if name in known)

    asked = record.measures or [measure.name for measure in measures]
    layout = Layout(
        found("record.measures", asked),
        tuple(reporters),
        found("record.trajectories", record.trajectories),
        found("record.bands", record.bands),
        record.organisations,
        record.ties,
        record.months,
        record.panel_months,
    )
    if study.stop is not None:
        found("stop.measure", [study.stop.measure])
    problems += [f"reporter {name}: there is a measure of this name" for name in reporters if name in known]
    if problems:
        raise InputError(problems)
    return layout


def schemas_of(layout: Layout) -> dict[str, pa.Schema]:
    """The columns of each table that tasks fill: the bands themselves are made of `bands_source` by `bands`."""
    import pyarrow as pa

    def index(*names: str) -> list[pa.Field]:
        kinds = {"seed": pa.uint64()} | dict.fromkeys(
            (
                "identity",
                "status",
                "stage",
                "message",
                "scenario",
                "organisation",
                "first",
                "second",
                "measure",
            ),
            pa.string(),
        )
        return [pa.field(name, kinds.get(name, pa.int64()), False) for name in names]

    def columns(measures: Sequence[Measure]) -> list[pa.Field]:
        return [
            pa.field(one.name, pa.float64(), metadata={"unit": one.unit, "meaning": one.meaning})
            for one in measures
        ]

    own = [Measure(name, "", "the user's own") for name in layout.reporters]
    run = index("point", "replication")
    schemas = {
        "runs": [
            *run,
            *index("seed", "identity", "month", "status", "ended"),
            *columns([*layout.measures, *own]),
        ],
        "failures": [*run, *index("seed", "stage", "month", "message", "scenario")],
    }
    if layout.trajectories:
        schemas["trajectories"] = [*run, *index("month"), *columns(layout.trajectories)]
    if layout.bands:
        schemas["bands_source"] = [*run, *index("month"), *columns(layout.bands)]
    if layout.organisations:
        fields = [pa.field(name, pa.from_numpy_dtype(ORGANISATION[name])) for name in layout.organisations]
        schemas["organisations"] = [*run, *index("month", "organisation"), *fields]
    if layout.ties:
        fields = [pa.field(name, pa.float64()) for name in TIE_FIELDS]
        schemas["ties"] = [*run, *index("month", "first", "second"), *fields]
    return {kind: pa.schema(fields) for kind, fields in schemas.items()}


class Pieces:
    """A table that grows by pieces: what is the same in a piece is said once."""

    def __init__(self) -> None:
        self._index: list[tuple[int, ...]] = []
        self._sizes: list[int] = []
        self._parts: list[tuple[Any, ...]] = []

    def add(self, index: tuple[int, ...], size: int, *part: Any) -> None:
        """Add rows.

        Args:
            index: what is the same in all of them.
            size: how many there are.
            *part: their columns: arrays of NumPy, one of which may have several columns, or of Arrow.
        """
        self._index.append(index)
        self._sizes.append(size)
        self._parts.append(part)

    def table(self, schema: pa.Schema) -> pa.Table:
        """All rows."""
        import pyarrow as pa

        if not self._parts:
            return schema.empty_table()
        whole = np.repeat(np.array(self._index, np.int64), self._sizes, axis=0)
        columns = [pa.array(whole[:, column]) for column in range(whole.shape[1])]
        for pieces in zip(*self._parts, strict=True):
            if isinstance(pieces[0], pa.Array):
                columns.append(pa.concat_arrays(pieces))
                continue
            values = np.concatenate(pieces)
            columns += [_nullable(column) for column in (values.T if values.ndim == 2 else [values])]
        return pa.Table.from_arrays(columns, schema=schema)


def _nullable(values: NDArray[Any]) -> pa.Array:
    """A column in which what is no number is null."""
    import pyarrow as pa

    column = np.ascontiguousarray(values)
    return pa.array(column, mask=np.isnan(column)) if column.dtype.kind == "f" else pa.array(column)


class Sheets:
    """The tables of one task, filled run by run in the order of points and replications.

    Args:
        layout: of the study.
        runs: how many there will be.
    """

    def __init__(self, layout: Layout, runs: int) -> None:
        self._layout = layout
        self._months = np.array(layout.months, np.int64)
        columns = len(layout.measures) + len(layout.reporters)
        self._values = np.empty((runs * max(1, len(layout.months)), columns))
        self._rows = 0
        self._runs: list[tuple[int, int, int, str, int, int]] = []
        self._failures: list[tuple[int, int, int, str, int, str, str]] = []
        self._pieces = {kind: Pieces() for kind in ("trajectories", "bands_source", "organisations", "ties")}
        self._names: tuple[tuple[str, ...], pa.Array] | None = None

    def begin(self, scenario: Scenario, settings: CompiledScenario) -> None:
        """Turn to another point."""
        import pyarrow as pa

        names = settings.roster.names
        if self._names is None or self._names[0] is not names:
            self._names = (names, pa.array(names, pa.string()))
        self._every = np.arange(settings.months + 1)
        self._courses = [
            (kind, Picks([measure.name for measure in measures], scenario, settings.measures))
            for kind, measures in (
                ("trajectories", self._layout.trajectories),
                ("bands_source", self._layout.bands),
            )
            if measures
        ]

    def keep(
        self, run: tuple[int, int], seed: int, identity: str, records: NDArray[np.float64], watch: Watch
    ) -> None:
        """Take in a run that did not fail.

        Args:
            run: point and replication.
            seed: of the run.
            identity: of the run.
            records: (months + 1, measures).
            watch: that looked at it.
        """
        last = len(self._every) - 1
        ended = last if watch.ended is None else watch.ended
        rows = len(self._months)
        self._values[self._rows : self._rows + rows] = watch.values(ended)
        self._rows += rows
        self._runs.append((*run, seed, identity, int(watch.ended is not None), ended))
        for kind, picks in self._courses:
            values = picks.take(records, np.minimum(self._every, ended))
            self._pieces[kind].add(run, last + 1, self._every, values)
        if watch.panels:
            self._keep_panels(run, watch, ended)

    def _keep_panels(self, run: tuple[int, int], watch: Watch, ended: int) -> None:
        import pyarrow as pa

        assert self._names is not None
        names = self._names[1]
        ends = [names.take(pa.array(end)) for end in watch.ends]
        for month in self._layout.panel_months:
            looked = min(month, ended)
            if self._layout.organisations:
                fields = [watch.panels[looked][name] for name in self._layout.organisations]
                self._pieces["organisations"].add((*run, month), len(names), names, *fields)
            if self._layout.ties:
                self._pieces["ties"].add((*run, month), len(ends[0]), *ends, *watch.ties[looked])

    def fail(self, run: tuple[int, int], seed: int, identity: str, failure: RunFailed, toml: str) -> None:
        """Take in a run that failed.

        Args:
            run: point and replication.
            seed: of the run.
            identity: of the run.
            failure: where and why.
            toml: its scenario.
        """
        self._values[self._rows] = np.nan
        self._rows += 1
        self._runs.append((*run, seed, identity, STATUS.index(FAILED), NO_MONTH))
        self._failures.append((*run, seed, failure.stage, failure.month, failure.message, toml))

    def tables(self) -> dict[str, pa.Table]:
        """All tables that the study asks for, and failures if there are any."""
        import pyarrow as pa

        schemas = schemas_of(self._layout)
        tables = {"runs": self._table_of_runs(schemas["runs"])}
        if self._failures:
            columns = zip(*self._failures, strict=True)
            kinds = [field.type for field in schemas["failures"]]
            tables["failures"] = pa.Table.from_arrays(
                [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)],
                schema=schemas["failures"],
            )
        for kind, pieces in self._pieces.items():
            if kind in schemas:
                tables[kind] = pieces.table(schemas[kind])
        return tables

    def _table_of_runs(self, schema: pa.Schema) -> pa.Table:
        import pyarrow as pa

        if not self._runs:
            return schema.empty_table()
        point, replication, seed, identity, status, ended = zip(*self._runs, strict=True)
        failed = np.array(status) == STATUS.index(FAILED)
        sizes = np.where(failed, 1, len(self._months))
        months = [np.array([NO_MONTH]) if each else self._months for each in failed.tolist()]
        place = pa.array(np.repeat(np.arange(len(sizes)), sizes))
        columns = [
            pa.array(point, pa.int64()).take(place),
            pa.array(replication, pa.int64()).take(place),
            pa.array(seed, pa.uint64()).take(place),
            pa.array(identity, pa.string()).take(place),
            pa.array(np.concatenate(months)),
            pa.array(STATUS, pa.string()).take(pa.array(np.repeat(status, sizes))),
            pa.array(ended, pa.int64()).take(place),
            *(_nullable(column) for column in self._values[: self._rows].T),
        ]
        return pa.Table.from_arrays(columns, schema=schema)


def bands(source: pa.Table) -> pa.Table:
    """Mean, spread and exact quantiles over the replications, by point and month.

    Args:
        source: whole points of `bands_source`, sorted by point, replication and month.

    Returns:
        Sorted by point, month and measure, in which the measures keep their order: point, month, measure, runs (that have a
        value), mean, sd, q05, q25, q50, q75, q95.
    """
    import pyarrow as pa

    measures = source.column_names[3:]
    point, month = source.column("point").to_numpy(), source.column("month").to_numpy()
    columns = [source.column(name).to_numpy() for name in measures]
    values = np.stack(columns, axis=1) if columns else np.empty((len(point), 0))
    bounds = np.concatenate(([0], np.flatnonzero(np.diff(point)) + 1, [len(point)]))
    pieces = Pieces()
    names = pa.array(measures, pa.string())
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if first == last:
            continue
        months = int(month[first:last].max()) + 1
        samples = values[first:last].reshape(-1, months, len(measures))
        of, levels = moments(samples), quantiles(samples, list(QUANTILES.values()))
        every = pa.concat_arrays([names] * months)
        rows = [of.runs.ravel(), of.mean.ravel(), of.sd.ravel(), *(level.ravel() for level in levels)]
        pieces.add(
            (int(point[first]),), len(every), np.repeat(np.arange(months), len(measures)), every, *rows
        )
    return pieces.table(_bands_schema())


def _bands_schema() -> pa.Schema:
    import pyarrow as pa

    whole = [pa.field(name, pa.int64(), False) for name in ("point", "month")]
    return pa.schema(
        [
            *whole,
            pa.field("measure", pa.string(), False),
            pa.field("runs", pa.int64(), False),
            *(pa.field(name, pa.float64()) for name in ("mean", "sd", *QUANTILES)),
        ]
    )
