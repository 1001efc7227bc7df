"""Parts that are torn, changed, or not ours are told; what they held is done again, and nothing else."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from cisim.study import Store
from cisim.study.store import verify
from faults.studies import ALL, History, assert_same, written


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def one_bit_flipped(path: Path) -> None:
    luck, data = random.Random(path.name), bytearray(path.read_bytes())
    data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    path.write_bytes(data)


def lengthened(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


#: Tasks of 28 runs.
CUT = 0.01
#: So that nothing that is recorded depends on the number of months.
EVERYTHING = ALL.replace("[0, 12]", "[0, 6]")
HARM = [torn, emptied, one_bit_flipped, lengthened]
KINDS = ("runs", "trajectories", "bands_source", "organisations", "ties")


@pytest.fixture(scope="module")
def half(forks, tmp_path_factory):
    """A study, its store undisturbed, and one that was left when three tasks were done."""
    folder = tmp_path_factory.mktemp("half")
    study = written(folder / "study", points=6, replications=60, record=EVERYTHING)
    whole, left = folder / "whole", folder / "left"
    things = forks.run(study, whole, threads=1, cut=CUT, strike=(None, "kill"))["seen"]
    at = next(
        at
        for at, thing in enumerate(things)
        if thing.startswith("os.rename") and "runs/task-0000002" in thing.split()[2]
    )
    assert forks.run(study, left, threads=1, cut=CUT, strike=(at + 1, "kill")) == {"signal": 9}
    assert {path.parent.name for path in parts(left)} == set(KINDS)
    assert len(list((left / "runs").glob("task-*.parquet"))) == 3
    return study, whole, left


def parts(store: Path) -> list[Path]:
    return sorted(store.glob("*/task-*.parquet"))


def task_of(path: Path) -> int:
    return int(path.name[5:12])


@pytest.mark.long
@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("finished", [False, True], ids=["left in the middle", "finished"])
def test_a_part_that_is_harmed_is_told_and_its_task_done_again_alone(forks, tmp_path, half, harm, finished):
    study, whole, left = half
    for kind in KINDS:
        store, log = tmp_path / kind, tmp_path / f"log-{kind}"
        shutil.copytree(whole if finished else left, store)
        victim = next(path for path in parts(store) if path.parent.name == kind)
        done = {task_of(path) for path in (store / "runs").glob("task-*.parquet")}
        harm(victim)
        assert any(str(victim) in problem for problem in verify(store))
        assert forks.run(study, store, threads=1, cut=CUT, log=log)["error"] is None
        assert_same(store, whole)
        begun = begun_tasks(store, log)
        assert begun & done == {task_of(victim)}
        if finished:
            assert begun == {task_of(victim)}


def begun_tasks(store: Path, log: Path) -> set[int]:
    opened = Store.open(store)
    numbers = {tuple(map(tuple, opened.spans(task))): task for task in range(opened.tasks)}
    return {numbers[spans] for _, word, spans in History(log).lines if word == "begun"}


def test_a_part_of_another_study_is_told_and_what_it_stands_for_is_done(forks, tmp_path, half):
    study, whole, left = half
    other = written(tmp_path / "other", points=6, replications=60, months=11, record=EVERYTHING)
    assert forks.run(other, tmp_path / "theirs", cut=CUT)["error"] is None
    store = tmp_path / "store"
    shutil.copytree(left, store)
    foreign = max((tmp_path / "theirs" / "runs").glob("task-*.parquet"))
    shutil.copy(foreign, store / "runs")
    assert any(foreign.name in problem and "another study" in problem for problem in verify(store))
    assert forks.run(study, store, cut=CUT)["error"] is None
    assert_same(store, whole)


@pytest.mark.parametrize("harm", [Path.unlink, *HARM])
def test_a_manifest_that_is_missing_or_broken_is_made_again_or_refused_and_nothing_is_lost(forks, tmp_path, half, harm):
    study, whole, left = half
    store, log = tmp_path / "store", tmp_path / "log"
    shutil.copytree(left, store)
    before = Store.open(store).counts()
    harm(store / "manifest.json")
    told = forks.run(study, store, cut=CUT, log=log)
    if told["error"]:
        assert told["error"][0] == "InputError"
        assert "manifest.json" in told["error"][1]
        (store / "manifest.json").unlink()
        told = forks.run(study, store, cut=CUT, log=log)
    assert told["error"] is None
    assert_same(store, whole)
    assert len(begun_tasks(store, log)) == before.tasks - before.tasks_done
    History(log).assert_nothing_kept_is_begun_again()
