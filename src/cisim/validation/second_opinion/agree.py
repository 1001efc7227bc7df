"""Stage 3, agree (common agenda): the draft, and how goals move to it and back to the own mission."""

from __future__ import annotations

from cisim.validation.second_opinion.things import Point, World


def agree(world: World) -> None:
    """Stage 3."""
    if review_is_due(world):
        world.coalition.last_review = world.month
        draft_agenda(world)
    world.coalition.process_last_month = world.dials["agenda.process"]
    adopt(world)


def review_is_due(world: World) -> bool:
    """Stage 3 (1): in the first month with a process, and every `cadence` months."""
    if world.dials["agenda.process"] == 0:
        return False
    first = world.coalition.process_last_month == 0
    return first or world.month - world.coalition.last_review >= world.dials["agenda.cadence"]


def draft_agenda(world: World) -> None:
    """Stage 3 (1): missions by voice, with measured need and residents' wishes, sharpened by focus; or none."""
    members = world.members()
    if not members:
        return
    mean_resources = sum(member.resources for member in members) / len(members)
    power = world.dials["agenda.voice"]
    voices = [member.commitment * (member.resources / mean_resources) ** power for member in members]
    if sum(voices) == 0:
        return
    voices = shares(voices)
    evidence = world.dials["agenda.evidence"] * world.dials["measurement.sharing"]
    need = measured_need(world, voices)
    draft = [
        (1 - evidence) * sum(voice * member.mission[d] for voice, member in zip(voices, members, strict=True))
        + evidence * need[d]
        for d in range(len(world.outcomes))
    ]
    for d in range(len(world.outcomes)):
        asked = sum(group.share * group.engagement * group.wish()[d] for group in world.groups)
        draft[d] = (1 - world.seat() * world.engagement()) * draft[d] + world.seat() * asked
    focus = world.dials["agenda.focus"]
    world.coalition.agenda = shares([(value / max(draft)) ** focus for value in draft])
    world.coalition.voice_gini = gini(voices)
    process = world.dials["agenda.process"]
    for member in members:
        member.awareness = 1 - (1 - member.awareness) * (1 - process * member.commitment)


def measured_need(world: World, voices: Point) -> Point:
    """Stage 3 (1): need as members believe it to be."""
    members = world.members()
    gaps = []
    for d, outcome in enumerate(world.outcomes):
        believed = sum(voice * member.belief[d] for voice, member in zip(voices, members, strict=True))
        gaps.append(outcome.weight * max(0.0, 1 - believed))
    return shares(gaps) if sum(gaps) > 0 else [outcome.weight for outcome in world.outcomes]


def shares(values: Point) -> Point:
    """The same proportions with sum 1."""
    return [value / sum(values) for value in values]


def gini(shares_of_all: Point) -> float:
    """Mean absolute difference of two drawn with replacement, over twice the mean."""
    number = len(shares_of_all)
    differences = sum(abs(one - other) for one in shares_of_all for other in shares_of_all)
    return differences / number**2 / (2 * sum(shares_of_all) / number)


def adopt(world: World) -> None:
    """Stage 3 (2): members' goals move to the agenda, everybody's to the own mission."""
    agenda, process = world.coalition.agenda, world.dials["agenda.process"]
    for organization in world.organizations:
        pull = 0.0
        if organization.member and agenda is not None:
            pull = process * world.dials["agenda.pull"] * organization.commitment * organization.awareness
        organization.goals = [
            own
            + (pull * (agenda[d] - own) if agenda is not None else 0.0)
            + world.dials["agenda.stubborn"] * (organization.mission[d] - own)
            for d, own in enumerate(organization.goals)
        ]
