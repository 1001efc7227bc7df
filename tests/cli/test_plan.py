"""`cisim plan`: checked, run, gone on with, and refused, as a planner meets it."""

from __future__ import annotations

import json
import signal
import time

import pytest

from plan.county import HEAD, PLANS, county

HEAD = HEAD.replace("months = 24", "months = 12")
QUICK = ("--worlds", "40", "--precision", "100")


@pytest.fixture
def file(tmp_path):
    return county(tmp_path, PLANS, HEAD)


@pytest.mark.usefixtures("file")
def test_check_says_in_a_line_what_each_plan_changes(cisim) -> None:
    done = cisim("plan", "check", "plan.toml")
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "plan.toml: nothing is wrong" in said
    assert "one: staff of the backbone 1 FTE instead of 0 (backbone.staff)" in said
    assert "nothing new: no coalition: every partner goes on as before" in said
    assert "from 2016 to 2025 it changed by 0 a year" in said
    assert "(assumed; source:" in said
    assert "other fields that nobody knows vary over their plausible ranges" in said


@pytest.mark.usefixtures("file")
def test_check_takes_plan_toml_of_this_folder(cisim) -> None:
    assert cisim("plan", "check").out == cisim("plan", "check", "plan.toml").out
    document = json.loads(cisim("plan", "check", "--json").out)
    assert document["plans"]["one"] == ["staff of the backbone 1 FTE instead of 0 (backbone.staff)"]
    assert document["trends"].keys() == {"community.outcomes.reading.trend"}


def test_run_says_the_answer_and_keeps_what_is_done(cisim, file) -> None:
    first = cisim("plan", "run", *QUICK)
    assert first.code == 0
    assert "doing nothing new" in first.out
    assert "Money of each plan" in first.out
    assert len(list(file.with_name("plan-results").glob("*.npz"))) == 4
    assert cisim("plan", "run", *QUICK).out == first.out


def test_run_writes_one_document(cisim, file) -> None:
    document = json.loads(cisim("plan", "run", *QUICK, "--json", "--results", "elsewhere").out)
    assert document["command"] == "plan run"
    assert document["best"] in {"one", "three", "nothing new", "the same money on services"}
    assert file.with_name("elsewhere").is_dir()


@pytest.mark.usefixtures("file")
def test_every_table_is_shown_when_asked_for(cisim) -> None:
    cisim("plan", "run", *QUICK)
    few, every = cisim("plan", "run", *QUICK).out, cisim("plan", "run", *QUICK, "--every-table").out
    assert "Partners in" in every
    assert "Partners in" not in few


def test_a_wrong_plan_is_refused_before_anything_runs(cisim, file) -> None:
    file.write_text(file.read_text().replace("backbone.staff = 3", "backbone.stuff = 3"))
    for command in ("check", "run", "report"):
        done = cisim("plan", command)
        assert done.code == 2
        assert done.err.count("\n") == 1
        assert "plan.toml:" in done.err
        assert "no such field; did you mean backbone.staff?" in done.err
    assert not file.with_name("plan-results").exists()


def test_results_of_another_plan_are_not_taken_for_these(cisim, file) -> None:
    cisim("plan", "run", *QUICK)
    file.write_text(file.read_text().replace("backbone.staff = 3", "backbone.staff = 2"))
    done = cisim("plan", "run", *QUICK)
    assert done.code == 2
    assert "--overwrite starts anew" in done.err
    assert cisim("plan", "run", *QUICK, "--overwrite").code == 0


def test_a_scenario_is_no_file_of_plans(cisim, file) -> None:
    file.write_text(HEAD.partition("[costs]")[0].replace("history", "#"))
    done = cisim("plan", "run")
    assert done.code == 2
    assert "plans: is missing" in done.err


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("arguments", [["."], ["/"], [""], ["plan.toml", "--out", ""]])
def test_a_report_of_or_into_a_folder_is_refused(cisim, arguments) -> None:
    done = cisim("plan", "report", *arguments)
    assert done.code == 2
    assert done.err.endswith(": is a folder, not a file\n")


@pytest.mark.usefixtures("file")
def test_a_file_of_plans_is_no_scenario(cisim) -> None:
    for command in ("run", "check"):
        done = cisim(command, "plan.toml")
        assert done.code == 2
        assert "cisim plan check plan.toml" in done.err


@pytest.mark.long
def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(started, cisim, file) -> None:
    file.write_text(file.read_text().replace("months = 12", "months = 240"))
    process = started("plan", "run", "--worlds", "400", "--precision", "0.001")
    folder, patience = file.with_name("plan-results"), time.monotonic() + 300
    while time.monotonic() < patience and not list(folder.glob("*.npz")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in error
    assert "Traceback" not in error
    kept = {part.name: part.read_bytes() for part in folder.glob("*.npz")}
    assert kept
    assert cisim("plan", "run", "--worlds", str(10 * len(kept)), "--precision", "0.001").code == 0
    assert all((folder / name).read_bytes() == content for name, content in kept.items())
