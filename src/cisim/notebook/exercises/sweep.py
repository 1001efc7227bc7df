"""Exercises of notebook 9: what drives a result, and what a ranking of drivers owes to the ranges."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

import cisim
from cisim.notebook.checking import Verdict, right

if TYPE_CHECKING:
    import pandas as pd

    from cisim.ensemble import Ensemble
    from cisim.scenario import Scenario

#: The levers and uncertainties of the notebook's study, with their ranges.
LEVERS = {
    "backbone.staff": (0.0, 12.0),
    "communication.frequency": (0.0, 6.0),
    "measurement.sharing": (0.0, 1.0),
}
THRESHOLD, SHARING = "community.threshold", "measurement.sharing"
UNCERTAINTIES = {THRESHOLD: (1.5, 2.9), "coalition.turnover": (0.0, 0.4)}
FACTORS = (*LEVERS, *UNCERTAINTIES)
#: Standard deviations of a rank correlation by chance: a clear driver is beyond the second, what is none is within the first.
NONE, CLEAR = 2.0, 3.0
#: Two coefficients count as equal if the one is so many times the other, at most.
ALIKE = 1.6
#: Thresholds at which a strategy has to hold, and runs at each.
THRESHOLDS, RUNS = (1.5, 2.2, 2.9), 20


def drivers_of_trust(answer: Any) -> str | Verdict:
    """9.1: the factors that trust at the end follows."""
    if isinstance(answer, str):
        return "Give a set of names, also if it has one member only."
    named = set(answer)
    if unknown := sorted(str(name) for name in named - set(FACTORS)):
        return f"{unknown[0]} is not a factor of the study: they are {', '.join(FACTORS)}."
    strengths = _strengths("trust")
    clear = {name for name, strength in strengths.items() if abs(strength) > CLEAR}
    possible = {name for name, strength in strengths.items() if abs(strength) > NONE}
    if clear <= named <= possible:
        return right(
            "Trust follows what members see of one another and how long their leaders stay. Another question has other "
            "drivers: what drives progress need not drive trust."
        )
    if named == {name for name, strength in _strengths("progress").items() if abs(strength) > NONE}:
        return "These are the drivers of progress. Which column did you correlate with?"
    if not clear <= named:
        missing = clear - named
        if all(strengths[name] < 0 for name in missing):
            return (
                "At least one driver is missing. Large numbers below 0 count as much as large numbers above."
            )
        return "At least one driver is missing: trust follows it more closely than chance would have it."
    return "At least one of these is no further from 0 than chance alone would often bring it."


def range_of_the_threshold(answer: Any) -> str | Verdict:
    """9.2: a range of the threshold over which it counts as much as sharing does."""
    low, high = (float(end) for end in answer)
    default = cisim.load("all-five").community.threshold
    if not low < high:
        return "Give the lower end first, then the upper end."
    if not low < default < high:
        return "The range should lie around the value that all-five has."
    if low < UNCERTAINTIES[THRESHOLD][0] or high > UNCERTAINTIES[THRESHOLD][1]:
        return "That goes beyond the range of the study. The question is how much less would do."
    coefficients = _coefficients(low, high)
    ratio = abs(coefficients[THRESHOLD] / coefficients[SHARING])
    if ratio > ALIKE:
        return (
            f"Over this range the threshold still counts {ratio:.1f} times as much as sharing. How does a coefficient of a line "
            "change if the range becomes half as wide?"
        )
    if ratio < 1 / ALIKE:
        return f"Over this range the threshold counts only {ratio:.2f} times as much as sharing. That is too narrow."
    return right(
        "Over this range the two count alike. Nothing about the community has changed, only what you said about how well you know it."
    )


def whatever_the_threshold(answer: Any) -> str | Verdict:
    """9.3: levers that do better than all-five at each threshold."""
    base = cisim.load("all-five")
    if not isinstance(answer, cisim.Scenario):
        return "Give a scenario: what `replace` returns."
    about = {"scenario.name": base.scenario.name, "scenario.description": base.scenario.description}
    if answer.replace(**_levers(base), **about) != base:
        return (
            "Something besides the three levers differs from all-five. The board can decide on levers alone."
        )
    levers = _levers(answer)
    for name, (low, high) in LEVERS.items():
        if not low <= levers[name] <= high:
            return f"{name} is outside the range of the study."
    if answer == base:
        return "This is all-five itself. Turn at least one lever."
    behind, unclear = [], []
    for threshold in THRESHOLDS:
        variant = cisim.run(answer.replace(**{THRESHOLD: threshold}), runs=RUNS, seed=1)
        difference = variant.measure("progress")[:, -1] - _reference(threshold).measure("progress")[:, -1]
        error = difference.std(ddof=1) / np.sqrt(RUNS)
        if difference.mean() < -2 * error:
            behind.append(f"{threshold:g}")
        elif difference.mean() < 2 * error:
            unclear.append(f"{threshold:g}")
    if len(behind) == len(THRESHOLDS):
        return "It is behind all-five at every threshold. Look at the pictures of part 3 and at the dial: which way does each lever go?"
    if behind:
        return f"It is behind all-five at a threshold of {' and '.join(behind)}: the answer should not hang on what nobody knows."
    if unclear:
        return f"At a threshold of {' and '.join(unclear)} it cannot be told from all-five. Another lever may have more to give."
    return right(
        "It is ahead of all-five at a low, a middle and a high threshold: a choice that does not hang on what nobody knows."
    )


def _levers(scenario: Scenario) -> dict[str, float]:
    return {
        "backbone.staff": scenario.backbone.staff,
        "communication.frequency": scenario.communication.frequency,
        "measurement.sharing": scenario.measurement.sharing,
    }


@lru_cache(maxsize=4)
def _reference(threshold: float) -> Ensemble:
    return cisim.run(cisim.load("all-five").replace(**{THRESHOLD: threshold}), runs=RUNS, seed=1)


@lru_cache(maxsize=8)
def _points(low: float, high: float) -> pd.DataFrame:
    """What comes out at the points of the notebook's study, each run once, with a range of the threshold."""
    from cisim.study import parse, run, summary

    def table(ranges: Mapping[str, tuple[float, float]]) -> str:
        return "\n".join(
            f'"{name}" = {{ low = {ends[0]!r}, high = {ends[1]!r} }}' for name, ends in ranges.items()
        )

    study = parse(
        'study = { name = "drivers", scenario = "all-five" }\n'
        'design = { kind = "latin-hypercube", points = 128 }\n'
        'record = { measures = ["progress", "trust"] }\n'
        f"[levers]\n{table(LEVERS)}\n[uncertainties]\n{table(UNCERTAINTIES | {THRESHOLD: (low, high)})}\n"
    )
    with TemporaryDirectory() as folder:
        return summary(run(study, Path(folder) / "store"), ["progress", "trust"])


@lru_cache(maxsize=2)
def _strengths(measure: str) -> dict[str, float]:
    """The rank correlations of the factors with a measure, in standard deviations of chance."""
    points = _points(*UNCERTAINTIES[THRESHOLD])
    ranks = points[[*FACTORS, measure]].corr("spearman")[measure]
    return {name: float(ranks[name]) * float(np.sqrt(len(points) - 1)) for name in FACTORS}


def _coefficients(low: float, high: float) -> dict[str, float]:
    """The coefficients of a line through all factors, each scaled by its standard deviation."""
    columns = _points(low, high)[[*FACTORS, "progress"]]
    scaled = (columns - columns.mean()) / columns.std()
    found = np.linalg.lstsq(scaled[list(FACTORS)].to_numpy(), scaled["progress"].to_numpy())[0]
    return dict(zip(FACTORS, map(float, found), strict=True))


EXERCISES = {
    "9.1": drivers_of_trust,
    "9.2": range_of_the_threshold,
    "9.3": whatever_the_threshold,
}
