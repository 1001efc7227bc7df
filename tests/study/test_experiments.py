"""The studies that come with cisim, and the pages that read them: what they say is what comes out.

The pages hold the numbers of the whole studies. Here each study is done with few replications, and the pages' numbers must agree
with these within the errors of both, so that a page that has gone stale is told.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cisim.study import Study, read
from docs.markdown_pages import ROOT

FOLDER = ROOT / "experiments"
#: The studies, and with how many replications they are done here.
STUDIES = {"conditions": 8, "staffing": 3, "voice": 10}
MODULES = ("grid", "read", *STUDIES)
#: Parts of the pages whose rows are the same however many replications there are.
COMPARED = {
    "conditions": ("together", "main", "pairs", "threes", "orders"),
    "staffing": ("staff", "price"),
    "voice": ("progress", "change", "voices", "small", "large"),
}
NUMBER = re.compile(r"([+−]?\d+\.\d+) ± (\d+\.\d+)")
#: How far two means may be apart, in standard errors of their difference; those of few runs are rough.
FAR = 6.0
#: And as a share: few runs may all have the same number of members.
SLIGHT = 0.03


@pytest.fixture(scope="module", autouse=True)
def _folder() -> Iterator[None]:
    """The scripts of the folder import one another as they do when they are started."""
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))
    for name in MODULES:
        sys.modules.pop(name, None)


def module(name: str) -> Any:
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("studies")
    return {
        name: module("read").reading(name, folder / name, replications=replications)
        for name, replications in STUDIES.items()
    }


def study(name: str) -> Study:
    return read(FOLDER / f"{name}.toml")


def page(name: str) -> str:
    return (ROOT / "docs" / "experiments" / f"{name}.md").read_text(encoding="utf-8")


def part(name: str, of: str) -> str:
    """What stands between two markers of a page."""
    return page(name).partition(f"<!-- begin {of} -->")[2].partition(f"<!-- end {of} -->")[0]


def test_every_study_of_the_folder_is_read_on_a_page() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(STUDIES) == set(module("read").STUDIES)
    assert {path.stem for path in (ROOT / "docs" / "experiments").glob("*.md")} == set(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_file_begins_with_its_question(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    head = " ".join(line.removeprefix("#").strip() for line in text.partition("\n\n")[0].splitlines())
    assert head.partition("?")[1] == "?"
    assert study(name).question.endswith("?")
    assert f"python experiments/read.py {name}" in head


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_has_the_defaults_among_its_points(name: str) -> None:
    of = study(name)
    defaults = []
    for factor in of.factors:
        section, _, field = factor.name.partition(".")
        default = getattr(getattr(of.base, section), field)
        assert default in [level.label for level in factor.levels], factor.name
        defaults.append(default)
    assert of.scenario(defaults) == of.base


#: What a page says in words, and whether it is so: (of a reading, of a sentence of the page).
CLAIMS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "conditions": {
        "A common agenda alone, and shared measurement alone, cost a little more than they bring": lambda of: (
            max(gain(of, (), (one,)) for one in (AGENDA, MEASUREMENT)) < 0
        ),
        "With the other four in place each is worth a large part of the gain": lambda of: all(
            gain(of, without(one), (one,)) > 0.4 * gain(of, (), tuple(range(5))) for one in (AGENDA, MEASUREMENT)
        ),
        "No condition stands out on average": lambda of: all(
            max(mains(of, threshold)) < 1.5 * sorted(mains(of, threshold))[-3] for threshold in THRESHOLDS
        ),
        "as the last one, measurement is worth most": lambda of: all(
            max(range(5), key=lambda one: gain(of, without(one), (one,), threshold)) == MEASUREMENT
            for threshold in THRESHOLDS
        ),
        "With the other four in place the backbone is worth less than agenda, measurement or activities": lambda of: (
            all(
                gain(of, without(BACKBONE), (BACKBONE,), threshold) < gain(of, without(one), (one,), threshold)
                for one in (AGENDA, MEASUREMENT, ACTIVITIES)
                for threshold in THRESHOLDS
            )
        ),
        "with none of them it is worth most": lambda of: all(
            max(range(5), key=lambda one: gain(of, (), (one,), threshold)) == BACKBONE for threshold in THRESHOLDS
        ),
        "Without the other three, meetings bring next to nothing beside a backbone": lambda of: all(
            abs(gain(of, (BACKBONE,), (COMMUNICATION,), threshold)) < 0.005 for threshold in THRESHOLDS
        ),
        "with them, they pay well": lambda of: gain(of, without(COMMUNICATION), (COMMUNICATION,)) > 0.02,
        "About half of the reinforcement needs four of the five": lambda of: all(
            0.4 < order(of, 4, threshold) / reinforcement(of, threshold) < 0.7 for threshold in THRESHOLDS
        ),
        "about a fifth of it comes of pairs": lambda of: all(
            0.1 < order(of, 2, threshold) / reinforcement(of, threshold) < 0.3 for threshold in THRESHOLDS
        ),
        "Agenda, measurement and activities form the strongest triangle at the default threshold": lambda of: (
            max(combinations(range(5), 3), key=lambda three: effect(of, three, 2.3)) == (0, 1, 2)
        ),
    },
    "staffing": {
        "Size hardly changes how often to meet": lambda of: (
            {of.frequencies[of.best[size][0]] for size in of.sizes} <= {2.5, 4.0}
        ),
        "Staff has to grow with the coalition": lambda of: (
            sorted({of.best[size][1] for size in of.sizes}) == [of.best[size][1] for size in of.sizes]
        ),
        "stays of one order": lambda of: all(4 < size / of.staffs[of.best[size][1]] < 16 for size in of.sizes),
        "Too much staff is worse than none** in all but the largest coalition here": lambda of: (
            [size for size in of.sizes if of.cells[size][USUAL, -1].mean() < of.cells[size][USUAL, 0].mean()]
            == list(of.sizes[:-1])
        ),
        "With staff meetings bring less, and the gain is used up sooner": lambda of: all(
            meetings(of, size, of.best[size][1]) < 0.7 * meetings(of, size, 0) for size in of.sizes
        ),
    },
    "voice": {
        "Without shared measurement there is next to nothing to lose": lambda of: all(
            abs(of.change(alignment, 0.0).mean) < 0.005 for alignment in of.alignments
        ),
        "where data are shared well enough to act on it, and missions differ enough": lambda of: (
            of.change(0.1, 0.8).mean < -0.005 and of.change(1.0, 0.8).mean == pytest.approx(0, abs=1e-4)
        ),
        "Missions that agree are worth much only where data are shared": lambda of: (
            agreement(of, 0.0) < min(agreement(of, 0.4), agreement(of, 0.8)) / 2
        ),
        "lowers the fit with small organisations wherever missions differ": lambda of: all(
            of.change(alignment, sharing, "agenda_fit_small").mean < 0
            for alignment in of.alignments[:-1]
            for sharing in of.sharings
        ),
        "a voice in proportion to size hardly helps large ones": lambda of: (
            abs(of.change(0.1, 0.8, "agenda_fit_large", 1.0).mean) < 0.05
        ),
        "where data are shared, they lose as well": lambda of: all(
            of.change(alignment, 0.8, "agenda_fit_large").mean < 0 for alignment in of.alignments[:-1]
        ),
        "and members leave": lambda of: of.change(0.1, 0.8, "members").mean < 0,
    },
}
AGENDA, MEASUREMENT, ACTIVITIES, COMMUNICATION, BACKBONE = range(5)
THRESHOLDS = (1.6, 2.3, 3.0)
#: Where the default of contacts a month stands among the frequencies.
USUAL = 2


def effect(of: Any, among: tuple[int, ...], threshold: float) -> float:
    """Of a set of conditions."""
    return float(module("conditions").contrast(of.cells[threshold], among).mean)


def gain(of: Any, there: tuple[int, ...], added: tuple[int, ...], threshold: float = 2.3) -> float:
    """What conditions bring to those that are there."""
    cell, cells = module("conditions").cell, of.cells[threshold]
    return float((cell(cells, (*there, *added)) - cell(cells, there)).mean())


def without(one: int) -> tuple[int, ...]:
    """The other four."""
    return tuple(other for other in range(5) if other != one)


def order(of: Any, size: int, threshold: float) -> float:
    """What needs so many conditions."""
    pure, cells = module("conditions").pure, of.cells[threshold]
    return float(sum(pure(cells, among).mean() for among in combinations(range(5), size)))


def mains(of: Any, threshold: float) -> list[float]:
    """The main effects."""
    return [effect(of, (one,), threshold) for one in range(5)]


def reinforcement(of: Any, threshold: float) -> float:
    """What all five bring beyond the sum of the five alone."""
    return sum(order(of, size, threshold) for size in (2, 3, 4, 5))


def meetings(of: Any, size: float, staff: int) -> float:
    """What eight contacts a month bring over none."""
    return float((of.cells[size][-1, staff] - of.cells[size][0, staff]).mean())


def agreement(of: Any, sharing: float) -> float:
    """What full alignment brings over none."""
    return float((of.cell(1.0, sharing, 0.0) - of.cell(0.0, sharing, 0.0)).mean())


# --- how effects are taken -----------------------------------------------------------------------------------


def cells_of(value: Any) -> Any:
    """Two replications of a 2^5 factorial in which a combination has a value; the second is 0.1 above the first."""
    on = np.indices((2,) * 5)
    return np.stack([value(*on), value(*on) + 0.1], axis=-1)


def test_conditions_that_add_up_do_not_interact() -> None:
    conditions = module("conditions")
    cells = cells_of(lambda a, b, c, d, e: 1 + a + 2 * b + 3 * c + 4 * d + 5 * e)
    assert [conditions.contrast(cells, (place,)).mean for place in range(5)] == pytest.approx([1, 2, 3, 4, 5])
    assert conditions.contrast(cells, (1, 3)).mean == pytest.approx(0)
    assert conditions.contrast(cells, (0,)).error == pytest.approx(0)  # the luck of a replication falls away


def test_an_interaction_is_how_much_more_one_brings_with_the_other() -> None:
    conditions = module("conditions")
    cells = cells_of(lambda a, b, c, d, e: a * b + 8 * c * d * e)
    assert conditions.contrast(cells, (0, 1)).mean == pytest.approx(1)
    assert conditions.contrast(cells, (2, 3)).mean == pytest.approx(4)  # half of the combinations have the third
    assert conditions.contrast(cells, (2, 3, 4)).mean == pytest.approx(8)
    assert conditions.pure(cells, (2, 3)).mean() == pytest.approx(0)


def test_what_each_number_of_conditions_brings_sums_to_the_gain_of_all() -> None:
    conditions = module("conditions")
    luck = np.random.default_rng(1).random((2, 2, 2, 2, 2, 3))
    sets = [tuple(place for place in range(5) if number >> place & 1) for number in range(1, 32)]
    whole = conditions.cell(luck, (0, 1, 2, 3, 4)) - conditions.cell(luck, ())
    assert sum(conditions.pure(luck, one) for one in sets) == pytest.approx(whole)


def tables(rows: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of a store with two factors of two levels, out of order."""
    points = pd.DataFrame({"point": range(4), "x.a": [1, 0, 1, 0], "y.b": [0.5, 0.5, 0.0, 0.0]}).head(rows)
    runs = points.merge(pd.DataFrame({"replication": [1, 0]}), how="cross")
    runs["progress"] = runs["x.a"] + 10 * runs["y.b"] + 100 * runs["replication"]
    runs = runs[["point", "replication", "progress"]].assign(seed=1, identity="", month=120, status="ok", ended=120)
    return points, runs


def test_results_are_arranged_by_level() -> None:
    grid = module("grid").Grid.of(*tables())
    assert grid.levels == {"x.a": (0.0, 1.0), "y.b": (0.0, 0.5)}
    assert grid.at().tolist() == [[[0, 100], [5, 105]], [[1, 101], [6, 106]]]
    assert grid.at(b=0.5).tolist() == [[5, 105], [6, 106]]
    with pytest.raises(KeyError, match="no such factor: c"):
        grid.at(c=1)


def test_an_incomplete_design_and_failed_runs_are_refused() -> None:
    grid = module("grid").Grid
    with pytest.raises(ValueError, match="no full factorial"):
        grid.of(*tables(rows=3))
    points, runs = tables()
    runs.loc[0, "status"] = "failed"
    with pytest.raises(ValueError, match="failed"):
        grid.of(points, runs)


def test_a_page_is_renewed_between_its_markers_and_nowhere_else() -> None:
    renewed = module("grid").renewed
    text = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb"
    assert renewed(text, {"x": "new"}) == "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb"
    with pytest.raises(LookupError, match="begin y"):
        renewed(text, {"y": "new"})


def test_the_best_is_chosen_by_other_runs_than_it_is_measured_on() -> None:
    first, second = module("staffing").halves(np.arange(10).reshape(1, 10))
    assert (first.tolist(), second.tolist()) == ([[0, 1, 2, 3, 4]], [[5, 6, 7, 8, 9]])


# --- the pages -------------------------------------------------------------------------------------------------


def numbers(text: str) -> dict[str, list[tuple[float, float]]]:
    """Means and errors of a table, by the name of the row."""
    found = {}
    for row in text.splitlines():
        if pairs := NUMBER.findall(row):
            found[row.split("|")[1].strip()] = [(float(mean.replace("−", "-")), float(error)) for mean, error in pairs]
    return found


@pytest.mark.parametrize(("name", "of"), [(name, of) for name in STUDIES for of in COMPARED[name]])
def test_a_table_of_a_page_agrees_with_few_runs(name: str, of: str, readings: dict[str, Any]) -> None:
    told, again = numbers(part(name, of)), numbers(readings[name].parts()[of])
    assert told.keys() == again.keys()
    for row, pairs in told.items():
        for (mean, error), (other, rough) in zip(pairs, again[row], strict=True):
            rounded = 0.1 + SLIGHT * abs(mean)
            assert abs(mean - other) <= FAR * np.hypot(error, rough) + rounded, (row, mean, other)


@pytest.mark.parametrize("name", STUDIES)
def test_a_page_has_all_parts_and_its_picture(name: str, readings: dict[str, Any]) -> None:
    for of in readings[name].parts():
        assert part(name, of).strip()
    (description,) = re.findall(rf"!\[(.+)\]\(\.\./figures/experiments/{name}\.svg\)", part(name, "picture"))
    picture = (ROOT / "docs" / "figures" / "experiments" / f"{name}.svg").read_text(encoding="utf-8")
    assert description.split(".")[0].split("×")[0] in picture


@pytest.mark.parametrize(("name", "said"), [(name, said) for name in CLAIMS for said in CLAIMS[name]])
def test_what_a_page_says_in_words_is_so(name: str, said: str, readings: dict[str, Any]) -> None:
    assert said in page(name)
    assert CLAIMS[name][said](readings[name])
