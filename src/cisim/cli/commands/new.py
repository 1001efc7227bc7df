"""`cisim new`: a commented scenario file to begin from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cisim.cli.options import argument
from cisim.cli.terminal import say
from cisim.errors import InputError, writing


def new(file: Annotated[Path, argument("[FILE]", "A file that is not there yet.")] = Path("scenario.toml")) -> None:
    """Write a commented scenario file to begin from."""
    from cisim.scenario import commented_toml

    write_new(file, commented_toml())
    say(f"Wrote {file}: every field stands in it as a comment; take the # away from what you want to change.")
    say(f"Next: cisim check {file}, then: cisim run {file}")


def write_new(file: Path, text: str) -> None:
    """Write a TOML file that is not there yet; raise InputError where that cannot be."""
    from cisim.files import replace_file

    if file.suffix.lower() != ".toml":
        raise InputError(f"{file}: must end in .toml")
    if os.path.lexists(file):
        raise InputError(f"{file}: is there already; choose another name")
    if not file.parent.exists():
        raise InputError(f"{file}: there is no folder {file.parent}")
    with writing(file):
        replace_file(file, lambda opened: opened.write(text.encode()))
