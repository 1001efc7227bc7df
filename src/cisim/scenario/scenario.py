"""Scenario: everything that is asked of one run, checked when it is made and never changed afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, PrivateAttr, SerializerFunctionWrapHandler, model_serializer

from cisim.dynamics.measures import Measure, measures_of, scaled
from cisim.errors import Problems
from cisim.scenario import catalogue
from cisim.scenario.distributions import take_distributions
from cisim.scenario.draws import draw_fields
from cisim.scenario.events import Event
from cisim.scenario.field import Distribution
from cisim.scenario.names import as_tuple
from cisim.scenario.problems import Notes, fit, plain_values
from cisim.scenario.rules import check_rules
from cisim.scenario.sections import Sections
from cisim.scenario.toml import to_toml

Model = TypeVar("Model", bound=BaseModel)


class Scenario(Sections):
    """Everything that is asked of a run: who takes part, the five conditions, the outcomes, and what happens.

    Every field that is not given has its default, so `Scenario()` is all five conditions. Sections are given
    as mappings, as a TOML file has them: `scenario`, `coalition`, `practice`, `agenda`, `measurement`, `activities`,
    `communication`, `backbone`, `funder`, `community`, `commitment`, `events`.

    A numeric field may have a distribution in place of a value, as in `agenda={"alignment": {"low": 0.2, "high": 0.9}}`. Each run
    draws a value of its own, see `drawn`; wherever one value is asked for, that is the distribution's centre.

    Raises:
        InputError: with all problems, one line each.

    Example:
        >>> Scenario(backbone={"staff": 1.5}).backbone.staff
        1.5
        >>> Scenario(backbone={"staf": 1.5})
        Traceback (most recent call last):
        ...
        cisim.errors.InputError: backbone.staf = 1.5: no such field; did you mean backbone.staff?
    """

    events: Annotated[tuple[Event, ...], BeforeValidator(as_tuple)] = Field((), max_length=10_000)
    _folder: Path | None = PrivateAttr(None)
    _distributions: dict[str, Distribution] = PrivateAttr(default_factory=dict)

    def __init__(self, **sections: Any) -> None:
        self._fill(sections).check()

    @classmethod
    def tried(cls, sections: Mapping[str, Any]) -> tuple[Scenario, Notes]:
        """Make a scenario in which what is wrong has its default; also return the problems."""
        scenario = cls.__new__(cls)
        return scenario, scenario._fill(sections)

    def _fill(self, sections: Mapping[str, Any]) -> Notes:
        """Take the sections; what is wrong gets its default, so that all problems are found."""
        notes = Notes()
        plain = plain_values(sections, notes)
        distributions = take_distributions(plain, notes)
        fit(lambda values: super(Scenario, self).__init__(**values), Scenario, plain, notes)
        self._distributions = distributions
        check_rules(self, notes)
        return notes

    @model_serializer(mode="wrap")
    def _serialise(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = serialise(self)
        for path, distribution in self._distributions.items():
            catalogue.put(values, path, distribution.as_mapping())
        return values

    @property
    def name(self) -> str:
        """Name, for tables and pictures."""
        return self.scenario.name

    @property
    def description(self) -> str:
        """Purpose, in a sentence or more."""
        return self.scenario.description

    @property
    def months(self) -> int:
        """Number of months of a run."""
        return self.scenario.months

    @property
    def folder(self) -> Path | None:
        """Folder in which the files that the scenario names are looked for; None: the current one."""
        return self._folder

    @property
    def outcome_names(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(outcome.name for outcome in self.community.outcomes)

    @property
    def outcome_weights(self) -> tuple[float, ...]:
        """Weights of the outcomes, scaled to sum 1."""
        return scaled(outcome.weight for outcome in self.community.outcomes)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the groups of residents; none if all residents are one."""
        return tuple(group.name for group in self.community.groups)

    @property
    def role_names(self) -> tuple[str, ...]:
        """Names of the roles."""
        return self.activities.roles

    @property
    def sector_names(self) -> tuple[str, ...]:
        """Sectors of a generated coalition; one that is read from a file has those of the file."""
        return self.coalition.sectors

    def measures(self, sectors: Sequence[str]) -> tuple[Measure, ...]:
        """List what is recorded of a run whose organisations are of these sectors, as its roster has them."""
        return measures_of(self.outcome_names, sectors, self.group_names)

    @property
    def distributions(self) -> Mapping[str, Distribution]:
        """Fields of which each run draws a value of its own, by path, in the order of the fields."""
        return MappingProxyType(self._distributions)

    def drawn(self, seed: int) -> dict[str, float]:
        """Draw the values that the run of a run seed has of the fields with distributions, by path.

        Example:
            >>> population = Scenario(agenda={"alignment": {"low": 0.2, "high": 0.9}})
            >>> 0.2 <= population.drawn(seed=1)["agenda.alignment"] < 0.9
            True
        """
        return draw_fields(self._distributions, seed)

    def settled(self, values: Mapping[str, float]) -> Scenario:
        """Copy the scenario with what a run drew in place of the distributions; nothing is checked again."""
        if not values:
            return self
        changes: dict[str, Any] = {}
        for path, value in values.items():
            *sections, name = path.split(".")
            inner = changes
            for section in sections:
                inner = inner.setdefault(section, {})
            inner[name] = value
        copy = _changed(self, changes)
        copy._distributions = {path: of for path, of in self._distributions.items() if path not in values}
        return copy

    def highest(self, path: str) -> float:
        """Return the largest value that a numeric field begins with in any run."""
        distribution = self._distributions.get(path)
        return float(attrgetter(path)(self)) if distribution is None else distribution.high

    def value(self, path: str) -> Any:
        """Look up the value of one field; of a field with a distribution, its most likely value or else the middle of its range.

        Example:
            >>> Scenario().value("community.outcomes.reading.baseline")
            0.375
        """
        distribution = self._distributions.get(path)
        if distribution is not None:
            return distribution.centre
        info = catalogue.find(path)
        if info and info.numeric and info.path == path:  # at once, as one in a list is not
            return attrgetter(path)(self)
        return catalogue.get(self.as_mapping(), path)

    def replace(self, **changes: Any) -> Scenario:
        """Copy the scenario with some fields changed, checked like any other; InputError with all problems.

        Values are given by path: of a field (a distribution too), a field of an outcome or a group, a section (which is replaced as a
        whole), or `events`; None takes a field back to its default.

        Example:
            >>> Scenario().replace(**{"backbone.staff": 1.5, "coalition.start": "never"}).coalition.start
            'never'
        """
        values, problems = self.as_mapping(), Problems()
        for path, value in changes.items():
            with problems.collected():
                catalogue.put(values, path, value)
        copy, notes = self.tried(values)
        Problems([*problems, *(text for _, text in notes)]).check()
        return copy.at(self._folder)

    def at(self, folder: Path | None) -> Scenario:
        """Copy the scenario so that its files are looked for in a folder."""
        copy = self.model_copy()
        copy._folder = folder
        return copy

    def as_mapping(self) -> dict[str, Any]:
        """Give all sections as plain mappings and lists, as a TOML file has them; what is None is left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def to_toml(self) -> str:
        """Write the scenario as a TOML file, complete: reading it gives an equal scenario."""
        return to_toml(self.as_mapping())

    def digest(self) -> str:
        """Hash all that the scenario says, files by their names: 32 hexadecimal digits, the same on every machine."""
        content = json.dumps(self.as_mapping(), sort_keys=True, ensure_ascii=True, allow_nan=False)
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Tell whether two scenarios say the same, wherever their files stand."""
        return isinstance(other, Scenario) and self.as_mapping() == other.as_mapping()

    def __hash__(self) -> int:
        """Hash what equality compares."""
        return hash(self.digest())


def _changed(model: Model, changes: Mapping[str, Any]) -> Model:
    """Copy a model with some fields changed, sections in it too, without checks."""
    update = {
        name: _changed(getattr(model, name), value) if isinstance(value, dict) else value
        for name, value in changes.items()
    }
    return model.model_copy(update=update)
