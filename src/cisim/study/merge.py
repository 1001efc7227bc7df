"""Merge of the shards of a study into one store, the same byte for byte as one that was made without shards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from cisim.errors import InputError, Problems, writing
from cisim.files import replace_file
from cisim.report.format import plural
from cisim.study.manifest import MANIFEST, Shard
from cisim.study.parts import RUNS
from cisim.study.store import Store, locked


class MergeReport(NamedTuple):
    """Outcome of a merge.

    Attributes:
        store: all of it.
        shards: number of shards.
        missing: numbers of the shards that were not there.
        tasks_left: number of tasks that are not done.
    """

    store: Store
    shards: int
    missing: tuple[int, ...]
    tasks_left: int


def merge(
    out: str | os.PathLike[str], shards: Sequence[str | os.PathLike[str]], *, incomplete: bool = False
) -> MergeReport:
    """Put the shards of a study together; they stay as they are. Files are linked where the disk can, else copied.

    A merge that was stopped goes on when it is asked for again.

    Args:
        out: the folder of the whole store; a new one, or one that was merged from some of the shards.
        shards: their folders.
        incomplete: take what there is, though shards or tasks are missing.

    Raises:
        InputError: a shard is missing, there twice, not finished, broken, of another study or in use; or `out` holds something
            else or cannot be written.
    """
    folders = [Path(shard) for shard in shards]
    with ExitStack() as stack:
        for folder in dict.fromkeys(folders):
            if (folder / MANIFEST).exists():
                stack.enter_context(locked(folder, reading=True))
        stores = _open_shards(folders)
        missing = _check(stores, incomplete=incomplete)
        target = _target(Path(out), stores[0])
        with target.lock():
            done = target.finished()
            for store in stores:
                for task, kinds in store.finished().items():
                    if task not in done:
                        for kind in sorted(kinds, key=lambda kind: (kind == RUNS, kind)):
                            path = store.part_path(kind, task, kinds[kind])
                            _bring(path, target.folder / kind / path.name)
        return MergeReport(target, len(stores), missing, len(target.todo()))


def _open_shards(folders: Sequence[Path]) -> list[Store]:
    stores, problems = list[Store](), Problems()
    for folder in folders:
        with problems.collected():
            store = Store.open(folder)
            if store.shard is None:
                raise InputError(f"{folder}: is a whole study, not a shard of one")
            stores.append(store)
    if not folders:
        problems.append("no shards: name their folders")
    problems.check()
    return stores


def _check(stores: Sequence[Store], *, incomplete: bool) -> tuple[int, ...]:
    """Refuse what does not make a whole; return the numbers of the shards that are missing."""
    problems = Problems(_differences(stores))
    if not problems:
        problems += _doubles(stores)
        for store in stores:
            problems += [f"{path}: {words}" for path, words in store.scan().faults.items()]
    count = _shard(stores[0])[1]
    missing = tuple(sorted(set(range(1, count + 1)) - {_shard(store)[0] for store in stores}))
    if missing and not incomplete:
        verb = "is" if len(missing) == 1 else "are"
        problems.append(f"of {plural(count, 'shard')}, {', '.join(map(str, missing))} {verb} missing")
    for store in () if incomplete else stores:
        if left := len(store.todo()):
            number, of = _shard(store)
            problems.append(
                f"{store.folder}: shard {number} of {of} is not finished: {plural(left, 'task')} left to do"
            )
    problems.check()
    return missing


def _shard(store: Store) -> Shard:
    assert store.shard is not None
    return store.shard


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


def _doubles(stores: Sequence[Store]) -> Iterator[str]:
    there: dict[int, Path] = {}
    for store in stores:
        number, of = _shard(store)
        if number in there:
            yield f"shard {number} of {of} is there twice: {there[number]} and {store.folder}"
        there.setdefault(number, store.folder)


def _target(out: Path, first: Store) -> Store:
    """Open the store that takes all; make it if it is not there."""
    if not (out / MANIFEST).exists():
        return Store.create(out, first.manifest.changed(shard=None), first.points)
    target = Store.open(out)
    same = (target.manifest.digest, target.batches) == (first.manifest.digest, first.batches)
    if not same or target.shard is not None:
        raise InputError(f"{out}: holds another study, or another part of it: choose a new folder")
    return target


def _bring(source: Path, path: Path) -> None:
    """Link a file that never changes, or copy it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        partial.unlink(missing_ok=True)
        try:
            os.link(source, partial)
            partial.replace(path)
        except OSError:
            with suppress(OSError):
                partial.unlink()
            replace_file(path, lambda file: file.write(source.read_bytes()))
