"""`cisim run`: many runs of one scenario, what came of them, and the files that keep them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cisim
from cisim.cli.checking import changed_in_words, tell_columns
from cisim.cli.terminal import document, say, table
from cisim.cli.work import (
    amount,
    ensemble_as_json,
    few,
    label,
    luck_as_json,
    names_of,
    running,
    scenarios_as_asked,
    when,
)
from cisim.ensemble import HEADLINES, OUTCOME, Ensemble
from cisim.report import export as results
from cisim.report.format import plural, seeds_in_words
from cisim.uncertainty import moments, quantiles

#: Months that a table has room for.
MOST_MONTHS = 4


def run(
    name: str,
    runs: int,
    seed: int,
    out: Path | None,
    settings: Sequence[str],
    threads: int | None,
    json: bool,
    overwrite: bool,
) -> None:
    """`cisim run`."""
    (scenario,) = scenarios_as_asked([name], settings)
    if out is not None:
        results.planned(out, overwrite=overwrite)
    with running(runs) as told:
        ensemble = cisim.run(scenario, runs, seed, threads=threads, on_progress=told)
    written = results.write(ensemble, out, overwrite=overwrite) if out is not None else ()
    if json:
        document(
            {
                "command": "run",
                **luck_as_json(ensemble),
                **ensemble_as_json(ensemble),
                "files": names_of(written),
            }
        )
        return
    tell(ensemble)
    if written:
        say(f"Wrote {', '.join(names_of(written))}")


def tell(ensemble: Ensemble) -> None:
    """What was run and what came of it."""
    scenario = ensemble.scenario
    assert ensemble.roster is not None
    say(scenario.name, style="bold")
    say(
        f"{plural(len(ensemble.roster.names), 'organisation')}, {plural(scenario.months, 'month')}, "
        f"{plural(len(ensemble), 'run')} ({seeds_in_words(ensemble.seeds)})"
    )
    say(changed_in_words(scenario))
    tell_columns(ensemble.roster.columns)
    outcomes = [OUTCOME + name for name in scenario.outcome_names]
    _tell_measures("Mean over the runs", ensemble, HEADLINES)
    _tell_measures("The outcomes, in their own units", ensemble, outcomes)
    say()
    say("What a measure means: cisim explain NAME", style="dim")


def _tell_measures(title: str, ensemble: Ensemble, names: Sequence[str]) -> None:
    months = few(ensemble.years, MOST_MONTHS)
    rows = []
    for name in names:
        quantity, samples = ensemble.quantity(name), ensemble.measure(name)[:, months]
        of, (low, high) = moments(samples), quantiles(samples[:, -1], [0.05, 0.95])
        means = [amount(quantity, mean) for mean in of.mean]
        rows.append([label(quantity), *means, f"{amount(quantity, low)} to {amount(quantity, high)}"])
    last = when(months[-1])
    table(title, ["", *map(when, months), f"9 runs in 10, {last}"], rows)
