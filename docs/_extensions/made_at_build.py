"""Sphinx extension for parts of pages that are made when the site is built, since they would go stale in the repository.

A page says where: `<!-- made at build: gallery -->` stands for what `text()` of docs/gallery.py returns. The navigation of conf.py is
added to the landing page.
"""

from __future__ import annotations

import importlib
import re
import shutil
from pathlib import Path

import api
from repository_links import DOCS, MADE, NOTEBOOKS, resolved, write_pages
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

MARK = re.compile(r"^<!-- made at build: (\w+) -->$", re.MULTILINE)


def toctree(heading: str, pages: list[str]) -> str:
    """Write a part of the navigation."""
    listed = "\n".join(re.sub(r"^(.*<)?", r"\1/", page) for page in pages)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n{listed}\n```\n"


def prepare(_app: Sphinx) -> None:
    """Write the pages of Python's reference and those of the course."""
    import course

    shutil.rmtree(MADE / "gallery", ignore_errors=True)
    write_pages(MADE / "api", api.pages())
    write_pages(
        MADE / "course", {name: resolved(NOTEBOOKS / name, text) for name, text in course.pages().items()}
    )


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write the report of the worked example, and the page on which dials are turned, beside the pages."""
    if error is None and app.builder.name == "html":
        importlib.import_module("reports").write(Path(app.outdir) / "reports")
        importlib.import_module("app").write(Path(app.outdir))


def marked(_app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """Name the pages that are read at every build, since they show what is made."""
    return [name for name in env.found_docs if _made(name)]


def _made(name: str) -> list[str]:
    file = DOCS / f"{name}.md"
    return MARK.findall(file.read_text(encoding="utf-8")) if file.is_file() else []


def add(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace marks by what is made."""
    if name.startswith("_generated/"):
        return
    source[0] = MARK.sub(lambda mark: str(importlib.import_module(mark[1]).text()), source[0])
    if name == app.config.root_doc:
        source[0] += "".join(toctree(*part) for part in app.config.navigation.items())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_config_value("navigation", {}, "env", types=(dict,))
    app.connect("builder-inited", prepare)
    app.connect("env-get-outdated", marked)
    app.connect("source-read", add)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
