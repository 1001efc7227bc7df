"""Plans of a class: links of the page and scenario files, each read as a plan for one county, or left out with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cisim.app.link import read_link
from cisim.errors import InputError, reason
from cisim.files import read_text
from cisim.plan.ranking import ALONE, MOST
from cisim.plan.spec import COMMON
from cisim.report.format import plural
from cisim.scenario import Scenario, load
from cisim.scenario.catalogue import flat
from cisim.scenario.names import name_problem

#: Sections that a plan decides on, and what in them is a fact of the county; the page has the same in page/state.js.
PLANNED = ("agenda", "measurement", "activities", "communication", "backbone", "funder")
FACTS = ("agenda.alignment", "measurement.bias", "communication.informal", "measurement.noise")
#: Files that are read of a folder: scenarios, and texts with links.
SCENARIOS, TEXTS = (".toml",), (".txt", ".md", ".csv")
#: Bytes of one text, and characters of a name.
LARGEST, LONGEST_NAME = 4_000_000, 60
#: Names that plans have on the page before anybody names them.
USUAL = (ALONE, "together")
_LINK = re.compile(r"[^\s,;|\"'<>]*#s=[A-Za-z0-9_-]+=*")


class Entry(NamedTuple):
    """One plan."""

    name: str
    scenario: Scenario
    #: Fields of the county that it changes; they stay as they are, so that all stand in the same one.
    ignored: tuple[str, ...] = ()


class Left(NamedTuple):
    """A plan or a file that is left out."""

    name: str
    reason: str


class Gathered(NamedTuple):
    """A class."""

    entries: tuple[Entry, ...]
    left_out: tuple[Left, ...]


def is_planned(path: str) -> bool:
    """Tell whether a field is what a plan decides on; all else is the county, the same for all plans."""
    return path == "coalition.start" or (path.split(".")[0] in PLANNED and path not in FACTS)


def gather(paths: Sequence[Path], county: Scenario, world: str) -> Gathered:
    """Read plans of folders and files; what is no plan for the county is left out with the reason.

    Of a folder, the files of `SCENARIOS` and `TEXTS` directly in it are read, by name. A link is called
    as what stands before it on its line says, or else as its plan is; a scenario file as the file is.

    Args:
        paths: folders, scenario files, texts with links.
        county: whom all plans are for.
        world: its name, as links have it.

    Raises:
        InputError: a path is not there or cannot be read, nothing in them is a plan, or they are more than a class has.
    """
    entries: list[Entry] = []
    left_out: list[Left] = []
    for file in [file for path in paths for file in _files(path)]:
        try:
            found = list(_plans_of(file, county, world))
        except InputError as error:
            found = [Left(file.name, _first(error))]
        entries += [each for each in found if isinstance(each, Entry)]
        left_out += [each for each in found if isinstance(each, Left)]
        if len(entries) + len(left_out) > MOST:
            raise InputError(f"{file}: a class has at most {MOST} plans")
    if not entries:
        raise InputError([*(f"{each.name}: {each.reason}" for each in left_out), "there is no plan to rank"])
    return Gathered(tuple(_apart(entries)), tuple(left_out))


def entry(name: str, scenario: Scenario, county: Scenario) -> Entry:
    """Take what a scenario decides on as a plan for the county.

    Raises:
        InputError: it is of another county, or its plan does not fit this one.
    """
    own, base = (flat(each.as_mapping()) for each in (scenario, county))
    about = ("scenario.name", "scenario.description")
    differing = [path for path in {**base, **own} if path not in about and own.get(path) != base.get(path)]
    if others := [path for path in differing if path.startswith(COMMON)]:
        raise InputError(f"is of another county: differs in {', '.join(others)}")
    planned = {path: own.get(path) for path in differing if is_planned(path)}
    ignored = tuple(path for path in differing if not is_planned(path))
    return Entry(name, county.replace(**planned) if planned else county, ignored)


def linked(link: str, county: Scenario, world: str, name: str = "") -> Entry:
    """Read the plan that a link turns, called as it is there if no name is given; "" if it has none but the page's usual ones.

    Raises:
        InputError: the link is damaged, of another county, or sets what no plan may.
    """
    shown = read_link(link, {world: county})
    return entry(name or ("" if shown.name in USUAL else clean(shown.name)), shown.turned, county)


def named_links(text: str) -> Iterator[tuple[str, str]]:
    """Find all links of a text, each with the name that stands before it on its line, or ""."""
    for line in text.splitlines():
        before = 0
        for link in _LINK.finditer(line):
            yield clean(line[before : link.start()]), link[0]
            before = link.end()


def clean(name: str) -> str:
    """Make a name of what somebody typed: one line without signs around it or that garble a terminal; "" if none is left."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in name).replace("#s=", " ").split())
    cut = line.strip(" ,;:|-–—\"'*").strip()[:LONGEST_NAME].strip()
    return cut if cut and name_problem(cut) is None else ""


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    if not path.is_dir():
        yield path
        return
    try:
        inside = sorted(path.iterdir())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {reason(error)}") from None
    found = [each for each in inside if each.suffix.lower() in (*SCENARIOS, *TEXTS)]
    if not found:
        raise InputError(f"{path}: holds no plans: scenario files (.toml), or texts with links ({', '.join(TEXTS)})")
    yield from found


def _plans_of(file: Path, county: Scenario, world: str) -> Iterator[Entry | Left]:
    if file.suffix.lower() in SCENARIOS:
        yield entry(clean(file.stem) or "plan", load(file), county)
        return
    links = list(named_links(read_text(file, LARGEST, what="text with links")))
    if not links:
        raise InputError("holds no link of the page")
    stem = clean(file.stem) or "plan"
    for number, (name, link) in enumerate(links, 1):
        label = f"{stem}, link {number}" if len(links) > 1 else stem
        try:
            found = linked(link, county, world, name or (stem if len(links) == 1 else ""))
            yield found._replace(name=found.name or label)
        except InputError as error:
            yield Left(name or label, _first(error))


def _apart(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Number what is called the same, or as the plan that all are compared with."""
    taken = {ALONE}
    for each in entries:
        name, number = each.name, 2
        while name in taken:
            name, number = f"{each.name} ({number})", number + 1
        taken.add(name)
        yield each._replace(name=name)


def _first(error: InputError) -> str:
    """Say the first problem, and how many more there are."""
    more = len(error.problems) - 1
    return error.problems[0] + (f" (and {plural(more, 'more problem')})" if more else "")
