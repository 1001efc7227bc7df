"""Who takes part: coalitions from the seed or from files, and what luck gives them at month 0."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cisim.coalition.builtin import builtin_names
from cisim.coalition.columns import Column
from cisim.coalition.rosters import Roster, Ties, roster

if TYPE_CHECKING:
    from cisim.coalition.draw import Coalition, draw

__all__ = ["Coalition", "Column", "Roster", "Ties", "builtin_names", "draw", "roster"]

#: Names whose home compiles: a file can be read without it.
_COMPILED = {"Coalition", "draw"}


def __getattr__(name: str) -> object:
    """Import what compiles when it is first asked for."""
    if name not in _COMPILED:
        raise AttributeError(f"module 'cisim.coalition' has no attribute {name!r}")
    module = import_module("cisim.coalition.draw")
    globals().update(
        {each: getattr(module, each) for each in _COMPILED}
    )  # the import has set `draw` to the module
    return globals()[name]
