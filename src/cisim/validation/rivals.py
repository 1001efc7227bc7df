"""Rivals: simpler stories of why coalitions progress, each run through the same facts.

A fact that a rival shows too is no argument for this model against that rival. Each rival changes only what it says; all else stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.dynamics.activities import act
from cisim.dynamics.luck import COMMUNITY, Luck, key, normal
from cisim.dynamics.mechanism import Stage
from cisim.dynamics.state import State
from cisim.scenario import Scenario

#: In `add_up`: the effect on an outcome of isolated work, and of one condition at its default; chosen so that isolated impact and all
#: five end near where the model's own do.
ALONE, ONE_CONDITION = 0.0335, 0.0041


def add_up(state: State, dials: NDArray[np.float64], luck: Luck) -> None:
    """Run stage 5 of a rival in which each condition adds its share, whatever the others do.

    Y_d moves by gain (ALONE + ONE_CONDITION sum over conditions of dial / default) (1 - Y_d), with decay, trend and noise as in the model.
    """
    effect = ALONE + ONE_CONDITION * (
        dials[at.AGENDA_PROCESS] / 0.8
        + dials[at.MEASUREMENT_SHARING] / 0.8
        + dials[at.ACTIVITIES_COORDINATION] / 0.8
        + dials[at.COMMUNICATION_FREQUENCY] / 1.3
        + dials[at.BACKBONE_STAFF] / 3.0
    )
    noise_key = key(luck, COMMUNITY)
    for d in range(state.outcomes.shape[0]):
        outcome = state.outcomes[d]
        change = dials[at.COMMUNITY_GAIN] * min(1.0, effect) * (1.0 - outcome.indicator)
        change -= dials[at.COMMUNITY_DECAY] * (outcome.indicator - outcome.baseline)
        change += dials[at.TRENDS + d] + dials[at.COMMUNITY_NOISE] * normal(noise_key, outcome.slot, 0)
        outcome.indicator = min(1.0, max(0.0, outcome.indicator + change))


def act_with_service(state: State, dials: NDArray[np.float64], luck: Luck) -> None:
    """Run stage 4 of a rival whose backbone's staff serve clients like anybody else: produced + staff at work * weight."""
    act(state, dials, luck)
    for d in range(state.outcomes.shape[0]):
        state.outcomes[d].produced += state.coalition[0].staff_at_work * state.outcomes[d].weight


@dataclass(frozen=True)
class Rival:
    """A simpler model.

    Attributes:
        name: in a word or two.
        story: what it says.
        settings: in which it differs from the default scenario.
        stages: and in which stages.
    """

    name: str
    story: str
    settings: Mapping[str, object] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)

    def scenario(self) -> Scenario:
        """Make the scenario of its all five conditions."""
        return Scenario().replace(**self.settings)


RIVALS = (
    Rival(
        "conditions only add",
        "each condition adds a fixed amount to progress, whatever the others do, and costs nothing",
        {"coalition.readiness": 0.0, "backbone.carries": 0.0},
        {"progress": add_up},
    ),
    Rival(
        "practices alone",
        "the conditions only help good practice to spread: goals stay missions, roles and commitment stay as they were, no capacity, no "
        "grants, no public will, and nobody needs partners to work",
        {
            "agenda.pull": 0.0,
            "communication.influence": 0.0,
            "activities.adaptation": 0.0,
            "activities.reliance": 0.0,
            "commitment.adjustment": 0.0,
            "commitment.noise": 0.0,
            "coalition.exit_rate": 0.0,
            "backbone.capacity_max": 1.0,
            "backbone.grant_max": 0.0,
            "backbone.will_max": 0.0,
        },
    ),
    Rival(
        "staff as a service",
        "the backbone has no function of its own: its staff deliver services like any organisation's",
        {
            f"backbone.allocation.{name}": 0.0
            for name in ("engage", "measure", "align", "capacity", "fund", "will", "weave")
        },
        {"act": act_with_service},
    ),
)
