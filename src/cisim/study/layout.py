"""How the runs of a study are cut into tasks and shelves.

A task is what is done, kept or lost as one; a shelf is the tasks that become one file. Both are decided when a batch is
asked for, from estimates and not from clocks, so that the files of a finished study never depend on who did what when.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

#: About how many seconds of one processor a task takes, and how many runs it has at most.
TASK_SECONDS, TASK_RUNS = 0.7, 5_000
#: How many tasks, runs, and rows of its longest table a shelf has at most.
SHELF_TASKS, SHELF_RUNS, SHELF_ROWS = 64, 60_000, 2_000_000
#: What a run costs at least, so that an estimate of nothing is taken too.
LEAST = 1e-9

Shard = tuple[int, int]


@dataclass(frozen=True)
class Batch:
    """A rectangle of points and replications that was asked for at once.

    Attributes:
        first_point: number of its first design point.
        points: how many there are.
        first_replication: number of the first replication of each.
        replications: how many there are.
        starts: the first run of each task, counted within the batch, point by point.
        shelves: the first task of each shelf, counted through all batches.
    """

    first_point: int
    points: int
    first_replication: int
    replications: int
    starts: tuple[int, ...]
    shelves: tuple[int, ...]

    @property
    def runs(self) -> int:
        """How many runs it has."""
        return self.points * self.replications

    @property
    def first_task(self) -> int:
        """Number of its first task, through all batches."""
        return self.shelves[0]

    @property
    def end(self) -> int:
        """Number after its last task, through all batches."""
        return self.first_task + len(self.starts)

    def meets(self, other: Batch) -> bool:
        """Whether any run is in both."""
        return (
            self.first_point < other.first_point + other.points
            and other.first_point < self.first_point + self.points
            and self.first_replication < other.first_replication + other.replications
            and other.first_replication < self.first_replication + self.replications
        )

    def to_json(self) -> dict[str, Any]:
        """The batch in few words: tasks as pairs (how many, of how many runs), shelves as (how many, of how many tasks)."""
        return {
            "first_point": self.first_point,
            "points": self.points,
            "first_replication": self.first_replication,
            "replications": self.replications,
            "first_task": self.first_task,
            "tasks": _packed([*self.starts, self.runs]),
            "shelves": _packed([*self.shelves, self.end]),
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Batch:
        """A batch as `to_json` gave it.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        starts = _unpacked(said["tasks"], 0)
        shelves = _unpacked(said["shelves"], int(said["first_task"]))
        one = cls(
            int(said["first_point"]),
            int(said["points"]),
            int(said["first_replication"]),
            int(said["replications"]),
            tuple(starts[:-1]),
            tuple(shelves[:-1]),
        )
        if not one.starts or starts[-1] != one.runs or shelves[-1] != one.end:
            raise ValueError("tasks and shelves do not add up to the runs")
        return one


def _packed(bounds: Sequence[int]) -> list[list[int]]:
    """The steps between bounds, with equal neighbours counted."""
    steps = [after - before for before, after in pairwise(bounds)]
    return [[len(list(same)), step] for step, same in groupby(steps)]


def _unpacked(packed: Sequence[Sequence[int]], first: int) -> list[int]:
    bounds = [first]
    for count, step in packed:
        if count < 1 or step < 1:
            raise ValueError("a task or shelf of nothing")
        last = bounds[-1]
        bounds.extend(last + step * place for place in range(1, count + 1))
    return bounds


# --- cutting ---------------------------------------------------------------------------------------------


def batch_of(
    costs: Sequence[float],
    first_point: int,
    first_replication: int,
    replications: int,
    *,
    first_task: int,
    whole_points: bool,
    rows: int = 1,
) -> Batch:
    """Cut runs into tasks and shelves.

    Args:
        costs: estimated seconds of one run of each point.
        first_point: number of the first point.
        first_replication: number of the first replication.
        replications: how many of each point.
        first_task: number of the first task.
        whole_points: a shelf never holds part of a point.
        rows: how many rows a run has in the longest table, so that a shelf fits into memory.

    Returns:
        The batch: tasks of about 0.7 s, and at least one run; shelves of at most 64 tasks and 60,000 runs, unless a point that
        must be whole has more.

    Raises:
        ValueError: no points or no replications.

    Example:
        >>> batch_of([0.01], 0, 0, 100, first_task=0, whole_points=False).starts
        (0, 70)
    """
    if not costs or replications < 1:
        raise ValueError("a batch needs points and replications")
    most = max(1, min(SHELF_RUNS, SHELF_ROWS // max(1, rows)))
    cutter = _Cutter(most)
    for cost in costs:
        cutter.add(replications, max(LEAST, cost), whole=whole_points)
    shelves = cutter.shelves if whole_points else _shelves(cutter.starts, cutter.run, most)
    return Batch(
        first_point,
        len(costs),
        first_replication,
        replications,
        tuple(cutter.starts),
        tuple(first_task + first for first in shelves),
    )


class _Cutter:
    """Cuts tasks, point after point.

    Args:
        most: how many runs a shelf has at most.
    """

    def __init__(self, most: int) -> None:
        self.starts: list[int] = []
        self.shelves: list[int] = [0]
        self.run = 0
        self._most, self._shelf_run = most, 0
        self._held, self._spent = 0, 0.0

    def add(self, runs: int, cost: float, *, whole: bool) -> None:
        """Cut the runs of a point, on a shelf of its own if it must be whole and the shelf at hand has no room."""
        before = (len(self.starts), self.run)
        self._cut(runs, cost)
        if not whole or before[1] == self._shelf_run:
            return
        if len(self.starts) - self.shelves[-1] > SHELF_TASKS or self.run - self._shelf_run > self._most:
            del self.starts[before[0] :]
            self.run = self._shelf_run = before[1]
            self._held, self._spent = 0, 0.0
            self.shelves.append(len(self.starts))
            self._cut(runs, cost)

    def _cut(self, left: int, cost: float) -> None:
        largest = min(TASK_RUNS, self._most)
        while left:
            if not self._held:
                self.starts.append(self.run)
            room = max(1, min(largest - self._held, math.ceil((TASK_SECONDS - self._spent) / cost)))
            taken = min(left, room)
            left -= taken
            self.run += taken
            self._held += taken
            self._spent += taken * cost
            if self._held >= largest or self._spent >= TASK_SECONDS:
                self._held, self._spent = 0, 0.0


def _shelves(starts: Sequence[int], runs: int, most: int) -> list[int]:
    first = [0]
    for task, (start, end) in enumerate(pairwise([*starts, runs])):
        if task > first[-1] and (task - first[-1] >= SHELF_TASKS or end - starts[first[-1]] > most):
            first.append(task)
        assert start < end
    return first


# --- finding ---------------------------------------------------------------------------------------------


class Layout:
    """Where each task and shelf of a study is.

    Args:
        batches: all that was asked for, in order.
        shard: (3, 40) for the third of forty parts of the study.
    """

    def __init__(self, batches: Sequence[Batch], shard: Shard | None = None) -> None:
        self.batches, self.shard = tuple(batches), shard
        self.tasks = self.batches[-1].end if self.batches else 0
        self._bounds = [(*batch.starts, batch.runs) for batch in self.batches]
        self._firsts = [batch.first_task for batch in self.batches]
        self._shelves = [first for batch in self.batches for first in batch.shelves]
        self.shelves = len(self._shelves)

    @property
    def points(self) -> int:
        """How many design points there are."""
        return max((batch.first_point + batch.points for batch in self.batches), default=0)

    @property
    def mine(self) -> list[range]:
        """The tasks of this shard, or all, batch by batch."""
        if self.shard is None:
            return [range(batch.first_task, batch.end) for batch in self.batches]
        part, parts = self.shard
        return [
            range(
                batch.first_task + len(batch.starts) * (part - 1) // parts,
                batch.first_task + len(batch.starts) * part // parts,
            )
            for batch in self.batches
        ]

    def has(self, task: int) -> bool:
        """Whether a task is of this shard."""
        return any(task in tasks for tasks in self.mine)

    def batch_of(self, task: int) -> Batch:
        """The batch that a task is of."""
        return self.batches[self._place(task)]

    def _place(self, task: int) -> int:
        return bisect_right(self._firsts, task) - 1

    def shelf_of(self, task: int) -> int:
        """The shelf that a task is on."""
        return bisect_right(self._shelves, task) - 1

    def tasks_of(self, shelf: int) -> range:
        """The tasks on a shelf."""
        last = shelf + 1 == self.shelves
        return range(self._shelves[shelf], self.tasks if last else self._shelves[shelf + 1])

    def whole_shelves(self) -> Iterator[int]:
        """The shelves all of whose tasks are of this shard."""
        for tasks in self.mine:
            for shelf in range(self.shelf_of(tasks.start), self.shelves) if tasks else ():
                there = self.tasks_of(shelf)
                if there.start >= tasks.start and there.stop <= tasks.stop:
                    yield shelf
                if there.stop >= tasks.stop:
                    break

    def has_shelf(self, shelf: int) -> bool:
        """Whether all tasks of a shelf are of this shard."""
        if not 0 <= shelf < self.shelves:
            return False
        tasks = self.tasks_of(shelf)
        return self.has(tasks.start) and self.has(tasks.stop - 1)

    def runs(self, tasks: range) -> int:
        """How many runs consecutive tasks of one batch have."""
        if not tasks:
            return 0
        first, last = self._between(tasks)
        return last - first

    def _between(self, tasks: range) -> tuple[int, int]:
        """The first run of consecutive tasks and the one after the last, within their batch."""
        place = self._place(tasks.start)
        bounds, first = self._bounds[place], self._firsts[place]
        return bounds[tasks.start - first], bounds[tasks.stop - first]

    def spans(self, tasks: range) -> list[tuple[int, int, int]]:
        """The runs of consecutive tasks of one batch: point, first replication, the one after the last."""
        batch = self.batch_of(tasks.start)
        run, end = self._between(tasks)
        found = []
        while run < end:
            point, first = divmod(run, batch.replications)
            last = min(batch.replications, first + end - run)
            found.append(
                (batch.first_point + point, batch.first_replication + first, batch.first_replication + last)
            )
            run += last - first
        return found
