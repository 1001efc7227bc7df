"""Exercises of notebooks 1 to 7: a first coalition, the five conditions one by one, and all five together."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats import pmean

from cisim.notebook import answers
from cisim.notebook.answers import Verdict, better, clearly, course, ending, expect, names, near, number, select
from cisim.report.documents import changes
from cisim.scenario import Scenario, load
from cisim.uncertainty import Floats, moments
from cisim.validation.trials import CONDITIONS, mean_of

#: Runs of each coalition where differences are large against their errors.
FEW = 60
SHARING, MEETINGS = "measurement.sharing", "communication.frequency"


# --- 1, a first coalition
def meetings(answer: Any) -> str | None:
    """A frequency of meetings that gives as much progress as any other."""
    frequency, progress = number(answer), ending(MEETINGS)
    if (best := better(progress, frequency, [2.5, 3.0])) is None:
        return None
    way, price = ("rarer", "what they take of all resources") if frequency > best else ("more", "what they do to trust")
    if (progress(best) - progress(frequency)).mean() < 0.01:
        return f"Near, but the paired difference from somewhat {way} meetings is still clear of 0. Compare the two."
    return f"With {way} meetings there is more progress. Look at {price}."


def newspaper(answer: Any) -> str | None:
    """The share of pairs of different counties in which the one without a coalition is ahead after five years."""
    ahead = answers.share(answer)
    alone, together = course(base="isolated-impact")[:, 60], course()[:, 60]
    different = float((alone[:, None] > together[None, :]).mean())
    if near(ahead, different, within=0.08):
        return None
    if near(ahead, 1 - different, within=0.08):
        return "It seems that you counted the pairs in which the coalition is ahead, or looked too early. The others are asked for, after five years."
    if ahead < (alone > together).mean() + 0.02:
        return "So few are they on the same luck. Here each county has luck of its own, after five years."
    way = "More" if ahead < different else "Less"
    return f"{way} often than that. Is it the month that is asked for, and is every pair one of different runs?"


def without_data(answer: Any) -> str | None:
    """The measures that are lower without shared measurement."""
    measures = ("capacity", "duplication", "grants", "trust", "work")
    change = {name: course({SHARING: 0.0}, name)[:, -1] - course({}, name)[:, -1] for name in measures}
    return select(
        names(answer, measures, "none of the five measures"),
        [name for name, difference in change.items() if clearly(difference) < 0],
        missing="These are lower, and they are not all.",
        wrong="At least one of these is not lower. Look at the sign of the difference and at its whole interval.",
        empty="At least one is lower. Compare as in part 4, and look at the difference and its interval.",
        all_wrong="None of these is lower. Mind the sign: which of the two strategies is your reference?",
    )


# --- 2, common agenda
VOICE, LOUD = "agenda.voice", 2.0
COALITIONS = {
    "missions agree": {"agenda.alignment": 1.0},
    "missions half agree": {"agenda.alignment": 0.5},
    "no shared data": {"measurement.sharing": 0.0},
    "no arranged meetings": {"communication.frequency": 0.0},
}


def goals(answer: Any) -> str | None:
    """The share of the way to the agenda that the goals of a fully committed member go in the end."""
    agenda = load("all-five").agenda
    forth, back = agenda.process * agenda.pull, agenda.stubborn
    way, end = answers.share(answer), forth / (forth + back)
    if near(way, end, within=0.004):
        return None
    if near(way, 1 - end, within=0.004):
        return "This is what is left of the way. The part that they have gone is asked for."
    if near(way, 1, within=0.002):
        return "They would arrive if nothing pulled them back."
    if near(way, agenda.pull / (agenda.pull + back), within=0.004):
        return "Near. Of the way to the agenda part 3 says a little more."
    if near(way, forth, within=0.004) or near(way, forth - back, within=0.004):
        return "So far they are after a month or so. They go on from there: when do they stop?"
    to = "agenda" if way < end else "mission"
    return f"From there they still move towards the {to}. Which two steps of a month must be equal where they stop?"


def voice(answer: Any) -> str | None:
    """The coalitions in which a voice by the square of size costs progress."""
    progress = {name: ending(VOICE, setting, runs=FEW) for name, setting in COALITIONS.items()}
    rounding = 1e-9  # all that voice changes where all missions agree
    return select(
        names(answer, COALITIONS, "none of the four coalitions"),
        [name for name, at in progress.items() if clearly(at(LOUD) - at(0.0) + rounding) < 0],
        missing="In these, and they are not all.",
        wrong="In at least one of these the interval is not clear of zero. "
        "Compare a voice of 2 with a voice of 0 within the same coalition, not with the defaults.",
        empty="There is at least one. Compare a voice of 2 with a voice of 0 within the same coalition.",
        all_wrong="In none of these. Within each coalition, which voice is your reference, and what is the sign?",
    )


def small(answer: Any) -> str | None:
    """A field that makes up for what the small lose by a voice of 2."""
    loud = load("all-five").replace(**{VOICE: LOUD})
    changed = changes(answers.scenario(answer, "loud.replace(...)"), loud)
    elsewhere = [path for path in changed if not path.startswith("agenda.")]
    expect(VOICE not in changed, "The large keep their voice of 2. Begin from `loud`.")
    expect("agenda.alignment" not in changed, "Nobody can change what the members' missions are.")
    expect(not elsewhere, "Something outside of [agenda] is changed, too. Begin from `loud`.")
    expect(len(changed) == 1, f"{len(changed) or 'No'} fields of [agenda] are changed; one is asked for.")
    expect(answer.agenda.process, "Without a process there is no agenda, which fits nobody.")
    fits = (course(base=base, measure="agenda_fit_small") for base in ("all-five", loud, answer))
    even, uneven, mended = (moments(fit[:, -1]).mean for fit in fits)
    regained = (mended - uneven) / (even - uneven)
    if regained >= 0.9:
        return None
    if regained < -0.1:
        return "The agenda fits the small even worse. Try the other direction, or ask what the field does to a lead."
    if regained < 0.3:
        return "This makes up for little. Does the field change what stands in the agenda, or only how it is followed?"
    return "This makes up for a part. Is there further to go, or have you gone too far?"


# --- 3, shared measurement
REMEDIES = {
    "more meetings": {"communication.frequency": 8.0},
    "more staff": {"backbone.staff": 6.0},
    "more trust at the start": {"coalition.trust": 0.8},
    "more commitment at the start": {"commitment.initial": 0.9},
    "missions closer together": {"agenda.alignment": 0.9},
}


def least_sharing(answer: Any) -> str | None:
    """The least sharing that brings the belief error below the funder's bound."""
    sharing, bound, error = answers.tenth(answer), 0.03, ending(SHARING, measure="belief_error", runs=FEW)
    if clearly(error(sharing) - bound) > 0:
        return "Too low: the mean error after ten years is still above the funder's bound."
    if sharing > 0 and clearly(error(round(sharing - 0.1, 1)) - bound) < 0:
        return "That is enough, but fewer reports would do: the bound is kept one step lower, too."
    return None


def lasting_remedies(answer: Any) -> str | None:
    """The remedies that end with more commitment than there was at first."""
    chosen = names(answer, REMEDIES, "none of the five remedies")
    unaccountable = {"measurement.accountability": 0.0}
    commitment = {name: course(unaccountable | REMEDIES[name], "commitment", runs=FEW) for name in REMEDIES}
    rises = {name: clearly(values[:, -1] - values[:, 1]) for name, values in commitment.items()}
    falling = next((name for name in REMEDIES if name in chosen and rises[name] < 0), None)
    if falling and commitment[falling][:, 12].mean() > load("all-five").commitment.initial:
        return f"{falling!r} looks well for a year. Compare its month 120 with the same remedy's first month."
    return select(
        chosen,
        [name for name in REMEDIES if rises[name] > 0],
        [name for name in REMEDIES if rises[name] >= 0],
        missing="All you named work, but one is missing.",
        wrong=f"With {falling!r} commitment falls from the first month to the last. Being better than no remedy is not what was asked.",
        empty="There is one that works at least: look at what gives a member a reason of its own to be committed.",
    )


def where_knowing_leads(answer: Any) -> str | None:
    """The ruggedness at which known performance is ahead at the end, where own tries are known and nothing slips."""
    ruggedness = (0, 3, 9)

    def lead(value: int) -> Floats:
        settings = {"practice.own_noise": 0.0, "practice.drift": 0.0, "practice.ruggedness": value}
        practice = ending(SHARING, settings, measure="practice_quality", runs=FEW)
        return practice(1.0) - practice(0.0)

    return select(
        names(answer, ruggedness, "not one of those that were asked about"),
        [value for value in ruggedness if clearly(lead(value)) > 0],
        missing="At one more the interval lies above 0. The difference is small there; does that make it unclear?",
        wrong="At one of these the lead is gone by the end: its interval reaches below 0. Look at month 120, not at the early months.",
        empty="There is one at least. Look at the interval at each, at month 120.",
    )


# --- 4, mutually reinforcing activities
def how_many_move(answer: Any) -> str | None:
    """The least of 9 FTE that must leave services for three roles that have 1 each, until 11 of the 12 count."""
    moved = number(answer)
    expect(0 <= moved < 9, "There are only as many FTE to move as services have, and some must stay.")
    expect(moved * 2 % 1 == 0, "To the next half FTE: a multiple of 0.5.")

    def counting(moved: float) -> float:
        return 4 * float(pmean([9 - moved, *[1 + moved / 3] * 3], -1))

    if counting(moved) < 11:
        return f"Too few: {counting(moved):.2f} FTE count then."
    if moved >= 0.5 and counting(moved - 0.5) >= 11:
        return "That is more than need move: with half an FTE fewer it is still enough."
    return None


def what_coordination_needs(answer: Any) -> str | None:
    """The conditions without which coordination is worth less than half."""

    def worth(base: str) -> Floats:
        progress = ending("activities.coordination", base=base, runs=FEW)
        return progress(load(base).activities.coordination) - progress(0.0)

    others = [name for name in CONDITIONS if name != "activities"]
    short = {name: clearly(worth("all-five") / 2 - worth(f"without-{name}")) for name in others}
    return select(
        names(answer, others, "not one of the four"),
        [name for name in others if short[name] > 0],
        [name for name in others if short[name] >= 0],
        missing="At least one is missing. What must a member see, and why should it stay and follow the same plan?",
        wrong="Without one of these coordination still brings more than half. Did you compare with what the condition "
        "itself is worth? Compare coordination on and off, with the condition absent both times.",
    )


def best_speed(answer: Any) -> str | None:
    """The speed of adaptation with the most progress."""
    speed, speeds = number(answer), (0.003, 0.012, 0.1, 1.0, 10.0)
    expect(speed in speeds, f"Only {', '.join(f'{value:g}' for value in speeds)} were asked about.")
    if (best := better(ending("activities.adaptation", runs=FEW), speed, speeds)) is None:
        return None
    if speed > best:
        return "Too fast: look at duplication. Is it less than at the founding?"
    return "Too slow: with a faster one duplication is gone earlier, and progress is greater."


# --- 5, continuous communication
#: Practices are seen as they are, do not slip, and do not come from outside.
AS_THEY_ARE = {"practice.noise": 0.0, "practice.own_noise": 0.0, "practice.drift": 0.0, "practice.outreach": 0.0}


def something_to_see(answer: Any) -> str | None:
    """The smallest share of reporting members with which trust grows."""
    sharing = answers.tenth(answer)

    def growth_of_trust(sharing: float) -> int:
        trust = course({SHARING: round(sharing, 1)}, "trust")
        return clearly(trust[:, -1] - trust[:, 0])

    if growth_of_trust(sharing) < 0:
        return "With this share trust ends below where it was at the founding: partners see too little of what the others do."
    if sharing > 0 and growth_of_trust(sharing - 0.1) > 0:
        return "Trust ends above where it was, and it does so with a tenth less as well. Is there a smaller share that is enough?"
    return None


def an_hours_drive(answer: Any) -> str | None:
    """A frequency of meetings that is right where a contact costs five times as much."""
    frequency = number(answer, 0, hint="Nobody meets less than never: a number of contacts a month, 0 or more.")
    far = {"communication.contact_cost": 5 * load("without-backbone").communication.contact_cost}
    progress = ending(MEETINGS, far, base="without-backbone")
    if (best := better(progress, frequency, [1.25, 1.5, 1.75])) is None:
        return None
    if frequency == 0:
        return "Without arranged meetings time is saved, and trust is lost. Compare with a few meetings."
    if frequency < best:
        return "So few meetings show too little: some more would bring more than they cost. Compare with a neighbour above."
    if clearly(progress(frequency) - progress(0.0)) < 0:
        return "That is worse than no arranged meetings at all: look at overhead_share, and think of what a contact costs here."
    return "With fewer meetings there is more progress: what one costs grows with each, and what one shows does not."


def five_years(answer: Any) -> str | None:
    """The chance of a look at others' practice that gives the best practice after five years."""
    velocity = number(answer, 0, 1, "A chance a month lies between 0 and 1.")

    def practice(value: float, month: int) -> Floats:
        settings = {"communication.learning": value, "scenario.months": max(month, 60), **AS_THEY_ARE}
        return course(settings, "practice_quality", base="rugged-practices")[:, month]

    if (best := better(lambda value: practice(value, 60), velocity, [0.1, 0.15, 0.2])) is None:
        return None
    if velocity < best:
        late = clearly(practice(velocity, 120) - practice(best, 120)) > 0
        way = ": this is better for ten." if late else ". Look more often."
        return f"Good practice is still under way after five years{way}"
    early = clearly(practice(velocity, 12) - practice(best, 12)) > 0
    way = ": this is better for one year." if early else ". Look less often."
    return f"By then all have copied one another and the search is over{way}"


# --- 6, backbone support
def half_the_size(answer: Any) -> str | None:
    """The best staff of a small coalition."""
    staff = number(answer, 0, hint="A number of posts is 0 or more.")
    progress = ending("backbone.staff", {"coalition.organisations": 15})
    if (best := better(progress, staff, [1.5, 2.0, 2.5])) is None:
        return None
    if staff < best:
        return "Some more staff bring more than they cost: in section 1, how well are so many members served by so few?"
    if clearly(progress(staff) - progress(0.0)) < 0:
        return "That is worse than no backbone at all. Look at the levy: how many members share the cost?"
    return "With fewer posts there is more progress: the last one serves members who are served already, and takes its hours from them."


def better_used(answer: Any) -> str | None:
    """The same staff with another allocation of its time."""
    base = load("all-five")
    changed = changes(answers.scenario(answer), base)
    if other := next((path for path in changed if not path.startswith("backbone.allocation")), ""):
        return f"Something else than the allocation was changed: {other}. The same staff should use its time better, nothing more."
    expect(changed, "The staff divide their time as before.")
    before, after = (version.backbone.allocation.model_dump() for version in (base, answer))
    idle = 1 - sum(after.values())
    more = clearly((course(base=answer) - course())[:, -1])
    if more > 0:
        return None
    if idle > 1e-6:
        return f"{idle:.0%} of the staff's time is given to no function. Use it, and compare again."
    if more < 0:
        loser = min(before, key=lambda name: after[name] - before[name])
        return f"There is less progress than before. {loser!r} lost the most time: what did it do for the members?"
    return "The interval holds zero: this cannot be told from no change. Which function is short of time, and which can spare more?"


def fast_or_slowly(answer: Any) -> str | None:
    """The number of months over which to spend a sum for a backbone."""
    hint = "A whole number of months is asked for, from 1 to 120."
    months = int(number(answer, 1, 120, hint))
    expect(months == float(answer), hint)

    def spent_over(months: int) -> Floats:
        # The sum is enough for three posts over four years.
        return course({"backbone.staff": 3 * 48 / months, "backbone.end": months, "backbone.member_share": 0.0})[:, -1]

    if (best := better(spent_over, months, [60, 72])) is None:
        return None
    if months > best:
        return "Spread so thin, what the staff build comes late, and too little of it. Compare with a somewhat shorter time."
    if clearly(spent_over(months) - spent_over(48)) < 0:
        return "So many posts at once serve the same members again and again, and are gone long before the end. Compare with four years."
    return "A longer time brings more progress: what do so many posts do at once, and what fades after they have left?"


# --- 7, all five
def _progress(*present: str, base: Scenario | str = "all-five") -> Floats:
    """Progress at the end with these conditions and no other, in percentage points; as many runs as in the notebook."""
    off = {dial: 0.0 for name, dial in CONDITIONS.items() if name not in present}
    return 100 * course(off, base=base, runs=40)[:, -1]


def three_of_five(answer: Any) -> str | None:
    """The three conditions that bring most together."""
    expect(not isinstance(answer, Scenario), "Three names are asked for, and not a scenario.")
    given = answer.replace(",", " ").split() if isinstance(answer, str) else answer
    chosen = frozenset(names([str(name).strip().lower() for name in given], CONDITIONS, "no condition"))
    expect(len(chosen) == 3, f"The funder pays for three conditions, and you name {len(chosen)}.")
    threes = [frozenset(three) for three in combinations(CONDITIONS, 3)]
    if (best := better(lambda three: _progress(*three), chosen, threes)) is None:
        return None
    alone = sorted(CONDITIONS, key=lambda name: -_progress(name).mean())
    if chosen == set(alone[:3]):
        return "These are the three that bring most alone. What would each of them bring beside the other two?"
    gain, more = _progress(*chosen) - _progress(), _progress(*best) - _progress(*chosen)
    if clearly(gain) < 0:
        return "With these three there is less progress than with none. What do they agree on or count for, if nothing follows?"
    told = f"These three bring {gain.mean():.1f} points over the name only, and others bring {more.mean():.1f} more."
    return f"{told} Take the rows of `progress` with three conditions present, and sort them by their mean."


def meetings_beside_a_backbone(answer: Any) -> str | None:
    """The change that meetings make in a coalition that has a backbone and nothing else."""
    points = number(answer)
    effect = mean_of(_progress("backbone", "communication") - _progress("backbone"))
    alone = (_progress("communication") - _progress()).mean()
    added_last = (_progress(*CONDITIONS) - _progress(*(set(CONDITIONS) - {"communication"}))).mean()
    within = 2 * effect.error
    if near(points, effect.value, within):
        return None
    if near(100 * points, effect.value, within):
        return "That looks like a share. The answer is asked for in percentage points."
    if near(points, -effect.value, within):
        return "The size is right. Which of the two coalitions did you take away from which?"
    if near(points, added_last, within):
        return "That is what meetings change where all the others are present. This coalition has a backbone and nothing else."
    if near(points, alone, within):
        return "That is what meetings change in a coalition in name only. This one has a backbone."
    if (points > 0) != (effect.value > 0):
        return "Not the right sign. Two rows are wanted: the backbone alone, and with communication. Did you average over others?"
    side = "high" if points > effect.value else "low"
    return f"The sign is right, the number too {side}. Take two rows of `progress`, and the mean of their difference."


def what_carries_it(answer: Any) -> str | Verdict:
    """A field without whose usual value little of the gain is surplus over the sum."""
    own = "{} belongs to a condition's own strength. It stays as it is."
    path = answers.plausible_change(answer, ("backbone.", *CONDITIONS.values()), own)
    surplus, gain = _surplus_and_gain(answer)
    told = f"There {surplus.mean():.1f} of the {gain.mean():.1f} points that the five bring are surplus"
    if clearly(gain) <= 0:
        return "Here the five bring nothing together. They should still bring more than the name only."
    if clearly(0.6 * gain - surplus) > 0:
        return Verdict(True, f"{told}: the five still bring more than the name only, and need one another less.")
    if path.startswith("community."):
        return f"{told}. The community makes all effects larger or smaller, alone and together; that is not why the five need one another."
    usual = _surplus_and_gain("all-five")[0].mean()
    if surplus.mean() > usual:
        return f"{told}, and at the defaults the surplus is {usual:.1f}. They need one another even more: the other end, or another field."
    return f"{told}. Go farther, or ask which field decides how much work a plan can divide, and whether it is worth dividing."


def _surplus_and_gain(base: Scenario | str) -> tuple[Floats, Floats]:
    """Surplus over the sum of the five alone, and gain of all five together, in percentage points."""
    none = _progress(base=base)
    gain = _progress(*CONDITIONS, base=base) - none
    return gain - np.sum([_progress(name, base=base) - none for name in CONDITIONS], axis=0), gain


#: By notebook, its exercises in order, and what a right answer shows; "" where that depends on the answer.
EXERCISES = {
    "1": {
        meetings: "Below it trust is missing, above it time. Near the top the differences are too small for so few runs.",
        newspaper: "On the same luck the coalition is ahead in more than nine counties of ten. "
        "Two different counties after five years tell luck from strategy badly.",
        without_data: "Without names on the data, members let others do the work: commitment goes, and with it trust, what the backbone "
        "can teach, and the evidence that funders want. The hours saved do not make up for it.",
    },
    "2": {
        goals: "They settle where the two pulls are equal: at the agenda's part of both. "
        "This is the fixed point of Friedkin and Johnsen's model of opinions.",
        voice: "Voice costs where members disagree and where the agenda matters for what they do. "
        "Where either is missing, there is nothing to lose by it.",
        small: "What the draft holds besides the loudest mission, or how little a lead counts in it, protects those who have no voice. "
        "Look at progress, too, and at what the large get.",
    },
    "3": {
        least_sharing: "Not everyone need report in every month: the first reports cure the most, and beyond these it counts that members stay.",
        lasting_remedies: "A start that is better wears away, and contact alone gives no reason to give; "
        "an agenda close to one's own mission does, in every month.",
        where_knowing_leads: "On a single hill all who know reach the summit; on many, copying the best known ends the search before it is done.",
    },
    "4": {
        how_many_move: "Well before the mix is even: the first who move fill the scarcest roles, and the last bring little.",
        what_coordination_needs: "Who coordinates must see where it is needed, and must care for a plan that it shares.",
        best_speed: "Fast is good until all rush into the same scarce role at once, and out of it again.",
    },
    "5": {
        something_to_see: "With less to see, meetings lower trust; from here on they raise it. "
        "Trust and commitment feed one another, upwards or downwards.",
        an_hours_drive: "Meetings still show who is committed. But the time that one takes is dear here, so fewer are best than in the county.",
        five_years: "Fast enough for what was found to arrive in time, and slow enough for something to be found: "
        "the best velocity depends on the deadline.",
    },
    "6": {
        half_the_size: "Staff per member is what counts for what a backbone achieves, and for what it costs each member: "
        "half the members, about half the staff.",
        better_used: "Time does more in a function that is short of it and on which others hang.",
        fast_or_slowly: "Spent fast, each further post adds less, and what it built fades when it has gone; spent slowly, little is built, and late.",
    },
    "7": {
        three_of_five: "What counts is what the three make of one another, not what each brings alone.",
        meetings_beside_a_backbone: "A condition that pays on average, alone, and added last can bring next to nothing beside one other: "
        "its staff keep in touch with members already.",
        what_carries_it: "",
    },
}
