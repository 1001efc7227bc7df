"""Ensembles with known numbers, made without the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cisim.comparison import Comparison
from cisim.dynamics.measures import measures_of
from cisim.ensemble import Ensemble
from cisim.scenario import Scenario
from cisim.seeds import consecutive

SECTORS = ("public", "nonprofit")
OUTCOMES = (
    {"name": "reading", "unit": "% of children", "zero": 0.0, "one": 100.0, "baseline": 0.4, "target": 0.7},
    {"name": "out of work", "unit": "%", "zero": 30.0, "one": 0.0, "baseline": 0.6},
)


def scenario(months: int = 36, name: str = "a scenario", **changes: object) -> Scenario:
    plain = Scenario(scenario={"name": name, "months": months}, community={"outcomes": list(OUTCOMES)})
    return plain.replace(**changes)


def ensemble(
    progress: Sequence[float] = (0.1, 0.2, 0.4),
    *,
    months: int = 36,
    run_seed: int = 1,
    name: str = "a scenario",
    shape: float = 1.0,
    **changes: object,
) -> Ensemble:
    """Make runs whose progress rises from 0 to a given end; the other measures are progress plus their column."""
    asked = scenario(months, name, **changes)
    measures = measures_of(asked.outcome_names, SECTORS)
    course = np.linspace(0.0, 1.0, months + 1) ** shape
    rising = np.multiply.outer(np.array(progress, dtype=np.float64), course)
    values = rising[:, :, None] + np.arange(len(measures), dtype=np.float64)
    return Ensemble(values, consecutive(run_seed, len(progress)), measures, asked)


def with_nan(whole: Ensemble, measure: str, runs: Sequence[int], months: slice = slice(None)) -> Ensemble:
    """Copy an ensemble, with a measure without meaning in some runs."""
    values = whole.values.copy()
    column = [one.name for one in whole.measures].index(measure)
    values[list(runs), months, column] = np.nan
    return Ensemble(values, whole.seeds, whole.measures, whole.scenario)


def comparison(first: Sequence[float], second: Sequence[float], **options: object) -> Comparison:
    """Compare two strategies, `alone` (the reference) and `together`, with known progress at the end of each run."""
    return Comparison({"alone": ensemble(first, **options), "together": ensemble(second, **options)})
