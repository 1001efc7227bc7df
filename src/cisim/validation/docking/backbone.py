"""Docking of the backbone alone: levy, reach, capacity and grants.

The stages of disturbance and of building run on coalitions put together by hand; of the stage of communication, the point "contact".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.dynamics.stages import BACKBONE_FUNCTIONS
from cisim.dynamics.state import State
from cisim.plot.canvas import COLOURS, GREY, LINES
from cisim.scenario import Scenario
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, Picture, close, near
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere
from cisim.validation.docking.uneven import ACHIEVED, BY_HAND, CALM, hub_by_hand, share_of, uneven
from cisim.validation.stand import coalition_of, dials_of, scenario_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POISSON = "mathematics: chance that a Poisson process has an event, 1 - exp(-reach FTE / members)"


def backbone(effort: Effort) -> Finding:
    """Measure staff, levy, reach, and what is built."""
    capacity, picture = capacity_built()
    claims = (
        reach_of_functions(effort),
        *levies(effort),
        *terms(effort),
        *contacts(effort),
        *capacity,
        *grants(effort),
    )
    return Finding(claims, (picture,))


def reach_of_functions(effort: Effort) -> Claim:
    """Claim the reach of each function by its own setting and share of the staff."""
    case = uneven(effort.seed)
    strengths = stages.hub_strengths(case.state, case.dials)
    return everywhere(
        "Each of the seven functions serves a member with probability 1 - exp(-reach FTE / members), by its own reach and its own share of the staff",
        [hub_by_hand(function, case.member.sum()) for function in BACKBONE_FUNCTIONS],
        strengths,
        1e-12,
        POISSON,
    )


def levies(effort: Effort) -> tuple[Claim, ...]:
    """Claim what members pay, what a funder pays, and who is at work."""
    wanted, got = [], []
    for staff, share in ((2.5, 0.6), (2.5, 1.0), (4.0, 0.0), (60.0, 0.8)):
        case = uneven(effort.seed, **CALM, **{"backbone.staff": staff, "backbone.member_share": share})
        organisations, together = case.state.organisations, case.state.coalition[0]
        stages.pass_months(case.state, case.dials, stages.DISTURB)
        pool = (case.member * organisations["resources"]).sum()
        levy = min(0.9, staff * share / pool)
        wanted.append((levy, staff * (1 - share) + levy * pool, staff * (1 - share), case.member.sum()))
        got.append((together["levy"], together["staff_at_work"], together["outside_staff"], together["members"]))
    empty = uneven(effort.seed, **CALM)
    empty.state.organisations["member"] = 0
    stages.pass_months(empty.state, empty.dials, stages.DISTURB)
    strengths = stages.hub_strengths(empty.state, empty.dials)
    nobody = (empty.state.coalition[0]["levy"], empty.state.coalition[0]["staff_at_work"], strengths.max())
    return (
        everywhere(
            "The levy is what the members' share of the staff costs over their resources, at most 0.9; staff at work are what it and a funder pay",
            wanted,
            got,
            1e-12,
            BY_HAND,
        ),
        close(
            "Without members there is no levy, the funder's staff alone, and no reach",
            [0.0, 1.0, 0.0],
            nobody,
            1e-12,
            "the model's text",
        ),
    )


def terms(effort: Effort) -> tuple[Claim, ...]:
    """Claim when an outside grant pays staff, and how many terms it lasts."""
    number, term, chance, slope = effort.runs(4_000, 1_000), 4, 0.6, 2.0
    settings = {
        **CALM,
        "backbone.staff": 0.5,
        "backbone.member_share": 0.8,
        "funder.staff": 1.5,
        "funder.term": term,
        "funder.slope": slope,
    }
    once = scenario_of(1, 1, **settings, **{"funder.renewal": 0.0})
    state, dials = coalition_of(once, np.ones((2, 1)), []), dials_of(once)
    course = []
    for month in range(1, 13):
        dials[at.BACKBONE_STAFF] = 0.0 if month in (1, 2, 4) else 0.5
        stages.pass_months(state, dials, stages.DISTURB, first=month, seed=effort.seed)
        together = state.coalition[0]
        course.append((2 * together["levy"], together["outside_staff"], together["staff_at_work"]))
    hired, paid = np.array([0, 0, 1, 0, *[1] * 8]), np.array([0, 0, 1, 0, 1, 1, *[0] * 6])
    again = scenario_of(1, 1, **settings, **{"funder.renewal": chance})
    dials, shares = dials_of(again), (0.0, 0.1, 0.3)
    lasts = np.empty((len(shares), number, 5), np.bool_)
    for k, shown in enumerate(shares):
        for run in range(number):
            state = coalition_of(again, np.ones((2, 1)), [])
            state.coalition["shown"] = shown
            for n in range(lasts.shape[2]):
                first = 1 if n == 0 else n * term + 2
                last = (n + 1) * term + 1  # the first month of the next term
                stages.pass_months(
                    state, dials, stages.DISTURB, first=first, months=last - first + 1, seed=effort.seed + run
                )
                lasts[k, run, n] = state.coalition[0]["outside_staff"] > 1.0
    expected = [min(1.0, chance + slope * shown) ** n for shown in shares for n in range(1, 6)]
    return (
        everywhere(
            "A grant that is never renewed pays its staff in the months of its term in which there is a backbone, at no cost to the members, and "
            "then what members and funder pay is as before",
            np.column_stack([0.4 * hired, 0.1 * hired + 1.5 * paid, 0.5 * hired + 1.5 * paid]),
            course,
            1e-12,
            BY_HAND,
        ),
        near(
            "With a constant chance p it is renewed n times with probability p^n: p = 0.6, by 0.1 of progress shown 0.2 more, and 1 at most",
            [Estimate(chance, 0.0) for chance in expected],
            [share_of(lasts[k, :, n], expected[5 * k + n]) for k in range(len(shares)) for n in range(5)],
            number,
            "mathematics: geometric distribution",
            kind="exact",
        ),
    )


def contacts(effort: Effort) -> tuple[Claim, ...]:
    """Claim which members the backbone reaches, and which it brings together."""
    number = effort.runs(6_000, 4_000)
    settings: dict[str, object] = {
        "backbone.allocation.engage": 0.2,
        "backbone.reach.engage": 60.0,
        "backbone.allocation.weave": 0.05,
        "backbone.reach.weave": 150.0,
        "communication.frequency": 0.8,
        "communication.informal": 0.5,
    }
    scenario = scenario_of(1, 1, **settings)
    # Pairs, a third of which have a partner who is no member, and a quarter of which are latent ties.
    pairs = np.arange(2 * number).reshape(-1, 2)
    state = coalition_of(scenario, np.ones((2 * number, 1)), pairs, strength=0.6)
    inside = np.arange(number) % 3 != 0
    state.organisations["member"][1::2] = inside
    state.ties["strength"][::4] = 0.0
    members = int(state.organisations["member"].sum())
    state.coalition["members"], state.coalition["staff_at_work"] = members, 0.1 * members
    stages.pass_months(state, dials_of(scenario), stages.MEET, seed=effort.seed)
    engage, weave = 1 - np.exp(-60 * 0.1 * 0.2), 1 - np.exp(-150 * 0.1 * 0.05)
    reached, met = state.organisations["reached"] == 1, state.ties["met"] == 1
    both, latent = reached[::2] & reached[1::2], state.ties["strength"] == 0
    wanted, got = [], []
    for chance, cases in (
        (1 - np.exp(-1.3 * 0.6), inside & ~latent & ~both),
        (1 - np.exp(-1.3 * 0.6) * (1 - weave), inside & ~latent & both),
        (1 - np.exp(-0.5 * 0.6), ~inside & ~latent),
        (weave, latent & both),
    ):
        wanted.append(Estimate(float(chance), 0.0))
        got.append(share_of(met[cases], float(chance)))
    member = state.organisations["member"] == 1
    return (
        near(
            "A member is reached with probability hub(engage), others never",
            [Estimate(engage, 0.0), Estimate(0.0, 0.0)],
            [share_of(reached[member], engage), share_of(reached[~member], 0.0)],
            2 * number,
            POISSON,
            kind="exact",
        ),
        near(
            "Partners meet with probability 1 - exp(-rate w), and 1 - exp(-rate w)(1 - hub(weave)) where the backbone reached both; outside the "
            "coalition by informal contact alone; latent ties by the backbone alone",
            wanted,
            got,
            number,
            POISSON,
            kind="exact",
        ),
        close("Latent ties never meet by themselves", 0.0, float(met[latent & ~both].sum()), 0.0, POISSON),
    )


def capacity_built() -> tuple[tuple[Claim, ...], Picture]:
    """Claim that capacity rises to a fixed point while the backbone reaches members, and fades without it."""
    months, hub, gain, decay = 240, 1 - np.exp(-60 * 0.1 * 0.2), 0.2, 0.02
    commitment = np.array([0.2, 0.5, 1.0, 0.7])
    scenario = scenario_of(1, 1, **{"backbone.allocation.capacity": 0.2, "backbone.reach.capacity": 60.0})
    state = coalition_of(scenario, np.ones((4, 1)), [], commitment=commitment)
    organisations = state.organisations
    organisations["reached"] = [1, 1, 1, 0]
    state.coalition["staff_at_work"] = 0.4
    built = capacities(state, scenario, months)
    step = gain * hub * commitment * organisations["reached"]
    fixed = ((1 - decay) * step * 1.3 + decay) / (1 - (1 - step) * (1 - decay))
    ages = np.arange(1, months + 1)[:, None]
    organisations["reached"] = 0
    top = organisations["capacity"].copy()
    faded = capacities(state, scenario, months)
    organisations["reached"] = 1
    organisations["member"][0] = 0
    organisations["capacity"] = 1.0
    stages.pass_months(state, dials_of(scenario), stages.BUILD)
    outsider = float(organisations["capacity"][0])

    def draw(axes: Axes) -> None:
        both = np.vstack([np.ones(4), built, faded])
        for index, i in enumerate((2, 1, 0)):
            axes.plot(
                both[:, i], color=COLOURS[index], linestyle=LINES[index],
                label=f"commitment {commitment[i]:g}",
            )  # fmt: skip
            axes.hlines(fixed[i], 0, months, color=GREY, linewidth=0.8)
        axes.set_xlabel("month")
        axes.set_ylabel("capacity, × that at founding")
        axes.legend(frameon=False, loc="upper right", title=f"reached until month {months}; thin: fixed point")

    return (
        everywhere(
            "Capacity of members reached rises to its fixed point, at the rate (1 - gain hub k)(1 - decay) a month; of others it stays 1",
            fixed + (1 - fixed) * ((1 - step) * (1 - decay)) ** ages,
            built,
            1e-12,
            "mathematics: solution of a linear difference equation",
        ),
        everywhere(
            "Out of reach it fades as (1 - decay)^t",
            1 + (top - 1) * (1 - decay) ** ages,
            faded,
            1e-12,
            "mathematics: solution of a linear difference equation",
        ),
        close("No capacity is built with who is no member", 1.0, outsider, 0.0, "the model's text"),
    ), Picture(
        "Capacity is built and fades",
        "The capacity of three members who are reached every month rises to fixed points that grow with commitment, and fades towards 1 within "
        "years once nobody reaches them.",
        draw,
    )


def capacities(state: State, scenario: Scenario, months: int) -> NDArray[np.float64]:
    """Run the course of capacities, (months, N)."""
    values, dials = np.empty((months, len(state.organisations))), dials_of(scenario)
    for month in range(months):
        stages.pass_months(state, dials, stages.BUILD, first=month + 1)
        values[month] = state.organisations["capacity"]
    return values


def grants(effort: Effort) -> tuple[Claim, ...]:
    """Claim what is granted, and when it is paid."""
    wanted: list[float] = []
    got: list[float] = []
    seen: list[float] = []
    case = uneven(effort.seed, **CALM)
    state, beliefs = case.state, case.state.stances["belief"]
    member, outcomes = case.member == 1, case.state.outcomes
    for month in range(1, 25):
        stages.pass_months(state, case.dials, stages.DISTURB, first=month)
        got.append(float(state.coalition[0]["grant"]))
        # What members believe differs from month to month, from less than nothing to more than a full grant needs.
        beliefs[:] = (
            outcomes["baseline"] + (month - 4) * 0.01 + 0.02 * np.sin(np.arange(beliefs.size)).reshape(beliefs.shape)
        )
        shown = ((beliefs[member] - outcomes["baseline"]) / (1 - outcomes["baseline"]) @ outcomes["weight"]).mean()
        fund = hub_by_hand("fund", case.member.sum(), float(state.coalition[0]["staff_at_work"]) * ACHIEVED)
        wanted.append(0.25 * fund * (0.3 + 0.7 * min(1.0, 2.2 * 0.6 * max(0.0, float(shown)))))
        stages.pass_months(state, case.dials, stages.BUILD, first=month)
        seen.append(float(state.coalition[0]["shown"]) - 0.6 * max(0.0, float(shown)))
    case.dials[at.BACKBONE_STAFF] = 0.0
    for month in range(25, 37):
        stages.pass_months(state, case.dials, stages.DISTURB, first=month)
        got.append(float(state.coalition[0]["grant"]))
    return (
        everywhere(
            "Grants are paid six months after they were decided, by the progress shown then, until six months after the last decision, and once each",
            [0.0] * 6 + wanted + [0.0] * 6,
            got,
            1e-12,
            BY_HAND,
        ),
        close(
            "Progress is shown as far as data are shared, and never below 0", [0.0] * len(seen), seen, 1e-12, BY_HAND
        ),
    )


CASES = (
    Case(
        "backbone",
        "The backbone: reach, levy, capacity and grants",
        "Each function of the backbone reaches members as a Poisson process does; what it builds follows linear difference equations.",
        backbone,
    ),
)
