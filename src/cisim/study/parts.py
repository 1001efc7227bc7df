"""Parquet parts of a study store: deterministic bytes, each with its hash in its name and its task in its footer."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from cisim.errors import reason
from cisim.study.manifest import PART, Batch, Count, Strict

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

#: The order of the rows of all tables.
ORDER = ("point", "replication", "month")
RUNS, FAILURES, POINTS = "runs", "failures", "points"
_STAMP = "cisim.stamp"


class Stamp(Strict):
    """Description of a part, kept in its footer."""

    study: str  #: digest of the study.
    kind: str  #: name of the table.
    task: Count = 0  #: number of its task.
    model: str = ""  #: digest of the model that made it.
    batches: tuple[Batch, ...] = ()  #: for runs, all up to its task's, which a lost manifest is written again from.
    beside: dict[str, str] = Field(default_factory=dict)  #: for runs, the hashes of the task's parts of other kinds.


def short_hash(data: bytes) -> str:
    """Hash bytes to 16 hexadecimal digits of BLAKE2b."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def part_name(task: int, data_hash: str) -> str:
    """Name the file of a part."""
    return f"task-{task:07d}-{data_hash}.parquet"


def parse_name(name: str) -> tuple[int, str] | None:
    """Return the task and the hash in the name of a part; None for any other file."""
    match = PART.fullmatch(name)
    return (int(match[1]), match[2]) if match else None


def encode(table: pa.Table, stamp: Stamp, schema: pa.Schema) -> bytes:
    """Encode a table as a part, the same table and stamp as the same bytes; ValueError if the columns are not the schema's."""
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
        writer.write_table(table, row_group_size=200_000)  # what a reader that filters may skip
        writer.add_key_value_metadata({_STAMP: stamp.model_dump_json()})
    return sink.getvalue()


def read_checked(path: Path, data_hash: str) -> bytes:
    """Read a file whose hash is known; ValueError, in words, if it is missing, cannot be read, or was changed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise ValueError("is missing" if missing else f"cannot be read: {reason(error)}") from None
    if short_hash(data) != data_hash:
        raise ValueError("was changed: its hash is another one")
    return data


def open_part(data: bytes) -> tuple[Stamp, ParquetFile]:
    """Read the footer of a part; ValueError, in words, if it is broken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
    except (OSError, ValueError, pa.ArrowException):
        raise ValueError("is no Parquet file, or not all of one") from None
    try:
        return Stamp.model_validate_json((file.metadata.metadata or {})[_STAMP.encode()]), file
    except (KeyError, ValidationError):
        raise ValueError("is no part of a study") from None


def decode(data: bytes, columns: Sequence[str] | None = None, filter: Any = None) -> pa.Table:
    """Decode a part's rows for which `filter`, of pyarrow.compute, is true; ValueError, in words, if it is broken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = None if columns is None else list(columns)
    try:
        if filter is None:  # the way through a data set takes twice as long, and a store has many small parts
            table = pq.ParquetFile(pa.BufferReader(data)).read(names, use_threads=len(data) > 1_000_000)
            table = table if names is None else table.select(names)
        else:
            table = pq.read_table(pa.BufferReader(data), columns=names, filters=filter, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(reason(error)) from None
    return table.replace_schema_metadata(None)


def in_order(table: pa.Table) -> pa.Table:
    """Sort rows by point, replication and month, as far as there are such columns; equals keep their order."""
    import pyarrow.compute as pc

    keys = [(name, "ascending") for name in ORDER if name in table.column_names]
    return table.take(pc.sort_indices(table, sort_keys=keys)) if keys and table.num_rows else table
