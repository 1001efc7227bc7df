"""A worker that is lost costs what it was at; and whose workers they are changes no byte."""

from __future__ import annotations

import importlib
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import pytest

from calling import SOURCES
from cisim.errors import InputError
from cisim.study import Code, Store, Study, read, run
from faults.doomed import FOLDER, log_of, look_in
from faults.studies import ALL, assert_same, written

ESTIMATE = importlib.import_module("cisim.study.estimate")
MODEL = Code(model="faults.doomed:Doomed")
POINTS, REPLICATIONS = 4, 20
RUNS = POINTS * REPLICATIONS
#: All that can be recorded of six months.
ALL_OF_SIX = ALL.replace("[0, 12]", "[0, 6]")
#: Tasks that two workers may have out.
OUT = 4


@pytest.fixture(autouse=True)
def _short_tasks(monkeypatch):
    for name in ("SHORTEST", "LONGEST", "LONGEST_POINT"):
        monkeypatch.setattr(ESTIMATE, name, 0.01)


@pytest.fixture(scope="module", autouse=True)
def _places() -> Iterator[None]:
    """Every process that is started finds the sources and these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(SOURCES), str(SOURCES.parent / "tests")]))
        patch.setenv(FOLDER, "/nowhere")
        yield


@pytest.fixture
def doom(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "doom"
    folder.mkdir()
    monkeypatch.setenv(FOLDER, str(folder))
    return folder


@pytest.fixture(scope="module")
def dask() -> Iterator[Callable]:
    """Two workers of Dask, each a process."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def own_model(folder: Path) -> Study:
    return read(
        written(folder, points=POINTS, replications=REPLICATIONS, months=6, luck="independent", record=ALL_OF_SIX)
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """What a model of one's own gives if nothing happens: one worker, in this process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SHORTEST", "LONGEST", "LONGEST_POINT"):
            patch.setattr(ESTIMATE, name, 0.01)
        patch.setenv(FOLDER, str(folder))
        from faults.here import Here

        run(own_model(folder), folder / "store", code=MODEL, executor=Here())
    assert sorted(Counter(log_of(folder)).values()) == [1] * RUNS
    return folder / "store"


def assert_one_death_cost_little(store: Store, doom: Path, undisturbed: Path) -> None:
    """The same bytes; and runs were done twice only if they were out when the worker died."""
    assert (doom / "had").exists()
    assert_same(store.folder, undisturbed)
    times = Counter(log_of(doom))
    assert len(times) == RUNS
    longest = max(sum(last - first for _, first, last in store.spans(task)) for task in range(store.tasks))
    assert 1 <= sum(times.values()) - RUNS <= OUT * longest < RUNS
    assert max(times.values()) == 2


@pytest.mark.long
def test_a_process_that_is_killed_changes_no_byte_and_costs_what_was_out(doom, tmp_path, undisturbed):
    (doom / "once").write_text("20")
    store = run(own_model(tmp_path), tmp_path / "store", code=MODEL, threads=2)
    assert_one_death_cost_little(store, doom, undisturbed)


@pytest.mark.long
def test_a_run_that_kills_every_process_has_failed_and_the_others_go_on(doom, tmp_path, undisturbed):
    study = own_model(tmp_path)
    seeds = Store.open(undisturbed).frame("runs").drop_duplicates("seed")["seed"]
    victim = int(seeds.iloc[17])
    (doom / f"always-{victim}").touch()
    store = run(study, tmp_path / "store", code=MODEL, threads=2)
    frame, expected = store.frame("runs"), Store.open(undisturbed).frame("runs")
    failed = frame[frame["status"] == "failed"]
    assert set(failed["seed"]) == {victim}
    place = ["point", "replication", "month"]
    assert frame[place].equals(expected[place])
    (row,) = store.frame("failures").to_dict("records")
    assert (row["seed"], row["stage"]) == (victim, "worker")
    others, as_before = (one[one["seed"] != victim].reset_index(drop=True) for one in (frame, expected))
    assert others.equals(as_before)


def test_a_worker_of_dask_that_is_killed_in_a_task_changes_no_byte(dask, doom, tmp_path, undisturbed):
    dask.run(look_in, str(doom))
    (doom / "once").write_text("20")
    with dask.get_executor() as executor:
        store = run(own_model(tmp_path), tmp_path / "store", code=MODEL, executor=executor, threads=2)
    assert_one_death_cost_little(store, doom, undisturbed)


def test_a_pool_of_somebody_else_that_breaks_is_told_and_the_study_goes_on_with_another(doom, tmp_path, undisturbed):
    (doom / "once").write_text("20")
    with (
        spawned(1) as executor,
        pytest.raises(InputError, match="lost a worker and starts no other: run the study again"),
    ):
        run(own_model(tmp_path), tmp_path / "store", code=MODEL, executor=executor)
    with spawned(1) as executor:
        store = run(own_model(tmp_path), tmp_path / "store", code=MODEL, executor=executor)
    assert_one_death_cost_little(store, doom, undisturbed)


def spawned(workers: int = 2) -> Executor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def test_threads_processes_and_dask_give_the_same_bytes(dask, tmp_path):
    study = read(written(tmp_path, points=6, replications=40, record=ALL))
    run(study, tmp_path / "one", threads=1)
    run(study, tmp_path / "two", threads=2)
    assert_same(tmp_path / "two", tmp_path / "one")
    with spawned() as executor:
        run(study, tmp_path / "processes", executor=executor)
    assert_same(tmp_path / "processes", tmp_path / "one")
    with dask.get_executor() as executor:
        run(study, tmp_path / "dask", executor=executor)
    assert_same(tmp_path / "dask", tmp_path / "one")
