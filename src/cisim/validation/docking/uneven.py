"""An uneven coalition: no two numbers in it are alike, so that a swapped index or a missing factor shows.

The numbers are random ones that are not the model's luck: they come from NumPy's Philox generator, keyed by the seed of the effort.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.state import State
from cisim.scenario import Scenario
from cisim.validation.claims import Estimate
from cisim.validation.docking.months import philox
from cisim.validation.stand import coalition_of, dials_of, scenario_of

ORGANISATIONS, OUTCOMES, ROLES, TIES = 24, 3, 4, 60
STAFF_AT_WORK, ACHIEVED = 2.3, 0.8
#: Reach (members per FTE) and share of the staff of each function of the backbone.
FUNCTIONS = {
    "engage": (11.0, 0.2),
    "measure": (37.0, 0.13),
    "align": (16.0, 0.17),
    "capacity": (47.0, 0.11),
    "fund": (65.0, 0.09),
    "will": (29.0, 0.14),
    "weave": (53.0, 0.06),
}
BY_HAND = "mathematics: the formula by hand, on an uneven coalition"
#: Settings of which no two are alike either.
SETTINGS: dict[str, object] = {
    "community.outcomes": [
        {"name": "one", "baseline": 0.2, "weight": 0.5, "trend": 0.003},
        {"name": "two", "baseline": 0.35, "weight": 0.3, "trend": -0.002},
        {"name": "three", "baseline": 0.6, "weight": 0.2, "trend": 0.001},
    ],
    "coalition.proportion": 0.45,
    "agenda.process": 0.85,
    "activities.by_need": 0.75,
    "activities.role_floor": 0.03,
    "activities.coordination": 0.7,
    "activities.adaptation": 0.4,
    "activities.complementarity": -1.5,
    "activities.reliance": 0.35,
    "activities.partners_needed": 1.7,
    "measurement.sharing": 0.6,
    "measurement.noise": 0.15,
    "measurement.belief_drift": 0.003,
    "measurement.data_cost": 0.03,
    "measurement.visibility": 0.3,
    "measurement.accountability": 0.7,
    "communication.frequency": 1.3,
    "communication.informal": 0.2,
    "communication.contact_cost": 0.004,
    "communication.cost_size": 0.7,
    "backbone.staff": 2.5,
    "backbone.member_share": 0.6,
    "backbone.hub_cost": 0.025,
    "backbone.capacity_max": 1.6,
    "backbone.capacity_gain": 0.3,
    "backbone.capacity_decay": 0.04,
    "backbone.grant_max": 0.25,
    "backbone.grant_base": 0.3,
    "backbone.grant_slope": 2.2,
    "backbone.will_max": 0.15,
    "community.need": 37.0,
    "community.gain": 0.05,
    "community.decay": 0.004,
    "community.threshold": 1.7,
    "community.critical_mass": 2.5,
    "community.noise": 0.0,
    "commitment.base": 0.3,
    "commitment.trust_weight": 2.1,
    "commitment.purpose_weight": 1.7,
    "commitment.purpose_reference": 0.4,
    "commitment.progress_weight": 0.9,
    "commitment.progress_scale": 0.08,
    "commitment.conform_weight": 1.4,
    "commitment.overhead_weight": 1.1,
    "commitment.temptation": 0.8,
    "commitment.adjustment": 0.25,
    "commitment.noise": 0.0,
    **{f"backbone.reach.{name}": reach for name, (reach, _) in FUNCTIONS.items()},
    **{f"backbone.allocation.{name}": allocation for name, (_, allocation) in FUNCTIONS.items()},
}
#: Nothing disturbs.
CALM: dict[str, object] = {
    "coalition.turnover": 0.0,
    "coalition.resource_volatility": 0.0,
    "coalition.exit_rate": 0.0,
    "coalition.join_rate": 0.0,
}


class Uneven(NamedTuple):
    """An uneven coalition.

    Attributes:
        scenario: its settings.
        dials: (dials,) of them.
        state: as it stands in a month, with an agenda, a backbone at work, a grant paid and a levy taken.
        strength: (N, N) w_ij of ties, 0 where there is none.
        trust: (N, N) T_ij of i in j, where there is a tie.
        member: (N,) 1 for members, 0 for others.
    """

    scenario: Scenario
    dials: NDArray[np.float64]
    state: State
    strength: NDArray[np.float64]
    trust: NDArray[np.float64]
    member: NDArray[np.float64]


def hub_by_hand(function: str, members: float, staff: float = STAFF_AT_WORK * ACHIEVED) -> float:
    """Compute the strength of one function of the backbone, by the model's text.

    Args:
        function: "engage" to "weave".
        members: how many.
        staff: at work, as far as it has an effect, FTE.
    """
    reach, allocation = FUNCTIONS[function]
    return float(1 - np.exp(-reach * staff * allocation / members))


def shares(generator: np.random.Generator, rows: int, columns: int) -> NDArray[np.float64]:
    """Draw rows of positive shares that sum to 1."""
    parts = generator.uniform(0.1, 1.0, (rows, columns))
    return np.asarray(parts / parts.sum(1, keepdims=True), dtype=np.float64)


def uneven(seed: int, **settings: object) -> Uneven:
    """Make an uneven coalition of 24 organisations, a third of them no members, one without any tie.

    Args:
        seed: of its numbers.
        settings: other settings than `SETTINGS`.
    """
    generator = philox(seed, 1)
    scenario = scenario_of(OUTCOMES, ROLES, **{**SETTINGS, **settings})
    pairs = np.column_stack(np.triu_indices(ORGANISATIONS - 1, 1))  # the last one has no tie
    ties = pairs[np.sort(generator.permutation(len(pairs))[:TIES])]
    state = coalition_of(
        scenario,
        shares(generator, ORGANISATIONS, OUTCOMES),
        ties,
        resources=generator.uniform(0.3, 4.0, ORGANISATIONS),
        commitment=generator.uniform(0.2, 0.9, ORGANISATIONS),
        competence=generator.uniform(0.6, 1.6, (ORGANISATIONS, ROLES)),
        mix=shares(generator, ORGANISATIONS, ROLES),
        practice=np.arange(ORGANISATIONS) % 4,
        effectiveness=(0.71, 0.83, 0.94, 1.0),
    )
    organisations = state.organisations
    member = (np.arange(ORGANISATIONS) % 3 != 1).astype(np.int64)
    organisations["member"] = member
    organisations["commitment"] *= member
    organisations["available"] = organisations["resources"] * generator.uniform(0.8, 1.3, ORGANISATIONS)
    organisations["awareness"] = generator.uniform(0.1, 0.9, ORGANISATIONS)
    organisations["capacity"] = generator.uniform(1.0, 1.4, ORGANISATIONS)
    organisations["overhead"] = generator.uniform(0.0, 0.3, ORGANISATIONS)
    organisations["variance"] = generator.uniform(0.001, 0.02, ORGANISATIONS)
    organisations["reached"] = member * (generator.uniform(size=ORGANISATIONS) < 0.5)
    state.stances["goal"] = shares(generator, ORGANISATIONS, OUTCOMES)
    state.stances["bias"] = generator.normal(0.0, 0.1, (ORGANISATIONS, OUTCOMES))
    state.stances["belief"] = generator.uniform(0.3, 0.8, (ORGANISATIONS, OUTCOMES))
    state.stances["slow_belief"] = state.stances["belief"] + generator.normal(0, 0.08, (ORGANISATIONS, OUTCOMES))
    state.roles["mix"] = shares(generator, ORGANISATIONS, ROLES)
    state.outcomes["indicator"] = generator.uniform(0.4, 0.7, OUTCOMES)
    state.outcomes["agenda"] = shares(generator, 1, OUTCOMES)[0]
    state.ties["strength"] = generator.uniform(0.1, 1.0, TIES)
    state.ties["first_trust"] = generator.uniform(0.1, 0.9, TIES)
    state.ties["second_trust"] = generator.uniform(0.1, 0.9, TIES)
    state.ties["met"] = generator.uniform(size=TIES) < 0.6
    organisations["working"] = organisations["available"] * generator.uniform(0.7, 1.0, ORGANISATIONS)
    together = state.coalition[0]
    together["has_agenda"], together["members"] = 1, member.sum()
    together["levy"], together["grant"], together["staff_at_work"] = 0.07, 0.045, STAFF_AT_WORK
    together["backbone"], together["sharing"], together["frequency"] = ACHIEVED, 0.75, 1.6
    return Uneven(scenario, dials_of(scenario), state, *matrices(state), member.astype(np.float64))


def matrices(state: State) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make the matrices of strengths of ties and of trust in partners, each (N, N)."""
    number = len(state.organisations)
    strength, trust = np.zeros((number, number)), np.zeros((number, number))
    first, second = state.ties["first"], state.ties["second"]
    strength[first, second] = strength[second, first] = state.ties["strength"]
    trust[first, second], trust[second, first] = state.ties["first_trust"], state.ties["second_trust"]
    return strength, trust


def share_of(happened: NDArray[np.bool_], probability: float) -> Estimate:
    """Estimate how often something happened, with the standard error that the probability expected of it gives."""
    return binomial(float(happened.mean()), probability, happened.size)


def binomial(share: float, chance: float, number: int) -> Estimate:
    """Estimate a share, with the standard error that the expected one has over so many."""
    return Estimate(share, math.sqrt(chance * (1.0 - chance) / number))


def variance_of(values: NDArray[np.float64], expected: float) -> Estimate:
    """Estimate the variance of normal numbers of mean 0, with the standard error that the variance expected gives."""
    return Estimate(float(np.mean(values**2)), float(expected * np.sqrt(2 / values.size)))
