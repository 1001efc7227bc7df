"""A command as a process: what it loads, how it ends, what it leaves."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cisim as package
from calling import environment
from cisim.report.export import ENDINGS

HEAVY = {"numpy", "pydantic", "numba", "mesa", "pandas", "matplotlib", "scipy", "pyarrow", "networkx"}
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX systems")


def loaded_by(*arguments: str) -> set[str]:
    """The packages that a command has loaded when it ends."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('loaded', *sys.modules))\n"
        "from cisim.cli.main import main\n"
        f"main({arguments!r})"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, env=environment()
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.rpartition("loaded")[2].split()}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(argument):
    loaded = loaded_by(argument)
    assert "typer" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("arguments", [["run", "--help"], ["validate", "--help"]])
def test_help_of_a_command_loads_nothing_heavy_but_what_typer_checks_numbers_with(arguments):
    assert loaded_by(*arguments) & (HEAVY - {"pydantic"}) == set()


def test_comparing_loads_neither_pictures_nor_tables():
    loaded = loaded_by("compare", "isolated-impact", "all-five", "--runs", "2")
    assert "numba" in loaded
    assert loaded & {"matplotlib", "pandas", "pyarrow", "networkx"} == set()


def test_version(process):
    assert process("--version") == (0, f"cisim {package.__version__}\n", "")


def test_help_tells_the_exit_codes(process):
    words = " ".join(process("--help").out.split())
    assert (
        "Exit codes: 0 fine; 1 a claim does not hold (validate), a run failed (study), a scenario was left out (compare, class) "
        "or other bytes came out (run MANIFEST); 2 wrong input"
    ) in words
    assert "130 interrupted by Ctrl-C" in words


def test_completion_knows_scenarios_fields_and_settings(process):
    def completed(words: str) -> list[str]:
        place = str(len(words.split()) - 1)
        return process(_CISIM_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=place).out.split()

    assert completed("cisim run all") == ["all-five"]
    assert completed("cisim explain backbone.sta") == ["backbone.staff", "backbone.start"]
    assert completed("cisim run all-five --set backbone.staf") == ["backbone.staff="]
    assert completed("cisim compare all-five crisis --measure awa") == ["awareness"]


@POSIX
def test_a_reader_that_leaves_ends_a_command_silently(started):
    with started("explain", "measures") as command:
        command.stdout.close()
        assert command.stderr.read() == ""
        assert command.wait() == 141


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told(started):
    with Path("/dev/full").open("w") as full, started("scenarios", stdout=full.fileno()) as command:
        assert command.stderr.read() == "error: the output: No space left on device\n"
        assert command.wait() == 2


#: Few organisations, so that most of the time is spent on writing, which is interrupted.
FEW = ("--set", "coalition.organisations=6")


@POSIX
@pytest.mark.parametrize(
    ("arguments", "sign"),
    [
        (["run", "all-five", "--runs", "100000"], None),
        (["run", "all-five", "--runs", "2500", *FEW, "--out", "a.csv"], ".a.csv.manifest.json.*/.a.csv.*"),
        (["run", "all-five", "--runs", "2500", *FEW, "--out", "a"], "a/.manifest.json.*/.results.parquet.*"),
        (
            ["compare", "all-five", "crisis", "--runs", "3000", *FEW, "--out", "a"],
            ".a.*/*/.manifest.json.*/.results.parquet.*",
        ),
        (["validate", "facts", "--json"], None),
    ],
)
def test_ctrl_c_ends_long_work_in_a_line_and_leaves_nothing(started, folder, arguments, sign):
    with started(*arguments) as command:
        until = time.monotonic() + 120
        while sign and command.poll() is None and time.monotonic() < until and not list(folder.glob(sign)):
            time.sleep(0.01)
        if sign is None:
            time.sleep(3)
        command.send_signal(signal.SIGINT)
        try:
            out, err = command.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            command.kill()
            raise
    assert command.returncode == 130
    assert out == ""
    assert re.sub(r"Compiling.*\n", "", err) == "interrupted\n"
    assert list(folder.iterdir()) == []


SWALLOWING = """
import ctypes, signal, sys, time
import cisim.scenario
from cisim.cli.main import main

@ctypes.CFUNCTYPE(None)
def callback():
    signal.raise_signal(signal.SIGINT)

def schema():
    callback()
    if {fails}:
        raise RuntimeError("no compiled object yet")
    for _ in range(3000):
        time.sleep(0.01)

cisim.scenario.json_schema = schema
main(["schema"])
"""


@POSIX
@pytest.mark.parametrize("fails", [True, False])
def test_ctrl_c_that_comes_while_c_calls_back_is_not_lost(fails):
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWING.format(fails=fails)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


IN_TEXT = """
import signal
import cisim.scenario
from cisim.cli.main import main

def schema():
    exec("signal.raise_signal(signal.SIGINT)", {"signal": signal})

cisim.scenario.json_schema = schema
main(["schema"])
"""


@POSIX
def test_ctrl_c_that_comes_in_code_run_from_text_ends_with_the_exit_code(folder):
    (folder / "in_text.py").write_text(IN_TEXT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "in_text"], capture_output=True, text=True, check=False, cwd=folder, env=environment()
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


EVERY_ENDING = """
import sys
from contextlib import suppress
from cisim.cli.main import main

arguments, outs = sys.argv[1].split(), sys.argv[2:]
for out in outs:
    with suppress(SystemExit):
        main([*arguments, "--out", out])
"""


@pytest.mark.long
def test_the_bytes_of_results_hang_on_neither_threads_nor_the_day(folder):
    arguments = "run real-coalition --runs 12 --seed 5 --set scenario.months=30"
    for number, threads in enumerate(("1", "2", "2")):
        (folder / str(number)).mkdir()
        outs = [str(Path(str(number)) / f"out{ending}") for ending in (*ENDINGS, "")]
        subprocess.run(
            [sys.executable, "-c", EVERY_ENDING, f"{arguments} --threads {threads}", *outs],
            env=environment(),
            stdout=subprocess.PIPE,
            check=True,
        )
    contents = [
        {path.relative_to(place): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}
        for place in (folder / "0", folder / "1", folder / "2")
    ]
    assert len(contents[0]) == 2 * len(ENDINGS) + 3
    assert contents[0] == contents[1] == contents[2]


def test_the_command_of_a_manifest_makes_the_same_bytes(process, folder):
    assert process("run", "backbone-ends", "--runs", "3", "--set", "backbone.staff=2", "--out", "a").code == 0
    manifest = json.loads((folder / "a" / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_bytes((folder / "a" / "manifest.json").read_bytes())
    assert process(*shlex.split(manifest["command"])[1:], "--out", "again").code == 0
    for name in ("results.parquet", "manifest.json", "scenario.toml"):
        assert (folder / "a" / name).read_bytes() == (folder / "again" / name).read_bytes()


def test_a_terminal_without_these_signs_gets_others(process):
    result = process("run", "all-five", "--runs", "2", "--set", "scenario.months=12", PYTHONIOENCODING="ascii")
    assert result.code == 0
    assert result.out.isascii()
