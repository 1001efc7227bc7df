"""Seeds: an ensemble's seed names a block of run seeds, and a run's luck is that of its run seed.

Run r of any two ensembles of one seed meets the same luck, and ensembles of two seeds share no run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.errors import Problems

#: Largest run seed.
LARGEST = 2**64 - 1
#: Run seeds in the block of a seed. That of seed 1 begins at 1; that of seed 0 ends at 0, from below modulo 2^64.
BLOCK = 1_000_000
#: Largest seed of an ensemble: the blocks of a larger one and of seed 0 would overlap.
LARGEST_OF_ENSEMBLE = 2**64 // BLOCK - 1


def is_seed(value: object, largest: int = LARGEST) -> bool:
    """Return True for a seed: a whole number from 0 to the largest, by default that of a run."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and 0 <= int(value) <= largest


def check(seed: int, runs: int) -> None:
    """Reject an invalid number of runs or seed of an ensemble; report both."""
    problems = Problems()
    if isinstance(runs, bool) or not isinstance(runs, int | np.integer) or runs < 1:
        problems.append(f"runs = {runs!r}: must be a whole number of at least 1")
    elif runs > BLOCK:
        more = "the run seeds of one seed; take more from other seeds"
        problems.append(f"runs = {runs!r}: must be at most {BLOCK}, {more}")
    if not is_seed(seed, LARGEST_OF_ENSEMBLE):
        problems.append(f"seed = {seed!r}: must be a whole number from 0 to {LARGEST_OF_ENSEMBLE}")
    problems.check()


def first_run_seed(seed: int) -> int:
    """Return the run seed at which the block of an ensemble's seed begins: 1, 1,000,001, ... of 1, 2, ..."""
    return (1 + (seed - 1) * BLOCK) % 2**64


def consecutive(first: int, runs: int) -> NDArray[np.uint64]:
    """List run seeds that follow one another, modulo 2^64."""
    return np.arange(runs, dtype=np.uint64) + np.uint64(first)


def run_seeds_of(seed: int, runs: int) -> NDArray[np.uint64]:
    """List the run seeds of an ensemble of that seed."""
    check(seed, runs)
    return consecutive(first_run_seed(seed), runs)


def first_of(run_seeds: NDArray[np.uint64]) -> int | None:
    """Return the first run seed if each is its predecessor plus 1 (modulo 2^64), else None."""
    follow = len(run_seeds) and np.array_equal(run_seeds, consecutive(int(run_seeds[0]), len(run_seeds)))
    return int(run_seeds[0]) if follow else None


def ensemble_seed(run_seeds: NDArray[np.uint64]) -> int | None:
    """Return the ensemble's seed whose block these run seeds begin, or None."""
    first = first_of(run_seeds)
    if first is None or len(run_seeds) > BLOCK:
        return None
    seed, rest = divmod((first + BLOCK - 1) % 2**64, BLOCK)
    return None if rest or seed > LARGEST_OF_ENSEMBLE else seed


def seeds_in_words(run_seeds: NDArray[np.uint64]) -> str:
    """Name the luck of an ensemble: "seed 2 (run seeds 1000001 to 1000200)"; without a seed "run seeds 3 to 5"."""
    if not len(run_seeds):
        return "no seeds"
    first, last, seed = int(run_seeds[0]), int(run_seeds[-1]), ensemble_seed(run_seeds)
    if len(run_seeds) == 1:
        words = f"run seed {first}"
    elif first_of(run_seeds) is not None:
        words = f"run seeds {first} to {last}"
    else:
        words = f"{len(run_seeds)} run seeds from {run_seeds.min()} to {run_seeds.max()}"
    return words if seed is None else f"seed {seed} ({words})"
