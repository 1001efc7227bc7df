"""Initial state of a run: its memory, and what everybody begins month 0 with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.dynamics import state as layout
from cisim.dynamics.compiled import compiled, inner
from cisim.dynamics.disturbance import classify_sizes
from cisim.dynamics.luck import slot_of, slot_of_direction, slot_of_pair
from cisim.dynamics.residents import level
from cisim.dynamics.state import NO_PRACTICE, Dials, Floats, State, Table


class Sizes(NamedTuple):
    """How many of each there are in a run."""

    organisations: int
    sectors: int
    outcomes: int
    roles: int
    ties: int
    groups: int
    practices: int
    events: int


def empty_state(sizes: Sizes, fields: Mapping[str, float] | None = None) -> State:
    """Make the arrays of a run, all zero; organisations have a user's own `fields` besides, with these values."""
    number, sectors, outcomes, roles, ties, groups, practices, events = sizes
    organisations: Table = np.zeros(number, layout.organisation_with(fields) if fields else layout.ORGANISATION)
    for name, value in (fields or {}).items():
        organisations[name] = value
    return State(
        organisations=organisations,
        stances=np.zeros((number, outcomes), layout.STANCE),
        roles=np.zeros((number, roles), layout.ROLE),
        ties=np.zeros(ties, layout.TIE),
        incident_start=np.zeros(number + 1, np.int64),
        incident=np.zeros(2 * ties, np.int64),
        outcomes=np.zeros(outcomes, layout.OUTCOME),
        groups=np.zeros(groups, layout.GROUP),
        ahead=np.zeros((groups, outcomes)),
        wishes=np.zeros((groups, outcomes)),
        effort=np.zeros((outcomes, roles)),
        worth=np.zeros((outcomes, roles)),
        room=np.zeros((2, 2 * number + outcomes, outcomes + roles)),
        tie_room=np.zeros((2, ties)),
        meetings=np.zeros(ties, np.int64),
        slots=np.zeros(number, np.uint64),
        tie_slots=np.zeros(ties, np.uint64),
        tallies=np.zeros(3 + sectors, layout.TALLY),
        coalition=np.zeros(1, layout.COALITION),
        grants=np.zeros(layout.GRANT_DELAY),
        effectiveness=np.zeros(practices),
        fired=np.zeros(events, np.int8),
    )


@compiled
def begin(state: State, row: Dials, identity: NDArray[np.uint64]) -> None:
    """Complete the state at month 0 of a coalition: what everybody begins with, slots of luck, and each organisation's ties.

    There are already sectors, resources, swings, practices, commitment when joining and founders of organisations; missions and biases;
    competences and founding mixes; ends, strengths and trust of ties; baselines and weights of outcomes; groups; and the landscape.
    """
    coalition = state.coalition[0]
    need = row[at.COMMUNITY_NEED]
    coalition.need = need
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        organisation.capacity = 1.0
        organisation.variance = row[at.MEASUREMENT_NOISE] * row[at.MEASUREMENT_NOISE]
        if need == 0.0:  # not given
            coalition.need += organisation.resources
        for d in range(state.outcomes.shape[0]):
            stance = state.stances[i, d]
            stance.goal = stance.mission
            stance.belief = stance.slow_belief = state.outcomes[d].baseline
        for k in range(state.roles.shape[1]):
            state.roles[i, k].mix = state.roles[i, k].founding_mix
    for d in range(state.outcomes.shape[0]):
        state.outcomes[d].indicator = state.outcomes[d].baseline
        for h in range(state.groups.shape[0]):
            state.ahead[h, d] = state.groups[h].shift
    for tie in state.ties:
        tie.founding_strength = tie.strength
        tie.first_founding_trust, tie.second_founding_trust = tie.first_trust, tie.second_trust
    coalition.hub_offer = coalition.next_hub_offer = NO_PRACTICE
    coalition.voice_gini = np.nan
    coalition.enlarged = 1.0
    coalition.tested = tested_practice(state.effectiveness, row[at.PRACTICE_TESTED])
    connect(state, identity)


@inner
def tested_practice(effectiveness: Floats, least: float) -> int:
    """Find the least effective practice that is as good as the tested one must be, or else the best."""
    tested, best = -1, 0
    for practice in range(effectiveness.shape[0]):
        if effectiveness[practice] >= least and (tested < 0 or effectiveness[practice] < effectiveness[tested]):
            tested = practice
        if effectiveness[practice] > effectiveness[best]:
            best = practice
    return tested if tested >= 0 else best


@inner
def connect(state: State, identity: NDArray[np.uint64]) -> None:
    """Give organisations, outcomes and ties their slots of luck, list each organisation's ties, class sizes, and note how residents live."""
    for i in range(identity.shape[0]):
        state.organisations[i].slot = state.slots[i] = slot_of(identity[i])
    for d in range(state.outcomes.shape[0]):
        state.outcomes[d].slot = slot_of(np.uint64(d))
    # First where the ties of the organisation before begin, then, as they are filled in, where they end: its own beginning.
    start, number = state.incident_start, identity.shape[0]
    for e in range(state.ties.shape[0]):
        tie = state.ties[e]
        first, second = identity[tie.first], identity[tie.second]
        tie.slot = state.tie_slots[e] = slot_of_pair(first, second)
        tie.first_slot = slot_of_direction(first, second)
        tie.second_slot = slot_of_direction(second, first)
        for end in (tie.first, tie.second):
            if end + 2 <= number:
                start[end + 2] += 1
    for i in range(1, number):
        start[i + 1] += start[i]
    for e in range(state.ties.shape[0]):
        for end in (state.ties[e].first, state.ties[e].second):
            state.incident[start[end + 1]] = e
            start[end + 1] += 1
    for h in range(state.groups.shape[0]):
        state.groups[h].slow_level = level(state, h)
    classify_sizes(state)
