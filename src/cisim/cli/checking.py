"""`cisim check`: what a scenario says, and what its coalition's files gave, lacked and got wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from cisim.cli.terminal import complain, document, say, table
from cisim.coalition import Column, Roster
from cisim.coalition import roster as read_roster
from cisim.dynamics.measures import measures_of
from cisim.errors import InputError
from cisim.scenario import Scenario, compile_events, flat, load
from cisim.seeds import plural

#: How a table shows what became of a column.
STATUS_STYLES = {"used": "green", "assumed": "yellow", "missing": "yellow", "unused": "dim"}
_COALITION_FILES = (".csv", ".graphml")


class Checked(NamedTuple):
    """What there is to say of one file.

    Attributes:
        file: as the user named it.
        problems: all that is wrong; then there is no scenario.
        scenario: what it says.
        roster: who takes part.
    """

    file: str
    problems: tuple[str, ...]
    scenario: Scenario | None
    roster: Roster | None


def check(files: Sequence[str], json: bool) -> int:
    """`cisim check`: exit code 2 if anything is wrong in any file."""
    checked = [_checked(file) for file in files]
    if json:
        document({"command": "check", "files": [_as_json(one) for one in checked]})
    else:
        for one in checked:
            _tell(one)
    problems = [problem for one in checked for problem in one.problems]
    complain(problems)
    return 2 if problems else 0


def _checked(file: str) -> Checked:
    if file.lower().endswith(_COALITION_FILES):
        says = f'{file}: is a coalition file: check the scenario that names it (coalition.file = "...")'
        return Checked(file, (says,), None, None)
    try:
        scenario = load(file)
    except InputError as error:
        return Checked(file, error.problems, None, None)
    try:
        roster = read_roster(scenario)
        measures = measures_of(scenario.outcome_names, roster.sector_names)
        compile_events(scenario, roster.names, [measure.name for measure in measures])
    except InputError as error:
        return Checked(file, tuple(f"{file}: {problem}" for problem in error.problems), None, None)
    return Checked(file, (), scenario, roster)


def changed(scenario: Scenario) -> dict[str, Any]:
    """The fields that are not at their default, but for what a scenario is called."""
    values, defaults = flat(scenario.as_mapping()), flat(Scenario().as_mapping())
    return {
        path: value
        for path, value in values.items()
        if defaults.get(path) != value and path not in {"scenario.name", "scenario.description", "events"}
    }


def changed_in_words(scenario: Scenario) -> str:
    """The fields that are not at their default, in a line."""
    different = changed(scenario)
    if not different:
        return "Every field is at its default"
    words = [
        "outcomes of its own" if path == "community.outcomes" else f"{path} = {value}"
        for path, value in different.items()
    ]
    return f"Not at the default: {'; '.join(words)}"


def _as_json(one: Checked) -> dict[str, Any]:
    if one.scenario is None or one.roster is None:
        return {"file": one.file, "problems": one.problems}
    return {
        "file": one.file,
        "problems": [],
        "scenario": scenario_as_json(one.scenario),
        "coalition": coalition_as_json(one.scenario, one.roster),
    }


def scenario_as_json(scenario: Scenario) -> dict[str, Any]:
    """What a document says of a scenario."""
    return {
        "name": scenario.name,
        "description": scenario.description,
        "digest": scenario.digest(),
        "months": scenario.months,
        "changed": changed(scenario),
        "events": len(scenario.events),
        "outcomes": [
            {"name": outcome.name, "unit": outcome.unit, "weight": weight}
            for outcome, weight in zip(scenario.community.outcomes, scenario.outcome_weights, strict=True)
        ],
    }


def coalition_as_json(scenario: Scenario, roster: Roster) -> dict[str, Any]:
    """What a document says of who takes part."""
    return {
        "file": scenario.coalition.file,
        "ties": scenario.coalition.ties,
        "organisations": len(roster.names),
        "sectors": roster.sector_names,
        "columns": [column._asdict() for column in roster.columns],
    }


def _tell(one: Checked) -> None:
    if one.scenario is None or one.roster is None:
        say(f"{one.file}: {plural(len(one.problems), 'problem')}", style="bold red")
        return
    scenario, roster = one.scenario, one.roster
    say(f"{one.file}: nothing is wrong", style="bold green")
    say(
        f"{scenario.name}: {plural(len(roster.names), 'organisation')} in "
        f"{plural(len(roster.sector_names), 'sector')}, "
        f"{plural(scenario.months, 'month')}, {plural(len(scenario.events), 'event')}; "
        f"outcomes: {', '.join(scenario.outcome_names)}.",
        indent=2,
    )
    say(f"{changed_in_words(scenario)}.", indent=2)
    tell_columns(roster.columns)


def tell_columns(columns: Sequence[Column]) -> None:
    """What the coalition's files gave and lacked."""
    if columns:
        rows = [(column.what, column.status, column.note) for column in columns]
        table(
            "What the coalition's files say",
            ["column", "status", "what it means"],
            rows,
            left=3,
            styles=STATUS_STYLES,
        )
