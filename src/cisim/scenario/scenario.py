"""A scenario: everything that is asked of one run, checked when it is made and never changed afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from cisim.dynamics.measures import scaled
from cisim.errors import InputError
from cisim.scenario import paths
from cisim.scenario.coalition import About, Coalition, Practice
from cisim.scenario.community import Commitment, Community
from cisim.scenario.conditions import Activities, Agenda, Backbone, Communication, Measurement
from cisim.scenario.events import Event
from cisim.scenario.field import Section
from cisim.scenario.names import as_tuple
from cisim.scenario.problems import MOST, Problem, in_words, plain_values, without
from cisim.scenario.rules import problems_across
from cisim.scenario.write import to_toml


class Scenario(Section):
    """What is asked: who takes part, the five conditions, the outcomes, and what happens in the run.

    Every field that is not given has its default, so `Scenario()` is all five conditions. Sections are given
    as mappings, as a TOML file has them.

    Args:
        **sections: `scenario`, `coalition`, `practice`, `agenda`, `measurement`, `activities`,
            `communication`, `backbone`, `community`, `commitment`, `events`.

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

    # Sections are made from mappings; inside them everything is strict.
    model_config = ConfigDict(frozen=True, strict=False, extra="forbid", allow_inf_nan=False)

    scenario: About = Field(About())
    coalition: Coalition = Field(Coalition())
    practice: Practice = Field(Practice())
    agenda: Agenda = Field(Agenda())
    measurement: Measurement = Field(Measurement())
    activities: Activities = Field(Activities())
    communication: Communication = Field(Communication())
    backbone: Backbone = Field(Backbone())
    community: Community = Field(Community())
    commitment: Commitment = Field(Commitment())
    events: Annotated[tuple[Event, ...], BeforeValidator(as_tuple)] = Field((), max_length=10_000)
    _folder: Path | None = PrivateAttr(None)

    def __init__(self, **sections: Any) -> None:
        problems = self._fill(sections)
        if problems:
            raise InputError([problem.says for problem in problems])

    def _fill(self, sections: Mapping[str, Any]) -> list[Problem]:
        """Take the sections; what is wrong gets its default, so that all problems are found."""
        plain, problems = plain_values(sections)
        broken = [problem.path for problem in problems]
        while True:
            try:
                super().__init__(**plain)
                break
            except ValidationError as error:
                found = in_words(error, plain)
                problems += found
                broken += [problem.path for problem in found]
                if len(problems) > MOST:
                    return [
                        *problems[:MOST],
                        Problem((), f"and more: only the first {MOST} problems are told"),
                    ]
                rest = without(plain, [problem.path for problem in found])
                # Should the cause stand elsewhere than pydantic says, its section goes, so that this ends.
                plain = rest if rest != plain else without(plain, [problem.path[:1] for problem in found])
        return problems + problems_across(self, broken)

    @property
    def name(self) -> str:
        """What the scenario is called."""
        return self.scenario.name

    @property
    def description(self) -> str:
        """What the scenario is about."""
        return self.scenario.description

    @property
    def months(self) -> int:
        """How many months a run has."""
        return self.scenario.months

    @property
    def folder(self) -> Path | None:
        """Where the files that the scenario names are looked for; None: in the current folder."""
        return self._folder

    @property
    def outcome_names(self) -> tuple[str, ...]:
        """The names of the outcomes."""
        return tuple(outcome.name for outcome in self.community.outcomes)

    @property
    def outcome_weights(self) -> tuple[float, ...]:
        """The weights of the outcomes, scaled to sum 1."""
        return scaled(outcome.weight for outcome in self.community.outcomes)

    @property
    def role_names(self) -> tuple[str, ...]:
        """The names of the roles."""
        return self.activities.roles

    @property
    def sector_names(self) -> tuple[str, ...]:
        """The sectors of a generated coalition; one that is read from a file has those of the file."""
        return self.coalition.sectors

    def value(self, path: str) -> Any:
        """The value of one field.

        Example:
            >>> Scenario().value("backbone.allocation.engage")
            0.25
            >>> Scenario().value("community.outcomes.reading.baseline")
            0.375
        """
        return paths.get(self.as_mapping(), path)

    def replace(self, **changes: Any) -> Scenario:
        """A copy with some fields changed, checked like any other.

        Args:
            **changes: values by path: a field, a field of an outcome, a section (which is replaced as a
                whole), or `events`; None takes a field back to its default.

        Raises:
            InputError: with all problems.

        Example:
            >>> Scenario().replace(**{"backbone.staff": 1.5, "coalition.start": "never"}).coalition.start
            'never'
        """
        values = self.as_mapping()
        wrong = [says for path, value in changes.items() if (says := paths.put(values, path, value))]
        copy = Scenario.__new__(Scenario)
        problems = copy._fill(values)
        if wrong or problems:
            raise InputError([*wrong, *(problem.says for problem in problems)])
        return copy.at(self._folder)

    def at(self, folder: Path | None) -> Scenario:
        """The same scenario, whose files are looked for in a folder."""
        copy = self.model_copy()
        copy._folder = folder
        return copy

    def as_mapping(self) -> dict[str, Any]:
        """All sections as plain mappings and lists, as a TOML file has them; what is None is left out."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        return values

    def to_toml(self) -> str:
        """The scenario as a TOML file, complete: reading it gives an equal scenario.

        Example:
            >>> Scenario().to_toml().splitlines()[:2]
            ['[scenario]', 'name = "all five conditions"']
        """
        return to_toml(self.as_mapping())

    def digest(self) -> str:
        """A hash of all that the scenario says, 32 hexadecimal digits, the same on every machine.

        The files it names count by their names only.
        """
        content = json.dumps(self.as_mapping(), sort_keys=True, ensure_ascii=True, allow_nan=False)
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether two scenarios say the same, wherever their files stand."""
        return isinstance(other, Scenario) and self.as_mapping() == other.as_mapping()

    def __hash__(self) -> int:
        """A hash that agrees with equality."""
        return hash(self.digest())
