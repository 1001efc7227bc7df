"""Ties as several stages look at them: who met, and what an organisation's ties to members are like."""

from __future__ import annotations

from cisim.dynamics.compiled import for_each, inner
from cisim.dynamics.state import State


@inner
def list_meetings(state: State) -> int:
    """List the rows of the ties whose ends met in `meetings`, and return how many they are."""
    number = 0
    for e in range(state.ties.shape[0]):
        state.meetings[number] = e
        number += state.ties[e].met
    return number


@inner
def relate(state: State) -> None:
    """Sum over each organisation's ties to members: `tie_weight` = sum w, `relations` = sum w T."""
    for organisation in state.organisations:
        organisation.tie_weight = 0.0
        organisation.relations = 0.0
    for tie in state.ties:
        first, second = state.organisations[tie.first], state.organisations[tie.second]
        to_second = tie.strength if second.member == 1 else 0.0
        first.tie_weight += to_second
        first.relations += to_second * tie.first_trust
        to_first = tie.strength if first.member == 1 else 0.0
        second.tie_weight += to_first
        second.relations += to_first * tie.second_trust


@inner
def compare(state: State, trust_without_ties: float) -> None:
    """Take each organisation's means over its ties to members, weighted by strength.

    Sets, per organisation: what `relate` sets, `mean_trust` = sum w T / sum w and `mean_commitment` = sum w k / sum w. Where the weights
    sum to 0, `mean_trust` is `trust_without_ties` and `mean_commitment` 0.
    """
    relate(state)
    for organisation in state.organisations:
        organisation.mean_commitment = 0.0
    for tie in state.ties:
        first, second = state.organisations[tie.first], state.organisations[tie.second]
        to_second = tie.strength if second.member == 1 else 0.0
        first.mean_commitment += to_second * second.commitment
        to_first = tie.strength if first.member == 1 else 0.0
        second.mean_commitment += to_first * first.commitment
    for organisation in state.organisations:
        organisation.mean_trust = trust_without_ties
        if organisation.tie_weight > 0.0:
            organisation.mean_trust = organisation.relations / organisation.tie_weight
            organisation.mean_commitment /= organisation.tie_weight


@for_each
def exposure(state: State, i: int) -> float:
    """Return the share of the strength of organisation i's ties that goes to members, in [0, 1]; 0 without ties."""
    total, inside = 0.0, 0.0
    for index in range(state.incident_start[i], state.incident_start[i + 1]):
        tie = state.ties[state.incident[index]]
        other = tie.second if tie.first == i else tie.first
        total += tie.strength
        if state.organisations[other].member == 1:
            inside += tie.strength
    return inside / total if total > 0.0 else 0.0
