"""Seeds of an ensemble: consecutive, so that run r of any two ensembles meets the same luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.errors import Problems

LARGEST = 2**64 - 1


def first_seed(seeds: NDArray[np.uint64]) -> int | None:
    """Return the first seed if each is its predecessor plus 1 (modulo 2^64), else None."""
    consecutive = len(seeds) and np.array_equal(seeds, seeds_from(int(seeds[0]), len(seeds)))
    return int(seeds[0]) if consecutive else None


def is_seed(value: object) -> bool:
    """Return True for a seed: a whole number from 0 to LARGEST."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and 0 <= int(value) <= LARGEST


def check(seed: int, runs: int) -> None:
    """Reject an invalid number of runs or seed; report both."""
    problems = Problems()
    if isinstance(runs, bool) or not isinstance(runs, int | np.integer) or runs < 1:
        problems.append(f"runs = {runs!r}: must be a whole number of at least 1")
    if not is_seed(seed):
        problems.append(f"seed = {seed!r}: must be a whole number from 0 to {LARGEST}")
    problems.check()


def seeds_from(seed: int, runs: int) -> NDArray[np.uint64]:
    """List the seeds of an ensemble: seed, seed + 1, ..., modulo 2^64."""
    check(seed, runs)
    return np.arange(runs, dtype=np.uint64) + np.uint64(seed)
