"""What a month leaves in the record; the columns are those of `cisim.dynamics.measures`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.agenda import agenda_fit
from cisim.dynamics.compiled import inner, sequence
from cisim.dynamics.measures import COMMON
from cisim.dynamics.state import WORKING_TIE, State

_NAMES = [measure.name for measure in COMMON]
PROGRESS = _NAMES.index("progress")
GOAL_ALIGNMENT = _NAMES.index("goal_alignment")
COMMITMENT = _NAMES.index("commitment")
AWARENESS = _NAMES.index("awareness")
BELIEF_ERROR = _NAMES.index("belief_error")
PRACTICE_QUALITY = _NAMES.index("practice_quality")
CAPACITY = _NAMES.index("capacity")
WORKING_TIES = _NAMES.index("working_ties")
TRUST = _NAMES.index("trust")
MEMBERS = _NAMES.index("members")
DUPLICATION = _NAMES.index("duplication")
VOICE_GINI = _NAMES.index("voice_gini")
STAFF_AT_WORK = _NAMES.index("staff_at_work")
RESOURCES = _NAMES.index("resources")
GRANTS = _NAMES.index("grants")
LEVY = _NAMES.index("levy")
OVERHEAD = _NAMES.index("overhead")
WORK = _NAMES.index("work")
OVERHEAD_SHARE = _NAMES.index("overhead_share")
PROGRESS_PER_FTE = _NAMES.index("progress_per_fte")
AGENDA_FIT = _NAMES.index("agenda_fit")
AGENDA_FIT_LARGE = _NAMES.index("agenda_fit_large")
AGENDA_FIT_SMALL = _NAMES.index("agenda_fit_small")
INDICATORS = len(COMMON)


@sequence
def record(state: State, month: int, row: NDArray[np.float64]) -> None:
    """Write what is seen at the end of a month.

    Args:
        state: the run.
        month: 0 for the founding, when there are no flows and no members yet.
        row: (measures,) written; NaN where a measure has no meaning. Its last columns are the sectors' fits of the agenda.
    """
    for column in range(row.shape[0]):
        row[column] = np.nan
    record_organisations(state, row)
    record_members(state, row)
    record_ties(state, row)
    record_community(state, row)
    if month > 0:
        record_effort(state, row)
    if state.coalition[0].has_agenda == 1:
        record_agenda(state, row)


@inner
def record_organisations(state: State, row: NDArray[np.float64]) -> None:
    """Means over all organisations: belief error, practice quality, capacity."""
    error, quality, capacity = 0.0, 0.0, 0.0
    number = state.organisations.shape[0]
    for i in range(number):
        quality += state.effectiveness[state.organisations[i].practice]
        capacity += state.organisations[i].capacity
        for d in range(state.outcomes.shape[0]):
            error += abs(state.stances[i, d].belief - state.outcomes[d].indicator)
    row[BELIEF_ERROR] = error / (number * state.outcomes.shape[0])
    row[PRACTICE_QUALITY] = quality / number
    row[CAPACITY] = capacity / number


@inner
def record_members(state: State, row: NDArray[np.float64]) -> None:
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
    row[MEMBERS] = members
    if members > 0:
        row[COMMITMENT] = commitment / members
        row[AWARENESS] = awareness / members
        if state.coalition[0].has_agenda == 1:
            row[GOAL_ALIGNMENT] = 1.0 - 0.5 * distance / members


@inner
def record_ties(state: State, row: NDArray[np.float64]) -> None:
    """Working ties per organisation, and mean trust weighted by strength."""
    working, weight, trust = 0, 0.0, 0.0
    for tie in state.ties:
        working += tie.strength >= WORKING_TIE
        weight += tie.strength
        trust += tie.strength * 0.5 * (tie.first_trust + tie.second_trust)
    row[WORKING_TIES] = 2.0 * working / state.organisations.shape[0]
    if weight > 0.0:
        row[TRUST] = trust / weight


@inner
def record_community(state: State, row: NDArray[np.float64]) -> None:
    """Indicators, and collective progress: sum over d of weight_d (Y_d - Y0_d) / (1 - Y0_d)."""
    closed = 0.0
    for d in range(state.outcomes.shape[0]):
        outcome = state.outcomes[d]
        row[INDICATORS + d] = outcome.indicator
        closed += outcome.weight * (outcome.indicator - outcome.baseline) / (1.0 - outcome.baseline)
    row[PROGRESS] = closed


@inner
def record_effort(state: State, row: NDArray[np.float64]) -> None:
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
    row[RESOURCES] = available
    row[GRANTS] = pool * coalition.grant
    row[LEVY] = pool * coalition.levy
    row[OVERHEAD] = overhead
    row[WORK] = available + row[GRANTS] - row[LEVY] - overhead
    row[OVERHEAD_SHARE] = overhead / nominal
    row[STAFF_AT_WORK] = coalition.staff_at_work
    row[VOICE_GINI] = coalition.voice_gini
    per_fte = row[PROGRESS] / coalition.spent
    if math.isfinite(per_fte):  # nothing, or next to nothing, may have been spent
        row[PROGRESS_PER_FTE] = per_fte
    effort, produced = 0.0, 0.0
    for outcome in state.outcomes:
        effort += outcome.effort
        produced += outcome.produced
    if effort > 0.0:
        row[DUPLICATION] = 1.0 - produced / effort


@inner
def record_agenda(state: State, row: NDArray[np.float64]) -> None:
    """Fit of the agenda with missions: over all, the large, the small, and by sector."""
    sectors = INDICATORS + state.outcomes.shape[0]
    counts = np.zeros(row.shape[0])
    fits = np.zeros(row.shape[0])
    for i in range(state.organisations.shape[0]):
        organisation, fit = state.organisations[i], agenda_fit(state, i)
        for column, counted in (
            (AGENDA_FIT, 1),
            (AGENDA_FIT_LARGE, organisation.large),
            (AGENDA_FIT_SMALL, organisation.small),
            (sectors + organisation.sector, 1),
        ):
            fits[column] += counted * fit
            counts[column] += counted
    for column in range(row.shape[0]):
        if counts[column] > 0.0 and not math.isnan(fits[column]):
            row[column] = fits[column] / counts[column]
