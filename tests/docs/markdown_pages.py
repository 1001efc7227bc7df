"""Parser of Markdown pages for tests: blocks, links, anchors, code in the text."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt  # comes with rich
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
DOCS = [page for folder in ("", "tutorials", "experiments") for page in sorted((ROOT / "docs" / folder).glob("*.md"))]
README = ROOT / "README.md"
#: Pages whose blocks are run.
RUN = [README, *DOCS]
#: Pages whose links and fields are looked up; notebooks among them.
READ = [
    *RUN,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "benchmarks").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("**/*.ipynb")),
]

#: How a page says under which name to save the block that follows.
SAVED = re.compile(r"save (?:it|this) as `((?:[\w-]+/)?[\w.-]+\.(?:csv|toml|py))`", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: what stands behind the fence.
        line: the line of its first line in the page, from 1.
        text: what is in it.
        file: the name under which the reader is told to save it; empty: under none.
        after: the language of the block before it, if nothing stands between the two.
    """

    language: str
    line: int
    text: str
    file: str = ""
    after: str = ""


@dataclass
class Page:
    """The content of a page.

    Attributes:
        path: where it is.
        blocks: its fenced blocks, in order.
        links: where its links and pictures lead, with the line at or after which they stand.
        anchors: the names of its headings, as GitHub makes them.
        codes: what stands between backticks in the text, with the line.
    """

    path: Path
    blocks: list[Block] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    codes: list[tuple[int, str]] = field(default_factory=list)


def name_of(path: Path) -> str:
    """Return a page's path in the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def read(path: Path) -> Page:
    """Parse a page; of a notebook the text, not the code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    page = Page(path)
    line, heading, slugs = 1, False, Counter[str]()
    before = ""  # the text of the paragraph before, if there is one right before
    after = ""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        line = token.map[0] + 1 if token.map else line
        if token.type == "fence":
            named = SAVED.search(before)
            name = named[1] if named else ""
            page.blocks.append(Block(token.info.strip(), line + 1, token.content, name, after))
            before, after = "", page.blocks[-1].language
        elif token.type == "inline":
            before, after = token.content, ""
            if heading:
                slug = anchor(token)
                page.anchors.add(f"{slug}-{slugs[slug]}" if slugs[slug] else slug)
                slugs[slug] += 1
            _note(page, token, line)
        heading = token.type == "heading_open"
    return page


def _note(page: Page, inline: Token, line: int) -> None:
    for token in inline.children or []:
        if token.type == "code_inline":
            page.codes.append((line, token.content))
        elif token.type in ("link_open", "image"):
            page.links.append((line, str(token.attrs.get("href", token.attrs.get("src", "")))))


def anchor(heading: Token) -> str:
    """Compute the name by which links reach a heading: lower case, hyphens for spaces, no punctuation."""
    words = "".join(part.content for part in heading.children or [] if part.type in ("text", "code_inline"))
    return re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
