"""Environment for cisim in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "src"


def environment(**changes: str) -> dict[str, str]:
    """Copy this process's environment, with Python finding these sources."""
    path = os.pathsep.join([str(SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, **changes}
