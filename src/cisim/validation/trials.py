"""Paired trials of the default settings, and estimates from them, for the facts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import stages
from cisim.dynamics.mechanism import Stage
from cisim.ensemble import run
from cisim.scenario import Scenario
from cisim.uncertainty import moments
from cisim.validation.claims import Estimate

#: The dial that switches each condition off at 0.
CONDITIONS = {condition.name: condition.switch for condition in stages.CONDITIONS}
#: What is kept of each run.
KEPT = ("progress", "commitment", "members", "practice_quality", "working_ties", "agenda_fit_large", "agenda_fit_small")


def mean_of(values: NDArray[np.float64]) -> Estimate:
    """Estimate mean and standard error over runs, (runs,); runs without a value (NaN) are left out."""
    of = moments(values)
    return Estimate(float(of.mean), float(of.standard_error))


def ratio_of(above: NDArray[np.float64], below: NDArray[np.float64]) -> tuple[Estimate, NDArray[np.float64]]:
    """Estimate the ratio of two means over the same runs (delta method), and each run's influence on it; NaN if the one below is 0."""
    if below.mean() == 0.0:
        return Estimate(math.nan, math.nan), np.full(len(below), math.nan)
    ratio = float(above.mean() / below.mean())
    influence = (above - ratio * below) / below.mean()
    return Estimate(ratio, mean_of(influence).error), influence


class Trials:
    """The runs that the facts are measured on; a strategy is run when it is first asked for.

    Args:
        runs: paired seeds, at least 2.
        seed: the first of them.
        threads: see `cisim.engine.simulate`.
        on_strategy: called after each strategy with the number of strategies run so far.
        base: all five conditions; the default settings, if it is not given.
        stages: of a rival model, see `cisim.engine.simulate`.
        counted: each run counts as so many, so that standard errors are those that so many times the runs would have.
        kept: measures that can be asked for, of runs that have them.
    """

    def __init__(
        self,
        runs: int,
        seed: int,
        threads: int | None = None,
        on_strategy: Callable[[int], None] | None = None,
        *,
        base: Scenario | None = None,
        stages: Mapping[str, Stage] | None = None,
        counted: int = 1,
        kept: Sequence[str] = KEPT,
    ) -> None:
        self._runs, self._seed, self._threads = runs, seed, threads
        self._on_strategy, self._stages, self._counted, self._kept = on_strategy, stages, counted, kept
        self._known: dict[Scenario, dict[str, NDArray[np.float64]]] = {}
        self.base = Scenario() if base is None else base

    def of(self, measure: str, **settings: object) -> NDArray[np.float64]:
        """Run some settings, if they have not run yet: one measure, (runs, months + 1)."""
        scenario = self.base.replace(**settings)
        if scenario not in self._known:
            ensemble = run(scenario, self._runs, self._seed, threads=self._threads, stages=self._stages)
            there = [name for name in self._kept if name in ensemble.quantities]
            self._known[scenario] = {name: np.repeat(ensemble.measure(name), self._counted, axis=0) for name in there}
            if self._on_strategy:
                self._on_strategy(len(self._known))
        return self._known[scenario][measure]

    def without(self, condition: str, measure: str = "progress") -> NDArray[np.float64]:
        """Run all five but one."""
        return self.of(measure, **{CONDITIONS[condition]: 0.0})

    def alone(self, condition: str) -> NDArray[np.float64]:
        """Run one condition alone: its progress."""
        return self.of("progress", **{dial: 0.0 for other, dial in CONDITIONS.items() if other != condition})

    @cached_property
    def together(self) -> NDArray[np.float64]:
        """Progress of all five."""
        return self.of("progress")

    @cached_property
    def gain(self) -> NDArray[np.float64]:
        """Gain of all five over isolated impact, by run and month."""
        return self.together - self.of("progress", **{"coalition.start": "never"})

    def ended(self, measure: str) -> NDArray[np.float64]:
        """Run all five, but no backbone from month 49."""
        return self.of(measure, events=[{"month": 49, "set": {"backbone.staff": 0.0}}])
