"""Judge of mutants: a copy of the project with the fault in it, the docking cases on it, and then its properties.

Each copy runs in fresh processes, with an empty cache of compiled code. The second opinion and golden values catch nothing here: they know
what the results are, not why.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mutation.mutants import Mutant

#: What a copy holds, as far as the project has it; the rest can't matter to what is run.
PARTS = ("src", "scenarios", "tests", "docs/model.md", "pyproject.toml")
#: Properties of the model's dynamics; `test_engine.py` beside them is about threads, interrupts and caches.
PROPERTIES = tuple(
    f"{name}.py"
    for name in ("engine/test_invariants", "engine/test_dead_fields", "engine/test_sameness", "dynamics/test_measures")
)
#: Starts a module of the copy, and of no other.
LAUNCH = """\
import pathlib, runpy, sys
import cisim
expected, found = pathlib.Path(sys.argv[1]), pathlib.Path(cisim.__file__).resolve().parent
assert found == expected, f"imported {found} instead of {expected}"
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
#: Far above what a stage takes on two busy cores; what takes longer hangs.
TIMEOUT = 1200.0
CONTROL = Mutant("control", "", "", "", "nothing")

How = Literal["docking", "property", "crash", "timeout", "survived"]
CAUGHT: tuple[How, ...] = ("docking", "property", "crash", "timeout")


class Verdict(NamedTuple):
    """The fate of a mutant.

    Attributes:
        how: what caught it; the first that did.
        by: the docking cases with a claim that does not hold, the property that failed, or where it crashed or hung.
        after: how the docking cases crashed or hung, where a property caught it in spite of that.
    """

    how: How
    by: tuple[str, ...] = ()
    after: str = ""

    def __str__(self) -> str:
        if self.how == "survived":
            return "SURVIVED"
        shown = ", ".join(self.by[:3]) + (f" and {len(self.by) - 3} more" if len(self.by) > 3 else "")
        return f"{self.how}: {shown}" + (f" (after a {self.after})" if self.after else "")


class Ended(NamedTuple):
    """The end of a process; no code if it was stopped because it took too long."""

    code: int | None
    out: str
    err: str


def snapshot(root: Path, folder: Path) -> Path:
    """Copy the sources, so that no edit falls between two mutants."""
    for part in PARTS:
        source, target = root / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*", "verdicts.json"))
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def sources_hash(project: Path) -> str:
    """Hash all that a verdict depends on: the package, the properties, and what these import."""
    digest = hashlib.blake2b(digest_size=8)
    tests = project / "tests"
    files = [*(project / "src").rglob("*.py"), *tests.glob("*.py")]
    files += [tests / name for name in PROPERTIES if (tests / name).exists()]
    for path in sorted(files):
        digest.update(path.relative_to(project).as_posix().encode())
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def mutated(source: str, mutant: Mutant) -> str:
    """Put the fault into the source.

    Raises:
        ValueError: what is to be replaced does not occur exactly once.
    """
    count = source.count(mutant.old)
    if count != 1:
        raise ValueError(f"{mutant.name}: the old text occurs {count} times in {mutant.file}, not once")
    return source.replace(mutant.old, mutant.new)


def judge(project: Path, mutant: Mutant, cases: Sequence[str] = (), timeout: float = TIMEOUT) -> Verdict:
    """Copy the project, put the fault in, and see whether a check fails.

    Args:
        project: from `snapshot`; it stays as it is.
        mutant: the fault, or `CONTROL`.
        cases: docking cases to run; none is all.
        timeout: seconds for each of the two processes.

    Raises:
        ValueError: the fault does not fit the source.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        copy = Path(name).resolve() / "project"
        shutil.copytree(project, copy)
        if mutant.file:
            path = copy / "src" / "cisim" / mutant.file
            path.write_text(mutated(path.read_text(encoding="utf-8"), mutant), encoding="utf-8")
        by_docking = docking_verdict(started(copy, docking_command(cases), timeout))
        if by_docking.how == "docking":
            return by_docking
        by_property = property_verdict(started(copy, property_command(copy), timeout))
        if by_docking.how == "survived":
            return by_property
        # No case can be named, as all cases run in one process.
        return by_property._replace(after=str(by_docking)) if by_property.how == "property" else by_docking


def docking_command(cases: Sequence[str]) -> list[str]:
    """Make the command of the docking cases, in quick mode."""
    return ["cisim", "validate", "docking", "--quick", "--json", *(f"--case={case}" for case in cases)]


def property_command(copy: Path) -> list[str]:
    """Make the command of the properties, until the first that fails."""
    files = [copy / "tests" / name for name in PROPERTIES]
    there = [str(path) for path in files if path.exists()]
    return ["pytest", "-x", "-q", "--import-mode=importlib", "-p", "no:cacheprovider", *there]


def started(copy: Path, command: Sequence[str], timeout: float) -> Ended:
    """Run a module of the copy in a fresh process, with a cache that only this mutant uses."""
    environment = dict(os.environ)
    environment |= {
        "PYTHONPATH": str(copy / "src"),
        "CISIM_CACHE_DIR": str(copy.parent / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CI": "1",  # Hypothesis draws the same examples each time
    }
    call = [sys.executable, "-c", LAUNCH, str(copy / "src" / "cisim"), *command]
    try:
        done = subprocess.run(
            call, cwd=copy, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return Ended(None, "", "")
    return Ended(done.returncode, done.stdout, done.stderr)


def docking_verdict(ended: Ended) -> Verdict:
    """Read what `cisim validate docking --json` printed."""
    if ended.code is None:
        return Verdict("timeout", ("docking",))
    try:
        document = json.loads(ended.out)
    except ValueError:
        return Verdict("crash", (f"docking: {last_line(ended)}",))
    failed = failed_cases(document)
    if failed:
        return Verdict("docking", failed)
    if ended.code:
        return Verdict("crash", (f"docking: {last_line(ended)}",))
    return Verdict("survived")


def failed_cases(document: dict[str, Any]) -> tuple[str, ...]:
    """Name the cases with a claim that does not hold."""
    return tuple(
        case["name"]
        for suite in document["suites"]
        for case in suite["cases"]
        if any(claim["verdict"] == "does not hold" for claim in case["claims"])
    )


def property_verdict(ended: Ended) -> Verdict:
    """Read how pytest ended: with 1 where a test failed, with another code where it could not test."""
    if ended.code is None:
        return Verdict("timeout", ("properties",))
    failed = re.findall(r"^FAILED .+?::(.+?)(?: - .*)?$", ended.out, flags=re.MULTILINE)
    if ended.code == 1 and failed:
        return Verdict("property", tuple(failed))
    if ended.code:
        return Verdict("crash", (f"properties: {last_line(ended)}",))
    return Verdict("survived")


def last_line(ended: Ended) -> str:
    """Return the last line that a process printed, with its exit code."""
    lines = (ended.err.strip() or ended.out.strip()).splitlines() or [""]
    return f"exit code {ended.code}: {lines[-1][:120]}"
