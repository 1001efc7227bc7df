"""Single stages of the model, run for some months on a state, for the limit cases.

The code is that of users' runs: a stage is called as the month loop calls it, with the luck of the seed and the month.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.activities import act
from cisim.dynamics.backbone import build, hub
from cisim.dynamics.commitment import commit
from cisim.dynamics.communication import contact, renew_ties
from cisim.dynamics.community import progress
from cisim.dynamics.compiled import compiled, quick_compilation
from cisim.dynamics.disturbance import disturb
from cisim.dynamics.luck import Luck
from cisim.dynamics.measurement import measure
from cisim.dynamics.stages import BACKBONE_FUNCTIONS
from cisim.dynamics.state import State

#: Stages, and two points of the stage of communication: who meets, and what it does to trust and ties.
DISTURB, MEET, RELATE, MEASURE, ACT, PROGRESS, COMMIT, BUILD = range(8)


def pass_months(
    state: State, dials: NDArray[np.float64], stage: int, *, first: int = 1, months: int = 1, seed: int = 1
) -> None:
    """Run one stage for some months.

    Args:
        state: changed in place.
        dials: (dials,) in force in all these months.
        stage: DISTURB to BUILD.
        first: first month.
        months: how many.
        seed: the run's seed, modulo 2^64.
    """
    with quick_compilation():
        _pass_months(state, dials, np.uint64(seed % 2**64), first, first + months - 1, stage)


def hub_strengths(state: State, dials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the strength of each of the backbone's `BACKBONE_FUNCTIONS`, (functions,)."""
    strengths = np.empty(len(BACKBONE_FUNCTIONS))
    with quick_compilation():
        _hub_strengths(state, dials, strengths)
    return strengths


@compiled
def _pass_months(state: State, dials: NDArray[np.float64], seed: np.uint64, first: int, last: int, stage: int) -> None:
    for month in range(first, last + 1):
        luck = Luck(seed, np.int64(month))
        if stage == DISTURB:
            disturb(state, dials, luck)
        elif stage == MEET:
            contact(state, dials, luck)
        elif stage == RELATE:
            renew_ties(state, dials)
        elif stage == MEASURE:
            measure(state, dials, luck)
        elif stage == ACT:
            act(state, dials, luck)
        elif stage == PROGRESS:
            progress(state, dials, luck)
        elif stage == COMMIT:
            commit(state, dials, luck)
        else:
            build(state, dials, luck)


@compiled
def _hub_strengths(state: State, dials: NDArray[np.float64], strengths: NDArray[np.float64]) -> None:
    for function in range(strengths.shape[0]):
        strengths[function] = hub(state.coalition[0], dials, function)
