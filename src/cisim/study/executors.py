"""Executors of a study's tasks: threads here, processes for models in Python, or anybody's executor, such as Dask's."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.errors import InputError
from cisim.study.identity import Job, Span
from cisim.study.task import do_task

if TYPE_CHECKING:
    import pyarrow as pa

Tables = dict[str, "pa.Table"]
#: Packages whose errors are about workers: errors of runs never leave a task as an exception.
_WORKERS_OF_OTHERS = {"distributed", "dask", "tornado"}


class Workers:
    """Workers of an executor, which do so many tasks at once; `stopping` ends those of threads within a tenth of a second."""

    def __init__(self, job: Job, workers: int, executor: Executor, stopping: threading.Event | None = None) -> None:
        self.job, self.workers, self._executor, self._stopping = job, workers, executor, stopping

    def submit(self, spans: Sequence[Span]) -> Future[Tables]:
        """Hand out a task."""
        try:
            return self._executor.submit(do_task, self.job, spans, self._stopping)
        except BrokenExecutor as error:  # a worker was lost since results were last looked at
            lost: Future[Tables] = Future()
            lost.set_exception(error)
            return lost

    def result(self, future: Future[Tables]) -> Tables | None:
        """Return what a task gave; None if its worker was lost. A failed run is a row of the tables, never an exception."""
        try:
            return future.result()
        except Exception as error:
            if isinstance(error, BrokenExecutor) or type(error).__module__.partition(".")[0] in _WORKERS_OF_OTHERS:
                return None
            raise

    def renew(self) -> None:
        """Replace lost workers; InputError if another's executor does not do so, and runs would fail for no fault of theirs."""
        try:
            self._executor.submit(int)
        except BrokenExecutor:
            raise InputError(
                "the executor lost a worker and starts no other: run the study again with a new one; what is done is kept"
            ) from None

    def stop(self) -> None:
        """End tasks that are being done, at once, if they can be told to."""
        if self._stopping is not None:
            self._stopping.set()
            self._executor.shutdown(wait=True, cancel_futures=True)


class Processes(Workers):
    """Processes, for models that keep the interpreter busy; started afresh, so that nothing is shared by accident."""

    def __init__(self, job: Job, workers: int) -> None:
        super().__init__(job, workers, _start_processes(workers))

    def renew(self) -> None:
        """Start new processes."""
        self.stop()
        self._executor = _start_processes(self.workers)

    def stop(self) -> None:
        """Kill the processes; their tasks are done again."""
        alive = list((getattr(self._executor, "_processes", None) or {}).values())
        for process in alive:
            with suppress(OSError, ValueError):
                process.kill()
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in alive:
            with suppress(OSError, ValueError, AssertionError):
                process.join(1)


def _start_processes(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin_process,
        initargs=(list(sys.path), str(Path.cwd())),
    )


def _begin_process(paths: list[str], folder: str) -> None:
    """Let a new process find the user's code, leave Ctrl-C to the runner, and die with it."""
    sys.path[:] = paths
    with suppress(OSError):
        os.chdir(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    runner = multiprocessing.parent_process()
    if runner is not None:
        threading.Thread(target=_die_with, args=[runner], daemon=True).start()


def _die_with(runner: multiprocessing.process.BaseProcess) -> None:
    runner.join()
    os._exit(1)


@contextmanager
def open_workers(job: Job, workers: int, executor: Executor | None) -> Iterator[Workers]:
    """Open the workers of a study: anybody's, or threads here, or processes for a user's own model; shut down ours on exit."""
    if executor is not None:
        yield Workers(job, workers, executor)
        return
    threads = Workers(job, workers, ThreadPoolExecutor(workers), threading.Event())  # they start with their first task
    own = threads if job.code.model is None else Processes(job, workers)
    try:
        yield own
    finally:
        own.stop()
