"""Tests that a user's own stages are compiled once for all processes, and anew when anything that they depend on changes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numba
import pytest
from numba.core.typing.templates import builtin_registry

import cisim
from cisim.dynamics.compiled import cache_folder, compiled_for_user
from cisim.dynamics.kept import MOST_OF_USER, KeptOfUser
from cisim.dynamics.month import advance_with

MODULE = """
import numba

RATE = 0.5

@numba.njit
def helper(value):
    return value * RATE

def made_with(factor):
    def commit(state, dials, luck):
        for organisation in state.organisations:
            organisation.commitment = helper(factor)
    return commit

commit = made_with(0.25)
"""
SCRIPT = """
import hashlib, logging, cisim
from cisim.announce import LOG
LOG.addFilter(lambda record: print(record.getMessage()))
import mine
values = cisim.run("all-five", runs=2, stages={"commit": mine.commit}).values
print(hashlib.blake2b(values.tobytes()).hexdigest())
"""


def stage_of(text: str) -> Callable[..., None]:
    """Import a stage from a module of its own."""
    path = Path.cwd() / "mine.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("mine", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mine"] = module
    spec.loader.exec_module(module)
    stage: Callable[..., None] = module.commit
    return stage


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # texts of one length and second would share it
    return tmp_path


def place_of(text: str, parameters: tuple[str, ...] = ()) -> str:
    """Return where the loop with a stage is kept."""
    kept = advance_with({"commit": stage_of(text)}, parameters)._cache
    assert isinstance(kept, KeptOfUser)
    return kept._name


def test_another_process_does_not_compile_and_gives_the_same_bits(folder: Path) -> None:
    cisim.run("all-five", runs=1)  # the model itself is compiled
    shutil.copytree(cache_folder(), folder / "cache" / "compiled" / cache_folder().name)
    (folder / "mine.py").write_text(MODULE, encoding="utf-8")
    environment = os.environ | {"CISIM_CACHE_DIR": str(folder / "cache")}
    outputs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False, cwd=folder
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout.splitlines())
    first, second = outputs
    assert first[0].startswith("Compiling the model for stages of your own")
    assert second == first[1:]
    assert stat.S_IMODE((folder / "cache" / "own-stages").stat().st_mode) == 0o700


def test_what_a_stage_depends_on_says_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [
        place_of(MODULE),
        place_of(MODULE.replace("value * RATE", "value * RATE * RATE")),
        place_of(MODULE.replace("RATE = 0.5", "RATE = 0.6")),
        place_of(MODULE.replace("made_with(0.25)", "made_with(0.75)")),
        place_of(MODULE.replace("commitment = helper(factor)", "commitment = helper(1 - factor)")),
        place_of(MODULE.replace("state, dials, luck", "state, dials, luck, rate"), ("rate",)),
    ]
    monkeypatch.setattr("cisim.dynamics.compiled.model_digest", lambda *_: "another model")
    monkeypatch.setattr("cisim.dynamics.month._loops", {})
    places.append(place_of(MODULE))
    assert len(set(places)) == len(places)


def test_the_same_stage_of_another_module_object_is_kept_in_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    first = place_of(MODULE)
    monkeypatch.setattr("cisim.dynamics.month._loops", {})
    assert place_of(MODULE) == first


def tried(folder: Path, function: Callable[[float], float]) -> int:
    """Compile a function in two dispatchers that share a key, and count how often code was loaded."""
    loaded = 0
    for _ in range(2):
        dispatcher = numba.njit(function)
        dispatcher._cache = KeptOfUser("key", folder / "own")
        dispatcher(1.0)
        loaded += sum(dispatcher.stats.cache_hits.values())
    return loaded


def test_code_is_kept_in_a_folder_of_the_user_alone(folder: Path) -> None:
    def one(value: float) -> float:
        return value + 1.0

    assert tried(folder, one) == 1
    (folder / "own").chmod(0o777)
    assert tried(folder, one) == 0
    shutil.rmtree(folder / "own")
    (folder / "elsewhere").mkdir(mode=0o700)
    (folder / "own").symlink_to(folder / "elsewhere")
    assert tried(folder, one) == 0


def test_code_with_a_class_that_no_other_process_has_is_not_kept(folder: Path) -> None:
    class OfANotebookError(Exception):
        pass

    OfANotebookError.__module__ = "__main__"

    def one(value: float) -> float:
        if value < 0:
            raise OfANotebookError
        return value

    assert tried(folder, one) == 0


def test_code_is_not_kept_once_numba_was_taught_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Taught:
        @staticmethod
        def _overload_func() -> None: ...

    def one(value: float) -> float:
        return value + 2.0

    assert tried(folder, one) == 1
    monkeypatch.setattr(builtin_registry, "functions", [*builtin_registry.functions, Taught])
    assert tried(folder, one) == 0


def test_the_oldest_code_of_users_is_deleted(folder: Path) -> None:
    kept = KeptOfUser("key", folder / "own")
    for number in range(MOST_OF_USER + 3):
        kept.write(folder / "own" / str(number), b"code")
        os.utime(folder / "own" / str(number), (number, number))
    assert {path.name for path in (folder / "own").iterdir()} == {str(n) for n in range(3, MOST_OF_USER + 3)}


def test_settings_of_numba_say_where_code_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiled_for_user(lambda value: value, "print")._cache._name
    monkeypatch.setenv("NUMBA_OPT", "0")
    assert compiled_for_user(lambda value: value, "print")._cache._name != before
