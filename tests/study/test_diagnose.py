"""A run that fails is a row that says where, when and why; the others are not touched, and interrupts are no failures."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cisim import engine, failures
from cisim.dynamics.check import fault_of, sound
from cisim.dynamics.commitment import commit
from cisim.dynamics.luck import Luck
from cisim.dynamics.month import advance
from cisim.dynamics.state import State
from cisim.engine import compile_scenario, run_one
from cisim.errors import LONGEST, one_line
from cisim.failures import Stopped
from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import Scenario, load, shipped
from cisim.study.identity import Job, Span, read_job
from cisim.study.spec import Limits, Record, Stop, Study
from cisim.study.task import bytes_of_run, do_task
from cisim.study.user_code import Code

BASE = Scenario().replace(**{"scenario.months": 8, "coalition.organisations": 5, "coalition.degree": 2})
#: What a rival stage does, by the replication, modulo 8.
WELL, LOSES_A_NUMBER, RAISES, ENDLESS_NUMBER, LATE = 0, 1, 2, 3, 4


def rival(state: State, dials: np.ndarray, luck: Luck) -> None:
    """Commitment as it was, but for some seeds in month 5."""
    commit(state, dials, luck)
    if luck.month == 5:
        kind = (luck.seed - np.uint64(1)) % np.uint64(8)
        if kind == 1:
            state.outcomes[0].baseline = np.nan
        elif kind == 2:
            raise ValueError("no such\ncommitment")
        elif kind == 3:
            state.outcomes[1].indicator = np.inf


class InPython(CollectiveImpactModel):
    """The same as a model."""

    def commit(self) -> None:
        super().commit()
        if self.month == 5:
            kind = (int(self.luck.seed) - 1) % 8
            if kind == LOSES_A_NUMBER:
                self.state.outcomes["baseline"][0] = np.nan
            elif kind == RAISES:
                raise ValueError("no such\ncommitment")
            elif kind == ENDLESS_NUMBER:
                self.state.outcomes["indicator"][1] = np.inf


def job_of(code: Code | None = None, base: Scenario = BASE, **asked: Any) -> Job:
    asked = {"record": Record(months=(8,)), "seed": 1} | asked
    return read_job(Study(name="s", base=base, **asked), code or Code())


def one(job: Job, replication: int = 0, stop: threading.Event | None = None) -> dict[str, Any]:
    """The failure of one run."""
    (row,) = do_task(job, [Span(0, (), replication, replication + 1)], stop)["failures"].to_pylist()
    return dict(row)


# --- the place ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return do_task(job_of(Code(stages=(("commit", rival),))), [Span(0, (), 0, 5)])


def test_a_stage_that_raises_or_loses_a_number_is_named_with_the_month(tables: dict[str, pa.Table]) -> None:
    rows = tables["failures"].to_pylist()
    assert [row["replication"] for row in rows] == [LOSES_A_NUMBER, RAISES, ENDLESS_NUMBER]
    assert {row["stage"] for row in rows} == {"commit"}
    assert {row["month"] for row in rows} == {5}
    assert [row["message"] for row in rows] == [
        "outcomes.baseline[0] is nan: must be from 0 to 1",
        "ValueError: no such; commitment",
        "outcomes.indicator[1] is inf: must be from 0 to 1",
    ]
    assert {row["scenario"] for row in rows} == {BASE.to_toml()}


def test_runs_beside_one_that_fails_are_as_if_it_had_not(tables: dict[str, pa.Table]) -> None:
    alone = do_task(job_of(Code(stages=(("commit", rival),))), [Span(0, (), LATE, LATE + 1)])
    assert tables["runs"].slice(4) == alone["runs"]
    assert tables["runs"].column("status").to_pylist() == ["ok", "failed", "failed", "failed", "ok"]
    plain = do_task(job_of(), [Span(0, (), LATE, LATE + 1)])
    assert alone["runs"].drop_columns("identity") == plain["runs"].drop_columns("identity")


def test_a_run_that_ends_before_it_would_fail_does_not_fail() -> None:
    code = Code(stages=(("commit", rival),))
    for kind in (LOSES_A_NUMBER, RAISES):
        span = [Span(0, (), kind, kind + 1)]
        ends = do_task(job_of(code, stop=Stop(measure="members", above=0.0)), span)["runs"]
        assert ends.column("ended").to_pylist() == [1]
        assert ends.column("status").to_pylist() == ["stopped"]


def test_a_run_too_large_to_do_again_tells_what_is_known_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "AFFORDABLE", 1)
    job = job_of(Code(stages=(("commit", rival),)))
    lost, raised = one(job, LOSES_A_NUMBER), one(job, RAISES)
    assert (lost["stage"], lost["month"], lost["message"][:27]) == ("commit", 5, "outcomes.baseline[0] is nan")
    assert (raised["stage"], raised["month"]) == ("months", -1)
    assert raised["message"] == "ValueError: no such; commitment"


def test_a_model_in_python_fails_with_the_same_words(tables: dict[str, pa.Table]) -> None:
    python = do_task(job_of(Code(model=InPython)), [Span(0, (), 0, 5)])
    assert python["failures"] == tables["failures"]


def test_a_model_that_cannot_be_made_or_does_not_step_says_so() -> None:
    class Unmade(CollectiveImpactModel):
        def __init__(self, config: Scenario, *, seed: int) -> None:
            raise RuntimeError(f"unmade with {config.name} and {seed}")

    class Still(CollectiveImpactModel):
        def step(self) -> None:
            """No month passes."""

    class Cramped(CollectiveImpactModel):
        def agree(self) -> None:
            raise MemoryError

    found = [one(job_of(Code(model=model))) for model in (Unmade, Still, Cramped)]
    assert [(row["stage"], row["month"]) for row in found] == [("founding", 0), ("step", 1), ("memory", 1)]
    assert found[0]["message"] == "RuntimeError: unmade with all five conditions and 1"
    assert found[1]["message"] == "step must let one month pass; the model is in month 0"


def test_a_model_that_stops_running_has_ended_and_not_failed() -> None:
    class Short(CollectiveImpactModel):
        def step(self) -> None:
            super().step()
            self.running = self.month < 3

    runs = do_task(job_of(Code(model=Short), record=Record(months=(2, 8))), [Span(0, (), 0, 1)])["runs"].to_pandas()
    plain = do_task(job_of(record=Record(months=(2, 3))), [Span(0, (), 0, 1)])["runs"].to_pandas()
    assert runs["status"].tolist() == ["stopped"] * 2
    assert runs["ended"].tolist() == [3, 3]
    assert runs["trust"].tolist() == plain["trust"].tolist()


def test_the_founding_is_a_stage_too(monkeypatch: pytest.MonkeyPatch) -> None:
    original = engine.founded

    def fails(*given: Any) -> Any:
        if given[2] == 4:
            raise ArithmeticError("in month 0")
        return original(*given)

    for module in (engine, failures):
        monkeypatch.setattr(module, "founded", fails)
    row = one(job_of(), 3)
    assert (row["stage"], row["month"], row["message"]) == ("founding", 0, "ArithmeticError: in month 0")


def test_a_reporter_that_raises_or_gives_no_number_is_named_with_the_month() -> None:
    def raises(_: State, month: int) -> float:
        if month == 6:
            raise KeyError("six")
        return 0.0

    def gives(*_: Any) -> float:
        return "a lot"  # type: ignore[return-value]

    record = Record(months=(4, 6, 8))
    row = one(job_of(Code(reporters=(("r", raises),)), record=record))
    assert (row["stage"], row["month"], row["message"]) == ("reporter r", 6, "KeyError: 'six'")
    row = one(job_of(Code(reporters=(("g", gives),)), record=record))
    assert (row["stage"], row["month"]) == ("reporter g", 4)
    assert row["message"].startswith("ValueError: could not convert string to float")


def test_no_state_of_any_shipped_scenario_is_taken_for_broken() -> None:
    for name in sorted(shipped()):
        scenario = load(name)
        settings = compile_scenario(scenario)
        records = np.empty((settings.months + 1, len(settings.measures)))
        found: list[str | None] = []

        def look(state: State, _: int, found: list[str | None] = found) -> bool:
            found.append(fault_of(state))
            assert sound(state)
            return False

        run_one(scenario, settings, 5, advance, records, pauses=range(0, settings.months + 1, 6), look=look)
        assert set(found) == {None}, name


# --- limits ---------------------------------------------------------------------------------------------


def test_a_run_that_takes_longer_than_it_may_has_failed_and_the_next_one_has_its_own_time() -> None:
    tables = do_task(job_of(limits=Limits(seconds=1e-9)), [Span(0, (), 0, 2)])
    rows = tables["failures"].to_pylist()
    assert [(row["stage"], row["month"]) for row in rows] == [("time limit", 8)] * 2
    assert rows[0]["message"] == "took more than 1e-09 s (limits.seconds)"


def test_time_is_looked_at_each_month_where_the_user_may_take_it() -> None:
    limits = Limits(seconds=1e-9)
    assert one(job_of(Code(model=InPython), limits=limits))["month"] == 0
    assert one(job_of(Code(stages=(("commit", rival),)), limits=limits))["month"] == 0


def test_a_point_that_needs_more_memory_than_a_run_may_have_is_not_run() -> None:
    large = BASE.replace(**{"coalition.organisations": 2000, "coalition.degree": 20, "scenario.months": 600})
    row = one(job_of(base=large, limits=Limits(memory=3_000_000)))
    assert (row["stage"], row["month"]) == ("memory", -1)
    assert row["message"].startswith("a run needs about ")
    assert row["message"].endswith(" MB, limits.memory allows 3.0 MB")


@pytest.mark.parametrize("name", ["all-five", "two-hundred", "real-coalition", "rugged-practices"])
def test_the_memory_of_a_run_is_estimated_from_above_and_not_far(name: str) -> None:
    scenario = load(name)
    settings = compile_scenario(scenario)
    records = np.empty((settings.months + 1, len(settings.measures)))
    state = run_one(scenario, settings, 1, advance, records)
    used = records.nbytes + sum(part.nbytes for part in state)
    assert used <= bytes_of_run(scenario, settings) <= 3 * used


def test_memory_that_is_not_there_is_a_failure_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(engine, "founded", full)
    row = one(job_of())
    assert (row["stage"], row["message"]) == ("memory", "MemoryError: no room")


# --- what is no failure ---------------------------------------------------------------------------------


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_interrupts_are_never_failures(interrupt: type[BaseException]) -> None:
    def interrupts(*_: Any) -> float:
        raise interrupt

    class Interrupts(CollectiveImpactModel):
        def step(self) -> None:
            raise interrupt

    for code in (Code(reporters=(("r", interrupts),)), Code(model=Interrupts)):
        with pytest.raises(interrupt):
            do_task(job_of(code), [Span(0, (), 0, 1)])


def test_looking_for_the_place_ends_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def draws(*given: Any) -> Any:
        stop.set()
        return engine.founded(*given)

    monkeypatch.setattr(failures, "founded", draws)
    with pytest.raises(Stopped):
        one(job_of(Code(stages=(("commit", rival),))), RAISES, stop)


# --- messages -------------------------------------------------------------------------------------------


def test_a_message_is_one_line_of_bounded_length_that_can_be_stored() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert one_line(ValueError("a\n\n b \r\nc")) == "ValueError: a; b; c"
    assert one_line(ValueError()) == "ValueError"
    assert one_line(MuteError()) == "MuteError"
    long = one_line(ValueError("x" * 9999))
    assert len(long) == LONGEST
    assert long.endswith("x...")
    assert pa.array([one_line(ValueError("\ud800\x00"))]).to_pylist() == ["ValueError: ? "]
