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

from cisim.errors import InputError, Problems, nearest, printable
from cisim.scenario.names import name_problem

LONGEST_ROW, MOST_ORGANISATIONS, MOST_COLUMNS = 1_000_000, 10_000, 1000
#: A table with so many problems is something else altogether: it is not read on.
GIVE_UP_AFTER = 10_000
#: After so many problems no near name is looked for, which takes a while among thousands.
MOST_HINTS = 20
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TRUTHS = {"yes": 1.0, "no": 0.0, "": math.nan}
_ADVICE = "save the file as UTF-8 (in a spreadsheet: save as 'CSV UTF-8')"
_SPACES = re.compile(r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")

Rows = Iterator[tuple[int, list[str]]]


def shown(text: str) -> str:
    """Quote a value from a file for an error: without control characters, not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def normal_form(text: str) -> str:
    """Return a text in Unicode's normal form C, without spaces at the ends."""
    return unicodedata.normalize("NFC", text.strip())


def same(text: str) -> str:
    """Return what is the same for texts that are one name: their normal form, whatever its spaces."""
    return _SPACES.sub(" ", normal_form(text))


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

    def has(self, *titles: str) -> bool:
        """Return True if all these columns are there, whatever their capitals."""
        return set(titles) <= {normal_form(title).casefold() for title in self.header}

    def refuse(self, row: int, problem: str) -> None:
        """Note a problem of a row."""
        self.problems.append(f"{self.where(row)}: {problem}")

    def read(self) -> Rows:
        """Yield the rows, up to very many problems."""
        with self.problems.collected():
            for row in self.rows:
                if len(self.problems) >= GIVE_UP_AFTER:
                    return
                yield row

    def pointed(self, text: str) -> str:
        """Write a number with a decimal point where the file has a comma."""
        return text.replace(",", ".") if self.decimal_comma and text.count(",") == 1 and "." not in text else text

    def number(self, row: int, column: str, text: str, bounds: Bounds) -> float:
        """Read the number in a cell; NaN if it is empty, or wrong (which is noted)."""
        text = text.strip()
        if not text:
            return math.nan
        plain = self.pointed(text)
        if _NUMBER.fullmatch(plain) and bounds.allow(float(plain)):
            return float(plain)
        self.refuse(row, f"{column} = {shown(text)}: must be a number, {bounds}")
        return math.nan

    def truth(self, row: int, column: str, text: str) -> float:
        """Read yes (1) or no (0) in a cell; NaN if it is empty, or wrong (which is noted)."""
        word = text.strip().casefold()
        if word not in _TRUTHS:
            self.refuse(row, f"{column} = {shown(text)}: must be yes or no")
        return _TRUTHS.get(word, math.nan)

    def text(self, row: int, column: str, text: str) -> str:
        """Read the name in a cell, in its normal form; "" if it is empty, or wrong (which is noted)."""
        name = normal_form(text)
        problem = name_problem(name) if name else None
        if problem:
            self.refuse(row, f"{column} = {shown(name)}: {problem}")
        return "" if problem else name


def read_csv(data: bytes, name: str, problems: Problems) -> Table:
    """Read the header of a CSV file in UTF-8, separated by commas, semicolons, tabs or bars; its rows are read when they are used.

    A first line such as "sep=;" names the separator.
    """
    first_line = next((line for line in lines(data, name) if line.strip()), "")
    declared = re.fullmatch(r"sep=([,;\t|])\s*", first_line, re.IGNORECASE)
    delimiter = declared[1] if declared else max(",;\t|", key=re.sub('"[^"]*"', "", first_line).count)
    rows = _rows(data, name, delimiter, problems, skip=bool(declared))
    _, header = next(rows, (1, []))
    if not header:
        raise InputError(f"{name}: is empty; its first line must name the columns")
    return Table(name, header, rows, lambda line: f"{name}:{line}", problems, delimiter != ",")


def lines(data: bytes, name: str) -> Iterator[str]:
    """Yield the lines of a file in UTF-8, those of more than `LONGEST_ROW` characters in pieces."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{name}: is a workbook (of Excel, say) or another packed file; {_ADVICE}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name}:1: is in UTF-16; {_ADVICE}")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(0)) + 1
        raise InputError(f"{name}:{line}: a null byte; this is not a text file")
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    try:
        while piece := text.readline(LONGEST_ROW + 1):
            yield piece
    except UnicodeDecodeError as error:
        # All that stands before is right, so it is the first of its kind.
        wrong = data.index(error.object) + error.start
        line = data.count(b"\n", 0, wrong) + 1
        raise InputError(f"{name}:{line}: byte {data[wrong]:#04x} is not UTF-8; {_ADVICE}") from None


def _rows(data: bytes, name: str, delimiter: str, problems: Problems, skip: bool) -> Rows:
    """Yield rows that have any text and as many cells as the first, with the line they begin at; note the others."""
    line, length, width = 1, 0, 0

    def pieces() -> Iterator[str]:
        nonlocal length
        for piece in lines(data, name):
            length += len(piece)
            if length > LONGEST_ROW:
                raise InputError(f"{name}:{line}: a row of more than {LONGEST_ROW:,} characters")
            yield piece

    reader = csv.reader(pieces(), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            begin, line, length = line, reader.line_num + 1, 0
            if not any(cell and not cell.isspace() for cell in cells):
                continue
            if skip:
                skip = False
            elif len(cells) == (width := width or len(cells)):
                yield begin, cells
            else:
                problems.append(f"{name}:{begin}: has {len(cells)} cells; the header has {width}")
    except csv.Error as error:
        raise InputError(f"{name}:{line}: cannot be read as CSV: {printable(str(error))}") from None
