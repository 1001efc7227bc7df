"""Results of plans whose every number is known, without a run: the county's plans with made-up values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cisim.plan.costs import ITEMS, Spending
from cisim.plan.deciding import settle
from cisim.plan.run import PlanResults
from cisim.plan.spec import read
from cisim.plan.worlds import KEPT, kept_measures
from plan.county import HEAD, PLANS, county

MONTHS, RUNS = 24, 4
#: Posts of a plan at 120,000 a year, in the order of the plans; nothing new takes none.
POSTS = (0, 3, 1, 3, 2, 2)


def results(
    folder: Path, added: Sequence[float], *, worlds: int = 60, spread: float = 0.02, luck: float = 0.01,
    plans: str = PLANS, head: str = HEAD, precision: float = 0.005, seed: int = 0,
) -> PlanResults:  # fmt: skip
    """Make results in which plans add so much on average to doing nothing new.

    Args:
        folder: for the county's files.
        added: shares of the gap at the end, of the same money on services and of the plans of the file.
        worlds: how many.
        spread: standard deviation of what a plan adds between worlds.
        luck: the same within a world.
        plans: of the file.
        head: of the file.
        precision: share of the gap.
        seed: of the numbers that differ.
    """
    told = read(county(folder, plans, head))
    strategies = (told.nothing_new, told.services(3.0, "3 posts"), *told.given.values())
    assert len(added) == len(strategies) - 1
    draws = np.random.default_rng(seed)
    rise = np.linspace(0, 1, MONTHS + 1)
    shape = (worlds, len(strategies), RUNS, 1)
    between, within = draws.standard_normal((2, *shape))
    between -= between.mean(axis=0)
    within -= within.mean(axis=(0, 2), keepdims=True)
    at_end = np.array([0.0, *added])[:, None, None] + spread * between[:, :, :1] + luck * within
    at_end[:, 0] = 0.0
    progress = 0.1 * rise + at_end * rise
    measures, _ = kept_measures(told.base, told.roster.sector_names)
    columns = [_course(measure.name, progress, told.base) for measure in measures]
    values = np.stack(columns, axis=-1)
    lows, highs = (np.array([guess.range[end] for guess in told.guesses], float) for end in (0, 1))
    guesses = draws.uniform(lows, highs, (worlds, len(lows)))
    spent = tuple(_spent(posts) for posts in POSTS[: len(strategies)])
    ends = progress[..., -1].mean(axis=2)
    return PlanResults(told, strategies, measures, values, guesses, spent, 1, precision, settle(ends, precision))


def _course(name: str, progress, base):
    assert name in KEPT or name.startswith("indicator.")
    if not name.startswith("indicator."):
        return progress if name == "progress" else np.full(progress.shape, 0.5)
    outcome = next(each for each in base.community.outcomes if f"indicator.{each.name}" == name)
    return outcome.baseline + (1 - outcome.baseline) * progress


def _spent(posts: float) -> Spending:
    by_year = np.zeros((2, len(ITEMS)))
    by_year[:, 0], by_year[:, 4] = posts * 120_000, 10_000
    return Spending(MONTHS, by_year, np.zeros(2))
