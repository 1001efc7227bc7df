"""Tasks of a study: the same rows whatever the task, the same bits as `cisim.run`, and no need of the study's files."""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cisim
from calling import environment
from cisim.dynamics.state import State
from cisim.failures import Stopped
from cisim.scenario import Scenario
from cisim.study.factors import Factor, Level
from cisim.study.identity import Job, Span, read_job
from cisim.study.spec import Limits, Record, Stop, Study
from cisim.study.tables import Observer, bands
from cisim.study.task import do_task, failed_task, join_tables, schemas
from cisim.study.user_code import Code

BASE = Scenario().replace(
    **{"scenario.months": 8, "coalition.organisations": 6, "coalition.degree": 2, "coalition.latent": 1.0}
)
STAFF = Factor("backbone.staff", "lever", low=0.0, high=4.0)
RECORD = Record(months=(4, 8))


def job_of(*factors: Factor, base: Scenario = BASE, code: Code | None = None, **asked: Any) -> Job:
    asked = {"record": RECORD, "seed": 11, "replications": 4} | asked
    return read_job(Study(name="s", base=base, factors=factors, **asked), code or Code())


def levels(name: str, *values: Any) -> Factor:
    return Factor(name, "lever", levels=tuple(Level(value, {name: value}) for value in values))


def month(state: Any, month: int) -> float:
    return float(month + state.organisations["commitment"].sum())


# --- the same rows --------------------------------------------------------------------------------------

EVERYTHING = job_of(
    levels("backbone.staff", 0.0, 2.0, -1.0),
    record=Record(
        months=(0, 4, 8),
        bands=("progress",),
        trajectories=("trust", "outcome.graduation"),
        organisations=("commitment", "member"),
        ties=True,
        panel_months=(2, 8),
    ),
    stop=Stop(measure="awareness", above=0.45),
    code=Code(reporters=(("month plus", month),)),
    seed=5,
)
#: Three points, the last of which is impossible, with four replications each: runs in their order.
RUNS = [(point, replication) for point in range(3) for replication in range(4)]


def spans_of(runs: Sequence[tuple[int, int]]) -> list[Span]:
    """Runs as a task has them: a span for each point."""
    spans = []
    for point in sorted({point for point, _ in runs}):
        mine = [run for number, run in runs if number == point]
        spans.append(Span(point, ((0.0, 2.0, -1.0)[point],), mine[0], mine[-1] + 1, whole=len(mine) == 4))
    return spans


def together(tasks: Sequence[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """The tables of all tasks as a store would show them: bands, whoever made them of what."""
    kinds = sorted({kind for task in tasks for kind in task})
    tables = {kind: pa.concat_tables([task[kind] for task in tasks if kind in task]) for kind in kinds}
    if "bands_source" in tables:
        made = bands(tables.pop("bands_source").sort_by([(name, "ascending") for name in PLACE]))
        tables["bands"] = pa.concat_tables([*([tables["bands"]] if "bands" in tables else []), made])
        order = pc.sort_indices(tables["bands"], sort_keys=[("point", "ascending"), ("month", "ascending")])
        tables["bands"] = tables["bands"].take(order)
    return {kind: table.combine_chunks() for kind, table in tables.items()}


PLACE = ("point", "replication", "month")
WHOLE: list[dict[str, pa.Table]] = []


def whole() -> dict[str, pa.Table]:
    if not WHOLE:
        WHOLE.append(do_task(EVERYTHING, spans_of(RUNS)))
    return {kind: table.combine_chunks() for kind, table in WHOLE[0].items()}


@settings(max_examples=10)
@given(st.lists(st.integers(1, 11), max_size=6, unique=True), st.booleans())
def test_the_rows_do_not_depend_on_which_runs_make_a_task_nor_on_their_order(cuts: list[int], back: bool) -> None:
    bounds = [0, *sorted(cuts), len(RUNS)]
    tasks = []
    for first, last in pairwise(bounds):
        spans = spans_of(RUNS[first:last])
        tasks.append(do_task(EVERYTHING, spans[::-1] if back else spans))
    assert together(tasks) == whole()


def test_every_kind_of_table_is_filled_in_that_comparison() -> None:
    kinds = {"runs", "failures", "trajectories", "bands", "organisations", "ties"}
    assert set(whole()) == kinds
    assert set(do_task(EVERYTHING, spans_of(RUNS[1:]))) == {*kinds, "bands_source"}
    assert set(whole()["runs"].column("status").to_pylist()) == {"ok", "stopped", "failed"}


def test_tables_have_the_columns_that_were_announced() -> None:
    for kind, schema in schemas(EVERYTHING).items():
        table = do_task(EVERYTHING, spans_of(RUNS[1:]))[kind]
        assert table.schema.equals(schema, check_metadata=True)


def test_bands_of_a_whole_point_are_those_of_its_runs_bit_for_bit() -> None:
    parts = [do_task(EVERYTHING, [Span(1, (2.0,), run, run + 1)])["bands_source"] for run in range(4)]
    made = do_task(EVERYTHING, [Span(1, (2.0,), 0, 4, whole=True)])
    assert "bands_source" not in made
    assert made["bands"].num_rows == 9
    for name in made["bands"].column_names:
        one, other = (table.column(name).to_numpy() for table in (made["bands"], bands(pa.concat_tables(parts))))
        assert one.tolist() == other.tolist() if one.dtype == object else one.tobytes() == other.tobytes()


def test_runs_that_were_done_one_by_one_join_into_the_tables_of_their_task() -> None:
    spans = spans_of(RUNS[1:])
    singles = [Span(point, ((0.0, 2.0, -1.0)[point],), run, run + 1) for point, run in RUNS[1:]]
    joined = join_tables([do_task(EVERYTHING, [span]) for span in singles], spans)
    expected = do_task(EVERYTHING, spans)
    assert {kind: table.combine_chunks() for kind, table in joined.items()} == expected
    assert set(expected) == set(schemas(EVERYTHING))


def test_what_says_where_a_row_belongs_is_never_missing_and_sorted() -> None:
    for table in whole().values():
        keys = [name for name in PLACE if name in table.column_names]
        rows = list(zip(*(table.column(name).to_pylist() for name in keys), strict=True))
        assert rows == sorted(rows)
        for field in table.schema:
            if not field.nullable:
                assert table.column(field.name).null_count == 0


def test_a_job_that_crossed_to_another_process_gives_the_same_rows() -> None:
    job = job_of(STAFF)
    other = pickle.loads(pickle.dumps(job))
    assert do_task(other, [Span(0, (1.5,), 0, 2)]) == do_task(job, [Span(0, (1.5,), 0, 2)])


def test_no_runs_make_empty_tables() -> None:
    assert {kind: table.num_rows for kind, table in do_task(job_of(STAFF), []).items()} == {"runs": 0}


# --- the same bits --------------------------------------------------------------------------------------


def test_runs_are_those_of_cisim_run_bit_for_bit() -> None:
    tables = do_task(job_of(STAFF), [Span(0, (0.0,), 0, 3), Span(1, (2.5,), 1, 4)])
    runs = tables["runs"].to_pandas()
    for point, staff, first in ((0, 0.0, 0), (1, 2.5, 1)):
        ensemble = cisim.run(
            BASE.replace(**{"backbone.staff": staff}), run_seeds=range(10_000_001 + first, 10_000_004 + first)
        )
        mine = runs[runs["point"] == point]
        assert mine["replication"].tolist() == [first, first, first + 1, first + 1, first + 2, first + 2]
        assert mine["seed"].tolist() == np.repeat(ensemble.seeds, 2).tolist()
        assert mine["month"].tolist() == [4, 8] * 3
        for measure in ensemble.measures:
            expected = ensemble.measure(measure.name)[:, [4, 8]].ravel()
            assert mine[measure.name].to_numpy().tobytes() == expected.tobytes()


def test_outcomes_in_their_own_unit_are_those_of_an_ensemble() -> None:
    outcomes = [{"name": "jobless", "unit": "%", "zero": 30.0, "one": 0.0, "baseline": 0.4}]
    base = BASE.replace(**{"community.outcomes": outcomes})
    record = Record(months=(8,), measures=("outcome.jobless", "progress"), trajectories=("outcome.jobless",))
    tables = do_task(job_of(base=base, record=record), [Span(0, (), 0, 2)])
    ensemble = cisim.run(base, runs=2, seed=11)
    expected = ensemble.measure("outcome.jobless")
    assert tables["runs"].column_names[-2:] == ["outcome.jobless", "progress"]
    assert tables["runs"].schema.field("outcome.jobless").metadata[b"unit"] == b"%"
    assert tables["runs"].column("outcome.jobless").to_pylist() == expected[:, 8].tolist()
    assert tables["trajectories"].column("outcome.jobless").to_pylist() == expected.ravel().tolist()


def test_a_measure_that_a_point_lacks_has_no_value_there() -> None:
    sectors = Factor(
        "sectors",
        "lever",
        levels=(Level("two", {"coalition.sectors": ["a", "b"]}), Level("one", {"coalition.sectors": ["b"]})),
    )
    tables = do_task(job_of(sectors), [Span(0, ("two",), 0, 1), Span(1, ("one",), 0, 1)])
    runs = tables["runs"].to_pandas().set_index(["point", "month"])
    assert runs["agenda_fit.b"].notna().all()
    assert runs["agenda_fit.a"].notna().tolist() == [True, True, False, False]
    alone = cisim.run(BASE.replace(**{"coalition.sectors": ["b"]}), runs=1, seed=11)
    assert runs.loc[(1, 8), "agenda_fit.b"] == alone.measure("agenda_fit.b")[0, 8]


# --- coalition files ------------------------------------------------------------------------------------


def coalition(folder: Path, first: str = "A") -> Scenario:
    names = (first, "B", "C", "D", "E")
    rows = "\n".join(f"{name},{size},{name in 'BD'}" for size, name in enumerate(names, 1))
    (folder / "who.csv").write_text(f"name,size,sector\n{rows}\n")
    (folder / "few.csv").write_text("name,mix.x\nP,1\nQ,2\nR,3\n")
    (folder / "ties.csv").write_text("from,to,strength\nA,B,0.5\nC,D,0.25\nE,A,1\n")
    return BASE.replace(**{"coalition.file": "who.csv"}).at(folder)


def changes_of_the_coalition() -> list[Factor]:
    """Bundles of settings that decide what is read from files, and a degree that few.csv is too small for."""
    return [
        Factor("who", "lever", levels=(Level("who", {}), Level("few", {"coalition.file": "few.csv"}))),
        Factor("ties", "lever", levels=(Level("drawn", {}), Level("given", {"coalition.ties": "ties.csv"}))),
        Factor(
            "names",
            "lever",
            levels=(
                Level("as they are", {}),
                Level("others", {"activities.roles": ["x", "y"], "coalition.sectors": ["p", "q"]}),
            ),
        ),
        Factor("coalition.degree", "lever", low=2.0, high=4.0),
    ]


class InPython(cisim.CollectiveImpactModel):
    """The model, which reads the coalition of the scenario that it is given."""


ELSEWHERE = """
import pickle, sys
from cisim.study.task import do_task
job, spans = pickle.load(open(sys.argv[1], "rb"))
pickle.dump(do_task(job, spans), open(sys.argv[2], "wb"))
"""


def test_a_machine_without_the_coalition_files_gives_the_same_tables(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    factors = changes_of_the_coalition()
    job = job_of(
        *factors, base=coalition(here), record=Record(months=(8,), organisations=("commitment",), panel_months=(8,))
    )
    values = itertools.product(("who", "few"), ("drawn", "given"), ("as they are", "others"), (2.0, 4.0))
    spans = [Span(point, each, 0, 2) for point, each in enumerate(values)]
    expected = do_task(job, spans)
    assert {*expected["runs"].column("status").to_pylist()} == {"ok", "failed"}
    messages = {*expected["failures"].column("message").to_pylist()}
    assert any("coalition.degree = 4: must be less than the organisations in few.csv (3)" in each for each in messages)
    assert any("no organisation has this name" in each for each in messages)
    (tmp_path / "job").write_bytes(pickle.dumps((job, spans)))
    for path in here.iterdir():
        path.unlink()
    assert do_task(job, spans) == expected
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / "job"), str(tmp_path / "tables")]
    subprocess.run(command, cwd=there, env=environment(), check=True)
    assert pickle.loads((tmp_path / "tables").read_bytes()) == expected


def test_a_model_in_python_needs_no_coalition_files_either(tmp_path: Path) -> None:
    job = job_of(STAFF, base=coalition(tmp_path), code=Code(model=InPython))
    compiled = do_task(job_of(STAFF, base=coalition(tmp_path)), [Span(0, (1.0,), 0, 2)])["runs"]
    (tmp_path / "who.csv").unlink()
    found = do_task(job, [Span(0, (1.0,), 0, 2)])["runs"]
    assert found.drop_columns("identity") == compiled.drop_columns("identity")


def test_coalition_files_that_change_while_tasks_are_done_change_no_run(tmp_path: Path) -> None:
    job, span = job_of(STAFF, base=coalition(tmp_path)), [Span(0, (1.0,), 0, 1)]
    first = do_task(job, span)
    other = job_of(STAFF, base=coalition(tmp_path, first="Z"))
    assert other.contents != job.contents
    assert do_task(job, span) == first
    assert do_task(other, span) != first


def test_runs_of_a_lost_worker_have_the_identity_of_their_own_coalition(tmp_path: Path) -> None:
    job = job_of(changes_of_the_coalition()[0], base=coalition(tmp_path).replace(**{"coalition.degree": 2.0}))
    spans = [Span(0, ("who",), 0, 1), Span(1, ("few",), 0, 1)]
    done, lost = do_task(job, spans)["runs"], failed_task(job, spans)["runs"]
    assert done.column("status").to_pylist() == ["ok"] * 4
    assert lost.column("identity") == done.column("identity")


# --- points that cannot be run, and being stopped -------------------------------------------------------


def test_an_impossible_point_fails_in_all_its_replications_and_the_others_go_on() -> None:
    job = job_of(levels("backbone.staff", -1.0, 1.0))
    tables = do_task(job, [Span(0, (-1.0,), 0, 3), Span(1, (1.0,), 0, 1)])
    runs, failures = tables["runs"].to_pandas(), tables["failures"].to_pylist()
    assert runs["status"].tolist() == ["failed"] * 6 + ["ok"] * 2
    assert runs["month"].tolist() == [4, 8] * 4
    assert runs["ended"].tolist() == [-1] * 6 + [8, 8]
    assert runs["identity"].nunique() == 4
    assert runs["progress"].isna().tolist() == [True] * 6 + [False] * 2
    assert [row["replication"] for row in failures] == [0, 1, 2]
    assert {row["stage"] for row in failures} == {"scenario"}
    assert {row["month"] for row in failures} == {-1}
    assert failures[0]["message"] == "backbone.staff = -1.0: must be a number from 0 to 10000 (FTE)"
    assert "staff = -1.0" in failures[0]["scenario"]


def test_settings_that_exclude_each_other_are_all_told_in_one_line() -> None:
    job = job_of(levels("coalition.degree", 100.0), levels("backbone.staff", -1.0))
    (row,) = do_task(job, [Span(0, (100.0, -1.0), 0, 1)])["failures"].to_pylist()
    assert "backbone.staff = -1.0" in row["message"]
    assert "coalition.degree" in row["message"]
    assert "\n" not in row["message"]


def test_runs_whose_worker_was_lost_are_failed_runs() -> None:
    tables = failed_task(job_of(STAFF), [Span(2, (1.0,), 3, 5)])
    done = do_task(job_of(STAFF), [Span(2, (1.0,), 3, 5)])["runs"].to_pandas()
    runs = tables["runs"].to_pandas()
    place = ["point", "replication", "seed", "identity", "month"]
    assert runs[place].equals(done[place])
    assert set(runs["status"]) == {"failed"}
    assert tables["failures"].column("stage").to_pylist() == ["worker"] * 2
    assert set(tables["failures"].column("message").to_pylist()) == {"the worker process died on every attempt"}
    assert Scenario().replace(**{"backbone.staff": 1.0}).backbone.staff == 1.0
    assert "staff = 1.0" in tables["failures"].column("scenario")[0].as_py()


def test_a_task_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        do_task(job_of(STAFF), [Span(0, (1.0,), 0, 1)], stop)


def test_a_task_ends_in_the_midst_of_a_run_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, months, observe = threading.Event(), [], Observer.__call__

    def tell(self: Observer, state: State, month: int) -> bool:
        stop.set()
        months.append(month)
        return observe(self, state, month)

    monkeypatch.setattr(Observer, "__call__", tell)
    job = job_of(STAFF, stop=Stop(measure="progress", above=2.0))
    with pytest.raises(Stopped):
        do_task(job, [Span(0, (1.0,), 0, 3)], stop)
    assert months == [0]


def test_limits_that_nothing_meets_change_no_bit() -> None:
    free, limited = job_of(STAFF), job_of(STAFF, limits=Limits(seconds=600.0, memory=10**9))
    span = [Span(0, (1.0,), 0, 2)]
    assert do_task(limited, span) == do_task(free, span)
