"""`cisim import`: a coalition out of files as people keep them, written as a folder with a plan."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cisim.cli.options import Json, Overwrite, argument, option
from cisim.cli.terminal import announce_first_use, say, write_document
from cisim.errors import InputError, Problems, did_you_mean
from cisim.report.format import plural

if TYPE_CHECKING:
    from cisim.report.imported import Imported

_FILES = "Lists of partners and of ties: workbooks, CSV, Kumu, Gephi, GraphML, GEXF, GML, a square matrix, a survey."
_OUT = "Folder to write; made if it is not there."
_MAP = (
    "What a title, word or name in the files means: a column (see docs/coalition-files.md), none to leave it out, a number from 0 "
    "to 1, or the partner or sector that it is; may be given several times."
)
_OFTEN = "Which end of a scale of frequency is most often: high or low."
_AS = "Write it for another program too: graphml, or kumu; may be given several times."


def import_(
    files: Annotated[list[Path], argument("FILE...", _FILES)],
    out: Annotated[Path, option("FOLDER", _OUT)],
    named: Annotated[list[str] | None, option("TEXT=MEANING", _MAP, "--map")] = None,
    often: Annotated[str | None, option("END", _OFTEN, known=lambda: ("high", "low"))] = None,
    also: Annotated[list[str] | None, option("PROGRAM", _AS, "--as", known=lambda: ("graphml", "kumu"))] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Make a coalition of your own files, with a plan to fill in.

    Reads lists of partners and ties as they are, and writes organisations.csv, ties.csv, plan.toml, network.png and import.md,
    which says what was used, assumed, left out and repaired. On a terminal it asks what the files leave open.
    """
    from cisim.coalition.dialogue import Choices
    from cisim.coalition.gather import gather
    from cisim.coalition.rosters import LARGEST_OF_TIES
    from cisim.files import read_bytes
    from cisim.report.imported import OTHERS, check_import, write_import

    problems = Problems()
    if often not in ("high", "low", None):
        problems.append(f"--often {often}: must be high or low")
    also = list(dict.fromkeys(also or []))
    problems += [f"--as {kind}: unknown; {did_you_mean(kind, OTHERS)}" for kind in also if kind not in OTHERS]
    meanings = dict[str, str]()
    for text in named or []:
        left, equals, right = text.rpartition("=")
        if not (equals and left.strip() and right.strip()):
            problems.append(f'--map {text}: must be TEXT=MEANING, such as "Agency Name=name"')
        meanings[left.strip()] = right.strip()
    problems.check()
    check_import(out, also, overwrite=overwrite)
    labels = Counter(path.name for path in files)
    contents = []
    for path in files:
        with problems.collected():
            contents.append(
                (path.name if labels[path.name] == 1 else os.fspath(path), read_bytes(path, LARGEST_OF_TIES))
            )
    problems.check()
    asked = _ask if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty() and not json else None
    end: Literal["high", "low"] | None = "high" if often == "high" else "low" if often else None
    with announce_first_use():
        imported = write_import(gather(contents, Choices(meanings, end, asked)), out, also, overwrite=overwrite)
    if json:
        members = imported.roster
        write_document(
            "import",
            partners=len(members.names),
            ties=None if members.ties is None else len(members.ties.first),
            notes=[note._asdict() for note in imported.notes],
            files=list(map(str, imported.files)),
        )
    else:
        _show(imported, out)


def _ask(question: str, answers: Sequence[str]) -> int:
    """Ask on the terminal until one of the answers is chosen; return its index."""
    say(f"\n{question}", style="bold")
    for number, answer in enumerate(answers, 1):
        say(f"{number}  {answer}", indent=2)
    while True:
        try:
            typed = input(f"1 to {len(answers)}: ").strip()
        except EOFError:
            raise InputError(f"{question} No answer was given") from None
        if typed in map(str, range(1, len(answers) + 1)):
            return int(typed) - 1


def _show(imported: Imported, out: Path) -> None:
    from cisim.coalition.columns import LOOK_AGAIN

    members = imported.roster
    ties = "no ties" if members.ties is None else plural(len(members.ties.first), "tie")
    say(f"{plural(len(members.names), 'partner')}, {ties}", style="bold green")
    for use, heading in (("assumed", "Assumed"), ("repaired", "Repaired"), ("left out", "Left out")):
        if texts := [note.text for note in imported.notes if note.use == use]:
            say(f"\n{heading}:", style="bold")
            for text in texts:
                say(f"- {text}", indent=2)
    if doubts := [column.note for column in members.columns if column.what == LOOK_AGAIN]:
        say("\nLook again:", style="bold")
        for text in doubts:
            say(f"- {text}", indent=2)
    say(f"\nWrote {', '.join(path.name for path in imported.files)} into {out}.")
    plan = out / "plan.toml"
    say(f"Next: look at {out / 'import.md'} and {out / 'network.png'}, and fill in {plan}.")
    say(f"Then: cisim plan check {plan}; cisim plan run {plan}")
