"""Benchmark of a study beside the bare engine: designs, tasks, parts, hashes and the store, on top of the runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cisim
from cisim import engine
from cisim.seeds import run_seeds_of
from cisim.study import parse, run

if TYPE_CHECKING:
    from conftest import Alternately, Figures

POINTS, REPLICATIONS = 20, 200
STUDY = f"""
[study]
name = "beside the bare engine"
scenario = "all-five"
replications = {REPLICATIONS}
[levers]
"backbone.staff" = {{ low = 0, high = 8 }}
[design]
kind = "latin-hypercube"
points = {POINTS}
"""


def test_study_beside_the_bare_engine(tmp_path: Path, alternately: Alternately, figures: Figures) -> None:
    """The same runs on two threads: kept in a store, or computed and thrown away."""
    study = parse(STUDY, None)
    store, scenario = tmp_path / "store", cisim.load("all-five")
    seeds = run_seeds_of(1, REPLICATIONS)

    def whole() -> Any:
        shutil.rmtree(store, ignore_errors=True)
        return run(study, store, threads=2)

    def bare() -> None:
        for point in range(POINTS):
            staffed = scenario.replace(**{"backbone.staff": 8 * (point + 0.5) / POINTS})
            engine.simulate(staffed, seeds, threads=2)

    assert whole().counts().done == POINTS * REPLICATIONS
    times, peer_times = alternately(whole, bare, rounds=5)
    ratios = [100 * (time / peer - 1) for time, peer in zip(times, peer_times, strict=True)]
    figures("a study of 4,000 runs, more than the bare engine", ratios, "%")
    figures("runs per second in a study", [POINTS * REPLICATIONS / time for time in times], "runs/s")
