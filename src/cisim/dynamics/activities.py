"""Mutually reinforcing activities: effort by outcome and role, joint production, and adaptation of roles."""

from __future__ import annotations

import math

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import exp, exponentials, exponentials_less_1, in_a_row, log1p, logarithms, powers
from cisim.dynamics.backbone import ALIGN, hub
from cisim.dynamics.compiled import for_each, inner, sequence
from cisim.dynamics.conditions import in_proportion
from cisim.dynamics.luck import Luck
from cisim.dynamics.measurement import visibility
from cisim.dynamics.state import Dials, State
from cisim.dynamics.ties import relate

#: In the pay-off of a role, no role counts as rarer than this share of an outcome's effort.
RAREST_ROLE = 1e-12
#: The exponent of who keeps its mix of roles: the factor would be 0.
NO_MOVE = -math.inf
#: A power mean with an exponent this near to 0 is the geometric mean, and its logarithms would have too few digits.
NEAR_ZERO = 1e-100


@sequence
def act(state: State, dials: Dials, luck: Luck) -> None:  # noqa: ARG001 - all stages have one signature
    """Work: effort by outcome and role, what it produces, and the adaptation of members' roles (stage 4)."""
    apply_effort(state, dials)
    produce(state, dials)
    if dials[at.ACTIVITIES_COORDINATION] > 0.0:
        adapt(state, dials)


@inner
def apply_effort(state: State, dials: Dials) -> None:
    """Turn resources into effort by outcome and role, in effective FTE (points 1 and 2).

    e_i = w_i (1 - levy + grant)(1 - o_i) q_i E(s_i), w_i the resources at work; joint work goes through working relationships,
    l_i = 1 - reliance exp(-sum over ties to members of w T / partners_needed), and where `aim` h says:
    E_dk = sum_i e_i c_ik [k_i l_i h_id x_ik + (1 - k_i) G0_id x0_ik].
    """
    organisations, stances, roles = state.organisations, state.stances, state.roles
    coalition, effort = state.coalition[0], state.effort
    reliance, needed = dials[at.ACTIVITIES_RELIANCE], dials[at.ACTIVITIES_PARTNERS_NEEDED]
    relate(state)
    effort[:] = 0.0
    aim(state, dials[at.ACTIVITIES_BY_NEED])
    for i in range(organisations.shape[0]):
        organisation = organisations[i]
        shift, joint = 1.0, 0.0
        if organisation.member == 1:
            shift = 1.0 - coalition.levy + coalition.grant
            joint = organisation.commitment
            if reliance > 0.0:
                joint *= 1.0 - reliance * exp(-organisation.relations / needed)
        at_work = organisation.working * shift * (1.0 - organisation.overhead)
        organisation.effort = at_work * organisation.capacity * state.effectiveness[organisation.practice]
        own = 1.0 - organisation.commitment
        for d in range(effort.shape[0]):
            together, alone = joint * stances[i, d].aim, own * stances[i, d].mission
            for k in range(effort.shape[1]):
                role = roles[i, k]
                skilled = organisation.effort * role.competence
                effort[d, k] += skilled * (together * role.mix + alone * role.founding_mix)


@inner
def aim(state: State, by_need: float) -> None:
    """Direct joint work by goals and by the gap that is believed: h_id ~ g_id max(0, 1 - B_id)^by_need; h = g if all are 0."""
    number, outcomes, gap = state.organisations.shape[0], state.outcomes.shape[0], in_a_row(state.room[0])
    if by_need > 0.0:
        for i in range(number):
            for d in range(outcomes):
                gap[i * outcomes + d] = max(0.0, 1.0 - state.stances[i, d].belief)
        powers(gap, number * outcomes, by_need)
    for i in range(number):
        total = 0.0
        for d in range(outcomes):
            stance = state.stances[i, d]
            stance.aim = stance.goal
            if by_need > 0.0:
                stance.aim *= gap[i * outcomes + d]
                total += stance.aim
        if by_need > 0.0:
            for d in range(outcomes):
                stance = state.stances[i, d]
                stance.aim = stance.aim / total if total > 0.0 else stance.goal


@inner
def produce(state: State, dials: Dials) -> None:
    """Combine the roles' efforts for each outcome: F_d = R M_rho(E_d1 .. E_dR), in effective FTE (point 3)."""
    roles = state.effort.shape[1]
    for d in range(state.outcomes.shape[0]):
        outcome = state.outcomes[d]
        outcome.effort = 0.0
        for k in range(roles):
            outcome.effort += state.effort[d, k]
    take_power_means(state, dials[at.ACTIVITIES_COMPLEMENTARITY])
    for outcome in state.outcomes:
        outcome.produced = roles * outcome.evenness


@inner
def take_power_means(state: State, exponent: float) -> None:
    """Set each outcome's evenness, the power mean (mean of E^exponent)^(1 / exponent) of its roles' efforts E >= 0, exponent at most 1.

    An exponent of 1 gives the mean, 0 the geometric mean, a very negative one the minimum; with one of at most 0, an effort of 0 gives 0.
    It is S (1 + mean of ((E / S)^exponent - 1))^(1 / exponent), S the effort that counts most, so that nothing overflows.
    """
    effort, terms = state.effort, in_a_row(state.room[0])
    outcomes, roles = effort.shape[0], effort.shape[1]
    if abs(exponent) < NEAR_ZERO:
        exponent = 0.0
    for d in range(outcomes):
        largest, smallest = 0.0, math.inf
        for k in range(roles):
            largest = max(largest, effort[d, k])
            smallest = min(smallest, effort[d, k])
        nothing = largest == 0.0 or (exponent <= 0.0 and smallest == 0.0)
        state.outcomes[d].evenness = 0.0 if nothing else largest if exponent >= 0.0 else smallest
        for k in range(roles):
            terms[d * roles + k] = 1.0 if nothing else effort[d, k] / state.outcomes[d].evenness
    logarithms(terms, outcomes * roles)
    if exponent != 0.0:
        for index in range(outcomes * roles):
            terms[index] = exponent * terms[index]
        exponentials_less_1(terms, outcomes * roles)
    for d in range(outcomes):
        total = 0.0
        for k in range(roles):
            total += terms[d * roles + k]
        mean = total / roles
        state.outcomes[d].evenness *= exp(mean if exponent == 0.0 else log1p(mean) / exponent)


@inner
def adapt(state: State, dials: Dials) -> None:
    """Let members' mix of roles take one replicator step towards the roles that are missing (point 4).

    x_ik is proportional to x_ik exp(adaptation coord pi~_ik), pi_ik = c_ik sum over d of g_id (M_d / E_dk)^(1 - rho), scaled to a mean of 1 over
    roles and seen through visibility v as pi~ = 1 + v (pi - 1); coord = 1 - (1 - chi)(1 - c hub(align)), chi = coordination and c what a plan
    of this strength counts for. Then the floor, by projection.
    """
    outcomes, effort = state.outcomes, state.effort
    plan = dials[at.ACTIVITIES_COORDINATION]
    together = 1.0 - (1.0 - plan) * (1.0 - in_proportion(dials, plan) * hub(state.coalition[0], dials, ALIGN))
    speed = dials[at.ACTIVITIES_ADAPTATION] * together
    seen, exponent = visibility(dials), 1.0 - dials[at.ACTIVITIES_COMPLEMENTARITY]
    number, roles, grown = state.organisations.shape[0], effort.shape[1], in_a_row(state.room[0])
    for d in range(effort.shape[0]):
        for k in range(roles):
            supply = max(effort[d, k], RAREST_ROLE * outcomes[d].effort)
            grown[d * roles + k] = outcomes[d].evenness / supply if supply > 0.0 else 0.0
    powers(grown, effort.size, exponent)
    for d in range(effort.shape[0]):
        for k in range(roles):
            state.worth[d, k] = grown[d * roles + k] if outcomes[d].effort > 0.0 else 0.0
    for i in range(number):
        mean = 0.0
        if state.organisations[i].member == 1:
            for k in range(roles):
                role = state.roles[i, k]
                payoff = 0.0
                for d in range(effort.shape[0]):
                    # Not of an outcome that nobody works for, where more is worth infinitely much.
                    payoff += state.stances[i, d].goal * state.worth[d, k] if state.stances[i, d].goal > 0.0 else 0.0
                role.payoff = payoff * role.competence
                mean += role.payoff
            mean /= roles
        moves = mean > 0.0 and math.isfinite(mean)
        for k in range(roles):
            relative = state.roles[i, k].payoff / mean if moves else 1.0
            grown[i * roles + k] = speed * (1.0 + seen * (relative - 1.0)) if moves else NO_MOVE
    exponentials(grown, number * roles)
    for i in range(number):
        if grown[i * roles] > 0.0:
            for k in range(roles):
                state.roles[i, k].mix *= grown[i * roles + k]
            keep_floor(state, i, dials[at.ACTIVITIES_ROLE_FLOOR])


@for_each
def keep_floor(state: State, i: int, floor: float) -> None:
    """Scale organisation i's mix to sum 1 with every role at `floor` or more: x = floor + (1 - R floor) y / sum y, y = max(0, x - floor)."""
    roles = state.roles.shape[1]
    total = 0.0
    for k in range(roles):
        total += state.roles[i, k].mix
    above = 0.0
    for k in range(roles):
        role = state.roles[i, k]
        role.mix = max(0.0, role.mix / total - floor)
        above += role.mix
    for k in range(roles):
        role = state.roles[i, k]
        role.mix = floor + (1.0 - roles * floor) * role.mix / above if above > 0.0 else 1.0 / roles
