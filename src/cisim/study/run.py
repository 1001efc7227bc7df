"""Runs of a study: begun, resumed or extended in its store, and never mixed with another study.

One thread hands out tasks with back-pressure and writes parts; workers only compute. A study that was stopped, however it
was, resumes with the tasks whose parts are not there.
"""

from __future__ import annotations

import os
import platform
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import cisim
from cisim.coalition.rosters import known_rosters
from cisim.errors import InputError, Problems
from cisim.seeds import BLOCK
from cisim.study import designs, file
from cisim.study.designs import Point
from cisim.study.estimate import cut_study
from cisim.study.identity import Job, Span, read_job
from cisim.study.manifest import MANIFEST, Column, Manifest, Shard
from cisim.study.parts import FAILURES
from cisim.study.spec import Study
from cisim.study.store import Store
from cisim.study.summary import failure_in_words
from cisim.study.user_code import Code
from cisim.threads import checked_threads

if TYPE_CHECKING:
    import pyarrow as pa

    from cisim.study.executors import Tables, Workers

#: Seconds between two looks at what came back, so that Ctrl-C and progress are never late.
LOOK = 0.25
#: Workers that a task may lose before its runs are done one by one, and a run alone before it has failed.
PATIENCE = 2
#: Packages whose versions a store keeps, beside that of Mesa where it ran the model.
PACKAGES = ("llvmlite", "numba", "numpy", "pyarrow", "scipy")


class Progress(NamedTuple):
    """Progress of a study."""

    done: int  #: finished runs, failed ones included.
    failed: int  #: runs that failed.
    total: int  #: runs of the study, or of this shard.
    rate: float  #: runs per second of late; 0 before the first came back.
    remaining: float | None  #: seconds until the end at this rate; None if it is not known.


OnProgress = Callable[[Progress], None]


def run(
    study: Study,
    out: str | os.PathLike[str],
    *,
    code: Code | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    shard: Shard | None = None,
    on_progress: OnProgress | None = None,
    changed_model: bool = False,
) -> Store:
    """Do all runs of a study that its store does not hold.

    Args:
        study: the study.
        out: the folder of the store; it is made, or resumed.
        code: a user's own model, stages and reporters.
        threads: how many workers; all processors by default. It changes no bit.
        executor: whose workers to use, such as Dask's; threads here by default, processes for a user's own model.
        shard: (3, 40) does the third of forty parts of the study, into a store of its own.
        on_progress: called now and then, in this thread.
        changed_model: resume although the model is not the one that made the results so far.

    Returns:
        The store, complete.

    Raises:
        InputError: the store is of another study or another model, is in use, or cannot be written.
        KeyboardInterrupt: Ctrl-C. What is finished is kept, and the same call resumes from there.

    Example:
        >>> store = run(read("study.toml"), "results")  # doctest: +SKIP
        >>> store.frame("runs").groupby("point")["progress"].mean()  # doctest: +SKIP
    """
    workers = checked_threads(threads)
    job = read_job(study, code)
    store = _open(Path(out), job, shard, changed_model=changed_model)
    store.model = job.model_digest
    with store.lock():
        todo = store.todo()
        if not todo:
            return store
        # A finished study is recognised by here, without the engine.
        from cisim.study.executors import open_workers
        from cisim.study.task import prepare

        if executor is None and job.code.model is None:
            prepare(job)
        with open_workers(job, workers, executor) as own:
            _Drive(store, own, point_values(store, study), on_progress).run(todo)
    return store


def extend(out: str | os.PathLike[str], *, replications: int | None = None, points: int | None = None) -> Store:
    """Ask a store for more than was asked before; `run` then does what is new and nothing else.

    Args:
        out: the folder of the store.
        replications: how many each point shall have in all.
        points: how many points there shall be in all; the design must be one that can grow.

    Returns:
        The store, whose new tasks are not done yet.

    Raises:
        InputError: the design cannot grow, or less is asked for than there is.
    """
    store = Store.open(Path(out))
    with store.lock():
        study, before, each = study_of(store), store.manifest.points, store.replications
        problems = Problems()
        if replications is None and points is None:
            problems.append("nothing to add: give replications or points")
        for name, asked, there in (("replications", replications, each), ("points", points, before)):
            if asked is not None and asked <= there:
                problems.append(f"{name} = {asked}: must be more than the {there} that are there")
        if replications is not None and replications > BLOCK:
            problems.append(f"replications = {replications}: must be at most {BLOCK}, the run seeds of a seed")
        if replications is not None and study.record.bands:
            problems.append(
                "replications: quantile bands over old and new runs together cannot be made from bands; record trajectories instead"
            )
        problems.check()
        values, batches, table = point_values(store, study), store.manifest.batches, None
        in_python = store.manifest.code.get("model") is not None
        if points is not None:
            design, more = study.design, points - before
            values += designs.points_of(design, study.factors, study.seed, len(batches), more, before=before)
            new = range(before, len(values))
            batches += (cut_study(study, values, new, range(each), store.tasks, in_python=in_python),)
            table = table_of(study, values)
        if replications is not None:
            new = range(each, replications)
            batches += (cut_study(study, values, range(len(values)), new, batches[-1].end, in_python=in_python),)
        store.change(table, batches=batches, toml=_as_it_is(study, values, replications or each))
    return store


def rerun(store: Store, point: int, replication: int, code: Code | None = None) -> str | None:
    """Do one run of a study again, here, with the user's own code if the study was begun with some.

    Returns the stage, month and message of its failure, None if it does not fail; InputError if there is no such run.
    """
    from cisim.study.task import do_task

    study = study_of(store)
    values = point_values(store, study)
    problems = Problems()
    for name, number, count in (("point", point, len(values)), ("replication", replication, store.replications)):
        if not 0 <= number < count:
            problems.append(f"{name} {number}: there are {name}s 0 to {count - 1}")
    problems.check()
    span = Span(point, values[point], replication, replication + 1)
    tables = do_task(read_job(study, code), [span])
    rows = tables[FAILURES].to_pylist() if FAILURES in tables else []
    return failure_in_words(rows[0]) if rows else None


# --- the study of a store ---------------------------------------------------------------------------------


def study_of(store: Store) -> Study:
    """Return the study that a store was begun with."""
    manifest, folder = store.manifest, store.manifest.scenario_folder
    study = file.parse(manifest.begun, store.folder / folder if folder else None)
    return study.model_copy(update={"name": manifest.name, "question": manifest.question})


def point_values(store: Store, study: Study) -> list[Point]:
    """Return the factors' values of each point of a store."""
    table, columns = store.points, []
    for factor in study.factors:
        labels = {str(level.label): level.label for level in factor.levels}  # of several kinds, they are kept as text
        columns.append([labels.get(str(value), value) for value in table.column(factor.name).to_pylist()])
    return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows


def table_of(study: Study, values: Sequence[Point]) -> pa.Table:
    """Make the table of points: `point`, and a column for each factor."""
    import pyarrow as pa

    columns = {}
    for place, factor in enumerate(study.factors):
        column = [row[place] for row in values]
        kinds = {type(value) for value in column}
        mixed = len(kinds) > 1 and kinds != {int, float}
        columns[factor.name] = [str(value) for value in column] if mixed else column
    return pa.table({"point": pa.array(range(len(values)), pa.int64()), **columns})


def _as_it_is(study: Study, values: Sequence[Point], replications: int) -> str:
    """Return the text of an extended study; points that a design gave in several parts stand in it one by one."""
    changes: dict[str, object] = {"replications": replications}
    if len(values) != len(designs.points_of(study.design, study.factors, study.seed)):
        changes["design"] = designs.Design(kind="file", rows=tuple(values))
    return file.to_text(study.model_copy(update=changes))


def _open(folder: Path, job: Job, shard: Shard | None, *, changed_model: bool) -> Store:
    """Open the store of a study; make it if there is none, or write its manifest again if parts have lost it."""
    study, now = job.study, _manifest(folder, job, shard)
    if not (folder / MANIFEST).exists():
        from cisim.study.task import schemas

        values = designs.points_of(study.design, study.factors, study.seed)
        every, replications, in_python = range(len(values)), range(study.replications), job.code.model is not None
        with known_rosters(job.rosters):
            batch = cut_study(study, values, every, replications, 0, in_python=in_python)
        columns = {kind: tuple(map(Column.of, schema)) for kind, schema in schemas(job).items()}
        points = table_of(study, values)
        manifest = now.changed(schemas=columns, batches=(batch,)).with_digest(points)
        try:
            return Store.create(folder, manifest, points, changed_model=changed_model)
        except InputError:
            if not (folder / MANIFEST).exists():
                raise
            # Another runner began it between the two looks.
    store = Store.open(folder)
    _check_same(store.manifest, now, changed_model=changed_model)
    if (study.name, study.question) != (store.manifest.name, store.manifest.question):
        toml = _as_it_is(study, point_values(store, study), store.replications)
        store.change(name=study.name, question=study.question, toml=toml)
    return store


def _manifest(folder: Path, job: Job, shard: Shard | None) -> Manifest:
    """Return the manifest of a study, without tables and runs."""
    study, who = job.study, job.study.base.folder or Path()
    try:
        # From the store, because a study may be moved with it.
        way = Path(os.path.relpath(who, folder)).as_posix()
    except ValueError:  # on another drive
        way = str(who.absolute())
    return Manifest.model_construct(
        name=study.name,
        question=study.question,
        begun=file.identity_text(study),
        toml=file.to_text(study),
        scenario=study.base.to_toml(),
        scenario_folder=way if study.base.coalition.file else None,
        coalition=job.contents,
        version=cisim.__version__,
        model=job.model_digest,
        code=job.code.about(),
        packages={name: version(name) for name in PACKAGES + (("mesa",) if job.code.model is not None else ())}
        | {"python": platform.python_version()},
        shard=shard,
        schemas={},
    )


def _check_same(there: Manifest, now: Manifest, *, changed_model: bool) -> None:
    """Refuse to put results of now beside others."""
    words = {
        "begun": "the store holds another study, or this one before it was changed: choose another folder, or take more "
        "replications or points with: cisim study extend",
        "coalition": "the coalition files changed since the store was begun: choose another folder",
        "code": "the store was begun with other code (--model, --stage, --reporter, --param, --field): choose another folder",
        "model": f"the model changed since the store was begun (then {there.version}, {there.model[:8]}; now {now.version}, "
        f"{now.model[:8]}): choose another folder, or allow results of both in one (--changed-model)",
        "shard": "the store holds {}, asked for is {}".format(
            *(f"shard {one[0]} of {one[1]}" if one else "a whole study" for one in (there.shard, now.shard))
        ),
    }
    if changed_model:
        del words["model"]
    Problems(text for name, text in words.items() if getattr(there, name) != getattr(now, name)).check()


class _Drive:
    """Loop over the tasks of a store that its caller has locked."""

    def __init__(self, store: Store, workers: Workers, points: Sequence[Point], on_progress: OnProgress | None) -> None:
        self._store, self._workers, self._points, self._on_progress = store, workers, points, on_progress
        self._done, self._failed, self._total, *_ = store.counts()
        #: When how many runs were done.
        self._marks = deque([(time.monotonic(), self._done)])
        self._out: dict[Future[Tables], int] = {}
        self._lost: list[int] = []
        # Not `concurrent.futures.wait`: see `cisim.threads`.
        self._back: SimpleQueue[Future[Tables]] = SimpleQueue()

    def run(self, todo: Sequence[int]) -> None:
        """Do the tasks; keep what is finished when stopped."""
        waiting = deque(todo)
        try:
            self._tell()
            while waiting or self._out or self._lost:
                # Each worker has a task that it does and one that waits; none while workers are being lost.
                while waiting and not self._lost and len(self._out) < 2 * self._workers.workers:
                    task = waiting.popleft()
                    self._out[self._submit(self._spans(task))] = task
                for future in sorted(self._finished(), key=self._out.__getitem__):
                    task = self._out.pop(future)
                    tables = self._workers.result(future)
                    if tables is None:
                        self._lost.append(task)
                    else:
                        self._keep(task, tables)
                if self._lost and not self._out:
                    self._workers.renew()
                    while self._lost:  # one at a time: one of them costs its worker
                        task = self._lost.pop()
                        self._keep(task, self._alone(self._spans(task)))
                        self._tell()
                self._tell()
        except BaseException:
            self._workers.stop()
            for future, task in self._out.items():
                if future.done() and not future.cancelled() and future.exception() is None:
                    with suppress(InputError):  # a full disk may be why it was stopped
                        self._keep(task, future.result())
            raise

    def _spans(self, task: int) -> list[Span]:
        whole = self._store.replications
        return [
            Span(point, self._points[point], first, last, whole=last - first == whole)
            for point, first, last in self._store.spans(task)
        ]

    def _submit(self, spans: Sequence[Span]) -> Future[Tables]:
        future = self._workers.submit(spans)
        future.add_done_callback(self._back.put)
        return future

    def _finished(self) -> set[Future[Tables]]:
        """Return what came back since the last look; wait a moment for the first."""
        finished = set()
        with suppress(Empty):
            finished.add(self._back.get(timeout=LOOK))
            while True:
                finished.add(self._back.get_nowait())
        return finished

    def _keep(self, task: int, tables: Tables) -> None:
        self._store.commit(task, tables)
        self._done += self._store.runs_of([task])
        self._failed += tables[FAILURES].num_rows if FAILURES in tables else 0
        self._marks.append((time.monotonic(), self._done))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[0][0] > 30:  # s: the rate is that of late
            self._marks.popleft()

    def _alone(self, spans: Sequence[Span]) -> Tables:
        """Do some runs with nothing beside them, in the end one by one; one that costs its worker each time has failed."""
        from cisim.study.task import failed_task, join_tables

        runs = [(span, run) for span in spans for run in range(span.first, span.last)]
        for _ in range(PATIENCE if len(runs) == 1 else PATIENCE - 1):
            future = self._submit(spans)
            while future not in self._finished():
                pass
            tables = self._workers.result(future)
            if tables is not None:
                return tables
            self._workers.renew()
        if len(runs) == 1:
            return failed_task(self._workers.job, spans)
        singles = [span._replace(first=run, last=run + 1, whole=False) for span, run in runs]
        return join_tables([self._alone([single]) for single in singles], spans)

    def _tell(self) -> None:
        if self._on_progress is None:
            return
        (since, before), (until, done) = self._marks[0], self._marks[-1]
        rate = (done - before) / (until - since) if until > since else 0.0
        remaining = (self._total - done) / rate if rate else None
        self._on_progress(Progress(done, self._failed, self._total, rate, remaining))
