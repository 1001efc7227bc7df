"""Stage 1, communicate (continuous communication): contact, goals, awareness, trust, ties, practice."""

from __future__ import annotations

import math

from cisim.validation.second_opinion.things import (
    Organization,
    Point,
    Tie,
    World,
    clip,
    mean_over_members,
    total_variation,
)


def communicate(world: World) -> None:
    """Stage 1."""
    make_contact(world)
    share_goals(world)
    share_awareness(world)
    change_trust(world)
    change_ties(world)
    change_practices(world)


def make_contact(world: World) -> None:
    """Stage 1 (1): whom the hub reaches, and who meets over which tie."""
    engagement, weaving = world.hub("engage"), world.hub("weave")
    world.coalition.engagement = engagement
    for organization in world.organizations:
        organization.reached = organization.member and world.uniform("reach", organization.slot) < engagement
    for tie in world.ties:
        probability = 1 - math.exp(-world.rate(tie, world.dials["communication.frequency"]) * tie.strength)
        if tie.first.reached and tie.second.reached:
            probability = 1 - (1 - probability) * (1 - weaving)
        tie.met = world.uniform("contact", tie.slot) < probability


def partners(world: World, organization: Organization) -> list[tuple[Point, float, float]]:
    """Goals, awareness and trust in each of those met; the hub among them while there is an agenda."""
    found = []
    for tie in organization.ties:
        if tie.met:
            other = tie.other(organization)
            found.append((other.goals, other.awareness, tie.trust[organization]))
    if organization.reached and world.coalition.agenda is not None:
        trust = mean_over_members(organization, lambda tie: tie.trust[organization])
        trust = world.coalition_trust if trust is None else trust
        told = world.counts_for(world.dials["agenda.process"])
        found.append((world.coalition.agenda, told, told * trust))
    return found


def share_goals(world: World) -> None:
    """Stage 1 (2): goals move to those of partners, by trust, if these are near enough."""
    openness, influence = world.dials["communication.openness"], world.dials["communication.influence"]
    moved = []
    for organization in world.organizations:
        heard = [
            (goals, trust)
            for goals, _, trust in partners(world, organization)
            if openness >= 1 or total_variation(organization.goals, goals) <= openness + 1e-12
        ]
        moved.append(
            [
                own + influence * sum(trust * (goals[d] - own) for goals, trust in heard) / (1 + len(heard))
                for d, own in enumerate(organization.goals)
            ]
        )
    for organization, goals in zip(world.organizations, moved, strict=True):
        organization.goals = goals


def share_awareness(world: World) -> None:
    """Stage 1 (3): awareness of the agenda spreads, and is forgotten."""
    gain, forget = world.dials["communication.awareness_gain"], world.dials["communication.forget"]
    changed = []
    for organization in world.organizations:
        unaware = 1 - organization.awareness
        for _, awareness, _ in partners(world, organization):
            unaware *= 1 - gain * awareness
        changed.append((1 - unaware) * (1 - forget))
    for organization, awareness in zip(world.organizations, changed, strict=True):
        organization.awareness = awareness


def worked_together(tie: Tie) -> bool:
    """The case of stage 1 (4) and (5): two members that met."""
    return tie.met and tie.within_coalition()


def change_trust(world: World) -> None:
    """Stage 1 (4): trust follows the commitment that one sees; without contact it returns to where it was."""
    gain, loss_ratio = world.dials["communication.trust_gain"], world.dials["communication.trust_loss_ratio"]
    decay = world.dials["communication.trust_decay"]
    for tie in world.ties:
        for organization in (tie.first, tie.second):
            trust = tie.trust[organization]
            if worked_together(tie):
                seen = tie.other(organization).commitment
                rate = gain if seen >= trust else gain * loss_ratio
                tie.trust[organization] = clip(trust + rate * world.visibility() * (seen - trust))
            else:
                tie.trust[organization] = trust + decay * (tie.founding_trust[organization] - trust)


def change_ties(world: World) -> None:
    """Stage 1 (5): a tie that is used and trusted grows, another fades to what it was."""
    gain, fade = world.dials["communication.tie_gain"], world.dials["communication.tie_fade"]
    for tie in world.ties:
        if worked_together(tie):
            trust = (tie.trust[tie.first] + tie.trust[tie.second]) / 2
            tie.strength += gain * trust * (1 - tie.strength)
        else:
            tie.strength += fade * (tie.founding_strength - tie.strength)


def change_practices(world: World) -> None:
    """Stage 1 (6): copy what looks best if it looks better than one's own is, or else experiment."""
    next_offer = best_practice_of_reached(world)
    changed = []
    for organization in world.organizations:
        copied = copy_practice(world, organization)
        practice = experiment(world, organization) if copied is None else copied
        changed.append(slip(world, organization, hear_of_tested_practice(world, organization, practice)))
    for organization, practice in zip(world.organizations, changed, strict=True):
        organization.practice = practice
    world.coalition.hub_offer = next_offer


def best_practice_of_reached(world: World) -> int | None:
    """What the hub will offer next month: the best practice of the members that it reached."""
    practices = [organization.practice for organization in world.organizations if organization.reached]
    return min(practices, key=lambda practice: (-world.effectiveness[practice], practice), default=None)


def copy_practice(world: World, organization: Organization) -> int | None:
    """The practice that an organisation copies, if any."""
    if not world.uniform("look at practices", organization.slot) < world.dials["communication.learning"]:
        return None
    error = world.dials["practice.noise"] * (1 - world.visibility())
    looks = []
    for tie in organization.ties:
        seen = tie.other(organization).practice
        if tie.met and seen != organization.practice:
            z = world.normal("look error", tie.look_slot[organization])
            looks.append((world.effectiveness[seen] + error * z, seen))
    offer = world.coalition.hub_offer
    if organization.reached and offer is not None and offer != organization.practice:
        z = world.normal("look error", organization.slot)
        looks.append((world.effectiveness[offer] + error * z, offer))
    if not looks:
        return None
    look, practice = min(looks, key=lambda pair: (-pair[0], pair[1]))
    return practice if look > world.effectiveness[organization.practice] else None


def experiment(world: World, organization: Organization) -> int:
    """The practice after one random bit flip, if it was tried and looks better."""
    if world.uniform("experiment", organization.slot) < world.dials["practice.experiment"]:
        bit = int(world.uniform("experiment bit", organization.slot) * world.practice_bits)
        tried = organization.practice ^ (1 << bit)
        error = world.dials["practice.own_noise"] * (1 - world.visibility())
        look = world.effectiveness[tried] + error * world.normal("own error", organization.slot)
        if look > world.effectiveness[organization.practice]:
            return tried
    return organization.practice


def hear_of_tested_practice(world: World, organization: Organization, practice: int) -> int:
    """The practice after a member has heard of the tested one: part by part, if that is more effective."""
    probability = world.dials["practice.outreach"] * world.hub("capacity")
    heard = organization.member and world.uniform("outreach", organization.slot) < probability
    tested = world.tested_practice
    if not heard or world.effectiveness[tested] <= world.effectiveness[practice]:
        return practice
    for bit in range(world.practice_bits):
        if world.uniform("outreach", organization.slot, 1 + bit) < world.dials["practice.fidelity"]:
            practice = practice & ~(1 << bit) | tested & (1 << bit)
    return practice


def slip(world: World, organization: Organization, practice: int) -> int:
    """The practice, one random bit of which may slip."""
    if world.uniform("drift", organization.slot) < world.dials["practice.drift"]:
        practice ^= 1 << int(world.uniform("drift", organization.slot, 1) * world.practice_bits)
    return practice
