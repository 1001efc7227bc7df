"""What a study will take: measured on a few of its runs, here, before anything is begun."""

from __future__ import annotations

import io
import time
from typing import NamedTuple

from cisim.seeds import plural
from cisim.study import designs
from cisim.study.code import Code
from cisim.study.factors import Value
from cisim.study.identity import Job, Span, read_job
from cisim.study.session import batch_for, cost_of, size_of
from cisim.study.study import Study
from cisim.study.task import do_task, prepare
from cisim.threads import checked_threads

#: Seconds that trying out may take.
TRIAL = 4.0
#: Points that are tried at most.
TRIED = 8
#: Memory of a process that has loaded everything, and of a worker process, in bytes: what `/usr/bin/time -v` and `ps` tell of
#: `cisim study run benchmarks/million.toml`, without and with `--model`.
BASE, EACH_PROCESS = 350_000_000, 300_000_000


class Plan(NamedTuple):
    """What a study will take.

    Attributes:
        points: design points.
        replications: of each.
        runs: points x replications.
        tasks: pieces of work that can be lost by a stop.
        files: parts of the table of runs at the end.
        seconds_a_run: on one processor, on average over the design, as tried out here.
        failed_trials: runs that failed while trying out.
        trials: runs tried out.
        hours: on `workers` processors like these.
        workers: threads or processes.
        memory: bytes at the most, roughly.
        disk: bytes in the end, roughly.
    """

    points: int
    replications: int
    runs: int
    tasks: int
    files: int
    seconds_a_run: float
    failed_trials: int
    trials: int
    hours: float
    workers: int
    memory: int
    disk: int

    def in_words(self) -> list[str]:
        """The plan, line by line."""
        lines = [
            f"{plural(self.points, 'point')} x {plural(self.replications, 'replication')}: {self.runs:,} runs, in "
            f"{plural(self.tasks, 'task')}, kept in {plural(self.files, 'file')}",
            f"{1000 * self.seconds_a_run:.3g} ms a run, as {plural(self.trials, 'run')} tried out here took",
            f"{self.hours:.2g} hours on {plural(self.workers, 'processor')} like these"
            if self.hours >= 0.1
            else f"{3600 * self.hours:.0f} s on {plural(self.workers, 'processor')} like these",
            f"{self.memory / 1e6:,.0f} MB of memory, {self.disk / 1e6:,.1f} MB on the disk, roughly",
        ]
        if self.failed_trials:
            lines.append(
                f"{self.failed_trials} of the runs tried out failed: cisim study run tells why, run by run"
            )
        return lines


def planned(
    study: Study, code: Code | None = None, *, threads: int | None = None, shards: int | None = None
) -> Plan:
    """Try a few runs of a study and tell what the whole will take.

    Args:
        study: what is asked.
        code: a user's own.
        threads: workers; all processors by default.
        shards: jobs of a job array, each with so many workers.

    Raises:
        InputError: a design or code that cannot be.
    """
    own = code or Code()
    workers = checked_threads(threads)
    values = designs.points_of(study.design, study.factors, study.seed)
    members = size_of(study)
    costs = [cost_of(study, own.model is not None, value, members) for value in values]
    batch = batch_for(study, own, values)
    job = read_job(study, own)
    prepare(job)
    seconds, size, trials, failed = _tried(job, values, costs)
    runs = len(values) * study.replications
    per_task = max(1, runs // max(1, len(batch.starts)))
    everyone = workers * (shards or 1)
    return Plan(
        points=len(values),
        replications=study.replications,
        runs=runs,
        tasks=len(batch.starts),
        files=len(batch.shelves),
        seconds_a_run=seconds,
        failed_trials=failed,
        trials=trials,
        hours=runs * seconds / everyone / 3600,
        workers=everyone,
        memory=int(BASE + (workers * EACH_PROCESS if own.model else 0) + 5 * size * per_task * workers),
        disk=int(runs * size),
    )


def _tried(job: Job, values: list[tuple[Value, ...]], costs: list[float]) -> tuple[float, float, int, int]:
    """Seconds and bytes of a run, runs tried, and failed ones, from points spread over the design."""
    step = max(1, len(values) // TRIED)
    chosen = list(range(0, len(values), step))[:TRIED]
    do_task(job, [Span(chosen[0], values[chosen[0]], 0, 1)])  # what is loaded once does not count
    until = time.monotonic() + TRIAL
    spent, weight, size, runs, failed = 0.0, 0.0, 0, 0, 0
    for point in chosen:
        count = min(job.study.replications, max(1, int(TRIAL / TRIED / max(costs[point], 1e-4) / 4)))
        began = time.perf_counter()
        tables = do_task(job, [Span(point, values[point], 0, count)])
        spent += time.perf_counter() - began
        weight += count * costs[point]
        runs += count
        failed += tables["failures"].num_rows if "failures" in tables else 0
        size += sum(_size(table) for kind, table in tables.items() if not kind.endswith("_source"))
        if time.monotonic() > until:
            break
    mean = sum(costs) / len(costs)
    return spent / weight * mean, size / runs, runs, failed


def _size(table: object) -> int:
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return len(file.getvalue())


def job_script(plan: Plan, command: str, shards: int) -> str:
    """A script for a job array under Slurm; other schedulers differ in the first lines and the name of the variable.

    Args:
        plan: of the study.
        command: that runs it.
        shards: jobs in the array.
    """
    workers = max(1, plan.workers // shards)
    hours = int(2 * plan.hours) + 1
    return f"""#!/bin/bash
#SBATCH --job-name=cisim
#SBATCH --array=1-{shards}
#SBATCH --cpus-per-task={workers}
#SBATCH --mem={max(1, round(2 * plan.memory / 1e9))}G
#SBATCH --time={hours}:00:00
# A job that is stopped goes on where it was when the same script is given again.
{command} --threads {workers} --shard "$SLURM_ARRAY_TASK_ID/{shards}" --out "shard-$SLURM_ARRAY_TASK_ID"
# When all are done: cisim study merge results shard-*
"""
