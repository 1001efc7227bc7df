"""Dialogue with the user about files: choices, questions, and notes, in which the same on many rows is one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from cisim.coalition.cells import without_email
from cisim.coalition.columns import Column
from cisim.errors import printable

Use = Literal["used", "assumed", "left out", "repaired"]
#: Rows, and examples, that a sentence names.
MOST_NAMED = 3
#: Characters of a note in the table of columns.
LONGEST_NOTE = 1900


class Choices(NamedTuple):
    """Choices of the user about the files."""

    named: Mapping[str, str] = {}  #: what a title, a word, a name in the files means, as `--map` gives it.
    often: Literal["high", "low"] | None = None  #: which end of a scale of frequency is most often.
    ask: Callable[[str, Sequence[str]], int] | None = None  #: asks a question, returns the index of the answer.


class Note(NamedTuple):
    """A sentence about what became of the files."""

    use: Use
    text: str

    def as_column(self) -> Column:
        """Make a row of the table of columns that runs and checks print."""
        status: Literal["used", "assumed", "unused"] = (
            "unused" if self.use == "left out" else "used" if self.use == "used" else "assumed"
        )
        return Column(
            "file" if self.use != "repaired" else "file (repaired)", status, printable(self.text[:LONGEST_NOTE])
        )


class Notes:
    """Notes on what became of the files; the same on many rows is one sentence."""

    def __init__(self) -> None:
        self._noted: dict[tuple[Use, str], list[tuple[int, str]]] = {}

    def add(self, use: Use, text: str, row: int = -1, example: str = "") -> None:
        """Note something, of a row with an example."""
        self._noted.setdefault((use, text), []).append((row, without_email(example)))

    def sentences(self) -> list[Note]:
        """Write all notes, those of a use together."""
        order = ("used", "assumed", "left out", "repaired")
        return [
            Note(use, text + _rows_in_words(rows) + ".")
            for (use, text), rows in sorted(self._noted.items(), key=lambda item: order.index(item[0][0]))
        ]


def _rows_in_words(rows: Sequence[tuple[int, str]]) -> str:
    named = [
        f"row {row}{f' {example}' if example else ''}" if row >= 0 else example for row, example in rows[:MOST_NAMED]
    ]
    if not any(named):
        return ""
    what = "rows" if rows[0][0] >= 0 else "times"
    return (
        f" ({', '.join(named)})" if len(rows) <= MOST_NAMED else f" ({len(rows):,} {what}, such as {', '.join(named)})"
    )


def as_text(value: float) -> str:
    """Write a number as a file has it, to four decimals; "" for NaN."""
    return "" if math.isnan(value) else f"{round(value, 4):.15g}"
