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
from functools import partial, wraps
from numbers import Real
from typing import Any, ClassVar

import mesa
import numpy as np
import pandas as pd
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from cisim.coalition.generate import founded
from cisim.dynamics.compiled import quick_compilation
from cisim.dynamics.disturbance import begin_month, happen
from cisim.dynamics.luck import Luck
from cisim.dynamics.measures import Measure
from cisim.dynamics.month import STAGE_FUNCTIONS
from cisim.dynamics.record import record
from cisim.dynamics.stages import STAGES, StageInfo
from cisim.dynamics.state import State
from cisim.engine import checked_seeds, compile_scenario
from cisim.errors import InputError, did_you_mean
from cisim.mesa_agent import Organization, Partner
from cisim.scenario import Scenario, for_run, load

__all__ = ["CollectiveImpactModel", "Organization", "Partner"]


def _run_seed(seed: Any, rng: Any) -> int:
    """Return the seed that is given or, if none is, one drawn: below 2^53, so that every kind of table can hold it."""
    if seed is not None and rng is not None:
        raise InputError(f"seed = {seed!r}, rng = {rng!r}: give one of the two")
    given = rng if seed is None else seed
    if isinstance(given, str | Real):  # a text comes from a field of SolaraViz
        return checked_seeds([int(str(given)) if str(given).isdecimal() else given])[0]  # type: ignore[list-item]
    return int(np.random.default_rng(given).integers(2**53))


def _report(attribute: str, agent: mesa.Agent) -> Any:
    """Report an attribute of an agent, None if only others have it. Unlike Mesa's own reporter of an attribute, it pickles."""
    if agent.model.month == 0 and not any(hasattr(other, attribute) for other in agent.model.agents):
        hint = did_you_mean(attribute, dir(agent), "name one that they have, or give a function")
        raise InputError(f"reporter {attribute!r}: no agent has such an attribute; {hint}")
    return getattr(agent, attribute, None)


class CollectiveImpactModel(mesa.Model):  # type: ignore[misc]
    """One run of a scenario as a Mesa model; it gives the same bits as the compiled engine for the same seed.

    A subclass changes a mechanism by overriding the method of a stage (`disturb` to `build`, see `cisim.dynamics.stages`), which
    takes no arguments and changes `state`, or by giving `organization_class` a subclass of `Organization` with a `step`. All chance
    should come from `cisim.dynamics.luck` or Mesa's `rng`.

    Args:
        config: a scenario, or the name or path of one.
        seed: the run's seed, as in a table's column `seed`, from 0 to 2^64 - 1; a new one is drawn if none is given. Mesa's own
            chance starts from it too.
        rng: the same by Mesa's name, or what `numpy.random.default_rng` takes: the seed is then drawn from it.
        model_reporters: what Mesa's DataCollector collects of the model besides `month`, `seed` and all measures.
        agent_reporters: what it collects of each agent; None where an agent has no attribute that another one has.

    Attributes:
        config: the scenario (Mesa 3.5 owns the name `scenario`).
        seed: the run's seed, which gives the same run again.
        drawn: what the run drew of fields with distributions, by path.
        month: months passed.
        organisations: the agents, in the order of the file.
        state: the run's `cisim.dynamics.state.State`, which the stages change.
        dials: (dials,) this month's settings, by the indices of `cisim.dynamics.dials`.
        luck: this month's luck.
        records: (months + 1, measures) what was recorded; rows not reached are NaN.
        measures: the columns of `records`.
        datacollector: Mesa's; collected at the founding, when the whole `__init__` is done, and after each month.

    Raises:
        InputError: the scenario, the seed or a reporter is wrong.
    """

    organization_class: ClassVar[type[Organization]] = Organization
    #: Numbers that each organisation has in `state.organisations` besides those of the model, with their first values.
    fields: ClassVar[Mapping[str, float]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the outermost `__init__` collect the founding at its end, when all that a subclass adds is there."""
        super().__init_subclass__(**kwargs)
        if "__init__" not in vars(cls):
            return
        construct = cls.__init__

        def whole(self: CollectiveImpactModel, *args: Any, **kwargs: Any) -> None:
            construct(self, *args, **kwargs)
            if type(self).__init__ is whole:
                self._collect_founding()

        cls.__init__ = wraps(construct)(whole)  # type: ignore[method-assign]

    def __init__(
        self,
        config: Scenario | str = "all-five",
        *,
        seed: int | None = None,
        rng: Any = None,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
    ) -> None:
        self.seed = _run_seed(seed, rng)
        super().__init__(rng=self.seed)
        self.config: Scenario = config if isinstance(config, Scenario) else load(config)
        compiled = self._compiled = compile_scenario(self.config, fields=self.fields)
        self.drawn: Mapping[str, float] = self.config.drawn(self.seed)
        self._plan = for_run(self.config, compiled.plan, self.seed)
        self.month = 0
        self.luck = Luck(np.uint64(self.seed), np.int64(0))
        self.dials: NDArray[np.float64] = self._plan.copy()
        self.measures: tuple[Measure, ...] = compiled.measures
        self._column = {measure.name: column for column, measure in enumerate(self.measures)}
        self.records = np.full((self.config.months + 1, len(self.measures)), np.nan)
        roster, events = compiled.roster, len(compiled.events)
        self.state: State = founded(compiled.given, self._plan, self.seed, events, compiled.fields)
        self.organisations: tuple[Organization, ...] = tuple(
            self.organization_class(self, row, name, roster.sector_names[roster.sector[row]])
            for row, name in enumerate(roster.names)
        )
        record(self.state, 0, self.records[0])
        recorded = {name: partial(type(self).value, measure_name=name) for name in self._column}
        reporters = {"month": "month", "seed": "seed", **recorded, **(model_reporters or {})}
        agents = {
            name: partial(_report, of) if isinstance(of, str) else of for name, of in (agent_reporters or {}).items()
        }
        self.datacollector = DataCollector(reporters, agents)
        self._founding_collected = False
        if type(self).__init__ is CollectiveImpactModel.__init__:
            self._collect_founding()

    def _collect_founding(self) -> None:
        """Collect month 0, once, unless a subclass's `__init__` has."""
        if not self._founding_collected and not any(self.datacollector.model_vars.values()):
            self.datacollector.collect(self)
        self._founding_collected = True

    def step(self) -> None:
        """Let one month pass.

        Raises:
            InputError: the scenario's horizon is reached.
        """
        if self.month >= self.config.months:
            beyond = f"month {self.month + 1} is beyond scenario.months = {self.config.months}"
            raise InputError(f"{beyond}: make the scenario longer")
        self._collect_founding()
        self.month += 1
        self.luck = self.luck._replace(month=np.int64(self.month))
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
            raise InputError(f"measure {measure_name!r} is unknown: the measures are {', '.join(self._column)}")
        return float(self.records[self.month, self._column[measure_name]])

    def frame(self) -> pd.DataFrame:
        """Return what was recorded so far: one row a month, a column `month` and one for each measure."""
        return pd.DataFrame(self.records[: self.month + 1], columns=list(self._column)).reset_index(names="month")


def _stage_method(number: int, stage: StageInfo) -> Callable[[CollectiveImpactModel], None]:
    """Make the method of a stage, for subclasses to override."""
    function = STAGE_FUNCTIONS[stage.name]

    def method(self: CollectiveImpactModel) -> None:
        function(self.state, self.dials, self.luck)

    method.__name__, method.__qualname__ = stage.name, f"CollectiveImpactModel.{stage.name}"
    method.__doc__ = f"Stage {number}: {stage.meaning}."
    method.__code__ = method.__code__.replace(co_name=stage.name)  # a traceback names the stage
    return method


for _place, _stage in enumerate(STAGES):
    setattr(CollectiveImpactModel, _stage.name, _stage_method(_place, _stage))
