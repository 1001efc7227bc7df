"""Check the spelling: `python -m uv run --group docs python docs/spelling.py`.

Every word of the pages, the notebooks' text, the docstrings, the head comments of scenarios and studies and the help of the commands must be in
the dictionary or in docs/words.txt, which holds names, terms, and what British spelling writes in its own way: the dictionary that
can be had from PyPI is American. `typos`, set in .typos.toml, refuses the American forms and knows common slips in code as well.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORDS = HERE / "words.txt"
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
#: Not prose: code, formulas, addresses.
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)
CODE = re.compile(
    r"``?[^`]*``?|^ *(?:>>>|\.\.\.) .*$|^ {4,}.*=.*$|https?://\S+|\b\w+_\w+|\b\w+\.\w+\(?\S*", re.MULTILINE
)


def words(text: str) -> Iterator[str]:
    """Split a text into words, with a straight apostrophe."""
    for found in WORD.findall(text):
        yield found.replace("\u2019", "'")


def of_markdown(text: str) -> Iterator[str]:
    """List the words of a page that are neither code nor formula nor address."""
    for token in MarkdownIt().enable("table").parse(FORMULA.sub(" ", text)):
        for part in token.children or []:
            if part.type == "text":
                yield from words(re.sub(r"doi:\S+|\S*(?:://|@|\.(?:org|com|py|md)\b)\S*", " ", part.content))
            elif part.type == "image":
                yield from words(part.content)


def of_notebook(text: str) -> Iterator[str]:
    """List the words of a notebook's text."""
    for one in json.loads(text)["cells"]:
        if one["cell_type"] == "markdown":
            yield from of_markdown("".join(one["source"]))


def of_python(text: str) -> Iterator[str]:
    """List the words of a module's docstrings."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            for line in CODE.sub(" ", ast.get_docstring(node) or "").splitlines():
                yield from words(re.sub(r"^ +\w+(?: \([^)]*\))?:", " ", line))  # an argument's name


def of_toml(text: str) -> Iterator[str]:
    """List the words of a scenario's comments and texts."""
    for line in text.splitlines():
        comment = re.match(r"#\s?(.*)|(?:description|question|why) = \"(.*)\"$", line)
        if comment:
            yield from words(CODE.sub(" ", comment[1] or comment[2] or ""))


READERS = {".md": of_markdown, ".ipynb": of_notebook, ".py": of_python, ".toml": of_toml}


def files() -> list[Path]:
    """List the files that are checked."""
    patterns = (
        "*.md",
        "docs/*.md",
        "docs/tutorials/*.md",
        "docs/experiments/*.md",
        "benchmarks/*.md",
        "notebooks/*.md",
        "notebooks/*.ipynb",
        "notebooks/solutions/*.ipynb",
        "scenarios/*.toml",
        "experiments/*.toml",
    )
    found = [
        file
        for pattern in (*patterns, "src/**/*.py", "docs/*.py", "experiments/*.py")
        for file in ROOT.glob(pattern)
    ]
    return sorted(found)


def all_words() -> dict[str, set[str]]:
    """List every word, with the places it stands in."""
    found: dict[str, set[str]] = {}
    for file in files():
        for word in READERS[file.suffix](file.read_text(encoding="utf-8")):
            found.setdefault(word, set()).add(file.relative_to(ROOT).as_posix())
    import commands  # the help that the commands show

    for word in of_markdown(commands.text()):
        found.setdefault(word, set()).add("src/cisim/cli/main.py")
    return found


def own_words() -> set[str]:
    """Read the words of docs/words.txt."""
    return set(WORDS.read_text(encoding="utf-8").split())


def stem(word: str) -> str:
    """Take the ending of a genitive off a word."""
    return word.removesuffix("'s").removesuffix("'")


def main() -> int:
    """Print unknown words; return 1 if there are any."""
    from hunspell import Hunspell

    dictionary, own = Hunspell("en_US"), own_words()

    def known(word: str) -> bool:
        if len(word) < 3 or word in own or word.lower() in own:
            return True
        try:
            return bool(dictionary.spell(word))
        except UnicodeEncodeError:  # no letter of an English word
            return False

    unknown = {word: places for word, places in sorted(all_words().items()) if not known(stem(word))}
    for word, places in unknown.items():
        print(f"{sorted(places)[0]}: {word}: not in the dictionary; if it is meant, add it to docs/words.txt")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
