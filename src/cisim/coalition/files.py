"""Files of a coalition: CSV of organisations and of ties, GraphML of both, or a network that comes with cisim."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat

from cisim.coalition.table import Table, read_csv, shown
from cisim.errors import InputError, Problems, did_you_mean, reason
from cisim.files import read_bytes

if TYPE_CHECKING:
    from cisim.scenario import Scenario

LARGEST_OF_ORGANISATIONS, LARGEST_OF_TIES = 50_000_000, 200_000_000
#: Seven real networks of search and rescue (Drabek et al. 1981) come with cisim.
PREFIX = "builtin:"
_FOLDER = Path(__file__).parent
#: Of GraphML: what errors call it, the cells that every row has, the attributes that some rows have.
_Row = tuple[str, list[str], dict[str, str]]


class Tables(NamedTuple):
    """Tables of a coalition."""

    organisations: Table  # a row each
    ties: Table | None  # a row for each report of a tie; None: ties are generated
    directed: bool  # a report is that of the organisation `from`
    contents_hash: str  # of the files' bytes


def read_tables(scenario: Scenario, problems: Problems) -> Tables:
    """Open the files of a scenario, or raise the problems of both; the tables' rows are read when they are used."""
    file, folder, ties = str(scenario.coalition.file), scenario.folder or Path(), scenario.coalition.ties
    contents = hashlib.blake2b(digest_size=32)

    def content_of(path: Path, name: str, largest: int) -> bytes:
        content = read_bytes(path, largest, label=name, what="coalition file")
        contents.update(len(content).to_bytes(8, "little") + content)
        return content

    if file.lower().endswith(".graphml"):
        both = _read_graphml(content_of(folder / file, file, LARGEST_OF_TIES), file, problems)
        return Tables(*both, contents.hexdigest())
    path = folder / file
    if file.startswith(PREFIX):
        folder, ties = _builtin_folder(file), "ties.csv"
        path = folder / "organisations.csv"
    files = [(path, file, LARGEST_OF_ORGANISATIONS)]
    if ties is not None:
        files.append((folder / ties, ties, LARGEST_OF_TIES))
    tables = []
    for path, name, largest in files:
        with problems.collected():
            tables.append(read_csv(content_of(path, name, largest), name, problems))
    problems.check()
    return Tables(tables[0], tables[1] if len(tables) > 1 else None, True, contents.hexdigest())


def builtin_names() -> tuple[str, ...]:
    """List what `coalition.file` may name instead of a file.

    Example:
        >>> builtin_names()[5]
        'builtin:emon/Texas'
    """
    folders = sorted(file.parent.name for file in _FOLDER.glob("emon/*/organisations.csv"))
    return tuple(f"{PREFIX}emon/{name}" for name in folders)


def _builtin_folder(name: str) -> Path:
    known = builtin_names()
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError(f"coalition.file = {shown(name)}: no such coalition comes with cisim; {hint}")
    return _FOLDER / name.removeprefix(PREFIX)


def _read_graphml(data: bytes, name: str, problems: Problems) -> tuple[Table, Table, bool]:
    """Read organisations (nodes), ties (edges), and whether ties have a direction.

    An organisation's name is its node's attribute `name`, or `label` if no node has that, or the node's id if none has either.
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
    organisations: list[_Row] = [
        (f"{name}: node {shown(node)}", [names[node]], attributes) for node, attributes in nodes.items()
    ]
    ties: list[_Row] = []
    for *ends, attributes in graph.edges(data=True):
        source, target = map(str, ends)
        texts = _texts(attributes)
        texts.pop("id", None)  # networkx adds the edge's id, which is no attribute of the file
        ties.append((f"{name}: edge {shown(source)} - {shown(target)}", [names[source], names[target]], texts))
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
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except InputError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InputError(f"{name}: is not well-formed XML: {error}") from None


def _texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in attributes.items()}


def _table(name: str, titles: list[str], rows: list[_Row], problems: Problems) -> Table:
    keys = list(dict.fromkeys(key for _, _, attributes in rows for key in attributes))
    cells = (
        (number, [*known, *(attributes.get(key, "") for key in keys)])
        for number, (_, known, attributes) in enumerate(rows)
    )
    return Table(name, [*titles, *keys], cells, lambda number: rows[number][0], problems)
