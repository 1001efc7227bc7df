"""What decides a coalition besides the dials and luck of a run, as arrays for compiled code; and the memory that drawing it takes."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np

from cisim.dynamics import dials as at
from cisim.dynamics.compiled import compiled
from cisim.dynamics.measures import centred, scaled
from cisim.scenario.sections import Network

if TYPE_CHECKING:
    from cisim.coalition.columns import Floats, Identities, Ints
    from cisim.coalition.rosters import Roster
    from cisim.dynamics.state import Dials
    from cisim.scenario import Scenario

#: The networks by their numbers, those that can be generated in the order of `Network`.
FROM_FILE = -1
RANDOM, SMALL_WORLD, SCALE_FREE, SECTOR_CLUSTERS, HUB, CORE_PERIPHERY = range(6)
NETWORKS: dict[str, int] = {name: number for number, name in enumerate(get_args(Network))}


class Given(NamedTuple):
    """Who takes part and what is known of them, NaN where it is drawn. N organisations, D outcomes, R roles, F ties from a file, H groups."""

    network: int  #: FROM_FILE, or one of NETWORKS
    identity: Identities  #: (N,) where the organisation's luck is drawn
    order: Ints  #: (N,) rows of the organisations in the order of their identities
    place: Ints  #: (N,) of each organisation in that order
    sector: Ints  #: (N,)
    resources: Floats  #: (N,) FTE
    size: Floats  #: (N,) normal score of its rank by size
    commitment: Floats  #: (N,) when joining
    founder: Floats  #: (N,) 1 if it is there when the coalition starts, 0 if not
    mission: Floats  #: (N, D)
    competence: Floats  #: (N, R)
    mix: Floats  #: (N, R)
    pairs: Ints  #: (F,) first * N + second of each tie, ascending
    reports: Floats  #: (F, 3) strength, trust of the first in the second, of the second in the first
    baselines: Floats  #: (D,) of the outcomes
    weights: Floats  #: (D,) of the outcomes, their sum 1
    residents: Floats  #: (H, 4) is the group named (1 or 0), its share of all people, shift, barrier; one row if there are none


def given_of(scenario: Scenario, roster: Roster) -> Given:
    """Collect what decides the coalitions of all runs of a scenario."""
    order = np.argsort(roster.identity)
    size = np.full(len(order), np.nan)
    ranked = np.flatnonzero(~np.isnan(roster.size_rank))
    size[ranked] = [NormalDist().inv_cdf(rank) for rank in roster.size_rank[ranked]]
    ties, outcomes = roster.ties, scenario.community.outcomes
    return Given(
        network=NETWORKS[scenario.coalition.network] if ties is None else FROM_FILE,
        identity=roster.identity,
        order=order,
        place=np.argsort(order),
        sector=roster.sector,
        resources=roster.resources,
        size=size,
        commitment=roster.commitment,
        founder=roster.founder,
        mission=roster.mission,
        competence=roster.competence,
        mix=roster.mix,
        pairs=np.empty(0, np.int64) if ties is None else ties.first * len(order) + ties.second,
        reports=np.empty((0, 3)) if ties is None else ties.given,
        baselines=np.array([outcome.baseline for outcome in outcomes]),
        weights=np.array(scenario.outcome_weights),
        residents=residents_of(scenario),
    )


def residents_of(scenario: Scenario) -> Floats:
    """Tell the groups of residents, (H, 4), with shares and shifts scaled as the model counts them."""
    groups = scenario.community.groups
    if not groups:
        return np.array([[0.0, 1.0, 0.0, 0.0]])
    shares = scaled(group.share for group in groups)
    shifts = centred([group.shift for group in groups], shares)
    rows = zip(shares, shifts, [group.barrier for group in groups], strict=True)
    return np.array([[1.0, *row] for row in rows])


class Room(NamedTuple):
    """Memory that drawing a coalition takes on the way."""

    ends: Ints  #: (ties, 3) first end, second end and source of each tie
    grown: Ints  #: (grown, 2) ends of a network that is built tie by tie, as places in the order of identities
    founded: Ints  #: (grown,) first * N + second of each of its ties
    counts: Ints  #: (N,)
    weight: Ints  #: (bits,); this and what follows as `LandscapeRoom` has it
    low: Ints  #: (low,)
    high: Ints  #: (high,)
    components: Floats  #: (components,)


#: What `room_sizes` tells, in its order; `ends` is most likely long enough.
ROOM_SIZES = ("ends", "grown", "bits", "low", "high", "components")


@compiled
def room_sizes(given: Given, row: Dials, sizes: Ints) -> None:
    """Set the lengths of the memory that drawing the coalition of a run takes."""
    number, bits = given.identity.shape[0], int(row[at.PRACTICE_BITS])
    expected = given.pairs.shape[0] + number * (row[at.COALITION_DEGREE] + row[at.COALITION_LATENT]) / 2.0
    sizes[0] = int(64 + 1.2 * expected)
    sizes[1] = number * (int(row[at.COALITION_DEGREE] / 2.0) + 1)
    sizes[2] = bits
    sizes[3] = 1 << bits // 2
    sizes[4] = 1 << bits - bits // 2
    sizes[5] = 1 << int(row[at.PRACTICE_RUGGEDNESS]) + 1


def room_for(given: Given, row: Dials, ties: int = 0) -> Room:
    """Make the memory for the coalition of a run, for so many ties if they are known."""
    sizes = np.empty(len(ROOM_SIZES), np.int64)
    room_sizes(given, row, sizes)
    ends, grown, bits, low, high, components = sizes
    return Room(
        ends=np.empty((ties or ends, 3), np.int64),
        grown=np.empty((grown, 2), np.int64),
        founded=np.empty(grown, np.int64),
        counts=np.empty(len(given.identity), np.int64),
        weight=np.empty(bits, np.int64),
        low=np.empty(low, np.int64),
        high=np.empty(high, np.int64),
        components=np.empty(components),
    )
