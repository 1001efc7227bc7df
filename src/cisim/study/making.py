"""Making a store, keeping others out of it, and asking it for more."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.errors import InputError
from cisim.study import manifest as manifests
from cisim.study.layout import Batch, Shard
from cisim.study.manifest import LOCK, MANIFEST, POINTS, SCENARIO, STUDY, told
from cisim.study.parts import OPEN, RUNS, Stamp, decode, encode, schema_to_json
from cisim.study.scanning import PARTIAL
from cisim.study.shelving import write

if TYPE_CHECKING:
    import pyarrow as pa

#: What a disk says that keeps no locks.
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}


@contextmanager
def locked(folder: Path, *, needed: bool = True, reading: bool = False) -> Iterator[None]:
    """Keep other runners out of a store.

    Args:
        folder: of the store.
        needed: refuse where the disk keeps no locks. Shards have a folder each and do without.
        reading: do without where the folder cannot be written.

    Raises:
        InputError: another runner is in it, or it cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.acquire(timeout=0))
        except Timeout:
            raise InputError(
                f"{folder}: another runner is at work here: wait for its end, or stop it"
            ) from None
        except (OSError, NotImplementedError) as error:
            without = isinstance(error, NotImplementedError) or error.errno in _NO_LOCKS
            if reading:
                needed = False
            elif not without:
                words = getattr(error, "strerror", None) or error
                raise InputError(f"{folder}: cannot be written: {words}") from error
            if needed:
                raise InputError(
                    f"{folder}: this disk keeps no locks: choose a folder on another one, or run shards (--shard 1/1), "
                    f"each in a folder of its own"
                ) from None
        yield


def made(
    folder: Path,
    about: Mapping[str, Any],
    points: pa.Table,
    schemas: Mapping[str, pa.Schema],
    batch: Batch | None,
    shard: Shard | None,
) -> dict[str, Any]:
    """Make the folder of a store; its manifest comes last. See `Store.create`.

    Returns:
        The manifest.
    """
    manifest, data = begun(about, points, schemas, [batch] if batch else [], shard)
    place(folder, manifest, data)
    return manifest


def place(folder: Path, manifest: Mapping[str, Any], points: bytes) -> None:
    """Put the first files of a store into its folder.

    Raises:
        InputError: the folder holds something, or cannot be written; then it is as it was.
    """
    files = {**texts(manifest), POINTS: points}
    with told(folder):
        new = _make(folder)
    try:
        with locked(folder, needed=manifest["shard"] is None):
            _check_free(folder, files)
            try:
                for name, content in files.items():
                    write(folder / name, content)
                with told(folder):
                    (folder / OPEN).mkdir(exist_ok=True)
                manifests.write(folder, manifest)
            except BaseException:
                if new:  # under the lock, so that nothing of another runner's is taken
                    _take_back(folder, files)
                raise
    except BaseException:
        if new:
            with suppress(OSError):  # somebody's, if there is anything in it
                folder.rmdir()
        raise


def _make(folder: Path) -> bool:
    """Make a folder; whether it was not there."""
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
        return False
    return True


def begun(
    about: Mapping[str, Any],
    points: pa.Table,
    schemas: Mapping[str, pa.Schema],
    batches: list[Batch],
    shard: Shard | None,
) -> tuple[dict[str, Any], bytes]:
    """The manifest of a store in which nothing is done, and its file of points."""
    if RUNS not in schemas:
        raise ValueError(f"schemas: {RUNS} is missing")
    if taken := sorted(set(about) & set(manifests.OWN)):
        raise ValueError(f"about: {', '.join(taken)} belong to the store")
    said = {kind: schema_to_json(schema) for kind, schema in schemas.items()}
    digest = manifests.digest_of(about, points, said)
    data = encode(points, Stamp(digest, "points", 0, 0), points.schema)
    manifest = {
        **about,
        "format": manifests.FORMAT,
        "format_version": manifests.FORMAT_VERSION,
        "digest": digest,
        "points": manifests.file_said(data, points.num_rows),
        "schemas": said,
        "batches": [batch.to_json() for batch in batches],
        "shard": list(shard) if shard else None,
        "shelves": [],
    }
    return manifest, data


def texts(about: Mapping[str, Any]) -> dict[str, bytes]:
    """The files for people."""
    said = {STUDY: about.get("study"), SCENARIO: about.get("scenario")}
    return {
        name: one["toml"].encode()
        for name, one in said.items()
        if isinstance(one, Mapping) and isinstance(one.get("toml"), str)
    }


def _check_free(folder: Path, files: Mapping[str, bytes]) -> None:
    """Refuse a folder that holds anything but what a store that was being made would have left."""
    if (folder / MANIFEST).exists():
        raise InputError(f"{folder}: holds a study already")
    if manifests.has_parts(folder):
        manifests.read(folder)  # says what to do without a manifest
    for path in folder.glob(PARTIAL):
        with told(path):
            path.unlink()
    for path in sorted(folder.iterdir()):
        if path.name == LOCK or (path.name == OPEN and not any(path.iterdir())):
            continue
        if path.name not in files or path.read_bytes() != files[path.name]:
            raise InputError(f"{folder}: holds other things, such as {path.name}: choose a new folder")


def _take_back(folder: Path, files: Mapping[str, bytes]) -> None:
    """Leave nothing in a folder that could not be made; without a manifest first, lest it name what is gone."""
    with suppress(OSError):
        for name in (MANIFEST, *files, LOCK):
            (folder / name).unlink(missing_ok=True)
        (folder / OPEN).rmdir()


def with_batch(
    folder: Path, manifest: dict[str, Any], batch: Batch, points: pa.Table | None, before: pa.Table
) -> dict[str, Any]:
    """A manifest with more asked for, written; the points come first. See `Store.add_batch`."""
    there = manifests.batches_of(manifest)
    if batch.first_task != (there[-1].end if there else 0):
        raise ValueError(f"the batch begins with task {batch.first_task}")
    if any(batch.meets(other) for other in there):
        raise ValueError("the batch has runs that are in the study already")
    after = before if points is None else points
    if after.num_rows < batch.first_point + batch.points:
        raise ValueError(f"the batch goes beyond the {after.num_rows} points")
    changed = {**manifest, "batches": [*manifest["batches"], batch.to_json()]}
    if points is not None:
        if not points.slice(0, before.num_rows).cast(before.schema).equals(before):
            raise ValueError("the points that are there would be changed")
        data = _points_part(manifest, points)
        write(folder / POINTS, data)
        changed["points"] = manifests.file_said(data, points.num_rows)
    manifests.write(folder, changed)
    return changed


def _points_part(manifest: Mapping[str, Any], points: pa.Table) -> bytes:
    return encode(points, Stamp(manifest["digest"], "points", 0, 0), points.schema)


def put_points_right(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Take back points that were being added when a runner was killed.

    Raises:
        InputError: the points are not those of the study.
    """
    import pyarrow as pa

    path, said = folder / POINTS, manifest["points"]
    if manifests.there(path, said):
        return
    try:
        table = decode(path).slice(0, said["rows"])
        data = _points_part(manifest, table)
    except (OSError, pa.ArrowException):
        data = b""
    if manifests.file_said(data, said["rows"]) != said:
        raise InputError(
            f"{path}: is missing or broken; it is made again with the manifest: cisim.study.Store.rebuild"
        )
    write(path, data)
