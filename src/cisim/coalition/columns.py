"""The columns that coalition files may have, and what they mean.

Organisations, one row each (in GraphML: nodes):

- `name`: required; no two the same.
- `sector`: public, nonprofit, ...
- `resources`: staff time for the issue, FTE, above 0.
- `size`: any measure of size, at least 0; only its rank counts, spread over the scenario's size distribution.
- `commitment`: when joining, 0 to 1.
- `mission.<outcome>`: share of the outcome in its own mission, at least 0; each row is scaled to sum to 1.
- `competence.<role>`: effect of its work in the role, above 0; 1 is usual.
- `mix.<role>`: share of its work in the role at the start, at least 0; each row is scaled to sum to 1.

Ties, one row each (in GraphML: edges); a pair may have two rows, the reports of its two ends:

- `from`, `to`: required; names of organisations.
- `strength`: of the tie, above 0, at most 1; of two reports the stronger counts.
- `frequency`: or how often in contact, 1 (continuously) to 4 (daily or less); strength (5 - frequency)/4.
- `trust`: of `from` in `to`, 0 to 1.

Capitals don't matter in columns' names. An empty cell is a value that is not known: it is drawn from the
run's seed.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.sheets import Bounds, Sheet, normal_form, shown

MOST_ORGANISATIONS = 10_000
MOST_SECTORS = 50

_RESOURCES = Bounds(0, 1e6, above=True)
_SIZE = Bounds(0, 1e15)
_SHARE = Bounds(0, 1)
_PORTION = Bounds(0, 1e9)
_COMPETENCE = Bounds(0, 1000, above=True)
_STRENGTH = Bounds(0, 1, above=True)
_FREQUENCY = Bounds(1, 4)


class Column(NamedTuple):
    """What a run tells of one thing that a file may give.

    Attributes:
        what: the column, or the thing it gives.
        status: "used": the file gives it for all; "assumed": for some, and the rest is drawn; "missing": it
            is drawn for all; "unused": a column of the file that means nothing to cisim.
        note: one sentence.
    """

    what: str
    status: Literal["used", "assumed", "missing", "unused"]
    note: str


@dataclass(frozen=True)
class Organisations:
    """What a file says about N organisations; NaN and "" where it says nothing.

    Attributes:
        names: normal form, without "" and doubles if no problem was noted.
        sectors: names of sectors.
        numbers: by column ("resources", "mission.housing"), shape (N,); only columns that the file has.
    """

    names: list[str]
    sectors: list[str]
    numbers: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Reports:
    """What a file says about ties: E reports of one organisation about its tie to another.

    Attributes:
        source: (E,) row of the organisation that reports.
        target: (E,) row of the other.
        numbers: by column ("strength", "frequency", "trust"), shape (E,), NaN where not known; only columns
            that the file has.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    numbers: dict[str, NDArray[np.float64]]


def read_organisations(
    sheet: Sheet, outcomes: Sequence[str], roles: Sequence[str], report: list[Column]
) -> Organisations:
    """The organisations of a sheet; what is wrong is noted as a problem, what is unused in the report."""
    bounds = {"resources": _RESOURCES, "size": _SIZE, "commitment": _SHARE}
    bounds |= {f"mission.{outcome}": _PORTION for outcome in outcomes}
    bounds |= {f"competence.{role}": _COMPETENCE for role in roles}
    bounds |= {f"mix.{role}": _PORTION for role in roles}
    columns = find_columns(sheet, ["name", "sector", *bounds], ["name"], report)
    if "name" not in columns:
        return Organisations([], [], {})
    names, sectors, found_at = list[str](), list[str](), dict[str, int]()
    numbers = {column: array("d") for column in bounds if column in columns}
    before = len(sheet.problems)
    for row, cells in sheet.rows:
        if len(names) == MOST_ORGANISATIONS:
            sheet.problems.add(
                f"{sheet.place(row)}: more than {MOST_ORGANISATIONS:,} organisations; no more are read"
            )
            break
        names.append(_name(sheet, row, cells[columns["name"]], found_at))
        sectors.append(sheet.text(row, "sector", cells[columns["sector"]]) if "sector" in columns else "")
        for column, values in numbers.items():
            values.append(sheet.number(row, column, cells[columns[column]], bounds[column]))
        for group in ("mission.", "mix."):
            values_of_row = [values[-1] for column, values in numbers.items() if column.startswith(group)]
            known = [value for value in values_of_row if not math.isnan(value)]
            if known and not any(known):
                sheet.problems.add(
                    f"{sheet.place(row)}: all of {group}* are 0; one must be above 0, or all empty"
                )
    if len(names) < 2 and len(sheet.problems) == before:
        sheet.problems.add(f"{sheet.name}: lists {_count(len(names), 'organisation')}; at least 2 are needed")
    if len(set(sectors)) > MOST_SECTORS:
        sheet.problems.add(
            f"{sheet.name}: has {len(set(sectors))} different sectors; at most {MOST_SECTORS} are allowed"
        )
    return Organisations(names, sectors, {column: np.array(values) for column, values in numbers.items()})


def _name(sheet: Sheet, row: int, cell: str, found_at: dict[str, int]) -> str:
    """An organisation's name, which must be there and be new."""
    if not cell.strip():
        sheet.problems.add(f"{sheet.place(row)}: name is empty; every organisation needs one")
        return ""
    name = sheet.text(row, "name", cell)
    if name and name in found_at:
        sheet.problems.add(
            f"{sheet.place(row)}: name = {shown(name)}: stands at {sheet.place(found_at[name])} already"
        )
    elif name:
        found_at[name] = row
    return name


def read_reports(sheet: Sheet, names: Sequence[str], report: list[Column]) -> Reports:
    """The reports of ties in a sheet; what is wrong is noted as a problem, what is unused in the report."""
    bounds = {"strength": _STRENGTH, "frequency": _FREQUENCY, "trust": _SHARE}
    columns = find_columns(sheet, ["from", "to", *bounds], ["from", "to"], report)
    source, target, rows = array("q"), array("q"), array("q")
    numbers = {column: array("d") for column in bounds if column in columns}
    if "from" in columns and "to" in columns:
        row_of = {name: row for row, name in enumerate(names) if name}
        before = len(sheet.problems)
        for row, cells in sheet.rows:
            ends = [_end(sheet, row, end, cells[columns[end]], row_of) for end in ("from", "to")]
            values = [sheet.number(row, column, cells[columns[column]], bounds[column]) for column in numbers]
            if ends[0] == ends[1] >= 0:
                sheet.problems.add(
                    f"{sheet.place(row)}: from = to = {shown(names[ends[0]])}: a tie needs two organisations"
                )
            elif min(ends) >= 0:
                source.append(ends[0])
                target.append(ends[1])
                rows.append(row)
                for column, value in zip(numbers, values, strict=True):
                    numbers[column].append(value)
        _refuse_doubles(sheet, source, target, rows, names)
        if not rows and len(sheet.problems) == before:
            sheet.problems.add(f"{sheet.name}: lists no tie; leave coalition.ties out to have ties generated")
    return Reports(
        np.array(source, np.int64),
        np.array(target, np.int64),
        {column: np.array(values) for column, values in numbers.items()},
    )


def _end(sheet: Sheet, row: int, column: str, cell: str, row_of: Mapping[str, int]) -> int:
    """The row of the organisation at one end of a tie, -1 if there is none of that name."""
    place = row_of.get(cell)
    if place is None:
        place = row_of.get(normal_form(cell))
    if place is not None:
        return place
    if not cell.strip():
        sheet.problems.add(f"{sheet.place(row)}: {column} is empty; a tie needs two organisations")
    else:
        near = sheet.problems.nearest(cell, row_of)
        sheet.problems.add(
            f"{sheet.place(row)}: {column} = {shown(cell)}: no organisation has this name{near}"
        )
    return -1


def _refuse_doubles(
    sheet: Sheet, source: array[int], target: array[int], rows: array[int], names: Sequence[str]
) -> None:
    directed = np.array(source, np.int64) * len(names) + np.array(target, np.int64)
    order = np.argsort(directed, kind="stable")
    again = np.flatnonzero(directed[order][1:] == directed[order][:-1])
    for earlier, later in zip(order[again], order[again + 1], strict=True):
        ends = f"{shown(names[source[later]])} to {shown(names[target[later]])}"
        sheet.problems.add(
            f"{sheet.place(rows[later])}: the tie from {ends} stands at {sheet.place(rows[earlier])} already"
        )


def find_columns(
    sheet: Sheet, known: Sequence[str], required: Sequence[str], report: list[Column]
) -> dict[str, int]:
    """Where the known columns are; others are reported as unused, a required one that lacks as a problem."""
    folded: dict[str, list[str]] = {}
    for column in known:
        folded.setdefault(normal_form(column).casefold(), []).append(column)
    found: dict[str, int] = {}
    strangers: list[str] = []
    for place, title in enumerate(sheet.header):
        candidates = folded.get(normal_form(title).casefold(), [])
        # Two outcomes may differ by capitals alone: then the column must say exactly which.
        exact = [column for column in candidates if len(candidates) == 1 or column == normal_form(title)]
        if exact and exact[0] in found:
            titles = f"{shown(sheet.header[found[exact[0]]])} and {shown(title)}"
            sheet.problems.add(f"{sheet.name}: columns {titles} are the same column {exact[0]!r}")
        elif exact:
            found[exact[0]] = place
        elif title.strip():
            strangers.append(title.strip())
    absent = [column for column in known if column not in found]
    for title in strangers:
        near = sheet.problems.nearest(title, absent)
        report.append(
            # A title with control characters, which could garble a terminal, is shown in its quoted form.
            Column(
                title if title.isprintable() else shown(title),
                "unused",
                f"{sheet.name}: column {shown(title)} is not one that cisim knows{near}.",
            )
        )
    for column in required:
        if column not in found:
            near = sheet.problems.nearest(column, strangers)
            sheet.problems.add(
                f"{sheet.name}: has no column {column!r}{near}; its columns are {_listed(sheet.header)}"
            )
    return found


def _listed(header: Sequence[str]) -> str:
    titles = [shown(title) for title in header[:12]]
    return ", ".join(titles) + (" ..." if len(header) > len(titles) else "")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def portions(organisations: Organisations, group: str, parts: Sequence[str]) -> NDArray[np.float64]:
    """Each organisation's shares of outcomes or roles: columns `group.part` scaled to sum 1, else NaN."""
    numbers = organisations.numbers
    count = len(organisations.names)
    given = [numbers.get(f"{group}.{part}", np.full(count, np.nan)) for part in parts]
    table = np.stack(given, axis=1) if given else np.empty((count, 0))
    known = ~np.isnan(table)
    filled = np.where(known, table, 0.0)
    total = filled.sum(axis=1, keepdims=True)
    shares = np.full(table.shape, np.nan)
    np.divide(filled, total, out=shares, where=known.any(axis=1, keepdims=True) & (total > 0))
    return shares
