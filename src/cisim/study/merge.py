"""Merge of the shards of a study into one store, the same byte for byte as one that was made without shards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from cisim.errors import InputError, Problems, writing
from cisim.files import replace_file
from cisim.report.format import plural
from cisim.study.manifest import MANIFEST
from cisim.study.store import Store, locked


def merge(out: str | os.PathLike[str], shards: Sequence[str | os.PathLike[str]], *, incomplete: bool = False) -> Store:
    """Put the shards of a study together; they stay as they are. Files are linked where the disk can, else copied.

    A merge that was stopped goes on when it is asked for again.

    Args:
        out: the folder of the whole store; a new one, or one that was merged from some of the shards.
        shards: their folders.
        incomplete: take what there is, though shards or tasks are missing.

    Returns:
        All of it; its `todo` lists the tasks that are missing.

    Raises:
        InputError: a shard is missing, there twice, not finished, broken, of another study or in use; or `out` holds something
            else or cannot be written.
    """
    folders = [Path(shard) for shard in shards]
    with ExitStack() as stack:
        for folder in dict.fromkeys(folders):
            if (folder / MANIFEST).exists():
                stack.enter_context(locked(folder, reading=True))
        stores, problems = list[Store](), Problems()
        for folder in folders:
            with problems.collected():
                stores.append(Store.open(folder))
                if stores[-1].manifest.shard is None:
                    raise InputError(f"{folder}: is a whole study, not a shard of one")
        if not folders:
            problems.append("no shards: name their folders")
        problems.check()
        problems += _differences(stores)
        problems += [] if problems else _faults(stores)
        problems += [] if incomplete else _gaps(stores)
        problems.check()
        target = _target(Path(out), stores[0])
        with target.lock():
            done = target.finished()
            for store in stores:
                for task, kinds in store.finished().items():
                    for kind, part in kinds.items() if task not in done else ():
                        _bring(part.path, target.folder / kind / part.path.name)
        return target


def _shard(store: Store) -> tuple[int, int]:
    return store.manifest.shard or (1, 1)


def _differences(stores: Sequence[Store]) -> Iterator[str]:
    """Name shards that are not of the first one's study."""
    first = stores[0]
    for store in stores[1:]:
        one, other = first.manifest, store.manifest
        if one.digest != other.digest:
            yield f"{store.folder}: is of another study than {first.folder}"
        elif one.model != other.model:
            yield f"{store.folder}: was begun with another model than {first.folder}"
        elif _shard(store)[1] != _shard(first)[1]:
            yield f"{store.folder}: is one of {_shard(store)[1]} shards, {first.folder} one of {_shard(first)[1]}"
        elif one.batches != other.batches:
            yield f"{store.folder}: was extended otherwise than {first.folder}"


def _faults(stores: Sequence[Store]) -> Iterator[str]:
    """Name shards that are there twice, and broken parts."""
    there: dict[int, Store] = {}
    for store in stores:
        number, of = _shard(store)
        if (first := there.setdefault(number, store)) is not store:
            yield f"shard {number} of {of} is there twice: {first.folder} and {store.folder}"
        yield from (f"{path}: {words}" for path, words in store.scan().faults.items())


def _gaps(stores: Sequence[Store]) -> Iterator[str]:
    """Name shards that are missing or not finished."""
    count = _shard(stores[0])[1]
    missing = sorted(set(range(1, count + 1)) - {_shard(store)[0] for store in stores})
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        yield f"of {plural(count, 'shard')}, {', '.join(map(str, missing))} {verb} missing"
    for store in stores:
        if left := len(store.todo()):
            number, of = _shard(store)
            yield f"{store.folder}: shard {number} of {of} is not finished: {plural(left, 'task')} left to do"


def _target(out: Path, first: Store) -> Store:
    """Open the store that takes all; make it if it is not there."""
    if not (out / MANIFEST).exists():
        return Store.create(out, first.manifest.changed(shard=None), first.points)
    target = Store.open(out)
    same = (target.manifest.digest, target.manifest.batches) == (first.manifest.digest, first.manifest.batches)
    if not same or target.manifest.shard is not None:
        raise InputError(f"{out}: holds another study, or another part of it: choose a new folder")
    return target


def _bring(source: Path, path: Path) -> None:
    """Link a file that never changes, or copy it."""
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        try:
            os.link(source, path)
        except OSError:
            replace_file(path, lambda file: file.write(source.read_bytes()), sweep=False)
