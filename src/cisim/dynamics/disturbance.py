"""Disturbance: events, start and end of the coalition, turnover, budgets, members who leave and join."""

from __future__ import annotations

import math

import numpy as np

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import expm1, exponentials, in_a_row, log1p
from cisim.dynamics.backbone import ALIGN, ENGAGE, MEASURE, collect_levy, hub
from cisim.dynamics.compiled import inner, month_loop, sequence
from cisim.dynamics.conditions import achieve
from cisim.dynamics.luck import (
    EXIT,
    JOIN,
    RESOURCES,
    RESOURCES_COMMON,
    TURNOVER,
    Luck,
    draw_normals,
    key,
    normal,
    slot_of,
    uniform,
)
from cisim.dynamics.state import (
    FIRING,
    JOINING,
    PATIENCE,
    SET_DIAL,
    SET_MEMBER,
    SET_RESOURCES,
    Dials,
    Floats,
    State,
    Table,
)
from cisim.dynamics.ties import exposure


@sequence
def happen(state: State, plan: Dials, events: Table, actions: Table, record: Floats, luck: Luck) -> None:
    """Let the events (of EVENT) of this month happen (stage 0, point 1): dials, start or end of the coalition, then organisations.

    `record` is that of last month; its NaN never cross a value.
    """
    for e in range(events.shape[0]):
        event = events[e]
        if state.fired[e] == 1:
            continue
        if event.month > 0:
            due = event.month == luck.month
        else:
            value = record[event.measure]
            due = luck.month > event.after and (value < event.below or value > event.above)
        if due:
            state.fired[e] = FIRING
            for a in range(event.first_action, event.first_action + event.actions):
                if actions[a].kind == SET_DIAL:
                    plan[actions[a].index] = actions[a].value
    start_or_end(state, plan, luck)
    for e in range(events.shape[0]):
        if state.fired[e] == FIRING:
            state.fired[e] = 1
            for a in range(events[e].first_action, events[e].first_action + events[e].actions):
                if actions[a].kind != SET_DIAL:
                    change_organisation(state, actions[a].kind, actions[a].index, actions[a].value)


@inner
def start_or_end(state: State, plan: Dials, luck: Luck) -> None:
    """Start the coalition, with its founders as members but those that events keep out, or end it.

    With too few members for PATIENCE months in a row it has ended for good.
    """
    coalition = state.coalition[0]
    due = plan[at.COALITION_START] <= luck.month <= plan[at.COALITION_END]
    in_force = 1 if due and coalition.short < PATIENCE else 0
    if in_force != coalition.in_force:
        for organisation in state.organisations:
            organisation.member = in_force * organisation.founder * (1 - organisation.kept_out)
            organisation.commitment = organisation.initial_commitment if organisation.member == 1 else 0.0
        if in_force == 0:
            forget_agenda(state)
            state.grants[:] = 0.0
        else:
            coalition.begun, coalition.short = 1, 0
    coalition.in_force = in_force


@month_loop
def change_organisation(state: State, kind: int, i: int, value: float) -> None:
    """Set organisation i's membership, until another event does, its nominal resources, or its commitment (k0, if it is no member)."""
    organisation = state.organisations[i]
    if kind == SET_MEMBER:
        organisation.kept_out = 1 - round(value)
        if state.coalition[0].in_force == 1 and organisation.member != round(value):
            organisation.member = round(value)
            organisation.commitment = organisation.initial_commitment if value > 0.0 else 0.0
    elif kind == SET_RESOURCES:
        organisation.resources = value
        classify_sizes(state)
    elif organisation.member == 1:
        organisation.commitment = value
    else:
        organisation.initial_commitment = value


@inner
def classify_sizes(state: State) -> None:
    """Mark the top fifth by nominal resources (with all that equal its smallest) and those at or below the median."""
    organisations = state.organisations
    number = organisations.shape[0]
    for organisation in organisations:
        larger, smaller = 0, 0
        for other in organisations:
            larger += other.resources > organisation.resources
            smaller += other.resources < organisation.resources
        organisation.large = 1 if larger < max(1, number // 5) else 0
        # Exactly those at or below the median, which of an even number is the mean of the middle two.
        organisation.small = 1 if 2 * smaller < number else 0


@sequence
def begin_month(state: State, plan: Dials, dials: Dials, luck: Luck) -> None:
    """Write this month's dials: the plan, with what is not in force at 0, as far as it is achieved; forget the agenda with its process.

    Stage 0, point 1.
    """
    coalition = state.coalition[0]
    # The hub of last month, by the dials of last month.
    engage, measure, align = hub(coalition, dials, ENGAGE), hub(coalition, dials, MEASURE), hub(coalition, dials, ALIGN)
    for index in range(plan.shape[0]):
        dials[index] = plan[index]
    if coalition.in_force == 0:
        dials[at.COMMUNICATION_FREQUENCY] = 0.0
        dials[at.MEASUREMENT_SHARING] = 0.0
        dials[at.AGENDA_PROCESS] = 0.0
        dials[at.ACTIVITIES_COORDINATION] = 0.0
    if coalition.in_force == 0 or not (plan[at.BACKBONE_START] <= luck.month <= plan[at.BACKBONE_END]):
        dials[at.BACKBONE_STAFF] = 0.0
    achieve(state, dials, engage, measure, align)
    coalition.process_before = coalition.process_now
    coalition.process_now = 1 if dials[at.AGENDA_PROCESS] > 0.0 else 0
    if coalition.process_before == 1 and coalition.process_now == 0:
        forget_agenda(state)


@inner
def forget_agenda(state: State) -> None:
    """End the agenda and everybody's awareness of it."""
    state.coalition[0].has_agenda = 0
    state.coalition[0].voice_gini = np.nan
    for organisation in state.organisations:
        organisation.awareness = 0.0


@sequence
def disturb(state: State, dials: Dials, luck: Luck) -> None:
    """Let leaders change, budgets swing, members leave and join, and the levy be paid (stage 0, points 2 to 5)."""
    turn_over(state, dials, luck)
    swing_resources(state, dials, luck)
    if state.coalition[0].in_force == 1:
        leave_and_join(state, dials, luck)
    collect_levy(state, dials, luck)
    coalition = state.coalition[0]
    if coalition.in_force == 1:
        coalition.short = coalition.short + 1 if coalition.members < dials[at.COALITION_LEAST] else 0


@inner
def turn_over(state: State, dials: Dials, luck: Luck) -> None:
    """Change leaders, with probability 1 - (1 - turnover)^(1/12) a month: incident trust, both ways, and awareness *= 1 - turnover_loss."""
    chance = -expm1(log1p(-dials[at.COALITION_TURNOVER]) / 12.0)
    kept = 1.0 - dials[at.COALITION_TURNOVER_LOSS]
    turnover_key = key(luck, TURNOVER)
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        if uniform(turnover_key, organisation.slot, 0) < chance:
            organisation.awareness *= kept
            for index in range(state.incident_start[i], state.incident_start[i + 1]):
                tie = state.ties[state.incident[index]]
                tie.first_trust *= kept
                tie.second_trust *= kept


@inner
def swing_resources(state: State, dials: Dials, luck: Luck) -> None:
    """Let budgets swing around their nominal size (point 3).

    a_i = phi a_i + resource_volatility / sqrt(12) (sqrt(c) z_common + sqrt(1 - c) z_i), phi = 1 - 1 / resource_memory, c = resource_common;
    r'_i = s r_i exp(a_i - var / 2) with var = (resource_volatility^2 / 12) / (1 - phi^2), so that the mean of r' is s r, and s = 1 +
    services / sum r. At work are r' less new staff: w += (r' - w) / onboarding where r' > w, else w = r'; before month 1 w = r' / s;
    w = r' where onboarding is 1 or less.
    """
    memory, common = dials[at.COALITION_RESOURCE_MEMORY], dials[at.COALITION_RESOURCE_COMMON]
    step = dials[at.COALITION_RESOURCE_VOLATILITY] / math.sqrt(12.0)
    persistence = 1.0 - 1.0 / memory
    variance = step * step / (1.0 - persistence * persistence)
    shared, own = 0.0, 0.0
    if step > 0.0:
        shared = step * math.sqrt(common) * normal(key(luck, RESOURCES_COMMON), slot_of(np.uint64(0)), 0)
        own = step * math.sqrt(1.0 - common)
    months, swing = dials[at.COALITION_ONBOARDING], in_a_row(state.room[0])
    if own > 0.0:
        draw_normals(key(luck, RESOURCES), state.slots, 1, swing)
    nominal = 0.0
    for organisation in state.organisations:
        nominal += organisation.resources
    enlarged = 1.0 + dials[at.FUNDER_SERVICES] / nominal
    state.coalition[0].enlarged = enlarged
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        organisation.deviation = persistence * organisation.deviation + shared
        if own > 0.0:
            organisation.deviation += own * swing[i]
        swing[i] = organisation.deviation - 0.5 * variance
    exponentials(swing, state.organisations.shape[0])
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        organisation.available = enlarged * organisation.resources * swing[i]
        if luck.month == 1:
            organisation.working = organisation.available / enlarged
        growth = organisation.available - organisation.working
        if months <= 1.0 or growth <= 0.0:
            organisation.working = organisation.available
        else:
            organisation.working += growth / months


@inner
def leave_and_join(state: State, dials: Dials, luck: Luck) -> None:
    """Let members leave and others join, all at once (point 4).

    The probabilities are exit_rate (1 - k)^4, and join_rate (0.2 + 0.8 h)(1 - s + s x), h hub(engage) of last month, s exposure, x the share
    of the strength of its ties that goes to members. Who leaves keeps its mix of roles and has no commitment; who joins starts at k0.
    Nobody joins whom an event keeps out.
    """
    exit_rate = dials[at.COALITION_EXIT_RATE]
    join_chance = dials[at.COALITION_JOIN_RATE] * (0.2 + 0.8 * state.coalition[0].engagement)
    exit_key, join_key = key(luck, EXIT), key(luck, JOIN)
    follows = dials[at.COALITION_EXPOSURE]
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        if organisation.member == 0 and organisation.kept_out == 0:
            chance = join_chance * (1.0 - follows + follows * exposure(state, i))
            if uniform(join_key, organisation.slot, 0) < chance:
                organisation.member = JOINING
    for organisation in state.organisations:
        if organisation.member == JOINING:
            organisation.member = 1
            organisation.commitment = organisation.initial_commitment
        elif organisation.member == 1:
            chance = exit_rate * (1.0 - organisation.commitment) ** 4
            if uniform(exit_key, organisation.slot, 0) < chance:
                organisation.member = 0
                organisation.commitment = 0.0
