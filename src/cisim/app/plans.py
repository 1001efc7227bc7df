"""Plan files on the page: the county with its plans side by side, and each plan that changes over months as a county of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cisim.files import read_text
from cisim.plan.spec import NOTHING_NEW, read
from cisim.report.documents import changes
from cisim.scenario import Scenario, load, toml
from cisim.scenario.files import LARGEST

#: Plans that the page has side by side.
MOST_PLANS = 4
#: Stands between a plan file and the plan whose county is meant.
OF = "#"


class Shown(NamedTuple):
    """A plan file as the page has it."""

    #: The file's base under its own name, and under `FILE#PLAN` each plan that changes over months.
    worlds: dict[str, Scenario]
    #: At most four, each a name and its settings over the base; the first is nothing new, where it can be.
    plans: list[dict[str, Any]]
    left_out: tuple[str, ...]  #: names of plans that the page has no place for


def is_plan_file(name: str) -> bool:
    """Tell whether a name is that of a TOML file with plans; one that cannot be read is told of when it is read."""
    if not (name.endswith(".toml") and Path(name).is_file()):
        return False
    return isinstance(toml.parse(read_text(Path(name), LARGEST), name).get("plans"), Mapping)


def of_file(name: str) -> Shown:
    """Read a plan file for the page.

    Raises:
        InputError: with all that is wrong with it.
    """
    file = read(name)
    worlds, plans, left_out = {name: file.base}, list[dict[str, Any]](), list[str]()
    for plan, scenario in {
        NOTHING_NEW: file.nothing_new.scenario,
        **{each.name: each.scenario for each in file.given.values()},
    }.items():
        settings = changes(scenario, file.base)
        if not all(value is None or value == "never" or isinstance(value, int | float) for value in settings.values()):
            worlds[f"{name}{OF}{plan}"] = scenario.replace(**{"scenario.name": f"{file.base.name}: {plan}"})
        elif len(plans) < MOST_PLANS:
            plans.append({"name": plan, "settings": settings})
        else:
            left_out.append(plan)
    return Shown(worlds, plans, tuple(left_out))


def county_of(name: str) -> Scenario:
    """Load what a link calls a county: a scenario, the base of a plan file, or a plan of one.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if is_plan_file(name.partition(OF)[0]):
        worlds = of_file(name.partition(OF)[0]).worlds
        if name in worlds:
            return worlds[name]
    return load(name)
