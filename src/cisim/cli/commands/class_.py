"""`cisim class`: the plans of a class on one luck and in plausible worlds, or a room in which they are handed in."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cisim.cli.options import Json, Overwrite, Runs, Seed, Threads, argument, flag, option, scenario_names
from cisim.cli.terminal import note, progress, say, table, write_document
from cisim.errors import InputError

if TYPE_CHECKING:
    from cisim.scenario import Scenario

_PATHS = "Folders or files: scenarios (.toml), and texts with links of the page (.txt, .md, .csv)."
_COUNTY = "Scenario that all plan for; by default the page's own county."
_WORLDS = "In how many plausible worlds the plans meet, five runs each."
_ROOM = "Open a room in place of reading files: students hand plans in from the page, until Ctrl-C."
_HOST = "Of a room: address of this machine to listen at, such as 0.0.0.0 for the school's network; by default nobody else reaches it."
_PORT = "Of a room: port to listen at; by default a free one."
_KEEP = "Of a room: text file that keeps all names and links, to be ranked by this command: .txt."
#: Where a room is open to this machine alone.
_HERE = "127.0.0.1"


def class_(
    plans: Annotated[list[Path] | None, argument("[FILE]...", _PATHS)] = None,
    county: Annotated[str | None, option("SCENARIO", _COUNTY, known=scenario_names)] = None,
    runs: Runs = 200,
    worlds: Annotated[int, option("N", _WORLDS)] = 100,
    seed: Seed = 1,
    threads: Threads = None,
    room: Annotated[bool, flag("--room", _ROOM)] = False,
    host: Annotated[str | None, option("ADDRESS", _HOST)] = None,
    port: Annotated[int | None, option("N", _PORT)] = None,
    keep: Annotated[Path | None, option("FILE", _KEEP)] = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Rank the plans of a class, on one luck and in plausible worlds; or collect them in a room. Exit code 1 if one was left out."""
    from cisim.app.content import COUNTY
    from cisim.scenario import load

    given = {"--host": host is not None, "--port": port is not None, "--keep": keep is not None}
    if not room and (wrong := [name for name, is_given in given.items() if is_given]):
        raise InputError(f"{', '.join(wrong)}: belong to a --room")
    if room and (plans or json):
        raise InputError("--room: collects plans, and ranks none: give files to a command of its own, without --room")
    if not room and not plans:
        raise InputError("FILE: name a folder or files with plans, or open a --room")
    world = county or COUNTY
    scenario = load(world)
    if room:
        _open(scenario, world, host or _HERE, port or 0, keep, overwrite)
    else:
        _rank(plans or [], scenario, world, (runs, worlds, seed, threads), json)


def _rank(plans: list[Path], county: Scenario, world: str, sizes: tuple[int, int, int, int | None], json: bool) -> None:
    import typer

    from cisim.app.classroom import gather
    from cisim.plan.ranking import rank, runs_needed
    from cisim.report import ranked

    runs, worlds, seed, threads = sizes
    gathered = gather(plans, county, world)
    strategies = {each.name: each.scenario for each in gathered.entries}
    with progress("ranking", runs_needed(len(strategies), runs, worlds)) as on_progress:
        ranking = rank(
            county, strategies, runs=runs, worlds=worlds, seed=seed, threads=threads, on_progress=on_progress
        )
    ignored = {each.name: each.ignored for each in gathered.entries if each.ignored}
    if json:
        write_document("class", **ranked.document(ranking, ignored, gathered.left_out))
    else:
        shown = ranked.table(ranking)
        table(shown.caption, [textwrap.fill(title, 10) for title in shown.header], shown.cells, left=2)
        say(f"\n{shown.note}", style="dim")
        say()
        for sentence in ranked.leading(ranking):
            say(sentence)
        for name, paths in ignored.items():
            note(f"{name}: stands in the county as it is, without what it changes of it: {', '.join(paths)}")
        for each in gathered.left_out:
            note(f"left out: {each.name}: {each.reason}")
    if gathered.left_out:
        raise typer.Exit(1)


def _open(county: Scenario, world: str, host: str, port: int, keep: Path | None, overwrite: bool) -> None:
    from cisim.app.content import content
    from cisim.app.room import Room, serve_room
    from cisim.files import check_file

    if keep is not None:
        check_file(keep, (".txt",), overwrite)
    with progress("building the page"):
        data = content({world: county})

    def show(students: str, teacher: str) -> None:
        say(f"Students open   {students}")
        say(f"You alone open  {teacher}")
        if host == _HERE:
            say("Only this machine reaches the room: --host 0.0.0.0 opens it to the networks that this machine is in.")
        else:
            say(
                "Whoever reaches this machine and has the students' address may hand in. Nothing is encrypted: let no one give a full name."
            )
        if keep is not None:
            say(f"Plans are kept in {keep}; rank them with: cisim class {keep}")
        say("Ctrl-C closes the room.")

    serve_room(Room(county, world, keep), data, host, port, show)
