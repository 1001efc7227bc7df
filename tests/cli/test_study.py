"""`cisim study` from the first file to the merged shards, and what it says when something is wrong."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shlex
import signal
import time

import numpy as np
import pytest

from cisim import __version__ as version
from cisim.cli.commands.study import progress_in_words
from cisim.dynamics.digest import model_digest
from cisim.report.format import time_in_words
from cisim.scenario import Scenario
from cisim.study import Progress

STUDY = """
[study]
name = "small"
question = "Does staff help?"
scenario = "base.toml"
replications = 3
[levers]
"backbone.staff" = [0, 2]
{more}
[design]
kind = "factorial"
"""
RIVAL = """
def calm(state, dials, luck):
    for organisation in state.organisations:
        organisation.commitment = 0.5

def reach(state, month):
    return float(len(state.organisations))
"""


@pytest.fixture
def study(folder):
    """A study file and its base scenario in the current folder."""
    base = Scenario().replace(**{"scenario.months": 4, "coalition.organisations": 5, "coalition.degree": 2.0})
    (folder / "base.toml").write_text(base.to_toml(), encoding="utf-8")

    def write(more: str = "") -> str:
        (folder / "small.toml").write_text(STUDY.format(more=more), encoding="utf-8")
        return "small.toml"

    return write


def test_from_a_new_file_to_results(cisim):
    assert cisim("study", "new").code == 0
    plan = cisim("study", "plan", "study.toml")
    assert plan.code == 0
    assert "20,000 runs" in plan.out
    assert "cisim study run study.toml" in plan.out
    again = cisim("study", "new")
    assert (again.code, again.err) == (2, "error: study.toml: is there already; choose another name\n")


def test_a_study_is_run_looked_at_verified_and_extended(cisim, study):
    done = cisim("study", "run", study())
    assert (done.code, done.err) == (0, "")
    assert "6 runs in small-results, none failed" in done.out
    assert "Complete." in cisim("study", "status", "small-results").out
    assert "All parts are whole: 6 of 6 runs" in cisim("study", "verify", "small-results").out
    table = cisim("study", "results", "small-results", "--measure", "trust").out
    assert re.search(r"^1 +2 +3 +0 +0\.\d+ ± 0\.\d+$", table, re.M)
    assert cisim("study", "extend", "small-results", "--replications", "5").code == 0
    assert "6 of 10 runs done" in cisim("study", "status", "small-results").out
    assert "10 runs in small-results" in cisim("study", "run", "small-results").out
    said = json.loads(cisim("study", "status", "small-results", "--json").out)
    assert (said["done"], said["runs"], said["failed"]) == (10, 10, 0)


@pytest.mark.parametrize("text", ["", '{"format": "cis', "null"])
def test_a_manifest_that_is_cut_is_not_answered_by_the_command_that_cannot_read_it(cisim, study, folder, text):
    cisim("study", "run", study())
    (folder / "small-results" / "manifest.json").write_text(text, encoding="utf-8")
    said = cisim("study", "verify", "small-results")
    assert said.code == 1
    assert said.out.endswith("\n1 fault.\n")
    assert ("delete it; then cisim study run with the" in said.out) == (text != "null")


def test_results_that_are_piped_keep_points_and_numbers_whole(cisim, study):
    names = ["communication.frequency", "agenda.process", "measurement.sharing", "activities.coordination"]
    names += ["communication.trust_gain", "practice.ruggedness", "coalition.organisations", "agenda.alignment"]
    values = [0.123, 0.456, 0.567, 0.789, 0.0123, 1, 12, 0.321]
    levers = "\n".join(f'"{name}" = [{value}]' for name, value in zip(names, values, strict=True))
    assert cisim("study", "run", study(levers)).code == 0
    measures = ["progress", "members", "trust", "commitment"]
    table = cisim("study", "results", "small-results", *(f"--measure={name}" for name in measures)).out
    assert "…" not in table
    assert "point" in table
    (line,) = [line.split() for line in table.splitlines() if line.startswith("0 ")]
    assert line[:12] == ["0", "0", *map(str, values), "3", "0"]
    assert len(line) == 12 + 3 * len(measures)


def test_a_plan_for_more_shards_than_tasks_says_so(cisim, study):
    few = "39 of the 40 shards would have no task: --shards 1 is enough"
    assert few in cisim("study", "plan", study(), "--shards", "40").out
    assert "would have no task" not in cisim("study", "plan", study(), "--shards", "1").out


def test_results_become_one_file(cisim, study, folder):
    cisim("study", "run", study())
    assert cisim("study", "results", "small-results", "--out", "runs.csv").code == 0
    lines = (folder / "runs.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    assert lines[0].startswith("point,replication,seed,identity,month,status,ended,progress,")
    there = cisim("study", "results", "small-results", "--out", "runs.csv")
    assert there.code == 2
    assert "is there already" in there.err
    assert cisim("study", "results", "small-results", "--table", "points", "--out", "p.parquet").code == 0
    wrong = cisim("study", "results", "small-results", "--table", "pionts", "--out", "p.txt")
    assert wrong.code == 2
    assert "no such table here; did you mean points?" in wrong.err
    assert "unknown ending '.txt'" in wrong.err


def test_a_table_in_one_file_has_a_manifest_that_makes_the_same_bytes_again(cisim, study, folder):
    cisim("study", "run", study())
    said = json.loads(cisim("study", "results", "small-results", "--out", "runs.csv", "--json").out)
    assert (said["rows"], said["files"]) == (6, ["runs.csv", "runs.csv.manifest.json"])
    kept = json.loads((folder / "runs.csv.manifest.json").read_text(encoding="utf-8"))
    data = (folder / "runs.csv").read_bytes()
    assert kept["files"] == {"runs.csv": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
    assert kept["models"] == {model_digest(): 6}
    assert kept["runs"] == {"asked": 6, "done": 6, "failed": 0}
    here = {"cisim": version, "python": platform.python_version(), "numpy": np.__version__}
    assert here.items() <= kept["versions"].items()
    assert [column["name"] for column in kept["columns"]] == data.decode().splitlines()[0].split(",")
    assert {column["name"]: column["about"].get("unit") for column in kept["columns"]}["resources"] == "FTE"
    assert kept["study"]["question"] == "Does staff help?"
    for path in folder.glob("*.*"):
        path.unlink()
    (folder / "study.toml").write_text(kept["study"]["toml"], encoding="utf-8")
    commands = re.search(r"cisim (study run .*); cisim (study results .*)", kept["how"])
    for command in commands.groups():
        assert cisim(*shlex.split(command)).code == 0
    assert (folder / "runs.csv").read_bytes() == data
    assert json.loads((folder / "runs.csv.manifest.json").read_text(encoding="utf-8")) == kept


def test_a_manifest_that_is_there_is_replaced_only_when_asked_for(cisim, study, folder):
    cisim("study", "run", study())
    (folder / "runs.csv.manifest.json").write_text("kept", encoding="utf-8")
    refused = cisim("study", "results", "small-results", "--out", "runs.csv")
    assert (refused.code, refused.err) == (
        2,
        "error: runs.csv.manifest.json: is there already: --overwrite replaces it\n",
    )
    assert not (folder / "runs.csv").exists()
    assert (folder / "runs.csv.manifest.json").read_text(encoding="utf-8") == "kept"
    assert cisim("study", "results", "small-results", "--out", "runs.csv", "--overwrite").code == 0
    wrong = cisim("run", "runs.csv")
    assert wrong.code == 2
    assert "is of a table of a study, not of cisim run: it says itself how to make it again" in wrong.err


def test_failed_runs_are_counted_told_and_done_again(cisim, study):
    done = cisim("study", "run", study('"coalition.organisations" = [5, 8]\n"coalition.degree" = [2, 6]'))
    assert done.code == 1
    assert "24 runs in small-results, 6 of them failed" in done.out
    why = cisim("study", "why", "small-results", "1")
    assert "scenario: coalition.degree = 6" in why.out
    command = shlex.split(re.search(r"cisim (study why .*)", why.out)[1])
    again = cisim(*command)
    assert again.code == 1
    assert "must be less than coalition.organisations (5)" in again.out
    assert "No run of point 0 failed" in cisim("study", "why", "small-results", "0").out
    assert cisim("study", "why", "small-results", "9").err == "error: point 9: there are points 0 to 7\n"


def test_shards_become_the_whole(cisim, study, folder):
    for shard in ("1/2", "2/2"):
        assert cisim("study", "run", study(), "--shard", shard, "--out", f"shard-{shard[0]}").code == 0
    assert "6 of 6 runs in all" in cisim("study", "merge", "all", "shard-1", "shard-2").out
    cisim("study", "run", study(), "--out", "whole")
    merged, whole = (
        {path.name: path.read_bytes() for path in (folder / store).glob("**/*.parquet")} for store in ("all", "whole")
    )
    assert merged == whole
    missing = cisim("study", "merge", "half", "shard-1")
    assert missing.code == 2
    assert missing.err == "error: of 2 shards, 2 is missing\n"
    assert not (folder / "half").exists()


def test_a_users_code_is_named_on_the_command_line(cisim, study, folder):
    (folder / "mine_of_test_study.py").write_text(RIVAL, encoding="utf-8")
    code = ["--stage", "commit=mine_of_test_study:calm", "--reporter", "reach=mine_of_test_study:reach"]
    assert cisim("study", "run", study(), *code).code == 0
    table = cisim("study", "results", "small-results", "--measure", "commitment", "--measure", "reach").out
    assert re.search(r"0\.5 ± 0 +5 ± 0$", table, re.M)
    without = cisim("study", "run", "small-results")
    assert without.code == 2
    assert "begun with other code (--model, --stage, --reporter, --param, --field)" in without.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere.toml"], "nowhere.toml: no such file"),
        (["run", "small.toml", "--shard", "4/3"], "--shard 4/3: must be I/N"),
        (["run", "small.toml", "--stage", "commit"], "--stage commit: must be NAME=MODULE:FUNCTION"),
        (["run", "small.toml", "--stage", "comit=os:getcwd"], "did you mean commit?"),
        (["run", "small.toml", "--param", "rate"], "--param rate: must be NAME=NUMBER, such as rate=0.02"),
        (["run", "small.toml", "--field", "load=1"], "fields: load: organisations have this field already"),
        (["run", "small.toml", "--param", "rate=1"], "parameter rate: no stage takes it"),
        (["run", "small.toml", "--model", "nowhere_at_all:Model"], "no module is called nowhere_at_all"),
        (["run", "small.toml", "--threads", "0"], "threads = 0: must be a whole number of at least 1"),
        (["run", "small.toml", "--out", "base.toml"], "base.toml"),
        (["status", "nowhere"], "nowhere"),
        (["verify", "."], "manifest"),
        (["results", "nowhere"], "nowhere"),
        (["merge", "all", "nowhere"], "nowhere"),
        (["extend", "nowhere", "--points", "3"], "nowhere"),
    ],
)
def test_what_is_wrong_is_told_in_a_line_and_nothing_is_written(cisim, study, folder, arguments, says):
    study()
    before = sorted(path.name for path in folder.iterdir())
    result = cisim("study", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert says in result.err
    assert all(line.startswith("error: ") for line in result.err.splitlines())
    assert sorted(path.name for path in folder.iterdir()) == before


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(started, study, folder, cisim):
    study()
    many = (folder / "small.toml").read_text().replace("replications = 3", "replications = 200000")
    (folder / "small.toml").write_text(many)
    with started("study", "run", "small.toml") as command:
        until = time.monotonic() + 120
        # Of two parts one is whole: what is being written when the interrupt comes is taken away.
        while time.monotonic() < until and len(list(folder.glob("small-results/runs/*.parquet"))) < 2:
            time.sleep(0.02)
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=60)
    assert command.returncode == 130
    assert out == ""
    assert "To go on: cisim study run small.toml\n" in err
    assert err.endswith("interrupted\n")
    assert "Traceback" not in err
    said = json.loads(cisim("study", "status", "small-results", "--json").out)
    assert 0 < said["done"] < said["runs"] == 400_000
    assert cisim("study", "verify", "small-results").code in (0, 1)


def test_progress_in_words():
    assert progress_in_words(Progress(20, 0, 100, 0.0, None)) == "20 of 100 runs"
    assert progress_in_words(Progress(2000, 3, 10000, 123.4, 65.0)) == (
        "2,000 of 10,000 runs, 123 runs/s, 1 min 5 s left, 3 failed"
    )
    assert [time_in_words(seconds) for seconds in (0, 59.6, 3600, 90000)] == [
        "0 s",
        "1 min 0 s",
        "1 h 0 min",
        "1 d 1 h",
    ]


def test_the_schema_of_a_study_file(cisim):
    schema = json.loads(cisim("study", "schema").out)
    assert {"study", "levers", "uncertainties", "design", "record"} <= set(schema["properties"])


@pytest.mark.parametrize("how", ["nothing is done", "all runs failed"])
@pytest.mark.parametrize("command", ["status", "results", "verify", "why", "export"])
def test_commands_on_a_store_without_a_finished_run_say_so(cisim, study, folder, how, command):
    wrong = '"coalition.organisations" = [4]\n"coalition.degree" = [4]'
    cisim("study", "run", study(wrong))
    if how == "nothing is done":
        for path in folder.glob("small-results/*/task-*"):
            path.unlink()
    arguments = {"why": ["why", "small-results", "0"], "export": ["results", "small-results", "--out", "a.csv"]}
    result = cisim("study", *arguments.get(command, [command, "small-results"]))
    assert (result.code, result.err) == (0, "")
    assert result.out


def test_a_broken_part_is_told_by_every_command_and_done_again(cisim, study, folder):
    cisim("study", "run", study())
    (part,) = folder.glob("small-results/runs/task-*")
    data = part.read_bytes()
    part.write_bytes(data[:-1] + b"x")
    for arguments in (["status", "small-results"], ["verify", "small-results"]):
        result = cisim("study", *arguments)
        assert result.code == 1
        assert "was changed" in result.out
    for more in ([], ["--out", "runs.csv"], ["--json"]):
        result = cisim("study", "results", "small-results", *more)
        assert (result.code, result.out) == (2, "")
        assert "was changed" in result.err
    assert not (folder / "runs.csv").exists()
    done = cisim("study", "run", "small-results")
    assert done.code == 0
    assert "was changed" in done.err
    assert part.read_bytes() == data


ANALYSED = """
[study]
name = "trends"
scenario = "isolated-impact"
replications = 3
[base.scenario]
months = 3
[base.coalition]
organisations = 4
degree = 2
[uncertainties]
"community.outcomes.reading.trend" = { low = 0, high = 0.01 }
"community.outcomes.mathematics.trend" = { low = 0, high = 0.05 }
[design]
kind = "morris"
trajectories = 6
"""


def test_a_study_is_analysed_into_words_a_table_and_a_picture(cisim, folder):
    (folder / "t.toml").write_text(ANALYSED, encoding="utf-8")
    assert cisim("study", "run", "t.toml").code == 0
    told = cisim("study", "analyse", "t-results", "morris", "--picture", "t.svg", "--out", "t.csv")
    assert (told.code, told.err) == (0, "")
    assert re.search(r"mathematics.trend +\d+\.\d+ \(", told.out)
    assert "of the variance between runs is luck" in " ".join(told.out.split())
    assert "What drives progress in month 3." in (folder / "t.svg").read_text(encoding="utf-8")
    rows = (folder / "t.csv").read_text(encoding="utf-8").splitlines()
    assert (rows[0], len(rows)) == ("factor,other,index,value,low,high", 7)
    assert cisim("study", "analyse", "t-results", "morris", "--out", "t.tex").code == 0
    assert r"community.outcomes.reading.trend &  & mu &" in (folder / "t.tex").read_text(encoding="utf-8")
    said = json.loads(cisim("study", "analyse", "t-results", "morris", "--json").out)
    assert (said["problem"], said["points"], len(said["indices"])) == ("", 18, 6)


def test_a_study_that_tells_nothing_gets_no_picture_and_exit_code_1(cisim, folder):
    (folder / "t.toml").write_text(ANALYSED, encoding="utf-8")
    assert cisim("study", "run", "t.toml").code == 0
    told = cisim("study", "analyse", "t-results", "morris", "--measure", "members", "--picture", "t.png")
    assert (told.code, told.err) == (1, "")
    assert "members is the same at every point" in told.out
    assert not (folder / "t.png").exists()


def test_what_was_fitted_is_a_scenario_that_can_be_checked_and_run(cisim, folder):
    (folder / "t.toml").write_text(
        'study = { name = "t", scenario = "isolated-impact", replications = 3, luck = "independent" }\n'
        "base.scenario.months = 12\n"
        'uncertainties."community.gain" = { low = 0.02, high = 0.2 }\n'
        'design = { kind = "latin-hypercube", points = 100 }\nrecord.measures = ["progress"]\n',
        encoding="utf-8",
    )
    cisim("study", "run", "t.toml")
    (folder / "data.csv").write_text("month,outcome,value\n12,progress,0.03\n")
    told = cisim("study", "analyse", "t-results", "fit", "--data", "data.csv", "--scenario", "fitted.toml")
    assert (told.code, told.out.count("Wrote fitted.toml")) == (0, 1)
    again = cisim("study", "analyse", "t-results", "fit", "--data", "data.csv", "--scenario", "fitted.toml")
    assert (again.code, "is there already" in again.err) == (2, True)
    assert "gain = { low" in (folder / "fitted.toml").read_text(encoding="utf-8")
    assert (cisim("check", "fitted.toml").code, cisim("run", "fitted.toml", "--runs", "5").code) == (0, 0)
    (folder / "data.csv").write_text("month,outcome,value\n12,progress,0.9\n")
    far = cisim("study", "analyse", "t-results", "fit", "--data", "data.csv", "--scenario", "far.toml")
    assert (far.code, (folder / "far.toml").exists()) == (1, False)


def test_what_cannot_be_analysed_is_refused_before_anything_is_written(cisim, folder):
    (folder / "t.toml").write_text(ANALYSED, encoding="utf-8")
    assert cisim("study", "run", "t.toml").code == 0
    told = cisim("study", "analyse", "t-results", "sobol", "--out", "t.csv")
    assert (told.code, told.err) == (
        2, "error: design.kind = 'morris': a study for sobol needs a design of kind saltelli\n",
    )  # fmt: skip
    unfit = cisim("study", "analyse", "t-results", "fit")
    assert unfit.code == 2
    assert "needs --data FILE" in unfit.err
    unread = cisim("study", "analyse", "t-results", "morris", "--below", "1", "--data", "t.csv", "--out", "t.csv")
    assert (unread.code, unread.err.count("\n")) == (2, 2)
    assert "--below: is for prim and tree, and KIND is morris" in unread.err
    assert "--data: is for fit, and KIND is morris" in unread.err
    told = cisim("study", "analyse", "t-results", "morris", "--out", "t.txt", "--picture", "no/t.png")
    assert told.code == 2
    assert "must be one of .parquet, .csv, .tex" in told.err
    assert "no: no such folder" in told.err
    assert not list(folder.glob("t.[ct]*v"))


def test_synergy_is_told_at_the_level_that_is_asked_for(cisim, folder):
    changed = ANALYSED.replace('"morris"\ntrajectories = 6', '"factorial"').replace(
        "low = 0, high = 0.01", "levels = [0, 0.01, 0.02]"
    )
    (folder / "t.toml").write_text(
        changed.replace("[design]", '"community.outcomes.school readiness.trend" = [0, 0.03]\n[design]'),
        encoding="utf-8",
    )
    assert cisim("study", "run", "t.toml").code == 0
    told = cisim(
        "study",
        "analyse",
        "t-results",
        "synergy",
        "--at",
        "community.outcomes.reading.trend=0.02",
        "--picture",
        "t.png",
    )
    assert (told.code, told.err) == (0, "")
    words = " ".join(told.out.split())
    assert "at community.outcomes.reading.trend = 0.02" in words
    assert "Fair shares of the gain" in words
    assert (folder / "t.png").exists()
    refused = cisim("study", "analyse", "t-results", "synergy", "--at", "community.outcomes.reading.trend=0.5")
    assert (refused.code, "no such level" in refused.err) == (2, True)


def test_where_an_outcome_is_low_is_told_as_a_box(cisim, folder):
    changed = ANALYSED.replace('"morris"\ntrajectories = 6', '"sobol"\npoints = 64').replace(
        "months = 3", "months = 12"
    )
    (folder / "t.toml").write_text(changed, encoding="utf-8")
    assert cisim("study", "run", "t.toml").code == 0
    told = cisim("study", "analyse", "t-results", "prim", "--below", "0.1", "--picture", "t.png", "--json")
    assert (told.code, told.err) == (0, "")
    said = json.loads(told.out)
    assert said["box"][0]["factor"] == "community.outcomes.mathematics.trend"
    assert said["density"]["share"] > 0.8
    assert (folder / "t.png").exists()
    told = cisim("study", "analyse", "t-results", "tree", "--picture", "tree.svg", "--out", "tree.csv")
    assert (told.code, told.err) == (0, "")
    assert "Highest where community.outcomes.mathematics.trend is above 0.0" in " ".join(told.out.split())
    assert "Where progress is high, and low" in (folder / "tree.svg").read_text(encoding="utf-8")
    assert (folder / "tree.csv").read_text(encoding="utf-8").startswith("where,points,value,low,high,coverage")
    few = cisim("study", "analyse", "t-results", "tree", "--above", "0.5")
    assert (few.code, "0 of 64 points" in few.out) == (1, True)
    few = cisim("study", "analyse", "t-results", "prim", "--above", "0.5")
    assert (few.code, "0 of 64 points" in few.out) == (1, True)
    assert (
        cisim("study", "analyse", "t-results", "prim").err == "error: discovery needs a bound: below, above, or both\n"
    )
