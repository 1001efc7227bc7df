"""Arguments and options of several commands, and the scenarios that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cisim.scenario import Scenario

#: Lists what may be given.
Known = Callable[[], Iterable[str]]


def scenario_names() -> list[str]:
    """List the shipped scenarios and the TOML files in this folder."""
    from cisim.scenario import shipped

    return [*shipped(), *sorted(str(path) for path in Path().glob("*.toml"))]


def _settings() -> list[str]:
    from cisim.scenario import fields

    return [f"{info.path}=" for info in fields()]


def argument(metavar: str, help: str, known: Known | None = None) -> Any:
    """Declare an argument of a command, completed from what is known."""
    return typer.Argument(metavar=metavar, help=help, autocompletion=known and _completion(known))


def option(metavar: str, help: str, *names: str, known: Known | None = None) -> Any:
    """Declare an option that takes a value, completed from what is known; by default it is called like its parameter."""
    return typer.Option(*names, metavar=metavar, help=help, autocompletion=known and _completion(known))


def _completion(known: Known) -> Callable[[str], list[str]]:
    return lambda incomplete: [name for name in known() if name.startswith(incomplete)]


def flag(name: str, help: str) -> Any:
    """Declare an option that takes no value."""
    return typer.Option(name, help=help)


_SCENARIO = "Name of a scenario that comes with cisim (see: cisim scenarios), or a TOML file."
_SCENARIOS = "Two or more names or TOML files; the others are compared with the first."
_SETTINGS = "Change a field, such as backbone.staff=1.5; may be given several times."
ScenarioName = Annotated[str, argument("SCENARIO", _SCENARIO, scenario_names)]
ScenarioNames = Annotated[list[str], argument("SCENARIO SCENARIO...", _SCENARIOS, scenario_names)]
#: Of commands that take what a link of the page shows in place of scenarios.
ScenarioNameOrLink = Annotated[str | None, argument("[SCENARIO]", _SCENARIO, scenario_names)]
ScenarioNamesOrLink = Annotated[list[str] | None, argument("[SCENARIO SCENARIO...]", _SCENARIOS, scenario_names)]
Link = Annotated[
    str | None,
    option(
        "ADDRESS",
        "Take scenarios and seed from a link of the page (cisim app): its address, or what stands after the #.",
    ),
]
Settings = Annotated[list[str] | None, option("FIELD=VALUE", _SETTINGS, "--set", known=_settings)]
Runs = Annotated[int, option("N", "How many runs; they differ by luck alone.")]
Seed = Annotated[int, option("N", "Names the luck of the runs; other seeds share none.")]
Threads = Annotated[int | None, option("N", "How many threads work; all processors by default. It changes no result.")]
Json = Annotated[bool, flag("--json", "Write one JSON document for machines, nothing else.")]
Overwrite = Annotated[bool, flag("--overwrite", "Replace files that are there already.")]


def check_link_alone(link: str | None, scenarios: object, others: Mapping[str, bool]) -> None:
    """Reject a link beside what it says itself, and a command that has neither scenarios nor a link.

    Args:
        link: as given.
        scenarios: the scenarios as given, if any.
        others: names of options that a link stands for, and whether each was given.
    """
    from cisim.errors import InputError

    if link is None:
        if not scenarios:
            raise InputError("SCENARIO: name one (see: cisim scenarios), or give a --link of the page")
        return
    given = [*(["SCENARIO"] if scenarios else []), *(name for name, is_given in others.items() if is_given)]
    if given:
        raise InputError(f"--link: says which scenarios and which seed: leave {', '.join(given)} away")


def load_scenarios(names: Sequence[str], settings: Sequence[str] | None) -> list[Scenario]:
    """Load scenarios and change their fields as `--set` asks; report all problems of all of them."""
    from cisim.errors import InputError, Problems
    from cisim.scenario import load, parse_setting

    problems = Problems()
    changes: dict[str, Any] = {}
    for text in settings or []:
        with problems.collected():
            path, value = parse_setting(text)
            if path in changes:
                raise InputError(f"{path}: set twice")
            changes[path] = value
    scenarios: list[Scenario] = []
    rejected: dict[str, tuple[str, ...]] = {}
    for name in names:
        with problems.collected():
            scenario = load(name)
            try:
                scenarios.append(scenario.replace(**changes) if changes else scenario)
            except InputError as error:
                rejected[name] = error.problems
    # What every scenario rejects is said once; else it depends on the scenario, which is named.
    shared = set.intersection(*map(set, rejected.values())) if len(rejected) == len(names) else set()
    for name, reasons in rejected.items():
        problems += [reason if reason in shared else f"{name} with --set: {reason}" for reason in reasons]
    problems.check()
    return scenarios
