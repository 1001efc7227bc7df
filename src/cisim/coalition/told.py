"""What a run tells of a coalition's files: what they gave, what they lacked, what was put in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.columns import Column, Organisations, Reports, portions

if TYPE_CHECKING:
    from cisim.scenario import Scenario

#: The sector of an organisation whose cell is empty in a file that names sectors.
NO_SECTOR = "not given"


def told(scenario: Scenario, organisations: Organisations, reports: Reports | None) -> list[Column]:
    """What the files gave and lacked, a sentence each."""
    numbers, coalition = organisations.numbers, scenario.coalition
    lines = [_told_sector(organisations.sectors)]
    if "resources" in numbers:
        lines.append(_told_number("resources", numbers["resources"], "FTE as given", "the size distribution"))
        if "size" in numbers:
            lines.append(Column("size", "unused", "The column resources says more than size does."))
    elif "size" in numbers:
        use = "ranks spread over size_mean and size_sd"
        lines.append(_told_number("size", numbers["size"], use, "the size distribution"))
    else:
        lines.append(Column("resources", "missing", "Resources are drawn from size_mean and size_sd."))
    for group, parts, drawn in (
        ("mission", scenario.outcome_names, "from agenda.alignment and chance"),
        ("mix", scenario.role_names, "from role_skew and competence"),
    ):
        lines.append(_told_shares(group, parts, portions(organisations, group, parts), numbers, drawn))
    for role in scenario.role_names:
        column = f"competence.{role}"
        lines.append(_told_number(column, numbers.get(column), "as given", "competence_sd"))
    lines.append(
        _told_number("commitment", numbers.get("commitment"), "as given", "commitment.initial and initial_sd")
    )
    if reports is None:
        note = f"Ties are generated: network {coalition.network}, mean degree {coalition.degree:g}."
        return [*lines, Column("ties", "missing", note)]
    lines.append(
        Column("ties", "used", f"{len(reports.source)} rows; of two reports of a tie the stronger counts.")
    )
    measured = (
        "frequency" if "frequency" in reports.numbers and "strength" not in reports.numbers else "strength"
    )
    if "frequency" in reports.numbers and measured == "strength":
        lines.append(Column("frequency", "unused", "The column strength says more than frequency does."))
    use = "strength (5 - frequency)/4" if measured == "frequency" else "as given"
    lines.append(_told_number(measured, reports.numbers.get(measured), use, "tie_min"))
    lines.append(
        _told_number("trust", reports.numbers.get("trust"), "by direction, as given", "trust and trust_sd")
    )
    return lines


def _told_sector(sectors: Sequence[str]) -> Column:
    lacking = sum(1 for name in sectors if not name)
    if lacking == len(sectors):
        return Column("sector", "missing", "Organisations are dealt out evenly over the scenario's sectors.")
    if lacking:
        return Column(
            "sector", "assumed", f"{lacking} of {len(sectors)} cells are empty: sector {NO_SECTOR!r}."
        )
    return Column("sector", "used", f"{len(set(sectors))} sectors as given.")


def _told_number(column: str, values: NDArray[np.float64] | None, use: str, source: str) -> Column:
    if values is None or np.isnan(values).all():
        return Column(column, "missing", f"Drawn from {source}.")
    lacking = int(np.isnan(values).sum())
    if lacking:
        return Column(
            column,
            "assumed",
            f"{use[0].upper()}{use[1:]}; {lacking} of {len(values)} cells are empty and drawn from {source}.",
        )
    return Column(column, "used", f"{use[0].upper()}{use[1:]}.")


def _told_shares(
    group: str,
    parts: Sequence[str],
    shares: NDArray[np.float64],
    numbers: dict[str, NDArray[np.float64]],
    drawn: str,
) -> Column:
    lacking = int(np.isnan(shares[:, 0]).sum())
    if lacking == len(shares):
        return Column(group, "missing", f"Drawn {drawn}.")
    absent = [f"{group}.{part}" for part in parts if f"{group}.{part}" not in numbers]
    note = "Scaled to sum to 1"
    if absent:
        note += f"; no column {', '.join(absent)}, which count{'s' if len(absent) == 1 else ''} as 0"
    if lacking:
        return Column(group, "assumed", f"{note}; {lacking} of {len(shares)} rows without it, drawn {drawn}.")
    return Column(group, "used", f"{note}.")
