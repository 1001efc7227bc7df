"""Notebooks: a dial to turn, and checks of answers to exercises.

::

    cisim.notebook.dial("all-five", {"communication.frequency": (0, 8)})     # turn it, and see what changes
    cisim.notebook.check("2.1", answer)                                      # right, or a hint

The dial needs ipywidgets: `python -m uv sync --inexact --extra notebooks`, in the copy of cisim.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cisim.notebook.answers import Verdict
from cisim.notebook.checks import check

if TYPE_CHECKING:
    from cisim.notebook.dials import Dial, dial

__all__ = ["Dial", "Verdict", "check", "dial"]


def __getattr__(name: str) -> object:
    """Import the dial, and with it the pictures, when it is first used."""
    if name not in {"Dial", "dial"}:
        raise AttributeError(f"module 'cisim.notebook' has no attribute {name!r}")
    return getattr(import_module("cisim.notebook.dials"), name)
