"""What a study's runs are known by: job, points, seeds, and a hash of the model. Nothing here needs the engine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cisim.dynamics.digest import model_digest as model_digest
from cisim.study.factors import Value
from cisim.study.spec import Study
from cisim.study.user_code import Code


@dataclass(frozen=True)
class Job:
    """What all tasks of a study share.

    Attributes:
        study: what is asked.
        code: the user's own.
        contents: a hash of what the base scenario's coalition files say; "" if it has none.
    """

    study: Study
    code: Code
    contents: str


class Span(NamedTuple):
    """Replications of one point.

    Attributes:
        point: its number.
        values: of the factors.
        first: first replication.
        last: the one after the last replication.
    """

    point: int
    values: tuple[Value, ...]
    first: int
    last: int


# --- what a run is known by -----------------------------------------------------------------------------


def seed_of(study: Study, point: int, replication: int) -> int:
    """The seed of a run: of the replication alone, or its own if luck is independent; never of who does it."""
    if study.luck == "common":
        return (study.seed + replication) % 2**64
    from cisim.dynamics import luck  # its home compiles

    # What compiled functions give back is a Python integer, which goes in again as another type if it is small.
    key = np.uint64(luck.key(luck.Luck(np.uint64(study.seed), np.int64(0)), luck.STUDY))
    return int(luck.word(key, np.uint64(luck.slot_of(np.uint64(point))), replication))


def point_identity(model: str, scenario: str, contents: str, code: str) -> str:
    """What the runs of a point are known by, but for their seeds.

    Args:
        model: `model_digest()`.
        scenario: the scenario's digest.
        contents: hash of the contents of its coalition files.
        code: digest of the user's own code.
    """
    return hashlib.blake2b("\n".join((model, scenario, contents, code)).encode(), digest_size=16).hexdigest()


def identity_of(point: str, seed: int) -> str:
    """What a run is known by: 16 hexadecimal digits that no other run has.

    Args:
        point: `point_identity`.
        seed: of the run.
    """
    return hashlib.blake2b(f"{point}{seed}".encode(), digest_size=8).hexdigest()
