"""Writing a study as a file that needs no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cisim.scenario.write import toml_key, toml_value
from cisim.study.designs import KINDS

if TYPE_CHECKING:
    from cisim.study.factors import Factor
    from cisim.study.study import Study


def study_toml(study: Study) -> str:
    """A study as the text of a file, complete, its base scenario in it."""
    lines = [
        "[study]",
        *_pairs(
            name=study.name,
            question=study.question or None,
            replications=study.replications,
            seed=study.seed,
            luck=study.luck,
        ),
        "",
    ]
    for table, role in (("levers", "lever"), ("uncertainties", "uncertainty")):
        factors = [factor for factor in study.factors if factor.role == role]
        if factors:
            lines += [f"[{table}]", *(_factor(factor) for factor in factors), ""]
    lines += _design(study) + _rest(study)
    # Lines that begin with a bracket are headers: a text stands on one line, after its key.
    lines += [re.sub(r"^(\[\[?)", r"\1base.", line) for line in study.base.to_toml().split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _factor(factor: Factor) -> str:
    value: Any
    if factor.bundle:
        value = {str(level.label): dict(level.settings) for level in factor.levels}
    elif factor.low is None:
        value = [level.label for level in factor.levels]
    else:
        value = {"low": factor.low, "high": factor.high}
        if factor.whole:
            value = {key: int(end) for key, end in value.items()}
        if factor.unit:
            value["unit"] = factor.unit
        if factor.scale != "linear":
            value["scale"] = factor.scale
        if factor.levels:
            value["levels"] = len(factor.levels)
    return f"{toml_key(factor.name)} = {toml_value(value)}"


def _design(study: Study) -> list[str]:
    design = study.design
    lines = [
        "[design]",
        *_pairs(
            kind=design.kind, **{key: getattr(design, key) for key in KINDS[design.kind] if key != "rows"}
        ),
    ]
    if design.kind == "file":
        lines += ["rows = [", *(f"  {toml_value(row)}," for row in design.rows), "]"]
    return [*lines, ""]


def _rest(study: Study) -> list[str]:
    record, stop, limits = study.record, study.stop, study.limits
    lines = [
        "[record]",
        *_pairs(
            months=record.months,
            measures=record.measures or None,
            bands=record.bands or None,
            trajectories=record.trajectories or None,
            organisations=record.organisations or None,
            ties=record.ties or None,
            panel_months=record.panel_months or None,
        ),
        "",
    ]
    if stop is not None:
        lines += ["[stop]", *_pairs(measure=stop.measure, below=stop.below, above=stop.above), ""]
    if limits.seconds is not None or limits.memory is not None:
        lines += ["[limits]", *_pairs(seconds=limits.seconds, memory=limits.memory), ""]
    return lines


def _pairs(**values: Any) -> list[str]:
    return [f"{toml_key(key)} = {toml_value(value)}" for key, value in values.items() if value is not None]
