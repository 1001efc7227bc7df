"""`cisim scenarios`: the scenarios that come with cisim, listed or one shown."""

from __future__ import annotations

import sys
from itertools import takewhile
from typing import Annotated

from cisim.cli.options import Json, argument, scenario_names
from cisim.cli.terminal import say, table, write_document
from cisim.errors import InputError


def scenarios(
    name: Annotated[str | None, argument("[NAME]", "Show the file of this one, to copy from.", scenario_names)] = None,
    json: Json = False,
) -> None:
    """List the scenarios that come with cisim, or show one."""
    from cisim.scenario import load, shipped

    if name is None:
        questions = {name: question(path.read_text(encoding="utf-8")) for name, path in shipped().items()}
        if json:
            rows = [{"name": name, "question": text} for name, text in questions.items()]
            write_document("scenarios", scenarios=rows)
            return
        table("", ["scenario", "what it asks"], list(questions.items()), left=2)
        say("\nRun one: cisim run NAME. Compare some: cisim compare NAME NAME. See its file: cisim scenarios NAME.")
        return
    if name not in shipped():
        load(name)  # says what is wrong with the name, or that it is a file of the user's own
        raise InputError(f"{name}: does not come with cisim: it is a file")
    text = shipped()[name].read_text(encoding="utf-8")
    if json:
        write_document("scenarios", name=name, toml=text)
    else:
        sys.stdout.write(text)


def question(toml: str) -> str:
    """Read the question in the head comment of a scenario: its first paragraph."""
    head = takewhile(lambda line: line.startswith("#") and line[1:].strip(), toml.splitlines())
    return " ".join(line[1:].strip() for line in head)
