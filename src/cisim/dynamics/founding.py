"""Initial state of a run: month 0, from the coalition as drawn and the scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.dynamics import state as layout
from cisim.dynamics.compiled import compiled
from cisim.dynamics.disturbance import classify_sizes
from cisim.dynamics.luck import slot_of, slot_of_direction, slot_of_pair
from cisim.dynamics.measures import centred, scaled
from cisim.dynamics.residents import level
from cisim.dynamics.state import Dials, State, Table

if TYPE_CHECKING:
    from cisim.coalition import Coalition
    from cisim.scenario import Scenario


class Sizes(NamedTuple):
    """How many of each there are in a run."""

    organisations: int
    outcomes: int
    roles: int
    ties: int
    groups: int
    practices: int
    events: int


def empty_state(sizes: Sizes, fields: Mapping[str, float] | None = None) -> State:
    """Make the arrays of a run, all zero; organisations have a user's own `fields` besides, with these values."""
    number, outcomes, roles, ties, groups, practices, events = sizes
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
        effort=np.zeros((outcomes, roles)),
        coalition=np.zeros(1, layout.COALITION),
        grants=np.zeros(layout.GRANT_DELAY),
        effectiveness=np.zeros(practices),
        fired=np.zeros(events, np.int8),
    )


def initial_state(
    coalition: Coalition, scenario: Scenario, plan: Dials, events: int, fields: Mapping[str, float] | None = None
) -> State:
    """Make the state at month 0 of a coalition as drawn for the run's seed, with the scenario's row of dials and number of events.

    Organisations have a user's own `fields` besides, with these values.
    It shares no memory with the coalition but the landscape, which never changes.
    """
    number, outcomes_number = coalition.mission.shape
    organisations: Table = np.zeros(number, layout.organisation_with(fields) if fields else layout.ORGANISATION)
    for name, value in (fields or {}).items():
        organisations[name] = value
    for field in ("resources", "deviation", "sector", "initial_commitment", "practice", "founder"):
        organisations[field] = getattr(coalition, field)
    organisations["capacity"] = 1.0
    organisations["variance"] = plan[at.MEASUREMENT_NOISE] ** 2

    outcomes: Table = np.zeros(outcomes_number, layout.OUTCOME)
    outcomes["baseline"] = [outcome.baseline for outcome in scenario.community.outcomes]
    outcomes["weight"] = scenario.outcome_weights
    outcomes["indicator"] = outcomes["baseline"]

    named = scenario.community.groups
    people: Table = np.zeros(max(1, len(named)), layout.GROUP)
    people["share"] = 1.0
    if named:
        people["named"] = 1
        people["share"] = scaled(group.share for group in named)
        people["barrier"] = [group.barrier for group in named]
        people["shift"] = centred([group.shift for group in named], people["share"].tolist())
    ahead = np.repeat(people["shift"][:, None], outcomes_number, axis=1)

    stances: Table = np.zeros((number, outcomes_number), layout.STANCE)
    stances["mission"] = stances["goal"] = coalition.mission
    stances["bias"] = coalition.bias
    stances["belief"] = stances["slow_belief"] = outcomes["baseline"]

    roles: Table = np.zeros(coalition.competence.shape, layout.ROLE)
    roles["competence"] = coalition.competence
    roles["founding_mix"] = roles["mix"] = coalition.mix

    ties: Table = np.zeros(len(coalition.first), layout.TIE)
    ties["first"], ties["second"] = coalition.first, coalition.second
    ties["strength"] = ties["founding_strength"] = coalition.strength
    ties["first_trust"] = ties["first_founding_trust"] = coalition.trust[:, 0]
    ties["second_trust"] = ties["second_founding_trust"] = coalition.trust[:, 1]

    together: Table = np.zeros(1, layout.COALITION)
    together["hub_offer"] = together["next_hub_offer"] = layout.NO_PRACTICE
    together["voice_gini"] = np.nan

    together["enlarged"] = 1.0
    need = scenario.community.need
    together["need"] = 0.0 if need is None else need
    if need is None:
        for resources in organisations["resources"]:  # not sum(), which later versions of Python round otherwise
            together["need"] += resources
    # The least effective practice that is as good as the tested one must be.
    good = np.where(coalition.effectiveness >= plan[at.PRACTICE_TESTED], coalition.effectiveness, np.inf)
    together["tested"] = np.argmin(good) if np.isfinite(good).any() else np.argmax(coalition.effectiveness)

    state = State(
        organisations=organisations,
        stances=stances,
        roles=roles,
        ties=ties,
        incident_start=np.zeros(number + 1, np.int64),
        incident=np.empty(2 * len(ties), np.int64),
        outcomes=outcomes,
        groups=people,
        ahead=ahead,
        effort=np.zeros((outcomes_number, coalition.competence.shape[1])),
        coalition=together,
        grants=np.zeros(layout.GRANT_DELAY),
        effectiveness=coalition.effectiveness,
        fired=np.zeros(events, np.int8),
    )
    connect(state, coalition.identity)
    return state


@compiled
def connect(state: State, identity: NDArray[np.uint64]) -> None:
    """Give organisations, outcomes and ties their slots of luck, list each organisation's ties, class sizes, and note how residents live."""
    for i in range(identity.shape[0]):
        state.organisations[i].slot = slot_of(identity[i])
    for d in range(state.outcomes.shape[0]):
        state.outcomes[d].slot = slot_of(np.uint64(d))
    start = state.incident_start
    for tie in state.ties:
        first, second = identity[tie.first], identity[tie.second]
        tie.slot = slot_of_pair(first, second)
        tie.first_slot = slot_of_direction(first, second)
        tie.second_slot = slot_of_direction(second, first)
        start[tie.first + 1] += 1
        start[tie.second + 1] += 1
    for i in range(identity.shape[0]):
        start[i + 1] += start[i]
    filled = start[:-1].copy()
    for e in range(state.ties.shape[0]):
        for end in (state.ties[e].first, state.ties[e].second):
            state.incident[filled[end]] = e
            filled[end] += 1
    for h in range(state.groups.shape[0]):
        state.groups[h].slow_level = level(state, h)
    classify_sizes(state)
