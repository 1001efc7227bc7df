"""The exercises of notebook 7: three conditions of five, meetings beside a backbone, and what carries the reinforcement."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from cisim.ensemble import run
from cisim.notebook.checking import Exercise, Verdict, one_change, right
from cisim.scenario import Scenario, find, load
from cisim.uncertainty import Floats
from cisim.validation.trials import CONDITIONS, mean_of

#: Runs of each coalition, as many as in the notebook.
RUNS = 40
#: Standard errors beyond which a paired difference is clear.
CLEAR = 2.0
AFFORDED = 3
#: What of the gain may be surplus in the third exercise, at most.
SHARE = 0.25
EVERYONE = frozenset(CONDITIONS)


@lru_cache(maxsize=128)
def _progress(base: Scenario, present: frozenset[str]) -> Floats:
    """Progress at the end with these conditions and no other, in percentage points: (runs,)."""
    off = {dial: 0.0 for name, dial in CONDITIONS.items() if name not in present}
    return 100 * run(base.replace(**off), runs=RUNS).measure("progress")[:, -1]


def _among(*present: str) -> Floats:
    """The same at the default settings."""
    return _progress(load("all-five"), frozenset(present))


def three_of_five(answer: Any) -> str | Verdict:
    """The three conditions that bring most together."""
    if isinstance(answer, Scenario):
        return "Three names are asked for, and not a scenario."
    named = answer.replace(",", " ").split() if isinstance(answer, str) else answer
    chosen = frozenset(str(name).strip().lower() for name in named)
    if unknown := sorted(chosen - EVERYONE):
        return f"There is no condition {unknown[0]!r}: they are called {', '.join(CONDITIONS)}."
    if len(chosen) != AFFORDED:
        return f"The funder pays for three conditions, and you name {len(chosen)}."
    threes = [frozenset(three) for three in combinations(CONDITIONS, AFFORDED)]
    best = max(threes, key=lambda three: _among(*three).mean())
    behind = mean_of(_among(*best) - _among(*chosen))
    if behind.z <= CLEAR:
        return right("What counts is what the three make of one another, not what each brings alone.")
    alone = {name: _among(name).mean() for name in CONDITIONS}
    if chosen == frozenset(sorted(alone, key=lambda name: -alone[name])[:AFFORDED]):
        return (
            "These are the three that bring most alone. What would each of them bring beside the other two?"
        )
    gain = mean_of(_among(*chosen) - _among())
    if gain.z < -CLEAR:
        return "With these three there is less progress than with none. What do they agree on or count for, if nothing follows?"
    return (
        f"These three bring {gain.value:.1f} points over the name only, and others bring {behind.value:.1f} more. "
        "Take the rows of `progress` with three conditions present, and sort them by their mean."
    )


def meetings_beside_a_backbone(answer: Any) -> str | Verdict:
    """What meetings change in a coalition that has a backbone and nothing else."""
    points = float(answer)
    if not math.isfinite(points):
        return "A number of percentage points is asked for."
    effect = mean_of(_among("backbone", "communication") - _among("backbone"))
    allowed = CLEAR * effect.error
    if abs(points - effect.value) <= allowed:
        return right(
            "A condition that pays on average, alone, and added last can cost beside one other: its staff keep in touch with members already."
            if effect.value < 0 < mean_of(_among("communication") - _among()).value
            else "What a condition changes is read where the coalition stands, not on average."
        )
    if abs(100 * points - effect.value) <= allowed:
        return "That looks like a share. The answer is asked for in percentage points."
    if abs(points + effect.value) <= allowed:
        return "The size is right. Which of the two coalitions did you take away from which?"
    others = EVERYONE - {"communication"}
    if abs(points - mean_of(_among(*EVERYONE) - _among(*others)).value) <= allowed:
        return "That is what meetings change where all the others are present. This coalition has a backbone and nothing else."
    if abs(points - mean_of(_among("communication") - _among()).value) <= allowed:
        return "That is what meetings change in a coalition in name only. This one has a backbone."
    if (points > 0) != (effect.value > 0):
        return "Not the right sign. Two rows are wanted: the backbone alone, and with communication. Did you average over others?"
    side = "high" if points > effect.value else "low"
    return f"The sign is right, and the number too {side}. Take two rows of `progress`, and the mean of their difference."


def what_carries_it(answer: Any) -> str | Verdict:
    """A field without whose usual value little of the gain is surplus over the sum."""
    change = one_change(answer)
    if isinstance(change, str):
        return change
    path, value = change
    if path.startswith("backbone.") or path in CONDITIONS.values():
        return f"{path} belongs to a condition's own strength. It stays as it is."
    field = find(path)
    if field is None or field.low is None or field.high is None:
        return f"{path} has no range that counts as plausible. Take a field that has one."
    if not field.low <= value <= field.high:
        return f"{path} = {value} is outside of {field.low:g} to {field.high:g}, the range that counts as plausible."
    here, gain = _surplus(answer), _progress(answer, EVERYONE) - _progress(answer, frozenset())
    share = f"{here.mean():.1f} of the {gain.mean():.1f} points that the five bring are surplus"
    if mean_of(gain).z <= CLEAR:
        return "Here the five bring nothing together. They should still bring more than the name only."
    if mean_of(SHARE * gain - here).z > CLEAR:
        return right(
            f"There {share}: the five still bring more than the name only, and hardly need one another."
        )
    if path.startswith("community."):
        return f"There {share}. The community makes all effects larger or smaller, alone and together; that is not why the five need one another."
    usual = _surplus(load("all-five")).mean()
    if here.mean() > usual:
        return f"There {share}, and at the defaults the surplus is {usual:.1f}. They need one another even more: the other end, or another field."
    return f"There {share}. Go farther, or ask which field decides how much work a plan can divide, and whether it is worth dividing."


def _surplus(base: Scenario) -> Floats:
    """The gain of the five together less the sum of the five alone, in percentage points: (runs,)."""
    none = _progress(base, frozenset())
    alone = [_progress(base, frozenset([name])) - none for name in CONDITIONS]
    surplus: Floats = _progress(base, EVERYONE) - none - np.sum(alone, axis=0)
    return surplus


EXERCISES: dict[str, Exercise] = {
    "7.1": three_of_five,
    "7.2": meetings_beside_a_backbone,
    "7.3": what_carries_it,
}
