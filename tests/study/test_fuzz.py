"""Fuzzed study files, files of points and stores: whatever they hold, they are read as they say or refused in words.

`CISIM_FUZZ=100000` tries so many; see tests/fuzzing.py.
"""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from cisim import files
from cisim.scenario import fields, shipped
from cisim.study import Factor, Level, Store, Study, designs, parse, parts, read, study_of, summary, to_text, verify
from cisim.study.designs import MOST, count_of, read_points
from cisim.study.file import new_text
from cisim.study.manifest import Batch, digest_of
from cisim.study.parts import Stamp
from fuzzing import TOML_PIECES, Figures, Toml, fuzzed, mutated, value_of
from fuzzing import figures as figures
from stores import POINTS, SCHEMAS, create, do, tables

INFOS = [info for info in fields() if info.type != "list of names" and info.path != "coalition.file"]
EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SAMPLES = [new_text().encode(), *(path.read_bytes() for path in sorted(EXPERIMENTS.glob("*.toml")))]

# --- study files -----------------------------------------------------------------------------------------


def study_of_luck(luck: Random) -> dict[str, Any]:
    """Choose the tables of a study: each value may be there, all of them perhaps not together."""
    scenario = luck.choice(["all-five", "isolated-impact", "crisis", "real-coalition"])
    tables: dict[str, Any] = {"study": {"name": "s", "scenario": scenario, "replications": luck.choice([1, 7, 10**9])}}
    if not luck.randrange(3):
        info = luck.choice(INFOS)
        tables["base"] = {info.section: {info.name: value_of(info, luck)}} if info.path.count(".") == 1 else {}
    names = luck.sample(INFOS, luck.choice([0, 1, 2, 3, 8]))
    for info in names:
        table = luck.choice(["levers", "uncertainties"])
        tables.setdefault(table, {})[info.path] = factor_of_luck(info, luck)
    if not luck.randrange(4):
        settings = [{info.path: value_of(info, luck) for info in luck.sample(INFOS, 2)} for _ in range(2)]
        tables.setdefault("levers", {})["bundle"] = {"a": settings[0], "b": settings[1]}
    kind = luck.choice([*designs.KINDS])
    sizes = {"points": 8, "samples": 4, "second_order": False, "trajectories": 3, "levels": 4, "file": "points.csv"}
    keys = [key for key in designs.KINDS[kind].keys if key != "rows"]
    tables["design"] = {"kind": kind, **{key: sizes[key] for key in keys}}
    if not luck.randrange(3):
        measures = luck.sample(["progress", "members", "outcome.reading", "commitment"], 2)
        tables["record"] = luck.choice(
            [
                {"months": [0, 24], "measures": measures},
                {"months": "yearly", "bands": measures},
                {"trajectories": measures},
                {"organisations": ["commitment"], "ties": True, "panel_months": [1]},
            ]
        )
    if not luck.randrange(4):
        tables["stop"] = {"measure": "members", "below": 3}
        tables["limits"] = {"seconds": 2.5, "memory": luck.choice(["500 MB", 10**7])}
    return tables


def factor_of_luck(info: Any, luck: Random) -> Any:
    if not info.numeric or not luck.randrange(3):
        return [value_of(info, luck) for _ in range(luck.choice([1, 2, 4, 200]))]
    ends = sorted(value_of(info, luck) for _ in range(2) if not info.choices)
    given = dict(zip(("low", "high"), ends, strict=False))
    more = {"unit": info.unit, "scale": luck.choice(["linear", "log"]), "levels": luck.choice([2, 5, 1000])}
    return given | {key: more[key] for key in luck.sample([*more], luck.randint(0, 2))}


def try_to_read(figures: Figures, content: bytes) -> Study | None:
    figures.contents = {"study.toml": content, "points.csv": b"backbone.staff\n1\n"}
    found = figures.attempt(lambda: read("study.toml"))
    if found is not None:
        assert parse(to_text(found), None, "again") == found
        assert 1 <= count_of(found.design, found.factors) <= MOST
    for problem in figures.problems:
        assert problem.startswith("study.toml"), "says where"
    return found


@pytest.fixture
def no_files(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = {path.name: path.read_bytes() for path in shipped().values()}
    before = files.read_bytes

    def read_bytes(path: Path, *args: Any, **options: Any) -> bytes | None:
        if path.name in figures.contents:
            return figures.contents[path.name]
        return scenarios[path.name] if path.name in scenarios else before(path, *args, **options)

    monkeypatch.setattr(files, "read_bytes", read_bytes)
    monkeypatch.setattr(designs, "read_bytes", read_bytes)


@pytest.mark.usefixtures("no_files")
@fuzzed
def test_any_study_file(figures: Figures, luck: Random) -> None:
    tables, writer = study_of_luck(luck), Toml(luck)
    found = try_to_read(figures, writer.file(tables))
    if not writer.faults and tables["design"]["kind"] != "file":
        assert not [text for text in figures.problems if "TOML" in text or "no such" in text.partition("file")[0]]
        if found is not None:
            names = [name for role in ("levers", "uncertainties") for name in tables.get(role, {})]
            assert [factor.name for factor in found.factors] == names


@pytest.mark.usefixtures("no_files")
@fuzzed
def test_any_change_of_a_study_file(figures: Figures, luck: Random) -> None:
    try_to_read(figures, mutated(luck.choice(SAMPLES), luck, TOML_PIECES))


# --- files of points -------------------------------------------------------------------------------------

STAFF = Factor("backbone.staff", "lever", low=0.0, high=4.0)
SIZE = Factor("coalition.organisations", "lever", low=5, high=60, whole=True)
START = Factor("coalition.start", "lever", levels=tuple(Level(v, {"coalition.start": v}) for v in (1, 24, "never")))
BUNDLE = Factor("a bundle", "lever", levels=tuple(Level(name, {"backbone.staff": 1}) for name in ("few, or", 'm"ny')))
ODD_CELLS = [
    "", " ", "nan", "inf", "1e999", "9" * 400, "9" * 5000, "-1", "1_0", "1,5", "0x1", "true", "never ", "Never", "\u0661", "\u202ex",
    "\x1b[2J", "\0", '"', "'", ";", "\n", "x" * 2000, "=1", "1.0", "few, or", "\u00a05",
]  # fmt: skip


@pytest.mark.usefixtures("no_files")
@fuzzed
def test_any_file_of_points(figures: Figures, luck: Random) -> None:
    factors = luck.sample([STAFF, SIZE, START, BUNDLE], luck.randint(1, 4))
    sign, faults = luck.choice([",", ";", "\t", "|"]), 0

    def cell(text: str) -> str:
        nonlocal faults
        if not luck.randrange(60):
            faults, text = faults + 1, luck.choice(ODD_CELLS)
        if set(text) & set(',;\t|"\r\n') or not luck.randrange(9):
            return '"' + text.replace('"', '""') + '"'
        return text

    columns = luck.sample(factors, len(factors))
    points = [
        [luck.choice([*each.values, each.at(luck.random())]) for each in columns] for _ in range(luck.randint(1, 9))
    ]
    rows = [[factor.name for factor in columns], *([str(value) for value in point] for point in points)]
    ends = luck.choice(["\n", "\r\n"])
    text = luck.choice(["", "", "\ufeff", f"sep={sign}{ends}"]) + ends.join(sign.join(map(cell, row)) for row in rows)
    content = text.encode()
    if not luck.randrange(3):
        faults, content = faults + 1, mutated(content, luck, TOML_PIECES)
    figures.contents = {"points.csv": content}
    found = figures.attempt(lambda: read_points(Path("points.csv"), factors))
    for problem in figures.problems:
        assert problem.startswith("points.csv"), "says where"
    if not faults and len(columns) > 1:  # a separator can be told where there are two columns
        assert found == tuple(tuple(point[columns.index(factor)] for factor in factors) for point in points)
    for point in found or ():
        assert [factor.parsed(value) for factor, value in zip(factors, point, strict=True)] == list(point)


# --- stores ----------------------------------------------------------------------------------------------

#: Two tasks, with a border between them in the runs of the first point, and a run that fails.
BATCH = Batch(first_point=0, points=2, first_replication=0, replications=3, first_task=0, sizes=((1, 2), (1, 4)))
STUDY = (
    'study = { name = "s", scenario = "all-five", replications = 3 }\n'
    'levers = { "backbone.staff" = [0.0, 0.5] }\ndesign = { kind = "factorial" }\n'
)
ODD_JSON: list[Any] = [
    None, True, 0, 1, -1, 2, 10**7, 10**8, 2**53 - 1, 2**53, 10**25, 0.5, 1e308, "", "x", "../../victim", "/tmp", "\u202e", "runs", "int64",
    "decimal128(1, 2)", "timestamp", [], {}, [1], [[1, 12]], [[12, 1]], [[1, 10**7]], {"a": {}}, [[]], "a" * 10_000,
]  # fmt: skip


class Whole:
    """The files of a finished store, in a folder beside one that is none of its business."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "store"
        self.store = create(self.folder, points=POINTS.slice(0, 2), batches=(BATCH,), toml=STUDY, begun=STUDY)
        do(self.store)
        (folder / "victim").write_bytes(b"mine")
        self.files = {path: path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}
        self.parts = [path for path in self.files if path.suffix == ".parquet"]

    def attempt(self, figures: Figures, luck: Random, changes: dict[Path, bytes]) -> list[str] | None:
        """Look at the store with other files, and in one more way; return what `verify` finds, and put all back."""
        try:
            for path, data in changes.items():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
            if luck.randrange(2):
                found = figures.attempt(lambda: verify(self.folder))
            else:
                found = None
                figures.attempt(partial(luck.choice([look_at_tables, look_at_summary, begin_work]), self.folder))
            assert {path.name for path in self.folder.parent.iterdir()} == {"victim", "store"}
            assert (self.folder.parent / "victim").read_bytes() == b"mine"
        finally:
            for path in self.folder.rglob("*"):
                if path.is_file() and path not in self.files:
                    path.unlink()
            for path, data in self.files.items():
                if not path.is_file() or path.read_bytes() != data:
                    path.write_bytes(data)
        return found


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Whole:
    monkeypatch.setattr(os, "fsync", int)
    return Whole(tmp_path)


def look_at_summary(folder: Path) -> Study:
    found = Store.open(folder)
    summary(found)
    return study_of(found)


def look_at_tables(folder: Path) -> Store:
    found = Store.open(folder)
    counts = found.counts()
    assert counts.done <= counts.runs
    for kind in found.kinds:
        table = found.table(kind)
        if kind == "runs":
            done = [run for task in found.finished() for run in found.spans(task)]
            runs = sorted((point, run) for point, first, last in done for run in range(first, last))
            there = zip(table["point"].to_pylist(), table["replication"].to_pylist(), strict=True)
            assert sorted(set(there)) == runs
    return found


def begin_work(folder: Path) -> bool:
    with Store.open(folder).lock():
        return True


@fuzzed
def test_any_manifest(figures: Figures, whole: Whole, luck: Random) -> None:
    path = whole.folder / "manifest.json"
    values = json.loads(whole.files[path])
    for _ in range(luck.choice([1, 1, 2])):
        inner, key = luck.choice(_places(values))
        odd = json.loads(json.dumps(luck.choice(ODD_JSON)))
        match luck.randrange(4):
            case 0 if isinstance(inner, dict):
                del inner[key]
            case 1:
                other, its = luck.choice(_places(values))
                inner[key] = json.loads(json.dumps(other[its]))
            case 2 if isinstance(inner, dict):
                inner[luck.choice(["x", "runs", "../../victim", "shard", ""])] = odd
            case _:
                inner[key] = odd
    if luck.randrange(8):
        values.pop("checksum", None)
        values["checksum"] = digest_of(json.dumps(values, sort_keys=True))
    content = json.dumps(values, ensure_ascii=luck.choice([True, False])).encode()
    if not luck.randrange(8):
        content = mutated(content, luck, TOML_PIECES)
    whole.attempt(figures, luck, {path: content})


def _places(values: Any) -> list[tuple[Any, Any]]:
    """List all places of a document, as what holds them and their keys."""
    keys = list(values) if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ()
    return [place for key in keys for place in ((values, key), *_places(values[key]))]


@fuzzed
def test_any_change_of_the_bytes_of_a_part(figures: Figures, whole: Whole, luck: Random) -> None:
    path = luck.choice(whole.parts)
    content = mutated(whole.files[path], luck, [b"", b"PAR1", b"\0", b"\xff" * 4, b"\xff" * 8, b"cisim.stamp"])
    changes = {path: content}
    renamed = parts.parse_name(path.name) if luck.randrange(2) else None
    if renamed:
        changes[path] = whole.files[path]
        changes[path.with_name(parts.part_name(renamed[0], parts.short_hash(content)))] = content
        if luck.randrange(2):
            changes[path] = b""
    found = whole.attempt(figures, luck, changes)
    if content != whole.files[path]:
        assert found != [], "what was changed is named"


@fuzzed
def test_any_part_that_somebody_wrote(figures: Figures, whole: Whole, luck: Random) -> None:
    store = whole.store
    task, kind = luck.randrange(2), luck.choice(["runs", "failures", "bands_source", "bands"])
    own = tables(store, task)
    table = own.get(kind, SCHEMAS[kind].empty_table())
    rows = [luck.randrange(max(1, table.num_rows)) for _ in range(luck.choice([0, 1, table.num_rows, 500]))]
    schema = SCHEMAS[kind]
    if table.num_rows and luck.randrange(2):
        table = table.take(pa.array(rows, pa.int64()))
    if table.num_rows and luck.randrange(2):
        name = luck.choice(["point", "replication"])
        odd = luck.choice([-1, 1, 10**9, 2**63 - 1])
        column = pa.array([odd if not luck.randrange(4) else value for value in table[name].to_pylist()], pa.int64())
        table = table.set_column(table.column_names.index(name), schema.field(name), column)
    if not luck.randrange(4):
        keep = luck.sample(table.column_names, luck.randint(1, len(table.column_names)))
        table = table.select(keep)
        schema = table.schema
    stamp: dict[str, Any] = {"study": store.manifest.digest, "kind": kind, "task": task, "model": store.manifest.model}
    if kind == "runs":
        beside = {kind: luck.choice([parts.short_hash(b""), "../../victim", ""]) for kind in luck.sample([*SCHEMAS], 2)}
        stamp |= {"batches": luck.choice([(), (BATCH,), (BATCH, BATCH)]), "beside": luck.choice([{}, beside])}
    stamp |= luck.choice([{}, {}, {"task": 5}, {"task": 2**53 - 1}, {"kind": "../victim"}, {"study": "x"}])
    data = parts.encode(table, Stamp(**stamp), schema)
    folder = store.folder / luck.choice([kind, kind, "runs"])
    name = parts.part_name(luck.choice([task, task, 1, 10**11]), parts.short_hash(data))
    path = folder / luck.choice([name, name, name, "task-0000001-x.parquet", ".x.partial"])
    emptied = {each: b"" for each in whole.parts if each.name.startswith(f"task-{task:07d}") and luck.randrange(2)}
    whole.attempt(figures, luck, {**emptied, path: data})
