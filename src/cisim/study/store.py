"""Folder of a study's results: a manifest, the design, and one Parquet part for each finished task and table.

A task is done when its parts are there and whole; nothing else says so. So resuming is a set difference, and putting
shards together a union of files. Parts are written under a temporary name and renamed, the table of runs last.
"""

from __future__ import annotations

import errno
import json
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cisim.errors import InputError, did_you_mean, reason, writing
from cisim.files import replace_file
from cisim.study import parts
from cisim.study.manifest import MANIFEST, Batch, Manifest, Runs, Shard, has_parts, read_manifest
from cisim.study.parts import FAILURES, ORDER, POINTS, RUNS, Stamp

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

POINTS_FILE, STUDY_FILE, SCENARIO_FILE, LOCK = "points.parquet", "study.toml", "scenario.toml", "store.lock"
BANDS, BANDS_SOURCE = "bands", "bands_source"
#: Name of a file that is being written.
PARTIAL = ".*.partial"
#: Errors of a disk that keeps no locks.
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}

Tables = Mapping[str, "pa.Table"]


class Counts(NamedTuple):
    """Progress of a study.

    Attributes:
        done: finished runs, failed ones included.
        failed: those among them that failed.
        runs: of the study, or of this shard.
        tasks_done: finished tasks.
        tasks: of the study, or of this shard.
    """

    done: int
    failed: int
    runs: int
    tasks_done: int
    tasks: int


class Part(NamedTuple):
    """Part that was read and found whole: its hash, its stamp and its number of rows."""

    hash: str
    stamp: Stamp
    rows: int


@dataclass
class Scan:
    """Parts in a folder.

    Attributes:
        done: the parts of each finished task, by kind, in the order of tasks.
        faults: broken and foreign parts, with what is wrong.
        doubles: parts of a task that is finished by other parts.
        stale: parts of a task whose runner was killed before it had written all of them.
    """

    done: dict[int, dict[str, Part]] = field(default_factory=dict)
    faults: dict[Path, str] = field(default_factory=dict)
    doubles: dict[Path, int] = field(default_factory=dict)
    stale: list[Path] = field(default_factory=list)


class Store:
    """Folder with the results of a study; made by `create`, `recover` or `open`.

    Attributes:
        folder: where it is.
        manifest: as read.
        dropped: sentences on parts that were found broken when work began; their tasks are done again.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = Path(folder), manifest
        self.dropped: list[str] = []
        self._checked: dict[Path, Part | str] = {}
        #: Finished tasks, while this runner holds the lock.
        self._done: dict[int, dict[str, Part]] | None = None

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open a store.

        Raises:
            InputError: there is none, or its manifest is missing or broken.
        """
        return cls(Path(folder), read_manifest(Path(folder)))

    @classmethod
    def create(cls, folder: Path, manifest: Manifest, points: pa.Table) -> Store:
        """Make a store in a new or empty folder.

        Args:
            folder: where.
            manifest: as `Manifest.with_digest` gave it.
            points: the design: `point`, and a column for each factor.

        Raises:
            InputError: the folder holds something, or cannot be written; then it is as it was.
        """
        folder = Path(folder)
        manifest, files = _first_files(manifest, points)
        with writing(folder):
            new = not folder.is_dir()
            folder.mkdir(exist_ok=True)
        try:
            with locked(folder, needed=manifest.shard is None):
                _check_free(folder, files)
                try:
                    _write_all(folder, files)
                except BaseException:
                    if new:  # under the lock, so that nothing of another runner's is deleted
                        with suppress(OSError):
                            for name in (*reversed(files), LOCK):
                                (folder / name).unlink(missing_ok=True)
                    raise
        except BaseException:
            if new:
                with suppress(OSError):  # another runner's, if there is anything in it
                    folder.rmdir()
            raise
        return cls(folder, manifest)

    @classmethod
    def recover(cls, folder: Path, manifest: Manifest, points: pa.Table) -> Store:
        """Write the lost manifest of a store again, from its study and from what its parts say; see `create`.

        Raises:
            InputError: the parts are of another study or model, or the folder cannot be written.
        """
        with locked(Path(folder), needed=manifest.shard is None):
            manifest, files = _first_files(*_recovered(Path(folder), manifest, points))
            _write_all(Path(folder), files)
        store = cls(Path(folder), manifest)
        store.dropped.append(f"{folder}: the manifest was missing and was made again from the parts")
        return store

    @property
    def batches(self) -> tuple[Batch, ...]:
        """Runs that were asked for, in order."""
        return self.manifest.batches

    @property
    def shard(self) -> Shard | None:
        """Part of the study that this store is for; None for all of it."""
        return self.manifest.shard

    @property
    def tasks(self) -> int:
        """Number of tasks of the study, those of other shards included."""
        return self.batches[-1].end if self.batches else 0

    @property
    def replications(self) -> int:
        """Number of replications of each point."""
        return max(batch.first_replication + batch.replications for batch in self.batches)

    @property
    def kinds(self) -> list[str]:
        """Names of the tables, without points; runs first."""
        kinds = {str(kind) for kind in self.manifest.schemas} - {BANDS_SOURCE}
        return sorted(kinds, key=lambda kind: (kind != RUNS, kind))

    @property
    def points(self) -> pa.Table:
        """Design: `point`, and a column for each factor.

        Raises:
            InputError: its file is missing or was changed.
        """
        import pyarrow as pa

        path = self.folder / POINTS_FILE
        with suppress(OSError, pa.ArrowException):
            # A runner that was killed while points were added leaves more of them than the manifest knows.
            table = parts.decode(path.read_bytes()).slice(0, self.manifest.points)
            if parts.short_hash(_points_part(self.manifest, table)) == self.manifest.points_hash:
                return table
        again = f"delete it and {MANIFEST}, and cisim study run with the study's file makes both again"
        raise InputError(f"{path}: is missing or was changed: {again}")

    def mine(self) -> list[range]:
        """Return the tasks of this shard, or all, batch by batch."""
        return [batch.mine(self.shard) for batch in self.batches]

    def spans(self, task: int) -> list[Runs]:
        """List the runs of a task: point, first replication, the one after the last."""
        return self._batch_of(task).spans(task)

    def _batch_of(self, task: int) -> Batch:
        return self.batches[bisect_right([batch.first_task for batch in self.batches], task) - 1]

    def runs_of(self, tasks: Iterable[int]) -> int:
        """Count the runs of some tasks."""
        return sum(last - first for task in tasks for _, first, last in self.spans(task))

    def counts(self) -> Counts:
        """Count what is done; broken parts do not count."""
        done = self.finished()
        failed = sum(kinds[FAILURES].rows for kinds in done.values() if FAILURES in kinds)
        runs = sum(self.runs_of(tasks) for tasks in self.mine())
        return Counts(self.runs_of(done), failed, runs, len(done), sum(map(len, self.mine())))

    # --- work ---------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runners out, and delete what a stopped runner left; may be nested.

        Raises:
            InputError: another runner has the store, or it cannot be written.
        """
        if self._done is not None:
            yield
            return
        with locked(self.folder, needed=self.shard is None):
            # Another runner may have worked here since the store was opened.
            self.manifest = read_manifest(self.folder)
            self._done = self._put_right()
            try:
                yield
            finally:
                self._done = None

    def _put_right(self) -> dict[int, dict[str, Part]]:
        """Delete leftovers and broken, double and stale parts; write changed files for people again; return what is done."""
        for path in self._leftovers():
            _unlink(path)
        self._write_changed(_first_files(self.manifest, self.points)[1])
        scan = self.scan()
        self.dropped += [f"{path}: {words}" for path, words in scan.faults.items()]
        for path in (*scan.faults, *scan.doubles, *scan.stale):
            _unlink(path)
            del self._checked[path]
        return scan.done

    def _write_changed(self, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != data:
                _write(path, data)

    def _leftovers(self) -> list[Path]:
        """List files that somebody was writing when they were stopped."""
        folders = [self.folder, *(self.folder / kind for kind in self.manifest.schemas)]
        return sorted(path for folder in folders for path in folder.glob(PARTIAL))

    def todo(self) -> list[int]:
        """List the tasks that are not done."""
        done = self.finished()
        return [task for tasks in self.mine() for task in tasks if task not in done]

    def commit(self, task: int, tables: Tables) -> None:
        """Keep the tables of a task; afterwards it is done.

        Args:
            task: its number.
            tables: by kind, with rows in the order of runs.

        Raises:
            InputError: they cannot be written; then none of them is there.
            ValueError: the tables are not those of the study.
        """
        if RUNS not in tables or not set(tables) <= set(map(str, self.manifest.schemas)):
            raise ValueError(f"tables: {sorted(tables)}, of a study with {sorted(self.manifest.schemas)}")
        with self.lock():
            assert self._done is not None
            if task in self._done:
                return
            kinds: dict[str, Part] = {}
            try:
                for kind in sorted(tables, key=lambda kind: (kind == RUNS, kind)):
                    if tables[kind].num_rows or kind == RUNS:
                        kinds[kind] = self._write_part(kind, task, tables[kind], kinds)
            except BaseException:
                for kind, part in kinds.items():
                    with suppress(OSError):
                        self.part_path(kind, task, part).unlink()
                raise
            self._done[task] = kinds

    def _write_part(self, kind: str, task: int, table: pa.Table, beside: Mapping[str, Part]) -> Part:
        stamp = Stamp(self.manifest.digest, kind, task, self.manifest.model)
        if kind == RUNS:
            batch = self._batch_of(task).model_dump(mode="json")
            stamp = stamp._replace(batch=batch, beside={kind: part.hash for kind, part in beside.items()})
        data = parts.encode(table, stamp, self.manifest.schema_of(kind))
        part = Part(parts.short_hash(data), stamp, table.num_rows)
        path = self.part_path(kind, task, part)
        _write(path, data)
        self._checked[path] = part
        return part

    def part_path(self, kind: str, task: int, part: Part) -> Path:
        """Return the path of a part."""
        return self.folder / kind / parts.part_name(task, part.hash)

    def add_batch(self, batch: Batch, toml: str, points: pa.Table | None = None) -> None:
        """Ask for more runs.

        Args:
            batch: the runs; its first task comes after the last of the store.
            toml: the study as it is now, as a file.
            points: all points, old and new, if there are new ones.

        Raises:
            InputError: the store is in use or cannot be written.
            ValueError: the batch does not fit.
        """
        with self.lock():
            before = self.points
            points = before if points is None else points
            if points.num_rows < batch.end_point:
                raise ValueError(f"the batch goes beyond the {points.num_rows} points")
            if not points.slice(0, before.num_rows).cast(before.schema).equals(before):
                raise ValueError("the points that are there would be changed")
            self._change(self.manifest.changed(batches=(*self.batches, batch), toml=toml), points)

    def describe(self, name: str, question: str, toml: str) -> None:
        """Keep another name, question or text of the same study."""
        changed = self.manifest.changed(name=name, question=question, toml=toml)
        if changed != self.manifest:
            with self.lock():
                self._change(changed, self.points)

    def _change(self, manifest: Manifest, points: pa.Table) -> None:
        """Write another manifest; the points come first, the files for people last."""
        manifest, files = _first_files(manifest, points)
        order = (POINTS_FILE, MANIFEST, STUDY_FILE, SCENARIO_FILE)
        self._write_changed({name: files[name] for name in order})
        self.manifest = manifest

    # --- what is there ------------------------------------------------------------------------------------

    def finished(self) -> dict[int, dict[str, Part]]:
        """Return the parts of each finished task, by kind."""
        return self._done if self._done is not None else self.scan().done

    def scan(self) -> Scan:
        """Read all parts: whether each is whole, of this study, and all of its task is there."""
        scan, whole = Scan(), dict[int, dict[str, dict[Path, Part]]]()
        for kind in self.manifest.schemas:
            for path in _files_in(self.folder / kind):
                name = parts.parse_name(path.name)
                if name is None:
                    continue
                if path not in self._checked:
                    self._checked[path] = self._check(path, kind, *name)
                part = self._checked[path]
                if isinstance(part, str):
                    scan.faults[path] = part
                else:
                    whole.setdefault(name[0], {}).setdefault(kind, {})[path] = part
        for task, kinds in sorted(whole.items()):
            _sort_out(task, kinds, scan)
        return scan

    def _check(self, path: Path, kind: str, task: int, data_hash: str) -> Part | str:
        """Return a part, or what is wrong with it."""
        import pyarrow as pa

        try:
            data = parts.read_checked(path, data_hash)
            stamp = parts.read_stamp(data)
            if stamp.study != self.manifest.digest:
                return "is of another study"
            if (stamp.kind, stamp.task) != (kind, task):
                return f"holds {stamp.kind} of task {stamp.task}"
            if task >= self.tasks:
                return f"is of task {task}, and the study has {self.tasks}"
            if not any(task in tasks for tasks in self.mine()):
                return f"is of task {task}, which another shard does"
            parts.read_stamp(data, self.manifest.schema_of(kind))
            table = parts.decode(data, ["point", "replication"] if kind == RUNS else ["point"])
        except (OSError, ValueError, pa.ArrowException) as error:
            return reason(error)
        if kind == RUNS and not _holds_each_once(self.spans(task), table):
            return "does not hold each run of its task once"
        return Part(data_hash, stamp, table.num_rows)

    # --- tables -------------------------------------------------------------------------------------------

    def table(
        self, kind: str, columns: Sequence[str] | None = None, filter: Any = None, *, empty: bool = False
    ) -> pa.Table:
        """Read a table of all that is done, in the order of point, replication and month.

        Args:
            kind: one of `kinds`; quantile bands only of points that are finished.
            columns: which; all by default.
            filter: an expression of pyarrow.compute.
            empty: without rows.

        Raises:
            InputError: there is no such table, or a part is broken.
        """
        import pyarrow as pa

        schema = self._schema_of(kind)
        names = schema.names if columns is None else list(columns)
        # Rows of an extended study come in the order in which they were asked for.
        sorts = len(self.batches) > 1 or kind == BANDS
        more = [name for name in ORDER if sorts and name in schema.names and name not in names]
        nothing = pa.schema([schema.field(name) for name in [*names, *more]]).empty_table()
        pieces = () if empty else self.pieces(kind, nothing.column_names, filter)
        table = pa.concat_tables([nothing, *pieces])
        return (parts.in_order(table) if sorts else table).select(names)

    def pieces(self, kind: str, columns: Sequence[str] | None = None, filter: Any = None) -> Iterator[pa.Table]:
        """Read a table part by part, in the order of tasks, so that it may be larger than memory; see `table`."""
        import pyarrow as pa

        schema = self._schema_of(kind)
        chosen = pa.schema([schema.field(name) for name in (schema.names if columns is None else columns)])
        scan = self.scan()
        if scan.faults:
            problems = [f"{path}: {words}" for path, words in scan.faults.items()]
            more = [f"and {len(problems) - 3} more broken parts"] if problems[3:] else []
            again = f"{self.folder}: cisim study run does again what is broken"
            raise InputError([*problems[:3], *more, again])
        for task, kinds in scan.done.items():
            if kind in kinds:
                path = self.part_path(kind, task, kinds[kind])
                yield parts.read_part(path, kinds[kind].hash, chosen.names, filter).cast(chosen)
        if kind == BANDS:
            bands = self._bands_of_cut_points(scan)
            yield (bands if filter is None else bands.filter(filter)).select(chosen.names)

    def _schema_of(self, kind: str) -> pa.Schema:
        if kind not in self.kinds:
            raise InputError(f"{kind}: there is no such table in {self.folder}: {did_you_mean(kind, self.kinds)}")
        return self.manifest.schema_of(kind)

    def _bands_of_cut_points(self, scan: Scan) -> pa.Table:
        """Make the bands of finished points whose runs are in several tasks."""
        import pyarrow as pa
        import pyarrow.compute as pc

        from cisim.study.tables import bands

        left = [task for task in range(self.tasks) if task not in scan.done]
        unfinished = {point for task in left for point, _, _ in self.spans(task)}
        source = pa.concat_tables(
            [
                self.manifest.schema_of(BANDS_SOURCE).empty_table(),
                *(
                    parts.read_part(self.part_path(BANDS_SOURCE, task, part), part.hash)
                    for task, kinds in scan.done.items()
                    if (part := kinds.get(BANDS_SOURCE)) is not None
                ),
            ]
        )
        wait = pc.is_in(source.column("point"), pa.array(sorted(unfinished), pa.int64()))
        return bands(parts.in_order(source.filter(pc.invert(wait)))).cast(self.manifest.schema_of(BANDS))

    def frame(self, kind: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a table as a data frame of pandas; see `table`."""
        frame: pd.DataFrame = self.table(kind, columns).to_pandas()
        return frame


def _holds_each_once(spans: Sequence[Runs], table: pa.Table) -> bool:
    points = np.repeat([point for point, _, _ in spans], [last - first for _, first, last in spans])
    runs = np.concatenate([np.arange(first, last) for _, first, last in spans])
    point, run = table.column("point").to_numpy(), table.column("replication").to_numpy()
    new = np.append(True, (np.diff(point) != 0) | (np.diff(run) != 0))[: len(point)]
    return np.array_equal(point[new], points) and np.array_equal(run[new], runs)


def _sort_out(task: int, kinds: Mapping[str, Mapping[Path, Part]], scan: Scan) -> None:
    """Take the first part with runs whose parts of other kinds are all there."""
    paths = {(kind, part.hash): path for kind, there in kinds.items() for path, part in there.items()}
    used: set[Path] = set()
    for path, part in sorted(kinds.get(RUNS, {}).items()):
        beside = part.stamp.beside
        missing = [kind for kind, data_hash in beside.items() if (kind, data_hash) not in paths]
        if missing:
            scan.faults[path] = f"is without the part with {missing[0]} that belongs to it"
        elif task not in scan.done:
            others = {kind: paths[kind, data_hash] for kind, data_hash in beside.items()}
            used = {path, *others.values()}
            scan.done[task] = {**{kind: kinds[kind][other] for kind, other in others.items()}, RUNS: part}
    for path in sorted(set(paths.values()) - used - set(scan.faults)):
        if task in scan.done:
            scan.doubles[path] = task
        else:
            scan.stale.append(path)


# --- files ------------------------------------------------------------------------------------------------


@contextmanager
def locked(folder: Path, *, needed: bool = True, reading: bool = False) -> Iterator[None]:
    """Keep other runners out of a store.

    Args:
        folder: of the store.
        needed: refuse a disk that keeps no locks; shards have a folder each and do without.
        reading: do without a lock where the folder cannot be written.

    Raises:
        InputError: another runner is in it, or it cannot be written.
    """
    from filelock import FileLock, Timeout

    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(folder / LOCK).acquire(timeout=0))
        except Timeout:
            raise InputError(f"{folder}: another runner is at work here: wait for its end, or stop it") from None
        except (OSError, NotImplementedError) as error:
            no_locks = isinstance(error, NotImplementedError) or error.errno in _NO_LOCKS
            if not no_locks and not reading:
                raise InputError(f"{folder}: cannot be written: {reason(error)}") from error
            if needed and not reading:
                raise InputError(
                    f"{folder}: this disk keeps no locks: choose a folder on another one, or run shards (--shard 1/1), "
                    f"each in a folder of its own"
                ) from None
        yield


def _files_in(folder: Path) -> list[Path]:
    """List the files of a folder that are not being written."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(path for path in folder.iterdir() if not path.match(PARTIAL))
    return []


def _write(path: Path, data: bytes) -> None:
    """Write a whole file, in a folder that may not be there yet."""
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        replace_file(path, lambda file: file.write(data))


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        _write(folder / name, data)


def _unlink(path: Path) -> None:
    with writing(path):
        path.unlink(missing_ok=True)


def _points_part(manifest: Manifest, points: pa.Table) -> bytes:
    return parts.encode(points, Stamp(manifest.digest, POINTS), points.schema)


def _first_files(manifest: Manifest, points: pa.Table) -> tuple[Manifest, dict[str, bytes]]:
    """Return the manifest with its entry of points, and the files of a store without parts, by name, the manifest last."""
    data = _points_part(manifest, points)
    manifest = manifest.changed(points=points.num_rows, points_hash=parts.short_hash(data))
    texts = {STUDY_FILE: manifest.toml.encode(), SCENARIO_FILE: manifest.scenario.encode()}
    return manifest, {**texts, POINTS_FILE: data, MANIFEST: manifest.to_text().encode()}


def _check_free(folder: Path, files: Mapping[str, bytes]) -> None:
    """Refuse a folder that holds anything but what a store that was being made would have left."""
    if (folder / MANIFEST).exists():
        raise InputError(f"{folder}: holds a study already")
    if has_parts(folder):
        read_manifest(folder)  # says what to do without a manifest
    for path in folder.glob(PARTIAL):
        _unlink(path)
    for path in sorted(folder.iterdir()):
        same = path.name in files and path.is_file() and path.read_bytes() == files[path.name]
        if path.name != LOCK and not same:
            raise InputError(f"{folder}: holds other things, such as {path.name}: choose a new folder")


def _recovered(folder: Path, manifest: Manifest, points: pa.Table) -> tuple[Manifest, pa.Table]:
    """Return the manifest with the batches that parts are of, and all points."""
    import pyarrow as pa

    if (folder / MANIFEST).exists():
        raise InputError(f"{folder}: its manifest is whole")
    batches = {batch.first_task: batch for batch in manifest.batches}
    for path in _files_in(folder / RUNS):
        task_and_hash = parts.parse_name(path.name)
        if task_and_hash is None:
            continue
        try:
            stamp = parts.read_stamp(parts.read_checked(path, task_and_hash[1]))
            batch = Batch.model_validate_json(json.dumps(stamp.batch))
        except ValueError:  # broken: it is dropped when work begins
            continue
        known = batches.setdefault(batch.first_task, batch)
        if stamp.study != manifest.digest or known != batch:
            raise InputError(f"{folder}: holds parts of another study: choose a new folder")
        if stamp.model != manifest.model:
            raise InputError(f"{folder}: holds parts of another model: choose a new folder")
    following: list[Batch] = []
    for _, batch in sorted(batches.items()):
        if batch.first_task == (following[-1].end if following else 0):
            following.append(batch)
    needed = max((batch.end_point for batch in following), default=0)
    if needed > points.num_rows:
        with suppress(OSError, ValueError, pa.ArrowException):
            more = parts.decode((folder / POINTS_FILE).read_bytes()).slice(0, needed).cast(points.schema)
            if more.slice(0, points.num_rows).equals(points):
                points = more
    if needed > points.num_rows:
        raise InputError(f"{folder / POINTS_FILE}: is missing or broken, and the study was given more points")
    return manifest.changed(batches=tuple(following)), points


# --- verification ------------------------------------------------------------------------------------------


def verify(folder: str | os.PathLike[str]) -> list[str]:
    """Read every part of a store and name all that is wrong.

    Args:
        folder: of the store.

    Returns:
        One sentence for each fault: a part that is torn, changed or of another study, a file that nothing names, a run that is
        not there or there twice. None for a store that is only not finished. `cisim.study.run` does again what is broken.

    Raises:
        InputError: a runner is at work in the store.
    """
    try:
        Store.open(Path(folder))
    except InputError as error:
        return list(error.problems)
    with locked(Path(folder), reading=True):
        store = Store.open(Path(folder))
        return [*_file_faults(store), *_part_faults(store), *_strays(store)]


def _file_faults(store: Store) -> Iterator[str]:
    try:
        files = _first_files(store.manifest, store.points)[1]
    except InputError as error:
        yield from error.problems
        return
    for name, data in files.items():
        path = store.folder / name
        try:
            parts.read_checked(path, parts.short_hash(data))
        except ValueError as error:
            yield f"{path}: {error}; the manifest is what counts, and cisim study run writes it again"


def _part_faults(store: Store) -> Iterator[str]:
    scan = store.scan()
    for path, words in scan.faults.items():
        yield f"{path}: {words}: cisim study run drops it and does its task again"
    for path in scan.stale:
        yield f"{path}: is of a task that was not finished: cisim study run drops it"
    for path, task in scan.doubles.items():
        yield f"{path}: task {task} is there twice: cisim study run drops this part"


def _strays(store: Store) -> Iterator[str]:
    for path in store._leftovers():
        yield f"{path}: was being written when its runner was stopped: cisim study run deletes it"
    for kind in store.manifest.schemas:
        for path in _files_in(store.folder / kind):
            if parts.parse_name(path.name) is None:
                yield f"{path}: is no part"
