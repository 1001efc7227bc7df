"""Practices: strings of bits on a rugged landscape, copied from others or found by trial (Lazer & Friedman 2007)."""

from __future__ import annotations

import numpy as np

from cisim.dynamics import dials as at
from cisim.dynamics.backbone import CAPACITY, hub
from cisim.dynamics.compiled import for_each, inner
from cisim.dynamics.luck import (
    DRIFT,
    EXPERIMENT,
    EXPERIMENT_BIT,
    LOOK,
    LOOK_ERROR,
    OUTREACH,
    OWN_ERROR,
    Luck,
    key,
    normal,
    uniform,
)
from cisim.dynamics.state import NO_PRACTICE, Dials, State


@inner
def learn(state: State, dials: Dials, visibility: float, luck: Luck) -> None:
    """Copy what looks best among those met and the hub's offer, or try one bit; hear of tested practice; let parts slip (stage 1, point 6).

    With probability `learning` an organisation looks at those met whose practice differs; each looks like E(s_j) + practice.noise (1 - v) z.
    It copies the best look if that is better than its own practice is. Who did not copy flips, with probability `experiment`, one
    random bit and keeps it if it seems better, as E + own_noise (1 - v) z. All at once.
    """
    blur, own_blur = dials[at.PRACTICE_NOISE] * (1.0 - visibility), dials[at.PRACTICE_OWN_NOISE] * (1.0 - visibility)
    look_key, experiment_key, bit_key = key(luck, LOOK), key(luck, EXPERIMENT), key(luck, EXPERIMENT_BIT)
    error_key, own_key, drift_key = key(luck, LOOK_ERROR), key(luck, OWN_ERROR), key(luck, DRIFT)
    bits, outreach = round(dials[at.PRACTICE_BITS]), dials[at.PRACTICE_OUTREACH]
    if outreach > 0.0:
        outreach *= hub(state.coalition[0], dials, CAPACITY)
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        organisation.next_practice = organisation.practice
        if uniform(look_key, organisation.slot, 0) < dials[at.COMMUNICATION_LEARNING]:
            organisation.next_practice = best_look(state, i, blur, error_key)
        tries = uniform(experiment_key, organisation.slot, 0) < dials[at.PRACTICE_EXPERIMENT]
        if organisation.next_practice == organisation.practice and tries:
            tried = organisation.practice ^ (1 << int(uniform(bit_key, organisation.slot, 0) * bits))
            seems = state.effectiveness[tried]
            if own_blur > 0.0:
                seems += own_blur * normal(own_key, organisation.slot, 0)
            if seems > state.effectiveness[organisation.practice]:
                organisation.next_practice = tried
        if organisation.member == 1 and outreach > 0.0:
            organisation.next_practice = with_tested(state, i, outreach, dials[at.PRACTICE_FIDELITY], bits, luck)
        if uniform(drift_key, organisation.slot, 0) < dials[at.PRACTICE_DRIFT]:
            organisation.next_practice ^= 1 << int(uniform(drift_key, organisation.slot, 1) * bits)
    for organisation in state.organisations:
        organisation.practice = organisation.next_practice


@for_each
def with_tested(state: State, i: int, chance: float, fidelity: float, bits: int, luck: Luck) -> int:
    """Return organisation i's next practice after it may have heard of the tested one, with probability `chance`.

    If that is more effective, each of its bits is taken over with probability `fidelity`.
    """
    slot, practice, tested = (
        state.organisations[i].slot,
        state.organisations[i].next_practice,
        state.coalition[0].tested,
    )
    outreach_key = key(luck, OUTREACH)
    better = state.effectiveness[tested] > state.effectiveness[practice]
    if better and uniform(outreach_key, slot, 0) < chance:
        for bit in range(bits):
            if uniform(outreach_key, slot, 1 + bit) < fidelity:
                practice = (practice & ~(1 << bit)) | (tested & (1 << bit))
    return practice


@for_each
def best_look(state: State, i: int, blur: float, error_key: np.uint64) -> int:
    """Return the practice that organisation i copies: the best look if it beats what i knows of its own, else its own.

    `blur` is the standard deviation of the error of a look, in units of effectiveness; `error_key` the key of its stream.
    """
    organisation = state.organisations[i]
    own = organisation.practice
    best, best_value = own, state.effectiveness[own]
    for index in range(state.incident_start[i], state.incident_start[i + 1]):
        tie = state.ties[state.incident[index]]
        if tie.met == 0:
            continue
        is_first = tie.first == i
        shown = state.organisations[tie.second if is_first else tie.first].practice
        if shown != own:
            value = state.effectiveness[shown]
            if blur > 0.0:
                value += blur * normal(error_key, tie.first_slot if is_first else tie.second_slot, 0)
            if value > best_value or (value == best_value and best != own and shown < best):
                best, best_value = shown, value
    offer = state.coalition[0].hub_offer
    if organisation.reached == 1 and offer != NO_PRACTICE and offer != own:
        value = state.effectiveness[offer]
        if blur > 0.0:
            value += blur * normal(error_key, organisation.slot, 0)
        if value > best_value or (value == best_value and best != own and offer < best):
            best = offer
    return best
