"""Paired trials of the default settings, and estimates from them: what the facts are measured with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cisim.ensemble import run
from cisim.scenario import Scenario
from cisim.uncertainty import moments

#: The dial that switches each condition off at 0.
CONDITIONS = {
    "agenda": "agenda.process",
    "measurement": "measurement.sharing",
    "activities": "activities.coordination",
    "communication": "communication.frequency",
    "backbone": "backbone.staff",
}
#: What is kept of each run.
KEPT = (
    "progress",
    "commitment",
    "members",
    "practice_quality",
    "working_ties",
    "agenda_fit_large",
    "agenda_fit_small",
)


@dataclass(frozen=True)
class Estimate:
    """A mean over paired seeds, with its standard error."""

    value: float
    error: float

    @property
    def z(self) -> float:
        """Standard errors from 0."""
        if self.error == 0.0:  # runs that agree to the bit leave no doubt
            return math.copysign(math.inf, self.value) if self.value != 0.0 else 0.0
        return self.value / self.error


def mean_of(values: NDArray[np.float64]) -> Estimate:
    """Mean and standard error over runs, (runs,); runs without a value (NaN) are left out."""
    of = moments(values)
    return Estimate(float(of.mean), float(of.standard_error))


def ratio_of(above: NDArray[np.float64], below: NDArray[np.float64]) -> tuple[Estimate, NDArray[np.float64]]:
    """Ratio of two means over the same runs, its standard error by the delta method, and each run's influence on it."""
    ratio = float(above.mean() / below.mean())
    influence = (above - ratio * below) / below.mean()
    return Estimate(ratio, mean_of(influence).error), influence


class Trials:
    """The runs that the facts are measured on; a strategy is run when it is first asked for.

    Args:
        runs: paired seeds, at least 2.
        seed: the first of them.
        threads: see `cisim.engine.simulate`.
        told: called after each strategy with the number of strategies run so far.
    """

    def __init__(self, runs: int, seed: int, threads: int | None, told: Callable[[int], None] | None) -> None:
        self._runs, self._seed, self._threads = runs, seed, threads
        self._told = told
        self._known: dict[Scenario, dict[str, NDArray[np.float64]]] = {}
        self.base = Scenario()

    def of(self, measure: str, **settings: object) -> NDArray[np.float64]:
        """One measure under some settings: (runs, months + 1)."""
        scenario = self.base.replace(**settings)
        if scenario not in self._known:
            ensemble = run(scenario, self._runs, self._seed, threads=self._threads)
            self._known[scenario] = {name: ensemble.measure(name).copy() for name in KEPT}
            if self._told:
                self._told(len(self._known))
        return self._known[scenario][measure]

    def without(self, condition: str, measure: str = "progress") -> NDArray[np.float64]:
        """All five but one."""
        return self.of(measure, **{CONDITIONS[condition]: 0.0})

    def alone(self, condition: str) -> NDArray[np.float64]:
        """Progress of one condition alone."""
        return self.of("progress", **{dial: 0.0 for other, dial in CONDITIONS.items() if other != condition})

    @cached_property
    def together(self) -> NDArray[np.float64]:
        """Progress of all five."""
        return self.of("progress")

    @cached_property
    def gain(self) -> NDArray[np.float64]:
        """What all five gain over isolated impact, by run and month."""
        return self.together - self.of("progress", **{"coalition.start": "never"})

    def ended(self, measure: str) -> NDArray[np.float64]:
        """All five, but no backbone from month 49."""
        return self.of(measure, events=[{"month": 49, "set": {"backbone.staff": 0.0}}])
