"""Tests that the notebooks and their solutions run from top to bottom, and that their text says what their cells show.

They stand outside the test paths, since they need more than the test runner: `uv run --group docs pytest
notebooks`. So they are never skipped, only not asked for.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import publish
import pytest
from notebook_runs import HERE, NOTEBOOKS, SOLUTIONS, execute, keep

from cisim.notebook.checks import CHAPTERS, exercises_of

LONGEST_CELL = 15
#: A claim or a wrong answer for each of these is in `claims/NAME.toml`.
CLAIMS = HERE / "claims"


def every(paths: list[Path]) -> Any:
    """Make a test for each notebook."""
    return pytest.mark.parametrize(
        "path", paths, ids=[path.relative_to(HERE).with_suffix("").as_posix() for path in paths]
    )


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """Read the cells of one kind."""
    return [
        cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind
    ]


def chapter(path: Path) -> str:
    """Return the number of a notebook, as exercises give it."""
    return str(int(path.stem.partition("-")[0]))


def said(path: Path, table: str) -> dict[str, Any]:
    """Read a table of the file of claims."""
    found: dict[str, Any] = tomllib.loads((CLAIMS / f"{path.stem}.toml").read_text(encoding="utf-8"))[table]
    return found


def test_the_course_is_complete() -> None:
    """Each notebook has a solution, claims and exercises."""
    names = [path.stem for path in NOTEBOOKS]
    assert [chapter(path) for path in NOTEBOOKS] == list(CHAPTERS)
    assert [path.stem for path in SOLUTIONS] == names
    assert sorted(path.stem for path in CLAIMS.glob("*.toml")) == names


@every(NOTEBOOKS + SOLUTIONS)
def test_outputs_are_stripped(path: Path) -> None:
    """A notebook in git holds no results."""
    for cell in cells(path, "code"):
        assert (cell["outputs"], cell["execution_count"], cell["metadata"]) == ([], None, {}), cell["id"]


@every(NOTEBOOKS + SOLUTIONS)
def test_code_cells_are_short(path: Path) -> None:
    """A student reads a cell at a glance."""
    lengths = {cell["id"]: len(cell["source"]) for cell in cells(path, "code")}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_CELL} == {}


@every(NOTEBOOKS)
def test_a_notebook_has_what_each_has(path: Path) -> None:
    """Goals, a question before the code, a dial, exercises with checks, a summary, references."""
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    code = "\n".join("".join(cell["source"]) for cell in cells(path, "code"))
    assert "When you are through, you can" in text
    assert "**Predict" in text
    assert "**Explain" in text
    for heading in ("## Summary", "## References"):
        assert heading in text
    assert "cisim.notebook.dial(" in code
    asked = re.findall(r'check\("([\d.]+)", answer_([\d_]+)\)', code)
    assert [number for number, _ in asked] == list(exercises_of(chapter(path)))
    assert all(number.replace(".", "_") == name for number, name in asked)
    assert 2 <= len(asked) <= 3


@every(NOTEBOOKS)
def test_runs_as_its_text_says(path: Path, tmp_path: Path) -> None:
    """Cells run without a warning, numbers in the text stand in a cell, and what it says in words is so."""
    claims = said(path, "text")
    assert claims
    notebook = execute(
        path,
        tmp_path,
        f"import json, sys\nclaims = {claims!r}\n"
        "print(json.dumps([sys.prefix, [what for what, holds in claims.items() if not eval(holds)]]))",
    )
    ran = code_of(notebook)
    prefix, broken = json.loads("".join(outputs(ran[-1])))
    assert prefix == sys.prefix, "the kernel is that of another environment"
    assert broken == [], "the text says so, and it is not so"
    given = set(numbers("\n".join(text for cell in ran[:-1] for text in (cell.source, *outputs(cell)))))
    assert [number for number in numbers(prose(path)) if number not in given] == []
    notebook.cells.pop()
    keep(path, notebook)


@every(SOLUTIONS)
def test_checks_take_the_solution_and_nothing_else(path: Path, tmp_path: Path) -> None:
    """Each exercise's check passes on the solution's answer, and fails without one and on wrong ones."""
    wrong = said(path, "wrong")
    exercises = list(exercises_of(chapter(path)))
    assert list(wrong) == exercises
    assert all(len(expressions) >= 2 for expressions in wrong.values())
    notebook = execute(
        path,
        tmp_path,
        "import json\nfrom cisim.notebook import check as _check\n"
        f"taken = [number for number, answers in {wrong!r}.items() for answer in answers"
        " if _check(number, eval(answer))]\n"
        f"refused = [number for number in {exercises!r}"
        " if not _check(number, globals()['answer_' + number.replace('.', '_')])]\n"
        f"silent = [number for number in {exercises!r} if _check(number)]\n"
        "print(json.dumps([taken, refused, silent]))",
    )
    ran = code_of(notebook)
    for cell in ran:
        outputs(cell)
    assert json.loads("".join(outputs(ran[-1]))) == [[], [], []]


def test_a_notebook_runs_in_its_folder_even_if_the_previous_folder_is_gone(tmp_path: Path) -> None:
    """No name and no folder is left from the notebook before."""
    path = tmp_path / "small.ipynb"
    for folder, source in ((tmp_path / "a", "here = 1"), (tmp_path / "b", "print('here' in globals())")):
        folder.mkdir()
        cell = nbformat.v4.new_code_cell(source)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        notebook = execute(path, folder, "import os; print(os.getcwd())")
        folder.rmdir()
    assert [outputs(cell) for cell in code_of(notebook)] == [["False\n"], [f"{folder}\n"]]


def code_of(notebook: Any) -> list[Any]:
    """List the code cells of a notebook that ran."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(cell: Any) -> list[str]:
    """List what a cell shows, as text; a cell that writes to stderr fails."""
    shown = []
    for output in cell.outputs:
        assert output.get("name") != "stderr", f"{cell.id}: {output.text}"
        shown.append(output.text if output.output_type == "stream" else output.data.get("text/plain", ""))
    return shown


def prose(path: Path) -> str:
    """Return the text of a notebook up to its references, without headings, numbers of lists, code and addresses."""
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown")).split("## References")[0]
    for what in (r"^#.*$", r"^\d+\. ", r"`[^`]*`", r"\]\([^)]*\)"):
        text = re.sub(what, "", text, flags=re.MULTILINE)
    return text


def numbers(text: str) -> list[str]:
    """List all numbers in a text, as they are written."""
    return re.findall(r"\d+(?:\.\d+)?", text)


def test_badges_stand_under_the_title_once(tmp_path: Path) -> None:
    """Putting them again, for another repository, leaves one of each, and the text as it was."""
    copy = tmp_path / NOTEBOOKS[0].name
    copy.write_bytes(NOTEBOOKS[0].read_bytes())
    for repository in ("one/first", "two/second"):
        publish.put(copy, repository)
    before, after = cells(NOTEBOOKS[0], "markdown"), cells(copy, "markdown")
    text = "".join(after[0]["source"])
    title, words = "".join(before[0]["source"]).split("\n", 1)
    assert text.startswith(f"{title}\n\n[![Open in Colab](")
    assert text.endswith(words.lstrip())
    assert (
        text.count("](https://colab.research.google.com/github/")
        == text.count("](https://mybinder.org/v2/gh/two/second/HEAD?labpath=")
        == 1
    )
    assert f"/github/two/second/blob/main/notebooks/{copy.name})" in text
    assert after[1:] == before[1:]
    assert json.loads(copy.read_text())["metadata"] == json.loads(NOTEBOOKS[0].read_text())["metadata"]
