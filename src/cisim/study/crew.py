"""Who does the work of a study: threads here, processes for models in Python, or anybody's executor."""

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
from cisim.study.diagnose import Stopped
from cisim.study.factors import Value
from cisim.study.identity import Job, Span
from cisim.study.task import do_task

if TYPE_CHECKING:
    import pyarrow as pa

Tables = dict[str, "pa.Table"]
#: A point and its replications, from the first to before the last.
Runs = tuple[int, int, int]
#: Packages whose errors are about workers, not about runs: these never leave a task as an exception.
_OTHERS = {"distributed", "dask", "tornado"}


class Crew:
    """Workers that do the tasks of one study.

    Args:
        job: what all tasks share.
        points: the factors' values of each point.
        workers: how many tasks they do at once.
        executor: whose workers these are.
    """

    def __init__(
        self, job: Job, points: Sequence[tuple[Value, ...]], workers: int, executor: Executor
    ) -> None:
        self.job, self.workers, self._points, self._executor = job, workers, points, executor

    def spans(self, runs: Sequence[Runs]) -> list[Span]:
        """Runs with the values of their points."""
        return [Span(point, self._points[point], first, last) for point, first, last in runs]

    def submit(self, runs: Sequence[Runs]) -> Future[Tables]:
        """Hand out a task."""
        try:
            return self._executor.submit(do_task, self.job, self.spans(runs))
        except BrokenExecutor as error:  # a worker was lost since results were last looked at
            lost: Future[Tables] = Future()
            lost.set_exception(error)
            return lost

    def renew(self) -> None:
        """Replace workers that were lost; the executors of others do so themselves.

        Raises:
            InputError: they do not, so that runs would fail for no fault of their own.
        """
        try:
            self._executor.submit(int)
        except BrokenExecutor:
            raise InputError(
                "the executor lost a worker and starts no other: run the study again with a new one; what is done is kept"
            ) from None

    def stop(self) -> None:
        """End what is at work, at once."""


class Threads(Crew):
    """Threads over the compiled engine."""

    def __init__(self, job: Job, points: Sequence[tuple[Value, ...]], workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="cisim")
        self._stopping = threading.Event()
        super().__init__(job, points, workers, self._pool)

    def submit(self, runs: Sequence[Runs]) -> Future[Tables]:
        """Hand out a task that ends within a tenth of a second once the crew is stopped."""
        return self._pool.submit(do_task, self.job, self.spans(runs), self._stopping)

    def stop(self) -> None:
        """End what is at work."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


class Processes(Crew):
    """Processes, for models that keep the interpreter busy: started afresh, so that nothing is shared by accident."""

    def __init__(self, job: Job, points: Sequence[tuple[Value, ...]], workers: int) -> None:
        super().__init__(job, points, workers, _processes(workers))

    def renew(self) -> None:
        """Start new processes."""
        self.stop()
        self._executor = _processes(self.workers)

    def stop(self) -> None:
        """Kill the processes: what they were at is done again."""
        alive = list((getattr(self._executor, "_processes", None) or {}).values())
        for process in alive:
            with suppress(OSError, ValueError):
                process.kill()
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in alive:
            with suppress(OSError, ValueError, AssertionError):
                process.join(1)


def _processes(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(list(sys.path), str(Path.cwd())),
    )


def _begin(places: list[str], folder: str) -> None:
    """What a process does first: find the user's code, leave Ctrl-C to the runner, and die with it."""
    sys.path[:] = places
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
def gathered(
    job: Job,
    points: Sequence[tuple[Value, ...]],
    workers: int,
    executor: Executor | None,
    *,
    processes: bool,
) -> Iterator[Crew]:
    """The crew for a job, sent home at the end.

    Args:
        job: what all tasks share.
        points: the factors' values of each point.
        workers: how many tasks at once.
        executor: anybody's; it is left as it is.
        processes: work in processes instead of threads.
    """
    if executor is not None:
        yield Crew(job, points, workers, executor)
        return
    crew = Processes(job, points, workers) if processes else Threads(job, points, workers)
    try:
        yield crew
    finally:
        crew.stop()


def result(future: Future[Tables]) -> Tables | None:
    """What a task gave; None if its worker was lost.

    What goes wrong in a run is a row of its tables, so that an exception is about the task or its worker.
    """
    try:
        return future.result()
    except (Stopped, KeyboardInterrupt, SystemExit):
        raise
    except BrokenExecutor:
        return None
    except Exception as error:
        if type(error).__module__.partition(".")[0] in _OTHERS:
            return None
        raise
