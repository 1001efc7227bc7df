"""Docking of opinions that settle: DeGroot's consensus, and Friedkin & Johnsen's lasting disagreement.

Both run as whole months of the model in which everybody meets everybody they have a tie to. Starts, ties and trust are random numbers
of the case's own (Philox, from the effort's seed), not the model's luck.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.scenario import Scenario
from cisim.validation.claims import Case, Claim, Effort, Finding, Picture, close, not_run
from cisim.validation.docking.months import ALWAYS, QUIET, Course, everywhere, philox
from cisim.validation.peers import opinions as peers
from cisim.validation.stand import coalition_of, complete, path, ring, scenario_of, star

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEGROOT = "DeGroot 1974, Journal of the American Statistical Association 69:118-121"
FRIEDKIN_JOHNSEN = "Friedkin & Johnsen 1990, Journal of Mathematical Sociology 15:193-206"
#: No setting changed.
NOTHING: Mapping[str, object] = MappingProxyType({})
#: Organisations of the DeGroot case.
NUMBER = 20
#: What is left of a rounding error after some thousand months.
ROUNDING = 1e-12


class Graph(NamedTuple):
    """A graph of 20 organisations and the spectrum of its averaging matrix.

    Attributes:
        ties: makes its ties.
        rate: |lambda_2|, to five digits.
        settled: months after which only the slowest mode is left.
        agreed: months after which nothing is left.
    """

    ties: Callable[[int], NDArray[np.int64]]
    rate: float
    settled: int
    agreed: int


GRAPHS = {
    "complete": Graph(complete, 0.0, 1, 3),
    "star": Graph(star, 0.5, 50, 60),
    "ring": Graph(ring, 0.96737, 250, 1200),
    "path": Graph(path, 0.99122, 1000, 4500),
}


def talking(settings: Mapping[str, object] = NOTHING, outcomes: int = 2) -> Scenario:
    """Make a scenario in which everybody meets all it has ties to, every month, and nothing else happens.

    Args:
        settings: field -> value, besides these.
        outcomes: how many.
    """
    always: dict[str, Any] = {"communication.frequency": ALWAYS, "communication.influence": 1.0}
    return scenario_of(outcomes, **{**QUIET, **always, **settings})


def averaging(
    number: int, ties: NDArray[np.int64], trust: NDArray[np.float64] | None = None, influence: float = 1.0
) -> NDArray[np.float64]:
    """Make the matrix W by which one month of talking multiplies goals, (N, N): DeGroot's weights, rows summing to 1.

    Args:
        number: N.
        ties: (E, 2).
        trust: (N, N), T_ij of i in j; 1 by default.
        influence: how far one moves to the mean of those met and oneself.
    """
    adjacency = np.zeros((number, number))
    adjacency[ties[:, 0], ties[:, 1]] = adjacency[ties[:, 1], ties[:, 0]] = 1.0
    heard = adjacency if trust is None else adjacency * trust
    weights = influence * heard / (1.0 + adjacency.sum(axis=1))[:, np.newaxis]
    matrix: NDArray[np.float64] = weights + np.diag(1.0 - weights.sum(axis=1))
    return matrix


def left_eigenvector(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the left eigenvector of eigenvalue 1 of a row-stochastic matrix, summing to 1: the weight of each in the end, (N,)."""
    number = matrix.shape[0]
    equations = np.vstack([matrix.T - np.eye(number), np.ones(number)])
    answer: NDArray[np.float64] = np.linalg.lstsq(equations, np.append(np.zeros(number), 1.0), rcond=None)[0]
    return answer


def random_missions(generator: np.random.Generator, number: int, outcomes: int) -> NDArray[np.float64]:
    """Draw points on the simplex, (N, D)."""
    shares = generator.random((number, outcomes))
    normalised: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
    return normalised


def degroot(effort: Effort) -> Finding:
    """Measure the consensus and how fast it comes."""
    claims: list[Claim] = []
    errors: dict[str, NDArray[np.float64]] = {}
    missions = random_missions(philox(effort.seed, 1), NUMBER, 2)
    rates, eigenvalues = [], []
    for name, graph in GRAPHS.items():
        ties = graph.ties(NUMBER)
        weights = np.bincount(ties.ravel(), minlength=NUMBER) + 1.0
        consensus = weights @ missions / weights.sum()
        course, errors[name] = _errors(missions, ties, consensus, graph.settled)
        course.live(graph.agreed - course.month)
        claims.append(
            everywhere(
                f"On a {name} graph of {NUMBER} all goals end at the mean of the first ones, weighted by the number of ties + 1",
                consensus,
                course.goals(),
                ROUNDING,
                f"{DEGROOT}: the left unit eigenvector of the matrix of weights",
            )
        )
        eigenvalue, rate = _slowest_mode(averaging(NUMBER, ties), ties)
        eigenvalues.append(eigenvalue)
        rates.append(rate)
    settled = ("ring", "path")
    claims += [
        close(
            "Along the slowest mode disagreement shrinks by the factor |lambda_2| a month (complete, star, ring, path)",
            eigenvalues,
            rates,
            1e-12,
            "the second largest eigenvalue of the matrix of weights, computed by NumPy",
        ),
        close(
            "From any start it does so in the long run (ring, path)",
            [GRAPHS[name].rate for name in settled],
            [float((errors[name][-1] / errors[name][-11]) ** 0.1) for name in settled],
            5e-6,
            DEGROOT,
        ),
        close(
            "The factors are 0, 1/2, (1 + 2 cos(2 pi / 20)) / 3 = .96737, and .99122 for the path",
            [graph.rate for graph in GRAPHS.values()],
            rates,
            5e-6,
            DEGROOT,
        ),
        _weight_of_the_hub(),
        *_directed(effort),
    ]
    return Finding(tuple(claims), (_picture(errors),))


def _errors(
    missions: NDArray[np.float64], ties: NDArray[np.int64], consensus: NDArray[np.float64], months: int
) -> tuple[Course, NDArray[np.float64]]:
    """Run a coalition that talks; return the largest distance of a goal from the consensus, by month from 0."""
    scenario = talking()
    course = Course(coalition_of(scenario, missions, ties), scenario)
    errors = [np.abs(missions - consensus).max()]
    for _ in range(months):
        course.live()
        errors.append(np.abs(course.goals() - consensus).max())
    return course, np.array(errors)


def _slowest_mode(matrix: NDArray[np.float64], ties: NDArray[np.int64]) -> tuple[float, float]:
    """Compute the second eigenvalue, and the factor by which goals along its eigenvector approach each other, over ten months."""
    values, vectors = np.linalg.eig(matrix)
    index = np.argsort(np.abs(values))[-2]
    mode = vectors[:, index].real / np.abs(vectors[:, index].real).max()
    first = 0.5 + 0.4 * mode
    scenario = talking()
    course = Course(coalition_of(scenario, np.column_stack([first, 1.0 - first]), ties), scenario)
    months = 10 if abs(values[index]) > ROUNDING else 1
    course.live(months)
    left = np.ptp(course.goals()[:, 0]) / np.ptp(first)
    return round(float(abs(values[index])), 13), round(float(left ** (1.0 / months)), 13)


def _weight_of_the_hub() -> Claim:
    """Claim the consensus of a star of which only the middle wants the first outcome."""
    missions = np.zeros((NUMBER, 2))
    missions[0, 0], missions[1:, 1] = 1.0, 1.0
    scenario = talking()
    course = Course(coalition_of(scenario, missions, star(NUMBER)), scenario)
    course.live(60)
    return everywhere(
        f"The middle of a star of {NUMBER} has a weight of 20/58 in the consensus, each other one 2/58",
        20 / 58,
        course.goals()[:, 0],
        ROUNDING,
        f"{DEGROOT}: weight in proportion to the number of ties + 1",
    )


class Directed(NamedTuple):
    """A random coalition whose trust differs by direction.

    Attributes:
        missions: (N, 3), also the first goals.
        ties: (E, 2).
        trust: (N, N), T_ij of i in j.
    """

    missions: NDArray[np.float64]
    ties: NDArray[np.int64]
    trust: NDArray[np.float64]

    def course(self, scenario: Scenario) -> Course:
        """Start a run of it."""
        state = coalition_of(scenario, self.missions, self.ties)
        first, second = self.ties.T
        for side, values in (("first", self.trust[first, second]), ("second", self.trust[second, first])):
            state.ties[f"{side}_trust"] = state.ties[f"{side}_founding_trust"] = values
        return Course(state, scenario)


def random_coalition(generator: np.random.Generator, number: int = 12, density: float = 0.4) -> Directed:
    """Make a path with random ties besides, and trust that differs by direction."""
    pairs = complete(number)
    tied = (generator.random(len(pairs)) < density) | (pairs[:, 1] == pairs[:, 0] + 1)
    trust = generator.uniform(0.05, 1.0, (number, number))
    return Directed(random_missions(generator, number, 3), pairs[tied], trust)


def _directed(effort: Effort) -> list[Claim]:
    """Claim that with trust that differs by direction who trusts moves, not who is trusted."""
    who, influence = random_coalition(philox(effort.seed, 2)), 0.7
    matrix = averaging(len(who.missions), who.ties, who.trust, influence)
    course = who.course(talking({"communication.influence": influence}, 3))
    course.live()
    first_month = course.goals()
    course.live(3000)
    return [
        everywhere(
            "With trust that differs by direction, one month of talking multiplies goals by W, W_ij = influence T_ij / (1 + ties of i)",
            matrix @ who.missions,
            first_month,
            ROUNDING,
            f"{DEGROOT}: the product computed by NumPy",
        ),
        everywhere(
            "Goals then end at the first ones, weighted by the left unit eigenvector of W: who is trusted counts",
            left_eigenvector(matrix) @ who.missions,
            course.goals(),
            ROUNDING,
            f"{DEGROOT}: the eigenvector computed by NumPy",
        ),
    ]


def _picture(errors: dict[str, NDArray[np.float64]]) -> Picture:
    """Draw disagreement by month, with the slopes that theory gives."""
    shown, floor = 120, 1e-14

    def draw(axes: Axes) -> None:
        from cisim.plot.canvas import COLOURS, GREY, LINES

        for (name, error), colour, line in zip(errors.items(), COLOURS, LINES, strict=False):
            kept = error[: shown + 1][error[: shown + 1] > floor]
            # Where it vanishes at once the line still goes down to the axis.
            ends = np.append(kept, floor) if len(kept) <= shown else kept
            axes.plot(np.arange(len(ends)), ends, color=colour, linestyle=line, label=name)
            if GRAPHS[name].rate > 0.0:
                back = np.arange(0.0, -len(kept) // 2, -1.0)
                slope = 1.5 * kept[-1] * GRAPHS[name].rate ** back
                axes.plot(len(kept) - 1 + back, slope, color=GREY, linewidth=0.8)
        axes.plot([], [], color=GREY, linewidth=0.8, label="slopes |lambda_2|")
        axes.set_yscale("log")
        axes.set_ylim(floor, 1.0)
        axes.set_xlabel("months")
        axes.set_ylabel("largest distance from the consensus")
        axes.legend(frameon=False)

    return Picture(
        "DeGroot: disagreement falls as fast as the graph allows",
        f"The largest distance of a goal from the consensus among {NUMBER} organisations, by month, on a logarithmic axis. On the complete "
        "graph it vanishes in one month, on the star it halves every month, on the ring and the path it falls slowly. Grey lines beside "
        "the curves have the slopes that the second eigenvalues give; the curves are parallel to them.",
        draw,
    )


def friedkin_johnsen(effort: Effort) -> Finding:
    """Measure where goals end when everybody is also pulled back to where they began."""
    start = np.array([0.0, 0.3, 1.0])
    missions = np.column_stack([start, 1.0 - start])
    published = {0.2: (0.11818, 0.33636, 0.84545), 0.5: (0.26, 0.38, 0.66), 0.8: (0.37143, 0.41429, 0.51429)}
    others = (np.ones((3, 3)) - np.eye(3)) / 2.0
    claims: list[Claim] = []
    for susceptibility, triple in published.items():
        stubborn = 2.0 * (1.0 - susceptibility) / (2.0 + susceptibility)
        scenario = talking({"agenda.stubborn": stubborn})
        course = Course(coalition_of(scenario, missions, complete(3)), scenario)
        course.live(300)
        ends = np.linalg.solve(np.eye(3) - susceptibility * others, (1.0 - susceptibility) * start)
        claims += [
            close(
                f"Three who are moved by others with susceptibility {susceptibility:g} keep disagreeing, at these opinions",
                triple,
                [float(goal) for goal in course.goals()[:, 0]],
                5e-6,
                f"{FRIEDKIN_JOHNSEN}: x* = (I - L W)^-1 (I - L) x(0), to five digits",
            ),
            everywhere(
                f"The same, susceptibility {susceptibility:g}, against the solution of the linear equations",
                ends,
                course.goals()[:, 0],
                ROUNDING,
                f"{FRIEDKIN_JOHNSEN}: solved by NumPy",
            ),
        ]
    return Finding((*claims, *_stubborn_in_a_network(effort), _by_others(effort)))


def _stubborn_in_a_network(effort: Effort) -> list[Claim]:
    """Claim the same in a random network, with trust that differs by direction."""
    who, influence, stubborn = random_coalition(philox(effort.seed, 3)), 0.8, 0.15
    number = len(who.missions)
    kept = (1.0 - stubborn) * averaging(number, who.ties, who.trust, influence)
    settings = {"communication.influence": influence, "agenda.stubborn": stubborn}
    course = who.course(talking(settings, 3))
    course.live()
    first_month = course.goals()
    course.live(400)
    return [
        everywhere(
            "In a random network with trust that differs by direction, a month of talking and of recalling the own mission "
            "multiplies goals by (1 - stubborn) W and adds stubborn G0",
            kept @ who.missions + stubborn * who.missions,
            first_month,
            ROUNDING,
            f"{FRIEDKIN_JOHNSEN}: computed by NumPy",
        ),
        everywhere(
            "There goals end at (I - (1 - stubborn) W)^-1 stubborn G0",
            np.linalg.solve(np.eye(number) - kept, stubborn * who.missions),
            course.goals(),
            ROUNDING,
            f"{FRIEDKIN_JOHNSEN}: solved by NumPy",
        ),
    ]


def _by_others(effort: Effort) -> Claim:
    """Compare with ndlib on a ring: there all have four partners, so that one setting makes all equally stubborn."""
    number, partners, susceptibility = 30, 4, 0.7
    text = f"From the same start, ndlib's opinions end where goals end, on a ring of {number} with {partners} neighbours each"
    source, needs = peers.source("FJModel"), peers.lacking(effort.quick)
    if needs:
        return not_run(text, needs, source)
    ties = ring(number, partners // 2)
    start, end = peers.friedkin_johnsen(number, ties, susceptibility, 300, effort.seed)
    # They leave themselves out of the mean, which here is a little more stubborn.
    stubborn = partners * (1.0 - susceptibility) / (partners + susceptibility)
    scenario = talking({"agenda.stubborn": stubborn})
    course = Course(coalition_of(scenario, np.column_stack([start, 1.0 - start]), ties), scenario)
    course.live(300)
    return everywhere(text, end, course.goals()[:, 0], ROUNDING, source, kind="computed")


CASES: tuple[Case, ...] = (
    Case(
        "degroot",
        "Consensus by averaging (DeGroot 1974)",
        "Communication alone, everybody in contact with all they have ties to, influence and openness 1: goals are averaged with those of the "
        "partners, weighted by trust. Whole months of the model, with everything else switched off by its settings.",
        degroot,
    ),
    Case(
        "friedkin-johnsen",
        "Lasting disagreement (Friedkin & Johnsen 1990)",
        "Communication as in DeGroot's case, and a pull back to the own mission: stubborn = 2 (1 - L) / (2 + L) gives three "
        "organisations the susceptibility L. Whole months of the model.",
        friedkin_johnsen,
    ),
)
