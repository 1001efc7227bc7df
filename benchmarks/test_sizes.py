"""Benchmark of coalitions of ten to ten thousand organisations: what one organisation's month costs, and what memory a run takes."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

import cisim
from cisim import engine
from cisim.coalition.generate import founded

if TYPE_CHECKING:
    from typing import Any

    from conftest import Figures

SIZES = (10, 30, 100, 300, 1000, 3000, 10_000)
ROUNDS = 3


def test_coalitions_of_many_sizes(benchmark: Any, figures: Figures) -> None:
    """Whole runs of 120 months on one core, the sizes in turn, round by round; small ones several times."""
    if benchmark.disabled:
        pytest.skip("nothing is timed")
    scenarios = {size: cisim.load("all-five").replace(**{"coalition.organisations": size}) for size in SIZES}
    months = scenarios[SIZES[0]].months
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    foundings: dict[int, list[float]] = {size: [] for size in SIZES}

    def one_round() -> None:
        for size, scenario in scenarios.items():
            seeds = np.arange(1, 2 + 3000 // size, dtype=np.uint64)
            start = perf_counter()
            engine.simulate(scenario, seeds, threads=1)
            seconds[size].append((perf_counter() - start) / len(seeds))
            compiled = engine.compile_scenario(scenario)
            start = perf_counter()
            founded(compiled.given, compiled.plan, 1)
            foundings[size].append(perf_counter() - start)

    one_round()
    for times in (*seconds.values(), *foundings.values()):
        times.clear()
    benchmark.pedantic(one_round, rounds=ROUNDS, iterations=1)
    for size, scenario in scenarios.items():
        compiled = engine.compile_scenario(scenario)
        state = founded(compiled.given, compiled.plan, 1)
        cells = size * months
        figures(f"{size:,} organisations, a run", seconds[size], "s")
        figures(f"{size:,} organisations, its founding", foundings[size], "s")
        figures(
            f"{size:,} organisations, an organisation's month", [1e9 * time / cells for time in seconds[size]], "ns"
        )
        figures(
            f"{size:,} organisations, the state",
            [sum(part.nbytes for part in state) / size / 1000],
            "kB an organisation",
        )
