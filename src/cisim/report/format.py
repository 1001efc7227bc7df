"""Numbers in words, and small tables as text, HTML and CSV. Knows nothing of the model."""

from __future__ import annotations

import csv
import html
import io
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Item = TypeVar("Item")

MONTHS_A_YEAR = 12
#: Shown where there is no number.
NOTHING = "–"
#: Units that people read in per cent; differences are in percentage points.
SHARES = ("share", "share of the gap", "share of the best")
#: A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

# --- numbers -----------------------------------------------------------------------------------


def number(value: float) -> str:
    """Write a number with three significant digits, without an exponent where that can be read.

    Example:
        >>> [number(value) for value in (0.41234, -12345.6, float("nan"), -0.0)]
        ['0.412', '−12,346', '–', '0']
    """
    if math.isnan(value):
        return NOTHING
    return _with_minus(f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value + 0.0:.3g}")


def hundredths(share: float, digits: int = 1) -> str:
    """Write a share in per cent, or a difference of shares in percentage points, without the sign of per cent.

    Example:
        >>> hundredths(0.1234), hundredths(-0.02), hundredths(-0.0001), hundredths(0.00012, digits=2)
        ('12.3', '−2.0', '0.0', '0.01')
    """
    if math.isnan(share):
        return NOTHING
    text = f"{100 * share:.{digits}f}"
    return _with_minus(text.removeprefix("-") if float(text) == 0 else text)


def percent(share: float, digits: int = 1) -> str:
    """Write a share in per cent.

    Example:
        >>> percent(0.1234), percent(0.07, digits=0), percent(float("nan"))
        ('12.3 %', '7 %', '–')
    """
    return NOTHING if math.isnan(share) else f"{hundredths(share, digits)} %"


def chance(share: float) -> str:
    """Write a share of runs in whole per cent, 0 and 100 only where all runs agree.

    Example:
        >>> chance(0.5), chance(0.999), chance(1.0)
        ('50 %', 'over 99 %', '100 %')
    """
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else percent(share, digits=0)


def amount(value: float, unit: str = "") -> str:
    """Write a value of a measure: shares in per cent.

    Example:
        >>> amount(0.1234, "share of the gap"), amount(12.34, "FTE")
        ('12.3 %', '12.3')
    """
    return percent(value) if unit in SHARES else number(value)


def difference(value: float, unit: str = "") -> str:
    """Write a difference of a measure with its sign: of shares in percentage points.

    Example:
        >>> difference(0.05, "share"), difference(-2.0), difference(0.0)
        ('+5.0', '−2', '0')
    """
    text = _points(value, unit)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def interval(low: float, high: float, unit: str = "") -> str:
    """Write an interval of a measure's difference: of shares in percentage points.

    Example:
        >>> interval(-0.01, 0.02, "share"), interval(float("nan"), float("nan"))
        ('−1.0 to 2.0', '–')
    """
    if math.isnan(low) or math.isnan(high):
        return NOTHING
    return f"{_points(low, unit)} to {_points(high, unit)}"


def _points(value: float, unit: str) -> str:
    return hundredths(value) if unit in SHARES else number(value)


def _with_minus(text: str) -> str:
    """Put the minus sign that sentences and pictures have in the place of a hyphen."""
    return text.replace("-", "\u2212")


# --- words -------------------------------------------------------------------------------------


def plural(count: int, noun: str) -> str:
    """Count things.

    Example:
        >>> plural(1, "run"), plural(2, "run")
        ('1 run', '2 runs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def seeds_in_words(seeds: NDArray[np.uint64] | Sequence[int]) -> str:
    """Name the seeds of an ensemble; they follow one another modulo 2^64.

    Example:
        >>> seeds_in_words([3, 4, 5]), seeds_in_words([9, 3])
        ('seeds 3 to 5', '2 seeds from 3 to 9')
    """
    each = [int(seed) for seed in seeds]
    if not each:
        return "no seeds"
    if len(each) == 1:
        return f"seed {each[0]}"
    if each == [(each[0] + run) % 2**64 for run in range(len(each))]:
        return f"seeds {each[0]} to {each[-1]}"
    return f"{len(each)} seeds from {min(each)} to {max(each)}"


def unit_in_words(unit: str) -> str:
    """Write a unit as it stands behind a name; "" where the values are in per cent or have no unit.

    Example:
        >>> unit_in_words("[0, 1]"), unit_in_words("FTE"), unit_in_words("share")
        ('0 to 1', 'FTE', '')
    """
    if unit.startswith("["):
        return unit.strip("[]").replace(", ", " to ")
    return "" if unit in SHARES else unit


def month_in_words(month: int) -> str:
    """Name a month as the heading of a column.

    Example:
        >>> month_in_words(0), month_in_words(24), month_in_words(25)
        ('founding', 'year 2', 'month 25')
    """
    if month == 0:
        return "founding"
    return f"month {month}" if month % MONTHS_A_YEAR else f"year {month // MONTHS_A_YEAR}"


def duration(months: int) -> str:
    """Write a length of time in years where it is whole years.

    Example:
        >>> duration(36), duration(7)
        ('3 years', '7 months')
    """
    if months % MONTHS_A_YEAR:
        return plural(months, "month")
    return plural(months // MONTHS_A_YEAR, "year")


def few(items: Sequence[Item], most: int) -> list[Item]:
    """Pick at most so many items, spread evenly, first and last among them.

    Example:
        >>> few(range(11), 4)
        [0, 3, 7, 10]
    """
    if len(items) <= most:
        return list(items)
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


# --- tables, and texts that cannot act where they are shown --------------------------------------


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table in columns: the first one flush left, the others flush right."""
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
    """Write a table as HTML, with headings that a screen reader announces; all text is escaped."""
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


def csv_line(cells: Sequence[object]) -> str:
    r"""Write one line of CSV in which no text can act as a formula.

    Example:
        >>> csv_line(["=1+1", "a,b", 2.5])
        '\'=1+1,"a,b",2.5\r\n'
    """
    line = io.StringIO()
    csv.writer(line).writerow([for_spreadsheet(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue()


def for_spreadsheet(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would compute."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def for_terminal(text: object) -> str:
    r"""Show control characters instead of letting a terminal obey them.

    Example:
        >>> for_terminal("a" + chr(27) + "[31mb")
        'a\\x1b[31mb'
    """
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode("ascii")
        for sign in str(text)
    )
