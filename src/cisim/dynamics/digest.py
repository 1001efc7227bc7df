"""The digest of the sources that decide a run: stores of studies and compiled code are known by it."""

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
    "coalition/generate.py",
    "coalition/landscape.py",
    "coalition/networks.py",
)
PACKAGE = Path(__file__).parents[1]


def sources(names: Iterable[str] = DECIDING) -> tuple[Path, ...]:
    """The source files of some folders and files of the package, sorted."""
    return tuple(
        source
        for name in sorted(names)
        for source in (sorted((PACKAGE / name).rglob("*.py")) if "." not in name else [PACKAGE / name])
    )


@cache
def model_digest(*also: str) -> str:
    """A hash of the sources that decide what a run gives: 32 hexadecimal digits.

    Args:
        *also: folders and files of the package that decide besides, such as a model in Python.
    """
    digest = hashlib.blake2b(digest_size=16)
    for source in sources((*DECIDING, *also)):
        content = source.read_bytes().replace(b"\r\n", b"\n")
        digest.update(source.relative_to(PACKAGE).as_posix().encode() + hashlib.blake2b(content).digest())
    return digest.hexdigest()
