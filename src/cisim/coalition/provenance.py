"""Provenance of a coalition's values: what the files gave, what they lacked, what was put in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cisim.coalition.columns import Column, Numbers, Organisations, Reports, shares

if TYPE_CHECKING:
    from cisim.scenario import Scenario

#: The sector of an organisation whose cell is empty in a file that names sectors.
NO_SECTOR = "not given"


def provenance(scenario: Scenario, organisations: Organisations, reports: Reports | None) -> list[Column]:
    """Say for each thing that files may give whether they did, in a sentence."""
    numbers, coalition = organisations.numbers, scenario.coalition
    columns = [_of_sectors(organisations.sectors)]
    if "resources" in numbers:
        columns.append(_of_numbers("resources", numbers, "FTE as given", "the size distribution"))
        if "size" in numbers:
            columns.append(Column("size", "unused", "The column resources says more than size does."))
    elif "size" in numbers:
        use = "Ranks spread over size_mean and size_sd"
        columns.append(_of_numbers("size", numbers, use, "the size distribution"))
    else:
        columns.append(Column("resources", "missing", "Resources are drawn from size_mean and size_sd."))
    outcomes, roles = scenario.outcome_names, scenario.role_names
    columns.append(_of_shares(organisations, "mission", outcomes, "from agenda.alignment and chance"))
    columns.append(_of_shares(organisations, "mix", roles, "from role_skew and competence"))
    columns += [_of_numbers(f"competence.{role}", numbers, "As given", "competence_sd") for role in roles]
    columns.append(_of_numbers("commitment", numbers, "As given", "commitment.initial and initial_sd"))
    if reports is None:
        note = f"Ties are generated: network {coalition.network}, mean degree {coalition.degree:g}."
        return [*columns, Column("ties", "missing", note)]
    note = f"{len(reports.source)} rows; of two reports of a tie the stronger counts."
    columns.append(Column("ties", "used", note))
    if "frequency" in reports.numbers and "strength" not in reports.numbers:
        columns.append(_of_numbers("frequency", reports.numbers, "Strength (5 - frequency)/4", "tie_min"))
    else:
        if "frequency" in reports.numbers:
            columns.append(Column("frequency", "unused", "The column strength says more than frequency does."))
        columns.append(_of_numbers("strength", reports.numbers, "As given", "tie_min"))
    columns.append(_of_numbers("trust", reports.numbers, "By direction, as given", "trust and trust_sd"))
    return columns


def _column(what: str, lacking: int, count: int, missing: str, assumed: str, used: str) -> Column:
    """The sentence that fits, by how many of the values are lacking."""
    if lacking == count:
        return Column(what, "missing", missing)
    return Column(what, "assumed", assumed) if lacking else Column(what, "used", used)


def _of_sectors(sectors: Sequence[str]) -> Column:
    lacking, count = sectors.count(""), len(sectors)
    missing = "Organisations are dealt out evenly over the scenario's sectors."
    assumed = f"{lacking} of {count} cells are empty: sector {NO_SECTOR!r}."
    return _column("sector", lacking, count, missing, assumed, f"{len(set(sectors))} sectors as given.")


def _of_numbers(column: str, numbers: Numbers, use: str, source: str) -> Column:
    values = numbers.get(column, np.full(1, np.nan))
    lacking, count = int(np.isnan(values).sum()), len(values)
    assumed = f"{use}; {lacking} of {count} cells are empty and drawn from {source}."
    return _column(column, lacking, count, f"Drawn from {source}.", assumed, f"{use}.")


def _of_shares(organisations: Organisations, group: str, parts: Sequence[str], drawn: str) -> Column:
    lacking = int(np.isnan(shares(organisations, group, parts)[:, 0]).sum())
    count = len(organisations.names)
    absent = [f"{group}.{part}" for part in parts if f"{group}.{part}" not in organisations.numbers]
    use = "Scaled to sum to 1"
    if absent:
        use += f"; no column {', '.join(absent)}, which count{'s' if len(absent) == 1 else ''} as 0"
    assumed = f"{use}; {lacking} of {count} rows without it, drawn {drawn}."
    return _column(group, lacking, count, f"Drawn {drawn}.", assumed, f"{use}.")
