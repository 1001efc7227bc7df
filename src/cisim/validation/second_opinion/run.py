"""One run, month by month."""

from __future__ import annotations

from typing import Any

from cisim.validation.second_opinion.act import act
from cisim.validation.second_opinion.agree import agree
from cisim.validation.second_opinion.communicate import communicate
from cisim.validation.second_opinion.disturb import disturb
from cisim.validation.second_opinion.founding import found
from cisim.validation.second_opinion.measure import measure
from cisim.validation.second_opinion.record import row
from cisim.validation.second_opinion.respond import build, commit, progress


def simulate(scenario: Any, seed: int) -> list[dict[str, float]]:
    """The record of one run: a row a month from month 0, measure name -> value; NaN: no meaning."""
    world = found(scenario, seed)
    rows = [row(world)]
    for month in range(1, scenario.months + 1):
        world.month = month
        disturb(world, rows)
        communicate(world)
        measure(world)
        agree(world)
        act(world)
        progress(world)
        commit(world)
        build(world)
        rows.append(row(world))
    return rows
