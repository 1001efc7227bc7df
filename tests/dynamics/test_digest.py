"""Stores and compiled code are keyed by the sources that decide a run, by all of them and by no others."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cisim.dynamics import digest
from cisim.dynamics.digest import DECIDING, PACKAGE, sources

Folder = Callable[[], Path]
OF_A_MODEL = ("mesa_model.py", "mesa_agent.py")


EVERY = sorted(source.relative_to(PACKAGE).as_posix() for source in PACKAGE.rglob("*.py"))
DECISIVE = [source.relative_to(PACKAGE).as_posix() for source in sources()]


def digest_now(*also: str) -> str:
    uncached: Callable[..., str] = digest.model_digest.__wrapped__
    return uncached(*also)


def edit(source: Path) -> None:
    source.write_bytes(source.read_bytes() + b"#")


@pytest.mark.parametrize("name", DECISIVE)
def test_an_edit_of_a_source_that_decides_moves_digest_and_folder(
    copied_package: Path, folder_now: Folder, name: str
) -> None:
    before = digest_now(), folder_now()
    source = copied_package / name
    content = source.read_bytes()
    os.utime(source, (1, 1))
    source.write_bytes(content.replace(b"\n", b"\r\n"))  # as a checkout on Windows has it
    assert (digest_now(), folder_now()) == before
    edit(source)
    assert digest_now() != before[0]
    assert folder_now() != before[1]
    source.write_bytes(content)
    assert (digest_now(), folder_now()) == before


def test_an_edit_of_any_other_source_moves_neither(copied_package: Path, folder_now: Folder) -> None:
    before = digest_now(), folder_now()
    others = [name for name in EVERY if name not in DECISIVE]
    assert {"scenario/problems.py", "errors.py", "mesa_model.py"} <= {*others}
    assert {"cli", "notebook", "plot", "report", "study"} <= {name.split("/")[0] for name in others}
    for name in others:
        edit(copied_package / name)
    for name in ("app/__init__.py", "app/page.py", "notebook/exercises/new.py", "scenario/new.py"):
        (copied_package / name).parent.mkdir(exist_ok=True)
        (copied_package / name).write_text("", encoding="utf-8")
    (copied_package / "app" / "page.html").write_text("", encoding="utf-8")
    assert (digest_now(), folder_now()) == before


def test_a_new_or_renamed_source_of_the_dynamics_moves_both(copied_package: Path, folder_now: Folder) -> None:
    seen = [(digest_now(), folder_now())]
    (copied_package / "dynamics/new.py").write_text("\n@compiled\ndef new(): ...\n", encoding="utf-8")
    seen.append((digest_now(), folder_now()))
    (copied_package / "dynamics/new.py").rename(copied_package / "dynamics/newer.py")
    seen.append((digest_now(), folder_now()))
    assert len({digest for digest, _ in seen}) == len({folder for _, folder in seen}) == 3


@pytest.mark.parametrize("name", OF_A_MODEL)
def test_a_model_in_python_is_keyed_by_the_mesa_face_too(copied_package: Path, name: str) -> None:
    before = digest_now(), digest_now(*OF_A_MODEL)
    edit(copied_package / name)
    assert digest_now() == before[0] != before[1]
    assert digest_now(*OF_A_MODEL) != before[1]


def test_what_is_named_is_there() -> None:
    assert all((PACKAGE / name).exists() for name in DECIDING)


# ---- What the sources that decide take from others.

#: Modules outside of the list that sources of the list import, and why an edit there changes no run without changing its identity.
OUTSIDE = {
    "cisim.announce": "what is told while the model is compiled",
    "cisim.errors": "refusals",
    "cisim.files": "how compiled code is written into its file",
    "cisim.failures": "what is told of a run that failed",
    "cisim.fingerprint": "which loops with users' stages are kept compiled; an identity holds the fingerprint",
    "cisim.seeds": "which seeds are valid",
    "cisim.threads": "how many runs at once",
    "cisim.coalition": "names for coalition.draw and coalition.rosters",
    "cisim.coalition.rosters": "a roster, which is data: an identity holds a hash of it",
    "cisim.scenario": "names for scenario.scenario and scenario.compile",
    "cisim.scenario.catalogue": "the order of fields, which dynamics/dials.py has too, as a test checks",
    "cisim.scenario.sections": "the names of networks, whose order numbers them and moves no draw",
    "cisim.scenario.scenario": "a scenario, which is data: an identity holds a hash of it",
}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cisim"):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("cisim"))
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from imports(node)


def test_the_sources_that_decide_import_nothing_that_could_decide_too() -> None:
    inside = {"cisim.dynamics"} | {f"cisim.{name[:-3].replace('/', '.')}" for name in DECISIVE}
    found = {module for name in DECISIVE for module in imports(ast.parse((PACKAGE / name).read_text("utf-8")))}
    assert found - inside <= set(OUTSIDE)


def test_the_dynamics_import_nothing_above_them() -> None:
    below = ("cisim.dynamics", "cisim.errors", "cisim.files", "cisim.fingerprint")
    for source in sources(["dynamics"]):
        for module in imports(ast.parse(source.read_text(encoding="utf-8"))):
            assert module.startswith(below), f"{source.name} imports {module}"
