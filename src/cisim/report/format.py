"""Small tables for people: as text, and as HTML in which nothing that a user wrote can act."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: Shown where there is no number.
NOTHING = "–"


def number(value: float) -> str:
    """A number to three significant digits, without an exponent where that can be read.

    Example:
        >>> [number(value) for value in (0.41234, 12345.6, float("nan"), 0.0)]
        ['0.412', '12,346', '–', '0']
    """
    if math.isnan(value):
        return NOTHING
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.3g}"
    return f"{value + 0.0:.3g}"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as JSON takes them: a number that is not there is None, not NaN."""
    rows = frame.to_dict("records")
    return [{str(name): None if value != value else value for name, value in row.items()} for row in rows]


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in columns: the first one flush left, the others flush right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def html_table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as HTML, with headings that a screen reader announces; all text is escaped."""
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row" style="text-align:left">{html.escape(row[0])}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<table><caption style="text-align:left">{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
