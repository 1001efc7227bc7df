"""Links of the page: the state that an address holds after its "#", read as scenarios."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cisim.app.plans import MOST_PLANS, OF, county_of
from cisim.errors import InputError, Problems
from cisim.scenario import Scenario, shipped
from cisim.seeds import LARGEST_OF_ENSEMBLE, is_seed

#: Longest address that is read, in characters.
LONGEST = 20_000
_START = "#s="


class Linked(NamedTuple):
    """What a link shows."""

    plans: dict[str, Scenario]  #: the two that are compared, the reference first
    turned: Scenario  #: the plan whose dials are turned
    seed: int  #: of the ensemble
    name: str  #: of the plan whose dials are turned


def link_to(world: str) -> str:
    """Write what stands after a page's address for it to open with one of its scenarios.

    Example:
        >>> link_to("all-five")
        '#s=eyJ3b3JsZCI6ICJhbGwtZml2ZSJ9'
    """
    return _START + base64.urlsafe_b64encode(json.dumps({"world": world}).encode()).decode().rstrip("=")


def read_link(address: str, worlds: Mapping[str, Scenario] | None = None) -> Linked:
    """Read a link of the page, or what stands in it after the "#".

    Args:
        address: the link.
        worlds: the scenarios that it may be of, by name; those that come with cisim, and TOML files, if not given.

    Raises:
        InputError: it is damaged, or sets what no scenario may hold: with all that is wrong.

    Example:
        >>> read_link("#s=eyJ3b3JsZCI6ImFsbC1maXZlIiwic2VlZCI6NH0").seed
        4
    """
    given = _decode(address)
    world, seed = given.get("world"), given.get("seed", 1)
    problems = Problems()
    if worlds is not None:
        if not isinstance(world, str) or world not in worlds:
            problems.append(f"the link: is of another scenario than {' or '.join(worlds)}")
    elif not isinstance(world, str) or not (world in shipped() or world.partition(OF)[0].endswith(".toml")):
        problems.append("the link: names no scenario that comes with cisim, and no TOML file")
    if not is_seed(seed, LARGEST_OF_ENSEMBLE):
        problems.append(f"the link: seed must be a whole number from 0 to {LARGEST_OF_ENSEMBLE}")
    plans = given.get("plans", [{"name": "alone", "settings": {"coalition.start": "never"}}, {"name": "together"}])
    shared, shown = given.get("shared", {}), given.get("shown", [0, 1])
    turned: Any = given.get("turned", shown[-1] if isinstance(shown, list) and shown else 1)
    if not (isinstance(shared, Mapping) and _are_plans(plans)):
        problems.append(f"the link: must hold 2 to {MOST_PLANS} plans of different names, with settings")
    elif not (
        isinstance(shown, list)
        and len(shown) == 2
        and len({*map(str, shown)}) == 2
        and all(_is_place(one, plans) for one in (*shown, turned))
    ):
        problems.append("the link: shows a plan that it does not hold")
    problems.check()
    county = county_of(str(world)) if worlds is None else worlds[str(world)]
    scenarios: dict[str, Scenario] = {}
    for plan in plans:
        with problems.collected():
            scenarios[plan["name"]] = _changed(county, {**shared, **plan.get("settings", {})})
    Problems(dict.fromkeys(f"the link: {problem}" for problem in problems)).check()
    names = [plan["name"] for plan in plans]
    chosen = {names[place]: scenarios[names[place]] for place in shown}
    return Linked(chosen, scenarios[names[turned]], seed, names[turned])


def _decode(address: str) -> dict[str, Any]:
    start = address.find(_START)
    if start < 0 or len(address) > LONGEST:
        raise InputError(
            f'the link: must be an address of the page with "{_START}" in it, of at most {LONGEST} characters'
        )
    text = address[start + len(_START) :].strip()
    try:
        given = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise InputError("the link: is damaged: a part of it is missing or was changed") from None
    if not isinstance(given, dict):
        raise InputError("the link: is damaged: it holds no state of the page")
    return given


def _are_plans(plans: Any) -> bool:
    if not (
        isinstance(plans, list) and 2 <= len(plans) <= MOST_PLANS and all(isinstance(plan, Mapping) for plan in plans)
    ):
        return False
    names = [plan.get("name") for plan in plans]
    return (
        all(isinstance(name, str) and name for name in names)
        and len(set(names)) == len(names)
        and all(isinstance(plan.get("settings", {}), Mapping) for plan in plans)
    )


def _is_place(value: Any, plans: list[Any]) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(plans)


def _changed(county: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """Set fields that hold numbers: whoever made a link may name no file that is to be read."""
    Problems(
        f"{path}: a link sets numbers alone"
        for path, value in settings.items()
        if not (value is None or value == "never" or isinstance(value, int | float))
    ).check()
    return county.replace(**settings) if settings else county
