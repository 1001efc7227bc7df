"""Docking of disturbance: budgets that swing, leaders who change, members who leave and join, and the calendar.

The stage runs on coalitions put together by hand; the calendar is that of whole runs.
"""

from __future__ import annotations

import numpy as np

from cisim.dynamics import dials as at
from cisim.engine import compile_scenario, simulate
from cisim.validation.claims import Case, Claim, Effort, Estimate, Finding, close, near
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.months import everywhere
from cisim.validation.docking.uneven import CALM, share_of, variance_of
from cisim.validation.stand import coalition_of, dials_of, plain, ring, scenario_of
from cisim.validation.trials import mean_of


def disturbance(effort: Effort) -> Finding:
    """Measure budgets, leaders, members, and the calendar."""
    return Finding(
        (
            *budgets(effort),
            *budgets_in_common(effort),
            onboarding(),
            posts(),
            *services(effort),
            *leaders(effort),
            *founders(effort),
            *members(effort),
            *exposed(effort),
            *ended(effort),
            *calendar(effort),
        )
    )


def budgets(effort: Effort) -> tuple[Claim, ...]:
    """Claim the swings of thousands of independent budgets."""
    number, memory, volatility = effort.runs(12_000, 5_000), 12.0, 0.4
    settings = {
        **CALM,
        "coalition.resource_volatility": volatility,
        "coalition.resource_memory": memory,
        "coalition.resource_common": 0.0,
    }
    scenario = scenario_of(1, 1, **settings)
    state = coalition_of(scenario, np.ones((number, 1)), [], resources=1.7)
    stages.pass_months(state, dials_of(scenario), stages.DISTURB, months=240, seed=effort.seed)
    first = state.organisations["deviation"].copy()
    ratio = state.organisations["available"] / 1.7
    stages.pass_months(state, dials_of(scenario), stages.DISTURB, first=241, seed=effort.seed)
    second = state.organisations["deviation"]
    persistence = 1 - 1 / memory
    variance = volatility**2 / 12 / (1 - persistence**2)
    # The error of a product of two correlated normal numbers.
    error = np.sqrt((1 + persistence**2) / number)
    return (
        near(
            "Log budgets have the stationary variance (volatility^2 / 12) / (1 - phi^2), phi = 1 - 1 / memory",
            Estimate(variance, 0.0),
            variance_of(first, variance),
            number,
            "mathematics: autoregression of order 1",
            kind="exact",
        ),
        near(
            "Their correlation from month to month is phi",
            Estimate(persistence, 0.0),
            Estimate(float(np.mean(first * second)) / variance, float(error)),
            number,
            "mathematics: autoregression of order 1",
            kind="exact",
        ),
        near(
            "The mean of budgets is their nominal size",
            Estimate(1.0, 0.0),
            Estimate(float(ratio.mean()), float(np.sqrt(np.expm1(variance) / number))),
            number,
            "mathematics: mean of a lognormal distribution",
            kind="exact",
        ),
    )


def budgets_in_common(effort: Effort) -> tuple[Claim, ...]:
    """Claim the part of the swings that hits all alike, from the shocks of many months."""
    number, months, persistence = 40, effort.runs(6000, 1500), 1 - 1 / 24
    scenario = scenario_of(1, 1, **{**CALM, "coalition.resource_volatility": 0.3, "coalition.resource_common": 0.3})
    state, dials = coalition_of(scenario, np.ones((number, 1)), []), dials_of(scenario)
    shocks = np.empty((months, number))
    for month in range(months):
        before = state.organisations["deviation"].copy()
        stages.pass_months(state, dials, stages.DISTURB, first=month + 1, seed=effort.seed)
        shocks[month] = state.organisations["deviation"] - persistence * before
    shocks /= 0.3 / np.sqrt(12)
    squares = (shocks**2).sum(1)
    shared = (shocks.sum(1) ** 2 - squares) / (number * (number - 1))
    return (
        near(
            "A month's shocks have the variance volatility^2 / 12, of which the share resource_common = 0.3 is common to all",
            [Estimate(1.0, 0.0), Estimate(0.3, 0.0)],
            [mean_of(squares / number), mean_of(shared)],
            months,
            "mathematics: variance and covariance, in units of volatility^2 / 12",
            kind="exact",
        ),
    )


def onboarding() -> Claim:
    """Claim how new staff come to be at work, and how those who are let go leave."""
    wanted, got = [], []
    for months, pace in ((0.0, 1.0), (1.0, 1.0), (8.0, 1 / 8)):
        scenario = scenario_of(1, 1, **{**CALM, "coalition.onboarding": months})
        state, dials = coalition_of(scenario, np.ones((3, 1)), [], resources=2.0), dials_of(scenario)
        state.organisations["working"] = 0.0
        for month in range(1, 13):
            if month == 3:
                state.organisations["resources"] = [3.0, 2.0, 0.5]
            stages.pass_months(state, dials, stages.DISTURB, first=month)
            grown = 3.0 - (1 - pace) ** max(0, month - 2)
            wanted.append([grown if month > 2 else 2.0, 2.0, 0.5 if month > 2 else 2.0])
            got.append(state.organisations["working"].copy())
    return everywhere(
        "All are at work in the first month; of what is added 1 - (1 - 1/L)^t is at work t months later with L of 0, 1, 8 months, and who is let go "
        "is gone at once",
        wanted,
        got,
        1e-12,
        "mathematics: a first-order filter",
    )


def posts() -> Claim:
    """Claim how a grant for posts is shared out among organisations, members or not, and how the new staff come to be at work."""
    sizes, paid = np.array([3.0, 2.0, 0.5, 0.5]), 4.5
    wanted, got = [], []
    for months, pace in ((0.0, 1.0), (8.0, 1 / 8)):
        scenario = scenario_of(1, 1, **{**CALM, "coalition.onboarding": months, "funder.services": paid})
        state, dials = coalition_of(scenario, np.ones((4, 1)), [], resources=sizes), dials_of(scenario)
        state.organisations["member"][2:] = 0
        for month in range(1, 13):
            if month == 9:
                dials[at.FUNDER_SERVICES] = 0.0
            stages.pass_months(state, dials, stages.DISTURB, first=month)
            there = 0.75 * (month < 9)
            wanted.append([sizes * (1 + there), sizes * (1 + there * (1 - (1 - pace) ** month))])
            got.append([state.organisations["available"].copy(), state.organisations["working"].copy()])
    return everywhere(
        "A grant for 4.5 posts makes organisations of 3, 2, 0.5 and 0.5 FTE three quarters larger, of whom 1 - (1 - 1/L)^t are at work in month t "
        "with L of 1 and 8 months; when it ends, they are gone at once",
        wanted,
        got,
        1e-12,
        "mathematics: shares, and a first-order filter",
    )


def services(effort: Effort) -> tuple[Claim, ...]:
    """Claim, in whole runs without a coalition, that posts that a grant pays are posts, but for what they cost."""
    number, size, paid = 12, 1.5, 4.5
    isolated = plain().replace(
        **{
            "scenario.months": 36,
            "coalition.start": "never",
            "coalition.organisations": number,
            "coalition.size_mean": size,
            "coalition.size_sd": 0.0,
            "coalition.onboarding": 0.0,
        }
    )
    larger = {"resources": size + paid / number}
    events = [{"month": 1, "organisation": f"Organisation {n}", "set": larger} for n in range(1, number + 1)]
    names = [measure.name for measure in compile_scenario(isolated).measures]
    own, granted = (
        simulate(scenario, [effort.seed], threads=1)[0, 1:]
        for scenario in (isolated.replace(events=events), isolated.replace(**{"funder.services": paid}))
    )
    price, both = names.index("progress_per_fte"), ~np.isnan(own).any(axis=0)
    return (
        everywhere(
            "Without a coalition and onboarding, a run with a grant for posts is, in all that is recorded but its price, the run in which an event "
            "makes all organisations as much larger",
            own[:, both],
            granted[:, both],
            1e-9,
            "the model's text",
        ),
        everywhere(
            "Its price counts the posts from the first month",
            granted[:, names.index("progress")] / (paid * np.arange(1, 37) / 12),
            granted[:, price],
            1e-12,
            "the model's text",
        ),
    )


def leaders(effort: Effort) -> tuple[Claim, ...]:
    """Claim who changes leaders, and what is lost."""
    number, turnover, kept = effort.runs(12_000, 5_000), 0.4, 0.65
    scenario = scenario_of(1, 1, **{**CALM, "coalition.turnover": turnover, "coalition.turnover_loss": 1 - kept})
    state = coalition_of(scenario, np.ones((number, 1)), ring(number), trust=0.8)
    state.ties["second_trust"] = 0.5
    state.organisations["awareness"] = 0.6
    stages.pass_months(state, dials_of(scenario), stages.DISTURB, seed=effort.seed)
    awareness, ties = state.organisations["awareness"], state.ties
    changed = awareness < 0.5
    ends = changed[ties["first"]].astype(np.int64) + changed[ties["second"]]
    chance = 1 - (1 - turnover) ** (1 / 12)
    return (
        near(
            "A leader leaves in a month with probability 1 - (1 - turnover)^(1/12)",
            Estimate(chance, 0.0),
            share_of(changed, chance),
            number,
            "mathematics: binomial share",
            kind="exact",
        ),
        everywhere(
            "With it goes the share turnover_loss of awareness, and of trust in both directions of each tie, once for each end",
            np.concatenate([np.where(changed, 0.6 * kept, 0.6), 0.8 * kept**ends, 0.5 * kept**ends]),
            np.concatenate([awareness, ties["first_trust"], ties["second_trust"]]),
            1e-12,
            "the model's text",
        ),
    )


def founders(effort: Effort) -> tuple[Claim, ...]:
    """Claim who is a member when the coalition starts, in whole runs."""
    runs, others, chance = effort.runs(4_000, 1_000), 30, 0.3
    scenario = plain().replace(
        **{
            **CALM,
            "scenario.months": 3,
            "coalition.organisations": others + 1,
            "coalition.start": 2,
            "events": [{"month": 1, "organisation": "Organisation 1", "set": {"member": False}}],
        }
    )
    column = [measure.name for measure in compile_scenario(scenario).measures].index("members")
    seeds = range(effort.seed, effort.seed + runs)
    few, single = (
        simulate(scenario.replace(**{"coalition.founding": share}), seeds, threads=effort.threads)[:, :, column]
        for share in (chance, 0.0)
    )
    variance = others * chance * (1 - chance)
    return (
        near(
            "Each organisation is a founder with probability founding = 0.3; they alone, less one that an event keeps out, are members at the start",
            Estimate(others * chance, 0.0),
            Estimate(float(few[:, 2].mean()), float(np.sqrt(variance / runs))),
            runs,
            "mathematics: binomial mean",
            kind="exact",
        ),
        near(
            "and independently of the others: the variance of their number is binomial",
            Estimate(variance, 0.0),
            variance_of(few[:, 2] - others * chance, variance),
            runs,
            "mathematics: binomial variance",
            kind="exact",
        ),
        close(
            "With founding = 0 one founder begins alone, in the month of the start, and stays alone where nobody joins",
            [0.0, 1.0, 0.0],
            [float(single[:, 1].max()), float(single[:, 2].max()), float(np.ptp(single[:, 2:], axis=1).max())],
            0.0,
            "the model's text",
        ),
    )


def members(effort: Effort) -> tuple[Claim, ...]:
    """Claim who leaves and who joins."""
    number = effort.runs(3_000, 1_000)
    scenario = scenario_of(1, 1, **{**CALM, "coalition.exit_rate": 0.9, "coalition.join_rate": 0.4})
    commitment = np.repeat([0.0, 0.2, 0.4, 1.0, 0.44], number)
    state = coalition_of(scenario, np.ones((5 * number, 1)), [], commitment=commitment)
    organisations = state.organisations
    organisations["member"][4 * number :] = 0
    organisations["commitment"][4 * number :] = 0.0
    state.coalition["engagement"] = 0.75
    stages.pass_months(state, dials_of(scenario), stages.DISTURB, seed=effort.seed)
    member = organisations["member"].reshape(5, number) == 1
    chances = [0.9 * (1 - k) ** 4 for k in (0.0, 0.2, 0.4, 1.0)] + [0.4 * (0.2 + 0.8 * 0.75)]
    changed = [*(~member[:4]), member[4]]
    idle = coalition_of(scenario, np.ones((100, 1)), [], commitment=0.0)
    idle.coalition["in_force"] = 0
    idle.organisations["member"] = 0
    stages.pass_months(idle, dials_of(scenario), stages.DISTURB, months=50, seed=effort.seed)
    return (
        near(
            "Members with commitment 0, 0.2, 0.4, 1 leave with probability exit_rate (1 - k)^4, others join with join_rate (0.2 + 0.8 h), h = 0.75",
            [Estimate(chance, 0.0) for chance in chances],
            [share_of(one, chance) for one, chance in zip(changed, chances, strict=True)],
            number,
            "mathematics: binomial shares",
            kind="exact",
        ),
        everywhere(
            "Who leaves has no commitment, who joins that of a new member, and the others keep theirs",
            np.where(organisations["member"] == 1, commitment, 0.0),
            organisations["commitment"],
            0.0,
            "the model's text",
        ),
        close(
            "Nobody joins while the coalition is not in force",
            0.0,
            float(idle.organisations["member"].sum()),
            0.0,
            "the model's text",
        ),
    )


def exposed(effort: Effort) -> tuple[Claim, ...]:
    """Claim that joining follows the strength of ties to members, all at once."""
    number, follows, hazard = effort.runs(6_000, 2_000), 0.75, 0.2 + 0.8 * 0.5
    settings = {**CALM, "coalition.join_rate": 1.0, "coalition.exposure": follows}
    # In groups of five the first alone is a member, tied to the second and the third, who are tied to each other; the fourth is tied to
    # the third, and the fifth to nobody.
    first = 5 * np.arange(number)
    ends = np.concatenate([np.column_stack([first + a, first + b]) for a, b in ((0, 1), (0, 2), (1, 2), (2, 3))])
    state = coalition_of(scenario_of(1, 1, **settings), np.ones((5 * number, 1)), ends)
    state.ties["strength"] = np.repeat([0.4, 0.1, 0.3, 0.2], number)
    organisations = state.organisations
    organisations["member"] = np.arange(5 * number) % 5 == 0
    state.coalition["engagement"] = 0.5
    stages.pass_months(state, dials_of(scenario_of(1, 1, **settings)), stages.DISTURB, seed=effort.seed)
    chances = [hazard * (1 - follows + follows * share) for share in (0.4 / 0.7, 0.1 / 0.6, 0.0, 0.0)]
    joined = organisations["member"].reshape(number, 5) == 1
    return (
        near(
            "With exposure s = 0.75 the chance of joining is multiplied by 1 - s + s x, x the share of the strength of its ties that goes to "
            "members: 0.571, 0.167, 0 to others alone, and 0 without ties; who joins this month counts from the next",
            [Estimate(chance, 0.0) for chance in chances],
            [share_of(joined[:, k + 1], chance) for k, chance in enumerate(chances)],
            number,
            "mathematics: binomial shares",
            kind="exact",
        ),
    )


def ended(effort: Effort) -> tuple[Claim, ...]:
    """Claim when a coalition with too few members ends, in whole runs."""
    settings: dict[str, object] = {
        **CALM,
        "scenario.months": 24,
        "coalition.organisations": 4,
        "coalition.degree": 2.0,
        "coalition.least": 3,
    }

    def out(month: int, *numbers: int, member: bool = False) -> list[dict[str, object]]:
        return [{"month": month, "organisation": f"Organisation {n}", "set": {"member": member}} for n in numbers]

    courses: dict[str, tuple[list[dict[str, object]], int]] = {
        "three of four stay": (out(5, 4), 24),
        "two of four stay": (out(5, 3, 4), 10),
        "two stay, and a third comes back after five months": (out(5, 3, 4) + out(10, 4, member=True), 24),
        "the same, but it goes again in the month after": (
            out(5, 3, 4) + out(10, 4, member=True) + out(11, 4), 16,
        ),
        "two stay, and it rests from month 9 to 11": (
            [
                *out(5, 3, 4),
                {"month": 9, "set": {"coalition.end": 8}},
                {"month": 12, "set": {"coalition.end": 24}},
            ],
            8 + 6,
        ),
        "two stay; all are back, and asked to start again, when it is too late": (
            [*out(5, 3, 4), *out(11, 3, 4, member=True), {"month": 12, "set": {"coalition.start": 12}}], 10,
        ),
    }  # fmt: skip
    lasted = []
    for events, _ in courses.values():
        scenario = plain().replace(**settings, events=events)
        column = [measure.name for measure in compile_scenario(scenario).measures].index("alive")
        lasted.append(float(np.nansum(simulate(scenario, [effort.seed], threads=1)[0, :, column])))
    return (
        close(
            f"With fewer members than least = 3 for six months in a row a coalition has ended, for good. Months in force: {', '.join(courses)}",
            [float(last) for _, last in courses.values()],
            lasted,
            0.0,
            "the model's text",
        ),
    )


def calendar(effort: Effort) -> tuple[Claim, ...]:
    """Claim when coalition and backbone are there, in whole runs of twelve months."""
    scenario = plain().replace(
        **{
            "scenario.months": 12,
            "coalition.organisations": 12,
            "coalition.exit_rate": 0.0,
            "coalition.start": 3,
            "coalition.end": 10,
            "backbone.start": 5,
            "backbone.end": 8,
            "backbone.staff": 0.5,
            "backbone.member_share": 0.0,
            "events": [{"month": 7, "set": {"backbone.staff": 0.25}}],
        }
    )
    names = [measure.name for measure in compile_scenario(scenario).measures]
    (run,) = simulate(scenario, [effort.seed], threads=1)
    wanted = {
        "members": (
            "The coalition is in force from coalition.start = 3 to coalition.end = 10, both included",
            12.0,
            3,
            10,
        ),
        "staff_at_work": ("Staff is at work from backbone.start = 5 to backbone.end = 8", 0.5, 5, 8),
    }
    claims = []
    for name, (text, value, first, last) in wanted.items():
        expected = np.array([value * (first <= month <= last) for month in range(1, 13)])
        if name == "staff_at_work":
            expected[6:] /= 2
            text += ", and half as much from the month of an event, 7, on"
        claims.append(everywhere(text, expected, run[1:, names.index(name)], 1e-12, "the model's text"))
    return tuple(claims)


CASES = (
    Case(
        "resources",
        "Budgets, leaders and members as chance processes",
        "The stage of disturbance alone: an autoregression of log budgets with a common part, and binomial changes of leaders and members; the "
        "calendar in whole runs.",
        disturbance,
    ),
)
