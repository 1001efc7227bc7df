"""Configuration of Sphinx: `python -m uv run --group docs sphinx-build -W --keep-going -b html docs build/site`.

The pages are plain Markdown that also reads well without Sphinx. What they cannot hold, since it would go stale, is made when the
site is built: the gallery, the reference of commands, the reference of Python. Nothing is fetched from the network, neither by the
build nor by the pages.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "_extensions")]

import course  # noqa: E402
from pygments.lexers.special import TextLexer  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

import cisim  # noqa: E402

project = "cisim"
author = "The cisim authors"
version = release = cisim.__version__
project_copyright = "the cisim authors, Apache-2.0"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "made_at_build",
    "mathml",
    "repository_links",
]
root_doc = "index"
exclude_patterns = ["_extensions", "_static", "_templates", "_generated/*.part.md"]
language = "en_GB"
nitpicky = False  # the types of other packages have no pages here; links of our own are checked by MyST

# --- Markdown as GitHub reads it
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
suppress_warnings: list[str] = []

# --- mathematics: MathML, which browsers draw themselves
html_math_renderer = "mathml"

# --- Python
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_use_type_comments = False
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_attr_annotations = False  # the signature tells the types
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False

# --- looks
html_theme = "furo"
html_title = f"cisim {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
templates_path = ["_templates"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00539c", "color-brand-content": "#00539c"},
    "dark_css_variables": {"color-brand-primary": "#7cc0ff", "color-brand-content": "#7cc0ff"},
}
linkcheck_anchors = False

#: What stands at the side, by heading; the landing page itself shows tables instead.
navigation: dict[str, list[str]] = {
    "Begin": ["for-planners", "for-researchers", "for-students"],
    "Tutorials": [
        "A coordinator, worth the money? <tutorials/planner-launch>",
        "A rival mechanism <tutorials/researcher-rival>",
        "The size of a backbone <tutorials/student-dial>",
    ],
    "The course": [
        "The course at a glance <_generated/course/index>",
        *(f"_generated/course/{name}" for name in course.names()),
    ],
    "Studies": [
        "Studies <studies>",
        "Analyses <analysis>",
        "Plan files <plan-file>",
        "Study files <study-file>",
        "The five conditions <experiments/conditions>",
        "Meetings, staff and size <experiments/staffing>",
        "Alignment, data and voice <experiments/voice>",
    ],
    "The model": ["Scenario gallery <gallery>", "The model <model>", "odd", "validation", "reliability", "parameters"],
    "Look up": [
        "The command line <cli>",
        "commands",
        "glossary",
        "From your files to a plan <your-files>",
        "Coalition files <coalition-files>",
        "mesa",
        "api",
    ],
    "The project": ["_generated/changelog", "_generated/contributing", "performance", "_generated/benchmarks"],
}


def skip(
    _app: Sphinx, _what: str, _name: str, member: object, _skipped: bool, _options: object
) -> bool | None:
    """Leave out the fields of named tuples: they say no more than their place, and the class tells what they are."""
    return True if (getattr(member, "__doc__", None) or "").startswith("Alias for field number") else None


def setup(app: Sphinx) -> None:
    """Set what Sphinx leaves out, and what the pages' blocks are that Pygments has no colours for."""
    app.add_lexer("csv", TextLexer)
    app.connect("autodoc-skip-member", skip)
