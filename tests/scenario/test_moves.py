"""How far fields move progress: every one is measured, and what is told follows from the numbers."""

from __future__ import annotations

import pytest

from cisim.report.sentences import moved
from cisim.scenario import fields, load
from cisim.scenario.catalogue import dead_while
from cisim.scenario.moves import LITTLE, Move, moves

MEASURED = [info for info in fields() if info.low is not None and info.path != "scenario.months"]


def test_every_field_with_a_plausible_range_is_measured_by_default_and_what_moves_little_where_it_moves_most() -> None:
    assert set(moves()) == {info.path for info in MEASURED}, "run python experiments/moves.py FIELD"
    for first, *others in moves().values():
        assert first.scenario == "all-five"
        assert len(others) <= (first.points < LITTLE)


@pytest.mark.parametrize("info", MEASURED, ids=lambda info: info.path)
def test_a_field_was_moved_within_its_range_and_does_nothing_where_it_is_dead(info) -> None:
    for move in moves()[info.path]:
        scenario = load(move.scenario)
        own = scenario.value(info.path) or 0.0
        assert min(info.low, own) <= move.low < move.high <= max(info.high, own)
        dead = any(scenario.value(path) == quiet for path, quiet in dead_while(info).items())
        assert move.points == 0 or not dead or scenario.events


def test_what_moves_is_told_in_points_and_what_does_not_hardly() -> None:
    here, there = Move("a.b", "all-five", 0, 1, 3.46, 0.1), Move("a.b", "crisis", 0, 1, 0.2, 0.1)
    assert moved([]) == ""
    assert moved([here]) == "3.5 points in all-five"
    assert moved([here._replace(points=0.0), there]) == "hardly: nothing in all-five; 0.2 points in crisis"
    assert moved([here._replace(points=0.0), there._replace(points=0.4)]) == "nothing in all-five; 0.4 points in crisis"
