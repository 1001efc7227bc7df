"""What came of a study: summaries by point, failures, and whole tables as one file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cisim.errors import InputError
from cisim.files import replace_file
from cisim.study.asked import meant
from cisim.study.store import Store

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: What a summary shows where nothing else is asked for.
SHOWN = ("progress",)
#: Columns of runs that are no measures.
INDEX = ("point", "replication", "seed", "identity", "month", "status", "ended")
#: Before the name of a measure, in a summary.
STANDARD_ERROR = "standard error of "
ENDINGS = (".csv", ".parquet")
#: Rows that are turned into text at once.
ROWS_AT_ONCE = 50_000


def summary(store: Store, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Mean and error over replications, by point and month.

    Args:
        store: of a study, finished or not.
        measures: names of measures; progress by default.

    Returns:
        One row per point and recorded month: point, a column for each factor, month, runs (those that did not fail), failed,
        and for each measure its mean and `standard error of MEASURE` (over runs in which it has a meaning).

    Raises:
        InputError: a measure was not recorded.
    """
    names = recorded(store, measures)
    runs = store.table("runs", columns=["point", "replication", "month", "status", *names]).to_pandas()
    points = store.points.to_pandas()
    failed = runs["status"] == "failed"
    grouped = runs.assign(runs=~failed, failed=failed).groupby(["point", "month"], sort=True)
    told = grouped[["runs", "failed"]].sum()
    for name in names:
        told[name] = grouped[name].mean()
        told[STANDARD_ERROR + name] = grouped[name].sem()
    joined: pd.DataFrame = points.merge(told.reset_index(), on="point", how="inner")
    return joined


def recorded(store: Store, names: Sequence[str] | None = None) -> list[str]:
    """Names of measures that a store has.

    Args:
        store: of a study.
        names: which are asked for; progress by default, or the first one where progress was not recorded.

    Raises:
        InputError: one was not recorded.
    """
    known = [name for name in store.table("runs", empty=True).column_names if name not in INDEX]
    if names is None:
        return [name for name in SHOWN if name in known] or known[:1]
    problems = [f"{name}: was not recorded; {meant(name, known)}" for name in names if name not in known]
    if problems:
        raise InputError(problems)
    return list(names)


def failures(store: Store, point: int) -> list[dict[str, Any]]:
    """The failed runs of a point: replication, seed, stage, month, message, scenario.

    Raises:
        InputError: there is no such point.
    """
    import pyarrow.compute as pc

    count = store.points.num_rows
    if not 0 <= point < count:
        raise InputError(f"point {point}: there are points 0 to {count - 1}")
    table = store.table("failures")
    rows: list[dict[str, Any]] = table.filter(pc.equal(table.column("point"), point)).to_pylist()
    return rows


def failure_in_words(row: Mapping[str, Any]) -> str:
    """Where and why a run failed, from a row of failures."""
    place = f"{row['stage']}, month {row['month']}" if row["month"] >= 0 else row["stage"]
    return f"{place}: {row['message']}"


def export(store: Store, kind: str, out: str | os.PathLike[str], *, overwrite: bool = False) -> int:
    """Write a whole table of a store into one file.

    Args:
        store: of a study, finished or not.
        kind: "runs", "points", "failures", or what else was recorded.
        out: NAME.csv or NAME.parquet.
        overwrite: replace a file that is there.

    Returns:
        The number of rows.

    Raises:
        InputError: there is no such table, or the file cannot be written.
    """
    from cisim.report.export import check_file

    target = Path(out)
    kinds = ["points", *store.kinds]
    problems = []
    if kind not in kinds:
        problems.append(f"{kind}: no such table here; there are {', '.join(kinds)}")
    try:
        check_file(target, ENDINGS, overwrite)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    table = store.points if kind == "points" else store.table(kind)
    try:
        replace_file(target, lambda file: _write(table, target.suffix.lower(), file))
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from error
    return int(table.num_rows)


def _write(table: pa.Table, ending: str, file: BinaryIO) -> None:
    if ending == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(table.replace_schema_metadata(), file, compression="zstd", version="2.6")
        return
    from cisim.report.export import csv_line

    file.write(csv_line(table.column_names).encode())
    for start in range(0, table.num_rows, ROWS_AT_ONCE):
        columns = [column.to_pylist() for column in table.slice(start, ROWS_AT_ONCE).columns]
        for row in zip(*columns, strict=True):
            file.write(csv_line(row).encode())
