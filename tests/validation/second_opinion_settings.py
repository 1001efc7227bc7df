"""Settings that shipped scenarios rarely use, and settings drawn at random, for the second opinion."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from cisim.errors import InputError
from cisim.scenario import Scenario, fields

Setting = dict[str, Any]
"""Values by path, and "events": a list of events as in a file."""

CONDITIONS = ("agenda", "measurement", "activities", "communication", "backbone")
DIALS = [info for info in fields() if info.kind == "dial"]

SMALL = {"scenario.months": 48, "coalition.organisations": 12}
TURBULENT = {"coalition.exit_rate": 0.6, "coalition.join_rate": 0.3, "coalition.turnover": 0.8}
LOST = {"commitment.base": -3, "coalition.exit_rate": 0.5, "coalition.join_rate": 0.02, "coalition.turnover_loss": 1}
#: Away from their neutral values: all fields that change nothing as they are by default.
SLOW = {f"{condition}.build": months for condition, months in zip(CONDITIONS, (7.0, 12.0, 9.5, 3.0, 5.0), strict=True)}
OUTREACH = {"practice.outreach": 0.7, "practice.tested": 0.7, "practice.fidelity": 0.6}
UNEVEN = {
    "community.outcomes": [{"name": name, "weight": weight} for name, weight in zip("abc", (3, 0, 1), strict=True)]
}
STRICT = {
    "coalition.onboarding": 9.0,
    "coalition.proportion": 0.8,
    "coalition.readiness": 0.7,
    "practice.own_noise": 0.3,
    "practice.drift": 0.1,
    "activities.by_need": 2.5,
    "backbone.carries": 0.6,
    "community.need": 13.0,
}
ALL_STRICT = STRICT | SLOW | OUTREACH | {"agenda.process": 0.7, "measurement.sharing": 0.6}
#: A coalition that begins small, grows along ties, and ends if it stays small.
GROWING = {"coalition.founding": 0.3, "coalition.exposure": 0.7, "coalition.join_rate": 0.1, "coalition.least": 4}
FUNDER = {"funder.staff": 2.0, "funder.term": 7, "funder.renewal": 0.4, "funder.slope": 3.0}
#: Residents in groups, with a seat and data by group.
GROUPS = {
    "community.groups": [
        {"name": "near", "share": 5.0, "shift": 0.1},
        {"name": "far", "share": 2.0, "barrier": 1.2, "shift": -0.2},
        {"name": "farther", "share": 1.5, "barrier": 3.0, "shift": -0.05},
    ]
}
SEAT = {"agenda.residents": 0.4, "agenda.residents_cost": 0.05, "community.engagement_gain": 0.2}
BY_GROUP = {"measurement.disaggregated": 0.7, "measurement.sharing": 0.8, "community.engagement_decay": 0.05}
RESIDENTS = GROUPS | SEAT | BY_GROUP
SURE_GRANTS = {"backbone.grant_max": 0.3, "backbone.grant_base": 0.05, "backbone.grant_slope": 40, "backbone.staff": 4}


def outcomes(number: int, first: float = 0.0) -> list[dict[str, Any]]:
    """Make outcomes with unequal baselines, weights and trends; the second of several has no weight."""
    return [
        {
            "name": f"no. {d}",
            "baseline": (d + first) / number,
            "weight": float((d * 3 + 2) % 5),
            "trend": 0.002 * (d - 1),
        }
        for d in range(number)
    ]


def at(month: int, **what: Any) -> dict[str, Any]:
    """Make an event at a month."""
    return {"month": month, "set": {path.replace("__", "."): value for path, value in what.items()}}


def when(measure: str, set_: dict[str, Any], **bounds: float) -> dict[str, Any]:
    """Make an event on a condition."""
    return {"when": {"measure": measure, **bounds}, "set": set_}


HARDER: dict[str, Setting] = {
    "nobody left": LOST,
    "coming and going": TURBULENT,
    "grants, paid by outsiders": SURE_GRANTS | TURBULENT | {"backbone.member_share": 0},
    "grants, partly paid by members": SURE_GRANTS | {"backbone.member_share": 0.4, "agenda.voice": 2},
    "levy at its limit": {"backbone.staff": 400},
    "all reached, threshold lowered to 0": {
        "backbone.staff": 100,
        "backbone.member_share": 0.1,
        "backbone.will_max": 1,
        "backbone.reach.will": 1e6,
        "backbone.reach.engage": 1e5,
    },
    "backbone without allocation": {f"backbone.allocation.{f}": 0 for f in ("engage", "measure", "align", "fund")},
    "backbone comes late and ends": {"backbone.start": 10, "backbone.end": 30, "scenario.months": 60},
    "coalition ends": {"coalition.start": 5, "coalition.end": 20} | SURE_GRANTS,
    "coalition ends and restarts": SURE_GRANTS
    | {
        "coalition.end": 12,
        "events": [at(18, coalition__start=18, coalition__end=22), at(23, coalition__end=30), at(31, agenda__pull=0.1)],
    },
    "coalition comes by event": {
        "coalition.start": "never",
        "events": [at(7, coalition__start=3), at(20, coalition__start="never"), at(25, coalition__start=1)],
    },
    "process stops and starts": {
        "events": [at(6, agenda__process=0), at(15, agenda__process=0.5), at(16, agenda__cadence=1)],
        "agenda.cadence": 5,
    },
    "dials move": {
        "events": [
            at(3, coalition__resource_memory=1, coalition__resource_volatility=1),
            at(5, measurement__noise=0, measurement__belief_drift=0),
            at(8, measurement__noise=0.2, activities__complementarity=0.5),
            at(9, backbone__allocation__engage=0.05, backbone__allocation__weave=0.25, backbone__reach__engage=5),
            at(10, community__threshold=0.5, community__critical_mass=1),
            {"month": 11, "set": {"community.outcomes.reading.trend": -0.05}},
            at(12, communication__tie_fade=1, communication__trust_decay=1, communication__frequency=0),
        ]
    },
    "conditional events": TURBULENT
    | {
        "events": [
            when("members", {"coalition.join_rate": 0.9}, below=8, after=6),
            when("members", {"coalition.exit_rate": 0.9}, above=9, after=10),
            when("goal_alignment", {"backbone.staff": 1}, below=0.5, above=0.7),
            when("agenda_fit.public", {"agenda.voice": 1}, above=0),
            when("voice_gini", {"agenda.process": 0}, above=0.05, after=14),
            when("indicator.reading", {"coalition.end": 36}, above=0.0, after=35),
            when("levy", {"measurement.sharing": 0}, below=-1),
            at(3, agenda__focus=0),
        ]
    },
    "condition on a coalition that is over": {
        "coalition.end": 10,
        "events": [
            when("commitment", {"coalition.turnover": 1}, above=0, after=10),
            when("members", {"coalition.end": 40}, below=1, after=14),
            when("members", {"coalition.start": 17, "coalition.end": 30}, below=1, after=15),
        ],
    },
    "openness .3": {"communication.openness": 0.3, "communication.influence": 1, "agenda.alignment": 0.6},
    "openness 0": {"communication.openness": 0, "communication.influence": 1},
    "voice by size": {"agenda.voice": 1, "coalition.size_sd": 1.3, "agenda.cadence": 1},
    "voice of the small": {"agenda.voice": -2.5, "agenda.focus": 30, "agenda.evidence": 1},
    "voice without sound": {"commitment.initial": 0, "commitment.initial_sd": 0, "commitment.noise": 0}
    | {"commitment.adjustment": 0, "events": [at(20, commitment__adjustment=0.5)]},
    "evidence alone, all is well": {
        "agenda.evidence": 1,
        "measurement.sharing": 1,
        "community.outcomes": [{"name": "a", "baseline": 0.999}, {"name": "b", "baseline": 0.99, "weight": 2.0}],
        "community.gain": 1,
        "community.threshold": 0.01,
        "measurement.noise": 0,
        "agenda.cadence": 1,
    },
    "no focus": {"agenda.focus": 0, "agenda.process": 1, "agenda.pull": 1, "agenda.stubborn": 0},
    "substitutes": {"activities.complementarity": 1, "activities.adaptation": 2},
    "near substitutes": {"activities.complementarity": 0.5, "activities.adaptation": 0.5},
    "Cobb-Douglas": {"activities.complementarity": 0, "activities.adaptation": 0.1, "activities.role_floor": 0},
    "almost Cobb-Douglas": {"activities.complementarity": 1e-9, "activities.adaptation": 0.1},
    "Leontief": {"activities.complementarity": -1e6, "activities.adaptation": 0.001},
    "floor at its limit": {"activities.role_floor": 0.2499999, "activities.adaptation": 5},
    "floor above what many do": {"activities.role_floor": 0.2, "coalition.role_skew": 4, "activities.adaptation": 5},
    "role without effort": {"coalition.role_skew": 5, "activities.complementarity": 0.2, "coalition.competence_sd": 2},
    "one role": {"activities.roles": ["everything"], "activities.adaptation": 1},
    "one outcome": {"community.outcomes": outcomes(1)},
    "two outcomes": {"community.outcomes": [{"name": "x", "baseline": 0.2}, {"name": "y", "baseline": 0.0}]},
    "nine outcomes, seven roles": {"community.outcomes": outcomes(9), "activities.roles": list("abcdefg")},
    "one organisation in each sector but one": {"coalition.sectors": list("abcdefghijklm")},
    "no sharing": {"measurement.sharing": 0, "measurement.visibility": 0},
    "all is shared": {"measurement.sharing": 1, "measurement.bias": 0.3, "measurement.noise": 0},
    "no error, no drift": {"measurement.noise": 0, "measurement.belief_drift": 0, "measurement.sharing": 0.5},
    "endless drift": {"measurement.belief_drift": 1e12},
    "smooth practices": {"practice.ruggedness": 0, "practice.noise": 0, "communication.learning": 1},
    "rugged practices, short": {"practice.bits": 3, "practice.ruggedness": 2, "practice.noise": 1},
    "one bit": {"practice.bits": 1, "practice.ruggedness": 0, "practice.experiment": 1},
    "practices without any effect": {
        "coalition.organisations": 2,
        "coalition.network": "random",
        "coalition.degree": 1,
        "practice.bits": 1,
        "practice.ruggedness": 0,
        "practice.worst": 0,
        "practice.experiment": 0,
        "events": [at(20, practice__experiment=0.1)],
    },
    "worst is best": {"practice.worst": 1, "practice.experiment": 1, "communication.learning": 1},
    "trust is lost at once": {"communication.trust_gain": 1, "communication.trust_loss_ratio": 1}
    | {"coalition.trust_sd": 1},
    "gains without losses": {"communication.trust_loss_ratio": 0, "communication.trust_gain": 1},
    "no ties": {"coalition.network": "random", "coalition.degree": 0, "coalition.latent": 0},
    "latent ties only": {
        "coalition.network": "random",
        "coalition.degree": 0,
        "backbone.allocation.weave": 0.2,
        "backbone.allocation.engage": 0.1,
    },
    "ties of no strength fade": {"coalition.tie_min": 0, "communication.tie_fade": 1, "coalition.latent": 10},
    "reliance on partners": {"activities.reliance": 1, "activities.partners_needed": 0.3},
    "costly meetings": {"communication.contact_cost": 1, "communication.cost_size": 2, "backbone.hub_cost": 1},
    "costly for the large": {"communication.cost_size": -2, "communication.contact_cost": 0.02},
    "two organisations": {"coalition.organisations": 2, "coalition.network": "random", "coalition.degree": 1},
    "three organisations": {"coalition.organisations": 3, "coalition.network": "random", "coalition.degree": 2},
    "hub network": {"coalition.network": "hub", "coalition.organisations": 9, "agenda.voice": 1},
    "sector clusters": {"coalition.network": "sector-clusters", "coalition.organisations": 15, "agenda.voice": -1},
    "scale-free": {"coalition.network": "scale-free", "coalition.organisations": 15, "agenda.cadence": 7},
    "a real one": {"coalition.file": "builtin:emon/Texas", "scenario.months": 24, "backbone.staff": 2},
    "commitment without bounds": {"commitment.noise": 1, "commitment.trust_weight": 50, "commitment.temptation": -50},
    "progress in sight": {"commitment.progress_scale": 1e-9, "commitment.progress_weight": 20},
    **{f"{path} alone": {path: value} for path, value in (STRICT | SLOW).items()},
    "tested practice comes from outside": OUTREACH | {"backbone.reach.capacity": 300},
    "tested practice is the best": OUTREACH | {"practice.tested": 1, "practice.fidelity": 1, "practice.ruggedness": 9},
    "the practices that are tested are all alike": OUTREACH | {"practice.worst": 1, "practice.tested": 1},
    "little of a process and of a plan": {"coalition.proportion": 1, "agenda.process": 0.1}
    | {"activities.coordination": 0.2},
    "all believe that there are no gaps": {"activities.by_need": 1, "measurement.noise": 0.2}
    | {"community.outcomes": [{"name": "a", "baseline": 0.99}, {"name": "b", "baseline": 0.98}]},
    "uneven weights": UNEVEN,
    "uneven weights, a need that is given": UNEVEN | {"community.need": 40, "activities.by_need": 0.5},
    "built at once by half": dict.fromkeys(SLOW, 2) | TURBULENT | {"coalition.readiness": 1},
    "strict": ALL_STRICT | UNEVEN | TURBULENT,
    "strict, nobody left": ALL_STRICT | LOST,
    "strict, members pay": ALL_STRICT | SURE_GRANTS | {"backbone.member_share": 0.5},
    "strict, late and over": ALL_STRICT
    | {"coalition.start": 4, "coalition.end": 40, "backbone.start": 9, "backbone.end": 27}
    | {"events": [at(42, coalition__start=42, coalition__end=60)]},
    "strict, dials move": ALL_STRICT
    | {
        "events": [
            at(3, coalition__onboarding=30, coalition__proportion=0.2, coalition__readiness=1),
            at(6, practice__own_noise=0, practice__drift=1, practice__outreach=1, practice__fidelity=0.3),
            at(9, agenda__build=30, measurement__build=0, activities__build=1, communication__build=40),
            at(12, activities__by_need=0, backbone__carries=1, backbone__build=1.5, communication__frequency=0.01),
            at(15, backbone__reach__engage=1, backbone__reach__measure=200, backbone__allocation__align=0.01),
            at(18, agenda__process=0, measurement__sharing=0.1, activities__coordination=0.1),
            at(21, agenda__process=1, backbone__staff=0),
            at(25, backbone__staff=6, coalition__readiness=0.1, backbone__carries=0.3),
        ]
    },
    "no founders but one": {"coalition.founding": 0, "coalition.join_rate": 0.3, "coalition.exposure": 1},
    "founders alone": {"coalition.founding": 0.5, "coalition.join_rate": 0},
    "exposure without ties": {"coalition.founding": 0.4, "coalition.exposure": 0.6, "coalition.join_rate": 0.5}
    | {"coalition.network": "random", "coalition.degree": 1, "coalition.latent": 0},
    "too few at once": {"coalition.least": 13},
    "too few in the end": LOST | SURE_GRANTS | {"coalition.least": 5},
    "too few, and over before": {"coalition.least": 13, "coalition.end": 5}
    | {"events": [at(8, coalition__end=10), at(13, coalition__end=60), at(30, coalition__least=0)]},
    "too few now and then": TURBULENT
    | {
        "coalition.least": 13,
        "events": [at(6, coalition__least=0), at(7, coalition__least=13), at(12, coalition__least=2)],
    },
    "ended, and an event on that": LOST
    | {"coalition.least": 6, "events": [when("alive", {"coalition.turnover": 0, "coalition.start": 1}, below=0.5)]},
    "growing": GROWING,
    "growing, in a core and its periphery": GROWING | {"coalition.network": "core-periphery", "coalition.core": 0.3},
    "a funder without a term": {"funder.staff": 3.5, "backbone.member_share": 0.4},
    "a funder": FUNDER,
    "a funder who sees no data": FUNDER | {"measurement.sharing": 0, "funder.renewal": 0.9},
    "a funder who wants progress": FUNDER
    | {"funder.renewal": 0, "funder.slope": 4, "funder.term": 4, "community.gain": 0.1, "community.threshold": 0.1},
    "a funder month by month": FUNDER | {"funder.term": 1, "funder.renewal": 0.8},
    "a funder, nobody left": FUNDER | LOST | {"funder.renewal": 0.7, "funder.term": 4},
    "a funder, staff late and interrupted": FUNDER
    | {"backbone.start": 3, "events": [at(8, backbone__staff=0), at(14, backbone__staff=1.5), at(20, funder__staff=0)]}
    | {"funder.renewal": 0.95, "coalition.end": 40},
    "a funder, dials move": FUNDER
    | {
        "events": [
            at(4, funder__term=20, funder__renewal=1),
            at(8, funder__staff=0),
            at(11, funder__staff=5, funder__term=2),
            at(19, funder__slope=0, funder__renewal=0.5, coalition__end=22),
            at(26, coalition__end=48),
        ]
    },
    "growing, strict, with a funder": ALL_STRICT | GROWING | FUNDER | TURBULENT,
    "residents": RESIDENTS,
    "residents with a seat": GROUPS | SEAT,
    "residents without a seat": GROUPS | {"community.engagement_gain": 0.3},
    "residents in data": GROUPS | BY_GROUP,
    "one group with a seat": SEAT | BY_GROUP,
    "one group that is named": SEAT | {"community.groups": [{"name": "all", "shift": 0.3, "barrier": 2.0}]},
    "groups that are alike": SEAT | {"community.groups": [{"name": "a"}, {"name": "b", "share": 3.0}]},
    "groups that cannot be reached": RESIDENTS
    | {"community.groups": [{"name": "in"}, {"name": "out", "share": 1e-3, "barrier": 10.0}]}
    | {"community.engagement_gain": 0},
    "all voice is residents'": RESIDENTS
    | {"agenda.residents": 1, "agenda.process": 1, "agenda.cadence": 1, "agenda.residents_cost": 0.3}
    | {"community.engagement_gain": 1, "community.engagement_decay": 0, "agenda.focus": 3},
    "groups at their bounds": RESIDENTS
    | {"community.noise": 0.3, "community.engagement_gain": 1, "community.engagement_decay": 1},
    "residents who see progress": RESIDENTS
    | {"commitment.progress_scale": 1e-3, "community.gain": 0.2, "community.threshold": 0.1, "agenda.residents": 0},
    "residents who lack nothing": RESIDENTS
    | {
        "agenda.cadence": 1,
        "community.outcomes": [{"name": "a", "trend": 1.0}, {"name": "b", "weight": 3.0, "trend": 1.0}],
    },
    "residents, nobody left": RESIDENTS | LOST | SURE_GRANTS | {"coalition.least": 5},
    "residents, late and over": RESIDENTS | {"coalition.start": 5, "coalition.end": 20},
    "residents, slowly built": RESIDENTS | SLOW | {"coalition.readiness": 0.5, "agenda.process": 0.6},
    "residents, dials move": RESIDENTS
    | {
        "events": [
            at(4, agenda__residents=1, measurement__disaggregated=0),
            at(9, agenda__process=0, community__engagement_decay=0.5),
            at(15, agenda__process=0.9, measurement__sharing=0, agenda__residents_cost=0.5),
            at(22, community__engagement_gain=1, measurement__sharing=1, measurement__disaggregated=1),
            when("gap", {"agenda.residents": 0.2}, above=0.01, after=25),
            when("progress.far", {"backbone.staff": 8}, above=-1, after=30),
            when("engagement", {"community.engagement_gain": 0}, above=0.5),
            when("agenda_fit_residents", {"agenda.focus": 0.5}, above=0, after=33),
        ]
    },
    "uneven weights, residents": RESIDENTS | UNEVEN,
    "strict, growing, a funder and residents": ALL_STRICT | RESIDENTS | GROWING | FUNDER | TURBULENT | UNEVEN,
    "capacity in a rush": {"backbone.capacity_max": 10, "backbone.capacity_gain": 1, "backbone.capacity_decay": 1},
}

SEEDS = {"practices without any effect": [15, 16]}
"""Seeds by which a setting is what it says: here both organisations begin with the practice that has none."""


def organisation_events(names: tuple[str, ...]) -> dict[str, Setting]:
    """Make settings with events about organisations, whose names must be known."""

    def one(month: int, index: int, **what: Any) -> dict[str, Any]:
        return {"month": month, "organisation": names[index], "set": what}

    every_kind = [
        one(1, 3, member=False),  # the coalition comes into force after the events of its first month
        one(2, 0, resources=40.0),
        one(3, 0, member=False),
        one(3, 1, member=True),
        one(4, 1, member=False, resources=0.01),
        one(5, 1, commitment=1.0),
        one(6, 2, commitment=0.0),
        one(9, 0, member=True),
        one(9, 1, member=True, commitment=0.99),
        {"when": {"measure": "members", "below": 11.5}, "organisation": names[5], "set": {"member": False}},
        {"when": {"measure": "members", "below": 99, "after": 15}, "organisation": names[5], "set": {"resources": 9.0}},
    ]
    return {
        "organisations by event": SURE_GRANTS | {"agenda.voice": 1, "events": every_kind},
        "organisations by event, coalition late": {"coalition.start": 4, "coalition.end": 8, "events": every_kind},
        "organisations by event, strict": ALL_STRICT | {"coalition.readiness": 1, "events": every_kind},
        "everybody leaves by event, strict": ALL_STRICT
        | {"events": [one(7, index, member=False) for index in range(len(names))] + [one(19, 3, member=True)]},
        "everybody leaves by event, and no progress is shown to a funder": FUNDER
        | {"funder.renewal": 0, "funder.slope": 1000, "events": [one(7, index, member=False) for index in range(12)]},
        "everybody leaves by event": {
            "coalition.join_rate": 0.05,
            "events": [one(7, index, member=False) for index in range(len(names))],
            "backbone.member_share": 0.5,
        },
    }


def scenario_of(setting: Setting) -> Scenario:
    """Make the scenario of a setting; of 12 organisations and 48 months if it does not say otherwise."""
    sections: dict[str, Any] = {}
    for path, value in (SMALL | setting).items():
        table = sections
        *tables, name = path.split(".")
        for part in tables:
            table = table.setdefault(part, {})
        table[name] = value
    return Scenario(**sections)


def random_scenario(seed: int) -> Scenario:
    """Draw a scenario with a third of its numbers over their sweeps or at a bound, and random events."""
    draw = random.Random(seed)
    for _ in range(1000):
        setting: Setting = {
            "scenario.months": 24,
            "coalition.organisations": draw.randint(4, 14),
            "coalition.network": draw.choice(["random", "scale-free", "hub", "sector-clusters", "core-periphery"]),
            "practice.bits": draw.randint(8, 11),
            "community.outcomes": outcomes(draw.randint(1, 6), draw.choice([0.0, 0.5])),
            "activities.roles": list("abcdef")[: draw.randint(1, 6)],
        }
        if draw.random() < 0.7:
            setting["community.groups"] = groups(draw)
        setting = random_values(draw, 0.3, fields()) | setting
        setting["events"] = [
            {"month": month, "set": random_values(draw, 0.05, DIALS)} for month in sorted(draw.sample(range(1, 25), 4))
        ]
        try:
            return scenario_of(setting)
        except InputError:
            continue  # two fields that do not go together, or an empty event: draw again
    raise AssertionError("no setting that is allowed was drawn")


def groups(draw: random.Random) -> list[dict[str, Any]]:
    """Draw one to four groups of residents."""
    shift = draw.choice([0.0, 0.05])  # none is allowed if an outcome begins at 0
    return [
        {"name": f"group {h}", "share": draw.uniform(0.1, 5), "barrier": draw.uniform(0, 2), "shift": shift * (h % 2)}
        for h in range(draw.randint(1, 4))
    ]


def random_values(draw: random.Random, share: float, of: Iterable[Any]) -> dict[str, Any]:
    """Draw values for a share of some fields, those that have a sweep."""
    known = (info for info in of if info.low is not None)
    return {info.path: random_value(draw, info) for info in known if draw.random() < share}


def random_value(draw: random.Random, info: Any) -> float:
    """Draw one field's value: over its sweep, or at one of its ends, or 0 where that is allowed."""
    if draw.random() < 0.2 and info.minimum == 0 and not info.open_minimum:
        return 0
    value = draw.choice([info.low, info.high, draw.uniform(info.low, info.high), draw.uniform(info.low, info.high)])
    return round(value) if info.type == "whole number" else float(value)
