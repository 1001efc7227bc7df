"""Output on a terminal: sentences, tables and progress, in which nothing that a file says can act."""

from __future__ import annotations

import logging
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cisim.report.format import for_terminal, json_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

#: Width of what is written to a file or pipe, and the most that a sentence takes of a terminal.
WIDTH = 100


def note(text: str) -> None:
    """Write what is no result to the error output."""
    if sys.stderr is not None:  # it may be closed; print would take the results' place
        print(for_terminal(text), file=sys.stderr, flush=True)


def write_document(command: str, **content: Any) -> None:
    """Write the JSON document of a command."""
    from cisim.report.documents import document

    print(json_text(document(command, **content)))


def say(text: str = "", *, style: str = "", indent: int = 0) -> None:
    """Write a text, its lines broken between words."""
    from rich.text import Text

    width, margin = min(_console().width, WIDTH), " " * indent
    # A number stays on one line with its sign of per cent.
    for line in for_terminal(text).replace(" %", "\u00a0%").split("\n"):
        filled = textwrap.fill(line, width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)
        _print(Text(filled.replace("\u00a0", " "), style=style))


def heading(name: str, lines: int = 3) -> str:
    """Break a name so that it fits over a narrow column, and cut it after so many lines."""
    return textwrap.fill(name, 14, max_lines=lines, placeholder=" ...")


def table(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    left: int = 1,
    styles: Mapping[str, str] | None = None,
) -> None:
    """Write a table after an empty line: `left` columns flush left, the others flush right and never broken.

    Where there is no terminal, it is as wide as these need.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column, text in enumerate(map(for_terminal, head)):
        if column < left:
            drawn.add_column(Text(text), overflow="fold")
        else:
            lines = [*text.split("\n"), *(for_terminal(row[column]) for row in rows)]
            needed = None if _is_terminal() else max(map(cell_len, lines))
            drawn.add_column(Text(text), justify="right", no_wrap=True, min_width=needed)
    for row in rows:
        drawn.add_row(*(Text(for_terminal(cell), style=(styles or {}).get(cell, "")) for cell in row))
    say(f"\n{title}" if title else "", style="bold")
    _print(drawn)


def pairs(rows: Mapping[str, str]) -> None:
    """Write names and what they stand for, one under the other."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        drawn.add_row(Text("  " + for_terminal(name), style="dim"), Text(for_terminal(text)))
    _print(drawn)


def _console(*, stderr: bool = False) -> Console:
    """Open the output for people; it takes no text for markup."""
    from rich.console import Console

    width = None if stderr or _is_terminal() else WIDTH
    return Console(width=width, stderr=stderr, markup=False, highlight=False, emoji=False)


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _print(drawn: RenderableType) -> None:
    """Write without the spaces that rich fills lines with, and by print, whose errors are told apart."""
    console = _console()
    if not _is_terminal():
        console.width = max(WIDTH, console.measure(drawn, options=console.options.update(width=10_000)).minimum)
    with console.capture() as captured:
        console.print(drawn)
    print("\n".join(line.rstrip() for line in captured.get().removesuffix("\n").split("\n")))


def watched() -> bool:
    """Return whether the error output is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def progress(label: str, total: int | None = None, unit: str = "runs") -> Iterator[Callable[..., None]]:
    """Yield what takes how many units are done, and shows them on a terminal; announce a first use of the model."""
    with announce_first_use():
        if not watched():
            yield lambda *_, **__: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        text = TextColumn("{task.description}", markup=False)
        columns = (text, BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn())
        with Progress(*columns, console=_console(stderr=True), transient=True) as shown:
            task = shown.add_task(for_terminal(label), total=total)
            yield lambda done, **changes: shown.update(task, completed=done, **changes)


@contextmanager
def announce_first_use() -> Iterator[None]:
    """Say why it takes long when the model is compiled; and if the code could not be kept, that the next time will take long too."""
    from cisim.announce import FIRST, LOG

    told: list[str] = []

    def tell(record: logging.LogRecord) -> bool:
        if record.getMessage() not in told:
            note(record.getMessage())
        told.append(record.getMessage())
        return False  # told, whether there is a terminal or not

    LOG.addFilter(tell)
    try:
        yield
    finally:
        LOG.removeFilter(tell)
    if FIRST in told:
        from cisim import engine
        from cisim.dynamics.compiled import cache_folder

        if not engine.is_compiled():
            folder = cache_folder().parent.parent
            note(f"The compiled model cannot be kept in {folder}: CISIM_CACHE_DIR=FOLDER chooses another folder.")
