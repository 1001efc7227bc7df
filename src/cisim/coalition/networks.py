"""Generated networks of ties: small-world, scale-free, random, sector clusters, hub and core-periphery, and latent ties for each.

Small-world (Watts & Strogatz 1998) and scale-free (Barabási & Albert 1999) networks are built one tie after another, in
the order of organisations' identities. In the others each pair has a probability, compared with the pair's own luck, so
that a partner more changes no luck of the others; latent ties are drawn the same way.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cisim.dynamics import luck as streams
from cisim.dynamics.compiled import compiled, inner
from cisim.dynamics.luck import Luck, key, normal, slot_of, slot_of_direction, slot_of_pair, uniform

if TYPE_CHECKING:
    from cisim.coalition.columns import Floats, Identities, Ints

#: In the source of a tie: it is latent.
LATENT_TIE = -1


@compiled
def small_world(luck: Luck, identity: Identities, degree: float, rewire: float) -> Ints:
    """Draw a ring of neighbours with some ties rewired to anyone (Watts & Strogatz).

    Each organisation holds the ties to the degree/2 that follow it on the ring. Lap by lap round the ring, each tie is with
    probability `rewire` given another far end, uniform among those who are not neighbours of the holder.

    `identity`, (N,), is in the order of the ring, `degree` even and below N. Returns the two ends of each tie as positions on
    the ring, (N degree/2, 2).
    """
    count, half = identity.shape[0], round(degree / 2.0)
    network_key = key(luck, streams.NETWORK)
    far_end = np.empty((count, half), np.int64)
    neighbours = np.empty(count, np.int64)
    for holder in range(count):
        neighbours[holder] = 2 * half
        for lap in range(half):
            far_end[holder, lap] = (holder + lap + 1) % count
    for lap in range(half):
        for holder in range(count):
            slot = slot_of(identity[holder])
            draw = lap << 32  # a higher degree adds laps and leaves the luck of the first ones alone
            if uniform(network_key, slot, draw) < rewire and neighbours[holder] < count - 1:
                other = holder
                while other == holder or holds(far_end, holder, other) or holds(far_end, other, holder):
                    draw += 1
                    other = int(uniform(network_key, slot, draw) * count)
                neighbours[far_end[holder, lap]] -= 1
                neighbours[other] += 1
                far_end[holder, lap] = other
    ties = np.empty((count * half, 2), np.int64)
    for holder in range(count):
        for lap in range(half):
            ties[holder * half + lap, 0] = holder
            ties[holder * half + lap, 1] = far_end[holder, lap]
    return ties


@inner
def holds(far_end: Ints, holder: int, other: int) -> bool:
    """Return True if `holder` holds a tie to `other`."""
    found = False
    for lap in range(far_end.shape[1]):
        found = found or far_end[holder, lap] == other
    return found


@compiled
def scale_free(luck: Luck, identity: Identities, degree: float) -> Ints:
    """Draw a network that grows by preferential attachment (Barabási & Albert).

    Each newcomer ties itself to degree/2 of those before it (as many as there are, if fewer; a fraction is a chance of one
    more), each chosen with probability proportional to the ties it has.

    `identity`, (N,), is in the order of coming. Returns the newcomer and whom it chose as positions in that order, (ties, 2).
    """
    count, whole = identity.shape[0], int(degree / 2.0)
    fraction = degree / 2.0 - whole
    network_key = key(luck, streams.NETWORK)
    ties = np.empty((count * (whole + 1), 2), np.int64)
    filled = 0
    for newcomer in range(1, count):
        slot = slot_of(identity[newcomer])
        choices = min(newcomer, whole + (1 if uniform(network_key, slot, 0) < fraction else 0))
        start, draw = filled, 0
        while filled < start + choices:
            draw += 1
            chance = uniform(network_key, slot, draw)
            if start == 0:
                chosen = int(chance * newcomer)
            else:
                end = int(chance * (2 * start))  # an end of a tie, uniformly: who has more ties has more ends
                chosen = ties[end >> 1, end & 1]
            if not chose(ties, start, filled, chosen):
                ties[filled, 0] = newcomer
                ties[filled, 1] = chosen
                filled += 1
    return ties[:filled]


@inner
def chose(ties: Ints, start: int, stop: int, chosen: int) -> bool:
    """Return True if `chosen` is the far end of one of the ties start..stop-1."""
    found = False
    for tie in range(start, stop):
        found = found or ties[tie, 1] == chosen
    return found


@compiled
def all_ties(luck: Luck, identity: Identities, group: Ints, founded: Ints, chances: Floats, latent: float) -> Ints:
    """List every tie in the order of its ends: those founded already, those that pairs draw, and latent ones.

    `founded` holds first * N + second of the ties that are there already, first < second, ascending; `chances`, (groups, groups), the
    probability of a tie by the groups of its two ends, `latent` that of a latent tie for a pair without one.

    Returns (E, 3): first end, second end, and source: LATENT_TIE, else the index in `founded`, or its length if drawn.
    """
    count = identity.shape[0]
    network_key, latent_key = key(luck, streams.NETWORK), key(luck, streams.LATENT)
    ties = np.empty((max(64, 2 * founded.shape[0]), 3), np.int64)
    filled, next_founded = 0, 0
    for first in range(count):
        for second in range(first + 1, count):
            slot = slot_of_pair(identity[first], identity[second])
            chance = chances[group[first], group[second]]
            source = LATENT_TIE
            if next_founded < founded.shape[0] and founded[next_founded] == first * count + second:
                source = next_founded
                next_founded += 1
            elif chance > 0.0 and uniform(network_key, slot, 0) < chance:
                source = founded.shape[0]
            elif latent <= 0.0 or uniform(latent_key, slot, 0) >= latent:
                continue
            if filled == ties.shape[0]:
                ties = doubled(ties)
            ties[filled, 0] = first
            ties[filled, 1] = second
            ties[filled, 2] = source
            filled += 1
    return ties[:filled]


@compiled
def doubled(ties: Ints) -> Ints:
    """Copy rows into an array twice as long."""
    # Cell by cell: assigning a slice would compile the words of an error about shapes, for seconds.
    longer = np.empty((2 * ties.shape[0], ties.shape[1]), np.int64)
    for row in range(ties.shape[0]):
        for column in range(ties.shape[1]):
            longer[row, column] = ties[row, column]
    return longer


@compiled
def weigh_ties(
    luck: Luck,
    identity: Identities,
    ties: Ints,
    given: Floats,
    dials: tuple[float, float, float],
    strength: Floats,
    trust: Floats,
) -> None:
    """Set strengths w0 = tie_min + (1 - tie_min) u, 0 if latent, and trust T0 = clip(trust + trust_sd z).

    `ties` come from `all_ties`; `given`, (founded ties, 3), holds strength, trust of the first and of the second, NaN where
    drawn, and no rows if all are drawn; `dials` are tie_min, trust, trust_sd. Sets `strength`, (E,), and `trust`, (E, 2).
    """
    tie_min, mean, spread = dials
    strength_key, trust_key = key(luck, streams.STRENGTH), key(luck, streams.TRUST)
    for tie in range(ties.shape[0]):
        first, second, source = identity[ties[tie, 0]], identity[ties[tie, 1]], ties[tie, 2]
        strength[tie] = tie_min + (1.0 - tie_min) * uniform(strength_key, slot_of_pair(first, second), 0)
        if source == LATENT_TIE:
            strength[tie] = 0.0
        elif source < given.shape[0] and not math.isnan(given[source, 0]):
            strength[tie] = given[source, 0]
        for side in range(2):
            z = normal(trust_key, slot_of_direction(first, second), 0)
            trust[tie, side] = min(1.0, max(0.0, mean + spread * z))
            if 0 <= source < given.shape[0] and not math.isnan(given[source, side + 1]):
                trust[tie, side] = given[source, side + 1]
            first, second = second, first
