"""Docking of contact: who meets whom is a matter of chance with known probabilities.

Whole months of the model, whose own luck is what is tested here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.scenario import Scenario
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, close, near
from cisim.validation.docking.months import QUIET, Course
from cisim.validation.docking.uneven import share_of
from cisim.validation.stand import coalition_of, complete, scenario_of

TEXT = "the model's text, stage 1, point 1"
NUMBER = 18
FREQUENCY, INFORMAL = 0.8, 0.3
STRENGTHS = (0.0, 0.15, 0.5, 1.0)
KINDS = ("between members", "between a member and another", "between others")


class Town:
    """Organisations of which two thirds are members, all tied to one another by ties of four strengths.

    Args:
        months: that pass.
        seed: of the model's luck.
        settings: `section__field` stands for section.field.
    """

    def __init__(self, months: int, seed: int, **settings: float) -> None:
        self.scenario = self._scenario(settings)
        pairs = complete(NUMBER)
        state = coalition_of(self.scenario, np.full((NUMBER, 2), 0.5), pairs)
        self.member = np.arange(NUMBER) % 3 != 0
        self.strength = np.array(STRENGTHS)[np.arange(len(pairs)) % len(STRENGTHS)]
        state.organisations["member"] = self.member
        state.ties["strength"] = state.ties["founding_strength"] = self.strength
        #: Of a tie: 0 between members, 1 between a member and another, 2 between others.
        self.kind = 2 - self.member[pairs].sum(axis=1)
        course = Course(state, self.scenario, seed)
        self.met = np.empty((months, len(pairs)), dtype=bool)
        self.reached = np.empty((months, NUMBER), dtype=bool)
        for month in range(months):
            course.live()
            self.met[month] = state.ties["met"] == 1
            self.reached[month] = state.organisations["reached"] == 1
        #: Whether the hub reached both ends.
        self.both = self.reached[:, pairs[:, 0]] & self.reached[:, pairs[:, 1]]

    @staticmethod
    def _scenario(settings: dict[str, float]) -> Scenario:
        often: dict[str, Any] = {"communication.frequency": FREQUENCY, "communication.informal": INFORMAL}
        named = {name.replace("__", "."): value for name, value in settings.items()}
        return scenario_of(2, **{**QUIET, **often, **named})

    def chance(self, frequency: float = FREQUENCY) -> NDArray[np.float64]:
        """Compute the probability that each tie meets without a hub, (E,)."""
        rate = np.where(self.kind == 0, INFORMAL + frequency, INFORMAL)
        chance: NDArray[np.float64] = 1.0 - np.exp(-rate * self.strength)
        return chance


def _without_a_hub(effort: Effort, months: int) -> list[Claim]:
    """Claim the share of ties that meet, by membership of their ends and by strength."""
    town = Town(months, effort.seed)
    chances = town.chance()
    claims: list[Claim] = []
    for kind, name in enumerate(KINDS):
        expected, measured = [], []
        for strength in STRENGTHS:
            ties = (town.kind == kind) & (town.strength == strength)
            chance = float(chances[ties][0])
            expected.append(Estimate(chance, 0.0))
            measured.append(share_of(town.met[:, ties], chance))
        rate = "informal + frequency" if kind == 0 else "informal"
        claims.append(
            near(
                f"A tie {name} meets in a month with probability 1 - exp(-rate w), rate = {rate}, here w = {', '.join(map(str, STRENGTHS))}",
                expected,
                measured,
                months,
                TEXT,
                kind="exact",
            )
        )
    return [*claims, *_independence(town, chances)]


def _independence(town: Town, chances: NDArray[np.float64]) -> list[Claim]:
    """Claim that neither ties nor months have luck in common."""
    months = len(town.met)
    variance = float((chances * (1.0 - chances)).sum())
    counts = town.met.sum(axis=1)
    scores = (town.met - chances)[:, chances > 0.0] / np.sqrt(chances * (1.0 - chances))[chances > 0.0]
    echo = scores[1:] * scores[:-1]
    return [
        near(
            "The number of ties that meet in a month varies as that of independent ones does: variance over the binomial one",
            Estimate(1.0, 0.0),
            Estimate(float(counts.var(ddof=1)) / variance, math.sqrt(2.0 / (months - 1))),
            months,
            "the variance of a sum of independent events",
            kind="exact",
        ),
        near(
            "Whether a tie met last month says nothing about this month: correlation",
            Estimate(0.0, 0.0),
            Estimate(float(echo.mean()), 1.0 / math.sqrt(echo.size)),
            months,
            "independence of months",
            kind="exact",
        ),
    ]


def _with_a_hub(effort: Effort, months: int) -> list[Claim]:
    """Claim the share of members that the hub reaches, and of ties that it brings together."""
    staff, engage, weave, reach_engage, reach_weave = 2.0, 0.3, 0.2, 24.0, 16.0
    town = Town(
        months, effort.seed + 1,
        backbone__staff=staff, backbone__allocation__engage=engage, backbone__allocation__weave=weave, backbone__allocation__capacity=0.0,
        backbone__reach__engage=reach_engage, backbone__reach__weave=reach_weave,
    )  # fmt: skip
    members = int(town.member.sum())
    reached = 1.0 - math.exp(-reach_engage * staff * engage / members)
    woven = 1.0 - math.exp(-reach_weave * staff * weave / members)
    chances = town.chance()
    together, apart, expected = [], [], []
    for strength in STRENGTHS:
        ties = (town.kind == 0) & (town.strength == strength)
        chance = float(chances[ties][0])
        joint = 1.0 - (1.0 - chance) * (1.0 - woven)
        expected.append((Estimate(joint, 0.0), Estimate(chance, 0.0)))
        met, both = town.met[:, ties], town.both[:, ties]
        together.append(share_of(met[both], joint))
        apart.append(share_of(met[~both], chance))
    return [
        near(
            "The hub reaches a member in a month with probability 1 - exp(-reach staff allocation / members), of members alone",
            Estimate(reached, 0.0),
            share_of(town.reached[:, town.member], reached),
            months,
            TEXT,
            kind="exact",
        ),
        close(
            "It reaches nobody else: organisations reached that are no members",
            0.0,
            int(town.reached[:, ~town.member].sum()),
            0.0,
            TEXT,
        ),
        near(
            f"Where it reached both, they meet with probability 1 - (1 - p)(1 - hub(weave)), here w = {', '.join(map(str, STRENGTHS))}",
            [one for one, _ in expected],
            together,
            months,
            TEXT,
            kind="exact",
        ),
        near("Where it did not, with probability p", [one for _, one in expected], apart, months, TEXT, kind="exact"),
    ]


def _in_common(effort: Effort, months: int) -> Claim:
    """Claim that what happens at a lower setting also happens at a higher one."""
    few, many = (
        Town(months, effort.seed + 2, communication__frequency=frequency, backbone__staff=staff)
        for frequency, staff in ((0.4, 1.0), (1.6, 3.0))
    )
    lost = int((few.met & ~many.met).sum() + (few.reached & ~many.reached).sum())
    return close(
        "With one seed whoever meets at a lower frequency, and whom fewer staff reach, also does with more: cases in which not",
        0.0,
        lost,
        0.0,
        "common random numbers: one uniform number is compared with the probability",
    )


def contact(effort: Effort) -> Finding:
    """Count who meets."""
    months = effort.runs(4000, 1000)
    claims = (*_without_a_hub(effort, months), *_with_a_hub(effort, months), _in_common(effort, months // 4))
    return Finding(claims)


CASES: tuple[Case, ...] = (
    Case(
        "contact",
        "Chances of contact",
        "Communication alone, between members and others, with ties of four strengths and with and without a backbone: whole months of the model, "
        "whose own luck is counted against the probabilities of its text.",
        contact,
    ),
)
