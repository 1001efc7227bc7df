"""Who takes part: the organisations of a scenario, generated or from files, before luck decides anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.builtin import PREFIX, builtin_files
from cisim.coalition.columns import (
    Column,
    Organisations,
    Reports,
    portions,
    read_organisations,
    read_reports,
)
from cisim.coalition.graphml import read_graphml
from cisim.coalition.sheets import Problems, Sheet, read_bytes, read_csv
from cisim.coalition.told import NO_SECTOR, told
from cisim.errors import InputError

if TYPE_CHECKING:
    from cisim.scenario import Scenario

MOST_BYTES_OF_ORGANISATIONS = 50_000_000
MOST_BYTES_OF_TIES = 200_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Ties:
    """Ties that a file gives.

    Attributes:
        first: (E,) row of one end; ties are in the order of (first, second).
        second: (E,) row of the other end, above `first`.
        given: (E, 3) strength, trust of the first in the second, of the second in the first; NaN: drawn.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    given: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Roster:
    """The organisations of a scenario and what its files say of them. N organisations, D outcomes, R roles.

    Arrays hold NaN where a value is drawn from the run's seed: everywhere in a generated coalition.

    Attributes:
        names: of the organisations, in the order of the file.
        sector_names: of the sectors.
        sector: (N,) index of the sector.
        identity: (N,) where the organisation's luck is drawn: its index, or a hash of its name if it comes
            from a file.
        generated: does everything come from the seed?
        resources: (N,) FTE.
        size_score: (N,) standard normal score of the rank of the size given.
        commitment: (N,) when joining.
        mission: (N, D), rows sum to 1.
        competence: (N, R).
        mix: (N, R), rows sum to 1.
        ties: from a file; None: generated.
        columns: what the files gave, for the run to print.
        contents_hash: hash of the files' bytes, "" if there are none.
    """

    names: tuple[str, ...]
    sector_names: tuple[str, ...]
    sector: NDArray[np.int64]
    identity: NDArray[np.uint64]
    generated: bool
    resources: NDArray[np.float64]
    size_score: NDArray[np.float64]
    commitment: NDArray[np.float64]
    mission: NDArray[np.float64]
    competence: NDArray[np.float64]
    mix: NDArray[np.float64]
    ties: Ties | None
    columns: tuple[Column, ...]
    contents_hash: str

    @cached_property
    def digest(self) -> str:
        """Hash of all that a run takes from here: the same files read in another way have another digest."""
        ties = (self.ties.first, self.ties.second, self.ties.given) if self.ties else ()
        people = (self.names, self.sector_names, self.sector, self.identity)
        given = (self.resources, self.size_score, self.commitment, self.mission, self.competence, self.mix)
        digest = hashlib.blake2b(digest_size=16)
        for part in (*people, *given, *ties):
            values = np.asarray(part)
            digest.update(f"{values.dtype.str} {values.shape} ".encode() + values.tobytes())
        return digest.hexdigest()


#: All that decides a coalition from files besides what these contain; see `roster_key`.
RosterKey = tuple[Any, ...]
#: Coalitions that were read before, or why one cannot be read.
Rosters = Mapping[RosterKey, Roster | InputError]
_KNOWN: ContextVar[Rosters] = ContextVar("known rosters")


def roster_key(scenario: Scenario) -> RosterKey:
    """Return all that decides a coalition from files besides what these contain."""
    coalition = scenario.coalition
    names = (scenario.sector_names, scenario.outcome_names, scenario.role_names)
    return (scenario.folder, coalition.file, coalition.ties, *names)


@contextmanager
def known_rosters(rosters: Rosters) -> Iterator[None]:
    """Let `roster` take coalitions from here instead of from their files, in this thread."""
    token = _KNOWN.set(rosters)
    try:
        yield
    finally:
        _KNOWN.reset(token)


def roster(scenario: Scenario, *, any_degree: bool = False) -> Roster:
    """Who takes part in a scenario. Files are read here, once, however many runs follow.

    Args:
        scenario: a checked scenario.
        any_degree: read the files for scenarios of other mean degrees too; this one's is not checked.

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
        return _generated(scenario)
    known = _KNOWN.get({}).get(roster_key(scenario))
    if isinstance(known, InputError):
        raise InputError(known.problems)
    if known is not None:
        if known.ties is None and (too_dense := _too_dense(scenario, len(known.names))) and not any_degree:
            raise InputError(too_dense)
        return known
    problems, columns = Problems(), list[Column]()
    contents = hashlib.blake2b(digest_size=32)
    organisations_sheet, ties_sheet, directed = _sheets(scenario, problems, contents)
    organisations = read_organisations(
        organisations_sheet, scenario.outcome_names, scenario.role_names, columns
    )
    reports = read_reports(ties_sheet, organisations.names, columns) if ties_sheet is not None else None
    if reports is None and (too_dense := _too_dense(scenario, len(organisations.names))) and not any_degree:
        problems.add(too_dense)
    problems.stop_if_any()
    return _imported(scenario, organisations, reports, directed, columns, contents.hexdigest())


def _too_dense(scenario: Scenario, count: int) -> str | None:
    """Say that the mean degree of generated ties is too large for the organisations of a file."""
    coalition = scenario.coalition
    if not coalition.degree >= count > 1:
        return None
    return f"coalition.degree = {coalition.degree:g}: must be less than the organisations in {coalition.file} ({count})"


def _generated(scenario: Scenario) -> Roster:
    count = scenario.coalition.organisations
    sectors = scenario.sector_names
    unknown = np.full(count, np.nan)
    roles = np.full((count, len(scenario.role_names)), np.nan)
    return Roster(
        names=tuple(f"Organisation {number}" for number in range(1, count + 1)),
        sector_names=tuple(sectors),
        sector=np.arange(count, dtype=np.int64) % len(sectors),
        identity=np.arange(count, dtype=np.uint64),
        generated=True,
        resources=unknown,
        size_score=unknown,
        commitment=unknown,
        mission=np.full((count, len(scenario.outcome_names)), np.nan),
        competence=roles,
        mix=roles,
        ties=None,
        columns=(),
        contents_hash="",
    )


def _sheets(
    scenario: Scenario, problems: Problems, contents: hashlib.blake2b
) -> tuple[Sheet, Sheet | None, bool]:
    """The sheets of organisations and ties, and whether ties have a direction; the bytes go into the hash."""
    file, ties = str(scenario.coalition.file), scenario.coalition.ties
    folder = scenario.folder or Path()

    def bytes_of(path: Path, name: str, most: int) -> bytes:
        data = read_bytes(path, name, most)
        contents.update(len(data).to_bytes(8, "little") + data)
        return data

    if file.lower().endswith(".graphml"):
        return read_graphml(bytes_of(folder / file, file, MOST_BYTES_OF_TIES), file, problems)
    if file.startswith(PREFIX):
        (path, ties_path), ties = builtin_files(file), "ties.csv"
    else:
        path, ties_path = folder / file, folder / (ties or "")
    failures: list[str] = []
    sheets: list[Sheet | None] = []
    for each, name, most in (
        (path, file, MOST_BYTES_OF_ORGANISATIONS),
        (ties_path, ties, MOST_BYTES_OF_TIES),
    ):
        try:
            sheets.append(None if name is None else read_csv(bytes_of(each, name, most), name, problems))
        except InputError as error:
            failures.extend(error.problems)
    if failures:
        raise InputError(failures)
    organisations, reports = sheets
    assert organisations is not None
    return organisations, reports, True


def _imported(
    scenario: Scenario,
    organisations: Organisations,
    reports: Reports | None,
    directed: bool,
    columns: list[Column],
    contents_hash: str,
) -> Roster:
    from cisim.dynamics.luck import (
        identities_of_names,
    )  # its home compiles, which coalitions without files need not

    identity = identities_of_names(organisations.names)
    if len(np.unique(identity)) < len(identity):
        raise InputError("two organisations' names have the same 64-bit hash: change one of them a little")
    numbers, count = organisations.numbers, len(organisations.names)
    unknown = np.full(count, np.nan)
    sector_names, sector = _sectors(organisations.sectors, identity, scenario.sector_names)
    ranked = "size" in numbers and "resources" not in numbers
    size_score = _scores(numbers["size"]) if ranked else unknown
    roles = scenario.role_names
    competence = [numbers.get(f"competence.{role}", unknown) for role in roles]
    return Roster(
        names=tuple(organisations.names),
        sector_names=sector_names,
        sector=sector,
        identity=identity,
        generated=False,
        resources=numbers.get("resources", unknown),
        size_score=size_score,
        commitment=numbers.get("commitment", unknown),
        mission=portions(organisations, "mission", scenario.outcome_names),
        competence=np.stack(competence, axis=1),
        mix=portions(organisations, "mix", roles),
        ties=None if reports is None else _merged(reports, count, directed),
        columns=(*told(scenario, organisations, reports), *columns),
        contents_hash=contents_hash,
    )


def _sectors(
    named: Sequence[str], identity: NDArray[np.uint64], of_scenario: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of sectors and each organisation's; if the file has none, the scenario's in turn, by identity."""
    if any(named):
        filled = [name or NO_SECTOR for name in named]
        names = sorted(set(filled))
        index = {name: place for place, name in enumerate(names)}
        return tuple(names), np.array([index[name] for name in filled], dtype=np.int64)
    sector = np.empty(len(named), np.int64)
    sector[np.argsort(identity)] = np.arange(len(named)) % len(of_scenario)
    return tuple(of_scenario), sector


def _scores(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal score at (rank - 1/2)/n of each size given; equal sizes share their mean rank."""
    known = np.sort(size[~np.isnan(size)])
    below, up_to = np.searchsorted(known, size, "left"), np.searchsorted(known, size, "right")
    inverse = NormalDist().inv_cdf
    return np.array(
        [
            np.nan if np.isnan(own) else inverse((first + last) / 2 / len(known))
            for own, first, last in zip(size, below, up_to, strict=True)
        ]
    )


def _merged(reports: Reports, count: int, directed: bool) -> Ties:
    """One tie of each pair that anyone reports: the stronger of the two strengths, trust by direction."""
    numbers = reports.numbers
    unknown = np.full(len(reports.source), np.nan)
    strength = numbers.get("strength", (5 - numbers["frequency"]) / 4 if "frequency" in numbers else unknown)
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
