"""A study and its store: begun, gone on with, or made larger, and never mixed with another one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cisim
from cisim.coalition import roster
from cisim.errors import InputError
from cisim.study import designs
from cisim.study.code import Code
from cisim.study.factors import Factor, Value
from cisim.study.identity import Job, Span, read_job
from cisim.study.layout import Batch, batch_of
from cisim.study.manifest import has_parts
from cisim.study.store import MANIFEST, Store
from cisim.study.study import Study
from cisim.threads import checked_threads

if TYPE_CHECKING:
    import pyarrow as pa

    from cisim.study.runner import Told

#: What the engine takes, roughly, in seconds: for each organisation and month, and for each run. It decides how many runs
#: go into a task, so it must not be measured: the same study has the same tasks on every machine.
PER_MONTH, PER_RUN = 1.2e-6, 3e-4
#: How much longer a model in Python takes.
IN_PYTHON = 5.0
#: What a store keeps besides its tables: the results of these depend on nothing else.
VERSIONS = ("llvmlite", "numba", "numpy", "pyarrow", "scipy")


def run(
    study: Study,
    out: str | os.PathLike[str],
    *,
    code: Code | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    shard: tuple[int, int] | None = None,
    on_progress: Told | None = None,
    changed_model: bool = False,
) -> Store:
    """Do all runs of a study that its store does not hold.

    Args:
        study: what is asked.
        out: the folder of the store; it is made, or gone on with.
        code: a user's own model, stages and reporters.
        threads: how many workers; all processors by default. It changes no bit.
        executor: whose workers to use, such as Dask's; threads here by default, processes for a user's own model.
        shard: (3, 40) does the third of forty parts of the study, into a store of its own.
        on_progress: called now and then, in this thread.
        changed_model: go on although the model is not the one that made the results so far.

    Returns:
        The store, complete.

    Raises:
        InputError: the store is of another study or another model, is in use, or cannot be written.
        KeyboardInterrupt: Ctrl-C. What is finished is kept, and the same call goes on from there.

    Example:
        >>> store = run(read("study.toml"), "results")  # doctest: +SKIP
        >>> store.frame("runs").groupby("point")["progress"].mean()  # doctest: +SKIP
    """
    folder = Path(out)
    workers = checked_threads(threads)
    job = read_job(study, code)
    store = _found(folder, job, shard, changed_model=changed_model)
    with store.lock():
        todo = store.todo()
        if (first := next(todo, None)) is None:
            return store
        # What finds all done is through by here, without the engine.
        from cisim.study.crew import gathered
        from cisim.study.runner import drive
        from cisim.study.task import prepare

        points = values_of(store, study)
        if executor is None and job.code.model is None:
            prepare(job)
        with gathered(job, points, workers, executor, processes=job.code.model is not None) as crew:
            drive(store, chain([first], todo), crew, on_progress)
    return store


def extend(
    out: str | os.PathLike[str], *, replications: int | None = None, points: int | None = None
) -> Store:
    """Ask a store for more than was asked before; `run` does what is new and nothing else.

    Args:
        out: the folder of the store.
        replications: how many each point shall have in all.
        points: how many points there shall be in all; the design must be one that can grow.

    Returns:
        The store, whose new tasks are not done yet.

    Raises:
        InputError: the design cannot grow, or less is asked for than there is.
    """
    store = Store.open(Path(out))
    study = study_of(store)
    now, each = store.points.num_rows, _replications(store)
    problems = []
    if replications is None and points is None:
        problems.append("nothing to add: give replications or points")
    if replications is not None and replications <= each:
        problems.append(f"replications = {replications}: must be more than the {each} that are there")
    if points is not None and points <= now:
        problems.append(f"points = {points}: must be more than the {now} that are there")
    if replications is not None and study.record.bands:
        problems.append(
            "replications: quantile bands over old and new runs together cannot be made from bands; record trajectories instead"
        )
    if problems:
        raise InputError(problems)
    own = Code(model=store.manifest["code"]["model"])
    with store.lock():
        if points is not None:
            _add_points(store, study, own, points - now, each)
        if replications is not None:
            values = values_of(store, study)
            batch = _batch(study, own, values, range(len(values)), each, replications - each, store.tasks)
            store.add_batch(batch, None)
    return store


def _add_points(store: Store, study: Study, code: Code, more: int, each: int) -> None:
    values = values_of(store, study)
    added = designs.points_of(
        study.design, study.factors, study.seed, len(store.batches), more, before=len(values)
    )
    every = [*values, *added]
    batch = _batch(study, code, every, range(len(values), len(every)), 0, each, store.tasks)
    store.add_batch(batch, table_of(study, every))


# --- what a store says of its study ------------------------------------------------------------------


def about(job: Job, folder: Path) -> dict[str, Any]:
    """What decides the results of a study, for the manifest.

    Args:
        job: the study.
        folder: of the store, from which that of the scenario's files is told: a study may be moved with its store.
    """
    study = job.study
    return {
        "study": {"name": study.name, "question": study.question, "toml": study.to_toml()},
        "scenario": {
            "name": study.base.name,
            "digest": study.base.digest(),
            "toml": study.base.to_toml(),
            "folder": _way(folder, study.base.folder) if study.base.coalition.file else None,
        },
        "coalition_contents": job.contents,
        "model": {"version": cisim.__version__, "digest": job.model_digest},
        "code": job.code.about(),
        "versions": {name: version(name) for name in VERSIONS},
    }


def _way(store: Path, scenario: Path | None) -> str:
    try:
        return Path(os.path.relpath(scenario or Path(), store)).as_posix()
    except ValueError:  # on another drive
        return str((scenario or Path()).absolute())


def study_of(store: Store) -> Study:
    """The study that a store was made for."""
    said = store.manifest["scenario"]["folder"]
    return Study.from_toml(store.manifest["study"]["toml"], store.folder / said if said else None)


def _replications(store: Store) -> int:
    """How many replications each point of a store has."""
    return max(one.first_replication + one.replications for one in store.batches)


def values_of(store: Store, study: Study) -> list[tuple[Value, ...]]:
    """The factors' values of each point of a store, made for this study."""
    table = store.points
    columns = [_as_levels(factor, table.column(factor.name).to_pylist()) for factor in study.factors]
    return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows


def _as_levels(factor: Factor, column: list[Value]) -> list[Value]:
    """A column of points as the factor has its values; levels of several kinds are kept as text."""
    if not factor.levels:
        return column
    labels = {str(level.label): level.label for level in factor.levels}
    return [labels.get(str(value), value) for value in column]


def table_of(study: Study, values: Sequence[tuple[Value, ...]]) -> pa.Table:
    """The points as a table: `point`, and a column for each factor."""
    import pyarrow as pa

    columns = {}
    for place, factor in enumerate(study.factors):
        column = [row[place] for row in values]
        kinds = {type(value) for value in column}
        columns[factor.name] = (
            column if len(kinds) == 1 or kinds == {int, float} else [str(value) for value in column]
        )
    return pa.table({"point": pa.array(range(len(values)), pa.int64()), **columns})


def _found(folder: Path, job: Job, shard: tuple[int, int] | None, *, changed_model: bool) -> Store:
    """The store, begun or gone on with."""
    if not (folder / MANIFEST).exists():
        try:
            return _begun(folder, job, shard)
        except InputError:
            if not (folder / MANIFEST).exists():
                raise
            # Another runner began it between the two looks.
    return _again(folder, job, shard, changed_model=changed_model)


def _begun(folder: Path, job: Job, shard: tuple[int, int] | None) -> Store:
    """A new store; or, where parts have lost their manifest, the old one with a manifest made again."""
    from cisim.study.task import schemas

    study = job.study
    values = designs.points_of(study.design, study.factors, study.seed)
    batch = batch_for(study, job.code, values)
    make = Store.rebuild if (again := has_parts(folder)) else Store.create
    store = make(folder, about(job, folder), table_of(study, values), schemas(job), batch=batch, shard=shard)
    if again:
        store.dropped.insert(0, f"{folder}: the manifest was missing and was made again from the parts")
    return store


def batch_for(study: Study, code: Code, values: Sequence[tuple[Value, ...]]) -> Batch:
    """The first batch of a study: all its points and replications."""
    return _batch(study, code, values, range(len(values)), 0, study.replications, 0)


def _batch(
    study: Study,
    code: Code,
    values: Sequence[tuple[Value, ...]],
    points: range,
    first_replication: int,
    replications: int,
    first_task: int,
) -> Batch:
    size = size_of(study)
    costs = [cost_of(study, code.model is not None, values[point], size) for point in points]
    return batch_of(
        costs,
        points.start,
        first_replication,
        replications,
        first_task=first_task,
        whole_points=bool(study.record.bands),
        rows=_rows(study, size),
    )


def size_of(study: Study) -> int:
    """How many organisations a run has, unless a factor says so: those of the coalition's file, if it has one."""
    who = study.base.coalition
    return who.organisations if who.file is None else len(roster(study.base).names)


def _rows(study: Study, size: int) -> int:
    """How many rows a run has in the longest of a study's tables, roughly."""
    record, months, who = study.record, study.base.months + 1, study.base.coalition
    rows = [len(record.months)]
    if record.bands or record.trajectories:
        rows.append(months)
    if record.organisations:
        rows.append(size * len(record.panel_months))
    if record.ties:
        rows.append(int(size * max(1.0, who.degree)) * len(record.panel_months))
    return max(rows)


def cost_of(study: Study, in_python: bool, values: Sequence[Value], size: int) -> float:
    """Seconds that a run takes, roughly, on any machine.

    Args:
        study: what is asked.
        in_python: it is run by a user's own model.
        values: of the factors.
        size: see `size_of`.
    """
    changes: dict[str, Any] = {}
    for factor, value in zip(study.factors, values, strict=True):
        changes |= factor.settings(value)
    months = changes.get("scenario.months", study.base.months)
    members = changes.get("coalition.organisations", size)
    cost = PER_RUN + PER_MONTH * float(months) * float(members)
    return cost * (IN_PYTHON if in_python else 1.0)


def _again(folder: Path, job: Job, shard: tuple[int, int] | None, *, changed_model: bool) -> Store:
    store = Store.open(folder)
    problems = list(_differences(store.manifest, about(job, folder), changed_model=changed_model))
    if store.shard != shard:
        problems.append(f"{folder}: holds {_shard(store.shard)}, asked for is {_shard(shard)}")
    if problems:
        raise InputError(problems)
    return store


def _shard(shard: tuple[int, int] | None) -> str:
    return f"shard {shard[0]} of {shard[1]}" if shard else "a whole study"


def _differences(there: dict[str, Any], now: dict[str, Any], *, changed_model: bool) -> list[str]:
    """Why results of now may not go beside those that are there."""
    found = []
    if (
        there["study"]["toml"] != now["study"]["toml"]
        or there["scenario"]["digest"] != now["scenario"]["digest"]
    ):
        found.append(
            "the store holds another study, or this one before it was changed: choose another folder, or take more "
            "replications or points with: cisim study extend"
        )
    if there["coalition_contents"] != now["coalition_contents"]:
        found.append("the coalition files changed since the store was begun: choose another folder")
    if there["code"] != now["code"]:
        found.append(
            "the store was begun with other code (--model, --stage, --reporter): choose another folder"
        )
    if there["model"]["digest"] != now["model"]["digest"] and not changed_model:
        found.append(
            f"the model changed since the store was begun (then {there['model']['version']}, "
            f"{there['model']['digest'][:8]}; now {now['model']['version']}, {now['model']['digest'][:8]}): choose another "
            "folder, or allow results of both in one (--changed-model)"
        )
    return found


def once_more(store: Store, point: int, replication: int, code: Code | None = None) -> str | None:
    """Do one run of a study again, here.

    Args:
        store: of the study.
        point: its design point.
        replication: which one.
        code: the user's own, if the study was begun with some.

    Returns:
        What went wrong, stage, month and message; None if nothing did.

    Raises:
        InputError: there is no such run.
    """
    from cisim.study.reading import failure_in_words
    from cisim.study.task import do_task

    study, most = study_of(store), _replications(store)
    values = values_of(store, study)
    problems = []
    if not 0 <= point < len(values):
        problems.append(f"point {point}: there are points 0 to {len(values) - 1}")
    if not 0 <= replication < most:
        problems.append(f"replication {replication}: there are replications 0 to {most - 1}")
    if problems:
        raise InputError(problems)
    job = read_job(study, code)
    tables = do_task(job, [Span(point, values[point], replication, replication + 1)])
    if "failures" not in tables or not tables["failures"].num_rows:
        return None
    return failure_in_words(tables["failures"].to_pylist()[0])
