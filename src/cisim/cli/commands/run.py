"""`cisim run`: many runs of one scenario, summarised, and kept in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import cisim
from cisim.cli.commands.check import changes_in_words, table_of_columns
from cisim.cli.options import (
    Json,
    Link,
    Overwrite,
    Runs,
    ScenarioNameOrLink,
    Seed,
    Settings,
    Threads,
    check_link_alone,
    load_scenarios,
    option,
)
from cisim.cli.terminal import progress, say, table
from cisim.errors import InputError
from cisim.report.format import amount, few, json_text, month_in_words, plural, with_unit

if TYPE_CHECKING:
    from cisim.ensemble import Ensemble
    from cisim.scenario import Scenario
_RUN_SEED = "Do the run of this run seed alone, in place of --runs and --seed; may be given several times."
_OUT = "Keep all runs: NAME.parquet, NAME.csv, or a folder; with a manifest to make them again."


def run(
    scenario: ScenarioNameOrLink = None,
    runs: Runs = 200,
    seed: Seed = 1,
    run_seed: Annotated[list[int] | None, option("N", _RUN_SEED)] = None,
    out: Annotated[Path | None, option("FILE|FOLDER", _OUT)] = None,
    settings: Settings = None,
    link: Link = None,
    threads: Threads = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Run a scenario many times and show what came of it.

    For SCENARIO the manifest of results, or their folder: do its runs again, and tell whether the same bytes come out (else exit code 1).
    """
    from cisim.scenario import shipped

    check_link_alone(
        link, scenario, {"--seed": seed != 1, "--run-seed": run_seed is not None, "--set": settings is not None}
    )
    ours = not scenario or scenario in shipped()
    if out is not None or not ours:
        from cisim.report import export
    if out is not None:
        export.check_out(out, overwrite=overwrite)
    again: dict[str, Any] = {}
    if not ours and export.find_manifest(Path(str(scenario))):
        if (runs, seed, run_seed, settings) != (200, 1, None, None):
            raise InputError(
                f"{scenario}: its manifest says which runs: leave --runs, --seed, --run-seed and --set away"
            )
        with progress("running") as on_progress:
            ensemble, same, differs = export.run_again(Path(str(scenario)), threads=threads, on_progress=on_progress)
        again = {"same": same, "differs": differs}
    else:
        loaded, seed = _linked(link) if link else (load_scenarios([str(scenario)], settings)[0], seed)
        with progress("running", len(run_seed or ()) or runs) as on_progress:
            ensemble = cisim.run(loaded, runs, seed, run_seeds=run_seed, threads=threads, on_progress=on_progress)
    files = export.write(ensemble, out, overwrite=overwrite) if out is not None else ()
    if json:
        from cisim.report import documents

        print(json_text({**documents.run(ensemble, files), **again}))
    else:
        _show(ensemble)
        if files:
            say(f"Wrote {', '.join(map(str, files))}")
        if again:
            say(_again_in_words(**again))
    if again and not again["same"]:
        raise typer.Exit(1)


def _linked(link: str) -> tuple[Scenario, int]:
    """Read the plan whose dials a link of the page shows, and its seed."""
    from cisim.app.link import read_link

    linked = read_link(link)
    return linked.turned, linked.seed


def _again_in_words(same: bool, differs: Sequence[str]) -> str:
    if same:
        return f"The same bytes came out again{', though other than then: ' if differs else ''}{', '.join(differs)}."
    return f"Other bytes came out. What differs: {', '.join(differs) or 'nothing that the manifest tells of, so the processor'}."


def _show(ensemble: Ensemble) -> None:
    from cisim.ensemble import HEADLINES, OUTCOME
    from cisim.seeds import seeds_in_words

    scenario = ensemble.scenario
    assert ensemble.roster is not None
    say(scenario.name, style="bold")
    say(
        f"{plural(len(ensemble.roster.names), 'organisation')}, {plural(scenario.months, 'month')}, "
        f"{plural(len(ensemble), 'run')}, {seeds_in_words(ensemble.seeds)}\n{changes_in_words(scenario)}"
    )
    table_of_columns(ensemble.roster.columns)
    _table_of_measures("Mean over the runs", ensemble, HEADLINES)
    outcomes = [OUTCOME + name for name in scenario.outcome_names]
    _table_of_measures("The outcomes, in their own units", ensemble, outcomes)
    say("\nWhat a measure means: cisim explain NAME", style="dim")


def _table_of_measures(title: str, ensemble: Ensemble, names: Sequence[str]) -> None:
    from cisim.ensemble import OUTCOME
    from cisim.uncertainty import moments, quantiles

    months, rows = few(ensemble.years, most=4), []
    for name in names:
        unit, samples = ensemble.quantity(name).unit, ensemble.measure(name)[:, months]
        low, high = (amount(value, unit) for value in quantiles(samples[:, -1], [0.05, 0.95]))
        means = [amount(mean, unit) for mean in moments(samples).mean]
        rows.append([with_unit(name.removeprefix(OUTCOME), unit), *means, f"{low} to {high}"])
    columns = [month_in_words(month) for month in months]
    table(title, ["", *columns, f"9 runs in 10, {columns[-1]}"], rows)
