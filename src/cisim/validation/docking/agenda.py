"""The common agenda: goals between two sources, the agenda and the own mission, and the draft of an agenda.

Both live whole months of the model in which nobody meets. Missions, beliefs and sizes are random numbers of the case's own (Philox, from the
effort's seed), not the model's luck.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.scenario import Scenario
from cisim.validation.claims import Case, Claim, Effort, Finding, Picture, close
from cisim.validation.docking.months import QUIET, Course, everywhere, philox
from cisim.validation.docking.opinions import FRIEDKIN_JOHNSEN, random_missions
from cisim.validation.stand import coalition_of, complete, scenario_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROUNDING = 1e-12
MODEL = "the model's text, stage 3, computed anew by NumPy"
#: No review of the agenda within a case.
SELDOM = 1200


def planning(outcomes: int, **settings: Any) -> Scenario:
    """Make a scenario in which only the agenda matters; `section__field` stands for section.field."""
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return scenario_of(outcomes, **{**QUIET, "agenda.cadence": SELDOM, **named})


# ---- Goals between the agenda and the mission.


def with_agenda(
    scenario: Scenario,
    missions: NDArray[np.float64],
    agenda: NDArray[np.float64],
    commitment: NDArray[np.float64],
    awareness: NDArray[np.float64],
) -> Course:
    """Make a coalition that agreed on an agenda a month ago."""
    state = coalition_of(scenario, missions, complete(len(missions)), commitment=commitment)
    state.organisations["awareness"] = awareness
    state.outcomes["agenda"] = agenda
    state.coalition["has_agenda"] = 1
    state.coalition["process_now"] = 1
    return Course(state, scenario)


def one_source(effort: Effort) -> Finding:
    """Measure where goals end, and how fast they go there."""
    generator = philox(effort.seed, 4)
    number, pull, stubborn = 8, 0.3, 0.07
    missions, agenda = random_missions(generator, number, 3), random_missions(generator, 1, 3)[0]
    ones = np.ones(number)
    course = with_agenda(
        planning(3, agenda__process=1.0, agenda__pull=pull, agenda__stubborn=stubborn),
        missions, agenda, ones, ones,
    )  # fmt: skip
    distances = [np.abs(course.goals() - (pull * agenda + stubborn * missions) / (pull + stubborn)).max()]
    for _ in range(30):
        course.live()
        distances.append(np.abs(course.goals() - (pull * agenda + stubborn * missions) / (pull + stubborn)).max())
    course.live(100)
    text = "Goals end between the agenda G and the own mission G0"
    claims = [
        everywhere(
            f"{text}, at (pull G + stubborn G0) / (pull + stubborn)",
            (pull * agenda + stubborn * missions) / (pull + stubborn),
            course.goals(),
            ROUNDING,
            f"{FRIEDKIN_JOHNSEN}, with one source of influence",
        ),
        close(
            "They go there by the factor 1 - pull - stubborn a month",
            1.0 - pull - stubborn,
            float((distances[-1] / distances[-11]) ** 0.1),
            1e-9,
            FRIEDKIN_JOHNSEN,
        ),
        *_with_commitment(generator, pull, stubborn),
    ]
    return Finding(tuple(claims), (_picture(pull, stubborn, distances),))


def _with_commitment(generator: np.random.Generator, pull: float, stubborn: float) -> list[Claim]:
    """Claim that the agenda pulls each member by its own strength, and others not at all."""
    number, process = 10, 0.6
    missions, agenda = random_missions(generator, number, 4), random_missions(generator, 1, 4)[0]
    commitment, awareness = generator.random(number), generator.random(number)
    course = with_agenda(
        planning(4, agenda__process=process, agenda__pull=pull, agenda__stubborn=stubborn),
        missions, agenda, commitment, awareness,
    )  # fmt: skip
    outside = np.arange(number) >= number - 3
    course.state.organisations["member"][outside] = 0
    start = random_missions(generator, number, 4)
    course.state.stances["goal"] = start
    strength = np.where(outside, 0.0, process * pull * commitment * awareness)[:, np.newaxis]
    course.live()
    first_month = course.goals()
    course.live(999)
    return [
        everywhere(
            "In one month a member's goals move by process pull k A of the way to the agenda and by stubborn of the way to its mission, "
            "both from where they were; those outside the coalition only by the latter",
            start + strength * (agenda - start) + stubborn * (missions - start),
            first_month,
            ROUNDING,
            MODEL,
        ),
        everywhere(
            "They end at (p G + stubborn G0) / (p + stubborn), p = process pull k A, with each one's own commitment k and awareness A",
            (strength * agenda + stubborn * missions) / (strength + stubborn),
            course.goals(),
            ROUNDING,
            f"{FRIEDKIN_JOHNSEN}, with one source of influence",
        ),
    ]


def _picture(pull: float, stubborn: float, distances: list[float]) -> Picture:
    """Draw how fast goals approach their end."""

    def draw(axes: Axes) -> None:
        from cisim.plot.canvas import COLOURS, INK, LINES

        months = np.arange(len(distances))
        axes.plot(
            months, distances[0] * (1 - pull - stubborn) ** months, color=INK, linestyle=LINES[1], label="expected"
        )
        axes.plot(months, distances, ".", color=COLOURS[1], label="cisim")
        axes.set_yscale("log")
        axes.set_xlabel("months")
        axes.set_ylabel("largest distance of a goal from its end")
        axes.legend(frameon=False)

    return Picture(
        "One source: goals settle between agenda and mission",
        "The largest distance of an organisation's goals from where they end, by month on a logarithmic axis: a straight line down, on the "
        f"expected one, which falls by the factor {1 - pull - stubborn:g} a month.",
        draw,
    )


# ---- The draft.


class Draft(NamedTuple):
    """The inputs of a draft of an agenda.

    Attributes:
        missions: (N, D).
        beliefs: (N, D).
        weights: (D,) of the outcomes.
        resources: (N,) FTE.
        commitment: (N,).
        members: (N,) bool.
    """

    missions: NDArray[np.float64]
    beliefs: NDArray[np.float64]
    weights: NDArray[np.float64]
    resources: NDArray[np.float64]
    commitment: NDArray[np.float64]
    members: NDArray[np.bool_]

    def voice(self, exponent: float) -> NDArray[np.float64]:
        """Share of each organisation in all voices, (N,)."""
        size = self.resources / self.resources[self.members].mean()
        voice: NDArray[np.float64] = self.members * self.commitment * size**exponent
        shares: NDArray[np.float64] = voice / voice.sum()
        return shares

    def agenda(self, exponent: float, evidence: float, focus: float) -> NDArray[np.float64]:
        """Compute the agenda by the model's text, (D,)."""
        voice = self.voice(exponent)
        need = self.weights * np.maximum(0.0, 1.0 - voice @ self.beliefs)
        need = need / need.sum() if need.sum() > 0.0 else self.weights
        draft = (1.0 - evidence) * (voice @ self.missions) + evidence * need
        sharp: NDArray[np.float64] = (draft / draft.max()) ** focus
        agenda: NDArray[np.float64] = sharp / sharp.sum()
        return agenda

    def course(self, **settings: Any) -> Course:
        """Make a coalition that drafts the agenda in its first month."""
        outcomes = [
            {"name": f"outcome {d}", "weight": float(weight), "baseline": 0.0} for d, weight in enumerate(self.weights)
        ]
        # Who has no doubt does not learn, so that beliefs stay what they are.
        scenario = planning(
            len(outcomes),
            community__outcomes=outcomes,
            measurement__noise=0.1,
            measurement__belief_drift=0.0,
            **settings,
        )
        state = coalition_of(
            scenario, self.missions, complete(len(self.missions)), resources=self.resources, commitment=self.commitment
        )
        state.organisations["member"] = self.members
        state.organisations["variance"] = 0.0
        state.stances["belief"] = self.beliefs
        return Course(state, scenario)


def random_draft(generator: np.random.Generator) -> Draft:
    """Draw nine organisations, three of them no members, and five outcomes, one of which is believed to be more than reached."""
    number, outcomes = 9, 5
    beliefs = generator.uniform(0.1, 0.9, (number, outcomes))
    beliefs[:, 1] = generator.uniform(1.05, 1.2, number)
    weights = generator.uniform(0.5, 2.0, outcomes)
    return Draft(
        missions=random_missions(generator, number, outcomes),
        beliefs=beliefs,
        weights=weights / weights.sum(),
        resources=generator.lognormal(0.0, 1.0, number),
        commitment=generator.uniform(0.1, 1.0, number),
        members=np.arange(number) % 3 != 2,
    )


def agenda_draft(effort: Effort) -> Finding:
    """Draft agendas and compare them with the text's formula."""
    draft = random_draft(philox(effort.seed, 5))
    sharing, process, pull, stubborn = 0.7, 0.4, 0.5, 0.2
    cases = {
        "missions alone, one member one vote (by commitment)": (0.0, 0.0, 1.0),
        "voice by size": (1.5, 0.0, 1.0),
        "more voice for the small": (-0.7, 0.0, 1.0),
        "measured need too": (0.0, 0.8, 1.0),
        "focus on a few priorities": (0.0, 0.0, 4.0),
        "all at once": (0.8, 0.5, 2.5),
    }
    wanted, got, aware = [], [], []
    for exponent, evidence, focus in cases.values():
        course = draft.course(
            agenda__process=process, agenda__voice=exponent, agenda__evidence=evidence, agenda__focus=focus,
            measurement__sharing=sharing, agenda__pull=pull, agenda__stubborn=stubborn,
        )  # fmt: skip
        course.state.organisations["awareness"] = 0.3
        course.live()
        wanted.append(draft.agenda(exponent, evidence * sharing, focus))
        got.append(course.state.outcomes["agenda"].copy())
        aware.append(course.state.organisations["awareness"].copy())
    aware_by_text = np.where(draft.members, 1.0 - 0.7 * (1.0 - process * draft.commitment), 0.3)
    moved = process * pull * draft.commitment * aware_by_text * draft.members
    voice = draft.voice(0.8)[draft.members]
    claims = (
        *(
            everywhere(f"The agenda is drafted as the text says, with {what}", one, other, ROUNDING, MODEL, show=5)
            for what, one, other in zip(cases, wanted, got, strict=True)
        ),
        everywhere(
            "Members learn of the draft by process k, others do not", aware_by_text, np.array(aware), ROUNDING, MODEL
        ),
        everywhere(
            "Goals move towards the new agenda in the month of the draft",
            draft.missions + moved[:, np.newaxis] * (wanted[-1] - draft.missions),
            course.goals(),
            ROUNDING,
            MODEL,
        ),
        close(
            "The record's Gini coefficient of voice is the mean absolute difference over twice the mean",
            float(np.abs(voice[:, np.newaxis] - voice).mean() / (2.0 * voice.mean())),
            course.measured("voice_gini"),
            ROUNDING,
            "the coefficient's definition, over members",
        ),
        *_odd_drafts(draft),
        _reviews(draft),
    )
    return Finding(claims)


def _odd_drafts(draft: Draft) -> list[Claim]:
    """Claim what is drafted when all is reached, and when nobody has a voice."""
    reached = draft._replace(beliefs=draft.beliefs * 0.0 + 1.1)
    course = reached.course(agenda__process=1.0, agenda__evidence=0.5, agenda__focus=1.0, measurement__sharing=1.0)
    course.live()
    silent = draft._replace(commitment=draft.commitment * 0.0)
    without = silent.course(agenda__process=1.0, measurement__sharing=1.0)
    without.live(3)
    return [
        everywhere(
            "Where every outcome is believed to be reached, need is the outcomes' weights",
            reached.agenda(0.0, 0.5, 1.0),
            course.state.outcomes["agenda"],
            ROUNDING,
            MODEL,
            show=5,
        ),
        close(
            "Where nobody is committed, no agenda is drafted",
            0.0,
            float(without.state.coalition["has_agenda"][0]),
            0.0,
            MODEL,
        ),
    ]


def _reviews(draft: Draft) -> Claim:
    """Claim when the agenda is drafted anew, by missions that change every month."""
    cadence, months = 5, 17
    course = draft.course(agenda__process=1.0, agenda__cadence=cadence, agenda__focus=1.0)
    missions = [np.roll(draft.missions, month, axis=1) for month in range(months + 1)]
    wanted, got = [], []
    for month in range(1, months + 1):
        course.state.stances["mission"] = missions[month]
        course.live()
        reviewed = 1 + (month - 1) // cadence * cadence
        wanted.append(draft._replace(missions=missions[reviewed]).agenda(0.0, 0.0, 1.0))
        got.append(course.state.outcomes["agenda"].copy())
    return everywhere(
        f"The agenda is drafted in the first month of the process and then every {cadence} months, not in between",
        np.array(wanted),
        np.array(got),
        ROUNDING,
        MODEL,
    )


CASES: tuple[Case, ...] = (
    Case(
        "one-source",
        "Between the agenda and the own mission (Friedkin & Johnsen 1990, one source)",
        "The common agenda alone, which stays what it is: whole months of the model in which nobody meets and nothing is reviewed.",
        one_source,
    ),
    Case(
        "agenda-draft",
        "The draft of an agenda",
        "The first month of a coalition's planning process, with organisations of several sizes, commitments, missions and beliefs, against "
        "the model's formula.",
        agenda_draft,
    ),
)
