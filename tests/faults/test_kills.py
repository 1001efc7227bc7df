"""A runner that is killed loses what it was at, and nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from faults.studies import History, assert_same, contents, written

#: How many times the runner is killed.
KILLS = [12, pytest.param(50, marks=pytest.mark.many)]
#: Runs of the study that is killed, for each kill.
RUNS = 120
#: Tasks that two threads may have out: what one kill can cost.
OUT = 4


def seconds(what: Callable[[], object]) -> float:
    began = time.monotonic()
    what()
    return time.monotonic() - began


@pytest.mark.long
@pytest.mark.parametrize("asked", KILLS)
def test_kills_at_random_instants_change_no_byte_and_nothing_kept_is_done_again(forks, tmp_path, asked):
    study = written(tmp_path / "study", points=2 * asked, replications=RUNS // 2)
    undisturbed, luck = tmp_path / "undisturbed", random.Random(6)
    whole = seconds(lambda: forks.run(study, undisturbed))
    # Children get through the study in about as many kills, each after the time that it takes to begin.
    each = seconds(lambda: forks.run(study, undisturbed)) + whole / asked

    kills, stores, lost = 0, 0, []
    while kills < asked:
        store, log = tmp_path / f"killed-{stores}", tmp_path / f"log-{stores}"
        stores += 1
        while kills < asked:
            child = forks.start(study, store, log=log)
            time.sleep(luck.uniform(0, 2 * each))
            if not forks.kill(child):
                break
            kills += 1
        told = forks.run(study, store, log=log)
        assert told["error"] is None
        assert told["counts"]["done"] == asked * RUNS
        assert_same(store, undisturbed)
        history = History(log)
        history.assert_nothing_kept_is_begun_again()
        lost += history.lost().values()
    assert max(lost) <= OUT
    assert sum(count > 0 for count in lost) >= asked // 10, "hardly a kill met a task at work"


#: Tasks of three runs.
CUT = 0.0008
#: Each third thing is struck here; tests/study/test_store.py strikes each, below the runner.
EVERY = 3
#: Several kinds of parts.
KINDS = '[record]\nmeasures = ["progress"]\nbands = ["progress"]\ntrajectories = ["trust"]\n'
#: What is struck: the states between these are all that a kill can leave, and a full disk is met when a file is opened.
STRUCK = {"kill": {"open", "os.rename", "os.remove", "os.mkdir"}, "full": {"open", "os.mkdir"}}


@pytest.mark.long
@pytest.mark.parametrize("how", STRUCK)
def test_a_kill_or_a_full_disk_at_things_done_to_the_folder_changes_no_byte(forks, tmp_path, how):
    study = written(tmp_path / "study", points=2, replications=6, record=KINDS)
    undisturbed = tmp_path / "undisturbed"
    told = forks.run(study, undisturbed, threads=1, cut=CUT, strike=(None, how))
    assert told["counts"]["tasks"] == 4
    struck = [(at, thing) for at, thing in enumerate(told["seen"]) if thing.split()[0] in STRUCK[how]]
    assert len(struck) > 20
    for at, thing in struck[::EVERY]:
        store, log = tmp_path / f"struck-{at}", tmp_path / f"log-{at}"
        told = forks.run(study, store, threads=1, cut=CUT, strike=(at, how), log=log)
        if how == "kill":
            assert told == {"signal": 9}, thing
        else:
            assert told["error"][0] == "InputError", (thing, told["error"])
            assert "cannot be written" in told["error"][1]
        told = forks.run(study, store, threads=1, cut=CUT, log=log)
        assert told["error"] is None, (thing, told["error"])
        assert_same(store, undisturbed)
        History(log).assert_nothing_kept_is_begun_again()


def test_every_file_is_on_the_disk_before_it_gets_its_name_and_its_name_before_what_follows(forks, tmp_path):
    study = written(tmp_path / "study", points=2, replications=6, record=KINDS)
    store = tmp_path / "store"
    things = forks.run(study, store, threads=1, cut=CUT, strike=(None, "kill"))["seen"]
    named = set()
    for at, thing in enumerate(things):
        if thing.startswith("os.rename"):
            _, partial, goal = thing.split()
            named.add(goal)
            assert things[at - 1] == f"os.fsync {partial}"
            assert store / things[at + 1].removeprefix("os.fsync ") == (store / goal).parent
    assert named >= set(contents(store))
