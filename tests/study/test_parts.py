"""A part is the same bytes each time, and tells when it was changed."""

from __future__ import annotations

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cisim.study.manifest import Column
from cisim.study.parts import (
    Stamp,
    decode,
    encode,
    in_order,
    open_part,
    parse_name,
    part_name,
    read_checked,
    short_hash,
)
from stores import BATCH, SCHEMAS, tables, whole

STAMP = Stamp(study="5" * 32, kind="runs", task=4, model="0de1", batches=(BATCH,), beside={"failures": "f" * 16})


@pytest.fixture
def table(tmp_path):
    return tables(whole(tmp_path / "store"), 1)["runs"]


@pytest.fixture
def part(table):
    return encode(table, STAMP, SCHEMAS["runs"])


def test_a_part_gives_back_rows_columns_and_what_it_holds(table, part):
    assert decode(part).equals(table, check_metadata=True)
    stamp, file = open_part(part)
    assert stamp == STAMP
    assert file.schema_arrow.remove_metadata().equals(SCHEMAS["runs"].remove_metadata())
    assert decode(part, ["month"]).column_names == ["month"]


def test_the_bytes_depend_neither_on_chunks_nor_on_metadata(table, part):
    pieces = pa.concat_tables([table.slice(0, 2), table.slice(2)]).replace_schema_metadata({"a": "b"})
    assert encode(pieces, STAMP, SCHEMAS["runs"]) == part


def test_every_bit_that_is_flipped_and_every_cut_is_told(part, tmp_path):
    path = tmp_path / "part"
    for place in range(len(part)):
        path.write_bytes(part[:place] + bytes([part[place] ^ 1 << place % 8]) + part[place + 1 :])
        with pytest.raises(ValueError, match="was changed"):
            read_checked(path, short_hash(part))
        path.write_bytes(part[:place])
        with pytest.raises(ValueError, match="was changed"):
            read_checked(path, short_hash(part))


def test_a_footer_that_is_broken_is_told(part):
    for size in range(0, len(part), 3):
        with pytest.raises(ValueError, match="is no Parquet"):
            open_part(part[:size])


def test_any_other_parquet_file_is_no_part(tmp_path, table):
    pq.write_table(table, tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="is no part of a study"):
        open_part((tmp_path / "other.parquet").read_bytes())


def test_a_table_with_other_columns_is_refused(table):
    with pytest.raises(ValueError, match="runs: columns"):
        encode(table.drop_columns(["month"]), STAMP, SCHEMAS["runs"])


def test_names_say_task_and_hash(part):
    name = part_name(12, short_hash(part))
    assert parse_name(name) == (12, short_hash(part))
    assert parse_name(part_name(12_345_678, "0" * 16)) == (12_345_678, "0" * 16)


@pytest.mark.parametrize(
    "name", ["task-1-0.parquet", ".task-0000001-x.partial", "notes.txt", "task-0000001-../../../../../x.parquet"]
)
def test_other_names_are_not_those_of_parts(name):
    assert parse_name(name) is None


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_columns_come_back_from_json_with_units(schema):
    columns = [Column.model_validate_json(Column.of(field).model_dump_json()) for field in schema]
    assert pa.schema([column.field() for column in columns]).equals(schema, check_metadata=True)


def test_rows_in_order_keep_the_order_of_equals():
    table = pa.table({"point": [1, 0, 1, 0], "name": ["b", "d", "a", "c"]})
    assert in_order(table)["name"].to_pylist() == ["d", "c", "b", "a"]


def test_duckdb_and_polars_read_finished_files_as_they_are(tmp_path):
    store = whole(tmp_path / "store")
    files = str(store.folder / "runs" / "*.parquet")
    runs = store.table("runs")
    found = duckdb.sql(f"select count(*), sum(progress) from read_parquet('{files}')").fetchall()
    assert found == [(runs.num_rows, pytest.approx(sum(filter(None, runs["progress"].to_pylist()))))]
    assert pl.read_parquet(files).to_arrow()["month"].to_pylist() == runs["month"].to_pylist()
