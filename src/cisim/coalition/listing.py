"""Lists of partners in sheets: rows without blanks and totals, and cells as numbers, whatever stands around them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cisim.coalition.cells import TOTALS, is_email, is_unknown, key_of, read_number, scale_of
from cisim.coalition.dialogue import Notes
from cisim.coalition.sheets import Sheet
from cisim.coalition.table import Bounds, same, shown
from cisim.coalition.titles import GROUPS, LEFT_OUT, Columns
from cisim.report.format import FORMULA_STARTS
from cisim.scenario.names import name_problem

#: A commitment on a scale goes from the first of these by so much: nobody at the table is wholly without, or sure.
LEAST_COMMITMENT, MORE_COMMITMENT = 0.2, 0.6
_YES, _NO = frozenset(("yes", "y", "true", "1", "x", "founder")), frozenset(("no", "n", "false", "0"))
#: Columns that are left out, by what their titles mean.
_REASONS = {
    "private": "name persons, e-mail addresses or telephones, which are never copied",
    "drawing": "belong to a drawing of the network, or were measured on it",
    LEFT_OUT: "you leave out",
}
_BOUNDS = {
    "resources": Bounds(0, 1e6, above=True),
    "size": Bounds(0, 1e15, above=True),
    "competence": Bounds(0, 1000, above=True),
}
_PORTION = Bounds(0, 1e9)


@dataclass
class Partner:
    """A partner as the files have it."""

    name: str
    place: str
    sector: str = ""
    id: str = ""
    founder: str = ""
    values: dict[str, float] = field(default_factory=dict)  #: known numbers, by cisim's columns
    priorities: list[str] = field(default_factory=list)


def read_partners(sheet: Sheet, columns: Columns, notes: Notes) -> list[tuple[int, Partner]]:
    """Read the partners of a sheet, each with its row."""
    # Where the name is empty, another title of names, or the id, stands in.
    called = [*columns.of("name"), *columns.of("second name"), *columns.of("id")]
    rows = []
    for row, cells in body(sheet, columns, called, notes):
        if name := clean_name(sheet, row, next(cells[each] for each in called if cells[each].strip()), notes):
            rows.append((row, cells, Partner(name, sheet.where(row))))
    for column, meaning in columns.meaning.items():
        texts = [cells[column] for _, cells, _ in rows]
        if meaning in ("sector", "id", "founder", "priorities"):
            for (row, _, partner), text in zip(rows, texts, strict=True):
                _set_text(sheet, row, partner, meaning, text, notes)
        elif meaning in ("resources", "size", "commitment") or meaning.startswith(GROUPS):
            title = columns.titles[column]
            meaning = (
                "mission." + title.strip()[8:]
                if meaning.startswith("mission.") and column not in columns.own
                else meaning
            )
            values = _numbers(sheet, [row for row, _, _ in rows], title, meaning, texts, notes)
            for (_, _, partner), value in zip(rows, values, strict=True):
                if not math.isnan(value):
                    partner.values[meaning] = value
    for group in ("mission.", "mix."):
        for row, _, partner in rows:
            portions = [key for key in partner.values if key.startswith(group)]
            if portions and not any(partner.values[key] for key in portions):
                notes.add(
                    "repaired", f"{sheet.name}: all of {group}* are 0: taken as unknown", row, shown(partner.name)
                )
                for key in portions:
                    del partner.values[key]
    if columns.of("size") and any("resources" in partner.values for _, _, partner in rows):
        columns.meaning[columns.of("size")[0]] = "second resources"
        for _, _, partner in rows:
            partner.values.pop("size", None)
    tell_columns(sheet, columns, notes)
    return [(row, partner) for row, _, partner in rows]


def tell_columns(sheet: Sheet, columns: Columns, notes: Notes) -> None:
    """Say what became of each column that has anything under its title, and of what stands above the header."""
    for row, cells in sheet.rows[: columns.row]:
        if any(map(str.strip, cells)):
            notes.add("left out", f"{sheet.name}: rows above the header", row)  # not quoted: they may name persons
    read = []
    for column, title in enumerate(columns.titles):
        meaning = columns.meaning.get(column, "")
        filled = any(column < len(cells) and cells[column].strip() for _, cells in sheet.rows[columns.row + 1 :])
        if not filled or (sheet.drawn and meaning in ("id", "from", "to", "direction")):
            continue
        if meaning in _REASONS:
            notes.add("left out", f"{sheet.name}: columns that {_REASONS[meaning]}", example=shown(title))
        elif meaning.startswith("second "):
            better = f"columns that say less than the one read as {meaning.removeprefix('second ')!r}"
            notes.add("left out", f"{sheet.name}: {better}", example=shown(title))
        elif meaning:
            read.append(f"{shown(title)} as {meaning}" if title != meaning else meaning)
        elif title:
            what = "columns that mean nothing to cisim (import --map TITLE=COLUMN says what one is)"
            notes.add("left out", f"{sheet.name}: {what}", example=shown(title))
    if read:
        more = f" and {len(read) - 12} more" if len(read) > 12 else ""
        notes.add("used", f"{sheet.name}: columns {', '.join(read[:12])}{more}")


def body(sheet: Sheet, columns: Columns, called: Sequence[int], notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows under a header, without blank ones, totals, and those that repeat the header or have no name."""
    blank = [row for row, cells in sheet.rows[columns.row + 1 :] if not any(map(str.strip, cells))]
    last = max((row for row, cells in sheet.rows if any(map(str.strip, cells))), default=0)
    for row in blank:
        if row < last:
            notes.add("left out", f"{sheet.name}: blank rows", row)
    for row, cells in sheet.rows[columns.row + 1 :]:
        first = next((cell for cell in cells if cell.strip()), "")
        name = next((cell for each in called if (cell := cells[each].strip())), "")
        if not first:
            continue
        if key_of(name or first) in TOTALS:
            notes.add("left out", f"{sheet.name}: rows that sum up others", row, shown((name or first).strip()))
        elif [cell.strip() for cell in cells[: len(columns.titles)]] == columns.titles:
            notes.add("left out", f"{sheet.name}: rows that repeat the header", row)
        elif is_unknown(name):
            notes.add("left out", f"{sheet.name}: rows without a name", row)
        else:
            yield row, cells


def clean_name(sheet: Sheet, row: int, text: str, notes: Notes) -> str:
    """Read a name: with single spaces, without the sign that keeps a spreadsheet from taking it for a formula; "" if it is none."""
    name = same(re.sub(r"\s+", " ", text))
    if name[:1] == "'" and name[1:].startswith(FORMULA_STARTS):
        name = name[1:]
    if problem := "an e-mail address" if is_email(name) else name_problem(name):
        notes.add("left out", f"{sheet.name}: rows whose name cannot be one ({problem})", row, shown(name))
        return ""
    return name


def _set_text(sheet: Sheet, row: int, partner: Partner, meaning: str, text: str, notes: Notes) -> None:
    if is_unknown(text) and meaning != "id":
        return
    if meaning == "priorities":
        partner.priorities += [
            part for each in re.split(r"[;,|\n]", text) if (part := same(each)) and not is_unknown(part)
        ]
    elif meaning == "founder":
        word = text.strip().casefold()
        partner.founder = "yes" if word in _YES else "no" if word in _NO else ""
        if not partner.founder:
            notes.add("repaired", f"{sheet.name}: founder is neither yes nor no: taken as unknown", row, shown(text))
    else:
        setattr(partner, meaning, clean_name(sheet, row, text, notes) if meaning == "sector" else text.strip())


def _numbers(
    sheet: Sheet, rows: Sequence[int], title: str, meaning: str, texts: Sequence[str], notes: Notes
) -> list[float]:
    """Read a column of numbers of partners; NaN where they are not known or cannot be."""
    # Thousands have a comma in budgets even where the file's decimals have one.
    read = [read_number(text, sheet.decimal_comma and meaning != "size") for text in texts]
    what = f"{sheet.name}: column {shown(title)}"
    scale = scale_of(title, read) if meaning == "commitment" else None
    if scale and scale.source:
        low, high = LEAST_COMMITMENT, LEAST_COMMITMENT + MORE_COMMITMENT
        notes.add("assumed", f"{what} becomes commitment: {scale.in_words(low, high)}")
    bounds = _BOUNDS.get(meaning.partition(".")[0], Bounds(0, 1) if scale else _PORTION)
    values = []
    for row, text, number in zip(rows, texts, read, strict=True):
        value = number.value
        if number.repair:
            notes.add("repaired", f"{what}: {number.repair}", row, shown(text.strip()))
        if scale and scale.source and not math.isnan(value):
            value = LEAST_COMMITMENT + MORE_COMMITMENT * scale.share(value)
        if not math.isnan(number.value) and not bounds.allow(value):
            allowed = f"{scale.low:g} to {scale.high:g}" if scale else str(bounds)
            notes.add("repaired", f"{what}: taken as unknown, since it must be {allowed}", row, shown(text.strip()))
            value = math.nan
        values.append(value)
    return values
