"""Coalitions: who takes part, generated or from files, and what luck gives them at month 0."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cisim.coalition.columns import Column
from cisim.coalition.rosters import Roster, Ties, builtin_names, roster

if TYPE_CHECKING:
    from cisim.coalition.generate import Coalition, draw

#: No module here may be called like one of these: importing a submodule sets the package's attribute of its name.
__all__ = ["Coalition", "Column", "Roster", "Ties", "builtin_names", "draw", "roster"]


def __getattr__(name: str) -> object:
    """Import what compiles when it is first asked for: a file can be read without it."""
    if name not in ("Coalition", "draw"):
        raise AttributeError(f"module 'cisim.coalition' has no attribute {name!r}")
    value: object = getattr(import_module("cisim.coalition.generate"), name)
    globals()[name] = value
    return value
