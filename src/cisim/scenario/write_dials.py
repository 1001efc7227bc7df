"""Generator of `cisim/dynamics/dials.py`: `python -m cisim.scenario.write_dials`."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

from cisim.scenario.catalogue import fields

TARGET = Path(__file__).parents[1] / "dynamics" / "dials.py"
HEAD = '''"""Indices of a scenario's numeric fields in a month's row of dials.

Written by `python -m cisim.scenario.write_dials` from the scenario's sections: do not edit. After the fields come the
trends of the outcomes, one each, from `TRENDS`.
"""

from __future__ import annotations

'''


def text() -> str:
    """Return the source of the module."""
    names = [info.path.replace(".", "_").upper() for info in fields() if info.numeric]
    wrapped = fill(", ".join(names), 116, initial_indent="    ", subsequent_indent="    ")
    return f"{HEAD}(\n{wrapped},\n) = range({len(names)})  # fmt: skip\n\nCOUNT = {len(names)}\nTRENDS = COUNT\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
