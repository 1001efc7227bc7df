"""Columns of coalition files (docs/coalition-files.md): read into arrays, NaN for an empty cell, and said what became of them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.cells import TOTALS, key_of, near_doubles
from cisim.coalition.table import (
    GIVE_UP_AFTER,
    MOST_COLUMNS,
    MOST_ORGANISATIONS,
    Bounds,
    Table,
    hint,
    normal_form,
    same,
    shown,
)
from cisim.errors import InputError
from cisim.report.format import plural

if TYPE_CHECKING:
    from cisim.scenario import Scenario

MOST_SECTORS = 50
_SHARE, _PORTION = Bounds(0, 1), Bounds(0, 1e9)
_OF_ORGANISATIONS = {
    "resources": Bounds(0, 1e6, above=True),
    "size": Bounds(0, 1e15),
    "commitment": _SHARE,
    "founder": _SHARE,
}
_OF_TIES = {"strength": Bounds(0, 1, above=True), "frequency": Bounds(1, 4), "trust": _SHARE}
#: What is made of two columns of which the file has either, or the second counts.
_USES = {
    "size": "Ranks spread over size_mean and size_sd",
    "resources": "FTE as given",
    "frequency": "Strength (5 - frequency)/4, so 1 is most often and 4 least: turn yours round if it goes the other way",
    "strength": "As given",
}
#: Beside such columns a column "size" is that of a dot in a drawing.
_DRAWN = (("x", "y"), ("r", "g", "b"), ("color",), ("colour",))

#: What the table of columns calls a number that may well be wrong.
LOOK_AGAIN = "look again"
#: The sector of an organisation whose cell is empty in a file that names sectors.
NO_SECTOR = "not given"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Identities = NDArray[np.uint64]
Numbers = dict[str, Floats]


class Column(NamedTuple):
    """The use that was made of a column, or what stands in for one that is missing."""

    what: str  #: the column, or the thing it gives.
    #: Given for all; for some, and the rest is drawn; drawn for all; or a column that means nothing to cisim.
    status: Literal["used", "assumed", "missing", "unused"]
    note: str  #: one sentence.


class Organisations(NamedTuple):
    """N organisations; NaN and "" where the file says nothing."""

    names: list[str]  # in normal form; without "" and doubles if no problem was noted
    sectors: list[str]  # names of sectors
    numbers: Numbers  # (N,) by column ("resources", "mission.housing"); only columns that the file has
    ids: list[str]  # by which ties name them; [] if they do by name


class Reports(NamedTuple):
    """E reports of one organisation about its tie to another."""

    source: Ints  # (E,) row of the organisation that reports
    target: Ints  # (E,) row of the other
    numbers: Numbers  # (E,) by column, NaN where not known; only columns that the file has


def read_organisations(scenario: Scenario, table: Table, ties: Table | None, unused: list[Column]) -> Organisations:
    """Read the organisations; note what is wrong as a problem of the table, and add columns that are unknown to `unused`."""
    bounds = {
        **_OF_ORGANISATIONS,
        **{f"mission.{outcome}": _PORTION for outcome in scenario.outcome_names},
        **{f"competence.{role}": Bounds(0, 1000, above=True) for role in scenario.role_names},
        **{f"mix.{role}": _PORTION for role in scenario.role_names},
    }
    by_id = ties is not None and ties.has("source", "target") and table.has("id")
    titles = [title for title in ("name", "label") if table.has(title)] or ["id"]
    columns = _find_columns(table, dict.fromkeys([*titles, *["id"] * by_id, "sector", *bounds]), titles[:1], unused)
    if titles[0] not in columns:
        return Organisations([], [], {}, [])
    names, sectors, row_of, row_of_id = list[str](), list[str](), dict[str, int](), dict[str, int]()
    title, ids = ("id", names) if titles == ["id"] else ("name", [])
    numbers = {column: array("d") for column in bounds if column in columns}
    before, labelled = len(table.problems), 0
    for row, cells in table.read():
        if len(names) == MOST_ORGANISATIONS:
            table.refuse(row, f"more than {MOST_ORGANISATIONS:,} organisations; no more are read")
            break
        name = next((cells[columns[each]] for each in titles if cells[columns[each]].strip()), "")
        labelled += bool(name) and not cells[columns[titles[0]]].strip()
        names.append(_read_name(table, row, title, name, row_of))
        if by_id and ids is not names:
            ids.append(_read_name(table, row, "id", cells[columns["id"]], row_of_id))
        sectors.append(table.text(row, "sector", cells[columns["sector"]]) if "sector" in columns else "")
        for column, values in numbers.items():
            read = table.truth if column == "founder" else partial(table.number, bounds=bounds[column])
            values.append(read(row, column, cells[columns[column]]))
        for group in ("mission.", "mix."):
            last = [values[-1] for column, values in numbers.items() if column.startswith(group)]
            if 0 in last and not any(portion > 0 for portion in last):
                words = f"all of {group}* are 0; one must be above 0, or all empty"
                table.refuse(row, words + _without_outcome(table, scenario) * (group == "mission."))
    if len(names) < 2 and len(table.problems) == before:
        count = plural(len(names), "organisation") if names else "no organisations"
        table.problems.append(f"{table.name}: lists {count}; at least 2 are needed")
    if len(founders := numbers.get("founder", ())) and not any(founders):  # an empty cell is NaN, which is true
        table.problems.append(f"{table.name}: founder is no in every row; one at least must be yes, or empty")
    if (different := len(set(sectors))) > MOST_SECTORS:
        table.problems.append(f"{table.name}: has {different} different sectors; at most {MOST_SECTORS} are allowed")
    if titles == ["name", "label"]:
        note = f"Stands in for the name of {plural(labelled, 'organisation')}; the others have a name."
        unused.append(Column("label", "used" if labelled else "unused", note))
    unused += [
        *_near_doubles("name", names, "organisations"),
        *_near_doubles("sector", list(dict.fromkeys(sectors)), "sectors"),
    ]
    return Organisations(names, sectors, _as_arrays(numbers), ids if by_id else [])


def _without_outcome(table: Table, scenario: Scenario) -> str:
    """Name a column of missions for which the scenario has no outcome; "" if there is none."""
    known = {normal_form(name).casefold() for name in scenario.outcome_names}
    columns = (title for title in table.header if normal_form(title).casefold().startswith("mission."))
    strange = next((title for title in columns if normal_form(title).casefold()[8:] not in known), None)
    return f"; no outcome is called like the column {shown(strange)}: rename one of them" if strange else ""


def _read_name(table: Table, row: int, column: str, cell: str, row_of: dict[str, int]) -> str:
    """Read an organisation's name or id, which must be there and be new."""
    if not cell.strip():
        table.refuse(row, f"{column} is empty; every organisation needs one")
        return ""
    name = table.text(row, column, cell)
    if name and row_of.setdefault(same(name), row) != row:
        table.refuse(row, f"{column} = {shown(name)}: stands at {table.where(row_of[same(name)])} already")
    return name


def _near_doubles(column: str, names: Sequence[str], what: str) -> list[Column]:
    """Tell of names that are taken for two organisations or sectors, but nearly agree."""
    first: dict[str, str] = {}
    pairs = []
    for name in names:
        letters = key_of(name)
        if letters and first.setdefault(letters, name) != name:
            pairs.append(f"{shown(first[letters])} and {shown(name)}")
    pairs += [f"{shown(one)} and {shown(other)}" for one, other in near_doubles(names) if key_of(one) != key_of(other)]
    more = f" (and {plural(len(pairs) - 2, 'pair')} more)" if len(pairs) > 2 else ""
    note = f"Taken for different {what}: {'; '.join(pairs[:2])}{more}."
    return [Column(column, "assumed", note)] if pairs else []


def _suspicions(names: Sequence[str], numbers: Numbers) -> list[Column]:
    """Tell of a row that sums up the others, and of an organisation that has half of all, or more."""
    told = []
    for column in ("resources", "size"):
        values = np.nan_to_num(numbers.get(column, np.zeros(1)))
        total, largest = values.sum(), int(values.argmax())
        others, what = total - values[largest], f"{shown(names[largest])} has {values[largest]:g}"
        if total == 0 or (values > 0).sum() < 4 or values[largest] < total / 2:
            continue
        if math.isclose(values[largest], others, rel_tol=1e-6) or key_of(names[largest]) in TOTALS:
            note = f"{what}, the others together {others:g}: if it is a row that sums up the others, delete it."
        else:
            note = f"{what} of {total:g}, {values[largest] / total:.0%} of all: is that right?"
        told.append(Column(LOOK_AGAIN, "assumed", f"{column}: {note}"))
    return told


def read_reports(table: Table, directed: bool, organisations: Organisations, unused: list[Column]) -> Reports:
    """Read the reports of ties between organisations; note what is wrong and unused, as above."""
    names, keys = organisations.names, organisations.ids or organisations.names
    ends = ("source", "target") if table.has("source", "target") else ("from", "to")
    before = len(table.problems)
    columns = _find_columns(table, [*ends, *_OF_TIES], ends, unused)
    numbers = {column: array("d") for column in _OF_TIES if column in columns}
    source, target, rows = array("q"), array("q"), array("q")
    organisation_of = {same(key): index for index, key in enumerate(keys) if key}
    what = "id" if organisations.ids else "name"
    for row, cells in table.read() if columns.keys() >= set(ends) else ():
        first, second = (_read_end(table, row, end, cells[columns[end]], organisation_of, what) for end in ends)
        values = [table.number(row, column, cells[columns[column]], _OF_TIES[column]) for column in numbers]
        if first == second >= 0:
            table.refuse(row, f"{ends[0]} = {ends[1]} = {shown(names[first])}: a tie needs two organisations")
        elif min(first, second) >= 0:
            source.append(first if directed else min(first, second))
            target.append(second if directed else max(first, second))
            rows.append(row)
            for column, value in zip(numbers, values, strict=True):
                numbers[column].append(value)
    if not rows and len(table.problems) == before:
        table.problems.append(f"{table.name}: lists no tie; leave coalition.ties out to have ties generated")
    reports = Reports(np.array(source, np.int64), np.array(target, np.int64), _as_arrays(numbers))
    # A second report of the same tie by the same organisation.
    report = reports.source * len(names) + reports.target
    order = np.argsort(report, kind="stable")
    again = np.flatnonzero(report[order][1:] == report[order][:-1])[:GIVE_UP_AFTER]
    for earlier, later in zip(order[again], order[again + 1], strict=True):
        tie = f"the tie from {shown(names[source[later]])} to {shown(names[target[later]])}"
        table.refuse(rows[later], f"{tie} stands at {table.where(rows[earlier])} already")
    return reports


def _read_end(table: Table, row: int, column: str, cell: str, organisation_of: Mapping[str, int], what: str) -> int:
    """Read which organisation is at one end of a tie, -1 if there is none of that name or id (`what`)."""
    if cell in organisation_of:
        return organisation_of[cell]
    organisation = organisation_of.get(same(cell), -1)
    if not cell.strip():
        table.refuse(row, f"{column} is empty; a tie needs two organisations")
    elif organisation < 0:
        near = hint(cell, organisation_of, len(table.problems))
        several = "; write a row for each of several" if "|" in cell else near
        table.refuse(row, f"{column} = {shown(cell)}: no organisation has this {what}{several}")
    return organisation


def _find_columns(table: Table, known: Iterable[str], needed: Iterable[str], unused: list[Column]) -> dict[str, int]:
    """Find the index of each known column; refuse a table without one that is needed, and add others to `unused`."""
    if len(table.header) > MOST_COLUMNS:
        raise InputError(f"{table.name}: has {len(table.header):,} columns; at most {MOST_COLUMNS:,} are allowed")
    drawn = next((beside for beside in _DRAWN if table.has(*beside)), None)
    key_of = {column: normal_form(column).casefold() for column in known}
    found, strangers = dict[str, int](), list[str]()
    for index, title in enumerate(table.header):
        plain = normal_form(title)
        candidates = [column for column, key in key_of.items() if key == plain.casefold()]
        # Two outcomes may differ by capitals alone: then the column must say exactly which.
        exact = [column for column in candidates if len(candidates) == 1 or column == plain]
        if drawn and exact == ["size"]:
            beside = f"a size in a drawing, like {', '.join(drawn)} beside it"
            note = f"{table.name}: {beside}, without which it would be an organisation's."
            unused.append(Column("size", "unused", note))
        elif exact and exact[0] in found:
            titles = f"{shown(table.header[found[exact[0]]])} and {shown(title)}"
            table.problems.append(f"{table.name}: columns {titles} are the same column {exact[0]!r}")
        elif exact:
            found[exact[0]] = index
        elif title.strip():
            strangers.append(title.strip())
    absent = [column for column in known if column not in found]
    for earlier, title in enumerate(strangers):
        note = f"column {shown(title)} is not one that cisim knows{hint(title, absent, earlier)}"
        # A title with control characters, which could garble a terminal, is shown in its quoted form, as is a long one.
        what = title if title.isprintable() and title in shown(title) else shown(title)
        unused.append(Column(what, "unused", f"{table.name}: {note}."))
    titles = ", ".join(map(shown, table.header[:12])) + (" ..." if len(table.header) > 12 else "")
    for column in (column for column in needed if column not in found):
        column = "name" if column == "id" else column
        near = hint(column, table.header)
        table.problems.append(f"{table.name}: has no column {column!r}{near}; its columns are {titles}")
    return found


def _as_arrays(numbers: Mapping[str, Iterable[float]]) -> Numbers:
    return {column: np.array(values, np.float64) for column, values in numbers.items()}


def shares(organisations: Organisations, group: str, parts: Sequence[str]) -> Floats:
    """Scale each row's columns `group.part` to sum 1: shape (N, parts), NaN in rows that give none."""
    numbers, nothing = organisations.numbers, np.full(len(organisations.names), np.nan)
    portions = np.stack([numbers.get(f"{group}.{part}", nothing) for part in parts], axis=1)
    filled = np.where(np.isnan(portions), 0.0, portions)
    total = filled.sum(axis=1, keepdims=True)
    return filled / np.where(total > 0, total, np.nan)


def provenance(scenario: Scenario, organisations: Organisations, reports: Reports | None) -> list[Column]:
    """Say for each thing that files may give whether they did, in a sentence."""
    names, numbers = organisations.names, organisations.numbers
    tell = partial(_tell, names.__getitem__, numbers)
    size = "size" if "size" in numbers and "resources" not in numbers else "resources"
    told = [_tell_sectors(organisations.sectors), tell(size, _USES[size], "size_mean and size_sd")]
    for group, parts, source in (
        ("mission", scenario.outcome_names, "agenda.alignment and chance"),
        ("mix", scenario.role_names, "role_skew and competence"),
    ):
        absent = ", ".join(f"{group}.{part}" for part in parts if f"{group}.{part}" not in numbers)
        use = f"Scaled to sum to 1{f'; no column {absent}, which counts as 0' if absent else ''}"
        told.append(tell(group, use, source, shares(organisations, group, parts)))
    told += [tell(f"competence.{role}", "As given", "competence_sd") for role in scenario.role_names]
    told.append(tell("commitment", "As given", "commitment.initial and initial_sd"))
    told.append(tell("founder", "1 for yes and 0 for no", "coalition.founding"))
    if reports is None:
        coalition = scenario.coalition
        note = f"Ties are generated: network {coalition.network}, mean degree {coalition.degree:g}."
        told.append(Column("ties", "missing", note))
    else:
        ends, numbers = (reports.source, reports.target), numbers | reports.numbers
        tell = partial(_tell, lambda row: " - ".join(names[end[row]] for end in ends), numbers)
        note = f"{plural(len(ends[0]), 'row')}; of two reports of a tie the stronger counts."
        told.append(Column("ties", "used", note))
        strength = "frequency" if "frequency" in numbers and "strength" not in numbers else "strength"
        told.append(tell(strength, _USES[strength], "tie_min"))
        told.append(tell("trust", "By direction, as given", "trust and trust_sd"))
    told += _suspicions(names, organisations.numbers)
    for column, better in (("size", "resources"), ("frequency", "strength")):
        if column in numbers and better in numbers:
            told.append(Column(column, "unused", f"The column {better} says more than {column} does."))
    return told


def _tell(
    name_of: Callable[[int], str], numbers: Numbers, column: str, use: str, source: str, values: Floats | None = None
) -> Column:
    """Choose the sentence that fits, by how many rows have numbers; the first two that have are its examples."""
    values = numbers.get(column, np.full(1, np.nan))[:, None] if values is None else values
    known = np.flatnonzero(~np.isnan(values[:, 0]))
    if not len(known):
        return Column(column, "missing", f"Drawn from {source}.")
    rows = (f"{shown(name_of(row))} {'/'.join(f'{value:g}' for value in values[row].round(3))}" for row in known[:2])
    note = f"{use} ({', '.join(rows)})"
    if lacking := len(values) - len(known):
        return Column(column, "assumed", f"{note}; {lacking} of {len(values)} cells are empty and drawn from {source}.")
    return Column(column, "used", f"{note}.")


def _tell_sectors(sectors: Sequence[str]) -> Column:
    different, lacking = list(dict.fromkeys(filter(None, sectors))), sectors.count("")
    if not different:
        return Column("sector", "missing", "Organisations are dealt out evenly over the scenario's sectors.")
    note = f"{plural(len(different), 'sector')} as given, such as {' and '.join(map(shown, different[:2]))}"
    note += f"; {lacking} of {len(sectors)} cells are empty: sector {NO_SECTOR!r}" if lacking else ""
    return Column("sector", "assumed" if lacking else "used", f"{note}.")
