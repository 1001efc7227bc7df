"""Docking of the landscape of practices: Kauffman's NK model.

Landscapes are drawn by the model's own code, for seeds that are the case's own luck (Philox, from the effort's seed). The model keeps
the stretched landscape; the raw fitness is found again from that of the best and the worst string, worked out by definition.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.landscape import landscape
from cisim.dynamics.luck import Luck
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, close, near
from cisim.validation.docking.learning import fitness_of
from cisim.validation.docking.months import everywhere, philox
from cisim.validation.peers.landscapes import peer_claims
from cisim.validation.trials import mean_of

KAUFFMAN = "Kauffman & Levin 1987, Journal of Theoretical Biology 128:11-45"
DEFINITION = f"{KAUFFMAN}: the definition, written out in plain Python"
#: Bits of the landscapes whose every string is looked at, and how many other bits each component depends on.
BITS, RUGGEDNESS = 10, (0, 2, 4, 9)
ROUNDING = 1e-12


class Facts(NamedTuple):
    """Known properties of one landscape.

    Attributes:
        highest: largest mean component.
        optima: how many strings are better than all that differ in one bit.
        roughness: mean squared difference of F between strings that differ in one bit.
    """

    highest: float
    optima: float
    roughness: float


def drawn(seed: int, bits: int, ruggedness: int, worst: float = 0.0) -> NDArray[np.float64]:
    """Draw the model's landscape for a seed, (2^bits,)."""
    return landscape(Luck(np.uint64(seed), np.int64(0)), bits, ruggedness, worst)


def neighbours(bits: int) -> NDArray[np.int64]:
    """List the strings that differ from each string in one bit, (bits, 2^bits)."""
    return np.arange(1 << bits) ^ (1 << np.arange(bits))[:, np.newaxis]


def optima_of(values: NDArray[np.float64], beside: NDArray[np.int64]) -> int:
    """Count the strings that are better than all their neighbours.

    Args:
        values: (2^bits,).
        beside: `neighbours(bits)`.
    """
    return int((values > values[beside]).all(axis=0).sum())


def facts_of(seed: int, ruggedness: int, beside: NDArray[np.int64]) -> Facts:
    """Draw one landscape and look at every string."""
    stretched = drawn(seed, BITS, ruggedness)
    low, high = (fitness_of(seed, BITS, ruggedness, int(end)) for end in (stretched.argmin(), stretched.argmax()))
    raw = low + (high - low) * stretched
    return Facts(high / BITS, optima_of(stretched, beside), float(((raw - raw[beside]) ** 2).mean()))


def best_of_independent(bits: int) -> float:
    """Compute the expected maximum of 2^bits independent means of as many uniforms as there are bits."""
    grid = np.linspace(0.0, 1.0, 20_001)
    below = np.zeros_like(grid)
    sign_and_choice = 1.0  # (-1)^k C(bits, k), divided by bits! below
    for k in range(bits + 1):
        below += sign_and_choice * np.clip(bits * grid - k, 0.0, None) ** bits
        sign_and_choice *= -(bits - k) / (k + 1)
    for factor in range(2, bits + 1):
        below /= factor
    reached = np.clip(below, 0.0, 1.0) ** (1 << bits)
    return float(1.0 - (reached[1:] + reached[:-1]).sum() / 2.0 * (grid[1] - grid[0]))


def nk(effort: Effort) -> Finding:
    """Measure maxima, optima and roughness against what is known, and single strings against the definition."""
    draws = effort.runs(2000, 250)
    beside = neighbours(BITS)
    facts: dict[int, NDArray[np.float64]] = {}
    for ruggedness in RUGGEDNESS:
        seeds = philox(effort.seed, 100 + ruggedness).integers(0, 2**63, draws)
        facts[ruggedness] = np.array([facts_of(int(seed), ruggedness, beside) for seed in seeds])
    highest = {k: mean_of(one[:, 0]) for k, one in facts.items()}
    optima = {k: mean_of(one[:, 1]) for k, one in facts.items()}
    roughness = [mean_of(one[:, 2]) for one in facts.values()]
    claims = [
        close(
            "A smooth landscape (K = 0) has one optimum: the fewest and the most of all draws",
            [1.0, 1.0],
            [float(facts[0][:, 1].min()), float(facts[0][:, 1].max())],
            0.0,
            KAUFFMAN,
        ),
        near(
            "The expected maximum of a smooth landscape is that of two uniforms, 2/3",
            Estimate(2.0 / 3.0, 0.0),
            highest[0],
            draws,
            "mathematics: each bit takes the better of two components",
            kind="exact",
        ),
        near(
            "The expected maximum with 10 bits and K = 9 is that of 1,024 independent means of 10 uniforms",
            Estimate(best_of_independent(BITS), 0.0),
            highest[9],
            draws,
            "mathematics: order statistics of the Irwin-Hall distribution",
            kind="exact",
        ),
        near(
            "The expected number of optima with 10 bits and K = 9 is 2^10 / 11",
            Estimate(1024 / 11, 0.0),
            optima[9],
            draws,
            f"{KAUFFMAN}: 2^N / (N + 1)",
            kind="exact",
        ),
        near(
            "Strings that differ in one bit differ in K + 1 components on average: mean squared difference (K + 1)/6, for K = 0, 2, 4, 9",
            [Estimate((k + 1) / 6.0, 0.0) for k in RUGGEDNESS],
            roughness,
            draws,
            "mathematics: two uniforms differ by 1/6 in the mean square",
            kind="exact",
        ),
        *_rugged(highest, optima, draws),
        *_by_definition(effort),
        *peer_claims(effort, {k: (highest[k], optima[k]) for k in RUGGEDNESS if k}, draws),
    ]
    return Finding(tuple(claims))


def _rugged(highest: dict[int, Estimate], optima: dict[int, Estimate], draws: int) -> list[Claim]:
    return [
        near(
            "The expected maximum with 10 bits and K = 2, 4",
            [Estimate(0.742, highest[2].error), Estimate(0.772, highest[4].error)],
            [highest[2], highest[4]],
            draws,
            "independent code",
            slack=5e-4,
        ),
        near(
            "The expected number of optima with 10 bits and K = 2, 4",
            [Estimate(7.7, optima[2].error), Estimate(21.8, optima[4].error)],
            [optima[2], optima[4]],
            draws,
            "independent code",
            slack=0.05,
        ),
    ]


def _by_definition(effort: Effort) -> list[Claim]:
    luck = philox(effort.seed, 120)
    seed, large_seed = (int(one) for one in luck.integers(0, 2**63, 2))
    worst = 0.6
    every = np.array([fitness_of(seed, 6, 3, practice) for practice in range(64)])
    stretched = drawn(seed, 6, 3, worst)
    large = drawn(large_seed, 20, 5)
    some = [int(large.argmin()), int(large.argmax()), *(int(one) for one in luck.integers(0, 1 << 20, 30))]
    raw = np.array([fitness_of(large_seed, 20, 5, practice) for practice in some])
    return [
        everywhere(
            "E(s) = worst + (1 - worst) (F - min F) / (max F - min F) of all strings of 6 bits with K = 3",
            worst + (1.0 - worst) * (every - every.min()) / (every.max() - every.min()),
            stretched,
            ROUNDING,
            DEFINITION,
        ),
        close(
            "The worst of them has practice.worst, the best 1",
            [worst, 1.0],
            [float(stretched.min()), float(stretched.max())],
            0.0,
            "the model's definition",
        ),
        everywhere(
            "The same of the worst, the best and 30 other strings of 20 bits with K = 5",
            (raw - raw[0]) / (raw[1] - raw[0]),
            large[some],
            ROUNDING,
            DEFINITION,
        ),
    ]


NK = Case(
    "nk",
    "The landscape of practices (Kauffman & Levin 1987)",
    "The effectiveness of practices is Kauffman's NK model, N = practice.bits and K = practice.ruggedness, stretched so that the best string "
    "has 1 and the worst practice.worst.",
    nk,
)
