"""Tasks of a study: the same rows whatever the task, the same bits as `cisim.run`, and seeds that belong to the run."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cisim
from cisim.coalition import rosters
from cisim.scenario import Scenario
from cisim.study.code import Code
from cisim.study.factors import Factor, Level
from cisim.study.identity import read_job
from cisim.study.study import Limits, Record, Stop, Study
from cisim.study.work import (
    Job,
    Span,
    Stopped,
    identity_of,
    lost,
    point_identity,
    schemas,
    seed_of,
    work,
)

BASE = Scenario().replace(
    **{"scenario.months": 8, "coalition.organisations": 6, "coalition.degree": 2, "coalition.latent": 1.0}
)
STAFF = Factor("backbone.staff", "lever", low=0.0, high=4.0)
RECORD = Record(months=(4, 8))


def job_of(*factors: Factor, base: Scenario = BASE, code: Code | None = None, **asked: Any) -> Job:
    asked = {"record": RECORD, "seed": 11, "replications": 4} | asked
    return read_job(Study("s", base, factors=factors, **asked), code or Code())


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
    stop=Stop("awareness", above=0.72),
    code=Code(reporters=(("month plus", month),)),
)
#: Three points, the last of which is impossible, with four replications each: runs in their order.
RUNS = [(point, replication) for point in range(3) for replication in range(4)]


def spans_of(runs: Sequence[tuple[int, int]]) -> list[Span]:
    return [Span(point, ((0.0, 2.0, -1.0)[point],), run, run + 1) for point, run in runs]


def together(tasks: Sequence[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    kinds = sorted({kind for task in tasks for kind in task})
    return {
        kind: pa.concat_tables([task[kind] for task in tasks if kind in task]).combine_chunks()
        for kind in kinds
    }


WHOLE: list[dict[str, pa.Table]] = []


def whole() -> dict[str, pa.Table]:
    if not WHOLE:
        spans = [Span(point, (value,), 0, 4) for point, value in enumerate((0.0, 2.0, -1.0))]
        WHOLE.append(together([work(EVERYTHING, spans)]))
    return WHOLE[0]


@settings(max_examples=10)
@given(st.lists(st.integers(1, 11), max_size=6, unique=True), st.booleans())
def test_the_rows_do_not_depend_on_which_runs_make_a_task_nor_on_their_order(
    cuts: list[int], back: bool
) -> None:
    bounds = [0, *sorted(cuts), len(RUNS)]
    tasks = []
    for first, last in pairwise(bounds):
        spans = spans_of(RUNS[first:last])
        tasks.append(work(EVERYTHING, spans[::-1] if back else spans))
    assert together(tasks) == whole()


def test_every_kind_of_table_is_filled_in_that_comparison() -> None:
    kinds = {"runs", "failures", "trajectories", "bands_source", "organisations", "ties"}
    assert {kind for kind, table in whole().items() if table.num_rows} == kinds
    assert set(whole()["runs"].column("status").to_pylist()) == {"ok", "stopped", "failed"}


def test_tables_have_the_columns_that_were_announced() -> None:
    said = schemas(EVERYTHING)
    assert {kind: table.schema for kind, table in whole().items()} == said


def test_what_says_where_a_row_belongs_is_never_missing_and_sorted() -> None:
    for table in whole().values():
        rows = list(
            zip(*(table.column(name).to_pylist() for name in ("point", "replication", "month")), strict=True)
        )
        assert rows == sorted(rows)
        for field in table.schema:
            if not field.nullable:
                assert table.column(field.name).null_count == 0


def test_a_job_that_crossed_to_another_process_gives_the_same_rows() -> None:
    job = job_of(STAFF)
    other = pickle.loads(pickle.dumps(job))
    assert work(other, [Span(0, (1.5,), 0, 2)]) == work(job, [Span(0, (1.5,), 0, 2)])


def test_no_runs_make_empty_tables() -> None:
    assert {kind: table.num_rows for kind, table in work(job_of(STAFF), []).items()} == {"runs": 0}


# --- the same bits --------------------------------------------------------------------------------------


def test_runs_are_those_of_cisim_run_bit_for_bit() -> None:
    tables = work(job_of(STAFF), [Span(0, (0.0,), 0, 3), Span(1, (2.5,), 1, 4)])
    runs = tables["runs"].to_pandas()
    for point, staff, first in ((0, 0.0, 0), (1, 2.5, 1)):
        ensemble = cisim.run(BASE.replace(**{"backbone.staff": staff}), runs=3, seed=11 + first)
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
    tables = work(job_of(base=base, record=record), [Span(0, (), 0, 2)])
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
    tables = work(job_of(sectors), [Span(0, ("two",), 0, 1), Span(1, ("one",), 0, 1)])
    runs = tables["runs"].to_pandas().set_index(["point", "month"])
    assert runs["agenda_fit.b"].notna().all()
    assert runs["agenda_fit.a"].notna().tolist() == [True, True, False, False]
    alone = cisim.run(BASE.replace(**{"coalition.sectors": ["b"]}), runs=1, seed=11)
    assert runs.loc[(1, 8), "agenda_fit.b"] == alone.measure("agenda_fit.b")[0, 8]


# --- seeds and identities -------------------------------------------------------------------------------


def test_common_luck_is_that_of_the_replication_and_wraps_around() -> None:
    study = job_of(STAFF, seed=2**64 - 1).study
    assert [seed_of(study, point, 0) for point in (0, 7)] == [2**64 - 1] * 2
    assert seed_of(study, 0, 1) == 0


def test_independent_luck_is_each_runs_own_and_depends_on_nothing_else() -> None:
    study = job_of(STAFF, luck="independent").study
    seeds = [seed_of(study, point, replication) for point in range(30) for replication in range(30)]
    assert len(set(seeds)) == 900
    assert seeds[31] == seed_of(study, 1, 1)
    assert seed_of(job_of(STAFF, luck="independent", seed=12).study, 1, 1) != seeds[31]
    # Written down, so that no release changes the runs of old studies.
    assert seed_of(study, 3, 5) == 16463675194570566608


def test_an_identity_changes_with_all_that_decides_a_run_and_with_nothing_else() -> None:
    parts = ["model", "scenario", "contents", "code"]
    identity = identity_of(point_identity(*parts), 5)
    assert len(identity) == 16
    assert int(identity, 16) >= 0
    others = {
        identity_of(point_identity(*[*parts[:place], "x", *parts[place + 1 :]]), 5) for place in range(4)
    }
    others |= {
        identity_of(point_identity(*parts), 6),
        identity_of(point_identity("modelscenario", "", *parts[2:]), 5),
    }
    assert len(others | {identity}) == 7


def test_runs_of_the_same_scenario_and_seed_have_the_same_identity_in_any_study() -> None:
    one = work(job_of(STAFF), [Span(4, (2.0,), 1, 2)])["runs"]
    other = work(job_of(base=BASE.replace(**{"backbone.staff": 2.0}), seed=12), [Span(0, (), 0, 1)])["runs"]
    assert one.column("identity").to_pylist() == other.column("identity").to_pylist()
    assert one.column("progress") == other.column("progress")


# --- coalition files ------------------------------------------------------------------------------------


def coalition(folder: Path, first: str = "A") -> Scenario:
    rows = "\n".join(f"{name},{size}" for size, name in enumerate((first, "B", "C", "D", "E"), 1))
    (folder / "who.csv").write_text(f"name,size\n{rows}\n")
    return BASE.replace(**{"coalition.file": "who.csv"}).at(folder)


def test_coalition_files_are_read_once_for_all_points_that_share_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(STAFF, base=coalition(tmp_path))
    first = work(job, [Span(0, (1.0,), 0, 1)])
    monkeypatch.setattr(rosters, "read_bytes", lambda *_: pytest.fail("read again"))
    assert work(job, [Span(0, (1.0,), 0, 1)]) == first
    assert work(job, [Span(1, (2.0,), 0, 1)])["runs"].column("status").to_pylist() == ["ok"] * 2


def test_coalition_files_that_change_while_tasks_are_done_change_no_run(tmp_path: Path) -> None:
    job, span = job_of(STAFF, base=coalition(tmp_path)), [Span(0, (1.0,), 0, 1)]
    first = work(job, span)
    other = job_of(STAFF, base=coalition(tmp_path, first="Z"))
    assert other.contents != job.contents
    assert work(job, span) == first
    assert work(other, span) != first


# --- points that cannot be run, and being stopped -------------------------------------------------------


def test_an_impossible_point_fails_in_all_its_replications_and_the_others_go_on() -> None:
    job = job_of(levels("backbone.staff", -1.0, 1.0))
    tables = work(job, [Span(0, (-1.0,), 0, 3), Span(1, (1.0,), 0, 1)])
    runs, failures = tables["runs"].to_pandas(), tables["failures"].to_pylist()
    assert runs["status"].tolist() == ["failed"] * 3 + ["ok"] * 2
    assert runs["month"].tolist() == [-1] * 3 + [4, 8]
    assert runs["ended"].tolist() == [-1] * 3 + [8, 8]
    assert runs["identity"].nunique() == 4
    assert runs["progress"].isna().tolist() == [True] * 3 + [False] * 2
    assert [row["replication"] for row in failures] == [0, 1, 2]
    assert {row["stage"] for row in failures} == {"scenario"}
    assert {row["month"] for row in failures} == {-1}
    assert failures[0]["message"] == "backbone.staff = -1.0: must be a number from 0 to 10000 (FTE)"
    assert "staff = -1.0" in failures[0]["scenario"]


def test_settings_that_exclude_each_other_are_all_told_in_one_line() -> None:
    job = job_of(levels("coalition.degree", 100.0), levels("backbone.staff", -1.0))
    (row,) = work(job, [Span(0, (100.0, -1.0), 0, 1)])["failures"].to_pylist()
    assert "backbone.staff = -1.0" in row["message"]
    assert "coalition.degree" in row["message"]
    assert "\n" not in row["message"]


def test_runs_whose_worker_was_lost_are_failed_runs() -> None:
    tables = lost(job_of(STAFF), [Span(2, (1.0,), 3, 5)])
    done = work(job_of(STAFF), [Span(2, (1.0,), 3, 5)])["runs"].to_pandas()
    runs = tables["runs"].to_pandas()
    assert runs[["point", "replication", "status"]].to_numpy().tolist() == [
        [2, 3, "failed"],
        [2, 4, "failed"],
    ]
    assert runs["identity"].tolist() == done["identity"].unique().tolist()
    assert tables["failures"].column("stage").to_pylist() == ["worker"] * 2
    assert Scenario().replace(**{"backbone.staff": 1.0}).backbone.staff == 1.0
    assert "staff = 1.0" in tables["failures"].column("scenario")[0].as_py()


def test_a_task_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        work(job_of(STAFF), [Span(0, (1.0,), 0, 1)], stop)


def test_a_task_ends_in_the_midst_of_a_run_when_it_is_told_to() -> None:
    stop = threading.Event()

    def tell(*_: Any) -> float:
        stop.set()
        return 0.0

    job = job_of(STAFF, code=Code(reporters=(("tell", tell),)))
    with pytest.raises(Stopped):
        work(job, [Span(0, (1.0,), 0, 3)], stop)


def test_limits_that_nothing_meets_change_no_bit() -> None:
    free, limited = job_of(STAFF), job_of(STAFF, limits=Limits(seconds=600.0, memory=10**9))
    span = [Span(0, (1.0,), 0, 2)]
    assert work(limited, span) == work(free, span)
