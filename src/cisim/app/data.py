"""What the page knows of the model: its dials, measures, words and worlds, as plain data for JSON.

Everything comes from the package's own models, so that nothing is said twice.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.coalition.given import NETWORKS
from cisim.dynamics import state as layout
from cisim.dynamics.digest import model_digest
from cisim.dynamics.luck import identity_of_name, slot_of
from cisim.dynamics.stages import BACKBONE_FUNCTIONS, CONDITIONS, STAGES
from cisim.engine import compile_scenario
from cisim.scenario import Scenario, catalogue
from cisim.scenario.catalogue import fields, named_fields
from cisim.scenario.compile import PLACE, in_row
from cisim.scenario.field import FieldInfo
from cisim.scenario.moves import moves


def page_data(worlds: Mapping[str, Scenario]) -> dict[str, Any]:
    """Collect what the page knows: the model's fields, stages and conditions, and worlds by name, with no NaN or infinity in it."""
    return {
        "digest": model_digest(),
        "fields": [field_data(info) for info in (*fields(), *named_fields())],
        "stages": [{"name": stage.name, "title": stage.section, "meaning": stage.meaning} for stage in STAGES],
        "conditions": [condition._asdict() for condition in CONDITIONS],
        "functions": BACKBONE_FUNCTIONS,
        "networks": NETWORKS,
        "actions": {"dial": layout.SET_DIAL, "member": layout.SET_MEMBER, "resources": layout.SET_RESOURCES,
                    "commitment": layout.SET_COMMITMENT},
        "worlds": {name: world_data(scenario) for name, scenario in worlds.items()},
    }  # fmt: skip


def field_data(info: FieldInfo) -> dict[str, Any]:
    """Tell a field, where it stands in the row of dials, and how far it moves progress."""
    told = {
        name: getattr(info, name)
        for name in ("path", "section", "name", "type", "unit", "meaning", "source", "kind", "stage", "dead_if", "choices", "default")
    }  # fmt: skip
    told |= {name: getattr(info, name) for name in ("minimum", "maximum", "low", "high", "quiet")}
    told |= {"open_minimum": info.open_minimum, "open_maximum": info.open_maximum}
    if info.path in PLACE:
        told |= {"place": PLACE[info.path], "absent": str(in_row(info.path, None))}
    measured = [
        {"scenario": move.scenario, "low": move.low, "high": move.high, "points": move.points}
        for move in moves().get(info.path, ())
    ]
    return told | {"moves": measured}


def world_data(scenario: Scenario) -> dict[str, Any]:
    """Tell a scenario: what it is about, who takes part, what is recorded of it, and what a run starts from."""
    compiled = compile_scenario(scenario)
    roster = compiled.roster
    return {
        "name": scenario.name,
        "description": scenario.description,
        "months": compiled.months,
        "organisations": [
            {"name": name, "sector": roster.sector_names[sector]}
            for name, sector in zip(roster.names, roster.sector, strict=True)
        ],
        "sectors": roster.sector_names,
        "roles": scenario.role_names,
        "outcomes": [outcome.model_dump(mode="json", exclude_none=True) for outcome in scenario.community.outcomes],
        "groups": [group.model_dump(mode="json") for group in scenario.community.groups],
        "measures": [measure._asdict() for measure in compiled.measures],
        "values": catalogue.flat(scenario.as_mapping()),
        "distributions": [
            {"path": path, "place": PLACE[path], **of._asdict()} for path, of in scenario.distributions.items()
        ],
        "slots": array_data(
            np.array([slot_of(np.uint64(identity_of_name(path))) for path in scenario.distributions], np.uint64)
        ),
        "row": array_data(compiled.plan),
        "events": array_data(compiled.events),
        "actions": array_data(compiled.actions),
        "given": {name: array_data(part) for name, part in compiled.given._asdict().items() if name != "network"},
        "network": compiled.given.network,
    }


def array_data(array: NDArray[Any]) -> dict[str, Any]:
    """Tell an array: its shape, and its bytes as they lie in memory, in base64; or that it holds NaN throughout, where all is drawn."""
    if array.size and array.dtype.kind == "f" and np.isnan(array).all():
        return {"shape": array.shape}
    return {"shape": array.shape, "bytes": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}
