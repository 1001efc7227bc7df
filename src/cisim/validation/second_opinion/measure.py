"""Stage 2, measure (shared measurement): looks, reports, belief, and the overhead of it all."""

from __future__ import annotations

from cisim.validation.second_opinion.things import Organization, World


def measure(world: World) -> None:
    """Stage 2."""
    look_and_report(world)
    update_beliefs(world)
    count_overhead(world)


def look_and_report(world: World) -> None:
    """Stage 2 (1): every organisation sees the indicators, with bias and noise; members file reports."""
    sharing, noise = world.dials["measurement.sharing"], world.dials["measurement.noise"]
    for organization in world.organizations:
        bias_left = 1 - sharing if organization.member else 1.0
        organization.look = [
            outcome.indicator
            + organization.bias[d] * bias_left
            + noise * world.normal("look at indicators", organization.slot, d)
            for d, outcome in enumerate(world.outcomes)
        ]
        number = world.uniform("report", organization.slot)
        organization.reported = organization.member and number < sharing
        organization.works_on_report = organization.member and number < world.intended["measurement.sharing"]


def reports_received(world: World, organization: Organization) -> list[Organization]:
    """Stage 2 (2): whose reports reach an organisation: of those met, and all if the hub sends them."""
    feedback = world.hub("measure")
    senders = [other for other in organization.met() if other.reported]
    if organization.member and world.uniform("feedback", organization.slot) < feedback:
        senders += [
            other
            for other in world.organizations
            if other.reported and other is not organization and other not in senders
        ]
    return senders


def update_beliefs(world: World) -> None:
    """Stage 2 (3): a Kalman step with the plain mean of own look and reports; the slow belief follows."""
    drift, noise = world.dials["measurement.belief_drift"], world.dials["measurement.noise"]
    for organization in world.organizations:
        looks = [organization.look] + [other.look for other in reports_received(world, organization)]
        prior = organization.variance + drift
        error = noise**2 / len(looks)
        gain = prior / (prior + error) if prior + error > 0 else 1.0
        organization.variance = (1 - gain) * prior
        for d in range(len(world.outcomes)):
            seen = sum(look[d] for look in looks) / len(looks)
            organization.belief[d] += gain * (seen - organization.belief[d])
            organization.slow_belief[d] += (organization.belief[d] - organization.slow_belief[d]) / 12


def count_overhead(world: World) -> None:
    """Stage 2 (4): the share of effort that contacts, hub and data take; ties as they stand after stage 1."""
    dials = world.dials
    for organization in world.organizations:
        intended = world.intended["communication.frequency"]
        contacts = sum(world.rate(tie, intended) * tie.strength for tie in organization.ties)
        cost = dials["communication.contact_cost"] * contacts
        if organization.reached:
            cost += dials["backbone.hub_cost"]
        if organization.works_on_report:
            cost += dials["measurement.data_cost"] * (1 + dials["measurement.disaggregated"])
        if organization.member:
            cost += dials["agenda.residents_cost"] * world.intended["agenda.process"] * dials["agenda.residents"]
        size = (world.size_mean / world.nominal(organization)) ** dials["communication.cost_size"]
        organization.overhead = min(0.9, size * cost)
