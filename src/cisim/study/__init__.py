"""Studies: a design over a scenario's fields, run many times, kept in a store that survives a stop of any kind.

Example:
    >>> from cisim.study import read, run  # doctest: +SKIP
    >>> store = run(read("study.toml"), "results")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisim.study.file import parse, read, to_text
    from cisim.study.planning import Plan, planned
    from cisim.study.reading import summary
    from cisim.study.runner import Progress
    from cisim.study.session import extend, run
    from cisim.study.spec import Study
    from cisim.study.store import Store
    from cisim.study.user_code import Code

__all__ = [
    "Code",
    "Plan",
    "Progress",
    "Store",
    "Study",
    "extend",
    "parse",
    "planned",
    "read",
    "run",
    "summary",
    "to_text",
]

_HOMES = {
    "Code": "user_code",
    "Plan": "planning",
    "Progress": "runner",
    "Store": "store",
    "Study": "spec",
    "extend": "session",
    "parse": "file",
    "planned": "planning",
    "read": "file",
    "run": "session",
    "summary": "reading",
    "to_text": "file",
}


def __getattr__(name: str) -> object:
    """Import the home of a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cisim.study' has no attribute {name!r}")
    value: object = getattr(import_module(f"cisim.study.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
