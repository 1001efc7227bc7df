"""Tests that the mutants fit the sources, and that the judge tells a caught one from a survivor."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cisim.dynamics.stages import STAGES
from mutation import run
from mutation.judging import (
    CONTROL,
    Ended,
    Verdict,
    docking_command,
    docking_verdict,
    judge,
    mutated,
    property_verdict,
    snapshot,
    sources_hash,
)
from mutation.mutants import MUTANTS, STAGE_MODULES, Mutant

PACKAGE = Path(__file__).parents[2] / "src" / "cisim"


def test_there_are_at_least_25_of_different_names() -> None:
    assert len(MUTANTS) >= 25
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_every_stage_module_has_at_least_three() -> None:
    modules = {f"dynamics/{stage.module}.py" for stage in STAGES}
    assert modules | {f"dynamics/{name}.py" for name in ("conditions", "practice", "residents", "ties")} == set(
        STAGE_MODULES
    )
    for module in STAGE_MODULES:
        assert sum(mutant.file == module for mutant in MUTANTS) >= 3, module
    assert {mutant.file for mutant in MUTANTS} == set(STAGE_MODULES)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_its_file_once_parses_and_is_another_program(mutant: Mutant) -> None:
    source = (PACKAGE / mutant.file).read_text(encoding="utf-8")
    changed = mutated(source, mutant)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))
    assert mutant.breaks


@pytest.mark.parametrize("old", ["nowhere", "x"])
def test_a_text_that_does_not_occur_exactly_once_is_refused(old: str) -> None:
    with pytest.raises(ValueError, match=r"occurs . times in stage\.py"):
        mutated("x = x\n", Mutant("m", "stage.py", old, "y", ""))


# ---- A project so small that judging it takes no time.

STAGE = """
def double(x):
    return 2 * x


def half(x):
    return x / 2


def third(x):
    return x / 3
"""
MAIN = """
import json, sys
from cisim.stage import double

assert sys.argv[1:] == ["validate", "docking", "--quick", "--json"], sys.argv
holds = "holds" if double(3) == 6 else "does not hold"
claims = [{"verdict": holds}, {"verdict": "quoted"}]
print(json.dumps({"suites": [{"name": "docking", "cases": [{"name": "doubling", "claims": claims}]}]}))
sys.exit(holds != "holds")
"""
PROPERTY = """
from cisim.stage import half
from helper import ONE


def test_a_half_is_less():
    assert half(ONE) < ONE
"""
FILES = {
    "src/cisim/__init__.py": "",
    "src/cisim/__main__.py": MAIN,
    "src/cisim/stage.py": STAGE,
    "tests/helper.py": "ONE = 1\n",
    "tests/engine/test_invariants.py": PROPERTY,
    "tests/engine/test_other.py": "def test_is_not_run():\n    assert False\n",
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["tests"]\n',
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "original" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return snapshot(tmp_path / "original", tmp_path / "snapshot")


def fault(old: str, new: str) -> Mutant:
    return Mutant("fault", "stage.py", old, new, "")


FAULTS = {
    "docking": (fault("2 * x", "3 * x"), ("doubling",)),
    "property": (fault("x / 2", "x * 2"), ("test_a_half_is_less",)),
    "crash": (fault("2 * x", "2 * y"), ("docking: exit code 1: NameError: name 'y' is not defined",)),
    "survived": (fault("x / 3", "x / 4"), ()),
}


@pytest.mark.parametrize("how", FAULTS)
def test_a_fault_is_judged_by_what_notices_it(how: str, project: Path) -> None:
    mutant, by = FAULTS[how]
    verdict = judge(project, mutant)
    assert (verdict.how, verdict.by) == (how, by)
    assert (project / "src/cisim/stage.py").read_text(encoding="utf-8") == STAGE


def test_the_unmutated_copy_passes(project: Path) -> None:
    assert judge(project, CONTROL) == Verdict("survived")


def test_a_mutant_that_crashes_docking_may_still_be_caught_by_a_property(project: Path) -> None:
    worse = STAGE.replace("2 * x", "2 * y").replace("x / 2", "x * 2")
    verdict = judge(project, fault(STAGE, worse))
    assert (verdict.how, verdict.by) == ("property", ("test_a_half_is_less",))
    assert "NameError" in verdict.after
    assert str(verdict).startswith("property: test_a_half_is_less (after a crash: docking: exit code 1")


def test_a_mutant_that_hangs_is_stopped_and_reported_as_such(project: Path) -> None:
    assert judge(project, fault("return 2 * x", "while True: pass"), timeout=3.0).how == "timeout"


def test_another_package_than_the_copy_is_never_judged(project: Path) -> None:
    (project / "src/cisim/__init__.py").unlink()
    (project / "src/cisim").rename(project / "src/other")
    (project / "src/cisim.py").write_text("", encoding="utf-8")
    verdict = judge(project, CONTROL)
    assert verdict.how == "crash"
    assert "imported" in verdict.by[0]


# ---- Reading what processes said.


def said(*verdicts: str, code: int = 1) -> Ended:
    claims = [{"verdict": verdict} for verdict in verdicts]
    document = {"suites": [{"name": "docking", "cases": [{"name": "case", "claims": claims}]}]}
    return Ended(code, json.dumps(document), "")


def test_a_case_counts_only_if_a_claim_does_not_hold() -> None:
    assert docking_verdict(said("holds", "does not hold")) == Verdict("docking", ("case",))
    assert docking_verdict(said("holds", "quoted", "not run", code=0)) == Verdict("survived")
    assert docking_verdict(said("holds", code=1)).how == "crash"
    assert docking_verdict(Ended(1, "", "Traceback\nZeroDivisionError")).by == (
        "docking: exit code 1: ZeroDivisionError",
    )
    assert docking_verdict(Ended(-11, "", "")).how == "crash"
    assert docking_verdict(Ended(None, "", "")).how == "timeout"


def test_a_property_counts_only_if_a_test_failed() -> None:
    failed = "FAILED tests/engine/test_a.py::test_b[c d] - AssertionError: d\n1 failed"
    assert property_verdict(Ended(1, failed, "")) == Verdict("property", ("test_b[c d]",))
    assert property_verdict(Ended(0, "3 passed", "")) == Verdict("survived")
    assert property_verdict(Ended(2, "ERROR tests/engine/test_a.py - SyntaxError", "")).how == "crash"
    assert property_verdict(Ended(5, "no tests ran", "")).how == "crash"
    assert property_verdict(Ended(None, "", "")).how == "timeout"


def test_cases_are_asked_for_by_name() -> None:
    assert docking_command(["a", "b"])[-2:] == ["--case=a", "--case=b"]


def test_any_source_or_property_moves_the_hash_of_sources(project: Path) -> None:
    before = sources_hash(project)
    for name in ("src/cisim/stage.py", "tests/helper.py", "tests/engine/test_invariants.py"):
        path = project / name
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\n", encoding="utf-8")
        assert sources_hash(project) != before, name
        path.write_text(text, encoding="utf-8")
    assert sources_hash(project) == before


# ---- The command.


class FakeJudge:
    """A judge with given verdicts that counts its calls."""

    def __init__(self, survivors: int, control: Verdict | None = None) -> None:
        self.survivors = {mutant.name for mutant in MUTANTS[:survivors]}
        self.control = control or Verdict("survived")
        self.asked: list[str] = []

    def __call__(self, project: Path, mutant: Mutant, cases: Sequence[str]) -> Verdict:
        assert (project / "src" / "cisim" / "stage.py").exists()
        self.asked.append(mutant.name)
        if mutant == CONTROL:
            return self.control
        return Verdict("survived") if mutant.name in self.survivors else Verdict("docking", ("case", *cases))


def command(folder: Path, judged: run.Judge, *given: str) -> int:
    return run.main(
        given,
        root=folder / "original",
        verdicts_file=folder / "verdicts.json",
        results=folder / "RESULTS.md",
        judged=judged,
    )


@pytest.mark.usefixtures("project")
def test_one_survivor_is_allowed_and_two_are_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path, FakeJudge(1)) == 0
    assert command(tmp_path, FakeJudge(2), "--again") == 1
    out = capsys.readouterr().out
    assert f"{len(MUTANTS)} mutants: {len(MUTANTS) - 2} by docking cases; 2 survived." in out
    text = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert text.count("SURVIVED") == 2
    assert sources_hash(tmp_path / "snapshot") in text


@pytest.mark.usefixtures("project")
def test_the_control_must_pass_before_a_mutant_is_judged(tmp_path: Path) -> None:
    broken = FakeJudge(0, control=Verdict("docking", ("degroot",)))
    assert command(tmp_path, broken) == 2
    assert broken.asked == ["control"]


@pytest.mark.usefixtures("project")
def test_what_is_judged_is_not_judged_again_until_a_source_moves(tmp_path: Path) -> None:
    first, second, third = FakeJudge(0), FakeJudge(0), FakeJudge(0)
    name = MUTANTS[3].name
    assert command(tmp_path, first, f"--only={name}") == 0
    assert command(tmp_path, second) == 0
    assert first.asked == ["control", name]
    assert sorted(second.asked) == sorted(mutant.name for mutant in MUTANTS if mutant.name != name)
    (tmp_path / "original/src/cisim/stage.py").write_text("# another\n", encoding="utf-8")
    assert command(tmp_path, third, f"--only={name}") == 0
    assert third.asked == ["control", name]


@pytest.mark.usefixtures("project")
def test_what_a_stopped_run_judged_is_kept(tmp_path: Path) -> None:
    class Stopped(FakeJudge):
        def __call__(self, project: Path, mutant: Mutant, cases: Sequence[str]) -> Verdict:
            if len(self.asked) == 4:
                raise KeyboardInterrupt
            return super().__call__(project, mutant, cases)

    with pytest.raises(KeyboardInterrupt):
        command(tmp_path, Stopped(0), "--jobs=1")
    rest = FakeJudge(0)
    assert command(tmp_path, rest) == 0
    assert len(rest.asked) == len(MUTANTS) - 3


@pytest.mark.usefixtures("project")
def test_a_part_of_the_mutants_or_cases_writes_no_results(tmp_path: Path) -> None:
    assert command(tmp_path, FakeJudge(0), f"--only={MUTANTS[0].name}") == 0
    assert command(tmp_path, FakeJudge(0), "--case=degroot") == 0
    assert not (tmp_path / "RESULTS.md").exists()
    with pytest.raises(SystemExit):
        command(tmp_path, FakeJudge(0), "--only=nobody")
