"""Lazer & Friedman's agents: networks of organisations that run the model's stage of practices on random landscapes.

The landscapes are the model's own, `cisim.coalition.landscape`, drawn for seeds that, like the starts and the rewirings of the small
world, are the case's own luck (Philox, from the effort's seed). What organisations try is the model's luck, from another seed on each
network: only spaces and starts are the same on all, as in the original.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.landscape import landscape
from cisim.dynamics.luck import Luck
from cisim.dynamics.state import State
from cisim.validation.claims import Effort, Estimate
from cisim.validation.docking.learning import fitness_of, gathered, learn_for, learners
from cisim.validation.docking.months import philox
from cisim.validation.stand import complete, dials_of, path, ring
from cisim.validation.trials import mean_of

BITS, ORGANISATIONS, MONTHS = 20, 100, 200
#: Rewirings that make a small world of the lattice.
REWIRINGS = 10
LINE, COMPLETE, LATTICE, SMALL_WORLD = "line", "complete", "lattice", "small world"
NETWORKS = (LINE, COMPLETE, LATTICE, SMALL_WORLD)


@dataclass(frozen=True)
class Network:
    """A network of organisations, on which the stage is run.

    Attributes:
        name: how it is called.
        ties: (E, 2).
        rewirings: how many of the ties lead elsewhere in each space.
        learning: chance to look at others in a month.
    """

    name: str
    ties: NDArray[np.int64]
    rewirings: int = 0
    learning: float = 1.0

    @cached_property
    def dials(self) -> NDArray[np.float64]:
        """Make the row of settings."""
        return dials_of(learners(BITS, **{"communication.learning": self.learning}))

    @cached_property
    def _template(self) -> State:
        return _gathered(self.ties)

    def state(self, starts: NDArray[np.int64], effectiveness: NDArray[np.float64], luck: np.random.Generator) -> State:
        """Start a new run in a space; only what a run changes is its own."""
        fixed = _gathered(rewired(self.ties, self.rewirings, luck)) if self.rewirings else self._template
        organisations = fixed.organisations.copy()
        organisations["practice"] = starts
        return fixed._replace(organisations=organisations, effectiveness=effectiveness)


def _gathered(ties: NDArray[np.int64]) -> State:
    return gathered(learners(BITS), ties, np.zeros(ORGANISATIONS, np.int64), np.ones(2))


def rewired(ties: NDArray[np.int64], number: int, luck: np.random.Generator) -> NDArray[np.int64]:
    """Rewire some ties at one end, at random: none double, none to itself.

    Args:
        ties: (E, 2).
        number: how many are moved.
        luck: draws which, and where to.
    """
    kept = {(int(one), int(other)) for one, other in ties}
    for index in luck.permutation(len(ties))[:number]:
        one, other = (int(end) for end in luck.permutation(ties[index]))
        kept.remove((min(one, other), max(one, other)))
        others = (i for i in range(int(ties.max()) + 1) if i not in (one, other))
        free = [i for i in others if (min(one, i), max(one, i)) not in kept]
        chosen = free[int(luck.integers(len(free)))]
        kept.add((min(one, chosen), max(one, chosen)))
    return np.array(sorted(kept), dtype=np.int64)


def networks(*names: str) -> tuple[Network, ...]:
    """Make networks by name, all in full contact."""
    lattice = ring(ORGANISATIONS, 2)
    every = {
        LINE: Network(LINE, path(ORGANISATIONS)),
        COMPLETE: Network(COMPLETE, complete(ORGANISATIONS)),
        LATTICE: Network(LATTICE, lattice),
        SMALL_WORLD: Network(SMALL_WORLD, lattice, REWIRINGS),
    }
    return tuple(every[name] for name in names)


def slower(velocity: float) -> Network:
    """Make the complete network with a velocity below 1."""
    return Network(f"velocity {velocity:g}", complete(ORGANISATIONS), learning=velocity)


def scores(effort: Effort, ruggedness: int, spaces: int, on: tuple[Network, ...]) -> dict[str, NDArray[np.float64]]:
    """Compute the mean score over organisations, by network, (spaces, months + 1).

    Args:
        effort: its seed and threads.
        ruggedness: K.
        spaces: how many; the first ones are the same however many there are.
        on: networks, all with the same spaces and starts.
    """

    def explore(space: int) -> list[NDArray[np.float64]]:
        luck = philox(effort.seed, 1_000_000 * (ruggedness + 1) + space)
        seed, *tried = (int(drawn) for drawn in luck.integers(0, 2**63, 1 + len(on)))
        starts = luck.integers(0, 1 << BITS, ORGANISATIONS)
        drawn = landscape(Luck(np.uint64(seed), np.int64(0)), BITS, ruggedness, 0.0)
        lowest, highest = (fitness_of(seed, BITS, ruggedness, int(end)) for end in (drawn.argmin(), drawn.argmax()))
        return [
            learn_for(network.state(starts, drawn, luck), network.dials, 0.0, np.uint64(own), MONTHS, lowest / highest)
            for network, own in zip(on, tried, strict=True)
        ]

    with ThreadPoolExecutor(effort.threads or os.cpu_count() or 1) as pool:
        every = np.array(list(pool.map(explore, range(spaces))))
    return {network.name: every[:, index] for index, network in enumerate(on)}


@dataclass(frozen=True)
class Outcome:
    """Scores on a rugged landscape.

    Attributes:
        scores: by network, (spaces, months + 1).
    """

    scores: Mapping[str, NDArray[np.float64]]

    @property
    def spaces(self) -> int:
        """Number of spaces."""
        return len(next(iter(self.scores.values())))

    def mean(self, network: str, month: int = MONTHS) -> Estimate:
        """Mean score over spaces."""
        return mean_of(self.scores[network][:, month])

    def lead(self, one: str, other: str, month: int = MONTHS) -> Estimate:
        """Compute the paired difference of scores."""
        return mean_of(self.scores[one][:, month] - self.scores[other][:, month])

    def leads(self, chain: tuple[str, ...], month: int) -> dict[str, Estimate]:
        """Compute paired differences along a chain of networks."""
        return {f"{one} - {other}": self.lead(one, other, month) for one, other in pairwise(chain)}

    def wins(self, one: str, other: str) -> tuple[Estimate, Estimate]:
        """Count the spaces in which one network, and the other, is better in the long run."""
        difference = self.scores[one][:, MONTHS] - self.scores[other][:, MONTHS]
        return share_of((difference > 0).mean(), self.spaces), share_of((difference < 0).mean(), self.spaces)

    def overtaking(self, one: str, other: str) -> Estimate:
        """Interpolate when one network's mean score overtakes another's, in months."""
        difference = self.scores[one] - self.scores[other]
        lead = difference.mean(axis=0)
        before = int(np.flatnonzero(lead[1:] < 0)[-1]) + 1 if (lead[1:] < 0).any() else 0
        if before == MONTHS:
            return Estimate(math.inf, 0.0)
        slope = float(lead[before + 1] - lead[before])
        error = mean_of(difference[:, before]).error
        return Estimate(before - float(lead[before]) / slope, error / slope)


def share_of(share: float, number: int) -> Estimate:
    """Estimate a share with its binomial standard error; one of 0 or 1 is no more certain than half a case."""
    held = min(max(share, 0.5 / number), 1.0 - 0.5 / number)
    return Estimate(float(share), math.sqrt(held * (1.0 - held) / number))


def sign_test(won: Estimate, lost: Estimate, number: int) -> float:
    """Compute by how many standard deviations of a fair coin the wins exceed half of those that are no draw."""
    decided = (won.value + lost.value) * number
    return (won.value - lost.value) * number / math.sqrt(decided) if decided else 0.0
