"""`cisim study` and its options; what each command does stands in `studying`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from cisim.cli.options import Json, Overwrite, Threads


def ask(function: str, /, **arguments: Any) -> None:
    """Import what a command does, do it, and end with its exit code."""
    code = getattr(import_module("cisim.cli.studying"), function)(**arguments)
    if code:
        raise typer.Exit(code)


study_app = typer.Typer(
    name="study",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    short_help="Sweep many settings, with results that survive a stop.",
    help="Sweep a parameter space: from a question to a million runs that survive a stop of any kind.",
)

StudyFile = Annotated[
    Path,
    typer.Argument(metavar="STUDY", help="A study file (see: cisim study new), or a store that was begun."),
]
StoreFolder = Annotated[
    Path, typer.Argument(metavar="STORE", help="The folder that holds a study's results.")
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="MODULE:CLASS", help="Your own subclass of CollectiveImpactModel; runs in processes."
    ),
]
Stages = Annotated[
    list[str] | None,
    typer.Option(
        "--stage",
        metavar="STAGE=MODULE:FUNCTION",
        help="Your own function for a stage of the month, such as commit=mine:rival; may be given several times.",
    ),
]
Reporters = Annotated[
    list[str] | None,
    typer.Option(
        "--reporter",
        metavar="NAME=MODULE:FUNCTION",
        help="Record what your own function of (state, month) gives; may be given several times.",
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(
        metavar="I/N", help="Do part I of N, such as 3/40, into a folder of its own: for job arrays."
    ),
]


@study_app.command(short_help="Write a commented study file.")
def new(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="A file that is not there yet.")] = Path(
        "study.toml"
    ),
) -> None:
    """Write a study file with comments, to begin from."""
    ask("new", file=file)


@study_app.command(short_help="Tell runs, hours, memory and disk beforehand.")
def plan(
    study: StudyFile,
    threads: Threads = None,
    shards: Annotated[
        int | None, typer.Option(metavar="N", help="For a job array of N tasks; prints its script.")
    ] = None,
    model: Model = None,
    stage: Stages = None,
    reporter: Reporters = None,
    json: Json = False,
) -> None:
    """Check a study, try a few of its runs, and tell what the whole will take on a machine like this."""
    ask(
        "plan",
        study=study,
        threads=threads,
        shards=shards,
        code=(model, stage or [], reporter or []),
        json=json,
    )


@study_app.command(short_help="Do all runs of a study, or go on with them.")
def run(
    study: StudyFile,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where the results go; STUDY-results here by default."),
    ] = None,
    threads: Threads = None,
    shard: Shard = None,
    model: Model = None,
    stage: Stages = None,
    reporter: Reporters = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on a Dask cluster, such as tcp://10.0.0.1:8786."),
    ] = None,
    changed_model: Annotated[
        bool,
        typer.Option("--changed-model", help="Go on although the model changed since the results so far."),
    ] = False,
    json: Json = False,
) -> None:
    """Do all runs of a study. Called again after a stop of any kind, it goes on where it was.

    Exit code 1 if a run failed: see cisim study why.
    """
    ask(
        "run",
        study=study,
        out=out,
        threads=threads,
        shard=shard,
        code=(model, stage or [], reporter or []),
        scheduler=scheduler,
        changed_model=changed_model,
        json=json,
    )


@study_app.command(short_help="Tell how far a study has come.")
def status(store: StoreFolder, json: Json = False) -> None:
    """Tell how far a study has come."""
    ask("status", store=store, json=json)


@study_app.command(short_help="Show or export the results of a study.")
def results(
    store: StoreFolder,
    table: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="runs, points, failures, or what else was recorded: bands, trajectories ..."
        ),
    ] = "runs",
    measure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Which measures, progress by default; may be given several times."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the whole table: NAME.csv or NAME.parquet.")
    ] = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Show what came of each point, or write a whole table into one file."""
    ask(
        "results",
        store=store,
        table=table,
        measures=measure or [],
        out=out,
        json=json,
        overwrite=overwrite,
    )


@study_app.command(short_help="Check every part of a store.")
def verify(
    store: StoreFolder,
    drop: Annotated[
        bool, typer.Option("--drop", help="Take away parts that are broken, so that run does them again.")
    ] = False,
    json: Json = False,
) -> None:
    """Check every part of a store: its rows, its hash, and that each run is there once. Exit code 1 if not."""
    ask("verify", store=store, drop=drop, json=json)


@study_app.command(short_help="Tell why runs of a point failed.")
def why(
    store: StoreFolder,
    point: Annotated[int, typer.Argument(metavar="POINT", help="The number of the point.")],
    replication: Annotated[
        int | None, typer.Option(metavar="N", help="Do this run again, here, and show its whole error.")
    ] = None,
    model: Model = None,
    stage: Stages = None,
    reporter: Reporters = None,
    json: Json = False,
) -> None:
    """Tell which runs of a point failed, with their errors and a command that does one of them again."""
    ask(
        "why",
        store=store,
        point=point,
        replication=replication,
        code=(model, stage or [], reporter or []),
        json=json,
    )


@study_app.command(short_help="Add replications or points to a study.")
def extend(
    store: StoreFolder,
    replications: Annotated[
        int | None, typer.Option(metavar="N", help="How many replications each point shall have in all.")
    ] = None,
    points: Annotated[
        int | None, typer.Option(metavar="N", help="How many points there shall be in all.")
    ] = None,
) -> None:
    """Ask a store for more replications or points; cisim study run STORE then does only what is new."""
    ask("extend", store=store, replications=replications, points=points)


@study_app.command(short_help="Put the shards of a job array together.")
def merge(
    out: Annotated[Path, typer.Argument(metavar="STORE", help="A folder that is not there yet.")],
    shards: Annotated[list[Path], typer.Argument(metavar="SHARD...", help="The folders of the shards.")],
) -> None:
    """Put the shards of a job array together, naming those that are missing or given twice."""
    ask("merge", out=out, shards=shards)
