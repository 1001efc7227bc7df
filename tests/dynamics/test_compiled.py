"""Tests that the cache of compiled code changes with everything that the code depends on."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import numba
import pytest
from numba.core import config
from numba.core.registry import cpu_target

import cisim
from cisim.dynamics import compiled, kept
from cisim.dynamics.compiled import BESIDE_THE_MODEL, cache_folder, quick_compilation
from cisim.dynamics.digest import DECIDING, sources
from cisim.dynamics.kept import Kept

PACKAGE = Path(cisim.__file__).parent


def compiled_sources(beside: bool = False) -> tuple[Path, ...]:
    return sources((*DECIDING, BESIDE_THE_MODEL) if beside else DECIDING)


def module_of(source: Path) -> str:
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def names_used(code: object) -> set[str]:
    return set(code.co_names)


@pytest.mark.parametrize("beside", [False, True], ids=["the model", "validation too"])
def test_compiled_functions_use_nothing_from_a_module_outside_the_hash(beside):
    hashed = {module_of(source) for source in compiled_sources(beside)}
    checked = 0
    for source in compiled_sources(beside):
        module = importlib.import_module(module_of(source))
        outside = {
            alias.asname or alias.name
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cisim")
            for alias in node.names
            if node.module not in hashed and f"{node.module}.{alias.name}" not in hashed
        }
        for value in vars(module).values():
            function = getattr(value, "py_func", None)
            if function is not None and function.__module__ == module.__name__:
                checked += 1
                assert not names_used(function.__code__) & outside, f"{module.__name__}.{function.__name__}"
    assert checked > 50


def test_no_function_outside_of_the_hash_is_compiled_and_kept():
    """Its code would stay when its source is edited."""
    decorated = re.compile(r"^@(compiled|inner|sequence)$", re.MULTILINE)
    with_any = [path for path in PACKAGE.rglob("*.py") if decorated.search(path.read_text(encoding="utf-8"))]
    assert len(with_any) > 10
    assert set(with_any) <= set(compiled_sources(beside=True))


def test_the_hash_leaves_out_what_only_shows_results_and_what_only_checks():
    for part in ("plot", "cli", "validation"):
        assert not any(part in source.parts for source in compiled_sources())


def test_code_beside_the_model_has_a_folder_of_its_own():
    assert set(compiled_sources()) <= set(compiled_sources(beside=True))
    assert cache_folder() != cache_folder(beside=True)


def test_settings_of_the_compiler_are_put_back_when_the_last_of_several_users_leaves():
    found = (config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE)
    first, second = quick_compilation(), quick_compilation()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert config.OPT == 1
    second.__exit__(None, None, None)
    assert found == (config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE)


def test_other_versions_and_processors_have_their_own_folder(copied_package, folder_now, monkeypatch):
    folders = {folder_now()}
    monkeypatch.setattr(compiled.numba, "__version__", "0.0")
    folders.add(folder_now())
    monkeypatch.setattr(compiled.llvmlite, "__version__", "0.0")
    folders.add(folder_now())
    monkeypatch.setattr(compiled.binding, "get_host_cpu_name", lambda: "abacus")
    folders.add(folder_now())
    monkeypatch.setattr(compiled.platform, "python_version", lambda: "3.99.0")
    folders.add(folder_now())
    assert len(folders) == 5
    assert copied_package.is_dir()


def test_a_variable_of_the_environment_moves_the_cache(folder_now, tmp_path, monkeypatch):
    monkeypatch.setenv("CISIM_CACHE_DIR", str(tmp_path))
    assert folder_now().parent == tmp_path / "compiled"


def added(dispatchers: int, folder: Path, *arguments: float) -> int:
    """Add one in functions that are compiled apart and share a folder, and count how often code was loaded."""

    def plus_one(value):
        return value + 1

    loaded = 0
    for _ in range(dispatchers):
        function = numba.njit(plus_one)
        function._cache = Kept(plus_one, folder)
        assert [function(argument) for argument in arguments] == [argument + 1 for argument in arguments]
        loaded += sum(function.stats.cache_hits.values())
    return loaded


def test_code_is_loaded_from_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError

    assert added(1, tmp_path / "code", 1.5) == 0
    monkeypatch.setattr(kept, "replace_file", refuse)
    assert added(2, tmp_path / "code", 1.5, 2) == 2  # of one number, and the other is compiled each time


def test_the_compiler_is_made_ready_where_code_calls_what_is_not_loaded(tmp_path, monkeypatch):
    added(1, tmp_path / "code", 1.5)
    prepared = []
    monkeypatch.setattr(kept.binding, "address_of_symbol", lambda _: prepared)
    monkeypatch.setattr(type(cpu_target.target_context), "refresh", lambda self: prepared.append(self))
    assert added(1, tmp_path / "code", 1.5) == 1
    assert len(prepared) == 1
