"""Results on disk: Parquet or CSV with a manifest that is enough to make the same bytes again.

The files hold no time, path, number of threads or other trace of the machine, so that the same runs are the
same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

import cisim
from cisim.dynamics.measures import Measure
from cisim.ensemble import Ensemble
from cisim.errors import InputError
from cisim.files import Writer, replace_file
from cisim.report.format import csv_line
from cisim.seeds import first_seed

if TYPE_CHECKING:
    import pyarrow as pa

#: Raised by 1 when the meaning of a manifest or the layout of a table changes.
FORMAT_VERSION = 1
#: Endings of `out`; without an ending it is a folder.
ENDINGS = (".parquet", ".csv")
TABLE, SCENARIO, MANIFEST = "results.parquet", "scenario.toml", "manifest.json"
#: Rows that are turned into Arrow or text at once.
ROWS_AT_ONCE = 100_000


def write(ensemble: Ensemble, out: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write an ensemble with its manifest.

    Args:
        ensemble: the runs.
        out: `NAME.parquet` or `NAME.csv`, beside which goes `NAME.parquet.manifest.json` or
            `NAME.csv.manifest.json`; or, without an ending, a folder that gets `results.parquet`,
            `scenario.toml` and `manifest.json`.
        overwrite: replace results that are there.

    Returns:
        The files written, the manifest last.

    Raises:
        InputError: `out` cannot be written, or results are there already.

    Example:
        >>> write(cisim.run("all-five"), "results")  # doctest: +SKIP
    """
    files = planned(out, overwrite=overwrite)
    target = Path(out)
    with _told(target):
        if target.suffix.lower() in ENDINGS:
            table: Writer = _csv(ensemble) if target.suffix.lower() == ".csv" else _parquet(ensemble)
            return _write_all(ensemble, files, [table])
        toml = ensemble.scenario.to_toml().encode()
        made = not target.exists()
        target.mkdir(exist_ok=True)
        try:
            return _write_all(ensemble, files, [_parquet(ensemble), lambda file: file.write(toml)])
        except BaseException:
            if made:
                with suppress(OSError):
                    target.rmdir()
            raise


def planned(out: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[Path, ...]:
    """The files that `write` would write, checked before anything runs.

    Args:
        out: see `write`.
        overwrite: results that are there may be replaced.

    Returns:
        The files, the manifest last.

    Raises:
        InputError: an unknown ending, no such folder, no right to write there, or results are there already.
    """
    target = Path(out)
    ending = target.suffix.lower()
    with _told(target):
        if ending and ending not in ENDINGS and not target.is_dir():
            raise InputError(
                f"{target}: unknown ending {target.suffix!r}: must be {' or '.join(ENDINGS)}, or none for a "
                f"folder"
            )
        names: tuple[str, ...]
        if ending in ENDINGS:
            if target.is_dir():
                raise InputError(f"{target}: is a folder, not a file")
            names = (target.name, f"{target.name}.manifest.json")
        else:
            if target.exists() and not target.is_dir():
                raise InputError(f"{target}: is a file: a name without an ending is a folder")
            names = (TABLE, SCENARIO, MANIFEST)
        check_folder(target if target.is_dir() else target.parent)
        files = tuple((target.parent if ending in ENDINGS else target) / name for name in names)
        there = [path for path in files if os.path.lexists(path)]
    if there and not overwrite:
        raise InputError(
            [
                f"{path}: is there already: allow to overwrite it (--overwrite), or choose another name"
                for path in there
            ]
        )
    return files


def _write_all(ensemble: Ensemble, files: tuple[Path, ...], writers: list[Writer]) -> tuple[Path, ...]:
    """Write files and then the manifest that names them: whoever finds a manifest finds whole results."""
    *tables, manifest = files
    new = [path for path in files if not os.path.lexists(path)]
    try:
        with suppress(FileNotFoundError):
            manifest.unlink()
        for path, writer in zip(tables, writers, strict=True):
            replace_file(path, writer)
        text = manifest_text(ensemble, {path.name: path for path in tables})
        replace_file(manifest, lambda file: file.write(text.encode()))
    except BaseException:
        for path in new:
            with suppress(OSError):
                path.unlink()
        raise
    return files


def check_folder(folder: Path) -> None:
    """Refuse a folder in which no file can be made.

    Raises:
        InputError: it is not there, is none, or its rights or the disk forbid it.
    """
    with _told(folder):
        if not folder.exists():
            raise InputError(f"{folder}: no such folder")
        if not folder.is_dir():
            raise InputError(f"{folder}: is not a folder")
        # Rights say too little (a disk that is mounted for reading, a full one): only trying tells.
        with tempfile.TemporaryFile(dir=folder):
            pass


def check_file(target: Path, endings: Sequence[str], overwrite: bool) -> None:
    """Refuse a file that cannot be written.

    Raises:
        InputError: another ending, a folder, in no folder, or there already.
    """
    if target.suffix.lower() not in endings:
        raise InputError(f"{target}: unknown ending {target.suffix!r}: must be one of {', '.join(endings)}")
    if target.is_dir():
        raise InputError(f"{target}: is a folder, not a file")
    check_folder(target.parent)
    if target.exists() and not overwrite:
        raise InputError(f"{target}: is there already: --overwrite replaces it")


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """Tell a failure of the file system in a sentence."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from error


# --- tables --------------------------------------------------------------------------------


def table_of(ensemble: Ensemble, runs: range | None = None) -> pa.Table:
    """The runs as an Arrow table, one row per run and month.

    Args:
        ensemble: the runs.
        runs: which of them; all by default.

    Returns:
        Columns run (int64), seed (uint64), month (int64) and one float64 column per measure, null where it
        has no meaning; each measure's field carries its unit and meaning.
    """
    import pyarrow as pa

    chosen = ensemble.runs if runs is None else runs
    months = len(ensemble.months)
    block = ensemble.values[chosen.start : chosen.stop].reshape(-1, len(ensemble.measures))
    columns: list[Any] = [
        pa.array(np.repeat(np.arange(chosen.start, chosen.stop, dtype=np.int64), months)),
        pa.array(np.repeat(ensemble.seeds[chosen.start : chosen.stop], months)),
        pa.array(np.tile(np.arange(months, dtype=np.int64), len(chosen))),
    ]
    for column in range(len(ensemble.measures)):
        values = np.ascontiguousarray(block[:, column])
        columns.append(pa.array(values, mask=np.isnan(values)))
    return pa.Table.from_arrays(columns, schema=_schema(ensemble.measures))


def _schema(measures: Sequence[Measure]) -> pa.Schema:
    import pyarrow as pa

    index = [
        pa.field("run", pa.int64(), False),
        pa.field("seed", pa.uint64(), False),
        pa.field("month", pa.int64(), False),
    ]
    return pa.schema(
        index
        + [
            pa.field(one.name, pa.float64(), metadata={"unit": one.unit, "meaning": one.meaning})
            for one in measures
        ]
    )


def _blocks(ensemble: Ensemble) -> Iterator[pa.Table]:
    """The table in blocks of whole runs, so that the memory it takes does not grow with the runs."""
    size = max(1, ROWS_AT_ONCE // len(ensemble.months))
    for start in range(0, len(ensemble), size):
        yield table_of(ensemble, range(start, min(start + size, len(ensemble))))


def _parquet(ensemble: Ensemble) -> Writer:
    def writer(file: BinaryIO) -> None:
        import pyarrow.parquet as pq

        schema = _schema(ensemble.measures)
        with pq.ParquetWriter(
            file, schema, compression="zstd", version="2.6", use_dictionary=["run", "seed", "month"]
        ) as parquet:
            for block in _blocks(ensemble):
                parquet.write_table(block)

    return writer


def _csv(ensemble: Ensemble) -> Writer:
    """CSV as in RFC 4180: lines end in CR LF, numbers are read back exactly, null is empty."""

    def writer(file: BinaryIO) -> None:
        from pyarrow import csv as arrow_csv

        names = ["run", "seed", "month", *(measure.name for measure in ensemble.measures)]
        file.write(csv_line(names).encode())
        options = arrow_csv.WriteOptions(include_header=False)
        for block in _blocks(ensemble):
            lines = io.BytesIO()
            arrow_csv.write_csv(block, lines, options)
            # Every cell is a number, so every line feed ends a line.
            file.write(lines.getvalue().replace(b"\n", b"\r\n"))

    return writer


# --- manifest --------------------------------------------------------------------------------


def manifest_text(ensemble: Ensemble, files: dict[str, Path]) -> str:
    """The manifest: what was run, with what, and what was written, as JSON with sorted keys.

    Args:
        ensemble: the runs.
        files: the files written, by name.
    """
    return (
        json.dumps(_manifest(ensemble, files), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
        + "\n"
    )


def _manifest(ensemble: Ensemble, files: dict[str, Path]) -> dict[str, Any]:
    scenario, first = ensemble.scenario, first_seed(ensemble.seeds)
    again = None
    if first is not None and not ensemble.stages:
        out = "again" if TABLE in files else "again" + Path(next(iter(files))).suffix.lower()
        again = f"cisim run {SCENARIO} --runs {len(ensemble)} --seed {first} --out {out}"
    return {
        "format": "cisim results",
        "format_version": FORMAT_VERSION,
        "versions": _versions(),
        "scenario": {"name": scenario.name, "digest": scenario.digest(), "toml": scenario.to_toml()},
        "coalition": _coalition(ensemble),
        "stages_replaced": list(ensemble.stages),
        "runs": len(ensemble),
        "months": ensemble.months[-1],
        "seeds": {"first": first} if first is not None else [int(seed) for seed in ensemble.seeds],
        "measures": [measure._asdict() for measure in ensemble.measures],
        "files": {
            name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for name, path in files.items()
        },
        "command": again,
        "how": f"Put the scenario's text into {SCENARIO}, beside the files it names, and give the command "
        "with these versions."
        if again
        else "Call cisim.run from Python with these seeds and stages: no command says it.",
    }


def _coalition(ensemble: Ensemble) -> dict[str, Any]:
    roster, coalition = ensemble.roster, ensemble.scenario.coalition
    return {
        "file": coalition.file,
        "ties": coalition.ties,
        "contents_hash": roster.contents_hash if roster else "",
        "columns": [list(map(str, column)) for column in roster.columns] if roster else [],
    }


def _versions() -> dict[str, str]:
    """What the bytes depend on."""
    from importlib.metadata import version

    return {
        "cisim": cisim.__version__,
        **{name: version(name) for name in ("llvmlite", "numba", "numpy", "pyarrow")},
    }


def sha256_of(path: Path) -> str:
    """The hash of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
