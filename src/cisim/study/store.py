"""Folder of a study's results: a manifest, the design, and one Parquet part for each finished task and table.

A task is done when its parts are there and whole; nothing else says so. So resuming is a set difference, and putting
shards together a union of files. Parts are written under a temporary name and renamed, the table of runs last.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cisim.errors import InputError, Problems, did_you_mean, one_line, printable, reason, writing
from cisim.files import replace_file
from cisim.study import parts
from cisim.study.manifest import MANIFEST, Manifest, Runs, has_parts, read_manifest
from cisim.study.parts import FAILURES, ORDER, POINTS, RUNS, Stamp

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

POINTS_FILE, STUDY_FILE, SCENARIO_FILE, LOCK = "points.parquet", "study.toml", "scenario.toml", "store.lock"
BANDS, BANDS_SOURCE = "bands", "bands_source"
#: Name of a file that is being written.
PARTIAL = ".*.partial"


class Counts(NamedTuple):
    """Progress of a study."""

    done: int  #: finished runs, failed ones included.
    failed: int  #: those among them that failed.
    runs: int  #: of the study, or of this shard.
    tasks_done: int  #: finished tasks.
    tasks: int  #: of the study, or of this shard.


class Part(NamedTuple):
    """Part that was read and found whole."""

    path: Path
    hash: str
    stamp: Stamp
    rows: int


@dataclass
class Scan:
    """Files of a store."""

    #: The parts of each finished task, by kind, runs last, in the order of tasks.
    done: dict[int, dict[str, Part]] = field(default_factory=dict)
    #: Broken and foreign parts, with what is wrong.
    faults: dict[Path, str] = field(default_factory=dict)
    #: What a stopped runner left, and parts of a task that is finished by other parts, with words for it.
    spare: dict[Path, str] = field(default_factory=dict)
    #: Files that are no parts.
    strange: list[Path] = field(default_factory=list)


class Store:
    """Folder with the results of a study; made by `create` or `open`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        #: Sentences on parts that were found broken when work began; their tasks are done again.
        self.dropped: list[str] = []
        #: What the last look found of each part.
        self._checked: dict[Path, Part | str] = {}
        #: Digest of the model of this runner, which may be another one than the store was begun with (--changed-model).
        self.model = manifest.model
        #: Finished tasks, while this runner holds the lock.
        self._done: dict[int, dict[str, Part]] | None = None
        #: What was there when somebody asked for the store as it is.
        self._seen: Scan | None = None

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open a store; InputError if there is none, or its manifest is missing or broken."""
        return cls(Path(folder), read_manifest(Path(folder)))

    @classmethod
    def create(cls, folder: Path, manifest: Manifest, points: pa.Table, *, changed_model: bool = False) -> Store:
        """Make a store in a new or empty folder; or, where parts have lost their manifest, write it again as far as they say.

        The manifest is as `Manifest.with_digest` gave it; points have `point`, and a column for each factor. With `changed_model`
        the parts may be of other models: then the manifest names that of the first one.

        Raises:
            InputError: the folder holds something else, such as parts of another study or model, or cannot be written; then it
                is as it was.
        """
        store = cls(Path(folder), manifest)
        with writing(folder):
            new = not store.folder.is_dir()
            store.folder.mkdir(exist_ok=True)
        try:
            with locked(store.folder, needed=manifest.shard is None):
                points = store._check_folder(points, changed_model=changed_model)
                try:
                    store._write_first_files(store.manifest, points)
                except BaseException:
                    if new:  # under the lock, so that nothing of another runner's is deleted
                        with suppress(OSError):
                            for name in (MANIFEST, POINTS_FILE, SCENARIO_FILE, STUDY_FILE, LOCK):
                                (store.folder / name).unlink(missing_ok=True)
                    raise
        except BaseException:
            if new:
                with suppress(OSError):  # another runner's, if there is anything in it
                    store.folder.rmdir()
            raise
        return store

    def _check_folder(self, points: pa.Table, *, changed_model: bool) -> pa.Table:
        """Refuse a folder with anything in it but parts that lost their manifest, which know of more runs and points."""
        if (self.folder / MANIFEST).exists():
            raise InputError(f"{self.folder}: holds a study already")
        if has_parts(self.folder):
            self.manifest, points = _recovered(self.folder, self.manifest, points, changed_model)
            self.dropped.append(f"{self.folder}: the manifest was missing and was made again from the parts")
        else:
            _, files = _first_files(self.manifest, points)
            for path in _files_in(self.folder):
                same = path.name in files and path.is_file() and path.read_bytes() == files[path.name]
                if path.match(PARTIAL):
                    with writing(path):
                        path.unlink(missing_ok=True)
                elif path.name != LOCK and not same:
                    raise InputError(f"{self.folder}: holds other things, such as {path.name}: choose a new folder")
        return points

    @property
    def tasks(self) -> int:
        """Number of tasks of the study, those of other shards included."""
        return max((batch.end for batch in self.manifest.batches), default=0)

    @property
    def replications(self) -> int:
        """Number of replications of each point."""
        return max(batch.first_replication + batch.replications for batch in self.manifest.batches)

    @property
    def kinds(self) -> list[str]:
        """Names of the tables, without points; runs first."""
        return [RUNS, *sorted({str(kind) for kind in self.manifest.schemas} - {RUNS, BANDS_SOURCE})]

    @property
    def points(self) -> pa.Table:
        """Design: `point`, and a column for each factor; InputError if its file is missing or was changed."""
        path = self.folder / POINTS_FILE
        with suppress(OSError, ValueError):
            # A runner that was killed while points were added leaves more of them than the manifest knows.
            table = parts.decode(path.read_bytes()).slice(0, self.manifest.points)
            if parts.short_hash(_points_part(self.manifest, table)) == self.manifest.points_hash:
                return table
        again = f"delete it and {MANIFEST}, and cisim study run with the study's file makes both again"
        raise InputError(f"{path}: is missing or was changed: {again}")

    @property
    def mine(self) -> range:
        """Tasks of this shard, every so many, so that shards take equally long; or all."""
        part, of = self.manifest.shard or (1, 1)
        return range(part - 1, self.tasks, of)

    def spans(self, task: int) -> list[Runs]:
        """List the runs of a task: point, first replication, the one after the last."""
        return next(batch for batch in self.manifest.batches if task < batch.end).spans(task)

    def runs_of(self, tasks: Iterable[int]) -> int:
        """Count the runs of some tasks."""
        return sum(last - first for task in tasks for _, first, last in self.spans(task))

    def counts(self) -> Counts:
        """Count what is done; broken parts do not count."""
        done = self.finished()
        failed = sum(kinds[FAILURES].rows for kinds in done.values() if FAILURES in kinds)
        return Counts(self.runs_of(done), failed, self.runs_of(self.mine), len(done), len(self.mine))

    def models(self) -> dict[str, int]:
        """Count the finished runs by the digest of the model that made them, that with which the store was begun first."""
        counts = {self.manifest.model: 0}
        for task, kinds in self.finished().items():
            model = kinds[RUNS].stamp.model
            counts[model] = counts.get(model, 0) + self.runs_of([task])
        return {model: runs for model, runs in counts.items() if runs}

    # --- work ---------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runners out, delete what a stopped runner left or is broken, and write changed files for people again.

        May be nested. InputError if another runner has the store, or it cannot be written.
        """
        if self._done is not None:
            yield
            return
        with locked(self.folder, needed=self.manifest.shard is None):
            # Another runner may have worked here since the store was opened.
            self.manifest = read_manifest(self.folder)
            scan = self.scan()
            self.dropped += [f"{path}: {words}" for path, words in scan.faults.items()]
            for path in (*scan.spare, *scan.faults):
                with writing(path):
                    path.unlink(missing_ok=True)
                self._checked.pop(path, None)
            self._write_first_files(self.manifest, self.points)
            self._done = scan.done
            try:
                yield
            finally:
                self._done = None

    def todo(self) -> list[int]:
        """List the tasks that are not done."""
        done = self.finished()
        return [task for task in self.mine if task not in done]

    def commit(self, task: int, tables: Mapping[str, pa.Table]) -> None:
        """Keep the tables of a task: that of runs, and others that have rows, by kind. Afterwards it is done.

        InputError if they cannot be written: then the task is not done, and the next runner deletes what was written.
        ValueError if they are not tables of the study.
        """
        if RUNS not in tables or not set(tables) <= set(map(str, self.manifest.schemas)):
            raise ValueError(f"tables: {sorted(tables)}, of a study with {sorted(self.manifest.schemas)}")
        with self.lock():
            assert self._done is not None
            if task in self._done:
                return
            kinds: dict[str, Part] = {}
            for kind in (*sorted(set(tables) - {RUNS}), RUNS):
                more: dict[str, Any] = {}
                if kind == RUNS:
                    batches = [batch for batch in self.manifest.batches if batch.first_task <= task]
                    more = {"batches": tuple(batches), "beside": {kind: part.hash for kind, part in kinds.items()}}
                stamp = Stamp(study=self.manifest.digest, kind=kind, task=task, model=self.model, **more)
                data = parts.encode(tables[kind], stamp, self.manifest.schema_of(kind))
                data_hash = parts.short_hash(data)
                path = self.folder / kind / parts.part_name(task, data_hash)
                _write(path, data)
                self._checked[path] = kinds[kind] = Part(path, data_hash, stamp, tables[kind].num_rows)
            self._done[task] = kinds

    def change(self, points: pa.Table | None = None, **changes: Any) -> None:
        """Change the manifest: ask for more runs, with all points if there are new ones, or keep another name, question or text.

        InputError if the store is in use or cannot be written, ValueError if the batches or the points do not fit.
        """
        with self.lock():
            before, manifest = self.points, self.manifest.changed(**changes)
            points = before if points is None else points
            needed = max(batch.end_point for batch in manifest.batches)
            if points.num_rows < needed:
                raise ValueError(f"the batch goes beyond the {points.num_rows} points")
            if not points.slice(0, before.num_rows).cast(before.schema).equals(before):
                raise ValueError("the points that are there would be changed")
            self._write_first_files(manifest, points)

    def _write_first_files(self, manifest: Manifest, points: pa.Table) -> None:
        """Write the files of a store without parts, as far as they are other ones; the manifest, which is what counts, last."""
        manifest, files = _first_files(manifest, points)
        for name, data in files.items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != data:
                _write(path, data)
        self.manifest = manifest

    # --- what is there ------------------------------------------------------------------------------------

    def finished(self) -> dict[int, dict[str, Part]]:
        """Return the parts of each finished task, by kind."""
        return self._done if self._done is not None else self.scan().done

    def as_it_is(self) -> Store:
        """Return the store as it is now, to be read: what a runner finishes meanwhile is not in its tables and counts."""
        now = Store(self.folder, self.manifest)
        now._seen = self.scan()
        return now

    def scan(self) -> Scan:
        """Read all parts: whether each is whole, of this study, and all of its task is there."""
        if self._seen is not None:
            return self._seen
        scan = self._look()
        if scan.faults and self._done is None:
            # What a runner deleted since the folder was listed is no fault.
            for path in scan.faults:
                self._checked.pop(path, None)
            scan = self._look()
        return scan

    def _look(self) -> Scan:
        scan, whole = Scan(), dict[Path, Part]()
        # A task's part with runs is written last: listed first, it is never seen without the others.
        for kind in ("", RUNS, *(kind for kind in self.manifest.schemas if kind != RUNS)):
            for path in _files_in(self.folder / kind):
                name = parts.parse_name(path.name)
                if path.match(PARTIAL):
                    scan.spare[path] = "was being written when its runner was stopped"
                elif kind and (name is None or not path.is_file()):
                    scan.strange.append(path)
                elif kind and name:
                    part = self._checked[path] = self._checked.get(path) or self._check(path, kind, *name)
                    if isinstance(part, str):
                        scan.faults[path] = part
                    else:
                        whole[path] = part
        used: set[Path] = set()
        for path, part in sorted(whole.items(), key=lambda each: (each[1].stamp.task, each[0])):
            if (task := part.stamp.task) not in scan.done and part.stamp.kind == RUNS:
                hashes = part.stamp.beside.items()
                beside = {kind: self.folder / kind / parts.part_name(task, data_hash) for kind, data_hash in hashes}
                lost = [kind for kind, other in beside.items() if other not in whole]
                if lost:
                    scan.faults[path] = f"is without the part with {lost[0]} that belongs to it"
                else:
                    scan.done[task] = {**{kind: whole[other] for kind, other in beside.items()}, RUNS: part}
                    used |= {path, *beside.values()}
        for path in sorted(set(whole) - used - set(scan.faults)):
            twice = f"task {whole[path].stamp.task} is there twice" if whole[path].stamp.task in scan.done else ""
            scan.spare[path] = twice or "is of a task that was not finished"
        return scan

    def _check(self, path: Path, kind: str, task: int, data_hash: str) -> Part | str:
        """Return a part, or what is wrong with it."""
        try:
            data = parts.read_checked(path, data_hash)
            stamp, file = parts.open_part(data)
            if stamp.study != self.manifest.digest:
                return "is of another study"
            if (stamp.kind, stamp.task) != (kind, task):
                return f"holds {stamp.kind} of task {stamp.task}"
            if task >= self.tasks:
                return f"is of task {task}, and the study has {self.tasks}"
            if task not in self.mine:
                return f"is of task {task}, which another shard does"
            if not file.schema_arrow.remove_metadata().equals(self.manifest.schema_of(kind).remove_metadata()):
                return "has other columns than the study"
            if kind == RUNS and not _holds_each_once(self.spans(task), parts.decode(data, ["point", "replication"])):
                return "does not hold each run of its task once"
        except ValueError as error:
            return str(error)
        return Part(path, data_hash, stamp, file.metadata.num_rows)

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

        if kind not in self.kinds:
            raise InputError(f"{kind}: there is no such table in {self.folder}: {did_you_mean(kind, self.kinds)}")
        schema = self.manifest.schema_of(kind)
        names = schema.names if columns is None else list(columns)
        # Rows of an extended study come in the order in which they were asked for.
        sorts = len(self.manifest.batches) > 1 or kind == BANDS
        more = [name for name in ORDER if sorts and name in schema.names and name not in names]
        nothing = schema.empty_table().select([*names, *more])
        pieces = [nothing]
        if not empty:
            scan = self.scan()
            if scan.faults:
                again = f"{self.folder}: cisim study run does again what is broken"
                Problems([again, *(f"{path}: {words}" for path, words in scan.faults.items())]).check(str(self.folder))
            found = [kinds[kind] for kinds in scan.done.values() if kind in kinds]
            pieces += [_read(part, nothing.column_names, filter).cast(nothing.schema) for part in found]
            if kind == BANDS:
                bands = self._bands_of_cut_points(scan)
                pieces.append((bands if filter is None else bands.filter(filter)).select(nothing.column_names))
        table = pa.concat_tables(pieces)
        return (parts.in_order(table) if sorts else table).select(names)

    def _bands_of_cut_points(self, scan: Scan) -> pa.Table:
        """Make the bands of finished points whose runs are in several tasks."""
        import pyarrow as pa
        import pyarrow.compute as pc

        from cisim.study.tables import bands

        left = [task for task in range(self.tasks) if task not in scan.done]
        unfinished = sorted({point for task in left for point, _, _ in self.spans(task)})
        pieces = [_read(kinds[BANDS_SOURCE]) for kinds in scan.done.values() if BANDS_SOURCE in kinds]
        source = pa.concat_tables([self.manifest.schema_of(BANDS_SOURCE).empty_table(), *pieces])
        wait = pc.is_in(source.column("point"), pa.array(unfinished, pa.int64()))
        try:
            return bands(parts.in_order(source.filter(pc.invert(wait)))).cast(self.manifest.schema_of(BANDS))
        except (ValueError, pa.ArrowException) as error:
            raise InputError(f"{self.folder / MANIFEST}: {BANDS}: {printable(one_line(error))}") from None

    def frame(self, kind: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a table as a data frame of pandas; see `table`."""
        frame: pd.DataFrame = self.table(kind, columns).to_pandas()
        return frame


def _read(part: Part, columns: Sequence[str] | None = None, filter: Any = None) -> pa.Table:
    try:
        return parts.decode(parts.read_checked(part.path, part.hash), columns, filter)
    except ValueError as error:
        raise InputError(f"{part.path}: {error}; cisim study verify names all faults") from None


def _holds_each_once(spans: Sequence[Runs], table: pa.Table) -> bool:
    points = np.repeat([point for point, _, _ in spans], [last - first for _, first, last in spans])
    runs = np.concatenate([np.arange(first, last) for _, first, last in spans])
    months = len(table) // len(runs)
    there = (table.column(name).to_numpy() for name in ("point", "replication"))
    return months > 0 and all(map(np.array_equal, there, (np.repeat(points, months), np.repeat(runs, months))))


# --- files ------------------------------------------------------------------------------------------------


@contextmanager
def locked(folder: Path, *, needed: bool = True, reading: bool = False) -> Iterator[None]:
    """Keep other runners out of a store; refuse one in which another runner is, or that cannot be written.

    A disk that keeps no locks is refused where one is `needed`; shards, which have a folder each, do without. Where the folder
    cannot be written, `reading` does without.
    """
    from filelock import FileLock, Timeout

    lock: AbstractContextManager[Any] = nullcontext()
    try:
        lock = FileLock(folder / LOCK).acquire(timeout=0)
    except Timeout:
        raise InputError(f"{folder}: another runner is at work here: wait for its end, or stop it") from None
    except (OSError, NotImplementedError) as error:
        if not reading:
            no_locks = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
            if isinstance(error, OSError) and error.errno not in no_locks:
                raise InputError(f"{folder}: cannot be written: {reason(error)}") from error
            if needed:
                words = "choose a folder on another one, or run shards (--shard 1/1), each in a folder of its own"
                raise InputError(f"{folder}: this disk keeps no locks: {words}") from None
    with lock:
        yield


def _files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _write(path: Path, data: bytes) -> None:
    """Write a whole file, in a folder that may not be there yet."""
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        replace_file(path, lambda file: file.write(data), sweep=False)


def _first_files(manifest: Manifest, points: pa.Table) -> tuple[Manifest, dict[str, bytes]]:
    """Return the manifest with its entry of points, and the files of a store without parts, by name, the manifest last."""
    data = _points_part(manifest, points)
    manifest = manifest.changed(points=points.num_rows, points_hash=parts.short_hash(data))
    texts = {STUDY_FILE: manifest.toml.encode(), SCENARIO_FILE: manifest.scenario.encode()}
    return manifest, {**texts, POINTS_FILE: data, MANIFEST: manifest.to_text().encode()}


def _points_part(manifest: Manifest, points: pa.Table) -> bytes:
    return parts.encode(points, Stamp(study=manifest.digest, kind=POINTS), points.schema)


def _recovered(folder: Path, manifest: Manifest, points: pa.Table, changed_model: bool) -> tuple[Manifest, pa.Table]:
    """Return the manifest with the batches that parts are of and the model of the first, and all points."""
    import pyarrow as pa

    batches, models = manifest.batches, dict[str, None]()
    for path in _files_in(folder / RUNS):
        try:
            _, data_hash = parts.parse_name(path.name) or (0, "")
            stamp, _ = parts.open_part(parts.read_checked(path, data_hash))
        except ValueError:  # broken: it is dropped when work begins
            continue
        if stamp.study != manifest.digest or stamp.batches[: len(batches)] != batches[: len(stamp.batches)]:
            raise InputError(f"{folder}: holds parts of another study: choose a new folder")
        batches = max(batches, stamp.batches, key=len)
        models[stamp.model] = None
    if (others := [model[:8] for model in models if model != manifest.model]) and not changed_model:
        allow = "choose a new folder, or allow results of all in one (cisim study run --changed-model)"
        raise InputError(
            f"{folder}: holds parts of another model ({', '.join(others)}; now {manifest.model[:8]}): {allow}"
        )
    needed = max(batch.end_point for batch in batches)
    if needed > points.num_rows:
        with suppress(OSError, ValueError, pa.ArrowException):
            more = parts.decode((folder / POINTS_FILE).read_bytes()).slice(0, needed).cast(points.schema)
            if more.slice(0, points.num_rows).equals(points):
                points = more
    if needed > points.num_rows:
        raise InputError(f"{folder / POINTS_FILE}: is missing or broken, and the study was given more points")
    return manifest.changed(batches=batches, model=next(iter(models), manifest.model)), points


def verify(folder: str | os.PathLike[str]) -> list[str]:
    """Read every part of a store and name all that is wrong.

    Returns:
        One sentence for each fault: a part that is torn, changed or of another study, a file that nothing names, a run that is
        not there or there twice. None for a store that is only not finished. `cisim.study.run` does again what is broken.

    Raises:
        InputError: a runner is at work in the store.
    """
    folder, problems = Path(folder), Problems()
    with problems.collected():
        Store.open(folder)
    if problems:
        return problems
    with locked(folder, reading=True), problems.collected():
        store = Store.open(folder)
        scan = store.scan()
        again = "cisim study run drops it and does its task again"
        problems += [f"{path}: {words}: {again}" for path, words in scan.faults.items()]
        problems += [f"{path}: {words}: cisim study run deletes it" for path, words in scan.spare.items()]
        problems += [f"{path}: is no part" for path in scan.strange]
        for name, data in _first_files(store.manifest, store.points)[1].items():
            try:
                parts.read_checked(folder / name, parts.short_hash(data))
            except ValueError as error:
                again = "the manifest is what counts, and cisim study run writes it again"
                problems.append(f"{folder / name}: {error}; {again}")
    return problems
