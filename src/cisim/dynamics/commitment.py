"""Commitment: the share of its effort that a member gives to the common work."""

from __future__ import annotations

import math

from cisim.dynamics import dials as at
from cisim.dynamics.agenda import agenda_fit
from cisim.dynamics.communication import relate
from cisim.dynamics.compiled import for_each, inner, sequence
from cisim.dynamics.conditions import in_proportion
from cisim.dynamics.luck import MOOD, Luck, key, normal
from cisim.dynamics.state import Dials, State


@sequence
def commit(state: State, dials: Dials, luck: Luck) -> None:
    """Move each member's commitment towards what it now thinks right (stage 6).

    k_i = clip(k_i + adjustment (k*_i - k_i) + N(0, commitment.noise^2)), all at once, with logit k*_i from `conviction`.
    """
    relate(state, dials[at.COALITION_TRUST])
    adjustment, noise = dials[at.COMMITMENT_ADJUSTMENT], dials[at.COMMITMENT_NOISE]
    mood_key = key(luck, MOOD)
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        if organisation.member == 1:
            wanted = 1.0 / (1.0 + math.exp(-conviction(state, dials, i)))
            commitment = organisation.commitment + adjustment * (wanted - organisation.commitment)
            if noise > 0.0:
                commitment += noise * normal(mood_key, organisation.slot, 0)
            organisation.next_commitment = min(1.0, max(0.0, commitment))
    for organisation in state.organisations:
        if organisation.member == 1:
            organisation.commitment = organisation.next_commitment


@for_each
def conviction(state: State, dials: Dials, i: int) -> float:
    """Return what speaks for commitment of organisation i less what speaks against it, in logits.

    base + trust_weight (mean T_ij - 1/2) + purpose_weight c A_i (fit of the agenda - purpose_reference) + progress_weight tanh(believed progress
    this year / progress_scale) + conform_weight acc (mean k_j - k_i) - overhead_weight o_i - temptation (1 - acc), acc = accountability m,
    c what a process of this strength counts for. Needs the means that `relate` takes.
    """
    organisation = state.organisations[i]
    accountable = dials[at.MEASUREMENT_ACCOUNTABILITY] * dials[at.MEASUREMENT_SHARING]
    logit = dials[at.COMMITMENT_BASE]
    if organisation.tie_weight > 0.0:
        logit += dials[at.COMMITMENT_TRUST_WEIGHT] * (organisation.mean_trust - 0.5)
        others = organisation.mean_commitment - organisation.commitment
        logit += dials[at.COMMITMENT_CONFORM_WEIGHT] * accountable * others
    if state.coalition[0].has_agenda == 1:
        fit = agenda_fit(state, i) - dials[at.COMMITMENT_PURPOSE_REFERENCE]
        owned = in_proportion(dials, dials[at.AGENDA_PROCESS])
        logit += dials[at.COMMITMENT_PURPOSE_WEIGHT] * owned * organisation.awareness * fit
    believed = 0.0
    for d in range(state.outcomes.shape[0]):
        stance = state.stances[i, d]
        believed += stance.goal * (stance.belief - stance.slow_belief)
    logit += dials[at.COMMITMENT_PROGRESS_WEIGHT] * math.tanh(believed / dials[at.COMMITMENT_PROGRESS_SCALE])
    logit -= dials[at.COMMITMENT_OVERHEAD_WEIGHT] * organisation.overhead
    return logit - dials[at.COMMITMENT_TEMPTATION] * (1.0 - accountable)
