"""The landscape of practices against Kauffman's definition, written out string by string."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.coalition.landscape import landscape
from cisim.dynamics import luck
from cisim.validation.second_opinion import plain_luck


def month_0(seed: int) -> luck.Luck:
    return luck.Luck(np.uint64(seed), np.int64(0))


def by_definition(seed: int, bits: int, ruggedness: int, worst: float) -> list[float]:
    plain = plain_luck.Luck(seed)
    fitness = [0.0] * 2**bits
    for bit in range(bits):
        slot = plain_luck.slot_of(bit)
        others = [other for other in range(bits) if other != bit]
        others.sort(key=lambda other: plain.uniform("landscape partners", 0, slot, other))
        for practice in range(2**bits):
            states = [practice >> place & 1 for place in [bit, *others[:ruggedness]]]
            component = sum(state << place for place, state in enumerate(states))
            fitness[practice] += plain.uniform("landscape", 0, slot, component)
    low, high = min(fitness), max(fitness)
    return [worst + (1 - worst) * (value - low) / (high - low) for value in fitness]


@pytest.mark.parametrize(
    ("bits", "ruggedness"), [(1, 0), (2, 1), (5, 0), (6, 3), (7, 6), (8, 2)], ids=lambda value: str(value)
)
def test_the_landscape_is_the_one_of_the_definition(bits: int, ruggedness: int) -> None:
    for seed in (1, 2**63 + 5):
        drawn = landscape(month_0(seed), bits, ruggedness, 0.6)
        assert drawn == pytest.approx(by_definition(seed, bits, ruggedness, 0.6), abs=1e-12)


@pytest.mark.parametrize("ruggedness", [0, 3, 9])
def test_the_best_practice_is_1_and_the_worst_is_worst(ruggedness: int) -> None:
    for worst in (0.0, 0.4, 0.65, 1.0):
        drawn = landscape(month_0(3), 10, ruggedness, worst)
        assert drawn.max() == 1.0
        assert drawn.min() == worst


def peaks(drawn: np.ndarray, bits: int) -> int:
    practices = np.arange(2**bits)
    return int(np.all([drawn > drawn[practices ^ (1 << bit)] for bit in range(bits)], axis=0).sum())


def test_a_smooth_landscape_has_one_peak_and_a_wholly_rugged_one_as_many_as_theory_says() -> None:
    assert all(peaks(landscape(month_0(seed), 10, 0, 0.5), 10) == 1 for seed in range(20))
    # Independent values: a string is above its 10 neighbours with chance 1/11, so 1024/11 peaks are expected.
    counts = [peaks(landscape(month_0(seed), 10, 9, 0.5), 10) for seed in range(100)]
    spread = np.std(counts, ddof=1) / np.sqrt(len(counts))
    assert abs(np.mean(counts) - 1024 / 11) < 6 * spread


def test_more_ruggedness_means_more_peaks() -> None:
    means = [np.mean([peaks(landscape(month_0(seed), 10, k, 0.5), 10) for seed in range(40)]) for k in range(0, 10, 3)]
    assert means == sorted(means)
    assert means[1] > 1.5 * means[0]


def test_twenty_bits_are_bearable() -> None:
    drawn = landscape(month_0(1), 20, 5, 0.65)
    assert drawn.shape == (2**20,)
    assert drawn.min() == 0.65
