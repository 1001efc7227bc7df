"""Runs of the engine watched month by month."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cisim import engine
from cisim.coalition.generate import founded
from cisim.dynamics.month import advance
from cisim.dynamics.state import State
from cisim.scenario import Scenario


class Month:
    """One month of one run: the state at its end, what was before, and what was recorded."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.settings = engine.compile_scenario(scenario)
        self.state: State = founded(self.settings.given, self.settings.plan, seed, len(self.settings.events))
        self.plan, self.dials = self.settings.plan.copy(), self.settings.plan.copy()
        self.names = [measure.name for measure in self.settings.measures]
        self.records = np.full((scenario.months + 1, len(self.names)), -12345.0)
        self.month, self.seed = -1, np.uint64(seed)
        self.capacity_before = np.ones(len(self.settings.roster.names))

    def pass_by(self) -> None:
        self.month += 1
        self.capacity_before = self.state.organisations["capacity"].copy()
        events, actions = self.settings.events, self.settings.actions
        advance(self.state, self.plan, self.dials, events, actions, self.seed, self.month, self.month, self.records)

    @property
    def recorded(self) -> dict[str, float]:
        return dict(zip(self.names, self.records[self.month].tolist(), strict=True))


def months_of(scenario: Scenario, seed: int = 1) -> Iterator[Month]:
    """List the months of a run from the founding on, each seen at its end."""
    month = Month(scenario, seed)
    for _ in range(scenario.months + 1):
        month.pass_by()
        yield month
