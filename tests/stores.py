"""Small study stores with made-up results, without a model, for tests of the store."""

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
import pyarrow.compute as pc

from cisim.study.layout import Batch
from cisim.study.store import Store

ABOUT: dict[str, Any] = {
    "study": {"name": "made up", "toml": "[study]\n"},
    "scenario": {"digest": "5ce", "toml": "[scenario]\n"},
    "coalition_contents": "",
    "code": {},
    "model": {"version": "1", "digest": "0de1"},
    "versions": {},
}
INDEX = [pa.field("point", pa.int64(), False), pa.field("replication", pa.int64(), False)]
SCHEMAS = {
    "runs": pa.schema(
        [
            *INDEX,
            pa.field("month", pa.int64(), False),
            pa.field("status", pa.string(), False),
            pa.field("progress", pa.float64(), metadata={"unit": "1", "meaning": "how far"}),
        ]
    ),
    "failures": pa.schema([*INDEX, pa.field("message", pa.string(), False)]),
    "bands_source": pa.schema([*INDEX, pa.field("progress", pa.float64())]),
}
POINTS = pa.table({"point": pa.array(range(4), pa.int64()), "staff": [0.0, 0.5, 1.5, 4.0]})
#: Four points, six replications: 8 tasks of 3 runs, on shelves of 2, 4 and 2.
BATCH = Batch(0, 4, 0, 6, tuple(range(0, 24, 3)), (0, 2, 6))
#: Two more replications of each point: a shelf of 2 tasks.
MORE_RUNS = Batch(0, 4, 6, 2, (0, 4), (8,))
#: Two more points.
MORE_POINTS = Batch(4, 2, 0, 6, (0, 6), (8,))
FAILED = {(1, 2), (3, 5)}


def mean(source: pa.Table) -> pa.Table:
    """Compute a mean for bands."""
    points = pc.unique(source["point"]).to_pylist()
    means = [pc.mean(source.filter(pc.equal(source["point"], point))["progress"]).as_py() for point in points]
    return pa.table({"point": pa.array(points, pa.int64()), "mean": pa.array(means, pa.float64())})


REDUCERS = {"bands_source": ("bands", mean)}


def create(folder: Path, **changes: Any) -> Store:
    """Create a store in which no run is done."""
    given = {"about": ABOUT, "points": POINTS, "schemas": SCHEMAS, "batch": BATCH, "reducers": REDUCERS}
    return Store.create(folder, **(given | changes))


def again(folder: Path) -> Store:
    """Open the existing store."""
    return Store.open(folder, REDUCERS)


def tables(store: Store, task: int) -> dict[str, pa.Table]:
    """Make the tables that a worker would return for a task: two months of each run, or a failure."""
    runs = [(point, run) for point, first, last in store.spans(task) for run in range(first, last)]
    good = [run for run in runs if run not in FAILED]
    rows = [
        (point, run, month, "failed" if month < 0 else "ok", None if month < 0 else point + run / 7 + month)
        for point, run in runs
        for month in ((-1,) if (point, run) in FAILED else (0, 12))
    ]
    return {
        "runs": _table("runs", rows),
        "failures": _table("failures", [(*run, f"broke {run}") for run in runs if run in FAILED]),
        "bands_source": _table("bands_source", [(*run, sum(run) / 3) for run in good]),
    }


def _table(kind: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[]] * len(SCHEMAS[kind])
    return pa.table([pa.array(list(column), field.type) for column, field in zip(columns, SCHEMAS[kind], strict=True)],
                    schema=SCHEMAS[kind])  # fmt: skip


def do(store: Store, most: int | None = None, order: Callable[[list[int]], list[int]] = list) -> list[int]:
    """Do the remaining tasks, or some of them; return which."""
    with store.lock():
        left = order(list(store.todo()))[:most]
        for task in left:
            store.commit(task, tables(store, task))
    return left


def whole(folder: Path) -> Store:
    """Make a finished store."""
    store = create(folder)
    do(store)
    return store


def files(folder: Path) -> dict[str, str]:
    """Hash each file except the lock."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "store.lock"
    }


@contextmanager
def snapshots(folder: Path, into: Path) -> Iterator[list[Path]]:
    """What a kill would leave at each instant: a copy of a folder when a file was written and not yet renamed, was renamed, and was deleted."""
    taken: list[Path] = []
    before = {"fsync": os.fsync, "replace": Path.replace, "unlink": Path.unlink}

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
        mock.patch.object(Path, "replace", looking("replace")),
        mock.patch.object(Path, "unlink", looking("unlink")),
    ):
        yield taken
