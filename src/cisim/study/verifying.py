"""Whether a store holds what it says: every part is read, and every fault named."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.errors import InputError
from cisim.report.format import plural
from cisim.study import manifest as manifests
from cisim.study.making import locked, texts
from cisim.study.manifest import POINTS
from cisim.study.parts import OPEN, RUNS, Stamp, decode, read_open_name, schema_from_json, stamp_of
from cisim.study.scanning import leftovers, scan
from cisim.study.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


def verify(folder: str | os.PathLike[str], *, drop: bool = False) -> list[str]:
    """Read every part of a store and name all that is wrong.

    Args:
        folder: of the store.
        drop: take away finished files in which something is wrong, so that their tasks are done again.

    Returns:
        One sentence for each fault: a file that is missing, torn, changed or of another study, one that nothing names, a run that
        is not there or there twice. None for a store that is only not finished.

    Raises:
        InputError: a runner is at work in the store; or it cannot be written, and `drop` is asked for.
    """
    place = Path(folder)
    try:
        store = Store.open(place)
    except InputError as error:
        return list(error.problems)
    with locked(place, needed=False, reading=True):
        store = Store.open(place)
        found = [*_around(store), *_points(store)]
        broken = set()
        for shelf, entry in store.shelves.items():
            if problems := list(_shelf(store, shelf, entry)):
                broken.add(shelf)
                found += problems
        found += [*_open(store, broken), *_strays(store)]
    if drop and broken:
        store.drop(broken)
    return found


def _around(store: Store) -> Iterator[str]:
    """The files for people."""
    for name, text in texts(store.manifest).items():
        path = store.folder / name
        try:
            if path.read_bytes() != text:
                yield f"{path}: is not what the manifest says; the manifest is what counts"
        except OSError as error:
            yield f"{path}: {_unread(error)}; the manifest has its text"


def _points(store: Store) -> Iterator[str]:
    """The design."""
    path, said = store.folder / POINTS, store.manifest["points"]
    data = _read(path)
    if isinstance(data, str):
        yield f"{path}: {data}"
    elif manifests.file_said(data, said["rows"]) != said:
        yield f"{path}: was changed: its size or hash is not that in the manifest"
    if said["rows"] != store.layout.points:
        yield f"{path}: {said['rows']} points, of {store.layout.points} that are asked for"


def _read(path: Path) -> bytes | str:
    """A file, or why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        return _unread(error)


def _unread(error: OSError) -> str:
    return (
        "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror or error}"
    )


# --- finished files --------------------------------------------------------------------------------------


def _shelf(store: Store, shelf: int, entry: Mapping[str, Any]) -> Iterator[str]:
    layout = store.layout
    if not layout.has_shelf(shelf):
        yield f"{store.folder / manifests.MANIFEST}: names shelf {shelf}, which is not of this study or shard"
        return
    tasks = layout.tasks_of(shelf)
    again = f": delete it, and cisim study run does its {plural(len(tasks), 'task')} again"
    if RUNS not in entry["files"] or entry["tasks"] != [tasks.start, tasks.stop - 1]:
        yield f"{store.folder / manifests.MANIFEST}: says of shelf {shelf} what cannot be"
    for path, said in manifests.shelf_paths(store.folder, entry).items():
        data = _read(path)
        problem = data if isinstance(data, str) else _file(store, path.parent.name, tasks, data, said)
        if problem == "is missing":
            yield f"{path}: is missing: cisim study run does its {plural(len(tasks), 'task')} again"
        elif problem:
            yield f"{path}: {problem}{again}"


def _file(store: Store, kind: str, tasks: range, data: bytes, said: Mapping[str, Any]) -> str | None:
    """What is wrong with a finished file."""
    if len(data) != said["bytes"]:
        return f"has {len(data):,} bytes of {said['bytes']:,}"
    try:
        stamp = stamp_of(data)
    except ValueError as error:
        return str(error)
    if stamp.study != store.manifest["digest"]:
        return "is of another study"
    if (stamp.kind, stamp.first, stamp.last) != (kind, tasks.start, tasks.stop - 1):
        return f"holds {stamp.kind} of tasks {stamp.first} to {stamp.last}"
    if hashlib.sha256(data).hexdigest() != said["sha256"]:
        return "was changed: its hash is not that in the manifest"
    return _content(store, stamp, tasks, data, said["rows"])


def _content(store: Store, stamp: Stamp, tasks: range, data: bytes, rows: int | None) -> str | None:
    """What is wrong with the rows of a part."""
    import pyarrow as pa

    try:
        table = decode(data)
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read: {str(error).splitlines()[0]}"
    said = store.manifest["schemas"].get(stamp.kind)
    if said is not None and not table.schema.equals(schema_from_json(said), check_metadata=True):
        return "has other columns than the study"
    if rows is not None and table.num_rows != rows:
        return f"has {table.num_rows:,} rows of {rows:,}"
    if stamp.kind == RUNS and not _each_once(store, tasks, table):
        return "does not hold each run of its tasks once"
    return None


def _each_once(store: Store, tasks: range, table: pa.Table) -> bool:
    """Whether the runs of a table are those of its tasks, in order."""
    import numpy as np

    spans = store.layout.spans(tasks)
    points = np.repeat([point for point, _, _ in spans], [last - first for _, first, last in spans])
    runs = np.concatenate([np.arange(first, last) for _, first, last in spans])
    point, run = table.column("point").to_numpy(), table.column("replication").to_numpy()
    if not len(point):
        return False
    new = np.concatenate(([True], (np.diff(point) != 0) | (np.diff(run) != 0)))
    return np.array_equal(point[new], points) and np.array_equal(run[new], runs)


# --- open parts, and what nothing names ------------------------------------------------------------------


def _open(store: Store, broken: set[int]) -> Iterator[str]:
    layout, folder = store.layout, store.folder / OPEN
    found = scan(store.folder, layout, store.manifest["digest"])
    for name, words in found.bad.items():
        yield f"{folder / name}: {words}: cisim study run drops it"
    for name in found.stale:
        yield f"{folder / name}: is of a task that was not finished: cisim study run drops it"
    for name, task in found.double.items():
        yield f"{folder / name}: task {task} is in two places: other parts have it too"
    for task, named in sorted(found.done.items()):
        shelf = layout.shelf_of(task)
        if shelf in store.shelves and shelf not in broken:
            yield (
                f"{folder / named[RUNS]}: task {task} is in two places: here and in the file of shelf {shelf}; cisim study run "
                "drops this one"
            )
        for kind, name in named.items():
            data = (folder / name).read_bytes()
            stamp = Stamp(store.manifest["digest"], kind, task, task)
            if problem := _content(store, stamp, range(task, task + 1), data, None):
                yield f"{folder / name}: {problem}"


def _strays(store: Store) -> Iterator[str]:
    """Files that the manifest does not name."""
    for path in leftovers(store.folder, store.kinds):
        yield f"{path}: was being written when its runner was stopped: cisim study run deletes it"
    named = {path for entry in store.shelves.values() for path in manifests.shelf_paths(store.folder, entry)}
    for kind in store.kinds:
        for path in _files(store.folder / kind):
            if path not in named:
                yield f"{path}: is nowhere in the manifest"
    for path in _files(store.folder / OPEN):
        if read_open_name(path.name) is None:
            yield f"{path}: is no part"


def _files(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return sorted(path for path in folder.iterdir() if not path.match(".*.partial"))
    return []
