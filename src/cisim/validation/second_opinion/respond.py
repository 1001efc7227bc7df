"""Stages 5 to 7: progress in the community, commitment, building of capacity and of grants."""

from __future__ import annotations

import math

from cisim.validation.second_opinion.disturb import GRANT_DELAY
from cisim.validation.second_opinion.things import Organization, World, clip, mean, mean_over_members, total_variation


def progress(world: World) -> None:
    """Stage 5: indicators answer to effort in concert, decay to the baseline, drift and vary, group by group."""
    dials = world.dials
    power = dials["community.critical_mass"]
    threshold = dials["community.threshold"] * (1 - dials["backbone.will_max"] * world.hub("will"))
    reached = reach(world)
    for d, outcome in enumerate(world.outcomes):
        effort = outcome.produced / (outcome.weight * world.need) if outcome.weight > 0 else 0.0
        hill = effort**power / (effort**power + threshold**power) if effort > 0 else 0.0
        happens_to_all = dials[f"community.outcomes.{outcome.name}.trend"]
        happens_to_all += dials["community.noise"] * world.normal("community", outcome.slot)
        for group, part in zip(world.groups, reached, strict=True):
            group.indicators[d] = clip(
                group.indicators[d]
                + dials["community.gain"] * hill * part * (1 - group.indicators[d])
                - dials["community.decay"] * (group.indicators[d] - group.baselines[d])
                + happens_to_all
            )
        outcome.indicator = sum(group.share * group.indicators[d] for group in world.groups)
    engage(world)


def reach(world: World) -> list[float]:
    """Residents, point 1: the effort that reaches each group, beside the mean over people."""
    by_data = world.dials["measurement.disaggregated"] * world.dials["measurement.sharing"]
    untargeted = (1 - by_data) * (1 - world.seat() * world.engagement())
    reached = [math.exp(-group.barrier * (1 - group.engagement) * untargeted) for group in world.groups]
    average = sum(group.share * part for group, part in zip(world.groups, reached, strict=True))
    return [part / average for part in reached]


def engage(world: World) -> None:
    """Residents, point 3: they engage if reached out to, if given a seat, and as far as they see progress."""
    dials, seat = world.dials, world.seat()
    for group in world.groups:
        group.used_to += (group.level() - group.used_to) / 12
        seen = max(0.0, math.tanh((group.level() - group.used_to) / dials["commitment.progress_scale"]))
        pull = 1 - (1 - world.hub("engage")) * (1 - seat) * (1 - dials["measurement.sharing"] * seen)
        group.engagement = clip(
            group.engagement
            + dials["community.engagement_gain"] * pull * (1 - group.engagement)
            - dials["community.engagement_decay"] * group.engagement
        )


def commit(world: World) -> None:
    """Stage 6: members' commitment moves part of the way to k*."""
    changed = {}
    for member in world.members():
        target = 1 / (1 + math.exp(-commitment_logit(world, member)))
        noise = world.dials["commitment.noise"] * world.normal("mood", member.slot)
        adjustment = world.dials["commitment.adjustment"]
        changed[member] = clip(member.commitment + adjustment * (target - member.commitment) + noise)
    for member, commitment in changed.items():
        member.commitment = commitment


def commitment_logit(world: World, member: Organization) -> float:
    """Stage 6: logit of k*; a term with a mean over partners counts 0 where one has none."""
    dials = world.dials
    accountability = dials["measurement.accountability"] * dials["measurement.sharing"]
    logit = dials["commitment.base"]
    mean_trust = mean_over_members(member, lambda tie: tie.trust[member])
    mean_commitment = mean_over_members(member, lambda tie: tie.other(member).commitment)
    if mean_trust is not None:
        logit += dials["commitment.trust_weight"] * (mean_trust - 0.5)
    if mean_commitment is not None:
        conform = dials["commitment.conform_weight"] * accountability
        logit += conform * (mean_commitment - member.commitment)
    if world.coalition.agenda is not None:
        fit = 1 - total_variation(member.mission, world.coalition.agenda)
        purpose = dials["commitment.purpose_weight"] * world.counts_for(dials["agenda.process"]) * member.awareness
        logit += purpose * (fit - dials["commitment.purpose_reference"])
    seen = sum(
        goal * (belief - slow)
        for goal, belief, slow in zip(member.goals, member.belief, member.slow_belief, strict=True)
    )
    logit += dials["commitment.progress_weight"] * math.tanh(seen / dials["commitment.progress_scale"])
    logit -= dials["commitment.overhead_weight"] * member.overhead
    logit -= dials["commitment.temptation"] * (1 - accountability)
    return logit


def build(world: World) -> None:
    """Stage 7: capacity grows in committed members that were reached, and fades; a grant is decided."""
    dials = world.dials
    gain = dials["backbone.capacity_gain"] * world.hub("capacity")
    for organization in world.organizations:
        if organization.reached:
            room = dials["backbone.capacity_max"] - organization.capacity
            organization.capacity += gain * organization.commitment * room
        organization.capacity -= dials["backbone.capacity_decay"] * (organization.capacity - 1)
    world.coalition.evidence = 0.0
    if world.members():
        shown = mean([progress_believed(world, member) for member in world.members()])
        world.coalition.evidence = dials["measurement.sharing"] * max(0.0, shown)
        part = min(1.0, dials["backbone.grant_slope"] * world.coalition.evidence)
        base = dials["backbone.grant_base"]
        grant = dials["backbone.grant_max"] * world.hub("fund") * (base + (1 - base) * part)
        world.coalition.grants_by_month[world.month + GRANT_DELAY] = grant


def progress_believed(world: World, member: Organization) -> float:
    """Stage 7: the share of the gap that a member believes closed."""
    return sum(
        outcome.weight * (member.belief[d] - outcome.baseline) / (1 - outcome.baseline)
        for d, outcome in enumerate(world.outcomes)
    )
