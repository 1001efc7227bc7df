"""Docking of ties and trust: how they grow, fade and are lost, in closed form.

Whole months of the model. Starts are random numbers of the case's own (Philox, from the effort's seed), not the model's luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.dynamics.state import State
from cisim.validation.claims import Case, Claim, Effort, Finding, Picture, close
from cisim.validation.docking.months import ALWAYS, QUIET, Course, everywhere, philox
from cisim.validation.docking.opinions import NOTHING
from cisim.validation.stand import coalition_of, complete, scenario_of, star

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT = "the model's text, stage 1, points 4 and 5, in closed form"
ROUNDING = 1e-12
#: So much staff that the hub reaches every member and brings together every pair in every month, to the last bit.
ENOUGH = 10_000.0
NUMBER = 8


def tied(
    ties: NDArray[np.int64],
    strength: ArrayLike,
    trust: ArrayLike,
    commitment: ArrayLike = 1.0,
    settings: Mapping[str, object] = NOTHING,
) -> Course:
    """Make a coalition with known ties and trust, at its founding too, in which everybody meets all it has ties to.

    Args:
        ties: (E, 2).
        strength: w, for all or (E,).
        trust: T in both directions, for all or (E, 2): of the first end in the second, and of the second in the first.
        commitment: k, for all or (N,).
        settings: field -> value, besides these.
    """
    # Informal contacts too: half a tie's strength is still contact for sure.
    often: dict[str, Any] = {"communication.frequency": ALWAYS, "communication.informal": ALWAYS}
    scenario = scenario_of(2, **{**QUIET, **often, **settings})
    number = int(ties.max()) + 1
    state = coalition_of(scenario, np.full((number, 2), 0.5), ties, commitment=commitment)
    both = np.broadcast_to(np.asarray(trust, np.float64), ties.shape)
    state.ties["strength"] = state.ties["founding_strength"] = strength
    state.ties["first_trust"] = state.ties["first_founding_trust"] = both[:, 0]
    state.ties["second_trust"] = state.ties["second_founding_trust"] = both[:, 1]
    return Course(state, scenario)


def trust_of(state: State) -> NDArray[np.float64]:
    """Copy trust in both directions, (E, 2)."""
    trust: NDArray[np.float64] = np.column_stack([state.ties["first_trust"], state.ties["second_trust"]])
    return trust


def _growth(generator: np.random.Generator) -> tuple[list[Claim], Picture]:
    """Claim that a tie that is used grows by a share of what is missing, in proportion to mean trust."""
    ties, gain = complete(NUMBER), 0.12
    start = generator.uniform(0.05, 0.9, len(ties))
    trust = generator.uniform(0.0, 1.0, (len(ties), 2))
    grows = {"communication.tie_gain": gain}
    full = tied(ties, start, 1.0, settings=grows)
    part = tied(ties, start, trust, settings=grows)
    months, shown = 24, int(np.argmin(start))
    course = [float(start[shown])]
    for _ in range(months):
        full.live()
        course.append(float(full.state.ties["strength"][shown]))
    part.live(months)
    claims = [
        everywhere(
            f"Between members who always meet and trust each other fully, 1 - w falls by the factor 1 - tie_gain a month ({months} months)",
            1.0 - (1.0 - start) * (1.0 - gain) ** months,
            full.state.ties["strength"],
            ROUNDING,
            TEXT,
        ),
        everywhere(
            "With less trust, by the factor 1 - tie_gain (T_ij + T_ji) / 2",
            1.0 - (1.0 - start) * (1.0 - gain * trust.mean(axis=1)) ** months,
            part.state.ties["strength"],
            ROUNDING,
            TEXT,
        ),
    ]

    def draw(axes: Axes) -> None:
        from cisim.plot.canvas import COLOURS, INK

        time = np.arange(months + 1)
        axes.plot(time, 1.0 - (1.0 - start[shown]) * (1.0 - gain) ** time, color=INK, label="expected")
        axes.plot(time, course, ".", color=COLOURS[1], label="cisim")
        axes.set_xlabel("months")
        axes.set_ylabel("strength of the tie")
        axes.set_ylim(0.0, 1.0)
        axes.legend(frameon=False, loc="lower right")

    return claims, Picture(
        "A tie that is used and trusted grows",
        f"The strength of one tie over {months} months: it rises from {start[shown]:.2f} towards 1, fast at first, on the expected curve.",
        draw,
    )


def _fading(generator: np.random.Generator) -> list[Claim]:
    """Claim that without contact all returns to what it was at the founding, and so for those outside the coalition who do meet."""
    ties, fade, decay, months = complete(NUMBER), 0.07, 0.11, 15
    then, now = generator.random((3, len(ties))), generator.random((3, len(ties)))
    fades = {"communication.tie_fade": fade, "communication.trust_decay": decay}
    never = {"communication.frequency": 0.0, "communication.informal": 0.0}
    learns = {"communication.tie_gain": 0.3, "communication.trust_gain": 0.3}
    alone = tied(ties, then[0], then[1:].T, settings={**fades, **never})
    outside = tied(ties, then[0], then[1:].T, settings={**fades, **learns})
    outside.state.organisations["member"][::2] = 0
    fields = ("strength", "first_trust", "second_trust")
    for field, values in zip(fields, now, strict=True):
        alone.state.ties[field] = outside.state.ties[field] = values
    member = outside.state.organisations["member"]
    mixed = (member[ties[:, 0]] == 0) | (member[ties[:, 1]] == 0)
    alone.live(months)
    outside.live(months)
    rates = np.array([fade, decay, decay])[:, np.newaxis]
    expected = then + (now - then) * (1.0 - rates) ** months
    return [
        everywhere(
            "Without contact w - w0 falls by the factor 1 - tie_fade a month",
            expected[0],
            alone.state.ties["strength"],
            ROUNDING,
            TEXT,
        ),
        everywhere(
            "and T - T0 by the factor 1 - trust_decay, in each direction",
            expected[1:].T,
            trust_of(alone.state),
            ROUNDING,
            TEXT,
        ),
        everywhere(
            "The same between organisations of which one is no member, even if they meet",
            expected[:, mixed],
            np.array([outside.state.ties[field][mixed] for field in fields]),
            ROUNDING,
            TEXT,
        ),
    ]


def _trust(generator: np.random.Generator) -> list[Claim]:
    """Claim that trust goes to the partner's commitment, faster down than up, in so far as it can be seen."""
    ties, gain, ratio, months = complete(NUMBER), 0.1, 2.5, 12
    visibility, sharing = 0.2, 0.5
    seen = visibility + (1.0 - visibility) * sharing
    commitment = generator.random(NUMBER)
    start = generator.random((len(ties), 2))
    settings = {
        "communication.trust_gain": gain,
        "communication.trust_loss_ratio": ratio,
        "communication.tie_gain": 0.2,
        "measurement.visibility": visibility,
        "measurement.sharing": sharing,
    }
    course = tied(ties, 0.5, start, commitment, settings)
    goal = commitment[ties[:, ::-1]]
    rate = np.where(goal >= start, gain, gain * ratio) * seen
    path = [goal + (start - goal) * (1.0 - rate) ** month for month in range(months + 1)]
    course.live(months)
    left = np.prod([1.0 - 0.2 * trust.mean(axis=1) for trust in path[1:]], axis=0)
    return [
        everywhere(
            "Between members who meet, T_ij - k_j falls a month by the factor 1 - trust_gain v where trust grows, and by 1 - trust_gain ratio v "
            "where it is lost: the trust of i goes to the commitment of j",
            path[-1],
            trust_of(course.state),
            ROUNDING,
            f"{TEXT}; v = visibility + (1 - visibility) sharing",
        ),
        everywhere(
            "Trust is learned first, and ties grow by the new trust in the same month",
            1.0 - 0.5 * left,
            course.state.ties["strength"],
            ROUNDING,
            TEXT,
        ),
    ]


def _counts() -> list[Claim]:
    """Claim that a hub that brings together all who could work together makes ties of them."""
    got, wanted = [], []
    woven = {
        "communication.frequency": 0.0,
        "communication.informal": 0.0,
        "communication.tie_gain": 0.15,
        "backbone.staff": ENOUGH,
    }
    for number in (5, 12, 20):
        for ties, pairs in ((complete(number), number * (number - 1) // 2), (star(number), number - 1)):
            course = tied(ties, 0.0, 1.0, settings=woven)
            course.live()
            got.append(course.measured("working_ties") * number / 2.0)
            wanted.append(0.0)
            course.live()
            got.append(course.measured("working_ties") * number / 2.0)
            wanted.append(float(pairs))
    return [
        close(
            "A hub that reaches all makes working ties (w of .2 or more) of all latent ones in two months, not in one: "
            "n (n - 1) / 2 in a mesh, n - 1 in a star, for n of 5, 12, 20",
            wanted,
            got,
            1e-9,
            f"counting; w after t months is 1 - (1 - tie_gain)^t ({TEXT})",
        )
    ]


def ties(effort: Effort) -> Finding:
    """Measure strength and trust."""
    generator = philox(effort.seed, 9)
    growth, picture = _growth(generator)
    return Finding((*growth, *_fading(generator), *_trust(generator), *_counts()), (picture,))


CASES: tuple[Case, ...] = (
    Case(
        "ties",
        "Growth and decay of ties and trust",
        "Communication alone, with contact in every month or in none, commitments that stay what they are: whole months of the model, against closed "
        "forms.",
        ties,
    ),
)
