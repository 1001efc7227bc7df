"""Fields with distributions: what a scenario may say, what a run draws, and that it is that run wherever it is run."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cisim
from calling import environment
from cisim.engine import simulate
from cisim.errors import InputError
from cisim.plausible import fitted, uncertain, varying
from cisim.report.export import run_again, write
from cisim.scenario import Distribution, Scenario, compile_dials, find, for_run, json_schema, load
from cisim.scenario.draws import value_at
from cisim.study.factors import Factor, Level
from cisim.study.file import parse, to_text
from cisim.study.identity import Span, read_job
from cisim.study.spec import Record, Study
from cisim.study.task import do_task
from cisim.study.user_code import Code

ALIGNMENT, STAFF, LEAST, NEED = "agenda.alignment", "backbone.staff", "coalition.least", "community.need"
RANGES: dict[str, Any] = {
    ALIGNMENT: {"low": 0.2, "high": 0.9},
    STAFF: {"low": 0, "middle": 1, "high": 4},
    LEAST: {"low": 0, "high": 3},
    NEED: {"low": 10.0, "high": 40.0},
    "backbone.allocation.will": {"low": 0.0, "high": 0.15},
}
SMALL = Scenario().replace(**{"scenario.months": 8, "coalition.organisations": 6, "coalition.degree": 2})
MIXED = SMALL.replace(**RANGES)
SEEDS = list(range(1, 13))


# ---- What a scenario says.


def test_a_scenario_with_distributions_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "mixed.toml"
    file.write_text(MIXED.to_toml(), encoding="utf-8")
    assert "alignment = { low = 0.2, high = 0.9 }" in MIXED.to_toml()
    for same in (load(file), MIXED.replace(), pickle.loads(pickle.dumps(MIXED)), Scenario(**MIXED.as_mapping())):
        assert same == MIXED
        assert same.digest() == MIXED.digest()
        assert same.drawn(5) == MIXED.drawn(5)
    assert MIXED.digest() != SMALL.digest()
    assert MIXED.replace(**{STAFF: {"low": 0.0, "middle": 1.0, "high": 4.0}}).digest() == MIXED.digest(), "1 and 1.0"
    assert MIXED.replace(**dict.fromkeys(RANGES)) == SMALL, "None takes a field back to its default"


def test_the_value_of_such_a_field_is_its_most_likely_one_or_halfway() -> None:
    centres = {ALIGNMENT: pytest.approx(0.55), STAFF: 1.0, LEAST: 2, NEED: 25.0}
    assert {path: MIXED.value(path) for path in centres} == centres
    assert MIXED.agenda.alignment == MIXED.value(ALIGNMENT)
    assert MIXED.highest(STAFF) == 4.0
    assert SMALL.highest(STAFF) == SMALL.value(STAFF)


REFUSED = {
    "beyond the bounds": (
        {ALIGNMENT: {"low": 0.2, "high": 1.9}},
        "agenda.alignment.high = 1.9: must be a number from 0 to 1",
    ),
    "at an open end": (
        {"coalition.size_mean": {"low": 0, "high": 2}},
        "coalition.size_mean.low = 0: must be a number, above 0",
    ),
    "the wrong way round": (
        {ALIGNMENT: {"low": 0.9, "high": 0.2}},
        "agenda.alignment.low = 0.9: must be below high (0.2)",
    ),
    "of no length": ({ALIGNMENT: {"low": 0.2, "high": 0.2}}, "agenda.alignment.low = 0.2: must be below high (0.2)"),
    "a middle outside": (
        {ALIGNMENT: {"low": 0.2, "middle": 0.1, "high": 0.5}},
        "agenda.alignment.middle = 0.1: must be from low (0.2) to high (0.5)",
    ),
    "one end": ({ALIGNMENT: {"low": 0.2}}, "agenda.alignment: a distribution needs low and high"),
    "another entry": (
        {ALIGNMENT: {"low": 0.2, "high": 0.5, "sd": 1}},
        "agenda.alignment.sd = 1: no such entry of a distribution; there are low, high and middle",
    ),
    "a text": ({ALIGNMENT: {"low": "a", "high": 0.5}}, 'agenda.alignment.low = "a": must be a number from 0 to 1'),
    "fractions of a count": (
        {LEAST: {"low": 1.5, "high": 3}},
        "coalition.least.low = 1.5: must be a whole number from 0 to 10000",
    ),
    "months": ({"scenario.months": {"low": 12, "high": 24}}, "scenario.months: has no distribution: all runs"),
    "organisations": (
        {"coalition.organisations": {"low": 12, "high": 24}},
        "coalition.organisations: has no distribution: all runs",
    ),
    "bits": ({"practice.bits": {"low": 5, "high": 8}}, "practice.bits: has no distribution: all runs"),
    "an outcome": (
        {"community.outcomes": [{"name": "a", "baseline": {"low": 0.1, "high": 0.2}}]},
        "outcome 1, baseline: has no distribution: all runs of a scenario are for the same outcomes",
    ),
    "a group": (
        {"community.groups": [{"name": "a", "barrier": {"low": 0.1, "high": 0.2}}]},
        "group 1, barrier: has no distribution: all runs of a scenario are for the same groups",
    ),
    "odd partners": (
        {"coalition.degree": {"low": 2, "high": 4}},
        "coalition.degree: has no distribution in a small-world network",
    ),
    "too many partners": (
        {"coalition.network": "random", "coalition.degree": {"low": 2, "high": 8}},
        "coalition.degree = 8.0: must be less than coalition.organisations (6)",
    ),
    "too rugged": (
        {"practice.ruggedness": {"low": 1, "high": 12}},
        "practice.ruggedness = 12: must be less than practice.bits",
    ),
    "values that no run may have together": (
        {"agenda.process": {"low": 0.1, "high": 1}, "agenda.pull": {"low": 0.1, "high": 0.99}},
        "at the largest values that runs may draw: agenda.process * agenda.pull + agenda.stubborn = 1.03: must be at most 1",
    ),
    "an event's": (
        {"events": [{"month": 2, "set": {STAFF: {"low": 0, "high": 1}}}]},
        'event 1, set "backbone.staff" = a table: must be a number from 0 to 10000',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_distribution_is_refused_in_one_line(case: str) -> None:
    changes, says = REFUSED[case]
    with pytest.raises(InputError) as caught:
        SMALL.replace(**changes)
    (problem,) = caught.value.problems
    assert problem.startswith(says)


def test_a_problem_of_a_file_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("[agenda]\nprocess = 0.5\nalignment = { low = 0.2, high = 1.9 }\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.toml:3: agenda\.alignment\.high = 1\.9"):
        load(file)


def test_the_schema_allows_a_distribution_where_the_scenario_does() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not list(validator.iter_errors(MIXED.as_mapping()))
    assert not list(validator.iter_errors(SMALL.as_mapping()))
    for changes in ({"scenario": {"months": RANGES[LEAST]}}, {"agenda": {"alignment": {"low": 0.2}}}):
        assert len(list(validator.iter_errors(changes))) == 1


# ---- What a run draws.


def test_a_draw_depends_on_seed_and_path_alone() -> None:
    alone = SMALL.replace(**{STAFF: RANGES[STAFF]})
    assert alone.drawn(7)[STAFF] == MIXED.drawn(7)[STAFF], "whatever others there are"
    wider = SMALL.replace(**{ALIGNMENT: {"low": 0.0, "high": 1.0}, "agenda.process": {"low": 0.0, "high": 1.0}})
    drawn, other = MIXED.drawn(7), wider.drawn(7)
    assert (drawn[ALIGNMENT] - 0.2) / 0.7 == pytest.approx(other[ALIGNMENT]), "the same share of another range"
    assert other[ALIGNMENT] != other["agenda.process"]
    assert len({MIXED.drawn(seed)[ALIGNMENT] for seed in range(100)}) == 100


def test_draws_fill_the_range_evenly_and_are_not_related() -> None:
    both = SMALL.replace(**{path: {"low": 0.0, "high": 1.0} for path in (ALIGNMENT, "agenda.evidence")})
    drawn = np.array([list(both.drawn(seed).values()) for seed in range(4000)])
    # 16 intervals of 250 expected, sd 15.3: five and a half of them is less than one in a million for all.
    for column in drawn.T:
        assert np.abs(np.histogram(column, 16, (0, 1))[0] - 250).max() < 5.5 * 15.3
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 5.0 / np.sqrt(4000)


def test_a_whole_number_is_drawn_as_often_as_any_other() -> None:
    shares = (np.arange(4000) + 0.5) / 4000
    counts = np.bincount([int(value_at(Distribution(0, 3, None, True), share)) for share in shares])
    assert counts.tolist() == [1000] * 4
    peaked = np.bincount([int(value_at(Distribution(0, 4, 1, True), share)) for share in shares], minlength=5)
    assert peaked.argmax() == 1
    assert peaked.min() > 0


@given(st.floats(0, 1, exclude_max=True), st.floats(-5, 5), st.floats(0.1, 9), st.floats(0, 1))
def test_the_triangle_is_the_inverse_of_its_distribution_function(
    share: float, low: float, length: float, at: float
) -> None:
    high, middle = low + length, min(low + length, low + at * length)
    value = value_at(Distribution(low, high, middle), share)
    assert low <= value <= high
    if value < middle:
        below = (value - low) ** 2 / (length * (middle - low))
    else:
        below = 1 - (high - value) ** 2 / (length * (high - middle)) if high > middle else 1.0
    assert below == pytest.approx(share, abs=1e-6)


# ---- It is the same run wherever it is run.


def settled(seed: int) -> Scenario:
    """The scenario without distributions that a run of `MIXED` should be."""
    return SMALL.replace(**MIXED.drawn(seed))


def test_a_run_is_that_of_the_values_it_drew_to_the_bit_in_engine_threads_and_mesa_model() -> None:
    runs = simulate(MIXED, SEEDS, threads=3)
    assert simulate(MIXED, SEEDS[::-1], threads=1)[::-1].tobytes() == runs.tobytes()
    for seed, records in zip(SEEDS[:4], runs, strict=False):
        assert simulate(settled(seed), [seed])[0].tobytes() == records.tobytes()
        model = cisim.CollectiveImpactModel(MIXED, seed=seed)
        model.run_model()
        assert np.ascontiguousarray(model.records).tobytes() == records.tobytes()
        assert model.drawn == MIXED.drawn(seed)
    assert len({records[-1, 0] for records in runs}) == len(SEEDS)


def test_another_process_draws_the_same() -> None:
    code = "from cisim.scenario import load; print(load('population').drawn(3))"
    says = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()
    ).stdout
    assert says.strip() == str(load("population").drawn(3))


def test_without_distributions_a_run_has_a_copy_of_the_row() -> None:
    plan = compile_dials(SMALL)
    own = for_run(SMALL, plan, 3)
    assert own is not plan
    assert own.tobytes() == plan.tobytes()


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_row_of_a_run_is_that_of_its_values(seed: int) -> None:
    row = for_run(MIXED, compile_dials(MIXED), seed)
    assert row.tobytes() == compile_dials(settled(seed)).tobytes()


def test_an_event_sets_such_a_field_as_any_other() -> None:
    event = [{"month": 3, "set": {STAFF: 0.0}}]
    ensemble = cisim.run(MIXED.replace(events=event), 6, 1)
    staff = ensemble.measure("staff_at_work")
    assert staff[:, 1:3].mean(axis=1) == pytest.approx(ensemble.drawn[STAFF])
    assert not staff[:, 3:].any()


def test_strategies_that_are_compared_draw_the_same_values() -> None:
    comparison = cisim.compare({"alone": MIXED.replace(**{"coalition.start": "never"}), "together": MIXED}, runs=5)
    alone, together = (comparison.ensemble(name).drawn for name in ("alone", "together"))
    assert all(np.array_equal(alone[path], together[path]) for path in RANGES)
    assert (comparison.difference()[:, 0] == 0).all()


# ---- What tables and files tell.


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_results_hold_what_each_run_drew_and_are_read_and_made_again(ending: str, tmp_path: Path) -> None:
    ensemble = cisim.run(MIXED, 4, 1)
    write(ensemble, tmp_path / f"mixed{ending}")
    loaded = cisim.load_results(tmp_path / f"mixed{ending}")
    assert isinstance(loaded, cisim.Ensemble)
    assert loaded.scenario == MIXED
    assert np.array_equal(loaded.values, ensemble.values, equal_nan=True)
    frame = loaded.frame(["progress"], [8], wide=True)
    for run, seed in enumerate(ensemble.seeds):
        assert frame.loc[run, list(RANGES)].to_dict() == {path: MIXED.drawn(int(seed))[path] for path in RANGES}
    assert run_again(tmp_path / f"mixed{ending}")[1]


def test_a_studys_runs_are_those_of_cisim_and_its_factor_wins() -> None:
    levels = tuple(Level(staff, {STAFF: staff}) for staff in (1.0, 2.0))
    study = Study(name="s", base=MIXED, factors=(Factor(STAFF, "lever", levels=levels),), record=Record(months=(8,)))
    assert parse(to_text(study)).base == MIXED
    tables = do_task(read_job(study, Code()), [Span(0, (1.0,), 0, 3), Span(1, (2.0,), 0, 3)])
    rows = tables["runs"].to_pandas()
    assert STAFF not in rows.columns, "a factor is a column of the points"
    for row in rows.to_dict("records"):
        staff, seed = (1.0, 2.0)[row["point"]], int(row["seed"])
        (run,) = simulate(MIXED.replace(**{STAFF: staff}), [seed])
        assert row["progress"] == run[-1, 0]
        drawn = MIXED.drawn(seed)
        assert {path: row[path] for path in RANGES if path != STAFF} == {
            path: drawn[path] for path in RANGES if path != STAFF
        }


def test_plausible_settings_leave_a_field_with_a_distribution_to_the_scenario() -> None:
    varied, held = varying((MIXED, SMALL))
    assert ALIGNMENT in held
    on = {info.path for scenario in (MIXED, SMALL) for info in uncertain(scenario)}
    assert {info.path for info in varied} | set(held) == on
    gain, loss = "communication.trust_gain", "communication.trust_loss_ratio"
    bent = fitted(SMALL.replace(**{gain: {"low": 0.1, "high": 0.5}}), {loss: 3.0})
    assert bent.value(loss) == 2.0, "allowed at the largest gain that a run may draw"


def test_a_default_has_no_distribution_and_each_of_the_population_is_within_bounds() -> None:
    assert not Scenario().distributions
    for path, (low, high, middle, whole) in load("population").distributions.items():
        info = find(path)
        assert info is not None
        assert whole == (info.type == "whole number")
        assert low < high
        assert middle is None or low <= middle <= high
