"""Disks that are full, small, or may only be read: words instead of a traceback, and nothing half-written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cisim.study import Store
from cisim.study.store import verify
from faults.studies import ALL, History, assert_same, written


def assert_refused_in_words(told: dict) -> None:
    assert told["error"] is not None
    assert told["error"][0] == "InputError", told["error"]
    assert "cannot be written" in told["error"][1]


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Let nobody write into a store, if they obey permissions."""

    def permit(folders: int, files: int) -> None:
        for path in [store, *store.rglob("*")]:
            path.chmod(folders if path.is_dir() else files)

    permit(0o555, 0o444)
    yield
    permit(0o755, 0o644)


@pytest.fixture
def undisturbed(forks, tmp_path):
    """A study with large parts, done."""
    study = written(tmp_path / "study", points=6, replications=60, record=ALL)
    assert forks.run(study, tmp_path / "undisturbed")["error"] is None
    return study, tmp_path / "undisturbed"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_limit_on_files_stops_a_study_in_words_and_it_goes_on_without_it(forks, tmp_path, undisturbed, share):
    study, whole = undisturbed
    largest = max(path.stat().st_size for path in whole.rglob("*.parquet"))
    store, log = tmp_path / "store", tmp_path / "log"
    assert_refused_in_words(forks.run(study, store, log=log, largest_file=int(share * largest)))
    assert forks.run(study, store, log=log)["error"] is None
    assert_same(store, whole)
    History(log).assert_nothing_kept_is_begun_again()


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_disk_that_is_full_stops_a_study_in_words_and_it_goes_on_elsewhere(forks, tmp_path, undisturbed, share):
    study, whole = undisturbed
    size = sum(path.stat().st_size for path in whole.rglob("*") if path.is_file())
    log, disk = tmp_path / "log", tmp_path / "disk"
    disk.mkdir()
    told = forks.run(study, disk / "store", log=log, small_disk=int(share * size))
    assert_refused_in_words(told)
    kept = tmp_path / "disk-kept"
    assert forks.run(study, kept, log=log)["error"] is None
    assert_same(kept, whole)
    History(log).assert_nothing_kept_is_begun_again()


def test_a_folder_that_may_only_be_read_is_refused_in_words(forks, tmp_path):
    study = written(tmp_path / "study", points=2, replications=3)
    (tmp_path / "locked").mkdir(mode=0o555)
    assert_refused_in_words(forks.run(study, tmp_path / "locked" / "store", obedient=True))
    assert list((tmp_path / "locked").iterdir()) == []


def test_a_store_that_may_only_be_read_says_so_and_goes_on_when_it_may_be_written(forks, tmp_path):
    study, store, log = (written(tmp_path / "study", points=6, replications=60), tmp_path / "store", tmp_path / "log")
    things = forks.run(study, tmp_path / "undisturbed", threads=1, strike=(None, "kill"))["seen"]
    forks.run(study, store, threads=1, strike=(len(things) // 2, "kill"), log=log)
    before = Store.open(store).counts().done
    assert 0 < before < 360
    with locked(store):
        assert_refused_in_words(forks.run(study, store, obedient=True, log=log))
        assert Store.open(store).counts().done == before
    assert forks.run(study, store, log=log)["error"] is None
    assert_same(store, tmp_path / "undisturbed")
    History(log).assert_nothing_kept_is_begun_again()


def test_a_finished_store_that_may_only_be_read_is_looked_at_and_verified(forks, tmp_path):
    study, store = written(tmp_path / "study", points=2, replications=3), tmp_path / "store"
    assert forks.run(study, store)["error"] is None
    with locked(store):
        assert Store.open(store).counts().done == 6
        assert verify(store) == []
        assert len(Store.open(store).frame("runs")) == 6
        assert_refused_in_words(forks.run(study, store, obedient=True))
