"""Numbers in words; tables as text, HTML and CSV; JSON. Knows nothing of the model."""

from __future__ import annotations

import csv
import html
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from cisim.errors import printable

Item = TypeVar("Item")

MONTHS_A_YEAR = 12
#: Shown where there is no number.
NOTHING = "–"
#: Units that people read in per cent; differences are in percentage points.
SHARES = ("share", "share of the gap", "share of the best")
#: A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def number(value: float) -> str:
    """Write three significant digits, without an exponent where that can be read: "0.412", "−12,346"."""
    if math.isnan(value):
        return NOTHING
    return _with_minus(f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value + 0.0:.3g}")


def hundredths(share: float, digits: int = 1) -> str:
    """Write a share in per cent, or a difference of shares in percentage points, without a unit: "−2.0"."""
    if math.isnan(share):
        return NOTHING
    text = f"{100 * share:.{digits}f}"
    return _with_minus(text.removeprefix("-") if float(text) == 0 else text)


def percent(share: float, digits: int = 1) -> str:
    """Write a share in per cent: "12.3 %"."""
    return NOTHING if math.isnan(share) else f"{hundredths(share, digits)} %"


def chance(share: float) -> str:
    """Write a share of runs in whole per cent, 0 and 100 only where all runs agree: "over 99 %"."""
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else percent(share, digits=0)


def amount(value: float, unit: str) -> str:
    """Write a value of a measure: shares in per cent."""
    return percent(value) if unit in SHARES else number(value)


def difference(value: float, unit: str) -> str:
    """Write a difference of a measure with its sign: of shares in percentage points, "+5.0"."""
    text = _points(value, unit)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def interval(low: float, high: float, unit: str) -> str:
    """Write an interval of a difference: of shares in percentage points, "−1.0 to 2.0"; of one without ends, nothing."""
    return (
        NOTHING
        if not (math.isfinite(low) and math.isfinite(high))
        else f"{_points(low, unit)} to {_points(high, unit)}"
    )


def _points(value: float, unit: str) -> str:
    return hundredths(value) if unit in SHARES else number(value)


def _with_minus(text: str) -> str:
    """Put the minus sign that sentences and pictures have in the place of hyphens."""
    return text.replace("-", "\u2212")


def money(amount: float, currency: str) -> str:
    """Write an amount of money to three digits, as a mean of runs deserves: "$207,000", "−1,440,000 EUR"."""
    if math.isnan(amount):
        return NOTHING
    whole = round(amount, 2 - math.floor(math.log10(abs(amount)))) if abs(amount) >= 1000 else round(amount)
    sign, text = "-" if whole < 0 else "", f"{abs(whole):,.0f}"
    return _with_minus(f"{sign}${text}" if currency == "USD" else f"{sign}{text} {currency}")


def setting(value: object) -> str:
    """Write the value of a field: "yes", "0.5", "a, b", "not set"."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not set" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def plural(count: int, noun: str) -> str:
    """Count things: "1 run", "2 runs"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def with_unit(name: str, unit: str) -> str:
    """Write the name of a measure with its unit: "trust (0 to 1)" for "[0, 1]"; none for what is read in per cent."""
    return name if unit in ("", *SHARES) else f"{name} ({unit_in_words(unit)})"


def unit_in_words(unit: str) -> str:
    """Write a unit beside a name or an axis: "0 to 1" for "[0, 1]"."""
    return unit.strip("[]").replace(", ", " to ") if unit.startswith("[") else unit


def month_in_words(month: int) -> str:
    """Name a month in a heading: "founding", "year 2", "month 25"."""
    if month == 0:
        return "founding"
    return f"month {month}" if month % MONTHS_A_YEAR else f"year {month // MONTHS_A_YEAR}"


def duration(months: int) -> str:
    """Write a length of time, in years where they are whole: "3 years", "7 months"."""
    years, rest = divmod(months, MONTHS_A_YEAR)
    return plural(months, "month") if rest else plural(years, "year")


def time_in_words(seconds: float) -> str:
    """Write a time that people read at a glance: "3 s", "1 min 40 s", "2 h 2 min", "2 d 7 h"."""
    whole = round(seconds)
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole} s"


def few(items: Sequence[Item], most: int) -> list[Item]:
    """Pick at most so many items, spread evenly, first and last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(position * (len(items) - 1) / (most - 1))] for position in range(most)]


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table in columns: the first one flush left, the others flush right."""
    lines = [header, *rows]
    first_width, *widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    aligned = ([first.ljust(first_width), *map(str.rjust, others, widths)] for first, *others in lines)
    return "\n".join("  ".join(cells).rstrip() for cells in aligned)


def html_table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table as HTML, with headings that a screen reader announces; all text is escaped."""
    head, body = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header), ""
    for first, *others in rows:
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in others)
        body += f'<tr><th scope="row" style="text-align:left">{html.escape(first)}</th>{cells}</tr>'
    return (
        f'<table><caption style="text-align:left">{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def csv_line(cells: Sequence[object]) -> str:
    """Write one line of CSV in which no text can act as a formula: an apostrophe stands before it."""
    safe = [f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell for cell in cells]
    line = io.StringIO()
    csv.writer(line).writerow(safe)
    return line.getvalue()


def json_text(content: Any) -> str:
    """Write JSON in ASCII with sorted keys: the same text for the same content, null where there is no number."""
    return json.dumps(_without_nan(content), indent=2, sort_keys=True, allow_nan=False)


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def for_terminal(text: object) -> str:
    r"""Show control characters instead of letting a terminal obey them: "\x1b[31m"."""
    return "\n".join(map(printable, str(text).split("\n")))
