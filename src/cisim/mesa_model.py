"""Mesa model of a run: the engine's stages called one by one, with an agent per organisation.

It is for looking inside and for changing a mechanism. `Organization` is a light view on its row of the state.

Example:
    >>> from cisim import CollectiveImpactModel
    >>> model = CollectiveImpactModel("all-five", seed=1)
    >>> for _ in range(12):
    ...     model.step()
    >>> members = model.agents.select(lambda organisation: organisation.member)
    >>> 0.0 < members.agg("commitment", lambda values: sum(values) / len(values)) < 1.0
    True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import mesa
import numpy as np
import pandas as pd
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from cisim.coalition import draw
from cisim.dynamics.compiled import quick_compilation
from cisim.dynamics.disturbance import begin_month, happen
from cisim.dynamics.founding import initial_state
from cisim.dynamics.luck import Luck
from cisim.dynamics.measures import Measure
from cisim.dynamics.month import STAGE_FUNCTIONS
from cisim.dynamics.record import record
from cisim.dynamics.stages import STAGES, StageInfo
from cisim.dynamics.state import State
from cisim.engine import checked_seeds, compile_scenario
from cisim.errors import InputError
from cisim.mesa_agent import Organization, Partner
from cisim.scenario import Scenario, load

__all__ = ["CollectiveImpactModel", "Organization", "Partner"]


class CollectiveImpactModel(mesa.Model):  # type: ignore[misc]
    """One run of a scenario as a Mesa model; it gives the same bits as the compiled engine for the same seed.

    A subclass changes a mechanism by overriding the method of a stage (`disturb` to `build`, see `cisim.dynamics.stages`), which
    takes no arguments and changes `state`, or by giving `organization_class` a subclass of `Organization` with a `step`. All chance
    should come from `cisim.dynamics.luck` or Mesa's `rng`.

    Args:
        config: a scenario, or the name or path of one.
        seed: the run's seed, from 0 to 2^64 - 1; Mesa's own `rng` and `random` start from it too.
        model_reporters: what Mesa's DataCollector collects of the model each month besides `month` and all measures.
        agent_reporters: what it collects of each organisation; nothing by default.

    Attributes:
        config: the scenario (Mesa 3.5 owns the name `scenario`).
        month: months passed.
        organisations: the agents, in the order of the file.
        state: the run's `cisim.dynamics.state.State`, which the stages change.
        dials: (dials,) this month's settings, by the indices of `cisim.dynamics.dials`.
        luck: this month's luck.
        records: (months + 1, measures) what was recorded; rows not reached are NaN.
        measures: the columns of `records`.
        datacollector: Mesa's; collected at the founding and after each month.

    Raises:
        InputError: the scenario or the seed is wrong.
    """

    organization_class: ClassVar[type[Organization]] = Organization

    def __init__(
        self,
        config: Scenario | str = "all-five",
        *,
        seed: int = 1,
        model_reporters: Mapping[str, Callable[[Any], Any]] | None = None,
        agent_reporters: Mapping[str, str | Callable[[Any], Any]] | None = None,
    ) -> None:
        (run_seed,) = checked_seeds([seed])
        super().__init__(rng=run_seed)
        self.config: Scenario = config if isinstance(config, Scenario) else load(config)
        self._compiled = compile_scenario(self.config)
        self._plan = self._compiled.plan.copy()
        self._seed_of_luck = np.uint64(run_seed)
        self.month = 0
        self.luck = Luck(self._seed_of_luck, np.int64(0))
        self.dials: NDArray[np.float64] = self._plan.copy()
        self.measures: tuple[Measure, ...] = self._compiled.measures
        self._column = {measure.name: column for column, measure in enumerate(self.measures)}
        self.records = np.full((self.config.months + 1, len(self.measures)), np.nan)
        roster = self._compiled.roster
        coalition = draw(self.config, roster, run_seed)
        self.state: State = initial_state(coalition, self.config, self._plan, len(self._compiled.events))
        self.organisations: tuple[Organization, ...] = tuple(
            self.organization_class(self, row, name, roster.sector_names[roster.sector[row]])
            for row, name in enumerate(roster.names)
        )
        record(self.state, 0, self.records[0])
        recorded = {name: lambda model, name=name: model.value(name) for name in self._column}
        reporters = {"month": "month", **recorded, **(model_reporters or {})}
        self.datacollector = DataCollector(reporters, dict(agent_reporters or {}))
        self.datacollector.collect(self)

    def step(self) -> None:
        """Let one month pass.

        Raises:
            InputError: the scenario's horizon is reached.
        """
        if self.month >= self.config.months:
            beyond = f"month {self.month + 1} is beyond scenario.months = {self.config.months}"
            raise InputError(f"{beyond}: make the scenario longer")
        self.month += 1
        self.luck = Luck(self._seed_of_luck, np.int64(self.month))
        with quick_compilation():
            compiled, last = self._compiled, self.records[self.month - 1]
            happen(self.state, self._plan, compiled.events, compiled.actions, last, self.luck)
            begin_month(self.state, self._plan, self.dials, self.luck)
            for stage in STAGES:
                getattr(self, stage.name)()
        for organisation in self.organisations:
            organisation.step()
        record(self.state, self.month, self.records[self.month])
        self.running = self.month < self.config.months
        self.datacollector.collect(self)

    def value(self, measure_name: str) -> float:
        """Return this month's value of a measure.

        Raises:
            InputError: there is no such measure.
        """
        if measure_name not in self._column:
            known = ", ".join(self._column)
            raise InputError(f"measure {measure_name!r} is unknown: the measures are {known}")
        return float(self.records[self.month, self._column[measure_name]])

    def frame(self) -> pd.DataFrame:
        """Return what was recorded so far: one row a month, a column `month` and one for each measure."""
        table = pd.DataFrame(self.records[: self.month + 1], columns=list(self._column))
        table.insert(0, "month", np.arange(self.month + 1))
        return table


def _stage_method(number: int, stage: StageInfo) -> Callable[[CollectiveImpactModel], None]:
    """Make the method of a stage, for subclasses to override."""
    function = STAGE_FUNCTIONS[stage.name]

    def method(self: CollectiveImpactModel) -> None:
        function(self.state, self.dials, self.luck)

    method.__name__, method.__qualname__ = stage.name, f"CollectiveImpactModel.{stage.name}"
    method.__doc__ = f"Stage {number}: {stage.meaning}."
    method.__code__ = method.__code__.replace(co_name=stage.name)  # a traceback names the stage
    return method


for _number, _stage in enumerate(STAGES):
    setattr(CollectiveImpactModel, _stage.name, _stage_method(_number, _stage))
