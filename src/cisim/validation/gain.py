"""Composition of the gain of all five, and what must not happen: each measurement with the bounds that the defaults are held to.

Everything is measured on paired seeds around one scenario, the defaults or a candidate for them. Names with "points" are percentage points
of the gap closed in ten years; those without are shares.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.coalition import roster
from cisim.plausible import draws, fitted, uncertain
from cisim.scenario import Scenario
from cisim.validation.claims import MET, MISSED, QUOTED, Claim, Effort, Finding, Kind, Verdict
from cisim.validation.trials import CONDITIONS, Trials

Settings = Mapping[str, Any]
Measured = dict[str, float]

END, EARLY = 120, 24
NEVER = {"coalition.start": "never"}
#: What is assumed to come of a backbone's staff by itself, with the value that turns it off.
BONUSES = {"backbone.capacity_max": 1.0, "backbone.will_max": 0.0, "backbone.grant_max": 0.0}
#: Nobody learns a practice from anybody, nor by trial, and none slips.
FROZEN = {"practice.experiment": 0.0, "communication.learning": 0.0, "practice.outreach": 0.0, "practice.drift": 0.0}
#: Nobody has a reason to be committed.
UNCOMMITTED = {"commitment.base": -8.0}
#: The dials of the project's card, over their plausible ranges.
CARD = {
    "agenda.alignment": (0.0, 0.25, 0.5, 0.75, 1.0),
    "measurement.sharing": (0.0, 0.25, 0.5, 0.75, 1.0),
    "communication.frequency": (0.0, 1.0, 2.0, 4.0, 8.0, 12.0),
    "backbone.staff": (0.0, 1.0, 2.0, 4.0, 7.0, 10.0),
}
#: Not a guess, but a choice of what the model is.
STRUCTURE = {"coalition.proportion"}
#: Runs in each plausible world.
IN_A_WORLD = 20

#: Bounds that are asked for: (lowest, highest).
TARGETS: dict[str, tuple[float, float]] = {
    **{f"lost without {name}": (0.1, np.inf) for name in CONDITIONS},
    "left without capacity, will and grants": (1 / 3, np.inf),
    "left with practices frozen": (-np.inf, 0.5),
    "left with nobody committed": (-np.inf, 0.1),
    **{f"{path} moves, points": (3.0, np.inf) for path in CARD},
    "isolated impact with a tenth of the budgets, of what it was": (-np.inf, 0.5),
    "an outcome of weight 0 changes, isolated, points": (-1e-9, 1e-9),
    "an outcome of weight 0 changes, all five, points": (-1e-9, 1e-9),
    "volatile budgets bring, isolated, points": (-np.inf, 0.0),
    "volatile budgets bring, all five, points": (-np.inf, 0.0),
    **{
        f"a twentieth of {switch} at month {month}, of its effect": (-np.inf, 0.2)
        for switch in CONDITIONS.values()
        for month in (EARLY, END)
    },
    **{f"largest step between tenths of {switch}, points": (-np.inf, 1.0) for switch in CONDITIONS.values()},
    "runs in plausible worlds in which all five are ahead": (0.6, 0.95),
    "plausible worlds with a smaller gain": (0.3, 0.7),
    **{f"plausible worlds in which losing {name} is a loss": (0.6, 1.0) for name in CONDITIONS},
}


class Variants(Trials):
    """Variants of a scenario on the same seeds, as means of progress."""

    def mean(self, changes: Settings | None = None, month: int = END) -> float:
        """Mean progress in a month, in percentage points of the gap."""
        return 100 * float(self.of("progress", **(changes or {}))[:, month].mean())


def composition(trial: Variants) -> Measured:
    """Measure the gain and what it is made of: shares of the gain, and points where a name says so."""
    together, alone = trial.mean(), trial.mean(NEVER)
    gain = together - alone
    found = {"isolated, points": alone, "gain, points": gain}
    for name, switch in CONDITIONS.items():
        found[f"lost without {name}"] = (together - trial.mean({switch: 0.0})) / gain
    for path, value in BONUSES.items():
        found[f"lost without {path}"] = (together - trial.mean({path: value})) / gain
    found["left without capacity, will and grants"] = (trial.mean(BONUSES) - alone) / gain
    found["left with practices frozen"] = (trial.mean(FROZEN) - trial.mean({**FROZEN, **NEVER})) / gain
    found["left with nobody committed"] = (trial.mean(UNCOMMITTED) - alone) / gain
    found["share of it by month 24"] = (trial.mean(None, EARLY) - trial.mean(NEVER, EARLY)) / gain
    return found


def card(trial: Variants) -> Measured:
    """Measure how far each dial of the card moves ten-year progress, in points."""
    moved = {}
    for path, levels in CARD.items():
        means = [trial.mean({path: level}) for level in levels]
        moved[f"{path} moves, points"] = max(means) - min(means)
    return moved


def absurdities(trial: Variants) -> Measured:
    """Measure what must not happen."""
    base = trial.base
    tenth = 0.1 * base.coalition.size_mean
    cut = [{"month": 1, "organisation": name, "set": {"resources": tenth}} for name in roster(base).names]
    alone, volatile = trial.mean(NEVER), {"coalition.resource_volatility": 1.0}
    outcomes = [outcome.model_dump() for outcome in base.community.outcomes]
    ignored = [*outcomes, {"name": "of no weight", "baseline": 0.5, "weight": 0.0}]
    found = {
        "isolated impact with a tenth of the budgets, of what it was": trial.mean({**NEVER, "events": cut}) / alone,
        "an outcome of weight 0 changes, isolated, points": trial.mean({**NEVER, "community.outcomes": ignored})
        - alone,
        "an outcome of weight 0 changes, all five, points": trial.mean({"community.outcomes": ignored}) - trial.mean(),
        "volatile budgets bring, isolated, points": trial.mean({**NEVER, **volatile}) - alone,
        "volatile budgets bring, all five, points": trial.mean(volatile) - trial.mean(),
    }
    for switch in CONDITIONS.values():
        full = base.value(switch)
        for month in (EARLY, END):
            without = trial.mean({switch: 0.0}, month)
            little = trial.mean({switch: 0.05 * full}, month) - without
            whole = trial.mean(None, month) - without
            share = little / whole if abs(whole) > 0.5 else 0.0
            found[f"a twentieth of {switch} at month {month}, of its effect"] = share
        tenths = [trial.mean({switch: full * tenth / 10}) for tenth in range(11)]
        found[f"largest step between tenths of {switch}, points"] = float(np.abs(np.diff(tenths)).max())
    return found


def worlds_of(
    base: Scenario, worlds: int, runs: int, seed: int, threads: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure plausible worlds, in points: the gain of all five, (worlds, runs), and what losing each condition costs, (worlds, conditions)."""
    gains, losses = np.empty((worlds, runs)), np.empty((worlds, len(CONDITIONS)))
    varied = [info for info in uncertain(base) if info.path not in STRUCTURE]
    for world, drawn in enumerate(draws(worlds, seed, varied, base)):
        trial = Variants(runs, seed + 1 + world, threads, base=fitted(base, drawn))
        together = trial.mean()
        gains[world] = 100 * trial.gain[:, END]
        losses[world] = [together - trial.mean({path: 0.0}) for path in CONDITIONS.values()]
    return gains, losses


def plausible_worlds(trial: Variants, worlds: int, runs: int, seed: int, threads: int | None = None) -> Measured:
    """Measure how often all five are ahead in plausible worlds, and how often losing a condition is a loss."""
    by_run, losses = worlds_of(trial.base, worlds, runs, seed, threads)
    gains = by_run.mean(axis=1)
    found = {
        "runs in plausible worlds in which all five are ahead": float((by_run > 0).mean()),
        "plausible worlds in which all five are ahead on average": float((gains > 0).mean()),
        "gain in the middle of them, points": float(np.median(gains)),
        "plausible worlds with a smaller gain": float((gains < trial.mean() - trial.mean(NEVER)).mean()),
    }
    for column, name in enumerate(CONDITIONS):
        found[f"plausible worlds in which losing {name} is a loss"] = float((losses[:, column] > 0).mean())
    return found


def claims(measured: Measured, error: str) -> tuple[Claim, ...]:
    """Hold measurements to their bounds; what has none is quoted. What the defaults miss is said, and is no fault of the code."""
    made = []
    for name, value in measured.items():
        low, high = TARGETS.get(name, (-np.inf, np.inf))
        bounds = [f"at least {low:.3g}"] * bool(np.isfinite(low)) + [f"at most {high:.3g}"] * bool(np.isfinite(high))
        verdict: Verdict = QUOTED if not bounds else MET if low <= value <= high else MISSED
        kind: Kind = "chosen" if bounds else "background"
        made.append(Claim(name, " and ".join(bounds), f"{value:.3f}", error, "this model", kind, verdict))
    return tuple(made)


def gain(effort: Effort) -> Finding:
    """Measure what the gain is made of, and what must not happen."""
    runs = effort.paired if effort.paired is not None else effort.runs(400, 100)
    trial = Variants(runs, effort.seed, effort.threads)
    made = claims(composition(trial), f"{runs} paired runs")
    if not effort.quick:
        few = Variants(min(runs, 100), effort.seed, effort.threads)
        made += claims(card(few) | absurdities(few), f"{min(runs, 100)} paired runs")
    return Finding(made)


def plausible(effort: Effort) -> Finding:
    """Measure plausible worlds around the defaults."""
    worlds = 2 * effort.points if effort.points is not None else effort.runs(60, 8)
    trial = Variants(400, effort.seed, effort.threads)
    measured = plausible_worlds(trial, worlds, IN_A_WORLD, effort.seed, effort.threads)
    error = f"{worlds} worlds of {IN_A_WORLD} paired runs: 95 % interval of a share of worlds ± {0.98 / math.sqrt(worlds):.2f} or less"
    return Finding(claims(measured, error))
