"""Benchmarks of a first use: starting, importing, compiling. Everything runs in processes of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cisim

if TYPE_CHECKING:
    from conftest import Alternately, Figures

BARE = "pass"
IMPORT = "import cisim"
COMMAND = "import sys; sys.argv = ['cisim', *{words!r}]; from cisim.cli.main import main; sys.exit(main())"
PANDAS = "import pandas"
OWN_STAGE = """
def commit(state, dials, luck):
    for organisation in state.organisations:
        organisation.commitment = 0.5
"""
OWN_RUN = "import cisim, own; cisim.run('all-five', runs=1, stages={'commit': own.commit})"
FIRST_RUN = "import cisim; cisim.run('all-five', runs=1)"

Python = Callable[[str], None]


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Run code in a new interpreter, in an empty folder, with a cache of compiled code of its own."""
    (tmp_path / "here").mkdir()
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(cisim.__file__).parents[1]),
        "CISIM_CACHE_DIR": str(tmp_path / "cache"),
    }

    def run(code: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path / "here", env=environment, check=False, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()

    return run


@pytest.mark.parametrize(
    ("what", "code"),
    [("import cisim", IMPORT), ("cisim --help", COMMAND.format(words=["--help"]))],
    ids=["import", "help"],
)
def test_starting(what: str, code: str, python: Python, alternately: Alternately, figures: Figures) -> None:
    """Beside an interpreter that does nothing."""
    times, bare = alternately(lambda: python(code), lambda: python(BARE), rounds=15)
    figures(f"{what}, the whole process", times, "s")
    more = [time - peer for time, peer in zip(times, bare, strict=True)]
    figures(f"{what}, more than a bare interpreter", more, "s")


@pytest.mark.parametrize(
    "words",
    [
        ["scenarios"],
        ["check", "all-five"],
        ["explain", "trust"],
        ["run", "all-five", "--runs", "50"],
        ["compare", "all-five", "isolated-impact", "--runs", "50"],
    ],
    ids=lambda words: words[0],
)
def test_a_command(words: list[str], python: Python, alternately: Alternately, figures: Figures) -> None:
    """With all compiled before, beside a process that imports pandas, as any that shows a table of data may."""
    command = COMMAND.format(words=words)
    times, pandas = alternately(lambda: python(command), lambda: python(PANDAS), rounds=9)
    what = f"cisim {' '.join(words)}"
    figures(f"{what}, the whole process", times, "s")
    ratios = [time / peer for time, peer in zip(times, pandas, strict=True)]
    figures(f"{what} / import pandas", ratios, "times as long")


def test_a_stage_of_ones_own_in_a_second_process(
    python: Python, tmp_path: Path, alternately: Alternately, figures: Figures
) -> None:
    """One run with a stage that an earlier process compiled, beside one without."""
    (tmp_path / "here" / "own.py").write_text(OWN_STAGE, encoding="utf-8")
    python(OWN_RUN)
    times, without = alternately(lambda: python(OWN_RUN), lambda: python(FIRST_RUN), rounds=5)
    figures("run with a stage of one's own, second process", times, "s")
    ratios = [time / peer for time, peer in zip(times, without, strict=True)]
    figures("run with a stage of one's own / without", ratios, "times as long")


def test_the_first_compilation(python: Python, tmp_path: Path, alternately: Alternately, figures: Figures) -> None:
    """One run with an empty cache, beside the same process with a full one."""

    def cold() -> None:
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        python(FIRST_RUN)

    # The peer finds what the round before it has compiled.
    times, warm = alternately(cold, lambda: python(FIRST_RUN), rounds=3)
    figures("first run, empty cache, the whole process", times, "s")
    figures("first run, full cache, the whole process", warm, "s")
    more = [time - peer for time, peer in zip(times, warm, strict=True)]
    figures("compilation", more, "s")


def test_the_demo_for_the_second_time(python: Python, alternately: Alternately, figures: Figures) -> None:
    """With all compiled before, beside an interpreter that does nothing."""
    demo = COMMAND.format(words=["demo"])
    python(demo)
    times, _ = alternately(lambda: python(demo), lambda: python(BARE), rounds=5)
    figures("cisim demo, second time, the whole process", times, "s")
