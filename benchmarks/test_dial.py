"""Benchmark of a dial turned to a new setting: until its first picture, and until the one of all runs."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

import cisim
from cisim.notebook import dial

if TYPE_CHECKING:
    from conftest import Alternately, Figures

RUNS, ROUNDS = 200, 15


def test_a_dial_beside_its_runs(alternately: Alternately, figures: Figures) -> None:
    """Turn a dial of 30 organisations, 120 months and 200 runs; the peer is the runs alone, without a picture."""
    turned = dial("all-five", {"communication.frequency": (0, 8)}, runs=RUNS)
    slider, shown = turned.widget.children[0], turned.widget.children[-1]
    positions = iter([value for _, value in slider.options if value != slider.value] * 2)
    first: list[float] = []

    async def turn() -> None:
        turned._kept.clear()
        start, pictures = perf_counter(), []
        shown.observe(lambda _: pictures.append(perf_counter() - start), "value")
        slider.value = next(positions)
        assert turned._task is not None
        await turned._task
        shown.unobserve_all("value")
        assert len(pictures) == 2  # the first runs, and all
        first.append(pictures[0])

    def whole() -> None:
        asyncio.run(turn())

    def runs() -> None:
        cisim.run(turned.scenario, runs=RUNS, seed=1)

    times, peer_times = alternately(whole, runs, rounds=ROUNDS)
    figures("a dial, until the first picture (50 runs)", first[-ROUNDS:], "s")
    figures(f"a dial, until the picture of {RUNS} runs", times, "s")
    ratios = [time / peer for time, peer in zip(times, peer_times, strict=True)]
    figures("a dial / its runs alone", ratios, "times as long")
