"""Parquet parts of a study store: deterministic bytes, each with its hash in its name and its task in its footer."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.errors import InputError, reason

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a row group: what a reader that filters may skip.
ROW_GROUP = 200_000
#: The order of the rows of all tables.
ORDER = ("point", "replication", "month")
RUNS, FAILURES, POINTS = "runs", "failures", "points"
_NAME = re.compile(r"task-(\d{7,12})-([0-9a-f]{16})\.parquet")
_KEY = "cisim."


class Stamp(NamedTuple):
    """Description of a part, kept in its footer.

    Attributes:
        study: digest of the study.
        kind: name of the table.
        task: number of its task.
        model: digest of the model that made it.
        batch: for runs, the batch of its task, so that a lost manifest can be written again.
        beside: for runs, the hashes of the task's parts of other kinds.
    """

    study: str
    kind: str
    task: int = 0
    model: str = ""
    batch: Mapping[str, Any] = {}
    beside: Mapping[str, str] = {}


def short_hash(data: bytes) -> str:
    """Hash bytes to 16 hexadecimal digits of BLAKE2b."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def part_name(task: int, data_hash: str) -> str:
    """Name the file of a part."""
    return f"task-{task:07d}-{data_hash}.parquet"


def parse_name(name: str) -> tuple[int, str] | None:
    """Return the task and the hash in the name of a part; None for any other file."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), match[2]) if match else None


def encode(table: pa.Table, stamp: Stamp, schema: pa.Schema) -> bytes:
    """Encode a table as a part: the same table and stamp give the same bytes.

    Raises:
        ValueError: the table has other columns than the schema.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table.column_names != schema.names:
        raise ValueError(f"{stamp.kind}: columns {table.column_names}, not {schema.names}")
    plain = schema.remove_metadata()
    # One chunk, because chunk borders would show in the bytes.
    table = table.cast(plain).combine_chunks()
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        plain,
        version="2.6",
        compression="zstd",
        use_dictionary=[field.name for field in plain if not pa.types.is_floating(field.type)],
        write_page_checksum=True,
    ) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP)
        writer.add_key_value_metadata(
            {_KEY + "stamp": json.dumps(stamp._asdict(), sort_keys=True), _KEY + "rows": str(table.num_rows)}
        )
    return sink.getvalue()


def read_stamp(data: bytes, schema: pa.Schema | None = None) -> Stamp:
    """Read the footer of a part, and check that it holds the rows and columns it should.

    Raises:
        ValueError: the part is broken; in words.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(pa.BufferReader(data))
        columns = footer.schema.to_arrow_schema()
    except (OSError, ValueError, pa.ArrowException):
        raise ValueError("is no Parquet file, or not all of one") from None
    metadata = footer.metadata or {}
    try:
        stamp = Stamp(**json.loads(metadata[f"{_KEY}stamp".encode()]))
        rows = int(metadata[f"{_KEY}rows".encode()])
    except (KeyError, TypeError, ValueError):
        raise ValueError("is no part of a study") from None
    if footer.num_rows != rows:
        raise ValueError(f"has {footer.num_rows:,} rows of {rows:,}")
    if schema is not None and not columns.remove_metadata().equals(schema.remove_metadata()):
        raise ValueError("has other columns than the study")
    return stamp


def read_checked(path: Path, data_hash: str) -> bytes:
    """Read a file whose hash is known.

    Raises:
        ValueError: it is missing, cannot be read, or was changed; in words.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ValueError("is missing") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {reason(error)}") from None
    if short_hash(data) != data_hash:
        raise ValueError("was changed: its hash is another one")
    return data


def decode(data: bytes, columns: Sequence[str] | None = None, filter: Any = None) -> pa.Table:
    """Decode the rows of a part, without its stamp.

    Args:
        data: of the part.
        columns: names of those wanted; all by default.
        filter: an expression of pyarrow.compute for the rows wanted.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = None if columns is None else list(columns)
    table = pq.read_table(pa.BufferReader(data), columns=names, filters=filter, partitioning=None)
    return table.replace_schema_metadata(None)


def read_part(path: Path, data_hash: str, columns: Sequence[str] | None = None, filter: Any = None) -> pa.Table:
    """Read the rows of a part whose hash is known; see `decode`.

    Raises:
        InputError: it is missing or broken.
    """
    import pyarrow as pa

    try:
        return decode(read_checked(path, data_hash), columns, filter)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path}: {reason(error)}; cisim study verify names all faults") from None


def in_order(table: pa.Table) -> pa.Table:
    """Sort rows by point, replication and month, as far as there are such columns; equals keep their order."""
    import pyarrow.compute as pc

    keys = [(name, "ascending") for name in ORDER if name in table.column_names]
    return table.take(pc.sort_indices(table, sort_keys=keys)) if keys and table.num_rows else table


# --- schemas in a manifest --------------------------------------------------------------------------------


def schema_to_json(schema: pa.Schema) -> list[dict[str, Any]]:
    """Describe the columns of a table: name, type, whether values may be missing, unit and meaning."""
    return [
        {
            "name": field.name,
            "type": str(field.type),
            "nullable": field.nullable,
            "about": {key.decode(): value.decode() for key, value in (field.metadata or {}).items()},
        }
        for field in schema
    ]


def schema_from_json(columns: Sequence[Mapping[str, Any]]) -> pa.Schema:
    """Make a schema of what `schema_to_json` gave.

    Raises:
        ValueError: there is no such type.
    """
    import pyarrow as pa

    fields = [
        pa.field(column["name"], pa.type_for_alias(column["type"]), column["nullable"], column["about"] or None)
        for column in columns
    ]
    return pa.schema(fields)
