"""`cisim check`: a scenario, and what its coalition's files gave, lacked and got wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cisim.cli.options import Json, argument, scenario_names
from cisim.cli.terminal import say, table, write_document
from cisim.errors import InputError, Problems
from cisim.report.format import plural

if TYPE_CHECKING:
    from cisim.coalition import Column, Roster
    from cisim.scenario import Scenario


_FILES = "Scenario files, or names; or files of a coalition, such as partners.xlsx."


def check(files: Annotated[list[str], argument("FILE...", _FILES, scenario_names)], json: Json = False) -> None:
    """Check scenario files and the coalition files they name, or coalition files alone."""
    from cisim.coalition.rosters import known_rosters
    from cisim.report.documents import checked_file

    with known_rosters():
        checked = [(file, *_check(file)) for file in files]
    if json:
        write_document("check", files=[checked_file(*each) for each in checked])
    else:
        shown: dict[tuple[Column, ...], str] = {}
        for file, problems, scenario, roster in checked:
            _show(file, problems, scenario, roster)
            if roster is not None and not problems and roster.columns:
                if (before := shown.setdefault(roster.columns, file)) == file:
                    table_of_columns(roster.columns)
                else:
                    say(f"What the coalition's files say: as for {before}.", indent=2)
    if problems := [problem for _, problems, _, _ in checked for problem in problems]:
        raise InputError(problems)


def _check(file: str) -> tuple[list[str], Scenario | None, Roster | None]:
    """Find what is wrong with a file; if nothing is, its scenario and coalition."""
    from cisim.coalition import roster as read_roster
    from cisim.coalition.rosters import roster_of_file
    from cisim.scenario import compile_events, load
    from cisim.scenario.sections import GRAPH_ENDINGS, TABLE_ENDINGS

    problems = Problems()
    scenario = roster = None
    with problems.collected():
        if file.lower().endswith((*TABLE_ENDINGS, *GRAPH_ENDINGS)):
            return problems, None, roster_of_file(file)
        scenario = load(file)
    if scenario is not None:
        with problems.collected(f"{file}: "):
            roster = read_roster(scenario)
            measures = scenario.measures(roster.sector_names)
            compile_events(scenario, roster.names, [measure.name for measure in measures])
    return problems, scenario, roster


def _show(file: str, problems: list[str], scenario: Scenario | None, roster: Roster | None) -> None:
    if problems or roster is None:
        say(f"{file}: {plural(len(problems), 'problem')}", style="bold red")
        return
    say(f"{file}: nothing is wrong", style="bold green")
    who = f"{plural(len(roster.names), 'organisation')} in {plural(len(roster.sector_names), 'sector')}"
    if scenario is None:
        ties = "no ties" if roster.ties is None else plural(len(roster.ties.first), "tie")
        say(f"{who}, {ties}. Next: cisim import {file} --out my-coalition", indent=2)
    else:
        say(
            f"{scenario.name}: {who}, {plural(scenario.months, 'month')}, {plural(len(scenario.events), 'event')}; "
            f"outcomes: {', '.join(scenario.outcome_names)}.\n{changes_in_words(scenario)}.",
            indent=2,
        )


def changes_in_words(scenario: Scenario) -> str:
    """Write the fields that are not at their default in a line."""
    from cisim.report.documents import changes
    from cisim.scenario.toml import toml_value

    own = {"community.outcomes": "outcomes of its own"}
    drawn = {path: f"{path} = {toml_value(of.as_mapping())} by run" for path, of in scenario.distributions.items()}
    words = [(own | drawn).get(path, f"{path} = {value}") for path, value in changes(scenario).items()]
    return f"Not at the default: {'; '.join(words)}" if words else "Every field is at its default"


def table_of_columns(columns: Sequence[Column]) -> None:
    """Write what the coalition's files gave and lacked, if there are any."""
    styles = {"used": "green", "assumed": "yellow", "missing": "yellow", "unused": "dim"}
    if columns:
        header = ["column", "status", "what it means"]
        table("What the coalition's files say", header, columns, left=3, styles=styles)
