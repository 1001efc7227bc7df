"""The coalition at month 0 of one run: what files give is kept, everything else is drawn from the run's seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from cisim.coalition.landscape import landscape
from cisim.coalition.networks import all_ties, scale_free, small_world, weigh_ties
from cisim.dynamics import luck as streams
from cisim.dynamics.compiled import compiled
from cisim.dynamics.luck import Luck, key, normal, slot_of, uniform

if TYPE_CHECKING:
    from cisim.coalition.columns import Floats, Identities, Ints
    from cisim.coalition.rosters import Roster
    from cisim.scenario import Scenario


@dataclass(frozen=True, eq=False, slots=True)
class Coalition:
    """A coalition at its founding. N organisations, D outcomes, R roles, E ties (latent ones included)."""

    names: tuple[str, ...]  #: of the organisations.
    sector_names: tuple[str, ...]  #: of the sectors.
    sector: Ints  #: (N,) index of the sector.
    identity: Identities  #: (N,) where the organisation's luck is drawn.
    resources: Floats  #: (N,) r, nominal, FTE.
    deviation: Floats  #: (N,) a, deviation of log resources from nominal.
    mission: Floats  #: (N, D) G0, each row sums to 1.
    competence: Floats  #: (N, R) c.
    mix: Floats  #: (N, R) x0, each row sums to 1.
    bias: Floats  #: (N, D) of what an organisation sees of the indicators.
    practice: Ints  #: (N,) s, a string of bits.
    initial_commitment: Floats  #: (N,) k0.
    founder: Ints  #: (N,) 1 if it becomes a member when the coalition starts, else 0.
    first: Ints  #: (E,) row of one end of each tie; ties are in the order of (first, second).
    second: Ints  #: (E,) row of the other end, above `first`.
    strength: Floats  #: (E,) w0, 0 for a latent tie.
    trust: Floats  #: (E, 2) T0 of the first in the second, and of the second in the first.
    effectiveness: Floats  #: (2^bits,) E(s) of each practice.


def draw(scenario: Scenario, roster: Roster, seed: int | np.uint64) -> Coalition:
    """Draw the coalition at month 0 of the run with this seed, 0 to 2^64 - 1; the same arguments give the same coalition.

    Who takes part is read once, by `roster(scenario)`.

    Example:
        >>> from cisim.coalition import draw, roster
        >>> from cisim.scenario import Scenario
        >>> scenario = Scenario()
        >>> draw(scenario, roster(scenario), seed=1).resources.shape
        (30,)
    """
    luck = Luck(np.uint64(seed), np.int64(0))
    coalition, practice, identity = scenario.coalition, scenario.practice, roster.identity
    competence, mix = roster.competence.copy(), roster.mix.copy()
    scores = normals(luck, streams.COMPETENCE, identity, mix.shape[1])
    set_competence_and_mix(coalition.competence_sd, coalition.role_skew, scores, competence, mix)
    # k0 = clip(initial + initial_sd z)
    z = normals(luck, streams.COMMITMENT, identity, 1)[:, 0]
    commitment = (scenario.commitment.initial + scenario.commitment.initial_sd * z).clip(0, 1)
    first, second, strength, trust = _ties(luck, scenario, roster)
    return Coalition(
        names=roster.names,
        sector_names=roster.sector_names,
        sector=roster.sector,
        identity=identity,
        resources=_resources(luck, scenario, roster),
        deviation=_deviation(luck, scenario, roster),
        mission=_missions(luck, scenario, roster),
        competence=competence,
        mix=mix,
        bias=scenario.measurement.bias * normals(luck, streams.BIAS, identity, roster.mission.shape[1]),
        practice=practices(luck, identity, practice.bits),
        initial_commitment=np.where(np.isnan(roster.commitment), commitment, roster.commitment),
        founder=_founders(luck, scenario, roster),
        first=first,
        second=second,
        strength=strength,
        trust=trust,
        effectiveness=landscape(luck, practice.bits, practice.ruggedness, practice.worst),
    )


def _resources(luck: Luck, scenario: Scenario, roster: Roster) -> Floats:
    """Draw r = size_mean exp(size_sd z - size_sd^2/2), z drawn or the normal score of the size's rank."""
    mean, spread = scenario.coalition.size_mean, scenario.coalition.size_sd
    z = normals(luck, streams.SIZE, roster.identity, 1)[:, 0]
    ranked = np.flatnonzero(~np.isnan(roster.size_rank))
    z[ranked] = [NormalDist().inv_cdf(rank) for rank in roster.size_rank[ranked]]
    drawn = mean * exponentials(spread * z - spread**2 / 2)
    return np.where(np.isnan(roster.resources), drawn, roster.resources)


def _deviation(luck: Luck, scenario: Scenario, roster: Roster) -> Floats:
    """Draw a = sqrt(var) (sqrt(c) z_common + sqrt(1 - c) z), with c = resource_common.

    Here var = (resource_volatility^2/12)/(1 - phi^2), phi = 1 - 1/resource_memory.
    """
    coalition = scenario.coalition
    persistence, common = 1 - 1 / coalition.resource_memory, coalition.resource_common
    spread = math.sqrt(coalition.resource_volatility**2 / 12 / (1 - persistence**2))
    z_common = normals(luck, streams.RESOURCES_COMMON, np.zeros(1, np.uint64), 1)[:, 0]  # at identity 0
    z = normals(luck, streams.RESOURCES, roster.identity, 1)[:, 0]
    deviation: Floats = spread * (math.sqrt(common) * z_common + math.sqrt(1 - common) * z)
    return deviation


def _missions(luck: Luck, scenario: Scenario, roster: Roster) -> Floats:
    """Draw G0 = a psi + (1 - a) xi, xi ~ Dirichlet(1/2) over the outcomes that have a weight, psi their weights."""
    alignment, weights = scenario.agenda.alignment, np.array(scenario.outcome_weights)
    squares = normals(luck, streams.MISSION, roster.identity, len(weights)) ** 2 * (weights > 0.0)
    total = squares[:, 0].copy()
    for outcome in range(1, len(weights)):  # not .sum(), whose order may vary
        total += squares[:, outcome]
    drawn = alignment * weights + (1 - alignment) * (squares / total[:, None])
    return np.where(np.isnan(roster.mission), drawn, roster.mission)


def _founders(luck: Luck, scenario: Scenario, roster: Roster) -> Ints:
    """Draw the founders that no file names: u < founding; if there is none at all, whoever drew the smallest u."""
    drawn = np.where(np.isnan(roster.founder), uniforms(luck, streams.FOUNDER, roster.identity), np.inf)
    founder: Ints = ((drawn < scenario.coalition.founding) | (roster.founder == 1)).astype(np.int64)
    if not founder.any():
        founder[np.argmin(drawn)] = 1
    return founder


def _ties(luck: Luck, scenario: Scenario, roster: Roster) -> tuple[Ints, Ints, Floats, Floats]:
    """Draw first ends, second ends, strengths and trust of all ties."""
    coalition, count = scenario.coalition, len(roster.names)
    group, chances = np.zeros(count, np.int64), np.zeros((1, 1))
    founded, given = np.empty(0, np.int64), np.empty((0, 3))
    if roster.ties is not None:
        founded, given = roster.ties.first * count + roster.ties.second, roster.ties.given
    elif coalition.network in ("small-world", "scale-free"):
        order = np.argsort(roster.identity)
        grown = (luck, roster.identity[order], float(coalition.degree))
        small = coalition.network == "small-world"
        ends = np.sort(order[small_world(*grown, coalition.rewire) if small else scale_free(*grown)], axis=1)
        founded = np.sort(ends[:, 0] * count + ends[:, 1])
    else:
        group, chances = _chances(scenario, roster)
    ties = all_ties(luck, roster.identity, group, founded, chances, coalition.latent / (count - 1))
    strength, trust = np.empty(len(ties)), np.empty((len(ties), 2))
    dials = (coalition.tie_min, coalition.trust, coalition.trust_sd)
    weigh_ties(luck, roster.identity, ties, given, dials, strength, trust)
    return ties[:, 0].copy(), ties[:, 1].copy(), strength, trust


def _chances(scenario: Scenario, roster: Roster) -> tuple[Ints, Floats]:
    """Group of each organisation, (N,), and probability of a tie by the groups of its ends, for the networks that draw pair by pair."""
    coalition, count = scenario.coalition, len(roster.names)
    pairs, expected = count * (count - 1) / 2, count * coalition.degree / 2
    place = np.argsort(np.argsort(roster.identity))
    if coalition.network == "random":
        return np.zeros(count, np.int64), np.full((1, 1), expected / pairs)
    if coalition.network == "hub":
        # The hub's own ties are part of the mean degree; what remains is spread over the pairs of the others.
        others = pairs - (count - 1)
        chance = max(0.0, expected - (count - 1)) / others if others else 0.0
        return np.minimum(place, 1), np.array([[1.0, 1.0], [1.0, chance]])
    if coalition.network == "core-periphery":
        core = max(1, math.floor(coalition.core * count + 0.5))
        inner, mixed, outer = core_chances(core, count - core, expected)
        return (place >= core).astype(np.int64), np.array([[inner, mixed], [mixed, outer]])
    sizes = np.bincount(roster.sector)
    pairs_inside = float((sizes * (sizes - 1)).sum() / 2)
    pairs_between = pairs - pairs_inside
    # Where one kind of pair can't hold its share of the ties, the other takes the rest.
    between = min(pairs_between, expected - min(pairs_inside, coalition.clustering * expected))
    inside = min(pairs_inside, expected - between)
    chances = np.full((len(sizes), len(sizes)), between / pairs_between if pairs_between else 0.0)
    np.fill_diagonal(chances, inside / pairs_inside if pairs_inside else 0.0)
    return roster.sector, chances


def core_chances(core: int, periphery: int, expected: float) -> tuple[float, float, float]:
    """Compute the probability of a tie in the core, between core and periphery, and in the periphery, for an expected number of ties.

    They are 100 p, 10 p and p; one that would be above 1 is 1, and the others take the rest.
    """
    kinds = ((core * (core - 1) / 2, 100.0), (core * periphery, 10.0), (periphery * (periphery - 1) / 2, 1.0))
    chances = [0.0, 0.0, 0.0]
    for kind, (pairs, weight) in enumerate(kinds):
        weighed = sum(pairs * weight for pairs, weight in kinds[kind:])
        chances[kind] = min(1.0, weight * expected / weighed) if weighed else 0.0
        expected -= chances[kind] * pairs
    return chances[0], chances[1], chances[2]


@compiled
def normals(luck: Luck, stream: np.uint64, identity: Identities, components: int) -> Floats:
    """Draw standard normals of a stream, shape (N, components)."""
    stream_key = key(luck, stream)
    drawn = np.empty((identity.shape[0], components), np.float64)
    for i in range(identity.shape[0]):
        for component in range(components):
            drawn[i, component] = normal(stream_key, slot_of(identity[i]), component)
    return drawn


@compiled
def uniforms(luck: Luck, stream: np.uint64, identity: Identities) -> Floats:
    """Draw a uniform number of a stream for each organisation, shape (N,)."""
    stream_key = key(luck, stream)
    drawn = np.empty(identity.shape[0], np.float64)
    for i in range(identity.shape[0]):
        drawn[i] = uniform(stream_key, slot_of(identity[i]), 0)
    return drawn


@compiled
def series(stream_key: np.uint64, slot: np.uint64, components: int) -> Floats:
    """Draw uniform numbers of one slot of a stream, shape (components,)."""
    drawn = np.empty(components, np.float64)
    for component in range(components):
        drawn[component] = uniform(stream_key, slot, component)
    return drawn


@compiled
def exponentials(exponents: Floats) -> Floats:
    """Raise e to each number. NumPy's own is vectorised by processor and version, so its last bits vary."""
    results = np.empty(exponents.shape[0], np.float64)
    for i in range(exponents.shape[0]):
        results[i] = math.exp(exponents[i])
    return results


@compiled
def practices(luck: Luck, identity: Identities, bits: int) -> Ints:
    """Draw a practice for each organisation, uniform over all strings of bits, shape (N,)."""
    drawn = uniforms(luck, streams.PRACTICE, identity)
    strings = np.empty(identity.shape[0], np.int64)
    for i in range(identity.shape[0]):
        strings[i] = int(drawn[i] * (1 << bits))
    return strings


@compiled
def set_competence_and_mix(spread: float, role_skew: float, scores: Floats, competence: Floats, mix: Floats) -> None:
    """Set competences and mixes where they are not given (NaN).

    These are c = exp(competence_sd z - competence_sd^2/2), and x0 proportional to (k + 1)^-role_skew c^2. `spread` is
    competence_sd, `scores` are z; all arrays are (N, R).
    """
    for i in range(mix.shape[0]):
        total = 0.0
        for k in range(mix.shape[1]):
            if math.isnan(competence[i, k]):
                competence[i, k] = math.exp(spread * scores[i, k] - spread * spread / 2.0)
            total += (k + 1.0) ** -role_skew * competence[i, k] * competence[i, k]
        if math.isnan(mix[i, 0]):
            for k in range(mix.shape[1]):
                mix[i, k] = (k + 1.0) ** -role_skew * competence[i, k] * competence[i, k] / total
