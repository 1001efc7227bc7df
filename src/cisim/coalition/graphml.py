"""GraphML: nodes are organisations, edges are ties, and their attributes have the names of a CSV's columns."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.parsers import expat

from cisim.coalition.table import Table, shown
from cisim.errors import InputError, Problems, reason


class _Row(NamedTuple):
    where: str
    cells: list[str]  # that every row has
    attributes: dict[str, str]  # that some rows have


def read_graphml(data: bytes, name: str, problems: Problems) -> tuple[Table, Table, bool]:
    """Read organisations, ties, and whether ties have a direction.

    An organisation's name is its node's attribute `name`, or `label` if no node has that, or the node's id if none has either.

    Raises:
        InputError: it is not well-formed, declares a document type or entities, or is not GraphML.
    """
    _check_xml(data, name)
    import networkx as nx  # here, since it takes a while and few coalitions come as GraphML

    try:
        graph = nx.read_graphml(io.BytesIO(data))
    except (nx.NetworkXException, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise InputError(f"{name}: cannot be read as GraphML: {reason(error)}") from None
    nodes = {str(node): _texts(attributes) for node, attributes in graph.nodes(data=True)}
    titles = {title.casefold(): title for attributes in nodes.values() for title in attributes}
    title = titles.get("name", titles.get("label"))
    names = {node: attributes.pop(title, "") if title else node for node, attributes in nodes.items()}
    organisations = [
        _Row(f"{name}: node {shown(node)}", [names[node]], attributes) for node, attributes in nodes.items()
    ]
    ties = []
    for source, target, attributes in graph.edges(data=True):
        ends = str(source), str(target)
        texts = _texts(attributes)
        texts.pop("id", None)  # networkx adds the edge's id, which is no attribute of the file
        where = f"{name}: edge {shown(ends[0])} - {shown(ends[1])}"
        ties.append(_Row(where, [names[end] for end in ends], texts))
    return (
        _table(name, ["name"], organisations, problems),
        _table(name, ["from", "to"], ties, problems),
        bool(graph.is_directed()),
    )


def _check_xml(data: bytes, name: str) -> None:
    """Parse without building anything: a document type could blow up a small file, or name other files."""

    def refuse(*_: object) -> None:
        raise InputError(f"{name}:{parser.CurrentLineNumber}: declares a document type (DOCTYPE, ENTITY); remove it")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except InputError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InputError(f"{name}: is not well-formed XML: {error}") from None


def _texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in attributes.items()}


def _table(name: str, titles: list[str], rows: list[_Row], problems: Problems) -> Table:
    attributes = list(dict.fromkeys(title for row in rows for title in row.attributes))
    cells = (
        (number, [*row.cells, *(row.attributes.get(title, "") for title in attributes)])
        for number, row in enumerate(rows)
    )
    return Table(name, [*titles, *attributes], cells, lambda number: rows[number].where, problems)
