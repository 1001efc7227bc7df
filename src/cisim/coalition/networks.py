"""Networks of ties that are generated from the luck of their pairs or organisations.

Small-world (Watts & Strogatz 1998) and scale-free (Barabási & Albert 1999) networks are built one tie after
another, in the order of organisations' identities. In the others (random, sector clusters, hub) each pair
has a probability, compared with the pair's own luck: a partner more changes no luck of the others. So do
latent ties, which every coalition gets.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.compiled import compiled, inner
from cisim.dynamics.luck import (
    LATENT,
    NETWORK,
    STRENGTH,
    TRUST,
    Luck,
    key,
    normal,
    slot_of,
    slot_of_direction,
    slot_of_pair,
    uniform,
)

#: In the source of a tie: it is latent.
LATENT_TIE = -1


@compiled
def small_world(luck: Luck, identity: NDArray[np.uint64], degree: float, rewire: float) -> NDArray[np.int64]:
    """A ring of neighbours with some ties rewired to anyone (Watts & Strogatz).

    Each organisation holds the ties to the degree/2 that follow it on the ring. Lap by lap round the ring,
    each tie is with probability `rewire` given another far end, uniform among those who are not neighbours
    of the holder.

    Args:
        luck: the run's luck at month 0.
        identity: shape (N,), in the order of the ring.
        degree: even, below N.
        rewire: probability.

    Returns:
        Shape (N degree/2, 2): the two ends of each tie, as places on the ring.
    """
    count, half = identity.shape[0], round(degree / 2.0)
    network_key = key(luck, NETWORK)
    far_end = np.empty((count, half), np.int64)
    neighbours = np.empty(count, np.int64)
    for one in range(count):
        neighbours[one] = 2 * half
        for lap in range(half):
            far_end[one, lap] = (one + lap + 1) % count
    for lap in range(half):
        for one in range(count):
            slot = slot_of(identity[one])
            draw = lap << 32  # a higher degree adds laps and leaves the luck of the first ones alone
            if uniform(network_key, slot, draw) < rewire and neighbours[one] < count - 1:
                other = one
                while other == one or holds(far_end, one, other) or holds(far_end, other, one):
                    draw += 1
                    other = int(uniform(network_key, slot, draw) * count)
                neighbours[far_end[one, lap]] -= 1
                neighbours[other] += 1
                far_end[one, lap] = other
    ties = np.empty((count * half, 2), np.int64)
    for one in range(count):
        for lap in range(half):
            ties[one * half + lap, 0] = one
            ties[one * half + lap, 1] = far_end[one, lap]
    return ties


@inner
def holds(far_end: NDArray[np.int64], one: int, other: int) -> bool:
    """Does `one` hold a tie to `other`?"""
    found = False
    for lap in range(far_end.shape[1]):
        found = found or far_end[one, lap] == other
    return found


@compiled
def scale_free(luck: Luck, identity: NDArray[np.uint64], degree: float) -> NDArray[np.int64]:
    """A network that grows by preferential attachment (Barabási & Albert).

    Each newcomer ties itself to degree/2 of those before it (as many as there are, if fewer; a fraction is a
    chance of one more), each chosen with probability proportional to the ties it has.

    Args:
        luck: the run's luck at month 0.
        identity: shape (N,), in the order of coming.
        degree: twice the number of a newcomer's ties.

    Returns:
        Shape (ties, 2): the newcomer and whom it chose, as places in the order of coming.
    """
    count, whole = identity.shape[0], int(degree / 2.0)
    fraction = degree / 2.0 - whole
    network_key = key(luck, NETWORK)
    ties = np.empty((count * (whole + 1), 2), np.int64)
    made = 0
    for newcomer in range(1, count):
        slot = slot_of(identity[newcomer])
        wanted = min(newcomer, whole + (1 if uniform(network_key, slot, 0) < fraction else 0))
        start, draw = made, 0
        while made < start + wanted:
            draw += 1
            chance = uniform(network_key, slot, draw)
            if start == 0:
                chosen = int(chance * newcomer)
            else:
                end = int(chance * (2 * start))  # an end of a tie, uniformly: who has more ties has more ends
                chosen = ties[end >> 1, end & 1]
            if not chose(ties, start, made, chosen):
                ties[made, 0] = newcomer
                ties[made, 1] = chosen
                made += 1
    return ties[:made]


@inner
def chose(ties: NDArray[np.int64], start: int, stop: int, chosen: int) -> bool:
    """Is `chosen` among those whom the newcomer chose so far?"""
    found = False
    for tie in range(start, stop):
        found = found or ties[tie, 1] == chosen
    return found


@compiled
def all_ties(
    luck: Luck,
    identity: NDArray[np.uint64],
    sector: NDArray[np.int64],
    founded: NDArray[np.int64],
    chances: tuple[float, float, float],
    hub: int,
) -> NDArray[np.int64]:
    """Every tie, in the order of its ends: those founded already, those that pairs draw, and latent ones.

    Args:
        luck: the run's luck at month 0.
        identity: shape (N,).
        sector: shape (N,).
        founded: shape (ties,), ascending: first * N + second of the ties that are there already, first <
            second.
        chances: probability of a tie inside a sector, of one between sectors, and of a latent tie for a pair
            without one.
        hub: the row of an organisation that is tied to all, or -1.

    Returns:
        Shape (E, 3): first end, second end, and source: LATENT_TIE, else the place in `founded`, or its
        length if drawn.
    """
    count = identity.shape[0]
    inside, between, latent = chances
    network_key, latent_key = key(luck, NETWORK), key(luck, LATENT)
    ties = np.empty((max(64, 2 * founded.shape[0]), 3), np.int64)
    made, place = 0, 0
    for first in range(count):
        for second in range(first + 1, count):
            slot = slot_of_pair(identity[first], identity[second])
            chance = inside if sector[first] == sector[second] else between
            source = LATENT_TIE
            if place < founded.shape[0] and founded[place] == first * count + second:
                source = place
                place += 1
            elif first == hub or second == hub or (chance > 0.0 and uniform(network_key, slot, 0) < chance):
                source = founded.shape[0]
            elif latent <= 0.0 or uniform(latent_key, slot, 0) >= latent:
                continue
            if made == ties.shape[0]:
                ties = doubled(ties)
            ties[made, 0] = first
            ties[made, 1] = second
            ties[made, 2] = source
            made += 1
    return ties[:made]


@compiled
def doubled(ties: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same rows in an array twice as long."""
    # Cell by cell: assigning a slice would compile the words of an error about shapes, for seconds.
    longer = np.empty((2 * ties.shape[0], ties.shape[1]), np.int64)
    for row in range(ties.shape[0]):
        for column in range(ties.shape[1]):
            longer[row, column] = ties[row, column]
    return longer


@compiled
def weigh_ties(
    luck: Luck,
    identity: NDArray[np.uint64],
    ties: NDArray[np.int64],
    given: NDArray[np.float64],
    dials: tuple[float, float, float],
    strength: NDArray[np.float64],
    trust: NDArray[np.float64],
) -> None:
    """Set strengths w0 = tie_min + (1 - tie_min) u, 0 if latent, and trust T0 = clip(trust + trust_sd z).

    Args:
        luck: the run's luck at month 0.
        identity: shape (N,).
        ties: from `all_ties`, shape (E, 3).
        given: shape (founded ties, 3): strength, trust of the first, trust of the second; NaN where drawn.
            No rows: all drawn.
        dials: tie_min, trust, trust_sd.
        strength: shape (E,), set.
        trust: shape (E, 2), set.
    """
    tie_min, mean, spread = dials
    strength_key, trust_key = key(luck, STRENGTH), key(luck, TRUST)
    for tie in range(ties.shape[0]):
        first, second, source = identity[ties[tie, 0]], identity[ties[tie, 1]], ties[tie, 2]
        strength[tie] = tie_min + (1.0 - tie_min) * uniform(strength_key, slot_of_pair(first, second), 0)
        if source == LATENT_TIE:
            strength[tie] = 0.0
        elif source < given.shape[0] and not math.isnan(given[source, 0]):
            strength[tie] = given[source, 0]
        for side in range(2):
            trust[tie, side] = min(
                1.0, max(0.0, mean + spread * normal(trust_key, slot_of_direction(first, second), 0))
            )
            if 0 <= source < given.shape[0] and not math.isnan(given[source, side + 1]):
                trust[tie, side] = given[source, side + 1]
            first, second = second, first
