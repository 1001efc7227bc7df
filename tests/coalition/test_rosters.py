"""Coalitions from files: what each column does, what is drawn instead, and that rows come in any order."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cisim.coalition
from cisim.coalition import Coalition, Roster, draw, roster
from cisim.coalition.rosters import known_rosters, roster_key
from cisim.dynamics.luck import identity_of_name
from cisim.errors import InputError
from cisim.scenario import Scenario
from coalition.files import read, scenario_of, write

OUTCOMES = {"outcomes": [{"name": "reading"}, {"name": "health"}]}
ROLES = {"roles": ["services", "policy"]}
FULL = (
    "name,sector,resources,commitment,founder,mission.reading,mission.health,"
    "competence.services,competence.policy,mix.services,mix.policy\n"
    "Food Bank,nonprofit,2.5,0.7,yes,3,1,1.2,0.8,9,1\n"
    "City,public,12,0.4,no,1,1,0.9,1.4,1,3\n"
    "Clinic,nonprofit,0.5,1,Yes,0,2,1,1,1,0\n"
)
KNOWN: dict[str, Any] = {"community": OUTCOMES, "activities": ROLES}
TIES = """from,to,strength,trust
Food Bank,City,0.5,0.6
City,Food Bank,0.8,0.3
Clinic,City,0.25,0.9
"""


def statuses(columns: tuple[tuple[str, str, str], ...]) -> dict[str, str]:
    return {what: status for what, status, _ in columns}


def notes(columns: tuple[tuple[str, str, str], ...]) -> dict[str, str]:
    return {what: note for what, _, note in columns}


def test_whoever_is_no_founder_by_the_file_is_none_and_empty_cells_are_drawn(tmp_path: Path) -> None:
    text = "name,founder\nA,no\nB,\nC,no\n"
    scenario = scenario_of(tmp_path, text, coalition={"network": "random", "degree": 1.0, "founding": 0.0})
    assert draw(scenario, roster(scenario), 1).founder.tolist() == [0, 1, 0]
    given = scenario_of(tmp_path, text.replace("C,no", "C,yes"), coalition={"degree": 0.0, "founding": 0.0})
    assert draw(given, roster(given), 1).founder.tolist() == [0, 0, 1]


def test_what_a_file_gives_is_what_the_coalition_has(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path, FULL, TIES, **KNOWN, coalition={"latent": 0.0})
    who = roster(scenario)
    coalition = draw(scenario, who, 1)
    assert coalition.names == ("Food Bank", "City", "Clinic")
    assert [coalition.sector_names[sector] for sector in coalition.sector] == ["nonprofit", "public", "nonprofit"]
    assert coalition.resources.tolist() == [2.5, 12, 0.5]
    assert coalition.initial_commitment.tolist() == [0.7, 0.4, 1]
    assert coalition.founder.tolist() == [1, 0, 1]
    assert coalition.mission.tolist() == [[0.75, 0.25], [0.5, 0.5], [0, 1]]
    assert coalition.competence.tolist() == [[1.2, 0.8], [0.9, 1.4], [1, 1]]
    assert coalition.mix.tolist() == [[0.9, 0.1], [0.25, 0.75], [1, 0]]
    assert coalition.identity.tolist() == [identity_of_name(name) for name in coalition.names]
    assert set(statuses(who.columns).values()) == {"used"}
    assert not who.generated


def test_of_two_reports_the_stronger_counts_and_trust_goes_by_direction(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path, FULL, TIES, **KNOWN, coalition={"latent": 0.0})
    coalition = draw(scenario, roster(scenario), 1)
    assert coalition.first.tolist() == [0, 1]
    assert coalition.second.tolist() == [1, 2]
    assert coalition.strength.tolist() == [0.8, 0.25]
    assert coalition.trust[0].tolist() == [0.6, 0.3]
    assert coalition.trust[1, 1] == 0.9
    assert coalition.trust[1, 0] == draw(scenario, roster(scenario), 1).trust[1, 0] != 0.9, "drawn: nobody gave it"


def test_frequency_is_read_on_the_scale_of_the_emon_networks(tmp_path: Path) -> None:
    ties = "from,to,frequency\nFood Bank,City,1\nCity,Food Bank,3\nClinic,City,4\n"
    who = read(tmp_path, FULL, ties, **KNOWN)
    assert who.ties is not None
    assert who.ties.given[:, 0].tolist() == [1.0, 0.25]
    assert statuses(who.columns)["frequency"] == "used"
    both = "from,to,frequency,strength\nFood Bank,City,1,0.3\n"
    who = read(tmp_path, FULL, both, **KNOWN)
    assert who.ties is not None
    assert who.ties.given[0, 0] == 0.3
    assert statuses(who.columns)["frequency"] == "unused"


def test_latent_ties_are_drawn_beside_the_ties_of_a_file(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path, FULL, TIES, **KNOWN, coalition={"latent": 2.0})
    coalition = draw(scenario, roster(scenario), 1)
    assert coalition.first.tolist() == [0, 0, 1]
    assert coalition.second.tolist() == [1, 2, 2]
    assert coalition.strength.tolist() == [0.8, 0.0, 0.25]


def test_what_a_file_lacks_is_drawn_from_the_seed(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path, "name\n" + "".join(f"partner {number}\n" for number in range(40)))
    who = roster(scenario)
    one, same, other = (draw(scenario, who, seed) for seed in (1, 1, 2))
    for name in ("resources", "mission", "competence", "mix", "initial_commitment", "practice", "trust"):
        assert np.isfinite(getattr(one, name)).all(), name
        assert np.array_equal(getattr(one, name), getattr(same, name)), name
        assert not np.array_equal(getattr(one, name), getattr(other, name)), name
    assert (one.strength > 0).sum() == 80, "a small world of degree 4"
    assert np.bincount(one.sector).tolist() == [10, 10, 10, 10]
    assert set(statuses(who.columns).values()) == {"missing"}


def test_an_empty_cell_is_drawn_and_the_others_stand(tmp_path: Path) -> None:
    text = "name,resources,sector,mission.reading,mission.health\nA,2,public,1,\nB,,,,\nC,3,business,1,3\n"
    scenario = scenario_of(tmp_path, text, community=OUTCOMES, coalition={"degree": 2.0})
    who = roster(scenario)
    coalition = draw(scenario, who, 1)
    assert coalition.resources[[0, 2]].tolist() == [2, 3]
    assert coalition.resources[1] > 0
    assert coalition.mission[[0, 2]].tolist() == [[1, 0], [0.25, 0.75]]
    assert 0 < coalition.mission[1, 0] < 1
    assert [coalition.sector_names[sector] for sector in coalition.sector] == ["public", "not given", "business"]
    told = statuses(who.columns)
    assert told["resources"] == told["mission"] == told["sector"] == "assumed"
    assert "1 of 3 cells are empty" in notes(who.columns)["resources"]


def test_sizes_count_by_rank_alone_and_equal_ones_share_theirs(tmp_path: Path) -> None:
    text = "name,size\nA,100\nB,2\nC,1e9\nD,2\nE,\n"
    scenario = scenario_of(tmp_path, text, coalition={"size_mean": 2.0, "size_sd": 0.5, "degree": 2.0})
    coalition = draw(scenario, roster(scenario), 1)
    score = (np.log(coalition.resources / 2) + 0.125) / 0.5
    quantile = NormalDist().inv_cdf
    assert score[:4] == pytest.approx([quantile(p) for p in (2.5 / 4, 1 / 4, 3.5 / 4, 1 / 4)], abs=1e-12)
    larger = draw(scenario.replace(**{"coalition.size_mean": 4.0}), roster(scenario), 1)
    assert larger.resources == pytest.approx(2 * coalition.resources)


def test_resources_say_more_than_size(tmp_path: Path) -> None:
    who = read(tmp_path, "name,size,resources\nA,1,5\nB,2,\n", coalition={"degree": 0.0})
    assert np.isnan(who.size_rank).all()
    assert statuses(who.columns)["size"] == "unused"


def test_an_unknown_column_is_reported_with_the_nearest_known_name(tmp_path: Path) -> None:
    text = "name,Recources,colour,mission.raeding,\x1b[31mred\nA,1,red,1,\nB,2,blue,2,\n"
    who = read(tmp_path, text, community=OUTCOMES, coalition={"degree": 0.0})
    told = notes(who.columns)
    assert "did you mean 'resources'?" in told["Recources"]
    assert "did you mean 'mission.reading'?" in told["mission.raeding"]
    assert "did you mean" not in told["colour"]
    assert "'\\x1b[31mred'" in told
    assert statuses(who.columns)["colour"] == "unused"


def test_columns_are_known_by_any_capitals_and_spaces(tmp_path: Path) -> None:
    who = read(tmp_path, " Name , RESOURCES\nA,1\nB,2\n", coalition={"degree": 0.0})
    assert who.names == ("A", "B")
    assert who.resources.tolist() == [1, 2]


def test_outcomes_that_differ_by_capitals_need_their_exact_column(tmp_path: Path) -> None:
    outcomes = {"outcomes": [{"name": "reading"}, {"name": "Reading"}]}
    text = "name,mission.Reading,mission.reading\nA,1,3\nB,1,0\n"
    who = read(tmp_path, text, community=outcomes, coalition={"degree": 0.0})
    assert who.mission.tolist() == [[0.75, 0.25], [0, 1]]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfname;resources\r\nZo\xc3\xab;0,5\r\nB;1.5\r\n;\r\n",
        "name,resources\nZo\u00eb,0.5\n\nB,1.5\n",
        'name,resources\n"Zoe\u0308 ", 5e-1\n  B,+1.5',
        b"name,resources\rZo\xc3\xab,0.5\rB,1.5\r",
        b"sep=;\r\nname;resources\r\nZo\xc3\xab;0,5\r\nB;1,5\r\n",
        "\nname\tresources\nZo\u00eb\t0,5\nB\t1.5\n",
        "name|resources\nZo\u00eb|0.5\nB|1.5\n",
        'resources,name,"a; b; c\t| |"\n0.5,Zo\u00eb,\n1.5,B,',
    ],
    ids=[
        "Excel in Europe",
        "plain",
        "decomposed and quoted",
        "old Mac",
        "separator declared",
        "tabs",
        "bars",
        "quotes",
    ],
)
def test_csv_is_read_as_spreadsheets_write_it(tmp_path: Path, content: str | bytes) -> None:
    who = read(tmp_path, content, coalition={"degree": 0.0})
    assert who.names == ("Zo\u00eb", "B")
    assert who.resources.tolist() == [0.5, 1.5]


def test_names_are_plain_text_whatever_they_look_like(tmp_path: Path) -> None:
    names = ["=1+1", "[red]x[/red]", "{0}", "%s", "<b>", "'); drop", "../x", "日本"]
    who = read(tmp_path, "name\n" + "".join(f'"{name}"\n' for name in names))
    assert who.names == tuple(names)


def test_the_contents_hash_is_that_of_the_bytes_and_the_digest_that_of_what_was_read(tmp_path: Path) -> None:
    whole = read(tmp_path, FULL, TIES, **KNOWN)
    same = read(tmp_path, FULL, TIES, **KNOWN)
    spaced = read(tmp_path, FULL, TIES + "\n", **KNOWN)
    other = read(tmp_path, FULL.replace("2.5", "2.6"), TIES, **KNOWN)
    assert (same.contents_hash, same.digest) == (whole.contents_hash, whole.digest)
    assert spaced.digest == whole.digest
    assert len({whole.contents_hash, spaced.contents_hash, other.contents_hash, ""}) == 4
    assert other.digest != whole.digest


def test_the_digest_covers_all_that_a_run_takes_from_a_roster(tmp_path: Path) -> None:
    whole = read(tmp_path, FULL, TIES, **KNOWN)
    ties = whole.ties
    assert ties is not None
    changed: dict[str, Any] = {
        "names": ("Food Bank", "City", "clinic"),
        "sector_names": ("other", "public"),
        "ties": None,
    }
    for name in (
        "sector",
        "identity",
        "resources",
        "size_rank",
        "commitment",
        "founder",
        "mission",
        "competence",
        "mix",
    ):
        array = getattr(whole, name).copy()
        array.flat[-1] = 7
        changed[name] = array
    assert {"columns", "contents_hash", *changed} == {field.name for field in fields(Roster)}
    variants = [replace(whole, **{name: value}) for name, value in changed.items()]
    for name in ("first", "second", "given"):
        array = getattr(ties, name).copy()
        array.flat[0] = 7
        variants.append(replace(whole, ties=replace(ties, **{name: array})))
    assert len({whole.digest, *(variant.digest for variant in variants)}) == 1 + len(variants)
    assert replace(whole, columns=(), contents_hash="").digest == whole.digest


def test_a_generated_coalition_has_a_digest_and_no_contents() -> None:
    one, other = roster(Scenario()), roster(Scenario(coalition={"organisations": 31}))
    assert one.contents_hash == other.contents_hash == ""
    assert one.digest != other.digest


def test_no_module_has_the_name_of_a_public_function() -> None:
    modules = {file.stem for file in Path(cisim.coalition.__file__).parent.glob("*.py")}
    assert not modules & set(cisim.coalition.__all__)


def test_a_coalition_that_was_read_before_needs_no_file(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path, FULL, **KNOWN, coalition={"degree": 2.0})
    dense = scenario.replace(**{"coalition.degree": 4.0})
    elsewhere = scenario.replace(**{"coalition.file": "elsewhere.csv"})
    before, missing = roster(dense, any_degree=True), InputError("elsewhere.csv: no such file")
    (tmp_path / "organisations.csv").unlink()
    with known_rosters({roster_key(scenario): before, roster_key(elsewhere): missing}):
        assert roster(scenario) is before
        with pytest.raises(InputError, match=r"coalition\.degree = 4: must be less than the organisations in .* \(3\)"):
            roster(dense)
        with pytest.raises(InputError, match=r"elsewhere\.csv: no such file"):
            roster(elsewhere)
    with pytest.raises(InputError, match=r"organisations\.csv: no such file"):
        roster(scenario)


GRAPH = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="a" for="node" attr.name="name" attr.type="string"/>
  <key id="b" for="node" attr.name="Resources" attr.type="double"/>
  <key id="c" for="edge" attr.name="strength" attr.type="double"/>
  <key id="d" for="edge" attr.name="trust" attr.type="double"/>
  <graph edgedefault="{direction}">
    <node id="n1"><data key="a">Food Bank</data><data key="b">2.5</data></node>
    <node id="n2"><data key="a">City</data></node>
    <node id="n3"><data key="a">Clinic</data><data key="b">1</data></node>
    <edge source="n1" target="n2"><data key="c">0.5</data><data key="d">0.6</data></edge>
    <edge id="e2" source="n2" target="n3"><data key="c">0.25</data></edge>{more}
  </graph>
</graphml>
"""
BACK = '<edge source="n2" target="n1"><data key="c">0.9</data><data key="d">0.1</data></edge>'
IN_GRAPH = {"file": "coalition.graphml", "latent": 0.0}


def test_a_directed_graph_is_read_as_reports(tmp_path: Path) -> None:
    graph = GRAPH.format(direction="directed", more=BACK)
    scenario = scenario_of(tmp_path, graph, coalition=IN_GRAPH)
    coalition = draw(scenario, roster(scenario), 1)
    assert coalition.names == ("Food Bank", "City", "Clinic")
    assert coalition.resources[[0, 2]].tolist() == [2.5, 1]
    assert coalition.strength.tolist() == [0.9, 0.25]
    assert coalition.trust[0].tolist() == [0.6, 0.1]
    assert "id" not in statuses(roster(scenario).columns)


def test_trust_on_an_undirected_edge_goes_both_ways(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path, GRAPH.format(direction="undirected", more=""), coalition=IN_GRAPH)
    coalition = draw(scenario, roster(scenario), 1)
    assert coalition.strength.tolist() == [0.5, 0.25]
    assert coalition.trust[0].tolist() == [0.6, 0.6]


def test_nodes_without_any_name_are_called_by_their_ids(tmp_path: Path) -> None:
    graph = GRAPH.format(direction="directed", more="").replace('attr.name="name"', 'attr.name="colour"')
    who = read(tmp_path, graph, coalition=IN_GRAPH)
    assert who.names == ("n1", "n2", "n3")
    assert statuses(who.columns)["colour"] == "unused"


def test_the_same_coalition_as_csv_and_as_graph_is_the_same(tmp_path: Path) -> None:
    graph = scenario_of(tmp_path, GRAPH.format(direction="directed", more=BACK), coalition=IN_GRAPH)
    organisations = "name,resources\nFood Bank,2.5\nCity,\nClinic,1\n"
    ties = "from,to,strength,trust\nFood Bank,City,0.5,0.6\nCity,Clinic,0.25,\nCity,Food Bank,0.9,0.1\n"
    sheets = scenario_of(tmp_path, organisations, ties, coalition={"latent": 0.0})
    one, other = draw(graph, roster(graph), 7), draw(sheets, roster(sheets), 7)
    for name in Coalition.__dataclass_fields__:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def by_name(coalition: Coalition) -> dict[str, object]:
    """All that a coalition is, with names in place of rows."""
    names, sectors = coalition.names, coalition.sector_names
    people: dict[str, object] = {
        name: (sectors[coalition.sector[row]], *(getattr(coalition, field)[row].tolist() for field in ROWS))
        for row, name in enumerate(names)
    }
    for tie, (first, second) in enumerate(zip(coalition.first, coalition.second, strict=True)):
        trust = {names[first]: coalition.trust[tie, 0], names[second]: coalition.trust[tie, 1]}
        people[f"tie {sorted(trust)}"] = (coalition.strength[tie], trust)
    return people


ROWS = (
    "identity", "resources", "deviation", "mission", "competence", "mix", "bias", "practice", "initial_commitment", "founder",
)  # fmt: skip


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(9)),
    ties_order=st.permutations(range(8)),
    with_ties=st.booleans(),
    with_sectors=st.booleans(),
    network=st.sampled_from(["small-world", "random", "scale-free", "sector-clusters", "hub"]),
    seed=st.integers(0, 2**64 - 1),
)
def test_the_order_of_rows_does_not_matter(
    tmp_path: Path,
    order: list[int],
    ties_order: list[int],
    with_ties: bool,
    with_sectors: bool,
    network: str,
    seed: int,
) -> None:
    rows = [f"partner {number},{number % 4 or ''},{'ab'[number % 2]}" for number in range(9)]
    ties = [f"partner {number},partner {(number * number + 1) % 9},0.{number + 1},0.5" for number in range(9)]
    ties = [tie for number, tie in enumerate(ties) if (number * number + 1) % 9 != number][:8]
    coalitions = []
    for people, reports in ((range(9), range(len(ties))), (order, ties_order)):
        scenario = scenario_of(
            tmp_path,
            "\n".join([f"name,size,{'sector' if with_sectors else 'other'}", *(rows[row] for row in people)]),
            "\n".join(["from,to,strength,trust", *(ties[row] for row in reports if row < len(ties))])
            if with_ties
            else None,
            coalition={"network": network},
        )
        coalitions.append(draw(scenario, roster(scenario), seed))
    assert by_name(coalitions[0]) == by_name(coalitions[1])


def test_relative_files_are_looked_for_in_the_folder_of_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner" / "who.csv", "name\nA\nB\n")
    scenario = scenario_of(tmp_path, "name\nC\nD\n", coalition={"degree": 0.0})
    assert roster(scenario.replace(**{"coalition.file": "inner/who.csv"})).names == ("A", "B")
    absolute = str(tmp_path / "inner" / "who.csv")
    assert roster(scenario.replace(**{"coalition.file": absolute}).at(None)).names == ("A", "B")
