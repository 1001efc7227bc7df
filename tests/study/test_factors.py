"""A factor gives values by places in its range or among its levels, and settings by values."""

from __future__ import annotations

from collections import Counter

import pytest

from cisim.errors import InputError
from cisim.study.factors import Factor, Level, spread

STAFF = Factor("backbone.staff", "lever", "FTE", low=0.0, high=4.0)
DRIFT = Factor("measurement.belief_drift", "uncertainty", low=1e-5, high=1e-3, scale="log")
SIZE = Factor("coalition.organisations", "lever", low=3, high=5, whole=True)
DATA = Factor(
    "shared data",
    "lever",
    levels=(Level("absent", {"measurement.sharing": 0}), Level("present", {"measurement.sharing": 0.8})),
)


def test_a_range_is_even_from_one_end_to_the_other() -> None:
    assert [STAFF.at(share) for share in (0.0, 0.25, 1.0)] == [0.0, 1.0, 4.0]


def test_a_log_range_is_even_in_its_logarithm_and_stays_within_its_ends() -> None:
    assert [DRIFT.at(share) for share in (0.0, 0.5, 1.0)] == [1e-5, 1e-4, 1e-3]


def test_whole_numbers_have_equal_shares_of_the_range() -> None:
    counts = Counter(SIZE.at((place + 0.5) / 300) for place in range(300))
    assert counts == {3: 100, 4: 100, 5: 100}
    assert all(type(SIZE.at(share)) is int for share in (0.0, 0.5, 1.0))
    assert SIZE.at(1.0) == 5


def test_whole_numbers_on_a_log_scale_stay_within_the_range() -> None:
    factor = Factor("practice.bits", "lever", low=4, high=20, scale="log", whole=True)
    values = [factor.at(place / 1000) for place in range(1001)]
    assert sorted(set(values)) == list(range(4, 21))
    assert values == sorted(values)


def test_levels_have_equal_shares() -> None:
    assert [DATA.at(share) for share in (0.0, 0.49, 0.5, 1.0)] == ["absent", "absent", "present", "present"]


def test_a_value_of_a_field_is_its_setting() -> None:
    assert STAFF.settings(1.5) == {"backbone.staff": 1.5}
    assert SIZE.settings(4) == {"coalition.organisations": 4}


def test_a_level_of_a_bundle_is_all_its_settings() -> None:
    assert DATA.settings("present") == {"measurement.sharing": 0.8}


def test_an_unknown_level_of_a_bundle_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r'shared data = "x": no such level; there are "absent", "present"'):
        DATA.settings("x")


def test_a_field_may_have_a_value_that_is_no_level() -> None:
    factor = Factor("backbone.staff", "lever", levels=(Level(1.0, {"backbone.staff": 1.0}),))
    assert factor.settings(3.0) == {"backbone.staff": 3.0}


def test_a_range_without_levels_has_its_ends_for_a_design_of_levels() -> None:
    assert STAFF.values == (0.0, 4.0)
    assert SIZE.values == (3, 5)
    assert all(type(value) is int for value in SIZE.values)


def test_a_factor_without_values_is_refused() -> None:
    with pytest.raises(InputError, match="neither a range nor levels"):
        Factor("backbone.staff", "lever")


def test_levels_spread_over_a_range_have_few_digits_and_both_ends() -> None:
    assert spread(0, 1, 11)[3] == 0.3
    assert spread(1e-5, 1e-3, 3, "log") == (1e-5, 1e-4, 1e-3)
    assert spread(4, 20, 5, whole=True) == (4, 8, 12, 16, 20)
