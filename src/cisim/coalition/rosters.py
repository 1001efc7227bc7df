"""The roster of a scenario: who takes part, before luck decides anything.

Organisations are numbered, or come from CSV files of them and their ties, a graph of both, or a network that comes with cisim.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.coalition import columns
from cisim.coalition.columns import Column, Floats, Identities, Ints, Organisations, Reports
from cisim.coalition.gather import gather
from cisim.coalition.graphs import Graph
from cisim.coalition.table import Table, read_csv, shown
from cisim.coalition.titles import is_own
from cisim.errors import InputError, Problems, did_you_mean
from cisim.files import read_bytes
from cisim.scenario.sections import GRAPH_ENDINGS, TABLE_ENDINGS

if TYPE_CHECKING:
    from cisim.scenario import Scenario

LARGEST_OF_ORGANISATIONS, LARGEST_OF_TIES = 50_000_000, 200_000_000
#: Seven real networks of search and rescue (Drabek et al. 1981) come with cisim, and a made-up county.
BUILTIN = "builtin:"
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, eq=False, slots=True)
class Ties:
    """Ties that a file gives."""

    first: Ints  #: (E,) row of one end; ties are in the order of (first, second).
    second: Ints  #: (E,) row of the other end, above `first`.
    given: Floats  #: (E, 3) strength, trust of the first in the second, of the second in the first; NaN if drawn.


@dataclass(frozen=True, eq=False)
class Roster:
    """The organisations of a scenario and what its files say of them. N organisations, D outcomes, R roles.

    Arrays hold NaN where a value is drawn from the run's seed: everywhere in a generated coalition.
    """

    names: tuple[str, ...]  #: of the organisations, in the order of the file.
    sector_names: tuple[str, ...]  #: of the sectors.
    sector: Ints  #: (N,) index of the sector.
    identity: Identities  #: (N,) where the organisation's luck is drawn, its index or, if it comes from a file, a hash of its name.
    resources: Floats  #: (N,) FTE.
    size_rank: Floats  #: (N,) share of the sizes given that are smaller, an equal one counted half.
    commitment: Floats  #: (N,) when joining.
    founder: Floats  #: (N,) 1 if it is there when the coalition starts, 0 if not.
    mission: Floats  #: (N, D), rows sum to 1.
    competence: Floats  #: (N, R).
    mix: Floats  #: (N, R), rows sum to 1.
    ties: Ties | None = None  #: from a file; None if they are generated.
    columns: tuple[Column, ...] = ()  #: what the files gave, for the run to print; empty for a generated coalition.
    contents_hash: str = ""  #: hash of the files' bytes, "" if there are none.

    @property
    def generated(self) -> bool:
        """True if everything comes from the seed."""
        return not self.contents_hash

    @cached_property
    def digest(self) -> str:
        """Hash of all that a run takes from here: the same files read in another way have another digest."""
        ties = (self.ties.first, self.ties.second, self.ties.given) if self.ties else ()
        people = (self.names, self.sector_names, self.sector, self.identity)
        given = (self.resources, self.size_rank, self.commitment, self.founder, self.mission, self.competence, self.mix)
        digest = hashlib.blake2b(digest_size=16)
        for values in map(np.asarray, (*people, *given, *ties)):
            digest.update(f"{values.dtype.str} {values.shape} ".encode() + values.tobytes())
        return digest.hexdigest()


#: Coalitions that were read before, or why one cannot be read, by `roster_key`.
Rosters = Mapping[tuple[Any, ...], Roster | InputError]
_KNOWN: ContextVar[dict[tuple[Any, ...], Roster | InputError]] = ContextVar("known rosters")


def roster_key(scenario: Scenario) -> tuple[Any, ...]:
    """Return all that decides a coalition from files besides what these contain."""
    coalition = scenario.coalition
    names = (scenario.sector_names, scenario.outcome_names, scenario.role_names)
    return (scenario.folder, coalition.file, coalition.ties, *names)


@contextmanager
def known_rosters(rosters: Rosters | None = None) -> Iterator[None]:
    """Let `roster` take coalitions from here instead of from their files, and read each other one once, in this thread."""
    token = _KNOWN.set(dict(rosters or {}))
    try:
        yield
    finally:
        _KNOWN.reset(token)


def roster(scenario: Scenario, *, any_degree: bool = False) -> Roster:
    """Read who takes part in a checked scenario, once for all its runs; with `any_degree`, its mean degree is not checked.

    Raises:
        InputError: a file is missing or wrong; all problems at once.

    Example:
        >>> from cisim.coalition import roster
        >>> from cisim.scenario import Scenario
        >>> roster(Scenario()).names[0]
        'Organisation 1'
    """
    coalition = scenario.coalition
    if coalition.file is None:
        count = coalition.organisations
        numbered = Organisations([f"Organisation {number}" for number in range(1, count + 1)], [""] * count, {}, [])
        return _roster(scenario, numbered, np.arange(count, dtype=np.uint64))
    known, key = _KNOWN.get({}), roster_key(scenario)
    members = known.get(key) or _read_files(scenario)
    if isinstance(members, InputError):
        raise InputError(members.problems)
    known[key] = members
    count = len(members.names)
    degree = scenario.highest("coalition.degree")
    if members.ties is None and degree >= count and not any_degree:
        problem = f"must be less than the organisations in {coalition.file} ({count})"
        raise InputError(f"coalition.degree = {degree:g}: {problem}")
    return members


def _read_files(scenario: Scenario) -> Roster:
    from cisim.dynamics.luck import identities_of_names  # its module loads Numba, which not all need

    problems, unused, contents = Problems(), list[Column](), hashlib.blake2b(digest_size=32)
    people, ties, directed = _read_tables(scenario, problems, unused, contents)
    organisations = columns.read_organisations(scenario, people, ties, unused)
    reports = None if ties is None else columns.read_reports(ties, directed, organisations, unused)
    problems.check()
    identity = identities_of_names(organisations.names)
    if len(np.unique(identity)) < len(identity):
        raise InputError("two organisations' names have the same 64-bit hash: change one of them a little")
    return replace(
        _roster(scenario, organisations, identity),
        ties=None if reports is None else _merge(reports, len(identity), directed),
        columns=(*columns.provenance(scenario, organisations, reports), *unused),
        contents_hash=contents.hexdigest(),
    )


def _read_tables(
    scenario: Scenario, problems: Problems, unused: list[Column], contents: hashlib.blake2b
) -> tuple[Table, Table | None, bool]:
    """Open the files of a scenario, or raise the problems of both; the tables' rows are read when they are used.

    Returns the organisations, the reports of ties (None if ties are generated), and whether a report is that of its source alone.
    """
    file, folder, ties = str(scenario.coalition.file), scenario.folder or Path(), scenario.coalition.ties

    def content_of(path: Path, name: str, largest: int) -> bytes:
        content = read_bytes(path, largest, label=name, what="coalition file")
        contents.update(len(content).to_bytes(8, "little") + content)
        return content

    if file.lower().endswith(GRAPH_ENDINGS):
        graph = Graph(content_of(folder / file, file, LARGEST_OF_ORGANISATIONS), file, problems)
        if left_out := graph.left_out():
            unused.append(Column("other contents", "unused", f"{file}: left out are {left_out}."))
        return graph.table("node", "id"), graph.table("edge", "source", "target"), bool(graph.directed)
    path = folder / file
    if file.startswith(BUILTIN):
        if file not in (known := builtin_names()):
            hint = did_you_mean(file, known)
            raise InputError(f"coalition.file = {shown(file)}: no such coalition comes with cisim; {hint}")
        folder, ties = _FOLDER / file.removeprefix(BUILTIN), "ties.csv"
        path = folder / "organisations.csv"
    contents_of = list[tuple[str, bytes]]()
    for each, name, largest in ((path, file, LARGEST_OF_ORGANISATIONS), (folder / str(ties), ties, LARGEST_OF_TIES)):
        with problems.collected():
            contents_of += [(name, content_of(each, name, largest))] if name else []
    problems.check()
    if not all(is_own(content, ties=index == 1) for index, (_, content) in enumerate(contents_of)):
        gathered = gather(contents_of)
        if ties and gathered.ties is None:
            raise InputError(f"{ties}: holds no ties: it has no columns 'from' and 'to'")
        unused += [note.as_column() for note in gathered.notes]
        return *gathered.tables(problems, scenario.outcome_names), True
    tables: list[Table] = []
    for name, content in contents_of:
        with problems.collected():
            tables.append(read_csv(content, name, problems))
    problems.check()
    return tables[0], tables[1] if ties else None, True


def roster_of_file(file: str | os.PathLike[str]) -> Roster:
    """Read who takes part from a coalition file alone, without a scenario: its outcomes are those for which it has missions.

    Raises:
        InputError: the file is missing or wrong; all problems at once.
    """
    from cisim.scenario import Scenario

    path = Path(file)
    scenario = Scenario(coalition={"file": path.name}).at(path.parent)
    if path.name.lower().endswith(TABLE_ENDINGS):
        content = read_bytes(path, LARGEST_OF_ORGANISATIONS, label=path.name, what="coalition file")
        with suppress(InputError):  # of which the reader below tells
            outcomes = gather([(path.name, content)]).outcomes
            scenario = scenario.replace(**{"community.outcomes": [{"name": name} for name in outcomes] or None})
    return roster(scenario, any_degree=True)


def builtin_names() -> tuple[str, ...]:
    """List what `coalition.file` may name instead of a file."""
    folders = sorted(file.parent for file in _FOLDER.glob("*/*/organisations.csv"))
    return tuple(f"{BUILTIN}{folder.parent.name}/{folder.name}" for folder in folders)


def _roster(scenario: Scenario, organisations: Organisations, identity: Identities) -> Roster:
    numbers, unknown = organisations.numbers, np.full(len(organisations.names), np.nan)
    sector_names, sector = _sectors(organisations.sectors, identity, scenario.sector_names)
    # A size is used only where the file has no resources, which say more.
    ranked = "size" in numbers and "resources" not in numbers
    roles = scenario.role_names
    return Roster(
        names=tuple(organisations.names),
        sector_names=sector_names,
        sector=sector,
        identity=identity,
        resources=numbers.get("resources", unknown),
        size_rank=_ranks(numbers["size"]) if ranked else unknown,
        commitment=numbers.get("commitment", unknown),
        founder=numbers.get("founder", unknown),
        mission=columns.shares(organisations, "mission", scenario.outcome_names),
        competence=np.stack([numbers.get(f"competence.{role}", unknown) for role in roles], axis=1),
        mix=columns.shares(organisations, "mix", roles),
    )


def _sectors(sectors: Sequence[str], identity: Identities, of_scenario: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """Name the sectors and index each organisation's; if none is given, deal out the scenario's by identity."""
    if any(sectors):
        filled = [name or columns.NO_SECTOR for name in sectors]
        names = sorted(set(filled))
        return tuple(names), np.array([names.index(name) for name in filled], dtype=np.int64)
    sector = np.empty(len(sectors), np.int64)
    sector[np.argsort(identity)] = np.arange(len(sectors)) % len(of_scenario)
    return tuple(of_scenario), sector


def _ranks(size: Floats) -> Floats:
    """Rank each size given at (rank - 1/2)/n; equal sizes share their mean rank."""
    known = np.sort(size[~np.isnan(size)])
    below, up_to = np.searchsorted(known, size, "left"), np.searchsorted(known, size, "right")
    return np.where(np.isnan(size), np.nan, (below + up_to) / 2 / max(1, len(known)))


def _merge(reports: Reports, count: int, directed: bool) -> Ties:
    """Make one tie of each pair that anyone reports: the stronger of two strengths, trust by direction."""
    numbers, unknown = reports.numbers, np.full(len(reports.source), np.nan)
    strength = numbers.get("strength", (5 - numbers.get("frequency", unknown)) / 4)
    trust = numbers.get("trust", unknown)
    low, high = np.minimum(reports.source, reports.target), np.maximum(reports.source, reports.target)
    pairs, tie = np.unique(low * count + high, return_inverse=True)
    given = np.full((len(pairs), 3), np.nan)
    np.fmax.at(given[:, 0], tie, strength)
    side = (reports.source > reports.target).astype(np.int64)
    given[tie, 1 + side] = trust
    if not directed:
        given[tie, 2 - side] = trust
    return Ties(pairs // count, pairs % count, given)
