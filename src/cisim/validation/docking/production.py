"""Docking of activities: production with a constant elasticity of substitution, and roles that adapt to what is missing.

The stage of activities runs on coalitions put together by hand. Chance that is not the model's luck (mixes of roles to compare with) comes
from NumPy's Philox generator, keyed by the seed of the effort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from cisim.dynamics import dials as at
from cisim.dynamics.state import State
from cisim.plot.canvas import COLOURS, LINES, SHAPES
from cisim.scenario import Scenario
from cisim.validation.claims import Case, Claim, Effort, Finding, Picture, close, judged
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere, philox
from cisim.validation.docking.uneven import BY_HAND, Uneven, shares, uneven
from cisim.validation.stand import coalition_of, dials_of, scenario_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Shares of three inputs, and by elasticity of substitution s what the best split of a budget of 1 makes.
SHARES = np.array([0.5, 0.3, 0.2])
BEST = {0.25: 0.33923, 0.5: 0.34519, 2.0: 0.38, 4.0: 0.4164}
COBB_DOUGLAS = 0.35713
DEMAND = "mathematics: demand under constant elasticity of substitution, x_i = a_i^s / sum a_j^s (Arrow et al. 1961)"


def producer(weights: ArrayLike, exponent: float, **settings: object) -> tuple[State, NDArray[np.float64]]:
    """Make one organisation with one outcome whose production is (sum a_k x_k^rho)^(1 / rho), and its dials.

    The shares a_k become competences a_k^(1 / rho); at rho = 0 they must be equal.
    """
    a = np.asarray(weights, dtype=np.float64)
    scenario = scenario_of(
        1,
        len(a),
        **{
            "activities.complementarity": exponent,
            "activities.reliance": 0.0,
            "activities.coordination": 0.0,
            **settings,
        },
    )
    competence = a ** (1 / exponent) if exponent != 0 else np.ones(len(a))
    return coalition_of(scenario, [[1.0]], [], competence=competence), dials_of(scenario)


def made(state: State, dials: NDArray[np.float64], mix: ArrayLike) -> float:
    """Compute what the model's production gives for a mix, as (sum a_k x_k^rho)^(1 / rho)."""
    state.roles["mix"] = mix
    stages.pass_months(state, dials, stages.ACT)
    roles, exponent = state.effort.shape[1], float(dials[at.ACTIVITIES_COMPLEMENTARITY])
    share = roles ** (1 / exponent - 1) if exponent != 0 else 1.0
    return float(share * state.outcomes["produced"][0])


def best_split(state: State, dials: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Find the best mix for the model's own production with SciPy's optimiser, and what it makes."""
    roles = state.effort.shape[1]
    start = np.full(roles, 1 / roles)
    scale = made(state, dials, start)
    answer = optimize.minimize(
        lambda mix: -made(state, dials, mix) / scale,
        start,
        method="SLSQP",
        bounds=[(1e-6, 1.0)] * roles,
        constraints={"type": "eq", "fun": lambda mix: mix.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-15, "maxiter": 300},
    )
    return answer.x, made(state, dials, answer.x)


def ces(effort: Effort) -> Finding:
    """Measure production, its optimum, its limits, and the effort that goes into it."""
    claims, picture = optimum()
    return Finding(
        (*claims, *even_split(), *power_means(effort), *many_organisations(effort), *effort_by_hand(effort)), (picture,)
    )


def optimum() -> tuple[tuple[Claim, ...], Picture]:
    """Claim the best split for several elasticities."""
    splits = {s: best_split(*producer(SHARES, 1 - 1 / s)) for s in BEST}
    wanted = {s: SHARES**s / (SHARES**s).sum() for s in BEST}
    almost = [best_split(*producer(SHARES, exponent))[1] for exponent in (-0.01, 0.01)]
    claims = (
        close(
            "With elasticity s = 1/4 the best split of three roles with shares 0.5, 0.3, 0.2 is 0.374, 0.329, 0.297",
            [0.374, 0.329, 0.297],
            splits[0.25][0].tolist(),
            5e-4,
            DEMAND,
        ),
        close(
            "The best splits for s = 1/4, 1/2, 2, 4 make 0.33923, 0.34519, 0.38, 0.4164",
            list(BEST.values()),
            [splits[s][1] for s in BEST],
            6e-6,
            DEMAND,
        ),
        judged(
            "Just below and above s = 1 the best split makes what encloses the limit of Cobb and Douglas",
            almost[0] < COBB_DOUGLAS < almost[1] and almost[1] - almost[0] < 0.001,
            f"{COBB_DOUGLAS}",
            f"{almost[0]:.5f} at s = 0.990, {almost[1]:.5f} at s = 1.010",
            "between the two, which differ by less than 0.001",
            "mathematics: prod a_i^a_i",
        ),
        everywhere(
            "SciPy's optimiser on the compiled production finds the splits that theory has for these s",
            [wanted[s] for s in BEST],
            [splits[s][0] for s in BEST],
            1e-5,
            DEMAND,
        ),
    )

    def draw(axes: Axes) -> None:
        curve = np.linspace(0.1, 4.2, 200)
        for role, share in enumerate(SHARES):
            demand = [share**s / (SHARES**s).sum() for s in curve]
            axes.plot(curve, demand, color=COLOURS[role], linestyle=LINES[role], label=f"theory, share {share:g}")
            axes.plot(
                list(splits), [split[role] for split, _ in splits.values()], linestyle="none",
                color=COLOURS[role], marker=SHAPES[role],
            )  # fmt: skip
        axes.set_xlabel("elasticity of substitution between roles, s")
        axes.set_ylabel("best share of effort for a role")
        axes.set_ylim(0, 1)
        axes.legend(frameon=False, title="points: optimum of cisim's production")

    return claims, Picture(
        "The best division of roles",
        "The best shares of three roles begin near one third each where roles can hardly replace one another and spread to 0.87, 0.11 and 0.02 "
        "where they can; the optima found on cisim's production lie on the curves of theory.",
        draw,
    )


def even_split() -> tuple[Claim, ...]:
    """Claim the effect of equal shares."""
    thirds = [best_split(*producer(np.full(3, 1 / 3), rho)) for rho in (-3.0, -1.0, 0.0, 0.5, 0.75)]
    return (
        everywhere(
            "With equal shares one third each is best for s = 1/4, 1/2, 1, 2, 4",
            np.full((5, 3), 1 / 3),
            [mix for mix, _ in thirds],
            1e-5,
            DEMAND,
        ),
    )


def power_means(effort: Effort) -> tuple[Claim, ...]:
    """Compare the power mean over roles with SciPy's, and at its limits."""
    efforts = philox(effort.seed, 5).uniform(0.1, 3.0, 4)
    wanted, got = [], []
    exponents = (1.0, 0.5, 0.0, -1.0, -5.0, -40.0)
    for exponent in exponents:
        wanted.append(stats.pmean(efforts, exponent))
        got.append(_mean_of_efforts(efforts, exponent))
    lowest = _mean_of_efforts(efforts, -1e6)
    return (
        everywhere(
            "The power mean over roles is SciPy's for rho = 1 (mean), 0.5, 0 (geometric mean), -1 (harmonic mean), -5, -40",
            wanted,
            got,
            1e-12,
            "scipy.stats.pmean",
            kind="computed",
        ),
        judged(
            "With rho = -1e6 the scarcest role decides",
            abs(lowest / efforts.min() - 1) < 2e-6,
            f"{efforts.min():.6g}",
            f"{lowest:.6g}",
            "relative difference at most 4^(1e-6) - 1",
            "mathematics: limit of the power mean",
        ),
        close(
            "Without effort in one role nothing is made for rho = 0 and -1, and with rho = 0.5 a part is",
            [0.0, 0.0, 0.25],
            [_mean_of_efforts(np.array([1.0, 0.0]), rho) for rho in (0.0, -1.0, 0.5)],
            1e-15,
            "mathematics: power mean of 1 and 0",
        ),
    )


def _mean_of_efforts(efforts: NDArray[np.float64], exponent: float) -> float:
    """Compute per role and unit of effort what the stage makes of efforts in roles."""
    scenario = scenario_of(
        1,
        len(efforts),
        **{"activities.complementarity": exponent, "activities.reliance": 0.0, "activities.coordination": 0.0},
    )
    state = coalition_of(scenario, [[1.0]], [], competence=efforts, mix=[np.ones(len(efforts))])
    stages.pass_months(state, dials_of(scenario), stages.ACT)
    return float(state.outcomes["produced"][0]) / len(efforts)


def many_organisations(effort: Effort) -> tuple[Claim, ...]:
    """Claim the production of equally able organisations of unequal size."""
    generator = philox(effort.seed, 4)
    number, roles, outcomes = 12, 4, 3
    resources, missions = generator.uniform(0.5, 4.0, number), shares(generator, number, outcomes)
    tries = [shares(generator, number, roles) ** 2 for _ in range(20)]
    mixes = [mix / mix.sum(1, keepdims=True) for mix in tries]
    lost: dict[float, list[float]] = {}
    for exponent in (1.0, 0.5, 0.0, -1.0, -5.0):
        scenario = scenario_of(
            outcomes,
            roles,
            **{"activities.complementarity": exponent, "activities.reliance": 0.0, "activities.coordination": 0.0},
        )
        state = coalition_of(scenario, missions, [], resources=resources)
        lost[exponent] = [_lost(state, scenario, mix) for mix in (np.full((number, roles), 1 / roles), *mixes)]
    scenario = scenario_of(1, roles, **{"activities.reliance": 0.0, "activities.coordination": 0.0})
    specialists = coalition_of(scenario, np.ones((number, 1)), [])
    each_one_role = np.eye(roles)[np.arange(number) % roles]
    return (
        everywhere(
            "With an even mix of roles nothing is lost to duplication, whatever the elasticity",
            np.zeros(len(lost)),
            [one[0] for one in lost.values()],
            1e-12,
            "mathematics: a power mean of equals",
        ),
        everywhere(
            "Nor is it if organisations of equal size each do one role, as many in each",
            0.0,
            _lost(specialists, scenario, each_one_role),
            1e-12,
            "mathematics: a power mean of equals",
        ),
        judged(
            "Of 20 uneven mixes every one loses to duplication where s is finite, the more the less roles can replace one another, and none at "
            "rho = 1",
            bool(
                np.all(np.diff([one[1:] for one in lost.values()], axis=0) > 1e-6) and np.all(np.abs(lost[1.0]) < 1e-12)
            ),
            "each above 0 and more at each lower rho",
            "means over mixes " + ", ".join(f"{np.mean(one[1:]):.4f} at rho = {rho:g}" for rho, one in lost.items()),
            "all 20 mixes at 5 exponents",
            "mathematics: the power mean grows with its exponent",
        ),
    )


def _lost(state: State, scenario: Scenario, mix: NDArray[np.float64]) -> float:
    """Compute duplication, 1 - sum F / sum E."""
    state.roles["mix"] = mix
    stages.pass_months(state, dials_of(scenario), stages.ACT)
    return float(1 - state.outcomes["produced"].sum() / state.outcomes["effort"].sum())


def efforts_by_hand(case: Uneven) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute effort of each organisation, (N,), and by outcome and role, (D, R), by the model's text."""
    state, member = case.state, case.member
    organisations, together = state.organisations, state.coalition[0]
    shift = 1 + member * (together["grant"] - together["levy"])
    effort = organisations["working"] * shift * (1 - organisations["overhead"]) * organisations["capacity"]
    effort = effort * np.asarray(state.effectiveness)[organisations["practice"]]
    relations = (case.strength * case.trust) @ member
    needed = case.dials[at.ACTIVITIES_PARTNERS_NEEDED]
    linked = 1 - case.dials[at.ACTIVITIES_RELIANCE] * np.exp(-relations / needed)
    commitment, stances, roles = organisations["commitment"], state.stances, state.roles
    aim = stances["goal"] * np.maximum(0.0, 1 - stances["belief"]) ** case.dials[at.ACTIVITIES_BY_NEED]
    aim /= aim.sum(1, keepdims=True)
    joint = np.einsum("i,id,ik->dk", effort * commitment * linked, aim, roles["competence"] * roles["mix"])
    own = np.einsum(
        "i,id,ik->dk", effort * (1 - commitment), stances["mission"], roles["competence"] * roles["founding_mix"]
    )
    return effort, joint + own


def effort_by_hand(effort: Effort) -> tuple[Claim, ...]:
    """Claim effort by outcome and role among unequals."""
    case = uneven(effort.seed)
    each, wanted = efforts_by_hand(case)
    stages.pass_months(case.state, case.dials, stages.ACT)
    produced = case.state.effort.shape[1] * stats.pmean(wanted, -1.5, axis=1)
    scenario = scenario_of(1, 1, **{"activities.reliance": 0.6, "activities.partners_needed": 2.0})
    ties = np.column_stack([np.zeros(5, np.int64), np.arange(1, 6)])
    state = coalition_of(scenario, np.ones((6, 1)), ties, strength=0.7, trust=0.5)
    state.organisations["working"][1:] = 0.0
    joint = []
    for partners in range(6):
        state.organisations["member"] = np.arange(6) <= partners
        stages.pass_months(state, dials_of(scenario), stages.ACT)
        joint.append(float(state.effort[0, 0]))
    aims = []
    for power, belief in ((0.0, [0.2, 0.8]), (1.0, [0.2, 0.8]), (2.0, [0.4, 0.8]), (2.0, [1.0, 1.5])):
        scenario = scenario_of(2, 1, **{"activities.reliance": 0.0, "activities.by_need": power})
        single = coalition_of(scenario, [[0.5, 0.5]], [])
        single.stances["belief"] = belief
        stages.pass_months(single, dials_of(scenario), stages.ACT)
        aims.append(float(single.effort[0, 0]))
    return (
        close(
            "Of even goals joint work gives the first outcome a half without regard to need, (gap / sum of gaps) with exponent 1 where 0.8 and 0.2 "
            "are believed missing, 9/10 with exponent 2 for 0.6 and 0.2, and a half where nothing is",
            [0.5, 0.8, 0.9, 0.5],
            aims,
            1e-12,
            "mathematics: shares in proportion to powers of the gaps",
        ),
        everywhere(
            "Effort of each organisation: resources at work less levy and overhead, with grants, times capacity and practice",
            each,
            case.state.organisations["effort"],
            1e-12,
            BY_HAND,
        ),
        everywhere(
            "Effort by outcome and role: joint work by goals, bent to the gaps that are believed, and present mix, the rest by missions and the "
            "mix at founding",
            wanted,
            case.state.effort,
            1e-12,
            BY_HAND,
        ),
        everywhere(
            "Each outcome gets R times the power mean of its roles' efforts",
            produced,
            case.state.outcomes["produced"],
            1e-12,
            BY_HAND,
        ),
        close(
            "With 0 to 5 member partners of w T = 0.35 the share 1 - 0.6 exp(-0.35 n / 2) of joint work succeeds",
            [1 - 0.6 * float(np.exp(-0.175 * n)) for n in range(6)],
            joint,
            1e-12,
            "mathematics: the formula by hand",
            digits=4,
        ),
    )


CASES = (
    Case(
        "ces",
        "Production with a constant elasticity of substitution (Arrow, Chenery, Minhas & Solow 1961)",
        "The stage of activities without adaptation: roles are inputs with the elasticity 1 / (1 - complementarity); competences play the part "
        "of their shares.",
        ces,
    ),
)
