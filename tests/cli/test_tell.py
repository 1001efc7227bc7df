"""Commands that run nothing: scenarios, new, check, explain, schema, and what a terminal is given."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import cisim as package
from cisim.cli import terminal
from cisim.cli.commands.explain import STAGES, known
from cisim.cli.commands.scenarios import question
from cisim.plan.costs import fields_of_costs
from cisim.plan.words import Words
from cisim.report.glossary import WORDS, find_word
from cisim.report.sentences import moved
from cisim.scenario import commented_toml, fields, json_schema, named_fields, shipped
from cisim.scenario.field import STAGES as ALL_STAGES
from cisim.scenario.moves import moves


def unbroken(text: str) -> str:
    return " ".join(text.split())


def test_every_shipped_scenario_is_listed_with_a_question(cisim):
    told = json.loads(cisim("scenarios", "--json").out)["scenarios"]
    assert [one["name"] for one in told] == list(shipped())
    assert all("?" in one["question"] for one in told)
    listed = cisim("scenarios").out
    assert all(one["name"] in listed for one in told)


def test_the_question_is_the_first_paragraph_of_the_head():
    assert question("# Who comes,\n# and why?\n#\n# Something else.\n") == "Who comes, and why?"
    assert question("[scenario]\n") == ""


def test_the_file_of_a_scenario_can_be_copied(cisim, folder):
    text = cisim("scenarios", "crisis").out
    assert text == shipped()["crisis"].read_text(encoding="utf-8")
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    assert package.load(folder / "mine.toml") == package.load("crisis")


@pytest.mark.parametrize("arguments", [[], ["mine.toml"]])
def test_new_writes_the_commented_scenario_which_is_fine(cisim, folder, arguments):
    name = (arguments or ["scenario.toml"])[0]
    assert cisim("new", *arguments).code == 0
    assert (folder / name).read_text(encoding="utf-8") == commented_toml()
    assert cisim("check", name).code == 0


def test_check_says_what_a_scenario_is_and_what_its_files_gave(cisim):
    told = unbroken(cisim("check", "real-coalition").out)
    assert "real-coalition: nothing is wrong" in told
    assert "25 organisations in 5 sectors, 120 months, 0 events" in told
    assert "Not at the default: coalition.file = builtin:emon/Texas; backbone.staff = 2.5." in told
    assert "sector used 5 sectors as given, such as 'Federal' and 'State'." in told
    assert "trust missing Drawn from trust and trust_sd." in told


def test_check_tells_a_plain_scenario_as_such(cisim):
    assert "Every field is at its default." in cisim("check", "all-five").out


def test_check_tells_own_outcomes(cisim, folder):
    (folder / "a.toml").write_text(
        '[[community.outcomes]]\nname = "x"\nunit = "%"\nzero = 0\none = 100\nbaseline = 0.4\n', encoding="utf-8"
    )
    assert "Not at the default: outcomes of its own." in cisim("check", "a.toml").out


def test_check_tells_all_problems_of_all_files(cisim, folder):
    (folder / "a.toml").write_text("[backbone]\nstaf = 1\nstaff = -1\n", encoding="utf-8")
    (folder / "b.toml").write_text('[coalition]\nfile = "o.csv"\nties = "t.csv"\n', encoding="utf-8")
    (folder / "o.csv").write_text("name,resources\nA,half\nA,1\n", encoding="utf-8")
    (folder / "t.csv").write_text("from,to\nA,B\n", encoding="utf-8")
    (folder / "c.toml").write_text(
        '[[events]]\nmonth = 3\norganisation = "Nobody"\nset = { member = false }\n'
        '[[events]]\nmonth = 4\norganisation = "Noone"\nset = { resources = 2 }\n',
        encoding="utf-8",
    )
    result = cisim("check", "a.toml", "b.toml", "c.toml", "all-five")
    lines = result.err.splitlines()
    assert result.code == 2
    assert [line.split(":")[1].strip() for line in lines] == ["a.toml"] * 2 + ["b.toml"] * 3 + ["c.toml"] * 2
    assert "all-five: nothing is wrong" in result.out
    told = json.loads(cisim("check", "a.toml", "b.toml", "c.toml", "all-five", "--json").out)["files"]
    assert [len(one["problems"]) for one in told] == [2, 3, 2, 0]
    assert told[3]["scenario"]["name"] == "all five conditions"


@pytest.mark.parametrize("info", [*fields(), *named_fields()], ids=lambda info: info.path)
def test_every_field_is_explained(cisim, info):
    result = cisim("explain", info.path)
    told = unbroken(result.out)
    assert result.code == 0
    assert told.startswith(info.path)
    assert f"meaning {unbroken(info.meaning)}" in told
    assert info.unit in told
    assert unbroken("chosen by the authors" if info.source == "chosen" else info.source) in told
    assert f"kind {info.kind}:" in told
    for stage in info.stage.split(","):
        assert unbroken(STAGES[stage.strip()]) in told
    document = json.loads(cisim("explain", info.path, "--json").out)
    assert document["fields"][0]["path"] == info.path
    assert document["fields"][0]["minimum"] == info.minimum
    found = moves().get(info.path, ())
    assert unbroken(moved(found)) in told
    assert [move["points"] for move in document["fields"][0]["moves"]] == [move.points for move in found]


def test_every_stage_has_a_name():
    assert set(STAGES) == set(ALL_STAGES)


def test_everything_that_completes_can_be_explained(cisim):
    for name in known():
        assert cisim("explain", name).code == 0, name


def test_a_section_lists_its_fields(cisim):
    told = cisim("explain", "backbone").out
    assert all(info.path.removeprefix("backbone.") in told for info in fields() if info.section == "backbone")
    assert "agenda" not in told.split("meaning")[0]


def test_a_name_that_means_a_section_and_a_measure_is_explained_as_both(cisim):
    told = cisim("explain", "commitment").out
    assert "trust_weight" in told
    assert "commitment (a measure, recorded every month)" in told


@pytest.mark.parametrize("name", ["gap", "fte", "FTE", "budgets", "cost", "dial", "meeting", "luck", "World"])
def test_words_of_reports_are_explained_whatever_their_form(cisim, name):
    word = find_word(name)
    told = unbroken(cisim("explain", name).out)
    assert told.startswith(f"{word.name} {unbroken(word.meaning)}")
    assert json.loads(cisim("explain", name, "--json").out)["words"] == [word._asdict()]


def test_a_word_that_is_a_section_or_a_measure_too_is_explained_as_both(cisim):
    assert "gap (a measure, recorded every month)" in cisim("explain", "gap").out
    assert "[backbone]" in cisim("explain", "backbone").out


def test_what_stands_in_a_plan_file_is_explained(cisim):
    told = unbroken(cisim("explain", "plans").out)
    assert all(f"{name} {field.description}" in told for name, field in Words.model_fields.items())
    told = unbroken(cisim("explain", "costs").out)
    assert all(f"{info.name} {info.default}" in told for info in fields_of_costs() if isinstance(info.default, str))
    told = unbroken(cisim("explain", "backbone_post").out)
    assert "costs.backbone_post meaning a full-time post of the backbone" in told
    assert "US Bureau of Labor Statistics" in told
    assert "kind" not in told


def test_all_words_stand_in_one_table_and_what_they_point_to_is_there(cisim):
    told = unbroken(cisim("explain", "words").out)
    for word in WORDS:
        assert f"{word.name} {unbroken(word.meaning)}" in told
        assert not word.see or word.see in known()


@pytest.mark.parametrize("name", ["backbone.allocation", "community.outcomes"])
def test_a_table_inside_a_section_lists_its_fields(cisim, name):
    told = cisim("explain", name).out
    inside = [info.path for info in (*fields(), *named_fields()) if info.path.startswith(f"{name}.")]
    assert inside
    assert all(path.removeprefix(f"{name}.") in told for path in inside)


def test_the_last_part_of_a_name_is_enough(cisim):
    told = cisim("explain", "start").out
    assert "coalition.start" in told
    assert "backbone.start" in told


def test_an_outcome_of_any_name_has_its_fields(cisim):
    assert "indicator/month" in cisim("explain", "community.outcomes.jobs in town.trend").out


def test_the_example_of_events_is_fine(cisim, folder):
    text = cisim("explain", "events").out
    example = text[text.index("[[events]]") : text.index("It sets")].replace('"NAME"', '"Organisation 3"')
    (folder / "a.toml").write_text(example, encoding="utf-8")
    assert cisim("check", "a.toml").code == 0


def test_schema(cisim):
    assert json.loads(cisim("schema").out) == json.loads(json.dumps(json_schema()))


# --- terminal ---------------------------------------------------------------------------------


def test_a_per_cent_sign_stays_with_its_number(capsys):
    for length in range(60, 110):
        terminal.say("x" * length + " 95 % y")
        assert "\n%" not in capsys.readouterr().out


def test_progress_is_silent_where_nobody_looks(capsys):
    with terminal.progress("running", 10) as told:
        told(5)
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of POSIX systems")
def test_progress_is_shown_on_a_terminal():
    code = (
        "import os, pty, sys\n"
        "def work(fd=None):\n"
        "    from cisim.cli import terminal\n"
        "    with terminal.progress('running [b]', 10) as told:\n"
        "        told(10)\n"
        "pid, master = pty.fork()\n"
        "if pid == 0:\n"
        "    work(); os._exit(0)\n"
        "seen = b''\n"
        "while True:\n"
        "    try: part = os.read(master, 10000)\n"
        "    except OSError: break\n"
        "    if not part: break\n"
        "    seen += part\n"
        "os.waitpid(pid, 0)\n"
        "assert b'running [b]' in seen and b'10/10' in seen, seen\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
