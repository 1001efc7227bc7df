"""Report of a comparison: one HTML file with the answer in sentences, pictures, tables, and how to get the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from markupsafe import Markup

from cisim import plot
from cisim.comparison import EXPLANATION, Comparison
from cisim.ensemble import OUTCOME, made_with
from cisim.errors import writing
from cisim.files import replace_file
from cisim.plausible import Plausible
from cisim.plot.canvas import inline_svg
from cisim.report.documents import changes
from cisim.report.format import SHARES, duration, few, month_in_words, plural, with_unit
from cisim.report.glossary import find_word
from cisim.report.page import Section, page_of
from cisim.report.sentences import sentences
from cisim.report.tables import Column, Kind, Table, Value
from cisim.seeds import seeds_in_words

WORDS = ("gap", "FTE", "luck", "interval", "world")
LIMITS = (
    "This is a model. Nobody has yet shown that a real coalition follows it: read every number as what the model implies, not as a forecast.",
    "Intervals say how well so many runs pin down an average, not how right the model is.",
    "One county is one run: it gets no average, and has no twin on the same luck to compare itself with.",
)


def write_page(comparison: Comparison, measures: Sequence[str], page: Path, worlds: Plausible | None = None) -> Path:
    """Write the report, replacing a file that is there; InputError if it cannot be written."""
    text = html(comparison, measures, worlds).encode()
    with writing(page):
        replace_file(page, lambda file: file.write(text))
    return page


def html(comparison: Comparison, measures: Sequence[str], worlds: Plausible | None = None) -> str:
    """Write the report as HTML; the same comparison is the same text.

    Args:
        comparison: of at least two runs.
        measures: what to show; the first one is in the pictures.
        worlds: the same strategies in plausible settings, if they were tried.
    """
    answer = [" ".join(sentences(comparison, name)) for name in comparison.others]
    if worlds is not None:
        answer += [worlds.sentence(name, comparison.lead(name, worlds.measure)) for name in comparison.others]
    draw = partial(inline_svg, title=f"How {measures[0]} goes on")
    return page_of(
        title=f"{', '.join(comparison.others)} compared with {comparison.reference}",
        question=f"What comes of it in {duration(comparison.first.months[-1])}? All met the same luck, run by run.",
        answer=answer,
        pictures=[
            Markup(draw(plot.fan(comparison, measures[0]), "course")),
            Markup(draw(plot.difference(comparison, measures[0]), "more")),
        ],
        sections=list(_sections(comparison, measures)),
        note=EXPLANATION,
    )


def _sections(comparison: Comparison, measures: Sequence[str]) -> Iterator[Section]:
    yield Section("Year by year", tables=[_years(comparison, measure) for measure in measures])
    yield Section("Outcomes", tables=[_outcomes(comparison)])
    about = [
        (name, "; ".join(f"{path} = {value}" for path, value in changes(ensemble.scenario).items()) or "the defaults")
        for name, ensemble in comparison.ensembles.items()
    ]
    yield Section("What was compared: every field that is not at its default", points=about)
    yield Section("What this cannot say", LIMITS)
    made = made_with()
    digests = [(f"digest of {name}", each.scenario.digest()) for name, each in comparison.ensembles.items()]
    luck = f"{plural(len(comparison.first), 'paired run')}, {seeds_in_words(comparison.first.seeds)}"
    versions = ", ".join(f"{name} {version}" for name, version in made.items() if name != "model")
    same = [("luck", luck), ("model", f"{made['model']} (digest of its sources)"), ("versions", versions), *digests]
    yield Section("How to get the same numbers", points=same)
    yield Section("Words", points=[(word.name, word.meaning) for name in WORDS if (word := find_word(name))])


def _years(comparison: Comparison, measure: str) -> Table:
    """Make the table of a measure by year: means, and differences with their intervals and luck."""
    quantity = comparison.first.quantity(measure)
    months = few(comparison.first.years[1:], most=12) or list(comparison.first.years)
    share = quantity.unit in SHARES
    kinds: tuple[Kind, Kind] = ("percent", "points") if share else ("number", "number")
    rows = []
    for name in comparison.others:
        of = comparison.statistics(measure, name, months)
        for row, month in enumerate(months):
            at = {column: float(values[row]) for column, values in of.items()}
            more = (at["difference"], (at["low"], at["high"]), at["chance"])
            rows.append((name, month_in_words(month), at["mean"], at["reference_mean"], *more))
    columns = (
        Column("scenario"), Column("when"), Column("its mean", kinds[0]), Column(f"mean of {comparison.reference}", kinds[0]),
        Column("difference", kinds[1]), Column("error of the difference: 95 % interval", kinds[1]),
        Column("luck: share of runs with more", "chance"),
    )  # fmt: skip
    title = f"{with_unit(measure, quantity.unit)}: {quantity.meaning}"
    note = "Differences of shares are in percentage points. Means and differences are over runs on the same luck."
    return Table(measure[:31], title[:1].upper() + title[1:], columns, tuple(rows), note)


def _outcomes(comparison: Comparison) -> Table:
    """Make the table of outcomes in their own units at the end."""
    last = comparison.first.months[-1]
    rows = list[tuple[Value, ...]]()
    for outcome in comparison.first.scenario.community.outcomes:
        values = [each.measure(OUTCOME + outcome.name)[:, last] for each in comparison.ensembles.values()]
        start = float(outcome.in_unit(outcome.baseline))
        rows.append((with_unit(outcome.name, outcome.unit), start, *(float(each.mean()) for each in values)))
    columns = (
        Column("outcome"),
        Column("founding", "number"),
        *(Column(name, "number") for name in comparison.strategies),
    )
    return Table("outcomes", f"The outcomes in their own units, {month_in_words(last)}: means", columns, tuple(rows))
