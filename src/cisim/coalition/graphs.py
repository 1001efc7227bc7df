"""Graph files of a coalition (GraphML, GEXF, GML): a table of nodes and a table of edges.

Nothing is lost without a word: an attribute is a column, and anything else is refused, or counted as left out.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from xml.parsers import expat

from cisim.coalition.table import GIVE_UP_AFTER, MOST_ORGANISATIONS, Table, lines, shown
from cisim.errors import InputError, Problems

MOST_EDGES = 1_000_000
#: Elements whose children are read, or left out, as soon as they end.
_CONTAINERS = ("", "graphml", "gexf", "graph", "nodes", "edges", "attributes")
_YES, _NO = ("directed", "true", "1"), ("undirected", "mutual", "false", "0")
_DIRECTED = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
#: Bounds of what one node or edge may hold, and of how many sorts of things are counted apart.
_DEEPEST, _MOST_ELEMENTS, _LONGEST_TEXT, _MOST_SORTS = 100, 100_000, 131_072, 20
_TOKEN = re.compile(r'"([^"]*)"|([\[\]])|#[^\n]*|([^\s\[\]"]+)|"')


@dataclass(slots=True)
class _Element:
    """An element of XML, or a list of GML."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[_Element] = field(default_factory=list)
    text: str = ""


class Graph:
    """Reader of the nodes and edges of a file; it raises InputError if it cannot read on, and notes other problems."""

    directed: bool | None = None  #: an edge is the report of its source alone; None: there are no edges

    def __init__(self, data: bytes, name: str, problems: Problems) -> None:
        self._name, self._problems = name, problems
        self._left_out = Counter[str]()
        self._rows: dict[str, list[tuple[int, dict[str, str]]]] = {"node": [], "edge": []}
        self._titles: dict[tuple[str, str], tuple[str, bool]] = {}  # of attributes, and if NaN in them means unknown
        self._defaults: dict[str, dict[str, str]] = {"node": {}, "edge": {}, "all": {}}
        self._label = ""
        self._open, self._elements, self._graph = [_Element("", {}, 1)], 0, _Element("", {}, 1)
        (self._read_gml if name.lower().endswith(".gml") else self._read_xml)(data)
        if not self._graph.tag:
            raise InputError(f"{name}: holds no graph")

    def left_out(self) -> str:
        """Say how much of the file is not read; "" if all is."""
        return ", ".join(f"{count:,} {sort}" for sort, count in self._left_out.items())

    def table(self, kind: str, *ends: str) -> Table:
        """Make a table of nodes ("id") or edges ("source", "target"), with a column for each attribute that has text."""
        rows = self._rows[kind]
        titles = dict.fromkeys([*ends, *(title for _, cells in rows for title, text in cells.items() if text.strip())])

        def where(row: int) -> str:
            line, cells = rows[row]
            return f"{self._name}:{line}: {kind} {' - '.join(shown(cells.get(end, '')) for end in ends)}"

        lists = ((row, [cells.get(title, "") for title in titles]) for row, (_, cells) in enumerate(rows))
        return Table(self._name, list(titles), lists, where, self._problems)

    def _stop(self, line: int, problem: str) -> None:
        raise InputError(f"{self._name}:{line}: {problem}")

    def _refuse(self, line: int, problem: str) -> None:
        self._problems.append(f"{self._name}:{line}: {problem}")
        if len(self._problems) >= GIVE_UP_AFTER:
            self._problems.check()

    def _leave_out(self, what: str, parent: _Element) -> None:
        sort = f"{what[:60]} in {parent.tag[:60]}" if parent.tag else what[:60]
        self._left_out[sort if sort in self._left_out or len(self._left_out) < _MOST_SORTS else "others"] += 1

    def _read_xml(self, data: bytes) -> None:
        def refuse_type(*_: object) -> None:  # it could blow up a small file, or name other files
            self._stop(parser.CurrentLineNumber, "declares a document type (DOCTYPE, ENTITY); remove it")

        def start(tag: str, attributes: dict[str, str]) -> None:
            tag = tag.rpartition(" ")[2]
            self._start(tag if tag.isprintable() else shown(tag), attributes, parser.CurrentLineNumber)

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse_type
        parser.StartElementHandler, parser.EndElementHandler = start, lambda _: self._end()
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(data, True)
        except InputError:
            raise
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise InputError(f"{self._name}: is not well-formed XML: {error}") from None

    def _read_gml(self, data: bytes) -> None:
        text = "".join(lines(data, self._name))
        line, position, key = 1, 0, ""
        for token in _TOKEN.finditer(text):
            line, position = line + text.count("\n", position, token.start()), token.start()
            string, bracket, word = token.groups()
            element = self._open[-1]
            if not key and word and word.isprintable():
                key = word
            elif not key and bracket == "]" and len(self._open) > 1:
                self._end()
            elif key and bracket == "[":
                self._start(key if key in ("graph", "node", "edge") else f"{key} [ ]", {}, line)
                key = ""
            elif key and (word or string is not None):
                if element.tag in _CONTAINERS and key != "directed":
                    self._leave_out(key, element)
                elif key in element.attributes:
                    self._refuse(line, f"{shown(key)} stands twice in a {element.tag}")
                unknown = word and word.casefold() == "nan"
                element.attributes[key] = "" if unknown else html.unescape(string) if word is None else word
                key = ""
            elif not token[0].startswith("#"):
                self._stop(line, f"cannot be read as GML at {shown(token[0])}")
        if key or len(self._open) > 1:
            self._stop(line, "cannot be read as GML: it ends too early")

    def _start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        parent, element = self._open[-1], _Element(tag, attributes, line)
        self._open.append(element)
        self._elements = 0 if parent.tag in _CONTAINERS else self._elements + 1
        if len(self._open) > _DEEPEST or self._elements > _MOST_ELEMENTS:
            self._stop(line, f"elements in elements: more than {_DEEPEST} deep, or {_MOST_ELEMENTS:,} in one")
        if tag in ("graph", "nodes", "edges") and parent.tag not in _CONTAINERS:
            self._stop(line, f"<{tag}> in <{parent.tag}>: groups of nodes are not read; take the nodes out of it")
        if tag == "graph":
            if self._graph.tag:
                self._stop(line, f"a second graph, after that of line {self._graph.line}; a file may have one")
            self._graph = element

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        if element.tag in ("data", "default", "NodeLabel"):
            element.text += text
            if len(element.text) > _LONGEST_TEXT:
                self._stop(element.line, f"a text of more than {_LONGEST_TEXT:,} characters")

    def _end(self) -> None:
        element, parent = self._open.pop(), self._open[-1]
        if parent.tag not in _CONTAINERS:
            parent.children.append(element)
            if element.tag == "NodeLabel":  # of yEd, amid its drawing
                self._label = self._label or element.text
        elif element.tag in ("key", "attribute"):
            self._declare(element, parent)
        elif element.tag in self._rows and parent.tag in ("graph", "nodes", "edges"):
            self._add(element)
        elif element.tag == "hyperedge":
            self._refuse(element.line, "<hyperedge>: a tie has two ends; write an edge for each pair")
        elif element.tag not in _CONTAINERS:
            self._leave_out(element.tag, parent)

    def _declare(self, element: _Element, parent: _Element) -> None:
        """Take in <key for="node" attr.name="" attr.type=""> of GraphML, or <attribute title="" type=""> of GEXF."""
        given, identifier = element.attributes, element.attributes.get("id", "")
        kind = given.get("for") or parent.attributes.get("class", "all")
        title = given.get("attr.name") or given.get("title") or identifier
        title += " (attribute)" if title.casefold() in ("id", "source", "target") else ""
        if (kind, identifier) in self._titles:
            self._refuse(element.line, f"attribute {shown(identifier)} is declared twice")
        number = (given.get("attr.type") or given.get("type", "")).lower() in ("float", "double")
        self._titles[kind, identifier] = title, number
        for child in element.children:
            if child.tag == "default":
                self._defaults.setdefault(kind, {})[title] = child.text
            else:
                self._leave_out(child.tag, element)

    def _add(self, element: _Element) -> None:
        """Add a node or an edge with its values, <data key=""> of GraphML or <attvalue for="" value=""> of GEXF."""
        kind, cells = element.tag, element.attributes
        given = dict[str, str]()
        for child in element.children:
            for value in child.children if child.tag == "attvalues" else [child]:
                key = value.attributes.get("key") or value.attributes.get("for") or value.attributes.get("id", "")
                title, number = self._titles.get((kind, key)) or self._titles.get(("all", key)) or ("", False)
                text = value.attributes.get("value", value.text)
                for inner in value.children:
                    self._leave_out(inner.tag, value)
                if value.tag not in ("data", "attvalue"):
                    self._leave_out(value.tag, element)
                elif not title:
                    self._refuse(value.line, f"attribute {shown(key)} is not declared before for a {kind}")
                elif title in given or title in cells:
                    self._refuse(value.line, f"{shown(title)} stands twice in a {kind}")
                else:
                    given[title] = "" if number and text.strip().lower() == "nan" else text
        cells = {**self._defaults["all"], **self._defaults[kind], **cells, **given}
        if kind == "node":
            cells["label"] = cells.get("label") or self._label
            self._label = ""
        else:
            cells.pop("id", None)
            graph = self._graph.attributes
            default = graph.get("edgedefault") or graph.get("defaultedgetype") or graph.get("directed", "0")
            directed = _DIRECTED.get(cells.pop("type" if self._open[1].tag == "gexf" else "directed", default))
            self.directed = directed if self.directed is None else self.directed
            if directed is None or directed != self.directed:
                self._refuse(element.line, "edges must all be directed, or all undirected")
            if len(self._rows[kind]) == MOST_EDGES:
                self._stop(element.line, f"more than {MOST_EDGES:,} edges; give so many ties as CSV")
        if kind == "edge" or len(self._rows[kind]) <= MOST_ORGANISATIONS:
            self._rows[kind].append((element.line, cells))
