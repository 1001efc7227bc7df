"""The landscape of practices: the effectiveness of each string of bits (NK model, Lazer & Friedman 2007)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.compiled import compiled, inner
from cisim.dynamics.luck import LANDSCAPE, LANDSCAPE_PARTNERS, Luck, key, slot_of, uniform


class LandscapeRoom(NamedTuple):
    """Memory that drawing a landscape takes on the way."""

    weight: NDArray[np.int64]  #: (bits,)
    low: NDArray[np.int64]  #: (2^floor(bits/2),)
    high: NDArray[np.int64]  #: (2^ceil(bits/2),)
    components: NDArray[np.float64]  #: (2^(ruggedness + 1),)


def landscape_room(bits: int, ruggedness: int) -> LandscapeRoom:
    """Make the memory for strings of so many bits."""
    low, high = np.empty(1 << bits // 2, np.int64), np.empty(1 << bits - bits // 2, np.int64)
    return LandscapeRoom(np.empty(bits, np.int64), low, high, np.empty(1 << ruggedness + 1))


def landscape(luck: Luck, bits: int, ruggedness: int, worst: float) -> NDArray[np.float64]:
    """Draw the effectiveness E(s) of every practice, (2^bits,), as `draw_landscape` does."""
    fitness = np.empty(1 << bits)
    draw_landscape(luck, ruggedness, worst, landscape_room(bits, ruggedness), fitness)
    return fitness


@compiled
def draw_landscape(
    luck: Luck, ruggedness: int, worst: float, room: LandscapeRoom, fitness: NDArray[np.float64]
) -> None:
    """Draw the effectiveness E(s) of every practice.

    F(s) is the sum over bits of a component uniform in [0, 1), which depends on the bit and `ruggedness` others;
    E(s) = worst + (1 - worst) (F - min F) / (max F - min F), 1 if all are equal.

    `ruggedness` is below the length of a string. Sets `fitness`, (2^bits,); bit b of string s is (s >> b) & 1.
    """
    component_key, partner_key = key(luck, LANDSCAPE), key(luck, LANDSCAPE_PARTNERS)
    # The pattern that picks a component is the sum of what the two halves of a string contribute.
    weight, low_part, high_part, components = room
    bits, low_bits = weight.shape[0], weight.shape[0] // 2
    fitness[:] = 0.0
    for bit in range(bits):
        slot = slot_of(np.uint64(bit))
        weigh_bits(partner_key, slot, bit, ruggedness, weight)
        for pattern in range(1 << ruggedness + 1):
            components[pattern] = uniform(component_key, slot, pattern)
        sum_weights(weight, 0, low_part)
        sum_weights(weight, low_bits, high_part)
        for high in range(high_part.shape[0]):
            for low in range(low_part.shape[0]):
                fitness[(high << low_bits) + low] += components[high_part[high] + low_part[low]]
    lowest, highest = fitness[0], fitness[0]
    for practice in range(fitness.shape[0]):
        lowest, highest = min(lowest, fitness[practice]), max(highest, fitness[practice])
    for practice in range(fitness.shape[0]):
        share = (fitness[practice] - lowest) / (highest - lowest) if highest > lowest else 1.0
        fitness[practice] = worst + (1.0 - worst) * share


@inner
def weigh_bits(partner_key: np.uint64, slot: np.uint64, bit: int, ruggedness: int, weight: NDArray[np.int64]) -> None:
    """Set each bit's weight in the pattern that picks a component: 1, then 2, 4, ... for partners, else 0.

    The partners are those with the smallest uniforms, in their order, so that a more rugged landscape keeps them and adds some.
    """
    for other in range(weight.shape[0]):
        weight[other] = 0
    weight[bit] = 1
    for rank in range(1, ruggedness + 1):
        smallest, partner = 1.0, bit
        for other in range(weight.shape[0]):
            if weight[other] == 0:
                drawn = uniform(partner_key, slot, other)
                if drawn < smallest:
                    smallest, partner = drawn, other
        weight[partner] = 1 << rank


@inner
def sum_weights(weight: NDArray[np.int64], first_bit: int, sums: NDArray[np.int64]) -> None:
    """Set the sum of the weights of the bits in each string of bits from `first_bit` on."""
    sums[0] = 0
    filled, bit = 1, first_bit
    while filled < sums.shape[0]:
        for string in range(filled):
            sums[filled + string] = sums[string] + weight[bit]
        filled *= 2
        bit += 1
