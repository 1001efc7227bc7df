"""Generator of `cisim/dynamics/dials.py`: `python -m cisim.scenario.write_dials`."""

from __future__ import annotations

from itertools import groupby
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


def constant(path: str) -> str:
    """Return the name of a field's index, such as BACKBONE_ALLOCATION_ENGAGE."""
    return path.replace(".", "_").upper()


def text() -> str:
    """Return the source of the module."""
    lines, count = [HEAD], 0
    for _, group in groupby((info for info in fields() if info.numeric), key=lambda info: info.section):
        names = [constant(info.path) for info in group]
        start, count = count, count + len(names)
        numbers = f"range({start}, {count})" if start else f"range({count})"
        wrapped = fill(", ".join(names), 106, initial_indent="    ", subsequent_indent="    ")
        lines.append(f"(\n{wrapped},\n) = {numbers}  # fmt: skip\n")
    return "".join(lines) + f"\nCOUNT = {count}\nTRENDS = COUNT\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
