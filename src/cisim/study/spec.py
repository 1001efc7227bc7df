"""Study: a question, a base scenario, what varies, by which design, and what is kept of each run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ByteSize, Field, SkipValidation, TypeAdapter, WithJsonSchema

from cisim.coalition import roster
from cisim.dynamics.measures import Measure
from cisim.scenario import Scenario
from cisim.scenario.events import Threshold
from cisim.scenario.field import entry
from cisim.scenario.names import Name, Text, as_tuple
from cisim.scenario.problems import Table
from cisim.seeds import BLOCK, LARGEST_OF_ENSEMBLE
from cisim.study.designs import Design
from cisim.study.factors import Factor, Value

#: Fields that decide which measures a run has.
NAMING = {"coalition", "coalition.file", "coalition.ties", "coalition.sectors"}
NAMING |= {"community", "community.outcomes", "community.groups"}
_MEMORY = 'must be at least 1 MB, such as "500 MB" or "2 GB", and at most 1000 TB'
_Months = Annotated[Literal["yearly"] | tuple[Annotated[int, Field(ge=0, le=1200)], ...], BeforeValidator(as_tuple)]
MONTHS = 'must be a list of months, such as [24, 60], or "yearly"'
_Names = Annotated[tuple[Name, ...], BeforeValidator(as_tuple)]
_MEASURES = "must be a list of measures, with at least one"


class About(Table):
    """Name and question of a study, and how often each point is run."""

    name: Name = entry("", "what the study is called", "must be a name")
    question: Text = entry("", "what it is to answer; for whoever reads the results")
    replications: int = entry(1, "runs of each point", ge=1, le=BLOCK)
    seed: int = entry(1, "names the luck of the replications, and of the design", ge=0, le=LARGEST_OF_ENSEMBLE)
    luck: Literal["common", "independent"] = entry(
        "common", "common: replication r has the same luck at every point; independent: each run has its own"
    )


class RecordTable(Table):
    """Section [record] of a study file: what is kept of each run."""

    months: _Months = entry((), "whose values are kept, 0 being the founding; by default the last one", MONTHS)
    measures: _Names = entry((), "what is kept of each run in these months; by default all measures", _MEASURES)
    bands: _Names = entry((), "measures whose mean and quantiles over a point's runs are kept by month", _MEASURES)
    trajectories: _Names = entry((), "measures that are kept of each run and month", _MEASURES)
    organisations: _Names = entry(
        (), "what is kept of every organisation in the panel's months", "must be a list of fields, with at least one"
    )
    ties: bool = entry(False, "whether all ties are kept in the panel's months")
    panel_months: _Months = entry((), "when organisations and ties are looked at; by default every month", MONTHS)


class Record(RecordTable):
    """Selection of what is kept of each run: months are sorted numbers, and no measures stand for all of them."""

    months: tuple[int, ...]
    panel_months: tuple[int, ...] = ()


class Stop(Threshold, Table):
    """Condition on which a run ends before its last month."""

    below: float | None = entry(None, "the run ends when the measure is below this")
    above: float | None = entry(None, "the run ends when the measure is above this")


def _bytes(memory: Any) -> int:
    # Pydantic ignores what stands after the unit; some versions let the overflow of a long number pass.
    if isinstance(memory, str) and not re.fullmatch(r"\s*[\d.]{1,20}\s*[a-zA-Z]+\s*", memory, re.ASCII):
        raise ValueError
    return _BYTES.validate_python(memory)


_BYTES = TypeAdapter(ByteSize)
_SCHEMA = WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 10**6, "maximum": 10**15}, {"type": "string"}]})


class Limits(Table):
    """Limits of one run; a run that takes more has failed."""

    seconds: float | None = entry(None, "time of one run", gt=0)
    memory: Annotated[int, Field(ge=10**6, le=10**15), BeforeValidator(_bytes), _SCHEMA] | None = entry(
        None, 'memory of one run: bytes, or a text such as "500 MB" or "2 GB"', _MEMORY
    )


class Study(About):
    r"""Plan of many runs: a scenario, the factors that vary over it, and how often each point is run.

    Example:
        >>> from cisim.study import parse
        >>> study = parse(
        ...     'study = { name = "staff", scenario = "all-five" }\n'
        ...     'levers = { "backbone.staff" = [0, 2] }\n'
        ...     'design = { kind = "factorial" }'
        ... )
        >>> study.scenario((2.0,)).backbone.staff
        2.0
    """

    base: Scenario  #: of which each point is a variant.
    record: Record  #: what is kept of each run.
    factors: SkipValidation[tuple[Factor, ...]] = ()  #: what varies, levers first.
    design: Design = Design()  #: how the points are chosen.
    stop: Stop | None = None  #: when a run may end early; None: never.
    limits: Limits = Limits()  #: what one run may take.

    def settings(self, values: Sequence[Value]) -> dict[str, Any]:
        """Give what `Scenario.replace` takes for the factors' values, in their order."""
        settings: dict[str, Any] = {}
        for factor, value in zip(self.factors, values, strict=True):
            settings |= factor.settings(value)
        return settings

    def scenario(self, values: Sequence[Value]) -> Scenario:
        """Make the scenario of one point from the factors' values; InputError if these are impossible, alone or together."""
        settings = self.settings(values)
        return self.base.replace(**settings) if settings else self.base

    def parameters(self, values: Sequence[Value]) -> dict[str, float]:
        """Give the user's own parameters that vary, for the factors' values, in their order."""
        pairs = zip(self.factors, values, strict=True)
        return {factor.parameter: float(value) for factor, value in pairs if factor.parameter}

    def measures(self) -> tuple[Measure, ...]:
        """List all measures that runs of the study have; a run whose scenario lacks one has no value of it."""
        return measures_over(self.base, self.factors)


def measures_over(base: Scenario, factors: Sequence[Factor]) -> tuple[Measure, ...]:
    """List all measures of a scenario and its variants by levels of factors; InputError if a coalition file is wrong."""
    measures: dict[str, Measure] = {}
    naming = [level.settings for factor in factors for level in factor.levels if NAMING & set(level.settings)]
    for settings in [{}, *naming]:
        scenario = base.replace(**settings) if settings else base
        given = scenario.coalition.file is None
        sectors = scenario.sector_names if given else roster(scenario).sector_names
        for measure in scenario.measures(sectors):
            measures.setdefault(measure.name, measure)
    return tuple(measures.values())
