"""A comparison in tables and words."""

from __future__ import annotations

from collections.abc import Sequence

from cisim.cli.terminal import heading, say, table
from cisim.cli.work import amount, chance, difference, few, interval, label, when
from cisim.comparison import Comparison
from cisim.dynamics.measures import Measure
from cisim.ensemble import OUTCOME
from cisim.report.format import plural, seeds_in_words
from cisim.report.sentences import sentences
from cisim.uncertainty import moments

#: Years that a table has room for.
MOST_YEARS = 12
PROGRESS = "progress"
HOW_TO_READ = (
    "Difference: mean of the runs' differences on the same luck, in percentage points. Its 95 % interval says "
    "how well these runs pin down what the model implies, not how sure anyone can be about a real coalition."
)
HOW_TO_READ_OTHERS = HOW_TO_READ.replace(", in percentage points", "")


def tell(comparison: Comparison, measures: Sequence[str]) -> None:
    """Tables by year of some measures, the outcomes at the end, and what progress says in words."""
    others = ", ".join(comparison.others)
    luck = f"{plural(len(comparison.first), 'paired run')}, {seeds_in_words(comparison.first.seeds)}"
    say(f"{others} compared with {comparison.reference}", style="bold")
    say(luck)
    for measure in measures:
        by_year(comparison, measure)
        if len(comparison.others) > 1:
            at_the_end(comparison, measure)
    say()
    say(HOW_TO_READ if measures == [PROGRESS] else HOW_TO_READ_OTHERS, style="dim")
    outcomes(comparison)
    say()
    in_words(comparison)


def title_of(quantity: Measure) -> str:
    """What stands above the table of a measure."""
    if quantity.name == PROGRESS:
        return "Collective progress: share of the gap that is closed"
    return f"{label(quantity)}: {quantity.meaning}"


def by_year(comparison: Comparison, measure: str) -> None:
    """All strategies year by year; of two also their difference."""
    quantity = comparison.first.quantity(measure)
    years = few(comparison.first.years[1:], MOST_YEARS) or list(comparison.first.years)
    means = [
        moments(comparison.ensemble(name).measure(measure)[:, years]).mean for name in comparison.strategies
    ]
    header = ["", *map(heading, comparison.strategies)]
    rows = [
        [when(month), *(amount(quantity, mean[place]) for mean in means)] for place, month in enumerate(years)
    ]
    if len(comparison.others) == 1:
        (other,) = comparison.others
        of = comparison.statistics(measure, other, years)
        header += ["difference", "95 % interval", _more(quantity)]
        for place, row in enumerate(rows):
            row += _compared(quantity, {column: float(values[place]) for column, values in of.items()})
    table(title_of(quantity), header, rows)


def at_the_end(comparison: Comparison, measure: str) -> None:
    """Each strategy beside the reference in the last month."""
    quantity, last = comparison.first.quantity(measure), comparison.first.months[-1]
    rows = []
    for name in comparison.others:
        of = {
            column: float(values[0])
            for column, values in comparison.statistics(measure, name, [last]).items()
        }
        rows.append([name, amount(quantity, of["mean"]), *_compared(quantity, of)])
    header = [when(last), "mean", "difference", "95 % interval", _more(quantity)]
    table(f"Compared with {comparison.reference} at the end", header, rows)


def _more(quantity: Measure) -> str:
    return "ahead in" if quantity.name == PROGRESS else "more in"


def _compared(quantity: Measure, of: dict[str, float]) -> list[str]:
    share = chance(of["chance"])
    return [
        difference(quantity, of["difference"]),
        interval(quantity, of["low"], of["high"]),
        f"{share} of runs" if share.endswith("%") else share,
    ]


def outcomes(comparison: Comparison) -> None:
    """The outcomes in the last month, in their own units."""
    last = comparison.first.months[-1]
    rows = []
    for outcome in comparison.first.scenario.community.outcomes:
        quantity = comparison.first.quantity(OUTCOME + outcome.name)
        start = float(outcome.in_unit(outcome.baseline))
        ends = [
            float(moments(comparison.ensemble(name).measure(quantity.name)[:, last]).mean)
            for name in comparison.strategies
        ]
        rows.append([label(quantity), *(amount(quantity, value) for value in (start, *ends))])
    header = ["", "founding", *(heading(name) for name in comparison.strategies)]
    table(f"The outcomes in their own units, {when(last)}", header, rows)


def in_words(comparison: Comparison) -> None:
    """What progress says, three sentences for each strategy."""
    if len(comparison.first) < 2:
        say("With one run there is nothing to say about chance: ask for more.")
        return
    for name in comparison.others:
        for sentence in sentences(comparison, name):
            say(sentence)
        if name != comparison.others[-1]:
            say()
