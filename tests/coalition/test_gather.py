"""Coalitions out of messy files: the same partners and ties whatever program wrote them, and a sentence for all that was done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cisim.coalition import roster
from cisim.coalition.dialogue import Choices
from cisim.coalition.gather import Gathered, gather
from cisim.errors import InputError
from cisim.scenario import Scenario
from coalition import messy

List = [("list.xlsx", messy.the_list())]
KUMU = {
    "workbook": [("kumu.xlsx", messy.workbook(("Elements", messy.elements()), ("Connections", messy.connections())))],
    "two tables": [
        ("elements.csv", messy.text(messy.elements())),
        ("connections.csv", messy.text(messy.connections())),
    ],
    "blueprint": [("kumu.json", messy.blueprint())],
}
NODES, EDGES = messy.gephi()
SURVEY = ("survey.csv", messy.text(messy.survey()))


def said(found: Gathered, use: str) -> str:
    return " ".join(note.text for note in found.notes if note.use == use)


def pairs_of(found: Gathered) -> set[frozenset[str]]:
    return {frozenset((found.partners[tie.source].name, found.partners[tie.target].name)) for tie in found.ties or ()}


def table(found: Gathered) -> dict[str, dict[str, str]]:
    header, rows = found.organisations()
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


def small(*rows: Sequence[object], choices: Choices | None = None) -> Gathered:
    return gather([("a.csv", messy.text(rows))], choices)


# --- lists of partners ----------------------------------------------------------------------------------


def test_the_list_and_its_exports_give_the_same_41_partners_field_by_field() -> None:
    found = table(gather(List))
    rows = messy.rows_of_list()
    assert list(found) == messy.NAMES
    assert len(found) == 41
    for content in (
        messy.text(rows),
        messy.text(rows, ";", "cp1252"),
        messy.text(rows, "\t", "utf-16"),
        messy.text(rows, "|"),
    ):
        assert table(gather([("export.csv", content)])) == found


def test_values_are_what_people_meant() -> None:
    found = {partner.name: partner for partner in gather(List).partners}
    for name, values in messy.KNOWN.items():
        numbers = {key: value for key, value in found[name].values.items() if not key.startswith("mission.")}
        assert numbers == pytest.approx(values), name
    assert {partner.sector for partner in found.values()} == {
        "public",
        "School district",
        "Nonprofit",
        "Health",
        "Business",
    }
    first = found["Harbour County Schools"].values
    assert [first[f"mission.{outcome}"] for outcome in ("Early years", "Reading", "Work")] == [1, 1, 1]
    assert found["Northbank School District"].values["mission.Early years"] == 0
    assert not [key for key in found["Birch Forum"].values if key.startswith("mission.")], "nobody knows"


def test_all_that_is_done_to_the_list_is_said_with_its_rows() -> None:
    found = gather(List)
    assert "'Agency Name' as name, 'Type' as sector, '# Staff (FTE)' as resources" in said(found, "used")
    left_out, repaired, assumed = said(found, "left out"), said(found, "repaired"), said(found, "assumed")
    assert "rows that sum up others (row 49 'TOTAL')" in left_out
    assert "blank rows (row 14, row 29, row 48)" in left_out
    assert "rows above the header (row 1, row 2)" in left_out
    assert "never copied ('Contact E-mail')" in left_out
    assert "sheet 'Meetings': holds no list" in left_out
    assert "say less than the one read as 'resources' ('Annual budget ($)')" in left_out
    assert "row 8 'youth & family circle' is 'Youth & Family Circle'" in repaired
    assert "Youth & Family Circle: resources 3 is kept, 2.5 of another row is not used" in repaired
    assert "a comma as decimal point (row 5 '2,5', row 6 '0,75', row 8 '2,5')" in repaired
    assert "a range, of which the middle is taken (row 11 '2-3')" in repaired
    assert "'Nonprofit', 'Non-profit', 'nonprofit' are one sector: 'Nonprofit'" in repaired
    assert "1 is 0.2 and 5 is 0.8, evenly between (a scale from 1 to 5, as its title says)" in assumed
    assert "example.org" not in str(found), "no address is kept anywhere"


def test_the_same_on_a_hundred_rows_is_one_sentence_with_three_of_them() -> None:
    found = small(["name", "FTE"], *([f"Partner {number}", "half"] for number in range(100)))
    (repaired,) = [note.text for note in found.notes if note.use == "repaired"]
    assert repaired == (
        "a.csv: column 'FTE': not a number: taken as unknown (100 rows, such as row 2 'half', row 3 'half', row 4 'half')."
    )


def test_columns_of_persons_are_left_out_by_title_and_by_content() -> None:
    found = small(
        ["Organisation", "Contact person", "Phone", "Who to write to", "Call"],
        ["Food Bank", "Ann Lee", "1", "ann@example.org", "+1 (555) 010-2000"],
        ["Library", "Bo Ray", "2", "bo@example.org", "555 010 3000"],
    )
    assert found.organisations() == (["name"], [["Food Bank"], ["Library"]])
    assert "'Contact person', 'Phone', 'Who to write to'" in said(found, "left out")
    assert "Ann" not in str(found.notes)


def test_of_a_list_of_persons_the_organisations_are_the_partners() -> None:
    found = small(
        ["Name", "Title", "Organization", "FTE"],
        ["Ann Lee", "Director", "Food Bank", 1],
        ["Bo Ray", "Head", "Library", 2],
    )
    assert [partner.name for partner in found.partners] == ["Food Bank", "Library"]
    assert "Ann" not in str(found)
    assert "never copied ('Name')" in said(found, "left out")


def test_an_address_is_no_name_and_stands_in_no_sentence() -> None:
    rows = [["From", "To"], ["ann@example.org", "Library"], ["Library", "Food Bank"], ["Food Bank", "bo@example.org"]]
    found = small(["Prepared by cy@example.org"], *rows)
    assert [partner.name for partner in found.partners] == ["Library", "Food Bank"]
    assert "example.org" not in str(found)
    assert "rows whose name cannot be one (an e-mail address) (row 3 '...@...', row 5 '...@...')" in said(
        found, "left out"
    )


def test_a_column_of_names_is_known_by_what_stands_in_it() -> None:
    found = small(["Wer", "FTE"], ["Food Bank", 1], ["Library", 2])
    assert [partner.name for partner in found.partners] == ["Food Bank", "Library"]
    assert "column 'Wer' is taken for the partners' names" in said(found, "assumed")


def test_budgets_count_as_sizes_where_there_is_no_staff_time() -> None:
    found = small(["name", "Budget"], ["A", "$1.1M"], ["B", "250,000"], ["C", "700k"])
    assert [partner.values["size"] for partner in found.partners] == [1_100_000, 250_000, 700_000]


def test_sizes_of_dots_are_no_sizes_of_organisations() -> None:
    found = gather([("nodes.csv", messy.text(NODES)), ("edges.csv", messy.text(EDGES))])
    assert all(set(partner.values) == {"resources"} for partner in found.partners)
    assert "belong to a drawing of the network, or were measured on it ('size')" in said(found, "left out")
    assert small(["name", "size"], ["A", 3], ["B", 4]).partners[0].values == {"size": 3}, "cisim's own column"


def test_names_that_differ_by_writing_are_one_partner_and_near_ones_are_stated_or_asked() -> None:
    rows = [
        ["name", "FTE"],
        ["Zoë House", 1],
        ["ZOE HOUSE.", ""],
        ["Health Dept.", 2],
        ["Health Department", ""],
        ["Clinic 1", 1],
        ["Clinic 2", 1],
    ]
    found = small(*rows)
    assert [partner.name for partner in found.partners] == [
        "Zoë House",
        "Health Dept.",
        "Health Department",
        "Clinic 1",
        "Clinic 2",
    ]
    assert "row 3 'ZOE HOUSE.' is 'Zoë House'" in said(found, "repaired")
    assert "'Health Dept.' and 'Health Department' are taken for two partners" in said(found, "assumed")
    assert "Clinic" not in said(found, "assumed"), "numbers tell apart"
    asked = []

    def answer(question: str, answers: Sequence[str]) -> int:
        asked.append((question, *answers))
        return 0

    found = small(*rows, choices=Choices(ask=answer))
    assert asked == [("Are 'Health Dept.' and 'Health Department' one partner?", "yes, one", "no, two")]
    assert [partner.name for partner in found.partners] == ["Zoë House", "Health Dept.", "Clinic 1", "Clinic 2"]


def test_what_the_user_says_of_titles_words_and_names_holds() -> None:
    choices = Choices(
        {"Wer": "name", "Art": "sector", "Ort": "none", "Faith-based": "Faith", "Health Department": "Health Dept."}
    )
    found = small(
        ["Wer", "Art", "Ort"], ["Health Dept.", "Faith", "x"], ["Health Department", "", "y"], ["Temple", "faith-based", "z"],
        choices=choices,
    )  # fmt: skip
    assert [(partner.name, partner.sector) for partner in found.partners] == [
        ("Health Dept.", "Faith"),
        ("Temple", "Faith"),
    ]
    ties = [["From", "To", "Strength"], ["A", "B", "weak"], ["B", "C", "strong"]]
    assert [tie.strength for tie in small(*ties, choices=Choices({"weak": "0.1"})).ties or ()] == [0.1, 1.0]


def test_a_choice_that_means_nothing_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        small(["name"], ["A"], ["B"], choices=Choices({"Agency": "name", "A": "nmae"}))
    first, second = refused.value.problems
    assert first == "--map Agency=name: nothing in the files is called 'Agency'"
    assert second.startswith("--map A=nmae: 'nmae' is no column (name, id, sector, ")


# --- ties -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", KUMU)
def test_every_form_of_kumu_gives_the_same_partners_and_ties(form: str) -> None:
    found = gather(KUMU[form])
    assert [partner.name for partner in found.partners] == messy.NAMES
    assert pairs_of(found) == {frozenset(pair) for pair in messy.pairs()}
    assert len(pairs_of(found)) == 115


def test_words_for_strengths_become_numbers_that_are_said() -> None:
    found = gather(KUMU["two tables"])
    assert {tie.strength for tie in found.ties or ()} == {0.33, 0.67, 1.0}
    assert "weak is 0.33, medium is 0.67, strong is 1 (import --map WORD=NUMBER gives other numbers" in said(
        found, "assumed"
    )
    assert (
        "a tie holds in both directions, whatever is said of its direction (39 mutual, 38 directed, 38 undirected)"
        in said(found, "assumed")
    )


@pytest.mark.parametrize("files", [
    [("nodes.csv", messy.text(NODES)), ("edges.csv", messy.text(EDGES))],
    [("gephi.graphml", messy.gephi_graph())],
    [("matrix.csv", messy.text(messy.matrix()))],
    [SURVEY],
    [*List, SURVEY],
    [SURVEY, *List],
])  # fmt: skip
def test_gephi_a_matrix_and_a_survey_give_the_same_ties(files: list[tuple[str, bytes]]) -> None:
    found = gather(files)
    assert {partner.name for partner in found.partners} == set(messy.NAMES)
    assert pairs_of(found) == {frozenset(pair) for pair in messy.pairs()}
    strength = {
        (found.partners[tie.source].name, found.partners[tie.target].name): tie.strength for tie in found.ties or ()
    }
    assert all(strength[pair] == (number % 4 + 1) / 4 for number, pair in enumerate(messy.pairs()))


def test_a_survey_gives_trust_by_direction_as_the_mean_of_its_items() -> None:
    found = gather([SURVEY])
    trust = {(found.partners[tie.source].name, found.partners[tie.target].name): tie.trust for tie in found.ties or ()}
    assert trust[messy.pairs()[0]] == pytest.approx(1 / 2), "of 4, 1 and no answer"
    assert trust[messy.pairs()[1]] == pytest.approx(1 / 3), "of 4, 1 and 1"
    assert trust[messy.pairs()[1][::-1]] == 0
    assert len(trust) == len(messy.survey()) - 1
    assert "trust is the mean of the 3 items that are answered" in said(found, "assumed")


def test_which_end_of_a_frequency_is_most_often_is_stated_asked_or_said() -> None:
    rows = [["From", "To", "Frequency (1-4)"], ["A", "B", 4], ["B", "C", 1]]
    stated = small(*rows)
    assert [tie.strength for tie in stated.ties or ()] == [1, 0.25]
    assert "the file does not say which end is most often: 4 is taken for it (import --often low if it is 1)" in said(
        stated, "assumed"
    )
    asked = small(*rows, choices=Choices(ask=lambda _, answers: answers.index("1 is most often")))
    said_so = small(*rows, choices=Choices(often="low"))
    for found in (asked, said_so):
        assert [tie.strength for tie in found.ties or ()] == [0.25, 1]
        assert "1 is most often, as you said" in said(found, "assumed")


def test_of_a_matrix_without_zeros_the_end_is_asked_too() -> None:
    rows = [["", "A", "B", "C"], ["A", "", 1, ""], ["B", "", "", 4], ["C", 2, "", ""]]
    assert "which end is most often: 4 is taken for it" in said(small(*rows), "assumed")
    assert [tie.strength for tie in small(*rows, choices=Choices(often="low")).ties or ()] == [1, 0.25, 0.75]
    assert "most often" not in said(gather([("matrix.csv", messy.text(messy.matrix()))]), "assumed")


def test_numbers_of_meetings_are_strengths_beside_the_largest() -> None:
    found = small(["From", "To", "Weight"], ["A", "B", 24], ["B", "C", 6])
    assert [tie.strength for tie in found.ties or ()] == [1, 0.25]


def test_words_and_shares_leave_nothing_to_ask() -> None:
    def never(question: str, _: Sequence[str]) -> int:
        raise AssertionError(question)

    words = small(
        ["From", "To", "How often"],
        ["A", "B", "monthly"],
        ["B", "C", "Once a year"],
        ["A", "C", "never"],
        choices=Choices(ask=never),
    )
    assert [tie.strength for tie in words.ties or ()] == [0.75, 0.25]
    shares = small(["From", "To", "Weight"], ["A", "B", "65%"], ["B", "C", "1"], choices=Choices(ask=never))
    assert [tie.strength for tie in shares.ties or ()] == [0.65, 1]


def test_ties_that_stand_twice_to_oneself_or_to_strangers_are_said() -> None:
    people, ties = [["name"], ["City"], ["Clinic"]], [["from", "to", "strength", "kind"], ["City", "clinic", 0.2, ""]]
    ties += [["City", "Clinic", 0.5, ""], ["City", "City", 1, ""], ["City", "Clinik", 1, ""], ["City", "", 1, ""]]
    found = gather([("p.csv", messy.text(people)), ("t.csv", messy.text(ties))])
    assert [(tie.source, tie.target, tie.strength) for tie in found.ties or ()] == [(0, 1, 0.5)]
    assert "t.csv: rows of ties that stand twice are one, the stronger counts (row 3)" in said(found, "repaired")
    assert "rows of ties of a partner with itself (row 4 'City')" in said(found, "left out")
    assert "rows of ties to who is no partner (row 5 'Clinik' (did you mean 'Clinic'?))" in said(found, "left out")
    assert "rows of ties without two names (row 6)" in said(found, "left out")


def test_a_matrix_that_is_the_same_both_ways_has_one_tie_for_each_pair() -> None:
    found = small(["", "A", "B", "C"], ["A", "", "x", ""], ["B", "x", "", "x"], ["C", "", "x", ""])
    assert [(tie.source, tie.target) for tie in found.ties or ()] == [(0, 1), (1, 2)]
    assert all(np.isnan(tie.strength) for tie in found.ties or ()), "a mark says nothing of strength"


# --- as the coalition of a scenario ---------------------------------------------------------------------


def test_a_workbook_is_the_coalition_of_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(messy.the_list())
    (tmp_path / "survey.csv").write_bytes(SURVEY[1])
    outcomes = [{"name": name} for name in ("early years", "reading", "work")]
    scenario = Scenario(coalition={"file": "list.xlsx", "ties": "survey.csv"}, community={"outcomes": outcomes}).at(
        tmp_path
    )
    members = roster(scenario)
    assert list(members.names) == messy.NAMES
    assert members.ties is not None
    assert len(members.ties.first) == 115
    assert members.mission[0].tolist() == [1 / 3, 1 / 3, 1 / 3]
    notes = " ".join(column.note for column in members.columns)
    assert "rows that sum up others (row 49 'TOTAL')" in notes
    assert "which end is most often" in notes


def test_who_names_no_outcome_of_the_scenario_has_a_mission_that_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(messy.the_list())
    members = roster(Scenario(coalition={"file": "list.xlsx"}).at(tmp_path))
    by_name = dict(zip(members.names, members.mission, strict=True))
    assert by_name["Zoë's Reading Rooms"].tolist() == [0, 1, 0, 0, 0], "reading alone is an outcome of both"
    assert np.isnan(by_name["Bay Clinic"]).all()


def test_a_scenario_reads_kumu_as_one_file(tmp_path: Path) -> None:
    (tmp_path / "kumu.json").write_bytes(messy.blueprint())
    members = roster(Scenario(coalition={"file": "kumu.json"}).at(tmp_path))
    assert (len(members.names), len(members.ties.first) if members.ties else 0) == (41, 115)


def test_files_in_cisims_own_form_are_read_as_ever(tmp_path: Path) -> None:
    """A number that is wrong there is refused, not taken as unknown."""
    (tmp_path / "o.csv").write_text("name,resources\nA,half\nB,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"o\.csv:2: resources = 'half': must be a number"):
        roster(Scenario(coalition={"file": "o.csv"}).at(tmp_path))


def test_a_list_in_which_numbers_are_names_is_no_matrix() -> None:
    rows = [
        "Id;Label;FTE;Year;Rank",
        "c;Name c;;4;1",
        "1;Name 1;;1;2",
        "4;Name 4;1;3;3",
        "3;Name 3;;1;4",
        "2;Name 2;;3;5",
    ]
    found = gather([("list.csv", "\n".join([rows[0], "c;1;2;3;4", *rows[2:]]).encode())])
    assert found.ties is None
    assert [partner.name for partner in found.partners] == ["1", "Name 1", "Name 4", "Name 3", "Name 2"]
