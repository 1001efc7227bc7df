"""Reading files into rows of text: CSV as spreadsheets write it, and what can be wrong with such a file."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cisim.errors import InputError

#: More problems than this are counted, not shown.
MOST_PROBLEMS = 100
_MOST_SUGGESTIONS = 20
_MOST_SHOWN = 60
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Problems:
    """What is wrong with the files read so far, so that a user hears of all at once."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._more = 0
        self._suggestions = 0

    def add(self, problem: str) -> None:
        """Note one problem."""
        if len(self._shown) < MOST_PROBLEMS:
            self._shown.append(problem)
        else:
            self._more += 1

    def __len__(self) -> int:
        """How many problems were noted."""
        return len(self._shown) + self._more

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """Words that suggest the nearest known word, or ""; only the first words get such a slow search."""
        self._suggestions += 1
        return did_you_mean(word, known) if self._suggestions <= _MOST_SUGGESTIONS else ""

    def stop_if_any(self) -> None:
        """Raise InputError if a problem was noted."""
        if self._shown:
            more = [f"and {self._more:,} more problems"] if self._more else []
            raise InputError(self._shown + more)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Words that suggest the nearest known word, or "".

    Example:
        >>> did_you_mean("recources", ["resources", "size"])
        " (did you mean 'resources'?)"
    """
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean {by_folded[found[0]]!r}?)" if found else ""


def shown(text: str) -> str:
    """A value from a file as an error shows it: quoted, without control characters, not too long."""
    return repr(text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "...")


def normal_form(text: str) -> str:
    """Text as it is compared: Unicode's normal form C without spaces at the ends."""
    return unicodedata.normalize("NFC", text.strip())


@dataclass(frozen=True)
class Bounds:
    """The numbers that a column allows, with both ends unless `above`."""

    low: float
    high: float
    above: bool = False

    def __str__(self) -> str:
        """Words for an error: what is allowed."""
        low = f"above {self.low:g}" if self.above else f"at least {self.low:g}"
        return f"{low}, at most {self.high:,.0f}"

    def allow(self, value: float) -> bool:
        """Is the number within the bounds?"""
        return (self.low < value or (not self.above and self.low == value)) and value <= self.high


@dataclass(frozen=True)
class Sheet:
    """Rows of text under a header.

    Attributes:
        name: the file, as errors name it.
        header: the columns' names as the file has them.
        rows: number of a row (in a CSV file the line it begins at) and its cells, as many as the header has;
            read once.
        place: where a row is, for errors.
        problems: where to note what is wrong.
        decimal_comma: a comma may stand for the decimal point.
    """

    name: str
    header: tuple[str, ...]
    rows: Iterable[tuple[int, list[str]]]
    place: Callable[[int], str]
    problems: Problems
    decimal_comma: bool = False

    def number(self, row: int, column: str, text: str, bounds: Bounds) -> float:
        """The number in a cell; NaN if it is empty, or wrong (which is noted)."""
        text = text.strip()
        if not text:
            return float("nan")
        plain = (
            text.replace(",", ".")
            if self.decimal_comma and text.count(",") == 1 and "." not in text
            else text
        )
        if _NUMBER.fullmatch(plain):
            value = float(plain)
            if bounds.allow(value):
                return value
        self.problems.add(f"{self.place(row)}: {column} = {shown(text)}: must be a number, {bounds}")
        return float("nan")

    def text(self, row: int, column: str, text: str) -> str:
        """A name in a cell, in its normal form; "" if it is empty, or wrong (which is noted)."""
        name = normal_form(text)
        if len(name) > 200:
            self.problems.add(
                f"{self.place(row)}: {column} = {shown(name)}: must have at most 200 characters"
            )
        elif any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in name):
            self.problems.add(
                f"{self.place(row)}: {column} = {shown(name)}: must have no line breaks or control characters"
            )
        else:
            return name
        return ""


def read_bytes(path: Path, name: str, most: int) -> bytes:
    """The bytes of a file of at most `most` bytes.

    Raises:
        InputError: there is no such file, it is not a file, it can't be read, or it is too large.
    """
    try:
        if not path.exists():
            raise InputError(f"{name}: no such file")
        if path.is_dir():
            raise InputError(f"{name}: is a folder; a file is needed")
        if not path.is_file():
            raise InputError(f"{name}: is not a regular file")
        size = path.stat().st_size
        if size > most:
            raise InputError(f"{name}: has {size:,} bytes; at most {most:,} are read")
        with path.open("rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: can't be read: {getattr(error, 'strerror', None) or error}") from None


def read_csv(data: bytes, name: str, problems: Problems) -> Sheet:
    """The rows of a CSV file, separated by commas or semicolons, in UTF-8.

    Raises:
        InputError: it is empty, not text in UTF-8, or separated otherwise.
    """
    _check_encoding(data, name)
    first_line = next((line for line in _lines(data) if line.strip()), "")
    if not first_line:
        raise InputError(f"{name}: is empty; its first line must name the columns")
    widths = {sign: len(next(csv.reader([first_line], delimiter=sign))) for sign in (",", ";", "\t", "|")}
    delimiter = max((",", ";"), key=widths.__getitem__)
    if widths[delimiter] == 1:
        for sign, word in (("\t", "tabs"), ("|", "vertical bars")):
            if widths[sign] > 1:
                raise InputError(f"{name}:1: the columns are separated by {word}; use commas or semicolons")
    rows = _rows(data, name, delimiter, problems)
    _, header = next(rows, (1, []))
    problems.stop_if_any()
    return Sheet(
        name=name,
        header=tuple(header),
        rows=_whole_rows(rows, len(header), name, problems),
        place=lambda line: f"{name}:{line}",
        problems=problems,
        decimal_comma=delimiter == ";",
    )


def _check_encoding(data: bytes, name: str) -> None:
    advice = "save the file as UTF-8 (in a spreadsheet: save as 'CSV UTF-8')"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name}:1: is in UTF-16; {advice}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: byte {data[error.start]:#04x} is not UTF-8; {advice}") from None
    if b"\0" in data:
        raise InputError(
            f"{name}:{data.count(bytes([10]), 0, data.index(0)) + 1}: a null byte; this is not a text file"
        )


def _lines(data: bytes) -> Iterator[str]:
    return iter(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))


def _rows(data: bytes, name: str, delimiter: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Rows that have any text, with the line they begin at."""
    reader = csv.reader(_lines(data), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(f"{name}:{line}: can't be read as CSV: {error}")
            return
        if any(cell and not cell.isspace() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _whole_rows(
    rows: Iterator[tuple[int, list[str]]], width: int, name: str, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in rows:
        if len(cells) == width:
            yield line, cells
        else:
            problems.add(f"{name}:{line}: has {len(cells)} cells; the header has {width}")
