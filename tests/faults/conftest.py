"""The process that forks children into faults, and folders for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calling import SOURCES, environment

TESTS = Path(__file__).parents[1]
#: Seconds that a task is meant to take: short, so that a child that is soon killed gets through some.
TASK = 0.01


class Forks:
    """Children that run studies; see `forking`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert self._answer() == "ready"

    def _answer(self) -> Any:
        line = self._process.stdout.readline()
        assert line, "the process that forks ended: its error stands above"
        return json.loads(line)

    def _ask(self, word: str, wanted: Any) -> Any:
        self._process.stdin.write(json.dumps({word: wanted}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def start(self, study: Path, store: Path, **wanted: Any) -> int:
        """Let a child run a study; see `forking.run` for what may befall it. Its process id."""
        paths = {key: str(value) if isinstance(value, Path) else value for key, value in wanted.items()}
        return self._ask("start", {"study": str(study), "store": str(store), **paths})

    def end(self, child: int) -> dict[str, Any]:
        """How a child ended."""
        return self._ask("end", child)

    def run(self, study: Path, store: Path, **wanted: Any) -> dict[str, Any]:
        """Let a child run a study to its end."""
        return self.end(self.start(study, store, **wanted))

    def kill(self, child: int) -> bool:
        """Kill a child; whether it had not ended before."""
        os.kill(child, signal.SIGKILL)
        return self.end(child)["signal"] == signal.SIGKILL


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    if not hasattr(os, "fork") or not sys.platform.startswith("linux"):
        pytest.skip("the faults are made with what Linux offers: run tests/faults on Linux")
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forking.py")), str(TASK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(PYTHONPATH=os.pathsep.join([str(SOURCES), str(TESTS)])),
    ) as process:
        yield Forks(process)
        process.stdin.close()
