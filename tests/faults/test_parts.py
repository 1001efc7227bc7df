"""Parts that are torn, changed, or not ours are told; what they held is done again, and nothing else."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from cisim.study import Store
from cisim.study.verifying import verify
from faults.studies import ALL, History, assert_same, contents, written


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


#: Tasks of 28 runs, four of them on a shelf.
CUT = (0.01, 4)
#: So that nothing that is recorded depends on the number of months.
EVERYTHING = ALL.replace("[0, 12]", "[0, 6]")
HARM = [torn, emptied, one_bit_flipped, lengthened]


@pytest.fixture(scope="module")
def half(forks, tmp_path_factory):
    """A study, its store undisturbed, and one that was left in the middle of its last shelf, of which three tasks are done."""
    folder = tmp_path_factory.mktemp("half")
    study = written(folder / "study", points=6, replications=60, record=EVERYTHING)
    whole, left = folder / "whole", folder / "left"
    things = forks.run(study, whole, threads=1, cut=CUT, strike=(None, "kill"))["seen"]
    shelf = json.loads((whole / "manifest.json").read_text())["shelves"][-1]["tasks"]
    third = f"task-{shelf[0] + 2:07d}.runs."
    at = next(at for at, thing in enumerate(things) if thing.startswith("os.rename") and third in thing)
    assert forks.run(study, left, threads=1, cut=CUT, strike=(at + 1, "kill")) == {"signal": 9}
    assert len({path.name.split(".")[0] for path in open_parts(left)}) == 3
    return study, whole, left


def open_parts(store: Path) -> list[Path]:
    return sorted((store / "open").glob("task-*.parquet"))


@pytest.mark.parametrize("harm", HARM)
def test_a_part_of_an_unfinished_shelf_that_is_harmed_is_done_again_alone(forks, tmp_path, half, harm):
    study, whole, left = half
    kinds = {path.name.split(".")[1] for path in open_parts(left)}
    assert kinds >= {"runs", "trajectories"}
    for kind in sorted(kinds):
        store, log = tmp_path / kind, tmp_path / f"log-{kind}"
        shutil.copytree(left, store)
        victim = next(path for path in open_parts(store) if path.name.split(".")[1] == kind)
        done = {path.name.split(".")[0] for path in open_parts(store) if path.name.split(".")[1] == "runs"}
        harm(victim)
        assert forks.run(study, store, threads=1, cut=CUT, log=log)["error"] is None
        assert_same(store, whole)
        begun = begun_tasks(store, log)
        number = int(victim.name.split(".")[0].removeprefix("task-"))
        assert number in begun
        assert begun & {int(one.removeprefix("task-")) for one in done} == {number}


def begun_tasks(store: Path, log: Path) -> set[int]:
    opened = Store.open(store)
    numbers = {tuple(map(tuple, opened.spans(task))): task for task in range(opened.tasks)}
    return {numbers[spans] for _, word, spans in History(log).lines if word == "begun"}


@pytest.mark.parametrize("harm", HARM)
def test_a_finished_part_that_is_harmed_is_named_and_done_again_once_it_is_taken_away(
    forks, tmp_path, half, harm
):
    study, whole, _ = half
    last = max(name for name in contents(whole) if name.startswith("runs/")).removeprefix("runs/")
    for name in [name for name in contents(whole) if name.endswith(last)]:
        store, log = tmp_path / name.replace("/", "-"), tmp_path / f"log-{name.replace('/', '-')}"
        shutil.copytree(whole, store)
        harm(store / name)
        (problem,) = verify(store, drop=True)
        assert name in problem
        assert forks.run(study, store, cut=CUT, log=log)["error"] is None
        assert_same(store, whole)
        tasks = json.loads((whole / "manifest.json").read_text())["shelves"][-1]["tasks"]
        assert begun_tasks(store, log) == set(range(tasks[0], tasks[1] + 1))


def test_a_part_of_another_study_is_told_and_what_it_stands_for_is_done(forks, tmp_path, half):
    study, whole, left = half
    other = written(tmp_path / "other", points=6, replications=60, months=11, record=EVERYTHING)
    assert forks.run(other, tmp_path / "theirs", cut=CUT)["error"] is None
    things = forks.run(other, tmp_path / "theirs-left", threads=1, cut=CUT, strike=(60, "kill"))
    assert things["signal"] == 9
    store = tmp_path / "store"
    shutil.copytree(left, store)
    foreign = next(path for path in open_parts(tmp_path / "theirs-left") if ".runs." in path.name)
    shutil.copy(foreign, store / "open")
    assert any(foreign.name in problem and "another study" in problem for problem in verify(store))
    assert forks.run(study, store, cut=CUT)["error"] is None
    assert_same(store, whole)

    name = "runs/part-000000.parquet"
    shutil.copy(tmp_path / "theirs" / name, store / name)
    (problem,) = verify(store, drop=True)
    assert name in problem
    assert forks.run(study, store, cut=CUT)["error"] is None
    assert_same(store, whole)


@pytest.mark.parametrize("harm", [Path.unlink, *HARM])
def test_a_manifest_that_is_missing_or_broken_is_made_again_or_refused_and_nothing_is_lost(
    forks, tmp_path, half, harm
):
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
