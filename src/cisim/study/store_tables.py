"""The tables of a store, read from its files, and how much there is of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.errors import InputError
from cisim.study.asked import meant
from cisim.study.parts import FAILURES, OPEN, ORDER, SOURCE, decode, in_order, schema_from_json, shelf_name

if TYPE_CHECKING:
    import pyarrow as pa

    from cisim.study.store import Store


class Counts(NamedTuple):
    """How much of a store is done.

    Attributes:
        done: runs that are kept, failed ones included.
        failed: those among them that failed.
        runs: of the study, or of this shard.
        tasks_done: tasks that are kept.
        tasks: of the study, or of this shard.
        shelves_done: finished files of the table of runs.
        shelves: files of the table of runs that there will be.
    """

    done: int
    failed: int
    runs: int
    tasks_done: int
    tasks: int
    shelves_done: int
    shelves: int


def counts(store: Store) -> Counts:
    """See `Store.counts`."""
    layout, opened, finished = store.layout, store.opened(), store.finished()
    failed = sum(entry["failed"] for entry in finished.values())
    for named in opened.values():
        if FAILURES in named:
            import pyarrow.parquet as pq

            failed += pq.read_metadata(store.folder / OPEN / named[FAILURES]).num_rows
    done = [*map(layout.tasks_of, finished), *(range(task, task + 1) for task in opened)]
    return Counts(
        done=sum(map(layout.runs, done)),
        failed=failed,
        runs=sum(map(layout.runs, layout.mine)),
        tasks_done=sum(map(len, done)),
        tasks=sum(map(len, layout.mine)),
        shelves_done=len(finished),
        shelves=sum(1 for _ in layout.whole_shelves()),
    )


def files(store: Store, kind: str) -> list[Path]:
    """The files that hold a table: those of finished shelves, and open parts, in the order of tasks."""
    found = [
        (entry["tasks"][0], store.folder / kind / shelf_name(shelf))
        for shelf, entry in store.finished().items()
        if kind in entry["files"]
    ]
    found += [
        (task, store.folder / OPEN / named[kind]) for task, named in store.opened().items() if kind in named
    ]
    return [path for _, path in sorted(found)]


def read_part(path: Path, columns: Sequence[str] | None = None, filter: Any = None) -> pa.Table:
    """The rows of a part.

    Raises:
        InputError: it is missing or broken.
    """
    import pyarrow as pa

    try:
        return decode(path, columns, filter)
    except (OSError, pa.ArrowException) as error:
        words = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(
            f"{path}: cannot be read: {words}; cisim study verify names all that is wrong"
        ) from None


def table(
    store: Store, kind: str, columns: Sequence[str] | None, filter: Any, *, empty: bool = False
) -> pa.Table:
    """See `Store.table`."""
    import pyarrow as pa

    schema = _schema(store, kind)
    names = None if columns is None else list(columns)
    # Rows of an extended study come in the order in which they were asked for.
    sorts = len(store.batches) > 1
    more = [name for name in ORDER if name in schema.names and name not in names] if names and sorts else []
    read = [] if empty else list(pieces(store, kind, None if names is None else [*names, *more], filter))
    if not read:
        nothing = schema.empty_table()
        return nothing if names is None else nothing.select(names)
    whole = pa.concat_tables(read)
    whole = in_order(whole) if sorts else whole
    return whole.select(names) if more else whole


def pieces(
    store: Store, kind: str, columns: Sequence[str] | None = None, filter: Any = None
) -> Iterator[pa.Table]:
    """See `Store.pieces`."""
    schema = _schema(store, kind)
    for path in files(store, kind):
        part = read_part(path, columns, filter)
        yield part.cast(schema if columns is None else _only(schema, part.column_names))


def _only(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([schema.field(name) for name in names])


def _schema(store: Store, kind: str) -> pa.Schema:
    """The columns of a kind."""
    import pyarrow.parquet as pq

    if kind not in store.kinds:
        raise InputError(f"{kind}: there is no such table in {store.folder}: {meant(kind, store.kinds)}")
    said = store.manifest["schemas"].get(kind)
    if said is not None:
        return schema_from_json(said)
    # What is made when a shelf is complete is known by what was made, or by what is made of nothing.
    for path in files(store, kind):
        return pq.read_schema(path).remove_metadata()
    nothing = schema_from_json(store.manifest["schemas"][kind + SOURCE]).empty_table()
    return store.reduced(kind + SOURCE, nothing).schema
