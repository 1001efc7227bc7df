"""What the page holds beside the model's own fields and worlds: what is uncertain, what costs, what is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cisim.app.data import page_data
from cisim.dynamics.luck import DESIGN
from cisim.plan.costs import DOLLARS, fields_of_costs
from cisim.plausible import ALLOCATION, LEVERS
from cisim.scenario import FieldInfo, Scenario, load
from cisim.scenario.catalogue import dead_while, fields, find, flat


class Bet(NamedTuple):
    """A question that one bets on before the model answers it."""

    question: str
    month: int  #: in which it is answered
    why: str  #: what is behind the answer, in a sentence
    path: str | None = None  #: of the field that is changed; None: together is compared with alone
    value: float | None = None  #: what it is changed to


#: The county of the page.
COUNTY = "alder-county"
#: What joint work takes and nobody knows; the first, turned along its plausible range, turns the headline round.
DOUBTS = ("activities.reliance", "commitment.temptation", "measurement.data_cost", "communication.contact_cost")
#: Post-months of the backbone to be painted over the years of the county, and the best that `experiments/painting.py` found.
POST_MONTHS = 144
BEST_KNOWN = (1.5, 4.5, 0.5, 2.0, 2.0, 1.5, 0.0, 0.0, 0.0, 0.0)
#: Costs that the page asks for; it has the defaults of plan files for them.
COSTS = ("backbone_post", "service_post", "overhead", "meeting_hour", "hours", "data_once", "data_yearly")
#: What a run cannot be begun with otherwise than its world says.
FIXED = ("coalition.organisations", "scenario.months", "practice.bits")
#: What the page says of itself.
CHECKED = (
    "Checked: every stage of a month against its equations and against cases with a known answer.",
    "Checked: the whole model against a second version, written apart from the first; the page against both, number by number.",
    "Not checked: whether real coalitions go like this. No part of it was fitted to one, and no result is an effect size.",
    "Guessed: most numbers behind the dials. Their plausible ranges are readings of the literature, or chosen.",
    "The bands show luck. The interval shows how well so many runs pin down what the model implies. Neither says how true the model is.",
)
#: What the model answers against what many expect; a change of the plan, or none: together against alone.
BETS = (
    Bet("After two years, has the county together closed more of the gap than the county alone?", 24,
        "The conditions cost from the first month and are built over months."),
    Bet("Ten posts in the backbone in place of two. After ten years, does together do more?", 120,
        "The members pay the posts from what else would be work.", "backbone.staff", 10),
    Bet("Partners meet twelve times a month in place of once or twice. After ten years, does together do more?", 120,
        "Meetings build trust, and take the time in which work is done.", "communication.frequency", 12),
    Bet("No shared data at all. After two years, does together do more without them?", 24,
        "A data system takes years to be built: look at the tenth year.", "measurement.sharing", 0),
    Bet("The backbone ends after five years. In the tenth year, has together done more, or less, than with one that stays?", 120,
        "Much of what it built is there when it goes, and what it cost is not.", "backbone.end", 60),
    Bet("The large partners decide on the agenda: voice in proportion to staff. After ten years, does together do more?", 120,
        "In this county all agendas serve much the same outcomes.", "agenda.voice", 1),
)  # fmt: skip


def content(
    worlds: Mapping[str, Scenario] | None = None,
    county: str | None = None,
    plans: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> dict[str, Any]:
    """Collect all that the page knows, as plain data for JSON.

    Args:
        worlds: scenarios by name; the county of the page if there are none.
        county: the name of the one that the page opens with; the first.
        plans: by the name of a world those that it opens with, each with a name and settings; else it alone and together.

    Raises:
        InputError: a scenario cannot be run.
    """
    shown = dict(worlds or {COUNTY: load(COUNTY)})
    data = page_data(shown)
    for field in data["fields"]:
        field["settable"] = "place" in field and field["path"] not in FIXED
        info = find(field["path"])
        assert info is not None
        field["dead_if"] = list(dead_while(info))
    usual = Scenario().as_mapping()
    for name, scenario in shown.items():
        world, document = data["worlds"][name], _differing(scenario.as_mapping(), usual)
        measures = [{"name": each["name"], "unit": each["unit"]} for each in world["measures"]]
        world |= {"values": flat(document), "document": document, "measures": measures}
    first = county or next(iter(shown))
    return data | {
        "county": first,
        "plans": dict(plans or {}),
        "uncertain": [info.path for info in fields() if info.low is not None and not _is_decided(info.path)],
        "design_stream": str(int(DESIGN)),
        "doubts": DOUBTS,
        "checked": CHECKED,
        "costs": {"currency": DOLLARS, "fields": [_cost(info) for info in fields_of_costs() if info.name in COSTS]},
        "painting": {"world": COUNTY, "months": POST_MONTHS, "posts": BEST_KNOWN},
        "bets": [bet._asdict() for bet in BETS],
    }


def _cost(info: FieldInfo) -> dict[str, Any]:
    return {name: getattr(info, name) for name in ("name", "meaning", "unit", "default", "minimum", "maximum")}


def _is_decided(path: str) -> bool:
    """Tell what is no guess in plausible worlds, as `cisim.plausible.uncertain` has it; what is off in a world the page leaves out."""
    return path in LEVERS or path.startswith(ALLOCATION)


def _differing(values: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a scenario says as every scenario does that says nothing; lists are kept or left out as a whole."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        other = usual.get(name)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            if inner := _differing(value, other):
                kept[name] = inner
        elif value != other:
            kept[name] = value
    return kept
