"""Tests that the engine and the second opinion agree on every measure of every month, to 1e-9."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import cisim.coalition
import cisim.scenario
from cisim import engine
from cisim.validation import second_opinion
from validation.second_opinion_settings import HARDER, SEEDS, organisation_events, random_scenario, scenario_of

TOLERANCE = 1e-9
SHIPPED = cisim.scenario.shipped()
RANDOM_SETTINGS = [*range(15), *(pytest.param(seed, marks=pytest.mark.many) for seed in range(15, 40))]
LARGE = 100
"""A coalition with more organisations is compared over its first two years: the second opinion is slow."""


def assert_agreement(scenario: Any, seeds: list[int]) -> None:
    """Assert that both give the same numbers, and NaN in the same places."""
    sectors = cisim.coalition.roster(scenario).sector_names
    names = [measure.name for measure in scenario.measures(sectors)]
    ours = engine.simulate(scenario, np.array(seeds, dtype=np.uint64))
    assert ours.shape == (len(seeds), scenario.months + 1, len(names))
    for seed, run in zip(seeds, ours, strict=True):
        rows = second_opinion.simulate(scenario, seed)
        assert len(rows) == scenario.months + 1
        for month, (row, recorded) in enumerate(zip(rows, run, strict=True)):
            assert set(row) == set(names)
            for name, value in zip(names, recorded, strict=True):
                same = math.isnan(value) if math.isnan(row[name]) else abs(value - row[name]) <= TOLERANCE
                assert same, f"seed {seed}, month {month}, {name}: engine {value!r}, second opinion {row[name]!r}"


@pytest.mark.parametrize("name", SHIPPED)
def test_engine_and_second_opinion_agree_on_a_shipped_scenario(name: str) -> None:
    scenario = cisim.scenario.load(name)
    if len(cisim.coalition.roster(scenario).names) > LARGE:
        assert_agreement(scenario.replace(**{"scenario.months": 24}), [5])
    else:
        assert_agreement(scenario, [1, 2**64 - 1])


@pytest.mark.parametrize("name", HARDER)
def test_engine_and_second_opinion_agree_on_a_harder_setting(name: str) -> None:
    assert_agreement(scenario_of(HARDER[name]), SEEDS.get(name, [1, 2, 3]))


GENERATED_NAMES = cisim.coalition.roster(scenario_of({})).names


@pytest.mark.parametrize("name", BY_NAME := organisation_events(GENERATED_NAMES))
def test_engine_and_second_opinion_agree_on_events_about_organisations(name: str) -> None:
    assert_agreement(scenario_of(BY_NAME[name]), [1, 2, 3])


@pytest.mark.parametrize("seed", RANDOM_SETTINGS)
def test_engine_and_second_opinion_agree_on_a_random_setting(seed: int) -> None:
    assert_agreement(random_scenario(seed), [seed])


def test_second_opinion_draws_the_luck_of_the_package() -> None:
    from cisim.dynamics import luck
    from cisim.validation.second_opinion.plain_luck import Luck, slot_of, slot_of_direction, slot_of_pair

    one, other = luck.identity_of_name("Zoë"), luck.identity_of_name("ÅA")
    assert slot_of(one) == luck.slot_of(np.uint64(one))
    assert slot_of_pair(one, other) == luck.slot_of_pair(np.uint64(one), np.uint64(other))
    assert slot_of_direction(one, other) == luck.slot_of_direction(np.uint64(one), np.uint64(other))
    for seed, month, component in [(0, 0, 0), (2**64 - 1, 1200, 49), (17, 5, 3)]:
        key = np.uint64(luck.key(luck.Luck(np.uint64(seed), np.int64(month)), luck.CONTACT))
        slot = slot_of(one)
        plain = Luck(seed)
        assert plain.uniform("contact", month, slot, component) == luck.uniform(key, np.uint64(slot), component)
        assert plain.normal("contact", month, slot, component) == pytest.approx(
            luck.normal(key, np.uint64(slot), component), abs=1e-14
        )
