"""Plans: one file with a coalition and what it is for, plans as differences from a common base, costs, and what nobody knows."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path as File
from typing import Any, NamedTuple

from cisim.coalition import Roster, roster
from cisim.errors import InputError, did_you_mean
from cisim.files import read_text
from cisim.plan.costs import Costs
from cisim.plan.guesses import Guess, read_guesses
from cisim.plan.history import History, take_histories
from cisim.plan.words import LISTED, WORDS, Words, calendar_line, field_line, meant
from cisim.report.format import plural
from cisim.scenario import Scenario, find, toml
from cisim.scenario.catalogue import flat, put
from cisim.scenario.field import is_distribution
from cisim.scenario.files import LARGEST
from cisim.scenario.names import name_problem
from cisim.scenario.problems import Notes, Path, Problem, fit, plain_values

#: The sections of a plan file that are none of a scenario.
SECTIONS = ("plans", "costs", "guesses")
#: The plans that are always there, first.
NOTHING_NEW, SERVICES = "nothing new", "the same money on services"
#: What plans cannot differ in: how long they run, who there is and what is to be reached.
COMMON = (
    *("scenario.months", "coalition.file", "coalition.ties", "coalition.organisations", "coalition.sectors"),
    *("activities.roles", "community.outcomes", "community.groups"),
)
#: Most plans of one file.
MOST = 50


@dataclass(frozen=True, eq=False)
class Plan:
    """One way to go about it."""

    name: str
    scenario: Scenario  #: what is run
    lines: tuple[str, ...] = ()  #: what it changes of the base, in plain English
    why: str = ""  #: the reason, if the file gives one
    set: frozenset[str] = frozenset()  #: paths of the fields that it decides on
    against: str | None = None  #: name of the plan that it is read against
    risk: bool = False  #: whether it is what may happen to that plan, and nobody's choice


@dataclass(frozen=True, eq=False)
class Plans:
    """A plan file: everything that is asked of the planner's desk, checked as a whole.

    `nothing new` is isolated impact: no coalition, and nobody else pays for anything. `the same money on services` is added when the
    money of the others is known, see `cisim.plan.run`.
    """

    base: Scenario  #: what the plans have in common
    given: Mapping[str, Plan]  #: of the file, by name
    costs: Costs
    guesses: tuple[Guess, ...]  #: what differs from world to world
    held: Mapping[str, str]  #: paths of what could be guessed and is not, each with what fixes it
    histories: tuple[History, ...]  #: of outcomes, where known
    people: Mapping[str, float]  #: how many people the whole of an outcome is, by its name, where given
    roster: Roster  #: who takes part

    @property
    def name(self) -> str:
        """Name of the question."""
        return self.base.name

    @property
    def nothing_new(self) -> Plan:
        """Isolated impact: everybody goes on as before."""
        settings = {"coalition.start": "never", "events": [], "funder.services": 0.0}
        lines = ("no coalition: every partner goes on as before",)
        return Plan(NOTHING_NEW, self.base.replace(**settings), lines)

    def services(self, posts: float, words: str) -> Plan:
        """Make the plan that spends money on posts of services at the partners, without a coalition."""
        scenario = self.nothing_new.scenario.replace(**{"funder.services": posts})
        return Plan(SERVICES, scenario, (words,), set=frozenset({"funder.services"}))


def read(path: str | PathLike[str]) -> Plans:
    """Read a plan file; other files that it names are looked for beside it.

    Raises:
        InputError: with all that is wrong, one line each: file, line, key, value, what is allowed.
    """
    return parse(_text(path), File(path).parent, os.fspath(path))


def read_common(path: str | PathLike[str]) -> tuple[Scenario, Costs]:
    """Read what the plans of a file have in common, and the costs, but no file of the coalition; InputError as `read`."""
    text, notes = _text(path), Notes()
    beginning = _Beginning.of(text, os.fspath(path), notes)
    costs = fit(Costs.model_validate, Costs, beginning.own["costs"], notes, ("costs",))
    toml.refuse(notes, os.fspath(path), text)
    return beginning.base.at(File(path).parent), costs


def _text(path: str | PathLike[str]) -> str:
    return read_text(File(path), LARGEST, label=os.fspath(path), missing="no such file", what="plan file")


def parse(text: str, folder: File | None = None, label: str = "plan.toml") -> Plans:
    """Read a plan file from its text, which errors call `label`; see `read`."""
    notes = Notes()
    own, histories, people, base = _Beginning.of(text, label, notes)
    base = base.at(folder)
    members = None
    if all(note.path[:1] in {(name,) for name in SECTIONS} for note in notes):
        try:
            members = roster(base)
        except InputError as error:
            notes += [Problem(("coalition", "file"), problem) for problem in error.problems]
    costs = fit(Costs.model_validate, Costs, own["costs"], notes, ("costs",))
    plans = {}
    if members is not None:
        reader = _Reader(base, members, costs, notes)
        plans = dict(reader.plans(own["plans"]))
        reader.check_against(plans, own["plans"])
    guesses, held = read_guesses(own["guesses"], base, [*plans.values()], members, notes)
    toml.refuse(notes, label, text)
    assert members is not None
    return Plans(base, plans, costs, guesses, held, histories, people, members)


def make_plan(plans: Plans, name: str, settings: Mapping[str, Any]) -> Plan:
    """Make one more plan of a file, as its table [plans.NAME] would: words and paths of fields, with values.

    Raises:
        InputError: with all that is wrong with it.
    """
    table = dict[str, Any]()
    for key, value in settings.items():
        *sections, last = key.split(".")
        inner = table
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    notes = Notes()
    plan = _Reader(plans.base, plans.roster, plans.costs, notes).plan(name, table, ("plans", name))
    notes.check()
    assert plan is not None
    return plan


class _Beginning(NamedTuple):
    """A file's sections that are none of a scenario, and the scenario that is left; what is wrong is noted."""

    own: dict[str, dict[str, Any]]
    histories: tuple[History, ...]
    people: dict[str, float]
    base: Scenario

    @classmethod
    def of(cls, text: str, label: str, notes: Notes) -> _Beginning:
        values = plain_values(toml.parse(text, label), notes)
        own = {name: values.pop(name, {}) for name in SECTIONS}
        for name, table in own.items():
            if not isinstance(table, dict):
                notes.add((name,), f"must be a section, [{name}]", table)
                own[name] = {}
        histories, people = take_histories(values, notes)
        base, wrong = Scenario.tried(values)
        notes += wrong
        return cls(own, histories, people, base)


@dataclass
class _Reader:
    """Makes the plans of a file, and notes all that is wrong with them."""

    base: Scenario
    roster: Roster
    costs: Costs
    notes: Notes

    def plans(self, tables: Mapping[str, Any]) -> Iterator[tuple[str, Plan]]:
        if not tables:
            example = "[plans.coordinator] with backbone.staff = 1"
            self.notes.add(("plans",), f"is missing: give a table for each plan, such as {example}")
        if len(tables) > MOST:
            self.notes.add(("plans",), f"must be at most {MOST} plans, has {len(tables)}")
            return
        for name, table in tables.items():
            path: Path = ("plans", name)
            problem = name_problem(name)
            if _looks(name) in (NOTHING_NEW, SERVICES):
                problem = "is always added, so no plan may be called so"
            elif len([other for other in tables if _looks(other) == _looks(name)]) > 1:
                problem = "must be a name of its own: another plan's looks the same but for capital letters or accents"
            if problem or not isinstance(table, dict):
                self.notes.add(path, problem or f"must be a table, [plans.{name}]")
                continue
            before = len(self.notes)
            plan = self.plan(name, table, path)
            if plan is not None and len(self.notes) == before:
                yield name, plan

    def plan(self, name: str, table: Mapping[str, Any], path: Path) -> Plan | None:
        notes = self.notes
        said = {key: table[key] for key in WORDS if key in table}
        # One invitation or grant may stand without the brackets of a list.
        said |= {key: [said[key]] for key in LISTED if isinstance(said.get(key), dict)}
        words = fit(Words.model_validate, Words, said, notes, path)
        fields = {key: value for key, value in table.items() if key not in WORDS}
        self.unknown(fields, path)
        events = fields.pop("events", [])
        settings, calendars = self.calendars(flat(fields), path)
        if any(problem.path[:2] == path for problem in notes):
            return None
        listed = events if isinstance(events, list) else [events]
        timed = [
            {"month": month, "set": {field: value}}
            for field, steps in calendars.items()
            for month, value in steps.items()
            if month > 1
        ]
        own = self.tried(settings, [*listed, *timed], path)
        if own is None:
            return None
        posts = {"backbone": self.costs.backbone_year, "services": self.costs.service_year}
        try:
            changes = meant(words, own, self.roster, posts, self.costs.currency)
        except InputError as error:
            notes += [Problem(path, f"plans.{name}: {problem}") for problem in error.problems]
            return None
        everything = {**settings, **changes.settings}
        scenario = self.tried(everything, [*listed, *timed, *changes.events], path)
        if scenario is None:
            return None
        lines = [
            field_line(field, value, _before(self.base, field))
            for field, value in settings.items()
            if field not in calendars
        ]
        lines += [calendar_line(field, steps) for field, steps in calendars.items()]
        if listed:
            lines.append(plural(len(listed), "event"))
        decided = {
            *everything,
            *calendars,
            *(key for event in scenario.events if event.organisation is None for key in event.set),
        }
        said_lines = (*lines, *changes.lines) or ("as the base",)
        other = words.what_if_of or words.against
        return Plan(name, scenario, said_lines, words.why, frozenset(decided), other, words.what_if_of is not None)

    def check_against(self, plans: Mapping[str, Plan], tables: Mapping[str, Any]) -> None:
        """Note plans that are read against none of the file's choices, and that the file has no choice at all."""
        choices = [name for name, plan in plans.items() if not plan.risk]
        for name, plan in plans.items():
            key, other = "what_if_of" if plan.risk else "against", plan.against
            if {"against", "what_if_of"} <= tables[name].keys():
                self.notes.add(("plans", name, "against"), "stands beside what_if_of: give one of them", other)
            elif other is not None and other not in tables:
                hint = did_you_mean(other, [known for known in tables if known != name], "the plans are {}")
                self.notes.add(("plans", name, key), f"no such plan in this file; {hint}", other)
            elif other is not None and (other == name or (other in plans and plans[other].risk)):
                words = "must be another plan, which somebody may choose (one without what_if_of)"
                self.notes.add(("plans", name, key), words, other)
        if plans and not choices:
            self.notes.add(
                ("plans",), "are all what may happen to others (what_if_of): give one that somebody may choose"
            )

    def unknown(self, fields: Mapping[str, Any], path: Path) -> None:
        """Note what is neither a word of a plan nor a section of a scenario."""
        known = [*WORDS, *(name for name in Scenario.model_fields if name != "scenario")]
        for key in fields:
            if key not in known:
                self.notes.add((*path, key), f"no such word or section; {did_you_mean(key, known)}")

    def calendars(self, fields: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, dict[int, Any]]]:
        """Part fields from those that change over months: { 1 = 0, 13 = 3 } is 0 from month 1 on, and 3 from month 13 on."""
        settings, calendars = dict[str, Any](), dict[str, dict[int, Any]]()
        for key, value in fields.items():
            head, _, month = key.rpartition(".")
            if month.isascii() and month.isdigit() and find(head):
                if month[:1] == "0" or len(month) > 4:
                    words = f"must be months of the run, 1 to {self.base.months} (scenario.months), each of them once"
                    self.notes.add((*path, *head.split("."), month), words)
                    continue
                calendars.setdefault(head, {})[int(month)] = value
            else:
                settings[key] = value
        for field, steps in calendars.items():
            info, months = find(field), sorted(steps)
            calendars[field] = {month: steps[month] for month in months}
            if info is not None and info.kind != "dial":
                self.notes.add(
                    (*path, *field.split(".")), "is read before the first month, so it cannot change in another"
                )
            elif months[0] < 1 or months[-1] > self.base.months:
                words = f"must be months of the run, 1 to {self.base.months} (scenario.months)"
                self.notes.add(
                    (*path, *field.split(".")), words, months[-1] if months[-1] > self.base.months else months[0]
                )
            if 1 in steps:
                settings[field] = steps[1]
        return settings, calendars

    def tried(self, settings: Mapping[str, Any], events: list[Any], path: Path) -> Scenario | None:
        """Make the scenario of a plan, or note what is wrong with it."""
        values, before = self.base.as_mapping(), len(self.notes)
        for field, value in settings.items():
            if field.startswith(COMMON):
                section, _, name = field.partition(".")
                words = f"must be the same for all plans: set {name.partition('.')[0]} in [{section}]"
                self.notes.add((*path, *field.split(".")), words)
                continue
            if is_distribution(value):
                self.notes.add(
                    (*path, *field.split(".")), "must be one value: what nobody knows stands under [guesses]", value
                )
                continue
            try:
                put(values, field, value)
            except InputError as error:
                self.notes += [
                    Problem((*path, *field.split(".")), f"plans.{path[1]}: {text}") for text in error.problems
                ]
        if len(self.notes) > before:
            return None
        everything = [*values.get("events", []), *events]
        if all(isinstance(event, dict) for event in everything):
            everything = _by_month(everything)
        scenario, wrong = Scenario.tried({**values, "events": everything})
        self.notes += [Problem((*path, *problem.path), f"plans.{path[1]}: {problem.text}") for problem in wrong]
        return None if wrong else scenario.at(self.base.folder)


def _looks(name: str) -> str:
    """Bring names to one form that nobody tells apart at a glance."""
    return unicodedata.normalize("NFKC", name).casefold()


def _before(base: Scenario, path: str) -> Any:
    try:
        return base.value(path)
    except InputError:
        return None


def _by_month(events: list[Any]) -> list[Any]:
    """Put events in the order of their months, those on a condition first; of two of one thing in one month the later stays."""
    last: dict[tuple[Any, ...], int] = {}
    for place, event in enumerate(events):
        for key in event["set"] if _is_of_month(event) else ():
            last[event["month"], repr(event.get("organisation")), key] = place
    kept = []
    for place, event in enumerate(events):
        if _is_of_month(event):
            of = (event["month"], repr(event.get("organisation")))
            settings = {key: value for key, value in event["set"].items() if last[(*of, key)] == place}
            if event["set"] and not settings:
                continue
            event = {**event, "set": settings}
        kept.append(event)
    return sorted(kept, key=lambda event: event.get("month") if isinstance(event.get("month"), int) else 0)


def _is_of_month(event: dict[str, Any]) -> bool:
    return isinstance(event.get("month"), int) and isinstance(event.get("set"), dict) and "when" not in event
