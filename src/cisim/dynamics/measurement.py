"""Shared measurement: looks at the outcomes, reports, beliefs, and the overhead of it all."""

from __future__ import annotations

import math

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import in_a_row, power
from cisim.dynamics.backbone import MEASURE, hub
from cisim.dynamics.compiled import inner, sequence
from cisim.dynamics.luck import FEEDBACK, INDICATOR, REPORT, Luck, draw_normals, key, uniform
from cisim.dynamics.state import SLOW_MONTHS, Dials, State
from cisim.dynamics.ties import list_meetings

#: No more than this share of effort is overhead.
LARGEST_OVERHEAD = 0.9


@sequence
def measure(state: State, dials: Dials, luck: Luck) -> None:
    """Look at the indicators, share reports, update beliefs and count the overhead (stage 2)."""
    look(state, dials, luck)
    exchange_reports(state, dials, luck)
    believe(state, dials)
    count_overhead(state, dials)


@inner
def visibility(dials: Dials) -> float:
    """Return how well an organisation sees what others do, in [0, 1]: visibility + (1 - visibility) m."""
    seen = dials[at.MEASUREMENT_VISIBILITY]
    return seen + (1.0 - seen) * dials[at.MEASUREMENT_SHARING]


@inner
def look(state: State, dials: Dials, luck: Luck) -> None:
    """Let every organisation look at every outcome, and members file reports (point 1).

    z_id = Y_d + bias_id (1 - m for members, 1 for others) + N(0, measurement.noise^2); a member files with probability m, and works on a
    report with the probability that is intended.
    """
    sharing, noise = dials[at.MEASUREMENT_SHARING], dials[at.MEASUREMENT_NOISE]
    intended = state.coalition[0].sharing
    report_key, seen, number = key(luck, REPORT), in_a_row(state.room[0]), state.organisations.shape[0]
    if noise > 0.0:
        draw_normals(key(luck, INDICATOR), state.slots, state.outcomes.shape[0], seen)
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        bias_left, organisation.reported, organisation.reports = 1.0, 0, 0
        organisation.reporting = 0
        if organisation.member == 1:
            bias_left = 1.0 - sharing
            draw = uniform(report_key, organisation.slot, 0)
            if draw < sharing:
                organisation.reported = 1
            if draw < intended:
                organisation.reporting = 1
        for d in range(state.outcomes.shape[0]):
            stance = state.stances[i, d]
            stance.look = state.outcomes[d].indicator + bias_left * stance.bias
            if noise > 0.0:
                stance.look += noise * seen[d * number + i]
            stance.report_sum = 0.0


@inner
def exchange_reports(state: State, dials: Dials, luck: Luck) -> None:
    """Bring reports to those met, and all reports to the members whom the hub serves (point 2); none twice, none to oneself."""
    organisations, stances, outcomes = state.organisations, state.stances, state.outcomes.shape[0]
    served = hub(state.coalition[0], dials, MEASURE)
    feedback_key = key(luck, FEEDBACK)
    filed = 0
    for organisation in organisations:
        filed += organisation.reported
    if filed == 0:
        return
    for i in range(organisations.shape[0]):
        if organisations[i].member == 1 and uniform(feedback_key, organisations[i].slot, 0) < served:
            organisations[i].reports = -1  # all of them
    for meeting in range(list_meetings(state)):
        tie = state.ties[state.meetings[meeting]]
        for i, j in ((tie.first, tie.second), (tie.second, tie.first)):
            if organisations[j].reported == 1 and organisations[i].reports >= 0:
                organisations[i].reports += 1
                for d in range(outcomes):
                    stances[i, d].report_sum += stances[j, d].look
    for d in range(outcomes):
        state.outcomes[d].reported = 0.0
    for j in range(organisations.shape[0]):
        if organisations[j].reported == 1:
            for d in range(outcomes):
                state.outcomes[d].reported += stances[j, d].look
    for i in range(organisations.shape[0]):
        if organisations[i].reports == -1:
            for d in range(outcomes):
                own = stances[i, d].look if organisations[i].reported == 1 else 0.0
                stances[i, d].report_sum = state.outcomes[d].reported - own
            organisations[i].reports = filed - organisations[i].reported


@inner
def believe(state: State, dials: Dials) -> None:
    """Update beliefs from the mean of one's own look and the n - 1 reports received (point 3).

    P = V + belief_drift; gain = P / (P + measurement.noise^2 / n); B += gain (mean - B); V = (1 - gain) P; then the slow belief
    S += (B - S) / 12. This is the Kalman filter of a random walk.
    """
    error = dials[at.MEASUREMENT_NOISE] * dials[at.MEASUREMENT_NOISE]
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        sources = 1.0 + organisation.reports
        prior = organisation.variance + dials[at.MEASUREMENT_BELIEF_DRIFT]
        total = prior + error / sources
        gain = prior / total if total > 0.0 else 1.0
        organisation.variance = (1.0 - gain) * prior
        for d in range(state.outcomes.shape[0]):
            stance = state.stances[i, d]
            stance.belief += gain * ((stance.look + stance.report_sum) / sources - stance.belief)
            stance.slow_belief += (stance.belief - stance.slow_belief) * (1.0 / SLOW_MONTHS)


@inner
def count_overhead(state: State, dials: Dials) -> None:
    """Count what meetings, the hub and data cost each organisation, as a share of its effort (point 4).

    o_i = min(0.9, (size_mean / (s r_i))^cost_size (contact_cost sum over ties of rate w + hub_cost if reached + data_cost (1 + disaggregated)
    if at work on a report + residents_cost seat if a member)), with the rate and the seat that are intended;
    s r_i are nominal resources with the posts that a grant pays.
    """
    informal, frequency = dials[at.COMMUNICATION_INFORMAL], state.coalition[0].frequency
    for tie in state.ties:
        first, second = state.organisations[tie.first], state.organisations[tie.second]
        rate = informal + frequency if first.member == 1 and second.member == 1 else informal
        first.load += rate * tie.strength
        second.load += rate * tie.strength
    exponent, enlarged = dials[at.COMMUNICATION_COST_SIZE], state.coalition[0].enlarged
    data_cost = dials[at.MEASUREMENT_DATA_COST] * (1.0 + dials[at.MEASUREMENT_DISAGGREGATED])
    residents_cost = dials[at.AGENDA_RESIDENTS_COST] * state.coalition[0].process * dials[at.AGENDA_RESIDENTS]
    for organisation in state.organisations:
        cost = (
            dials[at.COMMUNICATION_CONTACT_COST] * organisation.load
            + dials[at.BACKBONE_HUB_COST] * organisation.reached
            + data_cost * organisation.reporting
            + residents_cost * organisation.member
        )
        if cost > 0.0:
            relative = dials[at.COALITION_SIZE_MEAN] / (enlarged * organisation.resources)
            cost *= math.sqrt(relative) if exponent == 0.5 else power(relative, exponent)
        organisation.overhead = min(LARGEST_OVERHEAD, cost)
