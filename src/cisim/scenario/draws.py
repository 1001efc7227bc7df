"""Draws of a run for fields that have distributions: pure functions of its seed and each field's path."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisim.scenario.field import Distribution


def draw_fields(distributions: Mapping[str, Distribution], seed: int) -> dict[str, float]:
    """Draw the values that the run of a seed has, by path.

    A field's draw depends on seed and path alone: not on which other fields have distributions, nor on their order. So two
    scenarios draw the same share of the same field's range, whatever its ends.
    """
    if not distributions:
        return {}
    import numpy as np

    from cisim.dynamics.luck import FIELD, Luck, identity_of_name, key, slot_of, uniform  # loads Numba

    # Called from Python, compiled functions return plain integers, and take large ones for signed.
    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(0)), FIELD))
    return {
        path: value_at(distribution, uniform(draws, np.uint64(slot_of(np.uint64(identity_of_name(path)))), 0))
        for path, distribution in distributions.items()
    }


def value_at(distribution: Distribution, share: float) -> float:
    """Return the value below which a share of the distribution lies, 0 to below 1.

    Each whole number stands for the interval from it to the next one; the most likely one for the middle of its own.
    """
    low, high, middle, whole = distribution
    if whole:
        high, middle = high + 1, None if middle is None else middle + 0.5
    length = high - low
    if middle is None:
        value = low + share * length
    elif share * length < middle - low:
        value = low + math.sqrt(share * length * (middle - low))
    else:
        value = high - math.sqrt((1.0 - share) * length * (high - middle))
    value = min(distribution.high, max(low, math.floor(value) if whole else value))
    return int(value) if whole else value
