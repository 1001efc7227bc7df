"""Sphinx extension for formulas as MathML, which browsers draw without a script and without the network.

A formula that cannot be read is a warning, so an error of the build.
"""

from __future__ import annotations

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)
converter = LatexToMathML()


def mathml(latex: str, node: nodes.Element, *, block: bool) -> str:
    """Write a formula as MathML; as it was written, with a warning, if it cannot be read."""
    try:
        return converter.convert_with_local_state(latex, displaystyle=block)
    except LatexError as error:
        log.warning("a formula cannot be read: %s: %s", latex, error, location=node)
        return f"<code>{latex}</code>"


def inline(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula in a sentence."""
    translator.body.append(f'<span class="math">{mathml(node.astext(), node, block=False)}</span>')
    raise nodes.SkipNode


def block(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula on lines of its own; it can be scrolled to and sideways, by keyboard too."""
    drawn = mathml(node.astext(), node, block=True)
    translator.body.append(
        f'<div class="math-block" tabindex="0" role="group" aria-label="formula">{drawn}</div>\n'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
