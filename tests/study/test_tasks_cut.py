"""Runs are cut into tasks and shelves that every run is on once."""

from __future__ import annotations

import pytest
from cisim.study.layout import (
    SHELF_ROWS,
    SHELF_RUNS,
    SHELF_TASKS,
    TASK_RUNS,
    TASK_SECONDS,
    Batch,
    Layout,
    batch_of,
)
from hypothesis import given
from hypothesis import strategies as st

COSTS = st.lists(st.sampled_from([0.0, 1e-5, 0.001, 0.02, 0.3, 5.0]), min_size=1, max_size=8)
BATCHES = st.builds(
    lambda costs, runs, whole, rows: (
        costs,
        batch_of(costs, 3, 5, runs, first_task=11, whole_points=whole, rows=rows),
    ),
    COSTS,
    st.integers(1, 300),
    st.booleans(),
    st.sampled_from([1, 121, 10**7]),
)


def sizes(batch):
    return [end - start for start, end in zip(batch.starts, (*batch.starts[1:], batch.runs), strict=True)]


def laid_out(batch, shard=None):
    before = Batch(0, 11, 0, 1, tuple(range(11)), (0,))
    return Layout([before, batch], shard)


@given(BATCHES)
def test_each_run_is_in_one_task_and_in_order(given):
    _, batch = given
    layout = laid_out(batch)
    runs = [
        (point, run)
        for task in range(11, layout.tasks)
        for point, first, last in layout.spans(range(task, task + 1))
        for run in range(first, last)
    ]
    assert runs == [
        (3 + point, 5 + run) for point in range(batch.points) for run in range(batch.replications)
    ]


@given(BATCHES)
def test_tasks_are_neither_empty_nor_larger_than_needed(given):
    costs, batch = given
    each = [cost for cost in costs for _ in range(batch.replications)]
    for start, size in zip(batch.starts, sizes(batch), strict=True):
        assert 1 <= size <= TASK_RUNS
        assert sum(each[start : start + size - 1]) <= TASK_SECONDS + 1e-9


@given(BATCHES)
def test_a_batch_comes_back_from_json(given):
    _, batch = given
    assert Batch.from_json(batch.to_json()) == batch


@given(COSTS.filter(lambda costs: max(costs) < 0.01), st.integers(1, 100_000))
def test_shelves_are_no_larger_than_memory_allows(costs, runs):
    batch = batch_of(costs, 0, 0, runs, first_task=0, whole_points=False)
    layout = Layout([batch])
    for shelf in range(layout.shelves):
        tasks = layout.tasks_of(shelf)
        assert 1 <= len(tasks) <= SHELF_TASKS
        assert layout.runs(tasks) <= SHELF_RUNS


def test_long_tables_make_smaller_shelves():
    batch = batch_of([1e-4], 0, 0, 100_000, first_task=0, whole_points=False, rows=200)
    layout = Layout([batch])
    assert layout.shelves == 10
    assert all(200 * layout.runs(layout.tasks_of(shelf)) <= SHELF_ROWS for shelf in range(10))


@given(BATCHES, st.data())
def test_whole_points_are_never_on_two_shelves(given, data):
    costs, _ = given
    runs = data.draw(st.integers(1, 3_000))
    batch = batch_of(costs, 0, 0, runs, first_task=0, whole_points=True)
    assert all(batch.starts[task] % runs == 0 for task in batch.shelves)
    layout = Layout([batch])
    for shelf in range(layout.shelves):
        tasks = layout.tasks_of(shelf)
        assert layout.runs(tasks) == runs or (len(tasks) <= SHELF_TASKS and layout.runs(tasks) <= SHELF_RUNS)


def test_equal_costs_are_told_in_a_few_words():
    batch = batch_of([0.0047] * 1_000, 0, 0, 1_000, first_task=0, whole_points=False)
    assert batch.runs == 1_000_000
    assert batch.to_json()["tasks"] == [[6_711, 149], [1, 61]]
    assert 50 < len(batch.shelves) < 200


@given(BATCHES, st.integers(1, 9))
def test_shards_share_all_tasks_and_none_twice(given, parts):
    _, batch = given
    shards = [laid_out(batch, (part, parts)) for part in range(1, parts + 1)]
    mine = [[task for tasks in shard.mine for task in tasks] for shard in shards]
    assert sorted(task for tasks in mine for task in tasks) == list(range(batch.end))
    assert sum(shard.runs(tasks) for shard in shards for tasks in shard.mine) == 11 + batch.runs
    whole = laid_out(batch)
    for shard, tasks in zip(shards, mine, strict=True):
        kept = [shelf for shelf in range(whole.shelves) if set(whole.tasks_of(shelf)) <= set(tasks)]
        assert list(shard.whole_shelves()) == kept
        assert [shelf for shelf in range(whole.shelves) if shard.has_shelf(shelf)] == kept
        assert [task for task in range(batch.end) if shard.has(task)] == tasks


@pytest.mark.parametrize(("costs", "runs"), [([], 3), ([1.0], 0)], ids=["no points", "no replications"])
def test_a_batch_of_nothing_is_refused(costs, runs):
    with pytest.raises(ValueError, match="needs points and replications"):
        batch_of(costs, 0, 0, runs, first_task=0, whole_points=False)


@pytest.mark.parametrize("change", [{"tasks": [[7, 3]]}, {"shelves": [[9, 1]]}, {"tasks": [[0, 3]]}])
def test_a_batch_that_does_not_add_up_is_refused(change):
    said = Batch(0, 4, 0, 6, tuple(range(0, 24, 3)), (0, 4)).to_json()
    with pytest.raises(ValueError, match=r"add up|nothing"):
        Batch.from_json(said | change)
