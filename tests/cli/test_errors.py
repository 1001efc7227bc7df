"""What is wrong is told in one line each, with exit code 2, before anything runs or is written."""

from __future__ import annotations

import pytest

from cisim import comparison, ensemble


@pytest.fixture
def nothing_runs(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a run began")

    monkeypatch.setattr("cisim.engine.simulate", refuse)


WRONG = {
    "no such file": (["run", "nofile.toml"], ["nofile.toml: no such file"]),
    "a scenario's name mistyped": (["run", "al-five"], ["did you mean all-five?"]),
    "a folder": (["run", "."], ["is a folder"]),
    "no runs": (["run", "all-five", "--runs", "0"], ["runs = 0: must be a whole number of at least 1"]),
    "fewer than no runs": (["run", "all-five", "--runs", "-1"], ["runs = -1"]),
    "runs and seed": (["run", "all-five", "--runs", "0", "--seed", "-1"], ["runs = 0", "seed = -1"]),
    "more runs than memory": (
        ["run", "all-five", "--runs", "1000000", "--set", "scenario.months=1200"],
        ["GB of memory"],
    ),
    "more runs than a seed has": (["run", "all-five", "--runs", "9" * 12], ["must be at most 1000000"]),
    "a run seed and a seed": (
        ["run", "all-five", "--run-seed", "5", "--seed", "2"],
        ["the seeds of single runs, or runs and seed"],
    ),
    "no setting": (["run", "all-five", "--set", "nonsense"], ["nonsense: must be section.field=value"]),
    "two settings": (
        ["run", "all-five", "--set", "backbone.staf=1", "--set", "practice.bits=0"],
        ["backbone.staf: no such field; did you mean backbone.staff?", "practice.bits = 0: must be"],
    ),
    "a setting twice": (
        ["run", "all-five", "--set", "backbone.staff=1", "--set", "backbone.staff=2"],
        ["backbone.staff: set twice"],
    ),
    "out in no folder": (["run", "all-five", "--out", "no/a.csv"], ["no: no such folder"]),
    "out with another ending": (["run", "all-five", "--out", "a.txt"], ["unknown ending '.txt'"]),
    "one scenario": (["compare", "all-five"], ["at least two strategies: 1 given"]),
    "a scenario twice": (["compare", "all-five", "all-five"], ["all-five: is there twice"]),
    "names": (["compare", "all-five", "crisis", "--name", "a"], ["--name: 1 given for 2 scenarios"]),
    "the same name twice": (["compare", "all-five", "crisis", "--name", "a", "--name", "a"], ["a: is there twice"]),
    "scenarios and settings": (
        ["compare", "all-five", "crisi", "cris", "--set", "x"],
        ["x: must be", "crisi: no such", "cris: no such"],
    ),
    "a setting that one scenario refuses": (
        ["compare", "all-five", "backbone-ends", "--set", "scenario.months=12"],
        ["backbone-ends with --set: "],
    ),
    "measures": (
        ["compare", "all-five", "crisis", "--measure", "progres", "--measure", "x"],
        ["no measure is called 'progres': did you mean progress?", "no measure is called 'x'"],
    ),
    "picture and out": (
        ["compare", "all-five", "crisis", "--picture", "a.gif", "--out", "a.csv"],
        ["a.gif: unknown ending", "a.csv: must be a folder"],
    ),
    "two pictures": (
        ["compare", "all-five", "crisis", "--picture", "a.png", "--difference", "a.png"],
        ["a.png: --picture and --difference need a file each"],
    ),
    "an unknown kind of picture": (
        ["compare", "all-five", "crisis", "--difference", "a.gif"],
        ["a.gif: unknown ending"],
    ),
    "too many for a picture": (
        ["compare", *["all-five"] * 8, *(f"--name={letter}" for letter in "abcdefgh"), "--picture", "a.png"],
        ["at most 7 scenarios: 8 given"],
    ),
    "other months": (
        ["compare", "all-five", "short.toml"],
        ["'short.toml' and 'all-five' cannot be compared: they have 12 and 120 months"],
    ),
    "an unknown name to explain": (["explain", "backbone.staf"], ["did you mean backbone.staff?"]),
    "a bare field of two sections": (
        ["run", "all-five", "--set", "staff=2"],
        ["error: staff: no such field; did you mean backbone.staff or funder.staff?"],
    ),
    "nothing like it": (["explain", "xyzzy"], ["see: cisim explain sections"]),
    "an ending": (["new", "scenario.txt"], ["must end in .toml"]),
    "new in no folder": (["new", "no/a.toml"], ["there is no folder no"]),
    "a shipped scenario": (["scenarios", "al-five"], ["did you mean all-five?"]),
    "a file that is not shipped": (["scenarios", "short.toml"], ["does not come with cisim"]),
    "one fact's run": (["validate", "facts", "--runs", "1"], ["runs = 1: must be at least 2"]),
    "one point": (["validate", "--points", "1"], ["points = 1: must be at least 2"]),
    "an unknown suite": (["validate", "dockin"], ["there is none of this name; did you mean docking?"]),
    "an unknown case": (["validate", "engine", "--case", "thread"], ["did you mean threads?"]),
    "a suite, a case, a number and a page": (
        ["validate", "dockin", "--case", "degrot", "--points", "1", "--html", "page.pdf"],
        ["points = 1", "suite 'dockin'", "case 'degrot'", "must be one of .html, .htm"],
    ),
    "a page's ending": (["validate", "--html", "page.pdf"], ["must be one of .html, .htm"]),
    "a page in no folder": (["validate", "--html", "no/page.html"], ["no: no such folder"]),
    "no seed": (["validate", "--seed", "-1"], ["seed = -1"]),
    "a coalition file that is not there": (["check", "a.csv"], ["a.csv: no such file"]),
}


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(("arguments", "told"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_told_one_problem_a_line_and_nothing_runs(cisim, folder, arguments, told):
    (folder / "short.toml").write_text("[scenario]\nmonths = 12\n", encoding="utf-8")
    result = cisim(*arguments)
    lines = result.err.splitlines()
    assert result.code == 2
    assert len(lines) == len(told)
    assert all(line.startswith("error: ") for line in lines)
    assert all(part in line for part, line in zip(told, lines, strict=True))
    assert [path.name for path in folder.iterdir()] == ["short.toml"]


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["run", "all-five", "--seed", "abc"], ["run", "all-five", "--bla"], ["explain"]]
)
def test_wrong_usage_is_told_with_exit_code_2(cisim, arguments):
    result = cisim(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("Usage: cisim ")
    assert "Error: " in result.err


def test_every_problem_of_a_file_is_told(cisim, folder):
    (folder / "a.toml").write_text("[backbone]\nstaf = 1\nstaff = -1\n", encoding="utf-8")
    result = cisim("run", "a.toml")
    assert result.code == 2
    assert result.err.splitlines() == [
        "error: a.toml:2: backbone.staf = 1: no such field; did you mean backbone.staff?",
        "error: a.toml:3: backbone.staff = -1: must be a number from 0 to 10000 (FTE)",
    ]


@pytest.mark.usefixtures("nothing_runs")
def test_results_that_are_there_are_not_touched_without_being_told_to(cisim, folder):
    (folder / "a.csv").write_text("mine", encoding="utf-8")
    result = cisim("run", "all-five", "--out", "a.csv")
    assert result.code == 2
    assert "a.csv: is there already" in result.err
    assert "--overwrite" in result.err
    assert (folder / "a.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("nothing_runs")
def test_a_folder_without_a_comparison_is_never_replaced(cisim, folder):
    (folder / "mine").mkdir()
    for more in ([], ["--overwrite"]):
        assert cisim("compare", "all-five", "crisis", "--out", "mine", *more).code == 2
    assert (folder / "mine").is_dir()


def test_new_does_not_overwrite(cisim, folder):
    (folder / "scenario.toml").write_text("mine", encoding="utf-8")
    result = cisim("new")
    assert (result.code, result.err) == (2, "error: scenario.toml: is there already; choose another name\n")
    assert (folder / "scenario.toml").read_text(encoding="utf-8") == "mine"


def test_no_sign_of_a_name_acts_on_the_terminal(cisim):
    result = cisim("run", "a\x1b[31m[red]b[/red]\nc.toml")
    assert result.err == "error: a\\x1b[31m[red]b[/red]\\nc.toml: no such file\n"


def test_too_little_memory_is_an_error_in_a_line(cisim, monkeypatch):
    def starve(*_, **__):
        raise MemoryError

    monkeypatch.setattr(ensemble, "check_memory", starve)
    result = cisim("run", "all-five", "--runs", "2")
    assert result.code == 2
    assert result.err.startswith("error: this machine has too little memory")


def test_in_json_mode_an_error_leaves_the_output_empty(cisim):
    result = cisim("run", "nofile.toml", "--json")
    assert (result.code, result.out) == (2, "")


def test_a_failure_of_cisim_itself_is_not_hidden(monkeypatch):
    from cisim.cli.main import main

    monkeypatch.setattr(comparison, "check_seeds", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["compare", "all-five", "crisis"])
