"""Tasks run in threads, interruptible by Ctrl-C at any moment.

`concurrent.futures.wait` is not: interrupted while it takes the locks of futures, it leaves some taken, and whoever finishes
such a future waits for ever. Here, the threads that work need nothing that the waiting thread may hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

from cisim.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")


def share_out(
    task: Callable[[Item], Result],
    items: Sequence[Item],
    threads: int,
    stop: Event,
    on_result: Callable[[Result], None],
) -> None:
    """Run a task for each item in threads, in this order, and wait until all threads have ended.

    `on_result` is called in this thread with each result, in the order of finishing. What it or a task raises is raised
    here. `stop` is set here when no more is to be started; a task should return soon after that.
    """
    waiting: SimpleQueue[Item] = SimpleQueue()
    finished: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    for item in items:
        waiting.put(item)

    def work() -> None:
        while not stop.is_set():
            try:
                item = waiting.get_nowait()
            except Empty:
                return
            try:
                finished.put((task(item), None))
            except BaseException as error:
                finished.put((None, error))

    workers = [Thread(target=work, name=f"cisim_{number}", daemon=True) for number in range(threads)]
    try:
        for worker in workers:
            _start(worker)
        for _ in items:
            result, error = finished.get()
            if error is not None:
                raise error
            on_result(result)
    finally:
        stop.set()
        for worker in workers:
            if worker.ident is not None:
                worker.join()


def _start(worker: Thread) -> None:
    """Start a thread; where Ctrl-C comes while Python waits for it to begin, its own lock fails, and the interrupt is raised instead."""
    try:
        worker.start()
    except RuntimeError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise


def checked_threads(threads: int | None) -> int:
    """Return the number of threads, at least 1; by default, of the processors that this process may use."""
    if threads is None:
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError(f"threads = {threads!r}: must be a whole number of at least 1")
    return threads
