"""Docking of opinions that cluster: bounded confidence, all at once (Hegselmann & Krause).

The driver of the large coalitions calls the model's own `share_goals`; the small ones live whole months. Starts are random numbers of
the case's own (Philox, from the effort's seed), not the model's luck.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.communication import share_goals
from cisim.dynamics.compiled import compiled, quick_compilation
from cisim.dynamics.state import State
from cisim.threads import checked_threads
from cisim.validation.claims import Case, Effort, Finding, close, judged
from cisim.validation.docking.clusters import Counts, mean_count
from cisim.validation.docking.months import Course, philox
from cisim.validation.docking.opinions import talking
from cisim.validation.stand import coalition_of, complete, dials_of

HEGSELMANN_KRAUSE = "Hegselmann & Krause 2002, Journal of Artificial Societies and Social Simulation 5(3):2"
#: Goals that move by less than this in a month stand still: in exact arithmetic they would not move at all.
STILL = 1e-12
LARGE = {0.05: 7.92, 0.1: 3.83, 0.15: 2.45, 0.18: 2.05, 0.2: 1.88, 0.22: 1.28, 0.25: 1.02, 0.3: 1.0}
SMALL = {0.2: 2.05, 0.25: 1.62, 0.3: 1.11}
#: Runs behind the expected numbers.
SOURCE_RUNS = 60
#: Longer than any of these coalitions takes, and what the others get once one has not come to rest: a fault shall not take hours.
MOST_MONTHS, RESTLESS_MONTHS = 1000, 10


@compiled
def talk_until_still(state: State, dials: NDArray[np.float64], still: float, most: int) -> int:
    """Let all who are in contact share goals, until nobody's move by more than `still` any more.

    Args:
        state: changed in place; `stances.look` is overwritten.
        dials: the row of settings.
        still: of a share.
        most: months at most.

    Returns:
        The months in which goals moved, `most` if they moved to the end.
    """
    for month in range(most):
        for i in range(state.stances.shape[0]):
            for d in range(state.stances.shape[1]):
                state.stances[i, d].look = state.stances[i, d].goal
        share_goals(state, dials)
        largest = 0.0
        for i in range(state.stances.shape[0]):
            for d in range(state.stances.shape[1]):
                largest = max(largest, abs(state.stances[i, d].goal - state.stances[i, d].look))
        if largest <= still:
            return month
    return most


class Ended(NamedTuple):
    """The end of a run.

    Attributes:
        goals: (N,) of the first outcome, in the order of the first goals.
        months: in which goals moved.
    """

    goals: NDArray[np.float64]
    months: int

    @property
    def clusters(self) -> int:
        """Number of different opinions that are left."""
        return 1 + int((np.diff(np.sort(self.goals)) > 1e-6).sum())


def first_goals(seed: int, run: int, number: int) -> NDArray[np.float64]:
    """Draw goals uniformly in [0, 1], in order, (N,)."""
    ordered: NDArray[np.float64] = np.sort(philox(seed, 1_000 + run).random(number))
    return ordered


def settled_by_hand(goals: NDArray[np.float64], openness: float) -> NDArray[np.float64]:
    """Compute where opinions of Hegselmann & Krause's model end: written anew from the paper, by sorting and sums over intervals.

    Args:
        goals: (N,) in order.
        openness: the threshold.
    """
    while True:
        low = np.searchsorted(goals, goals - openness - 1e-12, side="left")
        high = np.searchsorted(goals, goals + openness + 1e-12, side="right")
        sums = np.concatenate([[0.0], np.cumsum(goals)])
        moved = (sums[high] - sums[low]) / (high - low)
        if np.abs(moved - goals).max() <= 1e-11:
            return goals
        goals = moved


def large_runs(effort: Effort, number: int, runs: int, thresholds: list[float]) -> dict[float, list[Ended]]:
    """Run large coalitions, by the stage's own function, many at a time: threshold -> runs."""
    scenario = talking()
    whole = coalition_of(scenario, np.full((number, 2), 0.5), complete(number))

    def one(task: tuple[float, int], most: int) -> Ended:
        openness, run = task
        dials = dials_of(talking({"communication.openness": openness}))
        # Sharing goals does not touch the ties, by far the largest part: all runs read the same ones.
        state = whole._replace(organisations=whole.organisations.copy(), stances=whole.stances.copy())
        start = first_goals(effort.seed, run, number)
        state.stances["goal"] = np.column_stack([start, 1.0 - start])
        months = talk_until_still(state, dials, STILL, most)
        return Ended(state.stances["goal"][:, 0].copy(), months)

    tasks = [(openness, run) for openness in thresholds for run in range(runs)]
    with quick_compilation():
        first = one(tasks[0], MOST_MONTHS)
    most = RESTLESS_MONTHS if first.months == MOST_MONTHS else MOST_MONTHS
    with ThreadPoolExecutor(checked_threads(effort.threads)) as pool:
        ended = [first, *pool.map(lambda task: one(task, most), tasks[1:])]
    return {openness: ended[k * runs : (k + 1) * runs] for k, openness in enumerate(thresholds)}


def small_runs(effort: Effort, number: int, runs: int, thresholds: list[float]) -> dict[float, list[Ended]]:
    """Run small coalitions that live whole months: threshold -> runs."""
    ended: dict[float, list[Ended]] = {}
    most = MOST_MONTHS
    for openness in thresholds:
        scenario = talking({"communication.openness": openness})
        ended[openness] = []
        for run in range(runs):
            start = first_goals(effort.seed, run, number)
            course = Course(coalition_of(scenario, np.column_stack([start, 1.0 - start]), complete(number)), scenario)
            before = course.goals()
            course.live()
            while np.abs(course.goals() - before).max() > STILL and course.month <= most:
                before = course.goals()
                course.live()
            if course.month > MOST_MONTHS:
                most = RESTLESS_MONTHS
            ended[openness].append(Ended(course.goals()[:, 0], course.month - 1))
    return ended


def hegselmann_krause(effort: Effort) -> Finding:
    """Count the opinions that are left."""
    runs, of_small = effort.runs(SOURCE_RUNS, 5), effort.runs(240, 60)
    thresholds = [eps for eps in LARGE if not effort.quick or eps in (0.05, 0.2, 0.3)]
    large = large_runs(effort, 1000, runs, thresholds)
    small = small_runs(effort, 50, of_small, list(SMALL))
    counted = Counts(
        LARGE, SOURCE_RUNS, {eps: mean_count([one.clusters for one in ended]) for eps, ended in large.items()}
    )
    counted_small = Counts(
        SMALL, SOURCE_RUNS, {eps: mean_count([one.clusters for one in ended]) for eps, ended in small.items()}
    )
    apart, swapped, longest = 0.0, 0, 0
    for number, group in ((1000, large), (50, small)):
        for openness, ended in group.items():
            for run, one in enumerate(ended):
                by_hand = settled_by_hand(first_goals(effort.seed, run, number), openness)
                apart = max(apart, float(np.abs(one.goals - by_hand).max()))
                swapped += int((np.diff(one.goals) < -STILL).sum())
                longest = max(longest, one.months)
    total = len(large) * runs + len(SMALL) * of_small
    claims = (
        counted.claim("Mean number of opinions that are left of 1,000, for openness", runs, HEGSELMANN_KRAUSE),
        counted_small.claim("The same of 50, in whole months of the model, for openness", of_small, HEGSELMANN_KRAUSE),
        close(
            f"In each of these {total:,} runs every organisation ends where the rule of the paper, written anew, brings it",
            0.0,
            apart,
            1e-9,
            f"{HEGSELMANN_KRAUSE}: by sorting and sums over intervals in NumPy",
        ),
        close(
            "The order of opinions is kept: how many neighbours changed sides",
            0.0,
            swapped,
            0.0,
            f"{HEGSELMANN_KRAUSE}: a theorem in one dimension",
        ),
        judged(
            "Every run stands still after a finite number of months",
            longest < MOST_MONTHS,
            "finite",
            f"{longest} months at most",
            f"{total} runs; still: nobody moves by more than {STILL:.0e}",
            f"{HEGSELMANN_KRAUSE}: a theorem",
        ),
    )
    picture = counted.picture(
        "Hegselmann-Krause: the more open, the fewer opinions are left",
        "The mean number of opinions that are left among 1,000 organisations over openness from 0.05 to 0.3. It falls from about 8 to 1; the "
        "measured means lie in the circles of the expected ones.",
        "openness: largest distance of goals at which one still listens",
    )
    return Finding(claims, (picture,))


CASES: tuple[Case, ...] = (
    Case(
        "hegselmann-krause",
        "Bounded confidence, all at once (Hegselmann & Krause 2002)",
        "The sharing of goals, everybody in contact with everybody, two outcomes, influence 1, and openness as their threshold: all take the "
        "mean of those near enough.",
        hegselmann_krause,
    ),
)
