"""Docking of awareness: it spreads like a contagion without recovery (SI).

Whole months of the model. Graphs and starts are random numbers of the case's own (Philox, from the effort's seed); in the Reed-Frost
claims contacts are the model's own luck.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binom

from cisim.uncertainty import moments
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, Picture, close, near, not_run
from cisim.validation.docking.months import ALWAYS, QUIET, Course, everywhere, philox
from cisim.validation.docking.opinions import random_coalition
from cisim.validation.peers import opinions as peers
from cisim.validation.stand import coalition_of, complete, path, ring, scenario_of, star

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REED_FROST = "Abbey 1952, Human Biology 24:201-233 (the chain of Reed and Frost)"
SI = "Kermack & McKendrick 1927, Proceedings of the Royal Society A 115:700-721, without recovery"
ROUNDING = 1e-12
#: So much staff that the hub reaches every member in every month, to the last bit.
ENOUGH = 10_000.0


def telling(
    ties: NDArray[np.int64], awareness: NDArray[np.float64], gain: float, seed: int = 0, **settings: float
) -> Course:
    """Make a coalition that tells others of the agenda; `section__field` stands for section.field.

    Args:
        ties: (E, 2).
        awareness: (N,) at the start.
        gain: awareness_gain.
        seed: of the model's luck.
        settings: others.
    """
    named = {name.replace("__", "."): value for name, value in settings.items()}
    spreading: dict[str, Any] = {
        "communication.frequency": ALWAYS,
        "communication.awareness_gain": gain,
        "agenda.cadence": 1200,
    }
    scenario = scenario_of(2, **{**QUIET, **spreading, **named})
    state = coalition_of(scenario, np.full((len(awareness), 2), 0.5), ties)
    state.organisations["awareness"] = awareness
    return Course(state, scenario, seed)


def awareness_of(course: Course) -> NDArray[np.float64]:
    """Copy A, (N,)."""
    awareness: NDArray[np.float64] = course.state.organisations["awareness"].copy()
    return awareness


def neighbours(number: int, ties: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Make the matrix of ties, (N, N)."""
    adjacency = np.zeros((number, number), dtype=bool)
    adjacency[ties[:, 0], ties[:, 1]] = adjacency[ties[:, 1], ties[:, 0]] = True
    return adjacency


def steps_from(start: int, adjacency: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Compute distances in steps from one organisation, by a breadth-first search, (N,); N where there is no way."""
    number = len(adjacency)
    distance = np.full(number, number, dtype=np.int64)
    distance[start] = 0
    layer, steps = [start], 0
    while layer:
        steps += 1
        layer = [j for j in range(number) if distance[j] == number and adjacency[layer, j].any()]
        distance[layer] = steps
    return distance


def by_hand(
    awareness: NDArray[np.float64], adjacency: NDArray[np.bool_], gain: float, forget: float, hub: float = 0.0
) -> NDArray[np.float64]:
    """Compute one month of telling by the model's text, (N,)."""
    unaware = np.prod(1.0 - gain * adjacency * awareness, axis=1) * (1.0 - awareness) * (1.0 - hub)
    aware: NDArray[np.float64] = (1.0 - unaware) * (1.0 - forget)
    return aware


def _distances(effort: Effort) -> Claim:
    """Claim that with gain 1 whoever is within t steps knows after t months, and nobody else."""
    random = random_coalition(philox(effort.seed, 6), 30).ties
    wrong, checked = 0, 0
    for ties, number in ((path(25), 25), (ring(25), 25), (ring(40, 2), 40), (star(25), 25), (random, 30)):
        for start in (0, number // 3):
            first = np.zeros(number)
            first[start] = 1.0
            course = telling(ties, first, 1.0)
            distance = steps_from(start, neighbours(number, ties))
            for month in range(1, 26):
                course.live()
                wrong += int((awareness_of(course) != (distance <= month)).sum())
                checked += number
    return close(
        f"On a path, rings, a star and a random graph all within t steps are fully aware after t months, and nobody else is: errors in {checked:,} "
        "cases",
        0.0,
        wrong,
        0.0,
        f"{SI}: distances by a search in breadth",
    )


def _deterministic(effort: Effort) -> list[Claim]:
    """Claim the awareness where everybody meets all it has ties to, and a part of it is passed on."""
    generator, gain, forget = philox(effort.seed, 7), 0.15, 0.1
    ties, first = random_coalition(generator, 12).ties, 0.4 * generator.random(12)
    adjacency = neighbours(12, ties)
    course, wanted, got = telling(ties, first, gain, communication__forget=forget), [first], [first]
    for _ in range(20):
        course.live()
        wanted.append(by_hand(wanted[-1], adjacency, gain, forget))
        got.append(awareness_of(course))
    number, weak = 20, 0.02

    def change(aware: float) -> float:
        return (1.0 - (1.0 - aware) * (1.0 - weak * aware) ** (number - 1)) * (1.0 - forget) - aware

    balance = brentq(change, 0.05, 1.0, xtol=1e-15)
    steady = telling(complete(number), np.full(number, 0.01), weak, communication__forget=forget)
    steady.live(600)
    # Slow enough to be continuous time: the growth a month is gain times partners.
    slow, start, months = 1e-4, 0.02, 2000
    rate = slow * (number - 1)
    logistic = telling(complete(number), np.full(number, start), slow)
    curve = []
    for _ in range(20):
        logistic.live(months // 10)
        curve.append(awareness_of(logistic)[0])
    time = rate * months / 10 * np.arange(1, 21)
    return [
        everywhere(
            "In a random graph 1 - A is multiplied by (1 - gain A) of all partners, and then a share is forgotten",
            np.array(wanted),
            np.array(got),
            ROUNDING,
            "the model's text, stage 1, point 3, computed anew by NumPy",
        ),
        everywhere(
            "On a complete graph telling and forgetting come to a balance",
            balance,
            awareness_of(steady),
            1e-10,
            "the root of the balance of gain and loss, found by SciPy",
        ),
        everywhere(
            "Told slowly on a complete graph, awareness follows the logistic curve",
            1.0 / (1.0 + (1.0 / start - 1.0) * np.exp(-time)),
            np.array(curve),
            rate,
            f"{SI}: the logistic curve of rate gain (n - 1); allowed: the growth of one month",
        ),
    ]


def _hub(effort: Effort) -> list[Claim]:
    """Claim that the hub tells the members it reaches, if there is an agenda."""
    number, gain, forget, months = 12, 0.3, 0.05, 8
    first = 0.3 * philox(effort.seed, 8).random(number)
    ends = []
    for has_agenda in (1, 0):
        course = telling(
            complete(number), first, gain,
            agenda__process=0.4, agenda__pull=0.0, coalition__proportion=0.5, communication__frequency=0.0,
            backbone__staff=ENOUGH, backbone__allocation__weave=0.0, communication__forget=forget,
        )  # fmt: skip
        course.state.coalition["has_agenda"] = has_agenda
        course.state.coalition["process_now"] = 1
        course.state.organisations["member"][-3:] = 0
        course.live(months)
        ends.append(awareness_of(course))
    nobody = np.zeros((number, number), dtype=bool)
    with_hub, without = first, first
    for _ in range(months):
        with_hub = by_hand(with_hub, nobody, gain, forget, gain * (1 - 0.5 * 0.6))
        without = by_hand(without, nobody, gain, forget)
    text = "the model's text, stage 1, computed anew by NumPy"
    return [
        everywhere(
            "A hub that reaches every member tells it as one more partner, as aware as the process counts for, and nobody who is no member",
            np.where(np.arange(number) < number - 3, with_hub, without),
            ends[0],
            ROUNDING,
            text,
        ),
        everywhere("Without an agenda the hub has nothing to tell", without, ends[1], ROUNDING, text),
    ]


# ---- Random contacts.


def chain(number: int, chance: float, months: int) -> NDArray[np.float64]:
    """Compute Reed and Frost's chain without recovery: the chance that i of n are aware, by month from 0, (months + 1, n + 1).

    Who is not aware becomes so with probability 1 - (1 - chance)^i, independently of the others.
    """
    shares = np.zeros((months + 1, number + 1))
    shares[0, 1] = 1.0
    for month in range(months):
        for aware in range(1, number + 1):
            if shares[month, aware] > 0.0:
                left = number - aware
                new = binom.pmf(np.arange(left + 1), left, 1.0 - (1.0 - chance) ** aware)
                shares[month + 1, aware:] += shares[month, aware] * new
    return shares


def counted(
    ties: NDArray[np.int64], number: int, frequency: float, months: int, runs: int, seed: int
) -> NDArray[np.float64]:
    """Count who knows, by run and month from 0, where the first one does at the start: (runs, months + 1)."""
    aware = np.ones((runs, months + 1))
    first = np.zeros(number)
    first[0] = 1.0
    for run in range(runs):
        course = telling(ties, first, 1.0, seed + run, communication__frequency=frequency)
        for month in range(1, months + 1):
            course.live()
            aware[run, month] = awareness_of(course).sum()
    return aware


def _random_contacts(effort: Effort) -> tuple[Claim, Picture]:
    """Claim how many know, by month, where one organisation knows at first and contacts are by luck."""
    number, frequency, months = 25, 0.03, 20
    runs = effort.runs(1500, 200)
    aware = counted(complete(number), number, frequency, months, runs, effort.seed)
    shares = chain(number, -np.expm1(-frequency), months)
    expected = shares @ np.arange(number + 1)
    spread = np.sqrt(shares @ np.arange(number + 1) ** 2 - expected**2)
    of = moments(aware)
    looked = [2, 4, 6, 8, 10, 14]
    claim = near(
        f"Where contacts are by chance, the mean number of {number} who know after {', '.join(map(str, looked))} months is that of the chain",
        [Estimate(float(expected[month]), 0.0) for month in looked],
        [Estimate(float(of.mean[month]), float(spread[month] / np.sqrt(runs))) for month in looked],
        runs,
        f"{REED_FROST}, its distribution computed exactly; a contact passes the awareness on with probability 1 - exp(-frequency)",
        kind="exact",
    )

    def draw(axes: Axes) -> None:
        from cisim.plot.canvas import COLOURS, INK, PALE

        time = np.arange(months + 1)
        low, high = np.quantile(aware, [0.05, 0.95], axis=0)
        axes.fill_between(time, low, high, color=PALE, label="cisim: nine of ten runs")
        axes.plot(time, expected, color=INK, label="expected mean")
        axes.errorbar(
            time,
            of.mean,
            5.0 * spread / np.sqrt(runs),
            fmt=".",
            color=COLOURS[1],
            label="cisim: mean, 5 standard errors",
        )
        axes.set_xticks(range(0, months + 1, 4))
        axes.set_xlabel("months")
        axes.set_ylabel(f"organisations that know, of {number}")
        axes.legend(frameon=False)

    return claim, Picture(
        "Awareness spreads by chance contacts in an S",
        f"The number of organisations that know of the agenda, of {number}, by month: slow at first, fast in the middle, slow at the end. The "
        "means over runs lie on the exact curve of the chain of Reed and Frost; nine of ten runs lie in a grey band around it.",
        draw,
    )


def _by_others(effort: Effort) -> Claim:
    """Compare with ndlib on a random graph."""
    number, chance, looked, runs = 40, 0.08, [4, 8, 12, 16], 400
    ties = random_coalition(philox(effort.seed, 11), number, 0.06).ties
    text = f"On a random graph the mean number of {number} who know after {', '.join(map(str, looked))} months is that of ndlib's runs"
    source, needs = peers.source("SIModel"), peers.lacking(effort.quick)
    if needs:
        return not_run(text, needs, source)
    theirs = moments(peers.spread(number, ties, chance, max(looked), runs, effort.seed))
    ours = moments(counted(ties, number, -math.log1p(-chance), max(looked), runs, effort.seed))
    return near(
        text,
        [Estimate(float(theirs.mean[month]), float(theirs.standard_error[month])) for month in looked],
        [Estimate(float(ours.mean[month]), float(ours.standard_error[month])) for month in looked],
        runs,
        source,
    )


def awareness_spread(effort: Effort) -> Finding:
    """Measure who knows when."""
    by_chance, picture = _random_contacts(effort)
    claims = (_distances(effort), *_deterministic(effort), *_hub(effort), by_chance, _by_others(effort))
    return Finding(claims, (picture,))


CASES: tuple[Case, ...] = (
    Case(
        "awareness-spread",
        "Contagion without recovery (SI epidemic)",
        "Communication alone, awareness of the agenda as the contagion: gain is the chance, or the share, that a contact passes on. Whole months of "
        "the model, with everything else switched off by its settings.",
        awareness_spread,
    ),
)
