"""Exercises of notebooks 8 to 11: a coalition of one's own, a sweep, a mechanism, and doubts."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from cisim.coalition import Roster, roster
from cisim.errors import InputError
from cisim.mesa_model import CollectiveImpactModel
from cisim.notebook import answers
from cisim.notebook.answers import Verdict, better, clearly, course, ending, expect, names, near, number, select
from cisim.report.documents import changes
from cisim.scenario import Scenario, load
from cisim.uncertainty import Floats, moments
from cisim.validation import facts
from cisim.validation.rivals import RIVALS
from cisim.validation.trials import CONDITIONS, Trials

# --- 8, a coalition of one's own
#: Months in which the second year, and the third, begins.
YEAR_TWO, YEAR_THREE = 13, 25


def spreadsheet(answer: Any) -> str | None:
    """A file that is read as its author meant it, with nothing lost and nothing invented."""
    file = answers.scenario(answer, "cisim.Scenario(coalition={'file': ...})").coalition.file
    if file is None or str(file).startswith("builtin:"):
        return "This scenario reads no file of yours: name it in coalition.file."
    messy = (answer.folder or Path()) / "messy.csv"
    expect(messy.is_file(), "messy.csv is not there to compare with: run the cell of part three that writes it.")
    try:
        read = roster(answer)
    except InputError as error:
        return f"cisim refuses the file. The first thing it says is: {error.problems[0]}"
    unused = [column.what for column in read.columns if column.status == "unused"]
    if unused:
        return f"It can be read, but the column {unused[0]!r} is not used: what it says would be made up instead."
    rows = pd.read_csv(messy, index_col="name").drop(columns="sector").replace("half", "0.5").astype(float)
    if lost := sorted(set(rows.index) - set(read.names)):
        return f"{lost[0]!r} got lost."
    if new := sorted(set(read.names) - set(rows.index)):
        return f"{new[0]!r} is not in the list of the town."
    return _first_difference(read, rows[~rows.index.duplicated()], answer.outcome_names.index("reading"))


def _first_difference(read: Roster, rows: pd.DataFrame, reading: int) -> str | None:
    """Say in what the first organisation was not read as its author meant it."""
    meant = rows.loc[list(read.names)]
    missions = meant["mission.reading"] + meant["mission.graduates"]
    pairs = {
        "resources": (read.resources, meant["resources"]),
        "commitment": (read.commitment, meant["commitment"] * 0.01),
        "mission": (read.mission[:, reading], meant["mission.reading"] / missions),
    }
    for (index, name), (what, (values, expected)) in product(enumerate(read.names), pairs.items()):
        value, right = values[index], expected.iloc[index]
        if math.isnan(right) and not math.isnan(value):
            return f"{name} has a {what} now that nobody told. A number filled in counts as known in every run."
        if math.isnan(value) and not math.isnan(right):
            return f"The {what} of {name} was told, and is not in your file any more."
        if abs(value - right) > 1e-6:
            return f"The {what} of {name} is not what its author meant. Is the unit right?"
    return None


def _launch(condition: str, month: int, measure: str = "progress") -> Floats:
    """A measure of the launch that has one condition up to a month, and from then on all five."""
    base = load("real-coalition")
    later = {field: base.value(field) for name, field in CONDITIONS.items() if name != condition}
    return course(dict.fromkeys(later, 0.0) | {"events": [{"month": month, "set": later}]}, measure, base=base)


def delay(answer: Any) -> str | None:
    """The share of what backbone first is behind that the coalition is behind that only waits."""
    share = number(answer)
    at_once = course(base="real-coalition")[:, -1].mean()
    waiting = course({"coalition.start": YEAR_TWO}, base="real-coalition")[:, -1].mean()
    ratio = float((at_once - waiting) / (at_once - _launch("backbone", YEAR_TWO)[:, -1].mean()))
    if near(share, ratio, within=0.08):
        return None
    if share < 0:
        return "Both are behind, so the share is above 0. Mind which one is subtracted from which."
    if near(share / 100, ratio, within=0.08):
        return "That looks like per cent. A share is asked for, from 0 to 1."
    if near(share, 1 - ratio, within=0.08):
        return "This is the part that is not the delay. The other part is asked for."
    if near(share, 1 / ratio, within=0.1):
        return "Turned round: the one that only waits goes over the fraction line."
    if share > 1:
        return "At the end the coalition that only waits is less behind than the other. Is it the last month that you look at?"
    if share > 0.9:
        return "So close are the two levels, not the two gaps. Take the differences from all at once."
    way = "More" if share < ratio else "Less"
    return f"{way} than that. Does your coalition that waits have all five conditions, and start in the month in which the others come?"


def beginning(answer: Any) -> str | None:
    """The condition to begin with."""
    name = str(answer).strip().lower()
    expect(name in CONDITIONS, f"The name of one condition is asked for. They are {', '.join(CONDITIONS)}.")
    if better(lambda condition: _launch(condition, YEAR_THREE)[:, -1], name, list(CONDITIONS)) is None:
        return None

    def mean(measure: str, month: int) -> Callable[[str], float]:
        return lambda condition: float(moments(_launch(condition, YEAR_THREE, measure)[:, month]).mean)

    for measure, keeps in (("members", "the most members"), ("commitment", "members most committed")):
        if name == max(CONDITIONS, key=mean(measure, YEAR_THREE - 1)):
            return f"It keeps {keeps} through the two years. Progress at the end is asked for: compare it."
    if name == min(CONDITIONS, key=mean("progress", -1)):
        return "None of the five has less progress at the end. Look at what the two years do to trust and members."
    return "Another one is ahead of it at the end, clear of 0. Compare all five on the same luck."


# --- 9, a sweep
#: The levers and uncertainties of the notebook's study, with their ranges.
LEVERS = {"backbone.staff": (0.0, 12.0), "communication.frequency": (0.0, 6.0), "measurement.sharing": (0.0, 1.0)}
THRESHOLD, SHARING = "community.threshold", "measurement.sharing"
UNCERTAINTIES = {THRESHOLD: (1.5, 2.9), "coalition.turnover": (0.0, 0.4)}
FACTORS = (*LEVERS, *UNCERTAINTIES)
#: Standard deviations of a rank correlation by chance: a clear driver is beyond the second, what is none is within the first.
NONE, CLEAR = 2.0, 3.0


def drivers_of_trust(answer: Any) -> str | None:
    """The factors that trust at the end follows."""
    expect(not isinstance(answer, str), "Give a set of names, also if it has one member only.")
    chosen = names(answer, FACTORS, "not a factor of the study")
    if chosen == {name for name, strength in _strengths("progress").items() if abs(strength) > NONE}:
        return "These are the drivers of progress. Which column did you correlate with?"
    drivers = _strengths("trust")
    needed = [name for name in FACTORS if abs(drivers[name]) > CLEAR]
    missing = "At least one driver is missing: trust follows it more closely than chance would have it."
    if all(drivers[name] < 0 for name in needed if name not in chosen):
        missing = "At least one driver is missing. Large numbers below 0 count as much as large numbers above."
    return select(
        chosen,
        needed,
        [name for name in FACTORS if abs(drivers[name]) > NONE],
        missing=missing,
        wrong="At least one of these is no further from 0 than chance alone would often bring it.",
    )


def range_of_the_threshold(answer: Any) -> str | None:
    """A range of the threshold over which it counts as much as sharing does."""
    low, high = map(float, answer)
    usual, (lowest, highest) = load("all-five").community.threshold, UNCERTAINTIES[THRESHOLD]
    within = lowest <= low < high <= highest
    expect(low < high, "Give the lower end first, then the upper end.")
    expect(low < usual < high, "The range should lie around the value that all-five has.")
    expect(within, "That goes beyond the range of the study. The question is how much less would do.")
    columns = _points(low, high)[[*FACTORS, "progress"]]
    scaled = (columns - columns.mean()) / columns.std()
    line = np.linalg.lstsq(scaled[list(FACTORS)].to_numpy(), scaled["progress"].to_numpy())[0]
    ratio = abs(float(line[FACTORS.index(THRESHOLD)] / line[FACTORS.index(SHARING)]))
    if ratio > 1.6:
        told = f"Over this range the threshold still counts {ratio:.1f} times as much as sharing."
        return f"{told} How does a coefficient of a line change if the range becomes half as wide?"
    if ratio < 1 / 1.6:
        return f"Over this range the threshold counts only {ratio:.2f} times as much as sharing. That is too narrow."
    return None


def whatever_the_threshold(answer: Any) -> str | None:
    """Levers that do better than all-five at each threshold."""
    changed = changes(answers.scenario(answer), load("all-five"))
    if set(changed) - set(LEVERS):
        return "Something besides the three levers differs from all-five. The board can decide on levers alone."
    for name, (low, high) in LEVERS.items():
        expect(low <= answer.value(name) <= high, f"{name} is outside the range of the study.")
    expect(changed, "This is all-five itself. Turn at least one lever.")
    progress, usual = ending(THRESHOLD, changed, runs=20), ending(THRESHOLD, runs=20)
    signs = {f"{threshold:g}": clearly(progress(threshold) - usual(threshold)) for threshold in (1.5, 2.3, 2.9)}
    behind, unclear = ([place for place, sign in signs.items() if sign == wanted] for wanted in (-1, 0))
    if len(behind) == len(signs):
        return "It is behind all-five at every threshold. Look at the pictures of part 3 and at the dial: which way does each lever go?"
    if behind:
        return f"It is behind all-five at a threshold of {' and '.join(behind)}: the answer should not hang on what nobody knows."
    if unclear:
        return f"At a threshold of {' and '.join(unclear)} it cannot be told from all-five. Another lever may have more to give."
    return None


@lru_cache(maxsize=8)
def _points(low: float, high: float) -> pd.DataFrame:
    """The results of the notebook's study, each point run once, with a range of the threshold."""
    from cisim.study import parse, run, summary

    lines = [
        'study = { name = "drivers", scenario = "all-five" }',
        'design = { kind = "latin-hypercube", points = 128 }',
        'record = { measures = ["progress", "trust"] }',
    ]
    tables = {"levers": LEVERS, "uncertainties": UNCERTAINTIES | {THRESHOLD: (low, high)}}
    for table, factors in tables.items():
        lines += [f"{table}.{name!r} = {{ low = {ends[0]!r}, high = {ends[1]!r} }}" for name, ends in factors.items()]
    study = parse("\n".join(lines))
    with TemporaryDirectory() as folder:
        return summary(run(study, Path(folder) / "store"), ["progress", "trust"])


def _strengths(measure: str) -> dict[str, float]:
    """The rank correlations of the factors with a measure, in standard deviations of chance."""
    points = _points(*UNCERTAINTIES[THRESHOLD])
    ranks = points[[*FACTORS, measure]].corr("spearman")[measure]
    return {name: float(ranks[name]) * float(np.sqrt(len(points) - 1)) for name in FACTORS}


# --- 10, a mechanism
#: Months that are compared.
MONTHS = 60


def _hold(model: CollectiveImpactModel) -> None:
    commitment = model.state.organisations["commitment"]
    np.minimum(commitment, 0.5, out=commitment)


def _commit_and_hold(model: CollectiveImpactModel) -> None:
    CollectiveImpactModel.commit(model)
    _hold(model)


def _do_nothing(model: CollectiveImpactModel) -> None:
    pass


def bound(answer: Any) -> str | Verdict:
    """A model in which no member's commitment is above one half after the stage."""
    if isinstance(answer, CollectiveImpactModel):
        return "This is a model that may have run already. Give the class itself, without calling it."
    if not isinstance(answer, type) or not issubclass(answer, CollectiveImpactModel):
        return "Give a class that is derived from cisim.CollectiveImpactModel."
    try:
        theirs = _run(answer)
    except Exception as error:  # what a student writes may do anything
        return f"Your class stops with an error, {type(error).__name__}: {error}"
    ours, model = _table(commit=_commit_and_hold), _table()
    if theirs.equals(ours):
        told = "The model's own stage still does its work, and yours holds what comes out: extended, not replaced."
        progress = f"Progress after {MONTHS} months is {theirs['progress'][MONTHS]:.4f}, and {model['progress'][MONTHS]:.4f} in the model."
        return Verdict(True, f"{told} {progress}")
    if theirs.equals(model):
        return "It runs as the model does. Has your method the name of the stage, and does it change the state itself, not a copy?"
    commitment, expected = theirs["commitment"], ours["commitment"]
    if commitment[1:].equals(expected[1:]):
        return "Commitment is right, and something else is not. Do you change anything besides, or at another place of the month?"
    if commitment[1] == expected[1] and theirs["capacity"][1] != ours["capacity"][1]:
        return "The limit is right but too late: a stage that follows in the same month has seen more than one half."
    if commitment.max() > 0.5:
        return f"Mean commitment is above one half in month {commitment.idxmax()}. Does the limit come last, and for every member?"
    if np.isclose(commitment[MONTHS], _table(commit=_hold)["commitment"][MONTHS]):
        return "Nobody gives more than one half, but nothing else moves commitment any more. Does the model's own stage still run?"
    if commitment[1] != expected[1]:
        way = "low" if commitment[1] < expected[1] else "high"
        return f"Commitment is too {way} from the first month. Who is below one half keeps what the model gives."
    return "Nobody gives more than one half, but commitment is not what the model's stage and the limit give, one after the other."


def a_dial_instead(answer: Any) -> str | None:
    """A scenario in which the model's own stage leaves commitment as it is."""
    expect(answers.scenario(answer) != load("all-five"), "This is all-five itself.")
    theirs, ours = answers.ensemble(answer, runs=1), _table(commit=_do_nothing)
    expect(theirs.months[-1] >= MONTHS, "Leave the number of months as it is.")
    values = {name: theirs.measure(name)[0, : MONTHS + 1] for name in ours.columns}
    same = {name: np.array_equal(values[name], ours[name].to_numpy(), equal_nan=True) for name in ours.columns}
    if all(same.values()):
        return None
    if same["commitment"]:
        return "Mean commitment is that of Steadfast, and other things are not. Which fields that you changed have to do with something else?"
    quiet, slow = answer.commitment.noise == 0, answer.commitment.adjustment == 0
    if quiet and slow:
        return "Each member keeps what it has, and yet the two runs differ. Leave everything else as it is."
    if slow:
        return "Nobody moves towards anything any more, and yet commitment moves. Look at the equation: what else is added each month?"
    if quiet:
        return "Chance is out of it, and commitment still moves towards what members think right."
    return "Commitment still moves. Look at the last equation of the stage: what must be 0 so that a member keeps what it has?"


def how_a_change_travels(answer: Any) -> str | None:
    """The months in which measures first differ when the stage build does nothing."""
    months = {str(name): int(month) for name, month in dict(answer).items()}
    measures = ("capacity", "progress", "commitment", "trust", "grants")
    if missing := [name for name in measures if name not in months]:
        return f"There is no month for {missing[0]}: give one for each of {', '.join(measures)}."
    differ = _table() != _table(build=_do_nothing)
    first = {name: int(differ[name].to_numpy()[1:].argmax()) + 1 for name in measures}
    name = next((name for name in measures if months[name] != first[name]), None)
    if name is None:
        return None
    if name == "grants":
        return "grants: decided in stage 7 is not paid in stage 0 of the next month. The page of the model says how long it takes."
    if name == "capacity":
        return "capacity: stage 7 changes it, and what a month has done is recorded at its end."
    way = "it takes longer" if months[name] < first[name] else "it is sooner than that"
    return f"{name}: {way}. Which stage changes {name}, what does that stage look at, and has that changed already when the stage comes?"


def _run(model_class: type[CollectiveImpactModel]) -> pd.DataFrame:
    """Run all-five in a model for some months: its measures by month."""
    model = model_class("all-five", seed=1)
    for _ in range(MONTHS):
        model.step()
    return model.frame().set_index("month")


@lru_cache
def _table(**stages: Callable[[CollectiveImpactModel], None]) -> pd.DataFrame:
    """Run all-five with some stages replaced."""
    return _run(type("Changed", (CollectiveImpactModel,), stages))


# --- 11, doubts
def backbone_that_costs(answer: Any) -> str | Verdict:
    """A coalition in which the backbone costs more progress than it brings."""
    itself = "That changes the backbone itself. In which coalition does the usual one not pay?"
    answers.plausible_change(answer, ("backbone.",), itself)

    def brought(base: Scenario | str) -> Floats:
        return 100 * (course(base=base, runs=20) - course({"backbone.staff": 0.0}, base=base, runs=20))[:, -1]

    here, usual = brought(answer), brought("all-five").mean()
    points = here.mean()
    told = f"There the backbone brings {points:+.1f} points"
    if clearly(here) < 0:
        return Verdict(True, f"{told}. The model does not say which of the two yours is: that must be measured.")
    told += f"; at the defaults {usual:+.1f}."
    if points > usual:
        return f"{told} That is the other direction. Who pays the posts, and how many are they that pay?"
    if points > usual / 2:
        return f"{told} This field hardly decides it. What do three posts cost, and from whose hours are they paid?"
    return f"{told} The right direction; go farther, or take a field that goes farther."


def counties_of_each_kind(answer: Any) -> str | None:
    """The number of counties that a trial of an interaction takes."""
    counties = number(answer)
    silent, unplanned = {"measurement.sharing": 0.0}, {"activities.coordination": 0.0}
    kinds = [100 * course(off)[:, -1] for off in ({}, unplanned, silent, silent | unplanned)]
    contrast = kinds[0] - kinds[1] - kinds[2] + kinds[3]
    variance = sum(float(kind.var(ddof=1)) for kind in kinds) / 4

    def alike(value: float) -> bool:
        return near(counties, value, within=max(1.0, 0.05 * value))

    # By the normal quantiles of a two-sided test at five per cent, and of finding what is there in four of five cases.
    by_variance = (1.96 + 0.84) ** 2 / float(contrast.mean()) ** 2
    needed = 4 * by_variance * variance
    if alike(needed):
        return None
    if alike(4 * needed):
        return "That is the number of counties in all. How many of each kind?"
    if alike(needed / 2):
        return "A difference of two means has two variances. How many means does this effect have?"
    if alike(by_variance * float(contrast.var(ddof=1))):
        return "That pairs the kinds on the same luck. In the world no county has a twin: take the variance among the runs of each kind."
    if counties < needed:
        return "Too few. Is your effect the difference of the differences, and your variance that among counties, not that of a mean?"
    return "Too many. Is your effect the difference of the differences, after ten years, with the other three conditions present?"


def findings_that_tell(answer: Any) -> str | None:
    """The findings that one of two models shows and the other does not."""
    this, rival = _shown()
    chosen = names(answer, this, "no finding on the list")
    telling = {name for name in this if this[name] != rival[name]}
    if useless := sorted(chosen - telling):
        return f"Both models show {useless[0]!r}, so that it supports neither against the other."
    if missing := len(telling - chosen):
        return f"What you name tells them apart. So {'does one more' if missing == 1 else f'do {missing} more'} on the list."
    return None


@lru_cache(maxsize=1)
def _shown() -> list[dict[str, bool]]:
    """The findings that this model and the rival show, by name."""
    measured: dict[str, Callable[[Trials], bool]] = {
        "more together": lambda trials: clearly(trials.gain[:, -1]) > 0,
        "each counts": lambda trials: all(
            clearly((trials.together - trials.without(name))[:, -1]) > 0 for name in CONDITIONS
        ),
        "more than the sum": lambda trials: facts.together_more_than_the_sum(trials)[0],
        "costs first": lambda trials: clearly(trials.gain[:, 24]) < 0,
        "spread": lambda trials: facts.replicates_differ(trials)[0],
    }
    both = (Trials(10, 1), Trials(10, 1, base=RIVALS[0].scenario(), stages=RIVALS[0].stages))
    return [{name: shows(trials) for name, shows in measured.items()} for trials in both]


#: By notebook, its exercises in order, and what a right answer shows; "" where that depends on the answer.
EXERCISES = {
    "8": {
        spreadsheet: "Everything that was told is used, and what was not told stays open: it is drawn anew in each run, "
        "so that your results show how much hangs on it.",
        delay: "More than half of the gap is the delay. The rest is the price of a year in which members "
        "pay for a backbone, have no agenda and see nobody contribute: it would have been better to wait.",
        beginning: "Of the five it is the one that takes longest to be built, so that a start with it saves most time. "
        "Did you set the coalition beside it that waits? It is ahead of all five.",
    },
    "9": {
        drivers_of_trust: "Trust follows what members see of one another and how long their leaders stay. Another question has other "
        "drivers: what drives progress need not drive trust.",
        range_of_the_threshold: "Over this range the two count alike. Nothing about the community has changed, "
        "only what you said about how well you know it.",
        whatever_the_threshold: "It is ahead of all-five at a low, a middle and a high threshold: a choice that does not hang on what nobody knows.",
    },
    "10": {
        bound: "",
        a_dial_instead: "Bit for bit what Steadfast does. No code was needed, and two ways to the same run check each other.",
        how_a_change_travels: "You can follow a change through the month. What comes first is a cause of what comes later; "
        "what comes later cannot be one.",
    },
    "11": {
        backbone_that_costs: "",
        counties_of_each_kind: "An interaction takes more counties than a difference of the same size, and here the effect is smaller, too: "
        "what tells this model from a simpler one is dear to find.",
        findings_that_tell: "A test is worth what its finding forbids. Both models allow the others, and so they are no tests.",
    },
}
