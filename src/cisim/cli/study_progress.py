"""How far a study has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cisim.cli.terminal import note

if TYPE_CHECKING:
    from cisim.study.runner import Progress, Told

#: Seconds between two lines where there is no terminal: soon at first, then less often.
FIRST, EVERY = 5.0, 60.0


def span_in_words(seconds: float) -> str:
    """A time that people read at a glance.

    Example:
        >>> span_in_words(3), span_in_words(100), span_in_words(7300), span_in_words(200000)
        ('3 s', '1 min 40 s', '2 h 2 min', '2 d 7 h')
    """
    whole = round(seconds)
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole} s"


def in_words(progress: Progress) -> str:
    """Progress as a line."""
    told = f"{progress.done:,} of {progress.total:,} runs"
    if progress.rate:
        told += f", {progress.rate:,.0f} runs/s"
    if progress.remaining and progress.done < progress.total:
        told += f", {span_in_words(progress.remaining)} left"
    return told + (f", {progress.failed:,} failed" if progress.failed else "")


@contextmanager
def shown_progress(again: str) -> Iterator[Told]:
    """Show progress on standard error, and after Ctrl-C how to go on.

    Args:
        again: the command that goes on.

    Yields:
        A function that is told of progress.
    """
    try:
        if sys.stderr is not None and sys.stderr.isatty():
            with _bar() as told:
                yield told
        else:
            yield _lines()
    except KeyboardInterrupt:
        note(f"Stopped; what is finished is kept. To go on: {again}")
        raise


def _lines() -> Told:
    due = time.monotonic() + FIRST

    def told(progress: Progress) -> None:
        nonlocal due
        if progress.rate and time.monotonic() >= due:
            due = time.monotonic() + EVERY
            note(in_words(progress))

    return told


@contextmanager
def _bar() -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    terminal = Console(stderr=True, markup=False, highlight=False, emoji=False)
    columns = (BarColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=terminal, transient=True) as bar:
        task = bar.add_task("", total=None)

        def told(progress: Progress) -> None:
            bar.update(task, total=progress.total, completed=progress.done, description=in_words(progress))

        yield told
