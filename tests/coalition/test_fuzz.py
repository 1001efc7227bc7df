"""Fuzzed coalition files: whatever they hold, they are read whole or refused in words.

`CISIM_FUZZ=100000` tries so many; see tests/fuzzing.py.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

import numpy as np
import pytest

from cisim.coalition import Roster, columns, roster, rosters
from cisim.coalition.gather import gather
from cisim.coalition.table import same
from cisim.errors import Problems
from cisim.scenario import Scenario
from cisim.scenario.names import LONGEST
from coalition import messy
from coalition.test_graphs import GEXF, GML, graphml, node
from fuzzing import Figures, fuzzed, mutated
from fuzzing import figures as figures

DEFAULTS = Scenario()
OUTCOMES = {"outcomes": [{"name": "reading"}, {"name": "health"}]}


@cache
def scenario_of(file: str, with_ties: bool) -> Scenario:
    ties = "ties.csv" if with_ties else None
    return Scenario(coalition={"file": file, "ties": ties, "degree": 0.0}, community=OUTCOMES).at(Path("nowhere"))


def try_to_read(figures: Figures, file: str, content: bytes, ties: bytes | None = None) -> Roster | None:
    """Read a coalition, or make sure that it is refused in words."""
    figures.contents = {file: content, "ties.csv": ties}
    scenario = scenario_of(file, ties is not None)
    found = figures.attempt(lambda: roster(scenario))
    if found is not None:
        check(found)
    for problem in figures.problems:
        assert "organisations" in problem or "tie" in problem or file in problem, "says where, or of what"
    return found


def check(found: Roster) -> None:
    """Make sure that what was read can be used."""
    assert len(set(found.names)) == len(found.names) >= 2
    assert all(name.strip() and len(name) <= LONGEST and "\n" not in name for name in found.names)
    for values in (found.resources, found.commitment, found.competence, found.mission, found.mix):
        assert not np.isinf(values).any()
    assert np.allclose(found.mission[~np.isnan(found.mission[:, 0])].sum(axis=1), 1)
    if found.ties:
        assert (found.ties.first < found.ties.second).all()
    for column in found.columns:
        assert column.what.isprintable()
        assert column.note.isprintable()
        assert len(column.what) < 80
        assert len(column.note) < 2000


@pytest.fixture(autouse=True)
def _no_files(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters, "read_bytes", figures.read_bytes)


# --- grammar ---------------------------------------------------------------------------------------------

ODD = [
    "", " ", "A", "Food Bank", "Food\u00a0Bank", "food bank", "nan", "NaN", "1", "1.0", "007", "-1", "0.5", "1e999",
    "1" * 400, "\u202ex", "\u200b", "x" * 201, "a|b", "Zoe\u0308", "Zo\u00eb", "]]>", "[", '"', "&amp;", "#", "=1",
]  # fmt: skip
#: What may stand under a title.
GOOD = {
    "sector": ["public", "business", ""],
    "resources": ["2.5", "1", ""],
    "size": ["10", "0", ""],
    "x": ["1.5"],
    "y": ["-2"],
    "commitment": ["0.5", ""],
    "strength": ["0.25", "1", ""],
    "frequency": ["1", "4", ""],
    "trust": ["0", "0.5"],
    "mission.reading": ["1", "3"],
    "mix.services": ["2"],
    "weight": ["3", "x"],
}
TYPES = ["string", "double", "float", "int", "String", "", "vector"]
DIRECTIONS = ["directed", "undirected", "mutual"]
ELEMENTS = [
    "node", "edge", "graph", "data", "key", "port", "hyperedge", "nodes", "edges", "attributes", "attribute", "attvalues",
    "attvalue", "default", "desc", "NodeLabel", "gexf", "graphml", "x",
]  # fmt: skip
Cells = dict[str, str]


class File:
    """A coalition that is all right but for a fault here and there, and how it is written."""

    def __init__(self, luck: Random) -> None:
        self.luck, self.choice = luck, luck.choice
        self.rows = 0  # of organisations with anything in them, once CSV is written
        self.as_meant = True  # no sign was put where it makes another file of what follows
        self.keys: list[tuple[str, str, str | None]] = []
        for title, good in GOOD.items():
            if luck.randrange(2):
                self.keys.append((title, self.choice(TYPES), self.choice([None, *good])))
        ids = luck.sample("abcdefgh1234", luck.randint(2, 6))
        named = luck.randrange(2)
        self.keys += [("name", "string", None)] * named
        self.nodes = [(self.odd(one), self.cells({"name": f"Name {one}"} if named else {})) for one in ids]
        pairs = {tuple(sorted(luck.sample(ids, 2))) for _ in range(luck.randint(1, 6))}
        self.edges = [(self.odd(one), self.odd(other), self.cells({})) for one, other in sorted(pairs)]

    def odd(self, text: str) -> str:
        """Put something odd in place of a text now and then."""
        if self.luck.randrange(60):
            return text
        return self.choice([*ODD, *("".join(chr(self.luck.randrange(0x2FF)) for _ in range(8)) for _ in range(5))])

    def cells(self, cells: Cells) -> Cells:
        for title, _, _ in self.keys:
            if title in GOOD and self.luck.randrange(2):
                cells[title] = self.choice(GOOD[title])
        return {title: self.odd(cell) for title, cell in cells.items()}

    def junk(self) -> str:
        """Nothing mostly, or elements of XML where none or others are expected."""
        if self.luck.randrange(41):
            return self.choice(["", "\n", " ", "<!-- x -->"])
        inner, outer = self.choice(ELEMENTS), self.choice(ELEMENTS)
        return f"<{outer} id='q'><{inner}>{xml(self.choice(ODD))}</{inner}></{outer}>"

    def edges_in_xml(self, values: Callable[[Cells], str]) -> str:
        """Write the edges as GraphML and GEXF have them in common; they differ in how they write values."""
        return "".join(
            f"<edge source={quoted(a)} target={quoted(b)}>{values(cells)}</edge>" for a, b, cells in self.edges
        )

    def graphml(self) -> str:
        keys = "".join(
            f"<key id={quoted(title)} for={quoted(kind)} attr.name={quoted(title)} attr.type={quoted(of_type)}>"
            f"{default_in_xml(default)}</key>"
            for title, of_type, default in self.keys
            for kind in self.choice([("node", "edge"), ("all",), ("edge", "node", "graph")])
        )

        def values(cells: Cells) -> str:
            data = (f"<data key={quoted(title)}>{xml(cell)}</data>" for title, cell in cells.items())
            return "".join(data) + self.junk()

        nodes = (f"<node id={quoted(name)}>{values(cells)}</node>{self.junk()}" for name, cells in self.nodes)
        graph = f"<graph edgedefault={quoted(self.odd(self.choice(DIRECTIONS)))}>{''.join(nodes)}{self.edges_in_xml(values)}</graph>"
        return f"<graphml>{keys}{self.junk()}{graph}{self.junk()}</graphml>"

    def gexf(self) -> str:
        declared = "".join(
            f"<attribute id={quoted(title)} title={quoted(title)} type={quoted(of_type)}>"
            f"{default_in_xml(default)}</attribute>"
            for title, of_type, default in self.keys
        )

        def values(cells: Cells) -> str:
            text = "".join(f"<attvalue for={quoted(title)} value={quoted(cell)}/>" for title, cell in cells.items())
            return f"<attvalues>{text}</attvalues>{self.junk()}"

        nodes = (f"<node id={quoted(name)} label={quoted(name)}>{values(cells)}</node>" for name, cells in self.nodes)
        attributes = "".join(f'<attributes class="{kind}">{declared}</attributes>' for kind in ("node", "edge"))
        graph = f"<nodes>{''.join(nodes)}</nodes>{self.junk()}<edges>{self.edges_in_xml(values)}</edges>"
        default = quoted(self.odd(self.choice(DIRECTIONS)))
        return f"<gexf><graph defaultedgetype={default}>{attributes}{graph}</graph></gexf>"

    def gml(self) -> str:
        def value(text: str) -> str:
            word = '"' + text.replace('"', "&quot;") + '"'
            if self.luck.randrange(41):
                return word
            self.as_meant = False
            return self.choice(["[ x 1 ]", "7", "NAN", '"', "]"])

        def values(cells: Cells) -> str:
            return " ".join(f"{title} {value(cell)}" for title, cell in cells.items())

        nodes = (f"  node [ id {value(name)} {values(cells)} ]\n" for name, cells in self.nodes)
        edges = (f"  edge [ source {value(a)} target {value(b)} {values(cells)} ]\n" for a, b, cells in self.edges)
        before = self.choice(["", "", "", "# x [\n", 'Creator "x"\n', "]", "[", "x [ y 1 ]"])
        direction = self.choice(["", "directed 1", "directed 0"])
        return f"{before}graph [ {direction}\n{''.join(nodes)}{''.join(edges)}]\n"

    def csv(self) -> tuple[bytes, bytes]:
        """Files of organisations and of ties."""
        sign = self.choice([",", ";", "\t", "|"])
        by_id = self.luck.randrange(2)

        def cell(text: str) -> str:
            quoted = '"' + text.replace('"', '""') + '"'
            return self.choice([quoted, quoted if set(text) & set(',;\t|"\r\n') else text])

        def table(start: list[str], rows: list[tuple[list[str], Cells]]) -> bytes:
            titles = [title for title, _, _ in self.keys if title != "name"]
            lines = [[*start, *titles]]
            lines += [[*first, *(cells.get(title, "") for title in titles)] for first, cells in rows]
            before = self.choice(["", "", "", f"sep={sign}\n", "\ufeff", "\n"])
            text = before + "\n".join(
                sign.join(map(cell, line)) + sign * (not self.luck.randrange(61)) for line in lines
            )
            return text.encode("utf-8" if self.luck.randrange(61) else "utf-16", "replace")

        names = ["Id", "Label"] if by_id else ["name"]
        ends = ["Source", "Target"] if by_id else ["from", "to"]
        organisations = [
            ([name, f"Name {name}"] if by_id else [name], {key: cell for key, cell in cells.items() if key != "name"})
            for name, cells in self.nodes
        ]
        self.rows = sum(any(map(str.strip, [*first, *cells.values()])) for first, cells in organisations)
        return table(names, organisations), table(ends, [([a, b], cells) for a, b, cells in self.edges])


def xml(text: str) -> str:
    """Escape a text, without what XML cannot hold."""
    return escape(
        "".join(sign for sign in text if sign in "\t\n\r" or " " <= sign < "\ud800" or "\ue000" <= sign < "\ufffe")
    )


def default_in_xml(default: str | None) -> str:
    return "" if default is None else f"<default>{xml(default)}</default>"


def quoted(text: str) -> str:
    return '"' + xml(text).replace('"', "&quot;") + '"'


@pytest.mark.parametrize("kind", ["graphml", "gexf", "gml"])
@fuzzed
def test_any_graph(figures: Figures, kind: str, luck: Random) -> None:
    given = File(luck)
    content = getattr(given, kind)()
    found = try_to_read(figures, f"g.{kind}", content.encode("utf-8", "replace"))
    whole = (
        given.as_meant
        and content.count("<node ") in (0, len(given.nodes))
        and content.count("<edge ") <= len(given.edges)
    )
    if found is not None and whole:
        assert len(found.names) == len(given.nodes), "none is lost"
        assert found.ties is not None
        assert len(found.ties.first) == len({frozenset(map(same, ends)) for *ends, _ in given.edges})


@fuzzed
def test_any_csv(figures: Figures, luck: Random) -> None:
    given = File(luck)
    found = try_to_read(figures, "organisations.csv", *given.csv())
    if found is not None:
        told = [column.note for column in found.columns if column.note.startswith("organisations.csv: rows ")]
        assert len(found.names) == given.rows or (told and len(found.names) < given.rows), "none is lost without a word"


# --- mutation --------------------------------------------------------------------------------------------

PIECES = [
    b"<", b">", b"/", b'"', b"&", b"&#0;", b"&x;", b"<!DOCTYPE a>", b"<![CDATA[", b"]]>", b"<?x?>", b"x:", b"\xff", b"\0", b"\n",
    b",", b";", b"\t", b"[", b"]", b"#", b"<graph>", b"</graph>", b"<node/>", b"node [", b"graph [", b"nan", b"9" * 400, b"\x1b[2J",
    b"\xe2\x80\xae", b"\xc2\xa0", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"xmlns='u'", b"encoding='utf-16'", b"",
]  # fmt: skip


@pytest.mark.parametrize("file", ["g.graphml", "g.gexf", "g.gml", "organisations.csv", "ties.csv"])
@fuzzed
def test_any_change_of_a_file(figures: Figures, file: str, luck: Random) -> None:
    content = mutated(SAMPLES[file], luck, PIECES)
    if file == "ties.csv":
        try_to_read(figures, "organisations.csv", SAMPLES["organisations.csv"], content)
    else:
        try_to_read(figures, file, content, SAMPLES["ties.csv"] if file.endswith(".csv") else None)


SAMPLES = {
    "g.graphml": graphml(
        node("a", name="Food Bank", resources="2.5") + node("b", name="City") + '<edge source="a" target="b"/>',
        "node name string",
        "node resources double 3",
        "edge strength double 0.5",
    ).encode(),
    "g.gexf": GEXF.encode(),
    "g.gml": GML.encode(),
    "organisations.csv": b'name,sector,resources\nFood Bank,public,2.5\nCity,"a ""b""",\nClinic,x,3\n',
    "ties.csv": b"from,to,strength,trust\nFood Bank,City,0.5,0.6\nCity,Clinic,0.25,\n",
}


#: Fewer partners, so that more files can be tried.
FEW = [*messy.rows_of_list()[:14], *messy.rows_of_list()[-2:]]
MESSY = {
    "list.xlsx": messy.workbook(("Partner list 2026", FEW), ("Meetings", [["Date", "Attended"]])),
    "list.csv": messy.text(FEW, ";", "cp1252"),
    "kumu.json": messy.blueprint(),
    "matrix.csv": messy.text([row[:9] for row in messy.matrix()[:9]]),
    "survey.csv": messy.text(messy.survey()[:20]),
}


PIECES_OF_WORKBOOKS = [
    b'r="A1048576"', b'r="XFD1"', b'r="XFD1048576"', b't="s"', b't="inlineStr"', b't="e"', b"<v>99</v>", b"<v>1e400</v>", b"#REF!",
    b'<dimension ref="A1:XFD1048576"/>', b'<mergeCell ref="A1:XFD1048576"/>', b"<f>A1</f>", b'date1904="1"', b"../", *PIECES,
]  # fmt: skip
with zipfile.ZipFile(io.BytesIO(MESSY["list.xlsx"])) as _file:
    MEMBERS = {name: _file.read(name) for name in _file.namelist()}


def mutated_workbook(luck: Random) -> bytes:
    """Change what a workbook holds before it is packed: what is changed afterwards is mostly no whole file any more."""
    cells = [name for name in MEMBERS if "sheet" in name or "Strings" in name]
    changed = luck.choice([*cells, *MEMBERS])
    members = MEMBERS | {changed: mutated(MEMBERS[changed], luck, PIECES_OF_WORKBOOKS)}
    if not luck.randrange(20):
        del members[luck.choice([*members])]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


@pytest.mark.parametrize("file", MESSY)
@fuzzed
def test_any_change_of_a_messy_file(figures: Figures, file: str, luck: Random) -> None:
    is_workbook = file.endswith(".xlsx") and luck.randrange(8)
    content = mutated_workbook(luck) if is_workbook else mutated(MESSY[file], luck, PIECES)
    found = figures.attempt(lambda: gather([(file, content)]))
    if found is not None:
        assert all(note.text.isprintable() for note in found.notes)
        problems = Problems()
        people, ties = found.tables(problems, DEFAULTS.outcome_names)
        reports = columns.read_organisations(DEFAULTS, people, ties, [])
        assert not problems, "what was gathered is a coalition in cisim's own form"
        assert reports.names == [partner.name for partner in found.partners]
