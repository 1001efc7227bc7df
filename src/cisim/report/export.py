"""Files of results: Parquet or CSV with a manifest that is enough to read them back and to make the same bytes again.

They hold no time, path, number of threads or other trace of the machine.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

import numpy as np

from cisim import __version__
from cisim.coalition import roster as read_roster
from cisim.comparison import Comparison
from cisim.dynamics.measures import Measure
from cisim.ensemble import Ensemble, made_with, run
from cisim.errors import InputError, Problems, did_you_mean, writing
from cisim.files import check_file, check_folder, exchange, read_bytes, read_text, replace_file, sha256_of, staging
from cisim.report.format import csv_line, json_text
from cisim.scenario import Scenario
from cisim.scenario.toml import parse, refuse
from cisim.seeds import ensemble_seed, first_of, is_seed
from cisim.study.manifest import LARGEST, Column, Count, Strict

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from cisim.study.store import Store

#: Raised by 1 when the meaning of a manifest or the layout of a table changes.
FORMAT_VERSION: Final = 2
#: Format of the manifest beside a study's table, and its version, raised likewise.
STUDY_TABLE, STUDY_TABLE_VERSION = "cisim study table", 1
#: Endings of `out`; without an ending it is a folder.
ENDINGS = (".parquet", ".csv")
#: Endings of tables of analyses.
FRAME_ENDINGS = (*ENDINGS, ".tex")
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
        files = _table_and_manifest(target) if ending in ENDINGS else _files_in(target)
        existing = [path for path in files if os.path.lexists(path)]
    if existing and not overwrite:
        hint = "is there already: allow to overwrite it (--overwrite), or choose another name"
        raise InputError([f"{path}: {hint}" for path in existing])
    return files


def _table_and_manifest(table: Path) -> tuple[Path, Path]:
    return table, table.with_name(f"{table.name}.manifest.json")


def _files_in(folder: Path) -> tuple[Path, ...]:
    return tuple(folder / name for name in (TABLE, SCENARIO, MANIFEST))


def _write_ensemble(ensemble: Ensemble, files: tuple[Path, ...]) -> None:
    table, *scenario, _ = files
    text = ensemble.scenario.to_toml().encode()
    writers = [_writer(table, ensemble), *(lambda file: file.write(text) for _ in scenario)]
    _write_with_manifest(files, writers, partial(_manifest, ensemble))


def _write_with_manifest(
    files: tuple[Path, ...], writers: Sequence[Callable[[BinaryIO], object]], manifest: Callable[[Sequence[Path]], str]
) -> None:
    """Write files and the manifest that names them, all of them or none: whoever finds a manifest finds whole results."""
    folder = files[-1].parent
    new_folder = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
        with staging(files[-1]) as staged:
            new = [staged / path.name for path in files]
            for path, writer in zip(new, writers, strict=False):
                replace_file(path, writer)
            text = manifest(new[:-1])
            replace_file(new[-1], lambda file: file.write(text.encode()))
            exchange(new, files, staged)
    except BaseException:
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
    text = json_text({**document, "folders": folders}) + "\n"
    with writing(out), staging(out) as new:
        for name, folder in folders.items():
            _write_ensemble(comparison.ensemble(name), _files_in(new / folder))
        replace_file(new / COMPARISON, lambda file: file.write(text.encode()))
        _replace_folder(new, out)
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

    months, schema = np.arange(len(ensemble.months), dtype=np.int64), _schema(ensemble.scenario, ensemble.measures)
    size = max(1, ROWS_AT_ONCE // len(months))
    for start in range(0, len(ensemble), size):
        seeds = ensemble.seeds[start : start + size]
        runs = np.arange(start, start + len(seeds), dtype=np.int64)
        drawn = [np.repeat(of[start : start + size], len(months)) for of in ensemble.drawn.values()]
        index = (np.repeat(runs, len(months)), np.repeat(seeds, len(months)), np.tile(months, len(runs)), *drawn)
        rows = ensemble.values[start : start + size].reshape(-1, len(ensemble.measures))
        measures = [pa.array(np.ascontiguousarray(column), mask=np.isnan(column)) for column in rows.T]
        yield pa.Table.from_arrays([*map(pa.array, index), *measures], schema=schema)


def _schema(scenario: Scenario, measures: Sequence[Measure]) -> pa.Schema:
    """Columns of a table of results: what names a row, what the run drew of fields with distributions, and the measures."""
    import pyarrow as pa

    kinds = {"run": pa.int64(), "seed": pa.uint64(), "month": pa.int64()}
    kinds |= dict.fromkeys(scenario.distributions, pa.float64())
    index = [pa.field(name, kind, nullable=False) for name, kind in kinds.items()]
    about = [(name, {"unit": unit, "meaning": meaning}) for name, unit, meaning in measures]
    return pa.schema([*index, *(pa.field(name, pa.float64(), metadata=metadata) for name, metadata in about)])


def _write_parquet(ensemble: Ensemble, file: BinaryIO) -> None:
    import pyarrow.parquet as pq

    options = {"compression": "zstd", "version": "2.6", "use_dictionary": ["run", "seed", "month"]}
    with pq.ParquetWriter(file, _schema(ensemble.scenario, ensemble.measures), **options) as parquet:
        for block in _blocks(ensemble):
            parquet.write_table(block)


def _write_csv(ensemble: Ensemble, file: BinaryIO) -> None:
    """Write CSV as in RFC 4180: lines end in CR LF, numbers are read back exactly, null is empty."""
    from pyarrow import csv as arrow_csv

    file.write(csv_line(_schema(ensemble.scenario, ensemble.measures).names).encode())
    for block in _blocks(ensemble):
        lines = io.BytesIO()
        arrow_csv.write_csv(block, lines, arrow_csv.WriteOptions(include_header=False))
        # Every cell is a number, so every line feed ends a line.
        file.write(lines.getvalue().replace(b"\n", b"\r\n"))


def write_table(store: Store, kind: str, path: Path, *, overwrite: bool = False) -> tuple[int, tuple[Path, Path]]:
    """Write a whole table of a study's store, such as "runs" or "points", into one file, and beside it what made it.

    Returns:
        The number of rows, and the files written: the table and its manifest, `NAME.csv.manifest.json`.

    Raises:
        InputError: there is no such table, or a file cannot be written or is there already.
    """
    kinds, problems, files = ["points", *store.kinds], Problems(), _table_and_manifest(path)
    if kind not in kinds:
        problems.append(f"{kind}: no such table here; {did_you_mean(kind, kinds)}")
    with problems.collected():
        check_file(path, ENDINGS, overwrite)
        check_file(files[1], (files[1].suffix,), overwrite)
    problems.check()
    store = store.as_it_is()
    table = store.points if kind == "points" else store.table(kind)
    with writing(path):
        writer = partial(_write_any, table, path.suffix.lower())
        _write_with_manifest(files, [writer], partial(_table_manifest, store, kind, table))
    return int(table.num_rows), files


def _write_any(table: pa.Table, ending: str, file: BinaryIO) -> None:
    import pyarrow.parquet as pq

    if ending == ".parquet":
        pq.write_table(table.replace_schema_metadata(), file, compression="zstd", version="2.6")
        return
    file.write(csv_line(table.column_names).encode())
    for batch in table.to_batches(ROWS_AT_ONCE):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            file.write(csv_line(row).encode())


def write_frame(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table of an analysis as `FRAME_ENDINGS` allow; numbers of a table for LaTeX have three digits.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    import pyarrow as pa

    check_file(path, FRAME_ENDINGS, overwrite=True)
    ending = path.suffix.lower()
    with writing(path):
        if ending == ".tex":
            text = frame.to_latex(index=False, escape=True, float_format="%.3g", na_rep="")
            replace_file(path, lambda file: file.write(text.encode()))
        else:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            replace_file(path, partial(_write_any, table, ending))
    return path


class Written(Strict):
    """File of results."""

    bytes: Count
    sha256: str


class KeptScenario(Strict):
    """Scenario of results."""

    name: str
    digest: str
    toml: str


class KeptCoalition(Strict):
    """Files of a coalition, and what was taken from them."""

    file: str | None
    ties: str | None
    contents_hash: str
    columns: tuple[tuple[str, str, str], ...]


class KeptMeasure(Strict):
    """Measure of results."""

    name: str
    unit: str
    meaning: str


class Kept(Strict):
    """Contents of a manifest: what was run, with what, and what was written."""

    format: Literal["cisim results"] = "cisim results"
    format_version: Literal[2] = FORMAT_VERSION
    model: str  #: digest of the model that made the runs; "" if nobody knows.
    versions: dict[str, str]  #: of cisim, Python and the libraries on which the bytes depend.
    scenario: KeptScenario
    coalition: KeptCoalition
    stages_replaced: dict[str, str]  #: fingerprints of a user's stages, by name.
    reporters: tuple[str, ...]  #: names of the measures that a user's functions gave.
    parameters: dict[str, float]  #: a user's own, by name.
    fields: dict[str, float]  #: a user's own of organisations, with their first values.
    runs: Count
    months: Count
    seed: int | None  #: of the ensemble.
    seeds: dict[Literal["first"], int] | tuple[int, ...]  #: of its runs.
    measures: tuple[KeptMeasure, ...]
    files: dict[str, Written]
    command: str | None
    how: str

    @property
    def run_seeds(self) -> list[int]:
        """The seeds of the runs, in their order."""
        if isinstance(self.seeds, tuple):
            return list(self.seeds)
        return [(self.seeds["first"] + run) % 2**64 for run in range(self.runs)]

    @property
    def table(self) -> tuple[str, Written]:
        """Name of the table of results, and what its bytes must be."""
        return next((name, written) for name, written in self.files.items() if name != SCENARIO)


def _manifest(ensemble: Ensemble, files: Sequence[Path]) -> str:
    """Write the manifest of results as JSON with sorted keys."""
    scenario, roster, first = ensemble.scenario, ensemble.roster, first_of(ensemble.seeds)
    command, how = None, "Call cisim.run from Python with these run_seeds, stages and reporters: no command says it."
    if not (ensemble.stages or ensemble.reporters):
        beside = MANIFEST if files[0].name == TABLE else f"{files[0].name}.manifest.json"
        command = f"cisim run {beside}"
        how = "Put the files that the scenario names beside this one, and give the command with these versions."
    versions = {**ensemble.made_with, "pyarrow": version("pyarrow")}
    kept = Kept(
        model=versions.pop("model", ""),
        versions=versions,
        scenario=KeptScenario(name=scenario.name, digest=scenario.digest(), toml=scenario.to_toml()),
        coalition=KeptCoalition(
            file=scenario.coalition.file,
            ties=scenario.coalition.ties,
            contents_hash=roster.contents_hash if roster else "",
            columns=tuple((column.what, column.status, column.note) for column in roster.columns) if roster else (),
        ),
        stages_replaced=dict(ensemble.stages),
        reporters=ensemble.reporters,
        parameters=dict(ensemble.parameters),
        fields=dict(ensemble.fields),
        runs=len(ensemble),
        months=ensemble.months[-1],
        seed=ensemble_seed(ensemble.seeds),
        seeds={"first": first} if first is not None else tuple(int(seed) for seed in ensemble.seeds),
        measures=tuple(KeptMeasure(**measure._asdict()) for measure in ensemble.measures),
        files={path.name: _written(path) for path in files},
        command=command,
        how=how,
    )
    return _json(kept.model_dump(mode="json"))


def _table_manifest(store: Store, kind: str, table: pa.Table, files: Sequence[Path]) -> str:
    """Write the manifest of a study's table as JSON with sorted keys."""
    (path,), manifest, counts = files, store.manifest, store.counts()
    models = store.models()
    own = ", and your own code named as `code` says" if manifest.code.get("digest") else ""
    how = (
        "Save what `toml` says as study.toml, beside its coalition files if it has any, and give these commands with these "
        f"versions{own}: cisim study run study.toml --out results; "
        f"cisim study results results --table {kind} --out {path.name}"
    )
    if len(models) > 1:
        how = "Several models made these runs, so no command makes them again: see `models`."
    content = {
        "format": STUDY_TABLE,
        "format_version": STUDY_TABLE_VERSION,
        "study": {
            name: getattr(manifest, name) for name in ("name", "question", "digest", "toml", "coalition", "shard")
        },
        "code": manifest.code,
        "models": models,  # how many runs each made, by its digest
        "versions": {"cisim": manifest.version, **manifest.packages},
        "written_with": {"cisim": __version__, "pyarrow": version("pyarrow")},
        "runs": {"asked": counts.runs, "done": counts.done, "failed": counts.failed},
        "table": kind,
        "rows": table.num_rows,
        "columns": [Column.of(field).model_dump() for field in table.schema],
        "files": {path.name: _written(path).model_dump()},
        "how": how,
    }
    return _json(content)


def _written(path: Path) -> Written:
    return Written(bytes=path.stat().st_size, sha256=sha256_of(path))


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


# --- read back --------------------------------------------------------------------------------------------


def load_results(path: str | os.PathLike[str]) -> Ensemble | Comparison:
    """Read back what `write` or `cisim run --out` wrote, checked against its manifest; or a folder of `cisim compare --out`.

    Args:
        path: the folder, the table or the manifest.

    Returns:
        An ensemble, or a comparison. The roster of a coalition that was read from files is there if its files still are.

    Raises:
        InputError: a file is missing or not what the manifest says, or was written by another version of the format.

    Example:
        >>> load_results("results").summary(["progress"])  # doctest: +SKIP
    """
    place = Path(path)
    if place.name == COMPARISON or (place / COMPARISON).is_file():
        return _load_comparison(place if place.is_dir() else place.parent)
    kept, folder = read_kept(place)
    name, written = kept.table
    return _ensemble_of(kept, folder, folder / name, written)


def find_manifest(path: Path) -> Path | None:
    """Find the manifest that a path means: itself, that in the folder, or that beside the table; None if there is none."""
    with suppress(OSError, ValueError):  # no name that a file could have
        beside = [
            path.with_name(f"{path.name}.manifest.json"),
            *([path.with_name(MANIFEST)] if path.name == TABLE else []),
        ]
        for found in (path / MANIFEST, *([path] if path.suffix.lower() == ".json" else beside)):
            if found.is_file():
                return found
    return None


def read_kept(path: Path) -> tuple[Kept, Path]:
    """Read the manifest of results, and return it with its folder; InputError if it is none."""
    manifest = find_manifest(path)
    if manifest is None:
        raise InputError(f"{path}: no results with a manifest are here")
    text = read_text(manifest, LARGEST, what="manifest")
    try:
        values = json.loads(text)
        if isinstance(values, dict) and values.get("format") == STUDY_TABLE:
            raise InputError(
                f"{manifest}: is of a table of a study, not of cisim run: it says itself how to make it again"
            )
        if not isinstance(values, dict) or values.get("format") != "cisim results":
            raise InputError(f"{manifest}: is not the manifest of results")
        if values.get("format_version") != FORMAT_VERSION:
            when = (
                "before December 2026 (revision 8d03a0c)" if values.get("format_version") == 1 else "of a later version"
            )
            raise InputError(f"{manifest}: was written by cisim {when}; this version does not read it")
        kept = Kept.model_validate_json(text)
        seeds, tables = kept.run_seeds, set(kept.files) - {SCENARIO}
        alone = TABLE if manifest.name == MANIFEST else manifest.name.removesuffix(".manifest.json")
        whole = len(seeds) == len(set(seeds)) == kept.runs and all(map(is_seed, seeds)) and tables == {alone}
    except InputError:
        raise
    except (ValueError, RecursionError):
        whole = False
    if not whole:
        raise InputError(f"{manifest}: is broken: it is not what cisim writes")
    return kept, manifest.parent


def scenario_of(kept: Kept, folder: Path) -> Scenario:
    """Return the scenario of results; InputError if this version reads another one from its text."""
    label = f"{folder / SCENARIO}"
    scenario, problems = Scenario.tried(parse(kept.scenario.toml, label))
    refuse(problems, label, kept.scenario.toml)
    if scenario.digest() != kept.scenario.digest:
        raise InputError(f"{label}: this version of cisim reads another scenario from it: its digest is another one")
    return scenario.at(folder)


def _ensemble_of(kept: Kept, folder: Path, path: Path, written: Written) -> Ensemble:
    """Read a table, and make the ensemble that it and its manifest tell of."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv as arrow_csv

    scenario, measures = scenario_of(kept, folder), tuple(Measure(**dict(measure)) for measure in kept.measures)
    data = read_bytes(path, written.bytes, what="table of these results")
    if hashlib.sha256(data).hexdigest() != written.sha256:
        raise InputError(f"{path}: was changed: its hash is not that of the manifest")
    schema = _schema(scenario, measures)
    try:
        if path.suffix.lower() == ".csv":
            types = arrow_csv.ConvertOptions(column_types=schema.remove_metadata())
            table = arrow_csv.read_csv(pa.BufferReader(data), convert_options=types)
        else:
            table = pq.read_table(pa.BufferReader(data))
        shape = (kept.runs, scenario.months + 1)
        index = (np.arange(kept.runs), np.array(kept.run_seeds, np.uint64), np.arange(scenario.months + 1))
        columns = [np.broadcast_to(column, shape[::-1]).T for column in index[:2]] + [np.broadcast_to(index[2], shape)]
        there = [table.column(name).to_numpy().reshape(shape) for name in ("run", "seed", "month")]
        same = table.column_names == schema.names and all(map(np.array_equal, there, columns))
        values = np.stack([table.column(name).to_numpy() for name in schema.names[-len(measures) :]], axis=-1)
    except (KeyError, ValueError, pa.ArrowException):
        same = False
    if not same:
        raise InputError(f"{path}: does not hold the runs, seeds, months and measures of its manifest")
    roster = None
    with suppress(InputError):  # its files may not be here
        found = read_roster(scenario)
        roster = found if found.contents_hash == kept.coalition.contents_hash else None
    origin = {"model": kept.model, **{name: of for name, of in kept.versions.items() if name != "pyarrow"}}
    values = values.astype(np.float64).reshape(*shape, len(measures))
    own: dict[str, Any] = {"reporters": kept.reporters, "parameters": kept.parameters, "fields": kept.fields}
    return Ensemble(values, index[1], measures, scenario, roster, kept.stages_replaced, **own, made_with=origin)


def _load_comparison(folder: Path) -> Comparison:
    path = folder / COMPARISON
    try:
        document = json.loads(read_text(path, LARGEST, what="comparison"))
        order, reference = [str(name) for name in document["order"]], str(document["reference"])
        whole = document["folders"] == _folder_names(order)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        whole = False
    if not whole:
        raise InputError(f"{path}: is broken: it is not what cisim writes")
    ensembles = {}
    for name, inner in document["folders"].items():
        kept, place = read_kept(folder / inner)
        ensembles[name] = _ensemble_of(kept, place, place / TABLE, kept.table[1])
    return Comparison({name: ensembles[name] for name in order}, reference)


def run_again(path: Path, **options: Any) -> tuple[Ensemble, bool, list[str]]:
    """Do the runs of a manifest again.

    Args:
        path: the manifest, its folder or its table.
        options: threads and on_progress of `cisim.run`.

    Returns:
        The runs, whether they give the bytes of the table again, and what differs from what the manifest tells.

    Raises:
        InputError: it is no manifest, or the runs had a user's own stages, which no file holds.
    """
    kept, folder = read_kept(path)
    if kept.stages_replaced or kept.reporters:
        own = [f"{name} ({print_[:8] or 'unknown'})" for name, print_ in kept.stages_replaced.items()]
        names = ", ".join([*own, *(f"the reporter {name}" for name in kept.reporters)])
        needed = "call cisim.run from Python with these run_seeds, stages and reporters"
        raise InputError(f"{path}: was made with own stages, of which it holds fingerprints alone: {names}: {needed}")
    ensemble = run(scenario_of(kept, folder), run_seeds=kept.run_seeds, **options)
    name, written = kept.table
    content = io.BytesIO()
    _writer(Path(name), ensemble)(content)
    assert ensemble.roster is not None
    now = {**made_with(), "pyarrow": version("pyarrow")}
    differs = [
        f"{'the model' if what == 'model' else what} ({then[:8] or 'unknown'} then, {now.get(what, 'unknown')[:8]} now)"
        for what, then in {"model": kept.model, **kept.versions}.items()
        if then != now.get(what)
    ]
    if ensemble.roster.contents_hash != kept.coalition.contents_hash:
        differs.append("what the files of the coalition say")
    return ensemble, hashlib.sha256(content.getbuffer()).hexdigest() == written.sha256, differs


def _writer(table: Path, ensemble: Ensemble) -> Callable[[BinaryIO], None]:
    return partial(_write_csv if table.suffix.lower() == ".csv" else _write_parquet, ensemble)
