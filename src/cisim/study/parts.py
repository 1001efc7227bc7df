"""Parts: Parquet files that say what they hold, so that one that is torn, changed or of another study is told.

The same table is the same bytes. A part's metadata names the study, the kind of table and the tasks, and has a hash of all bytes
before the footer; pages have checksums of their own.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a row group: what a reader that filters may skip.
ROW_GROUP = 200_000
#: By which the rows of all tables are in order.
ORDER = ("point", "replication", "month")
#: Where parts of tasks are whose shelf is not complete.
OPEN = "open"
#: The kind whose part says that a task is done: it is written last.
RUNS, FAILURES = "runs", "failures"
#: Ends the name of a kind that is reduced to another one when its shelf is complete.
SOURCE = "_source"
_OPEN_NAME = re.compile(r"task-(\d{7,})\.([a-z_]+)\.([0-9a-f]{16})\.parquet")
_SHELF_NAME = re.compile(r"part-(\d{6,})\.parquet")
_KEY = "cisim."
_MAGIC = b"PAR1"


class Stamp(NamedTuple):
    """What a part says of itself.

    Attributes:
        study: digest of the study.
        kind: name of the table.
        first: number of its first task.
        last: number of its last task.
        model: digest of the model that the store was begun with.
        beside: for runs, the hashes of the parts of other kinds that belong to the same tasks.
        batch: for the runs of a shelf, the batch it is of, so that a lost manifest can be made again.
    """

    study: str
    kind: str
    first: int
    last: int
    model: str = ""
    beside: Mapping[str, str] = {}
    batch: Mapping[str, Any] = {}


def open_name(task: int, kind: str, data: bytes) -> str:
    """The name of the part of a task: it has a hash of the file."""
    return f"task-{task:07d}.{kind}.{short_hash(data)}.parquet"


def shelf_name(shelf: int) -> str:
    """The name of the file of a shelf."""
    return f"part-{shelf:06d}.parquet"


def read_open_name(name: str) -> tuple[int, str, str] | None:
    """Task, kind and hash that the name of a part says; None for any other file."""
    match = _OPEN_NAME.fullmatch(name)
    return (int(match[1]), match[2], match[3]) if match else None


def read_shelf_name(name: str) -> int | None:
    """The number of the shelf that a name says; None for any other file."""
    match = _SHELF_NAME.fullmatch(name)
    return int(match[1]) if match else None


def short_hash(data: bytes) -> str:
    """16 hex digits of BLAKE2b."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def encode(table: pa.Table, stamp: Stamp, schema: pa.Schema) -> bytes:
    """A part as bytes.

    Args:
        table: its rows, in order.
        stamp: what it holds.
        schema: of the table, with units.

    Raises:
        ValueError: the table has other columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table.column_names != schema.names:
        raise ValueError(f"{stamp.kind}: columns {table.column_names}, not {schema.names}")
    plain = schema.remove_metadata()
    # One chunk, because where chunks end would show in the bytes.
    whole = table.cast(plain).combine_chunks()
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        plain,
        version="2.6",
        compression="zstd",
        use_dictionary=[field.name for field in plain if not pa.types.is_floating(field.type)],
        write_page_checksum=True,
    ) as writer:
        writer.write_table(whole, row_group_size=ROW_GROUP)
        with sink.getbuffer() as written:
            data = hashlib.blake2b(written, digest_size=16).hexdigest()
        writer.add_key_value_metadata(_said(stamp, table.num_rows, data))
    return sink.getvalue()


def _said(stamp: Stamp, rows: int, data: str) -> dict[str, str]:
    said = {
        "study": stamp.study,
        "kind": stamp.kind,
        "tasks": f"{stamp.first}-{stamp.last}",
        "model": stamp.model,
        "rows": str(rows),
        "beside": _json(stamp.beside) if stamp.kind == RUNS else "",
        "batch": _json(stamp.batch) if stamp.batch else "",
        "data": data,
    }
    return {_KEY + name: value for name, value in said.items() if value}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def stamp_of(data: bytes) -> Stamp:
    """What a part says of itself, after a look at whether it holds that.

    Raises:
        ValueError: in words, what is wrong with it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(data) < 12 or not data.startswith(_MAGIC) or not data.endswith(_MAGIC):
        raise ValueError("is no Parquet file, or not all of one")
    try:
        read = pq.read_metadata(pa.BufferReader(data))
        raw = {key.decode(): value.decode() for key, value in (read.metadata or {}).items()}
        first, last = raw[_KEY + "tasks"].split("-")
        stamp = Stamp(
            raw[_KEY + "study"],
            raw[_KEY + "kind"],
            int(first),
            int(last),
            raw.get(_KEY + "model", ""),
            json.loads(raw.get(_KEY + "beside", "{}")),
            json.loads(raw.get(_KEY + "batch", "{}")),
        )
        rows, hashed = int(raw[_KEY + "rows"]), raw[_KEY + "data"]
    except KeyError:
        raise ValueError("is no part of a study") from None
    except (ValueError, OSError, pa.ArrowException):
        raise ValueError("has a broken footer") from None
    footer = int.from_bytes(data[-8:-4], "little")
    if hashlib.blake2b(memoryview(data)[: len(data) - 8 - footer], digest_size=16).hexdigest() != hashed:
        raise ValueError("was changed: its hash is another one")
    if read.num_rows != rows:
        raise ValueError(f"has {read.num_rows:,} rows and says {rows:,}")
    return stamp


def decode(source: bytes | Path, columns: Sequence[str] | None = None, filter: Any = None) -> pa.Table:
    """The rows of a part, without what it says of itself.

    Args:
        source: a part, or where it is.
        columns: which of them; all by default.
        filter: an expression of pyarrow.compute; rows for which it holds.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(
        pa.BufferReader(source) if isinstance(source, bytes) else source,
        columns=None if columns is None else list(columns),
        filters=filter,
        page_checksum_verification=True,
        partitioning=None,
    )
    return table.replace_schema_metadata(None)


def in_order(table: pa.Table) -> pa.Table:
    """Rows in the order of point, replication and month, as far as there are such columns; equals stay as they are."""
    import pyarrow.compute as pc

    keys = [(name, "ascending") for name in ORDER if name in table.column_names]
    return table.take(pc.sort_indices(table, sort_keys=keys)) if keys and table.num_rows else table


# --- schemas in a manifest -------------------------------------------------------------------------------


def schema_to_json(schema: pa.Schema) -> list[dict[str, Any]]:
    """A schema in words: name, type, whether values may be missing, and what is said of a column."""
    return [
        {
            "name": field.name,
            "type": str(field.type),
            "nullable": field.nullable,
            **{key.decode(): value.decode() for key, value in (field.metadata or {}).items()},
        }
        for field in schema
    ]


def schema_from_json(said: Sequence[Mapping[str, Any]]) -> pa.Schema:
    """A schema as `schema_to_json` gave it."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(
                one["name"],
                pa.type_for_alias(one["type"]),
                one["nullable"],
                {key: one[key] for key in one if key not in ("name", "type", "nullable")} or None,
            )
            for one in said
        ]
    )
