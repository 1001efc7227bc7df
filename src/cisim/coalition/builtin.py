"""Coalitions that come with cisim: seven real networks of search and rescue (Drabek et al. 1981)."""

from __future__ import annotations

from pathlib import Path

from cisim.coalition.sheets import did_you_mean, shown
from cisim.errors import InputError

PREFIX = "builtin:"
_FOLDER = Path(__file__).parent


def builtin_names() -> tuple[str, ...]:
    """What `coalition.file` may name instead of a file.

    Example:
        >>> builtin_names()[5]
        'builtin:emon/Texas'
    """
    folders = sorted(file.parent.name for file in _FOLDER.glob("emon/*/organisations.csv"))
    return tuple(f"{PREFIX}emon/{name}" for name in folders)


def builtin_files(name: str) -> tuple[Path, Path]:
    """The files of organisations and of ties of a coalition that comes with cisim.

    Raises:
        InputError: there is none of this name.
    """
    known = builtin_names()
    if name not in known:
        raise InputError(
            f"coalition.file = {shown(name)}: no such coalition comes with cisim{did_you_mean(name, known)}; "
            f"there are {', '.join(known)}"
        )
    folder = _FOLDER / name.removeprefix(PREFIX)
    return folder / "organisations.csv", folder / "ties.csv"
