"""Tests of means, errors and intervals, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cisim.uncertainty import moments, quantiles, t_interval, wilson

SAMPLES = np.random.default_rng(5).normal(3.0, 2.0, (40, 3))


def test_moments_are_those_of_numpy_and_scipy():
    of = moments(SAMPLES)
    np.testing.assert_allclose(of.mean, SAMPLES.mean(axis=0))
    np.testing.assert_allclose(of.sd, SAMPLES.std(axis=0, ddof=1))
    np.testing.assert_allclose(of.standard_error, stats.sem(SAMPLES))


def test_a_run_without_a_value_is_left_out_and_counted():
    holed = SAMPLES.copy()
    holed[:10, 1] = np.nan
    of = moments(holed)
    assert of.runs.tolist() == [40, 30, 40]
    np.testing.assert_allclose(of.mean[1], SAMPLES[10:, 1].mean())
    np.testing.assert_allclose(quantiles(holed, [0.25])[0, 1], np.quantile(SAMPLES[10:, 1], 0.25))


def test_without_values_there_is_no_number_and_no_warning():
    nothing = np.full((5, 2), np.nan)
    of = moments(nothing)
    assert of.runs.tolist() == [0, 0]
    assert np.isnan([of.mean, of.sd, *t_interval(of), *quantiles(nothing, [0.5])]).all()


def test_one_run_has_a_mean_but_no_error():
    of = moments(SAMPLES[:1])
    assert not np.isnan(of.mean).any()
    assert np.isnan([of.sd, of.standard_error, *t_interval(of)]).all()


def test_t_interval_is_that_of_scipy():
    expected = stats.ttest_1samp(SAMPLES, 0.0).confidence_interval(0.95)
    np.testing.assert_allclose(t_interval(moments(SAMPLES)), [expected.low, expected.high])


@pytest.mark.parametrize(("wins", "runs"), [(0, 10), (3, 10), (10, 10), (150, 400)])
def test_wilson_interval_is_that_of_scipy(wins, runs):
    expected = stats.binomtest(wins, runs).proportion_ci(0.95, method="wilson")
    low, high = wilson(wins / runs, runs)
    assert (low.item(), high.item()) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_interval_without_runs_is_nan():
    assert np.isnan(wilson(np.nan, 0)).all()
