"""What notebooks need: a dial to turn, and answers to check.

::

    cisim.notebook.dial("all-five", {"communication.frequency": (0, 8)})     # turn it, and see what changes
    cisim.notebook.check("2.1", answer)                                      # says whether, and a hint if not

The dial needs ipywidgets: `pip install "cisim[notebooks]"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.notebook.checking import Verdict, check

if TYPE_CHECKING:
    from cisim.notebook.dialling import Dial, dial

__all__ = ["Dial", "Verdict", "check", "dial"]


def __getattr__(name: str) -> object:
    """Import the dial, and with it the pictures, when it is first asked for."""
    if name not in {"Dial", "dial"}:
        raise AttributeError(f"module 'cisim.notebook' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module("cisim.notebook.dialling"), name)
    globals()[name] = value
    return value
