"""Costs of a study: runs cut into tasks by rough estimates; hours, memory and disk estimated from a few runs tried out here."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from cisim.coalition import roster
from cisim.coalition.rosters import known_rosters
from cisim.study import designs
from cisim.study.designs import Point
from cisim.study.identity import Job, Span, read_job
from cisim.study.manifest import Batch
from cisim.study.parts import FAILURES
from cisim.study.spec import Study
from cisim.study.user_code import Code
from cisim.threads import checked_threads

#: Seconds of the engine, roughly: for each organisation and month, and for each run. They decide how runs are cut into
#: tasks, so they must not be measured: the same study has the same tasks on every machine.
PER_MONTH, PER_RUN = 1.2e-6, 3e-4
#: How much longer a model in Python takes.
IN_PYTHON = 5.0
#: Seconds of work of a task: with these a study has 16 tasks or more, and no more than some 750 while they are not longer than
#: LONGEST.
SHORTEST, USUAL, LONGEST = 0.25, 2.0, 6.0
FEWEST_TASKS, MANY_TASKS = 16, 750
#: Seconds up to which the runs of a point stay in one task where quantile bands are made of them.
LONGEST_POINT = 10.0
#: Most runs of a task, and most rows of its longest table.
MOST_RUNS, MOST_ROWS = 20_000, 2_000_000
#: Seconds that trying out may take, and points that are tried at most.
TRIAL, TRIED = 4.0, 8
#: Memory of a process that has loaded everything, and of a worker process, in bytes: what `/usr/bin/time -v` and `ps` tell of
#: `cisim study run benchmarks/million.toml`, without and with `--model`.
BASE, EACH_PROCESS = 350_000_000, 300_000_000


class Costs(NamedTuple):
    """Estimated costs of a study."""

    points: int  #: design points.
    replications: int  #: of each.
    runs: int  #: points x replications.
    tasks: int  #: pieces of work; a stop loses those that are being done.
    seconds_a_run: float  #: on one processor, on average over the design, as tried out here.
    failed_trials: int  #: runs that failed while trying out.
    first_failure: str  #: what the first of them says; empty if none failed.
    trials: int  #: runs tried out.
    hours: float  #: on `workers` processors like these.
    workers: int  #: threads or processes.
    memory: int  #: bytes at most, roughly.
    disk: int  #: bytes in the end, roughly.


def estimate(study: Study, code: Code | None = None, *, threads: int | None = None, shards: int | None = None) -> Costs:
    """Try a few runs of a study and estimate what the whole will take.

    Args:
        study: the study.
        code: a user's own.
        threads: workers; all processors by default.
        shards: jobs of a job array, each with so many workers.

    Raises:
        InputError: the design or the code is impossible.
    """
    from cisim.study.task import prepare

    job = read_job(study, code)
    in_python = job.code.model is not None
    workers = checked_threads(threads)
    values = designs.points_of(study.design, study.factors, study.seed)
    with known_rosters(job.rosters):
        batch = cut_study(study, values, range(len(values)), range(study.replications), 0, in_python=in_python)
        costs = costs_of(study, values, in_python=in_python)
    prepare(job)
    seconds, size, trials, failures = _try(job, values, costs)
    per_task = max(runs for _, runs in batch.sizes)
    return Costs(
        points=len(values),
        replications=study.replications,
        runs=batch.runs,
        tasks=batch.tasks,
        seconds_a_run=seconds,
        failed_trials=len(failures),
        first_failure=failures[0] if failures else "",
        trials=trials,
        hours=batch.runs * seconds / (workers * (shards or 1)) / 3600,
        workers=workers * (shards or 1),
        memory=int(BASE + (workers * EACH_PROCESS if in_python else 0) + 5 * size * per_task * workers),
        disk=int(batch.runs * size),
    )


def _try(job: Job, values: Sequence[Point], costs: Sequence[float]) -> tuple[float, float, int, list[str]]:
    """Return seconds and bytes of a run, runs tried, and what failed ones say, from points spread over the design."""
    import pyarrow.parquet as pq

    from cisim.study.task import do_task

    chosen = range(0, len(values), max(1, len(values) // TRIED))[:TRIED]
    do_task(job, [Span(chosen[0], values[chosen[0]], 0, 1)])  # what is loaded once does not count
    until = time.monotonic() + TRIAL
    spent, weight, runs, failures, file = 0.0, 0.0, 0, list[str](), io.BytesIO()
    for point in chosen:
        count = min(job.study.replications, max(1, int(TRIAL / TRIED / max(costs[point], 1e-4) / 4)))
        start = time.perf_counter()
        tables = do_task(job, [Span(point, values[point], 0, count, whole=True)])
        spent += time.perf_counter() - start
        weight += count * costs[point]
        runs += count
        failures += tables[FAILURES]["message"].to_pylist() if FAILURES in tables else []
        for table in tables.values():
            pq.write_table(table, file, compression="zstd")
        if time.monotonic() > until:
            break
    return spent / weight * sum(costs) / len(costs), file.tell() / runs, runs, failures


def costs_of(study: Study, values: Sequence[Point], *, in_python: bool = False) -> list[float]:
    """Estimate the seconds of a run of each point, the same on any machine; `in_python`: of a user's own model."""
    size, costs = _size_of(study), []
    for settings in map(study.settings, values):
        months = float(settings.get("scenario.months", study.base.months))
        members = float(settings.get("coalition.organisations", size))
        costs.append((PER_RUN + PER_MONTH * months * members) * (IN_PYTHON if in_python else 1.0))
    return costs


def _size_of(study: Study) -> int:
    """Return how many organisations a run has, unless a factor says so."""
    coalition = study.base.coalition
    return coalition.organisations if coalition.file is None else len(roster(study.base).names)


def cut_study(
    study: Study, values: Sequence[Point], points: range, replications: range, first_task: int, *, in_python: bool
) -> Batch:
    """Cut the runs of some points of a study into tasks; see `costs_of` and `cut`."""
    record, looks = study.record, len(study.record.panel_months)
    size, ties_each = _size_of(study), max(1.0, study.base.coalition.degree)
    rows = (
        len(record.months),
        study.base.months + 1 if record.bands or record.trajectories else 0,
        size * looks if record.organisations else 0,
        int(size * ties_each) * looks if record.ties else 0,
    )
    return cut(
        costs_of(study, values[points.start : points.stop], in_python=in_python),
        replications,
        first_point=points.start,
        first_task=first_task,
        whole_points=bool(record.bands),
        rows=max(rows),
    )


def cut(
    costs: Sequence[float],
    replications: range,
    *,
    first_point: int = 0,
    first_task: int = 0,
    whole_points: bool = False,
    rows: int = 1,
) -> Batch:
    """Cut runs into tasks of about 2 to 6 s of work, by estimates and never by clocks: a study's files depend on nothing else.

    A run of each point takes the seconds in `costs`, and has so many `rows` in the longest table, so that a task fits into memory.
    The runs of a point are kept together where `whole_points` is true and they take 10 s at most.
    """
    total = sum(costs) * len(replications)
    seconds = min(LONGEST, max(SHORTEST, min(USUAL, total / FEWEST_TASKS), total / MANY_TASKS))
    most = max(1, min(MOST_RUNS, MOST_ROWS // max(1, rows)))
    sizes: list[int] = []
    held, spent = 0, 0.0
    for cost in (max(cost, 1e-9) for cost in costs):
        left, point = len(replications), cost * len(replications)
        if whole_points and point <= LONGEST_POINT and left <= most:
            if held and (spent + point > seconds or held + left > most):
                sizes.append(held)
                held, spent = 0, 0.0
            held, spent, left = held + left, spent + point, 0
        while True:
            if held >= most or spent >= seconds:
                sizes.append(held)
                held, spent = 0, 0.0
            if not left:
                break
            size = min(left, most - held, max(1, math.ceil((seconds - spent) / cost)))
            held, spent, left = held + size, spent + size * cost, left - size
    return Batch(
        first_point=first_point,
        points=len(costs),
        first_replication=replications.start,
        replications=len(replications),
        first_task=first_task,
        sizes=tuple((len(list(same)), size) for size, same in groupby([*sizes, held] if held else sizes)),
    )
