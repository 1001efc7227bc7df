"""Columns of coalition files (docs/coalition-files.md): read into arrays, NaN for an empty cell, and said what became of them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.table import GIVE_UP_AFTER, Bounds, Table, hint, normal_form, shown
from cisim.report.format import plural

if TYPE_CHECKING:
    from cisim.scenario import Scenario

MOST_ORGANISATIONS = 10_000
MOST_SECTORS = 50
_SHARE, _PORTION = Bounds(0, 1), Bounds(0, 1e9)
_OF_ORGANISATIONS = {"resources": Bounds(0, 1e6, above=True), "size": Bounds(0, 1e15), "commitment": _SHARE}
_OF_TIES = {"strength": Bounds(0, 1, above=True), "frequency": Bounds(1, 4), "trust": _SHARE}
_COMPETENCE = Bounds(0, 1000, above=True)

#: The sector of an organisation whose cell is empty in a file that names sectors.
NO_SECTOR = "not given"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Identities = NDArray[np.uint64]
Numbers = dict[str, Floats]


class Column(NamedTuple):
    """The use that was made of a column, or what stands in for one that is missing.

    Attributes:
        what: the column, or the thing it gives.
        status: "used": the file gives it for all; "assumed": for some, and the rest is drawn; "missing": it is drawn for all;
            "unused": a column of the file that means nothing to cisim.
        note: one sentence.
    """

    what: str
    status: Literal["used", "assumed", "missing", "unused"]
    note: str


class Organisations(NamedTuple):
    """N organisations; NaN and "" where the file says nothing."""

    names: list[str]  # in normal form; without "" and doubles if no problem was noted
    sectors: list[str]  # names of sectors
    numbers: Numbers  # (N,) by column ("resources", "mission.housing"); only columns that the file has


class Reports(NamedTuple):
    """E reports of one organisation about its tie to another."""

    source: Ints  # (E,) row of the organisation that reports
    target: Ints  # (E,) row of the other
    numbers: Numbers  # (E,) by column, NaN where not known; only columns that the file has


def read_organisations(
    table: Table, outcomes: Sequence[str], roles: Sequence[str], unused: list[Column]
) -> Organisations:
    """Read the organisations; note what is wrong as a problem of the table, and add columns that are unknown to `unused`."""
    bounds = {
        **_OF_ORGANISATIONS,
        **{f"mission.{outcome}": _PORTION for outcome in outcomes},
        **{f"competence.{role}": _COMPETENCE for role in roles},
        **{f"mix.{role}": _PORTION for role in roles},
    }
    columns = _find_columns(table, ["name", "sector", *bounds], ["name"], unused)
    names, sectors, row_of = list[str](), list[str](), dict[str, int]()
    numbers = {column: array("d") for column in bounds if column in columns}
    before = len(table.problems)
    for row, cells in table.rows if "name" in columns else ():
        if len(names) == MOST_ORGANISATIONS:
            table.refuse(row, f"more than {MOST_ORGANISATIONS:,} organisations; no more are read")
            break
        names.append(_read_name(table, row, cells[columns["name"]], row_of))
        sectors.append(table.text(row, "sector", cells[columns["sector"]]) if "sector" in columns else "")
        for column, values in numbers.items():
            values.append(table.number(row, column, cells[columns[column]], bounds[column]))
        for group in ("mission.", "mix."):
            portions = [values[-1] for column, values in numbers.items() if column.startswith(group)]
            known = [portion for portion in portions if not math.isnan(portion)]
            if known and not any(known):
                table.refuse(row, f"all of {group}* are 0; one must be above 0, or all empty")
    if "name" in columns and len(names) < 2 and len(table.problems) == before:
        count = plural(len(names), "organisation") if names else "no organisations"
        table.problems.append(f"{table.name}: lists {count}; at least 2 are needed")
    if (different := len(set(sectors))) > MOST_SECTORS:
        table.problems.append(f"{table.name}: has {different} different sectors; at most {MOST_SECTORS} are allowed")
    return Organisations(names, sectors, _as_arrays(numbers))


def _read_name(table: Table, row: int, cell: str, row_of: dict[str, int]) -> str:
    """Read an organisation's name, which must be there and be new."""
    if not cell.strip():
        table.refuse(row, "name is empty; every organisation needs one")
        return ""
    name = table.text(row, "name", cell)
    if name and row_of.setdefault(name, row) != row:
        table.refuse(row, f"name = {shown(name)}: stands at {table.where(row_of[name])} already")
    return name


def read_reports(table: Table, names: Sequence[str], unused: list[Column]) -> Reports:
    """Read the reports of ties between `names`; note what is wrong and unused, as above."""
    columns = _find_columns(table, ["from", "to", *_OF_TIES], ["from", "to"], unused)
    numbers = {column: array("d") for column in _OF_TIES if column in columns}
    source, target, rows = array("q"), array("q"), array("q")
    organisation_of = {name: index for index, name in enumerate(names) if name}
    before = len(table.problems)
    complete = "from" in columns and "to" in columns
    for row, cells in table.rows if complete else ():
        first, second = (_read_end(table, row, end, cells[columns[end]], organisation_of) for end in ("from", "to"))
        values = [table.number(row, column, cells[columns[column]], _OF_TIES[column]) for column in numbers]
        if first == second >= 0:
            table.refuse(row, f"from = to = {shown(names[first])}: a tie needs two organisations")
        elif min(first, second) >= 0:
            source.append(first)
            target.append(second)
            rows.append(row)
            for column, value in zip(numbers, values, strict=True):
                numbers[column].append(value)
    _refuse_repeated(table, source, target, rows, names)
    if complete and not rows and len(table.problems) == before:
        table.problems.append(f"{table.name}: lists no tie; leave coalition.ties out to have ties generated")
    return Reports(np.array(source, np.int64), np.array(target, np.int64), _as_arrays(numbers))


def _read_end(table: Table, row: int, column: str, cell: str, organisation_of: Mapping[str, int]) -> int:
    """Read which organisation is at one end of a tie, -1 if there is none of that name."""
    if cell in organisation_of:
        return organisation_of[cell]
    organisation = organisation_of.get(normal_form(cell), -1)
    if not cell.strip():
        table.refuse(row, f"{column} is empty; a tie needs two organisations")
    elif organisation < 0:
        near = hint(cell, organisation_of, len(table.problems))
        table.refuse(row, f"{column} = {shown(cell)}: no organisation has this name{near}")
    return organisation


def _refuse_repeated(
    table: Table, source: array[int], target: array[int], rows: array[int], names: Sequence[str]
) -> None:
    """Refuse a second report of the same tie by the same organisation."""
    report = np.array(source, np.int64) * len(names) + np.array(target, np.int64)
    order = np.argsort(report, kind="stable")
    again = np.flatnonzero(report[order][1:] == report[order][:-1])
    for earlier, later in zip(order[again][:GIVE_UP_AFTER], order[again + 1][:GIVE_UP_AFTER], strict=True):
        ends = f"{shown(names[source[later]])} to {shown(names[target[later]])}"
        table.refuse(rows[later], f"the tie from {ends} stands at {table.where(rows[earlier])} already")


def _find_columns(table: Table, known: Sequence[str], required: Sequence[str], unused: list[Column]) -> dict[str, int]:
    """Find the index of each known column; add others to `unused`, note a missing required one as a problem."""
    columns_of: dict[str, list[str]] = {}
    for column in known:
        columns_of.setdefault(normal_form(column).casefold(), []).append(column)
    found: dict[str, int] = {}
    strangers: list[str] = []
    for index, title in enumerate(table.header):
        candidates = columns_of.get(normal_form(title).casefold(), [])
        # Two outcomes may differ by capitals alone: then the column must say exactly which.
        exact = [column for column in candidates if len(candidates) == 1 or column == normal_form(title)]
        if exact and exact[0] in found:
            titles = f"{shown(table.header[found[exact[0]]])} and {shown(title)}"
            table.problems.append(f"{table.name}: columns {titles} are the same column {exact[0]!r}")
        elif exact:
            found[exact[0]] = index
        elif title.strip():
            strangers.append(title.strip())
    absent = [column for column in known if column not in found]
    for earlier, title in enumerate(strangers):
        note = f"column {shown(title)} is not one that cisim knows{hint(title, absent, earlier)}"
        # A title with control characters, which could garble a terminal, is shown in its quoted form.
        what = title if title.isprintable() else shown(title)
        unused.append(Column(what, "unused", f"{table.name}: {note}."))
    for column in required:
        if column not in found:
            titles = ", ".join(map(shown, table.header[:12])) + (" ..." if len(table.header) > 12 else "")
            near = hint(column, strangers)
            table.problems.append(f"{table.name}: has no column {column!r}{near}; its columns are {titles}")
    return found


def _as_arrays(numbers: Mapping[str, Iterable[float]]) -> Numbers:
    return {column: np.array(values, np.float64) for column, values in numbers.items()}


def shares(organisations: Organisations, group: str, parts: Sequence[str]) -> Floats:
    """Scale each row's columns `group.part` to sum 1: shape (N, parts), NaN in rows that give none."""
    numbers, nothing = organisations.numbers, np.full(len(organisations.names), np.nan)
    portions = np.stack([numbers.get(f"{group}.{part}", nothing) for part in parts], axis=1)
    known = ~np.isnan(portions)
    filled = np.where(known, portions, 0.0)
    total = filled.sum(axis=1, keepdims=True)
    scaled = np.full(portions.shape, np.nan)
    np.divide(filled, total, out=scaled, where=known.any(axis=1, keepdims=True) & (total > 0))
    return scaled


def provenance(scenario: Scenario, organisations: Organisations, reports: Reports | None) -> list[Column]:
    """Say for each thing that files may give whether they did, in a sentence."""
    numbers, coalition = organisations.numbers, scenario.coalition
    columns = [_of_sectors(organisations.sectors)]
    if "resources" in numbers:
        columns.append(_of_numbers("resources", numbers, "FTE as given", "the size distribution"))
        if "size" in numbers:
            columns.append(Column("size", "unused", "The column resources says more than size does."))
    elif "size" in numbers:
        columns.append(_of_numbers("size", numbers, "Ranks spread over size_mean and size_sd", "the size distribution"))
    else:
        columns.append(Column("resources", "missing", "Resources are drawn from size_mean and size_sd."))
    outcomes, roles = scenario.outcome_names, scenario.role_names
    columns.append(_of_shares(organisations, "mission", outcomes, "from agenda.alignment and chance"))
    columns.append(_of_shares(organisations, "mix", roles, "from role_skew and competence"))
    columns += [_of_numbers(f"competence.{role}", numbers, "As given", "competence_sd") for role in roles]
    columns.append(_of_numbers("commitment", numbers, "As given", "commitment.initial and initial_sd"))
    if reports is None:
        note = f"Ties are generated: network {coalition.network}, mean degree {coalition.degree:g}."
        return [*columns, Column("ties", "missing", note)]
    numbers = reports.numbers
    columns.append(Column("ties", "used", f"{len(reports.source)} rows; of two reports of a tie the stronger counts."))
    if "frequency" in numbers and "strength" not in numbers:
        columns.append(_of_numbers("frequency", numbers, "Strength (5 - frequency)/4", "tie_min"))
    else:
        if "frequency" in numbers:
            columns.append(Column("frequency", "unused", "The column strength says more than frequency does."))
        columns.append(_of_numbers("strength", numbers, "As given", "tie_min"))
    columns.append(_of_numbers("trust", numbers, "By direction, as given", "trust and trust_sd"))
    return columns


def _column(what: str, lacking: int, count: int, missing: str, assumed: str, used: str) -> Column:
    """Choose the sentence that fits, by how many of the values are lacking."""
    if lacking == count:
        return Column(what, "missing", missing)
    return Column(what, "assumed", assumed) if lacking else Column(what, "used", used)


def _of_sectors(sectors: Sequence[str]) -> Column:
    lacking, count = sectors.count(""), len(sectors)
    missing = "Organisations are dealt out evenly over the scenario's sectors."
    assumed = f"{lacking} of {count} cells are empty: sector {NO_SECTOR!r}."
    return _column("sector", lacking, count, missing, assumed, f"{len(set(sectors))} sectors as given.")


def _of_numbers(column: str, numbers: Numbers, use: str, source: str) -> Column:
    values = numbers.get(column, np.full(1, np.nan))
    lacking, count = int(np.isnan(values).sum()), len(values)
    assumed = f"{use}; {lacking} of {count} cells are empty and drawn from {source}."
    return _column(column, lacking, count, f"Drawn from {source}.", assumed, f"{use}.")


def _of_shares(organisations: Organisations, group: str, parts: Sequence[str], drawn: str) -> Column:
    lacking = int(np.isnan(shares(organisations, group, parts)[:, 0]).sum())
    count = len(organisations.names)
    absent = [f"{group}.{part}" for part in parts if f"{group}.{part}" not in organisations.numbers]
    use = "Scaled to sum to 1"
    if absent:
        use += f"; no column {', '.join(absent)}, which count{'s' if len(absent) == 1 else ''} as 0"
    assumed = f"{use}; {lacking} of {count} rows without it, drawn {drawn}."
    return _column(group, lacking, count, f"Drawn {drawn}.", assumed, f"{use}.")
