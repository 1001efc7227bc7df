"""Tests of the facts: they count their runs, run nothing twice, and take no NaN for evidence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cisim.errors import InputError
from cisim.validation.claims import Estimate
from cisim.validation.facts import STRATEGIES, check_facts
from cisim.validation.trials import Trials, mean_of


def test_progress_ends_at_the_number_of_strategies():
    told: list[tuple[int, int]] = []
    results = check_facts(2, on_progress=lambda done, total: told.append((done, total)))
    assert [result.number for result in results] == list(range(1, 14))
    assert told == [(done, STRATEGIES) for done in range(1, STRATEGIES + 1)]


def test_equal_settings_are_run_once():
    counted: list[int] = []
    trials = Trials(2, 1, 1, counted.append)
    trials.of("progress", **{"backbone.staff": 3})
    np.testing.assert_array_equal(trials.of("members", **{"backbone.staff": 3.0}), trials.of("members"))
    assert counted == [1]


def test_nan_is_no_evidence():
    assert math.isnan(mean_of(np.array([np.nan, 1.0])).z)
    assert not mean_of(np.full(3, np.nan)).z > 2.0
    assert Estimate(0.0, 0.0).z == 0.0
    assert Estimate(-0.1, 0.0).z == -math.inf
    assert mean_of(np.array([1.0, 3.0, np.nan])).z == pytest.approx(2.0)


def test_facts_need_at_least_two_runs():
    with pytest.raises(InputError, match="at least 2"):
        check_facts(1)
