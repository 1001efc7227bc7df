"""Residents: the people for whom it is all done, in groups, how far effort reaches each, and how engaged they are.

Where a scenario names no groups, all residents are one. What is kept of a group is how far it stands ahead of the mean over all people,
so that whoever moves an outcome moves all groups.
"""

from __future__ import annotations

import math

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import exp, expm1, tanh
from cisim.dynamics.backbone import ENGAGE, hub
from cisim.dynamics.compiled import for_each, inner
from cisim.dynamics.state import SLOW_MONTHS, Dials, State


@for_each
def lived(state: State, h: int, d: int) -> float:
    """Return the indicator of outcome d as group h lives it, Y_dh, in [0, 1]."""
    return min(1.0, max(0.0, state.outcomes[d].indicator + state.ahead[h, d]))


@for_each
def level(state: State, h: int) -> float:
    """Return the indicators of group h, weighted over outcomes: sum of weight_d Y_dh, in [0, 1]."""
    total = 0.0
    for d in range(state.outcomes.shape[0]):
        total += state.outcomes[d].weight * lived(state, h, d)
    return total


@inner
def wish(state: State, h: int) -> None:
    """Set what group h asks for, shares of the outcomes: proportional to weight_d (1 - Y_dh), the weights if nothing is missing."""
    wishes, total = state.wishes, 0.0
    for d in range(state.outcomes.shape[0]):
        wishes[h, d] = state.outcomes[d].weight * (1.0 - lived(state, h, d))
        total += wishes[h, d]
    for d in range(state.outcomes.shape[0]):
        wishes[h, d] = wishes[h, d] / total if total > 0.0 else state.outcomes[d].weight


@inner
def engagement(state: State) -> float:
    """Return the mean engagement of residents, in [0, 1]."""
    total = 0.0
    for group in state.groups:
        total += group.share * group.engagement
    return total


@inner
def seat(dials: Dials) -> float:
    """Return the share of voice that planning holds open for residents, process * residents."""
    return dials[at.AGENDA_PROCESS] * dials[at.AGENDA_RESIDENTS]


@inner
def spread_effort(state: State, dials: Dials) -> None:
    """Set how far effort reaches each group, 1 on average over people (stage 5, point 1).

    reach_h = exp(-x_h) / sum_g share_g exp(-x_g), x_h = barrier_h (1 - engagement_h) (1 - tau), with the targeting
    tau = 1 - (1 - disaggregated m) (1 - seat * engagement). Where all x are equal it is exactly 1.
    """
    groups = state.groups
    untargeted = 1.0 - dials[at.MEASUREMENT_DISAGGREGATED] * dials[at.MEASUREMENT_SHARING]
    untargeted *= 1.0 - seat(dials) * engagement(state)
    least = math.inf
    for group in groups:
        group.reach = group.barrier * (1.0 - group.engagement) * untargeted
        least = min(least, group.reach)
    total = 1.0
    for group in groups:
        total += group.share * expm1(least - group.reach)
    for group in groups:
        group.reach = exp(least - group.reach) / total


@inner
def move_people(state: State, dials: Dials, d: int, effect: float, trend: float, chance: float) -> None:
    """Move outcome d as each group lives it; the outcome is the mean over people (stage 5, point 1).

    Y_dh = clip(Y_dh + gain effect reach_h (1 - Y_dh) - decay (Y_dh - Y0_d - shift_h) + trend + chance).
    """
    outcome, groups = state.outcomes[d], state.groups
    first, mean = 0.0, 0.0
    for h in range(groups.shape[0]):
        indicator = lived(state, h, d)
        change = dials[at.COMMUNITY_GAIN] * effect * groups[h].reach * (1.0 - indicator)
        change -= dials[at.COMMUNITY_DECAY] * (indicator - (outcome.baseline + groups[h].shift))
        change += trend
        change += chance
        indicator = min(1.0, max(0.0, indicator + change))
        if h == 0:
            first = indicator
        # The mean is taken from the first group on, so that people who are alike have exactly what each of them has.
        mean += groups[h].share * (indicator - first)
        state.ahead[h, d] = indicator
    outcome.indicator = min(1.0, max(0.0, first + mean))
    for h in range(groups.shape[0]):
        state.ahead[h, d] -= outcome.indicator


@inner
def engage(state: State, dials: Dials) -> None:
    """Let residents become engaged, and lose interest (stage 5, point 2).

    engagement_h += engagement_gain pull_h (1 - engagement_h) - engagement_decay engagement_h, with
    pull_h = 1 - (1 - hub(engage)) (1 - seat) (1 - m seen_h), seen_h = max(0, tanh((level_h - slow_h) / progress_scale)), where
    slow_h += (level_h - slow_h) / 12 is the level's moving mean.
    """
    missed = (1.0 - hub(state.coalition[0], dials, ENGAGE)) * (1.0 - seat(dials))
    for h in range(state.groups.shape[0]):
        group = state.groups[h]
        now = level(state, h)
        group.slow_level += (now - group.slow_level) * (1.0 / SLOW_MONTHS)
        seen = max(0.0, tanh((now - group.slow_level) / dials[at.COMMITMENT_PROGRESS_SCALE]))
        pull = 1.0 - missed * (1.0 - dials[at.MEASUREMENT_SHARING] * seen)
        change = dials[at.COMMUNITY_ENGAGEMENT_GAIN] * pull * (1.0 - group.engagement)
        change -= dials[at.COMMUNITY_ENGAGEMENT_DECAY] * group.engagement
        group.engagement = min(1.0, max(0.0, group.engagement + change))
