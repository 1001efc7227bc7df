"""`cisim compare`: scenarios on the same luck, compared in tables and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import cisim
from cisim.cli.commands.check import table_of_columns
from cisim.cli.options import (
    Json,
    Link,
    Overwrite,
    Runs,
    ScenarioNamesOrLink,
    Seed,
    Settings,
    Threads,
    check_link_alone,
    load_scenarios,
    option,
)
from cisim.cli.terminal import heading, note, progress, say, table
from cisim.dynamics.measures import COMMON
from cisim.errors import InputError, Problems
from cisim.report import format as words

if TYPE_CHECKING:
    from cisim.coalition import Column
    from cisim.comparison import Comparison
    from cisim.dynamics.measures import Measure
    from cisim.plausible import Plausible
    from cisim.scenario import Scenario

PROGRESS = "progress"
HOW_TO_READ = (
    "Difference: mean of the runs' differences on the same luck, in percentage points. Its 95 % interval says "
    "how well these runs pin down what the model implies, not how sure anyone can be about a real coalition."
)
_PLAUSIBLE = (
    "Compare the first measure in N settings over the plausible ranges of all that the scenarios leave open, too."
)
_DIFFERENCE = "Draw how much more of the first measure than the first scenario the others have: .png, .svg or .pdf."
_REPORT = "Write a page with the answer, pictures and tables, which asks nothing of any network: .html."
_MEASURE = "What to compare, progress by default; may be given several times. See: cisim explain measures."
_SORT = "Show scenarios by the mean of the first measure at the end, the largest first."
_STRICT = "Run nothing if a scenario cannot be compared with the first; else such ones are left out."


def compare(
    scenarios: ScenarioNamesOrLink = None,
    name: Annotated[list[str] | None, option("TEXT", "What to call a scenario: once for each, in their order.")] = None,
    measure: Annotated[list[str] | None, option("NAME", _MEASURE, known=lambda: (each.name for each in COMMON))] = None,
    runs: Runs = 200,
    seed: Seed = 1,
    out: Annotated[Path | None, option("FOLDER", "Keep all runs in a new folder, in one for each scenario.")] = None,
    picture: Annotated[Path | None, option("FILE", "Draw the first measure's course: .png, .svg or .pdf.")] = None,
    difference: Annotated[Path | None, option("FILE", _DIFFERENCE)] = None,
    report: Annotated[Path | None, option("FILE", _REPORT)] = None,
    plausible: Annotated[int | None, option("N", _PLAUSIBLE)] = None,
    settings: Settings = None,
    link: Link = None,
    threads: Threads = None,
    sort: Annotated[bool, typer.Option("--sort", help=_SORT)] = False,
    strict: Annotated[bool, typer.Option("--strict", help=_STRICT)] = False,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Run scenarios on the same luck; compare them with the first. Exit code 1 if one was left out for what is wrong with it."""
    from cisim.coalition.rosters import known_rosters

    measures = list(dict.fromkeys(measure or [PROGRESS]))
    check_link_alone(link, scenarios, {"--name": bool(name), "--seed": seed != 1, "--set": settings is not None})
    with known_rosters():
        if link is None:
            strategies, left_out = _strategies(scenarios or [], name or [], settings, measures, strict)
        else:
            strategies, seed = _linked(link, measures)
            left_out = {}
        _check_files(out, picture, difference, report, overwrite, len(strategies), runs)
        if plausible is not None:
            from cisim.plausible import RUNS, check_worlds

            check_worlds(plausible)
        with progress("running", runs * len(strategies)) as on_progress:
            comparison = cisim.compare(strategies, runs, seed, threads=threads, on_progress=on_progress)
    worlds = None
    if plausible is not None:
        with progress("plausible settings", plausible * RUNS * len(strategies)) as on_progress:
            worlds = cisim.compare_plausible(
                strategies, plausible, seed=seed, measure=measures[0], threads=threads, on_progress=on_progress
            )
    if sort:
        comparison = comparison.ranked(measures[0])
    files = [] if picture is None else [cisim.plot.save(cisim.plot.fan(comparison, measures[0]), picture)]
    if difference is not None:
        files.append(cisim.plot.save(cisim.plot.difference(comparison, measures[0]), difference))
    if report is not None:
        from cisim.report.compared import write_page

        files.append(write_page(comparison, measures, report, worlds))
    if json or out is not None:
        from cisim.report import documents, export

        document = {**documents.compare(comparison, measures, worlds), "left_out": left_out}
        files += [] if out is None else export.write_comparison(comparison, document, out)
    if json:
        print(words.json_text({**document, "files": list(map(str, files))}))
    else:
        _show(comparison, measures)
        if worlds is not None:
            in_worlds(comparison, worlds)
        if files:
            say(f"Wrote {' and '.join(str(path) for path in (picture, difference, report, out) if path is not None)}")
    if left_out:
        raise typer.Exit(1)


def _linked(link: str, measures: Sequence[str]) -> tuple[dict[str, Scenario], int]:
    """Read the two plans that a link of the page compares, and its seed."""
    from cisim.app.link import read_link

    linked = read_link(link)
    _check_measures(linked.plans.values(), measures)
    return linked.plans, linked.seed


def _strategies(
    files: Sequence[str], names: Sequence[str], settings: Sequence[str] | None, measures: Sequence[str], strict: bool
) -> tuple[dict[str, Scenario], dict[str, list[str]]]:
    """Load the scenarios that can be compared with the first, by name; tell what is wrong with the others, and return it by file."""
    from cisim.comparison import check_comparable

    if names and len(names) != len(files):
        raise InputError(f"--name: {len(names)} given for {len(files)} scenarios: give one for each")

    def load(some: Sequence[str]) -> list[Scenario]:
        scenarios = load_scenarios(some, settings)
        # A file may be there twice, under two names.
        labels = [file if some.index(file) == place else f"{file} ({place + 1})" for place, file in enumerate(some)]
        check_comparable(dict(zip(labels, scenarios, strict=True)))
        _check_measures(scenarios, measures)
        return scenarios

    kept: dict[int, Scenario] = {}
    left_out: dict[str, list[str]] = {}
    try:
        kept = dict(enumerate(load(files)))
    except InputError as error:
        for index, file in enumerate(files[1:] if not strict else (), 1):
            try:
                kept[0], kept[index] = load([files[0], file])
            except InputError as wrong:
                left_out[file] = list(wrong.problems)
        if len(kept) < 2:
            raise error from None
        note(f"{len(left_out)} of {len(files)} scenarios left out:")
        for problems in left_out.values():
            more = f" (and {words.plural(len(problems) - 1, 'more problem')})" if len(problems) > 1 else ""
            note(f"  {problems[0]}{more}")
    chosen = strategy_names(
        [files[index] for index in kept], [*kept.values()], [names[index] for index in kept if names]
    )
    return dict(zip(chosen, kept.values(), strict=True)), left_out


def strategy_names(files: Sequence[str], scenarios: Sequence[Scenario], names: Sequence[str] = ()) -> list[str]:
    """Name scenarios as asked for, or else as their files do, or else after them; reject names that do not tell them apart."""
    stems = [Path(file).stem if file.endswith(".toml") else file for file in files]
    usual = type(scenarios[0])().name
    own = [
        scenario.name if file.endswith(".toml") and scenario.name != usual else stem
        for file, stem, scenario in zip(files, stems, scenarios, strict=True)
    ]
    alone = [name if own.count(name) == 1 else stem for name, stem in zip(own, stems, strict=True)]
    chosen = list(names or next((each for each in (alone, stems) if len(set(each)) == len(each)), files))
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    Problems(f"{name}: is there twice: give each scenario another --name" for name in twice).check()
    return chosen


def _check_files(
    out: Path | None,
    picture: Path | None,
    difference: Path | None,
    report: Path | None,
    overwrite: bool,
    strategies: int,
    runs: int,
) -> None:
    """Reject files that cannot be written before anything runs."""
    problems = Problems()
    if picture is not None and picture == difference:
        problems.append(f"{picture}: --picture and --difference need a file each")
    if report is not None and runs < 2:
        problems.append(f"{report}: a report needs at least 2 runs")
    for file in (picture, difference, report):
        with problems.collected():
            if file is not None:
                from cisim.files import check_file
                from cisim.plot.canvas import ENDINGS
                from cisim.plot.courses import MOST

                if strategies > MOST:
                    raise InputError(f"{file}: a picture shows at most {MOST} scenarios: {strategies} given")
                check_file(file, (".html",) if file == report else ENDINGS, overwrite)
    with problems.collected():
        if out is not None:
            from cisim.report.export import check_comparison

            check_comparison(out, overwrite=overwrite)
    problems.check()


def _check_measures(scenarios: Iterable[Scenario], measures: Sequence[str]) -> None:
    """Reject measures that a scenario does not have before anything runs."""
    import numpy as np

    from cisim.coalition import roster
    from cisim.ensemble import Ensemble

    problems = Problems()
    for scenario in scenarios:
        recorded = scenario.measures(roster(scenario).sector_names)
        no_values, no_seeds = np.empty((0, scenario.months + 1, len(recorded))), np.empty(0, np.uint64)
        for name in measures:
            with problems.collected():
                Ensemble(no_values, no_seeds, recorded, scenario).quantity(name)
    problems.check()


def _show(comparison: Comparison, measures: Sequence[str]) -> None:
    from cisim.seeds import seeds_in_words

    coalitions: dict[tuple[Column, ...], list[str]] = {}
    for name, ensemble in comparison.ensembles.items():
        coalitions.setdefault(ensemble.roster.columns if ensemble.roster else (), []).append(name)
    for columns, names in coalitions.items():
        if columns:
            say(", ".join(names), style="bold")
            table_of_columns(columns)
            say()
    say(f"{', '.join(comparison.others)} compared with {comparison.reference}", style="bold")
    say(f"{words.plural(len(comparison.first), 'paired run')}, {seeds_in_words(comparison.first.seeds)}")
    for measure in measures:
        table_by_year(comparison, measure)
        if len(comparison.others) > 1:
            quantity, last = comparison.first.quantity(measure), comparison.first.months[-1]
            rows = [[name, *_compared(comparison, quantity, name, [last])[0]] for name in comparison.others]
            header = [words.month_in_words(last), *_header(quantity)]
            table(f"Compared with {comparison.reference} at the end", header, rows)
    only_progress = measures == [PROGRESS]
    say("\n" + (HOW_TO_READ if only_progress else HOW_TO_READ.replace(", in percentage points", "")), style="dim")
    _table_of_outcomes(comparison)
    say()
    in_words(comparison)


def table_by_year(comparison: Comparison, measure: str) -> None:
    """Write all strategies year by year, many of them or with long names one under the other; of two also their difference."""
    from cisim.uncertainty import moments

    quantity = comparison.first.quantity(measure)
    many = _are_many(comparison)
    years = words.few(comparison.first.years[1:], most=6 if many else 12) or list(comparison.first.years)
    means = [moments(ensemble.measure(measure)[:, years]).mean for ensemble in comparison.ensembles.values()]
    header = ["", *map(heading, comparison.strategies)]
    rows = [
        [words.month_in_words(month), *(words.amount(mean[row], quantity.unit) for mean in means)]
        for row, month in enumerate(years)
    ]
    if many:
        header, rows = _turned(header, rows, comparison)
    elif len(comparison.others) == 1:
        header += _header(quantity)[1:]
        compared = _compared(comparison, quantity, comparison.others[0], years)
        rows = [[*row, *cells[1:]] for row, cells in zip(rows, compared, strict=True)]
    title = f"{words.with_unit(measure, quantity.unit)}: {quantity.meaning}"
    table("Collective progress: share of the gap that is closed" if measure == PROGRESS else title, header, rows)


def _are_many(comparison: Comparison) -> bool:
    """Return whether the strategies, side by side, would not leave each other room, or their names would be cut."""
    return len(comparison.strategies) > 4 or any(heading(name).endswith(" ...") for name in comparison.strategies)


def _turned(
    header: Sequence[str], rows: Sequence[Sequence[str]], comparison: Comparison
) -> tuple[list[str], list[list[str]]]:
    """Turn columns, those of the strategies last, into rows with the whole names."""
    first, *others = map(list, zip(header, *rows, strict=True))
    firsts = len(others) - len(comparison.strategies)
    names = [column[0] for column in others[:firsts]] + list(comparison.strategies)
    return [heading(text, 9) for text in first], [
        [name, *column[1:]] for name, column in zip(names, others, strict=True)
    ]


def _header(quantity: Measure) -> list[str]:
    return ["mean", "difference", "95 % interval", "ahead in" if quantity.name == PROGRESS else "more in"]


def _compared(comparison: Comparison, quantity: Measure, strategy: str, months: Sequence[int]) -> list[list[str]]:
    """Compare a strategy with the reference: for each month the cells under `_header`."""
    columns, unit, rows = comparison.statistics(quantity.name, strategy, months), quantity.unit, []
    for row in range(len(months)):
        at = {name: column[row] for name, column in columns.items()}
        ahead = f"{words.chance(at['chance'])} of runs" if at["chance"] == at["chance"] else words.NOTHING
        interval = words.interval(at["low"], at["high"], unit)
        rows.append([words.amount(at["mean"], unit), words.difference(at["difference"], unit), interval, ahead])
    return rows


def _table_of_outcomes(comparison: Comparison) -> None:
    from cisim.ensemble import OUTCOME
    from cisim.uncertainty import moments

    last, rows = comparison.first.months[-1], []
    for outcome in comparison.first.scenario.community.outcomes:
        samples = [ensemble.measure(OUTCOME + outcome.name)[:, last] for ensemble in comparison.ensembles.values()]
        values = [outcome.in_unit(outcome.baseline), *(moments(sample).mean for sample in samples)]
        cells = [words.amount(float(value), outcome.unit) for value in values]
        rows.append([words.with_unit(outcome.name, outcome.unit), *cells])
    header = ["", "founding", *map(heading, comparison.strategies)]
    if _are_many(comparison):
        header, rows = _turned(header, rows, comparison)
    table(f"The outcomes in their own units, {words.month_in_words(last)}", header, rows)


def in_words(comparison: Comparison) -> None:
    """Write what progress says, three sentences for each strategy."""
    from cisim.report.sentences import sentences

    if len(comparison.first) < 2:
        say("With one run there is nothing to say about chance: ask for more.")
        return
    say("\n\n".join("\n".join(sentences(comparison, name)) for name in comparison.others))


def in_worlds(comparison: Comparison, worlds: Plausible) -> None:
    """Write what plausible settings say of each strategy, and which fields do not vary in them."""
    say()
    for name in comparison.others:
        say(worlds.sentence(name, comparison.lead(name, worlds.measure)))
    held = f", but for {words.plural(len(worlds.held), 'field')} that a scenario sets" if worlds.held else ""
    say(
        f"({words.plural(len(worlds.varied), 'field')} vary over their plausible ranges{held}; "
        f"{words.plural(worlds.runs, 'paired run')} in each setting.)",
        style="dim",
    )
