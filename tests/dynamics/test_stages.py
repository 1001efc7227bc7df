"""A stage, a condition and a function of the backbone are written once: what stands in the list is used everywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cisim
from cisim import engine
from cisim.cli.commands.explain import STAGES as EXPLAINED
from cisim.dynamics.month import STAGE_FUNCTIONS, advance, functions_of
from cisim.dynamics.stages import BACKBONE_FUNCTIONS, CONDITIONS, STAGE_NAMES, STAGES
from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import Scenario, find, shipped
from cisim.scenario.catalogue import SECTIONS
from cisim.scenario.sections import Allocation, Reach

SHORT = {"scenario.months": 4, "coalition.organisations": 6}


def test_conditions_are_sections_in_their_order_each_with_a_dial_that_turns_it_off_at_0() -> None:
    names = [condition.name for condition in CONDITIONS]
    assert names == [section for section in SECTIONS if section in names]
    for condition in CONDITIONS:
        switch = find(condition.switch)
        assert switch is not None
        assert (switch.section, switch.kind, switch.quiet) == (condition.name, "dial", 0)
    assert {stage.condition for stage in STAGES} - {""} == {*names} - {"backbone"}


def test_allocation_and_reach_stand_in_the_order_of_the_backbones_functions() -> None:
    assert tuple(Allocation.model_fields) == tuple(Reach.model_fields) == BACKBONE_FUNCTIONS


def test_engine_mesa_model_and_explain_read_the_list() -> None:
    assert tuple(STAGE_FUNCTIONS) == tuple(functions_of(advance)) == STAGE_NAMES
    for number, stage in enumerate(STAGES):
        method = getattr(CollectiveImpactModel, stage.name)
        assert (method.__name__, method.__doc__) == (stage.name, f"Stage {number}: {stage.meaning}.")
        assert EXPLAINED[stage.name] == f"stage {number}, {stage.name}: {stage.meaning}"


# ---- A ninth stage in a copy of the package: its module, and one entry in the list.

REST = '''"""Rest: a stage in which nothing happens."""

from cisim.dynamics.compiled import sequence
from cisim.dynamics.luck import Luck
from cisim.dynamics.state import Dials, State


@sequence
def rest(state: State, dials: Dials, luck: Luck) -> None:
    """Change nothing."""
'''
ENTRY = '    StageInfo("rest", "rest", "Rest", "nothing"),\n'
MINE = """
import numpy as np

def broken(state, dials, luck):
    if luck.month == 3:
        state.outcomes[0].indicator = np.nan
"""
STUDY = """
[study]
name = "rest"
question = "Does a study know the ninth stage?"
scenario = "short.toml"
replications = 1
[levers]
"backbone.staff" = [1.0]
[design]
kind = "factorial"
"""
SCRIPT = """
import sys
from pathlib import Path
from cisim import engine
from cisim.cli.main import main
from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import load

scenario = load("short.toml")
(run,) = engine.simulate(scenario, [1])
assert run.tobytes() == Path("before").read_bytes(), "a stage that does nothing changed a bit"

calls = []
class Watched(CollectiveImpactModel):
    def build(self):
        calls.append("build")
        super().build()
    def rest(self):
        calls.append("rest")
        super().rest()

model = Watched(scenario, seed=1)
model.run_model()
assert calls == ["build", "rest"] * scenario.months, calls
assert model.records.tobytes() == run.tobytes()
assert CollectiveImpactModel.rest.__doc__ == "Stage 8: nothing."

def cisim(*words):
    sys.argv = ["cisim", "study", *words]
    try:
        return main()
    except SystemExit as end:
        return end.code

assert cisim("run", "study.toml", "--stage", "rest=mine:broken", "--threads", "1") == 1
cisim("why", "study-results", "0")
"""


@pytest.mark.long
def test_a_stage_that_is_put_into_the_list_runs_in_engine_mesa_model_and_studies(tmp_path: Path) -> None:
    scenario = Scenario().replace(**SHORT)
    package = tmp_path / "package" / "cisim"
    shutil.copytree(Path(cisim.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "emon"))
    shutil.copytree(Path(next(iter(shipped().values()))).parent, package / "shipped_scenarios", dirs_exist_ok=True)
    stages = package / "dynamics" / "stages.py"
    before, end, after = stages.read_text(encoding="utf-8").rpartition(")  # fmt: skip\nSTAGE_NAMES")
    stages.write_text(before + ENTRY + end + after, encoding="utf-8")
    (package / "dynamics" / "rest.py").write_text(REST, encoding="utf-8")
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "short.toml").write_text(scenario.to_toml(), encoding="utf-8")
    (tmp_path / "before").write_bytes(engine.simulate(scenario, [1]).tobytes())
    environment = os.environ | {
        "PYTHONPATH": str(package.parent),
        "CISIM_CACHE_DIR": str(tmp_path / "cache"),
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=380, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "rest, month 3: " in done.stdout
