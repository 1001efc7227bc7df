"""Digest of the sources that decide a run: stores of studies and compiled code are keyed by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

#: Folders and files of the package that decide what a run gives, and nothing else does.
DECIDING = (
    "dynamics",
    "engine.py",
    "scenario/compile.py",
    "scenario/draws.py",
    "coalition/generate.py",
    "coalition/given.py",
    "coalition/landscape.py",
    "coalition/networks.py",
)
PACKAGE = Path(__file__).parents[1]


def sources(names: Iterable[str] = DECIDING) -> tuple[Path, ...]:
    """Return the source files of some folders and files of the package, sorted by name."""
    every = (sorted((PACKAGE / name).rglob("*.py")) or [PACKAGE / name] for name in sorted(names))
    return tuple(source for files in every for source in files)


@cache
def model_digest(*also: str) -> str:
    """Hash the sources that decide what a run gives, and those of `also`, such as a model in Python: 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    for source in sources((*DECIDING, *also)):
        content = source.read_bytes().replace(b"\r\n", b"\n")
        digest.update(source.relative_to(PACKAGE).as_posix().encode() + hashlib.blake2b(content).digest())
    return digest.hexdigest()
