"""A task of a study: some runs, from the points' values to tables. The same runs give the same rows, whatever the task.

What goes wrong in a run is a row of the tables; what goes wrong with the study or its code is raised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from threading import Event, RLock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cisim.coalition import Roster, draw, roster
from cisim.dynamics.measures import Measure
from cisim.dynamics.month import advance
from cisim.engine import compile_once, compile_scenario, run_one
from cisim.errors import InputError
from cisim.scenario import Scenario, paths
from cisim.scenario.write import to_toml
from cisim.study.code import Loaded, load
from cisim.study.factors import Value
from cisim.study.failing import MEMORY, SCENARIO, UNKNOWN, WORKER, check
from cisim.study.failure import RunFailed, Stopped, one_line
from cisim.study.identity import Job, Span, identity_of, model_digest, point_identity, seed_of
from cisim.study.one_run import Compiled, InPython, bytes_of_run
from cisim.study.recording import Layout, Sheets, layout_of, schemas_of
from cisim.study.study import Study
from cisim.study.watching import Watch

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Job",
    "Span",
    "Stopped",
    "identity_of",
    "lost",
    "model_digest",
    "point_identity",
    "prepare",
    "schemas",
    "seed_of",
    "work",
]

# --- what tasks of one study share in a process ---------------------------------------------------------


class _Shared(NamedTuple):
    """What is read once, however many tasks follow."""

    measures: tuple[Measure, ...]
    who: Roster


_lock = RLock()
_shared: dict[tuple[Any, ...], _Shared] = {}
_prepared: set[tuple[Any, ...]] = set()
#: So many studies are remembered.
MOST = 8


def _what_is_shared(job: Job) -> _Shared:
    """Measures and roster of a study.

    Raises:
        InputError: the base scenario's coalition files are wrong, or not those that the study was begun with.
    """
    base = job.study.base
    key = (job.contents, base.digest(), base.folder, repr(job.study.factors))
    with _lock:
        if key not in _shared:
            who = roster(base)
            if who.contents_hash != job.contents:
                raise InputError(
                    "the coalition files changed since the study was begun: put the old ones back"
                )
            while len(_shared) >= MOST:
                del _shared[next(iter(_shared))]
            _shared[key] = _Shared(job.study.measures(), who)
        return _shared[key]


def _layout(job: Job, own: Loaded) -> Layout:
    return layout_of(job.study, _what_is_shared(job).measures, list(own.reporters))


def schemas(job: Job) -> dict[str, pa.Schema]:
    """The columns of each table that tasks fill; bands are made of `bands_source` afterwards.

    Raises:
        InputError: the code cannot be had, a measure is unknown, or a reporter is called like a measure.
    """
    return schemas_of(_layout(job, load(job.code)))


def prepare(job: Job) -> None:
    """Compile what the job's runs need, once in a process, so that no run waits for it.

    Raises:
        InputError: the code cannot be had, or a stage cannot be compiled.
    """
    own = load(job.code)
    key = (own.model is None, *own.stages.values())
    with _lock:
        if key not in _prepared:
            _compile(own)
            _prepared.add(key)


def _compile(own: Loaded) -> None:
    from numba.core.errors import NumbaError

    small = Scenario(
        scenario={"months": 1}, coalition={"organisations": 4, "degree": 2.0, "latent": 0.0}, events=[]
    )
    settings = compile_scenario(small)
    records = np.empty((2, len(settings.measures)))
    compile_once(lambda: run_one(small, settings, 0, advance, records), kept=True)
    if own.model is not None:
        from cisim.mesa_model import CollectiveImpactModel

        CollectiveImpactModel(small, seed=0).step()
    if own.stages:
        try:
            loop = own.loop
            compile_once(lambda: run_one(small, settings, 0, loop, records), kept=False)
        except NumbaError as error:
            names = ", ".join(own.stages)
            raise InputError(f"stages {names}: Numba cannot compile them: {one_line(error)}") from error
        except Exception:  # a run fails in a stage: the study's runs will tell
            return


# --- a task ---------------------------------------------------------------------------------------------


def work(job: Job, spans: Sequence[Span], stop: Event | None = None) -> dict[str, pa.Table]:
    """Do some runs of a study.

    Args:
        job: what is shared.
        spans: which runs, in any order, none twice.
        stop: set by another thread to end the work.

    Returns:
        Tables by kind, sorted by point, replication and month: runs; failures, if there are any; and trajectories, bands_source,
        organisations and ties, as the study asks for them.

    Raises:
        Stopped: `stop` was set.
        InputError: the code cannot be had, or the coalition files are not those that the study was begun with.
    """
    prepare(job)
    own, shared = load(job.code), _what_is_shared(job)
    layout = _layout(job, own)
    sheets = Sheets(layout, sum(span.last - span.first for span in spans))
    for span in sorted(spans, key=lambda span: (span.point, span.first)):
        check(stop)
        try:
            point = _Point(job, own, shared.who, layout, span.values)
        except RunFailed as failure:
            _lose(job, own, span, failure, sheets)
            continue
        sheets.begin(point.scenario, point.settings)
        for replication in range(span.first, span.last):
            check(stop)
            _one(job.study, point, (span.point, replication), sheets, stop)
    return sheets.tables()


class _Point:
    """A point, ready to be run.

    Raises:
        RunFailed: its scenario is impossible, or its runs need too much memory.
    """

    def __init__(self, job: Job, own: Loaded, who: Roster, layout: Layout, values: Sequence[Value]) -> None:
        study = job.study
        try:
            self.scenario = study.scenario(values)
            known = who if _members(self.scenario) == _members(study.base) else None
            self.settings = compile_scenario(self.scenario, known)
            need, most = bytes_of_run(self.scenario, self.settings), study.limits.memory
            if most is not None and need > most:
                says = f"a run needs about {need / 1e6:,.1f} MB, limits.memory allows {most / 1e6:,.1f} MB"
                raise RunFailed(MEMORY, UNKNOWN, says)
            names = [measure.name for measure in layout.measures]
            self.watch = Watch(study, names, self.scenario, self.settings, own)
            kind = Compiled if own.model is None else InPython
            self.run = kind(self.scenario, self.settings, own)
        except (RunFailed, Stopped):
            raise
        except Exception as error:
            raise RunFailed(_kind_of(error), UNKNOWN, _says(error)) from error
        if study.limits.seconds is not None:
            _compile_draw(self.scenario, self.settings.roster)
        self.identity = point_identity(
            model_digest(), self.scenario.digest(), self.settings.roster.contents_hash, own.digest
        )
        self._toml: str | None = None

    @property
    def toml(self) -> str:
        """The scenario, written once."""
        if self._toml is None:
            self._toml = self.scenario.to_toml()
        return self._toml


def _kind_of(error: Exception) -> str:
    return MEMORY if isinstance(error, MemoryError) else SCENARIO


def _says(error: Exception) -> str:
    """What is wrong with a scenario; an InputError speaks for itself."""
    text = one_line(error)
    return text.removeprefix("InputError: ") if isinstance(error, InputError) else text


def _members(scenario: Scenario) -> tuple[Any, ...]:
    """What decides a scenario's roster, besides what its files hold."""
    coalition = scenario.coalition
    if coalition.file is None:
        who: tuple[Any, ...] = (coalition.organisations,)
    else:
        who = (coalition.file, coalition.ties, None if coalition.ties else coalition.degree, scenario.folder)
    return (*who, scenario.sector_names, scenario.outcome_names, scenario.role_names)


@cache
def _draw_once(network: str, read: bool) -> list[None]:
    """A place for each way in which ties are drawn: empty until it is compiled."""
    del network, read
    return []


def _compile_draw(scenario: Scenario, who: Roster) -> None:
    """Let what draws a coalition be compiled before time is taken."""
    done = _draw_once(scenario.coalition.network, who.ties is None)
    if not done:
        with suppress(Exception):  # the runs will tell
            draw(scenario, who, 0)
        done.append(None)


def _one(study: Study, point: _Point, run: tuple[int, int], sheets: Sheets, stop: Event | None) -> None:
    """Do one run and write it down."""
    seed = seed_of(study, *run)
    identity = identity_of(point.identity, seed)
    try:
        records = point.run(seed, point.watch, stop)
    except RunFailed as failure:
        sheets.fail(run, seed, identity, failure, point.toml)
    else:
        sheets.keep(run, seed, identity, records, point.watch)


def _lose(job: Job, own: Loaded, span: Span, failure: RunFailed, sheets: Sheets) -> None:
    """Write down that all runs of a span failed for the same reason."""
    toml, digest = _impossible(job.study, span.values)
    identity = point_identity(model_digest(), digest, job.contents, own.digest)
    for replication in range(span.first, span.last):
        seed = seed_of(job.study, span.point, replication)
        sheets.fail((span.point, replication), seed, identity_of(identity, seed), failure, toml)


def _impossible(study: Study, values: Sequence[Value]) -> tuple[str, str]:
    """The text of a scenario that may be none, and its digest."""
    with suppress(Exception):
        scenario = study.scenario(values)
        return scenario.to_toml(), scenario.digest()
    sections = study.base.as_mapping()
    for factor, value in zip(study.factors, values, strict=True):
        for path, setting in factor.settings(value).items():
            paths.put(sections, path, setting)
    toml = to_toml(sections)
    return toml, hashlib.blake2b(toml.encode(), digest_size=16).hexdigest()


def lost(job: Job, spans: Sequence[Span]) -> dict[str, pa.Table]:
    """The tables of runs that cost whoever did them: as failed as those that end with an error."""
    own = load(job.code)
    sheets = Sheets(_layout(job, own), sum(span.last - span.first for span in spans))
    failure = RunFailed(
        WORKER, UNKNOWN, "the process that did this run ended without a word, each time it was tried"
    )
    for span in spans:
        _lose(job, own, span, failure, sheets)
    return sheets.tables()
