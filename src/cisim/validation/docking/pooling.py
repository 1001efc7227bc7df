"""Docking of shared measurement alone: pooling of reports, the Kalman filter of a random walk, and what it costs.

The stage of measurement runs on coalitions put together by hand. Chance that is not the model's luck (a random walk of the outcomes)
comes from NumPy's Philox generator, keyed by the seed of the effort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.dynamics.state import State
from cisim.plot.canvas import COLOURS, LINES, SHAPES
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, Picture, close, near
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere
from cisim.validation.docking.uneven import share_of, uneven, variance_of
from cisim.validation.stand import coalition_of, complete, dials_of, path, scenario_of, star

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOISE = 0.1
#: So much drift that only this month's reports count.
MEMORYLESS = {"measurement.belief_drift": 1e12, "measurement.noise": NOISE, "measurement.sharing": 1.0}
MEAN = "mathematics: the mean of n independent looks"


def pooling(effort: Effort) -> Finding:
    """Measure beliefs, which are plain means of the looks that reach an organisation."""
    variance, picture = pooled_variance(effort)
    claims = (means_on_graphs(effort), reports_filed(effort), *hub_feedback(effort), *bias_left(), variance)
    return Finding(claims, (picture,))


def neighbours_met(state: State) -> NDArray[np.float64]:
    """Make the matrix of who met whom, (N, N) of 0 and 1."""
    met = np.zeros((len(state.organisations),) * 2)
    ties = state.ties[state.ties["met"] == 1]
    met[ties["first"], ties["second"]] = met[ties["second"], ties["first"]] = 1
    return met


def pooled(state: State, heard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the mean of an organisation's own look and of the reports heard, (N, D); heard: (N, N) of 0 and 1."""
    everyone = heard + np.eye(len(heard))
    return np.asarray(everyone @ state.stances["look"] / everyone.sum(1, keepdims=True))


def means_on_graphs(effort: Effort) -> Claim:
    """Claim beliefs on three graphs, in which numbers of partners differ."""
    scenario = scenario_of(2, 1, **MEMORYLESS)
    wanted, got = [], []
    for ties in (star(6), path(6), complete(6)):
        state = coalition_of(scenario, np.full((6, 2), 0.5), ties)
        state.outcomes["indicator"] = [0.4, 0.7]
        stages.pass_months(state, dials_of(scenario), stages.MEASURE, seed=effort.seed)
        wanted.append(pooled(state, neighbours_met(state)))
        got.append(state.stances["belief"].copy())
    return everywhere(
        "In a star, a line and a complete graph of members who all report and meet, each believes the mean of its own look and those of its "
        "partners",
        wanted,
        got,
        1e-12,
        "mathematics: arithmetic means over neighbours",
    )


def reports_filed(effort: Effort) -> Claim:
    """Claim beliefs where some meet, some file, some are no members."""
    case = uneven(effort.seed, **{**MEMORYLESS, "measurement.sharing": 0.6, "backbone.staff": 0.0})
    case.state.coalition["staff_at_work"] = 0.0
    stages.pass_months(case.state, case.dials, stages.MEASURE, seed=effort.seed)
    filed = case.state.organisations["reported"] * case.member
    return everywhere(
        "Among unequals only the reports of members who filed one count, and only for whom they met",
        pooled(case.state, neighbours_met(case.state) * filed),
        case.state.stances["belief"],
        1e-12,
        "mathematics: arithmetic means over neighbours",
    )


def hub_feedback(effort: Effort) -> tuple[Claim, ...]:
    """Claim that the backbone brings all reports to those whom it serves."""
    case = uneven(effort.seed, **{**MEMORYLESS, "measurement.sharing": 0.6, "backbone.reach.measure": 1e6})
    stages.pass_months(case.state, case.dials, stages.MEASURE, seed=effort.seed)
    filed = case.state.organisations["reported"] * case.member
    outside = 1 - case.member
    heard = np.outer(case.member, filed) + outside[:, None] * neighbours_met(case.state) * filed
    np.fill_diagonal(heard, 0)
    exact = everywhere(
        "Members whom the backbone serves hear every report once, their own not again; others only those of whom they met",
        pooled(case.state, heard),
        case.state.stances["belief"],
        1e-12,
        "mathematics: arithmetic means",
    )
    number = effort.runs(10_000, 3_000)
    scenario = scenario_of(
        1, 1, **{"measurement.sharing": 0.3, "backbone.allocation.measure": 0.1, "backbone.reach.measure": 50.0}
    )
    state = coalition_of(scenario, np.ones((number, 1)), [])
    state.coalition["staff_at_work"], state.coalition["sharing"] = 0.08 * number, 0.5
    stages.pass_months(state, dials_of(scenario), stages.MEASURE, seed=effort.seed)
    served = 1 - np.exp(-50.0 * 0.08 * 0.1)
    file, serve = state.organisations["reported"] == 1, state.organisations["reports"] > 0
    both, idle = share_of(file & serve, 0.3 * served), (state.organisations["reporting"] == 1) & ~file
    return (
        exact,
        near(
            "A member files with probability m = 0.3, the backbone serves it with probability 1 - exp(-reach FTE / members), both apart; where "
            "0.5 is intended, it works in vain with probability 0.2",
            [Estimate(0.3, 0.0), Estimate(served, 0.0), Estimate(0.3 * served, 0.0), Estimate(0.2, 0.0)],
            [share_of(file, 0.3), share_of(serve, served), both, share_of(idle, 0.2)],
            number,
            "mathematics: binomial shares",
            kind="exact",
        ),
    )


def bias_left() -> tuple[Claim, ...]:
    """Claim that without noise a look is the outcome and what is left of the bias."""
    left = []
    for sharing in (0.0, 0.25, 1.0):
        scenario = scenario_of(2, 1, **{"measurement.sharing": sharing, "measurement.noise": 0.0})
        state = coalition_of(scenario, np.full((3, 2), 0.5), [])
        state.organisations["member"][2] = 0
        state.outcomes["indicator"] = [0.4, 0.7]
        state.stances["bias"] = 0.1
        stages.pass_months(state, dials_of(scenario), stages.MEASURE)
        left.append(state.stances["belief"] - state.outcomes["indicator"])
    members = [float(one[0, 1]) for one in left]
    return (
        close(
            "With sharing m = 0, 0.25, 1 of a bias of 0.1 the share 1 - m is left in what members see and believe",
            [0.1, 0.075, 0.0],
            members,
            1e-15,
            "mathematics: 0.1 (1 - m)",
        ),
        everywhere(
            "Who is no member keeps all of its bias",
            np.full((3, 2), 0.1),
            [one[2] for one in left],
            1e-12,
            "mathematics",
        ),
    )


def pooled_variance(effort: Effort) -> tuple[Claim, Picture]:
    """Claim the variance of beliefs in cliques of n organisations, many of them and many months."""
    sizes, cliques, months = (1, 2, 5, 10), effort.runs(200, 100), effort.runs(300, 40)
    scenario = scenario_of(2, 1, **MEMORYLESS)
    dials, got = dials_of(scenario), []
    for size in sizes:
        ties = np.concatenate([complete(size) + size * clique for clique in range(cliques)])
        state = coalition_of(scenario, np.full((size * cliques, 2), 0.5), ties)
        state.outcomes["indicator"] = 0.5
        errors = np.empty((months, cliques, 2))
        for month in range(months):
            stages.pass_months(state, dials, stages.MEASURE, first=1 + month, seed=effort.seed + size)
            errors[month] = state.stances["belief"][::size] - 0.5
        got.append(variance_of(errors, NOISE**2 / size))
    wanted = [NOISE**2 / size for size in sizes]

    def draw(axes: Axes) -> None:
        curve = np.linspace(1, 10, 100)
        axes.plot(curve, NOISE**2 / curve, color=COLOURS[0], linestyle=LINES[0], label="σ² / n")
        axes.errorbar(
            sizes, [mean.value for mean in got], [5 * mean.error for mean in got], linestyle="none", marker=SHAPES[1],
            color=COLOURS[1], capsize=3, label="cisim, ± 5 standard errors",
        )  # fmt: skip
        axes.set_xlabel("organisations whose looks are pooled, n")
        axes.set_ylabel("variance of the belief, indicator²")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)

    claim = near(
        "The mean of n = 1, 2, 5, 10 unbiased looks has the variance sigma^2 / n",
        [Estimate(value, 0.0) for value in wanted],
        got,
        months * cliques * 2,
        MEAN,
        kind="exact",
    )
    return claim, Picture(
        "Pooled reports know more",
        "The variance of beliefs falls from 0.01 with one look to 0.001 with ten pooled ones; the measured points lie on the curve sigma squared "
        "over n.",
        draw,
    )


def overhead(effort: Effort) -> Finding:
    """Compute by hand what meetings, the backbone and data cost, and compare."""
    claims = []
    for exponent in (0.7, 0.5, 0.0):
        seats: dict[str, object] = {
            "agenda.residents": 0.35,
            "agenda.residents_cost": 0.06,
            "measurement.disaggregated": 0.4,
        }
        case = uneven(effort.seed, **seats, **{"communication.cost_size": exponent})
        organisations = case.state.organisations
        organisations["resources"][0] = 1e-6
        stages.pass_months(case.state, case.dials, stages.MEASURE, seed=effort.seed)
        together = np.outer(case.member, case.member)
        rate = case.dials[at.COMMUNICATION_INFORMAL] + together * case.state.coalition[0]["frequency"]
        cost = 0.004 * (rate * case.strength).sum(1)
        cost += 0.025 * organisations["reached"] + 0.03 * (1 + 0.4) * organisations["reporting"]
        cost += 0.06 * case.state.coalition[0]["process"] * 0.35 * case.member
        relative = case.dials[at.COALITION_SIZE_MEAN] / organisations["resources"]
        claims.append(
            everywhere(
                f"Overhead is what contacts, the backbone, reports and residents' seats cost, times (mean size / own size)^{exponent:g}, at most 0.9",
                np.minimum(0.9, cost * relative**exponent),
                organisations["overhead"],
                1e-12,
                "mathematics: the formula by hand, on an uneven coalition",
            )
        )
    return Finding(tuple(claims))


CASES = (
    Case(
        "pooling",
        "Pooling of n reports",
        "Shared measurement alone, with belief_drift so large that no month remembers the one before: beliefs are means of the looks that are "
        "shared.",
        pooling,
    ),
    Case(
        "overhead",
        "What working together costs",
        "The last point of the stage of measurement on an uneven coalition, against the formula by hand.",
        overhead,
    ),
)
