"""What lies among the open parts of a store: tasks that are done, and files that are wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cisim.study.layout import Layout
from cisim.study.parts import OPEN, RUNS, Stamp, read_open_name, short_hash, stamp_of

#: Between the name and the end of a file that is being written.
PARTIAL = ".*.partial"


@dataclass
class Scan:
    """What was found.

    Attributes:
        done: the names of the parts of each task that is done, by kind.
        bad: names of parts that are wrong, with what is wrong in words.
        stale: names of whole parts that belong to no task that is done: their runner was killed before it was.
        double: names of parts of a task that is done by other parts.
    """

    done: dict[int, dict[str, str]] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    double: dict[str, int] = field(default_factory=dict)


def scan(folder: Path, layout: Layout, study: str, tasks: range | None = None) -> Scan:
    """Look at all open parts: whether each is as its name says, of this study, and all of its task is there.

    Args:
        folder: of the store.
        layout: of the study.
        study: its digest.
        tasks: look at the parts of these only.
    """
    found = Scan()
    whole: dict[int, dict[str, dict[str, Stamp]]] = {}
    for name, (task, kind, said) in _named(folder):
        if tasks is not None and task not in tasks:
            continue
        stamp = _looked_at(folder / OPEN / name, (task, kind, said), layout, study)
        if isinstance(stamp, str):
            found.bad[name] = stamp
        else:
            whole.setdefault(task, {}).setdefault(kind, {})[name] = stamp
    for task, kinds in whole.items():
        _sort_out(task, kinds, found)
    return found


def _named(folder: Path) -> list[tuple[str, tuple[int, str, str]]]:
    try:
        names = sorted(path.name for path in (folder / OPEN).iterdir())
    except FileNotFoundError:
        return []
    read = [(name, read_open_name(name)) for name in names]
    return [(name, said) for name, said in read if said is not None]


def _looked_at(path: Path, named: tuple[int, str, str], layout: Layout, study: str) -> Stamp | str:
    """What a part says of itself, or what is wrong with it."""
    task, kind, said = named
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    try:
        if short_hash(data) != said:
            raise ValueError("was changed: its hash is not the one in its name")
        stamp = stamp_of(data)
    except ValueError as error:
        return str(error)
    if stamp.study != study:
        return "is of another study"
    if (stamp.kind, stamp.first, stamp.last) != (kind, task, task):
        return f"holds {stamp.kind} of task {stamp.first}, which its name does not say"
    if task >= layout.tasks:
        return f"is of task {task}, and the study has {layout.tasks}"
    if not layout.has(task):
        return f"is of task {task}, which another shard does"
    return stamp


def _sort_out(task: int, kinds: dict[str, dict[str, Stamp]], found: Scan) -> None:
    """Take the first part with runs whose parts of other kinds are all there."""
    for name, stamp in kinds.get(RUNS, {}).items():
        beside = {kind: f"task-{task:07d}.{kind}.{said}.parquet" for kind, said in stamp.beside.items()}
        lost = [kind for kind, other in beside.items() if other not in kinds.get(kind, {})]
        if lost:
            found.bad[name] = f"is without the part with {lost[0]} that belongs to it"
        elif task not in found.done:
            found.done[task] = {**beside, RUNS: name}
    used = set(found.done.get(task, {}).values())
    for name in (name for names in kinds.values() for name in names):
        if name in used or name in found.bad:
            continue
        if task in found.done:
            found.double[name] = task
        else:
            found.stale.append(name)


def leftovers(folder: Path, kinds: Iterable[str]) -> list[Path]:
    """Files that somebody was writing when they were stopped."""
    folders = [folder, folder / OPEN, *(folder / kind for kind in kinds)]
    return sorted(path for one in folders for path in one.glob(PARTIAL))
