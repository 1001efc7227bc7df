"""`cisim scenarios`: the scenarios that come with cisim."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cisim.cli.options import Json, complete_scenario
from cisim.cli.terminal import say, table
from cisim.errors import InputError
from cisim.report.format import json_text


def scenarios(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="Show the file of this one, to copy from.", autocompletion=complete_scenario
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the scenarios that come with cisim, with the question that each one asks."""
    from cisim.report.documents import document
    from cisim.scenario import load, shipped

    if name is None:
        questions = {name: question(path.read_text(encoding="utf-8")) for name, path in shipped().items()}
        if json:
            rows = [{"name": name, "question": asked} for name, asked in questions.items()]
            print(json_text(document("scenarios", scenarios=rows)))
            return
        table("", ["scenario", "what it asks"], list(questions.items()), left=2)
        say()
        say("Run one: cisim run NAME. Compare some: cisim compare NAME NAME. See its file: cisim scenarios NAME.")
        return
    if name not in shipped():
        load(name)  # says what is wrong with the name, or that it is a file of the user's own
        raise InputError(f"{name}: does not come with cisim: it is a file")
    text = shipped()[name].read_text(encoding="utf-8")
    if json:
        print(json_text(document("scenarios", name=name, toml=text)))
    else:
        sys.stdout.write(text)


def question(toml: str) -> str:
    """Read the question in the head comment of a scenario: its first paragraph."""
    lines = []
    for line in toml.splitlines():
        words = line.removeprefix("#").strip()
        if not line.startswith("#") or not words:
            break
        lines.append(words)
    return " ".join(lines)
