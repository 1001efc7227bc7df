"""Writing the parts of a task, and putting the parts of a shelf together into its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.files import replace_file
from cisim.study import manifest as manifests
from cisim.study import parts
from cisim.study.layout import Layout
from cisim.study.manifest import told
from cisim.study.parts import FAILURES, OPEN, RUNS, SOURCE, Stamp, shelf_name
from cisim.study.store_tables import read_part

if TYPE_CHECKING:
    import pyarrow as pa

#: Kinds that are reduced to another kind when their shelf is complete: its name and how.
Reducers = Mapping[str, tuple[str, Callable[["pa.Table"], "pa.Table"]]]
Tables = Mapping[str, "pa.Table"]


def reducer(kind: str, reducers: Reducers | None) -> tuple[str, Callable[[pa.Table], pa.Table]]:
    """What a kind whose name ends in "_source" is kept as, and the function that makes it."""
    if reducers is None:
        from cisim.study.tables import bands

        reducers = {"bands" + SOURCE: ("bands", bands)}
    return reducers[kind]


def write(path: Path, data: bytes) -> None:
    """Put a file in place, whole.

    Raises:
        InputError: it cannot be written.
    """
    with told(path):
        path.parent.mkdir(exist_ok=True)
        replace_file(path, lambda file: file.write(data))


def unlink(path: Path) -> None:
    """Delete a file that may be there.

    Raises:
        InputError: it cannot be deleted.
    """
    with told(path), suppress(FileNotFoundError):
        path.unlink()


def write_open(folder: Path, manifest: Mapping[str, Any], task: int, results: Tables) -> dict[str, str]:
    """Write the parts of a task, runs last.

    Returns:
        Their names by kind.

    Raises:
        InputError: one cannot be written; then none of them is there.
    """
    named: dict[str, str] = {}
    beside: dict[str, str] = {}
    unknown = [kind for kind in results if kind not in manifest["schemas"]]
    if unknown or RUNS not in results:
        raise ValueError(f"tables: {sorted(results)}, of a study with {sorted(manifest['schemas'])}")
    try:
        for kind in sorted(results, key=lambda kind: (kind == RUNS, kind)):
            if not results[kind].num_rows and kind != RUNS:
                continue
            stamp = Stamp(manifest["digest"], kind, task, task, _model(manifest), beside)
            data = parts.encode(results[kind], stamp, parts.schema_from_json(manifest["schemas"][kind]))
            named[kind] = parts.open_name(task, kind, data)
            beside[kind] = parts.short_hash(data)
            write(folder / OPEN / named[kind], data)
    except BaseException:
        for name in named.values():
            with suppress(OSError):
                (folder / OPEN / name).unlink()
        raise
    return named


def write_shelf(
    folder: Path,
    manifest: Mapping[str, Any],
    layout: Layout,
    shelf: int,
    opened: Mapping[int, Mapping[str, str]],
    reducers: Reducers | None,
) -> dict[str, Any]:
    """Write the files of a shelf from its open parts, which stay.

    Args:
        folder: of the store.
        manifest: of the store.
        layout: of the study.
        shelf: its number.
        opened: the names of the open parts, by task and kind.
        reducers: see `Store.create`.

    Returns:
        What the manifest is to say of it.

    Raises:
        InputError: a part cannot be read, or a file not be written.
    """
    tasks = layout.tasks_of(shelf)
    files: dict[str, dict[str, Any]] = {}
    beside: dict[str, str] = {}
    for kind in sorted(manifest["schemas"], key=lambda kind: (kind == RUNS, kind)):
        names = [opened[task][kind] for task in tasks if kind in opened[task]]
        kept, table = _merged(folder, kind, names, reducers)
        path = folder / kept / shelf_name(shelf)
        if table is None:
            if kind == kept:
                unlink(path)
            continue
        batch = layout.batch_of(tasks.start).to_json() if kind == RUNS else {}
        stamp = Stamp(manifest["digest"], kept, tasks.start, tasks.stop - 1, _model(manifest), beside, batch)
        said = manifest["schemas"].get(kept)
        data = parts.encode(table, stamp, parts.schema_from_json(said) if said else table.schema)
        write(path, data)
        files[kept], beside[kept] = manifests.file_said(data, table.num_rows), parts.short_hash(data)
    return entry(shelf, tasks, files)


def entry(shelf: int, tasks: range, files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a manifest says of a finished shelf."""
    return {
        "shelf": shelf,
        "tasks": [tasks.start, tasks.stop - 1],
        "failed": files[FAILURES]["rows"] if FAILURES in files else 0,
        "files": files,
    }


def _model(manifest: Mapping[str, Any]) -> str:
    said = manifest.get("model")
    return str(said.get("digest", "")) if isinstance(said, Mapping) else ""


def _merged(
    folder: Path, kind: str, names: Sequence[str], reducers: Reducers | None
) -> tuple[str, pa.Table | None]:
    """One table of the open parts of a kind, and the kind it is kept as; None if there are no rows."""
    import pyarrow as pa

    kept, reduce = reducer(kind, reducers) if kind.endswith(SOURCE) else (kind, None)
    if not names:
        return kept, None
    table = pa.concat_tables([read_part(folder / OPEN / name) for name in names])
    table = reduce(table) if reduce else table
    return kept, table if table.num_rows else None
