"""The engine: the same bits by any threads, order and blocks; rival stages; refusals; stopping; what is kept of compiling."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

import cisim
from cisim import engine
from cisim.dynamics import dials as at
from cisim.dynamics import month
from cisim.dynamics.luck import Luck, mix
from cisim.dynamics.state import State
from cisim.errors import InputError
from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import Scenario, load

SHORT = Scenario().replace(**{"scenario.months": 18, "coalition.organisations": 12})
EVENTFUL = load("crisis").replace(**{"coalition.organisations": 12})


def bits(values: NDArray[np.float64]) -> bytes:
    return np.ascontiguousarray(values).tobytes()


# ---- Threads, order, blocks.


@pytest.mark.parametrize("scenario", [SHORT, EVENTFUL], ids=["short", "eventful"])
def test_threads_change_no_bit(scenario: Scenario) -> None:
    seeds = list(range(100, 140))
    alone = engine.simulate(scenario, seeds, threads=1)
    for threads in (2, 7, None):
        assert bits(engine.simulate(scenario, seeds, threads=threads)) == bits(alone)


def test_the_order_of_seeds_only_permutes_runs() -> None:
    seeds = np.arange(40, dtype=np.uint64)
    order = np.random.default_rng(1).permutation(40)
    straight = engine.simulate(SHORT, seeds, threads=2)
    assert bits(engine.simulate(SHORT, seeds[order], threads=2)) == bits(straight[order])


@pytest.mark.parametrize("block", [1, 500, 2000])
def test_blocks_change_no_bit(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine.simulate(EVENTFUL, [1, 2], threads=1)
    calls = []

    def counted(*arguments: Any) -> None:
        calls.append(arguments[6])
        month.advance(*arguments)

    monkeypatch.setattr(engine, "BLOCK", block)
    monkeypatch.setattr(engine, "advance_with", lambda *_: counted)
    assert bits(engine.simulate(EVENTFUL, [1, 2], threads=1)) == bits(whole)
    assert len(calls) > 2


def test_each_block_is_short_enough_for_a_large_coalition_to_be_stopped() -> None:
    settings = engine.compile_scenario(SHORT.replace(**{"coalition.organisations": 10_000, "scenario.months": 3}))
    blocks = []
    engine.run_one(
        SHORT.replace(**{"coalition.organisations": 10_000, "scenario.months": 3}),
        settings,
        1,
        lambda *arguments: blocks.append(arguments[6:8]),
        np.empty((4, len(settings.measures))),
    )
    assert blocks == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_no_seeds_give_no_runs() -> None:
    assert engine.simulate(SHORT, []).shape == (0, 19, len(engine.compile_scenario(SHORT).measures))


def test_progress_tells_of_every_run_once_and_in_the_calling_thread() -> None:
    told: list[tuple[int, threading.Thread]] = []
    for threads in (1, 2):
        told.clear()
        engine.simulate(
            SHORT, range(33), threads=threads, on_progress=lambda done: told.append((done, threading.current_thread()))
        )
        numbers = [done for done, _ in told]
        assert numbers == sorted(numbers)
        assert numbers[-1] == 33
        assert {thread for _, thread in told} == {threading.main_thread()}


# ---- Rival stages.


def stubborn_commit(state: State, dials: NDArray[np.float64], luck: Luck) -> None:  # noqa: ARG001
    """A rival hypothesis: commitment halves the way to what it was at the founding."""
    commitment, member = state.organisations["commitment"], state.organisations["member"]
    initial = state.organisations["initial_commitment"]
    for i in range(commitment.shape[0]):
        if member[i] == 1:
            commitment[i] += dials[at.COMMITMENT_ADJUSTMENT] * (initial[i] - commitment[i])


def no_build(state: State, dials: NDArray[np.float64], luck: Luck) -> None:
    """Nothing is built."""


class Stubborn(CollectiveImpactModel):
    def commit(self) -> None:
        stubborn_commit(self.state, self.dials, self.luck)

    def build(self) -> None:
        no_build(self.state, self.dials, self.luck)


def test_rival_stages_plain_or_compiled_are_those_of_a_subclass_of_the_mesa_model() -> None:
    stages = {"commit": stubborn_commit, "build": numba.njit(no_build)}
    rival = engine.simulate(EVENTFUL, [5, 6], threads=2, stages=stages)
    assert bits(rival) != bits(engine.simulate(EVENTFUL, [5, 6], threads=2))
    for seed, run in zip([5, 6], rival, strict=True):
        model = Stubborn(EVENTFUL, seed=seed)
        model.run_model()
        assert bits(model.records) == bits(run)


def test_a_rival_stage_leaves_the_engine_as_it_was() -> None:
    before = engine.simulate(SHORT, [1])
    assert month.advance_with({"build": no_build}) is not month.advance
    assert month.advance_with(None) is month.advance
    assert month.advance_with({}) is month.advance
    assert bits(engine.simulate(SHORT, [1])) == bits(before)


# ---- Refusals.


RATE, OTHER_RATE = 0.0, 0.0


@numba.njit
def tired(commitment: float) -> float:
    return commitment * (1.0 - RATE)


@numba.njit(nogil=True)
def compiled_rival(state: State, _dials: NDArray[np.float64], _luck: Luck) -> None:
    for organisation in state.organisations:
        organisation.commitment = tired(organisation.commitment)


def plain_rival(state: State, _dials: NDArray[np.float64], _luck: Luck) -> None:
    for organisation in state.organisations:
        organisation.capacity = 1.0 - OTHER_RATE


@pytest.mark.long
def test_a_stage_runs_with_the_values_that_globals_have_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba takes a global's value when it compiles: with another value, a stage is another one."""

    def results(rate: float) -> NDArray[np.float64]:
        for name in ("RATE", "OTHER_RATE"):
            monkeypatch.setattr(sys.modules[__name__], name, rate)
        return engine.simulate(SHORT, [1, 2], stages={"commit": compiled_rival, "build": plain_rival})

    names = [measure.name for measure in engine.compile_scenario(SHORT).measures]
    quarter, half = results(0.25), results(0.5)
    for measure in ("commitment", "capacity"):
        column = names.index(measure)
        assert not np.array_equal(quarter[:, 1:, column], half[:, 1:, column])
    assert bits(results(0.25)) == bits(quarter)


def test_a_loop_is_compiled_once_for_stages_that_do_the_same() -> None:
    def made(rate: float) -> Any:
        def rival(state: State, _dials: NDArray[np.float64], _luck: Luck) -> None:
            for organisation in state.organisations:
                organisation.commitment *= 1.0 - rate

        return rival

    assert month.advance_with({"commit": made(0.25)}) is month.advance_with({"commit": made(0.25)})
    assert month.advance_with({"commit": made(0.25)}) is not month.advance_with({"commit": made(0.5)})


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(InputError, match="'comit' is not a stage: they are disturb, communicate, measure"):
        engine.simulate(SHORT, [1], stages={"comit": no_build})


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, float("nan"), True, "7", None], ids=str)
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    with pytest.raises(InputError, match="must be an integer from 0 to 18446744073709551615"):
        engine.simulate(SHORT, [1, seed])


@pytest.mark.parametrize("seed", [0, 2**64 - 1, np.uint64(2**64 - 1), np.int32(3)], ids=repr)
def test_every_integer_of_64_bits_is_a_seed(seed: Any) -> None:
    months = SHORT.replace(**{"scenario.months": 1})
    assert bits(engine.simulate(months, [seed])) == bits(engine.simulate(months, np.array([seed], np.uint64)))


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"], ids=str)
def test_a_number_of_threads_that_is_none_is_refused(threads: Any) -> None:
    with pytest.raises(InputError, match="must be a whole number of at least 1"):
        engine.simulate(SHORT, [1], threads=threads)


# ---- Stopping.


def threads_of_the_engine() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("cisim")]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("at_least", [1, 2], ids=["at once", "later"])
def test_an_interrupt_stops_all_threads(threads: int, at_least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted = threading.Event()
    begun_too_late: list[int] = []
    run_one = engine.run_one

    def slow(*arguments: Any) -> State:
        if interrupted.is_set():
            begun_too_late.append(arguments[2])
        time.sleep(0.005)
        return run_one(*arguments)

    def interrupt(done: int) -> None:
        if done >= at_least:
            interrupted.set()
            raise KeyboardInterrupt

    monkeypatch.setattr(engine, "run_one", slow)
    with pytest.raises(KeyboardInterrupt):
        engine.simulate(SHORT, range(5000), threads=threads, on_progress=interrupt)
    assert threads_of_the_engine() == []
    assert len(begun_too_late) <= 4  # of some 15 that each thread still had to do


def test_a_run_that_is_told_to_stop_ends_before_its_next_block(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, passed = threading.Event(), []

    def loop(*arguments: Any) -> None:
        passed.append(arguments[6])
        if len(passed) == 3:
            stop.set()

    monkeypatch.setattr(engine, "BLOCK", 1)
    settings = engine.compile_scenario(SHORT)
    engine.run_one(SHORT, settings, 1, loop, np.empty((19, len(settings.measures))), stop)
    assert passed == [0, 1, 2]


def test_an_error_in_a_thread_is_raised_and_stops_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    run_one = engine.run_one

    def fragile(scenario: Scenario, settings: engine.CompiledScenario, seed: int, *rest: Any) -> State:
        if seed == 20:
            raise InputError("seed 20 is out of luck")
        return run_one(scenario, settings, seed, *rest)

    monkeypatch.setattr(engine, "run_one", fragile)
    with pytest.raises(InputError, match="out of luck"):
        engine.simulate(SHORT, range(200), threads=2)
    assert threads_of_the_engine() == []


# ---- What is kept of compiling.


def test_one_compiles_while_others_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "cache_folder", lambda: tmp_path / "kept")
    inside, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def slow() -> None:
        order.append("first begins")
        inside.set()
        assert go_on.wait(60)
        order.append("first ends")

    first = threading.Thread(target=engine.compile_once, args=(slow,), kwargs={"kept": True})
    second = threading.Thread(target=engine.compile_once, args=(lambda: order.append("second"),), kwargs={"kept": True})
    first.start()
    assert inside.wait(60)
    second.start()
    second.join(0.3)
    assert second.is_alive()
    assert not (tmp_path / "kept" / "engine-compiled").exists()
    engine.compile_once(lambda: order.append("a user's own stage"), kept=False)
    go_on.set()
    first.join(60)
    second.join(60)
    assert order == ["first begins", "a user's own stage", "first ends", "second"]
    assert (tmp_path / "kept" / "engine-compiled").exists()


def test_a_compilation_that_fails_lets_the_next_one_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "cache_folder", lambda: tmp_path / "kept")

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.compile_once(fail, kept=True)
    assert not (tmp_path / "kept" / "engine-compiled").exists()
    done: list[int] = []
    engine.compile_once(lambda: done.append(1), kept=True)
    assert done == [1]


IN_A_NEW_PROCESS = """
import sys
sys.dont_write_bytecode = True
from cisim.engine import compile_once
from cisim.dynamics.luck import mix

compile_once(lambda: print(mix(5)), kept=True)
"""


@pytest.mark.parametrize("sources_writable", [True, False], ids=["writable sources", "nothing writable"])
def test_a_cache_that_cannot_be_written_is_done_without(sources_writable: bool, tmp_path: Path) -> None:
    """Without the folder nothing is kept: next to the sources an edit of another module would not be noticed."""
    no_folder = tmp_path / "file"
    no_folder.write_text("not a folder, so that not even root can write below it")
    package = tmp_path / "cisim"
    shutil.copytree(Path(cisim.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    if not sources_writable:
        for folder in [package, *(path for path in package.rglob("*") if path.is_dir())]:
            (folder / "__pycache__").touch()
    environment = os.environ | {
        "CISIM_CACHE_DIR": str(no_folder / "cache"),
        "HOME": str(no_folder),
        "XDG_CACHE_HOME": str(no_folder),
        "PYTHONPATH": str(tmp_path),
    }
    command = [sys.executable, "-W", "error", "-c", IN_A_NEW_PROCESS]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{int(mix(np.uint64(5)))}\n"
    assert not list(tmp_path.rglob("*.nb[ic]"))
