"""A page of HTML that asks nothing of any network: an answer, pictures, and sections with tables. All names are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from cisim.report.tables import Table


class Section(NamedTuple):
    """A part of the report below its first page."""

    title: str
    text: Sequence[str] = ()  #: paragraphs
    pictures: Sequence[Markup] = ()
    tables: Sequence[Table] = ()
    points: Sequence[tuple[str, str]] = ()  #: words, each with what it means, or lines with a heading
    sheets: Sequence[Table] = ()  #: tables of the workbook alone


def template(package: str) -> Template:
    """Load `page.html.jinja` of a package; what is put into it is escaped, and what is missing is an error."""
    environment = Environment(
        loader=PackageLoader(package, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")


def page_of(
    title: str,
    question: str,
    answer: Sequence[str],
    pictures: Sequence[Markup],
    sections: Sequence[Section],
    *,
    note: str,
    about: str = "",
    brief: Table | None = None,
    hangs_on: Sequence[str] = (),
    find_out: Sequence[str] = (),
) -> str:
    """Write a page; the same content is the same text.

    Args:
        title: of the page.
        question: that it answers.
        answer: in sentences.
        pictures: of the answer, inline SVG.
        sections: what follows the first page.
        note: the last line of the first page.
        about: what the question is about.
        brief: a table on the first page, of money.
        hangs_on: sentences, on what the answer hangs.
        find_out: sentences, what to find out first.
    """
    return template("cisim.report").render(
        title=title, about=about, question=question, answer=answer, brief=brief, hangs_on=hangs_on, find_out=find_out,
        pictures=pictures, sections=sections, note=note,
    )  # fmt: skip
