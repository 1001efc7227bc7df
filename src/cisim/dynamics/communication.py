"""Continuous communication: meetings, and their effect on goals, awareness, trust, ties and practices."""

from __future__ import annotations

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import exponentials
from cisim.dynamics.backbone import ENGAGE, WEAVE, hub
from cisim.dynamics.compiled import for_each, inner, sequence
from cisim.dynamics.conditions import in_proportion
from cisim.dynamics.luck import CONTACT, REACH, Luck, draw_uniforms, key, uniform
from cisim.dynamics.measurement import visibility
from cisim.dynamics.practice import learn
from cisim.dynamics.state import NO_PRACTICE, Dials, Floats, State
from cisim.dynamics.ties import compare, list_meetings

#: Rounding is forgiven in the comparison of a distance with openness.
TOLERANCE = 1e-12


@sequence
def communicate(state: State, dials: Dials, luck: Luck) -> None:
    """Let organisations meet, and goals, awareness, trust, ties and practices follow (stage 1)."""
    contact(state, dials, luck)
    share_goals(state, dials)
    share_awareness(state, dials)
    renew_ties(state, dials)
    learn(state, dials, visibility(dials), luck)


@inner
def contact(state: State, dials: Dials, luck: Luck) -> None:
    """Draw whom the hub reaches and who meets (point 1).

    The hub reaches a member with probability hub(engage). A tie meets with probability p = 1 - exp(-rate w), rate = informal + f between
    members and informal otherwise, in contacts a month; where the hub reached both ends, p = 1 - (1 - p)(1 - hub(weave)).
    """
    coalition = state.coalition[0]
    coalition.engagement = hub(coalition, dials, ENGAGE)
    reach_key, contact_key = key(luck, REACH), key(luck, CONTACT)
    coalition.hub_offer = coalition.next_hub_offer
    best = NO_PRACTICE
    for organisation in state.organisations:
        organisation.load = 0.0
        organisation.reached = 0
        if organisation.member == 1 and uniform(reach_key, organisation.slot, 0) < coalition.engagement:
            organisation.reached = 1
            best = better_practice(state.effectiveness, best, organisation.practice)
    coalition.next_hub_offer = best
    weave = hub(coalition, dials, WEAVE)
    informal, together = dials[at.COMMUNICATION_INFORMAL], dials[at.COMMUNICATION_FREQUENCY]
    apart, drawn = state.tie_room[0], state.tie_room[1]
    for e in range(state.ties.shape[0]):
        tie = state.ties[e]
        both = state.organisations[tie.first].member & state.organisations[tie.second].member
        apart[e] = -(informal + together if both == 1 else informal) * tie.strength
    exponentials(apart, state.ties.shape[0])
    draw_uniforms(contact_key, state.tie_slots, drawn)
    for e in range(state.ties.shape[0]):
        tie = state.ties[e]
        both = state.organisations[tie.first].reached & state.organisations[tie.second].reached
        tie.met = 1 if drawn[e] < 1.0 - apart[e] * (1.0 - weave if both == 1 else 1.0) else 0


@for_each
def better_practice(effectiveness: Floats, first: int, second: int) -> int:
    """Return the more effective of two practices, of equals the smaller string; the first may be NO_PRACTICE."""
    if first == NO_PRACTICE or effectiveness[second] > effectiveness[first]:
        return second
    return min(first, second) if effectiveness[second] == effectiveness[first] else first


@inner
def share_goals(state: State, dials: Dials) -> None:
    """Move goals towards those of the organisations met that are near enough to be heard (point 2).

    g_i += influence * sum over C_i of T_ij (g_j - g_i) / (1 + |C_i|), all at once; C_i: those met at a total-variation distance of at most
    `openness`. Those whom the hub reached meet it as a partner whose goals are the agenda, with their mean trust.
    """
    organisations, stances = state.organisations, state.stances
    openness, outcomes = dials[at.COMMUNICATION_OPENNESS], stances.shape[1]
    for i in range(organisations.shape[0]):
        organisations[i].met_influence = 1.0
        for d in range(outcomes):
            stances[i, d].next_goal = 0.0
    for meeting in range(list_meetings(state)):
        tie = state.ties[state.meetings[meeting]]
        i, j = tie.first, tie.second
        if openness < 1.0:
            distance = 0.0
            for d in range(outcomes):
                distance += abs(stances[i, d].goal - stances[j, d].goal)
            if 0.5 * distance > openness + TOLERANCE:
                continue
        organisations[i].met_influence += 1.0
        organisations[j].met_influence += 1.0
        for d in range(outcomes):
            difference = stances[j, d].goal - stances[i, d].goal
            stances[i, d].next_goal += tie.first_trust * difference
            stances[j, d].next_goal -= tie.second_trust * difference
    if state.coalition[0].has_agenda == 1:
        compare(state, dials[at.COALITION_TRUST])
        hear_the_hub(state, openness, in_proportion(dials, dials[at.AGENDA_PROCESS]))
    for i in range(organisations.shape[0]):
        step = dials[at.COMMUNICATION_INFLUENCE] / organisations[i].met_influence
        for d in range(outcomes):
            stances[i, d].goal += step * stances[i, d].next_goal


@inner
def hear_the_hub(state: State, openness: float, told: float) -> None:
    """Add the hub, whose goals are the agenda, to those met by the members it reached; it counts as far as there was a process, `told`."""
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        if organisation.reached == 0:
            continue
        distance = 0.0
        for d in range(state.outcomes.shape[0]):
            distance += abs(state.stances[i, d].goal - state.outcomes[d].agenda)
        if openness < 1.0 and 0.5 * distance > openness + TOLERANCE:
            continue
        organisation.met_influence += 1.0
        for d in range(state.outcomes.shape[0]):
            stance = state.stances[i, d]
            stance.next_goal += told * organisation.mean_trust * (state.outcomes[d].agenda - stance.goal)


@inner
def share_awareness(state: State, dials: Dials) -> None:
    """Spread awareness of the agenda by meetings, then forget some (point 3).

    A_i = 1 - (1 - A_i) prod over those met of (1 - awareness_gain A_j), then A_i *= 1 - forget. The hub counts as aware, as
    far as there is a process, while there is an agenda.
    """
    gain, has_agenda = dials[at.COMMUNICATION_AWARENESS_GAIN], state.coalition[0].has_agenda
    told = gain * in_proportion(dials, dials[at.AGENDA_PROCESS])
    for organisation in state.organisations:
        unaware = 1.0 - organisation.awareness
        if organisation.reached == 1 and has_agenda == 1:
            unaware *= 1.0 - told
        organisation.next_awareness = unaware
    for meeting in range(list_meetings(state)):
        tie = state.ties[state.meetings[meeting]]
        first, second = state.organisations[tie.first], state.organisations[tie.second]
        first.next_awareness *= 1.0 - gain * second.awareness
        second.next_awareness *= 1.0 - gain * first.awareness
    for organisation in state.organisations:
        organisation.awareness = (1.0 - organisation.next_awareness) * (1.0 - dials[at.COMMUNICATION_FORGET])


@inner
def renew_ties(state: State, dials: Dials) -> None:
    """Let trust and ties grow where members met and fade elsewhere (points 4 and 5).

    Members who met: T_ij += rate v (k_j - T_ij), rate = trust_gain, times trust_loss_ratio where k_j < T_ij; then w += tie_gain (T_ij + T_ji)/2
    (1 - w). All others return to how they were founded: T += trust_decay (T0 - T), w += tie_fade (w0 - w).
    """
    gain = dials[at.COMMUNICATION_TRUST_GAIN] * visibility(dials)
    loss_ratio = dials[at.COMMUNICATION_TRUST_LOSS_RATIO]
    decay, growth = dials[at.COMMUNICATION_TRUST_DECAY], dials[at.COMMUNICATION_TIE_GAIN]
    fade = dials[at.COMMUNICATION_TIE_FADE]
    for tie in state.ties:
        first, second = state.organisations[tie.first], state.organisations[tie.second]
        if tie.met == 1 and first.member == 1 and second.member == 1:
            tie.first_trust = learned_trust(tie.first_trust, second.commitment, gain, loss_ratio)
            tie.second_trust = learned_trust(tie.second_trust, first.commitment, gain, loss_ratio)
            tie.strength += growth * 0.5 * (tie.first_trust + tie.second_trust) * (1.0 - tie.strength)
        else:
            tie.first_trust += decay * (tie.first_founding_trust - tie.first_trust)
            tie.second_trust += decay * (tie.second_founding_trust - tie.second_trust)
            tie.strength += fade * (tie.founding_strength - tie.strength)


@for_each
def learned_trust(trust: float, commitment: float, gain: float, loss_ratio: float) -> float:
    """Return trust after seeing a partner's commitment, in [0, 1]; it is lost `loss_ratio` times as fast as won."""
    rate = gain if commitment >= trust else gain * loss_ratio
    return min(1.0, max(0.0, trust + rate * (commitment - trust)))
