"""Scenario: everything that is asked of one run, checked when it is made and never changed afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr

from cisim.dynamics.measures import Measure, measures_of, scaled
from cisim.errors import Problems
from cisim.scenario import catalogue
from cisim.scenario.events import Event
from cisim.scenario.names import as_tuple
from cisim.scenario.problems import Notes, fit, plain_values
from cisim.scenario.rules import check_rules
from cisim.scenario.sections import Sections
from cisim.scenario.toml import to_toml


class Scenario(Sections):
    """Everything that is asked of a run: who takes part, the five conditions, the outcomes, and what happens.

    Every field that is not given has its default, so `Scenario()` is all five conditions. Sections are given
    as mappings, as a TOML file has them: `scenario`, `coalition`, `practice`, `agenda`, `measurement`, `activities`,
    `communication`, `backbone`, `funder`, `community`, `commitment`, `events`.

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
        fit(lambda values: super(Scenario, self).__init__(**values), Scenario, plain, notes)
        check_rules(self, notes)
        return notes

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

    def value(self, path: str) -> Any:
        """Look up the value of one field.

        Example:
            >>> Scenario().value("community.outcomes.reading.baseline")
            0.375
        """
        return catalogue.get(self.as_mapping(), path)

    def replace(self, **changes: Any) -> Scenario:
        """Copy the scenario with some fields changed, checked like any other; InputError with all problems.

        Values are given by path: of a field, a field of an outcome or a group, a section (which is replaced as a whole), or `events`;
        None takes a field back to its default.

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
