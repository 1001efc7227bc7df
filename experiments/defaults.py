"""What the model's defaults are held to, measured for any settings, and the search for settings that meet it.

`python experiments/defaults.py judge [SETTINGS.json]` measures 400 paired seeds that the search never used;
`python experiments/defaults.py search OUT.json --rounds 2 [--from SETTINGS.json]` looks for settings on seeds of its own, in minutes a round.
A settings file maps fields to values; without one, the defaults are judged.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from cisim.errors import InputError
from cisim.files import replace_file
from cisim.scenario import Scenario
from cisim.validation.facts import check_trials
from cisim.validation.gain import (
    END,
    IN_A_WORLD,
    Measured,
    Settings,
    Variants,
    absurdities,
    card,
    claims,
    composition,
    plausible_worlds,
    worlds_of,
)
from cisim.validation.trials import CONDITIONS

#: Seeds of the runs that choose and of those that judge; those that follow are for plausible worlds.
CHOOSING, JUDGING = 3_001, 4_001


def commitments(trial: Variants) -> Measured:
    """Measure how commitment and membership move where facts 6 and 11 look."""
    found = {}
    for name, level in (("with", 1.0), ("without", 0.0)):
        course = trial.of("commitment", **{"measurement.accountability": level})
        found[f"commitment gained {name} accountability"] = float((course[:, END] - course[:, 1]).mean())
    lost = {"backbone.staff": 0.0, "communication.frequency": 0.5, "measurement.sharing": 0.2}
    members = trial.of("members", events=[{"month": 49, "set": lost}]).mean(axis=0)
    found["members lost a year after a cliff"] = float(1 - (members[END] / members[48]) ** (12 / (END - 48)))
    return found


#: What the search aims at on few runs: (lowest, highest, unit of a miss), with margins to `TARGETS`, and smooth where those count.
AIMS: dict[str, tuple[float, float, float]] = {
    "gain, points": (6.0, 12.0, 3.0),
    "isolated, points": (14.0, 26.0, 6.0),
    **{f"lost without {name}": (0.15, 0.85, 0.15) for name in CONDITIONS},
    "left without capacity, will and grants": (0.4, np.inf, 0.15),
    "left with practices frozen": (-np.inf, 0.4, 0.15),
    "left with nobody committed": (-np.inf, 0.08, 0.05),
    "commitment gained with accountability": (0.01, 0.3, 0.1),
    "commitment gained without accountability": (-np.inf, -0.05, 0.1),
    "members lost a year after a cliff": (0.022, 0.08, 0.02),
    **{
        f"{path} moves, points": (3.5, np.inf, 1.5)
        for path in ("agenda.alignment", "communication.frequency", "backbone.staff")
    },
    "3 FTE for 6 organisations, points": (-np.inf, -1.0, 2.0),
    "3 FTE for 12 organisations, points": (1.0, np.inf, 2.0),
    "worlds below, smoothly": (0.4, 0.66, 0.15),
    **{f"worlds in which losing {name} is a loss, smoothly": (0.68, np.inf, 0.15) for name in CONDITIONS},
}


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


def candidate(at: NDArray[np.float64]) -> dict[str, float]:
    """Make settings of a point of the unit cube."""
    searched = zip(SEARCHED.items(), at, strict=True)
    return {**FIXED, **{path: float(low + (high - low) * share) for (path, (low, high)), share in searched}}


def aims(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure a candidate for `AIMS`, in their order."""
    settings = candidate(at)
    trial = Variants(32, CHOOSING, threads=1, base=Scenario().replace(**settings))
    found = composition(trial) | commitments(trial)
    for path, ends in {
        "agenda.alignment": (0.0, 1.0),
        "communication.frequency": (0.0, 3.0),
        "backbone.staff": (0.0, 3.5),
    }.items():
        low, high = (trial.mean({path: end}) for end in ends)
        found[f"{path} moves, points"] = high - low
    for number in (6, 12):
        size = {"coalition.organisations": number, "coalition.degree": 4.0}
        found[f"3 FTE for {number} organisations, points"] = trial.mean(size) - trial.mean(
            {**size, "backbone.staff": 0.0}
        )
    gains, losses = worlds_of(trial.base, 32, 3, CHOOSING, threads=1)
    found["worlds below, smoothly"] = _smooth(found["gain, points"] - gains.mean(axis=1), 2.0)
    for column, name in enumerate(CONDITIONS):
        found[f"worlds in which losing {name} is a loss, smoothly"] = _smooth(losses[:, column], 0.7)
    return np.array([found[name] for name in AIMS])


def _smooth(values: NDArray[np.float64], width: float) -> float:
    return float((0.5 + 0.5 * np.tanh(values / width)).mean())


def missed(measured: NDArray[np.float64]) -> float:
    """Sum the squares of how far measurements miss their aims, in their units."""
    low, high, unit = np.array(list(AIMS.values())).T
    return float((((low - measured).clip(0) + (measured - high).clip(0)) ** 2 / unit**2).sum())


def search(out: Path, rounds: int, start: Settings) -> None:
    """Look for settings that meet the aims, and write the best so far after each round.

    A round measures what each setting changes by itself, takes the point that meets the aims best if all changes add up, and keeps
    the best of what it measured.
    """
    at = _place(start)
    with ProcessPoolExecutor() as pool:
        best = aims(at)
        for turn in range(rounds):
            steps = np.where(at < 0.5, 0.15, -0.15)
            points = list(at + np.diag(steps))
            found = list(pool.map(aims, points))
            slopes = (np.array(found) - best).T / steps
            for reach in (0.12, 0.25, 0.5):
                bounds = [(max(0.0, x - reach), min(1.0, x + reach)) for x in at]

                def told_by_slopes(point: NDArray[np.float64], at=at, best=best, slopes=slopes) -> float:  # type: ignore[no-untyped-def]
                    return missed(best + slopes @ (point - at)) + 0.15 * float(((point - at) ** 2).sum())

                points.append(minimize(told_by_slopes, at, bounds=bounds, method="L-BFGS-B").x)
            found += list(pool.map(aims, points[len(found) :]))
            chosen = min(range(len(points)), key=lambda place: missed(found[place]))
            if missed(found[chosen]) < missed(best):
                at, best = points[chosen], found[chosen]
            document = {"missed": missed(best), "settings": candidate(at), "found": dict(zip(AIMS, best, strict=True))}
            text = json.dumps(document, indent=1) + "\n"
            replace_file(out, lambda file, text=text: file.write(text.encode()))
            print(f"round {turn + 1}: missed {missed(best):.3f}", flush=True)


def _place(settings: Settings) -> NDArray[np.float64]:
    known = Scenario().replace(**settings)
    shares = [(float(known.value(path)) - low) / (high - low) for path, (low, high) in SEARCHED.items()]
    return np.array(shares).clip(0, 1)


def judge(settings: Settings, runs: int = 400) -> str:
    """Measure everything on seeds that the search never used, and tell it beside the bounds asked for."""
    trial = Variants(runs, JUDGING, base=Scenario().replace(**settings))
    measured = composition(trial) | card(trial) | absurdities(trial) | plausible_worlds(trial, 200, IN_A_WORLD, JUDGING)
    held = claims(measured, "")
    facts = [f"{fact.verdict:14} fact {fact.number}: {fact.estimate}" for fact in check_trials(trial)]
    return "\n".join(
        [*(f"{claim.verdict:14} {claim.text:70} {claim.measured:>8}  {claim.expected}" for claim in held), *facts]
    )


def main(arguments: list[str]) -> None:
    """Judge or search."""

    def settings_in(name: str) -> dict[str, Any]:
        document = json.loads(Path(name).read_text(encoding="utf-8"))
        return dict(document.get("settings", document))

    match arguments:
        case ["judge"]:
            print(judge({}))
        case ["judge", name]:
            print(judge(settings_in(name)))
        case ["search", out, "--rounds", rounds]:
            search(Path(out), int(rounds), {})
        case ["search", out, "--rounds", rounds, "--from", name]:
            search(Path(out), int(rounds), settings_in(name))
        case _:
            raise InputError(str(__doc__))


if __name__ == "__main__":
    main(sys.argv[1:])
