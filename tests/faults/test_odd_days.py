"""Two runners at once, a clock that is set to and fro, very many points, and a study in which every run fails."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cisim.errors import InputError
from cisim.study import Store, extend, read, run
from cisim.study.estimate import SHORTEST
from cisim.study.store import verify
from faults.studies import ALL, History, assert_same, contents, written


def test_two_runners_at_once_share_the_work_or_one_refuses_and_no_run_is_done_twice(forks, tmp_path):
    study = written(tmp_path / "study", points=10, replications=100)
    assert forks.run(study, tmp_path / "undisturbed")["error"] is None
    for head_start in (0, 0, 0.02, 0.1):
        store, log = (tmp_path / f"store-{head_start}-{time.monotonic_ns()}", tmp_path / f"log-{time.monotonic_ns()}")
        first = forks.start(study, store, log=log)
        time.sleep(head_start)
        second = forks.start(study, store, log=log)
        ends = [forks.end(first), forks.end(second)]
        refused = [end["error"] for end in ends if end["error"]]
        assert len(refused) <= 1, refused
        for error in refused:
            assert error[0] == "InputError", error
            assert "another" in error[1]
        assert_same(store, tmp_path / "undisturbed")
        begun = [spans for _, word, spans in History(log).lines if word == "begun"]
        assert len(begun) == len(set(begun)) == Store.open(store).tasks


@pytest.mark.parametrize("ended", [True, False])
def test_a_runner_whose_folder_another_one_makes_meanwhile_takes_nothing_of_it_away(
    forks, tmp_path, monkeypatch, ended
):
    study, store, log = (written(tmp_path / "study", points=8, replications=100), tmp_path / "store", tmp_path / "log")
    assert forks.run(study, tmp_path / "undisturbed")["error"] is None
    make, others = Path.mkdir, []

    def late(folder: Path, *args: object, **kwargs: object) -> None:
        if folder == store and not others:
            others.append(forks.start(study, store, log=log))
            if ended:
                assert forks.end(others[0])["error"] is None
            else:
                until_begun(log)
        make(folder, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", late)
    if ended:
        run(read(study), store)
    else:
        with pytest.raises(InputError, match="another runner is at work here"):
            run(read(study), store)
        assert forks.end(others[0])["error"] is None
    assert_same(store, tmp_path / "undisturbed")


def until_begun(log: Path) -> None:
    """Wait for the first task."""
    while not (log.exists() and "begun" in log.read_text()):
        time.sleep(0.005)


def test_a_runner_that_was_killed_leaves_no_lock_behind(forks, tmp_path):
    study = written(tmp_path / "study", points=10, replications=200)
    child = forks.start(study, tmp_path / "store", log=tmp_path / "log")
    until_begun(tmp_path / "log")
    assert "another" in forks.run(study, tmp_path / "store")["error"][1]
    assert forks.kill(child)
    assert forks.run(study, tmp_path / "store")["error"] is None


def test_a_clock_that_is_set_to_and_fro_changes_no_byte(forks, tmp_path):
    study = written(tmp_path / "study", points=6, replications=60, record=ALL)
    things = forks.run(study, tmp_path / "undisturbed", strike=(None, "kill"))["seen"]
    store, log = tmp_path / "store", tmp_path / "log"
    assert forks.run(study, store, log=log, clock=True, strike=(len(things) // 2, "kill"))["signal"] == 9
    for number, path in enumerate(sorted(store.rglob("*"))):
        os.utime(path, (0, 0) if number % 2 else (4e9, 4e9))
    assert forks.run(study, store, log=log, clock=True)["error"] is None
    assert_same(store, tmp_path / "undisturbed")
    History(log).assert_nothing_kept_is_begun_again()


@pytest.mark.long
@pytest.mark.parametrize("points", [1_000, pytest.param(10_000, marks=pytest.mark.many)])
def test_very_many_points_are_each_done_once_in_few_files_though_the_runner_was_killed(forks, tmp_path, points):
    study, cut = written(tmp_path / "study", points=points, replications=1, months=3), SHORTEST * points / 10_000
    store, log = tmp_path / "store", tmp_path / "log"
    child = forks.start(study, store, log=log, cut=cut)
    while not (log.exists() and log.read_text().count("kept") >= 4):
        time.sleep(0.02)
    assert forks.kill(child)
    assert forks.run(study, store, log=log, cut=cut)["error"] is None
    History(log).assert_nothing_kept_is_begun_again()
    frame = Store.open(store).frame("runs")
    assert frame["point"].tolist() == list(range(points))
    assert set(frame["status"]) == {"ok"}
    assert frame["progress"].notna().all()
    assert len(contents(store)) < 40
    assert verify(store) == []


#: Each may be where six organisations have two partners each, and both together never: four have three partners at most.
IMPOSSIBLE = '"coalition.organisations" = [4]\n"coalition.degree" = [4]'


def test_a_study_whose_every_run_fails_ends_with_a_row_for_each_and_does_none_again(forks, tmp_path):
    study = written(tmp_path / "study", points=5, replications=20, organisations=6, levers=IMPOSSIBLE)
    store, log = tmp_path / "store", tmp_path / "log"
    for _ in range(2):
        told = forks.run(study, store, log=log)
        assert told["error"] is None, told["error"]
        assert (told["counts"]["done"], told["counts"]["failed"]) == (100, 100)
    begun = [spans for _, word, spans in History(log).lines if word == "begun"]
    assert len(begun) == len(set(begun)) == Store.open(store).tasks
    opened = Store.open(store)
    for kind in ("runs", "failures"):
        frame = opened.frame(kind).drop_duplicates(["point", "replication"])
        assert list(zip(frame["point"], frame["replication"], strict=True)) == [
            (point, replication) for point in range(5) for replication in range(20)
        ]
    assert set(opened.frame("runs")["status"]) == {"failed"}
    assert opened.frame("failures")["message"].str.contains("coalition.degree").all()
    assert verify(store) == []


def test_runs_that_fail_among_others_cost_the_others_nothing(forks, tmp_path):
    mixed = IMPOSSIBLE.replace('degree" = [', 'degree" = [2, ')
    rest = written(tmp_path / "study", points=6, replications=30, organisations=6, levers=mixed)
    assert forks.run(rest, tmp_path / "store")["error"] is None
    frame = Store.open(tmp_path / "store").frame("runs")
    points = Store.open(tmp_path / "store").points.to_pandas().set_index("point")["coalition.degree"]
    assert set(points) == {2, 4}
    expected = frame["point"].map(points).map({2: "ok", 4: "failed"})
    assert (frame["status"] == expected).all()


def test_a_store_that_is_extended_keeps_what_it_has_byte_for_byte(forks, tmp_path):
    study, store, log = (written(tmp_path / "study", points=4, replications=20), tmp_path / "store", tmp_path / "log")
    assert forks.run(study, store, log=log)["error"] is None
    before = contents(store)
    extend(store, replications=50)
    assert forks.run(study, store, log=log)["error"] is None
    after = contents(store)
    assert all(after[name] == before[name] for name in before if name.startswith("runs/"))
    History(log).assert_nothing_kept_is_begun_again()
    frame = Store.open(store).frame("runs")
    assert len(frame) == len(frame[["point", "replication"]].drop_duplicates()) == 200
