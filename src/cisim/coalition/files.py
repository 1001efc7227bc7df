"""Files of a coalition: CSV of organisations and of ties, a graph of both, or a network that comes with cisim."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cisim.coalition.graphs import Graph
from cisim.coalition.table import Table, read_csv, shown
from cisim.errors import InputError, Problems, did_you_mean
from cisim.files import read_bytes
from cisim.scenario.sections import GRAPH_ENDINGS

if TYPE_CHECKING:
    from cisim.scenario import Scenario

LARGEST_OF_ORGANISATIONS, LARGEST_OF_TIES = 50_000_000, 200_000_000
#: Seven real networks of search and rescue (Drabek et al. 1981) come with cisim.
PREFIX = "builtin:"
_FOLDER = Path(__file__).parent


class Tables(NamedTuple):
    """Tables of a coalition."""

    organisations: Table  # a row each
    ties: Table | None  # a row for each report of a tie; None: ties are generated
    directed: bool  # a report is that of the organisation `from`
    contents_hash: str  # of the files' bytes
    left_out: str = ""  # what of a graph is not read


def read_tables(scenario: Scenario, problems: Problems) -> Tables:
    """Open the files of a scenario, or raise the problems of both; the tables' rows are read when they are used."""
    file, folder, ties = str(scenario.coalition.file), scenario.folder or Path(), scenario.coalition.ties
    contents = hashlib.blake2b(digest_size=32)

    def content_of(path: Path, name: str, largest: int) -> bytes:
        content = read_bytes(path, largest, label=name, what="coalition file")
        contents.update(len(content).to_bytes(8, "little") + content)
        return content

    if file.lower().endswith(GRAPH_ENDINGS):
        graph = Graph(content_of(folder / file, file, LARGEST_OF_ORGANISATIONS), file, problems)
        nodes, edges = graph.table("node", "id"), graph.table("edge", "source", "target")
        return Tables(nodes, edges, bool(graph.directed), contents.hexdigest(), graph.left_out())
    path = folder / file
    if file.startswith(PREFIX):
        if file not in (known := builtin_names()):
            hint = did_you_mean(file, known)
            raise InputError(f"coalition.file = {shown(file)}: no such coalition comes with cisim; {hint}")
        folder, ties = _FOLDER / file.removeprefix(PREFIX), "ties.csv"
        path = folder / "organisations.csv"
    tables: list[Table] = []
    for each, name, largest in ((path, file, LARGEST_OF_ORGANISATIONS), (folder / str(ties), ties, LARGEST_OF_TIES)):
        with problems.collected():
            tables += [read_csv(content_of(each, name, largest), name, problems)] if name else []
    problems.check()
    return Tables(tables[0], tables[1] if ties else None, True, contents.hexdigest())


def builtin_names() -> tuple[str, ...]:
    """List what `coalition.file` may name instead of a file.

    Example:
        >>> builtin_names()[5]
        'builtin:emon/Texas'
    """
    folders = sorted(file.parent.name for file in _FOLDER.glob("emon/*/organisations.csv"))
    return tuple(f"{PREFIX}emon/{name}" for name in folders)
