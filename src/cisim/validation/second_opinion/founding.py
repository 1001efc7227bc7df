"""Month 0: the objects, made from the scenario and from the coalition as drawn by the package."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from pydantic import BaseModel

import cisim.coalition
from cisim.validation.second_opinion.events import classify_sizes, number
from cisim.validation.second_opinion.plain_luck import Luck, slot_of
from cisim.validation.second_opinion.things import Group, Organization, Outcome, Tie, World

SECTIONS = (
    "coalition",
    "practice",
    "agenda",
    "measurement",
    "activities",
    "communication",
    "backbone",
    "funder",
    "community",
    "commitment",
)


def with_own_values(scenario: Any, seed: int) -> Any:
    """The scenario of one run: each field that has a distribution holds the value that the run draws."""
    luck, drawn = Luck(seed), {}
    for path, (low, high, middle, whole) in scenario.distributions.items():
        identity = int.from_bytes(hashlib.blake2b(path.encode(), digest_size=8).digest(), "little")
        u = luck.uniform("field", 0, slot_of(identity))
        top, peak = (high + 1, None if middle is None else middle + 0.5) if whole else (high, middle)
        if peak is None:
            value = low + u * (top - low)
        elif u < (peak - low) / (top - low):
            value = low + math.sqrt(u * (top - low) * (peak - low))
        else:
            value = top - math.sqrt((1 - u) * (top - low) * (top - peak))
        drawn[path] = min(math.floor(value), high) if whole else value
    return scenario.replace(**drawn)


def found(scenario: Any, seed: int) -> World:
    """Month 0 of one run."""
    scenario = with_own_values(scenario, seed)
    drawn = cisim.coalition.draw(scenario, cisim.coalition.roster(scenario), seed)
    outcomes = found_outcomes(scenario)
    organizations = [
        Organization(
            name=drawn.names[i],
            identity=int(drawn.identity[i]),
            sector=drawn.sector_names[drawn.sector[i]],
            resources=float(drawn.resources[i]),
            deviation=float(drawn.deviation[i]),
            mission=drawn.mission[i].tolist(),
            founding_mix=drawn.mix[i].tolist(),
            competence=drawn.competence[i].tolist(),
            bias=drawn.bias[i].tolist(),
            practice=int(drawn.practice[i]),
            initial_commitment=float(drawn.initial_commitment[i]),
            belief=[outcome.baseline for outcome in outcomes],
            slow_belief=[outcome.baseline for outcome in outcomes],
            variance=scenario.measurement.noise**2,
            founder=bool(drawn.founder[i]),
        )
        for i in range(len(drawn.names))
    ]
    ties = []
    for e in range(len(drawn.first)):
        first, second = organizations[drawn.first[e]], organizations[drawn.second[e]]
        trust = {first: float(drawn.trust[e, 0]), second: float(drawn.trust[e, 1])}
        ties.append(Tie(first, second, float(drawn.strength[e]), trust))
    classify_sizes(organizations)
    return World(
        luck=Luck(seed),
        organizations=organizations,
        ties=ties,
        outcomes=outcomes,
        groups=found_groups(scenario, outcomes),
        named_groups=bool(scenario.community.groups),
        roles=len(scenario.role_names),
        sectors=list(drawn.sector_names),
        effectiveness=drawn.effectiveness.tolist(),
        practice_bits=scenario.practice.bits,
        tested_practice=tested_practice(drawn.effectiveness.tolist(), scenario.practice.tested),
        need=scenario.community.need or sum(organization.resources for organization in organizations),
        coalition_trust=scenario.coalition.trust,
        size_mean=scenario.coalition.size_mean,
        base_dials=all_dials(scenario),
        events=list(scenario.events),
    )


def tested_practice(effectiveness: list[float], least: float) -> int:
    """The least effective practice of those that are effective enough, or else the best; of equal ones the smaller."""
    enough = [(value, practice) for practice, value in enumerate(effectiveness) if value >= least]
    return min(enough)[1] if enough else effectiveness.index(max(effectiveness))


def found_outcomes(scenario: Any) -> list[Outcome]:
    """The outcomes at their baselines, with weights that sum to 1."""
    described = scenario.community.outcomes
    total = sum(outcome.weight for outcome in described)
    return [
        Outcome(outcome.name, index, outcome.baseline, outcome.weight / total)
        for index, outcome in enumerate(described)
    ]


def found_groups(scenario: Any, outcomes: list[Outcome]) -> list[Group]:
    """The groups of residents, or all residents as one; a shift counts beside the mean of all."""
    described = scenario.community.groups
    people = sum(group.share for group in described)
    middle = sum(group.share * group.shift for group in described) / people if described else 0.0
    return [
        Group(group.name, group.share / people, group.barrier, group.shift - middle, outcomes) for group in described
    ] or [Group("all", 1.0, 0.0, 0.0, outcomes)]


def all_dials(scenario: Any) -> dict[str, float]:
    """Every number of the scenario by its path, as written in a file's events."""
    dials: dict[str, float] = {}
    for section in SECTIONS:
        collect(dials, section, getattr(scenario, section))
    for outcome in scenario.community.outcomes:
        dials[f"community.outcomes.{outcome.name}.trend"] = outcome.trend
    never = dict.fromkeys(("coalition.end", "backbone.end", "funder.term"), math.inf)
    return never | {"backbone.start": -math.inf} | dials


def collect(dials: dict[str, float], path: str, fields: BaseModel) -> None:
    """Add the numbers below a path."""
    for name, value in fields:
        if isinstance(value, BaseModel):
            collect(dials, f"{path}.{name}", value)
        elif value == "never" or (isinstance(value, int | float) and not isinstance(value, bool)):
            dials[f"{path}.{name}"] = number(value)
