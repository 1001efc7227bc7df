"""The seven real networks that come with cisim: complete, read as their authors say, and credited."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import cisim.coalition
from cisim.coalition import builtin_names, draw, roster
from cisim.scenario import Scenario

FOLDER = Path(cisim.coalition.__file__).parent / "emon"
#: Organisations, reports, pairs that one end or both report, organisations without a tie.
KNOWN = {
    "Cheyenne": (14, 83, 59, 0),
    "HurrFrederic": (21, 118, 80, 0),
    "LakePomona": (20, 148, 106, 0),
    "MtSi": (13, 33, 20, 5),
    "MtStHelens": (27, 123, 95, 0),
    "Texas": (25, 186, 129, 0),
    "Wichita": (20, 149, 107, 1),
}
of_every_network = pytest.mark.parametrize("name", KNOWN)


def scenario_of(name: str, **coalition: object) -> Scenario:
    return Scenario(coalition={"file": f"builtin:emon/{name}", "latent": 0.0, **coalition})


def test_all_seven_are_there() -> None:
    assert builtin_names() == ("builtin:county/alder", *(f"builtin:emon/{name}" for name in KNOWN))


@of_every_network
def test_numbers_of_organisations_reports_ties_and_isolates_are_the_known_ones(name: str) -> None:
    coalition = draw(scenario_of(name), roster(scenario_of(name)), 1)
    with (FOLDER / name / "ties.csv").open(encoding="utf-8") as file:
        reports = len(list(csv.DictReader(file)))
    ends = np.concatenate([coalition.first, coalition.second])
    isolates = len(coalition.names) - len(np.unique(ends))
    assert (len(coalition.names), reports, len(coalition.first), isolates) == KNOWN[name]
    assert (coalition.strength > 0).all()


@of_every_network
def test_strengths_are_quarters_and_the_stronger_of_two_reports(name: str) -> None:
    scenario = scenario_of(name)
    coalition = draw(scenario, roster(scenario), 1)
    expected: dict[frozenset[str], float] = {}
    with (FOLDER / name / "ties.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ends = frozenset((row["from"], row["to"]))
            expected[ends] = max(expected.get(ends, 0), (5 - int(row["frequency"])) / 4)
    drawn = {
        frozenset((coalition.names[first], coalition.names[second])): strength
        for first, second, strength in zip(coalition.first, coalition.second, coalition.strength, strict=True)
    }
    assert drawn == expected


@of_every_network
def test_sectors_are_the_sponsors(name: str) -> None:
    assert set(roster(scenario_of(name)).sector_names) <= {
        "City",
        "County",
        "County/City",
        "Federal",
        "Private",
        "State",
    }
    assert ("sector", "used") in {(what, status) for what, status, _ in roster(scenario_of(name)).columns}


@of_every_network
def test_sizes_go_by_the_rank_of_staff_with_the_spread_of_the_scenario(name: str) -> None:
    scenario = scenario_of(name, size_mean=1.5, size_sd=0.8)
    one, other = (draw(scenario, roster(scenario), seed).resources for seed in (1, 2))
    with (FOLDER / name / "organisations.csv").open(encoding="utf-8") as file:
        staff = [row["size"] for row in csv.DictReader(file)]
    known = [row for row, size in enumerate(staff) if size]
    by_staff = sorted(known, key=lambda row: float(staff[row]))
    for smaller, larger in pairwise(by_staff):
        if staff[smaller] == staff[larger]:
            assert one[smaller] == one[larger]
        else:
            assert one[smaller] < one[larger]
    assert np.array_equal(one[known], other[known])
    missing = [row for row, size in enumerate(staff) if not size]
    assert missing, "every network has some organisation whose staff nobody knows"
    assert not np.isclose(one[missing], other[missing]).any(), "drawn from the seed"
    assert one[known].max() < one.sum() / 2, "no organisation holds most of all"


def test_names_are_readable() -> None:
    names = {name for network in KNOWN for name in roster(scenario_of(network)).names}
    assert {
        "Texas Highway Patrol", "US Army MAST (Ft. Sam Houston)", "Skagit County Sheriff's Office",
        "Topeka Fire Department Rescue No. 1", "Washington State National Guard (181st Support Batalion)",
    } <= names  # fmt: skip
    assert not [name for name in names if ".." in name or name.endswith(".") or "  " in name]
    # A dot stands only where it abbreviates.
    dotted = {word for name in names for word in name.split() if "." in word}
    assert {word.strip("(,") for word in dotted} == {"Ft.", "E.", "Co.", "No."}


def test_source_licence_and_changes_are_told_beside_the_data() -> None:
    text = (FOLDER / "LICENSE-CITATION.txt").read_text(encoding="utf-8")
    for words in ("CC BY 4.0", "Drabek", "1981", "statnet.data", "Changes made here", "10.18637/jss.v024.i02"):
        assert words in text
    assert "CC BY 4.0" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_same_network_has_the_same_hash_and_another_one_another() -> None:
    hashes = [roster(scenario_of(name)).contents_hash for name in (*KNOWN, "Texas")]
    assert len(set(hashes)) == 7
    assert all(len(digest) == 64 for digest in hashes)
