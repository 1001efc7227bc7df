"""Check of a store: every part is read, and every fault named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cisim.errors import InputError
from cisim.study import parts
from cisim.study.store import Store, files_in, first_files, locked


def verify(folder: str | os.PathLike[str]) -> list[str]:
    """Read every part of a store and name all that is wrong.

    Args:
        folder: of the store.

    Returns:
        One sentence for each fault: a part that is torn, changed or of another study, a file that nothing names, a run that is
        not there or there twice. None for a store that is only not finished. `cisim.study.run` does again what is broken.

    Raises:
        InputError: a runner is at work in the store.
    """
    try:
        Store.open(Path(folder))
    except InputError as error:
        return list(error.problems)
    with locked(Path(folder), reading=True):
        store = Store.open(Path(folder))
        return [*_first_files(store), *_parts(store), *_strays(store)]


def _first_files(store: Store) -> Iterator[str]:
    try:
        files = first_files(store.manifest, store.points)[1]
    except InputError as error:
        yield from error.problems
        return
    for name, data in files.items():
        path = store.folder / name
        try:
            parts.read_checked(path, parts.short_hash(data))
        except ValueError as error:
            yield f"{path}: {error}; the manifest is what counts, and cisim study run writes it again"


def _parts(store: Store) -> Iterator[str]:
    scan = store.scan()
    for path, words in scan.faults.items():
        yield f"{path}: {words}: cisim study run drops it and does its task again"
    for path in scan.stale:
        yield f"{path}: is of a task that was not finished: cisim study run drops it"
    for path, task in scan.doubles.items():
        yield f"{path}: task {task} is there twice: cisim study run drops this part"


def _strays(store: Store) -> Iterator[str]:
    for path in store.leftovers():
        yield f"{path}: was being written when its runner was stopped: cisim study run deletes it"
    for kind in store.manifest.schemas:
        for path in files_in(store.folder / kind):
            if parts.parse_name(path.name) is None:
                yield f"{path}: is no part"
