"""Fixtures that measure two things in turn, round by round, so that what slows the machine slows both."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

import pytest

FIGURES = pytest.StashKey[list[str]]()


class Figures(Protocol):
    """See `figures`."""

    def __call__(self, what: str, values: list[float], unit: str) -> None: ...


class Alternately(Protocol):
    """See `alternately`."""

    def __call__(
        self, target: Callable[[], object], peer: Callable[[], object], rounds: int
    ) -> tuple[list[float], list[float]]: ...


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash[FIGURES]:
        terminalreporter.section("figures: median [least to most over the rounds]")
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)


@pytest.fixture
def figures(request: pytest.FixtureRequest, benchmark: Any) -> Figures:
    """Print a figure at the end of the session, and keep it in the JSON of pytest-benchmark."""

    def tell(what: str, values: list[float], unit: str) -> None:
        if not values:
            return
        middle, low, high = statistics.median(values), min(values), max(values)
        benchmark.extra_info[what] = {"unit": unit, "median": middle, "least": low, "most": high}
        request.config.stash[FIGURES].append(
            f"{what}: {middle:.3g} [{low:.3g} to {high:.3g}, {len(values)} rounds] {unit}"
        )

    return tell


@pytest.fixture
def alternately(benchmark: Any) -> Alternately:
    """Benchmark a target; before each round, time its peer once. Both have run once before.

    The times of target and peer come back in seconds, round by round; empty with `--benchmark-disable`.
    """

    def measure(
        target: Callable[[], object], peer: Callable[[], object], rounds: int
    ) -> tuple[list[float], list[float]]:
        peer_times: list[float] = []

        def timed_peer() -> None:
            start = perf_counter()
            peer()
            peer_times.append(perf_counter() - start)

        target()
        peer()
        benchmark.pedantic(target, setup=timed_peer, rounds=rounds, iterations=1)
        if benchmark.disabled:
            return [], []
        return list(benchmark.stats.stats.data), peer_times

    return measure
