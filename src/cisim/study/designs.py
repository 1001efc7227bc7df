"""Designs: the points of the factors' space that are run.

A design with luck draws from the stream DESIGN of the study's seed: the same study has the same points on every machine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict, SkipValidation

from cisim.coalition.table import MOST_HINTS, normal_form, read_csv
from cisim.errors import InputError, Problems, did_you_mean, gathered
from cisim.files import read_bytes
from cisim.scenario.field import entry
from cisim.scenario.problems import Notes, Table, shown
from cisim.study.factors import Factor, Value

Point = tuple[Value, ...]
Kind = Literal["factorial", "one-at-a-time", "latin-hypercube", "sobol", "saltelli", "morris", "file"]


class KindInfo(NamedTuple):
    """Kind of a design."""

    keys: tuple[str, ...]  #: that it has besides its kind.
    whole: str  #: why it cannot have more points; "" if it can.


_OTHER = "add replications, or begin another study with"
KINDS: dict[Kind, KindInfo] = {
    "factorial": KindInfo((), "it has every combination already; add replications"),
    "one-at-a-time": KindInfo((), "it has every level of each factor already; add replications"),
    "latin-hypercube": KindInfo(("points",), ""),
    "sobol": KindInfo(("points",), ""),
    "saltelli": KindInfo(("samples", "second_order"), f"its points belong together; {_OTHER} more samples"),
    "morris": KindInfo(("trajectories", "levels"), f"its points belong together; {_OTHER} more trajectories"),
    "file": KindInfo(("file", "rows"), f"its points are those of the file; {_OTHER} a longer file"),
}
NO_FACTOR = "needs at least one factor, in [levers] or [uncertainties]"
#: Most points of a design; largest file of points, in bytes.
MOST, LARGEST = 1_000_000, 200_000_000
#: Latin hypercubes of more points, or of more values (points x factors), are not optimised: it takes about 2 ms for each
#: point, more with many factors, and the more points there are, the less there is to gain.
OPTIMISED, OPTIMISED_VALUES = 1_000, 10_000


class Design(Table):
    """Way in which the points of a study are chosen."""

    model_config = ConfigDict(json_schema_extra={"required": ["kind"]})

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
    file: str | None = entry(
        None, "CSV file of the points, whose header names the factors", "must be the name of a CSV file", min_length=1
    )
    rows: SkipValidation[tuple[Point, ...]] = entry((), "the factors' values of each point, in their order")


def points_of(
    design: Design, factors: Sequence[Factor], seed: int, batch: int = 0, points: int = 0, *, before: int | None = None
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
    """
    problems_of(design, factors).check()
    before = design.points or 0 if before is None else before
    if batch:
        _check_extension(design, points, before)
    if design.kind == "file":
        return list(design.rows)
    if design.kind == "factorial":
        return list(itertools.product(*(factor.values for factor in factors)))
    if design.kind == "one-at-a-time":
        usual = tuple(map(_usual, factors))
        changed = [(index, value) for index, factor in enumerate(factors) for value in _others(factor)]
        return [usual, *((*usual[:index], value, *usual[index + 1 :]) for index, value in changed)]
    generator = generator_of(design.kind, seed, 0 if design.kind == "sobol" else batch)
    new = (points, before) if batch else (design.points or 0, 0)
    shares = _shares(design, len(factors), *new, generator)
    return [tuple(factor.at(share) for factor, share in zip(factors, row, strict=True)) for row in shares.tolist()]


def _shares(design: Design, factors: int, points: int, before: int, generator: np.random.Generator) -> Any:
    """Lay out (points, factors) from 0 to 1; there are some `before` already."""
    from scipy.stats import qmc

    if design.kind == "sobol":
        sampler = qmc.Sobol(factors, scramble=True, rng=generator)
        return sampler.random_base2((before + points).bit_length() - 1)[before:]
    if design.kind == "latin-hypercube":
        few = points <= OPTIMISED and points * factors <= OPTIMISED_VALUES
        return qmc.LatinHypercube(factors, optimization="random-cd" if few else None, rng=generator).random(points)
    from SALib.sample import morris, sobol

    names = [f"factor {number}" for number in range(factors)]
    problem = {"num_vars": factors, "names": names, "bounds": [[0.0, 1.0]] * factors}
    if design.kind == "saltelli":
        return sobol.sample(problem, design.samples, calc_second_order=design.second_order, seed=generator)
    return morris.sample(problem, design.trajectories, num_levels=design.levels, seed=generator)


def generator_of(kind: str, seed: int, batch: int = 0) -> np.random.Generator:
    """Make the luck of one design, or of an analysis. Each kind and each extension has its own."""
    # Called from Python, compiled functions return plain integers, and take large ones for signed.
    from cisim.dynamics.luck import DESIGN, Luck, identity_of_name, key, slot_of, word

    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(0)), DESIGN))
    slot = np.uint64(slot_of(np.uint64(identity_of_name(f"study {kind}"))))
    drawn = [int(word(draws, slot, 2 * batch + index)) for index in range(2)]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(drawn)))


def count_of(design: Design, factors: Sequence[Factor]) -> int:
    """Count the points of a design that is possible."""
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
    for key in KINDS[design.kind].keys:
        value = getattr(design, key)
        if value is None and key != "file":
            notes.add(("design", key), f"is missing: must be a whole number from 1 to {MOST}")
        elif value == ():
            notes.add(("design", key), "must be a list of points, with at least one")
        elif design.kind in {"sobol", "saltelli"} and key != "second_order" and value & (value - 1):
            low, high = 1 << (value.bit_length() - 1), 1 << value.bit_length()
            words = f"must be a power of 2, such as {low} or {high}: only then is a Sobol' sequence balanced"
            notes.add(("design", key), words, value)
    if factors is not None and not factors and design.kind != "factorial":
        notes.add(("design", "kind"), NO_FACTOR, design.kind)
    elif factors is not None and not notes and (count := count_of(design, factors)) > MOST:
        points = f"{count:,}" if count < 10**30 else "very many"
        notes.add(("design",), f"would have {points} points, more than {MOST:,}")
    return notes


def _check_extension(design: Design, points: int, before: int) -> None:
    if KINDS[design.kind].whole:
        raise InputError(f"design: {design.kind} cannot have more points: {KINDS[design.kind].whole}")
    if points < 1:
        raise InputError("design: the number of further points must be at least 1")
    total = before + points
    if design.kind == "sobol" and total & (total - 1):
        double = 1 << before.bit_length()
        raise InputError(f"design: sobol with {total} points: must be a power of 2 in all, such as {double}")
    if total > MOST:
        raise InputError(f"design: would have {total:,} points, more than {MOST:,}")


def _usual(factor: Factor) -> Value:
    return factor.values[0] if factor.usual is None else factor.usual


def _others(factor: Factor) -> list[Value]:
    """List the values of a factor that are not the base scenario's."""
    return [value for value in factor.values if value != _usual(factor)]


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
        for index in (index for index, value in enumerate(values) if value is None):
            notes.add((*path, number, index), f"{factors[index].name} {factors[index].allowed}", row[index])
        points.append(tuple(value for value in values if value is not None))
    return tuple(points)


def read_points(path: Path, factors: Sequence[Factor]) -> tuple[Point, ...]:
    """Read points from a CSV file whose header names the factors, in any order; InputError tells all that is wrong by line."""
    problems, names = Problems(), [normal_form(factor.name) for factor in factors]
    table = read_csv(read_bytes(path, LARGEST), str(path), problems)
    header = [normal_form(title) for title in table.header]
    for title in [title for title in header if title not in names][:MOST_HINTS]:
        problems.append(f"{path}: {shown(title)}: no such factor; {did_you_mean(title, names)}")
    for name in names:
        if (count := header.count(name)) != 1:
            problems.append(f"{path}: {name}: {'there are two such columns' if count else 'no column has this factor'}")
    problems.check()
    columns, points = [header.index(name) for name in names], list[Point]()
    for line, cells in table.read():
        values = []
        for factor, column in zip(factors, columns, strict=True):
            text = cells[column].strip()
            value = factor.parsed(text)
            if value is None:
                value = factor.parsed(table.pointed(text))
            if value is None:
                table.refuse(line, f"{factor.name} = {shown(text)}: {factor.allowed}")
            else:
                values.append(value)
        points.append(tuple(values))
    if not points and not problems:
        problems.append(f"{path}: has no points below its header")
    if len(points) > MOST:
        problems.append(f"{path}: has {len(points):,} points, more than {MOST:,}")
    if problems:
        raise InputError(gathered(problems))
    return tuple(points)
