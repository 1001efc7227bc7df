"""The stages of a month, the five conditions and the backbone's functions: names and meanings, each list written once.

Nothing is compiled here, so that a scenario can be checked or explained without Numba; `cisim.dynamics.month` finds the functions.
"""

from __future__ import annotations

from typing import NamedTuple


class Condition(NamedTuple):
    """One of the five conditions of collective impact (Kania & Kramer 2011)."""

    name: str  #: of its section of a scenario
    title: str  #: its name in words
    switch: str  #: path of the dial that turns it off at 0


#: The five conditions, in the order of a scenario's sections.
CONDITIONS = (
    Condition("agenda", "common agenda", "agenda.process"),
    Condition("measurement", "shared measurement", "measurement.sharing"),
    Condition("activities", "mutually reinforcing activities", "activities.coordination"),
    Condition("communication", "continuous communication", "communication.frequency"),
    Condition("backbone", "backbone", "backbone.staff"),
)
#: What the backbone's staff do, in the order of its allocation and reach.
BACKBONE_FUNCTIONS = ("engage", "measure", "align", "capacity", "fund", "will", "weave")


class StageInfo(NamedTuple):
    """One stage of a month: a function (state, dials, luck) -> None that changes the state."""

    name: str  #: of the function, and of the method of the Mesa model
    module: str  #: of `cisim.dynamics` that holds the function
    section: str  #: heading in docs/model.md, without its number
    meaning: str  #: what happens in it, in one line
    condition: str = ""  #: the condition it stands for, if it does


#: The stages of a month, in their order. A new stage is one more entry here, and a function in its module.
STAGES = (
    StageInfo("disturb", "disturbance", "Disturbance", "events, turnover, budgets, membership"),
    StageInfo(
        "communicate", "communication", "Continuous communication",
        "contacts, goals, awareness, trust, ties, practices", "communication"),
    StageInfo("measure", "measurement", "Shared measurement", "looks, reports, beliefs, overhead", "measurement"),
    StageInfo("agree", "agenda", "Common agenda", "the agenda and goals", "agenda"),
    StageInfo(
        "act", "activities", "Mutually reinforcing activities",
        "effort, what it produces, and its division over roles", "activities"),
    StageInfo("progress", "community", "Community", "the outcomes"),
    StageInfo("commit", "commitment", "Commitment", "members' commitment"),
    StageInfo("build", "backbone", "Building capacity and raising grants", "capacity and grants"),
)  # fmt: skip
STAGE_NAMES = tuple(stage.name for stage in STAGES)
