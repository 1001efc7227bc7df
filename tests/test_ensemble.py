"""Tests of ensembles: named arrays, tables, seeds, and the runs of the engine behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import cisim
from cisim.ensemble import Ensemble
from cisim.errors import InputError
from cisim.fingerprint import fingerprint
from cisim.seeds import (
    BLOCK,
    LARGEST_OF_ENSEMBLE,
    consecutive,
    ensemble_seed,
    first_of,
    first_run_seed,
    run_seeds_of,
    seeds_in_words,
)
from synthetic import ensemble, with_nan


def test_measure_gives_one_column_of_every_run_and_month():
    runs = ensemble()
    assert runs.measure("progress").shape == (3, 37)
    assert runs.measure("progress")[:, -1].tolist() == [0.1, 0.2, 0.4]
    np.testing.assert_array_equal(runs.measure("members"), runs.values[:, :, 9])


def test_an_outcome_is_shown_in_its_own_unit():
    runs = ensemble()
    np.testing.assert_allclose(runs.measure("outcome.reading"), 100 * runs.measure("indicator.reading"))
    np.testing.assert_allclose(runs.measure("outcome.out of work"), 30 - 30 * runs.measure("indicator.out of work"))
    assert runs.quantity("outcome.reading").unit == "% of children"


def test_a_typo_names_the_nearest_measure():
    with pytest.raises(InputError, match=r"no measure is called 'progres': did you mean progress\?"):
        ensemble().measure("progres")
    with pytest.raises(InputError, match="there are progress, goal_alignment"):
        ensemble().measure("xyzzy")


def test_values_cannot_be_changed_by_accident():
    runs = ensemble()
    for array in (runs.values, runs.seeds, runs.measure("progress"), runs.measure("outcome.reading")):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_shapes_that_do_not_fit_are_refused():
    runs = ensemble()
    with pytest.raises(ValueError, match="values have the shape"):
        Ensemble(runs.values[:, :-1], runs.seeds, runs.measures, runs.scenario)


def test_tidy_frame_has_one_typed_row_for_each_value():
    runs = ensemble(run_seed=2**64 - 2)
    frame = runs.frame()
    assert list(frame.columns) == ["run", "seed", "month", "measure", "value"]
    assert [str(kind) for kind in frame.dtypes] == ["int64", "uint64", "int64", "category", "float64"]
    assert len(frame) == runs.values.size
    back = frame.pivot(index=["run", "month"], columns="measure", values="value")
    np.testing.assert_array_equal(back.to_numpy().reshape(runs.values.shape), runs.values)
    assert frame.groupby("run")["seed"].first().tolist() == [2**64 - 2, 2**64 - 1, 0]


def test_wide_frame_has_one_column_for_each_measure():
    frame = ensemble().frame(["progress", "outcome.reading"], months=[0, 36], wide=True)
    assert list(frame.columns) == ["run", "seed", "month", "progress", "outcome.reading"]
    assert frame["progress"].tolist() == [0.0, 0.1, 0.0, 0.2, 0.0, 0.4]


def test_frame_of_one_measure_by_name():
    assert set(ensemble().frame("trust")["measure"]) == {"trust"}


def test_summary_by_year_tells_mean_error_and_spread():
    table = ensemble().summary("progress")
    assert table["month"].tolist() == [0, 12, 24, 36]
    last = table.iloc[-1]
    values = np.array([0.1, 0.2, 0.4])
    assert last["mean"] == pytest.approx(values.mean())
    assert last["sd"] == pytest.approx(values.std(ddof=1))
    assert last["standard_error"] == pytest.approx(values.std(ddof=1) / np.sqrt(3))
    assert last[["q05", "q50", "q95"]].tolist() == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95]).tolist())
    assert last["runs"] == 3


def test_summary_tells_outcomes_in_their_own_units_too():
    table = ensemble().summary(months=[36]).set_index("measure")
    assert table.loc["outcome.reading", "unit"] == "% of children"
    assert table.loc["outcome.reading", "mean"] == pytest.approx(100 * table.loc["indicator.reading", "mean"])


def test_summary_says_how_many_runs_have_a_value():
    table = with_nan(ensemble(), "trust", [0]).summary("trust", [36])
    assert table["runs"].item() == 2
    assert table["mean"].item() == pytest.approx(8 + 0.3)


def test_a_horizon_that_is_no_whole_year_ends_the_summary():
    assert ensemble(months=30).years == (0, 12, 24, 30)


@pytest.mark.parametrize("months", [[37], [-1], [1.5], ["1"]])
def test_months_that_are_not_there_are_refused(months):
    with pytest.raises(InputError, match="month"):
        ensemble().summary("progress", months)


def test_text_and_html_show_the_headlines():
    runs = with_nan(ensemble(name="<b>bold</b> & co"), "commitment", [0], slice(36, None))
    text, page = repr(runs), runs._repr_html_()
    assert "<b>bold</b> & co: 3 runs, seed 1 (run seeds 1 to 3), months 0 to 36" in text
    assert "outcome.reading (% of children)" in text
    assert "in 2 of 3 runs" in text
    assert "<b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; co" in page
    assert '<th scope="row"' in page


def test_run_seeds_follow_one_another_and_wrap():
    assert consecutive(2**64 - 1, 2).tolist() == [2**64 - 1, 0]
    assert first_of(consecutive(2**64 - 1, 2)) == 2**64 - 1
    assert first_of(np.array([1, 3], dtype=np.uint64)) is None


def test_ensembles_of_different_seeds_share_no_run_whatever_their_sizes():
    blocks = sorted((first_run_seed(seed) - 1) % 2**64 for seed in (0, 1, 2, 3, 10**6, 2**43, LARGEST_OF_ENSEMBLE))
    gaps = np.diff([*map(int, blocks), 2**64 + blocks[0]])
    assert min(gaps) >= BLOCK
    assert run_seeds_of(1, 200).tolist() == list(range(1, 201))
    assert run_seeds_of(2, 2).tolist() == [1_000_001, 1_000_002]
    assert run_seeds_of(0, BLOCK)[-2:].tolist() == [2**64 - 1, 0]


@pytest.mark.parametrize("seed", [0, 1, 2, LARGEST_OF_ENSEMBLE])
def test_the_seed_of_run_seeds_that_begin_its_block_is_found(seed):
    assert ensemble_seed(run_seeds_of(seed, 3)) == seed
    assert ensemble_seed(consecutive(first_run_seed(seed) + 1, 3)) is None
    assert ensemble_seed(consecutive(first_run_seed(LARGEST_OF_ENSEMBLE) + BLOCK, 3)) is None


def test_words_tell_an_ensembles_seed_from_run_seeds():
    assert seeds_in_words(run_seeds_of(2, 200)) == "seed 2 (run seeds 1000001 to 1000200)"
    assert seeds_in_words(run_seeds_of(1, 1)) == "seed 1 (run seed 1)"
    assert seeds_in_words(consecutive(7, 1)) == "run seed 7"
    assert seeds_in_words(consecutive(2**64 - 1, 2)) == f"run seeds {2**64 - 1} to 0"
    assert seeds_in_words(np.array([9, 3], dtype=np.uint64)) == "2 run seeds from 3 to 9"
    assert seeds_in_words(consecutive(1, 0)) == "no seeds"


@pytest.mark.parametrize(
    ("runs", "seed", "says"),
    [
        (0, 1, "runs = 0"),
        (True, 1, "runs = True"),
        (1.5, 1, "runs = 1.5"),
        (10**6 + 1, 1, "runs = 1000001: must be at most 1000000, the run seeds of one seed"),
        (1, -1, "seed = -1"),
        (1, LARGEST_OF_ENSEMBLE + 1, "seed"),
    ],
)
def test_wrong_runs_and_seeds_are_refused(runs, seed, says):
    with pytest.raises(InputError, match=says):
        cisim.run(ensemble().scenario, runs, seed)


def test_both_problems_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        run_seeds_of(-1, 0)
    assert len(caught.value.problems) == 2


def test_more_runs_than_memory_are_refused_before_they_start():
    with pytest.raises(InputError, match="GB of memory: ask for fewer runs"):
        cisim.run(ensemble(months=1200).scenario, runs=10**6)


def test_run_r_of_any_ensemble_is_that_of_its_run_seed():
    scenario = ensemble(months=12).scenario
    many, one = cisim.run(scenario, runs=3, seed=4), cisim.run(scenario, run_seeds=[3_000_002], threads=1)
    assert many.seeds.tolist() == [3_000_001, 3_000_002, 3_000_003]
    np.testing.assert_array_equal(many.values[1], one.values[0])
    assert many.roster is not None
    assert many.measures[-1].name == "agenda_fit.philanthropy"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"run_seeds": [5], "seed": 2}, "run_seeds, runs = 200, seed = 2: give the seeds of"),
        ({"run_seeds": [5, -1]}, "seed -1: must be an integer"),
        ({"run_seeds": []}, "at least one, each once"),
        ({"run_seeds": [5, 6, 5]}, "at least one, each once"),
    ],
)
def test_wrong_run_seeds_are_refused(asked, says):
    with pytest.raises(InputError, match=says):
        cisim.run(ensemble().scenario, **asked)


def test_progress_is_reported_and_a_rival_stage_is_recorded():
    told: list[int] = []

    def commit(state, dials, luck):
        pass

    runs = cisim.run(ensemble(months=3).scenario, runs=2, threads=1, stages={"commit": commit}, on_progress=told.append)
    assert told[-1] == 2
    assert runs.stages == {"commit": fingerprint(commit)}


def test_a_path_or_a_name_is_loaded(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[scenario]\nname = 'mine'\nmonths = 2\n", encoding="utf-8")
    assert cisim.run(file, runs=1).scenario.name == "mine"
    assert cisim.run(str(file), runs=1).scenario.name == "mine"


def test_ensembles_of_other_seeds_are_put_together_as_if_they_were_run_at_once():
    scenario = ensemble(months=3).scenario
    parts = [cisim.run(scenario, run_seeds=seeds) for seeds in ([7, 8], [9], [3])]
    whole = cisim.concatenate(parts)
    assert whole.seeds.tolist() == [7, 8, 9, 3]
    np.testing.assert_array_equal(whole.values, cisim.run(scenario, run_seeds=[7, 8, 9, 3]).values)
    assert whole.made_with == parts[0].made_with


def test_what_is_no_ensemble_of_the_same_runs_is_not_put_together():
    runs = cisim.run(ensemble(months=3).scenario, 2)
    with pytest.raises(InputError, match=r"2 runs would be there twice: seed 1 \(run seeds 1 to 2\)"):
        cisim.concatenate([runs, runs])
    other = cisim.run(runs.scenario.replace(**{"backbone.staff": 1.0}), 2, 2)
    with pytest.raises(InputError, match="ensemble 2 has another scenario than the first"):
        cisim.concatenate([runs, other])
    older = replace(runs, seeds=runs.seeds + np.uint64(9), made_with={**runs.made_with, "model": "older"})
    with pytest.raises(InputError, match="ensemble 2 has another model than the first"):
        cisim.concatenate([runs, older])
    with pytest.raises(InputError, match="no ensemble"):
        cisim.concatenate([])


def test_versions_that_differ_between_ensembles_are_told_by_neither():
    runs = cisim.run(ensemble(months=3).scenario, 2)
    older = replace(runs, seeds=runs.seeds + np.uint64(9), made_with={**runs.made_with, "numpy": "0.1"})
    assert set(runs.made_with) - set(cisim.concatenate([runs, older]).made_with) == {"numpy"}
