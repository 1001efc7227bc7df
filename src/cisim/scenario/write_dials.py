"""Generator of `cisim/dynamics/dials.py`: `python -m cisim.scenario.write_dials`."""

from __future__ import annotations

from pathlib import Path

from cisim.scenario.catalogue import fields

HEAD = '''"""Where each numeric field of a scenario stands in one month's row of dials.

Generated from the scenario's models by `python -m cisim.scenario.write_dials`: do not edit. After the fields
come the trends of the outcomes, one each, from `TRENDS`.
"""

from __future__ import annotations

'''
TARGET = Path(__file__).parent.parent / "dynamics" / "dials.py"


def constant(path: str) -> str:
    """Name a field's place.

    Example:
        >>> constant("backbone.allocation.engage")
        'BACKBONE_ALLOCATION_ENGAGE'
    """
    return path.replace(".", "_").upper()


def text() -> str:
    """Write the module as it should be."""
    names = [constant(info.path) for info in fields() if info.numeric]
    lines = [f"{name} = {index}\n" for index, name in enumerate(names)]
    return HEAD + "".join(lines) + f"\nCOUNT = {len(names)}\nTRENDS = COUNT\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
