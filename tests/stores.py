"""Small stores of made-up results, without a model: what tests of the store need."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa

from cisim.study.manifest import Batch, Column, Manifest
from cisim.study.store import Store
from cisim.study.tables import bands

INDEX = [pa.field("point", pa.int64(), False), pa.field("replication", pa.int64(), False)]
MONTH = pa.field("month", pa.int64(), False)
PROGRESS = pa.field("progress", pa.float64())
SOURCE = pa.schema([*INDEX, MONTH, PROGRESS])
SCHEMAS = {
    "runs": pa.schema(
        [
            *INDEX,
            MONTH,
            pa.field("status", pa.string(), False),
            pa.field("progress", pa.float64(), metadata={"unit": "1", "meaning": "how far"}),
        ]
    ),
    "failures": pa.schema([*INDEX, pa.field("message", pa.string(), False)]),
    "bands": bands(SOURCE.empty_table()).schema,
    "bands_source": SOURCE,
}
POINTS = pa.table({"point": pa.array(range(4), pa.int64()), "staff": [0.0, 0.5, 1.5, 4.0]})
#: Four points, six replications: 8 tasks of 3 runs, two for each point.
BATCH = Batch(first_point=0, points=4, first_replication=0, replications=6, first_task=0, sizes=((8, 3),))
#: Two more replications of each point.
MORE_RUNS = Batch(first_point=0, points=4, first_replication=6, replications=2, first_task=8, sizes=((2, 4),))
#: Two more points: a task of both points, whole.
MORE_POINTS = Batch(first_point=4, points=2, first_replication=0, replications=6, first_task=8, sizes=((1, 12),))
FAILED = {(1, 2), (3, 5)}


def manifest(**changes: Any) -> Manifest:
    """The manifest of a made-up study in which nothing is done."""
    columns = {kind: tuple(map(Column.of, schema)) for kind, schema in SCHEMAS.items()}
    given: dict[str, Any] = {
        "name": "made up",
        "question": "",
        "begun": "[study]\n",
        "toml": "[study]\n# now\n",
        "scenario": "[scenario]\n",
        "coalition": "",
        "version": "1",
        "model": "0de1",
        "code": {},
        "packages": {},
        "schemas": columns,
        "batches": (BATCH,),
    }
    points = changes.pop("points", POINTS)
    return Manifest(**(given | changes)).with_digest(points)


def create(folder: Path, *, points: pa.Table = POINTS, **changes: Any) -> Store:
    """A store in which nothing is done."""
    return Store.create(folder, manifest(points=points, **changes), points)


def again(folder: Path) -> Store:
    """The store that is there."""
    return Store.open(folder)


def extend(store: Store, batch: Batch, toml: str = "more", points: pa.Table | None = None) -> None:
    """Ask a store for more runs."""
    store.change(points, batches=(*store.manifest.batches, batch), toml=toml)


def tables(store: Store, task: int) -> dict[str, pa.Table]:
    """What a worker would give for a task: two months of each run, or a failure."""
    spans = store.spans(task)
    runs = [(point, run) for point, first, last in spans for run in range(first, last)]
    good = [run for run in runs if run not in FAILED]
    rows = [
        (*run, month, *(("failed", None) if run in FAILED else ("ok", run[0] + run[1] / 7 + month)))
        for run in runs
        for month in (0, 12)
    ]
    whole = {point for point, first, last in spans if last - first == 6}
    source = [(*run, month, sum(run) / 3 + month) for run in good for month in range(2)]
    found = {
        "runs": _table("runs", rows),
        "failures": _table("failures", [(*run, f"broke {run}") for run in runs if run in FAILED]),
        "bands_source": _table("bands_source", [row for row in source if row[0] not in whole]),
        "bands": bands(_table("bands_source", [row for row in source if row[0] in whole])),
    }
    return {kind: table for kind, table in found.items() if table.num_rows or kind == "runs"}


def _table(kind: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[]] * len(SCHEMAS[kind])
    arrays = [pa.array(list(column), field.type) for column, field in zip(columns, SCHEMAS[kind], strict=True)]
    return pa.Table.from_arrays(arrays, schema=SCHEMAS[kind])


def do(store: Store, most: int | None = None, order: Callable[[list[int]], list[int]] = list) -> list[int]:
    """Do the tasks that are left, or so many of them; return which they were."""
    with store.lock():
        left = order(store.todo())[:most]
        for task in left:
            store.commit(task, tables(store, task))
    return left


def whole(folder: Path) -> Store:
    """A finished store."""
    store = create(folder)
    do(store)
    return store


def part(store: Store, task: int, kind: str = "runs") -> Path:
    """The file of a task's table."""
    (path,) = (store.folder / kind).glob(f"task-{task:07d}-*.parquet")
    return path


def files(folder: Path) -> dict[str, str]:
    """The hash of each file, but the lock."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "store.lock"
    }


@contextmanager
def snapshots(folder: Path, into: Path) -> Iterator[list[Path]]:
    """What a kill would leave at each instant: a copy of a folder when a file was written and not yet renamed, was renamed, linked, or deleted."""
    taken: list[Path] = []
    before = {"fsync": os.fsync, "link": os.link, "replace": Path.replace, "unlink": Path.unlink}

    def look() -> None:
        copy = into / f"{len(taken):04d}"
        shutil.copytree(folder, copy)
        taken.append(copy)

    def looking(name: str) -> Callable[..., Any]:
        def change(*args: Any, **options: Any) -> Any:
            if name == "fsync":
                look()
            done = before[name](*args, **options)
            if name != "fsync":
                look()
            return done

        return change

    with (
        mock.patch("os.fsync", looking("fsync")),
        mock.patch("os.link", looking("link")),
        mock.patch.object(Path, "replace", looking("replace")),
        mock.patch.object(Path, "unlink", looking("unlink")),
    ):
        yield taken
