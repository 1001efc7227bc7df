"""Benchmarks of the compiled engine: against the same model written naively, on all cores, and beside Mesa."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import cisim
from cisim import engine
from cisim.validation import second_opinion

if TYPE_CHECKING:
    from conftest import Alternately, Figures

SCENARIO = cisim.load("all-five")
SEEDS = np.array([1, 2, 3], dtype=np.uint64)
RUNS = 200


def test_engine_against_the_second_opinion(alternately: Alternately, figures: Figures) -> None:
    """The same seeds on one core; both give the same numbers, to 1e-9."""

    def compiled() -> Any:
        return engine.simulate(SCENARIO, SEEDS, threads=1)

    def naive() -> list[list[dict[str, float]]]:
        return [second_opinion.simulate(SCENARIO, int(seed)) for seed in SEEDS]

    for run, rows in zip(compiled(), naive(), strict=True):
        assert run[:, 0] == pytest.approx([row["progress"] for row in rows], abs=1e-9)
    times, peer_times = alternately(compiled, naive, rounds=7)
    figures("engine, one run on one core", [1e3 * time / len(SEEDS) for time in times], "ms")
    figures("second opinion, one run", [time / len(SEEDS) for time in peer_times], "s")
    ratios = [peer / time for time, peer in zip(times, peer_times, strict=True)]
    figures("second opinion / engine", ratios, "times as long")


def test_an_ensemble_on_all_cores(alternately: Alternately, figures: Figures) -> None:
    """200 runs of 30 organisations over 120 months, compiled before; one core beside it."""
    threads = engine.checked_threads(None)
    organisations, months = SCENARIO.coalition.organisations, SCENARIO.months

    def all_cores() -> Any:
        return cisim.run(SCENARIO, runs=RUNS, seed=1)

    def one_core() -> Any:
        return cisim.run(SCENARIO, runs=RUNS, seed=1, threads=1)

    times, one_core_times = alternately(all_cores, one_core, rounds=15)
    what = f"{RUNS} runs x {organisations} organisations x {months} months"
    figures(f"{what}, {threads} threads of {os.cpu_count()} processors", times, "s")
    ratios = [one / time for time, one in zip(times, one_core_times, strict=True)]
    figures(f"one thread / {threads} threads", ratios, "times as long")
    cells = RUNS * organisations * months
    figures("an organisation's month, one core", [1e6 * time / cells for time in one_core_times], "microseconds")


def test_four_strategies_on_one_luck(alternately: Alternately, figures: Figures) -> None:
    """200 runs of each of four strategies on the same luck, on all cores; beside it the runs of one."""
    without = {"backbone.staff": 0.0}, {"communication.frequency": 0.0}, {"measurement.sharing": 0.0}
    strategies = [SCENARIO, *(SCENARIO.replace(**settings) for settings in without)]

    def four() -> Any:
        return cisim.compare({f"strategy {number}": one for number, one in enumerate(strategies)}, runs=RUNS, seed=1)

    def one() -> Any:
        return cisim.run(SCENARIO, runs=RUNS, seed=1)

    times, peer_times = alternately(four, one, rounds=9)
    figures(f"four strategies x {RUNS} runs, compared", times, "s")
    ratios = [time / peer for time, peer in zip(times, peer_times, strict=True)]
    figures("four strategies / one", ratios, "times as long")


def test_a_run_through_mesa(alternately: Alternately, figures: Figures) -> None:
    """One run with all measures and every organisation's commitment collected each month."""

    def agents() -> cisim.CollectiveImpactModel:
        model = cisim.CollectiveImpactModel(
            SCENARIO, seed=1, agent_reporters={"commitment": "commitment", "member": "member"}
        )
        for _ in range(SCENARIO.months):
            model.step()
        return model

    def compiled() -> Any:
        return engine.simulate(SCENARIO, SEEDS[:1], threads=1)

    rows = len(agents().datacollector.get_agent_vars_dataframe())
    assert rows == (SCENARIO.months + 1) * SCENARIO.coalition.organisations
    times, peer_times = alternately(agents, compiled, rounds=7)
    figures("one run through Mesa, with data collection", times, "s")
    ratios = [time / peer for time, peer in zip(times, peer_times, strict=True)]
    figures("Mesa / engine", ratios, "times as long")
