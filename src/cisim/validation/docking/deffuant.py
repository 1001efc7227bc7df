"""Docking of opinions that cluster: bounded confidence, pair by pair (Deffuant et al.).

The driver calls the model's own `share_goals`. Starts and pairs are random numbers of the case's own (Philox, from the effort's seed), not
the model's luck.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.communication import share_goals
from cisim.dynamics.compiled import compiled, quick_compilation
from cisim.dynamics.state import State
from cisim.threads import checked_threads
from cisim.validation.claims import Case, Claim, Effort, Finding, close, not_run, quoted
from cisim.validation.docking.clusters import Counts, mean_count
from cisim.validation.docking.hegselmann_krause import STILL, talk_until_still
from cisim.validation.docking.months import everywhere, philox
from cisim.validation.docking.opinions import talking
from cisim.validation.peers import opinions as peers
from cisim.validation.stand import coalition_of, complete, dials_of

DEFFUANT = "Deffuant, Neau, Amblard & Weisbuch 2000, Advances in Complex Systems 3:87-98"
MAJOR = {0.5: 1.0, 0.3: 1.02, 0.27: 1.6, 0.25: 1.93, 0.2: 2.0, 0.15: 2.92, 0.1: 4.33, 0.05: 8.55}
#: Runs behind these numbers.
DEFFUANT_RUNS = 40
#: Pairs that meet, per organisation: afterwards no count of clusters changes any more.
MEETINGS = 200


@compiled
def talk_in_pairs(
    pair: State, goals: NDArray[np.float64], pairs: NDArray[np.int64], dials: NDArray[np.float64]
) -> None:
    """Let pairs share goals, one after the other.

    Args:
        pair: a coalition of two who are in contact, through which each pair is led.
        goals: (N, D), changed in place.
        pairs: (steps, 2) rows of `goals`.
        dials: the row of settings.
    """
    for step in range(pairs.shape[0]):
        for end in range(2):
            for d in range(goals.shape[1]):
                pair.stances[end, d].goal = goals[pairs[step, end], d]
        share_goals(pair, dials)
        for end in range(2):
            for d in range(goals.shape[1]):
                goals[pairs[step, end], d] = pair.stances[end, d].goal


def random_pairs(generator: np.random.Generator, number: int, steps: int) -> NDArray[np.int64]:
    """Draw pairs of two different organisations, (steps, 2)."""
    one = generator.integers(number, size=steps)
    other = generator.integers(number - 1, size=steps)
    return np.column_stack([one, other + (other >= one)])


def two_who_meet() -> State:
    """Make a coalition of two in contact."""
    return coalition_of(talking(), [[0.5, 0.5], [0.5, 0.5]], complete(2))


def major_clusters(goals: NDArray[np.float64]) -> int:
    """Count clusters that are .02 or more apart and have 3 % of the organisations or more."""
    ordered = np.sort(goals)
    clusters = np.split(ordered, np.nonzero(np.diff(ordered) >= 0.02)[0] + 1)
    return sum(len(cluster) >= 0.03 * len(goals) for cluster in clusters)


def deffuant(effort: Effort) -> Finding:
    """Count the major clusters."""
    runs, number = effort.runs(DEFFUANT_RUNS, 6), 1000
    thresholds = [d for d in MAJOR if not effort.quick or d in (0.5, 0.25, 0.05)]

    def one(task: tuple[float, int]) -> tuple[int, float]:
        openness, run = task
        generator = philox(effort.seed, 2_000 + run)
        start = generator.random(number)
        goals = np.column_stack([start, 1.0 - start])
        dials = dials_of(talking({"communication.openness": openness}))
        pair = two_who_meet()
        for _ in range(10):
            talk_in_pairs(pair, goals, random_pairs(generator, number, MEETINGS // 10 * number), dials)
        return major_clusters(goals[:, 0]), abs(float(goals[:, 0].mean() - start.mean()))

    tasks = [(openness, run) for openness in thresholds for run in range(runs)]
    same = _the_same_under_a_mask(effort)
    with ThreadPoolExecutor(checked_threads(effort.threads)) as pool:
        ended = list(pool.map(one, tasks))
    counts = [count for count, _ in ended]
    measured = {d: mean_count(counts[k * runs : (k + 1) * runs]) for k, d in enumerate(thresholds)}
    counted = Counts(MAJOR, DEFFUANT_RUNS, measured)
    claims = (
        same,
        counted.claim(
            "Mean number of major clusters (3 % of 1,000 or more, .02 apart) when random pairs meet, for openness",
            runs,
            DEFFUANT,
        ),
        close(
            "The mean opinion never changes: largest change in any run",
            0.0,
            max(moved for _, moved in ended),
            1e-12,
            f"{DEFFUANT}: both of a pair move by the same distance",
        ),
        quoted(
            "The number of clusters is about the integer part of 1 / (2 d), for the same openness d",
            ", ".join(str(int(1.0 / (2.0 * d) + 1e-9)) for d in thresholds),
            ", ".join(f"{one.value:.3g}" for one in measured.values()),
            DEFFUANT,
        ),
        *_by_others(effort),
    )
    picture = counted.picture(
        "Deffuant et al.: the more open, the fewer clusters",
        "The mean number of major clusters among 1,000 organisations that meet in random pairs, over openness from 0.05 to 0.5. It falls "
        "from between 8 and 9 to 1; the measured means lie in the circles of the expected ones.",
        "openness d: largest distance of goals at which one still listens",
    )
    return Finding(claims, (picture,))


def _the_same_under_a_mask(effort: Effort) -> Claim:
    """Claim that a pair taken out of the coalition moves as in the whole coalition when nobody else is in contact."""
    number, steps = 30, 100
    generator = philox(effort.seed, 3)
    start = generator.random(number)
    goals = np.column_stack([start, 1.0 - start])
    scenario = talking({"communication.openness": 0.4, "communication.influence": 0.6})
    dials, ties = dials_of(scenario), complete(number)
    whole, pair = coalition_of(scenario, goals, ties), two_who_meet()
    same = 0
    with quick_compilation():
        for meeting in random_pairs(generator, number, steps):
            whole.ties["met"] = ((ties == meeting.min()).any(axis=1) & (ties == meeting.max()).any(axis=1)).astype(
                np.int64
            )
            talk_until_still(whole, dials, STILL, 1)
            talk_in_pairs(pair, goals, meeting[np.newaxis], dials)
            same += whole.stances["goal"].tobytes() == goals.tobytes()
    return close(
        f"A pair that is led through a coalition of two moves, to the last bit, as in a whole coalition of {number} where only this pair "
        "is in contact: steps that agree",
        steps,
        same,
        0.0,
        "the same function of the communication stage",
    )


def _by_others(effort: Effort) -> list[Claim]:
    """Compare with ndlib on the same starts and pairs."""
    source = peers.source("AlgorithmicBiasModel with gamma = 0")
    number, rounds, claims = 150, 60, []
    for openness in (0.15, 0.3):
        text = f"ndlib's organisations end at the same opinions from the same start by the same pairs, {number} of them, openness {openness}"
        needs = peers.lacking(effort.quick)
        if needs:
            claims.append(not_run(text, needs, source))
            continue
        theirs = peers.deffuant(number, openness, rounds, effort.seed)
        goals = np.column_stack([theirs.start, 1.0 - theirs.start])
        dials = dials_of(talking({"communication.openness": openness}))
        talk_in_pairs(two_who_meet(), goals, theirs.pairs, dials)
        claims.append(everywhere(text, theirs.end, goals[:, 0], 1e-9, source, kind="computed"))
    return claims


CASES: tuple[Case, ...] = (
    Case(
        "deffuant",
        "Bounded confidence, pair by pair (Deffuant et al. 2000)",
        "The sharing of goals when one random pair is in contact at a time; their mu is influence / 2, here 1/2.",
        deffuant,
    ),
)
