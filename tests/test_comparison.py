"""Tests of paired comparison: its numbers, and refusals of what cannot be compared."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from scipy import stats

import cisim
from cisim.comparison import Comparison
from cisim.errors import InputError
from cisim.report.documents import records
from synthetic import comparison, ensemble, scenario, with_nan

ALONE, TOGETHER = (0.10, 0.20, 0.30, 0.40), (0.25, 0.20, 0.50, 0.35)


def test_differences_are_taken_run_by_run():
    pair = comparison(ALONE, TOGETHER)
    np.testing.assert_allclose(pair.difference()[:, -1], [0.15, 0.0, 0.2, -0.05])
    np.testing.assert_allclose(pair.difference("alone", "together")[:, -1], [-0.15, 0.0, -0.2, 0.05])


def test_table_gives_mean_paired_error_and_students_interval():
    row = comparison(ALONE, TOGETHER).table(months=[36]).iloc[0]
    test = stats.ttest_rel(TOGETHER, ALONE)
    expected = test.confidence_interval(0.95)
    assert row["difference"] == pytest.approx(0.075)
    assert row["standard_error"] == pytest.approx(stats.sem(np.subtract(TOGETHER, ALONE)))
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))
    assert (row["mean"], row["reference_mean"]) == pytest.approx((0.325, 0.25))


def test_nine_runs_in_ten_lie_between_the_quantiles_of_5_and_95_per_cent():
    luck = np.random.default_rng(1)
    alone, together = luck.gamma(1.5, 0.1, 40), luck.gamma(1.5, 0.2, 40)
    table = comparison(alone, together).table(months=[12, 36])
    expected = np.quantile(together - alone, [0.05, 0.95])
    np.testing.assert_allclose(table[["q05", "q95"]], [expected / 3, expected])


def test_the_table_that_a_comparison_shows_has_its_numbers_under_their_headings():
    luck = np.random.default_rng(1)
    alone, together = luck.gamma(1.5, 0.1, 40), luck.gamma(1.2, 0.1, 40)
    differences = together - alone
    interval = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    share = stats.binomtest(int((differences > 0).sum()), 40).proportion_ci(method="wilson")
    numbers = (
        together.mean(), alone.mean(), differences.mean(), stats.sem(differences), interval.low, interval.high,
        (differences > 0).mean(), share.low, share.high,
    )  # fmt: skip
    mean, other, difference, error, low, high, chance, least, most = (
        f"{n:.3g}".replace("-", "\u2212") for n in numbers
    )
    assert difference[0] == "\u2212"
    heading, *_, last = repr(comparison(alone, together)).splitlines()[2:]
    assert re.split(" {2,}", heading) == [
        "strategy", "month", "mean", "alone", "difference", "standard error", "95 % interval", "chance of more",
    ]  # fmt: skip
    expected = ["together", "36", mean, other, difference, error, f"{low} to {high}", f"{chance} ({least} to {most})"]
    assert re.split(" {2,}", last) == expected


def test_a_tie_counts_half_in_the_chance_of_more():
    row = comparison(ALONE, TOGETHER).table(months=[36]).iloc[0]
    assert row["chance"] == pytest.approx(2.5 / 4)
    assert row["chance_low"] < 2.5 / 4 < row["chance_high"]


def test_at_the_founding_nothing_differs():
    row = comparison(ALONE, TOGETHER).table(months=[0]).iloc[0]
    assert (row["difference"], row["chance"]) == (0.0, 0.5)


def test_a_run_without_meaning_under_one_strategy_is_left_out_of_both():
    pair = Comparison({"a": ensemble(ALONE), "b": with_nan(ensemble(TOGETHER), "trust", [0])})
    row = pair.table("trust", [36]).iloc[0]
    assert row["runs"] == 3
    assert row["reference_mean"] == pytest.approx(8 + np.mean(ALONE[1:]))


def test_a_measure_without_any_meaning_gives_nan_and_null():
    pair = Comparison({"a": ensemble(ALONE), "b": with_nan(ensemble(TOGETHER), "trust", range(4))})
    rows = records(pair.table_parts("trust", [36]))
    assert rows[0]["difference"] is None
    assert rows[0]["runs"] == 0
    json.dumps(rows, allow_nan=False)


def test_table_has_every_strategy_measure_and_year():
    runs = ensemble(ALONE)
    table = Comparison({"a": runs, "b": runs, "c": runs}).table(["progress", "outcome.reading"])
    assert table.groupby(["measure", "strategy"]).size().tolist() == [4, 4, 4, 4]
    assert set(table["reference"]) == {"a"}


def test_the_reference_may_be_named():
    pair = Comparison({"a": ensemble(ALONE), "b": ensemble(TOGETHER)}, reference="b")
    assert pair.others == ("a",)
    assert pair.table(months=[36])["difference"].item() == pytest.approx(-0.075)


def test_text_and_html_show_progress_by_year():
    pair = Comparison({"<i>a</i>": ensemble(ALONE), "b": ensemble(TOGETHER)})
    assert "4 paired runs, seed 1 (run seeds 1 to 4)" in repr(pair)
    assert "0.325" in repr(pair)
    assert "<i>" not in pair._repr_html_()
    assert "&lt;i&gt;a&lt;/i&gt;" in pair._repr_html_()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"scenario.months": 24}, "'b' and 'a' cannot be compared: they have 24 and 36 months"),
        ({"community.outcomes.reading.unit": "points"}, "the outcome 'reading' has unit 'points' and '% of children'"),
        ({"community.outcomes.reading.baseline": 0.5}, "the outcome 'reading' has baseline 0.5 and 0.4"),
        ({"community.outcomes.reading.weight": 3.0}, "the outcome 'reading' has weight 0.75 and 0.5 of all"),
        ({"community.outcomes": [{"name": "other"}]}, "their outcomes are other and reading, out of work"),
    ],
)
def test_scenarios_that_ask_something_else_are_refused_before_they_run(changes, says):
    with pytest.raises(InputError, match=says):
        cisim.compare({"a": scenario(), "b": scenario(**changes)}, runs=10**6)


def test_a_trend_or_a_common_factor_of_the_weights_does_not_hinder_comparison():
    changes = {"community.outcomes.reading.weight": 2.0, "community.outcomes.out of work.weight": 2.0}
    Comparison(
        {"a": ensemble(ALONE), "b": ensemble(TOGETHER, **changes, **{"community.outcomes.reading.trend": -0.001})}
    )


@pytest.mark.parametrize("factor", [0.1, 3.0, 7.0])
def test_weights_of_a_common_factor_are_equal_though_their_shares_differ_by_rounding(factor):
    first, second = (
        {"community.outcomes.reading.weight": 0.3 * by, "community.outcomes.out of work.weight": 0.6 * by}
        for by in (1.0, factor)
    )
    one, other = ensemble(ALONE, **first), ensemble(TOGETHER, **second)
    assert one.scenario.outcome_weights != other.scenario.outcome_weights
    Comparison({"a": one, "b": other})


@pytest.mark.parametrize("change", [1e-6, -1e-6, 1e-9])
def test_weights_that_differ_by_more_than_rounding_are_refused(change):
    with pytest.raises(InputError, match=r"the outcome 'reading' has weight 0\.5 and 0\.5 of all"):
        Comparison(
            {"a": ensemble(ALONE), "b": ensemble(TOGETHER, **{"community.outcomes.reading.weight": 1.0 + change})}
        )


@pytest.mark.parametrize(
    ("strategies", "reference", "says"),
    [
        ({"a": "all-five"}, None, "at least two strategies: 1 given"),
        ({"a": "all-five", " ": "all-five"}, None, "not empty"),
        ({"a": "all-five", "b": "all-five"}, "c", "reference = 'c': no strategy has this name; there are a, b"),
    ],
)
def test_wrong_strategies_are_refused(strategies, reference, says):
    with pytest.raises(InputError, match=says):
        cisim.compare(strategies, runs=1, reference=reference)


def test_ensembles_of_other_seeds_cannot_be_paired():
    with pytest.raises(InputError, match="'b' ran with run seeds 2 to 5, 'a' with seed 1"):
        Comparison({"a": ensemble(ALONE), "b": ensemble(TOGETHER, run_seed=2)})


def test_an_unknown_strategy_is_refused():
    with pytest.raises(InputError, match="no strategy is called 'x': there are alone, together"):
        comparison(ALONE, TOGETHER).difference("x")
    with pytest.raises(InputError, match="no strategy is called ''"):
        comparison(ALONE, TOGETHER).difference("")


def test_a_strategy_compared_with_itself_differs_nowhere():
    told: list[int] = []
    pair = cisim.compare({"a": scenario(12), "b": scenario(12)}, runs=3, threads=1, on_progress=told.append)
    assert (pair.difference() == 0).all()
    assert told == sorted(told)
    assert told[-1] == 6


def test_an_ensemble_is_taken_as_it_is():
    runs = cisim.run(scenario(12), runs=2)
    pair = cisim.compare({"a": runs, "b": scenario(12)}, runs=2)
    assert pair.ensembles["a"] is runs
