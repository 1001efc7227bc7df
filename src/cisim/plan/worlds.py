"""Worlds of plans: drawn from the guesses, in each of which all plans meet the same luck.

This file, `guesses`, `history` and `plausible` decide what plans come to; finished worlds are kept under a hash of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.measures import Measure
from cisim.engine import simulate
from cisim.ensemble import INDICATOR
from cisim.plan.guesses import draw
from cisim.plan.history import trends, with_trends
from cisim.plan.spec import Plan, Plans
from cisim.plausible import bent, of_type
from cisim.scenario import Scenario
from cisim.seeds import consecutive, first_run_seed
from cisim.uncertainty import Floats

#: What is kept of each run and month, besides indicators.
KEPT = (
    *("progress", "goal_alignment", "commitment", "awareness", "practice_quality", "working_ties", "trust", "members"),
    *("staff_at_work", "resources", "grants", "levy", "overhead", "alive"),
    *("achieved.agenda", "achieved.measurement", "achieved.activities", "achieved.communication", "achieved.backbone"),
)


class Task(NamedTuple):
    """What all worlds have in common."""

    strategies: tuple[Plan, ...]
    plans: Plans
    columns: NDArray[np.int64]  #: of the kept measures in a record
    runs: int
    seed: int


def kept_measures(scenario: Scenario, sectors: Sequence[str]) -> tuple[tuple[Measure, ...], NDArray[np.int64]]:
    """List the measures that are kept, and where they stand in a record."""
    groups = {f"progress.{name}" for name in scenario.group_names} | {"gap", "engagement"}
    chosen = [
        (measure, column)
        for column, measure in enumerate(scenario.measures(sectors))
        if measure.name in KEPT or measure.name.startswith(INDICATOR) or measure.name in groups
    ]
    return tuple(measure for measure, _ in chosen), np.array([column for _, column in chosen])


def one_world(task: Task, world: int) -> Floats:
    """Run every plan in one world: (plans, runs, months + 1, measures)."""
    seeds, here = world_seeds(task, world), in_world(task, world)
    return np.stack(
        [simulate(scenario, seeds, threads=1, roster=task.plans.roster)[..., task.columns] for scenario in here]
    )


def world_seeds(task: Task, world: int) -> NDArray[np.uint64]:
    """List the run seeds of a world: (runs,)."""
    return consecutive(first_run_seed(task.seed) + world * task.runs, task.runs)


def in_world(task: Task, world: int) -> list[Scenario]:
    """Make the plans' scenarios as they are in one world: with what it drew, and with trends by which nothing new goes on as before."""
    settings, found = conditions(task, world)
    return [placed(plan.scenario, settings, found) for plan in task.strategies]


def conditions(task: Task, world: int) -> tuple[dict[str, Any], dict[str, float]]:
    """Tell what a world draws, and the trends by which the first of the plans, nothing new, goes on as before; both by path."""
    plans = task.plans
    drawn = draw(plans.guesses, world, task.seed)
    settings = {
        guess.path: of_type(guess.info, float(value)) for guess, value in zip(plans.guesses, drawn, strict=True)
    }
    if not plans.histories:
        return settings, {}
    # The history is this county's: whatever its runs drew of partners, doing nothing new would have led to it, but for chance.
    nothing_new = placed(task.strategies[0].scenario, settings, {})
    return settings, trends(nothing_new, plans.histories, world_seeds(task, world), plans.roster)


def placed(scenario: Scenario, settings: Mapping[str, Any], found: Mapping[str, float]) -> Scenario:
    """Put a plan's scenario into a world: what it drew, bent where the rules across fields ask for it, and its trends."""
    return with_trends(scenario.settled(bent(scenario, settings)), found)
