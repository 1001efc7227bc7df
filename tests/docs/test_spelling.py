"""Tests of the words that the spelling check reads. The check itself needs a dictionary, and runs in `.ci/run`."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from docs.markdown_pages import ROOT


@pytest.fixture(scope="module")
def spelling() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "spelling.py"))


def test_words_of_pages_leave_out_code_formulas_and_addresses(spelling: dict[str, Any]) -> None:
    prose = "A *misspeld* word, `cod`, $x_i = y$, [linkd](https://exampel.org/aa) and https://exampel.org."
    page = f"{prose}\n\n```python\nnaem = 1\n```\n\n| tabel |\n|---|\n| cel |\n"
    found = list(spelling["of_markdown"](page))
    assert found == ["A", "misspeld", "word", "linkd", "and", "tabel", "cel"]


def test_words_of_modules_are_those_of_docstrings(spelling: dict[str, Any]) -> None:
    body = ["Do it.", "", "Args:", "    valeu: what is givn.", "", "Example:", "    >>> nam(vlaue)", "    resutl_one"]
    told = "\n    ".join(body)
    module = f'"""Singel line about `cod`."""\n\n\ndef nam(valeu):\n    """{told}\n    """\n    # comment\n'
    found = list(spelling["of_python"](module))
    assert found == ["Singel", "line", "about", "Do", "it", "Args", "what", "is", "givn", "Example"]


def test_words_of_scenarios_are_those_of_comments_and_texts(spelling: dict[str, Any]) -> None:
    file = '# Who cmes?\n[scenario]\ndescription = "All fiv."\n[[events]]\nwhy = "a crsis"\nmonth = 1\n'
    assert list(spelling["of_toml"](file)) == ["Who", "cmes", "All", "fiv", "a", "crsis"]


def test_all_kinds_of_texts_are_read(spelling: dict[str, Any]) -> None:
    names = {file.relative_to(ROOT).as_posix() for file in spelling["files"]()}
    expected = {"README.md", "docs/index.md", "docs/tutorials/student-dial.md", "notebooks/01-first-coalition.ipynb"}
    assert names >= expected | {"src/cisim/engine.py", "scenarios/crisis.toml"}


def test_the_list_of_own_words_is_in_order(spelling: dict[str, Any]) -> None:
    words = spelling["WORDS"].read_text(encoding="utf-8").split()
    assert words == sorted(set(words), key=lambda word: (word.casefold(), word))
