"""What every command line shares: options that several commands have, and the asking itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Annotated, Any

import typer

#: What the command line asked for, for `cisim.cli.main` to do.
asked: list[Callable[[], int]] = []

Threads = Annotated[
    int | None,
    typer.Option(metavar="N", help="How many threads work; all processors by default. It changes no result."),
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document for machines, nothing else.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]


def ask(what: str, /, **arguments: Any) -> None:
    """Note what to do once the whole command line is read.

    Args:
        what: `module:function` of `cisim.cli`.
        **arguments: of the function.
    """
    asked.append(partial(_do, what, arguments))


def _do(what: str, arguments: dict[str, Any]) -> int:
    """Import what a command does, and do it."""
    module, _, function = what.partition(":")
    return int(getattr(import_module(f"cisim.cli.{module}"), function)(**arguments) or 0)
