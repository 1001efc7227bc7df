"""Record of a month: the measures of `cisim.dynamics.measures`, computed from the state."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import numpy as np

from cisim.dynamics.agenda import agenda_fit
from cisim.dynamics.compiled import inner, sequence
from cisim.dynamics.measures import COMMON, OF_RESIDENTS
from cisim.dynamics.residents import engagement, level, lived, wish
from cisim.dynamics.state import WORKING_TIE, Floats, State

#: Column of each common measure by its name, such as `COLUMN.progress`; those of the outcomes and sectors follow from INDICATORS.
COLUMN: Any = namedtuple("COLUMN", [measure.name.replace(".", "_") for measure in COMMON])(*range(len(COMMON)))
PROGRESS: int = COLUMN.progress
INDICATORS = len(COMMON)
#: Columns that end a record with groups of residents; those of the groups' progress stand before them.
LAST = len(OF_RESIDENTS)


@sequence
def record(state: State, month: int, row: Floats) -> None:
    """Write the measures of a month into its row, NaN where one has no meaning; month 0 has no flows and no members yet."""
    row[:] = np.nan
    record_organisations(state, row)
    record_members(state, row)
    record_ties(state, row)
    record_community(state, row)
    if month > 0:
        record_effort(state, row)
        record_achieved(state.coalition[0], row)
        if state.coalition[0].begun == 1:
            row[COLUMN.alive] = state.coalition[0].in_force
    if state.coalition[0].has_agenda == 1:
        record_agenda(state, row)
    if state.groups[0].named == 1:
        record_residents(state, row)


@inner
def record_organisations(state: State, row: Floats) -> None:
    """Means over all organisations: belief error, practice quality, capacity."""
    error, quality, capacity = 0.0, 0.0, 0.0
    number = state.organisations.shape[0]
    for i in range(number):
        quality += state.effectiveness[state.organisations[i].practice]
        capacity += state.organisations[i].capacity
        for d in range(state.outcomes.shape[0]):
            error += abs(state.stances[i, d].belief - state.outcomes[d].indicator)
    row[COLUMN.belief_error] = error / (number * state.outcomes.shape[0])
    row[COLUMN.practice_quality] = quality / number
    row[COLUMN.capacity] = capacity / number


@inner
def record_members(state: State, row: Floats) -> None:
    """Members, and the means over them: commitment, awareness, alignment of goals with the agenda."""
    members, commitment, awareness, distance = 0, 0.0, 0.0, 0.0
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        if organisation.member == 1:
            members += 1
            commitment += organisation.commitment
            awareness += organisation.awareness
            for d in range(state.outcomes.shape[0]):
                distance += abs(state.stances[i, d].goal - state.outcomes[d].agenda)
    row[COLUMN.members] = members
    if members > 0:
        row[COLUMN.commitment] = commitment / members
        row[COLUMN.awareness] = awareness / members
        if state.coalition[0].has_agenda == 1:
            row[COLUMN.goal_alignment] = 1.0 - 0.5 * distance / members


@inner
def record_ties(state: State, row: Floats) -> None:
    """Working ties per organisation, and mean trust weighted by strength."""
    working, weight, trust = 0, 0.0, 0.0
    for tie in state.ties:
        working += tie.strength >= WORKING_TIE
        weight += tie.strength
        trust += tie.strength * 0.5 * (tie.first_trust + tie.second_trust)
    row[COLUMN.working_ties] = 2.0 * working / state.organisations.shape[0]
    if weight > 0.0:
        row[COLUMN.trust] = trust / weight


@inner
def record_community(state: State, row: Floats) -> None:
    """Indicators, and collective progress: sum over d of weight_d (Y_d - Y0_d) / (1 - Y0_d)."""
    closed = 0.0
    for d in range(state.outcomes.shape[0]):
        outcome = state.outcomes[d]
        row[INDICATORS + d] = outcome.indicator
        closed += outcome.weight * (outcome.indicator - outcome.baseline) / (1.0 - outcome.baseline)
    row[COLUMN.progress] = closed


@inner
def record_effort(state: State, row: Floats) -> None:
    """The effort account in FTE (levy + overhead + work = resources + grants), duplication, and progress per FTE-year."""
    coalition = state.coalition[0]
    nominal, available, pool, overhead = 0.0, 0.0, 0.0, 0.0
    for organisation in state.organisations:
        nominal += organisation.resources
        available += organisation.available
        shift = 1.0
        if organisation.member == 1:
            pool += organisation.available
            shift += coalition.grant - coalition.levy
        overhead += organisation.available * shift * organisation.overhead
    row[COLUMN.resources] = available
    row[COLUMN.grants] = pool * coalition.grant
    row[COLUMN.levy] = pool * coalition.levy
    row[COLUMN.overhead] = overhead
    row[COLUMN.work] = available + row[COLUMN.grants] - row[COLUMN.levy] - overhead
    row[COLUMN.overhead_share] = overhead / (coalition.enlarged * nominal)
    row[COLUMN.staff_at_work] = coalition.staff_at_work
    row[COLUMN.voice_gini] = coalition.voice_gini
    per_fte = row[COLUMN.progress] / coalition.spent
    if math.isfinite(per_fte):  # nothing, or next to nothing, may have been spent
        row[COLUMN.progress_per_fte] = per_fte
    effort, produced = 0.0, 0.0
    for outcome in state.outcomes:
        effort += outcome.effort
        produced += outcome.produced
    if effort > 0.0:
        row[COLUMN.duplication] = 1.0 - produced / effort


@inner
def record_achieved(coalition: Any, row: Floats) -> None:
    """Shares of what is intended of the conditions that has come about; NaN where nothing is intended."""
    for column, achieved, intended in (
        (COLUMN.achieved_agenda, coalition.agenda, coalition.process),
        (COLUMN.achieved_measurement, coalition.measurement, coalition.sharing),
        (COLUMN.achieved_activities, coalition.activities, coalition.coordination),
        (COLUMN.achieved_communication, coalition.communication, coalition.frequency),
        (COLUMN.achieved_backbone, coalition.backbone, coalition.staff_at_work),
    ):
        if intended > 0.0:
            row[column] = achieved / intended if column != COLUMN.achieved_backbone else achieved


@inner
def record_agenda(state: State, row: Floats) -> None:
    """Fit of the agenda with missions: over all, the large, the small, and by sector."""
    first_sector = INDICATORS + state.outcomes.shape[0]
    for tally in state.tallies:
        tally.count, tally.fit = 0.0, 0.0
    for i in range(state.organisations.shape[0]):
        organisation, fit = state.organisations[i], agenda_fit(state, i)
        for kind, counted in ((0, 1), (1, organisation.large), (2, organisation.small), (3 + organisation.sector, 1)):
            tally = state.tallies[kind]
            tally.fit += counted * fit
            tally.count += counted
    for kind in range(state.tallies.shape[0]):
        tally = state.tallies[kind]
        column = COLUMN.agenda_fit + kind if kind < 3 else first_sector + kind - 3
        if tally.count > 0.0 and not math.isnan(tally.fit):
            row[column] = tally.fit / tally.count


@inner
def record_residents(state: State, row: Floats) -> None:
    """Progress of each group, the gap between best and worst placed, engagement, and the fit of the agenda with what residents lack."""
    groups, outcomes = state.groups, state.outcomes
    end = row.shape[0] - LAST
    best, worst, fit = 0.0, 1.0, 0.0
    for h in range(groups.shape[0]):
        best, worst = max(best, level(state, h)), min(worst, level(state, h))
        wish(state, h)
        closed, distance = 0.0, 0.0
        for d in range(outcomes.shape[0]):
            baseline = outcomes[d].baseline + groups[h].shift
            closed += outcomes[d].weight * (lived(state, h, d) - baseline) / (1.0 - baseline)
            distance += abs(state.wishes[h, d] - outcomes[d].agenda)
        row[end - groups.shape[0] + h] = closed
        fit += groups[h].share * (1.0 - 0.5 * distance)
    row[end] = best - worst
    row[end + 1] = engagement(state)
    if state.coalition[0].has_agenda == 1:
        row[end + 2] = fit
