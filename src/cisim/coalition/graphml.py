"""Reading GraphML: nodes are organisations, edges ties, their attributes the columns of a CSV."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any
from xml.parsers import expat

from cisim.coalition.sheets import Problems, Sheet, shown
from cisim.errors import InputError

_NAMES = ("name", "label")


def read_graphml(data: bytes, name: str, problems: Problems) -> tuple[Sheet, Sheet, bool]:
    """The organisations, the ties, and whether the ties are directed.

    An organisation's name is the node's attribute `name`, or `label` if there is none, or the node's id if
    no node has either.

    Raises:
        InputError: it is not well-formed, declares a document type or entities, or is not GraphML.
    """
    _check_xml(data, name)
    import networkx as nx  # here, since it takes a while and few coalitions come as GraphML

    try:
        graph = nx.read_graphml(io.BytesIO(data))
    except (
        nx.NetworkXException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
    ) as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"{name}: can't be read as GraphML: {reason}") from None
    nodes = {str(node): _texts(attributes) for node, attributes in graph.nodes(data=True)}
    titles = {title.casefold(): title for title in _titles(nodes.values())}
    name_title = next((titles[word] for word in _NAMES if word in titles), None)
    names = {node: cells.get(name_title, "") if name_title else node for node, cells in nodes.items()}
    edges = [
        # networkx adds the edge's id, which is no attribute of the file.
        (str(one), str(other), {title: text for title, text in _texts(attributes).items() if title != "id"})
        for one, other, attributes in graph.edges(data=True)
    ]
    organisations = _sheet(
        name,
        ("name",),
        [
            ((names[node],), {title: text for title, text in cells.items() if title != name_title})
            for node, cells in nodes.items()
        ],
        [f"{name}: node {shown(node)}" for node in nodes],
        problems,
    )
    ties = _sheet(
        name,
        ("from", "to"),
        [((names[one], names[other]), cells) for one, other, cells in edges],
        [f"{name}: edge {shown(one)} - {shown(other)}" for one, other, _ in edges],
        problems,
    )
    return organisations, ties, bool(graph.is_directed())


def _check_xml(data: bytes, name: str) -> None:
    """Read it without building anything: a document type could blow up a small file, or name other files."""

    def refuse(*_: object) -> None:
        raise InputError(
            f"{name}:{parser.CurrentLineNumber}: declares a document type (DOCTYPE, ENTITY); remove it"
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: is not well-formed XML: {error}") from None


def _texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in attributes.items()}


def _titles(rows: Iterable[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(title for row in rows for title in row))


def _sheet(
    name: str,
    titles: tuple[str, ...],
    rows: list[tuple[tuple[str, ...], dict[str, str]]],
    places: list[str],
    problems: Problems,
) -> Sheet:
    """A sheet of the cells that every row has, and of the attributes that some have."""
    attributes = _titles(cells for _, cells in rows)
    return Sheet(
        name=name,
        header=(*titles, *attributes),
        rows=(
            (number, [*own, *(cells.get(title, "") for title in attributes)])
            for number, (own, cells) in enumerate(rows)
        ),
        place=places.__getitem__,
        problems=problems,
    )
