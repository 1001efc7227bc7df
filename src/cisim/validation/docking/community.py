"""Docking of outcomes alone: linear dynamics towards a steady state, and the record of what is measured.

The stage of progress runs on communities put together by hand, in which what is produced stays the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.dynamics.state import State
from cisim.engine import compile_scenario, simulate
from cisim.plot.canvas import COLOURS, GREY, LINES
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, Picture, close, near
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere
from cisim.validation.docking.uneven import SETTINGS, Uneven, hub_by_hand, uneven
from cisim.validation.stand import coalition_of, dials_of, scenario_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PRODUCED = np.array([9.0, 31.0, 54.0])
TRENDS = np.array([0.003, -0.002, 0.001])
SOLUTION = "mathematics: solution of a linear difference equation"


def hill_by_hand(case: Uneven) -> NDArray[np.float64]:
    """Compute H_d of each outcome, (D,), by the model's text."""
    outcomes = case.state.outcomes
    intensity = outcomes["produced"] / (outcomes["weight"] * 37.0)
    will = hub_by_hand("will", case.member.sum())
    threshold = 1.7 * (1 - 0.15 * will)
    return np.asarray(intensity**2.5 / (intensity**2.5 + threshold**2.5))


def linear_dynamics(effort: Effort) -> Finding:
    """Measure one month, the way to the steady state, the steady state, and chance around it."""
    courses, solutions = paths(effort)
    return Finding(
        (
            everywhere(
                "From unequal baselines and efforts each outcome approaches its steady state as (1 - gain H - decay)^t, trends and public will "
                "included",
                solutions,
                courses,
                1e-12,
                SOLUTION,
            ),
            *steady_states(effort),
            *half_effect(),
            need_by_weight(),
            bounds(),
            chance_around(effort),
        ),
        (picture(courses),),
    )


def paths(effort: Effort) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Run outcomes of an uneven community, (months + 1, D): by the stage and by the solution."""
    case, months = uneven(effort.seed), 120
    outcomes = case.state.outcomes
    outcomes["produced"] = PRODUCED
    outcomes["indicator"] = start = outcomes["baseline"].copy()
    won = 0.05 * hill_by_hand(case)
    steady = (won + 0.004 * outcomes["baseline"] + TRENDS) / (won + 0.004)
    courses = np.empty((months + 1, 3))
    courses[0] = start
    for month in range(1, months + 1):
        stages.pass_months(case.state, case.dials, stages.PROGRESS, first=month)
        courses[month] = outcomes["indicator"]
    ages = np.arange(months + 1)[:, None]
    return courses, steady + (start - steady) * (1 - won - 0.004) ** ages


def steady_states(effort: Effort) -> tuple[Claim, ...]:
    """Claim the long run with and without trends, and with nobody at work."""
    case = uneven(effort.seed)
    case.dials[at.TRENDS :] = 0.0
    outcomes = case.state.outcomes
    outcomes["produced"] = PRODUCED
    won = 0.05 * hill_by_hand(case)
    stages.pass_months(case.state, case.dials, stages.PROGRESS, months=20_000)
    wanted = (won + 0.004 * outcomes["baseline"]) / (won + 0.004)
    reached = outcomes["indicator"].copy()
    outcomes["produced"] = 0.0
    stages.pass_months(case.state, case.dials, stages.PROGRESS, months=20_000)
    return (
        everywhere(
            "In the long run each is at (gain H + decay Y0) / (gain H + decay)",
            wanted,
            reached,
            1e-12,
            "mathematics: steady state",
        ),
        everywhere(
            "Without any work they return to their baselines",
            outcomes["baseline"],
            outcomes["indicator"],
            1e-12,
            "mathematics: steady state",
        ),
    )


def half_effect() -> tuple[Claim, ...]:
    """Claim the Hill factor at multiples of the threshold."""
    wanted, got = [], []
    for exponent in (1.0, 3.0):
        scenario = scenario_of(
            2,
            1,
            **{
                "community.gain": 1.0,
                "community.decay": 0.0,
                "community.noise": 0.0,
                "community.threshold": 2.0,
                "community.critical_mass": exponent,
            },
        )
        for multiple in (0.5, 1.0, 2.0):
            state = coalition_of(scenario, np.full((5, 2), 0.5), [], resources=2.0)
            # Even effort for each of the two outcomes is half of the ten FTE.
            state.outcomes["produced"] = multiple * 2.0 * 10.0 / 2
            stages.pass_months(state, dials_of(scenario), stages.PROGRESS)
            wanted.append(multiple**exponent / (multiple**exponent + 1))
            got.append(float(state.outcomes["indicator"][0]))
    return (
        close(
            "Effort of a half, one and two thresholds has 1/3, 1/2, 2/3 of the full effect with h = 1 and 1/9, 1/2, 8/9 with h = 3",
            wanted,
            got,
            1e-12,
            "mathematics: Hill function",
            digits=4,
        ),
    )


def need_by_weight() -> Claim:
    """Claim the effect of the same effort on outcomes of unequal weight, with the need given and not given."""
    weights, got = (0.6, 0.3, 0.1, 0.0), []
    outcomes = [{"name": f"of {weight:g}", "baseline": 0.0, "weight": weight} for weight in weights]
    settings = {"community.gain": 1.0, "community.decay": 0.0, "community.noise": 0.0, "community.threshold": 1.0}
    for need in (None, 5.0):
        scenario = scenario_of(
            4, 1, **{**settings, "community.critical_mass": 1.0, "community.outcomes": outcomes, "community.need": need}
        )
        state = coalition_of(scenario, np.full((5, 4), 0.25), [], resources=2.0)
        state.outcomes["produced"] = 3.0
        # What one cuts of budgets changes nothing of the need.
        state.organisations["resources"] /= 2
        stages.pass_months(state, dials_of(scenario), stages.PROGRESS)
        got.append(state.outcomes["indicator"].copy())
    return everywhere(
        "Effort F has f / (f + 1) of the full effect with f = F / (W need), and none where the weight W is 0; the need that is not given is what "
        "all had at first",
        [[3 / (3 + weight * need) * (weight > 0) for weight in weights] for need in (10.0, 5.0)],
        got,
        1e-12,
        "mathematics: Hill function",
        show=4,
    )


def bounds() -> Claim:
    """Claim that trends cannot lead out of the scale."""
    scenario = scenario_of(2, 1, **{"community.noise": 0.0})
    state, dials = coalition_of(scenario, [[0.5, 0.5]], []), dials_of(scenario)
    state.outcomes["indicator"] = 0.5
    dials[at.TRENDS : at.TRENDS + 2] = -0.8, 0.8
    stages.pass_months(state, dials, stages.PROGRESS)
    return close(
        "Trends lead no outcome out of the scale from 0 to 1",
        [0.0, 1.0],
        state.outcomes["indicator"].tolist(),
        0.0,
        "the model's text",
    )


def chance_around(effort: Effort) -> Claim:
    """Claim the chance around fifty outcomes far from their bounds."""
    outcomes, months, burn_in = 50, effort.runs(6000, 1500), 200
    state, dials = noisy_community(outcomes)
    factor = 1 - 0.2 * 0.5 - 0.1
    steady = (0.2 * 0.5) / (0.2 * 0.5 + 0.1)
    wanted = 0.01**2 / (1 - factor**2)
    values = np.empty((months, outcomes))
    stages.pass_months(state, dials, stages.PROGRESS, months=burn_in, seed=effort.seed)
    for month in range(months):
        stages.pass_months(state, dials, stages.PROGRESS, first=burn_in + 1 + month, seed=effort.seed)
        values[month] = state.outcomes["indicator"]
    # The mean square of an autoregression is worth fewer independent squares.
    worth = values.size * (1 - factor**2) / (1 + factor**2)
    return near(
        "Chance makes each an autoregression around its steady state with variance noise^2 / (1 - (1 - gain H - decay)^2)",
        Estimate(wanted, 0.0),
        Estimate(float(np.mean((values - steady) ** 2)), wanted * np.sqrt(2 / worth)),
        values.size,
        "mathematics: stationary variance",
        kind="exact",
    )


def noisy_community(outcomes: int) -> tuple[State, NDArray[np.float64]]:
    """Make outcomes at half effect, and their dials."""
    scenario = scenario_of(
        outcomes,
        1,
        **{"community.gain": 0.2, "community.decay": 0.1, "community.noise": 0.01, "community.threshold": 2.0},
    )
    state = coalition_of(scenario, np.full((1, outcomes), 1 / outcomes), [])
    state.outcomes["produced"] = 2.0 / outcomes
    return state, dials_of(scenario)


def picture(courses: NDArray[np.float64]) -> Picture:
    """Draw the way to the steady state."""

    def draw(axes: Axes) -> None:
        for d in range(courses.shape[1]):
            axes.plot(
                courses[:, d], color=COLOURS[d], linestyle=LINES[d],
                label=f"{PRODUCED[d]:g} FTE of effective effort",
            )  # fmt: skip
        axes.axhline(1.0, color=GREY, linewidth=0.8)
        axes.set_xlabel("month")
        axes.set_ylabel("indicator")
        axes.set_ylim(0, 1.05)
        axes.legend(frameon=False)

    return Picture(
        "Outcomes under constant effort",
        "Three outcomes under constant effort approach a steady state each: the more effort, the faster and the higher.",
        draw,
    )


def record(effort: Effort) -> Finding:
    """Compare progress and spending of a run with its other measures."""
    scenario = scenario_of(3, 4, **SETTINGS, **{"scenario.months": 36, "coalition.organisations": 12})
    settings = compile_scenario(scenario)
    names = [measure.name for measure in settings.measures]
    run = simulate(scenario, [effort.seed], threads=1)[0]
    of = {name: run[:, index] for index, name in enumerate(names)}
    baselines, weights = np.array([0.2, 0.35, 0.6]), np.array([0.5, 0.3, 0.2])
    indicators = np.column_stack([of[f"indicator.{name}"] for name in scenario.outcome_names])
    progress = ((indicators - baselines) / (1 - baselines)) @ weights
    spent = np.cumsum(of["levy"][1:] + of["grants"][1:] + 2.5 * 0.4) / 12
    return Finding(
        (
            everywhere(
                "Collective progress is the weighted share of the gaps that is closed",
                progress,
                of["progress"],
                1e-12,
                "mathematics: sum over outcomes of weight (Y - Y0) / (1 - Y0)",
            ),
            everywhere(
                "Progress per FTE is progress over the FTE-years of levies, grants and outside staff so far",
                progress[1:] / spent,
                of["progress_per_fte"][1:],
                1e-12,
                "mathematics",
            ),
        )
    )


CASES = (
    Case(
        "linear-dynamics",
        "Linear dynamics of the outcomes",
        "The stage of progress under constant effort is a linear difference equation; its only curve is the Hill function of effort.",
        linear_dynamics,
    ),
    Case(
        "record",
        "What is recorded of a run",
        "A run of an uneven community: progress and its price, from the other measures.",
        record,
    ),
)
