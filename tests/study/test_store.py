"""A store loses nothing that it kept, whatever stopped its runner, and ends in the same bytes."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cisim.errors import InputError
from cisim.study import parts
from cisim.study import store as store_module
from cisim.study.store import Store
from stores import (
    BATCH,
    MORE_POINTS,
    MORE_RUNS,
    POINTS,
    SCHEMAS,
    again,
    create,
    do,
    extend,
    files,
    manifest,
    part,
    snapshots,
    tables,
    whole,
)

SIX_POINTS = pa.table({"point": pa.array(range(6), pa.int64()), "staff": [0.0, 0.5, 1.5, 4.0, 2.0, 3.0]})


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch):
    """Whether bytes reach the disk is none of what is tested here."""
    monkeypatch.setattr(os, "fsync", int)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "store"
    whole(folder)
    return files(folder)


def committed(folder):
    """The tasks whose part with runs is there."""
    return {int(path.name[5:12]) for path in (folder / "runs").glob("task-*.parquet")}


# --- what is kept ----------------------------------------------------------------------------------------


def test_a_finished_store_has_one_part_for_each_task_and_table_and_nothing_else(undisturbed):
    kinds = [name.partition("/")[0] for name in undisturbed if "/" in name]
    assert {kind: kinds.count(kind) for kind in kinds} == {"runs": 8, "bands_source": 8, "failures": 2}
    rest = ["manifest.json", "points.parquet", "scenario.toml", "study.toml"]
    assert [name for name in sorted(undisturbed) if "/" not in name] == rest


def test_tables_hold_all_rows_in_order(tmp_path):
    store = whole(tmp_path / "store")
    runs = store.table("runs")
    keys = list(zip(*(runs[name].to_pylist() for name in ("point", "replication", "month")), strict=True))
    assert keys == sorted(keys)
    assert {key[:2] for key in keys} == {(point, run) for point in range(4) for run in range(6)}
    assert runs.schema.equals(SCHEMAS["runs"], check_metadata=True)
    assert store.table("failures")["message"].to_pylist() == ["broke (1, 2)", "broke (3, 5)"]
    assert store.kinds == ["runs", "bands", "failures"]
    assert store.points.equals(POINTS)
    assert list(store.frame("runs").columns) == runs.column_names


def test_columns_and_rows_can_be_chosen(tmp_path):
    store = whole(tmp_path / "store")
    chosen = store.table("runs", ["progress"], filter=pc.field("point") == 2)
    assert chosen.column_names == ["progress"]
    assert chosen.num_rows == 12
    assert store.table("runs", ["month"], empty=True).num_rows == 0


def test_an_unfinished_store_gives_what_is_done(tmp_path):
    store = create(tmp_path / "store")
    assert store.table("runs").schema.equals(SCHEMAS["runs"], check_metadata=True)
    assert store.table("bands").column_names == SCHEMAS["bands"].names
    do(store, 3)
    assert store.table("runs").num_rows == 2 * 9
    assert set(store.table("bands")["point"].to_pylist()) == {0}
    assert again(store.folder).table("runs").equals(store.table("runs"))


def test_bands_of_points_that_were_cut_are_those_of_whole_points(tmp_path):
    cut = whole(tmp_path / "store").table("bands")
    assert cut["runs"].to_pylist()[:4] == [6, 6, 5, 5]
    whole_points = BATCH.model_copy(update={"sizes": ((2, 12),)})
    store = create(tmp_path / "whole", batches=(whole_points,))
    do(store)
    assert not (store.folder / "bands_source").exists()
    assert store.table("bands").equals(cut)
    assert store.table("bands", ["mean"], filter=pc.field("point") == 1).num_rows == 2


def test_an_unknown_table_is_named_with_the_nearest(tmp_path):
    with pytest.raises(InputError, match="did you mean failures"):
        whole(tmp_path / "store").table("failure")


def test_counts_tell_runs_failures_and_tasks(tmp_path):
    store = create(tmp_path / "store")
    assert store.counts() == (0, 0, 24, 0, 8)
    do(store, 3)
    assert store.counts() == (9, 1, 24, 3, 8)
    do(store)
    assert store.counts() == again(store.folder).counts() == (24, 2, 24, 8, 8)


def test_the_bytes_do_not_depend_on_the_order_of_tasks(tmp_path, undisturbed):
    store = create(tmp_path / "store")
    do(store, order=lambda tasks: random.Random(6).sample(tasks, len(tasks)))
    assert files(store.folder) == undisturbed


def test_a_task_that_is_done_is_not_kept_again(tmp_path):
    store = create(tmp_path / "store")
    do(store, 3)
    before = files(store.folder)
    for task in (0, 2):
        store.commit(task, tables(store, task + 1))
    assert files(store.folder) == before


def test_tables_of_another_study_are_refused(tmp_path):
    store = create(tmp_path / "store")
    with pytest.raises(ValueError, match="tables"):
        store.commit(0, {"ties": tables(store, 0)["runs"]})
    with pytest.raises(ValueError, match="runs: columns"):
        store.commit(0, {"runs": tables(store, 2)["failures"]})
    assert committed(store.folder) == set()
    assert list(store.folder.rglob("task-*")) == []


# --- more ------------------------------------------------------------------------------------------------


def test_more_replications_leave_what_is_done_and_come_in_their_place(tmp_path):
    store = whole(tmp_path / "store")
    before = files(store.folder)
    extend(store, MORE_RUNS, "more")
    assert do(store) == [8, 9]
    after = files(store.folder)
    changed = {"manifest.json", "study.toml"}
    assert {name for name in before if after[name] != before[name]} == changed
    assert (store.folder / "study.toml").read_text() == "more"
    runs = store.table("runs", ["progress"])
    assert runs.column_names == ["progress"]
    whole_table = store.table("runs")
    keys = list(zip(whole_table["point"].to_pylist(), whole_table["replication"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert len(set(keys)) == 32
    assert runs["progress"].to_pylist() == whole_table["progress"].to_pylist()


def test_more_points_come_after_those_that_are_there(tmp_path):
    store = whole(tmp_path / "store")
    extend(store, MORE_POINTS, "more", SIX_POINTS)
    assert do(store) == [8]
    assert again(store.folder).points.equals(SIX_POINTS)
    assert store.counts().done == 36


@pytest.mark.parametrize(
    ("batch", "points", "words"),
    [
        (BATCH, None, "begins with task 0, not 8"),
        (BATCH.model_copy(update={"first_task": 8}), None, "in the study already"),
        (MORE_POINTS, None, "goes beyond the 4 points"),
        (MORE_POINTS, SIX_POINTS.take([1, 0, 2, 3, 4, 5]), "would be changed"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(tmp_path, batch, points, words):
    store = whole(tmp_path / "store")
    before = files(store.folder)
    with pytest.raises(ValueError, match=words):
        extend(store, batch, "more", points)
    assert files(store.folder) == before


# --- killed ----------------------------------------------------------------------------------------------


def test_a_kill_at_any_instant_loses_no_task_and_ends_in_the_same_bytes(tmp_path, undisturbed):
    store = create(tmp_path / "store")
    with snapshots(store.folder, tmp_path) as taken:
        do(store)
    assert len(taken) > 30
    for copy in taken:
        kept = committed(copy)
        resumed = again(copy)
        assert set(resumed.todo()) == set(range(8)) - kept
        assert set(do(resumed)) == set(range(8)) - kept
        assert files(copy) == undisturbed
        shutil.rmtree(copy)


def test_a_kill_while_a_store_is_made_leaves_a_folder_in_which_it_can_be_made(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    with snapshots(folder, tmp_path) as taken:
        create(folder)
    for copy in taken:
        if (copy / "manifest.json").exists():
            assert files(copy) == files(folder)
        else:
            create(copy)
            assert files(copy) == files(folder)


@pytest.mark.parametrize(("batch", "points"), [(MORE_RUNS, None), (MORE_POINTS, SIX_POINTS)])
def test_a_kill_while_more_is_asked_for_leaves_what_was_or_what_is_asked(tmp_path, batch, points):
    folder = tmp_path / "store"
    before, store = whole(folder).counts(), again(folder)
    was = files(folder)
    with snapshots(folder, tmp_path) as taken:
        extend(store, batch, "more", points)
    assert len(taken) > 3
    for copy in taken:
        resumed = again(copy)
        asked = resumed.counts().runs
        assert asked in (before.runs, store.counts().runs)
        assert resumed.points.num_rows == max(batch.end_point for batch in resumed.manifest.batches)
        do(resumed, 0)
        assert files(copy) == (was if asked == before.runs else files(folder))


def test_a_process_that_is_killed_again_and_again_ends_in_the_same_bytes(tmp_path, undisturbed):
    """SIGKILL itself, at random."""
    create(tmp_path / "store")
    program = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        import stores
        store = stores.again(Path(sys.argv[1]))
        with store.lock():
            print("at work", flush=True)
            for task in store.todo():
                store.commit(task, stores.tables(store, task))
                time.sleep(0.005)
    """)
    chance, done = random.Random(6), set()
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "store")],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
        ) as child:
            assert child.stdout.readline() == b"at work\n"
            with suppress(subprocess.TimeoutExpired):
                child.wait(chance.uniform(0.0, 0.04))
            child.send_signal(signal.SIGKILL)
        kept = committed(tmp_path / "store")
        assert done <= kept
        done = kept
    assert set(do(again(tmp_path / "store"))) == set(range(8)) - done
    assert files(tmp_path / "store") == undisturbed


# --- torn, changed, foreign ------------------------------------------------------------------------------


def damaged(path, how):
    data = bytearray(path.read_bytes())
    if how == "cut off":
        data = data[: len(data) // 2]
    elif how == "empty":
        data = bytearray()
    elif how == "a bit flipped":
        data[len(data) // 2] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("kind", ["runs", "failures", "bands_source"])
@pytest.mark.parametrize("how", ["cut off", "empty", "a bit flipped"])
def test_a_damaged_part_is_told_and_its_task_done_again(tmp_path, undisturbed, how, kind):
    store = create(tmp_path / "store")
    do(store, 4)  # task 2 has a failure
    path = part(store, 2, kind)
    damaged(path, how)
    resumed = again(store.folder)
    assert resumed.todo() == [2, 4, 5, 6, 7]
    assert resumed.counts().done == 9
    assert do(resumed) == [2, 4, 5, 6, 7]
    assert len(resumed.dropped) == 1 + (kind != "runs")
    assert str(path) in "\n".join(resumed.dropped)
    assert files(store.folder) == undisturbed


@pytest.mark.parametrize("kind", ["runs", "failures"])
def test_a_part_that_is_missing_is_done_again(tmp_path, undisturbed, kind):
    store = whole(tmp_path / "store")
    part(store, 2, kind).unlink()
    resumed = again(store.folder)
    assert do(resumed) == [2]
    assert ["without the part with failures" in words for words in resumed.dropped] == [True] * (kind != "runs")
    assert files(store.folder) == undisturbed


def test_a_part_of_another_study_is_told_and_dropped(tmp_path, undisturbed):
    other = create(tmp_path / "other", coalition="others")
    do(other, 1)
    store = create(tmp_path / "store")
    (store.folder / "runs").mkdir()
    shutil.copy(part(other, 0), store.folder / "runs")
    assert do(store) == list(range(8))
    assert "is of another study" in store.dropped[0]
    assert files(store.folder) == undisturbed


def test_looking_at_a_store_changes_nothing(tmp_path):
    store = create(tmp_path / "store")
    do(store, 4)
    damaged(part(store, 2), "cut off")
    part(store, 0).unlink()
    (store.folder / "runs" / ".task-0000004.7.partial").write_bytes(b"half")
    before = files(store.folder)
    looked = again(store.folder)
    assert looked.todo() == [0, 2, 4, 5, 6, 7]
    assert looked.counts().done == 6
    assert files(store.folder) == before


@pytest.mark.parametrize("how", ["cut off", "empty", "a bit flipped"])
@pytest.mark.parametrize("kind", ["runs", "bands"])
def test_tables_of_a_store_with_a_damaged_part_are_refused_and_never_short(tmp_path, how, kind):
    store = whole(tmp_path / "store")
    damaged(part(store, 2), how)
    with pytest.raises(InputError, match="study run does again what is broken"):
        again(store.folder).table(kind)


def test_no_flipped_bit_of_a_part_goes_unseen(tmp_path):
    store = whole(tmp_path / "store")
    path, whole_table = part(store, 2), store.table("runs")
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :])
        with pytest.raises(InputError, match="was changed"):
            again(store.folder).table("runs")
    path.write_bytes(data)
    assert again(store.folder).table("runs").equals(whole_table)


def test_leftovers_are_deleted_under_the_lock_whoever_wrote_them(tmp_path, undisturbed):
    store = create(tmp_path / "store")
    do(store, 2)
    for place in ("", "runs/", "bands_source/"):
        (store.folder / f"{place}.some.{os.getpid()}.partial").write_bytes(b"half")
    do(store)
    assert files(store.folder) == undisturbed


# --- manifest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "is missing though parts"),
        (lambda path: path.write_text(path.read_text()[:-20]), "is no JSON"),
        (lambda path: path.write_text(path.read_text().replace('"version": "1"', '"version": "2"')), "checksum"),
        (lambda path: path.write_text("[]"), "is not the manifest of a study"),
        (lambda path: path.write_text('{"format": "cisim study", "format_version": 9}'), "later version"),
        (
            lambda path: path.write_text('{"format": "cisim study", "format_version": 1}'),
            r"by cisim 0\.1\.0 before .*, which reads it",
        ),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is not text in UTF-8"),
        (
            lambda path: path.write_text(path.read_text().replace('"name": "progress"', '"name": "point"')),
            "the columns of",
        ),
        (lambda path: path.write_text(path.read_text().replace('"name": "status"', '"name": "x"')), "no table of runs"),
        (lambda path: path.write_text(path.read_text().replace('"int64"', '"double"')), "the columns of"),
        (
            lambda path: path.write_text(path.read_text().replace('"name": "made up"', '"name": "", "\\u202e": 1')),
            r"\\u202e: Extra inputs",
        ),
    ],
    ids=["missing", "torn", "changed", "other", "later", "earlier", "no text", "twice", "no column", "types", "a sign"],
)
def test_a_manifest_that_is_missing_or_broken_is_told(tmp_path, change, words):
    store = whole(tmp_path / "store")
    change(store.folder / "manifest.json")
    with pytest.raises(InputError, match=words):
        Store.open(store.folder)


@pytest.mark.parametrize("done", [1, 3, 5, 8])
def test_a_lost_manifest_is_made_again_and_nothing_done_again(tmp_path, undisturbed, done):
    store = create(tmp_path / "store")
    do(store, done)
    before = files(store.folder)
    (store.folder / "manifest.json").unlink()
    made = Store.create(store.folder, manifest(), POINTS)
    assert files(store.folder) == before
    assert do(made) == list(range(done, 8))
    assert made.dropped == [f"{store.folder}: the manifest was missing and was made again from the parts"]
    assert files(store.folder) == undisturbed


def test_a_manifest_that_is_made_again_knows_what_the_study_was_extended_by(tmp_path):
    store = whole(tmp_path / "store")
    extend(store, MORE_POINTS, manifest().toml, SIX_POINTS)
    do(store)
    before = files(store.folder)
    (store.folder / "manifest.json").unlink()
    Store.create(store.folder, manifest(), POINTS)
    assert files(store.folder) == before


def test_a_manifest_that_is_made_again_knows_all_batches_though_all_parts_of_one_in_between_are_damaged(tmp_path):
    store = whole(tmp_path / "store")
    extend(store, MORE_RUNS, manifest().toml)
    extend(store, MORE_RUNS.model_copy(update={"first_replication": 8, "first_task": 10}), manifest().toml)
    do(store)
    before = files(store.folder)
    (store.folder / "manifest.json").unlink()
    for task in (8, 9):
        damaged(part(store, task), "cut off")
    made = Store.create(store.folder, manifest(), POINTS)
    assert do(made) == [8, 9]
    assert files(store.folder) == before


def test_a_manifest_that_is_made_again_leaves_out_what_is_damaged(tmp_path, undisturbed):
    store = whole(tmp_path / "store")
    (store.folder / "manifest.json").unlink()
    damaged(part(store, 0), "a bit flipped")
    damaged(part(store, 2, "failures"), "a bit flipped")
    made = Store.create(store.folder, manifest(), POINTS)
    assert do(made) == [0, 2]
    assert files(store.folder) == undisturbed


def test_a_manifest_is_not_made_again_from_parts_of_another_study_or_model(tmp_path):
    store = whole(tmp_path / "store")
    with pytest.raises(InputError, match="holds a study already"):
        Store.create(store.folder, manifest(), POINTS)
    (store.folder / "manifest.json").unlink()
    for change, words in (({"code": {"model": "m"}}, "another study"), ({"model": "new"}, "another model")):
        with pytest.raises(InputError, match=words):
            Store.create(store.folder, manifest(**change), POINTS)
    assert not (store.folder / "manifest.json").exists()


@pytest.mark.parametrize("model", ["0de1", "new", "third"])
def test_a_manifest_of_parts_of_two_models_is_made_again_if_that_is_allowed(tmp_path, model):
    store = create(tmp_path / "store")
    do(store, 3)
    store.model = "new"
    do(store, 3)
    before = files(store.folder)
    (store.folder / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"holds parts of another model \(.*; now .*\): .*--changed-model") as refused:
        Store.create(store.folder, manifest(model=model), POINTS)
    assert len(refused.value.problems) == 1
    assert not (store.folder / "manifest.json").exists()
    made = Store.create(store.folder, manifest(model=model), POINTS, changed_model=True)
    assert files(store.folder) == before
    assert made.models() == {"0de1": 9, "new": 9}
    assert do(made) == [6, 7]


@pytest.mark.parametrize("name", ["../../victim", "/tmp", "runs/../..", "manifest.json", ""])
def test_a_table_of_a_name_that_this_program_does_not_write_is_refused(tmp_path, name):
    store = whole(tmp_path / "store")
    values = json.loads((store.folder / "manifest.json").read_text())
    values["schemas"][name] = values["schemas"]["failures"]
    (store.folder / "manifest.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match="is broken: schemas"):
        Store.open(store.folder)


VALUES = [None, True, -1, 0, 2**53, 10**400, 1e309, float("nan"), "", "x" * 10_000, "../..", [], {}, [[]], [[1, 0]]]


@pytest.mark.parametrize("value", VALUES, ids=[str(value)[:12] for value in VALUES])
def test_a_manifest_of_any_shape_is_read_or_refused_in_one_sentence(tmp_path, value):
    store = whole(tmp_path / "store")
    path = store.folder / "manifest.json"
    text = path.read_text()

    def places(values, so_far=()):
        for key in list(values) if isinstance(values, dict) else range(len(values)):
            yield (*so_far, key)
            if isinstance(values[key], dict | list):
                yield from places(values[key], (*so_far, key))

    for where in places(json.loads(text)):
        values = json.loads(text)
        inner = values
        for key in where[:-1]:
            inner = inner[key]
        inner[where[-1]] = value
        path.write_text(json.dumps(values))
        with suppress(InputError):
            Store.open(store.folder).counts()
        del inner[where[-1]]
        path.write_text(json.dumps(values))
        with suppress(InputError):
            Store.open(store.folder).counts()


def test_a_store_that_is_read_while_a_runner_works_is_never_called_broken(tmp_path, monkeypatch):
    runner, listing, reader = create(tmp_path / "store"), store_module._files_in, again(tmp_path / "store")

    def list_slowly(folder):
        listed = listing(folder)
        monkeypatch.setattr(store_module, "_files_in", listing)
        do(runner, 1)
        monkeypatch.setattr(store_module, "_files_in", list_slowly)
        return listed

    monkeypatch.setattr(store_module, "_files_in", list_slowly)
    while runner.todo():
        assert not reader.scan().faults
        reader.table("runs")


def test_a_store_as_it_is_knows_nothing_of_what_a_runner_does_meanwhile(tmp_path):
    store = create(tmp_path / "store")
    do(store, 3)
    now = store.as_it_is()
    do(again(store.folder), 2)
    assert (now.counts().done, now.table("runs").num_rows, now.models()) == (9, 18, {"0de1": 9})
    assert store.counts().done == 15


@pytest.mark.parametrize("kind", ["runs", "bands_source"])
def test_a_part_that_is_deleted_while_a_store_is_read_is_no_fault(tmp_path, monkeypatch, kind):
    store, reading = whole(tmp_path / "store"), parts.read_checked
    part(store, 3).unlink()
    gone = part(store, 2 if kind == "runs" else 3, kind)

    def delete_first(path, data_hash):
        if path == gone:
            path.unlink(missing_ok=True)
        return reading(path, data_hash)

    monkeypatch.setattr(parts, "read_checked", delete_first)
    reader = again(store.folder)
    assert not reader.scan().faults
    assert reader.counts().tasks_done == (6 if kind == "runs" else 7)


# --- other runners, other folders, other disks -----------------------------------------------------------


def test_two_runners_do_not_work_at_once(tmp_path):
    store = create(tmp_path / "store")
    with store.lock():
        with pytest.raises(InputError, match="another runner is at work"), again(store.folder).lock():
            pass
        with store.lock():
            pass  # it is the same runner
    do(again(store.folder))


def test_a_runner_knows_what_another_one_did_since(tmp_path):
    first, second = create(tmp_path / "store"), again(tmp_path / "store")
    do(first, 3)
    assert do(second) == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("error", [NotImplementedError("no flock"), OSError(38, "no flock")])
def test_a_disk_without_locks_is_for_shards_only(tmp_path, error):
    store, shard = create(tmp_path / "store"), create(tmp_path / "shard", shard=(1, 1))
    with mock.patch("filelock.FileLock.acquire", side_effect=error):
        with pytest.raises(InputError, match="keeps no locks"):
            do(store)
        assert do(shard) == list(range(8))


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "study.toml").write_text("# mine\n")
    with pytest.raises(InputError, match=r"holds other things, such as study\.toml"):
        create(tmp_path)
    assert (tmp_path / "study.toml").read_text() == "# mine\n"
    store = whole(tmp_path / "store")
    with pytest.raises(InputError, match="holds a study already"):
        create(store.folder)


def test_a_file_that_is_called_nearly_like_a_part_is_none(tmp_path):
    path = tmp_path / "runs" / "task-notes.parquet"
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(InputError, match="holds other things, such as runs"):
        create(tmp_path)
    assert [other for other in tmp_path.rglob("*") if other.is_file() and other.name != "store.lock"] == [path]


def test_what_somebody_puts_into_a_new_folder_stays_when_the_store_cannot_be_made(tmp_path, monkeypatch):
    def fails(path, _):
        (path.parent / "notes.txt").write_text("mine")
        raise InputError(f"{path}: cannot be written: no space left")

    monkeypatch.setattr(store_module, "_write", fails)
    with pytest.raises(InputError, match="no space left"):
        create(tmp_path / "store")
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        create(tmp_path / "no" / "store")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        create(tmp_path / "file")


def fails(*, after):
    """A disk that is full after so many files."""
    left = [after]
    write = os.fsync

    def fsync(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        write(descriptor)

    return mock.patch("os.fsync", fsync)


@pytest.mark.parametrize("after", range(0, 18, 2))
def test_a_full_disk_leaves_nothing_half_written_and_the_work_goes_on_afterwards(tmp_path, undisturbed, after):
    store = create(tmp_path / "store")
    with fails(after=after), pytest.raises(InputError, match="cannot be written: No space"):
        do(store)
    assert not list(store.folder.rglob("*.partial"))
    kept = committed(store.folder)
    assert set(do(again(store.folder))) == set(range(8)) - kept
    assert files(store.folder) == undisturbed


def test_a_disk_that_is_full_at_once_leaves_no_folder(tmp_path):
    for after in range(4):
        with fails(after=after), pytest.raises(InputError, match="cannot be written"):
            create(tmp_path / "store")
        assert not (tmp_path / "store").exists()


def test_files_larger_than_the_system_allows_are_told(tmp_path, undisturbed):
    """RLIMIT_FSIZE, in a process of its own."""
    create(tmp_path / "store")
    create(tmp_path / "other")
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        import stores
        from cisim.errors import InputError
        stores.do(stores.again(Path(sys.argv[2])))  # whatever is compiled is kept on disk before there is a limit
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
        try:
            stores.do(stores.again(Path(sys.argv[1])))
        except InputError as error:
            print(error)
    """)
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "store"), str(tmp_path / "other")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    ).stdout
    assert "cannot be written: File too large" in told
    assert not list((tmp_path / "store").rglob("*.partial"))
    kept = committed(tmp_path / "store")
    assert set(do(again(tmp_path / "store"))) == set(range(8)) - kept
    assert files(tmp_path / "store") == undisturbed


def test_the_lock_of_a_store_that_cannot_be_written_is_told(tmp_path):
    store = create(tmp_path / "store")
    with (
        mock.patch("filelock.FileLock.acquire", side_effect=PermissionError(13, "Permission denied")),
        pytest.raises(InputError, match="cannot be written: Permission denied"),
    ):
        do(store)
