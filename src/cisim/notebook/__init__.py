"""Notebooks: a dial to turn, and checks of answers to exercises.

::

    cisim.notebook.dial("all-five", {"communication.frequency": (0, 8)})     # turn it, and see what changes
    cisim.notebook.check("2.1", answer)                                      # right, or a hint

The dial needs ipywidgets: `python -m uv sync --inexact --extra notebooks`, in the copy of cisim.
"""

from __future__ import annotations

from cisim.notebook.answers import Verdict
from cisim.notebook.checks import check
from cisim.notebook.dials import Dial, dial

__all__ = ["Dial", "Verdict", "check", "dial"]
