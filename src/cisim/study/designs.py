"""Designs: which points of the factors' space are run.

A design with luck draws from the stream DESIGN of the study's seed: the same study has the same points on every machine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.errors import InputError
from cisim.scenario.problems import shown
from cisim.study.factors import Factor, Value

Point = tuple[Value, ...]
#: What each kind of design is told, besides its kind.
KINDS = {
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
#: Kinds that can grow.
GROWING = ("latin-hypercube", "sobol")
#: Most points of a design.
MOST = 1_000_000
#: Latin hypercubes of more points, or of more values (points x factors), are not optimised: it takes about 2 ms for each
#: point, more with many factors, and the more points there are, the less there is to gain.
OPTIMISED, OPTIMISED_VALUES = 1_000, 10_000


@dataclass(frozen=True)
class Design:
    """How the points of a study are chosen.

    Attributes:
        kind: "factorial", "one-at-a-time", "latin-hypercube", "sobol", "saltelli", "morris" or "file".
        points: of a Latin hypercube or a Sobol' sequence, how many.
        samples: of Saltelli's design, points of its base sample: each gives k + 2 points, or 2k + 2 with second order.
        second_order: of Saltelli's design, whether interactions of two factors can be told.
        trajectories: of Morris's design, how many: each gives k + 1 points.
        levels: of Morris's design, how many values each range has.
        rows: of a design from a file, the factors' values of each point.
    """

    kind: str = "factorial"
    points: int | None = None
    samples: int | None = None
    second_order: bool = True
    trajectories: int | None = None
    levels: int = 4
    rows: tuple[Point, ...] = ()


def points_of(
    design: Design,
    factors: Sequence[Factor],
    seed: int,
    batch: int = 0,
    points: int | None = None,
    *,
    before: int | None = None,
) -> list[Point]:
    """The factors' values of every point.

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
        >>> points_of(Design("factorial"), [Factor("backbone.staff", "lever", low=0, high=4)], seed=1)
        [(0.0,), (4.0,)]
    """
    problems = [f"design: {says}" for _, says in problems_of(design, factors)]
    if batch and not problems:
        before = design.points or 0 if before is None else before
        problems = _not_to_extend(design, points, before)
    if problems:
        raise InputError(problems)
    if design.kind in BY_LEVELS:
        return _by_levels(design, factors)
    shares = (
        _further(design, factors, seed, batch, points or 0, before or 0)
        if batch
        else _first(design, factors, seed)
    )
    return [
        tuple(factor.at(share) for factor, share in zip(factors, row, strict=True)) for row in shares.tolist()
    ]


def count_of(design: Design, factors: Sequence[Factor]) -> int:
    """How many points a design has that is possible.

    Example:
        >>> count_of(Design("saltelli", samples=8), [Factor("backbone.staff", "lever", low=0, high=4)])
        32
    """
    factor_count = len(factors)
    if design.kind == "factorial":
        return math.prod(len(factor.values) for factor in factors)
    if design.kind == "one-at-a-time":
        return 1 + sum(len(_others(factor)) for factor in factors)
    if design.kind == "saltelli":
        return (design.samples or 0) * ((2 * factor_count if design.second_order else factor_count) + 2)
    if design.kind == "morris":
        return (design.trajectories or 0) * (factor_count + 1)
    return len(design.rows) if design.kind == "file" else design.points or 0


def problems_of(design: Design, factors: Sequence[Factor]) -> list[tuple[str, str]]:
    """What is wrong with a design: which of its keys ("" for none), and words."""
    if design.kind not in KINDS:
        return [("kind", f"kind = {shown(design.kind)}: must be one of {', '.join(KINDS)}")]
    found = problems_of_numbers(design)
    if not factors and design.kind != "factorial":
        says = f"kind = {shown(design.kind)}: needs at least one factor, in [levers] or [uncertainties]"
        return [("kind", says), *found]
    count = 0 if found else count_of(design, factors)
    if count > MOST:
        found.append(("", f"would have {count:,} points, more than {MOST:,}"))
    return found


def problems_of_numbers(design: Design) -> list[tuple[str, str]]:
    """What is wrong with the numbers of a design of a known kind, whatever the factors are."""
    told = [(name, _number_problem(design, name)) for name in KINDS[design.kind]]
    return [(name, f"{name} = {shown(getattr(design, name))}: {says}") for name, says in told if says]


def _number_problem(design: Design, name: str) -> str:
    """Why one of a design's numbers is none, or ""."""
    value: Any = getattr(design, name)
    if name == "second_order":
        return "" if isinstance(value, bool) else "must be true or false"
    if name == "rows":
        return "" if value else "must be a list of points, with at least one"
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name == "levels":
        even = whole and 2 <= value <= 1000 and value % 2 == 0
        return "" if even else "must be an even whole number from 2 to 1000: half of the range is one step"
    if not whole or not 1 <= value <= MOST:
        return f"must be a whole number from 1 to {MOST}"
    if design.kind in {"sobol", "saltelli"} and value & (value - 1):
        low, high = 1 << (value.bit_length() - 1), 1 << value.bit_length()
        return f"must be a power of 2, such as {low} or {high}: only then is a Sobol' sequence balanced"
    return ""


def _not_to_extend(design: Design, points: int | None, before: int) -> list[str]:
    if design.kind not in GROWING:
        reasons = {
            "factorial": "it has every combination already; add replications",
            "one-at-a-time": "it has every level of each factor already; add replications",
            "saltelli": "its points belong together; add replications, or begin another study with more samples",
            "morris": "its points belong together; add replications, or begin another study with more trajectories",
            "file": "its points are those of the file; add replications, or begin another study with a longer file",
        }
        return [f"design: {design.kind} cannot have more points: {reasons[design.kind]}"]
    if points is None or points < 1:
        return ["design: the number of further points must be at least 1"]
    total = before + points
    if design.kind == "sobol" and total & (total - 1):
        double = 1 << before.bit_length()
        return [f"design: sobol with {total} points: must be a power of 2 in all, such as {double}"]
    return [] if total <= MOST else [f"design: would have {total:,} points, more than {MOST:,}"]


# --- designs of levels ------------------------------------------------------------------------------------------------


def _by_levels(design: Design, factors: Sequence[Factor]) -> list[Point]:
    if design.kind == "file":
        return list(design.rows)
    if design.kind == "factorial":
        return list(itertools.product(*(factor.values for factor in factors)))
    usual = tuple(_usual(factor) for factor in factors)
    return [usual] + [
        (*usual[:place], value, *usual[place + 1 :])
        for place, factor in enumerate(factors)
        for value in _others(factor)
    ]


def _usual(factor: Factor) -> Value:
    return factor.values[0] if factor.usual is None else factor.usual


def _others(factor: Factor) -> list[Value]:
    """The values of a factor that are not the base scenario's."""
    return [value for value in factor.values if value != _usual(factor)]


# --- designs of shares, from 0 to 1 -----------------------------------------------------------------------------------


def _first(design: Design, factors: Sequence[Factor], seed: int) -> NDArray[np.float64]:
    generator, count = _generator(design.kind, seed), len(factors)
    if design.kind == "saltelli":
        from SALib.sample import sobol

        return np.asarray(
            sobol.sample(
                _problem(count), design.samples, calc_second_order=design.second_order, seed=generator
            )
        )
    if design.kind == "morris":
        from SALib.sample import morris

        return np.asarray(
            morris.sample(_problem(count), design.trajectories, num_levels=design.levels, seed=generator)
        )
    assert design.points is not None
    if design.kind == "sobol":
        return _sobol(count, design.points, generator)
    return _latin_hypercube(count, design.points, generator)


def _further(
    design: Design, factors: Sequence[Factor], seed: int, batch: int, points: int, before: int
) -> NDArray[np.float64]:
    if design.kind == "sobol":
        return _sobol(len(factors), before + points, _generator("sobol", seed))[before:]
    return _latin_hypercube(len(factors), points, _generator(design.kind, seed, batch))


def _sobol(factors: int, points: int, generator: np.random.Generator) -> NDArray[np.float64]:
    from scipy.stats import qmc

    shares: NDArray[np.float64] = qmc.Sobol(factors, scramble=True, rng=generator).random_base2(
        points.bit_length() - 1
    )
    return shares


def _latin_hypercube(factors: int, points: int, generator: np.random.Generator) -> NDArray[np.float64]:
    from scipy.stats import qmc

    few = points <= OPTIMISED and points * factors <= OPTIMISED_VALUES
    optimisation = "random-cd" if few else None
    sampler = qmc.LatinHypercube(factors, optimization=optimisation, rng=generator)
    shares: NDArray[np.float64] = sampler.random(points)
    return shares


def _problem(factors: int) -> dict[str, Any]:
    """Factors from 0 to 1, as SALib describes them."""
    names = [f"factor {number}" for number in range(factors)]
    return {"num_vars": factors, "names": names, "bounds": [[0.0, 1.0]] * factors}


def _generator(kind: str, seed: int, batch: int = 0) -> np.random.Generator:
    """The luck of one design. Each kind and each extension has its own."""
    # Called from Python, compiled functions return plain integers, and take large ones for signed.
    from cisim.dynamics.luck import DESIGN, Luck, identity_of_name, key, slot_of, word

    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(0)), DESIGN))
    slot = np.uint64(slot_of(np.uint64(identity_of_name(f"study {kind}"))))
    drawn = [int(word(draws, slot, 2 * batch + place)) for place in range(2)]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(drawn)))
