"""Exercises of the first notebook: how many meetings, two counties in the newspaper, and a condition taken away."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from cisim.comparison import Comparison
from cisim.ensemble import Ensemble, run
from cisim.notebook.checking import Verdict, near, right
from cisim.scenario import load
from cisim.uncertainty import moments, t_interval

RUNS = 100
#: Frequencies among which the best one is looked for.
FREQUENCIES = (1.5, 2.0)
TWO_YEARS = 24
CHOICE = frozenset({"trust", "work", "capacity", "grants", "duplication"})


@lru_cache
def _runs(name: str) -> Ensemble:
    return run(name, runs=RUNS, seed=1)


@lru_cache
def _meeting(frequency: float) -> Ensemble:
    scenario = load("all-five")
    if frequency == scenario.communication.frequency:
        return _runs("all-five")
    return run(scenario.replace(**{"communication.frequency": frequency}), runs=RUNS, seed=1)


@lru_cache
def _lower() -> frozenset[str]:
    """Which of the measures to choose from are lower without shared measurement."""
    anonymous = run(load("all-five").replace(**{"measurement.sharing": 0.0}), runs=RUNS, seed=1)
    comparison = Comparison({"with": _runs("all-five"), "without": anonymous})
    table = comparison.table(sorted(CHOICE), months=[anonymous.months[-1]])
    return frozenset(table.loc[table["high"] < 0, "measure"])


def meetings(answer: Any) -> str | Verdict:
    """Is progress at this frequency as high as at any other, as far as the runs can tell?"""
    frequency = float(answer)
    asked = _meeting(frequency).measure("progress")[:, -1]
    best = max(FREQUENCIES, key=lambda one: float(_meeting(one).measure("progress")[:, -1].mean()))
    low, _ = t_interval(moments(_meeting(best).measure("progress")[:, -1] - asked))
    if low <= 0:
        return right(
            "Below it trust is missing, above it time. Near the top the differences are too small for so few runs."
        )
    way = "rarer" if frequency > best else "more"
    price = "what they take of all resources" if frequency > best else "what they do to trust"
    gap = float(np.mean(_meeting(best).measure("progress")[:, -1] - asked))
    if gap < 0.01:
        return f"Near, but the paired difference from somewhat {way} meetings is still clear of 0. Compare the two."
    return f"With {way} meetings there is more progress. Look at {price}."


def newspaper(answer: Any) -> str | Verdict:
    """How often is a county without a coalition ahead of another one with it, after two years?"""
    share = float(answer)
    alone, together = _runs("isolated-impact").measure("progress"), _runs("all-five").measure("progress")

    def ahead(month: int) -> float:
        return float((alone[:, month][:, None] > together[:, month][None, :]).mean())

    if near(share, ahead(TWO_YEARS), within=0.08):
        return right(
            "The coalition is ahead in nearly every county that is paired with itself. "
            "Two different counties after two years tell luck from strategy badly."
        )
    if not 0 <= share <= 1:
        return "A share is asked for, from 0 to 1."
    if near(share, 1 - ahead(TWO_YEARS), within=0.08):
        return (
            "It seems that you counted the pairs in which the coalition is ahead. The others are asked for."
        )
    if share < float((alone[:, TWO_YEARS] > together[:, TWO_YEARS]).mean()) + 0.02:
        return "So few are they on the same luck, or at the end. Here each county has luck of its own, after two years."
    if share < ahead(TWO_YEARS):
        return "More often than that. Is it the month that is asked for, and is every pair one of different runs?"
    return "Less often than that. Is it the month that is asked for?"


def without_data(answer: Any) -> str | Verdict:
    """Which measures are lower without shared measurement?"""
    chosen = set(answer) if isinstance(answer, Iterable) and not isinstance(answer, str) else {answer}
    if unknown := sorted(map(str, chosen - CHOICE)):
        return f"{unknown[0]!r:.60} is none of the five measures. They are {', '.join(sorted(CHOICE))}."
    if not chosen:
        return "At least one is lower. Compare as in part 4, and look at the difference and its interval."
    if chosen == _lower():
        return right(
            "Without names on the data, members let others do the work: commitment goes, and with it trust, what the backbone "
            "can teach, and the evidence that funders want. The hours saved do not make up for it."
        )
    if not chosen & _lower():
        return "None of these is lower. Mind the sign: which of the two strategies is your reference?"
    if chosen - _lower():
        return "At least one of these is not lower. Look at the sign of the difference and at its whole interval."
    return "These are lower, and they are not all."


EXERCISES = {"1.1": meetings, "1.2": newspaper, "1.3": without_data}
