"""The record: one row a month, by the names of `cisim.dynamics.measures`."""

from __future__ import annotations

import math

from cisim.validation.second_opinion.act import money
from cisim.validation.second_opinion.things import BUILT, Organization, World, mean, total_variation

WORKING_TIE = 0.2
FLOWS = ("duplication", "staff_at_work", "resources", "grants", "levy", "overhead", "work", "overhead_share")
ACHIEVED = tuple(f"achieved.{condition}" for condition in (*BUILT, "backbone"))


def row(world: World) -> dict[str, float]:
    """What is recorded after stage 7, or at month 0, where what flows has no meaning."""
    recorded = state(world) | members(world) | fits(world) | residents(world)
    if world.month == 0:
        return recorded | dict.fromkeys((*FLOWS, *ACHIEVED, "progress_per_fte", "alive"), math.nan)
    coalition = world.coalition
    recorded |= flows(world) | achieved(world) | {"alive": coalition.alive}
    outside = coalition.outside_staff + world.dials["funder.services"]
    coalition.spent += (recorded["levy"] + recorded["grants"] + outside) / 12
    recorded["progress_per_fte"] = recorded["progress"] / coalition.spent if coalition.spent > 0 else math.nan
    return recorded


def achieved(world: World) -> dict[str, float]:
    """Shares of the intended conditions that have come about."""
    coalition = world.coalition
    recorded = {
        f"achieved.{condition}": coalition.achieved[condition] / world.intended[path]
        if world.intended[path] > 0
        else math.nan
        for condition, (path, _) in BUILT.items()
    }
    recorded["achieved.backbone"] = coalition.achieved["backbone"] if coalition.staff_at_work > 0 else math.nan
    return recorded


def state(world: World) -> dict[str, float]:
    """What stands at the end of a month, over all organisations."""
    organizations, ties = world.organizations, world.ties
    weights = sum(tie.strength for tie in ties)
    trust = sum(tie.strength * (tie.trust[tie.first] + tie.trust[tie.second]) / 2 for tie in ties)
    recorded = {
        "progress": sum(
            outcome.weight * (outcome.indicator - outcome.baseline) / (1 - outcome.baseline)
            for outcome in world.outcomes
        ),
        "belief_error": mean(
            [
                abs(belief - outcome.indicator)
                for organization in organizations
                for belief, outcome in zip(organization.belief, world.outcomes, strict=True)
            ]
        ),
        "practice_quality": mean([world.effectiveness[one.practice] for one in organizations]),
        "capacity": mean([organization.capacity for organization in organizations]),
        "working_ties": mean(
            [sum(tie.strength >= WORKING_TIE for tie in organization.ties) for organization in organizations]
        ),
        "trust": trust / weights if weights > 0 else math.nan,
        "members": float(len(world.members())),
        "voice_gini": world.coalition.voice_gini,
    }
    for outcome in world.outcomes:
        recorded[f"indicator.{outcome.name}"] = outcome.indicator
    return recorded


def members(world: World) -> dict[str, float]:
    """Means over members."""
    agenda, everyone = world.coalition.agenda, world.members()
    distances = [] if agenda is None else [total_variation(member.goals, agenda) for member in everyone]
    return {
        "goal_alignment": 1 - mean(distances),
        "commitment": mean([member.commitment for member in everyone]),
        "awareness": mean([member.awareness for member in everyone]),
    }


def fits(world: World) -> dict[str, float]:
    """The fit of the agenda with missions: in all, by size and by sector."""

    def fit(organizations: list[Organization]) -> float:
        agenda = world.coalition.agenda
        if agenda is None:
            return math.nan
        return mean([1 - total_variation(organization.mission, agenda) for organization in organizations])

    everybody = world.organizations
    recorded = {
        "agenda_fit": fit(everybody),
        "agenda_fit_large": fit([organization for organization in everybody if organization.large]),
        "agenda_fit_small": fit([organization for organization in everybody if organization.small]),
    }
    for sector in world.sectors:
        recorded[f"agenda_fit.{sector}"] = fit([one for one in everybody if one.sector == sector])
    return recorded


def residents(world: World) -> dict[str, float]:
    """Residents by group, where groups are named."""
    if not world.named_groups:
        return {}
    recorded, groups, agenda = {}, world.groups, world.coalition.agenda
    for group in groups:
        recorded[f"progress.{group.name}"] = sum(
            weight * (now - then) / (1 - then)
            for weight, now, then in zip(group.weights, group.indicators, group.baselines, strict=True)
        )
    levels = [group.level() for group in groups]
    recorded["gap"] = max(levels) - min(levels)
    recorded["engagement"] = world.engagement()
    recorded["agenda_fit_residents"] = (
        math.nan
        if agenda is None
        else sum(group.share * (1 - total_variation(group.wish(), agenda)) for group in groups)
    )
    return recorded


def flows(world: World) -> dict[str, float]:
    """The effort account of the month, and what of the effort was lost to an uneven mix of roles."""
    coalition = world.coalition
    of_members = sum(member.available for member in world.members())
    resources = sum(organization.available for organization in world.organizations)
    overhead = sum(one.available * money(world, one) * one.overhead for one in world.organizations)
    grants, levy = coalition.grant * of_members, coalition.levy * of_members
    effort = sum(sum(outcome.effort) for outcome in world.outcomes)
    produced = sum(outcome.produced for outcome in world.outcomes)
    return {
        "duplication": 1 - produced / effort if effort > 0 else math.nan,
        "staff_at_work": coalition.staff_at_work,
        "resources": resources,
        "grants": grants,
        "levy": levy,
        "overhead": overhead,
        "work": resources + grants - levy - overhead,
        "overhead_share": overhead / sum(world.nominal(organization) for organization in world.organizations),
    }
