"""Tasks run in threads, interruptible by Ctrl-C at any moment.

`concurrent.futures.wait` is not: an interrupt while it takes the lock of one future after another leaves the locks taken, and
whoever finishes a future waits for ever. Here, nothing that the waiting thread may hold when it is interrupted is needed by
the threads that work.
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
    """Run a task for each item in threads, and wait until all threads have ended.

    Args:
        task: called with an item, in a thread; it should return soon once `stop` is set.
        items: started in this order.
        threads: how many items are worked on at once.
        stop: set here when no more is to be started, because of an error or an interrupt.
        on_result: called in this thread with each result, in the order of finishing.

    Raises:
        BaseException: what a task raised, or `on_result`.
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
            worker.start()
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


def checked_threads(threads: int | None) -> int:
    """Return the number of threads; by default, of the processors that this process may use.

    Raises:
        InputError: it is below 1.
    """
    if threads is None:
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError(f"threads = {threads!r}: must be a whole number of at least 1")
    return threads
