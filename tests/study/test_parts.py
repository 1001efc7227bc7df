"""A part is the same bytes each time, and tells when it was changed."""

from __future__ import annotations

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cisim.study.parts import (
    Stamp,
    decode,
    encode,
    in_order,
    open_name,
    read_open_name,
    read_shelf_name,
    schema_from_json,
    schema_to_json,
    shelf_name,
    stamp_of,
)
from stores import SCHEMAS, tables, whole

STAMP = Stamp("5" * 32, "runs", 4, 9, "0de1", {"failures": "f" * 16}, {"points": 3})


@pytest.fixture
def table(tmp_path):
    return tables(whole(tmp_path / "store"), 1)["runs"]


@pytest.fixture
def part(table):
    return encode(table, STAMP, SCHEMAS["runs"])


def test_a_part_gives_back_rows_columns_and_what_it_holds(table, part):
    assert decode(part).equals(table, check_metadata=True)
    assert stamp_of(part) == STAMP
    assert decode(part, ["month"]).column_names == ["month"]


def test_the_bytes_depend_neither_on_chunks_nor_on_metadata(table, part):
    pieces = pa.concat_tables([table.slice(0, 2), table.slice(2)]).replace_schema_metadata({"a": "b"})
    assert encode(pieces, STAMP, SCHEMAS["runs"]) == part


def test_every_bit_of_the_data_that_is_flipped_is_told(part):
    footer = int.from_bytes(part[-8:-4], "little")
    for place in range(len(part) - 8 - footer):
        changed = bytearray(part)
        changed[place] ^= 1 << place % 8
        with pytest.raises(ValueError, match=r"was changed|is no Parquet"):
            stamp_of(bytes(changed))


def test_a_part_that_is_cut_off_anywhere_is_told(part):
    for size in range(len(part)):
        with pytest.raises(ValueError, match=r"is no Parquet|broken|is no part|was changed"):
            stamp_of(part[:size])


def test_any_other_parquet_file_is_no_part(tmp_path, table):
    pq.write_table(table, tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="is no part of a study"):
        stamp_of((tmp_path / "other.parquet").read_bytes())


def test_a_table_with_other_columns_is_refused(table):
    with pytest.raises(ValueError, match="runs: columns"):
        encode(table.drop_columns(["month"]), STAMP, SCHEMAS["runs"])


def test_names_say_task_kind_and_hash(part):
    name = open_name(12, "runs", part)
    assert name.startswith("task-0000012.runs.")
    assert read_open_name(name)[:2] == (12, "runs")
    assert read_open_name(open_name(12_345_678, "bands_source", part))[:2] == (12_345_678, "bands_source")
    assert read_shelf_name(shelf_name(1_234_567)) == 1_234_567
    assert shelf_name(3) == "part-000003.parquet"


@pytest.mark.parametrize("name", ["task-1.runs.0.parquet", ".task-0000001.runs.x.partial", "notes.txt"])
def test_other_names_are_not_those_of_parts(name):
    assert read_open_name(name) is None
    assert read_shelf_name(name) is None


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_schemas_come_back_from_json_with_units(schema):
    assert schema_from_json(schema_to_json(schema)).equals(schema, check_metadata=True)


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
