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
from cisim.study import making
from cisim.study.layout import batch_of
from cisim.study.store import Store
from stores import (
    ABOUT,
    BATCH,
    MORE_POINTS,
    MORE_RUNS,
    POINTS,
    REDUCERS,
    SCHEMAS,
    again,
    create,
    do,
    files,
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


def open_parts(folder):
    return sorted(path.name for path in (folder / "open").iterdir())


def committed(folder):
    """The tasks whose part with runs is there, or that are on a shelf that the manifest names."""
    there = {int(name[5:12]) for name in open_parts(folder) if name.startswith("task-") and ".runs." in name}
    if (folder / "manifest.json").exists():
        for shelf in json.loads((folder / "manifest.json").read_text())["shelves"]:
            there |= set(range(shelf["tasks"][0], shelf["tasks"][1] + 1))
    return there


# --- what is kept ----------------------------------------------------------------------------------------


def test_a_finished_store_has_files_of_shelves_and_nothing_else(undisturbed):
    runs = [f"runs/part-00000{shelf}.parquet" for shelf in range(3)]
    bands = [f"bands/part-00000{shelf}.parquet" for shelf in range(3)]
    failures = [f"failures/part-00000{shelf}.parquet" for shelf in (1, 2)]
    rest = ["manifest.json", "points.parquet", "scenario.toml", "study.toml"]
    assert sorted(undisturbed) == sorted(bands + failures + runs + rest)


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
    assert sum(piece.num_rows for piece in store.pieces("runs")) == store.table("runs").num_rows


def test_an_unfinished_store_gives_what_is_done(tmp_path):
    store = create(tmp_path / "store")
    assert store.table("runs").schema.equals(SCHEMAS["runs"], check_metadata=True)
    assert store.table("bands").column_names == ["point", "mean"]
    do(store, 3)
    assert store.table("runs").num_rows == 2 * 9 - 1
    assert store.table("bands").num_rows == 1
    assert again(store.folder).table("runs").equals(store.table("runs"))


def test_sources_are_reduced_and_not_kept(tmp_path):
    store = whole(tmp_path / "store")
    assert store.table("bands")["point"].to_pylist() == [0, 1, 2, 3]
    assert not (store.folder / "bands_source").exists()


def test_an_unknown_table_is_named_with_the_nearest(tmp_path):
    with pytest.raises(InputError, match="did you mean failures"):
        whole(tmp_path / "store").table("failure")


def test_counts_tell_runs_failures_tasks_and_shelves(tmp_path):
    store = create(tmp_path / "store")
    assert store.counts() == (0, 0, 24, 0, 8, 0, 3)
    do(store, 3)
    assert store.counts() == (9, 1, 24, 3, 8, 1, 3)
    do(store)
    assert store.counts() == again(store.folder).counts() == (24, 2, 24, 8, 8, 3, 3)


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
        store.commit(0, {"runs": tables(store, 0)["failures"]})
    assert open_parts(store.folder) == []


# --- more ------------------------------------------------------------------------------------------------


def test_more_replications_leave_what_is_done_and_come_in_their_place(tmp_path):
    store = whole(tmp_path / "store")
    before = files(store.folder)
    store.add_batch(MORE_RUNS, None)
    assert do(store) == [8, 9]
    after = files(store.folder)
    assert {name: after[name] for name in before if name != "manifest.json"} == {
        name: said for name, said in before.items() if name != "manifest.json"
    }
    runs = store.table("runs", ["progress"])
    assert runs.column_names == ["progress"]
    whole_table = store.table("runs")
    keys = list(zip(whole_table["point"].to_pylist(), whole_table["replication"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert len(set(keys)) == 32
    assert runs["progress"].to_pylist() == whole_table["progress"].to_pylist()


def test_more_points_come_after_those_that_are_there(tmp_path):
    store = whole(tmp_path / "store")
    store.add_batch(MORE_POINTS, SIX_POINTS)
    assert do(store) == [8, 9]
    assert again(store.folder).points.equals(SIX_POINTS)
    assert store.counts().done == 36


@pytest.mark.parametrize(
    ("batch", "points", "words"),
    [
        (BATCH, None, "begins with task 0"),
        (batch_of([1.0] * 4, 0, 0, 6, first_task=8, whole_points=False), None, "in the study already"),
        (MORE_POINTS, None, "goes beyond the 4 points"),
        (MORE_POINTS, SIX_POINTS.take([1, 0, 2, 3, 4, 5]), "would be changed"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(tmp_path, batch, points, words):
    store = whole(tmp_path / "store")
    before = files(store.folder)
    with pytest.raises(ValueError, match=words):
        store.add_batch(batch, points)
    assert files(store.folder) == before


# --- killed ----------------------------------------------------------------------------------------------


def test_a_kill_at_any_instant_loses_no_task_and_ends_in_the_same_bytes(tmp_path, undisturbed):
    store = create(tmp_path / "store")
    with snapshots(store.folder, tmp_path) as taken:
        do(store)
    assert len(taken) > 90
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
        store.add_batch(batch, points)
    for copy in taken:
        resumed = again(copy)
        asked = resumed.counts().runs
        assert asked in (before.runs, store.counts().runs)
        assert resumed.points.num_rows == max(one.first_point + one.points for one in resumed.batches)
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


@pytest.mark.parametrize("kind", ["runs", "failures"])
@pytest.mark.parametrize("how", ["cut off", "empty", "a bit flipped"])
def test_a_damaged_open_part_is_told_and_its_task_done_again(tmp_path, undisturbed, how, kind):
    store = create(tmp_path / "store")
    do(store, 4)  # tasks 0 and 1 are on a finished shelf; 2 has a failure
    path = next((store.folder / "open").glob(f"task-0000002.{kind}.*"))
    damaged(path, how)
    resumed = again(store.folder)
    assert list(resumed.todo()) == [2, 4, 5, 6, 7]
    assert resumed.counts().done == 9
    assert do(resumed) == [2, 4, 5, 6, 7]
    assert len(resumed.dropped) == 1 + (kind == "failures")
    assert str(path) in "\n".join(resumed.dropped)
    assert files(store.folder) == undisturbed


def test_an_open_part_without_its_failures_is_done_again(tmp_path, undisturbed):
    store = create(tmp_path / "store")
    do(store, 4)
    next((store.folder / "open").glob("task-0000002.failures.*")).unlink()
    resumed = again(store.folder)
    assert do(resumed) == [2, 4, 5, 6, 7]
    assert "without the part with failures" in resumed.dropped[0]
    assert files(store.folder) == undisturbed


def test_a_part_of_another_study_is_told_and_dropped(tmp_path, undisturbed):
    other = create(tmp_path / "other", about=ABOUT | {"coalition_contents": "others"})
    do(other, 1)
    store = create(tmp_path / "store")
    for path in (other.folder / "open").iterdir():
        shutil.copy(path, store.folder / "open")
    assert do(store) == list(range(8))
    assert all("is of another study" in words for words in store.dropped)
    assert files(store.folder) == undisturbed


@pytest.mark.parametrize("how", ["cut off", "missing"])
@pytest.mark.parametrize("kind", ["runs", "failures", "bands"])
def test_a_finished_shelf_that_lost_a_file_is_done_again(tmp_path, undisturbed, how, kind):
    store = whole(tmp_path / "store")
    path = store.folder / kind / "part-000001.parquet"
    if how == "missing":
        path.unlink()
    else:
        damaged(path, how)
    resumed = again(store.folder)
    assert list(resumed.todo()) == [2, 3, 4, 5]
    assert resumed.counts().done == 12
    assert do(resumed) == [2, 3, 4, 5]
    assert resumed.dropped == [
        f"{path}: is missing or not {store.shelves[1]['files'][kind]['bytes']:,} bytes long"
    ]
    assert files(store.folder) == undisturbed


def test_looking_at_a_store_changes_nothing(tmp_path):
    store = create(tmp_path / "store")
    do(store, 4)
    damaged(next((store.folder / "open").glob("task-0000002.runs.*")), "cut off")
    (store.folder / "runs" / "part-000000.parquet").unlink()
    (store.folder / "open" / ".task-0000004.runs.7.partial").write_bytes(b"half")
    before = files(store.folder)
    looked = again(store.folder)
    assert list(looked.todo()) == [0, 1, 2, 4, 5, 6, 7]
    assert looked.counts().done == 3
    assert looked.table("runs").num_rows == 6
    assert files(store.folder) == before


def test_leftovers_are_deleted_under_the_lock_whoever_wrote_them(tmp_path, undisturbed):
    store = create(tmp_path / "store")
    do(store, 2)
    for place in ("", "open/", "runs/"):
        (store.folder / f"{place}.some.{os.getpid()}.partial").write_bytes(b"half")
    do(store)
    assert files(store.folder) == undisturbed


def test_a_part_that_cannot_be_read_is_told_in_words(tmp_path):
    store = whole(tmp_path / "store")
    path = store.folder / "runs" / "part-000001.parquet"
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(InputError, match=r"cannot be read.*verify"):
        store.table("runs")


# --- manifest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "is missing though parts"),
        (lambda path: path.write_text(path.read_text()[:-20]), "is no JSON"),
        (lambda path: path.write_text(path.read_text().replace('"failed": 1', '"failed": 0')), "checksum"),
        (lambda path: path.write_text("[]"), "is not the manifest of a study"),
        (lambda path: path.write_text('{"format": "cisim study", "format_version": 9}'), "version 9"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "cannot be read"),
    ],
    ids=["missing", "torn", "changed", "other", "later", "no text"],
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
    made = Store.rebuild(store.folder, ABOUT, POINTS, SCHEMAS, batch=BATCH, reducers=REDUCERS)
    assert files(store.folder) == before
    assert made.dropped == []
    assert do(made) == list(range(done, 8))
    assert files(store.folder) == undisturbed


def test_a_rebuilt_manifest_knows_what_the_study_was_extended_by(tmp_path):
    store = whole(tmp_path / "store")
    store.add_batch(MORE_POINTS, SIX_POINTS)
    do(store)
    before = files(store.folder)
    (store.folder / "manifest.json").write_text("{}")
    Store.rebuild(store.folder, ABOUT, POINTS, SCHEMAS, batch=BATCH)
    assert files(store.folder) == before


def test_a_rebuilt_manifest_leaves_out_what_is_damaged(tmp_path, undisturbed):
    store = whole(tmp_path / "store")
    (store.folder / "manifest.json").unlink()
    damaged(store.folder / "runs" / "part-000000.parquet", "a bit flipped")
    damaged(store.folder / "failures" / "part-000001.parquet", "a bit flipped")
    made = Store.rebuild(store.folder, ABOUT, POINTS, SCHEMAS, batch=BATCH, reducers=REDUCERS)
    assert len(made.dropped) == 2
    assert do(made) == list(range(6))
    assert files(store.folder) == undisturbed


def test_a_manifest_is_not_rebuilt_from_parts_of_another_study_or_model(tmp_path):
    store = whole(tmp_path / "store")
    with pytest.raises(InputError, match="its manifest is whole"):
        Store.rebuild(store.folder, ABOUT | {"code": {"model": "m"}}, POINTS, SCHEMAS, batch=BATCH)
    (store.folder / "manifest.json").unlink()
    for change, words in (
        ({"code": {"model": "m"}}, "another study"),
        ({"model": {"digest": "new"}}, "another model"),
    ):
        with pytest.raises(InputError, match=words):
            Store.rebuild(store.folder, ABOUT | change, POINTS, SCHEMAS, batch=BATCH)
    assert not (store.folder / "manifest.json").exists()


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
    (store.folder / "manifest.json").unlink()
    with pytest.raises(InputError, match="is missing though parts"):
        create(store.folder)


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


@pytest.mark.parametrize("after", range(0, 40, 3))
def test_a_full_disk_leaves_nothing_half_written_and_the_work_goes_on_afterwards(
    tmp_path, undisturbed, after
):
    store = create(tmp_path / "store")
    with fails(after=after), pytest.raises(InputError, match="cannot be written: No space"):
        do(store)
    assert not list(store.folder.rglob("*.partial"))
    kept = committed(store.folder)
    assert set(do(again(store.folder))) == set(range(8)) - kept
    assert files(store.folder) == undisturbed


def test_a_disk_that_is_full_at_once_leaves_no_folder(tmp_path):
    for after in range(6):
        with fails(after=after), pytest.raises(InputError, match="cannot be written"):
            create(tmp_path / "store")
        assert not (tmp_path / "store").exists()


def test_files_larger_than_the_system_allows_are_told(tmp_path, undisturbed):
    """RLIMIT_FSIZE, in a process of its own."""
    create(tmp_path / "store")
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        import stores
        from cisim.errors import InputError
        resource.setrlimit(resource.RLIMIT_FSIZE, (2200, 2200))
        try:
            stores.do(stores.again(Path(sys.argv[1])))
        except InputError as error:
            print(error)
    """)
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "store")],
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


# --- large -----------------------------------------------------------------------------------------------


def test_a_million_finished_runs_are_opened_without_reading_their_files(tmp_path):
    """No part is opened: the manifest and the sizes of files are enough."""
    batch = batch_of([0.0047] * 1_000, 0, 0, 1_000, first_task=0, whole_points=False)
    points = pa.table({"point": pa.array(range(1_000), pa.int64())})
    store = create(tmp_path / "store", points=points, batch=batch)
    (store.folder / "runs").mkdir()
    layout = store.layout
    entries = []
    for shelf in range(layout.shelves):
        tasks = layout.tasks_of(shelf)
        (store.folder / "runs" / f"part-{shelf:06d}.parquet").write_bytes(b"12345")
        said = {"runs": {"rows": layout.runs(tasks), "bytes": 5, "sha256": ""}}
        entries.append({"shelf": shelf, "tasks": [tasks.start, tasks.stop - 1], "failed": 0, "files": said})
    store.adopt(entries)
    with mock.patch.object(Path, "read_bytes", autospec=True, side_effect=Path.read_bytes) as reading:
        resumed = again(store.folder)
        with resumed.lock():
            assert next(resumed.todo(), None) is None
        assert resumed.counts().done == 1_000_000
    assert {call.args[0].name for call in reading.call_args_list} == {"manifest.json"}


def test_a_shelf_is_put_together_from_its_own_parts_alone(tmp_path):
    store = create(tmp_path / "store")
    do(store, 3, order=lambda _: [2, 6, 0])
    with mock.patch("cisim.study.shelving.read_part", wraps=making.decode) as reading:
        do(store, 1)
    assert {call.args[0].name[:12] for call in reading.call_args_list} == {"task-0000000", "task-0000001"}
