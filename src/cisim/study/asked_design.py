"""The table [design] of a study file, and the CSV file that it may name."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Any

from cisim.errors import InputError
from cisim.scenario.problems import Path, Problem, shown
from cisim.study.asked import Asked, meant
from cisim.study.designs import KINDS, MOST, Design, problems_of, problems_of_numbers
from cisim.study.factors import Factor, Value

#: Largest file of points, in bytes.
LARGEST = 200_000_000
#: So many problems of a file of points are told.
MOST_PROBLEMS = 100
#: A file stands for its rows.
ALL_KEYS = ("kind", "points", "samples", "second_order", "trajectories", "levels", "file", "rows")


def design_of(
    file: Mapping[str, Any],
    factors: Sequence[Factor],
    folder: File | None,
    problems: list[Problem],
    *,
    sound: bool,
) -> Design:
    """The design of a study.

    Args:
        file: the whole file.
        factors: of the study.
        folder: where a file of points is looked for.
        problems: where to note what is wrong.
        sound: whether nothing was wrong with the factors, so that points can be checked.
    """
    if "design" not in file:
        if factors:
            says = f"is missing: a table with kind, which is one of {', '.join(KINDS)}"
            problems.append(Problem((), f"design: {says}"))
        return Design()
    asked = Asked(file["design"], ("design",), problems, ALL_KEYS)
    if not asked.has("kind"):
        asked.says(f"is missing: one of {', '.join(KINDS)}", "kind")
        return Design()
    kind = asked.choice("kind", tuple(KINDS))
    if kind != asked.values["kind"]:
        return Design()
    keys = ("kind", *KINDS[kind], *(("file",) if kind == "file" else ()))
    for key, value in asked.values.items():
        if key not in keys and key in ALL_KEYS:
            own = f"{kind} has {', '.join(keys[1:])}" if keys[1:] else f"{kind} needs nothing else"
            asked.says(f"is not for this kind of design: {own}", key, value=value)
    design = Design(
        kind, **{key: asked.values[key] for key in KINDS[kind] if key in asked.values and key != "rows"}
    )
    if kind == "file":
        design = Design(kind, rows=_rows(asked, factors, folder, sound=sound))
        if not asked.has("file") and not asked.has("rows"):
            asked.says('is missing: the CSV file of the points, such as "points.csv"', "file")
        return design
    for key, says in problems_of(design, factors) if sound else problems_of_numbers(design):
        missing = key in KINDS[kind] and not asked.has(key)
        path: Path = ("design", key) if key else ("design",)
        words = f"{key}: is missing: {says.partition(': ')[2]}" if missing else says
        problems.append(Problem(path, f"design.{words}" if key else f"design: {words}"))
    return design


def _rows(
    asked: Asked, factors: Sequence[Factor], folder: File | None, *, sound: bool
) -> tuple[tuple[Value, ...], ...]:
    if asked.has("file") and asked.has("rows"):
        asked.says("give either file or rows", "rows")
        return ()
    if not sound:
        return ()
    if asked.has("rows"):
        return _rows_here(asked, factors)
    name = asked.values.get("file")
    if name is None:
        return ()
    if not isinstance(name, str) or not name:
        asked.says("must be the name of a CSV file", "file", value=name)
        return ()
    try:
        return read_points((folder or File()) / name, factors)
    except InputError as error:
        asked.problems.extend(Problem(("design", "file"), says) for says in error.problems)
        return ()


def _rows_here(asked: Asked, factors: Sequence[Factor]) -> tuple[tuple[Value, ...], ...]:
    rows = asked.values["rows"]
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST:
        asked.says(f"must be a list of 1 to {MOST} points", "rows", value=rows)
        return ()
    found = []
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(factors):
            names = ", ".join(factor.name for factor in factors)
            asked.says(f"must be a list of {len(factors)} values: {names}", "rows", number, value=row)
            continue
        values = [_value(factor, given) for factor, given in zip(factors, row, strict=True)]
        for place, (factor, given, value) in enumerate(zip(factors, row, values, strict=True)):
            if value is None:
                asked.says(f"{factor.name} {_allowed(factor)}", "rows", number, place, value=given)
        found.append(tuple(value for value in values if value is not None))
    return tuple(found)


def read_points(path: File, factors: Sequence[Factor]) -> tuple[tuple[Value, ...], ...]:
    """Points from a CSV file whose header names the factors, in any order.

    Args:
        path: the file.
        factors: of the study.

    Raises:
        InputError: with all that is wrong, each with its line.
    """
    rows = _table(path)
    try:
        line, header = next(rows)
    except StopIteration:
        raise InputError(f"{path}: is empty: its first line must name the factors") from None
    problems = _of_header(f"{path}:{line}", header, factors)
    if problems:
        raise InputError(problems)
    places = [header.index(factor.name) for factor in factors]
    found: list[tuple[Value, ...]] = []
    for line, cells in rows:
        if len(cells) != len(header):
            problems.append(f"{path}:{line}: has {len(cells)} cells, the header has {len(header)}")
            continue
        texts = [cells[place] for place in places]
        values = [_value(factor, text) for factor, text in zip(factors, texts, strict=True)]
        problems += [
            f"{path}:{line}: {factor.name} = {shown(text)}: {_allowed(factor)}"
            for factor, text, value in zip(factors, texts, values, strict=True)
            if value is None
        ]
        found.append(tuple(value for value in values if value is not None))
    if not found and not problems:
        problems.append(f"{path}: has no points below its header")
    if len(found) > MOST:
        problems.append(f"{path}: has {len(found):,} points, more than {MOST:,}")
    if problems:
        more = [f"{path}: and {len(problems) - MOST_PROBLEMS} more problems"] * (
            len(problems) > MOST_PROBLEMS
        )
        raise InputError(problems[:MOST_PROBLEMS] + more)
    return tuple(found)


def _table(path: File) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not blank, with their numbers and cells."""
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise InputError(f"{str(path)!r}: is not the name of a file") from None
    if content is None:
        raise InputError(f"{path}: is larger than {LARGEST // 1_000_000} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: is not text in UTF-8; save it in that encoding") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        before = 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: is not valid CSV: {error}") from None


def _of_header(label: str, header: Sequence[str], factors: Sequence[Factor]) -> list[str]:
    names = [factor.name for factor in factors]
    problems = [
        f"{label}: {shown(name)}: no such factor; {meant(name, names)}"
        for name in header
        if name not in names
    ]
    problems += [f"{label}: {name}: there are two such columns" for name in names if header.count(name) > 1]
    return problems + [f"{label}: {name}: no column has this factor" for name in names if name not in header]


def _value(factor: Factor, given: Any) -> Value | None:
    """A factor's value from a cell of a CSV file or a file's own list; None if it may not be."""
    if factor.levels and factor.low is None:
        return next((level.label for level in factor.levels if _same(level.label, given)), None)
    number = _number(given)
    if number is None or factor.low is None or factor.high is None or not factor.low <= number <= factor.high:
        return None
    if factor.whole:
        return int(number) if number == int(number) else None
    return number


def _same(label: Value, given: Any) -> bool:
    return given == label if isinstance(label, str) else _number(given) == label


def _number(given: Any) -> float | None:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and "_" not in str(given) else None


def _allowed(factor: Factor) -> str:
    if factor.levels and factor.low is None:
        return f"must be one of {', '.join(str(level.label) for level in factor.levels)}"
    whole = "whole number" if factor.whole else "number"
    return f"must be a {whole} from {factor.low:.12g} to {factor.high:.12g}"
