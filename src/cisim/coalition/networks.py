"""Generated networks of ties: small-world, scale-free, random, sector clusters, hub and core-periphery, and latent ties for each.

Small-world (Watts & Strogatz 1998) and scale-free (Barabási & Albert 1999) networks are built one tie after another, in
the order of organisations' identities. In the others each pair has a probability, compared with the pair's own luck, so
that a partner more changes no luck of the others; latent ties are drawn the same way.

Nothing here makes arrays: who calls gives them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cisim.coalition.given import CORE_PERIPHERY, HUB, RANDOM, SCALE_FREE, SECTOR_CLUSTERS, SMALL_WORLD
from cisim.dynamics import dials as at
from cisim.dynamics import luck as streams
from cisim.dynamics.compiled import compiled, inner
from cisim.dynamics.luck import Luck, key, normal, slot_of, slot_of_direction, slot_of_pair, uniform

if TYPE_CHECKING:
    from cisim.coalition.columns import Ints
    from cisim.coalition.given import Given, Room
    from cisim.dynamics.state import Dials, State

#: In the source of a tie: it is latent.
LATENT_TIE = -1


@compiled
def lay_ties(given: Given, row: Dials, seed: np.uint64, room: Room) -> int:
    """List every tie in the order of its ends in `room.ends`: those founded already, those that pairs draw, and latent ones.

    Returns how many there are; the room holds only as many as it has rows.
    """
    luck = Luck(seed, np.int64(0))
    founded = given.pairs
    if given.network == SMALL_WORLD or given.network == SCALE_FREE:
        small = given.network == SMALL_WORLD
        number = small_world(luck, given, row, room) if small else scale_free(luck, given, row, room)
        founded = room.founded[:number]
        count = given.identity.shape[0]
        for tie in range(number):
            one, other = given.order[room.grown[tie, 0]], given.order[room.grown[tie, 1]]
            founded[tie] = min(one, other) * count + max(one, other)
        sort(founded)
    return all_ties(luck, given, row, founded, room)


@inner
def small_world(luck: Luck, given: Given, row: Dials, room: Room) -> int:
    """Draw a ring of neighbours with some ties rewired to anyone (Watts & Strogatz); the degree is even and below N.

    Each organisation holds the ties to the degree/2 that follow it on the ring. Lap by lap round the ring, each tie is with
    probability `rewire` given another far end, uniform among those who are not neighbours of the holder.

    Sets the two ends of each tie as positions on the ring in `room.grown`, and returns their number, N degree/2.
    """
    rewire, half = row[at.COALITION_REWIRE], round(row[at.COALITION_DEGREE] / 2.0)
    count, ties, neighbours = given.identity.shape[0], room.grown, room.counts
    network_key = key(luck, streams.NETWORK)
    for holder in range(count):
        neighbours[holder] = 2 * half
        for lap in range(half):
            ties[holder * half + lap, 0] = holder
            ties[holder * half + lap, 1] = (holder + lap + 1) % count
    for lap in range(half):
        for holder in range(count):
            slot = slot_of(given.identity[given.order[holder]])
            draw = lap << 32  # a higher degree adds laps and leaves the luck of the first ones alone
            if uniform(network_key, slot, draw) < rewire and neighbours[holder] < count - 1:
                other = holder
                while other == holder or holds(ties, half, holder, other) or holds(ties, half, other, holder):
                    draw += 1
                    other = int(uniform(network_key, slot, draw) * count)
                neighbours[ties[holder * half + lap, 1]] -= 1
                neighbours[other] += 1
                ties[holder * half + lap, 1] = other
    return count * half


@inner
def holds(ties: Ints, half: int, holder: int, other: int) -> bool:
    """Return True if `holder`, who holds `half` ties, holds one to `other`."""
    return chose(ties, holder * half, (holder + 1) * half, other)


@inner
def scale_free(luck: Luck, given: Given, row: Dials, room: Room) -> int:
    """Draw a network that grows by preferential attachment (Barabási & Albert).

    Each newcomer ties itself to degree/2 of those before it (as many as there are, if fewer; a fraction is a chance of one
    more), each chosen with probability proportional to the ties it has.

    Sets the newcomer and whom it chose as positions in the order of coming in `room.grown`, and returns the number of ties.
    """
    degree = row[at.COALITION_DEGREE]
    count, whole, ties = given.identity.shape[0], int(degree / 2.0), room.grown
    fraction = degree / 2.0 - whole
    network_key = key(luck, streams.NETWORK)
    filled = 0
    for newcomer in range(1, count):
        slot = slot_of(given.identity[given.order[newcomer]])
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
    return filled


@inner
def chose(ties: Ints, start: int, stop: int, chosen: int) -> bool:
    """Return True if `chosen` is the far end of one of the ties start..stop-1."""
    found = False
    for tie in range(start, stop):
        found = found or ties[tie, 1] == chosen
    return found


@inner
def sort(values: Ints) -> None:
    """Sort in place, ascending (heapsort): NumPy's own makes arrays."""
    number = values.shape[0]
    for start in range(number // 2 - 1, -1, -1):
        sift(values, start, number)
    for end in range(number - 1, 0, -1):
        values[0], values[end] = values[end], values[0]
        sift(values, 0, end)


@inner
def sift(values: Ints, start: int, number: int) -> None:
    """Let a value sink in a heap of so many until none below it is larger."""
    place = start
    while 2 * place + 1 < number:
        larger = 2 * place + 1
        if larger + 1 < number and values[larger + 1] > values[larger]:
            larger += 1
        if values[place] >= values[larger]:
            break
        values[place], values[larger] = values[larger], values[place]
        place = larger


@inner
def all_ties(luck: Luck, given: Given, row: Dials, founded: Ints, room: Room) -> int:
    """List every tie: the two ends, and the source: LATENT_TIE, else the index in `founded`, or its length if drawn.

    `founded` holds first * N + second of the ties that are there already, first < second, ascending. A pair without a tie has a
    latent one with probability latent/(N - 1).
    """
    count, ends = given.identity.shape[0], room.ends
    core, chances = chances_of(given, row, room.counts)
    latent = row[at.COALITION_LATENT] / (count - 1)
    network_key, latent_key = key(luck, streams.NETWORK), key(luck, streams.LATENT)
    filled, next_founded = 0, 0
    for first in range(count):
        for second in range(first + 1, count):
            slot = slot_of_pair(given.identity[first], given.identity[second])
            if given.network == SECTOR_CLUSTERS:
                chance = chances[0] if given.sector[first] == given.sector[second] else chances[1]
            else:
                chance = chances[(given.place[first] >= core) + (given.place[second] >= core)]
            source = LATENT_TIE
            if next_founded < founded.shape[0] and founded[next_founded] == first * count + second:
                source = next_founded
                next_founded += 1
            elif chance > 0.0 and uniform(network_key, slot, 0) < chance:
                source = founded.shape[0]
            elif latent <= 0.0 or uniform(latent_key, slot, 0) >= latent:
                continue
            if filled < ends.shape[0]:
                ends[filled, 0] = first
                ends[filled, 1] = second
                ends[filled, 2] = source
            filled += 1
    return filled


@inner
def chances_of(given: Given, row: Dials, counts: Ints) -> tuple[int, tuple[float, float, float]]:
    """Return how many are in the core, and the chances of a tie in it, between it and the others, and among the others.

    In sector clusters the first two are those inside a sector and between two. `counts` is scratch, (N,).
    """
    count = given.identity.shape[0]
    pairs, expected = count * (count - 1) / 2, count * row[at.COALITION_DEGREE] / 2
    if given.network == RANDOM:
        return 0, (0.0, 0.0, expected / pairs)
    if given.network == HUB:
        # The hub's own ties are part of the mean degree; what remains is spread over the pairs of the others.
        others = pairs - (count - 1)
        return 1, (1.0, 1.0, max(0.0, expected - (count - 1)) / others if others > 0.0 else 0.0)
    if given.network == CORE_PERIPHERY:
        core = max(1, int(row[at.COALITION_CORE] * count + 0.5))
        return core, core_chances(core, count - core, expected)
    if given.network == SECTOR_CLUSTERS:
        counts[:] = 0
        pairs_inside = 0.0
        for i in range(count):
            pairs_inside += counts[given.sector[i]]
            counts[given.sector[i]] += 1
        pairs_between = pairs - pairs_inside
        # Where one kind of pair can't hold its share of the ties, the other takes the rest.
        between = min(pairs_between, expected - min(pairs_inside, row[at.COALITION_CLUSTERING] * expected))
        inside = min(pairs_inside, expected - between)
        return 0, (
            inside / pairs_inside if pairs_inside > 0.0 else 0.0,
            between / pairs_between if pairs_between > 0.0 else 0.0,
            0.0,
        )
    return 0, (0.0, 0.0, 0.0)


@compiled
def core_chances(core: int, periphery: int, expected: float) -> tuple[float, float, float]:
    """Compute the probability of a tie in the core, between core and periphery, and in the periphery, for an expected number of ties.

    They are 100 p, 10 p and p; one that would be above 1 is 1, and the others take the rest.
    """
    inner_pairs, mixed_pairs, outer_pairs = (
        core * (core - 1) / 2,
        1.0 * core * periphery,
        periphery * (periphery - 1) / 2,
    )
    in_core = chance_of(100.0, expected, inner_pairs * 100.0 + mixed_pairs * 10.0 + outer_pairs)
    expected -= in_core * inner_pairs
    mixed = chance_of(10.0, expected, mixed_pairs * 10.0 + outer_pairs)
    expected -= mixed * mixed_pairs
    return in_core, mixed, chance_of(1.0, expected, outer_pairs)


@inner
def chance_of(weight: float, expected: float, weighed: float) -> float:
    """Return the probability of a tie of a kind of pair, by its weight, for a number of ties and pairs counted by their weights."""
    return min(1.0, weight * expected / weighed) if weighed > 0.0 else 0.0


@inner
def weigh_ties(luck: Luck, given: Given, row: Dials, ends: Ints, state: State) -> None:
    """Set ties' ends, strengths w0 = tie_min + (1 - tie_min) u, 0 if latent, and trust T0 = clip(trust + trust_sd z).

    `ends` come from `all_ties`.
    """
    tie_min, reports = row[at.COALITION_TIE_MIN], given.reports
    strength_key, trust_key = key(luck, streams.STRENGTH), key(luck, streams.TRUST)
    for e in range(state.ties.shape[0]):
        tie, source = state.ties[e], ends[e, 2]
        tie.first, tie.second = ends[e, 0], ends[e, 1]
        first, second = given.identity[tie.first], given.identity[tie.second]
        tie.strength = tie_min + (1.0 - tie_min) * uniform(strength_key, slot_of_pair(first, second), 0)
        tie.first_trust = founding_trust(row, normal(trust_key, slot_of_direction(first, second), 0))
        tie.second_trust = founding_trust(row, normal(trust_key, slot_of_direction(second, first), 0))
        if source == LATENT_TIE:
            tie.strength = 0.0
        elif source < reports.shape[0]:
            tie.strength = told(reports[source, 0], tie.strength)
            tie.first_trust = told(reports[source, 1], tie.first_trust)
            tie.second_trust = told(reports[source, 2], tie.second_trust)


@inner
def founding_trust(row: Dials, z: float) -> float:
    """Return trust at founding, from a standard normal."""
    return min(1.0, max(0.0, row[at.COALITION_TRUST] + row[at.COALITION_TRUST_SD] * z))


@inner
def told(value: float, drawn: float) -> float:
    """Return what a file tells, or what was drawn where it tells nothing."""
    return drawn if math.isnan(value) else value
