"""Commands that tell what there is: shipped scenarios, a new file, the schema."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cisim.cli.terminal import document, dumped, say, table
from cisim.errors import InputError
from cisim.files import replace_file
from cisim.scenario import commented_toml, json_schema, load, shipped


def scenarios(name: str | None, json: bool) -> None:
    """`cisim scenarios`: all with their questions, or the file of one."""
    if name is not None:
        if name not in shipped():
            load(name)  # says what is wrong with the name, or that it is a file of the user's own
            raise InputError(f"{name}: does not come with cisim: it is a file")
        text = shipped()[name].read_text(encoding="utf-8")
        if json:
            document({"command": "scenarios", "name": name, "toml": text})
        else:
            sys.stdout.write(text)
        return
    told = {each: question(path.read_text(encoding="utf-8")) for each, path in shipped().items()}
    if json:
        document(
            {
                "command": "scenarios",
                "scenarios": [{"name": each, "question": asks} for each, asks in told.items()],
            }
        )
        return
    table("", ["scenario", "what it asks"], list(told.items()), left=2)
    say()
    say("Run one: cisim run NAME. Compare some: cisim compare NAME NAME. See its file: cisim scenarios NAME.")


def question(toml: str) -> str:
    """The question in the head comment of a scenario: its first paragraph.

    Example:
        >>> question('# Who comes,' + chr(10) + '# and why?' + chr(10) + '#' + chr(10) + '# More.')
        'Who comes, and why?'
    """
    lines = []
    for line in toml.splitlines():
        words = line.removeprefix("#").strip()
        if not line.startswith("#") or not words:
            break
        lines.append(words)
    return " ".join(lines)


def new(file: Path) -> None:
    """`cisim new`: a commented scenario in a file that is not there yet."""
    write_new(file, commented_toml())
    say(f"Wrote {file}: every field stands in it as a comment; take the # away from what you want to change.")
    say(f"Next: cisim check {file}, then: cisim run {file}")


def write_new(file: Path, text: str) -> None:
    """Write a TOML file that is not there yet.

    Raises:
        InputError: another ending, there already, or not to be written.
    """
    if file.suffix.lower() != ".toml":
        raise InputError(f"{file}: must end in .toml")
    if os.path.lexists(file):
        raise InputError(f"{file}: is there already; choose another name")
    try:
        replace_file(file, lambda to: to.write(text.encode()))
    except OSError as error:
        if not file.parent.exists():
            raise InputError(f"{file}: there is no folder {file.parent}") from None
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from None


def schema() -> None:
    """`cisim schema`."""
    print(dumped(json_schema()))
