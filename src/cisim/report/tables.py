"""Tables whose cells stay numbers until somebody reads them: as text in a terminal, as HTML, or in a workbook."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, NamedTuple

from cisim.report import format as words

Kind = Literal["text", "count", "whole", "number", "change", "percent", "chance", "points", "spread", "money"]
#: A cell; a pair is an interval, None is nothing.
Value = str | float | int | tuple[float, float] | None


class _Style(NamedTuple):
    write: Callable[[float], str]
    between: Callable[[float, float], str]  #: writes an interval
    times: float = 1.0  #: of a number, in a workbook
    pattern: str = "General"  #: of a workbook's cell


def _between(write: Callable[[float], str]) -> Callable[[float, float], str]:
    return lambda low, high: words.NOTHING if math.isnan(low) or math.isnan(high) else f"{write(low)} to {write(high)}"


def _difference(share: float) -> str:
    return words.NOTHING if math.isnan(share) else words.difference(share, "share")


def _styled(write: Callable[[float], str], **more: Any) -> _Style:
    return _Style(write, _between(write), **more)


_STYLES: dict[str, _Style] = {
    "count": _styled(lambda count: f"{count:,.0f}", pattern="#,##0"),
    "whole": _styled(lambda value: words.number(float(f"{value:.2g}")), pattern="#,##0"),
    "number": _styled(words.number),
    "change": _styled(lambda value: words.NOTHING if math.isnan(value) else words.difference(value, "")),
    "percent": _styled(words.percent, pattern="0.0%"),
    "chance": _styled(words.chance, pattern="0%"),
    "points": _Style(_difference, lambda low, high: words.interval(low, high, "share"), 100.0, "+0.0;-0.0;0.0"),
    "spread": _styled(words.hundredths, times=100.0, pattern="0.0"),
}


def _style(kind: Kind, currency: str) -> _Style:
    if kind == "money":
        return _styled(lambda amount: words.money(amount, currency), pattern="#,##0")
    return _STYLES[kind]


class Column(NamedTuple):
    """One column: its heading, and what its cells are."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: of its sheet in a workbook, at most 31 characters.
        caption: what it shows.
        columns: the first one names the rows.
        rows: with a value for each column.
        note: how to read it.
        currency: of its money.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""
    currency: str = ""

    @property
    def header(self) -> tuple[str, ...]:
        """Headings of the columns."""
        return tuple(column.title for column in self.columns)

    @property
    def cells(self) -> list[list[str]]:
        """All rows in words."""
        return [[self._in_words(column, value) for column, value in self._pairs(row)] for row in self.rows]

    def text(self) -> str:
        """Lay the table out for a terminal, under its caption."""
        return f"{self.caption}\n{words.text_table(self.header, self.cells)}" + (f"\n{self.note}" if self.note else "")

    def _pairs(self, row: Sequence[Value]) -> Sequence[tuple[Column, Value]]:
        return list(zip(self.columns, row, strict=True))

    def _in_words(self, column: Column, value: Value) -> str:
        if value is None:
            return words.NOTHING
        if isinstance(value, str):
            return value
        style = _style(column.kind, self.currency)
        if isinstance(value, tuple):
            return style.between(*value)
        return words.NOTHING if math.isnan(value) else style.write(value)


def write_workbook(tables: Sequence[Table], about: Sequence[tuple[str, str]], file: BinaryIO) -> None:
    """Write tables into a workbook, a sheet each, behind one that says what it is; no text acts as a formula.

    An interval has two columns there. The same tables are the same bytes.

    Args:
        tables: with different names.
        about: of the first sheet, lines of two cells.
        file: to write into.
    """
    from xlsxwriter import Workbook

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(file, options) as book:
        book.set_properties({"created": datetime.datetime(2026, 1, 1)})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDE6EE", "bottom": 1})
        first = book.add_worksheet("About")
        first.set_column(0, 0, 24)
        first.set_column(1, 1, 100)
        for row, line in enumerate(about):
            for column, cell in enumerate(line):
                first.write_string(row, column, cell, text)
        for table in tables:
            _add_sheet(book, table, text, bold)


def _add_sheet(book: Any, table: Table, text: Any, bold: Any) -> None:
    sheet = book.add_worksheet(table.name)
    sheet.write_string(0, 0, table.caption)
    sheet.write_string(1, 0, table.note)
    titles: list[str] = []
    for place, column in enumerate(table.columns):
        wide = any(isinstance(row[place], tuple) for row in table.rows)
        ends = [f"{column.title}: from", f"{column.title}: to"] if wide else [column.title]
        style = None if column.kind == "text" else _style(column.kind, table.currency)
        form = text if style is None else book.add_format({"num_format": style.pattern, "valign": "top"})
        for number, row in enumerate(table.rows, 3):
            value = row[place]
            values: Sequence[Any] = value if isinstance(value, tuple) else [value] * len(ends)
            for offset, one in enumerate(values):
                if isinstance(one, str):
                    sheet.write_string(number, len(titles) + offset, one, text)
                elif one is not None and math.isfinite(one) and style is not None:
                    sheet.write_number(number, len(titles) + offset, one * style.times, form)
        titles += ends
    for place, title in enumerate(titles):
        sheet.write_string(2, place, title, bold)
    sheet.set_column(0, 0, 32)
    if len(titles) > 1:
        sheet.set_column(1, len(titles) - 1, 18)
    sheet.freeze_panes(3, 1)
