"""Designs: the points of the factors' space that are run.

A design with luck draws from the stream DESIGN of the study's seed: the same study has the same points on every machine.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import SkipValidation

from cisim.errors import InputError, did_you_mean
from cisim.files import read_text
from cisim.scenario.field import entry
from cisim.scenario.problems import Notes, Table, shown
from cisim.study.factors import Factor, Value

Point = tuple[Value, ...]
Kind = Literal["factorial", "one-at-a-time", "latin-hypercube", "sobol", "saltelli", "morris", "file"]
#: Keys that each kind of design has, besides its kind.
KINDS: dict[Kind, tuple[str, ...]] = {
    "factorial": (),
    "one-at-a-time": (),
    "latin-hypercube": ("points",),
    "sobol": ("points",),
    "saltelli": ("samples", "second_order"),
    "morris": ("trajectories", "levels"),
    "file": ("rows",),
}
#: Kinds that take the factors' values as they are; the others take places from 0 to 1.
BY_LEVELS = ("factorial", "one-at-a-time", "file")
#: Kinds that can grow; why the others cannot.
GROWING = ("latin-hypercube", "sobol")
_WHOLE = {
    "factorial": "it has every combination already; add replications",
    "one-at-a-time": "it has every level of each factor already; add replications",
    "saltelli": "its points belong together; add replications, or begin another study with more samples",
    "morris": "its points belong together; add replications, or begin another study with more trajectories",
    "file": "its points are those of the file; add replications, or begin another study with a longer file",
}
#: Most points of a design; largest file of points, in bytes.
MOST, LARGEST = 1_000_000, 200_000_000
#: Latin hypercubes of more points, or of more values (points x factors), are not optimised: it takes about 2 ms for each
#: point, more with many factors, and the more points there are, the less there is to gain.
OPTIMISED, OPTIMISED_VALUES = 1_000, 10_000


class Design(Table):
    """Way in which the points of a study are chosen."""

    kind: Kind = entry("factorial", "how the points are chosen")
    points: int | None = entry(None, "of a Latin hypercube or a Sobol' sequence: how many", ge=1, le=MOST)
    samples: int | None = entry(
        None, "points of the base sample: each gives k + 2 points, or 2k + 2 with second order", ge=1, le=MOST
    )
    second_order: bool = entry(True, "whether interactions of two factors can be told")
    trajectories: int | None = entry(None, "how many: each gives k + 1 points", ge=1, le=MOST)
    levels: int = entry(
        4,
        "how many values each range has",
        "must be an even whole number from 2 to 1000: half of the range is one step",
        ge=2,
        le=1000,
        multiple_of=2,
    )
    rows: SkipValidation[tuple[Point, ...]] = entry((), "the factors' values of each point, in their order")


def points_of(
    design: Design,
    factors: Sequence[Factor],
    seed: int,
    batch: int = 0,
    points: int | None = None,
    *,
    before: int | None = None,
) -> list[Point]:
    """Lay out the factors' values of every point.

    Args:
        design: how they are chosen.
        factors: what varies.
        seed: of the design's luck.
        batch: 0 for the first points; another number for each time that a study is extended.
        points: how many further ones, of a study that is extended.
        before: how many there are already; the design's own number by default.

    Raises:
        InputError: the design is impossible, or cannot be extended so.

    Example:
        >>> points_of(Design(kind="factorial"), [Factor("backbone.staff", "lever", low=0, high=4)], seed=1)
        [(0.0,), (4.0,)]
    """
    problems_of(design, factors).check()
    before = design.points or 0 if before is None else before
    if batch:
        _check_extension(design, points, before)
    if design.kind in BY_LEVELS:
        return _by_levels(design, factors)
    count = len(factors)
    if not batch:
        shares = _first(design, count, seed)
    elif design.kind == "sobol":
        shares = _sobol(count, before + (points or 0), _generator("sobol", seed))[before:]
    else:
        shares = latin_hypercube(count, points or 0, _generator(design.kind, seed, batch))
    return [tuple(factor.at(share) for factor, share in zip(factors, row, strict=True)) for row in shares.tolist()]


def count_of(design: Design, factors: Sequence[Factor]) -> int:
    """Count the points of a design that is possible.

    Example:
        >>> count_of(Design(kind="saltelli", samples=8), [Factor("backbone.staff", "lever", low=0, high=4)])
        32
    """
    count = len(factors)
    if design.kind == "factorial":
        return math.prod(len(factor.values) for factor in factors)
    if design.kind == "one-at-a-time":
        return 1 + sum(len(_others(factor)) for factor in factors)
    if design.kind == "saltelli":
        return (design.samples or 0) * ((2 * count if design.second_order else count) + 2)
    if design.kind == "morris":
        return (design.trajectories or 0) * (count + 1)
    return len(design.rows) if design.kind == "file" else design.points or 0


def problems_of(design: Design, factors: Sequence[Factor] | None) -> Notes:
    """Check a design; the factors are None if something is wrong with them."""
    notes = Notes()
    for key in KINDS[design.kind]:
        value = getattr(design, key)
        if value is None:
            notes.add(("design", key), f"is missing: must be a whole number from 1 to {MOST}")
        elif value == ():
            notes.add(("design", key), "must be a list of points, with at least one")
        elif design.kind in {"sobol", "saltelli"} and key != "second_order" and value & (value - 1):
            low, high = 1 << (value.bit_length() - 1), 1 << value.bit_length()
            words = f"must be a power of 2, such as {low} or {high}: only then is a Sobol' sequence balanced"
            notes.add(("design", key), words, value)
    if factors is not None and not factors and design.kind != "factorial":
        words = "needs at least one factor, in [levers] or [uncertainties]"
        notes.add(("design", "kind"), words, design.kind)
    elif factors is not None and not notes and (count := count_of(design, factors)) > MOST:
        points = f"{count:,}" if count < 10**30 else "very many"
        notes.add(("design",), f"would have {points} points, more than {MOST:,}")
    return notes


def _check_extension(design: Design, points: int | None, before: int) -> None:
    if design.kind not in GROWING:
        raise InputError(f"design: {design.kind} cannot have more points: {_WHOLE[design.kind]}")
    if points is None or points < 1:
        raise InputError("design: the number of further points must be at least 1")
    total = before + points
    if design.kind == "sobol" and total & (total - 1):
        double = 1 << before.bit_length()
        raise InputError(f"design: sobol with {total} points: must be a power of 2 in all, such as {double}")
    if total > MOST:
        raise InputError(f"design: would have {total:,} points, more than {MOST:,}")


# --- designs of levels ------------------------------------------------------------------------------------------------


def _by_levels(design: Design, factors: Sequence[Factor]) -> list[Point]:
    if design.kind == "file":
        return list(design.rows)
    if design.kind == "factorial":
        return list(itertools.product(*(factor.values for factor in factors)))
    usual = tuple(_usual(factor) for factor in factors)
    return [usual] + [
        (*usual[:index], value, *usual[index + 1 :])
        for index, factor in enumerate(factors)
        for value in _others(factor)
    ]


def _usual(factor: Factor) -> Value:
    return factor.values[0] if factor.usual is None else factor.usual


def _others(factor: Factor) -> list[Value]:
    """List the values of a factor that are not the base scenario's."""
    return [value for value in factor.values if value != _usual(factor)]


# --- designs of shares, from 0 to 1 -----------------------------------------------------------------------------------


def _first(design: Design, factors: int, seed: int) -> NDArray[np.float64]:
    generator = _generator(design.kind, seed)
    # Factors from 0 to 1, as SALib describes them.
    names = [f"factor {number}" for number in range(factors)]
    problem = {"num_vars": factors, "names": names, "bounds": [[0.0, 1.0]] * factors}
    if design.kind == "saltelli":
        from SALib.sample import sobol

        order = design.second_order
        return np.asarray(sobol.sample(problem, design.samples, calc_second_order=order, seed=generator))
    if design.kind == "morris":
        from SALib.sample import morris

        levels = design.levels
        return np.asarray(morris.sample(problem, design.trajectories, num_levels=levels, seed=generator))
    return (_sobol if design.kind == "sobol" else latin_hypercube)(factors, design.points or 0, generator)


def _sobol(factors: int, points: int, generator: np.random.Generator) -> NDArray[np.float64]:
    from scipy.stats import qmc

    sampler = qmc.Sobol(factors, scramble=True, rng=generator)
    return np.asarray(sampler.random_base2(points.bit_length() - 1))


def latin_hypercube(factors: int, points: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Lay out a Latin hypercube; one of few points is optimised.

    Returns:
        (points, factors), from 0 to 1.
    """
    from scipy.stats import qmc

    few = points <= OPTIMISED and points * factors <= OPTIMISED_VALUES
    sampler = qmc.LatinHypercube(factors, optimization="random-cd" if few else None, rng=generator)
    return np.asarray(sampler.random(points))


def _generator(kind: str, seed: int, batch: int = 0) -> np.random.Generator:
    """Make the luck of one design. Each kind and each extension has its own."""
    # Called from Python, compiled functions return plain integers, and take large ones for signed.
    from cisim.dynamics.luck import DESIGN, Luck, identity_of_name, key, slot_of, word

    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(0)), DESIGN))
    slot = np.uint64(slot_of(np.uint64(identity_of_name(f"study {kind}"))))
    drawn = [int(word(draws, slot, 2 * batch + index)) for index in range(2)]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(drawn)))


# --- points that are given --------------------------------------------------------------------------------------------


def points_in(rows: Any, factors: Sequence[Factor], notes: Notes) -> tuple[Point, ...]:
    """Read the points that stand in a study file; note what is wrong with them."""
    path = ("design", "rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST:
        notes.add(path, f"must be a list of 1 to {MOST} points", rows)
        return ()
    points = []
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(factors):
            words = f"must be a list of {len(factors)} values: {', '.join(factor.name for factor in factors)}"
            notes.add((*path, number), words, row)
            continue
        values = [factor.parsed(given) for factor, given in zip(factors, row, strict=True)]
        for index, (factor, given, value) in enumerate(zip(factors, row, values, strict=True)):
            if value is None:
                notes.add((*path, number, index), f"{factor.name} {factor.allowed}", given)
        points.append(tuple(value for value in values if value is not None))
    return tuple(points)


def read_points(path: Path, factors: Sequence[Factor]) -> tuple[Point, ...]:
    """Read points from a CSV file whose header names the factors, in any order.

    Columns are separated by commas, semicolons (then a decimal comma is read, too) or tabs, or as a first line such as `sep=;` says.

    Raises:
        InputError: with all that is wrong, each with its line.
    """
    delimiter, rows = _table(read_text(path, LARGEST), str(path))
    line, header = next(rows, (0, []))
    if not header:
        raise InputError(f"{path}: is empty: its first line must name the factors")
    names, problems = [factor.name for factor in factors], list[str]()
    for name in header:
        if name not in names:
            problems.append(f"{path}:{line}: {shown(name)}: no such factor; {did_you_mean(name, names)}")
    for name in names:
        if header.count(name) != 1:
            words = "there are two such columns" if name in header else "no column has this factor"
            problems.append(f"{path}:{line}: {name}: {words}")
    if problems:
        raise InputError(problems)
    columns = [header.index(name) for name in names]
    points: list[Point] = []
    for line, cells in rows:
        if len(cells) != len(header):
            problems.append(f"{path}:{line}: has {len(cells)} cells, the header has {len(header)}")
            continue
        values = []
        for factor, column in zip(factors, columns, strict=True):
            text = cells[column]
            value = factor.parsed(text)
            if value is None and delimiter == ";" and text.count(",") == 1:
                value = factor.parsed(text.replace(",", "."))
            if value is None:
                problems.append(f"{path}:{line}: {factor.name} = {shown(text)}: {factor.allowed}")
            else:
                values.append(value)
        points.append(tuple(values))
    if not points and not problems:
        problems.append(f"{path}: has no points below its header")
    if len(points) > MOST:
        problems.append(f"{path}: has {len(points):,} points, more than {MOST:,}")
    if problems:
        raise InputError(problems)
    return tuple(points)


def _table(text: str, label: str) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """Find the delimiter of a CSV file, and its rows that are not blank with their lines."""
    first = next((line for line in io.StringIO(text) if line.strip()), "").rstrip("\r\n")
    declared = re.fullmatch("sep=([,;\t|])", first, re.IGNORECASE)
    plain = re.sub('"[^"]*"', "", first)
    delimiter = declared[1] if declared else max(",;\t", key=plain.count)

    def rows() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        line, skip = 0, bool(declared)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    if not skip:
                        yield line + 1, [cell.strip() for cell in cells]
                    skip = False
                line = reader.line_num
        except csv.Error as error:
            raise InputError(f"{label}:{line + 1}: is not valid CSV: {error}") from None

    return delimiter, rows()
