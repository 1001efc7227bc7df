"""Functions whose indices are known, with luck of a known size, as results of a study."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cisim.analysis import Data
from cisim.study import Design, Factor
from cisim.study.designs import points_of

#: Of Ishigami's function with a = 7, b = 0.1 (Ishigami & Homma 1990): shares of its variance.
_B, _A = 0.1, 7.0
_PARTS = (0.5 * (1 + _B * np.pi**4 / 5) ** 2, _A**2 / 8, 0.0, 8 * _B**2 * np.pi**8 / 225)
ISHIGAMI_VARIANCE = sum(_PARTS)
ISHIGAMI = {
    "S1": [part / ISHIGAMI_VARIANCE for part in _PARTS[:3]],
    "ST": [(_PARTS[0] + _PARTS[3]) / ISHIGAMI_VARIANCE, _PARTS[1] / ISHIGAMI_VARIANCE, _PARTS[3] / ISHIGAMI_VARIANCE],
    "S2": [0.0, _PARTS[3] / ISHIGAMI_VARIANCE, 0.0],
}
#: Coefficients of Sobol's g-function.
G = np.array([0.0, 1.0, 4.5, 99.0])


def ishigami(x: np.ndarray) -> np.ndarray:
    """Of three factors from 0 to 1, which stand for -pi to pi."""
    one, two, three = (2 * x.T - 1) * np.pi
    return np.sin(one) + _A * np.sin(two) ** 2 + _B * three**4 * np.sin(one)


def g_function(x: np.ndarray) -> np.ndarray:
    """Of four factors from 0 to 1 (Saltelli & Sobol' 1995)."""
    return np.prod((np.abs(4 * x - 2) + G) / (1 + G), axis=1)


def g_indices() -> dict[str, list[float]]:
    """First and total indices of the g-function."""
    parts = 1 / (3 * (1 + G) ** 2)
    whole = np.prod(1 + parts) - 1
    others = np.array([np.prod(np.delete(1 + parts, place)) for place in range(len(G))])
    return {"S1": list(parts / whole), "ST": list(parts * others / whole)}


def linear(x: np.ndarray) -> np.ndarray:
    """The sum of the first factor and twice the second."""
    return x[:, 0] + 2 * x[:, 1]


def data(
    function: Callable[[np.ndarray], np.ndarray],
    factors: int,
    runs: int = 1,
    noise: float = 0.0,
    *,
    common: bool = False,
    seed: int = 1,
    **design: Any,
) -> Data:
    """Results of a function over factors from 0 to 1, each run with normal luck of a standard deviation."""
    every = tuple(Factor(f"x{place + 1}", "uncertainty", low=0.0, high=1.0) for place in range(factors))
    chosen = Design(**design)
    x = np.array(points_of(chosen, every, seed), dtype=float)
    luck = np.random.default_rng(seed).normal(0, noise, (len(x), runs)) if noise else np.zeros((len(x), runs))
    if common:  # half of its variance is shared by all points
        luck = (luck + np.random.default_rng(seed + 1).normal(0, noise, runs)) / np.sqrt(2)
    return Data(chosen, every, x, function(x)[:, None] + luck, "y", common=common, seed=seed, points=len(x))
