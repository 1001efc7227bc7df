"""Every file that can't be a coalition is refused with a sentence: where, what, and what is allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cisim.coalition import roster
from cisim.errors import InputError
from cisim.scenario import Scenario
from coalition.files import problems_of, scenario_of, write

OUTCOMES = {"community": {"outcomes": [{"name": "reading"}, {"name": "health"}]}}
ORGANISATIONS = "name,resources\nFood Bank,1\nCity,2\nClinic,3\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ": is empty; its first line must name the columns"),
        ("\n \n", ": is empty; its first line must name the columns"),
        ("name\n", ": lists no organisations; at least 2 are needed"),
        ("name\nA\n", ": lists 1 organisation; at least 2 are needed"),
        (
            "nane,sector\nA,x\n",
            ": has no column 'name', and not both 'from' and 'to' (did you mean 'nane'?); its columns are 'nane', 'sector' "
            "(cisim import --map TITLE=name says which holds the names)",
        ),
        ("name,sector\nA,x\n,y\n", ":3: name is empty; every organisation needs one"),
        ("name\nA\nB\nA\n", ":4: name = 'A': stands at FILE:2 already"),
        ("name\nZo\u00eb\nB\n Zoe\u0308 \n", ":4: name = 'Zoë': stands at FILE:2 already"),
        ('name\nA\n"B\nC"\n', ":3: name = 'B\\nC': must be a name without control characters or line breaks"),
        ("name\nA\n\x1b[2J\n", ":3: name = '\\x1b[2J': must be a name without control characters or line breaks"),
        (
            f"name\nA\n{'x' * 201}\n",
            f":3: name = {'x' * 57 + '...'!r}: must be a name of at most 200 characters, has 201",
        ),
        ("name,sector\nA,x\nB\n", ":3: has 1 cells; the header has 2"),
        ("name,sector\nA,x\nB,y,z\n", ":3: has 3 cells; the header has 2"),
        ('name\nA\n"B\n', ":3: cannot be read as CSV: unexpected end of data"),
        ("sep=;\n", ": is empty; its first line must name the columns"),
        ("name\nA\n\u202eB\n", ":3: name = '\\u202eB': must be a name without control characters or line breaks"),
        ("name\nA\nB \u2067\n", ":3: name = 'B \\u2067': must be a name without control characters or line breaks"),
        ("name\nFood Bank\nFood\u00a0 Bank\n", ":3: name = 'Food\\xa0 Bank': stands at FILE:2 already"),
        ("name" + ",x" * 1000 + "\n", ": has 1,001 columns; at most 1,000 are allowed"),
        ('name,x\nA,"' + "\n" * 999_990 + 'x"\n', ":2: cannot be read as CSV: field larger than field limit (131072)"),
        ("name,x\nA,1\nB," + "y," * 499_999 + "\n", ":3: a row of more than 1,000,000 characters"),
        ("name,NAME\nA,x\nB,y\n", ": columns 'name' and 'NAME' are the same column 'name'"),
        (
            "name,sector\n" + "".join(f"{n},{n}\n" for n in range(51)),
            ": has 51 different sectors; at most 50 are allowed",
        ),
        ("name\nA\nB\x00\n", ":3: a null byte; this is not a text file"),
        ("name,founder\nA,yes\nB,1\n", ":3: founder = '1': must be yes or no"),
        ("name,founder\nA,no\nB,no\n", ": founder is no in every row; one at least must be yes, or empty"),
    ],
)
def test_a_wrong_file_of_organisations_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    told = problems_of(tmp_path, text, coalition={"degree": 0.0})
    assert told == ["organisations.csv" + problem.replace("FILE", "organisations.csv")]


@pytest.mark.parametrize(
    "value", ["many", "nan", "inf", "-inf", "1e999", "0", "-1", "1_000", "٣", "0x10", "1,5", "2000000"]
)
def test_a_wrong_number_of_resources_is_refused(tmp_path: Path, value: str) -> None:
    text = f'name,resources\nA,1\nB,"{value}"\n'
    assert problems_of(tmp_path, text, coalition={"degree": 0.0}) == [
        f"organisations.csv:3: resources = {value!r}: must be a number, above 0, at most 1,000,000"
    ]


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("size", "-1", "at least 0, at most 1,000,000,000,000,000"),
        ("commitment", "1.01", "at least 0, at most 1"),
        ("commitment", "-0.1", "at least 0, at most 1"),
        ("mission.reading", "-1", "at least 0, at most 1,000,000,000"),
        ("mix.policy", "-1", "at least 0, at most 1,000,000,000"),
        ("competence.services", "0", "above 0, at most 1,000"),
    ],
)
def test_a_number_out_of_bounds_is_refused(tmp_path: Path, column: str, value: str, allowed: str) -> None:
    problems = problems_of(tmp_path, f"name,{column}\nA,1\nB,{value}\n", **OUTCOMES, coalition={"degree": 0.0})
    assert problems == [f"organisations.csv:3: {column} = {value!r}: must be a number, {allowed}"]


@pytest.mark.parametrize("cells", ["0,0", "0,"])
def test_a_mission_of_nothing_is_refused(tmp_path: Path, cells: str) -> None:
    text = f"name,mission.reading,mission.health\nA,1,1\nB,{cells}\n"
    assert problems_of(tmp_path, text, **OUTCOMES, coalition={"degree": 0.0}) == [
        "organisations.csv:3: all of mission.* are 0; one must be above 0, or all empty"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ": is empty; its first line must name the columns"),
        ("from,to\n", ": lists no tie; leave coalition.ties out to have ties generated"),
        (
            "from,too\nCity,Clinic\n",
            ": has no column 'name', and not both 'from' and 'to' (did you mean 'from'?); its columns are 'from', 'too' "
            "(cisim import --map TITLE=name says which holds the names)",
        ),
        ("name\nCity\nClinic\n", ": holds no ties: it has no columns 'from' and 'to'"),
        ("from,to\nCity,Clinik\n", ":2: to = 'Clinik': no organisation has this name (did you mean 'Clinic'?)"),
        ("from,to\nQuarry,City\n", ":2: from = 'Quarry': no organisation has this name"),
        ("from,to\n,City\n", ":2: from is empty; a tie needs two organisations"),
        ("from,to\nCity, City\n", ":2: from = to = 'City': a tie needs two organisations"),
        (
            "from,to\nCity,Clinic\nClinic,City\nCity,Clinic\n",
            ":4: the tie from 'City' to 'Clinic' stands at FILE:2 already",
        ),
        ("from,to,strength\nCity,Clinic,0\n", ":2: strength = '0': must be a number, above 0, at most 1"),
        ("from,to,strength\nCity,Clinic,1.5\n", ":2: strength = '1.5': must be a number, above 0, at most 1"),
        ("from,to,frequency\nCity,Clinic,5\n", ":2: frequency = '5': must be a number, at least 1, at most 4"),
        ("from,to,trust\nCity,Clinic,nan\n", ":2: trust = 'nan': must be a number, at least 0, at most 1"),
        ("from,to\nCity,Clinic,1\nCity,Food Bank\n", ":2: has 3 cells; the header has 2"),
    ],
)
def test_a_wrong_file_of_ties_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert problems_of(tmp_path, ORGANISATIONS, text) == ["ties.csv" + problem.replace("FILE", "ties.csv")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            b"name\nA\nZo\x81\n",
            "organisations.csv:3: byte 0x81 is neither UTF-8 nor Windows-1252; save the file as 'CSV UTF-8'",
        ),
        (b"\xff\xfen\xd8", "organisations.csv: begins as UTF-16 but is not; save it as 'CSV UTF-8'"),
        (
            b"PK\x03\x04\xff\xfe",
            "organisations.csv: is a workbook or another packed file that cannot be read (File is not a zip file); "
            "open it in a spreadsheet, without a password, and save it as .xlsx",
        ),
    ],
)
def test_what_is_in_no_known_encoding_is_refused_with_advice(tmp_path: Path, content: bytes, problem: str) -> None:
    assert problems_of(tmp_path, content) == [problem]


def test_all_problems_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    organisations = "name,resources,size\nA,-1,x\nB,2,3\nA,1,1\n"
    ties = "from,to,strength\nA,B,2\nA,Q,1\nB,B,1\n"
    told = problems_of(tmp_path, organisations, ties)
    assert len(told) == 6
    assert [problem.split(" ")[0] for problem in told] == [
        "organisations.csv:2:",
        "organisations.csv:2:",
        "organisations.csv:4:",
        "ties.csv:2:",
        "ties.csv:3:",
        "ties.csv:4:",
    ]
    told = problems_of(tmp_path, b"\x81", b"\x81")
    assert [problem.split(" ")[0] for problem in told] == ["organisations.csv:1:", "ties.csv:1:"]


def test_a_thousand_problems_are_counted_not_shown(tmp_path: Path) -> None:
    text = "name,resources\n" + "".join(f"{number},x{number}\n" for number in range(1000))
    told = problems_of(tmp_path, text)
    assert len(told) == 101
    assert told[-1] == "and 900 more problems"


def test_the_same_problem_on_many_rows_is_one_line_with_a_count(tmp_path: Path) -> None:
    organisations = "name,resources\n" + "".join(f"{number},{'x' if number % 2 else 1}\n" for number in range(1000))
    assert problems_of(tmp_path, organisations, "from,to\n" + "1,Ann\n" * 3 + "1,Bob\n" * 4) == [
        "organisations.csv:3: resources = 'x': must be a number, above 0, at most 1,000,000 "
        "(and on 499 more lines, such as 5 and 7)",
        *(f"ties.csv:{line}: to = 'Ann': no organisation has this name" for line in (2, 3, 4)),
        "ties.csv:5: to = 'Bob': no organisation has this name (and on 3 more lines, such as 6 and 7)",
    ]


def test_names_that_end_in_the_same_word_or_in_a_dot_are_not_taken_for_one_another(tmp_path: Path) -> None:
    organisations = "name\nBuilders Inc.\nSt. Mary's Clinic\nCity\n"
    ties = "from,to\nQuarry Inc.,City\nSt. Marys Clinic,City\n"
    assert problems_of(tmp_path, organisations, ties) == [
        "ties.csv:2: from = 'Quarry Inc.': no organisation has this name",
        "ties.csv:3: from = 'St. Marys Clinic': no organisation has this name (did you mean \"St. Mary's Clinic\"?)",
    ]


def test_a_header_of_nothing_but_one_long_word_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "x" * 200_000 + "\nA\n")
    assert problem == "organisations.csv:1: cannot be read as CSV: field larger than field limit (131072)"


def test_more_than_ten_thousand_organisations_are_refused(tmp_path: Path) -> None:
    text = "name\n" + "".join(f"{number}\n" for number in range(10_001))
    assert problems_of(tmp_path, text) == ["organisations.csv:10002: more than 10,000 organisations; no more are read"]


@pytest.mark.parametrize(("name", "most"), [("organisations.csv", 50_000_000), ("ties.csv", 200_000_000)])
def test_a_file_too_large_is_refused(tmp_path: Path, name: str, most: int) -> None:
    scenario = scenario_of(tmp_path, ORGANISATIONS, "from,to\nCity,Clinic\n")
    os.truncate(tmp_path / name, most + 1)
    with pytest.raises(InputError) as refused:
        roster(scenario)
    assert refused.value.problems == (f"{name}: is larger than {most / 1e6:g} MB, too large for a coalition file",)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    scenario = Scenario(coalition={"file": "nowhere.csv", "ties": "folder.csv"}).at(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError) as refused:
        roster(scenario)
    assert refused.value.problems == ("nowhere.csv: no such file", "folder.csv: is a folder, not a coalition file")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match=r"pipe\.csv: is no regular file"):
        roster(Scenario(coalition={"file": "pipe.csv"}).at(tmp_path))
    with pytest.raises(InputError, match=r"cannot be read|no such file"):
        roster(Scenario(coalition={"file": "a" * 5000 + ".csv"}).at(tmp_path))


def refusal(**coalition: object) -> tuple[str, ...]:
    with pytest.raises(InputError) as refused:
        roster(Scenario(coalition=coalition))
    return refused.value.problems


def test_an_unknown_builtin_name_is_refused_with_the_nearest_or_the_list() -> None:
    unknown = "no such coalition comes with cisim"
    assert refusal(file="builtin:emon/Texsa") == (
        f"coalition.file = 'builtin:emon/Texsa': {unknown}; did you mean builtin:emon/Texas?",
    )
    (problem,) = refusal(file="builtin:../../secret")
    assert problem.startswith(f"coalition.file = 'builtin:../../secret': {unknown}; there are builtin:county/alder, ")
    assert problem.endswith("builtin:emon/MtStHelens, builtin:emon/Texas, builtin:emon/Wichita")


def test_a_file_of_too_few_organisations_for_the_degree_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, ORGANISATIONS) == [
        "coalition.degree = 4: must be less than the organisations in organisations.csv (3)"
    ]


def graph(body: str, before: str = "", direction: str = "directed") -> str:
    keys = "".join(
        f'<key id="{name}" for="{what}" attr.name="{name}" attr.type="string"/>'
        for name, what in (("name", "node"), ("resources", "node"), ("strength", "edge"))
    )
    space = "http://graphml.graphdrawing.org/xmlns"
    return f'{before}<graphml xmlns="{space}">{keys}<graph edgedefault="{direction}">{body}</graph></graphml>'


TWO = '<node id="a"><data key="name">A</data></node><node id="b"><data key="name">B</data></node>'
TIE = '<edge source="a" target="b"/>'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (graph(TWO + TIE, '<!DOCTYPE x [<!ENTITY a "b">]>'), ":1: declares a document type (DOCTYPE"),
        (graph(TWO + TIE, '<!DOCTYPE x [<!ENTITY a "b">]>').encode("utf-16"), ":1: declares a document type (DOCTYPE"),
        (graph(TWO + TIE, '<!DOCTYPE x SYSTEM "file:///etc/passwd">'), ":1: declares a document type (DOCTYPE"),
        ("", ": is not well-formed XML: no element found: line 1, column 0"),
        (graph(TWO)[:-5], ": is not well-formed XML: unclosed token: line 1, column "),
        ("name\nA\n", ": is not well-formed XML: syntax error: line 1, column 0"),
        ("<x/>", ": holds no graph"),
        (
            graph(TWO + '<edge source="a" target="a"/>'),
            ":1: edge 'a' - 'a': source = target = 'A': a tie needs two organisations",
        ),
        (
            graph(TWO + TIE + TIE),
            ":1: edge 'a' - 'b': the tie from 'A' to 'B' stands at FILE:1: edge 'a' - 'b' already",
        ),
        (graph(TWO), ": lists no tie"),
        (graph(TWO + '<node id="c"/>' + TIE), ":1: node 'c': name is empty; every organisation needs one"),
        (graph(TWO.replace("B", "A") + TIE), ":1: node 'b': name = 'A': stands at FILE:1: node 'a' already"),
        (
            graph(TWO + '<edge source="a" target="b"><data key="strength">NaN</data></edge>'),
            ":1: edge 'a' - 'b': strength = 'NaN': must be a number, above 0, at most 1",
        ),
        (
            graph(TWO.replace("</node><node", '<data key="resources">x</data></node><node') + TIE),
            ":1: node 'a': resources = 'x': must be a number, above 0, at most 1,000,000",
        ),
        (
            graph(TWO + TIE)
            .replace('attr.name="strength" attr.type="string"', 'attr.name="strength" attr.type="int"')
            .replace(TIE, '<edge source="a" target="b"><data key="strength">x</data></edge>'),
            ":1: edge 'a' - 'b': strength = 'x': must be a number, above 0, at most 1",
        ),
    ],
)
def test_a_wrong_graph_is_refused(tmp_path: Path, content: str | bytes, problem: str) -> None:
    told = problems_of(tmp_path, content, coalition={"file": "graph.graphml"})
    assert told[0].startswith("graph.graphml" + problem.replace("FILE", "graph.graphml"))


def test_a_graph_with_a_doubled_edge_in_no_direction_is_refused(tmp_path: Path) -> None:
    content = graph(TWO + TIE + '<edge source="b" target="a"/>', direction="undirected")
    (told,) = problems_of(tmp_path, content, coalition={"file": "graph.graphml"})
    assert "stands at" in told


def test_a_graph_too_large_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "graph.graphml", "")
    os.truncate(tmp_path / "graph.graphml", 50_000_001)
    with pytest.raises(InputError, match="is larger than 50 MB, too large for a coalition file"):
        roster(Scenario(coalition={"file": "graph.graphml"}).at(tmp_path))
