"""Summaries of a store: means and errors by point, arrays in the order of the design, and failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from cisim.errors import InputError, Problems, did_you_mean
from cisim.study.factors import INDEX
from cisim.study.store import Store
from cisim.uncertainty import moments, t_interval

if TYPE_CHECKING:
    import pandas as pd

#: Before the name of a measure, in a summary.
STANDARD_ERROR = "standard error of "


def summary(store: Store, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Take mean and standard error over replications, by point and month, of a study that is finished or not.

    Args:
        store: of the study.
        measures: progress by default.

    Returns:
        One row per point that has runs and recorded month: point, a column for each factor, month, runs (those that did not
        fail), failed, and for each measure its mean and `standard error of MEASURE` (over runs in which it has a meaning).

    Raises:
        InputError: a measure was not recorded.
    """
    names = recorded_measures(store, measures)
    runs = store.table("runs", columns=["point", "month", "status", *names]).to_pandas()
    failed = runs["status"] == "failed"
    grouped = runs[names].groupby([runs["point"], runs["month"]], sort=True)
    rows = (~failed).groupby([runs["point"], runs["month"]]).agg(["sum", "size"])
    table = rows.assign(runs=rows["sum"], failed=rows["size"] - rows["sum"])[["runs", "failed"]]
    for name in names:
        table[name] = grouped[name].mean()
        table[STANDARD_ERROR + name] = grouped[name].sem()
    joined: pd.DataFrame = store.points.to_pandas().merge(table.reset_index(), on="point", how="inner")
    return joined


def in_design_order(
    store: Store,
    measure: str = "progress",
    month: int | None = None,
    *,
    each: bool = False,
    missing: Literal["refuse", "nan"] = "refuse",
) -> NDArray[np.float64]:
    """Give a measure at every point of the design, in its order, as analyses of SALib and the like need it.

    Args:
        store: of the study.
        measure: one that was recorded.
        month: one that was recorded; the last one by default.
        each: give every replication instead of their mean.
        missing: what to do where a run failed, is not done or has no value: "refuse", or "nan" for NaN in its place, in a mean
            over the others only where there are none.

    Returns:
        (points,), or (points, replications).

    Raises:
        InputError: such a measure or month was not recorded, or runs are missing; it says how many at which points.

    Example:
        >>> SALib.analyze.sobol.analyze(problem, in_design_order(store, "progress", 120))  # doctest: +SKIP
    """
    (name,) = recorded_measures(store, [measure])
    table = store.table("runs", columns=["point", "replication", "month", "status", name])
    months = np.unique(table["month"].to_numpy())
    if not len(months):
        raise InputError(f"{store.folder}: no run is done yet")
    chosen = months[-1] if month is None else month
    if chosen not in months:
        raise InputError(f"month {month}: was not recorded; there are {', '.join(map(str, months))}")
    rows = table.filter(table["month"].to_numpy() == chosen)
    replications = store.replications
    values = np.full((store.points.num_rows, replications), np.nan)
    values[rows["point"].to_numpy(), rows["replication"].to_numpy()] = rows[name].to_numpy()
    lacks = np.isnan(values).sum(axis=1)
    if lacks.any() and missing == "refuse":
        failed, undone = rows["status"].to_pylist().count("failed"), values.size - rows.num_rows
        why = {"failed": failed, "not done": undone, "without a value": lacks.sum() - failed - undone}
        reasons = ", ".join(f"{count} {words}" for words, count in why.items() if count)
        at = [f"point {point} lacks {lacks[point]} of {replications}" for point in np.flatnonzero(lacks)[:10]]
        more = f" and {np.count_nonzero(lacks) - len(at)} more points" if np.count_nonzero(lacks) > len(at) else ""
        lacking = f"{lacks.sum()} of {values.size} runs have no {name} in month {chosen} ({reasons})"
        raise InputError(f'{store.folder}: {lacking}: {", ".join(at)}{more}; missing="nan" takes the others')
    return values if each else moments(values.T).mean


def difference(store: Store, point: int, other: int, measure: str | None = None) -> pd.DataFrame:
    """Subtract a measure at another point from that at one point, run by run on the same luck.

    Args:
        store: of a study with common luck.
        point: the number of the point, in the table of points.
        other: the number of the point that is taken away.
        measure: progress by default.

    Returns:
        One row per recorded month: month, runs (pairs that both have a value), difference (their mean), standard_error, and low to
        high, its 95 % interval (Student's t).

    Raises:
        InputError: there is no such point or measure, no run of one of them is done, or their replications have not the same seeds.
    """
    import pandas as pd
    import pyarrow.compute as pc

    (name,) = recorded_measures(store, None if measure is None else [measure])
    tables = []
    for number in (point, other):
        _check_point(store, number)
        rows = store.table("runs", ["replication", "month", "seed", name], pc.field("point") == number).to_pandas()
        if rows.empty:
            raise InputError(f"point {number}: no run is done yet")
        tables.append(rows)
    keys = ["replication", "month"]
    pairs = tables[0].merge(tables[1], on=keys, suffixes=("", " of other")).set_index(keys)
    if (pairs["seed"] != pairs["seed of other"]).any():
        raise InputError(
            f"points {point} and {other} met other luck: only a study with common luck can be compared run by run"
        )
    apart = (pairs[name] - pairs[f"{name} of other"]).unstack("month")
    of = moments(apart.to_numpy())
    low, high = t_interval(of)
    columns = {"runs": of.runs, "difference": of.mean, "standard_error": of.standard_error, "low": low, "high": high}
    return pd.DataFrame({"month": apart.columns.to_numpy(), **columns})


def _check_point(store: Store, point: int) -> None:
    count = store.manifest.points
    if not 0 <= point < count:
        raise InputError(f"point {point}: there are points 0 to {count - 1}")


def recorded_measures(store: Store, names: Sequence[str] | None = None) -> list[str]:
    """Return names of measures, by default progress or the first one of the store; InputError if one was not recorded."""
    known = [name for name in store.table("runs", empty=True).column_names if name not in INDEX]
    if names is None:
        return ["progress"] if "progress" in known else known[:1]
    Problems(f"{name}: was not recorded; {did_you_mean(name, known)}" for name in names if name not in known).check()
    return list(names)


def failures(store: Store, point: int) -> list[dict[str, Any]]:
    """Return the failed runs of a point: replication, seed, stage, month, message, scenario; InputError if there is no such."""
    import pyarrow.compute as pc

    _check_point(store, point)
    rows: list[dict[str, Any]] = store.table("failures", filter=pc.field("point") == point).to_pylist()
    return rows


def failure_in_words(row: Mapping[str, Any]) -> str:
    """Say where and why a run failed, from a row of failures."""
    place = f"{row['stage']}, month {row['month']}" if row["month"] >= 0 else row["stage"]
    return f"{place}: {row['message']}"
