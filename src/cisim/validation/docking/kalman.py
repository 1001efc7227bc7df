"""Docking of shared measurement alone, with a finite drift: the Kalman filter of a random walk.

The stage of measurement runs on coalitions put together by hand. The random walks of the outcomes are no luck of the model: they come
from NumPy's Philox generator, keyed by the seed of the effort.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from cisim.dynamics import dials as at
from cisim.plot.canvas import COLOURS, GREY, LINES
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, Picture, close, near, not_run
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere, philox
from cisim.validation.peers.filters import FILTERS, Looks
from cisim.validation.stand import coalition_of, complete, dials_of, scenario_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RICCATI = "mathematics: steady state of the Riccati equation, P = (q + sqrt(q^2 + 4 q r / n)) / 2"


def kalman(effort: Effort) -> Finding:
    """Measure beliefs with finite drift, which are the Kalman filter of a random walk."""
    return Finding((*steady_state(effort), *filtered_sequence(effort), tracking_error(effort)), (gain_picture(effort),))


def variances(effort: Effort, drift: float, noise: float, sources: int, months: int) -> NDArray[np.float64]:
    """Compute the variance V of a belief after each month, (months,), in a clique of `sources` organisations who all report."""
    scenario = scenario_of(1, 1, **{"measurement.sharing": 1.0, "measurement.noise": noise})
    dials = dials_of(scenario)
    dials[at.MEASUREMENT_BELIEF_DRIFT] = drift
    state = coalition_of(scenario, np.ones((sources, 1)), complete(sources))
    course = np.empty(months)
    for month in range(months):
        stages.pass_months(state, dials, stages.MEASURE, first=month + 1, seed=effort.seed)
        course[month] = state.organisations["variance"][0]
    return course


def prior_and_gain(variance: float, drift: float) -> tuple[float, float]:
    """Compute P and the gain of the steady state, from V = (1 - gain) P and P = V + q."""
    prior = variance + drift
    return prior, 1.0 - variance / prior


def steady_state(effort: Effort) -> tuple[Claim, Claim]:
    """Compare the published pair with SciPy's solver, and others."""
    known = prior_and_gain(variances(effort, 0.01, 1.0, 1, 500)[-1], 0.01)
    settings = [
        (q, r, n) for q in (0.0004, 0.01, 0.3) for r in (0.04, 1.0) for n in (1, 3) if (q, r, n) != (0.01, 1.0, 1)
    ]
    wanted, got = [], []
    for q, r, n in settings:
        prior = float(linalg.solve_discrete_are(1.0, 1.0, q, r / n)[0, 0])
        wanted.append((prior, prior / (prior + r / n)))
        got.append(prior_and_gain(variances(effort, q, np.sqrt(r), n, 600)[-1], q))
    return (
        close(
            "Drift q = 0.01 and noise r = 1 lead to the prior variance 0.1051 and the gain 0.0951",
            [0.1051, 0.0951],
            known,
            5e-5,
            RICCATI,
            digits=4,
        ),
        everywhere(
            f"So do {len(settings)} other drifts, noises and numbers of reports to theirs",
            wanted,
            got,
            1e-10,
            "scipy.linalg.solve_discrete_are",
            kind="computed",
        ),
    )


def filtered_sequence(effort: Effort) -> tuple[Claim, ...]:
    """Claim a whole sequence of beliefs on looks at a random walk, with reports that vary in number."""
    months, drift, noise = 60, 0.002, 0.2
    scenario = scenario_of(
        1, 1, **{"measurement.sharing": 0.5, "measurement.noise": noise, "measurement.belief_drift": drift}
    )
    state, dials = coalition_of(scenario, np.ones((5, 1)), complete(5)), dials_of(scenario)
    start, spread = 0.3, 0.05
    state.stances["belief"] = state.stances["slow_belief"] = start
    state.organisations["variance"] = spread
    walk = 0.4 + np.cumsum(philox(effort.seed, 2).normal(0, np.sqrt(drift), months))
    looks, numbers, beliefs, slow, spreads = (np.empty(months) for _ in range(5))
    for month in range(months):
        state.outcomes["indicator"] = walk[month]
        stages.pass_months(state, dials, stages.MEASURE, first=month + 1, seed=effort.seed)
        stance, organisation = state.stances[0, 0], state.organisations[0]
        numbers[month] = 1 + organisation["reports"]
        looks[month] = (stance["look"] + stance["report_sum"]) / numbers[month]
        beliefs[month], slow[month] = stance["belief"], stance["slow_belief"]
        spreads[month] = organisation["variance"]
    errors = noise**2 / numbers
    memory = (11 / 12) ** np.arange(months, -1, -1)
    averaged = [
        start * memory[months - month - 1] + beliefs[: month + 1] @ memory[months - month :] / 12
        for month in range(months)
    ]
    return (
        everywhere(
            "Each month's belief is the mean of the random walk given all looks so far, though reports vary in number",
            conditional_means(looks, errors, start, spread, drift),
            beliefs,
            1e-10,
            "mathematics: conditional mean of a multivariate normal distribution, solved at once",
        ),
        *peers(Looks(looks, errors, start, spread, drift), beliefs, spreads),
        everywhere(
            "The slow belief is the exponential moving mean of the belief over 12 months",
            averaged,
            slow,
            1e-12,
            "mathematics: weights (1/12)(11/12)^age",
        ),
    )


def peers(looks: Looks, beliefs: NDArray[np.float64], variances: NDArray[np.float64]) -> list[Claim]:
    """Compare with other people's filters on the same looks, as far as they are installed."""
    claims = []
    for name, course in FILTERS.items():
        text = f"The package {name} comes to the same beliefs and variances from the same looks"
        source = f"{name}, KalmanFilter"
        if find_spec(name) is None:
            claims.append(not_run(text, f"the package {name}", source))
        else:
            claims.append(everywhere(text, course(looks), [beliefs, variances], 1e-10, source, kind="computed"))
    return claims


def conditional_means(
    looks: NDArray[np.float64], errors: NDArray[np.float64], start: float, spread: float, drift: float
) -> list[float]:
    """Compute E(Y_t | z_1 .. z_t) for each t, by the normal distribution of all looks together."""
    ages = np.arange(1, len(looks) + 1)
    common = spread + drift * np.minimum.outer(ages, ages)
    means = []
    for last in range(1, len(looks) + 1):
        joint = common[:last, :last] + np.diag(errors[:last])
        means.append(start + float(common[last - 1, :last] @ np.linalg.solve(joint, looks[:last] - start)))
    return means


def tracking_error(effort: Effort) -> Claim:
    """Claim the errors of fifty organisations that each follow one random walk on their own."""
    outcomes, months, burn_in = 50, effort.runs(5000, 1000), 200
    scenario = scenario_of(outcomes, 1, **{"measurement.sharing": 0.0, "measurement.noise": 1.0})
    dials = dials_of(scenario)
    dials[at.MEASUREMENT_BELIEF_DRIFT] = 0.01
    state = coalition_of(scenario, np.full((1, outcomes), 1 / outcomes), [])
    steps = philox(effort.seed, 3).normal(0, 0.1, (months + burn_in, outcomes))
    errors = np.empty((months, outcomes))
    for month in range(-burn_in, months):
        state.outcomes["indicator"] += steps[month + burn_in]
        stages.pass_months(state, dials, stages.MEASURE, first=month + burn_in + 1, seed=effort.seed)
        if month >= 0:
            errors[month] = state.stances["belief"][0] - state.outcomes["indicator"]
    prior = (0.01 + np.sqrt(0.01**2 + 0.04)) / 2
    gain = prior / (prior + 1)
    # The error is an autoregression with the factor 1 - gain: so many independent squares is the mean square worth.
    worth = errors.size * (1 - (1 - gain) ** 2) / (1 + (1 - gain) ** 2)
    wanted = (1 - gain) * prior
    return near(
        "A random walk with q = 0.01 is tracked, on looks with r = 1, with the mean square error P (1 - gain)",
        Estimate(wanted, 0.0),
        Estimate(float(np.mean(errors**2)), wanted * np.sqrt(2 / worth)),
        errors.size,
        RICCATI,
        kind="exact",
    )


def gain_picture(effort: Effort) -> Picture:
    """Draw how the gain comes to its steady state."""
    drift, noise, months = 0.01, 1.0, 60
    courses = {}
    for sources in (1, 4):
        after = variances(effort, drift, noise, sources, months)
        before = np.concatenate([[noise**2], after[:-1]]) + drift
        courses[sources] = 1 - after / before

    def draw(axes: Axes) -> None:
        for index, (sources, gains) in enumerate(courses.items()):
            axes.plot(
                range(1, months + 1), gains, color=COLOURS[index], linestyle=LINES[index],
                label=f"cisim, n = {sources}",
            )  # fmt: skip
            prior = (drift + np.sqrt(drift**2 + 4 * drift * noise**2 / sources)) / 2
            axes.axhline(prior / (prior + noise**2 / sources), color=GREY, linewidth=0.8)
        axes.set_xlabel("month")
        axes.set_ylabel("gain: weight of this month's looks")
        axes.set_ylim(0, 1)
        axes.legend(frameon=False)

    return Picture(
        "The gain settles where the Riccati equation says",
        "The gain falls within some thirty months to the two thin lines of the steady state, 0.095 with one look and 0.18 with four pooled ones.",
        draw,
    )


CASES = (
    Case(
        "kalman",
        "The Kalman filter of a random walk (Kalman 1960)",
        "Shared measurement alone, with a finite belief_drift: beliefs follow the outcome as the best linear filter does.",
        kalman,
    ),
)
