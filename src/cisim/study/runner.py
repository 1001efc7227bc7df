"""Running a study: tasks go out to workers with back-pressure, and what comes back is kept at once.

One thread hands out tasks and writes parts; workers only compute. A study that was stopped, however it was, goes on with the
tasks whose parts are not there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from cisim.errors import InputError
from cisim.study.crew import Crew, Runs, Tables, result
from cisim.study.store import Store
from cisim.study.task import failed_task

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Tasks that are out at once, for each worker: one at work, one waiting.
AHEAD = 2
#: Seconds between two looks at what came back, so that Ctrl-C and progress are never late.
LOOK = 0.25
#: Seconds over which the rate of work is told.
RECENT = 30.0
#: How many workers a task may lose before its runs are taken one by one, and a run before it has failed.
PATIENCE = 2


class Progress(NamedTuple):
    """How far a study has come.

    Attributes:
        done: runs that are kept, failed ones included.
        failed: runs that failed.
        total: runs of the study, or of this shard.
        rate: runs per second of late; 0 before the first came back.
        remaining: seconds until the end at this rate; None if it is not known.
    """

    done: int
    failed: int
    total: int
    rate: float
    remaining: float | None


Told = Callable[[Progress], None]


@dataclass
class Tally:
    """Counts, and the rate of late.

    Args:
        done: runs kept so far.
        failed: those among them that failed.
        total: runs in all.
        told: called with each count.
    """

    done: int
    failed: int
    total: int
    told: Told | None
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        """Begin to measure the rate."""
        self._marks.append((time.monotonic(), self.done))
        self.tell()

    def add(self, runs: int, failed: int) -> None:
        """Count what was kept."""
        self.done += runs
        self.failed += failed
        self._marks.append((time.monotonic(), self.done))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[0][0] > RECENT:
            self._marks.popleft()

    def tell(self) -> None:
        """Pass the counts on."""
        if self.told is None:
            return
        (since, before), (until, now) = self._marks[0], self._marks[-1]
        rate = (now - before) / (until - since) if until > since else 0.0
        self.told(
            Progress(
                self.done, self.failed, self.total, rate, (self.total - self.done) / rate if rate else None
            )
        )


def drive(store: Store, todo: Iterator[int], crew: Crew, told: Told | None = None) -> None:
    """Do the tasks of a store that are not done.

    Args:
        store: locked by the caller.
        todo: what `Store.todo` gave.
        crew: who does them.
        told: called now and then, in this thread.

    Raises:
        InputError: a part cannot be written.
        KeyboardInterrupt: Ctrl-C; what was finished is kept.
    """
    counts = store.counts()
    _Drive(store, crew, Tally(counts.done, counts.failed, counts.runs, told)).run(todo)


class _Drive:
    """The loop over the tasks of a store."""

    def __init__(self, store: Store, crew: Crew, tally: Tally) -> None:
        self._store, self._crew, self._tally = store, crew, tally
        self._out: dict[Future[Tables], int] = {}
        self._lost: list[int] = []
        # Not `concurrent.futures.wait`: see `cisim.threads`.
        self._back: SimpleQueue[Future[Tables]] = SimpleQueue()

    def run(self, todo: Iterator[int]) -> None:
        try:
            while self._hand_out(todo):
                self._take_back()
                if self._lost and not self._out:
                    self._recover()
                self._tally.tell()
        except BaseException:
            self._crew.stop()
            self._rescue()
            raise

    def _hand_out(self, todo: Iterator[int]) -> bool:
        """Let a few tasks be out; none while workers are being lost. Whether any is."""
        while not self._lost and len(self._out) < AHEAD * self._crew.workers:
            task = next(todo, None)
            if task is None:
                break
            self._out[self._submit(self._store.spans(task))] = task
        return bool(self._out or self._lost)

    def _submit(self, spans: Sequence[Runs]) -> Future[Tables]:
        future = self._crew.submit(spans)
        future.add_done_callback(self._back.put)
        return future

    def _finished(self) -> set[Future[Tables]]:
        """What came back since the last look; it waits a moment for the first."""
        finished = set()
        with suppress(Empty):
            finished.add(self._back.get(timeout=LOOK))
            while True:
                finished.add(self._back.get_nowait())
        return finished

    def _take_back(self) -> None:
        for future in sorted(self._finished(), key=self._out.__getitem__):
            task = self._out.pop(future)
            tables = result(future)
            if tables is None:
                self._lost.append(task)
            else:
                self._keep(task, tables)

    def _keep(self, task: int, tables: Tables) -> None:
        self._store.commit(task, tables)
        runs = sum(last - first for _, first, last in self._store.spans(task))
        self._tally.add(runs, tables["failures"].num_rows if "failures" in tables else 0)

    def _recover(self) -> None:
        """Whoever cost the workers is among the lost tasks: each goes alone."""
        self._crew.renew()
        while self._lost:
            spans = self._store.spans(self._lost[-1])
            tables = self._patiently(spans, PATIENCE - 1) or _joined(
                [self._single(one) for one in _each(spans)]
            )
            self._keep(self._lost.pop(), tables)
            self._tally.tell()

    def _single(self, run: Runs) -> Tables:
        """One run; it has failed if it costs its worker each time."""
        tables = self._patiently([run], PATIENCE)
        return failed_task(self._crew.job, self._crew.spans([run])) if tables is None else tables

    def _patiently(self, spans: Sequence[Runs], tries: int) -> Tables | None:
        for _ in range(tries):
            future = self._submit(spans)
            while future not in self._finished():
                pass
            tables = result(future)
            if tables is not None:
                return tables
            self._crew.renew()
        return None

    def _rescue(self) -> None:
        """Keep what was finished when the study was stopped."""
        for future, task in self._out.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                with suppress(InputError):  # a full disk may be why it was stopped
                    self._keep(task, future.result())


def _each(spans: Sequence[Runs]) -> list[Runs]:
    return [(point, run, run + 1) for point, first, last in spans for run in range(first, last)]


def _joined(parts: Sequence[Tables]) -> Tables:
    """The tables of runs one after the other."""
    import pyarrow as pa

    kinds = dict.fromkeys(kind for part in parts for kind in part)
    return {kind: pa.concat_tables([part[kind] for part in parts if kind in part]) for kind in kinds}
