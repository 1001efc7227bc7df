"""Suite `patterns`: what the field has counted of coalitions, beside the same count in the scenario `population`.

A pattern is met or missed by a criterion that stands with it. What is missed says where this model is not like the field.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.month import advance
from cisim.dynamics.state import WORKING_TIE, State
from cisim.engine import compile_scenario, run_one, simulate
from cisim.ensemble import drawn_by
from cisim.scenario import Scenario, load
from cisim.seeds import run_seeds_of
from cisim.uncertainty import wilson
from cisim.validation.claims import MET, MISSED, Case, Claim, Effort, Estimate, Finding, Kind
from cisim.validation.facts_suite import paired
from cisim.validation.gain import FROZEN, NEVER
from cisim.validation.trials import CONDITIONS, Trials, mean_of, ratio_of

Floats = NDArray[np.float64]
Seen = TypeVar("Seen")
#: Measures that the patterns read, besides the indicators.
KEPT = (
    *("progress", "commitment", "members", "alive", "awareness", "goal_alignment"),
    *("working_ties", "practice_quality", "duplication", "gap"),
)
#: The money that pays the backbone for three years comes from outside, and ends.
GRANT = {"backbone.member_share": 0.0}
GRANT_ENDS = [{"month": 37, "set": {"backbone.staff": 0.0}}]
#: Two groups of residents who start alike, one of whom a quarter of the effort reaches.
GROUPS = [{"name": "in reach", "share": 0.7}, {"name": "out of reach", "share": 0.3, "barrier": 1.4}]
#: Initiatives of mixed age: share, first and last month, of those that are not there yet (18 %), early, middle and later.
AGES = ((0.18, 0, 0), (0.39, 1, 24), (0.25, 25, 60), (0.08, 61, 120))
#: What counts as change: a partner more to work with, or so much awareness of the agenda; quality or evenness of practice; progress.
A_PARTNER, AWARE, A_PRACTICE, A_CHANGE = 1.0, 0.5, 0.02, 0.02
#: What somebody decides on or brings, and might be too little where a coalition fails.
REASONS = (*CONDITIONS.values(), "commitment.initial", "coalition.trust", "coalition.founding", "agenda.alignment")
#: Coalitions for each paired seed of the facts: some of what is counted is small beside chance.
COALITIONS = 3
#: Batches of runs, whose spread tells the error of what has no simple one.
BATCHES = 20


class Population(Trials):
    """Runs of a population of coalitions that the patterns are measured on."""

    def __init__(self, runs: int, seed: int, threads: int | None = None, base: Scenario | None = None) -> None:
        base = load("population") if base is None else base
        indicators = [f"indicator.{name}" for name in base.outcome_names]
        super().__init__(runs, seed, threads, base=base, kept=(*KEPT, *indicators))
        self.seeds = run_seeds_of(seed, runs)

    @cached_property
    def drawn(self) -> Mapping[str, Floats]:
        """Draws of each coalition: (runs,) by field."""
        return drawn_by(self.base, self.seeds)

    @cached_property
    def services(self) -> Floats:
        """Progress of the same organisations at the end, without a coalition, where what others pay for the backbone is for services.

        What the members themselves pay is theirs again.
        """
        return np.array([self._with_services(int(seed)) for seed in self.seeds])

    def _with_services(self, seed: int) -> float:
        own = self.base.settled(self.base.drawn(seed))
        posts = own.backbone.staff * (1.0 - own.backbone.member_share)
        scenario = own.replace(**NEVER, **{"funder.services": posts})
        return float(simulate(scenario, [seed], threads=1)[0, -1, 0])

    def states(self, months: Sequence[int], look: Callable[[State], Seen]) -> list[list[Seen]]:
        """Look at the state of each run at the end of some months, ascending."""
        settings, found = compile_scenario(self.base), []
        records = np.empty((settings.months + 1, len(settings.measures)))
        for seed in self.seeds:
            seen: list[Seen] = []

            def pause(state: State, month: int, seen: list[Seen] = seen) -> bool:
                if month in months:
                    seen.append(look(state))
                return month >= months[-1]

            run_one(self.base, settings, int(seed), advance, records, pauses=months, look=pause)
            found.append(seen)
        return found


class Measured(NamedTuple):
    """Result of a pattern: whether it is met, in words, and how exact that is."""

    met: bool
    text: str
    error: str


@dataclass(frozen=True)
class Pattern:
    """Something that the field has counted."""

    text: str  #: what is seen
    field: str  #: the field's number
    criterion: str  #: when it is met
    source: str  #: where the number comes from, and how far that was read
    label: Kind  #: "chosen", "held out" or "built in", as of facts
    measure: Callable[[Population], Measured]


# ---- Counts and their errors.


def share(values: NDArray[np.bool_]) -> Estimate:
    """Estimate a share of runs."""
    return mean_of(values.astype(np.float64))


def percent(value: float) -> str:
    """Write a share in per cent."""
    return f"{100 * value:.0f} %"


def counted(part: int, whole: int) -> tuple[float, float]:
    """Give the 95 % interval (Wilson) of a share that the field has counted."""
    low, high = wilson(part / whole, whole)
    return float(low), float(high)


def errors(*estimates: Estimate, digits: int = 3) -> str:
    """Write standard errors, in the order of the numbers."""
    return "standard errors " + ", ".join(f"{estimate.error:.{digits}f}" for estimate in estimates)


def batched(statistic: Callable[[slice], float], runs: int) -> Estimate:
    """Estimate a statistic of all runs, its error from its spread over batches of them."""
    edges = np.linspace(0, runs, min(BATCHES, runs // 2) + 1).astype(int).tolist()
    parts = np.array([statistic(slice(first, last)) for first, last in itertools.pairwise(edges)])
    return Estimate(statistic(slice(0, runs)), mean_of(parts).error)


def correlation(x: Floats, y: Floats) -> float:
    """Compute the correlation of two samples; NaN where one does not vary."""
    a, b = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else np.nan


# ---- The patterns.


def does_it_always_work(population: Population) -> Measured:
    """Count coalitions that end above the same organisations without one, and above the same money on services."""
    lead = population.gain[:, -1]
    ahead, below = share(lead > 0), share(lead < 0)
    worse = share(population.together[:, -1] < population.services)
    low, high = counted(20, 25)
    text = (
        f"{percent(ahead.value)} end above the same organisations without a coalition, {percent(below.value)} below; "
        f"{percent(worse.value)} end below the same money on services"
    )
    return Measured(low <= ahead.value <= high and below.value > 0, text, errors(ahead, below, worse))


def survives_the_grant(population: Population) -> Measured:
    """Count coalitions that are there 20 months after a grant of three years, and five years on with assistance that goes on."""
    ended = population.of("alive", **GRANT, events=GRANT_ENDS)
    going = population.of("alive", **GRANT)
    there = ended[:, 36] == 1
    if not there.any():
        return Measured(False, "none is there when the grant ends", "")
    later, helped = share(ended[there, 56] == 1), share(going[:, 60] == 1)
    yearly = 1.0 - float((ended[there, 96] == 1).mean()) ** (1 / 5)
    low, high = counted(11, 12)
    text = (
        f"{percent(later.value)} are there 20 months after the grant, then on average {100 * yearly:.1f} % of all end in each of five years; "
        f"{percent(helped.value)} are there at five years where the money goes on"
    )
    met = low <= later.value <= high and helped.value >= counted(14, 14)[0]
    return Measured(met, text, errors(later, helped))


class _Joiners(NamedTuple):
    """Organisations that are not members: whether each has joined two years later, and what might tell."""

    joined: Floats
    ties: Floats
    resources: Floats
    fit: Floats


def _joiners(before: State, after: NDArray[np.int64]) -> _Joiners:
    """Read who had not joined at the first look, each beside the mean of its coalition."""
    organisations, ties = before.organisations, before.ties
    members = np.zeros(len(organisations))
    for one, other in (("first", "second"), ("second", "first")):
        np.add.at(members, ties[one], ties["strength"] * (organisations["member"][ties[other]] == 1))
    agenda = before.outcomes["agenda"] if before.coalition["has_agenda"][0] else before.outcomes["weight"]
    fit = np.minimum(before.stances["mission"], agenda).sum(axis=1)
    out = (organisations["member"] == 0) & (organisations["kept_out"] == 0)
    columns = (after[out] == 1, members[out], np.log(organisations["resources"][out]), fit[out])
    centred = [column - column.mean() if out.any() else column for column in (np.asarray(c, float) for c in columns)]
    return _Joiners(*centred)


def who_joins(population: Population) -> Measured:
    """Correlate joining in the third and second year with ties to members, resources, and fit of mission and agenda."""

    def look(state: State) -> State:
        return State._make(part.copy() for part in state)

    runs = [_joiners(first, last.organisations["member"]) for first, last in population.states((12, 36), look)]

    def of(name: str) -> Estimate:
        def statistic(part: slice) -> float:
            joined, other = (np.concatenate([getattr(run, each) for run in runs[part]]) for each in ("joined", name))
            return correlation(joined, other) if len(joined) else np.nan

        return batched(statistic, len(runs))

    found = {"ties to members": of("ties"), "resources": of("resources"), "fit of mission": of("fit")}
    ties, *others = found.values()
    text = "joining between months 12 and 36 goes with " + ", ".join(
        f"{name} {of.value:+.2f}" for name, of in found.items()
    )
    # What does not vary tells nothing.
    rest = [Estimate(*np.nan_to_num(np.abs(other)).tolist()) for other in others]
    met = ties.z > 2 and all(ties.value > other.value + 2 * float(np.hypot(ties.error, other.error)) for other in rest)
    return Measured(met, text + " (correlation within a coalition)", errors(*found.values(), digits=2))


def network_of(state: State) -> tuple[float, float, float]:
    """Compute mean degree, density and degree centralisation (Freeman) of the working ties among members; NaN with fewer than three."""
    member = state.organisations["member"] == 1
    number = int(member.sum())
    if number < 3:
        return (np.nan,) * 3
    ties = state.ties[
        (state.ties["strength"] >= WORKING_TIE) & member[state.ties["first"]] & member[state.ties["second"]]
    ]
    degree = np.bincount(np.concatenate([ties["first"], ties["second"]]), minlength=len(member))[member]
    centralisation = float((degree.max() - degree).sum()) / ((number - 1) * (number - 2))
    return float(degree.mean()), float(degree.mean()) / (number - 1), centralisation


def size_degree_density(population: Population) -> Measured:
    """Measure members, partners, density and centralisation of a coalition one year old."""
    degree, density, central = (
        mean_of(each) for each in np.array([seen for (seen,) in population.states((12,), network_of)]).T
    )
    members = mean_of(population.of("members")[:, 12])
    text = (
        f"{members.value:.0f} members, {degree.value:.1f} working partners among them, density {density.value:.2f}, "
        f"centralisation {central.value:.2f}, a year on"
    )
    met = 0.16 <= density.value <= 0.35 and abs(central.value - 0.73) <= 0.15
    return Measured(met, text, errors(members, degree, density, central))


def first_year(population: Population) -> Measured:
    """Compare how much of the ten years' change comes in the first: of process and structure, and of the community."""
    shares = {}
    for measure in ("awareness", "goal_alignment", "working_ties"):
        course = population.of(measure)
        here = ~np.isnan(course[:, [1, 12, -1]]).any(axis=1)
        shares[measure], _ = ratio_of(course[here, 12] - course[here, 1], course[here, -1] - course[here, 1])
    progress, _ = ratio_of(population.gain[:, 12], population.gain[:, -1])
    process = float(np.mean([estimate.value for estimate in shares.values()]))
    parts = ", ".join(f"{name.replace('_', ' ')} {percent(estimate.value)}" for name, estimate in shares.items())
    text = f"of the ten years' change the first brings {percent(process)} in process and structure ({parts}), {percent(progress.value)} in progress"
    return Measured(process > 1 / 3 and progress.value < 0.1, text, errors(*shares.values(), progress))


def at_mixed_ages(changed: NDArray[np.bool_]) -> Floats:
    """Average whether there is change, (runs, months + 1), over the ages of initiatives: (runs,)."""
    total = sum(weight for weight, _, _ in AGES)
    parts = [weight / total * changed[:, first : last + 1].mean(axis=1) for weight, first, last in AGES]
    together: Floats = np.sum(parts, axis=0)
    return together


def three_kinds_of_change(population: Population) -> Measured:
    """Count early, systems and population change among initiatives of mixed age, each beside the same organisations without a coalition."""

    def lead(measure: str) -> Floats:
        return population.of(measure) - population.of(measure, **NEVER)

    kinds = {
        "early": (lead("working_ties") >= A_PARTNER) | (np.nan_to_num(population.of("awareness")) >= AWARE),
        "systems": (lead("practice_quality") >= A_PRACTICE) | (lead("duplication") <= -A_PRACTICE),
        "population": lead("progress") >= A_CHANGE,
    }
    found = [mean_of(at_mixed_ages(changed)) for changed in kinds.values()]
    wanted = (0.64, 0.405, 0.225)
    near = all(abs(estimate.value - number) <= 0.15 for estimate, number in zip(found, wanted, strict=True))
    ordered = found[0].value > found[1].value > found[2].value
    text = ", ".join(f"{kind} {percent(estimate.value)}" for kind, estimate in zip(kinds, found, strict=True))
    return Measured(
        near and ordered,
        f"{text} (systems change stands here for practice and division of roles alone)",
        errors(*found),
    )


def likeness_of_partners(state: State) -> float:
    """Correlate, over pairs of members, having a working tie with likeness of priorities; NaN where one does not vary."""
    member = np.flatnonzero(state.organisations["member"] == 1)
    goals = state.stances["goal"][member]
    number, place = len(member), {int(row): index for index, row in enumerate(member)}
    tied = np.zeros((number, number))
    for tie in state.ties[state.ties["strength"] >= WORKING_TIE]:
        if int(tie["first"]) in place and int(tie["second"]) in place:
            tied[place[int(tie["first"])], place[int(tie["second"])]] = 1.0
    pairs = np.triu_indices(number, 1)
    like = 1.0 - np.abs(goals[:, None, :] - goals[None, :, :]).sum(axis=2) / 2.0
    both = tied + tied.T
    return correlation(both[pairs], like[pairs]) if number > 2 else np.nan


def partners_priorities(population: Population) -> Measured:
    """Correlate working ties with likeness of priorities, two years on."""
    found = mean_of(np.array([seen for (seen,) in population.states((24,), likeness_of_partners)]))
    text = f"correlation of a working tie with likeness of goals {found.value:+.3f}, two years on"
    return Measured(abs(found.value) < 0.1, text, errors(found))


def readiness(population: Population) -> Measured:
    """Compare commitment in coalitions whose members began more and less committed, and follow the first from year 1 to 5."""
    start = population.drawn["commitment.initial"]
    ready = start > np.median(start)
    commitment = population.of("commitment")
    high, low, later = (
        mean_of(values)
        for values in (commitment[ready, 12], commitment[~ready, 12], commitment[ready, 60] - commitment[ready, 12])
    )
    apart = Estimate(high.value - low.value, float(np.hypot(high.error, low.error)))
    text = (
        f"commitment after a year {high.value:.2f} where members began more committed, {low.value:.2f} where less; "
        f"of the first {later.value:+.2f} from year 1 to 5"
    )
    return Measured(apart.z > 2 and later.z < -2, text, errors(high, low, later))


def through_practice(population: Population) -> Measured:
    """Measure what is left of the gain where no practice changes."""
    frozen = population.of("progress", **FROZEN) - population.of("progress", **FROZEN, **NEVER)
    left, _ = ratio_of(frozen[:, -1], population.gain[:, -1])
    return Measured(left.value < 0.5, f"with practices frozen {percent(left.value)} of the gain is left", errors(left))


def indicators_rise(population: Population) -> Measured:
    """Count indicators that are higher after four years."""

    def rise(**settings: Any) -> Estimate:
        courses = (population.of(f"indicator.{name}", **settings) for name in population.base.outcome_names)
        return mean_of(np.mean([course[:, 48] > course[:, 0] for course in courses], axis=0))

    together, alone = rise(), rise(**NEVER)
    low, high = counted(34, 53)
    text = f"{percent(together.value)} rise in four years; without a coalition {percent(alone.value)}"
    return Measured(low <= together.value <= high, text, errors(together, alone))


def equity(population: Population) -> Measured:
    """Follow the gap between residents in and out of reach who start alike."""
    gap = population.of("gap", **{"community.groups": GROUPS})
    peak = int(gap.mean(axis=0).argmax())
    widens, narrows = mean_of(gap[:, peak] - gap[:, 0]), mean_of(gap[:, -1] - gap[:, peak])
    text = f"the gap grows by {widens.value:.3f} to month {peak} and changes by {narrows.value:+.3f} until {gap.shape[1] - 1}"
    return Measured(widens.z > 2 and narrows.z < -2, text, errors(widens, narrows))


def too_little_staff(population: Population) -> Measured:
    """Compare what coalitions that end below doing nothing have less of than others, in standard deviations."""
    fails = population.gain[:, -1] < 0
    reasons = [path for path in REASONS if path in population.drawn]
    if not 2 <= fails.sum() <= len(fails) - 2:
        return Measured(
            False, f"{int(fails.sum())} of {len(fails)} end below the same organisations without a coalition", ""
        )
    lack = {}
    for path in reasons:
        values = population.drawn[path] / population.drawn[path].std()
        with_it, without = mean_of(values[~fails]), mean_of(values[fails])
        lack[path] = Estimate(with_it.value - without.value, float(np.hypot(with_it.error, without.error)))
    first, *others = sorted(lack, key=lambda path: -lack[path].value)
    shown = (first, *others[:2], *(["backbone.staff"] if "backbone.staff" not in (first, *others[:2]) else []))
    text = "coalitions that end below doing nothing have less of " + ", ".join(
        f"{path} ({lack[path].value:+.2f} sd)" for path in shown
    )
    met = first == "backbone.staff" and lack[first].z > 2
    return Measured(met, text, errors(*(lack[path] for path in shown), digits=2))


NOT_READ = "noted for this project and not read again"
PATTERNS: Mapping[str, Pattern] = {
    "always": Pattern(
        "Most coalitions bring change, and not all do",
        "population change at about 20 of 25 sites, which were selected for success",
        "the share above doing nothing is within the 95 % interval of 20 of 25 (61 to 91 %), and some are below",
        "ORS Impact & Spark Policy Institute 2018, recalled: it could not be read again",
        "chosen",
        does_it_always_work,
    ),
    "survival": Pattern(
        "Most coalitions outlive their grant, and with assistance all do",
        "11 of 12 towns at 20 months after the grant; 14 of 14 at five years with assistance that went on; after it 3 to 8 % of 110 ended a year",
        "the share at 20 months is within the 95 % interval of 11 of 12 (65 to 99 %), that with assistance within that of 14 of 14 (78 % or more)",
        f"trials of Communities That Care and PROSPER; Feinberg et al. 2008: {NOT_READ}",
        "chosen",
        survives_the_grant,
    ),
    "joining": Pattern(
        "Who has ties to members joins",
        "of what told who joined, ties to members counted most, and about doubled the variance explained",
        "joining goes with ties to members, by two standard errors more than with resources or with fit of mission",
        f"Bess 2012, {NOT_READ}",
        "chosen",
        who_joins,
    ),
    "network": Pattern(
        "Coalitions are sparse and central",
        "25 organisations with 5 partners, density .21 (archive of surveys); density .30, centralisation .73 in one of 41",
        "density from .16 to .35, centralisation within .15 of .73",
        "PARTNER archive; McCullough, Eisen-Cohen & Salas 2016, BMC Public Health 16, doi 10.1186/s12889-016-3194-7: "
        + NOT_READ,
        "chosen",
        size_degree_density,
    ),
    "first-year": Pattern(
        "In the first year process and structure move, and nothing else",
        "in five waves at 15 coalitions only factors of process and structure changed",
        "more than a third of the ten years' change in awareness, alignment and ties, less than a tenth of that in progress",
        f"Ziff et al. 2010, {NOT_READ}",
        "held out",
        first_year,
    ),
    "kinds": Pattern(
        "Early changes are more common than changes of systems, and these than change of the population",
        "65, 41, 21 % and 63, 40, 24 % of initiatives of mixed age",
        "in this order, and each within 15 points of 64, 40 and 22 %",
        f"two surveys of collective-impact initiatives, {NOT_READ}; what counts as change is chosen here",
        "held out",
        three_kinds_of_change,
    ),
    "priorities": Pattern(
        "Those who work together need not have like priorities",
        "working ties were not between organisations of like priorities",
        "the correlation of a working tie with likeness of goals is within .1 of 0",
        f"Pugel 2022, {NOT_READ}",
        "held out",
        partners_priorities,
    ),
    "readiness": Pattern(
        "Who starts ready works together well early on, and less so later",
        "14 teams: where readiness was high collaboration was high early, and declined during implementation",
        "commitment after a year is higher where members began more committed, and there it falls from year 1 to 5, both by two standard errors",
        f"Chilenski et al. 2018, {NOT_READ}",
        "chosen",
        readiness,
    ),
    "practice": Pattern(
        "The effect runs through practice",
        "the effect ran wholly through the adoption of tested practice (24 towns)",
        "less than half of the gain is left with practices frozen",
        f"Brown et al. 2014, Prevention Science 15:623-632, {NOT_READ}",
        "chosen",
        through_practice,
    ),
    "indicators": Pattern(
        "In four years many indicators rise, and many do not",
        "34 of 53 (64 %)",
        "the share is within the 95 % interval of 34 of 53 (51 to 76 %)",
        f"Kania & Kramer 2011, of the partnership of Cincinnati, {NOT_READ}",
        "chosen",
        indicators_rise,
    ),
    "equity": Pattern(
        "Gaps between groups widen first, and narrow later",
        "a direction without a number",
        "the gap between groups that start alike grows to some month and then falls, both by two standard errors",
        "Victora et al. 2000, Lancet 356:1093-1098, recalled",
        "held out",
        equity,
    ),
    "staff": Pattern(
        "Too little backbone is the first reason of failure",
        "an insufficient backbone is named first",
        "of what somebody decides on or brings, those that end below doing nothing lack staff most, by two standard errors",
        f"Turner et al. 2012, {NOT_READ}",
        "held out",
        too_little_staff,
    ),
}


def patterns(effort: Effort) -> Finding:
    """Measure all patterns."""
    runs = COALITIONS * paired(effort)
    population = Population(runs, effort.seed, effort.threads)
    return Finding(tuple(claim_of(pattern, pattern.measure(population), runs) for pattern in PATTERNS.values()))


def claim_of(pattern: Pattern, measured: Measured, runs: int) -> Claim:
    """Record a pattern and what came out."""
    error = "; ".join(filter(None, (measured.error, f"{runs} coalitions")))
    expected = f"{pattern.field}. Met if {pattern.criterion}"
    return Claim(
        pattern.text, expected, measured.text, error, pattern.source, pattern.label, MET if measured.met else MISSED
    )


CASES = (
    Case(
        "patterns",
        "What the field has counted",
        "Counted in the scenario `population`, in which each run is another coalition, beside the same organisations without one on the same luck. "
        "Met or missed is by the criterion given, which is chosen here; nothing of this tests an effect size.",
        patterns,
    ),
)
