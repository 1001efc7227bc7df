"""Commands called as a shell would call them, in this process or in one of their own."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

import pytest

from calling import environment
from cisim.cli.main import main


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cisim(capsys):
    """Call a command in this process."""

    def call(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(arguments)
        said = capsys.readouterr()
        return Result(end.value.code, said.out, said.err)

    return call


@pytest.fixture
def process():
    """Call a command in a process of its own, in which warnings are errors."""

    def call(*arguments: str, **changes: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "cisim", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment(**changes),
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def started():
    """Start a command in a process of its own."""

    def start(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "cisim", *arguments],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    return start
