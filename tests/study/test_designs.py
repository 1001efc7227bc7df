"""Designs have the points they promise, the same on every Python and for whoever draws random numbers besides."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from cisim.errors import InputError
from cisim.study.designs import OPTIMISED, Design, count_of, points_of
from cisim.study.factors import Factor, Level, Value

STAFF = Factor("backbone.staff", "lever", low=0.0, high=4.0, usual=3.0)
CONTACT = Factor("communication.frequency", "lever", low=0.5, high=8.0, scale="log", usual=2.0)
SIZE = Factor("coalition.organisations", "lever", low=5, high=60, whole=True, usual=30)
START = Factor(
    "coalition.start",
    "uncertainty",
    levels=(Level(1, {"coalition.start": 1}), Level("never", {"coalition.start": "never"})),
    usual=1,
)
FACTORS = (STAFF, CONTACT, SIZE, START)
PLAIN = tuple(Factor(name, "lever", low=0.0, high=1.0, usual=0.5) for name in ("a", "b", "c"))


def digest(points: Sequence[tuple[Value, ...]]) -> str:
    return hashlib.blake2b(json.dumps(points).encode(), digest_size=8).hexdigest()


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        (Design(kind="latin-hypercube", points=50), "9834313948fc2b0c"),
        (Design(kind="latin-hypercube", points=10_000), "b4ce228f20bd7471"),
        (Design(kind="sobol", points=8192), "37e7ff6933dcbb0a"),
        (Design(kind="saltelli", samples=512), "3c797b21063f432c"),
        (Design(kind="saltelli", samples=16, second_order=False), "e12aa31e3a8df876"),
        (Design(kind="morris", trajectories=50), "ce7084a686d17e31"),
    ],
    ids=lambda value: f"{value.kind}" if isinstance(value, Design) else None,
)
def test_a_design_with_luck_is_the_same_everywhere(design: Design, expected: str) -> None:
    points = points_of(design, FACTORS, seed=7)
    assert len(points) == count_of(design, FACTORS)
    assert digest(points) == expected


@pytest.mark.parametrize(
    "design",
    [
        Design(kind="latin-hypercube", points=8),
        Design(kind="sobol", points=8),
        Design(kind="saltelli", samples=8),
        Design(kind="morris", trajectories=8),
    ],
    ids=lambda design: design.kind,
)
def test_the_luck_of_a_design_is_the_seeds_and_nobody_elses(design: Design) -> None:
    # It is the global state, which others use, that must stay as it is.
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.rand()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    points = points_of(design, FACTORS, seed=3)
    assert np.random.rand() == expected  # noqa: NPY002
    assert points_of(design, FACTORS, seed=3) == points
    assert points_of(design, FACTORS, seed=4) != points
    assert points_of(design, FACTORS, seed=2**64 - 1) != points


def test_a_factorial_has_every_combination_once_the_last_factor_fastest() -> None:
    points = points_of(Design(kind="factorial"), (STAFF, START), seed=1)
    assert points == [(0.0, 1), (0.0, "never"), (4.0, 1), (4.0, "never")]


def test_a_study_without_factors_has_one_point() -> None:
    assert points_of(Design(kind="factorial"), (), seed=1) == [()]


def test_one_at_a_time_begins_with_the_base_and_changes_one_factor_in_each_point() -> None:
    points = points_of(Design(kind="one-at-a-time"), FACTORS, seed=1)
    base = (3.0, 2.0, 30, 1)
    assert points[0] == base
    assert len(points) == 1 + 2 + 2 + 2 + 1
    assert all(sum(one != other for one, other in zip(point, base, strict=True)) == 1 for point in points[1:])


@pytest.mark.parametrize("points", [30, OPTIMISED + 1])
def test_a_latin_hypercube_has_one_point_in_each_interval_of_each_factor(points: int) -> None:
    rows = np.array(points_of(Design(kind="latin-hypercube", points=points), PLAIN, seed=1), dtype=float)
    for column in rows.T:
        assert sorted(np.floor(column * points).astype(int)) == list(range(points))


def test_an_optimised_hypercube_fills_space_more_evenly_than_the_first_best() -> None:
    from scipy.stats import qmc

    rows = np.array(points_of(Design(kind="latin-hypercube", points=30), PLAIN, seed=1), dtype=float)
    plain = qmc.LatinHypercube(3, rng=np.random.default_rng(1)).random(30)
    assert qmc.discrepancy(rows, method="CD") < qmc.discrepancy(plain, method="CD")


def test_sobol_points_balance_every_pair_of_factors() -> None:
    rows = points_of(Design(kind="sobol", points=64), PLAIN, seed=1)
    for one, two in itertools.combinations(range(3), 2):
        quarters = Counter((row[one] < 0.5, row[two] < 0.5) for row in rows)  # type: ignore[operator]
        assert set(quarters.values()) == {16}


def test_saltelli_rows_differ_from_their_base_rows_in_one_factor() -> None:
    rows = points_of(Design(kind="saltelli", samples=4), PLAIN, seed=1)
    for start in range(0, len(rows), 8):
        first, *inner, last = rows[start : start + 8]
        changed = [sum(a != b for a, b in zip(row, first, strict=True)) for row in inner]
        assert changed == [1, 1, 1, 2, 2, 2]
        assert all(set(row) <= {*first, *last} for row in inner)


def test_each_step_of_a_morris_trajectory_changes_one_factor_by_half_its_range_or_more() -> None:
    rows = points_of(Design(kind="morris", trajectories=10), PLAIN, seed=1)
    for start in range(0, len(rows), 4):
        changes = np.diff(np.array(rows[start : start + 4], dtype=float), axis=0)
        assert sorted(np.argmax(np.abs(changes), axis=1)) == [0, 1, 2]
        assert np.allclose(np.sort(np.abs(changes), axis=1), [[0, 0, 2 / 3]] * 3)


def test_points_of_a_file_are_taken_as_they_are() -> None:
    assert points_of(Design(kind="file", rows=((1.0, "never"), (2.0, 1))), (STAFF, START), seed=1) == [
        (1.0, "never"),
        (2.0, 1),
    ]


# --- growing ------------------------------------------------------------------------------------------


def test_a_sobol_sequence_goes_on_where_it_ended() -> None:
    first = points_of(Design(kind="sobol", points=8), FACTORS, seed=7)
    second = points_of(Design(kind="sobol", points=8), FACTORS, 7, 1, 8)
    third = points_of(Design(kind="sobol", points=8), FACTORS, 7, 4, 16, before=16)
    assert first + second + third == points_of(Design(kind="sobol", points=32), FACTORS, seed=7)


def test_a_latin_hypercube_gets_another_one_for_each_extension() -> None:
    design = Design(kind="latin-hypercube", points=10)
    first, second, third = (points_of(design, PLAIN, 1, batch, 10) for batch in range(3))
    assert not set(first) & set(second)
    assert not set(second) & set(third)
    for points in (second, third):
        for column in np.array(points, dtype=float).T:
            assert sorted(np.floor(column * 10).astype(int)) == list(range(10))


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (Design(kind="factorial"), "factorial cannot have more points: it has every combination already"),
        (Design(kind="one-at-a-time"), "one-at-a-time cannot have more points: it has every level"),
        (Design(kind="saltelli", samples=8), "saltelli cannot have more points: its points belong together"),
        (Design(kind="morris", trajectories=8), "morris cannot have more points: its points belong together"),
        (Design(kind="file", rows=((1.0,),)), "file cannot have more points: its points are those of the file"),
        (Design(kind="sobol", points=8), "sobol with 11 points: must be a power of 2 in all, such as 16"),
    ],
)
def test_a_design_that_cannot_grow_so_says_why(design: Design, words: str) -> None:
    with pytest.raises(InputError, match=words):
        points_of(design, (STAFF,), 1, 1, 3)


def test_a_study_grows_by_at_least_one_point() -> None:
    with pytest.raises(InputError, match="at least 1"):
        points_of(Design(kind="latin-hypercube", points=8), (STAFF,), 1, 1, 0)


# --- what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (Design(kind="sobol", points=100), "points = 100: must be a power of 2, such as 64 or 128"),
        (Design(kind="saltelli", samples=3), "samples = 3: must be a power of 2, such as 2 or 4"),
        (Design(kind="latin-hypercube"), "design.points: is missing: must be a whole number from 1 to 1000000"),
        (Design(kind="saltelli", samples=2**19), "would have 5,242,880 points, more than 1,000,000"),
        (Design(kind="file"), "must be a list of points, with at least one"),
    ],
)
def test_an_impossible_design_is_refused_with_what_is_allowed(design: Design, words: str) -> None:
    with pytest.raises(InputError, match=words):
        points_of(design, FACTORS, 1)


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"kind": "sobl"}, 'kind = "sobl": must be one of factorial'),
        ({"kind": "latin-hypercube", "points": 0}, "points = 0: must be a whole number from 1 to 1000000"),
        ({"kind": "latin-hypercube", "points": True}, "points = true: must be a whole number"),
        ({"kind": "latin-hypercube", "points": 10**400}, "points = a very large number: must be a whole number"),
        ({"kind": "morris", "trajectories": 4, "levels": 3}, "levels = 3: must be an even whole number"),
        ({"kind": "sobol", "pints": 8}, "pints = 8: no such field; did you mean points"),
    ],
)
def test_a_wrong_number_of_a_design_is_refused_in_words(design: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Design(**design)


def test_a_design_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError, match="make another with model_copy"):
        Design().points = 3  # type: ignore[misc]


def test_only_a_factorial_can_do_without_factors() -> None:
    with pytest.raises(InputError, match="needs at least one factor"):
        points_of(Design(kind="sobol", points=8), (), 1)


def test_a_factorial_of_more_points_than_python_writes_down_is_refused() -> None:
    levels = tuple(Level(float(value), {}) for value in range(1000))
    many = [Factor(f"f{number}", "lever", levels=levels) for number in range(2000)]
    with pytest.raises(InputError, match="would have very many points, more than 1,000,000"):
        points_of(Design(), many, 1)
