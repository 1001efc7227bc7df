"""Tests of plausible worlds: who meets in them, what varies, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

import cisim
from cisim import engine
from cisim.errors import InputError
from cisim.plausible import FLOOR, GAINED, LOST, Plausible, draws, fitted, uncertain, varying
from cisim.scenario import Scenario

SHORT = Scenario().replace(**{"scenario.months": 12, "coalition.organisations": 8})
ALONE = SHORT.replace(**{"coalition.start": "never"})


def test_a_world_is_a_point_of_the_design_in_which_all_strategies_meet_the_same_luck() -> None:
    found = cisim.compare_plausible({"alone": ALONE, "together": SHORT}, 3, 4, seed=5)
    settings = list(draws(3, 5, uncertain()))[2]
    seeds = cisim.run(SHORT, 12, seed=5).seeds[8:]
    for column, scenario in enumerate((ALONE, SHORT)):
        records = engine.simulate(fitted(scenario, settings), seeds)
        assert found.values[2, column] == pytest.approx(records[:, -1, 0].mean(), rel=1e-12)
    again = cisim.compare_plausible({"alone": ALONE, "together": SHORT}, 3, 4, seed=5, threads=1)
    assert np.array_equal(found.values, again.values)


def test_what_a_strategy_sets_does_not_vary() -> None:
    known = SHORT.replace(**{"coalition.trust": 0.3})
    varied, held = varying([ALONE, known])
    assert held == ("coalition.trust",)
    assert {info.path for info in varied} == {info.path for info in uncertain()} - {"coalition.trust"}
    found = cisim.compare_plausible({"alone": ALONE, "known": known}, 2, 2, measure="trust")
    assert found.held == held
    assert (found.unit, found.measure) == ("[0, 1]", "trust")


def test_two_strategies_that_are_the_same_are_ahead_in_half_of_the_settings() -> None:
    found = cisim.compare_plausible({"one": SHORT, "other": SHORT}, 4, 2)
    of = found.summary("other", 0.0)
    assert (of["worlds"], of["ahead"], of["middle"], of["percentile"]) == (4, 2.0, 0.0, 0.0)
    assert of["low"] < 0.5 < of["high"]


def test_numbers_of_the_sentence_are_those_of_the_worlds() -> None:
    leads = np.array([-0.02, 0.01, 0.02, 0.03, 0.05])
    values = np.stack([np.full(5, 0.2), 0.2 + leads], axis=1)
    found = Plausible(("alone", "together"), "progress", "share of the gap", values, 20, (), ())
    of = found.summary("together", 0.04)
    assert of["ahead"] == 4
    assert [round(of[key], 10) for key in ("middle", "q25", "q75", "percentile")] == [0.02, 0.01, 0.03, 0.8]
    assert of["low"] == pytest.approx(0.3755, abs=1e-4)
    words = found.sentence("together", 0.04)
    assert "together is ahead of alone in 4 of 5 settings (38 % to 96 %), by +2.0 points in the middle case" in words
    assert "+1.0 points and +3.0 points" in words
    assert words.endswith("The +4.0 points of the scenarios as they are is more than in 80 % of them.")


def test_a_world_without_a_value_is_left_out() -> None:
    values = np.array([[np.nan, 0.2], [0.1, 0.2]])
    found = Plausible(("alone", "together"), "trust", "[0, 1]", values, 1, (), ())
    assert found.summary("together", 0.0)["worlds"] == 1


def test_settings_that_rules_would_refuse_are_bent() -> None:
    roles = tuple(f"role {number}" for number in range(20))
    scenario = SHORT.replace(**{"activities.roles": roles, FLOOR: 0.0})
    bent = fitted(scenario, {FLOOR: 0.1, LOST: 4.0, GAINED: 0.4})
    assert bent.value(FLOOR) == pytest.approx(0.045)
    assert bent.value(LOST) * bent.value(GAINED) <= 1.0


@pytest.mark.parametrize("worlds", [1, 0, -3, 10_001, True, 2.0])
def test_a_number_of_worlds_that_is_none_is_refused(worlds: object) -> None:
    with pytest.raises(InputError, match="must be a whole number of settings from 2 to 10000"):
        cisim.compare_plausible({"alone": ALONE, "together": SHORT}, worlds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("strategies", "says"),
    [
        ({}, "a comparison needs at least two strategies: 0 given"),
        ({"alone": ALONE}, "a comparison needs at least two strategies: 1 given"),
        (
            {"alone": ALONE, "longer": SHORT.replace(**{"scenario.months": 13})},
            "'longer' and 'alone' cannot be compared: they have 13 and 12 months",
        ),
        (
            {"alone": ALONE, "other": SHORT.replace(**{"community.outcomes": [{"name": "jobs"}]})},
            "'other' and 'alone' cannot be compared: their outcomes are jobs and ",
        ),
    ],
)
def test_strategies_that_cannot_be_compared_meet_in_no_world(strategies: dict[str, Scenario], says: str) -> None:
    told: list[int] = []
    with pytest.raises(InputError) as refused:
        cisim.compare_plausible(strategies, 2, 1, on_progress=told.append)
    assert str(refused.value).startswith(says)
    assert told == []
