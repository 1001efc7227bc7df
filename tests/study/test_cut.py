"""Runs are cut into tasks, and each run is in one task."""

from __future__ import annotations

import json
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisim.study.estimate import LONGEST, LONGEST_POINT, MOST_ROWS, MOST_RUNS, SHORTEST, cut
from cisim.study.manifest import Batch
from cisim.study.store import Store

COSTS = st.lists(st.sampled_from([0.0, 1e-5, 0.001, 0.02, 0.3, 5.0]), min_size=1, max_size=8)
BATCHES = st.builds(
    lambda costs, runs, whole, rows: (
        costs,
        cut(costs, range(5, 5 + runs), first_point=3, first_task=11, whole_points=whole, rows=rows),
    ),
    COSTS,
    st.integers(1, 300),
    st.booleans(),
    st.sampled_from([1, 121, 10**7]),
)


def sizes(batch):
    return [size for count, size in batch.sizes for _ in range(count)]


def seconds(costs, batch):
    """Estimated work of each task."""
    each = [cost for cost in costs for _ in range(batch.replications)]
    starts = batch.bounds.tolist()
    return [sum(each[start:end]) for start, end in pairwise(starts)]


@given(BATCHES)
def test_each_run_is_in_one_task_and_in_order(given):
    _, batch = given
    runs = [
        (point, run)
        for task in range(11, batch.end)
        for point, first, last in batch.spans(task)
        for run in range(first, last)
    ]
    assert runs == [(3 + point, 5 + run) for point in range(batch.points) for run in range(batch.replications)]


@given(BATCHES)
def test_tasks_are_neither_empty_nor_longer_than_needed(given):
    costs, batch = given
    dearest = max(costs)
    for size, spent in zip(sizes(batch), seconds(costs, batch), strict=True):
        assert 1 <= size <= MOST_RUNS
        assert spent <= max(LONGEST + dearest, LONGEST_POINT) + 1e-6


def test_a_whole_point_that_fills_a_task_takes_no_run_of_a_long_one_with_it():
    batch = cut([0.3, 5.0], range(21), whole_points=True)
    assert batch.sizes == ((1, 21), (21, 1))


@given(COSTS, st.integers(1, 300))
def test_a_small_study_has_tasks_for_many_workers(costs, runs):
    batch = cut(costs, range(runs))
    total = sum(costs) * runs
    if max(costs) <= SHORTEST:
        assert batch.tasks >= min(16, int(total / (2 * SHORTEST)))


@given(BATCHES)
def test_a_batch_comes_back_from_json(given):
    _, batch = given
    assert Batch.model_validate_json(batch.model_dump_json()) == batch


def test_tables_of_many_rows_make_smaller_tasks():
    batch = cut([1e-4], range(100_000), rows=2_000)
    assert all(2_000 * size <= MOST_ROWS for size in sizes(batch))
    assert sum(sizes(batch)) == 100_000


@given(COSTS, st.integers(1, 3_000))
def test_points_stay_whole_where_bands_are_made_of_them_and_they_are_short(costs, runs):
    batch = cut(costs, range(runs), whole_points=True)
    cuts = set(batch.bounds.tolist())
    for point, cost in enumerate(costs):
        if cost * runs <= LONGEST_POINT:
            assert not any(point * runs < place < (point + 1) * runs for place in cuts)


def test_a_million_runs_are_told_in_a_few_words():
    batch = cut([0.0047] * 1_000, range(1_000))
    assert batch.runs == 1_000_000
    assert len(batch.sizes) == 2
    assert 500 < batch.tasks < 1_000


@given(st.integers(0, 1000), st.integers(1, 9))
def test_shards_share_all_tasks_and_none_twice(tasks, parts):
    shards = [SimpleNamespace(tasks=tasks, manifest=SimpleNamespace(shard=(n, parts))) for n in range(1, parts + 1)]
    shares = [Store.mine.fget(shard) for shard in shards]
    assert sorted(task for share in shares for task in share) == list(range(tasks))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize(
    "change",
    [
        {"sizes": [[7, 3]]},
        {"sizes": [[0, 3]]},
        {"sizes": []},
        {"points": 0},
        {"replications": 2**60},
        {"sizes": [[2**40, 1]], "points": 2**20, "replications": 2**20},
        {"first_task": -1},
    ],
)
def test_a_batch_that_does_not_add_up_is_refused(change):
    values = cut([0.1] * 4, range(6)).model_dump(mode="json")
    with pytest.raises(ValueError, match="Batch"):
        Batch.model_validate_json(json.dumps(values | change))
