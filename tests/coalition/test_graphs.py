"""Graph files (GraphML, GEXF, GML): nothing in them is lost without a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from cisim.coalition import Coalition, Roster, draw, graphs, roster
from coalition.files import problems_of, read, scenario_of

NODES = '<node id="a"/><node id="b"/><node id="c"/>'
EDGES = '<edge source="a" target="b"/><edge source="b" target="c"/>'


def graphml(body: str, *keys: str, default: str = "undirected", more: str = "") -> str:
    """A GraphML file; a key is "for name [type [default]]", and its name is its id."""
    declared = ""
    for key in keys:
        kind, name, *rest = key.split(" ")
        of_type = f' attr.type="{rest[0]}"' if rest else ""
        value = f"<default>{rest[1]}</default>" if len(rest) > 1 else ""
        declared += f'<key id="{name}" for="{kind}" attr.name="{name}"{of_type}>{value}</key>\n'
    space = 'xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml"'
    return f'<graphml {space}>\n{declared}<graph edgedefault="{default}">\n{body}\n</graph>{more}</graphml>'


def node(identifier: str, **values: str) -> str:
    data = "".join(f'<data key="{key}">{value}</data>' for key, value in values.items())
    return f'<node id="{identifier}">{data}</node>\n'


def who(folder: Path, content: str | bytes, ending: str = "graphml") -> Roster:
    return read(folder, content, coalition={"file": f"g.{ending}"})


def refused(folder: Path, content: str | bytes, ending: str = "graphml") -> list[str]:
    return problems_of(folder, content, coalition={"file": f"g.{ending}"})


def sectors(read: Roster) -> list[str]:
    return [read.sector_names[sector] for sector in read.sector]


def told(read: Roster) -> dict[str, tuple[str, str]]:
    return {column.what: (column.status, column.note) for column in read.columns}


# --- attributes ------------------------------------------------------------------------------------------


def test_defaults_of_attributes_hold_where_a_node_or_edge_says_nothing(tmp_path: Path) -> None:
    body = (
        node("a", sector="public")
        + node("b")
        + node("c", sector="")
        + EDGES.replace('target="c"/>', 'target="c"><data key="strength">0.9</data></edge>')
    )
    found = who(tmp_path, graphml(body, "node sector string nonprofit", "edge strength double 0.25"))
    assert sectors(found) == ["public", "nonprofit", "not given"], "an empty text is a text"
    assert found.ties is not None
    assert found.ties.given[:, 0].tolist() == [0.25, 0.9]


def test_an_attribute_for_all_is_one_of_nodes_and_of_edges(tmp_path: Path) -> None:
    found = who(tmp_path, graphml(NODES + EDGES, "all trust double 0.5", "all sector string x"))
    assert sectors(found) == ["x"] * 3
    assert found.ties is not None
    assert found.ties.given[:, 1:].tolist() == [[0.5, 0.5]] * 2


def test_numbers_that_are_names_stay_as_they_are_written(tmp_path: Path) -> None:
    body = node("a", name="007") + node("b", name="1.50") + node("c", name="1e3") + EDGES
    assert who(tmp_path, graphml(body, "node name double")).names == ("007", "1.50", "1e3")


@pytest.mark.parametrize("of_type", ["String", "int", "vector", ""])
def test_types_that_are_unknown_or_do_not_fit_lose_nothing(tmp_path: Path, of_type: str) -> None:
    body = node("a", name="1.5") + node("b", name="B") + node("c", name="C") + EDGES
    assert who(tmp_path, graphml(body, f"node name {of_type}")).names == ("1.5", "B", "C")


def test_nan_is_unknown_in_a_number_and_a_word_in_a_text(tmp_path: Path) -> None:
    body = node("a", resources="NaN", sector="nan") + node("b", resources="2") + node("c", resources="nan") + EDGES
    found = who(tmp_path, graphml(body, "node resources double", "node sector string"))
    assert np.array_equal(found.resources, [np.nan, 2, np.nan], equal_nan=True)
    assert sectors(found) == ["nan", "not given", "not given"]


def test_two_attributes_of_one_name_are_one_column_but_not_two_values(tmp_path: Path) -> None:
    # As networkx writes what is a text here and NaN there.
    keys = (
        '<key id="d0" for="node" attr.name="sector" attr.type="string"/>'
        '<key id="d1" for="node" attr.name="sector" attr.type="double"/>'
    )
    body = node("a", d0="public") + node("b", d1="nan") + node("c", d0="business") + EDGES
    content = graphml(body).replace("<graph ", keys + "<graph ")
    assert sectors(who(tmp_path, content)) == ["public", "not given", "business"]
    twice = content.replace('<data key="d1">', '<data key="d0">x</data><data key="d1">')
    assert refused(tmp_path, twice) == ["g.graphml:4: 'sector' stands twice in a node"]


@pytest.mark.parametrize(
    ("keys", "body", "problem"),
    [
        ((), node("a", sector="x"), "g.graphml:3: attribute 'sector' is not declared before for a node"),
        (
            ("edge sector string",),
            node("a", sector="x"),
            "g.graphml:4: attribute 'sector' is not declared before for a node",
        ),
        (("node x int", "node x double"), node("a"), "g.graphml:3: attribute 'x' is declared twice"),
        (("node x int",), '<node id="a"><data/></node>', "g.graphml:4: attribute '' is not declared before for a node"),
    ],
)
def test_attributes_must_be_declared_once_before(
    tmp_path: Path, keys: tuple[str, ...], body: str, problem: str
) -> None:
    assert refused(tmp_path, graphml(body + node("b") + node("c") + EDGES, *keys)) == [problem]


# --- names -----------------------------------------------------------------------------------------------


def test_a_label_stands_in_for_a_missing_name_node_by_node(tmp_path: Path) -> None:
    body = node("a", name="A", label="x") + node("b", label="B") + node("c", name=" ", label="C") + EDGES
    found = who(tmp_path, graphml(body, "node name string", "node label string"))
    assert found.names == ("A", "B", "C")
    assert told(found)["label"] == ("used", "Stands in for the name of 2 organisations; the others have a name.")


def test_ids_are_names_if_no_node_has_another(tmp_path: Path) -> None:
    assert who(tmp_path, graphml(NODES + EDGES, "node name string")).names == ("a", "b", "c")


def test_an_attribute_that_is_called_id_is_not_the_node_s_id(tmp_path: Path) -> None:
    found = who(tmp_path, graphml(node("a", id="7") + node("b", id="7") + node("c") + EDGES, "node id string"))
    assert found.names == ("a", "b", "c")
    assert told(found)["id (attribute)"][0] == "unused"


def test_labels_of_yed_are_read_and_its_drawings_counted(tmp_path: Path) -> None:
    draw = '<data key="d6"><y:ShapeNode><y:Geometry x="1"/><y:NodeLabel>{}<y:x/></y:NodeLabel></y:ShapeNode></data>'
    body = "".join(f'<node id="{letter}">{draw.format(letter * 3)}</node>' for letter in "abc") + EDGES
    content = graphml(body).replace("<graph ", '<key for="node" id="d6" yfiles.type="nodegraphics"/><graph ')
    found = who(tmp_path, content)
    assert found.names == ("aaa", "bbb", "ccc")
    assert told(found)["other contents"] == ("unused", "g.graphml: left out are 3 ShapeNode in data.")


# --- structure -------------------------------------------------------------------------------------------


def test_an_end_that_is_no_node_is_refused(tmp_path: Path) -> None:
    body = '<node id="City Schools"/><node id="Food Bank"/><edge source="City Schools" target="Food Bnak"/>'
    assert refused(tmp_path, graphml(body)) == [
        "g.graphml:3: edge 'City Schools' - 'Food Bnak': target = 'Food Bnak': "
        "no organisation has this id (did you mean 'Food Bank'?)"
    ]
    named = node("n1", name="A") + node("n2", name="B") + '<edge source="n1" target="B"/>'
    assert refused(tmp_path, graphml(named, "node name string")) == [
        "g.graphml:6: edge 'n1' - 'B': target = 'B': no organisation has this id"
    ]


def test_a_node_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    assert refused(tmp_path, graphml(NODES + "\n" + node("a") + EDGES)) == [
        "g.graphml:4: node 'a': id = 'a': stands at g.graphml:3: node 'a' already"
    ]
    named = node("a", name="A") + node("a", name="B") + node("b", name="C") + node("c", name="D") + EDGES
    assert refused(tmp_path, graphml(named, "node name string")) == [
        "g.graphml:5: node 'a': id = 'a': stands at g.graphml:4: node 'a' already"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            graphml(NODES + EDGES, more='\n<graph edgedefault="directed"><node id="d"/></graph>'),
            "5: a second graph, after that of line 2; a file may have one",
        ),
        (
            graphml(NODES + '<node id="d"><graph edgedefault="directed"><node id="e"/></graph></node>' + EDGES),
            "3: <graph> in <node>: groups of nodes are not read; take the nodes out of it",
        ),
        (
            graphml(NODES + EDGES + '<hyperedge><endpoint node="a"/><endpoint node="b"/></hyperedge>'),
            "3: <hyperedge>: a tie has two ends; write an edge for each pair",
        ),
        (
            graphml(NODES + EDGES.replace("<edge", '<edge directed="true"', 1)),
            "3: edges must all be directed, or all undirected",
        ),
        (graphml(NODES + EDGES, default="both"), "3: edges must all be directed, or all undirected"),
        (graphml("<node/>" + NODES + EDGES), "3: node '': id is empty; every organisation needs one"),
        (graphml(NODES + '<edge source="a"/>'), "3: edge 'a' - '': target is empty; a tie needs two organisations"),
        ("<graphml>" + "<x>" * 100, "1: elements in elements: more than 100 deep, or 100,000 in one"),
        (
            graphml(NODES + '<node id="d">' + "<x/>" * 100_001),
            "3: elements in elements: more than 100 deep, or 100,000 in one",
        ),
        (graphml(node("a", name="x" * 200_000), "node name string"), "4: a text of more than 131,072 characters"),
    ],
)
def test_what_would_lose_organisations_or_ties_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    told = refused(tmp_path, content)
    assert told[0] == f"g.graphml:{problem}"
    assert len(set(told)) == 1


def test_a_prefix_without_declaration_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "<graphml><graph><node id='a'/><node id='b'/><z:note/></graph></graphml>") == [
        "g.graphml: is not well-formed XML: unbound prefix: line 1, column 44"
    ]


def test_what_is_left_out_is_told_with_counts(tmp_path: Path) -> None:
    body = "<desc>x</desc>" + NODES + '<node id="d"><port name="p"/><port name="q"/></node>' + EDGES
    content = graphml('<data key="title">My coalition</data>' + body, "graph title string")
    note = "g.graphml: left out are 1 data in graph, 1 desc in graph, 2 port in node."
    assert told(who(tmp_path, content))["other contents"] == ("unused", note)
    many = "".join(f"<t{number}/>" for number in range(30)) + NODES + EDGES
    assert told(who(tmp_path, graphml(many)))["other contents"][1].endswith("1 t19 in graph, 10 others.")
    assert "other contents" not in told(who(tmp_path, graphml(NODES + EDGES)))


def test_edges_may_say_one_by_one_what_the_graph_does_not(tmp_path: Path) -> None:
    edges = EDGES.replace("<edge", '<edge directed="false"').replace("/>", '><data key="trust">0.7</data></edge>')
    found = who(tmp_path, graphml(NODES + edges, "edge trust double", default="directed"))
    assert found.ties is not None
    assert found.ties.given[:, 1:].tolist() == [[0.7, 0.7]] * 2


# --- drawings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", [("x", "y"), ("r", "g", "b"), ("color",)])
def test_a_size_beside_what_is_drawn_is_no_size(tmp_path: Path, drawn: tuple[str, ...]) -> None:
    keys = [f"node {name} string" for name in ("Size", *drawn)]
    body = "".join(node(letter, Size="10", **dict.fromkeys(drawn, "1")) for letter in "abc") + EDGES
    found = who(tmp_path, graphml(body, *keys))
    assert np.isnan(found.size_rank).all()
    status, note = told(found)["size"]
    assert status == "unused"
    assert f"a size in a drawing, like {', '.join(drawn)} beside it" in note
    alone = graphml("".join(node(letter, Size="10") for letter in "abc") + EDGES, "node Size double")
    assert told(who(tmp_path, alone))["size"][0] == "used"


# --- GEXF and GML ----------------------------------------------------------------------------------------

GEXF = """<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3"><meta><creator>x</creator></meta>
<graph defaultedgetype="directed">
<attributes class="node"><attribute id="0" title="resources" type="double"><default>3</default></attribute></attributes>
<attributes class="edge"><attribute id="0" title="trust" type="float"/></attributes>
<nodes><node id="n1" label="Food Bank"><attvalues><attvalue for="0" value="2.5"/></attvalues><viz:size value="9"/></node>
<node id="n2" label="City"><attvalues><attvalue for="0" value="NaN"/></attvalues></node><node id="n3" label="Clinic"/></nodes>
<edges><edge id="0" source="n1" target="n2" weight="2"><attvalues><attvalue for="0" value="0.6"/></attvalues></edge>
<edge id="1" source="n2" target="n3"/></edges></graph></gexf>
"""
GML = """# a comment, with "quotes" and [ brackets
Creator "x"
graph [ directed 1
  node [ id 1 label "Food Bank" resources 2.5 graphics [ x 1.0 fill "#FF0000" ] ]
  node [ id 2 label "City" resources NAN ]
  node [ id 3 label "Clinic" resources 3 ]
  edge [ source 1 target 2 trust 0.6 weight 2 ]
  edge [ source 2 target 3 ]
]
"""


@pytest.mark.parametrize(
    ("content", "ending", "left_out"),
    [(GEXF, "gexf", "1 meta in gexf, 1 size in node"), (GML, "gml", "1 Creator, 1 graphics [ ] in node")],
)
def test_a_coalition_in_another_format_is_the_same(tmp_path: Path, content: str, ending: str, left_out: str) -> None:
    graph = scenario_of(tmp_path, content, coalition={"file": f"g.{ending}", "latent": 0.0})
    found = roster(graph)
    sheets = scenario_of(
        tmp_path,
        "name,resources\nFood Bank,2.5\nCity,\nClinic,3\n",
        "from,to,trust\nFood Bank,City,0.6\nCity,Clinic,\n",
        coalition={"latent": 0.0},
    )
    one, other = draw(graph, found, 7), draw(sheets, roster(sheets), 7)
    for name in Coalition.__dataclass_fields__:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert told(found)["other contents"] == ("unused", f"g.{ending}: left out are {left_out}.")
    assert told(found)["weight"][0] == "unused"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("graph [ node [ id 1 ]", ":1: cannot be read as GML: it ends too early"),
        ("graph [ node\n]", ":2: cannot be read as GML at ']'"),
        ("graph ]", ":1: cannot be read as GML at ']'"),
        ('graph [ node [ id 1 label "A ] ]', ":1: cannot be read as GML at '\"'"),
        ("", ": holds no graph"),
        ("graph [ node [ id 1 id 2 ] node [ id 2 ] edge [ source 1 target 2 ] ]", ":1: 'id' stands twice in a node"),
        ("graph [ ]\ngraph [ ]", ":2: a second graph, after that of line 1; a file may have one"),
        ("node [ id 1 ]", ": holds no graph"),
        (b'graph [\n label "\xff" ]', ":2: byte 0xff is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_wrong_gml_is_refused(tmp_path: Path, content: str | bytes, problem: str) -> None:
    assert refused(tmp_path, content, "gml")[0].startswith(f"g.gml{problem}")


def test_signs_that_gml_writes_as_entities_are_read(tmp_path: Path) -> None:
    content = 'graph [ node [ id 1 label "Zo&#235; &amp; Co" ] node [ id 2 label "R&D" ] edge [ source 1 target 2 ] ]'
    assert who(tmp_path, content, "gml").names == ("Zoë & Co", "R&D")


def test_a_group_in_gexf_is_refused(tmp_path: Path) -> None:
    content = GEXF.replace('label="Clinic"/>', 'label="Clinic"><nodes><node id="n4"/></nodes></node>')
    assert refused(tmp_path, content, "gexf") == [
        "g.gexf:7: <nodes> in <node>: groups of nodes are not read; take the nodes out of it"
    ]


@pytest.mark.parametrize(
    ("ending", "write"), [("graphml", nx.write_graphml), ("gexf", nx.write_gexf), ("gml", nx.write_gml)]
)
@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
def test_what_networkx_writes_is_read_as_it_was(
    tmp_path: Path, ending: str, write: Callable[..., Any], kind: type[nx.Graph]
) -> None:
    names = ["City Schools", "R&D <Ltd>", 'Zoë\'s "Clinic"', "42"]
    graph = kind()
    for number, name in enumerate(names):
        graph.add_node(name, resources=number + 0.5, sector=["public", "business"][number % 2])
    for first, second, strength in [(0, 1, 0.25), (1, 2, 0.5), (3, 2, 1.0)]:
        graph.add_edge(names[first], names[second], strength=strength, trust=strength / 2)
    write(graph, str(tmp_path / f"g.{ending}"))
    found = who(tmp_path, (tmp_path / f"g.{ending}").read_bytes(), ending)
    assert found.names == tuple(names)
    assert found.resources.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert sectors(found) == ["public", "business"] * 2
    assert found.ties is not None
    assert list(zip(found.ties.first.tolist(), found.ties.second.tolist(), strict=True)) == [(0, 1), (1, 2), (2, 3)]
    assert found.ties.given[:, 0].tolist() == [0.25, 0.5, 1.0]
    back = [0.125, 0.25, 0.5] if kind is nx.Graph else [np.nan, np.nan, 0.5]
    assert np.array_equal(found.ties.given[:, 2], back, equal_nan=True)


def test_more_than_ten_thousand_nodes_are_refused(tmp_path: Path) -> None:
    content = graphml("".join(f'<node id="{number}"/>' for number in range(10_100)) + EDGES)
    assert refused(tmp_path, content)[0] == (
        "g.graphml:3: node '10000': more than 10,000 organisations; no more are read"
    )


def test_more_edges_than_are_held_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "MOST_EDGES", 1)
    assert refused(tmp_path, graphml(NODES + EDGES)) == ["g.graphml:3: more than 1 edges; give so many ties as CSV"]


# --- tables of other programs ----------------------------------------------------------------------------


def test_headings_of_gephi_and_kumu_are_known(tmp_path: Path) -> None:
    gephi = read(
        tmp_path,
        "Id,Label,timeset,Sector\n1,City Schools,,public\n2,Food Bank,,x\n3,Builders,,x\n",
        "Source,Target,Type,Weight\n1,2,Undirected,3\n2,3,Undirected,1\n",
    )
    kumu = read(
        tmp_path,
        "Label,Type,Tags\nCity Schools,public,a|b\nFood Bank,x,\nBuilders,x,\n",
        "From,To,Direction\nCity Schools,Food Bank,mutual\nFood Bank,Builders,directed\n",
    )
    for found in (gephi, kumu):
        assert found.names == ("City Schools", "Food Bank", "Builders")
        assert found.ties is not None
        assert found.ties.first.tolist() == [0, 1]
        assert found.ties.second.tolist() == [1, 2]
    assert sectors(gephi) == ["public", "x", "x"]
    assert sectors(kumu) == ["public", "x", "x"]
    assert gephi.ties.given[:, 0].tolist() == [1, 0.3333]


def test_ends_that_are_ids_must_be_ids(tmp_path: Path) -> None:
    organisations = "Id,Label\n1,City Schools\n2,Food Bank\n"
    assert problems_of(tmp_path, organisations, "Source,Target\n1,Food Bank\n") == [
        "ties.csv:2: target = 'Food Bank': no organisation has this id"
    ]
    assert problems_of(tmp_path, "Id,Label\n1,A\n1,B\n", "Source,Target\n1,2\n")[0] == (
        "organisations.csv:3: id = '1': stands at organisations.csv:2 already"
    )
    names = read(tmp_path, organisations, "from,to\nCity Schools,Food Bank\n")
    assert told(names)["Id"][0] == "unused"


def test_several_names_in_a_cell_are_refused_with_the_way_out(tmp_path: Path) -> None:
    organisations = "name\nCity Schools\nFood Bank\nBuilders\n"
    assert problems_of(tmp_path, organisations, "from,to\nCity Schools,Food Bank|Builders\n") == [
        "ties.csv:2: to = 'Food Bank|Builders': no organisation has this name; write a row for each of several"
    ]


def test_raw_files_of_a_published_network_are_read(tmp_path: Path) -> None:
    organisations = '"id","name","Command.Rank.Score","Paid.Staff"\n1,"King.County.Police",60,20\n2,"Boeing.Team",,\n'
    ties = '"from","to","from_id","to_id","Frequency"\n"Boeing.Team","King.County.Police",2,1,2\n'
    found = read(tmp_path, organisations, ties)
    assert found.names == ("King.County.Police", "Boeing.Team")
    assert found.ties is not None
    assert found.ties.given[0, 0] == 0.75
    unused = {column.what for column in found.columns if column.status == "unused"}
    assert unused == {"id", "Command.Rank.Score", "Paid.Staff", "from_id", "to_id"}


# --- what is told ----------------------------------------------------------------------------------------


def test_spaces_of_any_kind_make_no_other_name_and_near_doubles_are_told(tmp_path: Path) -> None:
    organisations = "name\nFood\u00a0Bank\nfood-bank\nCity\n"
    found = read(tmp_path, organisations, "from,to\nFood  Bank,City\n")
    assert found.ties is not None
    assert found.names[0] == "Food\u00a0Bank", "as it is written: its luck hangs on it"
    assert told(found)["name"] == ("assumed", "Taken for different organisations: 'Food\\xa0Bank' and 'food-bank'.")
    assert "name" not in told(read(tmp_path, "name\nFood Bank\nCity\nClinic\n", "from,to\nCity,Clinic\n"))


def test_what_was_taken_is_told_with_two_examples_and_the_direction_of_a_scale(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "name,sector,resources,mission.reading,mission.health\nA,x,,1,2\nB,y,125000,1,0\nC,x,0.5,,\nD,x,3,,\n",
        "from,to,frequency\nA,B,1\nB,C,4\nC,D,2\n",
        community={"outcomes": [{"name": "reading"}, {"name": "health"}]},
    )
    notes = {what: note for what, (_, note) in told(found).items()}
    assert notes["sector"] == "2 sectors as given, such as 'x' and 'y'."
    assert notes["resources"].startswith("FTE as given ('B' 125000, 'C' 0.5); 1 of 4 cells are empty and drawn")
    assert notes["mission"].startswith("Scaled to sum to 1 ('A' 0.333/0.667, 'B' 1/0); 2 of 4 cells are empty")
    assert "1 is most often and 4 least" in notes["frequency"]
    assert notes["frequency"].endswith("('A - B' 1, 'B - C' 4).")
