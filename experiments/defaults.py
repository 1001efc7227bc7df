"""What the model's defaults are held to, measured for any settings, and the search for settings that meet it.

`python experiments/defaults.py judge [SETTINGS.json]` measures 400 paired seeds that the search never used;
`python experiments/defaults.py search OUT.json --seconds 1200` looks for settings on seeds of its own, by differential evolution.
A settings file maps fields to values; without one, the defaults are judged.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.coalition import roster
from cisim.errors import InputError
from cisim.files import replace_file
from cisim.plausible import draws, fitted, uncertain
from cisim.scenario import FieldInfo, Scenario
from cisim.validation.claims import HOLDS
from cisim.validation.facts import FACTS, check_trials
from cisim.validation.trials import CONDITIONS, Trials

Settings = Mapping[str, Any]

#: Seeds of the runs that choose and of those that judge; those that follow are for plausible settings.
CHOOSING, JUDGING = 3_001, 4_001
END, EARLY = 120, 24
NEVER = {"coalition.start": "never"}
#: What is assumed to come of a backbone's staff by itself.
BONUSES = {"backbone.capacity_max": 1.0, "backbone.will_max": 0.0, "backbone.grant_max": 0.0}
#: Nobody learns a practice from anybody, nor by trial, and none slips.
FROZEN = {"practice.experiment": 0.0, "communication.learning": 0.0, "practice.outreach": 0.0, "practice.drift": 0.0}
#: Nobody has a reason to be committed.
UNCOMMITTED = {"commitment.base": -8.0}
#: Not a guess but a choice of what the model is.
STRUCTURE = {"coalition.proportion"}
#: The dials of the project's card, over their plausible ranges.
CARD = {
    "agenda.alignment": (0.0, 0.25, 0.5, 0.75, 1.0),
    "measurement.sharing": (0.0, 0.25, 0.5, 0.75, 1.0),
    "communication.frequency": (0.0, 1.0, 2.0, 4.0, 8.0, 12.0),
    "backbone.staff": (0.0, 1.0, 2.0, 4.0, 7.0, 10.0),
}


class Variants(Trials):
    """Variants of some settings on the same seeds, as means of progress."""

    def mean(self, changes: Settings | None = None, month: int = END) -> float:
        """Mean progress in a month, in percentage points of the gap."""
        return 100 * float(self.of("progress", **(changes or {}))[:, month].mean())


def composition(trial: Variants) -> dict[str, float]:
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


def facts(trial: Variants) -> dict[str, float]:
    """Measure the facts of `cisim validate facts` that hold, and by how much those on commitment and membership do."""
    found = {f"fact {fact.number}": float(fact.verdict == HOLDS) for fact in check_trials(trial)}
    for name, level in (("with", 1.0), ("without", 0.0)):
        course = trial.of("commitment", **{"measurement.accountability": level})
        found[f"commitment gained {name} accountability"] = float((course[:, END] - course[:, 1]).mean())
    lost = {"backbone.staff": 0.0, "communication.frequency": 0.5, "measurement.sharing": 0.2}
    members = trial.of("members", events=[{"month": 49, "set": lost}]).mean(axis=0)
    found["members lost a year after a cliff"] = float(1 - (members[END] / members[48]) ** (12 / (END - 48)))
    return found


def absurdities(trial: Variants) -> dict[str, float]:
    """Measure what must not happen: each entry with the bound that it has to keep in `TARGETS`."""
    organisations = roster(trial.base).names
    tenth = 0.1 * trial.base.coalition.size_mean
    cut = [{"month": 1, "organisation": name, "set": {"resources": tenth}} for name in organisations]
    alone, volatile = trial.mean(NEVER), {"coalition.resource_volatility": 1.0}
    found = {
        "isolated impact with a tenth of the budgets, of what it was": trial.mean({**NEVER, "events": cut}) / alone,
        "volatile budgets, points, isolated": trial.mean({**NEVER, **volatile}) - alone,
        "volatile budgets, points, all five": trial.mean(volatile) - trial.mean(),
    }
    for switch in CONDITIONS.values():
        full = trial.base.value(switch)
        for month in (EARLY, END):
            without = trial.mean({switch: 0.0}, month)
            little = trial.mean({switch: 0.05 * full}, month) - without
            whole = trial.mean(None, month) - without
            share = little / whole if abs(whole) > 0.5 else 0.0
            found[f"a twentieth of {switch}, of its effect at {month}"] = share
        tenths = [trial.mean({switch: full * tenth / 10}) for tenth in range(11)]
        found[f"largest jump between tenths of {switch}, points"] = float(np.abs(np.diff(tenths)).max())
    return found


def card(trial: Variants) -> dict[str, float]:
    """Measure how far each dial of the card moves ten-year progress, in points."""
    moved = {}
    for path, levels in CARD.items():
        means = [trial.mean({path: level}) for level in levels]
        moved[f"{path} moves, points"] = max(means) - min(means)
    return moved


def population(settings: Settings, worlds: int, runs: int, seed: int) -> dict[str, float]:
    """Measure plausible settings: how often all five are ahead, and how often losing a condition is a loss.

    Each uncertain field is drawn from its plausible range, the likelier the nearer to the settings' value.
    """
    base = Scenario().replace(**settings)
    gains, losses = np.empty(worlds), np.empty((worlds, len(CONDITIONS)))
    for world, drawn in enumerate(draws(worlds, seed, varied(base), base)):
        trial = Variants(runs, seed + 1 + world, threads=1, base=fitted(base, drawn))
        together = trial.mean()
        gains[world] = together - trial.mean(NEVER)
        losses[world] = [together - trial.mean({path: 0.0}) for path in CONDITIONS.values()]
    shown = Variants(worlds * runs, seed, base=base)
    found = {
        "ahead in plausible settings": float((gains > 0).mean()),
        "gain in the middle of them, points": float(np.median(gains)),
        "their share with a smaller gain": float((gains < shown.mean() - shown.mean(NEVER)).mean()),
    }
    for column, name in enumerate(CONDITIONS):
        found[f"plausible settings in which losing {name} is a loss"] = float((losses[:, column] > 0).mean())
    return found


def varied(base: Scenario) -> list[FieldInfo]:
    """List the fields that plausible settings differ in."""
    return [info for info in uncertain(base) if info.path not in STRUCTURE]


#: Bounds that are asked for: (lowest, highest).
TARGETS: dict[str, tuple[float, float]] = {
    "left without capacity, will and grants": (1 / 3, np.inf),
    "left with practices frozen": (-np.inf, 0.5),
    "left with nobody committed": (-np.inf, 0.1),
    "isolated impact with a tenth of the budgets, of what it was": (-np.inf, 0.5),
    "volatile budgets, points, isolated": (-np.inf, 0.0),
    "volatile budgets, points, all five": (-np.inf, 0.0),
    "ahead in plausible settings": (0.6, 0.95),
    "their share with a smaller gain": (0.3, 0.7),
    **{f"fact {number}": (0.9, np.inf) for number in FACTS},
    "commitment gained with accountability": (0.0, 0.3),
    "commitment gained without accountability": (-np.inf, -0.03),
    "members lost a year after a cliff": (0.02, 0.09),
    **{f"lost without {name}": (0.1, 0.9) for name in CONDITIONS},
    **{f"plausible settings in which losing {name} is a loss": (0.6, 1.0) for name in CONDITIONS},
    **{
        f"a twentieth of {switch}, of its effect at {month}": (-np.inf, 0.2)
        for switch in CONDITIONS.values()
        for month in (EARLY, END)
    },
    **{f"largest jump between tenths of {switch}, points": (-np.inf, 1.0) for switch in CONDITIONS.values()},
    **{f"{path} moves, points": (3.0, np.inf) for path in CARD},
}


def loss(found: Mapping[str, float]) -> float:
    """Sum how far the measurements miss their targets, with a margin of a tenth of each bound; in units of the bounds."""
    total = 0.0
    for name, (low, high) in TARGETS.items():
        if name in found:
            for bound, sign in ((low, 1.0), (high, -1.0)):
                if np.isfinite(bound):
                    unit = max(abs(bound), 0.1) * (2.5 if name.startswith("fact ") else 1.0)
                    margin = 0.0 if name.startswith("fact ") else 0.1 * unit
                    total += max(0.0, sign * (bound - found[name]) + margin) / unit
    gain, alone = found["gain, points"], found["isolated, points"]
    return total + max(0.0, 5.0 - gain) + max(0.0, gain - 12.0) + max(0.0, 12.0 - alone) + max(0.0, alone - 30.0)


#: What the search may change, within the middle of its plausible range, lest the defaults are a corner that few believe in.
SEARCHED = {
    "backbone.capacity_max": (1.04, 1.16), "backbone.grant_max": (0.04, 0.14), "backbone.will_max": (0.01, 0.04),
    "backbone.carries": (0.1, 0.35), "backbone.reach.align": (25.0, 60.0), "backbone.reach.engage": (15.0, 40.0),
    "backbone.reach.measure": (30.0, 90.0), "backbone.staff": (1.5, 3.0), "backbone.hub_cost": (0.01, 0.028),
    "coalition.size_mean": (1.5, 2.4), "coalition.readiness": (0.15, 0.45), "coalition.role_skew": (0.75, 1.2),
    "coalition.onboarding": (3.0, 9.0), "coalition.competence_sd": (0.12, 0.3), "coalition.exit_rate": (0.03, 0.07),
    "practice.own_noise": (0.15, 0.45), "practice.drift": (0.02, 0.06), "practice.worst": (0.5, 0.7),
    "practice.experiment": (0.08, 0.2), "practice.noise": (0.08, 0.22), "practice.outreach": (0.0, 0.15),
    "communication.learning": (0.15, 0.4), "communication.frequency": (1.0, 3.0), "communication.contact_cost": (0.002, 0.0045),
    "activities.by_need": (0.5, 2.0), "activities.reliance": (0.2, 0.4), "activities.partners_needed": (2.0, 3.2),
    "activities.adaptation": (0.012, 0.032), "activities.complementarity": (-2.5, -0.5), "measurement.bias": (0.08, 0.22),
    "measurement.data_cost": (0.012, 0.028), "measurement.visibility": (0.1, 0.3), "measurement.accountability": (0.65, 0.9),
    "agenda.alignment": (0.1, 0.4), "agenda.focus": (2.0, 4.5), "agenda.stubborn": (0.02, 0.08), "agenda.pull": (0.1, 0.4),
    "community.threshold": (1.6, 2.5), "community.critical_mass": (1.8, 3.2), "community.gain": (0.03, 0.065),
    "community.decay": (0.001, 0.004), "commitment.initial": (0.4, 0.6), "commitment.temptation": (0.8, 2.2),
    "commitment.base": (-0.5, 0.5), "commitment.purpose_weight": (2.5, 6.0), "commitment.trust_weight": (2.0, 5.0),
}  # fmt: skip
#: Chosen beforehand: months to build from the calendars of initiatives, and effects in proportion.
FIXED = {
    "coalition.proportion": 1.0, "agenda.build": 6.0, "measurement.build": 18.0, "activities.build": 12.0,
    "communication.build": 3.0, "backbone.build": 6.0,
}  # fmt: skip
MEMBERS = 24


def candidate(at: NDArray[np.float64]) -> dict[str, float]:
    """Make settings of a point of the unit cube."""
    searched = zip(SEARCHED.items(), at, strict=True)
    return {**FIXED, **{path: float(low + (high - low) * share) for (path, (low, high)), share in searched}}


def measured(settings: Settings, best: float) -> tuple[float, dict[str, float]]:
    """Measure a candidate, the cheap targets first; what misses these by more than the best one does is not measured on."""
    trial = Variants(40, CHOOSING, threads=1, base=Scenario().replace(**settings))
    found: dict[str, float] = {}
    for part in (composition, card, partial(population, settings, 40, 4, CHOOSING), facts, absurdities):
        found |= part() if isinstance(part, partial) else part(trial)
        if loss(found) >= best:
            break
    return loss(found), found


def search(out: Path, seconds: float, seed: int = 1, start: Settings | None = None) -> None:
    """Look for settings that miss the targets least, and write the best so far."""
    rng, began = np.random.default_rng(seed), time.monotonic()
    population_of: list[tuple[float, NDArray[np.float64]]] = []
    first = [] if start is None else [_place(start)]
    best = np.inf
    while time.monotonic() - began < seconds:
        if first:
            at = first.pop()
        elif len(population_of) < MEMBERS:
            near = population_of[0][1] if start and population_of else rng.random(len(SEARCHED))
            at = (near + rng.normal(0, 0.12 if start else 0.0, len(SEARCHED))).clip(0, 1)
        else:
            parents = [population_of[k][1] for k in rng.choice(MEMBERS, 3, replace=False)]
            base = population_of[0][1] if rng.random() < 0.5 else parents[0]
            crossed = rng.random(len(SEARCHED)) < 0.5
            at = base + rng.normal(0.6, 0.2) * (parents[1] - parents[2]) * crossed
            at = np.abs(at + rng.normal(0, 0.03, len(SEARCHED)) * (rng.random(len(SEARCHED)) < 0.3))
            at = np.where(at > 1, 2 - at, at).clip(0, 1)
        worst = population_of[-1][0] if len(population_of) >= MEMBERS else np.inf
        missed, found = measured(candidate(at), worst)
        population_of = sorted([*population_of, (missed, at)], key=lambda pair: pair[0])[:MEMBERS]
        if missed < best and "volatile budgets, points, isolated" in found:
            best = missed
            text = json.dumps({"missed": missed, "settings": candidate(at), "found": found}, indent=1)
            replace_file(out, lambda file, text=text: file.write(text.encode()))
            print(
                f"{time.monotonic() - began:.0f} s: missed {missed:.3f}, gain {found['gain, points']:.1f}", flush=True
            )


def _place(settings: Settings) -> NDArray[np.float64]:
    known = Scenario().replace(**settings)
    shares = [(float(known.value(path)) - low) / (high - low) for path, (low, high) in SEARCHED.items()]
    return np.array(shares).clip(0, 1)


def judge(settings: Settings, runs: int = 400) -> dict[str, float]:
    """Measure everything on seeds that the search never used."""
    trial = Variants(runs, JUDGING, base=Scenario().replace(**settings))
    found: dict[str, float] = {}
    for part in (composition, card, absurdities, facts):
        found |= part(trial)
    return found | population(settings, 200, 20, JUDGING)


def told(found: Mapping[str, float]) -> str:
    """Write what was measured beside the bounds asked for."""
    lines = []
    for name, value in found.items():
        low, high = TARGETS.get(name, (-np.inf, np.inf))
        bounds = [f"at least {low:.3g}"] * bool(np.isfinite(low)) + [f"at most {high:.3g}"] * bool(np.isfinite(high))
        verdict = "" if not bounds else "met" if low <= value <= high else "MISSED"
        lines.append(f"{name:75} {value:8.3f}  {verdict:6} {' and '.join(bounds)}".rstrip())
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Judge or search."""

    def settings_in(name: str) -> dict[str, Any]:
        document = json.loads(Path(name).read_text(encoding="utf-8"))
        return dict(document.get("settings", document))

    match arguments:
        case ["judge"]:
            print(told(judge({})))
        case ["judge", name]:
            print(told(judge(settings_in(name))))
        case ["search", out, "--seconds", seconds]:
            search(Path(out), float(seconds))
        case ["search", out, "--seconds", seconds, "--from", name, "--luck", luck]:
            search(Path(out), float(seconds), int(luck), start=settings_in(name))
        case _:
            raise InputError(str(__doc__))


if __name__ == "__main__":
    main(sys.argv[1:])
