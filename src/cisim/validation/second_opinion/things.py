"""Organisations, ties, the coalition, the community, and the world of all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from cisim.validation.second_opinion.plain_luck import Luck, slot_of, slot_of_direction, slot_of_pair

Point = list[float]
"""A point: one number per outcome, or per role."""


def clip(value: float) -> float:
    """To [0, 1]."""
    return min(1.0, max(0.0, value))


def total_variation(one: Point, other: Point) -> float:
    """TV: half the sum of absolute differences."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 2


def mean(values: list[float]) -> float:
    """The plain mean; NaN of nothing."""
    return sum(values) / len(values) if values else math.nan


BUILT = {
    "agenda": ("agenda.process", "engage"),
    "measurement": ("measurement.sharing", "measure"),
    "activities": ("activities.coordination", "align"),
    "communication": ("communication.frequency", "engage"),
}
"""Conditions that are built, beside the backbone: the dial, and the function of the backbone that carries it."""


@dataclass(eq=False)
class Organization:
    """One organisation."""

    name: str
    identity: int
    sector: str
    resources: float  # r, nominal
    deviation: float  # a, of log resources
    mission: Point  # G0
    founding_mix: Point  # x0
    competence: Point  # c
    bias: Point
    practice: int  # s
    initial_commitment: float  # k0
    belief: Point  # B
    slow_belief: Point  # S
    variance: float  # V, the same for all outcomes: all are looked at equally often
    founder: bool
    member: bool = False
    excluded: bool = False  # an event took it out, and none let it in again
    commitment: float = 0.0  # k
    awareness: float = 0.0  # A
    capacity: float = 1.0  # q
    large: bool = False
    small: bool = False
    # This month's:
    available: float = 0.0  # r'
    at_work: float = 0.0  # r hat: available, less new staff who still learn
    reached: bool = False
    look: Point = field(default_factory=list)  # z
    reported: bool = False
    works_on_report: bool = False
    overhead: float = 0.0  # o

    def __post_init__(self) -> None:
        """Begin as founded."""
        self.slot = slot_of(self.identity)
        self.goals = list(self.mission)  # g
        self.mix = list(self.founding_mix)  # x
        self.ties: list[Tie] = []

    def join(self) -> None:
        """Become a member, at k0."""
        self.member = True
        self.commitment = self.initial_commitment

    def leave(self) -> None:
        """Stop being a member."""
        self.member = False
        self.commitment = 0.0

    def met(self) -> list[Organization]:
        """The organisations met this month over a tie, members or not."""
        return [tie.other(self) for tie in self.ties if tie.met]


class Tie:
    """Two organisations that work together, or could."""

    def __init__(
        self, first: Organization, second: Organization, strength: float, trust: dict[Organization, float]
    ) -> None:
        self.first = first
        self.second = second
        self.slot = slot_of_pair(first.identity, second.identity)
        self.look_slot = {
            first: slot_of_direction(first.identity, second.identity),
            second: slot_of_direction(second.identity, first.identity),
        }
        self.strength = strength  # w
        self.founding_strength = strength  # w0; 0: a latent tie
        self.trust = trust  # T, by who trusts
        self.founding_trust = dict(trust)  # T0
        self.met = False  # this month
        first.ties.append(self)
        second.ties.append(self)

    def other(self, organization: Organization) -> Organization:
        """The other end."""
        return self.second if organization is self.first else self.first

    def within_coalition(self) -> bool:
        """Are both ends members?"""
        return self.first.member and self.second.member


class Coalition:
    """The coalition and its backbone."""

    def __init__(self) -> None:
        self.in_force = False
        self.ended = False  # for want of members, for good
        self.months_too_few = 0  # in a row, with fewer members than it needs
        self.alive = math.nan
        self.agenda: Point | None = None  # G
        self.voice_gini = math.nan
        self.last_review = 0
        self.process_last_month = 0.0
        self.grants_by_month: dict[int, float] = {}  # month of payment -> share of r'
        self.levy = 0.0
        self.grant = 0.0
        self.outside_staff = 0.0
        self.funded_until = -math.inf  # last month of the outside grant; -inf: it has not begun
        self.funder_gone = False
        self.evidence = 0.0  # m max(0, shown), of the last stage 7
        self.staff_at_work = 0.0
        self.achieved = dict.fromkeys((*BUILT, "backbone"), 0.0)  # x, by condition
        self.engagement = 0.0  # hub(engage) of the last contact step
        self.hub_offer: int | None = None
        self.spent = 0.0  # FTE-years so far

    def forget_agenda(self, organizations: list[Organization]) -> None:
        """No agenda, nobody aware of one, no voice."""
        self.agenda = None
        self.voice_gini = math.nan
        for organization in organizations:
            organization.awareness = 0.0


class Outcome:
    """One outcome in the community."""

    def __init__(self, name: str, index: int, baseline: float, weight: float) -> None:
        self.name = name
        self.slot = slot_of(index)
        self.baseline = baseline  # Y0
        self.weight = weight
        self.indicator = baseline  # Y
        # This month's:
        self.effort: Point = []  # E_d1 .. E_dR
        self.power_mean = 0.0  # M
        self.produced = 0.0  # F


class Group:
    """One group of residents."""

    def __init__(self, name: str, share: float, barrier: float, shift: float, outcomes: list[Outcome]) -> None:
        self.name = name
        self.share = share  # p, of all people
        self.barrier = barrier  # b
        self.weights = [outcome.weight for outcome in outcomes]
        self.baselines = [outcome.baseline + shift for outcome in outcomes]  # Y0
        self.indicators = list(self.baselines)  # Y
        self.used_to = self.level()  # S
        self.engagement = 0.0

    def level(self) -> float:
        """X: the indicators, weighted over outcomes."""
        return sum(weight * value for weight, value in zip(self.weights, self.indicators, strict=True))

    def wish(self) -> Point:
        """The group's wishes of an agenda: shares of the outcomes, most of what it lacks most."""
        lacking = [weight * (1 - value) for weight, value in zip(self.weights, self.indicators, strict=True)]
        return [value / sum(lacking) for value in lacking] if sum(lacking) > 0 else self.weights


@dataclass(eq=False)
class World:
    """One run: all of the above, the dials of the month and the luck."""

    luck: Luck
    organizations: list[Organization]
    ties: list[Tie]
    outcomes: list[Outcome]
    groups: list[Group]  # of residents; one where the scenario names none
    named_groups: bool
    roles: int
    sectors: list[str]
    effectiveness: list[float]  # E(s)
    practice_bits: int
    tested_practice: int
    need: float  # E0
    coalition_trust: float
    size_mean: float
    base_dials: dict[str, float]  # as the scenario and its events have them
    events: list[Any]  # without the conditional ones that have happened
    month: int = 0

    def __post_init__(self) -> None:
        """Begin without a coalition."""
        self.intended = dict(self.base_dials)  # as they count this month
        self.dials = dict(self.base_dials)  # the same, as far as they have come about
        self.coalition = Coalition()

    def uniform(self, stream: str, slot: int, component: int = 0) -> float:
        """A uniform draw of this month."""
        return self.luck.uniform(stream, self.month, slot, component)

    def normal(self, stream: str, slot: int, component: int = 0) -> float:
        """A normal draw of this month."""
        return self.luck.normal(stream, self.month, slot, component)

    def members(self) -> list[Organization]:
        """The members."""
        return [organization for organization in self.organizations if organization.member]

    def nominal(self, organization: Organization) -> float:
        """Its nominal resources with its part of the posts that a grant pays."""
        of_all = sum(other.resources for other in self.organizations)
        return organization.resources + self.dials["funder.services"] * organization.resources / of_all

    def hub(self, function: str) -> float:
        """How far one of the backbone's functions reaches, from 0 to 1."""
        members = len(self.members())
        if members == 0:
            return 0.0
        reach = self.dials[f"backbone.reach.{function}"]
        allocation = self.dials[f"backbone.allocation.{function}"]
        staff = self.coalition.staff_at_work * self.coalition.achieved["backbone"]
        return 1 - math.exp(-reach * staff * allocation / members)

    def counts_for(self, strength: float) -> float:
        """Weight of an agenda or common plan of this strength: 1 - proportion (1 - strength)."""
        return 1 - self.dials["coalition.proportion"] * (1 - strength)

    def seat(self) -> float:
        """The voice in planning that is held open for residents."""
        return self.dials["agenda.process"] * self.dials["agenda.residents"]

    def engagement(self) -> float:
        """The mean engagement of residents."""
        return sum(group.share * group.engagement for group in self.groups)

    def rate(self, tie: Tie, frequency: float) -> float:
        """Contacts a month at full strength: informal, and the coalition's where both ends are members."""
        informal = self.dials["communication.informal"]
        return informal + frequency if tie.within_coalition() else informal

    def visibility(self) -> float:
        """How much is seen of others: v = visibility + (1 - visibility) m."""
        visibility = self.dials["measurement.visibility"]
        return visibility + (1 - visibility) * self.dials["measurement.sharing"]


def mean_over_members(organization: Organization, value: Any) -> float | None:
    """The mean of value(tie) over ties to members, weighted by w; None where the weights sum to 0."""
    ties = [tie for tie in organization.ties if tie.other(organization).member]
    weights = sum(tie.strength for tie in ties)
    if weights == 0:
        return None
    return float(sum(tie.strength * value(tie) for tie in ties) / weights)
