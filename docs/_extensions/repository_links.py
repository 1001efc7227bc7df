"""Sphinx extension for links to files of the repository, so that they hold on the site too.

A page may link to any file of the repository, as GitHub understands it: `../CHANGELOG.md`, `../src/cisim/engine.py`. On the site, the
Markdown files outside docs/ are pages too, and every other text that is linked to becomes a page that shows it. In a Python file, a
link whose text is the name of one of its functions or classes, such as [`draft`](../src/cisim/dynamics/agenda.py), leads to that
function.
A notebook of the course leads to its page, unless the link's text is the name of its file: then it is had as it is.
"""

from __future__ import annotations

import ast
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
MADE = DOCS / "_generated"
NOTEBOOKS = ROOT / "notebooks"
#: Markdown outside docs/ that the site has as a page.
PAGES = {
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "benchmarks/README.md": "benchmarks",
    "notebooks/README.md": "course/index",
}
LANGUAGES = {".py": "python", ".toml": "toml", ".txt": "text", ".cff": "yaml", ".ipynb": "json", "": "bash"}
#: Files that are to be had, not to be read.
TAKEN = {".ipynb", ".png", ".svg", ".csv", ".graphml"}
LINK = re.compile(r"(?<!\!)\[(?P<text>[^\]\[]*)\]\((?P<target>[^)\s]+)\)")


def resolved(page: Path, text: str) -> str:
    """Rewrite the Markdown of a page so that its links lead to pages of the site.

    Args:
        page: where the page stands in the repository.
        text: its Markdown.
    """
    return LINK.sub(lambda link: f"[{link['text']}]({target(page, link['text'], link['target'])})", text)


def target(page: Path, text: str, link: str) -> str:
    """Find where a link leads on the site; as it was, if it leads within a page, to another site, or nowhere."""
    path, sharp, anchor = link.partition("#")
    if not path or re.match(r"[a-z]+:", path):
        return link
    found = (page.parent / unquote(path)).resolve()
    if not found.is_file() or not found.is_relative_to(ROOT):
        return link
    name = found.relative_to(ROOT).as_posix()
    if name in PAGES:
        return f"/_generated/{PAGES[name]}.md{sharp}{anchor}"
    if found.is_relative_to(DOCS):
        return f"/{found.relative_to(DOCS).as_posix()}{sharp}{anchor}"
    if found.parent == NOTEBOOKS and found.suffix == ".ipynb" and text != found.name:
        return f"/_generated/course/{found.stem}.md{sharp}{anchor}"
    if found.suffix in TAKEN:
        return "/" + Path(os.path.relpath(found, DOCS)).as_posix()
    return f"/_generated/files/{name}.md" + definition(found, text)


def definition(file: Path, text: str) -> str:
    """Find the anchor of the function or class that a link's text names, if the file has one."""
    word = text.strip("`").rpartition(".")[2].removesuffix("()")
    known = {name for _, name in definitions(file)} if file.suffix == ".py" else set()
    return f"#{word.lower()}" if word in known else ""


def definitions(file: Path) -> list[tuple[int, str]]:
    """List functions and classes of a Python file, each with its first line: that of a comment or decorator before it."""
    text = file.read_text(encoding="utf-8")
    lines, found = text.splitlines(), []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            while first > 1 and lines[first - 2].startswith("#"):
                first -= 1
            found.append((first, node.name))
    return found


def shown(file: Path) -> str:
    """Write the page that shows a file; each function and class of a Python file has a heading."""
    name = file.relative_to(ROOT).as_posix()
    parts = [f"---\norphan: true\nnosearch: true\n---\n\n# `{name}`\n"]
    lines = file.read_text(encoding="utf-8").splitlines()
    starts = definitions(file) if file.suffix == ".py" else []
    begins = [(1, ""), *starts, (len(lines) + 1, "")]
    for (first, called), (beyond, _) in pairwise(begins):
        if called:
            parts.append(f"## `{called}`\n")
        code = "\n".join(lines[first - 1 : beyond - 1]).rstrip("\n")
        if code:
            language = LANGUAGES.get(file.suffix, "text")
            parts.append(f"````{{code-block}} {language}\n:lineno-start: {first}\n\n{code}\n````\n")
    return "\n".join(parts)


def linked_files() -> set[Path]:
    """List the files that become pages of the site: those that some page links to, and the scenarios, which the gallery shows."""
    pages = [
        *DOCS.glob("*.md"),
        *DOCS.glob("tutorials/*.md"),
        *DOCS.glob("experiments/*.md"),
        *(ROOT / name for name in PAGES),
    ]
    pages += NOTEBOOKS.glob("*.ipynb")
    found = set((ROOT / "scenarios").glob("*.toml"))
    for page in pages:
        for link in LINK.finditer(page.read_text(encoding="utf-8")):
            leads = target(page, link["text"], link["target"]).partition("#")[0]
            if leads.startswith("/_generated/files/"):
                found.add(ROOT / leads.removeprefix("/_generated/files/").removesuffix(".md"))
    return found


def make(_app: Sphinx) -> None:
    """Write the pages that stand for files outside docs/."""
    pages = {f"{new}.md": resolved(ROOT / old, (ROOT / old).read_text("utf-8")) for old, new in PAGES.items()}
    for file in linked_files():
        pages[f"files/{file.relative_to(ROOT).as_posix()}.md"] = shown(file)
    write_pages(MADE, pages)


def write_pages(folder: Path, pages: dict[str, str]) -> None:
    """Write pages; one that is as it was is left alone, so that it is not read again."""
    for name, text in pages.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def follow(_app: Sphinx, name: str, source: list[str]) -> None:
    """Turn the links of a page that stands in docs/ as it is."""
    if not name.startswith("_generated/"):
        source[0] = resolved(DOCS / f"{name}.md", source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", make)
    app.connect("source-read", follow, priority=900)  # after all that adds to a page
    return {"parallel_read_safe": True, "parallel_write_safe": True}
