"""HTML page of `cisim validate --html`: all claims with pictures, in one file that needs no network."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from cisim import __version__
from cisim.errors import writing
from cisim.files import replace_file
from cisim.report.page import template
from cisim.validation.claims import FAILS, OF_FIELD, Effort, Picture
from cisim.validation.suites import Result, verdicts

#: Inches.
WIDTH, HEIGHT = 6.4, 3.8


def svg(picture: Picture) -> bytes:
    """Draw a picture as an SVG file; the same picture is the same bytes."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    picture.draw(axes)
    image = io.BytesIO()
    with rc_context({"svg.hashsalt": "cisim"}):
        figure.savefig(
            image, format="svg", metadata={"Title": picture.title, "Description": picture.description, "Date": None}
        )
    return image.getvalue()


def html(results: Sequence[Result], effort: Effort) -> str:
    """Write the page as a text."""
    counts = verdicts(results)
    return template("cisim.validation").render(
        version=__version__,
        effort=effort,
        suites=[_suite(list(of_suite)) for _, of_suite in groupby(results, key=lambda result: result.suite)],
        counts=counts,
        all_hold=not counts[FAILS],
        of_field=OF_FIELD,
        options=_options(effort),
    )


def _options(effort: Effort) -> str:
    """Write what the command needs besides a case's name to measure the same again."""
    options = " --quick" if effort.quick else ""
    for name, value in (("runs", effort.paired), ("points", effort.points)):
        options += f" --{name} {value}" if value is not None else ""
    return options + (f" --seed {effort.seed}" if effort.seed != Effort().seed else "")


def _suite(results: list[Result]) -> dict[str, Any]:
    return {
        "suite": results[0].suite,
        "cases": [
            {
                "case": result.case,
                "claims": result.finding.claims,
                "pictures": [_shown(picture) for picture in result.finding.pictures],
            }
            for result in results
        ],
    }


def _shown(picture: Picture) -> dict[str, str]:
    source = "data:image/svg+xml;base64," + base64.b64encode(svg(picture)).decode()
    return {"title": picture.title, "description": picture.description, "source": source}


def write(results: Sequence[Result], effort: Effort, target: Path) -> None:
    """Write the page to a file, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    text = html(results, effort)
    with writing(target):
        replace_file(target, lambda file: file.write(text.encode()))
