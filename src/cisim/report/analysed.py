"""Analyses of studies in words, tables and JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cisim.report.format import (
    NOTHING,
    SHARES,
    amount,
    difference,
    hundredths,
    interval,
    number,
    percent,
    plural,
    setting,
)

if TYPE_CHECKING:
    import pandas as pd

    from cisim.analysis import Data, Discovery, Fit, Sensitivity, Synergy, Tree
    from cisim.analysis.tree import Leaf

#: What indices are called, and what they say.
INDICES = {
    "S1": "alone (S1)",
    "ST": "with others (ST)",
    "S2": "the two together (S2)",
    "mu": "mean effect (mu)",
    "mu_star": "mean size of effect (mu*)",
    "sigma": "spread of effect (sigma)",
    "delta": "delta",
    "PAWN": "PAWN",
}
#: What the designs of methods are made of, and the key of a study file that says how many.
PARTS = {"sobol": "samples", "morris": "trajectories", "delta": "points", "pawn": "points"}
#: Rows of a table on a terminal.
MOST_ROWS = 20


class Answer(NamedTuple):
    """An analysis as a command tells it."""

    words: list[str]
    title: str  # of the table
    head: list[str]
    rows: list[list[str]]
    document: dict[str, Any]
    frame: pd.DataFrame  # the whole table, for files
    trouble: str  # why a study tells nothing, so that there is no picture; "" if it does


def sensitivity_answer(found: Sensitivity) -> Answer:
    """Tell an analysis of sensitivity."""
    trouble, words = sensitivity_trouble(found), sensitivity_words(found)
    return Answer(words, *sensitivity_table(found), sensitivity_document(found), found.table, trouble)


def sensitivity_words(found: Sensitivity) -> list[str]:
    """Say what drives an outcome and how much of it is luck, or why a study can't tell."""
    lines = [trouble] if (trouble := sensitivity_trouble(found)) else [_matter(found)]
    if found.problem != "constant":
        lines.append(_luck(found))
    return [*lines, *_left_out(found.data)]


def sensitivity_trouble(found: Sensitivity) -> str:
    """Say why the indices tell nothing and how many runs more would; "" if they do."""
    data, runs, part = found.data, found.data.y.shape[1], PARTS[found.method]
    name, kind = data.measure, data.design.kind
    if found.problem == "constant":
        return (
            f"{name} is the same at every point of month {data.month}: there is nothing to explain. "
            "Vary other factors, or over wider ranges, or look at another measure or month."
        )
    if found.problem == "luck":
        return (
            f"The points differ in {name} by no more than luck makes them differ (F test: {_chance(found.variance.chance)}). What varies "
            f"here does not move it, or too little for {plural(runs, 'replication')}: about {found.needed:,} would show factors that "
            f"bring a hundredth of the variance. For them: cisim study extend STORE --replications {found.needed}"
        )
    if found.problem != "wide":
        return ""
    how = f"begin another study with {part} = {found.needed}"
    if kind in ("latin-hypercube", "sobol"):
        needed = found.needed if kind == "latin-hypercube" else 1 << (found.needed - 1).bit_length()
        how = f"cisim study extend STORE --points {needed}"
    rows = found.headline
    if found.method == "sobol":
        half = (rows["high"] - rows["low"]).max() / 2
        why = f"The widest interval of a total index is ± {number(half)}, too wide to tell which factor matters more"
    else:
        most = f"{rows['factor'].iloc[0]} has most with {_amount(rows['value'].iloc[0], found)}"
        why = f"No factor can be told from one that does nothing, which would have up to {_amount(found.floor, found)}; {most}"
    needed_runs = len(data.y) * runs * found.needed // found.size
    return (
        f"{why}. There are {found.size:,} {part}; about {found.needed:,} would do, {needed_runs:,} runs in all. "
        f"For them: {how}"
    )


def _matter(found: Sensitivity) -> str:
    told, matter = [], found.matter
    for row in found.headline.to_dict("records"):
        low, high = _plain(row["low"], found), _amount(row["high"], found)
        told += [f"{row['factor']} {_amount(row['value'], found)} ({low} to {high})"] * (row["factor"] in matter)
    others = [name for name in found.headline["factor"] if name not in matter]
    what = {
        "sobol": "Shares of what the factors do to {}, together with other factors",
        "morris": "Mean size of the effect on {} over a factor's whole range",
        "delta": "How far knowing a factor moves the distribution of {}, from 0 to 1 (delta)",
        "pawn": "How far knowing a factor moves the distribution of {}, from 0 to 1 (PAWN)",
    }[found.method].format(f"{found.data.measure} in month {found.data.month}")
    floor = f", which would have up to {_amount(found.floor, found)}" if found.floor > 0 else ""
    last = f" Not to be told from a factor that does nothing{floor}: {', '.join(others)}." if others else ""
    return f"{what}: {', '.join(told)}.{last}"


def _luck(found: Sensitivity) -> str:
    variance, runs = found.variance, found.data.y.shape[1]
    if runs < 2:
        return (
            "There is one replication of each point, so that nobody can tell how much of this is luck: "
            "cisim study extend STORE --replications 10"
        )
    low, high = found.luck
    share = f"{percent(variance.share, 0)} ({hundredths(low, 0)} to {hundredths(high, 0)})"
    text = f"{share} of the variance between runs is luck, the rest what the factors do."
    if found.method == "sobol" and not found.problem:
        text += f" Means of {runs} replications keep {percent(variance.of_means)} of it as noise, which is taken out of the indices."
    return text


def _left_out(data: Data) -> list[str]:
    if not data.left_out:
        return []
    return [
        f"{data.left_out:,} of {data.points:,} points have runs without a value and are left out: cisim study why STORE POINT tells why."
    ]


def _chance(chance: float) -> str:
    return f"p = {number(chance)}"


def _amount(value: float, found: Sensitivity) -> str:
    return f"{_plain(value, found)}{_unit(found)}"


def _plain(value: float, found: Sensitivity) -> str:
    if found.method == "sobol":
        return hundredths(value, 0)
    return hundredths(value, 2) if _unit(found) else number(value)


def _unit(found: Sensitivity) -> str:
    if found.method == "sobol":
        return " %"
    return " points" if found.method == "morris" and found.data.unit in SHARES else ""


def _interval(row: pd.Series[Any], found: Sensitivity) -> str:
    return f"{_plain(row['value'], found)} ({_plain(row['low'], found)} to {_plain(row['high'], found)})"


def sensitivity_table(found: Sensitivity) -> tuple[str, list[str], list[list[str]]]:
    """Lay out the indices, a factor a line in the order of the headline index, pairs by size after them: title, heads, rows."""
    singles = found.table[found.table["other"] == ""]
    names = list(dict.fromkeys(singles["index"]))
    cells = {(row["factor"], row["index"]): _interval(row, found) for _, row in singles.iterrows()}
    order = list(found.headline["factor"])
    rows = [[name, *(cells[name, index] for index in names)] for name in order]
    pairs = found.table[found.table["other"] != ""].sort_values("value", ascending=False, kind="stable")
    for _, row in pairs.head(max(0, MOST_ROWS - len(rows))).iterrows():
        rows.append([f"{row['factor']} × {row['other']}", *[NOTHING] * len(names), _interval(row, found)])
    if len(pairs):
        rows = [[*row, NOTHING] if len(row) <= len(names) + 1 else row for row in rows]
        names.append("S2")
    what = {"sobol": "Sobol' indices in %", "morris": "effects over the whole range"}.get(found.method, "indices")
    points = ", in percentage points," if found.method == "morris" and _unit(found) else ""
    title = f"{found.data.measure} in month {found.data.month}: {what}{points} and 95 % intervals"
    return title, ["factor", *(INDICES[name] for name in names)], rows


def sensitivity_document(found: Sensitivity) -> dict[str, Any]:
    """Give the content of the JSON document."""
    low, high = found.luck
    return {
        **about(found.data),
        "indices": found.table.to_dict("records"),
        "luck": {"share": found.variance.share, "low": low, "high": high},
        "variance": found.variance._asdict(),
        "floor": found.floor,
        "problem": found.problem,
        "size": found.size,
        "needed": found.needed,
        "reading": sensitivity_words(found),
    }


def synergy_answer(found: Synergy) -> Answer:
    """Tell an analysis of synergy."""
    trouble, words = synergy_trouble(found), synergy_words(found)
    document = {
        **about(found.data),
        "at": dict(found.at),
        "parts": found.table.to_dict("records"),
        "needed": found.needed,
        "reading": words,
    }
    return Answer(words, *_synergy_table(found), document, found.table, trouble)


def synergy_trouble(found: Synergy) -> str:
    """Say why nothing can be told of synergy, and how many runs would tell; "" if it can."""
    runs = found.data.y.shape[1]
    if not found.needed:
        return ""
    more = f"For them: cisim study extend STORE --replications {found.needed:}"
    if runs < 2:
        return f"There is one replication of each combination: without more, nothing has an interval. {more}"
    gain = found.part("gain").iloc[0]
    if gain["low"] == gain["high"] == 0:
        return f"No combination of {listed(found.names)} changes {found.data.measure} in any run: there is nothing to share."
    return (
        f"These {plural(runs, 'replication')} do not show whether all of them together bring anything: {_points(gain, found)}. If the true "
        f"gain is as large as this, about {found.needed:,} would show it in four tries out of five. {more}"
    )


def synergy_words(found: Synergy) -> list[str]:
    """Say what factors bring together, what of it comes of acting together, and whose it is."""
    if trouble := synergy_trouble(found):
        return [trouble]
    gain, alone = found.part("gain").iloc[0], found.part("alone")["value"].sum()
    unit, total = found.data.unit, float(gain["value"])
    points = " points" if unit in SHARES else ""
    held = "".join(f", at {name} = {setting(value)}" for name, value in found.at.items())
    shares = found.part("shapley").sort_values("value", ascending=False, kind="stable")
    parts = [f"{row['factors']} {percent(row['value'] / total, 0)}" for row in shares.to_dict("records")]
    lines = [
        f"Together {listed(found.names)} bring {_points(gain, found)} of {found.data.measure} in month {found.data.month}{held}.",
        f"Each alone, without the others, they sum to {difference(alone, unit)}{points}: "
        f"the other {difference(total - alone, unit)}{points} come of their acting together.",
        f"Fair shares of the gain, over all orders in which they might come (Shapley): {listed(parts)}.",
    ]
    pairs = found.pairs[found.pairs["sure"]]
    for words, rows in (
        ("reinforce one another", pairs[pairs["value"] > 0]),
        ("get in one another's way", pairs[pairs["value"] < 0][::-1]),
    ):
        if len(rows):
            lines.append(f"These {words}, the strongest first: {listed(list(rows['factors']))}.")
    return lines


def _points(row: Any, found: Synergy) -> str:
    unit = found.data.unit
    points = " points" if unit in SHARES else ""
    return f"{difference(row['value'], unit)}{points} ({interval(row['low'], row['high'], unit)})"


def _synergy_table(found: Synergy) -> tuple[str, list[str], list[list[str]]]:
    unit = found.data.unit
    rows = {(row["part"], row["factors"]): row for row in found.table.to_dict("records")}
    shares = found.part("shapley").sort_values("value", ascending=False, kind="stable")["factors"]

    def told(part: str, name: str) -> str:
        row = rows[part, name]
        return f"{difference(row['value'], unit)} ({interval(row['low'], row['high'], unit)})"

    parts = ("shapley", "alone", "last", "main")
    lines = [[name, *(told(part, name) for part in parts)] for name in shares]
    lines += [[name, *[NOTHING] * len(parts), told("interaction", name)] for name in found.pairs["factors"]]
    lines = [line if len(line) > len(parts) + 1 else [*line, NOTHING] for line in lines]
    title = f"{found.data.measure} in month {found.data.month}{' in percentage points' if unit in SHARES else ''}, and 95 % intervals"
    return title, ["", "fair share", "alone", "added last", "average", "together beyond their two"], lines


def discovery_answer(found: Discovery) -> Answer:
    """Tell an analysis of where an outcome is what is asked for."""
    trouble, words = discovery_trouble(found), discovery_words(found)
    rows = [[row["factor"], _limit_in_words(row), number(row["quasi_p"])] for row in found.table.to_dict("records")]
    low, high = found.density_interval
    document = {
        **about(found.data),
        "below": found.below,
        "above": found.above,
        "box": found.table.to_dict("records"),
        "of_interest": found.of_interest,
        "inside": found.inside,
        "hits": found.hits,
        "density": {"share": found.density, "low": low, "high": high},
        "coverage": found.coverage,
        "chance": found.chance,
        "problem": found.problem,
        "needed": found.needed,
        "reading": words,
    }
    return Answer(words, "the box", ["factor", "", "quasi-p"], rows, document, found.table, trouble)


def discovery_trouble(found: Discovery) -> str:
    """Say why no box is told, and how many points would do; "" if there is one."""
    data, what = found.data, _asked(found)
    points, more = len(data.y), _more_points(data, found.needed)
    if found.problem == "few":
        lacking = f"{found.of_interest:,} of {points:,} points have {what}: ten that have, and ten that have not, are the least to look for a box. "
        return lacking + (more or "Another bound, or wider ranges, may have both.")
    if found.problem == "chance":
        return (
            f"No part of the ranges holds the points with {what} better than chance would: the same search finds as good a box in "
            f"{percent(found.chance, 0)} of shuffled outcomes. Either the factors do not decide it, or there are too few points. {more}"
        )
    return ""


def _more_points(data: Data, needed: int) -> str:
    if not needed:
        return ""
    if data.design.kind in ("latin-hypercube", "sobol"):
        needed = needed if data.design.kind == "latin-hypercube" else 1 << (needed - 1).bit_length()
        return f"About {needed:,} points would tell more: cisim study extend STORE --points {needed}"
    return f"About {needed:,} points would tell more, in another study with a larger design."


def discovery_words(found: Discovery) -> list[str]:
    """Say in plain words where an outcome is what is asked for."""
    if trouble := discovery_trouble(found):
        return [trouble, *_left_out(found.data)]
    low, high = found.density_interval
    limits: dict[str, list[str]] = {}
    for row in found.table.sort_values("limit", kind="stable").to_dict("records"):
        limits.setdefault(row["factor"], []).append(_limit_in_words(row))
    where = listed([f"{name} is {' and '.join(limits[name])}" for name in dict.fromkeys(found.table["factor"])])
    return [
        f"Where {where}, {found.hits:,} of {found.inside:,} points have {_asked(found)}: {percent(found.density, 0)} "
        f"({hundredths(low, 0)} to {hundredths(high, 0)}), of all points {percent(found.of_interest / len(found.data.y), 0)} (density).",
        f"These are {percent(found.coverage, 0)} of the points that have it (coverage), in {percent(found.inside / len(found.data.y), 0)} of "
        "all points.",
        f"The same search finds as good a box in {percent(found.chance, 0)} of shuffled outcomes.",
        *_left_out(found.data),
    ]


def _asked(found: Discovery | Tree) -> str:
    bounds = bounds_in_words(found, lambda bound: amount(bound, found.data.unit))
    return f"{found.data.measure} in month {found.data.month} {bounds}"


def bounds_in_words(found: Discovery | Tree, write: Callable[[float], str]) -> str:
    """Say what bounds an outcome is asked for within, their numbers written so."""
    bounds = (("above", found.above), ("below", found.below))
    return " and ".join(f"{word} {write(bound)}" for word, bound in bounds if bound is not None)


def _limit_in_words(row: Any) -> str:
    value = row["value"] if isinstance(row["value"], str) else number(row["value"])
    unit = "" if isinstance(row["value"], str) or row["unit"] in SHARES else row["unit"]
    return f"{row['limit']} {value} {unit}".strip()


def tree_answer(found: Tree) -> Answer:
    """Tell a tree of an outcome."""
    trouble, words = tree_trouble(found), tree_words(found)
    rows = []
    for leaf, row in zip(found.leaves, found.table.to_dict("records"), strict=True):
        value = _of_leaf(row, found)
        covered = [percent(row["coverage"], 0)] if found.of_interest else []
        rows.append([where_in_words(found, leaf), f"{row['points']:,}", value, *covered])
    document = {
        **about(found.data),
        "below": found.below,
        "above": found.above,
        "leaves": found.table.to_dict("records"),
        "of_interest": found.of_interest,
        "predicts": found.predicts,
        "noise": found.noise,
        "problem": found.problem,
        "needed": found.needed,
        "reading": words,
    }
    asked = _asked(found) if found.of_interest else f"{found.data.measure} in month {found.data.month}"
    head = ["where", "points", "density", "coverage"] if found.of_interest else ["where", "points", "mean"]
    return Answer(words, f"{asked}, and 95 % intervals", head, rows, document, found.table, trouble)


def _of_leaf(row: Any, found: Tree) -> str:
    ends = (row[end] for end in ("value", "low", "high"))
    value, low, high = (percent(end, 0) if found.of_interest else amount(end, found.data.unit) for end in ends)
    return f"{value} ({low} to {high})"


def where_in_words(found: Tree, leaf: Leaf) -> str:
    """Say in plain words which part of the factors' space a leaf is."""
    words = {"low": "above", "high": "below", "level": "not", "only": ""}
    limits: dict[str, list[str]] = {}
    for limit in leaf.limits:
        factor = found.data.factors[limit.place]
        value = limit.value if limit.kind in ("low", "high") else str(factor.values[int(limit.value)])
        row = {"limit": words[limit.kind], "value": value, "unit": factor.unit}
        limits.setdefault(factor.name, []).append(_limit_in_words(row))
    return listed([f"{name} is {' and '.join(told)}" for name, told in limits.items()])


def tree_trouble(found: Tree) -> str:
    """Say why no tree is told, and how many points would do; "" if there is one."""
    data = found.data
    points, more = len(data.y), _more_points(data, found.needed)
    bound = found.below is not None or found.above is not None
    if found.problem == "few" and not bound:
        return f"There are {plural(points, 'point')}: too few to fit a tree to some and try it on others. {more}"
    if found.problem == "few":
        return (
            f"{found.of_interest:,} of {points:,} points have {_asked(found)}: ten that have, and ten that have not, are the least for a tree. "
            + (more or "Another bound, or wider ranges, may have both.")
        )
    if found.problem == "chance":
        what = _asked(found) if bound else f"{data.measure} in month {data.month}"
        return (
            f"No tree predicts {what} at points that it was not fitted to better than their mean does. Either the factors do not decide it, not "
            f"in steps that a small tree can show, or there are too few points. {more}"
        )
    return ""


def tree_words(found: Tree) -> list[str]:
    """Say where an outcome is highest and lowest, and how well the tree predicts."""
    if trouble := tree_trouble(found):
        return [trouble, *_left_out(found.data)]
    told, rows = [], found.table.to_dict("records")
    for name, place in (("Highest", 0), ("Lowest", -1)):
        row, where = rows[place], where_in_words(found, found.leaves[place])
        value = _of_leaf(row, found)
        if found.of_interest:
            of = f"of {row['points']:,} points {value} have {_asked(found)} (density)"
            told.append(f"{name} where {where}: {of}, {percent(row['coverage'], 0)} of all that have it (coverage).")
        else:
            told.append(
                f"{name} where {where}: {found.data.measure} is {value} on average, at {row['points']:,} points."
            )
    luck = f" {percent(found.noise, 0)} of it is luck, which no tree predicts." if found.noise >= 0.005 else ""
    return [
        *told,
        f"A tree of {len(rows)} parts predicts {percent(found.predicts, 0)} of what differs between points "
        f"that it was not fitted to (cross-validation).{luck}",
        *_left_out(found.data),
    ]


def about(data: Data) -> Mapping[str, Any]:
    """Tell what was analysed, as every JSON document of an analysis does."""
    return {
        "measure": data.measure,
        "unit": data.unit,
        "month": data.month,
        "points": len(data.y),
        "left_out": data.left_out,
        "replications": data.y.shape[1],
    }


def listed(names: Sequence[str]) -> str:
    """Write names in a sentence."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def fit_answer(found: Fit) -> Answer:
    """Tell a fit to observed series."""
    words = [
        f"{plural(len(found.check), 'observation')}, {found.runs:,} runs of the study, of which the nearest {found.kept:,} were kept."
    ]
    trouble = ""
    if found.problem:
        trouble = "No run of the study comes near the data: other ranges, or another model, may."
        words.append(trouble)
    else:
        outside = int((~found.check["inside"]).sum())
        words.append(
            f"{outside:,} of {len(found.check):,} observations lie outside what the fitted model gives (95 %)."
        )
        words += [
            f"The data say next to nothing of {name}: what is left is about as wide as its range."
            for name in found.unlearned
        ]
        for row in found.pairs[found.pairs["trade_off"]].to_dict("records"):
            words.append(
                f"{row['one']} and {row['other']} trade off (correlation {row['correlation']:.2f}): the data cannot tell one from the other."
            )
    rows = [
        [row["factor"], number(row["middle"]), f"{number(row['low'])} to {number(row['high'])}", row["unit"]]
        for row in found.table.to_dict("records")
    ]
    document = {
        "factors": found.table.to_dict("records"),
        "pairs": found.pairs.to_dict("records"),
        "check": found.check.to_dict("records"),
        "runs": found.runs,
        "kept": found.kept,
        "chance": found.chance,
        "problem": found.problem,
        "reading": words,
    }
    return Answer(
        words, "what agrees with the data", ["factor", "median", "95 %", "unit"], rows, document, found.table, trouble
    )
