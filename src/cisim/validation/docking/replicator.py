"""Docking of activities: roles that adapt to what is missing, as replicators do.

The stage of activities runs on coalitions put together by hand. What the others do is no luck of the model: it comes from NumPy's Philox
generator, keyed by the seed of the effort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from cisim.dynamics import dials as at
from cisim.plot.canvas import COLOURS, GREY, LINES
from cisim.validation.claims import Case, Claim, Effort, Finding, Picture, close, judged
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere, philox
from cisim.validation.docking.production import DEMAND, SHARES, efforts_by_hand, producer
from cisim.validation.docking.uneven import BY_HAND, Uneven, hub_by_hand, shares, uneven
from cisim.validation.stand import coalition_of, dials_of, scenario_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OPTIMISER = "scipy.optimize.minimize (SLSQP) of the sum of power means"


def replicator(effort: Effort) -> Finding:
    """Measure how roles adapt by replicator steps."""
    claims, picture = convergence(effort)
    return Finding((*claims, *steps_by_hand(effort), *what_sets_the_speed(effort)), (picture,))


def mix_by_hand(case: Uneven) -> NDArray[np.float64]:
    """Compute the mix of roles after one step, (N, R), by the model's text; before it, the state is as `case` has it."""
    dials, state, roles = case.dials, case.state, case.state.roles
    exponent = float(dials[at.ACTIVITIES_COMPLEMENTARITY])
    _, efforts = efforts_by_hand(case)
    value = np.zeros_like(efforts)
    worked = efforts.sum(1) > 0
    value[worked] = (stats.pmean(efforts[worked], exponent, axis=1)[:, None] / efforts[worked]) ** (1 - exponent)
    payoff = roles["competence"] * (state.stances["goal"] @ value)
    payoff = payoff / payoff.mean(1, keepdims=True)
    align = hub_by_hand("align", case.member.sum())
    plan = dials[at.ACTIVITIES_COORDINATION]
    together = 1 - (1 - plan) * (1 - (1 - dials[at.COALITION_PROPORTION] * (1 - plan)) * align)
    sharing = dials[at.MEASUREMENT_SHARING]
    seen = sharing + (1 - sharing) * dials[at.MEASUREMENT_VISIBILITY]
    grown = roles["mix"] * np.exp(dials[at.ACTIVITIES_ADAPTATION] * together * seen * (payoff - 1))
    floor = dials[at.ACTIVITIES_ROLE_FLOOR]
    above = np.maximum(0.0, grown / grown.sum(1, keepdims=True) - floor)
    mix = floor + (1 - grown.shape[1] * floor) * above / above.sum(1, keepdims=True)
    return np.where(case.member[:, None] == 1, mix, roles["mix"])


def steps_by_hand(effort: Effort) -> tuple[Claim, ...]:
    """Claim one step of unequal organisations."""
    wanted, got = [], []
    # In the last one nobody works for the third outcome, and quick steps meet the floor.
    for exponent, speed, idle in ((-1.5, 0.4, False), (0.0, 0.4, False), (0.6, 0.4, False), (-1.5, 3.0, True)):
        case = uneven(effort.seed, **{"activities.complementarity": exponent, "activities.adaptation": speed})
        if idle:
            for field in ("goal", "mission"):
                part = case.state.stances[field][:, :2]
                case.state.stances[field] = np.column_stack([part / part.sum(1, keepdims=True), np.zeros(len(part))])
        wanted.append(mix_by_hand(case))
        stages.pass_months(case.state, case.dials, stages.ACT)
        got.append(case.state.roles["mix"].copy())
    still = uneven(effort.seed, **{"activities.coordination": 0.0})
    before = still.state.roles["mix"].copy()
    stages.pass_months(still.state, still.dials, stages.ACT)
    return (
        everywhere(
            "One step of the mixes of unequal organisations, members or not, at four settings",
            wanted,
            got,
            1e-12,
            BY_HAND,
        ),
        everywhere("Without coordination no mix moves", before, still.state.roles["mix"], 0.0, "the model's text"),
    )


def what_sets_the_speed(effort: Effort) -> tuple[Claim, ...]:
    """Claim that log odds of roles move in proportion to coordination, adaptation and visibility."""

    def step(**settings: object) -> NDArray[np.float64]:
        case = uneven(effort.seed, **{"activities.role_floor": 0.0, "measurement.sharing": 0.0, **settings})
        before = np.log(case.state.roles["mix"])
        stages.pass_months(case.state, case.dials, stages.ACT)
        moved = np.log(case.state.roles["mix"]) - before
        return np.asarray((moved[:, 1:] - moved[:, :1])[case.member == 1])

    whole = step(**{"activities.coordination": 1.0, "measurement.visibility": 1.0})
    align = hub_by_hand("align", 16)
    factors = {
        "visibility 0.3": ({"activities.coordination": 1.0, "measurement.visibility": 0.3}, 0.3),
        "sharing 0.6 beside it": (
            {"activities.coordination": 1.0, "measurement.visibility": 0.3, "measurement.sharing": 0.6},
            0.72,
        ),
        "coordination 0.4 with a backbone that aligns": (
            {"activities.coordination": 0.4, "measurement.visibility": 1.0},
            1 - 0.6 * (1 - (1 - 0.45 * 0.6) * align),
        ),
        "coordination 0.4 without": (
            {"activities.coordination": 0.4, "measurement.visibility": 1.0, "backbone.reach.align": 0.0},
            0.4,
        ),
        "half the adaptation": (
            {"activities.coordination": 1.0, "measurement.visibility": 1.0, "activities.adaptation": 0.2},
            0.5,
        ),
    }
    got = [float(np.median(step(**settings) / whole)) for settings, _ in factors.values()]
    return (
        close(
            "The odds of roles move slower by these factors: " + "; ".join(factors),
            [factor for _, factor in factors.values()],
            got,
            1e-9,
            "mathematics: v + (1 - v) m, and 1 - (1 - c)(1 - (1 - proportion (1 - c)) hub(align)), c the coordination",
        ),
    )


def convergence(effort: Effort) -> tuple[tuple[Claim, ...], Picture]:
    """Claim where one member among others who do not move ends, and one alone."""
    seeing: dict[str, object] = {
        "activities.coordination": 1.0,
        "activities.adaptation": 0.3,
        "measurement.visibility": 1.0,
        "backbone.staff": 0.0,
        "activities.reliance": 0.0,
    }
    alone, dials = producer(SHARES, -3.0, **seeing)
    stages.pass_months(alone, dials, stages.ACT, months=2000)
    gap, floor = (filled_gap(effort, {**seeing, "activities.role_floor": value}) for value in (0.0, 0.15))
    claims = (
        everywhere(
            "One producer alone comes to the best split, 0.374, 0.329, 0.297 for s = 1/4",
            SHARES**0.25 / (SHARES**0.25).sum(),
            alone.roles["mix"][0],
            1e-12,
            DEMAND,
        ),
        everywhere(
            "A member whose fellows do not move comes to the mix that fills the gap they leave in two outcomes best",
            gap.best,
            gap.end,
            1e-5,
            OPTIMISER,
            kind="computed",
        ),
        close(
            "With a floor of 0.15 under each role the role that others crowd most stays on the floor",
            0.15,
            float(floor.end.min()),
            1e-12,
            "mathematics: the projection keeps x >= floor",
        ),
        judged(
            "There the mix, which is projected on the floor, makes within 0.5 % of what the best mix with such a floor makes",
            floor.best_made * 0.995 <= floor.made <= floor.best_made * (1 + 1e-9),
            f"{floor.best_made:.5g} at most",
            f"{floor.made:.5g}",
            "a projection is no optimum: roles above the floor are scaled alike above it",
            OPTIMISER,
            kind="computed",
        ),
    )

    def draw(axes: Axes) -> None:
        for role, best in enumerate(gap.best):
            axes.plot(
                gap.course[:, role], color=COLOURS[role], linestyle=LINES[role],
                label=f"role {role + 1}",
            )  # fmt: skip
            axes.axhline(best, color=GREY, linewidth=0.8)
        axes.set_xlabel("month")
        axes.set_ylabel("share of effort in a role")
        axes.set_ylim(0, 0.6)
        axes.legend(frameon=False, title="thin lines: optimum")

    return claims, Picture(
        "Roles adapt to what is missing",
        "From an even mix the shares of the four roles part and settle, each on the thin line of the optimum that SciPy finds: the roles that "
        "others leave empty grow, the crowded ones shrink.",
        draw,
    )


class Filled(NamedTuple):
    """The mix with which a member filled a gap.

    Attributes:
        course: (months + 1, R) of its mix in the first months.
        end: (R,) its mix after thousands.
        best: (R,) the best mix.
        made: what is made in the end, with the others' work.
        best_made: what the best mix makes.
    """

    course: NDArray[np.float64]
    end: NDArray[np.float64]
    best: NDArray[np.float64]
    made: float
    best_made: float


def filled_gap(effort: Effort, settings: dict[str, object]) -> Filled:
    """Let a member adapt among others who do not, and find the best mix for it."""
    generator = philox(effort.seed, 6)
    number, months = 6, 40
    scenario = scenario_of(2, 4, **{"activities.complementarity": -1.0, **settings})
    resources = np.array([5.0, 0.9, 1.3, 0.6, 1.1, 0.8])
    gap = np.array([[0.9, 0.7, 0.2, 0.3]]) * generator.uniform(0.9, 1.1, (number, 4))
    gap[0] = 1.0
    state = coalition_of(
        scenario,
        shares(generator, number, 2),
        [],
        resources=resources,
        mix=gap / gap.sum(1, keepdims=True),
        competence=generator.uniform(0.9, 1.1, (number, 4)),
    )
    state.organisations["member"][1:] = 0
    state.organisations["commitment"][1:] = 0.0
    roles, missions = state.roles, state.stances["mission"]
    others = np.einsum("i,id,ik->dk", resources[1:], missions[1:], (roles["competence"] * roles["founding_mix"])[1:])
    mine = resources[0] * missions[0][:, None] * roles["competence"][0]
    floor = float(dials_of(scenario)[at.ACTIVITIES_ROLE_FLOOR])

    def produced(mix: NDArray[np.float64]) -> float:
        return float(stats.pmean(others + mine * mix, -1, axis=1).sum())

    def slope(mix: NDArray[np.float64]) -> NDArray[np.float64]:
        efforts = others + mine * mix
        harmonic = stats.pmean(efforts, -1, axis=1)[:, None]
        return np.asarray(((harmonic / efforts) ** 2 / 4 * mine).sum(0))

    answer = optimize.minimize(
        lambda mix: -produced(mix),
        np.full(4, 0.25),
        method="SLSQP",
        jac=lambda mix: -slope(mix),
        bounds=[(max(floor, 1e-9), 1.0)] * 4,
        constraints={"type": "eq", "fun": lambda mix: mix.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-15, "maxiter": 300},
    )
    course, dials = np.empty((months + 1, 4)), dials_of(scenario)
    course[0] = roles["mix"][0]
    for month in range(1, months + 1):
        stages.pass_months(state, dials, stages.ACT, first=month)
        course[month] = roles["mix"][0]
    stages.pass_months(state, dials, stages.ACT, first=months + 1, months=5000)
    end = roles["mix"][0].copy()
    return Filled(course, end, np.asarray(answer.x), produced(end), produced(answer.x))


CASES = (
    Case(
        "replicator",
        "Replicator dynamics towards the best division of roles (Taylor & Jonker 1978)",
        "The stage of activities with adaptation: a member's mix moves towards roles that pay more than the mean, up to the optimum.",
        replicator,
    ),
)
