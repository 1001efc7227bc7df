"""The shards of a study put together into one store, the same byte for byte as one that was made without shards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from cisim.errors import InputError
from cisim.files import sha256_of
from cisim.report.format import plural
from cisim.study import manifest as manifests
from cisim.study.making import locked, place
from cisim.study.manifest import MANIFEST, POINTS, told
from cisim.study.parts import OPEN, RUNS
from cisim.study.shelving import Reducers, unlink, write
from cisim.study.store import Store


class Report(NamedTuple):
    """What was put together.

    Attributes:
        store: all of it.
        shards: how many parts there were.
        missing: numbers of the parts that were not there.
        tasks_left: tasks that are not done.
    """

    store: Store
    shards: int
    missing: tuple[int, ...]
    tasks_left: int


def merge(
    out: str | os.PathLike[str],
    shards: Sequence[str | os.PathLike[str]],
    *,
    incomplete: bool = False,
    reducers: Reducers | None = None,
) -> Report:
    """Put the shards of a study together. They stay as they are; files are linked where the disk can, and else copied.

    A merge that was stopped goes on when it is asked for again.

    Args:
        out: the folder of the whole store; a new one, or one that was merged from some of the shards.
        shards: their folders.
        incomplete: take what there is, though shards or tasks are missing; the store then is one of a study that is not finished.
        reducers: see `Store.create`.

    Raises:
        InputError: a shard is missing, there twice, not finished, broken, of another study or in use; or `out` holds something
            else or cannot be written.
    """
    folders = [Path(shard) for shard in shards]
    with ExitStack() as stack:
        for folder in dict.fromkeys(folders):
            if (folder / MANIFEST).exists():
                stack.enter_context(locked(folder, needed=False, reading=True))
        stores = _opened(folders)
        missing = _checked(stores, incomplete=incomplete)
        target = _target(Path(out), stores[0], reducers)
        with target.lock():
            _take_over(target, stores)
            left = sum(1 for _ in target.todo())
    return Report(target, len(stores), missing, left)


def _opened(folders: Sequence[Path]) -> list[Store]:
    stores: list[Store] = []
    problems: list[str] = []
    for folder in folders:
        try:
            store = Store.open(folder)
        except InputError as error:
            problems += error.problems
            continue
        if store.shard is None:
            problems.append(f"{folder}: is a whole study, not a shard of one")
        else:
            stores.append(store)
    if not folders:
        problems.append("no shards: name their folders")
    if problems:
        raise InputError(problems)
    return stores


def _checked(stores: Sequence[Store], *, incomplete: bool) -> tuple[int, ...]:
    """Refuse what does not make a whole; the numbers of the shards that are missing."""
    problems = [*_differences(stores)]
    if not problems:
        problems += _doubles(stores)
        problems += (problem for store in stores for problem in _broken(store))
    parts = _number(stores[0])[1]
    missing = tuple(sorted(set(range(1, parts + 1)) - {_number(store)[0] for store in stores}))
    if missing and not incomplete:
        names = ", ".join(map(str, missing))
        problems.append(
            f"of {plural(parts, 'shard')}, {names} {'is' if len(missing) == 1 else 'are'} missing"
        )
    if not incomplete:
        problems += (problem for store in stores for problem in _unfinished(store))
    if problems:
        raise InputError(problems)
    return missing


def _number(store: Store) -> tuple[int, int]:
    assert store.shard is not None
    return store.shard


def _differences(stores: Sequence[Store]) -> Iterator[str]:
    """Shards that are not of the first one's study."""
    first = stores[0]
    for store in stores[1:]:
        one, other = first.manifest, store.manifest
        if one["digest"] != other["digest"]:
            yield f"{store.folder}: is of another study than {first.folder}"
        elif _model(one) != _model(other):
            yield f"{store.folder}: was begun with another model than {first.folder}"
        elif _number(store)[1] != _number(first)[1]:
            yield (
                f"{store.folder}: is one of {_number(store)[1]} shards, {first.folder} one of {_number(first)[1]}"
            )
        elif one["batches"] != other["batches"]:
            yield f"{store.folder}: was extended otherwise than {first.folder}"


def _model(manifest: dict[str, Any]) -> object:
    said = manifest.get("model")
    return said.get("digest") if isinstance(said, dict) else said


def _doubles(stores: Sequence[Store]) -> Iterator[str]:
    there: dict[int, Path] = {}
    for store in stores:
        number, parts = _number(store)
        if number in there:
            yield f"shard {number} of {parts} is there twice: {there[number]} and {store.folder}"
        else:
            there[number] = store.folder


def _broken(store: Store) -> Iterator[str]:
    """Finished files that are not what the manifest says."""
    again = "cisim study verify names all that is wrong, cisim study run does it again"
    points = {store.folder / POINTS: store.manifest["points"]}
    for files in (points, *(manifests.shelf_paths(store.folder, one) for one in store.shelves.values())):
        for path, said in files.items():
            try:
                whole = sha256_of(path) == said["sha256"]
            except OSError:
                whole = False
            if not whole:
                yield f"{path}: is missing or was changed: {again}"


def _unfinished(store: Store) -> Iterator[str]:
    left = sum(1 for _ in store.todo())
    if left:
        number, parts = _number(store)
        yield f"{store.folder}: shard {number} of {parts} is not finished: {plural(left, 'task')} left to do"


# --- putting together ------------------------------------------------------------------------------------


def _target(out: Path, first: Store, reducers: Reducers | None) -> Store:
    """The store that takes all; made if it is not there."""
    if not (out / MANIFEST).exists():
        manifest = {key: value for key, value in first.manifest.items() if key != "checksum"}
        place(out, {**manifest, "shard": None, "shelves": []}, (first.folder / POINTS).read_bytes())
    target = Store.open(out, reducers)
    same = all(target.manifest[key] == first.manifest[key] for key in ("digest", "batches"))
    if not same or target.shard is not None:
        raise InputError(f"{out}: holds another study, or another part of it: choose a new folder")
    return target


def _take_over(target: Store, stores: Sequence[Store]) -> None:
    target.todo()  # puts right what an earlier merge left
    there = target.shelves
    entries = [
        (store, entry) for store in stores for shelf, entry in store.shelves.items() if shelf not in there
    ]
    for store, entry in entries:
        for path in manifests.shelf_paths(store.folder, entry):
            _bring(path, target.folder / path.parent.name / path.name)
    target.adopt([entry for _, entry in entries])
    done = set(target.opened())
    for store in stores:
        for task, named in store.opened().items():
            if task not in done:
                for kind in sorted(named, key=lambda kind: (kind == RUNS, kind)):
                    write(
                        target.folder / OPEN / named[kind], (store.folder / OPEN / named[kind]).read_bytes()
                    )


def _bring(source: Path, path: Path) -> None:
    """Link a file that never changes, or copy it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with told(path):
        path.parent.mkdir(exist_ok=True)
    unlink(partial)
    try:
        os.link(source, partial)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        write(path, source.read_bytes())
