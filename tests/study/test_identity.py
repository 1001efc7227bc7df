"""Identities of a study's runs: seeds that belong to the run, and hashes of all that decides it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from calling import environment
from cisim.coalition import roster
from cisim.dynamics.digest import model_digest
from cisim.errors import InputError
from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import Scenario
from cisim.study.factors import Factor, Level
from cisim.study.identity import Job, Span, identity_of, point_identity, read_job, seed_of
from cisim.study.spec import Record, Study
from cisim.study.task import do_task
from cisim.study.user_code import Code

BASE = Scenario().replace(
    **{"scenario.months": 8, "coalition.organisations": 6, "coalition.degree": 2, "coalition.latent": 1.0}
)
STAFF = Factor("backbone.staff", "lever", low=0.0, high=4.0)


def job_of(*factors: Factor, base: Scenario = BASE, code: Code | None = None, **asked: Any) -> Job:
    asked = {"record": Record(months=(4, 8)), "seed": 11, "replications": 4} | asked
    return read_job(Study(name="s", base=base, factors=factors, **asked), code)


def test_common_luck_is_that_of_the_replication_from_the_block_of_the_studys_seed() -> None:
    study = job_of(STAFF, seed=3).study
    assert [seed_of(study, point, 4) for point in (0, 7)] == [2_000_005] * 2
    assert seed_of(job_of(STAFF, seed=0).study, 0, 10**6 - 1) == 0


def test_independent_luck_is_each_runs_own_and_depends_on_nothing_else() -> None:
    study = job_of(STAFF, luck="independent").study
    seeds = [seed_of(study, point, replication) for point in range(30) for replication in range(30)]
    assert len(set(seeds)) == 900
    assert seeds[31] == seed_of(study, 1, 1)
    assert seed_of(job_of(STAFF, luck="independent", seed=12).study, 1, 1) != seeds[31]
    # Written down, so that no release changes the runs of old studies.
    assert seed_of(study, 3, 5) == 16463675194570566608


def test_an_identity_changes_with_all_that_decides_a_run_and_with_nothing_else() -> None:
    parts, varied = ["model", "scenario", "contents", "code"], {"rate": 0.5}
    identity = identity_of(point_identity(*parts, varied), 5)
    assert len(identity) == 16
    assert int(identity, 16) >= 0
    others = {identity_of(point_identity(*parts[:place], "x", *parts[place + 1 :], varied), 5) for place in range(4)}
    others |= {identity_of(point_identity(*parts, of), 5) for of in ({}, {"rate": 0.25}, {"pace": 0.5})}
    others |= {identity_of(point_identity(*parts, varied), 6)}
    others |= {identity_of(point_identity("modelscenario", "", *parts[2:], varied), 5)}
    assert len(others | {identity}) == 10


def test_runs_of_the_same_scenario_and_seed_have_the_same_identity_in_any_study() -> None:
    one = do_task(job_of(STAFF), [Span(4, (2.0,), 1, 2)])["runs"]
    other = do_task(job_of(base=BASE.replace(**{"backbone.staff": 2.0})), [Span(0, (), 1, 2)])["runs"]
    assert one.column("identity").to_pylist() == other.column("identity").to_pylist()
    assert one.column("progress") == other.column("progress")


# --- what the hashes cover ------------------------------------------------------------------------------


def coalition(folder: Path, organisations: str, ties: str | None = None) -> Scenario:
    (folder / "who.csv").write_text(organisations)
    (folder / "ties.csv").write_text(ties or "")
    return BASE.replace(**{"coalition.file": "who.csv", "coalition.ties": "ties.csv" if ties else None}).at(folder)


WHO = "name,size,resources\nA,1,0.5\nB,2,\nC,3,2\n"
TIES = "from,to,strength\nA,B,0.5\nB,C,\n"


def test_the_hash_of_a_coalition_is_of_what_its_files_say_and_not_of_how(tmp_path: Path) -> None:
    digest = roster(coalition(tmp_path, WHO, TIES)).digest
    assert len(digest) == 32
    others = {
        roster(coalition(tmp_path, who, ties)).digest
        for who, ties in (
            (WHO, TIES.replace("0.5", "0.25")),
            (WHO, TIES.replace("B,C", "A,C")),
            (WHO.replace("0.5", "0.25"), TIES),
            (WHO.replace("\nC", "\nD"), TIES.replace("C", "D")),
            (WHO, None),
        )
    }
    assert len(others | {digest}) == 6
    same = "name;size;resources\r\nA; 1;0.50\r\nB;2;\r\nC;3;2.0\r\n"
    assert roster(coalition(tmp_path, same, TIES)).digest == digest


def test_a_job_is_known_by_all_coalitions_that_its_factors_name(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("name\nP\nQ\nR\n")
    base = coalition(tmp_path, WHO)
    who = Factor("who", "lever", levels=(Level("who", {}), Level("few", {"coalition.file": "few.csv"})))
    assert job_of().contents == ""
    contents = {job_of(base=base).contents, job_of(who, base=base).contents}
    (tmp_path / "few.csv").write_text("name\nP\nQ\nS\n")
    assert len(contents | {job_of(who, base=base).contents, ""}) == 4
    assert job_of(STAFF, base=base).contents in contents


def test_a_base_scenario_without_its_files_is_refused_and_an_impossible_level_is_not(tmp_path: Path) -> None:
    base = coalition(tmp_path, WHO)
    levels = tuple(Level(names, {"coalition.sectors": names}) for names in ("", "p"))  # neither is a list
    assert job_of(Factor("sectors", "lever", levels=levels), base=base).contents == job_of(base=base).contents
    (tmp_path / "who.csv").unlink()
    with pytest.raises(InputError, match=r"who\.csv: no such file"):
        job_of(base=base)


def test_runs_are_known_by_the_sources_of_the_model_that_they_use(tmp_path: Path) -> None:
    class Same(CollectiveImpactModel):
        pass

    base, spans = coalition(tmp_path, WHO).replace(**{"coalition.degree": 2.0}), [Span(0, (), 0, 1)]
    contents, engine = roster(base).digest, model_digest()
    both = model_digest("mesa_model.py", "mesa_agent.py")
    assert both != engine
    for code, model in ((Code(), engine), (Code(model=Same), both)):
        job = job_of(base=base, code=code)
        assert job.model_digest == model
        point = point_identity(model, base.digest(), contents, code.about()["digest"], {})
        identity = do_task(job, spans)["runs"].column("identity").to_pylist()
        assert identity == [identity_of(point, 10_000_001)] * 2


def test_a_study_is_recognised_without_the_engine() -> None:
    check = """
import sys
from cisim.study.identity import read_job, seed_of
from cisim.study import parse
study = parse('study = {name = "s", scenario = "all-five"}')
job = read_job(study)
assert (job.contents, len(job.model_digest), seed_of(study, 0, 1), bool(job.measures)) == ("", 32, 2, True)
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", check], env=environment(), check=True)
