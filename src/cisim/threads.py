"""Threads that share a work, from which Ctrl-C always finds a way out.

An interrupt may come at any moment, also while `concurrent.futures.wait` takes the lock of one future after another: it then
never gives them back, and whoever finishes a future waits for ever. So nothing that the waiting thread may be holding when it
is interrupted is needed by those that work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from cisim.errors import InputError

Part = TypeVar("Part")
Result = TypeVar("Result")


def share_out(
    work: Callable[[Part], Result],
    parts: Sequence[Part],
    threads: int,
    stop: Event,
    told: Callable[[Result], None],
) -> None:
    """Let threads do the parts of a work, and wait for all of them.

    Args:
        work: called with a part, in a thread; it should end soon once `stop` is set.
        parts: begun in this order.
        threads: how many parts are done at once.
        stop: set here when no more is wanted, because of an error or an interrupt.
        told: called in this thread with what a part gave, as they are finished.

    Raises:
        BaseException: what a part raised, or `told`.
    """
    waiting: SimpleQueue[Part] = SimpleQueue()
    finished: SimpleQueue[Callable[[], Result]] = SimpleQueue()
    for part in parts:
        waiting.put(part)

    def serve() -> None:
        while not stop.is_set():
            try:
                part = waiting.get_nowait()
            except Empty:
                return
            finished.put(_outcome(work, part))

    crew = [Thread(target=serve, name=f"cisim_{number}", daemon=True) for number in range(threads)]
    try:
        for thread in crew:
            thread.start()
        for _ in parts:
            told(finished.get()())
    finally:
        stop.set()
        for thread in crew:
            if thread.ident is not None:
                thread.join()


def _outcome(work: Callable[[Part], Result], part: Part) -> Callable[[], Result]:
    """What gives a part's result, or raises its error, to whoever asks for it."""
    try:
        result = work(part)
    except BaseException as error:
        failure = error

        def fail() -> Result:
            raise failure

        return fail
    return lambda: result


def checked_threads(threads: int | None) -> int:
    """The number of threads; all processors that this process may use by default.

    Raises:
        InputError: it is below 1.
    """
    if threads is None:
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError(f"threads = {threads!r}: must be a whole number of at least 1")
    return threads
