"""A manifest that was lost, made again from the study and from what the parts say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.errors import InputError
from cisim.study import manifest as manifests
from cisim.study.layout import Batch, Layout, Shard
from cisim.study.making import begun, locked, texts
from cisim.study.manifest import POINTS
from cisim.study.parts import RUNS, Stamp, decode, encode, read_shelf_name, shelf_name, short_hash, stamp_of
from cisim.study.shelving import entry, write

if TYPE_CHECKING:
    import pyarrow as pa


class _Shelf(NamedTuple):
    """A finished shelf as its runs tell it."""

    stamp: Stamp
    files: dict[str, dict[str, Any]]


def rebuilt(
    folder: Path,
    about: Mapping[str, Any],
    points: pa.Table,
    schemas: Mapping[str, pa.Schema],
    batch: Batch,
    shard: Shard | None,
) -> list[str]:
    """Write the manifest of a store again; see `Store.rebuild`. A manifest that is whole stays.

    Returns:
        What is lost, in words.

    Raises:
        InputError: the parts are of another study or another model, or the folder cannot be written.
    """
    manifest, data = begun(about, points, schemas, [batch], shard)
    with locked(folder, needed=shard is None):
        if _is_there(folder, manifest):
            return []
        found, lost = _shelves(folder, manifest)
        table, data = _points(folder, manifest, points, data)
        batches = _batches(batch, found, table.num_rows)
        layout = Layout(batches, shard)
        entries, more = _entries(folder, layout, found)
        for name, content in {**texts(about), POINTS: data}.items():
            write(folder / name, content)
        manifests.write(
            folder,
            {
                **manifest,
                "batches": [one.to_json() for one in batches],
                "points": manifests.file_said(data, table.num_rows),
                "shelves": entries,
            },
        )
    return lost + more


def _is_there(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Whether the manifest is whole after all."""
    try:
        said = manifests.read(folder)
    except InputError:
        return False
    if said["digest"] != manifest["digest"] or said["shard"] != manifest["shard"]:
        raise InputError(f"{folder}: holds another study, or another shard of it, and its manifest is whole")
    return True


def _shelves(folder: Path, manifest: Mapping[str, Any]) -> tuple[dict[int, _Shelf], list[str]]:
    """The finished shelves whose files are all whole, and what is wrong with the others."""
    found, lost, other, models = {}, [], [], set()
    for path in sorted((folder / RUNS).glob("part-*.parquet")):
        shelf = read_shelf_name(path.name)
        if shelf is None:
            continue
        try:
            one = _shelf(folder, shelf)
        except ValueError as error:
            lost.append(f"{path}: {error}")
            continue
        if one.stamp.study != manifest["digest"]:
            other.append(f"{path}: is of another study, or of this one before it was changed")
            continue
        models.add(one.stamp.model)
        found[shelf] = one
    now = (manifest.get("model") or {}).get("digest", "")
    if other and not found:
        raise InputError(other)
    if models - {now}:
        raise InputError(
            f"{folder}: its parts were made by another model ({', '.join(sorted(models - {now}))[:40]}; now {now}): use that version "
            "of cisim, or choose another folder"
        )
    return found, lost + other


def _shelf(folder: Path, shelf: int) -> _Shelf:
    """A shelf from its file of runs, which names the others.

    Raises:
        ValueError: a file is not whole, in words.
    """
    data = (folder / RUNS / shelf_name(shelf)).read_bytes()
    stamp = stamp_of(data)
    if stamp.kind != RUNS:
        raise ValueError(f"holds {stamp.kind}")
    if not _made_by(data, stamp):
        raise ValueError("has a broken footer")
    files = {}
    for kind, said in stamp.beside.items():
        path = folder / kind / shelf_name(shelf)
        if not path.is_file() or short_hash(path.read_bytes()) != said:
            raise ValueError(f"{path} belongs to it, and is missing or was changed")
        beside = path.read_bytes()
        files[kind] = manifests.file_said(beside, decode(beside).num_rows)
    files[RUNS] = manifests.file_said(data, decode(data).num_rows)
    return _Shelf(stamp, files)


def _made_by(data: bytes, stamp: Stamp) -> bool:
    """Whether a part is what its rows make: its hash is of the data alone, and says nothing of a footer that was changed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = decode(data)
        made = encode(table, stamp, table.schema)
    except (OSError, ValueError, pa.ArrowException):
        return False
    by = [pq.read_metadata(pa.BufferReader(one)).created_by for one in (data, made)]
    # Another version of the writer makes other bytes of the same rows.
    return made == data or by[0] != by[1]


def _points(
    folder: Path, manifest: Mapping[str, Any], points: pa.Table, data: bytes
) -> tuple[pa.Table, bytes]:
    """The design: that which is there if the study was given more points since it began."""
    try:
        there = (folder / POINTS).read_bytes()
        if stamp_of(there).study == manifest["digest"]:
            table = decode(there)
            if table.slice(0, points.num_rows).equals(decode(data)):
                return table, there
    except (OSError, ValueError):
        pass
    return points, data


def _batches(first: Batch, found: Mapping[int, _Shelf], points: int) -> list[Batch]:
    """What was asked for: the beginning, and what finished files say came after."""
    batches = [first]
    said = {one.stamp.batch["first_task"]: one.stamp.batch for one in found.values() if one.stamp.batch}
    while batches[-1].end in said:
        batch = Batch.from_json(dict(said[batches[-1].end]))
        if batch.first_point + batch.points > points:
            raise InputError(
                f"{POINTS}: is missing or broken, and finished parts are of points that were added later"
            )
        batches.append(batch)
    return batches


def _entries(
    folder: Path, layout: Layout, found: Mapping[int, _Shelf]
) -> tuple[list[dict[str, Any]], list[str]]:
    entries, lost = [], []
    for shelf, one in sorted(found.items()):
        tasks = layout.tasks_of(shelf) if layout.has_shelf(shelf) else range(0)
        if (one.stamp.first, one.stamp.last) == (tasks.start, tasks.stop - 1):
            entries.append(entry(shelf, tasks, one.files))
        else:
            lost.append(
                f"{folder / RUNS / shelf_name(shelf)}: holds tasks that are not of this study or shard"
            )
    return entries, lost
