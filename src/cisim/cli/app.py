"""The commands and their options. What a command does stands in a module that is imported when it is called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from cisim import __version__

EPILOG = """\
Exit codes: 0 fine; 1 a fact does not hold (validate); 2 wrong input or an output that cannot be written; 130
interrupted by Ctrl-C; 141 nobody reads the output any more.

Begin with: cisim demo
"""

# Help drawn by rich would take three times as long; tables are drawn with it all the same.
app = typer.Typer(
    name="cisim",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
validate = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Measure whether the model shows what it must show.",
    short_help="Measure the facts the model must show.",
)
app.add_typer(validate, name="validate")

#: What the command line asked for, for `cisim.cli.main` to do.
asked: list[Callable[[], int]] = []


def _ask(what: str, /, **arguments: Any) -> None:
    asked.append(partial(_do, what, arguments))


def _do(what: str, arguments: dict[str, Any]) -> int:
    """Import what a command does, and do it."""
    module, _, function = what.partition(":")
    return int(getattr(import_module(f"cisim.cli.{module}"), function)(**arguments) or 0)


# --- what completes a word ---------------------------------------------------------------------


def _scenarios(incomplete: str) -> list[str]:
    from cisim.scenario import shipped

    here = [str(path) for path in Path().glob("*.toml")]
    return [name for name in (*shipped(), *sorted(here)) if name.startswith(incomplete)]


def _fields(incomplete: str) -> list[str]:
    from cisim.cli.explaining import known

    return [name for name in known() if name.startswith(incomplete)]


def _measures(incomplete: str) -> list[str]:
    from cisim.measures import COMMON

    return [measure.name for measure in COMMON if measure.name.startswith(incomplete)]


def _settings(incomplete: str) -> list[str]:
    from cisim.scenario import fields

    return [f"{info.path}=" for info in fields() if info.path.startswith(incomplete)]


# --- options that several commands have --------------------------------------------------------

ScenarioName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="Name of a scenario that comes with cisim (see: cisim scenarios), or a TOML file.",
        autocompletion=_scenarios,
    ),
]
Runs = Annotated[int, typer.Option(metavar="N", help="How many runs; they differ by luck alone.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Seed of the first run; the others follow.")]
Threads = Annotated[
    int | None,
    typer.Option(metavar="N", help="How many threads work; all processors by default. It changes no result."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Change a field, such as backbone.staff=1.5; may be given several times.",
        autocompletion=_settings,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document for machines, nothing else.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]


# --- commands ----------------------------------------------------------------------------------


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cisim {__version__}")
        raise typer.Exit


@app.callback()
def cisim(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Simulate collective impact: what the five conditions do to a coalition's progress, alone and together."""


@app.command(short_help="See what the five conditions add; makes a picture.")
def demo() -> None:
    """See a real network of organisations for ten years, without and with the five conditions.

    Prints a table and what it says, and writes the picture cisim-demo.png into the current folder.
    """
    _ask("demonstrating:demo")


@app.command(short_help="Run a scenario many times.")
def run(
    scenario: ScenarioName,
    runs: Runs = 200,
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Keep all runs: NAME.parquet, NAME.csv, or a folder; with a manifest to make them again.",
        ),
    ] = None,
    settings: Settings = None,
    threads: Threads = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Run a scenario many times and show what came of it."""
    _ask(
        "running:run",
        name=scenario,
        runs=runs,
        seed=seed,
        out=out,
        settings=settings or [],
        threads=threads,
        json=json,
        overwrite=overwrite,
    )


@app.command(short_help="Run scenarios on the same luck; compare them.")
def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO SCENARIO...",
            help="Two or more names or TOML files; the others are compared with the first.",
            autocompletion=_scenarios,
        ),
    ],
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="What to call a scenario in tables and pictures: once for each, in their order.",
        ),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What to compare, progress by default; may be given several times. See: cisim explain measures.",
            autocompletion=_measures,
        ),
    ] = None,
    runs: Runs = 200,
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Keep all runs in a new folder, one folder in it for each scenario."
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw the course of the first measure: a file in .png, .svg or .pdf."
        ),
    ] = None,
    settings: Settings = None,
    threads: Threads = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Run scenarios on the same luck and show how they differ from the first."""
    _ask(
        "comparing:compare",
        scenarios=scenarios,
        names=name or [],
        measures=measure or ["progress"],
        runs=runs,
        seed=seed,
        out=out,
        picture=picture,
        settings=settings or [],
        threads=threads,
        json=json,
        overwrite=overwrite,
    )


@app.command(short_help="List the scenarios that come with cisim.")
def scenarios(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="Show the file of this one, to copy from.", autocompletion=_scenarios
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the scenarios that come with cisim, with the question that each one asks."""
    _ask("listing:scenarios", name=name, json=json)


@app.command(short_help="Write a commented scenario file.")
def new(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="A file that is not there yet.")] = Path(
        "scenario.toml"
    ),
) -> None:
    """Write a scenario file in which every field stands as a comment, to begin from."""
    _ask("listing:new", file=file)


@app.command(short_help="Check scenario and coalition files.")
def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Scenario files, or names.", autocompletion=_scenarios),
    ],
    json: Json = False,
) -> None:
    """Check scenario files and the coalition files that they name, and tell all that is wrong at once."""
    _ask("checking:check", files=files, json=json)


@app.command(short_help="Explain a field, section or measure.")
def explain(
    field: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A field such as backbone.staff, a section such as backbone, a measure such as trust; "
            "or: sections, measures, events.",
            autocompletion=_fields,
        ),
    ],
    json: Json = False,
) -> None:
    """Tell what a field, section or measure means: unit, bounds, default and its source, where it is used."""
    _ask("explaining:explain", name=field, json=json)


@app.command(short_help="Write the JSON schema of scenario files.")
def schema() -> None:
    """Write the JSON schema of scenario files, for editors."""
    _ask("listing:schema")


@validate.callback()
def _validate() -> None:
    """Measure whether the model shows what it must show."""


@validate.command()
def facts(
    runs: Annotated[int, typer.Option(metavar="N", help="How many paired seeds.")] = 400,
    seed: Seed = 1,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Measure the thirteen stylised facts; exit code 1 if one does not hold."""
    _ask("validating:facts", runs=runs, seed=seed, threads=threads, json=json)
