"""Whatever is wrong with a store is named, and nothing that is right."""

from __future__ import annotations

import json
import os
import shutil

import pyarrow as pa
import pytest

from cisim.errors import InputError
from cisim.study.manifest import text_of
from cisim.study.parts import Stamp, encode, open_name
from cisim.study.store import Store
from cisim.study.verifying import verify
from stores import ABOUT, SCHEMAS, again, create, do, files, tables, whole


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


def rewritten(store, change):
    """A manifest that was changed by somebody who knows its checksum."""
    said = json.loads((store.folder / "manifest.json").read_text())
    change(said)
    (store.folder / "manifest.json").write_text(text_of(said))


def open_part(store, task, kind="runs"):
    return next((store.folder / "open").glob(f"task-{task:07d}.{kind}.*"))


def test_a_store_that_is_whole_has_no_faults(store):
    before = files(store.folder)
    assert verify(store.folder) == []
    assert files(store.folder) == before


@pytest.mark.parametrize("done", [0, 1, 3, 7])
def test_a_store_that_is_only_not_finished_has_no_faults(tmp_path, done):
    store = create(tmp_path / "store")
    do(store, done)
    assert verify(store.folder) == []


@pytest.mark.parametrize("kind", ["runs", "failures", "bands"])
def test_a_bit_that_is_flipped_anywhere_in_a_finished_file_is_named(store, kind):
    path = store.folder / kind / "part-000001.parquet"
    size = path.stat().st_size
    for place in (*range(0, size, size // 20), size - 1):
        flip(path, place)
        [told] = verify(store.folder)
        assert told.startswith(f"{path}: ")
        assert told.endswith("delete it, and cisim study run does its 4 tasks again")
        flip(path, place)
    assert verify(store.folder) == []


def test_a_finished_file_that_is_missing_torn_or_foreign_is_named(store, tmp_path):
    other = whole_of_another_study(tmp_path)
    runs = store.folder / "runs"
    (runs / "part-000000.parquet").unlink()
    torn = runs / "part-000001.parquet"
    torn.write_bytes(torn.read_bytes()[:-100])
    shutil.copy(other.folder / "runs" / "part-000002.parquet", runs)
    told = verify(store.folder)
    assert told[0] == f"{runs / 'part-000000.parquet'}: is missing: cisim study run does its 2 tasks again"
    assert f"{torn}: has " in told[1]
    assert "part-000002.parquet: is of another study" in told[2]
    assert len(told) == 3


def whole_of_another_study(tmp_path):
    other = create(tmp_path / "other", about=ABOUT | {"code": {"model": "b"}})
    do(other)
    return other


def test_what_is_broken_can_be_dropped_and_is_then_done_again(store):
    before = files(store.folder)
    flip(store.folder / "runs" / "part-000001.parquet")
    assert len(verify(store.folder, drop=True)) == 1
    assert verify(store.folder) == []
    assert do(again(store.folder)) == [2, 3, 4, 5]
    assert files(store.folder) == before


def test_a_file_that_is_nowhere_in_the_manifest_is_named(store):
    shutil.copy(store.folder / "runs" / "part-000001.parquet", store.folder / "runs" / "part-000007.parquet")
    (store.folder / "bands" / "notes.txt").write_text("mine")
    (store.folder / "open" / "notes.txt").write_text("mine")
    assert verify(store.folder) == [
        f"{store.folder / 'runs' / 'part-000007.parquet'}: is nowhere in the manifest",
        f"{store.folder / 'bands' / 'notes.txt'}: is nowhere in the manifest",
        f"{store.folder / 'open' / 'notes.txt'}: is no part",
    ]


def test_a_finished_file_under_the_name_of_another_is_named(store):
    runs = store.folder / "runs"
    data = (runs / "part-000000.parquet").read_bytes()
    (runs / "part-000002.parquet").write_bytes(data)
    rewritten(
        store, lambda said: said["shelves"][2]["files"].update(runs=said["shelves"][0]["files"]["runs"])
    )
    [told] = verify(store.folder)
    assert "part-000002.parquet: holds runs of tasks 0 to 1" in told


@pytest.mark.parametrize("kind", ["runs", "failures", "bands_source"])
def test_damaged_open_parts_are_named(unfinished, kind):
    path = open_part(unfinished, 2, kind)
    flip(path)
    told = verify(unfinished.folder)
    assert told[0].startswith(f"{path}: was changed")
    assert any("is without the part" in words for words in told) == (kind != "runs")


def test_a_task_in_two_places_is_named(unfinished):
    first = tables(unfinished, 0)["runs"]
    data = encode(first, Stamp(unfinished.manifest["digest"], "runs", 0, 0), SCHEMAS["runs"])
    (unfinished.folder / "open" / open_name(0, "runs", data)).write_bytes(data)
    again_2 = tables(unfinished, 3)["runs"].slice(0, 6)
    twice = encode(again_2, Stamp(unfinished.manifest["digest"], "runs", 3, 3), SCHEMAS["runs"])
    (unfinished.folder / "open" / open_name(3, "runs", twice)).write_bytes(twice)
    told = verify(unfinished.folder)
    assert any("task 0 is in two places: here and in the file of shelf 0" in words for words in told)
    assert any("task 3 is in two places" in words for words in told)
    do(again(unfinished.folder), 0)
    assert verify(unfinished.folder) == []


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
    wrong = change(tables(unfinished, 7)["runs"])
    data = encode(wrong, Stamp(unfinished.manifest["digest"], "runs", 7, 7), SCHEMAS["runs"])
    path = unfinished.folder / "open" / open_name(7, "runs", data)
    path.write_bytes(data)
    assert verify(unfinished.folder) == [f"{path}: does not hold each run of its tasks once"]


def test_parts_of_tasks_that_are_not_there_and_of_other_shards_are_named(tmp_path, unfinished):
    data = encode(
        tables(unfinished, 7)["runs"], Stamp(unfinished.manifest["digest"], "runs", 99, 99), SCHEMAS["runs"]
    )
    (unfinished.folder / "open" / open_name(99, "runs", data)).write_bytes(data)
    [told] = verify(unfinished.folder)
    assert "is of task 99, and the study has 8" in told
    shard = create(tmp_path / "shard", shard=(2, 2))
    shutil.copy(open_part(unfinished, 2), shard.folder / "open")
    [told] = verify(shard.folder)
    assert "is of task 2, which another shard does" in told


def test_what_a_killed_runner_left_is_named_and_taken_away_by_the_next(unfinished):
    (unfinished.folder / "open" / ".task-0000004.runs.7.partial").write_bytes(b"half")
    open_part(unfinished, 2).unlink()
    told = verify(unfinished.folder)
    assert any("was being written when its runner was stopped" in words for words in told)
    assert sum("is of a task that was not finished" in words for words in told) == 2
    do(again(unfinished.folder), 0)
    assert verify(unfinished.folder) == []


def test_points_and_files_for_people_that_were_changed_are_named(store):
    flip(store.folder / "points.parquet")
    (store.folder / "study.toml").write_text("# mine\n")
    (store.folder / "scenario.toml").unlink()
    told = verify(store.folder)
    assert [words.split(": ")[0].rpartition("/")[2] for words in told] == [
        "study.toml",
        "scenario.toml",
        "points.parquet",
    ]


def test_a_manifest_that_is_missing_broken_or_cannot_be_is_named(store):
    rewritten(store, lambda said: said["shelves"][0].update(tasks=[0, 0]))
    [told] = verify(store.folder)
    assert "says of shelf 0 what cannot be" in told
    rewritten(store, lambda said: said["shelves"][0].update(shelf=9))
    assert any("names shelf 9, which is not of this study" in words for words in verify(store.folder))
    (store.folder / "manifest.json").write_text("{")
    assert "is broken" in verify(store.folder)[0]
    (store.folder / "manifest.json").unlink()
    assert "is missing though parts" in verify(store.folder)[0]
    assert "no such folder" in verify(store.folder / "nowhere")[0]


def test_a_store_at_which_a_runner_is_at_work_is_not_judged(unfinished):
    with (
        again(unfinished.folder).lock(),
        pytest.raises(InputError, match="another runner is at work"),
    ):
        verify(unfinished.folder)


def test_a_store_that_cannot_be_written_is_verified_all_the_same(store, monkeypatch):
    def forbidden(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", forbidden)
    assert verify(store.folder) == []
    flip(store.folder / "runs" / "part-000001.parquet")
    assert len(verify(store.folder)) == 1
    with pytest.raises(InputError, match="cannot be written"):
        verify(store.folder, drop=True)
    assert Store.open(store.folder).counts().done == 24
