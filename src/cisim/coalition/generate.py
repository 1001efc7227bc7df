"""The coalition at month 0 of one run: what files give is kept, everything else is drawn from the run's seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.coalition.given import Given, Room, given_of, room_for
from cisim.coalition.landscape import LandscapeRoom, draw_landscape
from cisim.coalition.networks import lay_ties, told, weigh_ties
from cisim.dynamics import dials as at
from cisim.dynamics import luck as streams
from cisim.dynamics.arithmetic import exp, power
from cisim.dynamics.compiled import compiled, inner
from cisim.dynamics.founding import Sizes, begin, empty_state
from cisim.dynamics.luck import Luck, key, normal, slot_of, uniform
from cisim.scenario.compile import compile_dials

if TYPE_CHECKING:
    from cisim.coalition.columns import Floats, Identities, Ints
    from cisim.coalition.rosters import Roster
    from cisim.dynamics.state import Dials, State
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
    state = founded(given_of(scenario, roster), compile_dials(scenario), seed)
    organisations, roles, stances, ties = state.organisations, state.roles, state.stances, state.ties
    return Coalition(
        names=roster.names,
        sector_names=roster.sector_names,
        sector=roster.sector,
        identity=roster.identity,
        resources=organisations["resources"].copy(),
        deviation=organisations["deviation"].copy(),
        mission=stances["mission"].copy(),
        competence=roles["competence"].copy(),
        mix=roles["mix"].copy(),
        bias=stances["bias"].copy(),
        practice=organisations["practice"].copy(),
        initial_commitment=organisations["initial_commitment"].copy(),
        founder=organisations["founder"].copy(),
        first=ties["first"].copy(),
        second=ties["second"].copy(),
        strength=ties["strength"].copy(),
        trust=np.stack([ties["first_trust"], ties["second_trust"]], axis=1),
        effectiveness=state.effectiveness,
    )


def founded(
    given: Given, row: Dials, seed: int | np.uint64, events: int = 0, fields: Mapping[str, float] | None = None
) -> State:
    """Make the state at month 0 of the run with this seed, by its row of dials before any event.

    `events` is the number of the scenario's events; organisations have a user's own `fields` besides, with these values.
    """
    number, luck = len(given.identity), np.uint64(seed)
    room = room_for(given, row)
    ties = lay_ties(given, row, luck, room)
    if ties > len(room.ends):
        room = room_for(given, row, ties)
        lay_ties(given, row, luck, room)
    outcomes, roles, groups = given.mission.shape[1], given.mix.shape[1], len(given.residents)
    sectors, practices = int(given.sector.max()) + 1, 1 << int(row[at.PRACTICE_BITS])
    sizes = Sizes(number, sectors, outcomes, roles, ties, groups, practices, events)
    state = empty_state(sizes, fields)
    found(state, given, row, luck, room)
    return state


@compiled
def found(state: State, given: Given, row: Dials, seed: np.uint64, room: Room) -> None:
    """Fill the state at month 0, which is all zero but for a user's own fields; `room` is as `lay_ties` left it."""
    luck = Luck(seed, np.int64(0))
    set_organisations(state, given, row, luck)
    set_founders(state, given, row, luck)
    set_roles(state, given, row, luck)
    set_stances(state, given, row, luck)
    landscape_room = LandscapeRoom(room.weight, room.low, room.high, room.components)
    ruggedness = int(row[at.PRACTICE_RUGGEDNESS])
    draw_landscape(luck, ruggedness, row[at.PRACTICE_WORST], landscape_room, state.effectiveness)
    weigh_ties(luck, given, row, room.ends, state)
    for d in range(state.outcomes.shape[0]):
        state.outcomes[d].baseline, state.outcomes[d].weight = given.baselines[d], given.weights[d]
    for h in range(state.groups.shape[0]):
        group = state.groups[h]
        group.named = int(given.residents[h, 0])
        group.share, group.shift, group.barrier = given.residents[h, 1], given.residents[h, 2], given.residents[h, 3]
    begin(state, row, given.identity)


@inner
def set_organisations(state: State, given: Given, row: Dials, luck: Luck) -> None:
    """Set sectors, and draw sizes, swings of budgets, practices, and commitment when joining.

    r = size_mean exp(size_sd z - size_sd^2/2), z drawn or the normal score of the size's rank;
    a = sqrt(var) (sqrt(c) z_common + sqrt(1 - c) z), var = (resource_volatility^2/12)/(1 - phi^2), phi = 1 - 1/resource_memory, c = resource_common;
    s uniform over all strings of bits; k0 = clip(initial + initial_sd z).
    """
    mean, spread = row[at.COALITION_SIZE_MEAN], row[at.COALITION_SIZE_SD]
    persistence, common = 1.0 - 1.0 / row[at.COALITION_RESOURCE_MEMORY], row[at.COALITION_RESOURCE_COMMON]
    volatility = row[at.COALITION_RESOURCE_VOLATILITY]
    swing = math.sqrt(volatility * volatility / 12.0 / (1.0 - persistence * persistence))
    z_common = normal(key(luck, streams.RESOURCES_COMMON), slot_of(np.uint64(0)), 0)  # at identity 0
    size_key, swing_key = key(luck, streams.SIZE), key(luck, streams.RESOURCES)
    practice_key, commitment_key = key(luck, streams.PRACTICE), key(luck, streams.COMMITMENT)
    for i in range(state.organisations.shape[0]):
        organisation, slot = state.organisations[i], slot_of(given.identity[i])
        organisation.sector = given.sector[i]
        z = told(given.size[i], normal(size_key, slot, 0))
        organisation.resources = told(given.resources[i], mean * exp(spread * z - spread * spread / 2.0))
        z = normal(swing_key, slot, 0)
        organisation.deviation = swing * (math.sqrt(common) * z_common + math.sqrt(1.0 - common) * z)
        organisation.practice = int(uniform(practice_key, slot, 0) * state.effectiveness.shape[0])
        z = normal(commitment_key, slot, 0)
        drawn = min(1.0, max(0.0, row[at.COMMITMENT_INITIAL] + row[at.COMMITMENT_INITIAL_SD] * z))
        organisation.initial_commitment = told(given.commitment[i], drawn)


@inner
def set_founders(state: State, given: Given, row: Dials, luck: Luck) -> None:
    """Draw the founders that no file names: u < founding; if there is none at all, whoever drew the smallest u."""
    founder_key = key(luck, streams.FOUNDER)
    founders, first, smallest = 0, 0, math.inf
    for i in range(state.organisations.shape[0]):
        founder = given.founder[i] == 1.0
        if math.isnan(given.founder[i]):
            drawn = uniform(founder_key, slot_of(given.identity[i]), 0)
            founder = drawn < row[at.COALITION_FOUNDING]
            if drawn < smallest:
                first, smallest = i, drawn
        state.organisations[i].founder = 1 if founder else 0
        founders += state.organisations[i].founder
    if founders == 0:
        state.organisations[first].founder = 1


@inner
def set_roles(state: State, given: Given, row: Dials, luck: Luck) -> None:
    """Draw competences and mixes where they are not given.

    These are c = exp(competence_sd z - competence_sd^2/2), and x0 proportional to (k + 1)^-role_skew c^2.
    """
    spread, skew = row[at.COALITION_COMPETENCE_SD], row[at.COALITION_ROLE_SKEW]
    competence_key = key(luck, streams.COMPETENCE)
    for i in range(state.roles.shape[0]):
        slot, total = slot_of(given.identity[i]), 0.0
        for k in range(state.roles.shape[1]):
            drawn = exp(spread * normal(competence_key, slot, k) - spread * spread / 2.0)
            competence = told(given.competence[i, k], drawn)
            state.roles[i, k].competence = competence
            total += power(k + 1.0, -skew) * competence * competence
        for k in range(state.roles.shape[1]):
            competence = state.roles[i, k].competence
            if math.isnan(given.mix[i, 0]):
                state.roles[i, k].founding_mix = power(k + 1.0, -skew) * competence * competence / total
            else:
                state.roles[i, k].founding_mix = given.mix[i, k]


@inner
def set_stances(state: State, given: Given, row: Dials, luck: Luck) -> None:
    """Draw missions where they are not given, and the bias of own data.

    G0 = a psi + (1 - a) xi, xi ~ Dirichlet(1/2) over the outcomes that have a weight, psi their weights.
    """
    alignment, weights = row[at.AGENDA_ALIGNMENT], given.weights
    mission_key, bias_key = key(luck, streams.MISSION), key(luck, streams.BIAS)
    for i in range(state.stances.shape[0]):
        slot, total = slot_of(given.identity[i]), 0.0
        for d in range(weights.shape[0]):
            z = normal(mission_key, slot, d) if weights[d] > 0.0 else 0.0
            state.stances[i, d].mission = z * z
            total += z * z
        for d in range(weights.shape[0]):
            drawn = alignment * weights[d] + (1.0 - alignment) * (state.stances[i, d].mission / total)
            state.stances[i, d].mission = told(given.mission[i, d], drawn)
            state.stances[i, d].bias = row[at.MEASUREMENT_BIAS] * normal(bias_key, slot, d)
