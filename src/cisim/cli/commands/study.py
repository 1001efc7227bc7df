"""`cisim study`: the commands of a study, from a new file to results put together from shards."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cisim.cli.commands.new import write_new
from cisim.cli.options import Json, Overwrite, Threads, argument, flag, option
from cisim.cli.terminal import announce_first_use, heading, note, progress, say, table, watched, write_document
from cisim.errors import InputError, Problems
from cisim.report.format import NOTHING, for_terminal, json_text, number, plural, time_in_words

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

    from cisim.study import Code, Progress, Store, Study

study_app = typer.Typer(no_args_is_help=True, help="Sweep many settings, with results that survive a stop.")

StudyFile = Annotated[Path, argument("STUDY", "A study file (see: cisim study new), or a store that was begun.")]
StoreFolder = Annotated[Path, argument("STORE", "The folder that holds a study's results.")]
Model = Annotated[str | None, option("MODULE:CLASS", "Your own subclass of CollectiveImpactModel; runs in processes.")]
_STAGE = "Your own function for a stage of the month, such as commit=mine:rival; may be given several times."
_REPORTER = "Record what your own function of (state, month) gives; may be given several times."
Stages = Annotated[list[str] | None, option("STAGE=MODULE:FUNCTION", _STAGE, "--stage")]
Reporters = Annotated[list[str] | None, option("NAME=MODULE:FUNCTION", _REPORTER, "--reporter")]
_PARAM = "A number that your own stage or model takes, such as rate=0.02; may be given several times."
Parameters = Annotated[list[str] | None, option("NAME=NUMBER", _PARAM, "--param")]
_FIELD = "A number that each organisation has besides, for your own stage, and its first value, such as fatigue=0."
Fields = Annotated[list[str] | None, option("NAME=NUMBER", _FIELD, "--field")]


@study_app.command()
def new(file: Annotated[Path, argument("[FILE]", "A file that is not there yet.")] = Path("study.toml")) -> None:
    """Write a study file with comments, to begin from."""
    from cisim.study.file import new_text

    write_new(file, new_text())
    say(f"Wrote {file}. Change it, then: {_command('plan', file)}")


@study_app.command()
def schema() -> None:
    """Write the JSON schema of study files, for editors."""
    from cisim.study.file import json_schema

    print(json_text(json_schema()))


@study_app.command()
def plan(
    study: StudyFile,
    threads: Threads = None,
    shards: Annotated[int | None, option("N", "For a job array of N tasks; prints its script.")] = None,
    model: Model = None,
    stage: Stages = None,
    reporter: Reporters = None,
    param: Parameters = None,
    field: Fields = None,
    json: Json = False,
) -> None:
    """Tell what hours, memory and disk a study takes. It is checked, and a few of its runs are tried out here."""
    from cisim.report.documents import job_script
    from cisim.report.sentences import estimate_in_words
    from cisim.study import estimate

    content, _ = _study_and_store(study, None)
    with announce_first_use():
        costs = estimate(content, _code(model, stage, reporter, param, field), threads=threads, shards=shards)
    command = _command("run", study, model=model, stage=stage, reporter=reporter, param=param, field=field)
    script = job_script(costs, command, shards) if shards else None
    idle = (shards or 0) - costs.tasks
    few = f"{idle} of the {shards} shards would have no task: --shards {costs.tasks} is enough" if idle > 0 else ""
    lines = [content.question, *estimate_in_words(costs), few, "" if script else f"To begin: {command}"]
    _answer("plan", json, lines, title=content.name, **costs._asdict(), script=script)
    if script and not json:
        print(f"\n{script}")


@study_app.command()
def run(
    study: StudyFile,
    out: Annotated[Path | None, option("FOLDER", "Where the results go; STUDY-results here by default.")] = None,
    threads: Threads = None,
    shard: Annotated[str | None, option("I/N", "For job arrays: part I of N, such as 3/40, in its own folder.")] = None,
    model: Model = None,
    stage: Stages = None,
    reporter: Reporters = None,
    param: Parameters = None,
    field: Fields = None,
    scheduler: Annotated[str | None, option("ADDRESS", "Work on a Dask cluster, such as tcp://10.0.0.1:8786.")] = None,
    changed_model: Annotated[bool, flag("--changed-model", "Go on although the model has changed since.")] = False,
    json: Json = False,
) -> None:
    """Do all runs of a study, or go on after a stop of any kind. Exit code 1 if a run failed: see cisim study why."""
    from cisim.study import run

    content, folder = _study_and_store(study, out)
    options: dict[str, Any] = {
        "threads": threads,
        "shard": _shard(shard),
        "code": _code(model, stage, reporter, param, field),
    }
    again = _command(
        "run", study, out=out, model=model, stage=stage, reporter=reporter, param=param, field=field, shard=shard
    )
    with _executor(scheduler) as executor, _progress(again) as tell:
        store = run(content, folder, executor=executor, on_progress=tell, changed_model=changed_model, **options)
    for line in store.dropped:
        note(line)
    counts = store.counts()
    line = f"{content.name}: {plural(counts.done, 'run')} in {folder}{_failures_in_words(counts.failed, folder)}"
    _answer("run", json, [line], bad=counts.failed, store=str(folder), **counts._asdict())


@study_app.command()
def status(store: StoreFolder, json: Json = False) -> None:
    """Tell how far a study has come. Exit code 1 if a part of it is broken."""
    from cisim.study import Store

    content = Store.open(store)
    counts, manifest = content.counts(), content.manifest
    problems = [f"{path}: {words}" for path, words in content.scan().faults.items()]
    left = counts.runs - counts.done
    lines = [
        manifest.question,
        f"{counts.done:,} of {counts.runs:,} runs done" + _failures_in_words(counts.failed, store),
        f"To do the other {left:,}: {_command('run', store)}" if left else "Complete.",
        *(f"Broken: {problem}" for problem in problems),
        _models_in_words(models := content.models()),
    ]
    about = {"store": str(store), "name": manifest.name, **counts._asdict(), "problems": problems, "models": models}
    _answer("status", json, lines, title=manifest.name, bad=problems, **about)


@study_app.command()
def results(
    store: StoreFolder,
    table: Annotated[str, option("NAME", "runs, points, failures, or what else was recorded, such as bands.")] = "runs",
    measure: Annotated[list[str] | None, option("NAME", "Progress by default; may be given several times.")] = None,
    out: Annotated[Path | None, option("FILE", "Write the whole table: NAME.csv or NAME.parquet.")] = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Show what came of each point, or write a table into one file."""
    from cisim.report.documents import records
    from cisim.report.export import write_table
    from cisim.study import Store, summary

    content = Store.open(store).as_it_is()
    models = content.models()
    if out is not None:
        rows, files = write_table(content, table, out, overwrite=overwrite)
        about: dict[str, Any] = {
            "store": str(store),
            "table": table,
            "rows": rows,
            "files": list(map(str, files)),
            "models": models,
        }
        line = f"Wrote {plural(rows, 'row')} of {table} into {files[0]}, and what made them into {files[1]}"
        _answer("results", json, [line, _models_in_words(models)], **about)
    elif json:
        write_document(
            "study results", store=str(store), summary=records([dict(summary(content, measure))]), models=models
        )
    else:
        _show_summary(content, summary(content, measure))
        if words := _models_in_words(models):
            say(words)


_KINDS = "sobol, morris, delta or pawn: which factors matter, and how much is luck; synergy: what acts together; "
_KINDS += "prim: where an outcome is below or above a bound; tree: the parts of the ranges in which it differs most; "
_KINDS += "fit: what agrees with observed series."


@study_app.command()
def analyse(
    store: StoreFolder,
    kind: Annotated[str, argument("KIND", _KINDS)],
    measure: Annotated[str | None, option("NAME", "What is looked at; progress by default.")] = None,
    month: Annotated[int | None, option("MONTH", "A recorded month; the last one by default.")] = None,
    out: Annotated[Path | None, option("FILE", "Write the whole table: NAME.csv, .parquet or .tex.")] = None,
    picture: Annotated[Path | None, option("FILE", "Draw it: NAME.png, .svg or .pdf.")] = None,
    at: Annotated[
        list[str] | None, option("FACTOR=LEVEL", "Of synergy: where a factor of more than two levels is held.")
    ] = None,
    below: Annotated[float | None, option("NUMBER", "Of prim and tree: where the outcome is below this.")] = None,
    above: Annotated[float | None, option("NUMBER", "Of prim and tree: where it is above this.")] = None,
    data: Annotated[
        Path | None, option("FILE", "Of fit: a CSV file with the columns month, outcome, value and perhaps error.")
    ] = None,
    scenario: Annotated[
        Path | None,
        option("FILE", "Of fit: write the study's scenario with what was fitted as distributions, NAME.toml."),
    ] = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Tell what drives an outcome, what acts together, or where it fails.

    Exit code 1 if the study is too small to tell; then it says how many runs would.
    """
    from cisim.analysis import discover, fit, sensitivity, synergy, tree
    from cisim.plot import box, drivers, leaves, shares
    from cisim.plot.canvas import save
    from cisim.report import analysed
    from cisim.report.export import write_frame
    from cisim.study import Store
    from cisim.study.run import study_of

    _check_outputs(out, picture, scenario, overwrite=overwrite)
    _check_kind(kind, {"--at": at, "--below": below, "--above": above, "--data": data, "--scenario": scenario})
    content = Store.open(store).as_it_is()
    draw: Callable[[], Any] | None = None
    if kind == "fit":
        if data is None or picture is not None or measure is not None or month is not None:
            raise InputError("fit: needs --data FILE, which names measures and months, and has no picture")
        fitted = fit(content, data)
        answer = analysed.fit_answer(fitted)
    elif kind == "synergy":
        together = synergy(content, measure, month, _levels(at))
        answer, draw = analysed.synergy_answer(together), partial(shares, together)
    elif kind == "prim":
        where = discover(content, measure, month, below=below, above=above)
        answer, draw = analysed.discovery_answer(where), partial(box, where)
    elif kind == "tree":
        parts = tree(content, measure, month, below=below, above=above)
        answer, draw = analysed.tree_answer(parts), partial(leaves, parts)
    else:
        found = sensitivity(content, kind, measure, month)  # type: ignore[arg-type]  # it checks the kind
        answer, draw = analysed.sensitivity_answer(found), partial(drivers, found)
    files = [write_frame(answer.frame, out)] if out is not None else []
    if scenario is not None and not answer.trouble:
        files.append(fitted.write(study_of(content).base, scenario))
    if picture is not None and draw is not None and not answer.trouble:
        files.append(save(draw(), picture))
    if json:
        write_document("study analyse", store=str(store), kind=kind, files=list(map(str, files)), **answer.document)
    else:
        for line in answer.words:
            say(line.replace(" STORE", f" {shlex.quote(str(store))}"))
        if answer.rows and not answer.trouble:
            table(answer.title, list(map(heading, answer.head)), answer.rows)
        if files:
            say(f"\nWrote {' and '.join(map(str, files))}")
    if answer.trouble:
        raise typer.Exit(1)


#: Options that only some kinds of analysis take.
_ONLY_OF = {
    "--at": ("synergy",),
    "--below": ("prim", "tree"),
    "--above": ("prim", "tree"),
    "--data": ("fit",),
    "--scenario": ("fit",),
}


def _check_kind(kind: str, given: Mapping[str, object]) -> None:
    """Refuse options that an analysis of this kind would leave unread."""
    problems = Problems()
    for option_name, kinds in _ONLY_OF.items():
        if given[option_name] is not None and kind not in kinds:
            problems.append(f"{option_name}: is for {' and '.join(kinds)}, and KIND is {kind}")
    problems.check()


def _levels(texts: Sequence[str] | None) -> dict[str, Any]:
    from cisim.scenario import parse_setting

    return dict(map(parse_setting, texts or []))


def _check_outputs(out: Path | None, picture: Path | None, scenario: Path | None, *, overwrite: bool) -> None:
    """Refuse files that cannot be written before anything is computed."""
    from cisim.files import check_file
    from cisim.plot.canvas import ENDINGS
    from cisim.report.export import FRAME_ENDINGS

    problems = Problems()
    for path, endings in ((out, FRAME_ENDINGS), (picture, ENDINGS), (scenario, (".toml",))):
        if path is not None:
            with problems.collected():
                check_file(path, endings, overwrite)
    problems.check()


@study_app.command()
def verify(store: StoreFolder, json: Json = False) -> None:
    """Check that all parts of a store are whole, each run there once. Exit code 1 if not."""
    from cisim.study import Store, verify
    from cisim.study.manifest import MANIFEST, has_parts

    if not (store / MANIFEST).exists() and not has_parts(store):
        raise InputError(f"{store}: holds no study: it has no {MANIFEST}")
    problems, unreadable = verify(store), Problems()
    with unreadable.collected():
        Store.open(store)
    # A manifest that cannot be read says itself what to do.
    again = "" if unreadable else f" To do again what is broken: {_command('run', store)}"
    lines = [*problems, f"{plural(len(problems), 'fault')}.{again}"]
    if not problems and not json:
        counts = Store.open(store).counts()
        lines = [f"All parts are whole: {counts.done:,} of {counts.runs:,} runs, each there once"]
    _answer("verify", json, lines, bad=problems, store=str(store), problems=problems)


@study_app.command()
def why(
    store: StoreFolder,
    point: Annotated[int, argument("POINT", "The number of the point.")],
    replication: Annotated[int | None, option("N", "Do this run again, here, and show its whole error.")] = None,
    model: Model = None,
    stage: Stages = None,
    reporter: Reporters = None,
    param: Parameters = None,
    field: Fields = None,
    json: Json = False,
) -> None:
    """Tell which runs of a point failed and why. A command that does one of them again is shown."""
    from cisim.study import Store, failures, rerun
    from cisim.study.summary import failure_in_words

    content = Store.open(store)
    if replication is not None:
        with announce_first_use():
            failure = rerun(content, point, replication, _code(model, stage, reporter, param, field))
        line = failure or f"Replication {replication} of point {point} does not fail here and now."
        _answer("why", False, [line], bad=failure)
        return
    rows = failures(content, point)
    # The code that the store was begun with is named again, never taken from a file.
    code: Any = content.manifest.code
    options = {"model": code["model"], "stage": code["stages"], "reporter": code["reporters"]}
    options |= {"param": code["parameters"], "field": code["fields"]}
    again = _command("why", store, point, replication=str(rows[0]["replication"]), **options) if rows else None
    if json:
        write_document("study why", store=str(store), point=point, failures=rows, again=again)
    elif again is None:
        say(f"No run of point {point} failed.")
    else:
        say(f"{plural(len(rows), 'run')} of point {point} failed:")
        counts = Counter((row["stage"], row["message"]) for row in rows)  # equal ones are shown once
        for row in rows:
            if count := counts.pop((row["stage"], row["message"]), 0):
                first = f"replication {row['replication']}, run seed {row['seed']}"
                say(f"{failure_in_words(row)} ({plural(count, 'run')}, the first is {first})", indent=2)
        print(f"To do that one again:\n  {for_terminal(again)}")


@study_app.command()
def extend(
    store: StoreFolder,
    replications: Annotated[int | None, option("N", "How many replications each point shall have in all.")] = None,
    points: Annotated[int | None, option("N", "How many points there shall be in all.")] = None,
) -> None:
    """Ask a store for more replications or points. Then cisim study run STORE does only what is new."""
    from cisim.study import extend

    counts = extend(store, replications=replications, points=points).counts()
    say(f"{counts.runs:,} runs are asked for now, {counts.done:,} are done. To do the others: {_command('run', store)}")


@study_app.command()
def merge(
    out: Annotated[Path, argument("STORE", "A folder that is not there yet.")],
    shards: Annotated[list[Path], argument("SHARD...", "The folders of the shards.")],
) -> None:
    """Put the shards of a job array together. Those that are missing or given twice are named."""
    from cisim.study import merge

    counts = merge(out, shards).counts()
    say(f"{counts.done:,} of {counts.runs:,} runs in {out}" + _failures_in_words(counts.failed, out))


def _study_and_store(study: Path, out: Path | None) -> tuple[Study, Path]:
    from cisim.study import Store, read, study_of

    if study.is_dir():
        if out is not None and out != study:
            raise InputError(f"--out {out}: {study} is a store already: leave --out away")
        return study_of(Store.open(study)), study
    return read(study), out or Path(f"{study.stem}-results")


def _shard(text: str | None) -> tuple[int, int] | None:
    first, _, last = (text or "").partition("/")
    if text is not None and not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last)):
        raise InputError(f"--shard {text}: must be I/N, the part and how many there are, such as 3/40")
    return (int(first), int(last)) if text else None


def _code(
    model: str | None,
    stages: Sequence[str] | None,
    reporters: Sequence[str] | None,
    parameters: Sequence[str] | None,
    fields: Sequence[str] | None,
) -> Code | None:
    from cisim.study import Code

    problems, named, numbers = Problems(), [], []
    for spelling, texts, example in (
        ("--stage", stages, "commit=mine:rival"),
        ("--reporter", reporters, "reach=mine:reach"),
    ):
        pairs = [text.partition("=") for text in texts or []]
        wrong = ["".join(pair) for pair in pairs if ":" not in pair[2]]
        problems += [f"{spelling} {text}: must be NAME=MODULE:FUNCTION, such as {example}" for text in wrong]
        named.append(tuple((name.strip(), function.strip()) for name, _, function in pairs))
    for spelling, texts, example in (("--param", parameters, "rate=0.02"), ("--field", fields, "fatigue=0")):
        numbers.append(tuple(_number(spelling, text, example, problems) for text in texts or []))
    problems.check()
    every = (model, stages, reporters, parameters, fields)
    return Code(model, named[0], named[1], numbers[0], numbers[1]) if any(every) else None


def _number(spelling: str, text: str, example: str, problems: Problems) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        problems.append(f"{spelling} {text}: must be NAME=NUMBER, such as {example}")
        return name, 0.0


@contextmanager
def _executor(scheduler: str | None) -> Iterator[Executor | None]:
    if scheduler is None:
        yield None
        return
    try:
        from distributed import Client

        client: Any = Client(scheduler, timeout="10s")  # type: ignore[no-untyped-call]
    except ImportError:
        words = "python -m uv sync --inexact --extra distributed, in the copy of cisim, installs it"
        raise InputError(f"--scheduler needs Dask: {words}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {scheduler}: no Dask scheduler answers there: {error}") from None
    with client, client.get_executor(retries=3) as executor:
        yield executor


def _answer(command: str, json: bool, lines: list[str], /, title: str = "", bad: object = None, **content: Any) -> None:
    """Write a command's JSON document, or lines that are not empty; end with exit code 1 if something is bad."""
    if json:
        write_document(f"study {command}", **content)
    else:
        if title:
            say(title, style="bold")
        say("\n".join(filter(None, lines)))
    if bad:
        raise typer.Exit(1)


def _command(name: str, *arguments: object, **options: Path | str | Sequence[str] | None) -> str:
    words = ["cisim", "study", name, *map(str, arguments)]
    for option_name, given in options.items():
        for value in [given] if isinstance(given, (str, Path)) else given or []:
            words += [f"--{option_name}", str(value)]
    return shlex.join(words)


def _failures_in_words(failed: int, store: Path) -> str:
    return f", {failed:,} of them failed ({_command('why', store)} POINT tells why)" if failed else ", none failed"


def _models_in_words(models: Mapping[str, int]) -> str:
    """Warn of a table with runs of several models (--changed-model)."""
    if len(models) < 2:
        return ""
    each = ", ".join(f"{plural(runs, 'run')} of {model[:8]}" for model, runs in models.items())
    return f"{len(models)} models made these runs: {each}. Points of both are not to be compared."


def _show_summary(store: Store, frame: pd.DataFrame) -> None:
    """Write a table of the points at the last month that is recorded."""
    from cisim.study.summary import STANDARD_ERROR

    if frame.empty:
        say(f"{store.manifest.name}: no run is done yet. To do them: cisim study run {store.folder}")
        return
    last = frame[frame.groupby("point")["month"].transform("max") == frame["month"]]
    factors = [name for name in store.points.column_names if name != "point"]
    measures = [name for name in frame.columns if STANDARD_ERROR + name in frame]
    rows = []
    for row in last.head(20).to_dict("records"):
        values = [number(row[name]) if isinstance(row[name], float) else str(row[name]) for name in factors]
        means = [f"{number(row[name])} \u00b1 {number(row[STANDARD_ERROR + name])}" for name in measures]
        means = [NOTHING if mean.startswith(NOTHING) else mean for mean in means]
        rows.append([str(row["point"]), *values, str(row["runs"]), str(row["failed"]), *means])
    # Fields without their sections, where that tells them apart.
    short = {name.rpartition(".")[2]: None for name in factors}
    names = list(short) if len(short) == len(factors) else factors
    title = f"means over the replications at month {int(last['month'].max())}, and their standard errors"
    heads = ["point", *map(heading, names), "runs", "failed", *map(heading, measures)]
    table(f"{store.manifest.name}: {title}", heads, rows)
    more = f"The first {len(rows)} of {len(last)} points; all of them: --json\n" if len(last) > len(rows) else ""
    say(f"\n{more}Every run: --out FILE.csv or FILE.parquet", style="dim")


def progress_in_words(progress: Progress) -> str:
    """Write progress as a line."""
    words = f"{progress.done:,} of {progress.total:,} runs"
    words += f", {progress.rate:,.0f} runs/s" if progress.rate else ""
    if progress.remaining and progress.done < progress.total:
        words += f", {time_in_words(progress.remaining)} left"
    return words + (f", {progress.failed:,} failed" if progress.failed else "")


@contextmanager
def _progress(again: str) -> Iterator[Callable[[Progress], None]]:
    """Show progress on standard error, as a bar or now and then; after Ctrl-C, the command that goes on."""
    due = time.monotonic() + 5  # soon at first, then less often
    try:
        with progress("running") as show:

            def tell(now: Progress) -> None:
                nonlocal due
                show(now.done, total=now.total, description=f"{now.rate:,.0f} runs/s, {now.failed:,} failed")
                if now.rate and time.monotonic() >= due and not watched():
                    due = time.monotonic() + 60
                    note(progress_in_words(now))

            yield tell
    except KeyboardInterrupt:
        note(f"Stopped; what is finished is kept. To go on: {again}")
        raise
