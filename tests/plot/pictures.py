"""Pictures for tests, and the words and styles in them."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from cisim import plot
from synthetic import comparison, scenario

LUCK = np.linspace(-0.05, 0.05, 30)


def pair():
    """A comparison of 30 runs each."""
    return comparison(0.2 + LUCK, 0.4 + LUCK)


def drawings(ax: Axes | None = None):
    """One of each picture, drawn on the Axes if it is given."""
    launch = scenario(events=[{"month": 12, "set": {"backbone.staff": 1.0}, "why": "half the grant ends"}])
    return [
        lambda: plot.fan(pair(), ax=ax),
        lambda: plot.difference(pair(), ax=ax),
        lambda: plot.network(launch, ax=ax),
        lambda: plot.timeline(launch, ax=ax),
    ]


def texts(ax: Axes) -> str:
    """All that is written in a picture."""
    ax.figure.canvas.draw()
    found = [text.get_text() for text in ax.findobj(mpl.text.Text)]
    return "\n".join(text.replace("\n", " ") for text in found)
