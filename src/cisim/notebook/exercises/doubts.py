"""The exercises of notebook 11: a conclusion turned round, a trial of an interaction, and findings that tell two models apart."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cisim.ensemble import run
from cisim.notebook.checking import Exercise, Verdict, one_change, right
from cisim.scenario import Scenario, find, load
from cisim.uncertainty import Floats
from cisim.validation.rivals import RIVALS
from cisim.validation.trials import CONDITIONS, Trials, mean_of

#: Runs of each: for the sign of an effect, for the trial of the notebook's rule, and for the findings.
RUNS, TRIAL_RUNS, FINDING_RUNS = 20, 100, 10
#: Standard errors beyond which a paired difference is clear.
CLEAR = 2.0
#: The normal quantiles of a two-sided test at five per cent, and of finding what is there in four of five cases.
QUANTILES = 1.96 + 0.84
RIVAL = RIVALS[0]


@lru_cache(maxsize=64)
def _end(scenario: Scenario, runs: int) -> Floats:
    """Progress at the end, in percentage points: (runs,)."""
    return 100 * run(scenario, runs=runs).measure("progress")[:, -1]


def backbone_that_costs(answer: Any) -> str | Verdict:
    """A coalition in which the backbone costs more progress than it brings."""
    change = one_change(answer)
    if isinstance(change, str):
        return change
    path, value = change
    if path.startswith("backbone."):
        return "That changes the backbone itself. In which coalition does the usual one not pay?"
    field = find(path)
    if field is None or field.low is None or field.high is None:
        return f"{path} has no range that counts as plausible. Take a field that has one."
    if not field.low <= value <= field.high:
        return (
            f"{path} = {value} is outside of {field.low} to {field.high}, the range that counts as plausible."
        )
    brings = mean_of(_end(answer, RUNS) - _end(answer.replace(**{"backbone.staff": 0.0}), RUNS))
    if brings.z < -CLEAR:
        return right(
            f"There the backbone brings {brings.value:+.1f} points. The model does not say which of the two yours is: that must be measured."
        )
    usual = mean_of(
        _end(load("all-five"), RUNS) - _end(load("all-five").replace(**{"backbone.staff": 0.0}), RUNS)
    )
    told = f"There the backbone brings {brings.value:+.1f} points; at the defaults {usual.value:+.1f}."
    if brings.value > usual.value:
        return f"{told} That is the other direction. Who pays the posts, and how many are they that pay?"
    if brings.value > usual.value / 2:
        return f"{told} This field hardly decides it. Think of what three posts cost, and from whose hours they are paid."
    return f"{told} The right direction; go farther, or take a field that goes farther."


@lru_cache(maxsize=1)
def _four() -> tuple[Floats, Floats, Floats, Floats]:
    """Progress with both measurement and activities, one, the other, neither, each with the other three conditions."""
    base = load("all-five")
    silent, alike = {"measurement.sharing": 0.0}, {"activities.coordination": 0.0}
    both, measured, planned, neither = (
        _end(base.replace(**off), TRIAL_RUNS) for off in ({}, alike, silent, silent | alike)
    )
    return both, measured, planned, neither


def counties_of_each_kind(answer: Any) -> str | Verdict:
    """How many counties a trial of an interaction takes."""
    counties = float(answer)
    four = _four()
    contrast = four[0] - four[1] - four[2] + four[3]
    effect, variance = float(contrast.mean()), sum(float(one.var(ddof=1)) for one in four) / 4

    def alike(value: float) -> bool:
        return abs(counties - value) <= max(1.0, 0.05 * value)

    needed = 4 * QUANTILES**2 * variance / effect**2
    if alike(needed):
        return right(
            "An interaction takes more counties than a difference of the same size, and here the effect is smaller, too: "
            "what tells this model from a simpler one is the dearest to find."
        )
    if alike(4 * needed):
        return "That is the number of counties in all. How many of each kind?"
    if alike(needed / 2):
        return "A difference of two means has two variances. How many means does this effect have?"
    if alike(QUANTILES**2 * float(contrast.var(ddof=1)) / effect**2):
        return "That pairs the four kinds on the same luck. In the world no county has a twin: take the variance among the runs of each kind."
    if counties < needed:
        return "Too few. Is your effect the difference of the differences, and your variance that among counties, not that of a mean?"
    return "Too many. Is your effect the difference of the differences, after ten years, in coalitions that have the other three conditions?"


def _findings(trials: Trials) -> dict[str, bool]:
    """Which of the exercise's findings a model shows, by name."""
    gain = trials.gain[:, -1]
    none = trials.together[:, -1] - gain
    losses = [mean_of((trials.together - trials.without(name))[:, -1]) for name in CONDITIONS]
    surplus = mean_of(gain - sum(trials.alone(name)[:, -1] - none for name in CONDITIONS))
    early = mean_of(gain / 4 - trials.gain[:, 24])
    return {
        "more together": mean_of(gain).z > CLEAR,
        "each counts": all(loss.z > CLEAR for loss in losses),
        "more than the sum": surplus.z > CLEAR,
        "slow start": early.z > CLEAR,
        "spread": bool(trials.together[:, -1].std(ddof=1) > 0),
    }


@lru_cache(maxsize=1)
def _shown() -> tuple[dict[str, bool], dict[str, bool]]:
    """What this model and the rival show."""
    return (
        _findings(Trials(FINDING_RUNS, 1)),
        _findings(Trials(FINDING_RUNS, 1, base=RIVAL.scenario(), stages=RIVAL.stages)),
    )


def findings_that_tell(answer: Any) -> str | Verdict:
    """The findings that one of two models shows and the other does not."""
    named = {answer} if isinstance(answer, str) else set(answer)
    this, rival = _shown()
    if unknown := sorted(str(name) for name in named - set(this)):
        return f"There is no finding {unknown[0]!r} on the list: they are {', '.join(this)}."
    telling = {name for name in this if this[name] != rival[name]}
    if useless := sorted(named - telling):
        return f"Both models show {useless[0]!r}, so that it supports neither against the other."
    if missing := len(telling - named):
        return f"What you name tells them apart. So {'does one more' if missing == 1 else f'do {missing} more'} on the list."
    return right(
        "A test is worth what its finding forbids. Both models allow the others, and so they are no tests."
    )


EXERCISES: dict[str, Exercise] = {
    "11.1": backbone_that_costs,
    "11.2": counties_of_each_kind,
    "11.3": findings_that_tell,
}
