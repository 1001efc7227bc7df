"""Arrays in the order of the design have each point in its place, or are refused."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

import stores
from cisim.errors import InputError
from cisim.study import in_design_order
from stores import MORE_RUNS, again, create, do, extend, whole

#: What the made-up studies hold.
RIGHT = np.arange(4)[:, None] + np.arange(6) / 7


def test_values_stand_in_the_order_of_the_design(tmp_path):
    with mock.patch.object(stores, "FAILED", set()):
        store = create(tmp_path / "store")
        do(store, order=lambda left: left[::-1])
    np.testing.assert_allclose(in_design_order(store, "progress", 0, each=True), RIGHT)
    np.testing.assert_allclose(in_design_order(store, each=True), RIGHT + 12)
    np.testing.assert_allclose(in_design_order(store, "progress", 12), RIGHT.mean(axis=1) + 12)
    extend(store, MORE_RUNS)
    do(store)
    assert in_design_order(again(tmp_path / "store"), each=True).shape == (4, 8)


def test_runs_that_failed_are_told_and_stay_in_their_place_if_they_may_be_missing(tmp_path):
    store = whole(tmp_path / "store")
    with pytest.raises(InputError) as caught:
        in_design_order(store)
    assert caught.value.problems == (
        f"{tmp_path / 'store'}: 2 of 24 runs have no progress in month 12 (2 failed): point 1 lacks 1 of 6, "
        'point 3 lacks 1 of 6; missing="nan" takes the others',
    )
    right = RIGHT.copy()
    right[1, 2] = right[3, 5] = np.nan
    np.testing.assert_allclose(in_design_order(store, month=0, each=True, missing="nan"), right)
    np.testing.assert_allclose(in_design_order(store, month=0, missing="nan"), np.nanmean(right, axis=1))


def test_an_unfinished_study_is_refused_and_says_where_runs_are_missing(tmp_path):
    store = create(tmp_path / "store")
    with pytest.raises(InputError, match="no run is done yet"):
        in_design_order(store)
    do(store, 3)
    lacking = r"16 of 24 runs .* \(1 failed, 15 not done\): point 1 lacks 4 of 6, point 2 lacks 6 of 6, point 3 lacks 6"
    with pytest.raises(InputError, match=lacking):
        in_design_order(store)
    assert np.isnan(in_design_order(store, missing="nan")).tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("measure", "month", "words"), [("progres", 12, "did you mean progress"), ("progress", 6, "there are 0, 12")]
)
def test_what_was_not_recorded_is_named_with_what_was(tmp_path, measure, month, words):
    with pytest.raises(InputError, match=words):
        in_design_order(whole(tmp_path / "store"), measure, month)
