"""JSON documents of the commands, as mappings; `format.json_text` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim import __version__
from cisim.scenario import FieldInfo, Scenario, flat
from cisim.scenario.catalogue import allowed, dead_while
from cisim.scenario.distributions import why_common
from cisim.scenario.moves import moves

if TYPE_CHECKING:
    from cisim.coalition import Roster
    from cisim.comparison import Comparison
    from cisim.dynamics.measures import Measure
    from cisim.ensemble import Ensemble
    from cisim.plausible import Plausible
    from cisim.study.estimate import Costs
    from cisim.validation.claims import Case, Effort, Verdict
    from cisim.validation.suites import Result, Suite

#: Raised by 1 when the meaning of a key changes.
FORMAT_VERSION = 1


def document(command: str, **content: Any) -> dict[str, Any]:
    """Build the document of a command: what every document has, and its content."""
    return {"cisim": __version__, "format_version": FORMAT_VERSION, "command": command, **content}


def run(ensemble: Ensemble, files: Sequence[Path]) -> dict[str, Any]:
    """Build the document of `cisim run`."""
    return document("run", **_luck(ensemble), **_ensemble(ensemble), files=list(map(str, files)))


def compare(comparison: Comparison, measures: Sequence[str], worlds: Plausible | None = None) -> dict[str, Any]:
    """Build the document of `cisim compare`, without the files that it writes."""
    from cisim.report.sentences import sentences

    readable = comparison.others if len(comparison.first) > 1 else ()
    return document(
        "compare",
        **_luck(comparison.first),
        reference=comparison.reference,
        strategies={name: _ensemble(ensemble) for name, ensemble in comparison.ensembles.items()},
        order=comparison.strategies,
        differences=records(comparison.table_parts(measures)),
        reading={name: sentences(comparison, name) for name in readable},
        **({} if worlds is None else {"plausible": _plausible(comparison, worlds)}),
    )


def _plausible(comparison: Comparison, worlds: Plausible) -> dict[str, Any]:
    summaries = {}
    for name in comparison.others:
        shown = comparison.lead(name, worlds.measure)
        summaries[name] = {**worlds.summary(name, shown), "sentence": worlds.sentence(name, shown)}
    about = {"measure": worlds.measure, "runs": worlds.runs, "varied": worlds.varied, "held": worlds.held}
    return {**about, "strategies": summaries}


def checked_file(
    file: str, problems: Sequence[str], scenario: Scenario | None, roster: Roster | None
) -> dict[str, Any]:
    """Build the part of one file in the document of `cisim check`."""
    if problems or roster is None:
        return {"file": file, "problems": problems}
    if scenario is None:
        return {"file": file, "problems": [], "coalition": _coalition(file, None, roster)}
    return {
        "file": file,
        "problems": [],
        "scenario": _scenario(scenario),
        "coalition": _coalition(scenario.coalition.file, scenario.coalition.ties, roster),
    }


def explain(name: str, fields: Sequence[FieldInfo], measures: Sequence[Measure], **content: Any) -> dict[str, Any]:
    """Build the document of `cisim explain`."""
    described = []
    for info in fields:
        stages = [stage.strip() for stage in info.stage.split(",")]
        limits = {"allowed": allowed(info).removeprefix("must be "), "dead_while": dead_while(info)}
        moved = [move._asdict() for move in moves().get(info.path, ())]
        found = {"distribution": why_common(info) is None, "moves": moved}
        described.append({**vars(info), "stage": stages, **limits, **found})
    measured = [measure._asdict() for measure in measures]
    return document("explain", name=name, fields=described, measures=measured, **content)


def validate(results: Sequence[Result], effort: Effort, verdicts: Mapping[Verdict, int]) -> dict[str, Any]:
    """Build the document of `cisim validate`."""
    suites = []
    for suite, results_of_suite in groupby(results, key=lambda result: result.suite):
        cases = [{**_about(each.case), "claims": [*map(asdict, each.finding.claims)]} for each in results_of_suite]
        suites.append({**_about(suite), "cases": cases})
    quick, all_hold = effort.quick, not verdicts["does not hold"]
    return document("validate", quick=quick, seed=effort.seed, suites=suites, verdicts=verdicts, all_hold=all_hold)


def _about(item: Suite | Case) -> dict[str, str]:
    return {"name": item.name, "title": item.title, "about": item.about}


def records(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the rows of a table given in parts, as columns by name, one value standing for a whole column; what is no number is None."""
    rows: list[dict[str, Any]] = []
    for part in parts:
        count = max((len(column) for column in part.values() if hasattr(column, "tolist")), default=1)
        columns = (column.tolist() if hasattr(column, "tolist") else [column] * count for column in part.values())
        cells = zip(*columns, strict=True)
        rows += [{name: None if cell != cell else cell for name, cell in zip(part, row, strict=True)} for row in cells]
    return rows


def changes(scenario: Scenario, base: Scenario | None = None) -> dict[str, Any]:
    """List the fields that differ from another scenario, or from the defaults (but for events), with their values.

    What a scenario is called does not count; a field that is not set is None.
    """
    values, before = (flat(each.as_mapping()) for each in (scenario, base or Scenario()))
    left_out = {"scenario.name", "scenario.description", *([] if base else ["events"])}
    every = [path for path in {**values, **before} if path not in left_out]
    return {path: values.get(path) for path in every if values.get(path) != before.get(path)}


def _ensemble(ensemble: Ensemble) -> dict[str, Any]:
    assert ensemble.roster is not None
    coalition = ensemble.scenario.coalition
    return {
        "scenario": _scenario(ensemble.scenario),
        "coalition": _coalition(coalition.file, coalition.ties, ensemble.roster),
        "measures": [measure._asdict() for measure in ensemble.quantities.values()],
        "summary": records(ensemble.summary_parts()),
    }


def _luck(ensemble: Ensemble) -> dict[str, Any]:
    from cisim.seeds import ensemble_seed, first_of

    seeds = list(map(int, ensemble.seeds))
    of_runs = seeds if first_of(ensemble.seeds) is None else {"first": seeds[0], "last": seeds[-1]}
    return {"runs": len(seeds), "seed": ensemble_seed(ensemble.seeds), "seeds": of_runs}


def _scenario(scenario: Scenario) -> dict[str, Any]:
    weighted = zip(scenario.community.outcomes, scenario.outcome_weights, strict=True)
    return {
        "name": scenario.name,
        "description": scenario.description,
        "digest": scenario.digest(),
        "months": scenario.months,
        "changed": changes(scenario),
        "events": len(scenario.events),
        "outcomes": [{"name": each.name, "unit": each.unit, "weight": weight} for each, weight in weighted],
    }


def _coalition(file: str | None, ties: str | None, roster: Roster) -> dict[str, Any]:
    return {
        "file": file,
        "ties": ties,
        "organisations": len(roster.names),
        "sectors": roster.sector_names,
        "columns": [column._asdict() for column in roster.columns],
    }


def job_script(costs: Costs, command: str, shards: int) -> str:
    """Write a script that runs a command in an array of so many jobs under Slurm."""
    workers = max(1, costs.workers // shards)
    return f"""#!/bin/bash
#SBATCH --job-name=cisim
#SBATCH --array=1-{shards}
#SBATCH --cpus-per-task={workers}
#SBATCH --mem={max(1, round(2 * costs.memory / 1e9))}G
#SBATCH --time={int(2 * costs.hours) + 1}:00:00
# A job that is stopped goes on where it was when the same script is given again.
{command} --threads {workers} --shard "$SLURM_ARRAY_TASK_ID/{shards}" --out "shard-$SLURM_ARRAY_TASK_ID"
# When all are done: cisim study merge results shard-*
"""
