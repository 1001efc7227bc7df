"""Shards become the store that would have been made without them."""

from __future__ import annotations

import os
import shutil
from unittest import mock

import pytest

from cisim.errors import InputError
from cisim.study.merge import merge
from cisim.study.store import verify
from stores import MORE_RUNS, again, create, do, extend, files, part, snapshots, whole


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", int)


@pytest.fixture
def undisturbed(tmp_path):
    return files(whole(tmp_path / "undisturbed").folder)


def made(tmp_path, parts, *, leave=None, **changes):
    """Shards, finished but for one."""
    folders = []
    for number in range(1, parts + 1):
        store = create(tmp_path / f"shard-{number}", shard=(number, parts), **changes)
        do(store, 1 if number == leave else None)
        folders.append(store.folder)
    return folders


def problems(*given, **options):
    with pytest.raises(InputError) as caught:
        merge(*given, **options)
    return list(caught.value.problems)


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 8, 11])
def test_the_bytes_are_those_of_a_store_without_shards(tmp_path, undisturbed, parts):
    shards = made(tmp_path, parts)
    before = [files(shard) for shard in shards]
    assert merge(tmp_path / "out", shards).todo() == []
    assert files(tmp_path / "out") == undisturbed
    assert verify(tmp_path / "out") == []
    assert [files(shard) for shard in shards] == before


def test_a_shard_does_its_part_of_the_tasks(tmp_path):
    [first, second] = made(tmp_path, 2)
    assert [[*again(shard).mine] for shard in (first, second)] == [[0, 2, 4, 6], [1, 3, 5, 7]]
    assert again(first).counts() == (12, 1, 12, 4, 4)
    assert again(second).counts() == (12, 1, 12, 4, 4)
    assert verify(first) == verify(second) == []


def test_an_extended_study_is_merged_too(tmp_path):
    one = whole(tmp_path / "undisturbed")
    extend(one, MORE_RUNS)
    do(one)
    shards = made(tmp_path, 3)
    for shard in shards:
        extend(again(shard), MORE_RUNS)
        do(again(shard))
    merge(tmp_path / "out", shards)
    assert files(tmp_path / "out") == files(one.folder)


def test_the_order_of_shards_does_not_matter(tmp_path, undisturbed):
    merge(tmp_path / "out", made(tmp_path, 3)[::-1])
    assert files(tmp_path / "out") == undisturbed


def test_where_files_cannot_be_linked_they_are_copied(tmp_path, undisturbed):
    with mock.patch("os.link", side_effect=OSError("no links")):
        merge(tmp_path / "out", made(tmp_path, 3))
    assert files(tmp_path / "out") == undisturbed


def test_a_merge_that_was_killed_at_any_instant_goes_on(tmp_path, undisturbed):
    shards = made(tmp_path, 3)
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "copies").mkdir()
    with snapshots(out, tmp_path / "copies") as taken:
        merge(out, shards)
    assert len(taken) > 20
    for copy in taken:
        merge(copy, shards)
        assert files(copy) == undisturbed


def test_a_store_that_is_merged_already_stays(tmp_path, undisturbed):
    shards = made(tmp_path, 2)
    for _ in range(2):
        merge(tmp_path / "out", shards)
    assert files(tmp_path / "out") == undisturbed


# --- refused ---------------------------------------------------------------------------------------------


def test_missing_shards_are_named(tmp_path):
    shards = made(tmp_path, 5)
    assert problems(tmp_path / "out", [shards[0], shards[2], shards[4]]) == ["of 5 shards, 2, 4 are missing"]
    assert problems(tmp_path / "out", shards[:4]) == ["of 5 shards, 5 is missing"]
    assert not (tmp_path / "out").exists()


def test_a_shard_that_is_there_twice_is_named_by_both_folders(tmp_path):
    shards = made(tmp_path, 2)
    shutil.copytree(shards[1], tmp_path / "copy")
    told = problems(tmp_path / "out", [*shards, tmp_path / "copy"])
    assert told == [f"shard 2 of 2 is there twice: {shards[1]} and {tmp_path / 'copy'}"]
    told = problems(tmp_path / "out", [*shards, shards[0]])
    assert told == [f"shard 1 of 2 is there twice: {shards[0]} and {shards[0]}"]


def test_a_shard_that_is_not_finished_is_named(tmp_path):
    shards = made(tmp_path, 2, leave=2)
    assert problems(tmp_path / "out", shards) == [f"{shards[1]}: shard 2 of 2 is not finished: 3 tasks left to do"]


def test_what_there_is_can_be_taken_and_finished_or_merged_later(tmp_path, undisturbed):
    shards = made(tmp_path, 4, leave=3)
    assert merge(tmp_path / "out", [shards[0], shards[2]], incomplete=True).todo() == [1, 3, 5, 6, 7]
    assert verify(tmp_path / "out") == []
    shutil.copytree(tmp_path / "out", tmp_path / "later")
    assert do(again(tmp_path / "out")) == [1, 3, 5, 6, 7]
    assert files(tmp_path / "out") == undisturbed
    do(again(shards[2]))
    merge(tmp_path / "later", shards)
    assert files(tmp_path / "later") == undisturbed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": {"model": "m"}}, "is of another study than"),
        ({"model": "new"}, "was begun with another model than"),
        ({"shard": (2, 3)}, "is one of 3 shards"),
        ({"shard": None}, "is a whole study, not a shard"),
    ],
)
def test_shards_of_different_studies_are_refused(tmp_path, change, words):
    [first, _] = made(tmp_path, 2)
    other = create(tmp_path / "other", **{"shard": (2, 2)} | change)
    do(other)
    assert words in "\n".join(problems(tmp_path / "out", [first, other.folder]))
    assert not (tmp_path / "out").exists()


def test_shards_of_which_one_was_extended_are_refused(tmp_path):
    shards = made(tmp_path, 2)
    extend(again(shards[1]), MORE_RUNS)
    assert "was extended otherwise than" in problems(tmp_path / "out", shards)[0]


def test_damaged_shards_are_named(tmp_path):
    shards = made(tmp_path, 2)
    path = part(again(shards[0]), 4)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    other = part(again(shards[1]), 5)
    other.write_bytes(b"")
    told = problems(tmp_path / "out", shards)
    assert told[0].startswith(f"{path}: was changed")
    assert told[1].startswith(f"{other}: was changed")
    assert "shard 2 of 2 is not finished: 1 task left to do" in told[3]


def test_folders_without_a_store_are_all_named(tmp_path):
    told = problems(tmp_path / "out", [tmp_path / "a", tmp_path / "b"])
    assert told == [f"{tmp_path / 'a'}: no such folder", f"{tmp_path / 'b'}: no such folder"]
    assert problems(tmp_path / "out", []) == ["no shards: name their folders"]


def test_a_shard_at_which_a_runner_is_at_work_is_refused(tmp_path):
    shards = made(tmp_path, 2)
    with again(shards[0]).lock():
        assert "another runner is at work" in problems(tmp_path / "out", shards)[0]


def test_another_study_is_not_merged_into(tmp_path):
    shards = made(tmp_path, 2)
    other = create(tmp_path / "other", code={"model": "m"})
    before = files(other.folder)
    assert "holds another study" in problems(other.folder, shards)[0]
    assert "holds another study, or another part of it" in problems(shards[0], shards)[0]
    assert files(other.folder) == before


def test_a_full_disk_leaves_shards_as_they_are_and_the_merge_goes_on(tmp_path, undisturbed):
    shards = made(tmp_path, 3)
    before = [files(shard) for shard in shards]
    for after in (0, 3, 6, 9, 12):
        left = [after]

        def full(_descriptor, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")

        no_links = mock.patch("os.link", side_effect=OSError("no links"))
        with no_links, mock.patch("os.fsync", full):
            assert "No space left" in problems(tmp_path / "out", shards)[0]
    merge(tmp_path / "out", shards)
    assert files(tmp_path / "out") == undisturbed
    assert [files(shard) for shard in shards] == before
