"""Docking of practices: Lazer & Friedman's model, whose agents copy the best they see, or else try something."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cisim.validation.claims import (
    Case,
    Claim,
    Effort,
    Estimate,
    Finding,
    Picture,
    close,
    judged,
    near,
    ordered,
    quoted,
)
from cisim.validation.docking.copying import COPYING
from cisim.validation.docking.explorers import (
    COMPLETE,
    LATTICE,
    LINE,
    MONTHS,
    NETWORKS,
    SMALL_WORLD,
    Outcome,
    networks,
    scores,
    share_of,
    sign_test,
    slower,
)
from cisim.validation.docking.landscapes import NK
from cisim.validation.trials import mean_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SOURCE = "Lazer & Friedman 2007, Administrative Science Quarterly 52:667-694"
OWN = f"{SOURCE}: a replication in independent code, 300 spaces"
#: K of the original.
RUGGEDNESS = 5
#: Spaces of the replication.
REPLICATED = 300
#: Of 1,000 spaces, how many the row wins in the long run, and how many the column.
WINS = {
    (LINE, COMPLETE): (845, 26),
    (LINE, LATTICE): (468, 216),
    (LATTICE, COMPLETE): (762, 50),
    (LINE, SMALL_WORLD): (605, 132),
    (SMALL_WORLD, COMPLETE): (632, 88),
}
#: Mean scores of the replication at `TIMES`.
TIMES = (0, 1, 5, 10, 18, 50, 199)
SCORES = {
    COMPLETE: (0.040, 0.258, 0.463, 0.538, 0.542, 0.542, 0.542),
    LINE: (0.040, 0.079, 0.204, 0.357, 0.541, 0.763, 0.823),
    LATTICE: (0.040, 0.097, 0.253, 0.437, 0.629, 0.777, 0.777),
}
#: Velocity: how likely an agent looks at others in a round; with the replication's scores in the long run on the complete network.
VELOCITIES = {1.0: 0.542, 0.5: 0.589, 0.2: 0.671, 0.1: 0.747}
#: Half a unit of the last digit of the published numbers.
ROUNDED = 5e-4


def lazer_friedman(effort: Effort) -> Finding:
    """Measure who wins in the long run, who leads first, and what slower communication does."""
    spaces = effort.runs(1000, 60)
    slow = tuple(slower(velocity) for velocity in VELOCITIES if velocity < 1.0)
    outcome = Outcome(scores(effort, RUGGEDNESS, spaces, (*networks(*NETWORKS), *slow)))
    claims = [
        *_wins(outcome, effort.quick),
        *_orders(outcome, effort.quick),
        *_levels(outcome),
        *_velocity(outcome, effort.quick),
        *_smooth(effort),
    ]
    return Finding(tuple(claims), (_course_picture(outcome), _velocity_picture(outcome)))


def _wins(outcome: Outcome, quick: bool) -> list[Claim]:
    claims = [
        near(
            f"In the long run the {one} wins over the {other} network, and the other way, in these shares of spaces",
            [share_of(count / 1000, 1000) for count in counts],
            outcome.wins(one, other),
            outcome.spaces,
            f"{SOURCE}: {counts[0]} and {counts[1]} of 1,000 spaces",
            kind="published",
        )
        for (one, other), counts in WINS.items()
    ]
    won, lost = outcome.wins(LINE, COMPLETE)
    held = won.value + 5 * won.error >= 0.8 and lost.value - 5 * lost.error <= 0.05
    claims.append(
        judged(
            "The line wins over the complete network in four spaces of five or more, the complete in one of twenty or fewer",
            held,
            "0.8 or more, 0.05 or less",
            f"{won.value:.3g}, {lost.value:.3g}",
            f"standard error {won.error:.2g} {lost.error:.2g} ({outcome.spaces} spaces); missed by less than five of them",
            SOURCE,
            kind="published",
        )
    )
    if not quick:
        signs = {f"{one} over {other}": sign_test(*outcome.wins(one, other), outcome.spaces) for one, other in WINS}
        claims.append(
            judged(
                "Each of them is no matter of chance: a sign test over spaces",
                min(signs.values()) > 5.0,
                "all above 5",
                ", ".join(f"{name} {z:.1f}" for name, z in signs.items()),
                f"in standard deviations of a fair coin ({outcome.spaces} spaces)",
                SOURCE,
                kind="published",
            )
        )
    return claims


def _orders(outcome: Outcome, quick: bool) -> list[Claim]:
    first, last = (COMPLETE, SMALL_WORLD, LATTICE, LINE), (LINE, LATTICE, SMALL_WORLD, COMPLETE)
    # Few spaces show the coarser orders only.
    short, long = ((COMPLETE, LATTICE, LINE), (LINE, COMPLETE)) if quick else (first, last)
    overtaken = outcome.overtaking(LINE, COMPLETE)
    claims = [
        ordered(
            "At month 5 the faster a network spreads what is known, the better it does",
            outcome.leads(short, 5),
            outcome.spaces,
            SOURCE,
        ),
        ordered("In the long run the order is the reverse", outcome.leads(long, MONTHS), outcome.spaces, SOURCE),
        near(
            "The line's mean score overtakes that of the complete network after this many months",
            # Theirs are 1,000 spaces too.
            Estimate(18.5, overtaken.error * math.sqrt(outcome.spaces / 1000)),
            overtaken,
            outcome.spaces,
            f"{SOURCE}: after round 18; in the replication of 300 spaces from round 19 on",
            kind="published",
            slack=0.5,
        ),
    ]
    if not quick:
        between = {f"{SMALL_WORLD} - {other}": outcome.lead(SMALL_WORLD, other, 18) for other in (LINE, COMPLETE)}
        claims.append(
            ordered(
                "In between, at month 18, a network that is neither slow nor fast does best",
                between,
                outcome.spaces,
                f"{SOURCE}: an inverted U for intermediate times",
            )
        )
    return claims


def _levels(outcome: Outcome) -> list[Claim]:
    return [
        near(
            f"Mean scores on the {network} network at months {', '.join(map(str, TIMES))}",
            [
                replicated(value, outcome.mean(network, month), outcome.spaces)
                for month, value in zip(TIMES, values, strict=True)
            ],
            [outcome.mean(network, month) for month in TIMES],
            outcome.spaces,
            OWN,
            slack=ROUNDED,
        )
        for network, values in SCORES.items()
    ]


def replicated(value: float, measured: Estimate, spaces: int) -> Estimate:
    """Estimate a mean of the replication: its spaces scatter as ours do."""
    return Estimate(value, measured.error * math.sqrt(spaces / REPLICATED))


def _velocity(outcome: Outcome, quick: bool) -> list[Claim]:
    named = {v: COMPLETE if v == 1.0 else slower(v).name for v in VELOCITIES}
    measured = [outcome.mean(name) for name in named.values()]
    # Too few spaces tell the neighbours .5 and 1 apart at month 5, and few tell any apart in the long run.
    pairs = [(1.0, 0.1)] if quick else [(1.0, 0.2), (0.5, 0.2), (0.2, 0.1)]
    claims = [
        ordered(
            "On the complete network, who looks at others more often does better at month 5",
            {f"{named[one]} - {named[other]}": outcome.lead(named[one], named[other], 5) for one, other in pairs},
            outcome.spaces,
            SOURCE,
        )
    ]
    if not quick:
        claims.append(
            ordered(
                "Who looks at others less often has found better in the long run",
                outcome.leads(tuple(named.values())[::-1], MONTHS),
                outcome.spaces,
                SOURCE,
            )
        )
    return [
        *claims,
        near(
            "Mean scores in the long run at velocity 1, .5, .2, .1",
            [replicated(value, one, outcome.spaces) for value, one in zip(VELOCITIES.values(), measured, strict=True)],
            measured,
            outcome.spaces,
            OWN,
            slack=ROUNDED,
        ),
        quoted(
            "The published figure of velocity, where the order counts and not the third digit",
            "about .575 .635 .71 .79",
            ", ".join(f"{one.value:.3f}" for one in measured),
            f"{SOURCE}: read from a figure",
        ),
    ]


def _smooth(effort: Effort) -> list[Claim]:
    """Claim that on a landscape with one summit nothing is lost by haste."""
    smooth = Outcome(scores(effort, 0, effort.runs(1000, 8), networks(LINE, COMPLETE, LATTICE)))
    ends = [float(smooth.scores[name][:, MONTHS].min()) for name in (LINE, COMPLETE, LATTICE)]
    full = {name: (smooth.scores[name] > 1.0 - 1e-9).argmax(axis=1) for name in (LINE, COMPLETE)}
    seen = [float((smooth.scores[name].mean(axis=0) >= 0.999).argmax()) for name in (COMPLETE, LINE)]
    claims = [
        close(
            "Without ruggedness (K = 0) all reach the summit on every network (line, complete, lattice): the lowest scores",
            [1.0, 1.0, 1.0],
            ends,
            1e-12,
            SOURCE,
            kind="published",
        ),
        ordered(
            "Without ruggedness those on the complete network are all there first, by so many months",
            {f"{LINE} - {COMPLETE}": mean_of((full[LINE] - full[COMPLETE]).astype(np.float64))},
            smooth.spaces,
            SOURCE,
        ),
        close(
            "Their mean scores are 1.00 after so many months: complete, line",
            [15.0, 30.0],
            seen,
            5.0,
            f"{SOURCE}: about, as read from a figure",
            kind="published",
            digits=3,
        ),
    ]
    return claims if effort.quick else [*claims, *_slight(effort)]


def _slight(effort: Effort) -> list[Claim]:
    """Claim that a little ruggedness is enough."""
    slight = Outcome(scores(effort, 1, REPLICATED, networks(LINE, COMPLETE)))
    measured = [slight.mean(name) for name in (LINE, COMPLETE)]
    return [
        ordered(
            "With K = 1 the line is already above the complete network in the long run",
            {f"{LINE} - {COMPLETE}": slight.lead(LINE, COMPLETE)},
            slight.spaces,
            SOURCE,
        ),
        near(
            "With K = 1 the mean scores in the long run: line, complete",
            [replicated(value, one, slight.spaces) for value, one in zip((0.996, 0.892), measured, strict=True)],
            measured,
            slight.spaces,
            OWN,
            slack=ROUNDED,
        ),
    ]


def _course_picture(outcome: Outcome) -> Picture:
    end = {name: f"{outcome.mean(name).value:.2f}" for name in NETWORKS}
    return Picture(
        "Haste wins first, patience last",
        f"Mean score of 100 organisations by month, on a logarithmic axis, over {outcome.spaces} landscapes with K = 5, with bands of "
        "two standard errors, on four networks. The complete network rises first and stands still from about month 15 on, at "
        f"{end[COMPLETE]}. The small world passes it after about ten months and ends at {end[SMALL_WORLD]}; the lattice is slower and ends "
        f"at {end[LATTICE]}; the line, the slowest, overtakes the complete network after month 18 and ends at {end[LINE]}.",
        _curves(outcome, {name: name for name in NETWORKS}),
    )


def _velocity_picture(outcome: Outcome) -> Picture:
    names = {COMPLETE: "1"} | {slower(v).name: f"{v:g}" for v in VELOCITIES if v < 1.0}
    ends = ", ".join(f"{outcome.mean(name).value:.2f} with {label}" for name, label in names.items())
    return Picture(
        "The same by looking at others less often",
        f"Mean score by month on the complete network, on a logarithmic axis, over {outcome.spaces} landscapes with K = 5, with bands of "
        "two standard errors, for four probabilities of looking at others in a month. The smaller the probability, the more slowly the "
        f"score rises and the longer it goes on rising. It ends at {ends}.",
        _curves(outcome, {name: f"looking with probability {label}" for name, label in names.items()}),
    )


def _curves(outcome: Outcome, labels: dict[str, str]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        from cisim.plot.canvas import COLOURS, LINES

        months = np.arange(1, MONTHS + 1)
        for (name, label), colour, line in zip(labels.items(), COLOURS, LINES, strict=False):
            course = outcome.scores[name][:, 1:]
            mean = course.mean(axis=0)
            band = 2.0 * course.std(axis=0, ddof=1) / math.sqrt(outcome.spaces)
            axes.fill_between(months, mean - band, mean + band, color=colour, alpha=0.25, linewidth=0)
            axes.plot(months, mean, color=colour, linestyle=line, label=label)
        axes.set_xscale("log")
        axes.set_xticks([1, 2, 5, 10, 20, 50, 100, 200], ["1", "2", "5", "10", "20", "50", "100", "200"])
        axes.minorticks_off()
        axes.set_xlabel("months")
        axes.set_ylabel("mean score, (F / max F)^8")
        axes.legend(frameon=False)

    return draw


LAZER_FRIEDMAN = Case(
    "lazer-friedman",
    "Copying the best on a rugged landscape (Lazer & Friedman 2007)",
    "The model's stage of practices with all tied organisations in contact, communication.learning 1, practice.experiment 1, "
    "practice.noise 0 and no hub is their model: 100 organisations, landscapes of 20 bits, 200 months. communication.learning is their "
    "velocity. Scores are (F / max F)^8 of the raw landscape; the stage itself reads no more than the order.",
    lazer_friedman,
)
#: The cases on practices.
CASES: tuple[Case, ...] = (LAZER_FRIEDMAN, NK, COPYING)
