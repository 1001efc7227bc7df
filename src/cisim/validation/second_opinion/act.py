"""Stage 4, act (mutually reinforcing activities): effort, what it makes together, who takes which role."""

from __future__ import annotations

import math

from cisim.validation.second_opinion.agree import shares
from cisim.validation.second_opinion.things import Organization, Point, World


def act(world: World) -> None:
    """Stage 4."""
    spend_effort(world)
    produce(world)
    if world.dials["activities.coordination"] > 0:
        planned = world.dials["activities.coordination"]
        coordination = 1 - (1 - planned) * (1 - world.counts_for(planned) * world.hub("align"))
        for member in world.members():
            change_mix(world, member, coordination)


def money(world: World, organization: Organization) -> float:
    """Share of an organisation's resources after levy and grant: 1 - levy + grant."""
    return 1 - world.coalition.levy + world.coalition.grant if organization.member else 1.0


def spend_effort(world: World) -> None:
    """Stage 4 (1) and (2): E_dk, joint work by goals and mix, own work by mission and mix at founding."""
    for outcome in world.outcomes:
        outcome.effort = [0.0] * world.roles
    for organization in world.organizations:
        effort = organization.at_work * money(world, organization) * (1 - organization.overhead)
        effort *= organization.capacity * world.effectiveness[organization.practice]
        joint = organization.commitment * working_relationships(world, organization)  # k = 0 for non-members
        own = 1 - organization.commitment
        joint_goals = goals_by_need(world, organization)
        for d, outcome in enumerate(world.outcomes):
            for k in range(world.roles):
                outcome.effort[k] += (
                    effort
                    * organization.competence[k]
                    * (
                        joint * joint_goals[d] * organization.mix[k]
                        + own * organization.mission[d] * organization.founding_mix[k]
                    )
                )


def goals_by_need(world: World, organization: Organization) -> Point:
    """Stage 4 (2): h, the goals of joint work, bent towards where the gap is believed to be widest."""
    power = world.dials["activities.by_need"]
    if power == 0:
        return organization.goals
    bent = [
        goal * max(0.0, 1 - belief) ** power
        for goal, belief in zip(organization.goals, organization.belief, strict=True)
    ]
    return shares(bent) if sum(bent) > 0 else organization.goals


def working_relationships(world: World, organization: Organization) -> float:
    """Stage 4 (2): l, the share of joint work that succeeds."""
    relations = sum(
        tie.strength * tie.trust[organization] for tie in organization.ties if tie.other(organization).member
    )
    reliance, needed = world.dials["activities.reliance"], world.dials["activities.partners_needed"]
    return 1 - reliance * math.exp(-relations / needed)


def produce(world: World) -> None:
    """Stage 4 (3): roles complement one another."""
    for outcome in world.outcomes:
        outcome.power_mean = power_mean(outcome.effort, world.dials["activities.complementarity"])
        outcome.produced = world.roles * outcome.power_mean


def power_mean(values: Point, rho: float) -> float:
    """M_rho = (mean of value^rho)^(1/rho), geometric at rho = 0; the dominant term is factored out."""
    if max(values) == 0 or (rho <= 0 and min(values) == 0):
        return 0.0
    if rho == 0:
        return math.exp(sum(math.log(value) for value in values) / len(values))
    dominant = max(values) if rho > 0 else min(values)
    terms = [math.expm1(rho * math.log(value / dominant)) if value > 0 else -1.0 for value in values]
    return dominant * math.exp(math.log1p(sum(terms) / len(values)) / rho)


def change_mix(world: World, member: Organization, coordination: float) -> None:
    """Stage 4 (4): a replicator step of the role mix to where effort is worth most, above a floor."""
    payoff = [member.competence[k] * marginal_worth(world, member, k) for k in range(world.roles)]
    average = sum(payoff) / world.roles
    if average == 0 or not math.isfinite(average):
        return
    visibility = world.visibility()
    growth = []
    for k in range(world.roles):
        seen = 1 + visibility * (payoff[k] / average - 1)
        growth.append(member.mix[k] * math.exp(world.dials["activities.adaptation"] * coordination * seen))
    stepped = [value / sum(growth) for value in growth]
    floor = world.dials["activities.role_floor"]
    above = [max(0.0, value - floor) for value in stepped]
    if sum(above) == 0:
        member.mix = [1 / world.roles] * world.roles
    else:
        member.mix = [floor + (1 - world.roles * floor) * value / sum(above) for value in above]


def marginal_worth(world: World, member: Organization, k: int) -> float:
    """Stage 4 (4): what one more unit of role k would add, by the member's goals; without effort 0."""
    rho = world.dials["activities.complementarity"]
    worth = 0.0
    for d, outcome in enumerate(world.outcomes):
        total = sum(outcome.effort)
        if member.goals[d] > 0 and total > 0 and outcome.power_mean > 0:
            ratio = outcome.power_mean / max(outcome.effort[k], 1e-12 * total)
            worth += member.goals[d] * exp_or_infinity((1 - rho) * math.log(ratio))
    return worth


def exp_or_infinity(value: float) -> float:
    """The exponential, infinite where it is too large for a float."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf
