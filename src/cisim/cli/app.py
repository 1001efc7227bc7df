"""The commands and their options. What a command does stands in a module that is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cisim import __version__
from cisim.cli.asking import Json, Overwrite, Threads, ask
from cisim.cli.study_app import study_app

EPILOG = """\
Exit codes: 0 fine; 1 a claim does not hold (validate) or a run failed (study); 2 wrong input or an output that
cannot be written; 130 interrupted by Ctrl-C; 141 nobody reads the output any more.

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
app.add_typer(study_app)

# --- what completes a word ---------------------------------------------------------------------


def _scenarios(incomplete: str) -> list[str]:
    from cisim.scenario import shipped

    here = [str(path) for path in Path().glob("*.toml")]
    return [name for name in (*shipped(), *sorted(here)) if name.startswith(incomplete)]


def _fields(incomplete: str) -> list[str]:
    from cisim.cli.explaining import known

    return [name for name in known() if name.startswith(incomplete)]


def _measures(incomplete: str) -> list[str]:
    from cisim.dynamics.measures import COMMON

    return [measure.name for measure in COMMON if measure.name.startswith(incomplete)]


def _suites(incomplete: str) -> list[str]:
    return [name for name in ("docking", "facts", "engine") if name.startswith(incomplete)]


def _cases(incomplete: str) -> list[str]:
    from cisim.validation.suites import SUITES

    return [case.name for suite in SUITES for case in suite.cases if case.name.startswith(incomplete)]


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
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Change a field, such as backbone.staff=1.5; may be given several times.",
        autocompletion=_settings,
    ),
]


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
    ask("demonstrating:demo")


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
    ask(
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
    ask(
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
    ask("listing:scenarios", name=name, json=json)


@app.command(short_help="Write a commented scenario file.")
def new(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="A file that is not there yet.")] = Path(
        "scenario.toml"
    ),
) -> None:
    """Write a scenario file in which every field stands as a comment, to begin from."""
    ask("listing:new", file=file)


@app.command(short_help="Check scenario and coalition files.")
def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Scenario files, or names.", autocompletion=_scenarios),
    ],
    json: Json = False,
) -> None:
    """Check scenario files and the coalition files that they name, and tell all that is wrong at once."""
    ask("checking:check", files=files, json=json)


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
    ask("explaining:explain", name=field, json=json)


@app.command(short_help="Write the JSON schema of scenario files.")
def schema() -> None:
    """Write the JSON schema of scenario files, for editors."""
    ask("listing:schema")


@app.command(short_help="Check the claims: known models, facts, engine.")
def validate(
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SUITE]...",
            help="docking, facts, engine; all of them by default.",
            autocompletion=_suites,
        ),
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this case, such as degroot; may be given several times.",
            autocompletion=_cases,
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Few runs, and the long cases left out: under a minute.")
    ] = False,
    runs: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many paired seeds for the facts; 400 (quick: 100) by default."),
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="How many points of each design over the parameter space; 30 by default."
        ),
    ] = None,
    seed: Seed = 1,
    threads: Threads = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with all claims and pictures.")
    ] = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Check each claim about cisim by measuring: expected and measured value, error, source, verdict.

    Exit code 1 if a claim does not hold.
    """
    ask(
        "validating:validate",
        suites=suites or [],
        cases=case or [],
        quick=quick,
        runs=runs,
        points=points,
        seed=seed,
        threads=threads,
        html=html,
        json=json,
        overwrite=overwrite,
    )
