"""Suite `facts`: the thirteen facts, the field beside them, where they hold, and which of them simpler models show too."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cisim.errors import InputError
from cisim.plausible import scenarios, uncertain
from cisim.uncertainty import wilson
from cisim.validation.claims import FAILS, HOLDS, Case, Claim, Effort, Finding, Kind, Picture, quoted
from cisim.validation.facts import FACTS, check_trials
from cisim.validation.field import beside_the_field
from cisim.validation.gain import gain, plausible
from cisim.validation.rivals import RIVALS
from cisim.validation.trials import CONDITIONS, Trials

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Paired seeds that the facts are stated for, and those of a quick look.
STATED, QUICK = 400, 100
#: Paired seeds at each point of a design, and of a rival.
AT_A_POINT, OF_A_RIVAL = 40, 100
#: Points of each design.
POINTS = 30
#: Part of each plausible range that counts as near the defaults.
NEAR = 0.2


def paired(effort: Effort) -> int:
    """Choose the number of paired seeds that the facts are measured on.

    Raises:
        InputError: fewer than 2.
    """
    runs = effort.paired if effort.paired is not None else effort.runs(STATED, QUICK)
    if runs < 2:
        raise InputError(f"runs = {runs}: must be at least 2")
    return runs


@lru_cache(maxsize=1)
def _trials(runs: int, seed: int, threads: int | None) -> Trials:
    """Make the runs of the default settings, which two cases share."""
    return Trials(runs, seed, threads)


def facts(effort: Effort) -> Finding:
    """Measure the facts on the default settings."""
    runs = paired(effort)
    trials = _trials(runs, effort.seed, effort.threads)
    claims = tuple(
        Claim(
            f"{fact.number}. {fact.text}",
            "as the claim says",
            fact.estimate,
            f"standard errors {fact.standard_error} ({runs} paired runs)",
            fact.evidence,
            fact.label,
            HOLDS if fact.verdict == HOLDS else FAILS,
        )
        for fact in check_trials(trials)
    )
    costs = {name: trials.together - trials.without(name) for name in CONDITIONS}
    return Finding(claims, (_costs_picture(costs, runs),))


def _costs_picture(costs: dict[str, np.ndarray], runs: int) -> Picture:
    from cisim.plot.canvas import COLOURS, LINES, dress

    def draw(axes: Axes) -> None:
        months = np.arange(1, 121)
        for index, (name, cost) in enumerate(costs.items()):
            mean = cost.mean(axis=0)[1:]
            error = 1.96 * cost.std(axis=0, ddof=1)[1:] / math.sqrt(runs)
            axes.plot(months / 12, mean, color=COLOURS[index], linestyle=LINES[index], label=name)
            axes.fill_between(months / 12, mean - error, mean + error, color=COLOURS[index], alpha=0.25, linewidth=0)
        axes.axhline(0, color="#888888", linewidth=0.8)
        axes.set_xlabel("years since the founding")
        axes.set_ylabel("progress lost (share of the gap)")
        axes.legend(frameon=False, title="without")
        dress(axes)

    final = ", ".join(f"{name} {cost[:, 120].mean():.3f}" for name, cost in costs.items())
    return Picture(
        "What the removal of each condition costs in this model",
        f"Five curves over ten years with 95 % intervals of the mean over {runs} paired runs. Progress lost after ten years without "
        f"each condition, as a share of the gap: {final}.",
        draw,
    )


def field(effort: Effort) -> Finding:
    """Quote the field's findings beside the model's."""
    return beside_the_field(_trials(paired(effort), effort.seed, effort.threads), effort)


def space(effort: Effort) -> Finding:
    """Measure the share of the parameter space in which each fact holds."""
    points = effort.points if effort.points is not None else effort.runs(POINTS, 4)
    if points < 2:
        raise InputError(f"points = {points}: must be at least 2")
    shown = {share: _shown_facts(points, share, effort) for share in (1.0, NEAR)}
    claims = []
    for number, (text, label, *_) in FACTS.items():
        shares = [float(np.mean([number in at for at in shown[share]])) for share in (1.0, NEAR)]
        claims.append(_share_claim(f"{number}. {text}", label, shares, points))
    jointly = [float(np.mean([len(at) == len(FACTS) for at in shown[share]])) for share in (1.0, NEAR)]
    counts = [np.mean([len(at) for at in shown[share]]) for share in (1.0, NEAR)]
    joint = _share_claim("all thirteen at once", "background", jointly, points)
    average = quoted(
        "how many of the thirteen hold at a point, on average",
        "13 at the defaults",
        f"{counts[0]:.1f} over the whole plausible ranges, {counts[1]:.1f} within a tenth of them around the defaults",
        "this model",
    )
    return Finding((*claims, joint, average))


def _shown_facts(points: int, share: float, effort: Effort) -> list[set[int]]:
    """Find the facts that hold at each point of a design."""
    counted = STATED // AT_A_POINT
    shown = []
    for scenario in scenarios(points, share, effort.seed):
        trials = Trials(AT_A_POINT, effort.seed, effort.threads, base=scenario, counted=counted)
        shown.append({fact.number for fact in check_trials(trials) if fact.verdict == HOLDS})
    return shown


def _share_claim(text: str, label: Kind, shares: list[float], points: int) -> Claim:
    whole, near = (_percent(share, points) for share in shares)
    measured = f"whole plausible ranges {whole}; within a tenth of them around the defaults {near}"
    error = f"{points} points each, {AT_A_POINT} paired runs at a point; 95 % interval of the share (Wilson)"
    return Claim(text, "", measured, error, "this model", label, "quoted")


def _percent(share: float, points: int) -> str:
    """Write a share of points and its interval, which is none of length 0 where all points agree."""
    low, high = wilson(share, points)
    return f"{100 * share:.0f} % ({100 * float(low):.0f} to {100 * float(high):.0f})"


def rivals(effort: Effort) -> Finding:
    """Measure the facts that simpler models show."""
    claims, shown_by = [], Counter[int]()
    for rival in RIVALS:
        trials = Trials(
            OF_A_RIVAL,
            effort.seed,
            effort.threads,
            base=rival.scenario(),
            stages=rival.stages,
            counted=STATED // OF_A_RIVAL,
        )
        results = check_trials(trials)
        shows = [fact.number for fact in results if fact.verdict == HOLDS]
        shown_by.update(shows)
        claims.append(
            quoted(
                f"rival: {rival.name}",
                rival.story,
                f"shows {_listed(shows)}; does not show {_listed([fact.number for fact in results if fact.number not in shows])}; gain "
                f"{trials.gain[:, 120].mean():.3f}",
                "this model with other settings or stages",
            )
        )
    telling = [number for number in FACTS if not shown_by[number]]
    everybodys = [number for number in FACTS if shown_by[number] == len(RIVALS)]
    claims.append(
        Claim(
            "some facts tell this model from all of the rivals, none of which was fitted to them",
            "at least one",
            f"no rival shows {_listed(telling)}; every rival shows {_listed(everybodys)}, which are no argument for this model",
            f"{OF_A_RIVAL} paired runs each",
            "this model",
            "chosen",
            HOLDS if telling else FAILS,
        )
    )
    return Finding(tuple(claims))


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


CASES = (
    Case(
        "facts",
        "The thirteen stylised facts",
        "Thirty organisations over ten years with the default settings, strategies paired on the same luck.",
        facts,
    ),
    Case(
        "gain",
        "What the gain is made of",
        "Shares of the ten-year gain of all five over isolated impact, and what must not happen. Capacity, will and grants are assumed to come "
        "of the backbone's staff; what is left without them emerges from agenda, data, roles, meetings and coordination.",
        gain,
    ),
    Case(
        "plausible",
        "Where all five are ahead",
        "Worlds drawn over the plausible ranges of what nobody knows, the likelier the nearer to the defaults, as `cisim compare --plausible` does.",
        plausible,
        long=True,
    ),
    Case(
        "field",
        "What the field has seen",
        "Findings from evaluations and experiments beside what the model gives. No trustworthy effect size by condition exists (Panjwani et al. "
        "2023 found 18 qualifying evaluations, mostly of process), so none of this is a test; likeness is told by the rough criterion in brackets.",
        field,
    ),
    Case(
        "space",
        "Where the facts hold",
        f"Latin hypercubes over the plausible ranges of {len(uncertain())} uncertain fields; levers, which somebody decides on, stay as they are. "
        f"Each fact is judged as at the defaults, as if by the {STATED} runs that it is stated for: each of {AT_A_POINT} counts as "
        f"{STATED // AT_A_POINT}, so that at a point where it is a close call luck decides.",
        space,
        long=True,
    ),
    Case(
        "rivals",
        "Which facts simpler models show too",
        "Each rival changes only what it says and keeps the rest of the model, so that facts about the rest hold in it too.",
        rivals,
        long=True,
    ),
)
