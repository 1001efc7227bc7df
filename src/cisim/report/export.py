"""Files of results: Parquet or CSV with a manifest that is enough to make the same bytes again.

They hold no time, path, number of threads or other trace of the machine.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from cisim import __version__
from cisim.comparison import Comparison
from cisim.dynamics.measures import Measure
from cisim.ensemble import Ensemble
from cisim.errors import InputError, Problems, did_you_mean, writing
from cisim.files import check_file, check_folder, replace_file, sha256_of
from cisim.report.format import csv_line, json_text
from cisim.seeds import ensemble_seed, first_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cisim.study.store import Store

#: Raised by 1 when the meaning of a manifest or the layout of a table changes.
FORMAT_VERSION = 1
#: Endings of `out`; without an ending it is a folder.
ENDINGS = (".parquet", ".csv")
TABLE, SCENARIO, MANIFEST, COMPARISON = "results.parquet", "scenario.toml", "manifest.json", "comparison.json"
#: Rows that are turned into Arrow or text at once.
ROWS_AT_ONCE = 100_000


def write(ensemble: Ensemble, out: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write an ensemble with its manifest.

    Args:
        ensemble: the runs.
        out: `NAME.parquet` or `NAME.csv`, beside which goes `NAME.parquet.manifest.json` or `NAME.csv.manifest.json`;
            or, without an ending, a folder that gets `results.parquet`, `scenario.toml` and `manifest.json`.
        overwrite: replace results that are there.

    Returns:
        The files written, the manifest last.

    Raises:
        InputError: `out` cannot be written, or results are there already.

    Example:
        >>> write(cisim.run("all-five"), "results")  # doctest: +SKIP
    """
    files = check_out(out, overwrite=overwrite)
    with writing(Path(out)):
        _write_ensemble(ensemble, files)
    return files


def check_out(out: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[Path, ...]:
    """Name the files that `write` would write; reject those that cannot be written, before anything runs."""
    target = Path(out)
    with writing(target):
        is_folder, ending = target.is_dir(), target.suffix.lower()
        if is_folder and ending in ENDINGS:
            raise InputError(f"{target}: is a folder, not a file")
        if ending not in ("", *ENDINGS) and not is_folder:
            allowed = f"must be {' or '.join(ENDINGS)}, or none for a folder"
            raise InputError(f"{target}: unknown ending {target.suffix!r}: {allowed}")
        if not ending and target.exists() and not is_folder:
            raise InputError(f"{target}: is a file: a name without an ending is a folder")
        check_folder(target if is_folder else target.parent)
        beside = (target, target.with_name(f"{target.name}.manifest.json"))
        files = beside if ending in ENDINGS else _files_in(target)
        existing = [path for path in files if os.path.lexists(path)]
    if existing and not overwrite:
        hint = "is there already: allow to overwrite it (--overwrite), or choose another name"
        raise InputError([f"{path}: {hint}" for path in existing])
    return files


def _files_in(folder: Path) -> tuple[Path, ...]:
    return tuple(folder / name for name in (TABLE, SCENARIO, MANIFEST))


def _write_ensemble(ensemble: Ensemble, files: tuple[Path, ...]) -> None:
    """Write tables and then the manifest that names them: whoever finds a manifest finds whole results."""
    table, *scenario, manifest = files
    folder = manifest.parent
    new = [path for path in files if not os.path.lexists(path)]
    new_folder = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
        manifest.unlink(missing_ok=True)
        replace_file(table, partial(_write_csv if table.suffix.lower() == ".csv" else _write_parquet, ensemble))
        for path in scenario:
            replace_file(path, lambda file: file.write(ensemble.scenario.to_toml().encode()))
        text = _manifest(ensemble, files[:-1])
        replace_file(manifest, lambda file: file.write(text.encode()))
    except BaseException:
        for path in new:
            with suppress(OSError):
                path.unlink()
        if new_folder:
            with suppress(OSError):
                folder.rmdir()
        raise


def check_comparison(out: Path, *, overwrite: bool = False) -> None:
    """Reject a folder that `write_comparison` cannot write, or must not replace."""
    if out.suffix.lower() in ENDINGS:
        raise InputError(f"{out}: must be a folder: a comparison keeps one for each scenario")
    check_folder(out.parent)
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: is a file, not a folder")
    if out.exists() and not overwrite:
        raise InputError(f"{out}: is there already: --overwrite replaces it")
    if out.exists() and not (out / COMPARISON).is_file():
        raise InputError(f"{out}: holds no comparison that cisim wrote: it is not replaced")


def write_comparison(comparison: Comparison, document: Mapping[str, Any], out: Path) -> list[Path]:
    """Write a folder for each strategy and the comparison's document, all of it or nothing; return the files."""
    folders = _folder_names(comparison.strategies)
    new = out.with_name(f".{out.name}.{os.getpid()}.partial")
    text = json_text({**document, "folders": folders}) + "\n"
    with writing(out):
        try:
            new.mkdir()
            for name, folder in folders.items():
                _write_ensemble(comparison.ensemble(name), _files_in(new / folder))
            replace_file(new / COMPARISON, lambda file: file.write(text.encode()))
            _replace_folder(new, out)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return [*(file for folder in folders.values() for file in _files_in(out / folder)), out / COMPARISON]


def _replace_folder(new: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except BaseException:
        with suppress(OSError):
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _folder_names(strategies: Sequence[str]) -> dict[str, str]:
    """Name a folder for each strategy; no two are one on a disk that takes capitals and small letters for the same."""
    folders: dict[str, str] = {}
    taken = {COMPARISON}
    for name in strategies:
        # Of 60 characters: with four bytes each they are within what disks allow.
        plain = re.sub(r"[^\w.-]+", "-", name)[:60].strip("-.") or "scenario"
        numbered = (f"{plain}-{number}" for number in count(2))
        folders[name] = next(folder for folder in chain([plain], numbered) if folder.casefold() not in taken)
        taken.add(folders[name].casefold())
    return folders


def _blocks(ensemble: Ensemble) -> Iterator[pa.Table]:
    """Yield the table in blocks of whole runs: one row per run and month, null where a measure has no meaning."""
    import pyarrow as pa

    months, schema = np.arange(len(ensemble.months), dtype=np.int64), _schema(ensemble.measures)
    size = max(1, ROWS_AT_ONCE // len(months))
    for start in range(0, len(ensemble), size):
        seeds = ensemble.seeds[start : start + size]
        runs = np.arange(start, start + len(seeds), dtype=np.int64)
        index = (np.repeat(runs, len(months)), np.repeat(seeds, len(months)), np.tile(months, len(runs)))
        rows = ensemble.values[start : start + size].reshape(-1, len(ensemble.measures))
        measures = [pa.array(np.ascontiguousarray(column), mask=np.isnan(column)) for column in rows.T]
        yield pa.Table.from_arrays([*map(pa.array, index), *measures], schema=schema)


def _schema(measures: Sequence[Measure]) -> pa.Schema:
    import pyarrow as pa

    kinds = {"run": pa.int64(), "seed": pa.uint64(), "month": pa.int64()}
    index = [pa.field(name, kind, nullable=False) for name, kind in kinds.items()]
    about = [(name, {"unit": unit, "meaning": meaning}) for name, unit, meaning in measures]
    return pa.schema([*index, *(pa.field(name, pa.float64(), metadata=metadata) for name, metadata in about)])


def _write_parquet(ensemble: Ensemble, file: BinaryIO) -> None:
    import pyarrow.parquet as pq

    options = {"compression": "zstd", "version": "2.6", "use_dictionary": ["run", "seed", "month"]}
    with pq.ParquetWriter(file, _schema(ensemble.measures), **options) as parquet:
        for block in _blocks(ensemble):
            parquet.write_table(block)


def _write_csv(ensemble: Ensemble, file: BinaryIO) -> None:
    """Write CSV as in RFC 4180: lines end in CR LF, numbers are read back exactly, null is empty."""
    from pyarrow import csv as arrow_csv

    file.write(csv_line(["run", "seed", "month", *(measure.name for measure in ensemble.measures)]).encode())
    for block in _blocks(ensemble):
        lines = io.BytesIO()
        arrow_csv.write_csv(block, lines, arrow_csv.WriteOptions(include_header=False))
        # Every cell is a number, so every line feed ends a line.
        file.write(lines.getvalue().replace(b"\n", b"\r\n"))


def write_table(store: Store, kind: str, path: Path, *, overwrite: bool = False) -> int:
    """Write a whole table of a study's store, such as "runs" or "points", into one file; return its number of rows."""
    kinds, problems = ["points", *store.kinds], Problems()
    if kind not in kinds:
        problems.append(f"{kind}: no such table here; {did_you_mean(kind, kinds)}")
    with problems.collected():
        check_file(path, ENDINGS, overwrite)
    problems.check()
    table = store.points if kind == "points" else store.table(kind)
    with writing(path):
        replace_file(path, partial(_write_any, table, path.suffix.lower()))
    return int(table.num_rows)


def _write_any(table: pa.Table, ending: str, file: BinaryIO) -> None:
    import pyarrow.parquet as pq

    if ending == ".parquet":
        pq.write_table(table.replace_schema_metadata(), file, compression="zstd", version="2.6")
        return
    file.write(csv_line(table.column_names).encode())
    for batch in table.to_batches(ROWS_AT_ONCE):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            file.write(csv_line(row).encode())


def _manifest(ensemble: Ensemble, files: Sequence[Path]) -> str:
    """Write what was run, with what, and what was written, as JSON with sorted keys."""
    scenario, roster = ensemble.scenario, ensemble.roster
    first, seed = first_of(ensemble.seeds), ensemble_seed(ensemble.seeds)
    command, how = None, "Call cisim.run from Python with these run_seeds and stages: no command says it."
    if seed is not None and not ensemble.stages:
        out = "again" if files[0].name == TABLE else "again" + files[0].suffix.lower()
        command = f"cisim run {SCENARIO} --runs {len(ensemble)} --seed {seed} --out {out}"
        beside = f"Put the scenario's text into {SCENARIO}, beside the files it names"
        how = f"{beside}, and give the command with these versions."
    manifest = {
        "format": "cisim results",
        "format_version": FORMAT_VERSION,
        # With the libraries on which the bytes depend.
        "versions": {name: version(name) for name in ("llvmlite", "numba", "numpy", "pyarrow")}
        | {"cisim": __version__},
        "scenario": {"name": scenario.name, "digest": scenario.digest(), "toml": scenario.to_toml()},
        "coalition": {
            "file": scenario.coalition.file,
            "ties": scenario.coalition.ties,
            "contents_hash": roster.contents_hash if roster else "",
            "columns": [list(map(str, column)) for column in roster.columns] if roster else [],
        },
        "stages_replaced": list(ensemble.stages),
        "runs": len(ensemble),
        "months": ensemble.months[-1],
        # Of the ensemble, and of its runs.
        "seed": seed,
        "seeds": {"first": first} if first is not None else [int(seed) for seed in ensemble.seeds],
        "measures": [measure._asdict() for measure in ensemble.measures],
        "files": {path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in files},
        "command": command,
        "how": how,
    }
    return json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
