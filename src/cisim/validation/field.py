"""Findings of the field, quoted beside what the model gives: none is an effect size by condition, so none has a verdict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cisim.ensemble import run
from cisim.scenario import Scenario
from cisim.validation.claims import Claim, Effort, Finding, quoted
from cisim.validation.facts import SMALL, STAFFS, measurement_counts_late
from cisim.validation.trials import CONDITIONS, Trials, mean_of

#: Evaluations that are cited more than once; `sources` has all of what is cited here in full.
MATURE_SITES = (
    "25 mature collective-impact sites in North America, selected for success (ORS Impact & Spark Policy Institute 2018: could not be read "
    "again)"
)
TOWNS = "randomised trial of Communities That Care in 24 towns"


def _verdict(alike: bool, criterion: str, instead: str = "not as in the field") -> str:
    """Say whether it is like the field, by a stated criterion."""
    return f"{'as in the field' if alike else instead} ({criterion})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def early_drivers(trials: Trials, _: Effort) -> Claim:
    """Quote which conditions matter first."""
    losses = {name: (trials.together - trials.without(name))[:, 36].mean() for name in CONDITIONS}
    ranked = sorted(losses, key=lambda name: -losses[name])
    first = set(ranked[:2]) == {"backbone", "agenda"}
    return quoted(
        "which conditions come first",
        "backbone and common agenda are most often strong and named as early drivers; shared measurement and mutually reinforcing activities "
        "weaker or later (recalled)",
        f"by what removal costs at month 36: {' > '.join(ranked)}; {measurement_counts_late(trials)[1]}; "
        f"{_verdict(first, 'the same two first')}",
        MATURE_SITES,
    )


def population_change(trials: Trials, _: Effort) -> Claim:
    """Quote how many coalitions show change."""
    better = (trials.gain[:, 120] > 0).mean()
    return quoted(
        "how many coalitions end with more change than without one",
        "population change in about 20 of 25 (recalled; the sites were selected for it)",
        f"{_percent(better)} of runs with all five end above isolated impact on the same luck; "
        f"{_verdict(0.7 < better < 0.9, '70 to 90 %')}: no run starts "
        "with a weak agenda or a failing backbone",
        MATURE_SITES,
    )


def pace(trials: Trials, _: Effort) -> Claim:
    """Quote how long it takes."""
    gain = trials.gain.mean(axis=0)
    half = int(np.argmax(gain >= gain[120] / 2))
    return quoted(
        "how long it takes",
        "one full cycle of collaboration takes 3 to 5 years (recalled)",
        f"half of the ten-year gain is there after {half / 12:.1f} years; {_verdict(3 <= half / 12 <= 5, '3 to 5 years')}",
        "no single source: said in reviews of collaboration, which could not be read again",
    )


def indicators(trials: Trials, effort: Effort) -> Claim:
    """Quote how many indicators rise."""
    shares = {}
    for name, start in (("all five", 1), ("isolated impact", "never")):
        scenario = Scenario().replace(**{"coalition.start": start})
        ensemble = run(scenario, len(trials.together), effort.seed, threads=effort.threads)
        rises = [
            ensemble.measure(f"indicator.{outcome}")[:, 48] > ensemble.measure(f"indicator.{outcome}")[:, 0]
            for outcome in scenario.outcome_names
        ]
        shares[name] = float(np.mean(rises))
    return quoted(
        "how many indicators rise within four years",
        "34 of 53 (64 %)",
        f"{_percent(shares['all five'])} with all five and {_percent(shares['isolated impact'])} in isolated impact; "
        f"{_verdict(0.5 < shares['all five'] < 0.8, '50 to 80 %')}; what rises without a coalition too says little about coalitions",
        "the partnership Strive of Cincinnati, four years old (Kania & Kramer 2011)",
    )


def through_practices(trials: Trials, _: Effort) -> Claim:
    """Quote whether the effect runs through practices."""
    frozen: dict[str, object] = {"communication.learning": 0.0, "practice.experiment": 0.0}
    without = trials.of("progress", **frozen) - trials.of("progress", **frozen, **{"coalition.start": "never"})
    share = float(without[:, 120].mean() / trials.gain[:, 120].mean())
    return quoted(
        "what the effect runs through",
        "effects by grade 8 ran wholly through the adoption of a science-based approach to prevention, and not through collaboration",
        f"with practices frozen in all organisations {_percent(share)} of the gain is left; "
        f"{_verdict(share < 0.5, 'less than half left')}: the rest comes from concert",
        f"{TOWNS} (Brown et al. 2014)",
    )


def size_of_effect(trials: Trials, _: Effort) -> Claim:
    """Quote how large effects are."""
    isolated = trials.together - trials.gain
    reduction = trials.gain[:, 120].mean() / (1.0 - isolated[:, 120].mean())
    return quoted(
        "how large effects are",
        "odds ratios .69 (ever used a drug) and .78 (delinquency) by grade 12, none for current use (recalled); relative reductions up to 31 % "
        "(PROSPER, 28 districts)",
        f"all five leave {_percent(float(reduction))} less of the gap than isolated impact after ten years; "
        f"{_verdict(0 < reduction <= 0.31, 'above 0 and up to 31 %')}, and "
        "not fitted to it",
        f"{TOWNS} (the odds ratios: Oesterle et al. 2013, a conference abstract; current use: Hawkins et al. 2014); PROSPER: Spoth et al. 2013",
    )


def survival(trials: Trials, _: Effort) -> Claim:
    """Quote what lasts when money ends."""
    cliff = {"backbone.staff": 0.0, "communication.frequency": 0.5, "measurement.sharing": 0.2}
    members = trials.of("members", events=[{"month": 49, "set": cliff}]).mean(axis=0)
    loss = 1.0 - (members[120] / members[48]) ** (1 / 6)
    return quoted(
        "what lasts when the grant ends",
        "of 110 coalitions 90 % went on past a three-year grant, then 3 to 8 % ended a year; of 165 health coalitions 68 % were sustained after "
        "theirs",
        f"members are lost at {100 * loss:.1f} % a year after the cliff; {_verdict(0.03 <= loss <= 0.08, '3 to 8 %')}, but these are members of one "
        "coalition, not coalitions",
        "Feinberg, Bontempo & Greenberg 2008; the 165 coalitions: Healthy Communities Access Program (NORC 2012)",
    )


def what_keeps_commitment(trials: Trials, _: Effort) -> Claim:
    """Quote what accountability does."""
    changes = {
        share: float((course[:, 120] - course[:, 1]).mean())
        for share in (1.0, 0.0)
        for course in (trials.of("commitment", **{"measurement.accountability": share}),)
    }
    return quoted(
        "what keeps contributions up",
        "half of people give if others do, a third do not (Fischbacher, Gächter & Fehr 2001); one designated monitor raises co-operation as much "
        "as punishing by all (O'Gorman et al. 2009); talking raises it, d = 1.01 (Balliet 2010)",
        f"commitment changes by {changes[1.0]:+.2f} in ten years with accountability, {changes[0.0]:+.2f} without; "
        f"{_verdict(changes[1.0] > changes[0.0], 'the same order')}, and organisations are not of types",
        "laboratory experiments on public goods",
    )


def integration(trials: Trials, _: Effort) -> Claim:
    """Quote whether a centre helps."""
    lost = float((trials.together - trials.without("backbone"))[:, 120].mean() / trials.gain[:, 120].mean())
    return quoted(
        "what effective networks have in common",
        "integration through a centre, stability, and resources",
        f"without the backbone {_percent(lost)} of the gain is lost; {_verdict(lost > 0.05, 'more than 5 %')}",
        "four mental health systems (Provan & Milward 1995)",
    )


def posts(trials: Trials, _: Effort) -> Claim:
    """Quote how many posts a backbone needs."""
    final = {staff: float(trials.of("progress", **{"backbone.staff": staff})[:, 120].mean()) for staff in STAFFS}
    best = max(final, key=lambda staff: final[staff])
    return quoted(
        "how many posts a backbone needs",
        "at least three: a project manager, a data manager, a facilitator (recalled)",
        f"progress is best at {best:g} of {', '.join(f'{staff:g}' for staff in STAFFS)} FTE paid by 30 members; "
        f"{_verdict(best >= 3, 'three or more')}",
        "handbooks of backbone organisations",
    )


def size_for_a_backbone(trials: Trials, _: Effort) -> Claim:
    """Quote from which size a backbone pays."""
    effects: dict[int, float] = {}
    for number, degree in {**SMALL, 12: 4.0}.items():
        size: dict[str, object] = {"coalition.organisations": number, "coalition.degree": degree}
        effect = trials.of("progress", **size) - trials.of("progress", **size, **{"backbone.staff": 0.0})
        effects[number] = mean_of(effect[:, 120]).value
    shown = ", ".join(f"{value:+.3f} with {number}" for number, value in effects.items())
    order = effects[4] < 0 and effects[6] < 0 < effects[12]
    return quoted(
        "from which size an administrative organisation pays",
        "shared governance suits about 6 to 8 members with dense trust; an administrative organisation suits more (recalled)",
        f"effect of 3 FTE paid by the members on progress: {shown} organisations; {_verdict(order, 'a cost with 4 and 6, a gain with 12')}",
        "Provan & Kenis 2008: could not be read again",
    )


def little_staff(trials: Trials, _: Effort) -> Claim:
    """Quote what too little staff does."""
    final = {staff: trials.of("progress", **{"backbone.staff": staff})[:, 120].mean() for staff in (0.0, 1.0, 2.0, 3.0)}
    steps = ", ".join(f"{value:.3f} at {staff:g} FTE" for staff, value in final.items())
    return quoted(
        "what too little central staff does",
        "it makes a bottleneck",
        f"progress after ten years: {steps}; {_verdict(final[1.0] < final[0.0], 'less with one than with none', 'no bottleneck in this model')}",
        "an agent-based model of water governance (Bitterman & Koliba 2020)",
    )


def a_real_network(trials: Trials, _: Effort) -> Claim:
    """Quote how dense ties are."""
    ties = trials.of("working_ties").mean(axis=0) / 29
    instead = "sparser than that coalition" if ties[120] < 0.30 else "denser than that coalition"
    return quoted(
        "how dense working ties are",
        "density .30, degree centralisation .73, trust .81 of the scale's maximum, in a coalition of 41 organisations",
        f"density {ties[1]:.2f} at the start and {ties[120]:.2f} after ten years among 30 organisations; "
        f"{_verdict(ties[1] <= 0.30 <= ties[120], '.30 between the two', instead)}; centralisation is not recorded, and trust is on another scale",
        "McCullough, Eisen-Cohen & Salas 2016 (PARTNER survey)",
    )


def cost(trials: Trials, _: Effort) -> Claim:
    """Quote what it costs."""
    per_year = trials.gain[:, 120].mean() / 30.0
    return quoted(
        "what it costs",
        "$556 per youth and a benefit-cost ratio of 8.2 (Communities That Care); $125,000 a year of grant (Drug-Free Communities)",
        f"{100 * per_year:.2f} % of the gap per FTE-year of backbone (3 FTE over ten years): the model has no money in it, so there is nothing to "
        "compare",
        "Kuklinski et al. 2015; pages of the US Drug-Free Communities programme",
    )


ROWS: tuple[Callable[[Trials, Effort], Claim], ...] = (
    early_drivers,
    population_change,
    pace,
    indicators,
    through_practices,
    size_of_effect,
    survival,
    size_for_a_backbone,
    little_staff,
    posts,
    integration,
    what_keeps_commitment,
    a_real_network,
    cost,
)


def beside_the_field(trials: Trials, effort: Effort) -> Finding:
    """Quote all rows."""
    return Finding(tuple(row(trials, effort) for row in ROWS))
