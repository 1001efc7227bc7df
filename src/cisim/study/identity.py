"""Identities of a study's runs: job, spans, seeds and hashes. Nothing here needs the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from cisim.coalition.rosters import Roster, Rosters, known_rosters, roster, roster_key
from cisim.dynamics.digest import model_digest
from cisim.dynamics.measures import Measure
from cisim.errors import InputError
from cisim.seeds import first_run_seed
from cisim.study.factors import Value
from cisim.study.manifest import digest_of
from cisim.study.parts import short_hash
from cisim.study.spec import NAMING, Study
from cisim.study.user_code import Code

#: Sources that decide the runs of a user's model in Python, besides those that decide every run.
MESA = ("mesa_model.py", "mesa_agent.py")
#: Sections and fields that decide what is read from coalition files.
COALITION_FIELDS = NAMING | {"activities", "activities.roles"}


@dataclass(frozen=True, eq=False)
class Job:
    """Data that all tasks of a study share. A machine that has none of the study's files can do them."""

    study: Study
    code: Code
    rosters: Rosters  #: the coalitions that the study reads from files, by `roster_key`; see `read_job`.

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """All measures that runs of the study have."""
        with known_rosters(self.rosters):
            return self.study.measures()

    @cached_property
    def contents(self) -> str:
        """A hash of what the study's coalition files say; "" if it has none."""
        digests = {"" if isinstance(each, InputError) else each.digest for each in self.rosters.values()}
        return digest_of(*sorted(digests)) if digests else ""

    @property
    def model_digest(self) -> str:
        """A hash of the sources of the model that the runs use."""
        return model_digest(*(MESA if self.code.model is not None else ()))


class Span(NamedTuple):
    """Replications of one point."""

    point: int
    values: tuple[Value, ...]  #: of the factors.
    first: int  #: first replication.
    last: int  #: the one after the last replication.
    whole: bool = False  #: these are all replications of the point, so that its bands can be made.


def read_job(study: Study, code: Code | None = None) -> Job:
    """Read the coalition files of a study, so that its tasks need none; InputError if one of the base scenario is wrong.

    Levels of factors that name other files, or other outcomes, roles or sectors of these, are read too, in all combinations;
    what is wrong with a level fails its points.
    """
    rosters: dict[Any, Roster | InputError] = {}
    if study.base.coalition.file is not None:
        rosters[roster_key(study.base)] = roster(study.base)
    every = [factor.levels for factor in study.factors]
    deciding = [levels for levels in every if any(COALITION_FIELDS & set(level.settings) for level in levels)]
    for levels in product(*deciding) if deciding else ():
        try:
            scenario = study.base.replace(**{path: value for level in levels for path, value in level.settings.items()})
        except InputError:  # possible only together with other factors' levels, if at all: read where it runs
            continue
        key = roster_key(scenario)
        if scenario.coalition.file is not None and key not in rosters:
            try:
                rosters[key] = roster(scenario, any_degree=True)
            except InputError as error:
                rosters[key] = error
    varied = tuple(factor.parameter for factor in study.factors if factor.parameter)
    return Job(study, replace(code or Code(), varied=varied), rosters)


def seed_of(study: Study, point: int, replication: int) -> int:
    """Return a run's seed: the replication's under common luck, the run's own under independent luck."""
    if study.luck == "common":
        return (first_run_seed(study.seed) + replication) % 2**64
    from cisim.dynamics import luck  # loads Numba

    # What compiled functions give back is a Python integer, which goes in again as another type if it is small.
    key = np.uint64(luck.key(luck.Luck(np.uint64(study.seed), np.int64(0)), luck.STUDY))
    return int(luck.word(key, np.uint64(luck.slot_of(np.uint64(point))), replication))


def point_identity(model: str, scenario: str, contents: str, code: str, varied: Mapping[str, float]) -> str:
    """Hash all that decides a point's runs but their seeds.

    That is the digests of the model, the scenario, its roster and the user's code, and the parameters that vary.
    """
    return digest_of(model, scenario, contents, code, *(f"{name} = {value!r}" for name, value in varied.items()))


def identity_of(point: str, seed: int) -> str:
    """Hash all that decides a run, `point_identity` and its seed: 16 hexadecimal digits that no other run has."""
    return short_hash(f"{point}{seed}".encode())
