"""The page's modules in node, against numbers that the package gives."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import cisim
from cisim import load
from cisim.app.classroom import is_planned
from cisim.app.content import content
from cisim.app.link import read_link
from cisim.dynamics.luck import identity_of_name
from cisim.plan.costs import NEEDED, Costs, spending
from cisim.plan.deciding import _half
from cisim.plan.ranking import rank
from cisim.plausible import latin_hypercube
from cisim.report.format import chance, number
from cisim.scenario.draws import value_at
from cisim.scenario.field import Distribution
from cisim.scenario.toml import to_toml
from cisim.seeds import run_seeds_of
from cisim.uncertainty import moments, t_interval, wilson

HERE = Path(__file__).parent
NODE = shutil.which("node")


PARTNERS = [
    ["City Schools", "public", 6.0], ["Library, Public", "public", 1.5], ["Collège", "public", 2.5],
    ["Youth Club", "nonprofit", 2.0], ["Chamber", "business", None], ["Food Bank", "nonprofit", 1.0],
]  # fmt: skip


def partners(folder: Path) -> dict[str, object]:
    """What Python makes of a table of partners, with the outcomes and residents of the page's county."""
    rows = "".join(f'"{name}",{sector},{"" if staff is None else staff}\n' for name, sector, staff in PARTNERS)
    (folder / "partners.csv").write_text("name,sector,resources\n" + rows, encoding="utf-8")
    document = {**content()["worlds"][content()["county"]]["document"], "coalition": {"file": "partners.csv"}}
    (folder / "partners.toml").write_text(to_toml(document), encoding="utf-8")
    ensemble = cisim.run(load(folder / "partners.toml"), run_seeds=[3])
    return {"rows": PARTNERS, "progress": ensemble.measure("progress")[0].tolist()}


CLASS = {
    "Ada": {"backbone.staff": 3.0},
    "Ben": {"communication.trust_gain": 0.5},
    "Cleo": {"backbone.staff": 3.0},
    "Dan": {"backbone.staff": 12.0},
}


def ranked() -> dict[str, object]:
    """Rank plans of a class."""
    county = load(content()["county"])
    found = rank(county, {name: county.replace(**plan) for name, plan in CLASS.items()}, runs=30, worlds=30, seed=2)
    return {
        "given": CLASS,
        "plans": found.plans,
        "here": np.column_stack(found.places_here).tolist(),
        "in_worlds": np.column_stack(found.places_in_worlds).tolist(),
        "means": found.worlds.difference.tolist(),
        "shared": [each._asdict() for each in found.shared()],
    }


def spent() -> dict[str, object]:
    """Count the money of a plan in which sharing begins late and then ends, as Python does."""
    events = [{"month": 3, "set": {"measurement.sharing": 0.5}}, {"month": 9, "set": {"measurement.sharing": 0.0}}]
    scenario = load("all-five").replace(
        **{"scenario.months": 30, "measurement.sharing": 0.0, "funder.services": 2.0, "events": events}
    )
    ensemble = cisim.run(scenario, 5)
    mean = np.column_stack([ensemble.measure(measure.name).mean(axis=0) for measure in ensemble.measures])
    names = [measure.name for measure in ensemble.measures]
    costs = Costs(backbone_post=90_000.0, hours=1800.0)
    return {
        "costs": costs.model_dump(),
        "mean": {name: np.nan_to_num(mean[:, names.index(name)]).tolist() for name in NEEDED},
        "events": events,
        "items": spending(costs, scenario, ensemble.measures, mean).by_year.sum(axis=0).tolist(),
    }


def expected(folder: Path) -> dict[str, object]:
    sample = np.random.default_rng(1).normal(0.07, 0.02, 50)
    of = moments(sample)
    low, high = t_interval(of)
    return {
        "numbers": [[value, number(value)] for value in (0.0, 0.1234, -0.5, 12345.6, -3.0, 999.4, 0.000123)],
        "chances": [[value, chance(value)] for value in (0.0, 0.004, 0.5, 0.994, 1.0)],
        "sample": sample.tolist(),
        "moments": {"mean": float(of.mean), "error": float(of.standard_error), "low": float(low), "high": float(high)},
        "wilson": [
            [share, n, *map(float, wilson(share, n))] for share, n in ((0.0, 50), (0.9, 100), (1.0, 200), (0.5, 3))
        ],
        "planned": {field["path"]: is_planned(field["path"]) for field in content()["fields"]},
        "sequences": [
            [sd, n, error, float(_half(np.array(sd), np.array(n), error, most))]
            for sd, n, error, most in ((0.02, 40, 0.05, 40), (0.1, 100, 0.05 / 780, 100))
        ],
        "class": ranked(),
        "spending": spent(),
        "identities": [[name, str(identity_of_name(name))] for name in ("a", "Food Bank", "Zürich 🙂" * 40)],
        "partners": partners(folder),
        "seeds": [[seed, run, str(run_seeds_of(seed, 200)[run])] for seed in (0, 1, 2, 10**12) for run in (0, 199)],
        "hypercube": {"points": 9, "factors": 5, "seed": 3, "design": latin_hypercube(9, 5, 3).tolist()},
        "triangular": [
            [low, high, middle, share, value_at(Distribution(low, high, middle), share)]
            for low, high, middle in ((0.0, 1.0, 0.2), (3, 36, 12))
            for share in (0.0, 0.2, 0.9, 0.999)
        ],
    }


@pytest.mark.skipif(NODE is None, reason="needs node")
def test_the_pages_logic_holds_in_node(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("PAGE_DATA", "PAGE_EXPECTED", "PAGE_TOML")}
    files["PAGE_DATA"].write_text(json.dumps(content()))
    files["PAGE_EXPECTED"].write_text(json.dumps(expected(tmp_path)))
    done = subprocess.run(
        [str(NODE), "--test", "--test-reporter=dot", HERE / "logic.test.mjs"],
        env={**os.environ, **{name: str(path) for name, path in files.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # The scenario that the page gives away is one: that of the plan whose dials are turned.
    path = files["PAGE_TOML"].rename(tmp_path / "taken.toml")
    taken, own = load(path), load(content()["county"])
    assert (taken.backbone.staff, taken.backbone.allocation.engage) == (1.5, 0.2)
    names = {"scenario.name": own.name, "backbone.staff": own.backbone.staff, "backbone.allocation.engage": 0.25}
    assert taken.replace(**names) == own


def test_a_link_of_the_page_is_read_as_its_scenarios() -> None:
    linked = read_link("file:///x/cisim.html#s=eyJ3b3JsZCI6ImFsbC1maXZlIiwic2VlZCI6NH0")
    assert (linked.seed, list(linked.plans)) == (4, ["alone", "together"])
    assert linked.plans["alone"] == load("all-five").replace(**{"coalition.start": "never"})
    assert linked.turned == load("all-five")
