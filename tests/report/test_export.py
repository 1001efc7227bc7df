"""Results on disk: their content, the same bytes again, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

import cisim
from cisim import files as replacing
from cisim.dynamics.digest import model_digest
from cisim.ensemble import Ensemble
from cisim.errors import InputError
from cisim.report import export as results
from cisim.report.format import FORMULA_STARTS
from synthetic import ensemble, scenario, with_nan


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.fixture
def runs():
    return replace(with_nan(ensemble(run_seed=2**63), "trust", [1]), made_with=results.made_with())


def test_a_folder_gets_results_scenario_and_manifest(tmp_path, runs):
    written = results.write(runs, tmp_path / "out")
    assert [path.name for path in written] == ["results.parquet", "scenario.toml", "manifest.json"]
    assert sorted(contents(tmp_path / "out")) == ["manifest.json", "results.parquet", "scenario.toml"]
    assert cisim.load(tmp_path / "out" / "scenario.toml") == runs.scenario


def test_parquet_holds_all_values_with_null_for_nan(tmp_path, runs):
    results.write(runs, tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column_names == ["run", "seed", "month", *(measure.name for measure in runs.measures)]
    assert table["trust"].null_count == 37
    assert table["seed"].to_pylist()[0] == 2**63
    for column, measure in enumerate(runs.measures):
        got = table[measure.name].to_numpy().reshape(3, 37)
        np.testing.assert_array_equal(got, runs.values[:, :, column])


def test_parquet_has_units_and_no_pandas_metadata(tmp_path, runs):
    results.write(runs, tmp_path / "a.parquet")
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.metadata is None or b"pandas" not in schema.metadata
    assert schema.field("resources").metadata[b"unit"] == b"FTE"


def test_csv_is_that_of_rfc_4180_and_reads_back_exactly(tmp_path, runs):
    results.write(runs, tmp_path / "a.csv")
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == 1 + 3 * 37
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    progress = np.array([float(row["progress"]) for row in rows]).reshape(3, 37)
    np.testing.assert_array_equal(progress, runs.measure("progress"))
    assert {row["trust"] for row in rows if row["run"] == "1"} == {""}
    assert rows[0]["seed"] == str(2**63)


@pytest.mark.parametrize("value", [1e-300, -1e300, 0.1 + 0.2, 5e-324, 1.0, -0.0, 123456789.123456789])
def test_every_number_in_csv_reads_back_to_its_bits(tmp_path, value):
    runs = ensemble([0.0])
    values = np.full_like(runs.values, value)
    results.write(Ensemble(values, runs.seeds, runs.measures, runs.scenario), tmp_path / "a.csv")
    cell = (tmp_path / "a.csv").read_text().splitlines()[1].split(",")[3]
    assert np.float64(cell).tobytes() == np.float64(value).tobytes()


def test_names_of_outcomes_cannot_break_the_header(tmp_path):
    runs = cisim.run(scenario(1, **{"community.outcomes": [{"name": 'a "b", =c'}]}), runs=1)
    results.write(runs, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert 'indicator.a "b", =c' in header
    assert not any(cell.startswith(FORMULA_STARTS) for cell in header)


def test_one_or_two_threads_and_twice_are_the_same_bytes_in_any_folder(tmp_path):
    asked = scenario(24)
    for name, threads in (("one", 1), ("two", 2), ("three", 2)):
        made = cisim.run(asked, runs=6, seed=3, threads=threads)
        results.write(made, tmp_path / name)
        results.write(made, tmp_path / name / "again.csv")
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "three")


def test_the_blocks_in_which_a_file_is_written_hold_whole_runs(tmp_path, runs, monkeypatch):
    results.write(runs, tmp_path / "whole.csv")
    monkeypatch.setattr(results, "ROWS_AT_ONCE", 40)
    results.write(runs, tmp_path / "parts.csv")
    results.write(runs, tmp_path / "parts.parquet")
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "parts.csv").read_bytes()
    assert pq.read_table(tmp_path / "parts.parquet")["run"].to_pylist() == [run for run in range(3) for _ in range(37)]


def test_the_manifest_tells_what_was_run_and_written(tmp_path, runs):
    results.write(runs, tmp_path / "out")
    text = (tmp_path / "out" / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert list(manifest) == sorted(manifest)
    assert manifest["model"] == model_digest()
    assert manifest["versions"]["cisim"] == cisim.__version__
    assert set(manifest["versions"]) == {"cisim", "llvmlite", "numba", "numpy", "pyarrow", "python"}
    assert manifest["scenario"]["digest"] == runs.scenario.digest()
    assert (manifest["seed"], manifest["seeds"]) == (None, {"first": 2**63})
    assert manifest["measures"][0]["unit"] == "share of the gap"
    for name, about in manifest["files"].items():
        content = (tmp_path / "out" / name).read_bytes()
        assert about == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert str(tmp_path) not in text


def manifest_of(path):
    return path / "manifest.json" if path.is_dir() else path.with_name(f"{path.name}.manifest.json")


def change_manifest(path, **changes):
    file = manifest_of(path)
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


OUT = pytest.mark.parametrize("out", ["out", "out.csv", "out.parquet"])


@OUT
@pytest.mark.parametrize("luck", [{"runs": 3, "seed": 7}, {"run_seeds": [9, 2**64 - 1, 4]}])
def test_the_manifest_is_enough_to_make_the_same_bytes(tmp_path, out, luck):
    made = cisim.run(scenario(12), **luck)
    results.write(made, tmp_path / out)
    again, same, differs = results.run_again(tmp_path / out)
    assert (again.seeds.tolist(), same, differs) == (made.seeds.tolist(), True, [])
    assert again.values.tobytes() == made.values.tobytes()
    command = json.loads(manifest_of(tmp_path / out).read_text(encoding="utf-8"))["command"]
    assert command == f"cisim run {manifest_of(tmp_path / out).name}"


@OUT
def test_results_are_read_back_as_they_were(tmp_path, out):
    made = with_nan(cisim.run(scenario(12), 3, 2), "trust", [1])
    made = replace(made, made_with=results.made_with())
    results.write(made, tmp_path / out)
    for path in (tmp_path / out, str(manifest_of(tmp_path / out))):
        back = cisim.load_results(path)
        assert back.values.tobytes() == made.values.tobytes()
        assert (back.scenario, back.measures, back.made_with) == (made.scenario, made.measures, made.made_with)
        assert back.seeds.tolist() == [1_000_001, 1_000_002, 1_000_003]
        assert back.roster is not None
    results.write(back, tmp_path / "twice.csv")
    results.write(made, tmp_path / "once.csv")
    assert manifest_of(tmp_path / "twice.csv").read_text() == manifest_of(tmp_path / "once.csv").read_text().replace(
        "once.csv", "twice.csv"
    )


def torn(path):
    table = path / "results.parquet" if path.is_dir() else path
    table.write_bytes(table.read_bytes()[:-1] + b"x")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (torn, "was changed: its hash is not that of the manifest"),
        (lambda path: (path / "results.parquet").unlink(), "results.parquet: no such file"),
        (lambda path: manifest_of(path).unlink(), "no results with a manifest are here"),
        (lambda path: manifest_of(path).write_text("{"), "is broken"),
        (lambda path: manifest_of(path).write_text('{"format": "cisim study"}'), "is not the manifest of results"),
        (lambda path: change_manifest(path, format_version=1), r"revision 8d03a0c\); this version does not read it"),
        (lambda path: change_manifest(path, format_version=3), "of a later version"),
        (lambda path: change_manifest(path, model=None), "is broken"),
        (lambda path: change_manifest(path, runs=2), "does not hold the runs, seeds, months and measures"),
        (lambda path: change_manifest(path, seeds={"first": 2}), "does not hold the runs, seeds, months and measures"),
        (lambda path: change_manifest(path, seeds=[1, 1, 2]), "is broken"),
        (lambda path: change_manifest(path, seeds=[1, -1, 2]), "is broken"),
        (lambda path: change_manifest(path, measures=[]), "does not hold the runs, seeds, months and measures"),
        (lambda path: change_manifest(path, files={"../victim": {"bytes": 1, "sha256": ""}}), "is broken"),
        (
            lambda path: change_manifest(path, scenario={"name": "a", "digest": "b", "toml": ""}),
            "reads another scenario from it",
        ),
        (lambda path: change_manifest(path, scenario={"name": "a", "digest": "b", "toml": "x"}), "scenario.toml:1"),
    ],
)
def test_results_that_are_not_what_their_manifest_says_are_refused_in_a_line(tmp_path, damage, says):
    results.write(cisim.run(scenario(12), 3), tmp_path / "out")
    damage(tmp_path / "out")
    with pytest.raises(InputError, match=says) as caught:
        cisim.load_results(tmp_path / "out")
    assert len(caught.value.problems) == 1


def test_a_manifest_with_own_stages_is_read_but_not_run_again(tmp_path):
    made = replace(cisim.run(scenario(3), 2), stages={"commit": "0123456789abcdef"})
    results.write(made, tmp_path / "out")
    assert cisim.load_results(tmp_path / "out").stages == made.stages
    with pytest.raises(InputError, match=r"fingerprints alone: commit \(01234567\): call cisim.run"):
        results.run_again(tmp_path / "out")


def test_other_bytes_of_another_model_are_told(tmp_path):
    results.write(ensemble(months=3), tmp_path / "out")
    change_manifest(tmp_path / "out", model="0123456789", versions={"numpy": "0.1"})
    _, same, differs = results.run_again(tmp_path / "out")
    assert not same
    assert differs[0].startswith("the model (01234567 then, ")
    assert differs[1].startswith("numpy (0.1 then, ")


def test_the_manifest_tells_what_a_file_gave(tmp_path):
    results.write(cisim.run(scenario(1, **{"coalition.file": "builtin:emon/Texas"}), runs=1), tmp_path / "out")
    told = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["coalition"]
    assert told["file"] == "builtin:emon/Texas"
    assert len(told["contents_hash"]) >= 32
    assert any(status == "missing" for _, status, _ in told["columns"])


def test_without_a_command_the_manifest_says_how(tmp_path, runs):
    odd = replace(runs, seeds=np.array([5, 1, 9], dtype=np.uint64), stages={"commit": ""})
    results.write(odd, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] is None
    assert manifest["seeds"] == [5, 1, 9]
    assert "Python" in manifest["how"]


@pytest.mark.parametrize("out", ["out", "out.csv"])
def test_results_that_are_there_stay_unless_told(tmp_path, runs, out):
    results.write(runs, tmp_path / out)
    before = contents(tmp_path / "out") if out == "out" else contents(tmp_path)
    with pytest.raises(InputError, match="is there already") as caught:
        results.write(ensemble([0.9]), tmp_path / out)
    assert len(caught.value.problems) == len(before)
    assert (contents(tmp_path / "out") if out == "out" else contents(tmp_path)) == before
    results.write(ensemble([0.9]), tmp_path / out, overwrite=True)
    assert (contents(tmp_path / "out") if out == "out" else contents(tmp_path)) != before


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("nowhere/a.csv", "no such folder"),
        ("nowhere/a", "no such folder"),
        ("a.xlsx", r"unknown ending '.xlsx': must be .parquet or .csv, or none for a folder"),
        ("folder.csv", "is a folder, not a file"),
        ("file", "is a file: a name without an ending is a folder"),
        ("file/a.csv", "is not a folder"),
        ("x" * 300 + ".csv", "cannot be written"),
    ],
)
def test_where_nothing_can_be_written_it_is_said(tmp_path, runs, out, says):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=says):
        results.write(runs, tmp_path / out)
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_a_folder_that_may_not_be_written_is_told(tmp_path, runs, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(tmp_path / "a.csv"))

    monkeypatch.setattr(replacing.Path, "open", refuse)
    with pytest.raises(InputError, match=r"a\.csv: cannot be written: Permission denied"):
        results.write(runs, tmp_path / "a.csv")


def test_a_failure_half_way_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replacing.replace_file(path, fail)
    assert contents(tmp_path) == {"a.csv": b"old"}


@pytest.mark.parametrize("out", ["out", "out.csv"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_overwrite_that_fails_at_any_step_keeps_the_old_results(tmp_path, runs, monkeypatch, out, error):
    results.write(runs, tmp_path / out)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    steps = {"fsync": (os, os.fsync), "replace": (replacing.Path, replacing.Path.replace)}
    left = 0

    def failing(step):
        def call(*args):
            nonlocal left
            left -= 1
            if left == 0:
                raise error
            return step(*args)

        return call

    for name, (where, step) in steps.items():
        monkeypatch.setattr(where, name, failing(step))
    for fails_at in range(1, 100):
        left = fails_at
        try:
            results.write(ensemble([0.9]), tmp_path / out, overwrite=True)
        except (InputError, KeyboardInterrupt):
            assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
        else:
            if left > 0:
                break
            # An error of the disk at what makes a rename last through a power cut is no reason to stop.
            results.write(runs, tmp_path / out, overwrite=True)
    assert fails_at > 8
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after.keys() == before.keys()
    assert all(after[path] != before[path] for path in after if path.suffix != ".toml")


def test_what_a_killed_run_left_is_deleted_by_the_next_and_what_another_one_writes_is_not(tmp_path, runs):
    for out in (tmp_path / "out", tmp_path / "c.csv"):
        results.write(runs, out)
    killed = "import os, sys; from pathlib import Path; from cisim import files\n"
    killed += "with files.staging(Path(sys.argv[1])) as staged:\n    (staged / 'x').touch(); os._exit(9)\n"
    manifests = [tmp_path / "out" / "manifest.json", tmp_path / "c.csv.manifest.json"]
    for path in manifests:
        assert subprocess.run([sys.executable, "-c", killed, str(path)], check=False).returncode == 9
        assert list(path.parent.glob(".*.partial"))
    (tmp_path / ".d.txt.1.partial").write_text("half")
    before = contents(tmp_path)
    with replacing.staging(manifests[0]) as ours:
        in_use = ours.rename(ours.with_name(".manifest.json.1.partial"))
        results.write(runs, tmp_path / "out", overwrite=True)
        assert list(in_use.parent.glob(".*")) == [in_use]
    in_use.rmdir()
    results.write(runs, tmp_path / "c.csv", overwrite=True)
    replacing.replace_file(tmp_path / "d.txt", lambda file: file.write(b"new"))
    assert not list(tmp_path.rglob(".*.partial"))
    assert contents(tmp_path).keys() - {"d.txt"} == before.keys() - {".d.txt.1.partial"}


def test_files_are_readable_as_the_user_has_set_it(tmp_path, runs):
    before = os.umask(0o022)
    try:
        results.write(runs, tmp_path / "a.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o644


def test_a_manifest_tells_what_was_the_users_own_and_gives_no_command_for_it(tmp_path, runs):
    own = {"reporters": ("reach",), "parameters": {"rate": 0.5}, "fields": {"fatigue": 0.0}}
    results.write(Ensemble(runs.values, runs.seeds, runs.measures, runs.scenario, **own), tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] is None
    assert {name: manifest[name] for name in own} == {**own, "reporters": ["reach"]}
