"""What is kept of runs: recorded months, early ends, whole courses, panels, own reporters, and bands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import cisim
from cisim.dynamics.month import advance
from cisim.dynamics.state import State
from cisim.engine import compile_scenario, run_one
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.study.factors import Factor, Level
from cisim.study.identity import Span, read_job
from cisim.study.spec import Record, Stop, Study
from cisim.study.tables import bands
from cisim.study.task import do_task, schemas
from cisim.study.user_code import Code

LAST = 12
BASE = Scenario().replace(
    **{"scenario.months": LAST, "coalition.organisations": 6, "coalition.degree": 2, "coalition.latent": 1.0}
)
RUNS = 5
ENSEMBLE: list[cisim.Ensemble] = []


def ensemble() -> cisim.Ensemble:
    """The runs that every test here looks at."""
    if not ENSEMBLE:
        ENSEMBLE.append(cisim.run(BASE, runs=RUNS, seed=1))
    return ENSEMBLE[0]


def tables(record: Record, *factors: Factor, spans: list[Span] | None = None, **asked: Any) -> dict[str, pa.Table]:
    code = asked.pop("code", Code())
    study = Study(name="s", base=BASE, record=record, factors=factors, **asked)
    return do_task(read_job(study, code), spans or [Span(0, (), 0, RUNS)])


def same(one: Any, other: Any) -> bool:
    return np.ascontiguousarray(one, np.float64).tobytes() == np.ascontiguousarray(other, np.float64).tobytes()


# --- early ends -----------------------------------------------------------------------------------------


def ends_of(course: np.ndarray, below: float = -np.inf, above: float = np.inf) -> list[int | None]:
    """The first month after the founding in which each run's course is beyond a bound."""
    met = (course[:, 1:] < below) | (course[:, 1:] > above)
    return [int(row.argmax()) + 1 if row.any() else None for row in met]


def between_runs(course: np.ndarray) -> float:
    """A bound that some runs pass and others do not."""
    bound = float(np.sort(np.nanmax(course[:, 1:], axis=1))[1])
    assert None in ends_of(course, above=bound)
    return bound


@pytest.mark.parametrize("panel", [(), (3, 12)], ids=["alone", "with a panel"])
def test_a_run_ends_in_the_first_month_that_meets_the_condition_and_keeps_its_values(panel: tuple[int, ...]) -> None:
    course = ensemble().measure("awareness")
    bound = between_runs(course)
    ends = ends_of(course, above=bound)
    assert len({*ends} - {None}) > 1
    months = (0, 2, 7, 12)
    record = Record(months=months, organisations=("capacity",) if panel else (), panel_months=panel)
    runs = tables(record, stop=Stop(measure="awareness", above=bound))["runs"].to_pandas()
    for run, end in enumerate(ends):
        mine = runs[runs["replication"] == run]
        assert mine["status"].unique().tolist() == ["ok" if end is None else "stopped"]
        assert mine["ended"].unique().tolist() == [LAST if end is None else end]
        held = [min(month, LAST if end is None else end) for month in months]
        for measure in ensemble().measures:
            assert same(mine[measure.name], ensemble().measure(measure.name)[run, held])


def test_a_condition_on_an_outcome_is_in_its_own_unit() -> None:
    outcome = "reading"
    course = ensemble().measure(f"outcome.{outcome}")
    bound = between_runs(course)
    runs = tables(Record(months=(12,)), stop=Stop(measure=f"outcome.{outcome}", above=bound))["runs"].to_pandas()
    expected = [LAST if end is None else end for end in ends_of(course, above=bound)]
    assert runs["ended"].tolist() == expected
    assert len(set(expected)) > 1


def test_either_bound_ends_a_run_and_a_missing_value_ends_none() -> None:
    course = ensemble().measure("trust")
    low, high = np.quantile(course[:, 1:], [0.1, 0.9]).tolist()
    runs = tables(Record(months=(12,)), stop=Stop(measure="trust", below=low, above=high))["runs"].to_pandas()
    assert runs["ended"].tolist() == [LAST if end is None else end for end in ends_of(course, below=low, above=high)]
    assert np.isnan(ensemble().measure("voice_gini")[:, 0]).all()
    runs = tables(Record(months=(12,)), stop=Stop(measure="voice_gini", above=2.0))["runs"].to_pandas()
    assert set(runs["status"]) == {"ok"}


def test_a_run_that_meets_the_condition_in_its_last_month_was_stopped_there() -> None:
    stop = "achieved.agenda"
    course = ensemble().measure(stop)[:1]
    bound = float(np.nextafter(course[0, -1], -1))
    assert ends_of(course, above=bound) == [LAST]
    runs = tables(Record(months=(12,)), spans=[Span(0, (), 0, 1)], stop=Stop(measure=stop, above=bound))["runs"]
    assert runs.column("status").to_pylist() == ["stopped"]
    assert runs.column("ended").to_pylist() == [LAST]


# --- months ---------------------------------------------------------------------------------------------


def test_a_point_with_fewer_months_keeps_the_values_of_its_last_one() -> None:
    months = Factor("scenario.months", "lever", levels=tuple(Level(n, {"scenario.months": n}) for n in (5, LAST)))
    record = Record(months=(3, 12), trajectories=("trust",), bands=("trust",))
    found = tables(record, months, spans=[Span(0, (5,), 0, 2), Span(1, (LAST,), 0, 2)])
    runs = found["runs"].to_pandas()
    assert runs["ended"].tolist() == [5] * 4 + [LAST] * 4
    assert runs["month"].tolist() == [3, 12] * 4
    trust = ensemble().measure("trust")
    assert same(runs["trust"][:4], trust[:2, [3, 5]].ravel())
    assert same(runs["trust"][4:], trust[:2, [3, 12]].ravel())
    assert found["trajectories"].column("month").to_pylist() == [*range(6)] * 2 + [*range(LAST + 1)] * 2
    counts = bands(found["bands_source"]).to_pandas().groupby("point").size()
    assert counts.tolist() == [6, LAST + 1]


def test_the_course_of_a_measure_is_kept_in_every_month_of_every_run() -> None:
    found = tables(Record(months=(12,), measures=("progress",), trajectories=("trust", "progress")))
    course = found["trajectories"].to_pandas()
    assert course.columns.tolist() == ["point", "replication", "month", "trust", "progress"]
    assert course["month"].tolist() == [*range(LAST + 1)] * RUNS
    for name in ("trust", "progress"):
        assert same(course[name], ensemble().measure(name).ravel())
    assert found["runs"].column_names[-1] == "progress"


def test_the_course_of_a_run_that_ended_stays_where_it_was() -> None:
    course = ensemble().measure("awareness")
    bound = between_runs(course)
    record = Record(months=(12,), trajectories=("trust",))
    found = tables(record, stop=Stop(measure="awareness", above=bound))["trajectories"].to_pandas()
    held = [np.minimum(range(LAST + 1), LAST if end is None else end) for end in ends_of(course, above=bound)]
    assert same(found["trust"], np.array([ensemble().measure("trust")[run, held[run]] for run in range(RUNS)]))


# --- panels ---------------------------------------------------------------------------------------------


def state_after(month: int, seed: int) -> State:
    scenario = BASE.replace(**{"scenario.months": month})
    settings = compile_scenario(scenario)
    return run_one(scenario, settings, seed, advance, np.empty((month + 1, len(settings.measures))))


def test_panels_hold_what_the_state_holds_at_the_end_of_their_months() -> None:
    record = Record(months=(12,), organisations=("commitment", "member", "slot"), ties=True, panel_months=(0, 5, 12))
    found = tables(record)
    who, ties = found["organisations"].to_pandas(), found["ties"].to_pandas()
    names = compile_scenario(BASE).roster.names
    assert who.columns.tolist() == ["point", "replication", "month", "organisation", "commitment", "member", "slot"]
    assert who["member"].dtype == np.int64
    assert who["slot"].dtype == np.uint64
    for replication in range(RUNS):
        for month in (5, 12):
            state = state_after(month, 1 + replication)
            rows = (who["replication"] == replication) & (who["month"] == month)
            assert who[rows]["organisation"].tolist() == list(names)
            for field in ("commitment", "member", "slot"):
                assert (who[rows][field].to_numpy() == state.organisations[field]).all()
            between = ties[(ties["replication"] == replication) & (ties["month"] == month)]
            assert between["first"].tolist() == [names[row] for row in state.ties["first"]]
            assert between["second"].tolist() == [names[row] for row in state.ties["second"]]
            for field in ("strength", "first_trust", "second_trust"):
                assert same(between[field], state.ties[field])
    assert sorted(ties["month"].unique()) == [0, 5, 12]


def test_looking_at_a_run_changes_no_bit_of_it() -> None:
    record = Record(months=(4, 12), organisations=("commitment",), ties=True, panel_months=tuple(range(LAST + 1)))
    assert tables(record)["runs"] == tables(Record(months=(4, 12)))["runs"]


def test_a_panel_shows_a_run_that_ended_as_it_was_then() -> None:
    record = Record(months=(12,), organisations=("commitment",), ties=True, panel_months=(0, 12))
    found = tables(record, stop=Stop(measure="members", above=0.0), spans=[Span(0, (), 0, 1)])
    assert found["runs"].column("ended").to_pylist() == [1]
    state = state_after(1, 1)
    who = found["organisations"].to_pandas()
    assert same(who[who["month"] == 12]["commitment"], state.organisations["commitment"])
    ties = found["ties"].to_pandas()
    assert same(ties[ties["month"] == 12]["strength"], state.ties["strength"])


# --- own reporters --------------------------------------------------------------------------------------


def committed(state: State, month: int) -> float:
    return float(state.organisations["commitment"].sum()) + 1000 * month


def nothing(*_: Any) -> float:
    return float("nan")


def test_a_reporter_sees_the_state_of_each_recorded_month_and_what_is_no_number_is_missing() -> None:
    code = Code(reporters=(("committed", committed), ("nothing", nothing)))
    runs = tables(Record(months=(2, 12), measures=("members",)), code=code)["runs"]
    assert runs.column_names[-3:] == ["members", "committed", "nothing"]
    assert runs.column("nothing").null_count == 2 * RUNS
    expected = [
        committed(state_after(month, 1 + replication), month) for replication in range(RUNS) for month in (2, 12)
    ]
    assert same(runs.column("committed").to_numpy(), expected)


def test_a_reporter_tells_of_a_run_that_ended_what_it_told_then() -> None:
    code = Code(reporters=(("committed", committed),))
    runs = tables(Record(months=(0, 1, 12)), code=code, stop=Stop(measure="members", above=0.0))["runs"].to_pandas()
    first = runs[runs["replication"] == 0]["committed"]
    assert same(first[1:], [committed(state_after(1, 1), 1)] * 2)
    assert first.iloc[0] < 1000


def test_a_reporter_cannot_change_a_run() -> None:
    def meddle(state: State, _: int) -> float:
        state.organisations["commitment"][:] = 1.0
        return 0.0

    found = tables(Record(months=(6,)), code=Code(reporters=(("meddle", meddle),)))
    assert found["failures"].column("stage").to_pylist() == ["reporter meddle"] * RUNS
    assert "read-only" in found["failures"].column("message")[0].as_py()


def test_names_that_no_column_can_have_are_refused_together() -> None:
    record = Record(months=(6,), measures=("progres",), trajectories=("trust", "x" * 40), bands=("outcome.graduation",))
    study = Study(name="s", base=BASE, record=record, stop=Stop(measure="membrs", below=1.0))
    code = Code(reporters=(("trust", committed), ("indicator.graduation", committed)))
    with pytest.raises(InputError) as refused:
        schemas(read_job(study, code))
    assert refused.value.problems[0] == "record.measures: 'progres' is no measure; did you mean progress?"
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        "record.measures",
        "record.trajectories",
        "stop.measure",
        "reporter trust",
        "reporter indicator.graduation",
    ]


@pytest.mark.parametrize(
    "name", ["run", "runs", "status", "failed", "trust", "outcome.jobs", "a\nline", " a", "x" * 201]
)
def test_a_name_that_no_reporter_can_have_is_refused_by_run_and_study_in_the_same_words(name: str) -> None:
    with pytest.raises(InputError) as of_run:
        cisim.run(BASE, runs=1, reporters={name: committed})
    with pytest.raises(InputError) as of_study:
        schemas(read_job(Study(name="s", base=BASE, record=Record(months=(6,))), Code(reporters=((name, committed),))))
    (problem,) = of_run.value.problems
    assert of_study.value.problems[0].endswith(problem.removeprefix(f"reporter {name}"))


def test_a_reporter_is_not_called_like_a_factor() -> None:
    factor = Factor("reach", "lever", levels=(Level("near", {}), Level("far", {})))
    study = Study(name="s", base=BASE, record=Record(months=(6,)), factors=(factor,))
    with pytest.raises(InputError, match=r"^reporter reach: there is a measure or a column of this name"):
        schemas(read_job(study, Code(reporters=(("reach", committed),))))


# --- bands ----------------------------------------------------------------------------------------------


def test_bands_are_the_exact_quantiles_over_the_replications() -> None:
    staff = Factor("backbone.staff", "lever", low=0.0, high=4.0)
    spans = [Span(0, (1.0,), 0, RUNS), Span(3, (2.0,), 0, RUNS)]
    names = ("awareness", "progress")
    found = bands(tables(Record(months=(12,), bands=names), staff, spans=spans)["bands_source"]).to_pandas()
    assert found.columns.tolist() == [
        *("point", "month", "measure", "runs", "mean", "sd", "q05", "q25", "q50", "q75", "q95")
    ]
    for point, value in ((0, 1.0), (3, 2.0)):
        runs = cisim.run(BASE.replace(**{"backbone.staff": value}), runs=RUNS, seed=1)
        expected = runs.summary(names, range(LAST + 1)).drop(columns=["unit", "standard_error"])
        mine = found[found["point"] == point].drop(columns="point")
        order = mine.set_index(["measure", "month"]).sort_index()
        pd.testing.assert_frame_equal(
            order, expected.set_index(["measure", "month"]).sort_index()[order.columns.tolist()], check_exact=True
        )
    keys = list(zip(found["point"], found["month"], found["measure"], strict=True))
    assert keys == sorted(keys)


def test_bands_of_nothing_are_an_empty_table_of_the_same_columns() -> None:
    source = tables(Record(months=(12,), bands=("trust",)))["bands_source"]
    assert bands(source.slice(0, 0)).schema == bands(source).schema
    assert bands(source.slice(0, 0)).num_rows == 0


def test_a_failed_run_is_missing_in_bands_and_panels() -> None:
    def fails(state: State, month: int) -> float:
        if state.organisations["slot"][0] and month == 12 and state.organisations["commitment"][0] > bound:
            raise RuntimeError("too much")
        return 0.0

    bound = float(np.median([state_after(12, 1 + run).organisations["commitment"][0] for run in range(RUNS)]))
    record = Record(months=(12,), bands=("trust",), organisations=("commitment",), panel_months=(6,))
    found = tables(record, code=Code(reporters=(("fails", fails),)))
    failed = found["failures"].num_rows
    assert 0 < failed < RUNS
    assert bands(found["bands_source"]).column("runs").to_pylist() == [RUNS - failed] * (LAST + 1)
    assert found["organisations"].num_rows == (RUNS - failed) * 6
