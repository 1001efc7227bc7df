"""Docking of residents: groups that effort reaches unequally, against the formulas by hand, on an uneven community."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import dials as at
from cisim.validation.claims import Case, Claim, Effort, Finding, judged
from cisim.validation.docking import single_stages as stages
from cisim.validation.docking.agenda import random_draft
from cisim.validation.docking.community import PRODUCED, SOLUTION, TRENDS, hill_by_hand
from cisim.validation.docking.months import everywhere, philox
from cisim.validation.docking.uneven import BY_HAND, Uneven, hub_by_hand, uneven

GROUPS = [
    {"name": "first", "share": 5.0, "shift": 0.04, "barrier": 0.3},
    {"name": "second", "share": 3.0, "shift": -0.05, "barrier": 1.1},
    {"name": "third", "share": 2.0, "shift": 0.01, "barrier": 0.0},
]
SHARES = np.array([0.5, 0.3, 0.2])
BARRIERS = np.array([0.3, 1.1, 0.0])
#: Their shifts about the mean over people, 0.007.
SHIFTS = np.array([0.033, -0.057, 0.003])
ENGAGEMENT = np.array([0.2, 0.6, 0.3])
SETTINGS: dict[str, object] = {
    "community.groups": GROUPS,
    "community.engagement_gain": 0.07,
    "community.engagement_decay": 0.03,
    "agenda.process": 0.9,
    "agenda.residents": 0.4,
    "measurement.disaggregated": 0.45,
}
SEAT, SHARED = 0.9 * 0.4, 0.6


def community_of(seed: int, **settings: object) -> Uneven:
    """Make an uneven community of three groups, at their baselines and engaged."""
    case = uneven(seed, **{**SETTINGS, **settings})
    case.state.outcomes["produced"] = PRODUCED
    case.state.outcomes["indicator"] = case.state.outcomes["baseline"]
    case.state.groups["engagement"] = ENGAGEMENT
    return case


def lived(case: Uneven) -> NDArray[np.float64]:
    """Read the indicators of each group, (H, D)."""
    return np.asarray(case.state.outcomes["indicator"] + case.state.ahead)


def reach_by_hand(engagement: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute how far effort reaches each group, by the model's text."""
    targeting = 1 - (1 - 0.45 * SHARED) * (1 - SEAT * (SHARES @ engagement))
    reached = np.exp(-BARRIERS * (1 - engagement) * (1 - targeting))
    return np.asarray(reached / (SHARES @ reached))


def residents(effort: Effort) -> Finding:
    """Measure who is reached, the way of each group to its steady state, engagement, the voice of residents, and gaps."""
    months = 120
    case = community_of(effort.seed, **{"community.engagement_gain": 0.0, "community.engagement_decay": 0.0})
    start = lived(case)
    courses, means = np.empty((months + 1, 3, 3)), np.empty((months, 3))
    courses[0] = start
    for month in range(1, months + 1):
        stages.pass_months(case.state, case.dials, stages.PROGRESS, first=month)
        courses[month], means[month - 1] = lived(case), case.state.outcomes["indicator"]
    reach = reach_by_hand(ENGAGEMENT)
    won = 0.05 * hill_by_hand(case) * reach[:, None]
    baselines = case.state.outcomes["baseline"] + SHIFTS[:, None]
    steady = (won + 0.004 * baselines + TRENDS) / (won + 0.004)
    ages = np.arange(months + 1)[:, None, None]
    return Finding(
        (
            everywhere(
                "Groups begin at the baseline and their shift beside the others, the mean over people being the baseline",
                baselines,
                start,
                1e-12,
                BY_HAND,
            ),
            everywhere(
                "Effort reaches a group by e^-x beside the mean over people, x = barrier (1 - engagement) (1 - targeting)",
                reach,
                case.state.groups["reach"],
                1e-12,
                BY_HAND,
            ),
            everywhere(
                "What one group gets more, others get less: the mean reach over people is 1, with targeting and without",
                1.0,
                [SHARES @ case.state.groups["reach"], SHARES @ untargeted(effort)],
                1e-12,
                "mathematics",
            ),
            everywhere(
                "Under constant effort each group approaches its steady state as (1 - gain H reach - decay)^t",
                steady + (start - steady) * (1 - won - 0.004) ** ages,
                courses,
                1e-12,
                SOLUTION,
            ),
            everywhere(
                "An outcome is the mean over people", np.einsum("h,mhd->md", SHARES, courses[1:]), means, 1e-12, BY_HAND
            ),
            engagement(effort),
            voice(effort),
            gaps(effort),
        )
    )


def untargeted(effort: Effort) -> NDArray[np.float64]:
    """Measure the reach of each group without data by group, seat or engagement."""
    case = community_of(effort.seed, **{"measurement.disaggregated": 0.0, "agenda.residents": 0.0})
    case.state.groups["engagement"] = 0.0
    stages.pass_months(case.state, case.dials, stages.PROGRESS)
    return np.asarray(case.state.groups["reach"])


def engagement(effort: Effort) -> Claim:
    """Claim engagement after two months."""
    case = community_of(effort.seed)
    weights = case.state.outcomes["weight"]
    slow, wanted = lived(case) @ weights, ENGAGEMENT
    for month in (1, 2):
        stages.pass_months(case.state, case.dials, stages.PROGRESS, first=month)
        level = lived(case) @ weights
        slow = slow + (level - slow) / 12
        seen = np.maximum(0.0, np.tanh((level - slow) / 0.08))
        pull = 1 - (1 - hub_by_hand("engage", case.member.sum())) * (1 - SEAT) * (1 - SHARED * seen)
        wanted = wanted + 0.07 * pull * (1 - wanted) - 0.03 * wanted
    return everywhere(
        "Residents engage by outreach, their seat and progress that data show, and lose interest",
        wanted,
        case.state.groups["engagement"],
        1e-12,
        BY_HAND,
    )


def voice(effort: Effort) -> Claim:
    """Claim the agenda of a first month in which residents are engaged already."""
    draft = random_draft(philox(effort.seed, 6))
    course = draft.course(
        agenda__process=0.9, agenda__residents=0.4, agenda__focus=1.0, agenda__evidence=0.5, measurement__sharing=0.6,
        community__groups=[{**group, "shift": 0.0} for group in GROUPS],
    )  # fmt: skip
    course.state.outcomes["indicator"] = np.linspace(0.3, 0.6, 5)
    apart = philox(effort.seed, 7).uniform(-0.2, 0.2, (3, 5))
    course.state.ahead[:] = apart - SHARES @ apart
    course.state.groups["engagement"] = ENGAGEMENT
    wishes = draft.weights * (1 - course.state.outcomes["indicator"] - course.state.ahead)
    wishes /= wishes.sum(1, keepdims=True)
    course.live()
    said = SEAT * SHARES * ENGAGEMENT
    return everywhere(
        "The agenda is that of members, but for the seat of residents: engaged groups ask there for what they lack, by weight",
        (1 - said.sum()) * draft.agenda(0.0, 0.5 * 0.6, 1.0) + said @ wishes,
        course.state.outcomes["agenda"],
        1e-12,
        BY_HAND,
        show=5,
    )


def gaps(effort: Effort) -> Claim:
    """Claim the gap between groups that start alike, under constant effort without decay."""
    case = community_of(effort.seed, **{"community.groups": [{**group, "shift": 0.0} for group in GROUPS]})
    case.dials[at.COMMUNITY_DECAY] = case.dials[at.COMMUNITY_ENGAGEMENT_GAIN] = 0.0
    case.dials[at.TRENDS :] = 0.0
    gap = []
    for _ in range(3):
        gap.append(float(np.ptp(lived(case) @ case.state.outcomes["weight"])))
        stages.pass_months(case.state, case.dials, stages.PROGRESS, months=40 if len(gap) == 1 else 4000)
    return judged(
        "Where nothing decays, the gap between groups that start alike widens while some are out of reach, and narrows as the others near the "
        "end of what there is to gain",
        gap[0] < 1e-12 and gap[1] > 0.02 and gap[2] < gap[1] / 10,
        "none at first, then more than 0.02, in the end less than a tenth of that",
        ", then ".join(f"{value:.3g}" for value in gap),
        "computed, without chance",
        "the direction of Victora et al. 2000, recalled",
        kind="published",
    )


CASES = (
    Case(
        "residents",
        "Residents whom effort reaches unequally",
        "The stage of progress on an uneven community of three groups, and the draft of an agenda in which residents have a seat.",
        residents,
    ),
)
