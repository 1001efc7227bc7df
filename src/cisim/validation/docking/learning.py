"""The model's stage of practices alone, month after month, for the cases on practices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.dynamics.compiled import compiled
from cisim.dynamics.luck import Luck
from cisim.dynamics.practice import learn
from cisim.dynamics.state import State
from cisim.scenario import Scenario
from cisim.validation.second_opinion import plain_luck
from cisim.validation.stand import coalition_of, scenario_of


@compiled
def learn_for(
    state: State, dials: NDArray[np.float64], visibility: float, seed: np.uint64, months: int, worst: float
) -> NDArray[np.float64]:
    """Run stage 1, point 6 for some months, in which the same ties meet and the hub offers the same.

    Args:
        state: the run, changed in place.
        dials: its settings.
        visibility: v, how well others' work is seen.
        seed: of its luck.
        months: how many.
        worst: what share of the best fitness the worst practice has.

    Returns:
        (months + 1,) the mean over organisations of (F / max F)^8 at the start and after each month.
    """
    scores = np.empty(months + 1, np.float64)
    for month in range(months + 1):
        if month > 0:
            learn(state, dials, visibility, Luck(seed, np.int64(month)))
        total = 0.0
        for organisation in state.organisations:
            square = (worst + (1.0 - worst) * state.effectiveness[organisation.practice]) ** 2
            total += square * square * square * square
        scores[month] = total / state.organisations.shape[0]
    return scores


def learners(bits: int, **settings: object) -> Scenario:
    """Make a scenario in which all look at all they meet, without error, and who copies nothing experiments.

    Args:
        bits: of a practice.
        settings: other fields or values.
    """
    lively = {"practice.noise": 0.0, "practice.experiment": 1.0, "communication.learning": 1.0}
    return scenario_of(2, 1, **{**lively, **settings, "practice.bits": bits, "practice.ruggedness": 0})


def gathered(scenario: Scenario, ties: ArrayLike, practice: ArrayLike, effectiveness: ArrayLike) -> State:
    """Make organisations that differ in nothing but practice, all tied ones in contact.

    Args:
        scenario: from `learners`.
        ties: (E, 2).
        practice: (N,) strings of bits.
        effectiveness: (2^bits,).
    """
    missions = np.full((len(np.asarray(practice)), 2), 0.5)
    return coalition_of(scenario, missions, ties, practice=practice, effectiveness=effectiveness)


def fitness_of(seed: int, bits: int, ruggedness: int, practice: int) -> float:
    """Compute F(s) of one practice by Kauffman's definition, in plain Python: the sum of its bits' components.

    Args:
        seed: of the landscape.
        bits: N.
        ruggedness: K.
        practice: s.
    """
    luck = plain_luck.Luck(seed)
    total = 0.0
    for bit in range(bits):
        slot = plain_luck.slot_of(bit)
        others = [other for other in range(bits) if other != bit]
        if ruggedness:
            drawn = {other: luck.uniform("landscape partners", 0, slot, other) for other in others}
            others.sort(key=drawn.__getitem__)
        pattern = sum((practice >> one & 1) << index for index, one in enumerate([bit, *others[:ruggedness]]))
        total += luck.uniform("landscape", 0, slot, pattern)
    return total
