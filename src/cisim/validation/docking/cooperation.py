"""Docking of commitment alone: a public good with and without accountability, and the logistic equation behind it.

The stage of commitment runs on coalitions put together by hand; where trust follows what is seen, so does the point "trust, ties" of the
stage of communication, with everybody in contact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from cisim.dynamics import dials as at
from cisim.plot.canvas import COLOURS, LINES
from cisim.validation.claims import (
    Case,
    Claim,
    Effort,
    Estimate,
    Finding,
    Picture,
    close,
    decreases,
    judged,
    near,
    ordered,
    quoted,
)
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere
from cisim.validation.docking.uneven import BY_HAND, Uneven, matrices, uneven, variance_of
from cisim.validation.stand import coalition_of, complete, dials_of, ring, scenario_of
from cisim.validation.trials import mean_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTHS, START = 60, 0.55
SANCTIONS = "Fehr & Gächter 2000, American Economic Review 90:980-994"
#: The dials that weigh what speaks for and against commitment.
WEIGHTS = {
    "trust": at.COMMITMENT_TRUST_WEIGHT,
    "purpose": at.COMMITMENT_PURPOSE_WEIGHT,
    "progress": at.COMMITMENT_PROGRESS_WEIGHT,
    "conformity": at.COMMITMENT_CONFORM_WEIGHT,
    "overhead": at.COMMITMENT_OVERHEAD_WEIGHT,
    "temptation": at.COMMITMENT_TEMPTATION,
}


def public_goods(effort: Effort) -> Finding:
    """Measure the one-month equation, where it leads, and the shape of the public-goods experiments."""
    shape, picture = with_and_without(effort)
    return Finding(
        (*shape, free_riders(), *one_month(effort), *single_reasons(effort), *fixed_points(), *moods(effort)),
        (picture,),
    )


def course(effort: Effort, runs: int, *, sharing: float, base: float, trusting: bool) -> NDArray[np.float64]:
    """Run thirty members on a ring: their mean commitment, (runs, months + 1).

    Args:
        effort: for the first seed.
        runs: seeds.
        sharing: m; accountability is full.
        base: inclination to commit, logits.
        trusting: trust follows the commitment that is seen; else it stays at 1/2.
    """
    scenario = scenario_of(2, 1, **{"commitment.base": base, "measurement.sharing": sharing})
    dials = dials_of(scenario)
    values = np.empty((runs, MONTHS + 1))
    for run in range(runs):
        trust = 0.4 if trusting else 0.5
        state = coalition_of(scenario, np.full((30, 2), 0.5), ring(30, 2), trust=trust, commitment=START)
        values[run, 0] = START
        for month in range(1, MONTHS + 1):
            if trusting:
                stages.pass_months(state, dials, stages.RELATE, first=month)
            stages.pass_months(state, dials, stages.COMMIT, first=month, seed=effort.seed + run)
            values[run, month] = state.organisations["commitment"].mean()
    return values


def with_and_without(effort: Effort) -> tuple[tuple[Claim, ...], Picture]:
    """Claim decay without measurement, and none with it."""
    runs = effort.runs(200, 40)
    courses = {
        (base, trusting, sharing): course(effort, runs, sharing=sharing, base=base, trusting=trusting)
        for base, trusting in ((0.5, False), (0.5, True), (-0.5, True))
        for sharing in (0.0, 0.8)
    }

    def end(base: float, trusting: bool, sharing: float, month: int = MONTHS) -> NDArray[np.float64]:
        return courses[base, trusting, sharing][:, month]

    def differences(base: float, trusting: bool) -> dict[str, Estimate]:
        return {
            "start - month 6 without": mean_of(START - end(base, trusting, 0.0, 6)),
            "month 6 - month 60 without": mean_of(end(base, trusting, 0.0, 6) - end(base, trusting, 0.0)),
            "month 60 with - start": mean_of(end(base, trusting, 0.8) - START),
        }

    claims = (
        ordered(
            "With base 0.5 and trust held at 1/2, commitment decays without shared measurement and holds with it (m = 0.8)",
            differences(0.5, False),
            runs,
            f"shape, recalled: {SANCTIONS}",
        ),
        ordered(
            "So it does where trust follows the commitment that is seen, and both movements are stronger",
            differences(0.5, True)
            | {
                "with trust lower without": mean_of(end(0.5, False, 0.0) - end(0.5, True, 0.0)),
                "with trust higher with": mean_of(end(0.5, True, 0.8) - end(0.5, False, 0.8)),
            },
            runs,
            f"shape, recalled: {SANCTIONS}; and the feedback of trust and commitment",
        ),
        ordered(
            "At the default base of -0.5, with no other reason to commit, it falls in both, less with measurement",
            {
                "start - month 60 with": mean_of(START - end(-0.5, True, 0.8)),
                "month 60 with - without": mean_of(end(-0.5, True, 0.8) - end(-0.5, True, 0.0)),
            },
            runs,
            "a property of this model: accountability takes temptation away, it gives no reason",
            kind="built in",
        ),
        quoted(
            "Contributions start at 40 to 60 % of the endowment and fall towards 10 % in ten rounds without sanctions, and hold with them "
            "(recalled, not read again)",
            "0.5 to 0.1; holds",
            f"{START} to {end(0.5, True, 0.0).mean():.2f}; {end(0.5, True, 0.8).mean():.2f} in 60 months",
            SANCTIONS,
        ),
        quoted(
            "Voluntary contributions fall over time even where most people are not selfish",
            "decline",
            f"without measurement {START} to {end(0.5, True, 0.0, 12).mean():.2f} in a year",
            "Fischbacher & Gächter 2010, American Economic Review 100:541-556",
        ),
        quoted(
            "Those who give if others give keep contributions up by punishing free riders, and by expressing disapproval",
            "holds",
            f"with measurement {START} to {end(0.5, True, 0.8, 12).mean():.2f} in a year",
            "Chaudhuri 2011, Experimental Economics 14:47-83 (survey)",
        ),
    )

    def draw(axes: Axes) -> None:
        months = np.arange(MONTHS + 1)
        labels = {0.0: "no shared measurement", 0.8: "shared measurement, m = 0.8"}
        for index, (sharing, label) in enumerate(labels.items()):
            values = courses[0.5, True, sharing]
            low, high = np.quantile(values, [0.05, 0.95], axis=0)
            axes.fill_between(months, low, high, color=COLOURS[index], alpha=0.25, linewidth=0)
            axes.plot(months, values.mean(0), color=COLOURS[index], linestyle=LINES[index], label=label)
        axes.set_xlabel("month")
        axes.set_ylabel("mean commitment of 30 members")
        axes.set_ylim(0, 1)
        axes.legend(frameon=False, title="bands: nine of ten runs")

    return claims, Picture(
        "A public good with and without accountability",
        f"From {START} mean commitment falls to {end(0.5, True, 0.0).mean():.2f} in five years without shared measurement and holds, rising to "
        f"{end(0.5, True, 0.8).mean():.2f}, with it.",
        draw,
    )


def free_riders() -> Claim:
    """Claim what happens in groups of four of which none to three give next to nothing."""
    means = []
    scenario = scenario_of(2, 1, **{"commitment.base": 0.5, "measurement.sharing": 1.0, "commitment.noise": 0.0})
    dials = dials_of(scenario)
    for number in range(4):
        state = coalition_of(scenario, np.full((4, 2), 0.5), complete(4), trust=0.5, commitment=START)
        for month in range(1, 25):
            state.organisations["commitment"][:number] = 0.05
            stages.pass_months(state, dials, stages.RELATE, first=month)
            stages.pass_months(state, dials, stages.COMMIT, first=month)
        means.append(float(state.organisations["commitment"][number:].mean()))
    return judged(
        "In groups of four, the more free riders the less the others give after two years",
        decreases(means) and means[0] > START > means[1],
        f"decreasing with 0, 1, 2, 3 free riders, from above {START} to below it",
        ", ".join(f"{mean:.3f}" for mean in means),
        "no chance in it",
        "shape: conditional co-operators, Fischbacher, Gächter & Fehr 2001, Economics Letters 71:397-404",
        kind="published",
    )


def logits_by_hand(case: Uneven) -> NDArray[np.float64]:
    """Compute the logit of the commitment each member would think right, (N,), by the model's text."""
    state, dials, member = case.state, case.dials, case.member
    organisations, stances = state.organisations, state.stances
    strength, trust = matrices(state)
    weights = strength * member
    total = weights.sum(1)
    with np.errstate(invalid="ignore"):
        mean_trust = np.where(total > 0, (weights * trust).sum(1) / total - 0.5, 0.0)
        mean_others = (weights @ organisations["commitment"]) / total
    conformity = np.where(total > 0, mean_others - organisations["commitment"], 0.0)
    fit = 1 - np.abs(stances["mission"] - state.outcomes["agenda"]).sum(1) / 2
    owned = 1 - dials[at.COALITION_PROPORTION] * (1 - dials[at.AGENDA_PROCESS])
    purpose = owned * organisations["awareness"] * (fit - dials[at.COMMITMENT_PURPOSE_REFERENCE])
    seen = (stances["goal"] * (stances["belief"] - stances["slow_belief"])).sum(1)
    accountable = dials[at.MEASUREMENT_ACCOUNTABILITY] * dials[at.MEASUREMENT_SHARING]
    return np.asarray(
        dials[at.COMMITMENT_BASE]
        + dials[at.COMMITMENT_TRUST_WEIGHT] * mean_trust
        + dials[at.COMMITMENT_PURPOSE_WEIGHT] * purpose * state.coalition[0]["has_agenda"]
        + dials[at.COMMITMENT_PROGRESS_WEIGHT] * np.tanh(seen / dials[at.COMMITMENT_PROGRESS_SCALE])
        + dials[at.COMMITMENT_CONFORM_WEIGHT] * accountable * conformity
        - dials[at.COMMITMENT_OVERHEAD_WEIGHT] * organisations["overhead"]
        - dials[at.COMMITMENT_TEMPTATION] * (1 - accountable)
    )


def one_month(effort: Effort) -> tuple[Claim, ...]:
    """Claim one month with all reasons at once, with and without an agenda."""
    wanted, got = [], []
    for has_agenda in (1, 0):
        case = uneven(effort.seed)
        case.state.coalition["has_agenda"] = has_agenda
        before = case.state.organisations["commitment"].copy()
        goal = special.expit(logits_by_hand(case))
        wanted.append(np.where(case.member == 1, before + 0.25 * (goal - before), before))
        stages.pass_months(case.state, case.dials, stages.COMMIT)
        got.append(case.state.organisations["commitment"].copy())
    return (
        everywhere(
            "A month moves each member's commitment by adjustment times what is missing to its reasons, all at once, and nobody else's, with and "
            "without an agenda",
            wanted,
            got,
            1e-12,
            BY_HAND,
        ),
    )


def single_reasons(effort: Effort) -> tuple[Claim, ...]:
    """Claim each weight's part of the logit: with the weight less without it."""

    def logits(**settings: float) -> NDArray[np.float64]:
        case = uneven(effort.seed, **{"commitment.adjustment": 1.0})
        for name, value in settings.items():
            case.dials[WEIGHTS[name]] = value
        stages.pass_months(case.state, case.dials, stages.COMMIT)
        return np.asarray(special.logit(case.state.organisations["commitment"][case.member == 1]))

    case = uneven(effort.seed)
    member = case.member == 1
    whole, claims = logits(), []
    for name, dial in WEIGHTS.items():
        without = case._replace(dials=case.dials.copy())
        without.dials[dial] = 0.0
        claims.append(
            everywhere(
                f"What {name} adds to the logit of commitment",
                (logits_by_hand(case) - logits_by_hand(without))[member],
                whole - logits(**{name: 0.0}),
                1e-12,
                BY_HAND,
            )
        )
    return tuple(claims)


def fixed_points() -> tuple[Claim, ...]:
    """Claim where two partners who trust each other unequally end, and one without partners."""
    wanted, got = [], []
    for first, second, conform in ((0.9, 0.2, 1.0), (0.6, 0.4, 2.5), (0.7, 0.7, 1.0)):
        scenario = scenario_of(
            2,
            1,
            **{
                "commitment.base": 0.1,
                "commitment.conform_weight": conform,
                "measurement.sharing": 0.9,
                "commitment.noise": 0.0,
            },
        )
        state = coalition_of(scenario, np.full((2, 2), 0.5), [[0, 1]], commitment=START)
        state.ties["first_trust"], state.ties["second_trust"] = first, second
        stages.pass_months(state, dials_of(scenario), stages.COMMIT, months=1000)
        got.append(state.organisations["commitment"].copy())
        alone = [0.1 + 4 * (trust - 0.5) - 1.2 * 0.1 for trust in (first, second)]

        def both(gap: float, alone: list[float] = alone, conform: float = conform) -> tuple[NDArray[np.float64], float]:
            level = special.expit(np.array(alone) + 0.9 * conform * np.array([gap, -gap]))
            return level, float(level[1] - level[0] - gap)

        gap = optimize.brentq(lambda value, solve=both: solve(value)[1], -1.0, 1.0, xtol=1e-15)
        wanted.append(both(gap)[0])
    return (
        everywhere(
            "Two partners of unequal trust end where both logistic equations hold at once",
            wanted,
            got,
            1e-9,
            "scipy.optimize.brentq on the gap between the two",
            kind="computed",
        ),
    )


def moods(effort: Effort) -> tuple[Claim, ...]:
    """Claim the noise, and the bounds."""
    number = effort.runs(10_000, 3_000)
    scenario = scenario_of(2, 1, **{"commitment.adjustment": 0.0, "commitment.noise": 0.04})
    state = coalition_of(scenario, np.full((number, 2), 0.5), [], commitment=0.5)
    stages.pass_months(state, dials_of(scenario), stages.COMMIT, seed=effort.seed)
    moved = state.organisations["commitment"] - 0.5
    edge = coalition_of(scenario, np.full((number, 2), 0.5), [], commitment=np.arange(number) % 2)
    stages.pass_months(edge, dials_of(scenario), stages.COMMIT, seed=effort.seed)
    values = edge.organisations["commitment"]
    return (
        near(
            "Moods have the variance noise^2 = 0.0016",
            Estimate(0.0016, 0.0),
            variance_of(moved, 0.0016),
            number,
            "mathematics",
            kind="exact",
        ),
        close(
            "At the edges commitment stays within 0 and 1",
            [0.0, 1.0],
            [float(values.min()), float(values.max())],
            0.0,
            "the model's text",
        ),
    )


CASES = (
    Case(
        "public-goods",
        "A public good with and without accountability (Fehr & Gächter 2000)",
        "The stage of commitment, alone and with trust that follows what is seen: without shared measurement commitment decays as contributions "
        "do, with it it holds where members are inclined to give.",
        public_goods,
    ),
)
