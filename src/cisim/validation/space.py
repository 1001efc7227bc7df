"""Latin hypercube over the uncertain fields: the points of parameter space at which the facts are measured.

Levers, which somebody decides on, stay at their defaults; what nobody knows varies over its plausible range.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.luck import DESIGN, Luck, key, slot_of, uniform
from cisim.scenario import FieldInfo, Scenario, fields
from cisim.validation.trials import CONDITIONS

#: Decided on, or set by the facts themselves, or what a whole design would be too slow or impossible with.
LEVERS = {
    *CONDITIONS.values(),
    "scenario.months",
    "coalition.organisations",
    "coalition.degree",  # even, and below the number of organisations
    "practice.bits",  # 20 bits are a million practices
    "backbone.member_share",
}
#: The shares of staff that the functions get sum to at most 1.
ALLOCATION = "backbone.allocation."


def uncertain() -> tuple[FieldInfo, ...]:
    """List the fields that vary, in the order of the catalogue."""
    return tuple(
        info
        for info in fields()
        if info.low is not None and info.path not in LEVERS and not info.path.startswith(ALLOCATION)
    )


def latin_hypercube(points: int, factors: int, seed: int) -> NDArray[np.float64]:
    """Draw a Latin hypercube (McKay, Beckman & Conover 1979): in each factor one point in each of `points` equal intervals.

    Args:
        points: how many.
        factors: how many.
        seed: of its luck.

    Returns:
        (points, factors), in [0, 1).
    """
    # Called from Python, compiled functions return plain integers, and take large ones for signed.
    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(0)), DESIGN))
    design = np.empty((points, factors))
    for factor in range(factors):
        slot = np.uint64(slot_of(np.uint64(factor)))
        within = np.array([uniform(draws, slot, point) for point in range(points)])
        order = np.argsort([uniform(draws, slot, points + point) for point in range(points)], kind="stable")
        design[:, factor] = (order + within) / points
    return design


def scenarios(points: int, share: float, seed: int) -> Iterator[Scenario]:
    """Make the points of a design as scenarios.

    Args:
        points: how many.
        share: 1 is the whole plausible range of each field; below, that share of it, around the default, cut at the range's ends.
        seed: of the design.
    """
    varied = uncertain()
    for row in latin_hypercube(points, len(varied), seed):
        yield Scenario().replace(**_settings(varied, row, share))


def _settings(varied: tuple[FieldInfo, ...], row: NDArray[np.float64], share: float) -> dict[str, object]:
    settings: dict[str, object] = {}
    for info, share_of_range in zip(varied, row, strict=True):
        assert info.low is not None
        assert info.high is not None
        assert isinstance(info.default, (int, float))
        half = share * (info.high - info.low) / 2
        low, high = (info.low, info.high) if share >= 1 else (info.default - half, info.default + half)
        value = min(info.high, max(info.low, low + share_of_range * (high - low)))
        settings[info.path] = round(value) if isinstance(info.default, int) else float(value)
    # Trust is not lost by more than there is: the product is at most 1.
    lost, gained = "communication.trust_loss_ratio", "communication.trust_gain"
    settings[lost] = min(float(settings[lost]), 1.0 / float(settings[gained]))  # type: ignore[arg-type]
    return settings
