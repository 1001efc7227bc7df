"""Common agenda: its draft from missions and measured need, awareness of it, and alignment with it."""

from __future__ import annotations

import math

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import power
from cisim.dynamics.compiled import for_each, inner, sequence
from cisim.dynamics.luck import Luck
from cisim.dynamics.residents import engagement, seat, wish
from cisim.dynamics.state import Dials, State


@sequence
def agree(state: State, dials: Dials, luck: Luck) -> None:
    """Review the agenda when it is due, and let goals move towards it and back to the missions (stage 3)."""
    coalition = state.coalition[0]
    due = coalition.process_before == 0 or luck.month - coalition.last_review >= dials[at.AGENDA_CADENCE]
    if dials[at.AGENDA_PROCESS] > 0.0 and due:
        coalition.last_review = luck.month
        draft(state, dials)
    align(state, dials)


@inner
def draft(state: State, dials: Dials) -> None:
    """Draft the agenda and tell the members (point 1).

    Voice v_i is proportional to k_i (r_i / mean r)^voice over members; need_d to weight_d max(0, 1 - sum v_i B_id), the weights if all are 0;
    draft = (1 - u) sum v_i G0_i + u need, u = evidence m; residents add their voice to it; G is proportional to (draft / max draft)^focus.
    With no voice of members at all nothing changes. Members learn of it: A_i = 1 - (1 - A_i)(1 - process k_i).
    """
    organisations, stances, outcomes = state.organisations, state.stances, state.outcomes
    coalition = state.coalition[0]
    give_voice(state, dials[at.AGENDA_VOICE])
    total = 0.0
    for organisation in organisations:
        total += organisation.voice
    if not (total > 0.0 and math.isfinite(total)):
        return
    evidence = dials[at.AGENDA_EVIDENCE] * dials[at.MEASUREMENT_SHARING]
    needs = 0.0
    for d in range(outcomes.shape[0]):
        mission, belief = 0.0, 0.0
        for i in range(organisations.shape[0]):
            share = organisations[i].voice / total
            mission += share * stances[i, d].mission
            belief += share * stances[i, d].belief
        outcomes[d].agenda = (1.0 - evidence) * mission
        outcomes[d].need = outcomes[d].weight * max(0.0, 1.0 - belief)
        needs += outcomes[d].need
    largest = 0.0
    for outcome in outcomes:
        outcome.agenda += evidence * (outcome.need / needs if needs > 0.0 else outcome.weight)
    hear_residents(state, dials)
    for outcome in outcomes:
        largest = max(largest, outcome.agenda)
    total_agenda = 0.0
    for outcome in outcomes:
        outcome.agenda = power(outcome.agenda / largest, dials[at.AGENDA_FOCUS])
        total_agenda += outcome.agenda
    for outcome in outcomes:
        outcome.agenda /= total_agenda
    coalition.has_agenda = 1
    coalition.voice_gini = gini_of_voice(state)
    for organisation in organisations:
        if organisation.member == 1:
            learned = dials[at.AGENDA_PROCESS] * organisation.commitment
            organisation.awareness = 1.0 - (1.0 - organisation.awareness) * (1.0 - learned)


@inner
def hear_residents(state: State, dials: Dials) -> None:
    """Add the voice of residents to the draft: draft = (1 - seat * mean engagement) draft + seat sum share_h engagement_h wish_h."""
    held = seat(dials)
    left = 1.0 - held * engagement(state)
    for outcome in state.outcomes:
        outcome.agenda *= left
    for h in range(state.groups.shape[0]):
        wish(state, h)
        for d in range(state.outcomes.shape[0]):
            state.outcomes[d].agenda += held * state.groups[h].share * state.groups[h].engagement * state.wishes[h, d]


@inner
def give_voice(state: State, exponent: float) -> None:
    """Set each organisation's voice before scaling, k_i (r_i / max r)^voice for members and 0 for others."""
    largest, smallest = 0.0, math.inf
    for organisation in state.organisations:
        if organisation.member == 1:
            largest = max(largest, organisation.resources)
            smallest = min(smallest, organisation.resources)
    # Only ratios of voices matter: with the largest one at most 1, no power overflows.
    reference = largest if exponent >= 0.0 else smallest
    for organisation in state.organisations:
        organisation.voice = 0.0
        if organisation.member == 1:
            organisation.voice = organisation.commitment
            if exponent != 0.0:
                organisation.voice *= power(organisation.resources / reference, exponent)


@inner
def gini_of_voice(state: State) -> float:
    """Return the Gini coefficient of members' voice: mean absolute difference over twice the mean, in [0, 1]."""
    members, total, differences = 0, 0.0, 0.0
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        if organisation.member == 1:
            members += 1
            total += organisation.voice
            for j in range(i):
                if state.organisations[j].member == 1:
                    differences += abs(organisation.voice - state.organisations[j].voice)
    return differences / (members * total)


@inner
def align(state: State, dials: Dials) -> None:
    """Pull goals towards the agenda and the own mission (point 2).

    g_i += process pull k_i A_i (G - g_i) for members while there is an agenda, + stubborn (G0_i - g_i) always; one update.
    """
    stubborn = dials[at.AGENDA_STUBBORN]
    has_agenda, strength = state.coalition[0].has_agenda, dials[at.AGENDA_PROCESS] * dials[at.AGENDA_PULL]
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        pull = 0.0
        if has_agenda == 1 and organisation.member == 1:
            pull = strength * organisation.commitment * organisation.awareness
        for d in range(state.outcomes.shape[0]):
            stance = state.stances[i, d]
            goal = stance.goal
            if pull > 0.0:
                goal += pull * (state.outcomes[d].agenda - stance.goal)
            # A share: where pull and stubborn sum to 1, rounding could take it below 0.
            stance.goal = max(0.0, goal + stubborn * (stance.mission - stance.goal))


@for_each
def agenda_fit(state: State, i: int) -> float:
    """Return the fit of the agenda with organisation i's own mission, 1 - TV(G0_i, G), in [0, 1]."""
    distance = 0.0
    for d in range(state.outcomes.shape[0]):
        distance += abs(state.stances[i, d].mission - state.outcomes[d].agenda)
    return 1.0 - 0.5 * distance
