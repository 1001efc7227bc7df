"""Make constraints.txt, for pip, from what `[tool.uv]` in pyproject.toml names; `--check` only compares."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

root = Path(__file__).parent.parent
pins = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["uv"]["constraint-dependencies"]
text = "# Made from pyproject.toml by `python .ci/constraints.py`: do not edit.\n" + "\n".join(pins) + "\n"
target = root / "constraints.txt"
if "--check" in sys.argv:
    if target.read_text() != text:
        sys.exit("constraints.txt differs from pyproject.toml: run `python .ci/constraints.py`")
else:
    target.write_text(text)
