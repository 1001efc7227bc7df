"""Commitment: the share of its effort that a member gives to the common work."""

from __future__ import annotations

from cisim.dynamics import dials as at
from cisim.dynamics.agenda import agenda_fit
from cisim.dynamics.arithmetic import exponentials, in_a_row, tangents
from cisim.dynamics.compiled import for_each, sequence
from cisim.dynamics.conditions import in_proportion
from cisim.dynamics.luck import MOOD, Luck, draw_normals, key
from cisim.dynamics.state import Dials, State
from cisim.dynamics.ties import compare


@sequence
def commit(state: State, dials: Dials, luck: Luck) -> None:
    """Move each member's commitment towards what it now thinks right (stage 6).

    k_i = clip(k_i + adjustment (k*_i - k_i) + N(0, commitment.noise^2)), all at once, with logit k*_i from `conviction`.
    """
    compare(state, dials[at.COALITION_TRUST])
    adjustment, noise = dials[at.COMMITMENT_ADJUSTMENT], dials[at.COMMITMENT_NOISE]
    number, hopes, mood = state.organisations.shape[0], in_a_row(state.room[0]), in_a_row(state.room[1])
    for i in range(number):
        hopes[i] = believed_progress(state, i) / dials[at.COMMITMENT_PROGRESS_SCALE]
    tangents(hopes, number)
    for i in range(number):
        hopes[i] = -conviction(state, dials, i, hopes[i])
    exponentials(hopes, number)
    if noise > 0.0:
        draw_normals(key(luck, MOOD), state.slots, 1, mood)
    for i in range(number):
        organisation = state.organisations[i]
        if organisation.member == 1:
            wanted = 1.0 / (1.0 + hopes[i])
            commitment = organisation.commitment + adjustment * (wanted - organisation.commitment)
            if noise > 0.0:
                commitment += noise * mood[i]
            organisation.commitment = min(1.0, max(0.0, commitment))


@for_each
def believed_progress(state: State, i: int) -> float:
    """Return the progress of a year that organisation i believes in, weighted by its goals: sum over d of g_id (B_id - S_id)."""
    believed = 0.0
    for d in range(state.outcomes.shape[0]):
        stance = state.stances[i, d]
        believed += stance.goal * (stance.belief - stance.slow_belief)
    return believed


@for_each
def conviction(state: State, dials: Dials, i: int, hope: float) -> float:
    """Return what speaks for commitment of organisation i less what speaks against it, in logits.

    base + trust_weight (mean T_ij - 1/2) + purpose_weight c A_i (fit of the agenda - purpose_reference) + progress_weight hope +
    conform_weight acc (mean k_j - k_i) - overhead_weight o_i - temptation (1 - acc), acc = accountability m, c what a process of this
    strength counts for, hope = tanh(believed progress this year / progress_scale). Needs the means that `compare` takes.
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
    logit += dials[at.COMMITMENT_PROGRESS_WEIGHT] * hope
    logit -= dials[at.COMMITMENT_OVERHEAD_WEIGHT] * organisation.overhead
    return logit - dials[at.COMMITMENT_TEMPTATION] * (1.0 - accountable)
