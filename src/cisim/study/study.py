"""A study: a question, a base scenario, what varies, by which design, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cisim.dynamics.measures import Measure, measures_of
from cisim.scenario import Scenario
from cisim.study.designs import Design
from cisim.study.factors import Factor, Value

if TYPE_CHECKING:
    from cisim.study.store import Store

#: Fields that decide which measures a run has.
NAMING = (
    "coalition",
    "coalition.file",
    "coalition.ties",
    "coalition.sectors",
    "community",
    "community.outcomes",
)


@dataclass(frozen=True)
class Record:
    """What is kept of each run.

    Attributes:
        measures: names; () for all.
        months: whose values are kept, sorted.
        bands: measures whose quantiles over the replications are kept, month by month.
        trajectories: measures that are kept of every run and month.
        organisations: fields that are kept of every organisation in the panel's months.
        ties: whether all ties are kept in the panel's months.
        panel_months: when organisations and ties are looked at, sorted.
    """

    months: tuple[int, ...]
    measures: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    trajectories: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    ties: bool = False
    panel_months: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stop:
    """When a run may end before its last month.

    Attributes:
        measure: what is watched.
        below: ends the run when the measure is below this.
        above: ends the run when the measure is above this.
    """

    measure: str
    below: float | None = None
    above: float | None = None


@dataclass(frozen=True)
class Limits:
    """What one run may take; a run that takes more has failed.

    Attributes:
        seconds: of time; None: any.
        memory: in bytes; None: any.
    """

    seconds: float | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Study:
    r"""What is asked: a scenario, the factors that vary over it, and how often each point is run.

    Attributes:
        name: what the study is called.
        base: the scenario of which each point is a variant.
        record: what is kept of each run.
        question: what it is to answer.
        factors: what varies, levers first.
        design: how the points are chosen.
        replications: runs of each point.
        seed: of the first replication, and of the design's luck.
        luck: "common": replication r has the same luck at every point; "independent": each run has its own.
        stop: when a run may end early; None: never.
        limits: what one run may take.

    Example:
        >>> study = Study.from_toml(
        ...     'study = { name = "staff", scenario = "all-five" }\n'
        ...     'levers = { "backbone.staff" = [0, 2] }\n'
        ...     'design = { kind = "factorial" }'
        ... )
        >>> study.scenario((2.0,)).backbone.staff
        2.0
    """

    name: str
    base: Scenario
    record: Record
    question: str = ""
    factors: tuple[Factor, ...] = ()
    design: Design = field(default_factory=Design)
    replications: int = 1
    seed: int = 1
    luck: Literal["common", "independent"] = "common"
    stop: Stop | None = None
    limits: Limits = field(default_factory=Limits)

    def scenario(self, values: Sequence[Value]) -> Scenario:
        """The scenario of one point.

        Args:
            values: of the factors, in their order.

        Raises:
            InputError: values are impossible, alone or together.
        """
        changes: dict[str, Any] = {}
        for factor, value in zip(self.factors, values, strict=True):
            changes |= factor.settings(value)
        return self.base.replace(**changes) if changes else self.base

    def measures(self) -> tuple[Measure, ...]:
        """All measures that runs of the study have; a run whose scenario lacks one has no value of it.

        Raises:
            InputError: a coalition file is missing or wrong.
        """
        return measures_over(self.base, self.factors)

    def run(self, out: str | PathLike[str], **how: Any) -> Store:
        """Do all runs that the store in a folder does not hold; see `cisim.study.run`, whose keywords it takes.

        Args:
            out: the folder of the store.
            **how: `threads`, `executor`, `code`, `shard`, `on_progress`, `changed_model`.

        Returns:
            The store, complete.

        Raises:
            InputError: the store is of another study or model, is in use, or cannot be written.
        """
        from cisim.study.session import run

        return run(self, out, **how)

    def to_toml(self) -> str:
        """The study as a file that needs no other: reading it gives an equal study."""
        from cisim.study.writing import study_toml

        return study_toml(self)

    @classmethod
    def from_toml(cls, text: str, folder: Path | None = None) -> Study:
        """A study from the text of its file.

        Args:
            text: as in study.toml.
            folder: where the files that it names are looked for; None: in the current folder.

        Raises:
            InputError: with all problems.
        """
        from cisim.study.file import from_text

        return from_text(text, folder)


def measures_over(base: Scenario, factors: Sequence[Factor]) -> tuple[Measure, ...]:
    """All measures of a scenario, and those that levels of factors give it besides.

    Raises:
        InputError: a coalition file is missing or wrong.
    """
    found: dict[str, Measure] = {}
    for scenario in _naming(base, factors):
        found |= {one.name: one for one in _measures_in(scenario) if one.name not in found}
    return tuple(found.values())


def _naming(base: Scenario, factors: Sequence[Factor]) -> Iterator[Scenario]:
    """The scenario, and a variant for each level that may give it other measures."""
    yield base
    for factor in factors:
        for level in factor.levels:
            if any(path in NAMING for path in level.settings):
                yield base.replace(**level.settings)


def _measures_in(scenario: Scenario) -> tuple[Measure, ...]:
    """All measures of a scenario, whose coalition may be in a file."""
    from cisim.coalition import roster

    sectors = scenario.sector_names if scenario.coalition.file is None else roster(scenario).sector_names
    return measures_of(scenario.outcome_names, sectors)
