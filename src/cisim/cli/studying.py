"""`cisim study`: a study is checked, planned, run, looked at, verified, and put together."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.cli.first_use import announce_first_use
from cisim.cli.study_progress import shown_progress
from cisim.cli.terminal import document, harmless, heading, note, say, table
from cisim.errors import InputError
from cisim.report.format import NOTHING, number, records
from cisim.seeds import plural
from cisim.study import session
from cisim.study.file import new_text, read
from cisim.study.reading import STANDARD_ERROR, export, failure_in_words, failures, recorded, summary
from cisim.study.spec import Study
from cisim.study.store import MANIFEST, Store
from cisim.study.user_code import Code

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

#: What --model, --stage and --reporter gave.
Given = tuple[str | None, Sequence[str], Sequence[str]]
#: Points that a table on the terminal shows.
MOST_POINTS = 20


def new(file: Path) -> None:
    """`cisim study new`."""
    from cisim.cli.listing import write_new

    write_new(file, new_text())
    say(f"Wrote {file}. Change it, then: cisim study plan {shlex.quote(str(file))}")


def run(
    study: Path,
    out: Path | None,
    threads: int | None,
    shard: str | None,
    code: Given,
    scheduler: str | None,
    changed_model: bool,
    json: bool,
) -> int:
    """`cisim study run`."""
    what, folder = _study_and_store(study, out)
    part = _shard(shard)
    own = _code(code)
    again = shlex.join(
        ["cisim", "study", "run", str(study), *(["--out", str(out)] if out else []), *_options(code)]
        + (["--shard", shard] if shard else [])
    )
    with _executor(scheduler) as executor, announce_first_use(), shown_progress(again) as told:
        store = session.run(
            what,
            folder,
            code=own,
            threads=threads,
            executor=executor,
            shard=part,
            on_progress=told,
            changed_model=changed_model,
        )
    for line in store.dropped:
        note(line)
    counts = store.counts()
    if json:
        document({"command": "study run", "store": str(folder), **counts._asdict()})
    else:
        say(
            f"{what.name}: {plural(counts.done, 'run')} in {folder}"
            + _failures_in_words(counts.failed, folder)
        )
    return 1 if counts.failed else 0


def status(store: Path, json: bool) -> None:
    """`cisim study status`."""
    opened = Store.open(store)
    counts, said = opened.counts(), opened.manifest["study"]
    if json:
        document({"command": "study status", "store": str(store), "name": said["name"], **counts._asdict()})
        return
    say(said["name"], style="bold")
    if said["question"]:
        say(said["question"])
    left = counts.runs - counts.done
    say(f"{counts.done:,} of {counts.runs:,} runs done" + _failures_in_words(counts.failed, store))
    say(f"To do the other {left:,}: cisim study run {shlex.quote(str(store))}" if left else "Complete.")


def _failures_in_words(failed: int, store: Path) -> str:
    if not failed:
        return ", none failed"
    return f", {failed:,} of them failed (cisim study why {shlex.quote(str(store))} POINT tells why)"


def results(
    store: Path, table: str, measures: Sequence[str], out: Path | None, json: bool, overwrite: bool
) -> None:
    """`cisim study results`."""
    opened = Store.open(store)
    if out is not None:
        rows = export(opened, table, out, overwrite=overwrite)
        say(f"Wrote {plural(rows, 'row')} of {table} into {out}")
        return
    names = recorded(opened, measures or None)
    frame = summary(opened, names)
    if json:
        document({"command": "study results", "store": str(store), "summary": records(frame)})
        return
    _tell_summary(opened, frame, names)


def _tell_summary(store: Store, frame: pd.DataFrame, measures: Sequence[str]) -> None:
    """A table of the points at the last month that is recorded."""
    last = frame[frame.groupby("point")["month"].transform("max") == frame["month"]]
    factors = [name for name in store.points.column_names if name != "point"]
    shown = last.head(MOST_POINTS)
    rows = [
        [str(row["point"]), *(_cell(row[name]) for name in factors), *_means(row, measures)]
        for row in shown.to_dict("records")
    ]
    month = int(last["month"].max())
    table(
        f"{store.manifest['study']['name']}: means over the replications at month {month}, and their standard errors",
        ["point", *map(heading, _short(factors)), "runs", "failed", *map(heading, measures)],
        rows,
    )
    say()
    if len(last) > len(shown):
        say(f"The first {len(shown)} of {len(last)} points; all of them: --json", style="dim")
    say("Every run: --out FILE.csv or FILE.parquet", style="dim")


def _short(factors: Sequence[str]) -> list[str]:
    """Fields without their sections, where that tells them apart."""
    last = [name.rpartition(".")[2] for name in factors]
    return last if len(set(last)) == len(last) else list(factors)


def _means(row: Mapping[Any, Any], measures: Sequence[str]) -> list[str]:
    means = [
        f"{number(row[name])} \u00b1 {number(row[STANDARD_ERROR + name])}"
        if row[name] == row[name]
        else NOTHING
        for name in measures
    ]
    return [str(row["runs"]), str(row["failed"]), *means]


def _cell(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def verify(store: Path, drop: bool, json: bool) -> int:
    """`cisim study verify`."""
    from cisim.study.verifying import verify as verified

    if not any((store / name).exists() for name in (MANIFEST, "runs", "open")):
        raise InputError(f"{store}: holds no study: it has no {MANIFEST}")
    problems = verified(store, drop=drop)
    if json:
        document({"command": "study verify", "store": str(store), "problems": problems})
    elif problems:
        for problem in problems:
            say(problem)
        say(_after_faults(len(problems), store, drop))
    else:
        counts = Store.open(store).counts()
        say(f"All parts are whole: {counts.done:,} of {counts.runs:,} runs, each there once")
    return 1 if problems else 0


def _after_faults(faults: int, store: Path, dropped: bool) -> str:
    where = shlex.quote(str(store))
    if dropped:
        return f"{plural(faults, 'fault')}. What was broken is taken away; to do it again: cisim study run {where}"
    return f"{plural(faults, 'fault')}. To take away what is broken: cisim study verify {where} --drop"


def why(store: Path, point: int, replication: int | None, code: Given, json: bool) -> int:
    """`cisim study why`."""
    opened = Store.open(store)
    if replication is not None:
        return _again_alone(opened, point, replication, code)
    found = failures(opened, point)
    again = (
        f"cisim study why {shlex.quote(str(store))} {point} --replication {found[0]['replication']}"
        if found
        else None
    )
    if json:
        document(
            {"command": "study why", "store": str(store), "point": point, "failures": found, "again": again}
        )
        return 0
    if not found:
        say(f"No run of point {point} failed.")
        return 0
    kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in found:
        kinds.setdefault((one["stage"], one["message"]), []).append(one)
    say(f"{plural(len(found), 'run')} of point {point} failed:")
    for them in kinds.values():
        first = f"replication {them[0]['replication']}, seed {them[0]['seed']}"
        say(f"{failure_in_words(them[0])} ({plural(len(them), 'run')}, the first is {first})", indent=2)
    say("To do that one again:")
    print("  " + harmless(_with_code(str(again), opened.manifest["code"])))
    return 0


def _again_alone(store: Store, point: int, replication: int, code: Given) -> int:
    """Do one run again, in this process; whether it failed."""
    with announce_first_use():
        told = session.once_more(store, point, replication, _code(code))
    if told is None:
        say(f"Replication {replication} of point {point} does not fail here and now.")
        return 0
    say(told)
    return 1


def extend(store: Path, replications: int | None, points: int | None) -> None:
    """`cisim study extend`."""
    counts = session.extend(store, replications=replications, points=points).counts()
    say(
        f"{counts.runs:,} runs are asked for now, {counts.done:,} are done. To do the others: "
        f"cisim study run {shlex.quote(str(store))}"
    )


def merge(out: Path, shards: Sequence[Path]) -> None:
    """`cisim study merge`."""
    from cisim.study.merging import merge as merged

    merged(out, shards)
    counts = Store.open(out).counts()
    say(f"{counts.done:,} of {counts.runs:,} runs in {out}" + _failures_in_words(counts.failed, out))


def plan(study: Path, threads: int | None, shards: int | None, code: Given, json: bool) -> None:
    """`cisim study plan`."""
    from cisim.study.planning import job_script, planned

    what, _ = _study_and_store(study, None)
    with announce_first_use():
        planned_study = planned(what, _code(code) or Code(), threads=threads, shards=shards)
    command = shlex.join(["cisim", "study", "run", str(study), *_options(code)])
    script = job_script(planned_study, command, shards) if shards else None
    if json:
        document({"command": "study plan", **planned_study._asdict(), "script": script})
        return
    say(what.name, style="bold")
    if what.question:
        say(what.question)
    for line in planned_study.in_words():
        say(line)
    if script:
        say()
        print(script)
    else:
        say(f"To begin: {command}")


# --- what was asked for ---------------------------------------------------------------------------------


def _study_and_store(given: Path, out: Path | None) -> tuple[Study, Path]:
    """The study and where its results go, from a study file or a store."""
    if given.is_dir():
        if out is not None and out != given:
            raise InputError(f"--out {out}: {given} is a store already: leave --out away")
        return session.study_of(Store.open(given)), given
    return read(given), out or Path(f"{given.stem}-results")


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, slash, last = text.partition("/")
    if not slash or not first.isdecimal() or not last.isdecimal() or not 1 <= int(first) <= int(last):
        raise InputError(f"--shard {text}: must be I/N, the part and how many there are, such as 3/40")
    return int(first), int(last)


def _code(given: Given) -> Code | None:
    """The user's own code; None if none is named."""
    model, stages, reporters = given
    problems = [
        f"--{option} {text}: must be NAME=MODULE:FUNCTION, such as {example}"
        for option, texts, example in (
            ("stage", stages, "commit=mine:rival"),
            ("reporter", reporters, "reach=mine:reach"),
        )
        for text in texts
        if "=" not in text or ":" not in text.partition("=")[2]
    ]
    if problems:
        raise InputError(problems)
    if not (model or stages or reporters):
        return None
    return Code(model, _named(stages), _named(reporters))


def _named(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    pairs = [text.partition("=") for text in texts]
    return tuple((name.strip(), place.strip()) for name, _, place in pairs)


def _with_code(command: str, said: dict[str, Any]) -> str:
    """A command with the code that a store says it was begun with: named again, never taken from a file."""
    return shlex.join([*shlex.split(command), *_options(Code.given(said))])


def _options(given: Given) -> list[str]:
    model, stages, reporters = given
    options = ["--model", model] if model else []
    for option, texts in (("--stage", stages), ("--reporter", reporters)):
        for text in texts:
            options += [option, text]
    return options


@contextmanager
def _executor(scheduler: str | None) -> Iterator[Executor | None]:
    """Dask's workers, if a scheduler is named."""
    if scheduler is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError('--scheduler needs Dask: install it with pip install "cisim[distributed]"') from None
    try:
        client: Any = Client(scheduler, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {scheduler}: no Dask scheduler answers there: {error}") from None
    with client, client.get_executor(retries=3) as executor:
        yield executor
