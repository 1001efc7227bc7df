"""Tests that every example of the pages works as shown.

A page's `python` blocks run one after the other in one namespace, its `console` blocks' commands in between,
all in one folder that is empty at first. A command must succeed, unless the next command of the block is
`echo $?`: then it must end with the exit code that is shown there. Whatever else a block shows must come out, in
this order; `...` stands for anything. A `text` block right after a `python` block is what that one prints. A block
that the reader is told to save is saved. What a page says in words about its numbers is held to them by `CLAIMS`.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import cisim
from docs.markdown_pages import README, ROOT, RUN, Block, name_of, read

#: Set-up commands start like this; they are those of the README and are not run.
SET_UP = "python -m pip install -q uv && python -m uv run "
#: Modules that `python -m` may run.
MODULES = {"json.tool", "cisim"}
#: Blocks that are shown and not run: files, output, and what needs more than this package. `py` is Python for a cluster.
SHOWN = {"toml", "csv", "text", "json", "bash", "r", "py"}
#: How the command's own script calls it.
CISIM = "import sys; sys.argv[0] = 'cisim'; from cisim.cli.main import main; sys.exit(main())"
LONGEST = 300
#: What the text of a page says in words, and an expression over its variables that is true if it is so.
CLAIMS = {
    "docs/tutorials/researcher-rival.md": {
        "better than one in nearly every run": "chance(sweep, '1') < 0.1",
        "by almost a percentage point": "0.008 < -gain(sweep, '1') < 0.01",
        "four are a little behind two, and eight much": "gain(sweep, '8') < 5 * gain(sweep, '4') < -10 * error(sweep.difference('4')[:, -1])",
        "more than ten times as large": "10 < error(four - other_luck) / error(four - two) < 16",
        "too little costs hardly more than a third": "all(0.35 < gain(rival, one) / gain(sweep, one) < 0.4 for one in ('0.5', '1'))",
        "too much costs no less": "all(gain(rival, one) < gain(sweep, one) for one in ('4', '8'))",
        "in the first year the herd is a little behind": "both.table(months=[12]).high.item() < 0",
        "from the second to the seventh it is ahead": "(both.table(months=[24, 36, 48, 60, 72, 84]).low > 0).all()",
        "half a percentage point behind": "round(both.table(months=[120]).difference.item(), 3) == -0.005",
        "commitment falls in the first year": "commitment(both, 'as it is', 1) > 0.5 and commitment(both, 'as it is', 12) < 0.4",
        "is far above the herd's in the end": "commitment(both, 'as it is', 120) > commitment(both, 'herd', 120) + 0.2",
        "the herd's stays where it was": "abs(commitment(both, 'herd', 120) - commitment(both, 'herd', 1)) < 0.01",
    },
    "docs/tutorials/student-dial.md": {
        "about 44 posts between them": "43.5 < comparison.first.measure('resources')[:, 1:].mean() < 44.5",
        "best at about four posts": "best(comparison) == '4 posts'",
        "twelve posts do worse than none": "final(comparison, '12 posts') < final(comparison, '0 posts')",
        "less than four posts by several standard errors": "(four.table(months=[120]).eval('difference / standard_error') < -3).all()",
        "grants: 0.3 with the first": "round(rise('1 posts', '0 posts'), 1) == 0.3",
        "grants: under 0.1 with the last four": "rise('12 posts', '8 posts') < 0.1",
        "with an outside funder more is better": "best(funded) == '12 posts'",
        "less and less": "final(funded, '12 posts') - final(funded, '8 posts') < final(funded, '1 posts') - final(funded, '0 posts')",
        "the first two years can hardly be told apart": "max(spread(24)) < 0.25 * max(spread(120))",
        "after two years, the fewer posts, the further": "sorted(spread(24), reverse=True) == spread(24)",
    },
}
#: What the claims are said with.
WORDS = """
def chance(comparison, name): return comparison.statistics("progress", name, [120])["chance"].item()
def gain(comparison, name): return comparison.statistics("progress", name, [120])["difference"].item()
def error(values): return values.std(ddof=1) / len(values) ** 0.5
def final(comparison, name): return comparison.ensemble(name).measure("progress")[:, -1].mean()
def best(comparison): return max(comparison.strategies, key=lambda name: final(comparison, name))
def rise(more, less):
    return (comparison.ensemble(more).measure("grants") - comparison.ensemble(less).measure("grants"))[:, -1].mean()
def commitment(comparison, name, month): return comparison.ensemble(name).measure("commitment")[:, month].mean()
def spread(month):
    means = [one.measure("progress")[:, month].mean() for one in comparison.ensembles.values()]
    return [mean - min(means) for mean in means]
"""
NOT_THE_EXAMPLES = ("PYTHON", "MPL", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM")


@dataclass
class Command:
    """A command of a console block.

    Attributes:
        line: where it stands in the page, from 1.
        words: what is typed.
        shown: what the page shows as its output.
        code: the exit code that it must have.
    """

    line: int
    words: str
    shown: list[str] = field(default_factory=list)
    code: int = 0


def commands(block: Block) -> list[Command]:
    """Split a console block into commands: lines behind `$ `, going on where one ends with a backslash."""
    found: list[Command] = []
    continued = False
    for line, text in enumerate(block.text.splitlines(), block.line):
        if continued:
            found[-1].words = found[-1].words[:-1] + text.strip()
        elif text.startswith("$ "):
            found.append(Command(line, text[2:].strip()))
        else:
            assert found, f"line {line} of a console block stands before its first command: {text}"
            if text.strip():
                found[-1].shown.append(text)
        continued = bool(found) and text.endswith("\\") and not found[-1].shown
    real: list[Command] = []
    for command in found:
        if command.words == "echo $?":
            (code,) = command.shown
            real[-1].code = int(code)
        else:
            real.append(command)
    return real


def environment() -> dict[str, str]:
    """Make the environment of a plain terminal in which this package is found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THE_EXAMPLES)}
    found = {"PYTHONPATH": str(Path(cisim.__file__).parents[1]), "PYTHONUTF8": "1"}
    return {**kept, **found, "MPLBACKEND": "agg", "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}


def arguments(words: str) -> tuple[list[str], str | None]:
    """Parse a command into its arguments and the file its output goes to."""
    parts = shlex.split(words)
    goes_to = None
    if len(parts) > 2 and parts[-2] == ">":
        *parts, _, goes_to = parts
    if parts[0] == "cisim":
        return [sys.executable, "-c", CISIM, *parts[1:]], goes_to
    assert parts[:2] == ["python", "-m"], f"{words}: a page may run cisim, and python -m"
    assert parts[2] in MODULES, f"{words}: a page may run the modules {sorted(MODULES)}"
    return [sys.executable, *parts[1:]], goes_to


def run_command(command: Command, folder: Path, where: str) -> None:
    """Run a command and compare it with what the page shows."""
    assert "|" not in command.words, f"{where}: pipes are not run; write to a file"
    typed, goes_to = arguments(command.words)
    done = subprocess.run(
        typed, cwd=folder, env=environment(), capture_output=True, text=True, encoding="utf-8",
        stdin=subprocess.DEVNULL, timeout=LONGEST, check=False,
    )  # fmt: skip
    told = f"{where}: $ {command.words}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == command.code, f"exit code {done.returncode}, the page says {command.code}: {told}"
    assert "Traceback" not in done.stderr, told
    if goes_to:
        (folder / goes_to).write_text(done.stdout, encoding="utf-8")
    missing = not_shown(command.shown, done.stdout + "\n" + done.stderr)
    assert missing is None, f"the page shows what does not come out: {missing!r}: {told}"


def not_shown(shown: list[str], output: str) -> str | None:
    """Find the first line that a page shows and that does not come out, in this order; spaces don't count."""
    lines = [plain(line) for line in output.splitlines()]
    at = 0
    for line in shown:
        if line.strip() in ("...", "…"):
            continue
        if plain(line) not in lines[at:]:
            return line
        at = lines.index(plain(line), at) + 1
    return None


def plain(line: str) -> str:
    """Strip a line of colours and of multiple spaces."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", line).split())


def set_up_of(path: Path) -> list[str]:
    """List the set-up commands of a page."""
    found = (command.words for block in read(path).blocks if block.language == "console" for command in commands(block))
    return [words for words in found if words.startswith("python -m pip")]


def test_the_readme_has_the_two_commands_that_need_nothing_else() -> None:
    assert set_up_of(README) == [SET_UP + "cisim demo", SET_UP + "pytest"]


@pytest.mark.parametrize("path", [*RUN, ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_no_page_sets_up_in_another_way_than_the_readme(path: Path) -> None:
    assert set(set_up_of(path)) <= {SET_UP + "cisim demo", SET_UP + "pytest"}


@pytest.mark.pages
@pytest.mark.parametrize("path", RUN, ids=name_of)
def test_examples_work(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    namespace: dict[str, Any] = {"__name__": "page"}
    printed = ""
    for block in read(path).blocks:
        where = f"{name_of(path)}:{block.line}"
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python":
            printed = run_python(block, where, namespace)
        elif block.language == "console":
            for command in commands(block):
                if not command.words.startswith(SET_UP):
                    run_command(command, tmp_path, f"{name_of(path)}:{command.line}")
        elif block.language == "py":
            compile(block.text, where, "exec")
        elif block.language == "text" and block.after == "python":
            missing = not_shown(block.text.splitlines(), printed)
            assert missing is None, f"{where}: the page shows what is not printed: {missing!r} in\n{printed}"
        else:
            assert block.language in SHOWN, f"{where}: {block.language!r} is not run"
    exec(WORDS, namespace)
    claims = CLAIMS.get(name_of(path), {})
    assert [said for said, true in claims.items() if not eval(true, namespace)] == []


def run_python(block: Block, where: str, namespace: dict[str, Any]) -> str:
    """Run a block; return what it prints."""
    output = io.StringIO()
    # Empty lines before it, so that an error names the line of the page.
    code = compile("\n" * (block.line - 1) + block.text, where, "exec")
    with redirect_stdout(output):
        exec(code, namespace)
    return output.getvalue()


BLOCK = """$ cisim check broken.toml
  broken.toml:3: wrong
...
at the end
$ echo $?
2
$ cisim run x \\
    --seed 1
"""


def test_console_blocks_are_read_as_they_are_typed() -> None:
    first, second = commands(Block("console", 11, BLOCK))
    assert (first.words, first.code, first.line) == ("cisim check broken.toml", 2, 11)
    assert first.shown == ["  broken.toml:3: wrong", "...", "at the end"]
    assert (second.words, second.code, second.shown) == ("cisim run x --seed 1", 0, [])


def test_what_a_page_shows_must_come_out_in_its_order() -> None:
    assert not_shown(["a  b", "...", "d"], "a b\nc\n\x1b[1md\x1b[0m\n") is None
    assert not_shown(["d", "a b"], "a b\nc\nd\n") == "a b"
    assert not_shown(["a"], "a b\n") == "a"


@pytest.mark.parametrize("words", ["rm -r .", "python script.py", "python -m http.server", "pip install x"])
def test_pages_run_nothing_but_cisim(words: str) -> None:
    with pytest.raises(AssertionError, match="a page may run"):
        arguments(words)
