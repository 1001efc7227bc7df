"""Tables of text under a header: cells as names and numbers, and CSV as spreadsheets write it."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cisim.errors import InputError, Problems, nearest

LONGEST_NAME = 200
#: A table with so many problems is something else altogether: it is not read on.
GIVE_UP_AFTER = 10_000
#: After so many problems no near name is looked for, which takes a while among thousands.
MOST_HINTS = 20
_LONGEST_SHOWN = 60
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ADVICE = "save the file as UTF-8 (in a spreadsheet: save as 'CSV UTF-8')"
#: Signs that may separate columns; of those that separate equally many, the first does.
_DELIMITERS = ",;\t|"

Rows = Iterator[tuple[int, list[str]]]


def shown(text: str) -> str:
    """Quote a value from a file for an error: without control characters, not too long."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "...")


def normal_form(text: str) -> str:
    """Return a text as it is compared: in Unicode's normal form C, without spaces at the ends."""
    return unicodedata.normalize("NFC", text.strip())


def hint(name: str, known: Iterable[str], earlier: int = 0) -> str:
    """Suggest the nearest known name, unless there are many `earlier` problems."""
    close = nearest(name, known) if earlier < MOST_HINTS else None
    return f" (did you mean {shown(close)}?)" if close else ""


class Bounds(NamedTuple):
    """The numbers that a column allows, with both ends unless `above`."""

    low: float
    high: float
    above: bool = False

    def __str__(self) -> str:
        """Say what is allowed."""
        return f"{'above' if self.above else 'at least'} {self.low:g}, at most {self.high:,.0f}"

    def allow(self, number: float) -> bool:
        """Return True if the number is within the bounds."""
        return self.low <= number <= self.high and not (self.above and number == self.low)


@dataclass(frozen=True)
class Table:
    """Rows of text under a header."""

    name: str  # the file, as errors name it
    header: list[str]  # as the file has it
    rows: Rows  # number (in CSV its first line) and as many cells as the header has; read once
    where: Callable[[int], str]  # names the place of a row, for errors
    problems: Problems
    decimal_comma: bool = False  # a comma may stand for the decimal point

    def refuse(self, row: int, problem: str) -> None:
        """Note a problem of a row."""
        self.problems.append(f"{self.where(row)}: {problem}")

    def number(self, row: int, column: str, text: str, bounds: Bounds) -> float:
        """Read the number in a cell; NaN if it is empty, or wrong (which is noted)."""
        text = text.strip()
        if not text:
            return math.nan
        comma = self.decimal_comma and text.count(",") == 1 and "." not in text
        plain = text.replace(",", ".") if comma else text
        if _NUMBER.fullmatch(plain) and bounds.allow(float(plain)):
            return float(plain)
        self.refuse(row, f"{column} = {shown(text)}: must be a number, {bounds}")
        return math.nan

    def text(self, row: int, column: str, text: str) -> str:
        """Read the name in a cell, in its normal form; "" if it is empty, or wrong (which is noted)."""
        name = normal_form(text)
        if len(name) > LONGEST_NAME:
            self.refuse(row, f"{column} = {shown(name)}: must have at most {LONGEST_NAME} characters")
        elif any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in name):
            self.refuse(row, f"{column} = {shown(name)}: must have no line breaks or control characters")
        else:
            return name
        return ""


def read_csv(data: bytes, name: str, problems: Problems) -> Table:
    """Read the header of a CSV file in UTF-8; its rows are read when they are used.

    Columns are separated by commas, semicolons (then a comma may be a decimal one), tabs or vertical bars, as a line before the
    header may say: `sep=;`.
    """
    _check_encoding(data, name)
    first_line = next((line for line in _lines(data) if line.strip()), "").strip("\r\n")
    declared = re.fullmatch(f"sep=([{_DELIMITERS}])", first_line, re.IGNORECASE)
    delimiter = declared[1] if declared else max(_DELIMITERS, key=re.sub('"[^"]*"', "", first_line).count)
    rows = _rows(data, name, delimiter)
    if declared:
        next(rows)
    _, header = next(rows, (1, []))
    if not header:
        raise InputError(f"{name}: is empty; its first line must name the columns")
    whole_rows = _whole_rows(rows, len(header), name, problems)
    return Table(name, header, whole_rows, lambda line: f"{name}:{line}", problems, delimiter == ";")


def _check_encoding(data: bytes, name: str) -> None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name}:1: is in UTF-16; {_ADVICE}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: byte {data[error.start]:#04x} is not UTF-8; {_ADVICE}") from None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(0)) + 1
        raise InputError(f"{name}:{line}: a null byte; this is not a text file")


def _lines(data: bytes) -> Iterable[str]:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")


def _rows(data: bytes, name: str, delimiter: str) -> Rows:
    """Yield rows that have any text, with the line they begin at."""
    reader = csv.reader(_lines(data), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell and not cell.isspace() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}:{line}: cannot be read as CSV: {error}") from None


def _whole_rows(rows: Rows, width: int, name: str, problems: Problems) -> Rows:
    """Yield rows with as many cells as the header; note the others as problems."""
    with problems.collected():
        for line, cells in rows:
            if len(problems) >= GIVE_UP_AFTER:
                return
            if len(cells) == width:
                yield line, cells
            else:
                problems.append(f"{name}:{line}: has {len(cells)} cells; the header has {width}")
