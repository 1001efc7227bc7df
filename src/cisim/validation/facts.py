"""The stylised facts that the default settings must show, each measured on paired seeds.

They show that the model is consistent with what its authors set out to model; they are no evidence about the world. Labels: *chosen*, the
defaults were fitted to it; *held out*, nothing was fitted to it when it was first tried; *built in*, it follows from what a mechanism is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cisim.errors import InputError
from cisim.validation.claims import FAILS, HOLDS, Estimate, Kind, Verdict
from cisim.validation.trials import CONDITIONS, Trials, mean_of, ratio_of

#: Contacts a month, and FTE of backbone staff, among which the optimum must lie inside.
FREQUENCIES = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
STAFFS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
#: Sizes of coalitions, and the partners that each of their organisations has.
SMALL, LARGE = {4: 2.0, 6: 4.0}, {12: 4.0, 15: 4.0, 30: 4.0}
#: An inequality holds if its sides differ by more than this many standard errors, where a fact names no other number.
CLEAR = 2.0


@dataclass(frozen=True)
class FactResult:
    """A fact and its measurement.

    Attributes:
        number: 1 to 13.
        text: the claim.
        label: "chosen", "held out" or "built in".
        estimate: the numbers, in words.
        standard_error: of these numbers, in the same order.
        verdict: "holds" or "does not hold".
        evidence: where the claim comes from.
    """

    number: int
    text: str
    label: Kind
    estimate: str
    standard_error: str
    verdict: Verdict
    evidence: str


def _share(values: Sequence[float]) -> str:
    return ", ".join(f"{100 * value:.0f} %" for value in values)


def _numbers(values: Sequence[float], digits: int = 3) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


Finding = tuple[bool, str, str]


def each_condition_counts(trials: Trials) -> Finding:
    """Measure fact 1."""
    gain = trials.gain[:, 120]
    losses = {name: trials.together[:, 120] - trials.without(name)[:, 120] for name in CONDITIONS}
    lost = {name: mean_of(loss) for name, loss in losses.items()}
    left = [mean_of(gain - loss) for loss in losses.values()]
    shares = [estimate.value / float(gain.mean()) for estimate in lost.values()]
    holds = all(estimate.z > 5.0 for estimate in [*lost.values(), *left]) and min(shares) >= 0.05
    text = f"gain {gain.mean():.3f}; removing {', '.join(CONDITIONS)} costs {_share(shares)} of it"
    return holds, text, _numbers([mean_of(gain).error, *(estimate.error for estimate in lost.values())], 4)


def together_more_than_the_sum(trials: Trials) -> Finding:
    """Measure fact 2."""
    none = trials.of("progress", **{"coalition.start": "never"})[:, 120]
    alone = sum((trials.alone(name)[:, 120] - none for name in CONDITIONS), np.zeros_like(none))
    surplus = mean_of(trials.gain[:, 120] - alone)
    text = f"together {trials.gain[:, 120].mean():.3f}, sum of five alone {alone.mean():.3f}"
    return surplus.z > CLEAR, text, f"{surplus.error:.4f}"


def measurement_counts_late(trials: Trials) -> Finding:
    """Measure fact 3."""
    shares, influences = {}, {}
    for name in CONDITIONS:
        loss = trials.together - trials.without(name)
        shares[name], influences[name] = ratio_of(loss[:, 36], loss[:, 120])
    later = {
        name: Estimate(
            shares[name].value - shares["measurement"].value,
            mean_of(influences[name] - influences["measurement"]).error,
        )
        for name in ("agenda", "communication")
    }
    come = ", ".join(f"{name} {100 * share.value:.1f} %" for name, share in shares.items())
    text = f"come by month 36 of what its removal costs by 120: {come}"
    return all(margin.z > CLEAR for margin in later.values()), text, _numbers([m.error for m in later.values()], 4)


def interior_optima(trials: Trials) -> Finding:
    """Measure fact 4."""
    courses = {
        "contacts a month": {
            f: trials.of("progress", **{"backbone.staff": 0.0, "communication.frequency": f}) for f in FREQUENCIES
        },
        "FTE": {staff: trials.of("progress", **{"backbone.staff": staff}) for staff in STAFFS},
    }
    holds, texts, errors = True, [], []
    for unit, by_level in courses.items():
        final = {level: course[:, 120] for level, course in by_level.items()}
        best = max(final, key=lambda level, final=final: final[level].mean())  # type: ignore[misc]
        low, high = min(final), max(final)
        ends = [mean_of(final[best] - final[end]) for end in (low, high)]
        holds = holds and best not in (low, high) and all(end.z > CLEAR for end in ends)
        texts.append(
            f"best at {best:g} {unit} ({final[best].mean():.3f}; {final[low].mean():.3f} at {low:g}, {final[high].mean():.3f} at {high:g})"
        )
        errors += [end.error for end in ends]
    return holds, "; ".join(texts), _numbers(errors, 4)


def dense_contact_explores_less(trials: Trials) -> Finding:
    """Measure fact 5."""
    exact = {"practice.noise": 0.0, "practice.own_noise": 0.0, "practice.drift": 0.0}
    rugged = {"practice.ruggedness": 7, "coalition.exit_rate": 0.0, "backbone.staff": 0.0, **exact}
    dense, sparse = (trials.of("practice_quality", **rugged, **{"communication.frequency": f}) for f in (4.0, 0.25))
    early, late = (mean_of(dense[:, month] - sparse[:, month]) for month in (12, 120))
    text = f"dense - sparse {early.value:+.3f} at month 12, {late.value:+.3f} at 120"
    return early.z > CLEAR and late.z < -CLEAR, text, _numbers([early.error, late.error], 4)


def accountability_and_voice(trials: Trials) -> Finding:
    """Measure fact 6."""
    held, eroded = (trials.of("commitment", **{"measurement.accountability": value}) for value in (1.0, 0.0))
    kept, lost = (mean_of(course[:, 120] - course[:, 1]) for course in (held, eroded))
    gaps = [
        trials.of("agenda_fit_large", **{"agenda.voice": voice})[:, 120]
        - trials.of("agenda_fit_small", **{"agenda.voice": voice})[:, 120]
        for voice in (0.0, 1.0)
    ]
    gap = mean_of(gaps[1] - gaps[0])
    text = (
        f"commitment from month 1 to 120 {kept.value:+.2f} with accountability, {lost.value:+.2f} without; "
        f"voice by size widens the gap in fit by {gap.value:.3f}"
    )
    holds = kept.z > -CLEAR and lost.z < -CLEAR and gap.z > CLEAR
    return holds, text, _numbers([kept.error, lost.error, gap.error], 3)


def backbone_ends(trials: Trials) -> Finding:
    """Measure fact 7."""
    loss = trials.together - trials.ended("progress")
    lag, _ = ratio_of(loss[:, 60], loss[:, 120])
    final, gain = mean_of(loss[:, 120]), float(trials.gain[:, 120].mean())
    never = float((trials.together - trials.without("backbone"))[:, 120].mean())
    holds = lag.value < 0.4 and 0.02 * gain < final.value < 0.9 * never
    text = (
        f"loss {final.value:.3f} at 120 ({_share([lag.value])} of it at 60); gain {gain:.3f}, never had it {never:.3f}"
    )
    return holds, text, f"{final.error:.4f} {lag.error:.3f}"


def slow_start(trials: Trials) -> Finding:
    """Measure fact 8."""
    early, _ = ratio_of(trials.gain[:, 24], trials.gain[:, 120])
    return early.value < 0.25, f"{_share([early.value])} of the gain by month 24", f"{early.error:.3f}"


def replicates_differ(trials: Trials) -> Finding:
    """Measure fact 9."""
    final = trials.together[:, 120]
    spread = float(final.std(ddof=1))
    return 0.02 < spread < 0.10, f"sd {spread:.3f}", f"{spread / math.sqrt(2 * (final.size - 1)):.4f}"


def backbone_needs_size(trials: Trials) -> Finding:
    """Measure fact 10."""
    effects: dict[int, Estimate] = {}
    for number, degree in {**SMALL, **LARGE}.items():
        size = {"coalition.organisations": number, "coalition.degree": degree}
        effects[number] = mean_of(
            trials.of("progress", **size)[:, 120] - trials.of("progress", **size, **{"backbone.staff": 0.0})[:, 120]
        )
    holds = effects[min(SMALL)].z < -CLEAR and effects[max(LARGE)].z > CLEAR
    text = "; ".join(f"N = {number}: {effect.value:+.3f}" for number, effect in effects.items())
    return holds, text, _numbers([effect.error for effect in effects.values()], 4)


def funding_cliff(trials: Trials) -> Finding:
    """Measure fact 11."""
    cliff = {"backbone.staff": 0.0, "communication.frequency": 0.5, "measurement.sharing": 0.2}
    members = trials.of("members", events=[{"month": 49, "set": cliff}])
    years = [ratio_of(members[:, month] - members[:, month + 12], members[:, month]) for month in range(48, 120, 12)]
    rates = [estimate.value for estimate, _ in years]
    later = mean_of(np.mean([i for _, i in years[3:]], axis=0) - np.mean([i for _, i in years[:3]], axis=0))
    rising = Estimate(float(np.mean(rates[3:]) - np.mean(rates[:3])), later.error)
    holds = 0.015 <= np.mean(rates) <= 0.10 and max(rates) <= 0.15 and rising.z > CLEAR
    text = f"members lost a year after month 48: {' '.join(f'{100 * rate:.1f} %' for rate in rates)}"
    return bool(holds), text, _numbers([estimate.error for estimate, _ in years], 4)


def measurement_speeds_practice(trials: Trials) -> Finding:
    """Measure fact 12."""
    lead = trials.of("practice_quality") - trials.without("measurement", "practice_quality")
    leads = {month: mean_of(lead[:, month]) for month in (6, 12, 24, 60)}
    text = "lead " + ", ".join(f"{estimate.value:+.4f} at {month}" for month, estimate in leads.items())
    holds = all(estimate.z > CLEAR for estimate in leads.values())
    return holds, text, _numbers([estimate.error for estimate in leads.values()], 4)


def ties_grow(trials: Trials) -> Finding:
    """Measure fact 13."""
    ties, without, ended = (
        trials.of("working_ties"),
        trials.without("backbone", "working_ties"),
        trials.ended("working_ties"),
    )
    grown, apart = mean_of(ties[:, 120] - ties[:, 1]), mean_of(without[:, 120] - without[:, 1])
    lead = mean_of((ties[:, 120] - ties[:, 1]) - (without[:, 120] - without[:, 1]))
    slower = mean_of((ties[:, 120] - ties[:, 48]) - (ended[:, 120] - ended[:, 48]))
    holds = grown.z > CLEAR and lead.z > CLEAR and slower.z > CLEAR
    text = (
        f"all five {ties[:, 1].mean():.1f} -> {ties[:, 120].mean():.1f}; without backbone {apart.value:+.2f}; "
        f"backbone gone at 48: {slower.value:.1f} less than with it"
    )
    return holds, text, _numbers([grown.error, apart.error, slower.error], 2)


#: Claim, label, evidence, and the function that measures it.
FACTS: Mapping[int, tuple[str, Kind, str, Callable[[Trials], Finding]]] = {
    1: (
        "all five > any four > none, each by more than 5 paired standard errors; removing any one costs at least 5 % of the gain",
        "chosen",
        "no source",
        each_condition_counts,
    ),
    2: (
        "the five together gain more than the sum of the five alone",
        "chosen",
        "no source",
        together_more_than_the_sum,
    ),
    3: (
        "measurement counts late: less of what its removal costs in ten years has come by month 36 than with agenda and communication",
        "chosen",
        "order of drivers at 25 mature sites (ORS Impact & Spark Policy Institute 2018; recalled: could not be read again)",
        measurement_counts_late,
    ),
    4: (
        "contact without a hub, and staff paid by members, have an interior optimum",
        "chosen",
        "no source: meetings and staff cost what they spend",
        interior_optima,
    ),
    5: (
        "on rugged practices that are seen as they are and do not slip, without a hub and exits, denser contact raises practice quality early "
        "and lowers it late",
        "built in",
        "Lazer & Friedman 2007",
        dense_contact_explores_less,
    ),
    6: (
        "commitment erodes without accountability and holds with it; voice by size widens the gap in fit of the agenda",
        "chosen",
        "public-goods experiments (survey: Chaudhuri 2011, recalled)",
        accountability_and_voice,
    ),
    7: ("ending the backbone at month 48 loses part of the gain, with a lag", "chosen", "no source", backbone_ends),
    8: (
        "less than a quarter of the ten-year gain comes in the first two years",
        "chosen",
        "one cycle of collaboration takes 3 to 5 years (said in reviews; recalled: could not be read again)",
        slow_start,
    ),
    9: ("replicates differ: sd of final progress between 0.02 and 0.10", "chosen", "no source", replicates_differ),
    10: (
        "3 FTE paid by the members cost a coalition of 4 more than they bring, and pay in one of 30",
        "held out",
        "sizes of Provan & Kenis 2008 (recalled: could not be read again)",
        backbone_needs_size,
    ),
    11: (
        "after a funding cliff members leave, 1.5 to 10 % a year on average, never more than 15 %, later more than earlier",
        "held out",
        "3 to 8 % of coalitions end a year (Feinberg, Bontempo & Greenberg 2008)",
        funding_cliff,
    ),
    12: (
        "shared measurement makes practice better: ahead at months 6, 12, 24 and 60",
        "held out",
        "no source",
        measurement_speeds_practice,
    ),
    13: (
        "working ties grow under all five, more than without a backbone, and more slowly when it leaves",
        "built in",
        "no source",
        ties_grow,
    ),
}
#: How many strategies the facts run in all.
STRATEGIES = 45


def check_facts(
    runs: int = 400, seed: int = 1, *, threads: int | None = None, on_progress: Callable[[int, int], None] | None = None
) -> tuple[FactResult, ...]:
    """Measure the thirteen facts with the default settings.

    Args:
        runs: paired seeds, at least 2; the facts are stated for 400.
        seed: the first seed.
        threads: see `cisim.engine.simulate`.
        on_progress: called with (strategies run, strategies in all).

    Returns:
        One result per fact, in order.

    Raises:
        InputError: fewer than 2 runs.
    """
    if runs < 2:
        raise InputError(f"runs = {runs}: must be at least 2")
    on_runs = None if on_progress is None else lambda done: on_progress(done, STRATEGIES)
    return check_trials(Trials(runs, seed, threads, on_runs))


def check_trials(trials: Trials) -> tuple[FactResult, ...]:
    """Measure the thirteen facts on trials of some settings, one result per fact, in order."""
    results = []
    for number, (text, label, evidence, finding) in FACTS.items():
        holds, estimate, error = finding(trials)
        verdict = HOLDS if holds else FAILS
        results.append(FactResult(number, text, label, estimate, error, verdict, evidence))
    return tuple(results)
