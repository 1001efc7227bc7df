"""Docking of copying: whom organisations copy, and how often, on small landscapes made by hand.

The shares are binomial ones over many organisations in one month of the model's own luck.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.state import NO_PRACTICE, State
from cisim.scenario import Scenario
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, close, near
from cisim.validation.docking.learning import gathered, learn_for, learners
from cisim.validation.docking.months import ALWAYS, QUIET, Course, philox
from cisim.validation.docking.uneven import binomial
from cisim.validation.stand import dials_of, path

RULE = "the rule, worked out by hand"
#: Effectiveness of the eight practices of three bits; 2 and 5 are equally good, and so are 1 and 4.
EIGHT = (0.5, 0.7, 0.9, 0.6, 0.7, 0.9, 0.4, 0.3)
#: Effectiveness of a good and a bad practice, and the error of a look in which nothing is seen.
GOOD, BAD, NOISE = 0.7, 0.6, 0.1
#: Pairs of organisations at once, and how often, in full and quickly.
PAIRS, TIMES = 400, (100, 20)


def month(state: State, scenario: Scenario, *, visibility: float = 0.0, seed: int = 1) -> list[int]:
    """Run the stage for one month and return the practices."""
    learn_for(state, dials_of(scenario), visibility, np.uint64(seed), 1, 0.0)
    return [int(practice) for practice in state.organisations["practice"]]


def months_anew(state: State, scenario: Scenario, effort: Effort, *, visibility: float = 0.0) -> NDArray[np.int64]:
    """Run one month many times from the same start, each with other luck: practices, (times, N)."""
    dials, start = dials_of(scenario), state.organisations["practice"].copy()
    after = np.empty((effort.runs(*TIMES), len(start)), np.int64)
    for time in range(len(after)):
        state.organisations["practice"] = start
        learn_for(state, dials, visibility, np.uint64((1000 * effort.seed + time) % 2**64), 1, 0.0)
        after[time] = state.organisations["practice"]
    return after


def copying(effort: Effort) -> Finding:
    """Measure single choices exactly, and shares of many."""
    return Finding(
        (
            *_choices(),
            *_spread(effort),
            *_whole_months(effort),
            *_errors(effort),
            *_shares(effort),
            *_own_trials(effort),
            *_tested(effort),
        )
    )


def _choices() -> list[Claim]:
    scenario = learners(3, **{"practice.experiment": 0.0})

    def star_of(own: int, shown: Sequence[int], offer: int = NO_PRACTICE, reached: int = 0, met: int = 1) -> int:
        ties = [(0, i + 1) for i in range(len(shown))]
        state = gathered(scenario, ties, [own, *shown], EIGHT)
        state.organisations["reached"] = reached
        state.coalition["hub_offer"] = offer
        state.ties["met"] = met
        return month(state, scenario)[0]

    cases: dict[str, tuple[Sequence[float], Sequence[float]]] = {
        "Of those met, the best is copied": ([1], [star_of(0, [3, 1, 6])]),
        "Nothing is copied that is worse, or as good": ([1], [star_of(1, [4, 0])]),
        "Of two that look equally good the smaller string is copied, whatever the order": (
            (2, 2),
            (star_of(0, [5, 2]), star_of(0, [2, 5])),
        ),
        "Who was not met is not copied": ([0], [star_of(0, [2], met=0)]),
        "The hub's offer counts like one more that was met, if the hub reached the organisation": (
            (2, 1, 0, 2, 2, 2),
            (
                star_of(0, [1], offer=2, reached=1),
                star_of(0, [1], offer=2),
                star_of(0, [], reached=1),
                star_of(0, [5], offer=2, reached=1),
                star_of(0, [2], offer=5, reached=1),
                star_of(2, [], offer=5, reached=1),
            ),
        ),
    }
    return [close(text, wanted, got, 0.0, RULE, digits=3) for text, (wanted, got) in cases.items()]


def _spread(effort: Effort) -> list[Claim]:
    """Claim that on a line a practice comes one organisation further a month."""
    scenario = learners(3, **{"practice.experiment": 0.0})
    number = 12
    claims = []
    for start, text in ((0, "from the first to the last"), (number - 1, "from the last to the first")):
        state = gathered(scenario, path(number), [2 if i == start else 0 for i in range(number)], EIGHT)
        reached = [sum(practice == 2 for practice in month(state, scenario)) for _ in range(number)]
        claims.append(
            close(
                f"On a line of {number} the best practice comes one organisation further each month, {text}",
                [min(i + 2, number) for i in range(number)],
                reached,
                0.0,
                RULE,
            )
        )
    # Two who see each other change places if both take the other for better, since neither sees what the other does now.
    scenario = learners(1, **{"practice.experiment": 0.0, "practice.noise": 1.0})
    state = gathered(scenario, _pairs(PAIRS), _alternating(PAIRS), (BAD, GOOD))
    after = months_anew(state, scenario, effort).reshape(-1, 2)
    pairs = len(after)
    swapped = float((after == (1, 0)).all(axis=1).mean())
    chance = normal_probability(GOOD - BAD) * normal_probability(BAD - GOOD)
    claims.append(
        near(
            "All look at the practices as they stood: two who see each other with large errors change places in this share of pairs",
            Estimate(chance, 0.0),
            binomial(swapped, chance, pairs),
            pairs,
            "two independent looks with normal errors",
            kind="exact",
        )
    )
    return claims


def _whole_months(effort: Effort) -> list[Claim]:
    """Claim that the stage alone and the month loop of users' runs do the same."""
    chances = {"practice.experiment": 0.6, "communication.learning": 0.7}
    scenario = learners(10, **{**QUIET, **chances, "communication.frequency": ALWAYS})
    luck = philox(effort.seed, 140)
    number = 40
    effectiveness, practice = luck.random(1 << 10), luck.integers(0, 1 << 10, number)
    alone = gathered(scenario, path(number), practice, effectiveness)
    course = Course(gathered(scenario, path(number), practice, effectiveness), scenario, seed=effort.seed)
    course.live(30)
    learn_for(alone, dials_of(scenario), 0.0, np.uint64(effort.seed), 30, 0.0)
    same = (alone.organisations["practice"] == course.state.organisations["practice"]).sum()
    return [
        close(
            f"After 30 whole months of a line of {number}, so many have the practice that the stage alone gives them",
            float(number),
            float(same),
            0.0,
            "the same luck in the month loop of users' runs",
        )
    ]


def _errors(effort: Effort) -> list[Claim]:
    """Claim how often the worse of two is copied, by how well it is seen."""
    scenario = learners(1, **{"practice.experiment": 0.0, "practice.noise": NOISE})
    views = (0.0, 0.3, 0.6)
    wanted = [normal_probability((BAD - GOOD) / (NOISE * (1.0 - view))) for view in views]

    def deceived(visibility: float) -> NDArray[np.bool_]:
        state = gathered(scenario, _pairs(PAIRS), _alternating(PAIRS), (BAD, GOOD))
        after = months_anew(state, scenario, effort, visibility=visibility).reshape(-1, 2)
        return np.asarray(after[:, 1] == 0)

    pairs = len(deceived(0.0))
    got = [binomial(float(deceived(view).mean()), chance, pairs) for view, chance in zip(views, wanted, strict=True)]
    hub = gathered(scenario, np.empty((0, 2), np.int64), np.ones(PAIRS, np.int64), (BAD, GOOD))
    hub.organisations["reached"] = 1
    hub.coalition["hub_offer"] = 0
    offered = float((months_anew(hub, scenario, effort) == 0).mean())
    crowd = gathered(scenario, _stars(PAIRS // 4, 3), np.tile([1, 0, 0, 0], PAIRS // 4), (BAD, GOOD))
    misled = float((months_anew(crowd, scenario, effort).reshape(-1, 4)[:, 0] == 0).mean())
    of_three = 1.0 - (1.0 - wanted[0]) ** 3
    normal = "Phi(-(E_own - E_seen) / (noise (1 - v)))"
    return [
        near(
            "A worse practice is copied by this share of those who see it with visibility v = 0, .3, .6",
            [Estimate(chance, 0.0) for chance in wanted],
            got,
            pairs,
            normal,
            kind="exact",
        ),
        close("With visibility 1 nobody copies a worse practice", 0.0, float(deceived(1.0).mean()), 0.0, normal),
        near(
            "The hub's offer is misjudged in the same way",
            Estimate(wanted[0], 0.0),
            binomial(offered, wanted[0], pairs),
            pairs,
            normal,
            kind="exact",
        ),
        near(
            "Who sees three worse ones misjudges each on its own",
            Estimate(of_three, 0.0),
            binomial(misled, of_three, pairs // 4),
            pairs // 4,
            f"1 - (1 - p)^3, p = {normal}",
            kind="exact",
        ),
    ]


def _shares(effort: Effort) -> list[Claim]:
    """Claim the shares of those who look, of those who experiment, and of each bit."""
    looking, trying, bits = 0.35, 0.6, 4
    good_bits = (0, 2)
    scenario = learners(bits, **{"communication.learning": looking, "practice.experiment": trying})
    still = learners(bits, **{"communication.learning": looking, "practice.experiment": 0.0})
    # Bits 0 and 2 help, 1 and 3 hurt.
    weight = np.array([0.1, -0.1, 0.1, -0.1])
    strings = np.arange(1 << bits)
    effectiveness = 0.5 + (strings[:, np.newaxis] >> np.arange(bits) & 1) @ weight
    best = sum(1 << bit for bit in good_bits)
    none = np.empty((0, 2), np.int64)

    alone = months_anew(gathered(scenario, none, np.zeros(PAIRS, np.int64), effectiveness), scenario, effort).ravel()
    number = len(alone)
    found_bits = [float((alone == 1 << bit).mean()) for bit in range(bits)]
    chances = [trying / bits if bit in good_bits else 0.0 for bit in range(bits)]
    practice = np.tile([0, best], PAIRS)
    lookers = months_anew(gathered(still, _pairs(PAIRS), practice, effectiveness), still, effort)
    both = months_anew(gathered(scenario, _pairs(PAIRS), practice, effectiveness), scenario, effort)
    tried = (1.0 - looking) * trying / bits
    return [
        near(
            f"Of those who meet one with a better practice, communication.learning = {looking:g} copy it",
            Estimate(looking, 0.0),
            binomial(float((lookers[:, ::2] == best).mean()), looking, number),
            number,
            "one draw for each organisation and month",
            kind="exact",
        ),
        near(
            f"Of those alone, practice.experiment = {trying:g} flip one of {bits} bits and keep it if better: shares by bit, of which "
            "the second and fourth make worse",
            [Estimate(chance, 0.0) for chance in chances],
            [binomial(share, chance, number) for share, chance in zip(found_bits, chances, strict=True)],
            number,
            "one draw, and one of the bits, for each organisation and month",
            kind="exact",
        ),
        near(
            "Only who did not copy experiments: shares that copy, and that find the first bit",
            [Estimate(looking, 0.0), Estimate(tried, 0.0)],
            [
                binomial(float((both[:, ::2] == best).mean()), looking, number),
                binomial(float((both[:, ::2] == 1).mean()), tried, number),
            ],
            number,
            "learning, and (1 - learning) experiment / bits",
            kind="exact",
        ),
    ]


def _own_trials(effort: Effort) -> list[Claim]:
    """Claim how often a worse practice that was tried is kept, and how often parts slip."""
    none = np.empty((0, 2), np.int64)
    scenario = learners(1, **{"practice.own_noise": NOISE})
    views = (0.0, 0.3, 0.6)
    wanted = [normal_probability((BAD - GOOD) / (NOISE * (1.0 - view))) for view in views]

    def kept(view: float) -> NDArray[np.bool_]:
        state = gathered(scenario, none, np.ones(PAIRS, np.int64), (BAD, GOOD))
        return np.asarray(months_anew(state, scenario, effort, visibility=view).ravel() == 0)

    number, bits, slips = len(kept(0.0)), 4, 0.3
    drifting = learners(bits, **{"practice.experiment": 0.0, "practice.drift": slips})
    slipped = months_anew(gathered(drifting, none, np.zeros(PAIRS, np.int64), np.ones(1 << bits)), drifting, effort)
    return [
        near(
            "A worse practice that was tried is kept by this share with visibility v = 0, .3, .6",
            [Estimate(chance, 0.0) for chance in wanted],
            [binomial(float(kept(view).mean()), chance, number) for view, chance in zip(views, wanted, strict=True)],
            number,
            "Phi(-(E_own - E_tried) / (own_noise (1 - v)))",
            kind="exact",
        ),
        close("With visibility 1 nobody keeps it", 0.0, float(kept(1.0).mean()), 0.0, "no error"),
        near(
            f"With probability practice.drift = {slips:g} one of {bits} bits slips, each as often as another",
            [Estimate(slips / bits, 0.0)] * bits,
            [binomial(float((slipped == 1 << bit).mean()), slips / bits, number) for bit in range(bits)],
            number,
            "one draw, and one of the bits, for each organisation and month",
            kind="exact",
        ),
    ]


def _tested(effort: Effort) -> list[Claim]:
    """Claim which practice is offered from outside, who hears of it, and what is taken over."""
    none, fidelity, outreach = np.empty((0, 2), np.int64), 0.7, 0.6
    settings = {"practice.experiment": 0.0, "practice.outreach": outreach, "practice.fidelity": fidelity}
    hub = {"backbone.reach.capacity": 20.0, "backbone.allocation.capacity": 0.1}

    def offered(tested: float, *, practice: int = 1) -> tuple[State, Scenario]:
        scenario = learners(3, **{**settings, **hub, "practice.tested": tested})
        state = gathered(scenario, none, np.full(PAIRS, practice, np.int64), EIGHT)
        state.coalition["staff_at_work"] = 0.3 * PAIRS
        return state, scenario

    def after(tested: float, practice: int, members: int = PAIRS) -> NDArray[np.int64]:
        state, scenario = offered(tested, practice=practice)
        state.organisations["member"] = np.arange(PAIRS) < members
        return months_anew(state, scenario, effort)

    heard = outreach * (1 - math.exp(-20.0 * 0.3 * 0.1))
    # From 1, 001 in bits, towards 2, 010 in bits.
    chances = {3: heard * fidelity * (1 - fidelity), 0: heard * (1 - fidelity) * fidelity, 2: heard * fidelity**2}
    changed = after(0.8, 1)
    return [
        close(
            "The tested practice is, of those that are good enough, the least effective, of equals the smaller, or else the best",
            [2, 2, 1, 3, 0],
            [float(offered(tested)[0].coalition["tested"][0]) for tested in (1.0, 0.8, 0.65, 0.55, 0.45)],
            0.0,
            RULE,
            digits=3,
        ),
        near(
            "A member hears of it with probability outreach hub(capacity), and takes over each bit with probability fidelity: shares with one, the "
            "other and both of two bits that differ",
            [Estimate(chance, 0.0) for chance in chances.values()],
            [
                binomial(float((changed == practice).mean()), chance, changed.size)
                for practice, chance in chances.items()
            ],
            changed.size,
            "two independent bits",
            kind="exact",
        ),
        close(
            "Nobody takes it over whose practice is as good, and nobody who is no member",
            [0.0, 0.0],
            [float((after(0.8, 5) != 5).sum()), float((after(0.8, 1, members=0) != 1).sum())],
            0.0,
            RULE,
        ),
    ]


def normal_probability(z: float) -> float:
    """Compute the standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _pairs(number: int) -> NDArray[np.int64]:
    return np.arange(2 * number).reshape(number, 2)


def _alternating(pairs: int) -> NDArray[np.int64]:
    """Make pairs of which the first has the bad practice, 0, the second the good one, 1."""
    return np.tile([0, 1], pairs)


def _stars(number: int, leaves: int) -> NDArray[np.int64]:
    """Make stars whose first organisation is tied to all others of it."""
    middles = np.arange(number)[:, np.newaxis] * (leaves + 1)
    return np.stack(np.broadcast_arrays(middles, middles + np.arange(1, leaves + 1)), axis=-1).reshape(-1, 2)


COPYING = Case(
    "copying",
    "Who copies whom (the model's own rule)",
    "The stage of practices on landscapes made by hand: what is copied, in which order, with what error, and how often.",
    copying,
)
