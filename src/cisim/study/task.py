"""Tasks of a study: some runs, from the factors' values to tables. The same runs give the same rows, whatever the task.

What goes wrong in a run is a row of the tables; what goes wrong with the study or its code is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from threading import Event, RLock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cisim.coalition import roster
from cisim.coalition.generate import founded
from cisim.coalition.rosters import known_rosters
from cisim.dynamics.check import fault_of, sound
from cisim.dynamics.compiled import quick_compilation
from cisim.dynamics.month import advance
from cisim.dynamics.record import INDICATORS, PROGRESS
from cisim.dynamics.state import ORGANISATION, ROLE, STANCE, TIE, Floats
from cisim.engine import CompiledScenario, compile_loop, compile_once, compile_scenario, run_one
from cisim.errors import InputError
from cisim.failures import UNKNOWN, RunFailed, check, failure_of, locate, locate_in_model, stage_in
from cisim.scenario import Scenario
from cisim.scenario.catalogue import put
from cisim.scenario.toml import to_toml
from cisim.study.factors import Value
from cisim.study.identity import Job, Span, identity_of, point_identity, seed_of
from cisim.study.manifest import digest_of
from cisim.study.tables import Observer, Run, Tables, bands, columns_of, schemas_of
from cisim.study.user_code import Loaded, load

_lock = RLock()
#: What is compiled in this process: the code of jobs, and the drawing of coalitions.
_compiled: set[tuple[Any, ...]] = set()
FOUNDING = ("founding",)


def schemas(job: Job) -> dict[str, pa.Schema]:
    """Return the columns of each table that tasks fill; InputError if a measure is unknown, or a reporter is called like one."""
    return schemas_of(job.study, columns_of(job, load(job.code)))


def prepare(job: Job) -> None:
    """Compile what the job's runs need, once in a process; InputError if a stage cannot be compiled."""
    code = load(job.code)
    key = (code.model is None, code.digest, code.varied)
    with _lock:
        if key in _compiled:
            return
        coalition = {"organisations": 4, "degree": 2.0, "latent": 0.0}
        small = Scenario(scenario={"months": 1}, coalition=coalition, events=[])
        settings = compile_scenario(small)
        records = np.empty((2, len(settings.measures)))
        compile_once(lambda: run_one(small, settings, 0, advance, records), kept=True)
        if code.model is not None:
            from cisim.mesa_model import CollectiveImpactModel

            model = CollectiveImpactModel(small, seed=0)
            model.step()
            sound(model.state)
        if code.stages:
            loop: Any = code.loop
            own = {**dict.fromkeys(code.varied, 0.0), **code.parameters}
            settings = compile_scenario(small, parameters=own, fields=code.fields)
            try:
                compile_loop(loop, settings, lambda: run_one(small, settings, 0, loop, records))
            except Exception as error:
                # If it was compiled, a stage fails as it runs, which the study's runs will tell.
                if isinstance(error, InputError) or not loop.signatures:
                    raise
        _compiled.add(key)


def do_task(job: Job, spans: Sequence[Span], stop: Event | None = None) -> dict[str, pa.Table]:
    """Do some runs of a study. No file of the study is read.

    Args:
        job: what all tasks share.
        spans: which runs, in any order, none twice.
        stop: set by another thread to end the work.

    Returns:
        Tables by kind, sorted by point, replication and month: runs; and, where they have rows, failures and what the study
        records besides: trajectories, organisations, ties, bands of spans that are whole points, and bands_source of others.

    Raises:
        Stopped: `stop` was set.
        InputError: the code cannot be loaded.
    """
    prepare(job)
    code = load(job.code)
    tables = Tables(job, code)
    with known_rosters(job.rosters):
        for span in sorted(spans, key=lambda span: (span.point, span.first)):
            check(stop)
            try:
                point = _Point(job, code, span.values)
            except RunFailed as failure:
                _fail(job, code, span, failure, tables)
                continue
            tables.begin(point.scenario, point.settings, whole=span.whole)
            for run in _runs(job, span, point.identity):
                check(stop)
                try:
                    records = point.run(run.seed, stop)
                except RunFailed as failure:
                    tables.fail(run, failure, point.scenario.to_toml())
                else:
                    tables.keep(run, records, point.observer)
    return tables.finish()


def failed_task(job: Job, spans: Sequence[Span]) -> dict[str, pa.Table]:
    """Return the tables of runs that killed every worker process that tried them: all have failed."""
    code = load(job.code)
    tables = Tables(job, code)
    failure = RunFailed("worker", UNKNOWN, "the worker process died on every attempt")
    with known_rosters(job.rosters):
        for span in spans:
            _fail(job, code, span, failure, tables)
    return tables.finish()


def join_tables(parts: Sequence[dict[str, pa.Table]], spans: Sequence[Span]) -> dict[str, pa.Table]:
    """Join the tables of a task's runs that were done one by one, in their order, into those that `do_task` gives for its spans."""
    kinds = dict.fromkeys(kind for part in parts for kind in part)
    tables = {kind: pa.concat_tables([part[kind] for part in parts if kind in part]) for kind in kinds}
    if source := tables.get("bands_source"):
        points = pa.array([span.point for span in spans if span.whole], pa.int64())
        whole = pc.is_in(source.column("point"), points)
        tables |= {"bands": bands(source.filter(whole)), "bands_source": source.filter(pc.invert(whole))}
    return {kind: table for kind, table in tables.items() if table.num_rows or kind == "runs"}


def _runs(job: Job, span: Span, identity: str) -> Iterable[Run]:
    for replication in range(span.first, span.last):
        seed = seed_of(job.study, span.point, replication)
        yield Run(span.point, replication, seed, identity_of(identity, seed))


def _fail(job: Job, code: Loaded, span: Span, failure: RunFailed, tables: Tables) -> None:
    """Record that all runs of a span failed for the same reason; their scenario may be impossible."""
    study, contents = job.study, job.contents
    try:
        scenario = study.scenario(span.values)
        toml, digest = scenario.to_toml(), scenario.digest()
        with suppress(InputError):
            contents = roster(scenario).digest
    except Exception:
        sections = study.base.as_mapping()
        for factor, value in zip(study.factors, span.values, strict=True):
            for path, setting in factor.settings(value).items():
                put(sections, path, setting)
        toml = to_toml(sections)
        digest = digest_of(toml)
    varied = study.parameters(span.values)
    for run in _runs(job, span, point_identity(job.model_digest, digest, contents, code.digest, varied)):
        tables.fail(run, failure, toml)


class _Point:
    """A point, ready to be run; refused if its scenario is impossible, or its runs need too much memory."""

    def __init__(self, job: Job, code: Loaded, values: Sequence[Value]) -> None:
        study, limits = job.study, job.study.limits
        varied = study.parameters(values)
        self._parameters = {**code.parameters, **varied}
        try:
            self.scenario = study.scenario(values)
            self.settings = compile_scenario(self.scenario, parameters=self._parameters, fields=code.fields)
            self.observer = Observer(study, self.scenario, self.settings, code)
            need = bytes_of_run(self.scenario, self.settings)
        except Exception as error:
            raise failure_of("scenario", UNKNOWN, error) from error
        if limits.memory is not None and need > limits.memory:
            allowed = f"limits.memory allows {limits.memory / 1e6:,.1f} MB"
            raise RunFailed("memory", UNKNOWN, f"a run needs about {need / 1e6:,.1f} MB, {allowed}")
        self._model: Any = code.model
        self._loop = code.loop
        self._records = np.full((self.settings.months + 1, len(self.settings.measures)), np.nan)
        # Measures that have a value in every month: progress and the indicators.
        indicators = range(INDICATORS, INDICATORS + len(self.scenario.outcome_names))
        self._vital = np.array([PROGRESS, *indicators])
        if limits.seconds is not None and FOUNDING not in _compiled:  # before time is measured
            with suppress(Exception):  # the runs will tell
                founded(self.settings.given, self.settings.plan, 0)
            _compiled.add(FOUNDING)
        contents = self.settings.roster.digest
        self.identity = point_identity(job.model_digest, self.scenario.digest(), contents, code.digest, varied)

    def run(self, seed: int, stop: Event | None) -> Floats:
        """Do one run: (months + 1, measures), valid until the next one, and only up to the month in which the run ended."""
        records = self._run_engine(seed, stop) if self._model is None else self._run_model(seed, stop)
        ended = self.settings.months if self.observer.ended is None else self.observer.ended
        finite = np.isfinite(records[: ended + 1, self._vital])
        if not finite.all():
            month, index = (int(number) for number in np.argwhere(~finite)[0])
            column = self._vital[index]
            name = self.settings.measures[column].name
            failure = RunFailed("record", month, f"{name} is {records[month, column]} in month {month}")
            raise failure.located(self._locate(seed, month, stop))
        return records

    def _run_engine(self, seed: int, stop: Event | None) -> Floats:
        observer, records, loop = self.observer, self._records, self._loop
        observer.begin(records)
        watch: dict[str, Any] = {"pauses": observer.pauses, "look": observer} if observer.needed else {}
        try:
            run_one(self.scenario, self.settings, seed, loop, records, stop, **watch)
        except RunFailed:
            raise
        except Exception as error:
            failure = failure_of("months", UNKNOWN, error)
            if failure.stage == "memory":
                raise failure from error
            raise failure.located(self._locate(seed, self.settings.months, stop)) from error
        check(stop)
        return records

    def _run_model(self, seed: int, stop: Event | None) -> Floats:
        """Do one run of a user's model, which has ended when it stops running before its last month."""
        observer = self.observer
        observer.begin(self._records)
        try:
            model = self._make(seed)
        except Exception as error:
            raise failure_of("founding", 0, error) from error
        records: Floats = model.records
        if records.shape != self._records.shape:
            shapes = f"{records.shape}, must have {self._records.shape}"
            raise RunFailed("founding", 0, f"records have the shape {shapes}")
        observer.records = records
        month = 0
        while not observer(model.state, month, model) and month < self.settings.months:
            check(stop)
            if month > 0 and not model.running:
                observer.ended = month
                observer(model.state, month, model)
                break
            month += 1
            try:
                with quick_compilation():
                    model.step()
            except Exception as error:
                raise failure_of(stage_in(error.__traceback__, "step"), month, error) from error
            if model.month != month:
                says = f"step must let one month pass; the model is in month {model.month}"
                raise RunFailed("step", month, says)
            if not sound(model.state):
                failure = RunFailed("step", month, fault_of(model.state, self.settings.roster.names) or "")
                raise failure.located(self._locate(seed, month, stop))
        return records

    def _make(self, seed: int) -> Any:
        """Make the user's model of one run."""
        return self._model(self.scenario, seed=seed, **self._parameters)

    def _locate(self, seed: int, last: int, stop: Event | None) -> RunFailed | None:
        """Replay a failed run to find where it fails."""
        if self._model is not None:
            return locate_in_model(lambda: self._make(seed), last, stop)
        return locate(self.scenario, self.settings, seed, self._loop, last, stop)


def bytes_of_run(scenario: Scenario, settings: CompiledScenario) -> int:
    """Estimate the memory that the state and the records of a run take, in bytes; while ties are drawn they are there twice."""
    coalition, degree = settings.roster, scenario.highest("coalition.degree")
    number = len(coalition.names)
    given = number * degree / 2 if coalition.ties is None else len(coalition.ties.first)
    ties = min(given + number * scenario.highest("coalition.latent") / 2, number * (number - 1) / 2)
    each_tie = TIE.itemsize + 2 * 8 + 3 * 8
    stances = coalition.mission.shape[1] * (STANCE.itemsize + 3 * 8)
    each = ORGANISATION.itemsize + 8 * len(settings.fields) + stances + coalition.mix.shape[1] * (ROLE.itemsize + 3 * 8)
    records = (settings.months + 1) * len(settings.measures) * 8
    return int(number * each + 2 * ties * each_tie + 2**scenario.practice.bits * 8 + records)
