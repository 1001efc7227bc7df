"""Pictures of a coalition and its runs, each drawn on a matplotlib Axes.

::

    ax = cisim.plot.fan({"alone": a, "together": b})  # the course of a measure, with the spread of the runs
    ax = cisim.plot.difference(comparison)            # how much more than the reference, with its error
    ax = cisim.plot.network(scenario, seed=1)         # who takes part and who works with whom
    ax = cisim.plot.timeline(scenario)                # what is on when
    ax = cisim.plot.drivers(found)                    # what drives an outcome, of an analysis of a study
    ax = cisim.plot.shares(found)                     # what each of several brings alone and together
    ax = cisim.plot.box(found)                        # where an outcome is what was asked for
    ax = cisim.plot.leaves(found)                     # the parts of the space in which it differs most

Each draws on the Axes `ax` and returns it. Without one it makes a Figure of its own, that pyplot knows nothing of:
it shows itself in Jupyter where the Axes is a cell's last line, and `cisim.plot.save(ax, "fan.png")` writes it.
`cisim.plot.describe(ax)` says in words what a picture shows. All can be told apart without colour.
"""

from __future__ import annotations

from cisim.plot.box import box
from cisim.plot.calendar import timeline
from cisim.plot.canvas import describe, save
from cisim.plot.courses import difference, fan
from cisim.plot.drivers import drivers
from cisim.plot.graph import network
from cisim.plot.leaves import leaves
from cisim.plot.shares import shares

__all__ = ["box", "describe", "difference", "drivers", "fan", "leaves", "network", "save", "shares", "timeline"]
