"""A study is begun, gone on with, made larger, and never mixed with another one."""

from __future__ import annotations

import importlib
import json
import platform
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

import cisim
from cisim.cli.commands.study import study_app
from cisim.errors import InputError
from cisim.report.sentences import estimate_in_words
from cisim.study import Code, Progress, Study, difference, estimate, extend, parse, run, summary
from cisim.study.estimate import PER_RUN, costs_of
from cisim.study.run import point_values, study_of
from cisim.study.store import Store
from cisim.study.task import do_task

TOML = """
[study]
name = "small"
question = "Does staff help?"
scenario = "all-five"
replications = 4
[levers]
"backbone.staff" = { low = 0, high = 4 }
"coalition.start" = [1, "never"]
[design]
kind = "latin-hypercube"
points = 3
[record]
months = [3, 6]
measures = ["progress", "trust"]
"""


@pytest.fixture
def study() -> Study:
    study = parse(TOML)
    small = study.base.replace(**{"scenario.months": 6, "coalition.organisations": 6, "coalition.degree": 2.0})
    return study.model_copy(update={"base": small})


def cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks be short."""
    for name in ("SHORTEST", "LONGEST"):
        monkeypatch.setattr(importlib.import_module("cisim.study.estimate"), name, 1e-3)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "store.lock"
    }


def test_runs_are_those_of_cisim_run_with_the_same_seeds(study, tmp_path):
    frame = run(study, tmp_path / "a").frame("runs")
    store = Store.open(tmp_path / "a")
    for point, values in enumerate(point_values(store, study)):
        ensemble = cisim.run(study.scenario(values), runs=4, seed=1)
        rows = frame[(frame["point"] == point) & (frame["month"] == 6)]
        assert rows["seed"].tolist() == [1, 2, 3, 4]
        assert rows["progress"].to_numpy().tobytes() == ensemble.measure("progress")[:, 6].tobytes()


def test_points_keep_the_kinds_of_their_values(study, tmp_path):
    values = point_values(run(study, tmp_path / "a"), study)
    assert {type(start) for _, start in values} == {int, str}
    assert {start for _, start in values} == {1, "never"}


def test_threads_order_and_executors_change_no_byte(study, tmp_path, monkeypatch):
    cut_short(monkeypatch)
    run(study, tmp_path / "one", threads=1)
    run(study, tmp_path / "two", threads=2)
    with ThreadPoolExecutor(3) as pool:
        run(study, tmp_path / "theirs", executor=pool)
    assert Store.open(tmp_path / "one").tasks > 3
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "theirs")


def test_a_study_that_was_interrupted_goes_on_to_the_same_bytes(study, tmp_path, monkeypatch):
    cut_short(monkeypatch)
    run(study, tmp_path / "whole")

    def stop_after_two_tasks(progress: Progress) -> None:
        if progress.done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(study, tmp_path / "stopped", threads=1, on_progress=stop_after_two_tasks)
    counts = Store.open(tmp_path / "stopped").counts()
    assert 2 <= counts.done < counts.runs
    run(study, tmp_path / "stopped")
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")


def test_a_finished_study_does_nothing_again(study, tmp_path, monkeypatch):
    run(study, tmp_path / "a")
    before = contents(tmp_path / "a")
    monkeypatch.setattr("cisim.study.executors.do_task", None)
    told: list[Progress] = []
    run(study, tmp_path / "a", on_progress=told.append)
    assert contents(tmp_path / "a") == before
    assert told == []


def test_another_study_in_the_same_folder_is_refused(study, tmp_path):
    run(study, tmp_path / "a")
    for other in (study.model_copy(update={"seed": 2}), study.model_copy(update={"replications": 5})):
        with pytest.raises(InputError, match="holds another study"):
            run(other, tmp_path / "a")
    with pytest.raises(InputError, match="asked for is shard 1 of 2"):
        run(study, tmp_path / "a", shard=(1, 2))


def test_a_changed_model_is_refused_unless_told(study, tmp_path, monkeypatch):
    run(study, tmp_path / "a")
    monkeypatch.setattr("cisim.study.identity.model_digest", lambda *_: "another")
    with pytest.raises(InputError, match=r"the model changed since .*--changed-model"):
        run(study, tmp_path / "a")
    assert run(study, tmp_path / "a", changed_model=True).counts().done == 12


def test_parts_name_the_model_that_made_them(study, tmp_path, monkeypatch):
    first = run(study, tmp_path / "a").manifest.model
    extend(tmp_path / "a", replications=6)
    monkeypatch.setattr("cisim.study.identity.model_digest", lambda *_: "another")
    store = run(study, tmp_path / "a", changed_model=True)
    assert store.models() == {first: 12, "another": 6}
    assert Store.open(tmp_path / "a").models() == {first: 12, "another": 6}
    invoked = CliRunner().invoke(study_app, ["status", str(tmp_path / "a")])
    words = (
        f"2 models made these runs: 12 runs of {first[:8]}, 6 runs of another. Points of both are not to be compared."
    )
    assert words in " ".join(invoked.output.split())
    invoked = CliRunner().invoke(study_app, ["results", str(tmp_path / "a")])
    assert words in " ".join(invoked.output.split())


def test_a_store_of_two_models_that_lost_its_manifest_goes_on_if_that_is_allowed(study, tmp_path, monkeypatch):
    first = run(study, tmp_path / "a").manifest.model
    extend(tmp_path / "a", replications=6)
    monkeypatch.setattr("cisim.study.identity.model_digest", lambda *_: "another")
    run(study, tmp_path / "a", changed_model=True)
    before = contents(tmp_path / "a")
    (tmp_path / "a" / "manifest.json").unlink()
    with pytest.raises(InputError, match=rf"holds parts of another model \({first[:8]}; now another\)"):
        run(study, tmp_path / "a")
    store = run(study, tmp_path / "a", changed_model=True)
    assert (store.models(), store.counts().runs) == ({first: 12, "another": 6}, 18)
    parts = {name: data for name, data in contents(tmp_path / "a").items() if "task" in name}
    assert parts == {name: data for name, data in before.items() if "task" in name}


def test_code_must_be_named_again(study, tmp_path):
    def zero(_: object, month: int) -> float:
        return 0.0 * month

    code = Code(reporters=(("zero", zero),))
    frame = run(study, tmp_path / "a", code=code).frame("runs")
    assert (frame["zero"] == 0.0).all()
    with pytest.raises(InputError, match="begun with other code"):
        run(study, tmp_path / "a")


def test_more_replications_do_only_what_is_new(study, tmp_path):
    run(study, tmp_path / "a")
    old = {path.name: path.read_bytes() for path in (tmp_path / "a" / "runs").iterdir()}
    assert extend(tmp_path / "a", replications=6).counts().runs == 18
    store = run(study, tmp_path / "a")
    assert store.counts().done == 18
    assert all((tmp_path / "a" / "runs" / name).read_bytes() == data for name, data in old.items())
    more = study.model_copy(update={"replications": 6})
    whole = run(more, tmp_path / "b").frame("runs")
    assert store.frame("runs").equals(whole)


def test_an_extended_study_says_so_in_its_file(study, tmp_path):
    run(study, tmp_path / "a")
    extend(tmp_path / "a", replications=6)
    assert cisim.study.read(tmp_path / "a" / "study.toml").replications == 6
    extend(tmp_path / "a", points=5)
    now = cisim.study.read(tmp_path / "a" / "study.toml")
    assert (now.replications, now.design.kind, len(now.design.rows)) == (6, "file", 5)
    frame = run(study, tmp_path / "a").frame("runs")
    assert run(now, tmp_path / "b").frame("runs").equals(frame)


def test_a_corrected_question_or_name_goes_on_in_the_same_store(study, tmp_path):
    run(study, tmp_path / "a")
    corrected = study.model_copy(update={"name": "large", "question": "Does staff help at all?"})
    store = run(corrected, tmp_path / "a")
    assert store.counts().done == 12
    assert Store.open(tmp_path / "a").manifest.question == "Does staff help at all?"
    assert "at all?" in (tmp_path / "a" / "study.toml").read_text(encoding="utf-8")
    assert study_of(store).name == "large"


def test_more_points_keep_the_old_ones(study, tmp_path):
    first = run(study, tmp_path / "a").frame("runs")
    extend(tmp_path / "a", points=5)
    store = run(study, tmp_path / "a")
    frame = store.frame("runs")
    assert frame["point"].nunique() == 5
    assert frame[frame["point"] < 3].reset_index(drop=True).equals(first)


def test_replications_of_a_study_with_bands_cannot_be_added(study, tmp_path):
    record = study.record.model_copy(update={"bands": ("progress",)})
    banded = study.model_copy(update={"record": record})
    run(banded, tmp_path / "a")
    with pytest.raises(InputError, match="cannot be made from bands"):
        extend(tmp_path / "a", replications=6)


def test_a_manifest_that_is_gone_is_made_again(study, tmp_path, monkeypatch):
    monkeypatch.setattr("cisim.study.executors.do_task", work := Mock(side_effect=do_task))
    run(study, tmp_path / "a")
    before, done = contents(tmp_path / "a"), work.call_count
    (tmp_path / "a" / "manifest.json").unlink()
    store = run(study, tmp_path / "a")
    assert contents(tmp_path / "a") == before
    assert work.call_count == done
    assert "made again from the parts" in store.dropped[0]


def test_a_study_may_be_moved_with_its_scenarios_files(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "partners.csv").write_text("name\nA\nB\nC\nD\n", encoding="utf-8")
    text = TOML + '[base.scenario]\nmonths = 6\n[base.coalition]\nfile = "partners.csv"\ndegree = 2.0\n'
    whole = run(parse(text, tmp_path / "here"), tmp_path / "here" / "store").frame("runs")
    (tmp_path / "here").rename(tmp_path / "there")
    moved = Store.open(tmp_path / "there" / "store")
    study = study_of(moved)
    assert run(study, tmp_path / "there" / "store").frame("runs").equals(whole)
    assert extend(tmp_path / "there" / "store", replications=5).counts().runs == 15


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "nothing to add"),
        ({"replications": 4}, "must be more than the 4 that are there"),
        ({"points": 3}, "must be more than the 3 that are there"),
        ({"replications": 10**6 + 1}, "must be at most 1000000, the run seeds of a seed"),
    ],
)
def test_less_than_there_is_or_more_than_a_seed_has_is_refused(study, tmp_path, asked, says):
    run(study, tmp_path / "a")
    before = contents(tmp_path / "a")
    with pytest.raises(InputError, match=says):
        extend(tmp_path / "a", **asked)
    assert contents(tmp_path / "a") == before


def test_a_summary_has_a_row_for_each_point_and_month_and_counts_failures(study, tmp_path):
    def fails_late(_: object, month: int) -> float:
        if month == 6:
            raise ValueError("late")
        return 1.0

    good = summary(run(study, tmp_path / "a"), ["trust"])
    assert len(good) == 6
    assert (good["runs"] == 4).all()
    assert good.columns.tolist() == [
        *("point", "backbone.staff", "coalition.start", "month", "runs", "failed"),
        *("trust", "standard error of trust"),
    ]
    bad = summary(run(study, tmp_path / "b", code=Code(reporters=(("late", fails_late),))))
    assert bad["runs"].tolist() == [0] * 6
    assert bad["failed"].tolist() == [4] * 6
    assert bad["progress"].isna().all()
    with pytest.raises(InputError, match="did you mean trust"):
        summary(Store.open(tmp_path / "a"), ["trst"])


def test_a_worker_that_is_lost_each_time_costs_its_run_and_no_other(study, tmp_path):
    class Fragile(ThreadPoolExecutor):
        def submit(self, function, *arguments):
            spans = arguments[1] if arguments else ()
            if any(span.point == 1 and span.first <= 2 < span.last for span in spans):
                lost: Future = Future()
                lost.set_exception(BrokenExecutor("gone"))
                return lost
            return super().submit(function, *arguments)

    with Fragile(1) as pool:
        store = run(study, tmp_path / "a", executor=pool)
    frame = store.frame("runs")
    failed = frame[frame["status"] == "failed"]
    assert failed[["point", "replication", "month"]].to_numpy().tolist() == [[1, 2, 3], [1, 2, 6]]
    assert store.counts().done == 12


def test_an_estimate_says_what_the_store_will_have(study, tmp_path):
    costs = estimate(study, threads=2)
    counts = run(study, tmp_path / "a").counts()
    assert (costs.runs, costs.tasks) == (counts.runs, counts.tasks)
    assert costs.failed_trials == 0
    assert costs.seconds_a_run > 0


def test_points_that_turn_out_impossible_are_told_with_the_reason_before_the_study_runs():
    text = """
study = { name = "s", scenario = "all-five" }
base = { scenario = { months = 2 } }
levers = { "practice.bits" = { low = 2, high = 4 }, "practice.ruggedness" = { low = 1, high = 7 } }
design = { kind = "latin-hypercube", points = 8 }
"""
    costs = estimate(parse(text), threads=1)
    assert 0 < costs.failed_trials < costs.trials
    assert "practice.ruggedness = " in costs.first_failure
    (line,) = [line for line in estimate_in_words(costs) if "failed" in line]
    assert line.endswith(f"of the runs tried out failed, the first with: {costs.first_failure}")


def test_a_manifest_tells_versions_model_and_code(study, tmp_path):
    run(study, tmp_path / "a")
    said = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert said["version"] == cisim.__version__
    assert said["packages"]["numba"]
    assert said["packages"]["python"] == platform.python_version()
    assert "mesa" not in said["packages"]
    assert "small" in said["toml"]
    assert len(said["model"]) == 32


def test_a_run_of_a_coalition_from_a_file_costs_what_its_organisations_do(study, tmp_path):
    count = 12
    (tmp_path / "who.csv").write_text(
        "name,sector\n" + "".join(f"o{number},school\n" for number in range(count)), encoding="utf-8"
    )
    base = study.base.replace(**{"coalition.file": "who.csv"}).at(tmp_path)
    small = study.model_copy(update={"base": base})
    (of_file,), (of_six,) = costs_of(small, [(2.0, 1)]), costs_of(study, [(2.0, 1)])
    assert of_file - PER_RUN == pytest.approx(2 * (of_six - PER_RUN))


def test_the_difference_of_two_points_is_that_of_paired_ensembles(study, tmp_path):
    store = run(study, tmp_path / "a")
    values = point_values(store, study)
    pair = {name: study.scenario(values[point]) for name, point in (("first", 0), ("other", 2))}
    expected = cisim.compare(pair, 4, study.seed, reference="other").table("trust", [3, 6])
    found = difference(store, 0, 2, "trust")
    for name in ("month", "runs", "difference", "standard_error", "low", "high"):
        assert found[name].tolist() == pytest.approx(expected[name].tolist(), rel=1e-12)


def test_points_that_cannot_be_paired_are_refused(study, tmp_path):
    store = run(study.model_copy(update={"luck": "independent"}), tmp_path / "a")
    with pytest.raises(InputError, match="points 0 and 1 met other luck"):
        difference(store, 0, 1)
    with pytest.raises(InputError, match="point 3: there are points 0 to 2"):
        difference(store, 0, 3)
    with pytest.raises(InputError, match="awareness: was not recorded"):
        difference(store, 0, 1, "awareness")
