"""Stage 0, disturb: events, start and end, turnover, resources, exits and joiners, levy and grant."""

from __future__ import annotations

import math
from typing import Any

from cisim.validation.second_opinion.events import happen
from cisim.validation.second_opinion.plain_luck import slot_of
from cisim.validation.second_opinion.things import BUILT, Organization, World, mean

GRANT_DELAY = 6
TOO_FEW_FOR = 6
COALITION_DIALS = (
    "communication.frequency",
    "measurement.sharing",
    "agenda.process",
    "activities.coordination",
    "backbone.staff",
)
"""What counts as 0 while the coalition is not in force."""


def disturb(world: World, rows: list[dict[str, float]]) -> None:
    """Stage 0; `rows` is the record up to last month."""
    last_hub = {function: world.hub(function) for _, function in BUILT.values()}
    happen(world, rows)
    world.intended = effective_dials(world)
    world.dials = world.intended | build_conditions(world, last_hub)
    forget_agenda_without_process(world)
    turn_over(world)
    vary_resources(world)
    if world.coalition.in_force:
        leave_and_join(world)
        count_members(world)
    pay(world)


def effective_dials(world: World) -> dict[str, float]:
    """The dials as they count this month, before it is asked how much of them has been built."""
    dials: dict[str, Any] = dict(world.base_dials)
    if not world.coalition.in_force:
        for path in COALITION_DIALS:
            dials[path] = 0.0
    if not dials["backbone.start"] <= world.month <= dials["backbone.end"]:
        dials["backbone.staff"] = 0.0
    return dials


def build_conditions(world: World, last_hub: dict[str, float]) -> dict[str, float]:
    """Stage 0 (1): what is achieved of the intended conditions follows over months; the dials of four of them."""
    dials, achieved = world.intended, world.coalition.achieved
    committed = mean([member.commitment for member in world.members()]) if world.members() else 0.0
    ready = 1 - dials["coalition.readiness"] * (1 - committed)
    for condition, (path, function) in BUILT.items():
        carried = 1 - dials["backbone.carries"] * (1 - last_hub[function])
        approach(achieved, condition, dials[path], dials[path] * ready * carried, dials[f"{condition}.build"])
    staffed = 1.0 if dials["backbone.staff"] > 0 else 0.0
    approach(achieved, "backbone", staffed, staffed * ready, dials["backbone.build"])
    return {path: achieved[condition] for condition, (path, _) in BUILT.items()}


def approach(achieved: dict[str, float], condition: str, intended: float, goal: float, months: float) -> None:
    """Move what is achieved of a condition part of the way to its goal, down twice as fast as up."""
    if intended == 0:
        achieved[condition] = 0.0
        return
    gap = goal - achieved[condition]
    achieved[condition] += gap / max(1.0, months if gap > 0 else months / 2)


def forget_agenda_without_process(world: World) -> None:
    """Stage 0 (1): when process falls to 0 the agenda is forgotten, once."""
    if world.coalition.process_last_month > 0 and world.dials["agenda.process"] == 0:
        world.coalition.forget_agenda(world.organizations)


def turn_over(world: World) -> None:
    """Stage 0 (2): a new leader loses trust, both ways, and awareness."""
    probability = 1 - (1 - world.dials["coalition.turnover"]) ** (1 / 12)
    kept = 1 - world.dials["coalition.turnover_loss"]
    for organization in world.organizations:
        if world.uniform("turnover", organization.slot) < probability:
            organization.awareness *= kept
            for tie in organization.ties:
                tie.trust[tie.first] *= kept
                tie.trust[tie.second] *= kept


def vary_resources(world: World) -> None:
    """Stage 0 (3): log resources wander about their nominal value, posts of a grant included, partly in common."""
    dials = world.dials
    step = dials["coalition.resource_volatility"] / math.sqrt(12)
    phi = 1 - 1 / dials["coalition.resource_memory"]
    common = dials["coalition.resource_common"]
    variance = step**2 / (1 - phi**2)
    shared = world.normal("resources in common", slot_of(0))
    for organization in world.organizations:
        own = world.normal("resources", organization.slot)
        shock = math.sqrt(common) * shared + math.sqrt(1 - common) * own
        organization.deviation = phi * organization.deviation + step * shock
        budget = math.exp(organization.deviation - variance / 2)
        organization.available = world.nominal(organization) * budget
        if world.month == 1:
            organization.at_work = organization.resources * budget
        more = organization.available - organization.at_work
        if more > 0:
            organization.at_work += more / max(1.0, dials["coalition.onboarding"])
        else:
            organization.at_work = organization.available


def leave_and_join(world: World) -> None:
    """Stage 0 (4): the uncommitted leave, others join; who leaves does not come back this month."""
    leavers: list[Organization] = []
    joiners: list[Organization] = []
    for organization in world.organizations:
        if organization.member:
            probability = world.dials["coalition.exit_rate"] * (1 - organization.commitment) ** 4
            if world.uniform("exit", organization.slot) < probability:
                leavers.append(organization)
        elif not organization.excluded:
            probability = world.dials["coalition.join_rate"] * (0.2 + 0.8 * world.coalition.engagement)
            probability *= 1 - world.dials["coalition.exposure"] * (1 - exposure(organization))
            if world.uniform("join", organization.slot) < probability:
                joiners.append(organization)
    for organization in leavers:
        organization.leave()
    for organization in joiners:
        organization.join()


def exposure(organization: Organization) -> float:
    """Stage 0 (4): the share of the strength of an organisation's ties that goes to members; 0 without any."""
    to_all = sum(tie.strength for tie in organization.ties)
    to_members = sum(tie.strength for tie in organization.ties if tie.other(organization).member)
    return to_members / to_all if to_all > 0 else 0.0


def count_members(world: World) -> None:
    """Stage 0 (5): a coalition that has too few members for six months in a row is over after the sixth."""
    too_few = len(world.members()) < world.dials["coalition.least"]
    world.coalition.months_too_few = world.coalition.months_too_few + 1 if too_few else 0
    world.coalition.ended = world.coalition.months_too_few >= TOO_FEW_FOR


def pay(world: World) -> None:
    """Stage 0 (5): the levy, the staff that it and outsiders pay, and the grant decided six months ago."""
    coalition = world.coalition
    staff, share = world.dials["backbone.staff"], world.dials["backbone.member_share"]
    resources = sum(organization.available for organization in world.members())
    coalition.levy = min(0.9, staff * share / resources) if world.members() else 0.0
    coalition.outside_staff = staff * (1 - share) + funded_staff(world)
    coalition.staff_at_work = coalition.outside_staff + coalition.levy * resources
    coalition.grant = coalition.grants_by_month.pop(world.month, 0.0)


def funded_staff(world: World) -> float:
    """Stage 0 (5): staff that the outside grant pays; at the end of its term the grant is renewed or gone."""
    coalition, dials = world.coalition, world.dials
    if dials["backbone.staff"] == 0 or dials["funder.staff"] == 0 or coalition.funder_gone:
        return 0.0
    if world.month > coalition.funded_until:
        renewal = dials["funder.renewal"] + dials["funder.slope"] * coalition.evidence
        begins = coalition.funded_until == -math.inf
        if not begins and world.uniform("renewal", slot_of(0)) >= min(1.0, renewal):
            coalition.funder_gone = True
            return 0.0
        coalition.funded_until = world.month + dials["funder.term"] - 1
    return dials["funder.staff"]
