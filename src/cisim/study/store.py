"""The store of a study: what is done is kept at once, and whatever stops a runner, at any instant, loses nothing that is kept.

A file is written under a temporary name and renamed, so that it is whole or not there. The parts of a task are there when its
part with runs is; a shelf is finished when the manifest says so. What lies between is done again when the lock is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.study import making, shelving, store_tables
from cisim.study import manifest as manifests
from cisim.study.layout import Batch, Layout, Shard
from cisim.study.manifest import MANIFEST, POINTS
from cisim.study.parts import OPEN, RUNS, SOURCE
from cisim.study.scanning import leftovers, scan
from cisim.study.shelving import Reducers, Tables
from cisim.study.store_tables import Counts

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["MANIFEST", "Counts", "Reducers", "Store"]


class Store:
    """A folder with what came of a study; made by `create` or `open`.

    Args:
        folder: where it is.
        manifest: as read from it.
        reducers: see `create`.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], reducers: Reducers | None = None) -> None:
        self.folder = Path(folder)
        #: What was found wrong and dropped when work began, in words; its tasks are done again.
        self.dropped: list[str] = []
        self._reducers = reducers
        self._held = False
        self._open: dict[int, dict[str, str]] | None = None
        self._take(manifest)

    def _take(self, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        self._shelves = manifests.shelves_of(manifest)
        shard = manifest["shard"]
        self._layout = Layout(manifests.batches_of(manifest), (shard[0], shard[1]) if shard else None)
        self._points: pa.Table | None = None

    # --- made and found ---------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        folder: Path,
        about: Mapping[str, Any],
        points: pa.Table,
        schemas: Mapping[str, pa.Schema],
        *,
        batch: Batch | None = None,
        shard: Shard | None = None,
        reducers: Reducers | None = None,
    ) -> Store:
        """Make a store for a study.

        Args:
            folder: a new or empty one.
            about: what decides the results; it goes into the manifest. `about["study"]["toml"]` and `about["scenario"]["toml"]`
                become files for people.
            points: the design: `point`, and a column for each factor.
            schemas: the columns of each kind of table.
            batch: what is asked for; without it nothing is, until `add_batch`.
            shard: (3, 40) for the third of forty parts of the study.
            reducers: for kinds whose names end in "_source": the kind that is kept instead, and the function that makes it from
                the rows of a shelf. By default bands of quantiles are made of "bands_source".

        Raises:
            InputError: the folder holds something, or cannot be written.
        """
        manifest = making.made(Path(folder), about, points, schemas, batch, shard)
        return cls(Path(folder), manifest, reducers)

    @classmethod
    def rebuild(
        cls,
        folder: Path,
        about: Mapping[str, Any],
        points: pa.Table,
        schemas: Mapping[str, pa.Schema],
        *,
        batch: Batch,
        shard: Shard | None = None,
        reducers: Reducers | None = None,
    ) -> Store:
        """Make the manifest of a store again from what its parts say of themselves; the arguments are those of `create`.

        Raises:
            InputError: the parts are of another study or model, or the folder cannot be written.
        """
        from cisim.study.rebuilding import rebuilt

        lost = rebuilt(Path(folder), about, points, schemas, batch, shard)
        store = cls.open(folder, reducers)
        store.dropped += lost
        return store

    @classmethod
    def open(cls, folder: Path, reducers: Reducers | None = None) -> Store:
        """Find a store.

        Raises:
            InputError: there is none, or its manifest is missing or broken.
        """
        return cls(Path(folder), manifests.read(Path(folder)), reducers)

    @property
    def batches(self) -> tuple[Batch, ...]:
        """What was asked for, batch by batch."""
        return self._layout.batches

    @property
    def layout(self) -> Layout:
        """Where tasks and shelves are."""
        return self._layout

    @property
    def shard(self) -> Shard | None:
        """Which part of the study this is; None for all of it."""
        return self._layout.shard

    @property
    def tasks(self) -> int:
        """How many tasks the study has, those of other shards included."""
        return self._layout.tasks

    @property
    def kinds(self) -> list[str]:
        """The tables there are, without points; runs first."""
        found = {kind.removesuffix(SOURCE) for kind in self.manifest["schemas"]}
        return sorted(found, key=lambda kind: (kind != RUNS, kind))

    @property
    def points(self) -> pa.Table:
        """The design: `point`, and a column for each factor."""
        if self._points is None:
            # A runner that was killed while points were added leaves more of them than the manifest knows.
            self._points = store_tables.read_part(self.folder / POINTS)
        return self._points.slice(0, self.manifest["points"]["rows"])

    @property
    def shelves(self) -> dict[int, dict[str, Any]]:
        """What the manifest says of each finished shelf."""
        return dict(self._shelves)

    def opened(self) -> dict[int, dict[str, str]]:
        """The names of the open parts of each task that is done and on no finished shelf, by kind."""
        return dict(self._done())

    def finished(self) -> dict[int, dict[str, Any]]:
        """Those of `shelves` whose files are all there in their full size."""
        lost = self._lost_shelves()
        return {shelf: entry for shelf, entry in self._shelves.items() if shelf not in lost}

    def spans(self, task: int) -> list[tuple[int, int, int]]:
        """The runs of a task: point, first replication, the one after the last."""
        return self._layout.spans(range(task, task + 1))

    def counts(self) -> Counts:
        """How much is done; nothing is read but the manifest and the open parts."""
        return store_tables.counts(self)

    # --- work -------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runners away.

        Raises:
            InputError: another runner has the store, or it cannot be written.
        """
        if self._held:
            yield
            return
        with making.locked(self.folder, needed=self.shard is None):
            # Another runner may have worked here since the store was opened.
            self._take(manifests.read(self.folder))
            self._held, self._open = True, None
            try:
                yield
            finally:
                self._held, self._open = False, None

    def add_batch(self, batch: Batch, points: pa.Table | None) -> None:
        """Ask for more runs.

        Args:
            batch: the runs; its first task comes after the last of the store.
            points: all points, old and new, if there are new ones.

        Raises:
            InputError: the store is in use or cannot be written.
            ValueError: the batch does not fit.
        """
        with self.lock():
            self._take(making.with_batch(self.folder, self.manifest, batch, points, self.points))

    def todo(self) -> Iterator[int]:
        """The tasks that are not done, in order.

        Under the lock, everything that a stopped runner left is put right first: torn and foreign parts are dropped, finished
        files that are missing or of another size too, and complete shelves are finished. Without it, nothing is changed.

        Raises:
            InputError: the store cannot be written.
        """
        if self._held:
            self._open = None
        opened, lost = self._done(), set() if self._held else self._lost_shelves()
        return self._not_done(opened, lost)

    def _not_done(self, opened: Mapping[int, Any], lost: set[int]) -> Iterator[int]:
        for tasks in self._layout.mine:
            for task in tasks:
                shelf = self._layout.shelf_of(task)
                if task not in opened and (shelf not in self._shelves or shelf in lost):
                    yield task

    def commit(self, task: int, results: Tables) -> None:
        """Keep the tables of a task; afterwards it is done.

        Args:
            task: its number.
            results: its tables by kind, in the order of runs.

        Raises:
            InputError: they cannot be written; then nothing of them is there, or all of it is.
            ValueError: the tables are not those of the study.
        """
        with self.lock():
            opened = self._done()
            shelf = self._layout.shelf_of(task)
            if task in opened or shelf in self._shelves:
                return
            opened[task] = shelving.write_open(self.folder, self.manifest, task, results)
            if all(one in opened for one in self._layout.tasks_of(shelf)):
                self._finish(shelf, opened)

    def adopt(self, entries: Sequence[dict[str, Any]]) -> None:
        """Name finished shelves in the manifest whose files are in place.

        Raises:
            InputError: the store is in use or cannot be written.
        """
        with self.lock():
            self._shelves.update({entry["shelf"]: entry for entry in entries})
            self._keep_manifest()

    def drop(self, shelves: set[int]) -> None:
        """Take finished shelves away, so that their tasks are done again.

        Raises:
            InputError: the store is in use or cannot be written.
        """
        with self.lock():
            self._drop_shelves(shelves & set(self._shelves))

    def _finish(self, shelf: int, opened: dict[int, dict[str, str]]) -> None:
        """Make the files of a shelf from its open parts, then name them in the manifest, then delete the open parts."""
        self._shelves[shelf] = shelving.write_shelf(
            self.folder, self.manifest, self._layout, shelf, opened, self._reducers
        )
        self._keep_manifest()
        tasks = self._layout.tasks_of(shelf)
        self._delete([name for task in tasks for name in opened.pop(task).values()])

    def reduced(self, kind: str, table: pa.Table) -> pa.Table:
        """What is kept of a kind whose name ends in "_source"."""
        return shelving.reducer(kind, self._reducers)[1](table)

    # --- putting right ----------------------------------------------------------------------------------

    def _done(self) -> dict[int, dict[str, str]]:
        """The open parts of tasks that are done; under the lock, after all is put right."""
        if self._held:
            if self._open is None:
                self._open = self._put_right()
            return self._open
        found = scan(self.folder, self._layout, self.manifest["digest"]).done
        lost = self._lost_shelves()
        shelf_of = self._layout.shelf_of
        return {
            task: named
            for task, named in found.items()
            if shelf_of(task) not in self._shelves or shelf_of(task) in lost
        }

    def _lost_shelves(self) -> set[int]:
        """Finished shelves of which a file is missing or of another size."""
        return {
            shelf
            for shelf, entry in self._shelves.items()
            if not all(
                manifests.there(path, said)
                for path, said in manifests.shelf_paths(self.folder, entry).items()
            )
        }

    def _put_right(self) -> dict[int, dict[str, str]]:
        """Take away what a stopped runner left, and finish what it began."""
        for path in leftovers(self.folder, self.kinds):
            shelving.unlink(path)
        making.put_points_right(self.folder, self.manifest)
        found = scan(self.folder, self._layout, self.manifest["digest"])
        self._drop_shelves(self._lost_shelves())
        for name, words in found.bad.items():
            self.dropped.append(f"{self.folder / OPEN / name}: {words}")
        over = [task for task in found.done if self._layout.shelf_of(task) in self._shelves]
        kept = [name for task in over for name in found.done.pop(task).values()]
        self._delete([*found.bad, *found.stale, *found.double, *kept])
        for shelf in {self._layout.shelf_of(task) for task in found.done}:
            if all(task in found.done for task in self._layout.tasks_of(shelf)):
                self._finish(shelf, found.done)
        return found.done

    def _drop_shelves(self, lost: set[int]) -> None:
        if not lost:
            return
        entries = [self._shelves.pop(shelf) for shelf in sorted(lost)]
        self._keep_manifest()
        for entry in entries:
            for path, said in manifests.shelf_paths(self.folder, entry).items():
                if not manifests.there(path, said):
                    self.dropped.append(f"{path}: is missing or not {said['bytes']:,} bytes long")
                shelving.unlink(path)

    def _keep_manifest(self) -> None:
        self.manifest = {
            **self.manifest,
            "shelves": [self._shelves[shelf] for shelf in sorted(self._shelves)],
        }
        manifests.write(self.folder, self.manifest)

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            shelving.unlink(self.folder / OPEN / name)

    # --- tables -----------------------------------------------------------------------------------------

    def table(
        self, kind: str, columns: Sequence[str] | None = None, filter: Any = None, *, empty: bool = False
    ) -> pa.Table:
        """A table of all that is done, in the order of point, replication and month.

        Args:
            kind: one of `kinds`; quantile bands only of shelves that are complete.
            columns: which; all by default.
            filter: an expression of pyarrow.compute.
            empty: without rows.

        Raises:
            InputError: there is no such table, or a part cannot be read.
        """
        return store_tables.table(self, kind, columns, filter, empty=empty)

    def pieces(
        self, kind: str, columns: Sequence[str] | None = None, filter: Any = None
    ) -> Iterator[pa.Table]:
        """A table file by file, so that one larger than memory can be gone through; in the order of tasks.

        Args:
            kind: see `table`.
            columns: see `table`.
            filter: see `table`.

        Raises:
            InputError: there is no such table, or a part cannot be read.
        """
        return store_tables.pieces(self, kind, columns, filter)

    def frame(self, kind: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A table as pandas has it; see `table`."""
        frame: pd.DataFrame = self.table(kind, columns).to_pandas()
        return frame
