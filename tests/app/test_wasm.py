"""The model as WebAssembly: the same numbers as the engine, month by month, and made from the same sources."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cisim.app.data import page_data
from cisim.app.wasm import COMMAND, MODULE, stamp
from cisim.dynamics.digest import model_digest
from cisim.engine import simulate
from cisim.scenario import Scenario, load, shipped

SEEDS = (1, 2**64 - 1)
#: A run hardly enlarges what the last bits of exponentials differ by; below a thousandth what counts is the distance itself.
TOLERANCE = 1e-12
COUNTY = "alder-county"


def node(*arguments: str | Path) -> str:
    """Run node; what it prints."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("node is not installed: the page's model is tried in it (Debian: apt-get install nodejs)")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def scripted(folder: Path, data: dict[str, Any], body: str) -> str:
    """Run a script in node that opens the model with such data; what it prints."""
    (folder / "data.json").write_text(json.dumps(data, allow_nan=False), encoding="utf-8")
    (folder / "script.mjs").write_text(
        f"""
        import fs from "node:fs";
        import {{ Model }} from {json.dumps((MODULE.parent / "model.js").as_uri())};
        const bytes = fs.readFileSync({json.dumps(str(MODULE))}), data = JSON.parse(fs.readFileSync("{folder}/data.json"));
        const open = () => Model.open(bytes, data);
        {body}
        """,
        encoding="utf-8",
    )
    return node(folder / "script.mjs")


@cache
def is_fresh() -> bool:
    return stamp(MODULE.read_bytes()).get("digest") == model_digest()


@pytest.fixture(autouse=True)
def fresh() -> None:
    if not is_fresh():
        pytest.fail(f"{MODULE.name} was made from other sources of the model: make it anew by `{COMMAND}`")


def compared(
    folder: Path, worlds: dict[str, Scenario], runs: Sequence[tuple[str, dict[str, Any], Scenario]]
) -> list[dict[str, Any]]:
    """Run worlds with settings in node, and the scenarios that should be the same in the engine; how far they are apart."""
    requests = [
        {"world": world, "settings": settings, "seed": str(seed)} for world, settings, _ in runs for seed in SEEDS
    ]
    text = json.dumps({"data": page_data(worlds), "runs": requests}, allow_nan=False)
    (folder / "requests.json").write_text(text, encoding="utf-8")
    (folder / "values").write_bytes(b"".join(simulate(same, SEEDS, threads=1).tobytes() for *_, same in runs))
    told = json.loads(
        node(Path(__file__).with_name("model.mjs"), MODULE.parent, folder / "requests.json", folder / "values")
    )
    assert told["compared"] == told["given"] > 0
    found: list[dict[str, Any]] = told["found"]
    return found


def test_every_shipped_scenario_runs_in_node_as_in_the_engine(tmp_path: Path) -> None:
    worlds = {name: load(name) for name in shipped()}
    found = compared(tmp_path, worlds, [(name, {}, scenario) for name, scenario in worlds.items()])
    assert len(found) == len(worlds) * len(SEEDS)
    assert [of for of in found if of["unknown"] or not of["farthest"] <= TOLERANCE] == []


def test_settings_and_events_do_what_they_do_in_a_scenario(tmp_path: Path) -> None:
    county, five, people = load(COUNTY), load("all-five"), load("population")
    fixed = next(iter(people.distributions))
    changes: list[tuple[str, dict[str, Any]]] = [
        (COUNTY, {"coalition.start": "never"}),
        (COUNTY, {"coalition.latent": 12.0, "coalition.founding": 0.4, "backbone.end": 60, "agenda.residents": 0.3}),
        (COUNTY, {"community.outcomes.care.trend": -0.001, "community.outcomes.care.baseline": 0.7}),
        *(("all-five", {"coalition.network": network}) for network in ("random", "scale-free", "hub")),
        ("all-five", {"coalition.network": "sector-clusters", "coalition.degree": 9.0, "practice.ruggedness": 7}),
        ("all-five", {"coalition.network": "core-periphery", "coalition.trust": 0.8, "community.need": 30.0}),
        ("population", {fixed: float(people.distributions[fixed].low)}),
    ]
    worlds = {COUNTY: county, "all-five": five, "population": people}
    runs = [(world, change, worlds[world].replace(**change)) for world, change in changes]
    happens = [
        {"month": 20, "path": "backbone.staff", "value": 0.5},
        {"month": 40, "path": "community.outcomes.reading.trend", "value": -0.002},
    ]
    events = [{"month": event["month"], "set": {event["path"]: event["value"]}} for event in happens]
    runs.append((COUNTY, {"events": happens}, county.replace(events=events)))
    found = compared(tmp_path, worlds, runs)
    assert [of for of in found if of["unknown"] or not of["farthest"] <= TOLERANCE] == []


def test_one_organisation_taken_in_hand_is_as_an_event_has_it(tmp_path: Path) -> None:
    county = load(COUNTY)
    body = f"""
      const model = await open();
      const run = model.start("{COUNTY}", {{}}, 7).advance(29);
      const before = run.organisations()[2], ties = run.ties(), groups = run.groups();
      run.change(2, {{ resources: 9, member: false }}).advance(30);
      const after = run.organisations()[2];
      console.log(JSON.stringify({{ before, after, ties: ties.length, working: ties.filter((tie) => tie.strength > 0).length,
        groups, progress: run.value("progress", 30), again: model.progress("{COUNTY}", {{}}, [7, 8]).length }}));
    """
    told = json.loads(scripted(tmp_path, page_data({COUNTY: county}), body))
    assert told["before"]["name"] == told["after"]["name"] == "Public Library"
    assert (told["before"]["resources"], told["after"]["resources"]) == (1.5, 9.0)
    assert not told["after"]["member"]
    assert sum(told["after"]["goals"]) == pytest.approx(1.0)
    assert told["ties"] >= told["working"] >= 38
    assert [group["name"] for group in told["groups"]] == ["in town", "in the valley"]
    organisation = {"month": 30, "organisation": "Public Library"}
    event = organisation | {"set": {"resources": 9.0, "member": False}}
    progress = simulate(county.replace(events=[event]), [7], threads=1)[0, 30, 0]
    assert told["progress"] == pytest.approx(progress, rel=1e-10)
    assert told["again"] == 2 * (county.months + 1)


@pytest.mark.parametrize(
    "settings",
    [
        {"coalition.degree": 40.0},
        {"coalition.degree": 3.0},
        {"practice.ruggedness": 10},
        {"practice.ruggedness": 1.5},
        {"backbone.staff": -1.0},
        {"backbone.staff": "many"},
        {"backbone.stuff": 1.0},
        {"coalition.organisations": 40},
        {"coalition.network": "spider"},
        {"coalition.start": 0},
    ],
)
def test_a_setting_that_no_scenario_could_have_is_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    body = f"""
      const model = await open();
      try {{ model.start("all-five", {json.dumps(settings)}, 1); console.log("ran"); }} catch (error) {{ console.log(error.message); }}
    """
    assert next(iter(settings)) in scripted(tmp_path, page_data({"all-five": load("all-five")}), body)


def test_data_of_other_sources_are_refused(tmp_path: Path) -> None:
    body = "await open().then(() => console.log('opened'), (error) => console.log(error.message));"
    assert "cisim.app.wasm" in scripted(tmp_path, page_data({}) | {"digest": "0" * 32}, body)


def test_the_module_is_small_and_asks_the_page_for_nothing() -> None:
    assert MODULE.stat().st_size < 100_000
    script = "const [file] = process.argv.slice(1); "
    script += "console.log(WebAssembly.Module.imports(new WebAssembly.Module(require('fs').readFileSync(file))).length)"
    assert node("-e", script, MODULE).strip() == "0"
