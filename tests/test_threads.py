"""Tests of tasks in threads, and of interrupting them at any moment."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from calling import environment
from cisim.threads import share_out

#: Interrupts a work at 300 moments of its first 20 ms, in which its threads finish thousands of parts.
INTERRUPTED = """
import random, signal
from threading import Event
from cisim.threads import share_out

luck, ends = random.Random(1), 0
signal.signal(signal.SIGALRM, signal.default_int_handler)
for _ in range(300):
    try:
        signal.setitimer(signal.ITIMER_REAL, luck.uniform(1e-4, 2e-2))
        share_out(str, range(200_000), 2, Event(), len)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        ends += 1
print(ends)
"""


def test_all_parts_are_done_once_and_results_arrive_in_the_calling_thread():
    told: list[int] = []
    done: list[tuple[int, str]] = []

    def work(part: int) -> int:
        done.append((part, threading.current_thread().name))
        return part * part

    def tell(result: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append(result)

    share_out(work, range(50), 3, threading.Event(), tell)
    assert sorted(told) == [part * part for part in range(50)]
    assert sorted(part for part, _ in done) == list(range(50))
    assert {name for _, name in done} <= {"cisim_0", "cisim_1", "cisim_2"}


def test_an_error_in_a_part_is_raised_and_ends_the_others():
    begun: list[int] = []

    def work(part: int) -> None:
        begun.append(part)
        if part == 1:
            raise ZeroDivisionError
        time.sleep(0.01)

    stop = threading.Event()
    with pytest.raises(ZeroDivisionError):
        share_out(work, range(100), 2, stop, lambda _: None)
    assert stop.is_set()
    assert len(begun) < 10


def test_an_error_in_the_callback_ends_the_threads():
    def tell(_: object) -> None:
        raise ZeroDivisionError

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        share_out(time.sleep, [0.001] * 1000, 2, threading.Event(), tell)
    assert threading.active_count() == before


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
def test_an_interrupt_at_any_moment_ends_the_work():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False, env=environment(), timeout=120
    )
    assert done.stderr == ""
    assert int(done.stdout) > 250
