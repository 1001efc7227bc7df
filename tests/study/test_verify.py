"""Whatever is wrong with a store is named, and nothing that is right."""

from __future__ import annotations

import io
import json
import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cisim.errors import InputError
from cisim.study import parts
from cisim.study.parts import Stamp
from cisim.study.store import Store, verify
from stores import SCHEMAS, again, create, do, files, part, tables, whole


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", int)


@pytest.fixture
def store(tmp_path):
    return whole(tmp_path / "store")


@pytest.fixture
def unfinished(tmp_path):
    store = create(tmp_path / "store")
    do(store, 4)
    return store


def flip(path, place=None):
    data = bytearray(path.read_bytes())
    data[len(data) // 3 if place is None else place] ^= 1
    path.write_bytes(data)


def put(store, task, table, kind="runs", **changes):
    """Put a part into a store, as somebody would who knows how parts are named."""
    stamp = Stamp(
        **{"study": store.manifest.digest, "kind": kind, "task": task, "model": store.manifest.model} | changes
    )
    data = parts.encode(table, stamp, SCHEMAS[kind])
    path = store.folder / kind / parts.part_name(task, parts.short_hash(data))
    path.write_bytes(data)
    return path


def test_a_store_that_is_whole_has_no_faults(store):
    before = files(store.folder)
    assert verify(store.folder) == []
    assert files(store.folder) == before


@pytest.mark.parametrize("done", [0, 1, 3, 7])
def test_a_store_that_is_only_not_finished_has_no_faults(tmp_path, done):
    store = create(tmp_path / "store")
    do(store, done)
    assert verify(store.folder) == []


@pytest.mark.parametrize("kind", ["runs", "failures", "bands_source"])
def test_a_bit_that_is_flipped_anywhere_in_a_part_is_named(store, kind):
    path = part(store, 2, kind)
    size = path.stat().st_size
    for place in (*range(0, size, size // 20), size - 1):
        flip(path, place)
        told = verify(store.folder)
        assert told[0].startswith(f"{path}: was changed")
        assert told[0].endswith("cisim study run drops it and does its task again")
        assert any("is without the part" in words for words in told) == (kind != "runs")
        flip(path, place)
    assert verify(store.folder) == []


def test_a_part_that_is_torn_or_foreign_or_under_another_name_is_named(store, tmp_path):
    other = create(tmp_path / "other", code={"model": "b"})
    do(other)
    torn = part(store, 1)
    torn.write_bytes(torn.read_bytes()[:-100])
    foreign = store.folder / "runs" / part(other, 2).name
    shutil.copy(part(other, 2), foreign)
    name = part(store, 3).name
    renamed = store.folder / "runs" / name.replace("0000003", "0000004")
    shutil.copy(part(store, 3), renamed)
    told = "\n".join(verify(store.folder))
    assert f"{torn}: was changed" in told
    assert f"{foreign}: is of another study" in told
    assert f"{renamed}: holds runs of task 3" in told


def test_what_is_broken_is_done_again_by_the_next_run(store):
    before = files(store.folder)
    flip(part(store, 2))
    assert verify(store.folder)
    assert do(again(store.folder)) == [2]
    assert verify(store.folder) == []
    assert files(store.folder) == before


def test_a_file_that_is_no_part_is_named_and_left(store):
    (store.folder / "runs" / "notes.txt").write_text("mine")
    (store.folder / "failures" / "task-1.parquet").write_text("mine")
    assert sorted(verify(store.folder)) == [
        f"{store.folder / 'failures' / 'task-1.parquet'}: is no part",
        f"{store.folder / 'runs' / 'notes.txt'}: is no part",
    ]
    do(again(store.folder))
    assert (store.folder / "runs" / "notes.txt").exists()


def test_a_folder_that_is_called_like_a_part_is_named_and_left(unfinished):
    folder = unfinished.folder / "runs" / parts.part_name(7, "0" * 16)
    folder.mkdir()
    assert verify(unfinished.folder) == [f"{folder}: is no part"]
    assert do(again(unfinished.folder)) == [4, 5, 6, 7]
    assert folder.exists()


@pytest.mark.parametrize(
    "change",
    [{"beside": 5}, {"beside": {"failures": [1]}}, {"task": "7"}, {"batches": [{}]}, {"more": 1}, {"kind": None}],
)
def test_a_part_whose_footer_has_another_shape_is_named(unfinished, change):
    stamp = {"study": unfinished.manifest.digest, "kind": "runs", "task": 7} | change
    sink = io.BytesIO()
    pq.write_table(tables(unfinished, 7)["runs"].replace_schema_metadata({"cisim.stamp": json.dumps(stamp)}), sink)
    path = unfinished.folder / "runs" / parts.part_name(7, parts.short_hash(sink.getvalue()))
    path.write_bytes(sink.getvalue())
    [told] = verify(unfinished.folder)
    assert told.startswith(f"{path}: is no part of a study")


def test_a_task_that_is_there_twice_is_named(unfinished):
    twice = put(unfinished, 3, tables(unfinished, 3)["runs"], model="another")
    told = verify(unfinished.folder)
    assert any("task 3 is there twice" in words for words in told)
    assert len(again(unfinished.folder).table("runs")) == 24
    do(again(unfinished.folder), 0)
    assert verify(unfinished.folder) == []
    assert not twice.exists() or not any("task 3" in words for words in verify(unfinished.folder))


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.slice(2),
        lambda table: pa.concat_tables([table, table.slice(0, 2)]),
        lambda table: table.slice(0, 0),
    ],
    ids=["one is missing", "one is there twice", "none"],
)
def test_runs_that_are_missing_or_double_within_a_part_are_named(unfinished, change):
    path = put(unfinished, 7, change(tables(unfinished, 7)["runs"]))
    [told] = verify(unfinished.folder)
    assert told.startswith(f"{path}: does not hold each run of its task once")


def test_parts_of_tasks_that_are_not_there_and_of_other_shards_are_named(tmp_path, unfinished):
    put(unfinished, 99, tables(unfinished, 7)["runs"])
    [told] = verify(unfinished.folder)
    assert "is of task 99, and the study has 8" in told
    shard = create(tmp_path / "shard", shard=(2, 2))
    (shard.folder / "runs").mkdir()
    shutil.copy(part(unfinished, 2), shard.folder / "runs")
    [told] = verify(shard.folder)
    assert "is of task 2, which another shard does" in told


def test_what_a_killed_runner_left_is_named_and_taken_away_by_the_next(unfinished):
    (unfinished.folder / "runs" / ".task-0000004.7.partial").write_bytes(b"half")
    part(unfinished, 2).unlink()
    told = verify(unfinished.folder)
    assert any("was being written when its runner was stopped" in words for words in told)
    assert sum("is of a task that was not finished" in words for words in told) == 2
    do(again(unfinished.folder), 0)
    assert verify(unfinished.folder) == []


def test_files_for_people_that_were_changed_are_named_and_written_again(store):
    before = files(store.folder)
    (store.folder / "study.toml").write_text("# mine\n")
    (store.folder / "scenario.toml").unlink()
    told = verify(store.folder)
    assert [words.split(": ")[0].rpartition("/")[2] for words in told] == ["study.toml", "scenario.toml"]
    do(again(store.folder))
    assert files(store.folder) == before


def test_points_that_were_changed_are_named_and_never_used(store):
    flip(store.folder / "points.parquet")
    assert any("points.parquet: is missing or was changed" in words for words in verify(store.folder))
    with pytest.raises(InputError, match="is missing or was changed"):
        do(again(store.folder))


def test_a_manifest_that_is_missing_or_broken_is_named(store):
    (store.folder / "manifest.json").write_text("{")
    assert "is broken" in verify(store.folder)[0]
    (store.folder / "manifest.json").unlink()
    assert "is missing though parts" in verify(store.folder)[0]
    assert "no such folder" in verify(store.folder / "nowhere")[0]


def test_a_store_at_which_a_runner_is_at_work_is_not_judged(unfinished):
    with again(unfinished.folder).lock(), pytest.raises(InputError, match="another runner is at work"):
        verify(unfinished.folder)


def test_a_store_that_cannot_be_written_is_verified_all_the_same(store, monkeypatch):
    def forbidden(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", forbidden)
    assert verify(store.folder) == []
    flip(part(store, 1))
    assert len(verify(store.folder)) == 2
    assert Store.open(store.folder).counts().done == 21
