"""Docking of what is built: the conditions as achieved, in whole months, by closed forms.

What is intended comes about over months, as far as members are committed and the backbone's staff carry it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.engine import compile_scenario, simulate
from cisim.validation.claims import Case, Claim, Effort, Finding
from cisim.validation.docking.months import QUIET, Course, everywhere
from cisim.validation.stand import coalition_of, complete, plain, scenario_of

#: Of each condition: its dial, what is intended of it first and later, and the function of the backbone that carries it.
CONDITIONS = {
    "agenda": ("agenda.process", 0.8, 0.4, "engage"),
    "measurement": ("measurement.sharing", 0.6, 0.3, "measure"),
    "activities": ("activities.coordination", 0.5, 0.2, "align"),
    "communication": ("communication.frequency", 2.0, 0.5, "engage"),
}
INTENDED = {dial: first for dial, first, _, _ in CONDITIONS.values()}
#: Members per FTE and share of the staff.
FUNCTIONS = {"engage": (30.0, 0.2), "measure": (12.0, 0.1), "align": (50.0, 0.15)}
#: Commitment of the organisations; the last two are no members.
COMMITMENT = np.array([0.9, 0.6, 0.3, 0.2, 0.7, 0.8])
MEMBERS = 4
FILTER = "mathematics: a first-order filter"


def conditions(effort: Effort) -> Finding:
    """Measure how conditions are built, and what they rest on."""
    return Finding((*courses(effort), *foundations(), *costs_and_effects(), told()))


def courses(effort: Effort) -> tuple[Claim, ...]:
    """Claim the way up, and down to where less is intended, for slow conditions and for quick ones."""
    return (
        course(
            effort,
            "What is achieved of the conditions rises as 1 - (1 - 1/L)^t and falls to a lower intent twice as fast, with L of 8, 12, 5, 3 months",
            (8.0, 12.0, 5.0, 3.0),
        ),
        course(
            effort,
            "With L of 0, 1, 1.5, 2 months the first two rise at once, and all fall at once",
            (0.0, 1.0, 1.5, 2.0),
        ),
    )


def course(effort: Effort, text: str, builds: tuple[float, ...]) -> Claim:
    """Claim the course of the four conditions and the backbone in a run in which less is intended from month 21 on."""
    lower = {dial: later for dial, _, later, _ in CONDITIONS.values()}
    months = dict(zip(CONDITIONS, builds, strict=True))
    scenario = plain().replace(
        **{"scenario.months": 30, "coalition.organisations": 12, "backbone.build": 7.0, **INTENDED},
        **{f"{condition}.build": of for condition, of in months.items()},
        events=[{"month": 21, "set": lower}],
    )
    names = [measure.name for measure in compile_scenario(scenario).measures]
    (run,) = simulate(scenario, [effort.seed], threads=1)
    ages = np.arange(1, 31)
    wanted, got = [1 - (1 - 1 / 7.0) ** ages], [run[1:, names.index("achieved.backbone")]]
    for condition, (_, first, later, _) in CONDITIONS.items():
        up, down = 1 / max(1.0, months[condition]), 1 / max(1.0, months[condition] / 2)
        reached = first * (1 - (1 - up) ** ages[:20])
        fallen = later + (reached[-1] - later) * (1 - down) ** ages[:10]
        wanted.append(np.concatenate([reached / first, fallen / later]))
        got.append(run[1:, names.index(f"achieved.{condition}")])
    return everywhere(text, wanted, got, 1e-12, FILTER)


def coalition(**settings: object) -> Course:
    """Make a quiet coalition of unequal commitment, two of its organisations no members, in which all five conditions are intended."""
    reach = {f"backbone.reach.{function}": reach for function, (reach, _) in FUNCTIONS.items()}
    shares = {f"backbone.allocation.{function}": share for function, (_, share) in FUNCTIONS.items()}
    staff = {"backbone.staff": 0.5, "backbone.member_share": 0.0}
    scenario = scenario_of(
        2, 2, **{**QUIET, **INTENDED, **staff, **reach, **shares, "measurement.noise": 0.0, **settings}
    )
    mix = np.tile([0.7, 0.3], (len(COMMITMENT), 1))
    state = coalition_of(
        scenario, np.tile([0.6, 0.4], (len(COMMITMENT), 1)), complete(len(COMMITMENT)), commitment=COMMITMENT, mix=mix
    )
    state.organisations["member"][MEMBERS:] = 0
    state.organisations["commitment"][MEMBERS:] = 0.0
    state.stances["bias"] = 0.1
    state.coalition["backbone"] = 0.0
    return Course(state, scenario)


def achieved(of: Course) -> list[float]:
    """List what was achieved last month, the backbone last."""
    return [of.measured(f"achieved.{condition}") for condition in (*CONDITIONS, "backbone")]


def foundations() -> tuple[Claim, ...]:
    """Claim the factors of members' commitment and of the backbone's staff, in the first two months."""
    readiness, carries = 0.6, 0.7
    ready = 1 - readiness * (1 - COMMITMENT[:MEMBERS].mean())
    committed = coalition(**{"coalition.readiness": readiness})
    committed.live()
    both = coalition(**{"coalition.readiness": readiness, "backbone.carries": carries})
    both.live()
    first = achieved(both)
    both.live()
    hub = [
        1 - np.exp(-FUNCTIONS[function][0] * 0.5 * ready * FUNCTIONS[function][1] / MEMBERS)
        for _, _, _, function in CONDITIONS.values()
    ]
    carried = [ready * (1 - carries * (1 - strength)) for strength in hub]
    return (
        everywhere(
            "With readiness r the share 1 - r (1 - mean commitment of members) of all five comes about",
            ready,
            achieved(committed),
            1e-12,
            "the model's text",
        ),
        everywhere(
            "Where the staff carries the share u of the others, 1 - u of them comes about before there was staff, and 1 - u (1 - hub) the "
            "month after, by what the staff achieved and by each one's function",
            [[ready * (1 - carries)] * 4 + [ready], [*carried, ready]],
            [first, achieved(both)],
            1e-12,
            "the model's text",
        ),
    )


def costs_and_effects() -> tuple[Claim, ...]:
    """Claim that costs follow what is intended, and effects what is achieved."""
    slow = coalition(**{f"{condition}.build": 4.0 for condition in CONDITIONS})
    slow.live()
    organisations = slow.state.organisations
    belief = np.where(organisations["member"] == 1, 1 - 0.6 / 4, 1.0) * 0.1
    # Nobody is committed, so nothing comes about.
    idle = coalition(
        **{"coalition.readiness": 1.0, "communication.contact_cost": 0.01, "measurement.data_cost": 0.02},
        **{"activities.adaptation": 1.0, "communication.cost_size": 0.0, "measurement.sharing": 1.0},
    )
    idle.state.organisations["commitment"] = 0.0
    idle.live()
    there = idle.state.organisations["member"]
    effects = [
        idle.state.ties["met"].sum(),
        idle.state.organisations["reported"].sum(),
        idle.state.coalition["has_agenda"][0],
        np.abs(idle.state.roles["mix"] - [0.7, 0.3]).max(),
        np.abs(slow_difference(slow, belief)).max(),
    ]
    return (
        everywhere(
            "Without committed members nobody meets, reports, plans or adapts; in the first of four months of building a quarter of what is intended "
            "takes bias away and is told",
            0.0,
            effects,
            1e-12,
            "the model's text",
        ),
        everywhere(
            "They work on reports and meetings all the same",
            (0.01 * 2.0 * (MEMBERS - 1) + 0.02) * there,
            idle.state.organisations["overhead"],
            1e-12,
            "the model's text",
        ),
    )


def told() -> Claim:
    """Claim how far the hub draws the goals of members whom it tells an agenda that a process of 0.8 made."""
    settings = {"agenda.cadence": 1200, "communication.frequency": 0.0, "communication.influence": 0.6}
    course = coalition(
        **settings, **{"coalition.proportion": 0.5, "backbone.reach.engage": 1e6, "backbone.allocation.weave": 0.0}
    )
    course.state.coalition["has_agenda"] = course.state.coalition["process_now"] = 1
    course.state.outcomes["agenda"] = [1.0, 0.0]
    # The hub reaches the members by the staff of this month.
    course.live()
    member = course.state.organisations["member"]
    return everywhere(
        "The hub draws goals as one more partner, by 1 - proportion (1 - process) of what trust gives",
        0.6 + member * 0.6 * (1 - 0.5 * 0.2) * (1.0 - 0.6) / 2,
        course.state.stances["goal"][:, 0],
        1e-12,
        "the model's text",
    )


def slow_difference(slow: Course, belief: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute how far looks and awareness are from what the first of four months of building gives, (2, N)."""
    organisations, member = slow.state.organisations, slow.state.organisations["member"]
    looks = slow.state.stances["look"][:, 0] - slow.state.outcomes["indicator"][0]
    return np.array([looks - belief, organisations["awareness"] - member * 0.8 / 4 * organisations["commitment"]])


CASES = (
    Case(
        "built-conditions",
        "Conditions that are built over months",
        "Whole months: what has come about of what is intended is a first-order filter, up and twice as fast down, whose goal rests on the "
        "commitment of members and the staff of the backbone.",
        conditions,
    ),
)
