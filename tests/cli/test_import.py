"""`cisim import`, `cisim template`, and coalition files in `cisim check`: from a spreadsheet to a plan that runs."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import cisim as package
from cisim.coalition import roster
from cisim.coalition.answers import QUESTIONS
from cisim.plan.costs import fields_of_costs
from cisim.plan.spec import read as read_plans
from cisim.scenario import find
from coalition import messy

FILES = ["organisations.csv", "ties.csv", "plan.toml", "network.png", "import.md"]


def unbroken(text: str) -> str:
    return " ".join(text.split())


def write(path: str, content: bytes | str) -> None:
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def inputs(folder):
    """A list of partners and a survey."""
    write("list.xlsx", messy.the_list())
    write("survey.csv", messy.text(messy.survey()))
    return folder


@pytest.mark.usefixtures("inputs")
def test_a_spreadsheet_and_a_survey_become_a_folder_with_a_plan_that_runs(cisim):
    told = cisim("import", "list.xlsx", "survey.csv", "--out", "mine")
    assert told.code == 0
    assert sorted(path.name for path in Path("mine").iterdir()) == sorted(FILES)
    assert "41 partners, 115 ties" in told.out
    assert "which end is most often: 4 is taken for it" in unbroken(told.out)
    plan = read_plans("mine/plan.toml").base
    assert plan.outcome_names == ("Early years", "Reading", "Work")
    members = roster(plan)
    assert list(members.names) == messy.NAMES
    assert members.ties is not None
    assert len(members.ties.first) == 115
    assert cisim("plan", "check", "mine/plan.toml").code == 0
    assert cisim("plan", "run", "mine/plan.toml", "--worlds", "2", "--runs", "2").code == 0
    assert Path("mine/network.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("inputs")
def test_the_report_says_what_was_used_assumed_left_out_and_repaired(cisim):
    cisim("import", "list.xlsx", "survey.csv", "--out", "mine")
    text = Path("mine/import.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# What cisim made of list.xlsx and survey.csv", "## Used", "## Assumed", "## Left out", "## Repaired", "## What a run takes from it",
    ]  # fmt: skip
    assert "115 ties from 191 rows" in text
    assert "rows that sum up others (row 49 'TOTAL')" in text
    assert "2 of 41 cells are empty and drawn from size_mean and size_sd" in text
    assert "example.org" not in text


@pytest.mark.usefixtures("inputs")
def test_nothing_private_is_written_anywhere(cisim):
    cisim("import", "list.xlsx", "--out", "mine", "--as", "graphml", "--as", "kumu")
    assert not [path for path in Path("mine").iterdir() if b"example.org" in path.read_bytes()]


@pytest.mark.usefixtures("inputs")
def test_the_json_document_holds_the_same(cisim):
    told = json.loads(cisim("import", "list.xlsx", "survey.csv", "--out", "mine", "--json").out)
    assert (told["command"], told["partners"], told["ties"]) == ("import", 41, 115)
    assert [Path(file).name for file in told["files"]] == FILES
    assert {note["use"] for note in told["notes"]} == {"used", "assumed", "left out", "repaired"}


@pytest.mark.usefixtures("inputs")
def test_importing_again_keeps_a_plan_that_was_changed_and_says_what_it_lacks(cisim):
    cisim("import", "list.xlsx", "--out", "mine")
    assert not Path("mine/ties.csv").exists()
    plan = Path("mine/plan.toml")
    changed = plan.read_text(encoding="utf-8").replace("\nstaff = 0\n", "\nstaff = 1.5  # my own\n", 1)
    plan.write_text(changed, encoding="utf-8")
    told = unbroken(cisim("import", "list.xlsx", "survey.csv", "--out", "mine", "--overwrite").out)
    assert plan.read_text(encoding="utf-8") == changed
    assert "plan.toml was changed since an earlier import and is kept as it is" in told
    assert 'there are ties: write ties = "ties.csv" under [coalition]' in told
    again = unbroken(cisim("import", "list.xlsx", "--out", "mine", "--overwrite").out)
    assert "is kept as it is" in again, "that it was changed is not forgotten"
    assert plan.read_text(encoding="utf-8") == changed
    assert not Path("mine/ties.csv").exists(), "the ties of an earlier import are gone"


@pytest.mark.parametrize("goals", ["Work; Reading", "Work"])
def test_an_outcome_that_is_renamed_in_the_plan_alone_is_told(cisim, goals):
    write("list.csv", f"Agency,Goals\nFood Bank,{goals}\nLibrary,Reading\n")
    cisim("import", "list.csv", "--out", "mine")
    plan = Path("mine/plan.toml")
    plan.write_text(plan.read_text(encoding="utf-8").replace('name = "Work"', 'name = "Jobs"'), encoding="utf-8")
    says = "plan.toml lacks outcomes that partners name: Work."
    assert says in unbroken(cisim("import", "list.csv", "--out", "mine", "--overwrite").out)
    refused = cisim("plan", "check", "mine/plan.toml")
    assert ("no outcome is called like the column 'mission.Work': rename one" in refused.err) == (goals == "Work")


@pytest.mark.usefixtures("inputs")
def test_importing_again_renews_a_plan_that_was_not_changed(cisim):
    cisim("import", "list.xlsx", "--out", "mine")
    told = cisim("import", "list.xlsx", "survey.csv", "--out", "mine", "--overwrite")
    assert "is kept as it is" not in unbroken(told.out)
    assert read_plans("mine/plan.toml").base.coalition.ties == "ties.csv"


@pytest.mark.usefixtures("inputs")
def test_a_kept_plan_that_is_wrong_is_said(cisim):
    cisim("import", "list.xlsx", "--out", "mine")
    write("mine/plan.toml", "[backbone]\nstaff = -1\n")
    told = unbroken(cisim("import", "list.xlsx", "--out", "mine", "--overwrite").out)
    assert "plan.toml is wrong, as `cisim plan check plan.toml` says: " in told


@pytest.mark.usefixtures("inputs")
def test_files_of_an_earlier_import_need_overwrite_and_foreign_ones_are_never_replaced(cisim):
    cisim("import", "list.xlsx", "--out", "mine")
    refused = cisim("import", "list.xlsx", "--out", "mine")
    assert refused.code == 2
    assert refused.err.count("error:") == 1
    assert "organisations.csv, plan.toml, network.png, import.md are there already" in refused.err
    Path("other").mkdir()
    write("other/ties.csv", "from,to\n")
    write("other/plan.toml", "mine")
    before = sorted(Path("other").iterdir())
    refused = cisim("import", "list.xlsx", "--out", "other", "--overwrite")
    assert refused.code == 2
    assert (
        refused.err
        == "error: other: ties.csv, plan.toml are there, and no import.md that cisim wrote: they are not replaced\n"
    )
    assert sorted(Path("other").iterdir()) == before
    assert Path("other/plan.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize(
    ("kind", "files"), [("graphml", ["network.graphml"]), ("kumu", ["kumu-elements.csv", "kumu-connections.csv"])]
)
def test_what_is_written_for_other_programs_comes_back_the_same(cisim, kind, files):
    write("more.csv", "name,FTE,founder,mission.Reading\n=SUM(A1),2,yes,3\nBay <Clinic>,,no,1\n")
    cisim("import", "list.xlsx", "more.csv", "survey.csv", "--out", "mine", "--as", kind)
    assert cisim("import", *(f"mine/{file}" for file in files), "--out", "again").code == 0
    for name in ("organisations.csv", "ties.csv"):
        assert Path("again", name).read_bytes() == Path("mine", name).read_bytes()


def test_a_name_cannot_act_as_a_formula_in_a_table(cisim):
    write("a.csv", "Agency,FTE\n=1+1,2\n@x,3\n")
    cisim("import", "a.csv", "--out", "mine")
    with Path("mine/organisations.csv").open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["'=1+1", "'@x"]
    cisim("import", "mine/organisations.csv", "--out", "again")
    assert Path("again/organisations.csv").read_bytes() == Path("mine/organisations.csv").read_bytes()


def test_a_file_name_cannot_write_into_the_plan(cisim):
    name = 'a\n[backbone]\nstaff = 9\n".csv'
    write(name, "Agency,FTE\nA,2\nB,3\n")
    assert cisim("import", name, "--out", "mine").code == 0
    assert read_plans("mine/plan.toml").base.backbone.staff == 0


def test_on_a_terminal_it_asks(cisim, monkeypatch):
    write("t.csv", "From,To,Frequency (1-4)\nA,B,4\nB,C,1\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("x\n2\n"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    told = cisim("import", "t.csv", "--out", "mine")
    assert told.code == 0
    assert "goes from 1 to 4: which is most often?" in unbroken(told.out)
    assert "A,B,0.25" in Path("mine/ties.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("option", "strength"), [("high", "A,B,1\r\nB,C,0.25"), ("low", "A,B,0.25\r\nB,C,1")])
def test_an_option_says_which_end_is_most_often(cisim, option, strength):
    write("t.csv", "From,To,Frequency (1-4)\nA,B,4\nB,C,1\n")
    cisim("import", "t.csv", "--out", "mine", "--often", option)
    assert strength in Path("mine/ties.csv").read_bytes().decode()


def test_map_says_what_a_title_is(cisim):
    write("a.csv", "Wer,Wieviel\nA,2\nB,3\n")
    cisim("import", "a.csv", "--out", "mine", "--map", "Wieviel=resources", "--map", "Wer=name")
    assert Path("mine/organisations.csv").read_text(encoding="utf-8") == "name,resources\nA,2\nB,3\n"


# --- check ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("inputs")
def test_check_reads_a_coalition_file_alone(cisim):
    told = cisim("check", "list.xlsx")
    assert told.code == 0
    assert "41 organisations in 5 sectors, no ties. Next: cisim import list.xlsx" in unbroken(told.out)
    assert "rows that sum up others (row 49 'TOTAL')" in unbroken(told.out)
    document = json.loads(cisim("check", "survey.csv", "--json").out)
    assert document["files"][0]["coalition"]["organisations"] == 41


OWN = "name,resources\nSchools,6\nLibrary,1.5\nClinic,3\nYouth Circle,2\n"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            "TOTAL,12.5\n",
            "'TOTAL' has 12.5, the others together 12.5: if it is a row that sums up the others, delete it.",
        ),
        ("All together,12.5\n", "'All together' has 12.5, the others together 12.5: if it is a row that sums up"),
        ("youth circle ,2\n", "Taken for different organisations: 'Youth Circle' and 'youth circle'"),
        ("Youth Circel,2\n", "Taken for different organisations: 'Youth Circle' and 'Youth Circel'"),
        ("District,14\n", "'District' has 14 of 26.5, 53% of all: is that right?"),
    ],
)
def test_check_speaks_of_totals_doubles_and_outliers(cisim, more, says):
    write("o.csv", OWN + more)
    assert says in unbroken(cisim("check", "o.csv").out)


def test_check_speaks_of_sectors_that_may_be_one(cisim):
    write("o.csv", "name,sector\nA,Non-profit\nB,Nonprofit\nC,public\n")
    assert "Taken for different sectors: 'Non-profit' and 'Nonprofit'" in unbroken(cisim("check", "o.csv").out)


def test_check_finds_nothing_strange_where_there_is_nothing(cisim):
    write("o.csv", OWN)
    told = cisim("check", "o.csv").out
    assert "look again" not in told
    assert "Taken for different" not in told


# --- the workbook to fill in ----------------------------------------------------------------------------


def filled(
    path: str, more: dict[str, list[list[object]]], answers: list[object], figures: dict[str, object] | None = None
) -> None:
    """Fill in a template as a person would."""
    book = CalamineWorkbook.from_path("partners.xlsx")
    rows = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    for name, added in more.items():
        rows[name] += added
    for row, answer in zip(rows["Questions"][2:], answers, strict=False):
        row[1] = answer
    for row in rows["Costs"][2:]:
        row[1] = (figures or {}).get(str(row[4]), row[1])
    write(path, messy.workbook(*rows.items()))


def test_a_template_that_is_filled_in_becomes_a_plan_with_its_dials(cisim):
    assert cisim("template").code == 0
    partners = [
        ["Food Bank", "Nonprofit", 1.5, 4, "Hunger; Work", "yes"],
        ["Library", "Public", "2-3", "", "Reading", "no"],
    ]
    ties = [["Food Bank", "Library", "monthly", 5]]
    filled("filled.xlsx", {"Partners": partners, "Ties": ties}, [4, 5, "don't know", "", 2, "6"])
    told = unbroken(cisim("import", "filled.xlsx", "--out", "mine").out)
    assert "answers that are neither 1 to 5 nor \"don't know\" are not used (row 8 '6')" in told
    plan, text = read_plans("mine/plan.toml").base, Path("mine/plan.toml").read_text(encoding="utf-8")
    assert (plan.backbone.staff, plan.backbone.member_share, plan.agenda.voice) == (1, 0, 1.5)
    assert plan.agenda.process == package.Scenario().agenda.process
    assert "You don't know: see [guesses]." in text
    assert [guess.path for guess in read_plans("mine/plan.toml").guesses if guess.given] == ["agenda.process"]
    assert "Your answer 4: one full-time post." in text
    rows = Path("mine/organisations.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1:] == ["Food Bank,Nonprofit,yes,1.5,0.65,1,1,0", "Library,Public,no,2.5,,0,0,1"]
    assert "Food Bank,Library,0.75,1" in Path("mine/ties.csv").read_text(encoding="utf-8")
    cisim("template", "other.xlsx")
    write("mine/plan.toml", text + "\n# mine\n")
    filled("filled.xlsx", {"Partners": partners}, [1])
    told = unbroken(cisim("import", "filled.xlsx", "--out", "mine", "--overwrite").out)
    assert "plan.toml has backbone.staff = 1.0, your answer 1 means 0" in told


COUPLE: list[list[object]] = [["Food Bank", "Nonprofit", 1.5], ["Library", "Public", 2]]


def test_figures_of_a_template_become_costs_of_the_plan(cisim):
    cisim("template")
    sheet = CalamineWorkbook.from_path("partners.xlsx").get_sheet_by_name("Costs").to_python()
    assert {row[4]: row[2] for row in sheet[2:]} == {
        info.name: "" if info.default is None else info.default for info in fields_of_costs()
    }
    figures = {"backbone_post": "120k", "overhead": "10 %", "budget": "$600,000", "data_once": "lots", "hours": 1e9}
    filled("filled.xlsx", {"Partners": COUPLE, "Costs": [["Rent", 12, "", "", "rent"]]}, [], figures)
    told = unbroken(cisim("import", "filled.xlsx", "--out", "mine").out)
    costs = read_plans("mine/plan.toml").costs
    assert (costs.backbone_post, costs.overhead, costs.budget) == (120_000, 0.1, 600_000)
    assert costs.model_fields_set == {"backbone_post", "overhead", "budget"}
    assert 'Costs, not used: data_once = "lots": must be a number from 0 to 1e+12 (money).' in told
    assert "Costs, not used: hours = 1000000000.0: must be a number from 1 to 8784 (hours/year)." in told
    assert "Costs: cisim knows no 'rent'." in told
    text = Path("mine/plan.toml").read_text(encoding="utf-8")
    write(
        "mine/plan.toml",
        text.replace("backbone_post = 120000.0", "backbone_post = 95000").replace("budget = 6", "#budget = 6"),
    )
    filled("filled.xlsx", {"Partners": COUPLE}, [], figures)
    told = unbroken(cisim("import", "filled.xlsx", "--out", "mine", "--overwrite").out)
    assert "plan.toml has another backbone_post under [costs], your figure is 120000.0." in told
    assert "plan.toml has no budget under [costs], your figure is 600000.0." in told
    assert "overhead under [costs]" not in told


def test_a_currency_without_all_figures_is_not_used_and_that_is_said(cisim):
    cisim("template")
    filled("filled.xlsx", {"Partners": COUPLE}, [], {"currency": "EUR", "budget": 500_000})
    told = unbroken(cisim("import", "filled.xlsx", "--out", "mine").out)
    assert "Costs, not used: in another currency than USD, all figures of money must be given" in told
    assert read_plans("mine/plan.toml").costs.model_fields_set == set()
    write(
        "mine/plan.toml", '[coalition]\norganisations = 9\n[plans.a]\nbackbone.staff = 1\n[costs]\ncurrency = "EUR"\n'
    )
    refused = cisim("plan", "check", "mine/plan.toml")
    assert refused.code == 2
    assert refused.err.startswith("error: mine/plan.toml:5: costs: in another currency than USD, all figures of money")


def test_every_answer_is_a_value_that_its_dial_may_have():
    assert len(QUESTIONS) == 12
    for question in QUESTIONS.values():
        info = find(question.dial)
        assert info is not None
        assert info.low is not None
        assert len(set(question.values)) == 5
        for value in question.values:
            package.Scenario().replace(**{question.dial: value})


def test_a_template_is_not_written_over_a_file_and_is_the_same_each_time(cisim):
    cisim("template", "a.xlsx")
    cisim("template", "b.xlsx")
    assert Path("a.xlsx").read_bytes() == Path("b.xlsx").read_bytes()
    assert cisim("template", "a.xlsx").code == 2
    assert cisim("template", "a.xlsx", "--overwrite").code == 0
    assert cisim("template", "a.csv").code == 2


# --- spoiled files --------------------------------------------------------------------------------------

GOOD = b"Agency,FTE\nFood Bank,2\nLibrary,1\n"
TIES = b"From,To\nFood Bank,Library\n"
NO_COLUMNS = "has no column 'name', and not both 'from' and 'to'"
GRAPH = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">{}</graph></graphml>'
CANNOT = "is a workbook or another packed file that cannot be read"


def packed(**files: bytes) -> bytes:
    """A ZIP file that is no workbook."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


SPOILED: dict[str, tuple[dict[str, bytes], str]] = {
    "an empty file": ({"a.csv": b""}, "a.csv: is empty; its first line must name the columns"),
    "blank lines": ({"a.csv": b"\n ;;\n\n"}, "a.csv: is empty; its first line must name the columns"),
    "an empty workbook": ({"a.xlsx": messy.workbook(("P", []))}, "a.xlsx: is empty; its first line must name the columns"),
    "empty sheets": ({"a.xlsx": messy.workbook(("P", []), ("Q", []))}, "a.xlsx: none of its 2 sheets holds a list"),
    "a header alone": ({"a.csv": b"Agency,FTE\n"}, "a.csv: lists 0 partners; must be 2 to 10,000"),
    "one partner": ({"a.csv": b"Agency,FTE\nFood Bank,1\nTOTAL,1\n"}, "a.csv: lists 1 partner; must be 2 to 10,000"),
    "one partner many times": ({"a.csv": b"Agency\nFood Bank\nfood bank\nFOOD-BANK\n"}, "a.csv: lists 1 partner; must be 2"),
    "too many partners": (
        {"a.csv": b"Agency\n" + b"".join(b"Partner %d\n" % n for n in range(10_001))}, "a.csv: lists 10001 partners; must be 2 to 10,000",
    ),
    "no header": ({"a.csv": b"1,2\n3,4\n"}, f"a.csv: {NO_COLUMNS}; its columns are '1', '2'"),
    "a misspelt header": ({"a.csv": b"nane,x\nA,1\nB,2\n"}, f"a.csv: {NO_COLUMNS} (did you mean 'nane'?)"),
    "a text": ({"a.txt": b"Dear all,\nplease find the list attached.\n"}, f"a.txt: {NO_COLUMNS}; its columns are 'Dear all'"),
    "a picture": ({"a.csv": b"\x89PNG\r\n\x1a\n\0\0"}, "a.csv:3: a null byte; this is not a text file"),
    "a page": ({"a.xls": b"<html><table><tr><td>name</td></tr></table></html>"}, "a.xls: is a web page or another XML file"),
    "a letter of Word": ({"a.docx": packed(**{"word/document.xml": b"<x/>"})}, f"a.docx: {CANNOT}"),
    "half a workbook": ({"a.xlsx": messy.the_list()[:3000]}, f"a.xlsx: {CANNOT}"),
    "half an old workbook": ({"a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600}, f"a.xls: {CANNOT}"),
    "no encoding": ({"a.csv": b"Agency\nZo\x81\nB\n"}, "a.csv:2: byte 0x81 is neither UTF-8 nor Windows-1252"),
    "half of UTF-16": ({"a.csv": "Agency\n".encode("utf-16")[:-1]}, "a.csv: begins as UTF-16 but is not"),
    "a quote without end": ({"a.csv": b'Agency,FTE\nA,1\n"B,2\nC,3\n'}, "a.csv:3: cannot be read as CSV: unexpected end of data"),
    "one endless cell": ({"a.csv": b"Agency\nA\n" + b"x" * 200_000}, "a.csv:3: cannot be read as CSV: field larger than field limit"),
    "too many columns": ({"a.csv": GOOD + b"," * 10_001}, "a.csv: has more than 10,000 columns"),
    "too many sectors": (
        {"a.csv": b"Agency,Sector\n" + b"".join(b"P%d,S%d\n" % (n, n) for n in range(51))}, "a.csv: has 51 different sectors; at most 50",
    ),
    "names that are none": ({"a.csv": b"Agency\n" + b"x" * 201 + b"\n\x1b[2J\n"}, "a.csv: lists 0 partners; must be 2"),
    "no founder": ({"a.csv": b"Agency,Founder\nA,no\nB,no\n"}, "a.csv: founder is no in every row; one at least must be yes"),
    "broken JSON": ({"a.json": b'{"elements": [\n{"x": }]}'}, "a.json:2: is not valid JSON: Expecting value"),
    "other JSON": ({"a.json": b'[{"name": "A"}]'}, "a.json: is JSON, but no blueprint of Kumu"),
    "deep JSON": ({"a.json": b"[" * 100_000}, "a.json: is JSON, but no blueprint of Kumu"),
    "half a graph": ({"a.graphml": GRAPH.format("<node id='a'/>").encode()[:-9]}, "a.graphml: is not well-formed XML"),
    "a graph with entities": ({"a.graphml": b'<!DOCTYPE x [<!ENTITY a "b">]><graphml/>'}, "a.graphml:1: declares a document type"),
    "a tie to nowhere": (
        {"a.graphml": GRAPH.format("<node id='a'/><node id='b'/><edge source='a' target='q'/>").encode()}, "a.graphml: no tie between",
    ),
    "ties of others": (
        {"a.csv": GOOD, "t.csv": b"From,To\nX,Y\n"},
        "a.csv and t.csv: no tie between two partners in 1 row of ties; no partner is called 'X'",
    ),
    "ties of one": ({"t.csv": b"From,To\nX,X\n"}, "t.csv: lists 1 partner; must be 2"),
    "an oblong matrix": ({"a.csv": b",A,B,C\nD,0,1,1\nE,1,0,0\n"}, f"a.csv: {NO_COLUMNS}; its columns are 'A', 'B', 'C'"),
    "one bad file of two": ({"a.csv": GOOD, "t.csv": b""}, "t.csv: is empty"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_file_gives_one_clear_message_and_nothing_is_written(cisim, folder, case):
    files, says = SPOILED[case]
    for name, content in files.items():
        write(name, content)
    told = cisim("import", *files, "--out", "mine")
    assert told.code == 2
    assert told.err.startswith(f"error: {says}"), told.err
    assert told.err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.csv"], "none.csv: no such file"),
        (["."], ".: is a folder, not a file"),
        (["a.csv", "--map", "Agency"], '--map Agency: must be TEXT=MEANING, such as "Agency Name=name"'),
        (["a.csv", "--map", "Agent=name"], "--map Agent=name: nothing in the files is called 'Agent'"),
        (["a.csv", "--map", "Agency=nmae"], "--map Agency=nmae: 'nmae' is no column (name, id, sector,"),
        (["a.csv", "--often", "4"], "--often 4: must be high or low"),
        (["a.csv", "--as", "gephi"], "--as gephi: unknown; there are graphml, kumu"),
        (["a.csv", "--out", "a.csv"], "a.csv: is a file, not a folder"),
        (["a.csv", "--out", "no/where"], "no: no such folder"),
    ],
)
def test_a_wrong_argument_gives_one_clear_message(cisim, arguments, says):
    write("a.csv", GOOD)
    told = cisim("import", *arguments, *([] if "--out" in arguments else ["--out", "mine"]))
    assert told.code == 2
    assert told.err.startswith(f"error: {says}"), told.err
    assert told.err.count("\n") == 1
    assert not Path("mine").exists()


def test_two_partners_are_enough(cisim):
    write("a.csv", GOOD)
    assert cisim("import", "a.csv", "--out", "mine").code == 0
    assert cisim("plan", "check", "mine/plan.toml").code == 0
    write("t.csv", TIES)
    assert cisim("import", "a.csv", "t.csv", "--out", "both").code == 0
