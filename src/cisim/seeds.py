"""Seeds of an ensemble: consecutive, so that run r of any two ensembles meets the same luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.errors import InputError

LARGEST = 2**64 - 1


def plural(count: int, noun: str) -> str:
    """Count things.

    Example:
        >>> plural(1, "run"), plural(2, "run")
        ('1 run', '2 runs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def seeds_in_words(seeds: NDArray[np.uint64]) -> str:
    """Name the seeds of an ensemble in a few words.

    Example:
        >>> seeds_in_words(np.array([3, 4, 5], dtype=np.uint64))
        'seeds 3 to 5'
    """
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if first_seed(seeds) is None:
        return f"{len(seeds)} seeds from {seeds.min()} to {seeds.max()}" if len(seeds) else "no seeds"
    return f"seeds {seeds[0]} to {seeds[-1]}"


def first_seed(seeds: NDArray[np.uint64]) -> int | None:
    """Return the first seed if each is its predecessor plus 1 (modulo 2^64), else None."""
    consecutive = len(seeds) and np.array_equal(seeds, seeds_from(int(seeds[0]), len(seeds)))
    return int(seeds[0]) if consecutive else None


def is_seed(value: object) -> bool:
    """Return True for a seed: a whole number from 0 to LARGEST."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and 0 <= int(value) <= LARGEST


def check(seed: int, runs: int) -> None:
    """Reject an invalid number of runs or seed; report both."""
    problems = []
    if isinstance(runs, bool) or not isinstance(runs, int | np.integer) or runs < 1:
        problems.append(f"runs = {runs!r}: must be a whole number of at least 1")
    if not is_seed(seed):
        problems.append(f"seed = {seed!r}: must be a whole number from 0 to {LARGEST}")
    if problems:
        raise InputError(problems)


def seeds_from(seed: int, runs: int) -> NDArray[np.uint64]:
    """List the seeds of an ensemble: seed, seed + 1, ..., modulo 2^64.

    Raises:
        InputError: runs or seed are out of range.
    """
    check(seed, runs)
    return np.arange(runs, dtype=np.uint64) + np.uint64(seed)
