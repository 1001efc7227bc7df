"""What goes to the terminal: words in which nothing that a file says can act, tables, errors, progress."""

from __future__ import annotations

import json
import math
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cisim import __version__

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

#: Width of what is written to a file or pipe, and the most that a sentence takes of a terminal.
WIDTH = 100
#: Of the JSON documents; raised by 1 when the meaning of a key changes.
FORMAT_VERSION = 1
#: Longest line of a heading.
HEADING = 14


def harmless(text: object) -> str:
    r"""A text whose control characters are shown instead of obeyed.

    Example:
        >>> harmless("a" + chr(27) + "[31mb")
        'a\\x1b[31mb'
    """
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode("ascii")
        for sign in str(text)
    )


def complain(problems: Sequence[str]) -> None:
    """Tell what is wrong with the input, one problem a line."""
    for problem in problems:
        # A problem is one line, whatever the name of a file in it.
        note("error: " + problem.replace("\n", "\\n"))


def note(text: str) -> None:
    """Tell something that is no result."""
    if sys.stderr is not None:  # it may be closed; print would take the results' place
        print(harmless(text), file=sys.stderr, flush=True)


def console() -> Console:
    """Where results for people go; it takes no text for markup."""
    from rich.console import Console

    width = None if sys.stdout is not None and sys.stdout.isatty() else WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)


def say(text: str = "", *, style: str = "", indent: int = 0) -> None:
    """Write a text, its lines broken between words."""
    from rich.text import Text

    width = min(console().width, WIDTH)
    # A number stays on one line with its sign of per cent.
    kept = harmless(text).replace(" %", "\u00a0%")
    for line in kept.split("\n"):
        filled = textwrap.fill(
            line,
            width,
            initial_indent=" " * indent,
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        _put(Text(filled.replace("\u00a0", " "), style=style))


def heading(name: str) -> str:
    """A name over a narrow column."""
    return textwrap.fill(name, HEADING, max_lines=3, placeholder=" ...")


def table(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: int = 1,
    styles: Mapping[str, str] | None = None,
) -> None:
    """Write a table after an empty line.

    Args:
        title: stands above it.
        header: headings of the columns.
        rows: cells.
        left: how many columns are flush left; the others are flush right and never broken.
        styles: how cells with these texts look.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for place, heading in enumerate(header):
        flush_left = place < left
        drawn.add_column(
            Text(harmless(heading)),
            justify="left" if flush_left else "right",
            no_wrap=not flush_left,
            overflow="fold" if flush_left else "ellipsis",
        )
    for row in rows:
        drawn.add_row(*(Text(harmless(cell), style=(styles or {}).get(cell, "")) for cell in row))
    say()
    if title:
        say(title, style="bold")
    _put(drawn)


def pairs(rows: Mapping[str, str]) -> None:
    """Write what is called so and so, one under the other."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table.grid(padding=(0, 2))
    for what, text in rows.items():
        drawn.add_row(Text("  " + harmless(what), style="dim"), Text(harmless(text)))
    _put(drawn)


def _put(what: RenderableType) -> None:
    """Write without the spaces that rich fills lines with, and by print, whose errors are told apart."""
    terminal = console()
    with terminal.capture() as caught:
        terminal.print(what)
    print("\n".join(line.rstrip() for line in caught.get().removesuffix("\n").split("\n")))


def document(content: Mapping[str, Any]) -> None:
    """Write one JSON document: keys sorted, in ASCII, null where there is no number."""
    print(dumped({"cisim": __version__, "format_version": FORMAT_VERSION, **content}))


def dumped(content: Any) -> str:
    """JSON that any terminal and encoding takes, the same for the same content."""
    return json.dumps(_finite(content), indent=2, sort_keys=True, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def progress(what: str, total: int, unit: str = "runs") -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far long work has come; elsewhere say nothing.

    Args:
        what: is being done.
        total: how many units there are.
        unit: of what.

    Yields:
        A function that is told how many are done.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    terminal = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with Progress(*columns, console=terminal, transient=True) as bar:
        task = bar.add_task(harmless(what), total=total)
        yield lambda done: bar.update(task, completed=done)
