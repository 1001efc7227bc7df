"""The test stand: a coalition put together by hand, on which single stages of the model run as they are.

Users' runs draw their coalition by luck; a limit case needs one that is known. Founding, stages and row of dials are those of every run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.coalition.given import residents_of
from cisim.dynamics import dials as at
from cisim.dynamics.founding import Sizes, begin, empty_state
from cisim.dynamics.state import State
from cisim.scenario import Scenario, compile_dials, load

#: What is intended of the conditions: a field of the coalition, and the dial of which it is what counts.
INTENDED = {
    "process": at.AGENDA_PROCESS,
    "sharing": at.MEASUREMENT_SHARING,
    "coordination": at.ACTIVITIES_COORDINATION,
    "frequency": at.COMMUNICATION_FREQUENCY,
}


def plain() -> Scenario:
    """Load what limit cases start from: conditions in force at once, whoever is committed, and practices seen as they are."""
    return load("switched-on")


def scenario_of(outcomes: int = 2, roles: int = 1, **settings: object) -> Scenario:
    """Make a scenario of `plain` with plain outcomes and roles, and some fields set.

    Args:
        outcomes: how many, of equal weight and baseline 0.
        roles: how many.
        settings: field -> value, such as `**{"communication.influence": 1.0}`.
    """
    return plain().replace(
        **{
            "community.outcomes": [{"name": f"outcome {d}", "baseline": 0.0} for d in range(outcomes)],
            "activities.roles": [f"role {k}" for k in range(roles)],
            "activities.role_floor": 0.0,
            **settings,
        }
    )


def dials_of(scenario: Scenario) -> NDArray[np.float64]:
    """Compile the row of settings that stages read, (dials,)."""
    return compile_dials(scenario)


def coalition_of(
    scenario: Scenario,
    missions: ArrayLike,
    ties: ArrayLike,
    *,
    strength: float = 1.0,
    trust: float = 1.0,
    resources: ArrayLike = 1.0,
    commitment: ArrayLike = 1.0,
    competence: ArrayLike = 1.0,
    mix: ArrayLike | None = None,
    practice: ArrayLike = 0,
    effectiveness: ArrayLike = (1.0, 1.0),
    members: bool = True,
) -> State:
    """Make a coalition in force, as it stands after the first month's start.

    Args:
        scenario: from `scenario_of`.
        missions: (N, D) G0, also the first goals.
        ties: (E, 2) rows of the two ends, the first below the second.
        strength: w = w0 of all ties.
        trust: T = T0 of all ties, in both directions.
        resources: r, FTE, for all or (N,).
        commitment: k = k0, for all or (N,).
        competence: c, for all or (N, R).
        mix: (N, R) x0 = x; even by default.
        practice: s, for all or (N,).
        effectiveness: (2^bits,) E(s).
        members: whether all are members.

    Returns:
        The state, with all ties in contact (`met` = 1) and nobody reached by a hub.
    """
    mission = np.array(missions, dtype=np.float64)
    number, roles = mission.shape[0], len(scenario.role_names)
    ends = np.array(ties, dtype=np.int64).reshape(-1, 2)
    landscape = np.array(effectiveness, dtype=np.float64)
    outcomes = scenario.community.outcomes
    residents = residents_of(scenario)
    state = empty_state(Sizes(number, 1, len(outcomes), roles, len(ends), len(residents), len(landscape), 0))
    state.organisations["resources"] = resources
    state.organisations["initial_commitment"] = commitment
    state.organisations["practice"] = practice
    state.organisations["founder"] = 1
    state.stances["mission"] = mission
    state.roles["competence"] = competence
    state.roles["founding_mix"] = 1.0 / roles if mix is None else mix
    state.ties["first"], state.ties["second"] = ends.T
    state.ties["strength"], state.ties["first_trust"], state.ties["second_trust"] = strength, trust, trust
    state.outcomes["baseline"] = [outcome.baseline for outcome in outcomes]
    state.outcomes["weight"] = scenario.outcome_weights
    for field, values in zip(("named", "share", "shift", "barrier"), residents.T, strict=True):
        state.groups[field] = values
    state.effectiveness[:] = landscape
    begin(state, dials_of(scenario), np.arange(number, dtype=np.uint64))
    state.organisations["available"] = state.organisations["working"] = state.organisations["resources"]
    # All that is intended has come about.
    state.coalition["backbone"] = 1.0
    for intended, dial in INTENDED.items():
        state.coalition[intended] = dials_of(scenario)[dial]
    state.ties["met"] = 1
    if members:
        state.organisations["member"] = 1
        state.organisations["commitment"] = state.organisations["initial_commitment"]
        state.coalition["members"] = number
        state.coalition["in_force"] = 1
    return state


def complete(number: int) -> NDArray[np.int64]:
    """List all pairs, (n (n - 1) / 2, 2)."""
    return np.column_stack(np.triu_indices(number, 1)).astype(np.int64)


def ring(number: int, reach: int = 1) -> NDArray[np.int64]:
    """List the ties of a ring in which each is tied to `reach` neighbours on each side, (n reach, 2)."""
    pairs = {tuple(sorted((i, (i + step) % number))) for i in range(number) for step in range(1, reach + 1)}
    return np.array(sorted(pairs), dtype=np.int64)


def path(number: int) -> NDArray[np.int64]:
    """List the ties of a line from end to end, (n - 1, 2)."""
    return np.column_stack([np.arange(number - 1), np.arange(1, number)]).astype(np.int64)


def star(number: int) -> NDArray[np.int64]:
    """List the ties of a star, all tied to the first, (n - 1, 2)."""
    return np.column_stack([np.zeros(number - 1), np.arange(1, number)]).astype(np.int64)
