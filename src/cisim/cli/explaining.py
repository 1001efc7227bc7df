"""`cisim explain`: what there is to know about a field, a section, a measure, or events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cisim.cli.terminal import document, pairs, say, table
from cisim.dynamics import stages
from cisim.dynamics.measures import Measure, measures_of
from cisim.errors import InputError, nearest
from cisim.scenario import FieldInfo, Scenario, fields, find, outcome_fields
from cisim.scenario.catalogue import SECTIONS, allowed, dead_while

#: What happens before the first month, and in the stages of a month, as the model's text numbers them.
STAGES = {
    "run": "how long the run is and what it is called",
    "founding": "founding, before the first month",
    "network": "network at the founding",
    **{
        stage.name: f"stage {number}, {stage.name}: {stage.meaning}"
        for number, stage in enumerate(stages.STAGES)
    },
}
KINDS = {
    "dial": "dial: read every month, may change in a run by [[events]]",
    "setup": "setup: read before the first month, cannot change in a run",
}
EVENTS = """\
An event changes a run: at a month, or once, in the month after a recorded measure crossed a value.

[[events]]
month = 49
set = { "backbone.staff" = 0 }
why = "the grant ends"

[[events]]
when = { measure = "members", below = 12, after = 24 }
set = { "backbone.allocation.engage" = 0.3, "backbone.allocation.capacity" = 0.15 }

[[events]]
month = 60
organisation = "NAME"
set = { member = false }

It sets fields that are dials (cisim explain FIELD says so), or of one organisation: member (true or false), \
resources (above 0) or commitment (0 to 1). Events at months stand in the order of their months."""
OTHERS = ("events", "measures", "sections")


def known() -> tuple[str, ...]:
    """All that can be explained."""
    paths = [info.path for info in (*fields(), *outcome_fields())]
    return (*OTHERS, *_tables(), *paths, *(measure.name for measure in _measures()))


def explain(name: str, json: bool) -> None:
    """`cisim explain`."""
    wanted = name.strip().strip("[]")
    found = _found(wanted)
    if json:
        document({"command": "explain", "name": wanted, **found})
        return
    for number, info in enumerate(found["fields"] if not _is_list(wanted) else []):
        if number:
            say()
        _tell_field(info)
    if found["fields"] and _is_list(wanted):
        _tell_section(wanted, found["fields"])
    if wanted == "sections":
        rows = [(each, _about(each)) for each in SECTIONS]
        table("Sections of a scenario file", ["section", "what it is about"], rows, left=2)
    if wanted == "events":
        say(EVENTS)
    _tell_measures(wanted, found["measures"])


def _found(wanted: str) -> dict[str, Any]:
    """Fields and measures that a name means.

    Raises:
        InputError: it means nothing.
    """
    measures = _measures()
    if wanted in OTHERS:
        return {
            "fields": [],
            "measures": [one._asdict() for one in measures] if wanted == "measures" else [],
            **({"sections": {each: _about(each) for each in SECTIONS}} if wanted == "sections" else {}),
            **({"text": EVENTS} if wanted == "events" else {}),
        }
    every = (*fields(), *outcome_fields())
    exact = find(wanted)
    if exact is not None:
        chosen = [exact]
    elif _is_list(wanted):
        chosen = [info for info in every if info.path.startswith(wanted + ".")]
    else:
        chosen = [info for info in every if info.name == wanted]
    meant = [one for one in measures if one.name == wanted]
    if not chosen and not meant:
        raise InputError(_unknown(wanted))
    return {"fields": [_as_json(info) for info in chosen], "measures": [one._asdict() for one in meant]}


def _unknown(wanted: str) -> str:
    near = nearest(wanted, known())
    hint = f"did you mean {near}?" if near else "see: cisim explain sections, cisim explain measures"
    return f"{wanted!r}: no field, section or measure is called so; {hint}"


def _is_list(wanted: str) -> bool:
    return wanted in _tables()


def _tables() -> tuple[str, ...]:
    """Sections and the tables inside them."""
    inner = {info.path.rpartition(".")[0] for info in fields()}
    return (*SECTIONS, *sorted(inner - set(SECTIONS)))


def _measures() -> tuple[Measure, ...]:
    default = Scenario()
    return measures_of(default.outcome_names, default.sector_names)


def _about(section: str) -> str:
    return (SECTIONS[section].__doc__ or "").split("\n")[0] if section in SECTIONS else ""


def _as_json(info: FieldInfo) -> dict[str, Any]:
    return {
        **info._asdict(),
        "allowed": allowed(info).removeprefix("must be "),
        "stage": [stage.strip() for stage in info.stage.split(",")],
        "dead_while": dead_while(info),
    }


def _tell_field(info: dict[str, Any]) -> None:
    say(info["path"], style="bold")
    rows = {
        "meaning": info["meaning"],
        "unit": info["unit"] or "none",
        "allowed": info["allowed"],
        "plausible": f"{info['low']:g} to {info['high']:g}" if info["low"] is not None else "",
        "default": f"{_value(info['default'])} ({_source(info['source'])})",
        "used in": "\n".join(STAGES.get(stage, stage) for stage in info["stage"]),
        "kind": KINDS[info["kind"]],
        "off at": "" if info["quiet"] is None else str(info["quiet"]),
        "no effect": "\n".join(f"while {path} is {value}" for path, value in info["dead_while"].items()),
    }
    pairs({what: text for what, text in rows.items() if text})


def _value(default: Any) -> str:
    if default is None:
        return "not set"
    if isinstance(default, tuple | list):
        return ", ".join(map(str, default)) or "none"
    return f"{default:g}" if isinstance(default, float) else str(default)


def _source(source: str) -> str:
    return "chosen by the authors, no source" if source == "chosen" else source


def _tell_section(name: str, infos: Sequence[dict[str, Any]]) -> None:
    rows = [
        (
            info["path"].removeprefix(name + "."),
            _value(info["default"]),
            info["unit"],
            info["kind"],
            info["meaning"],
        )
        for info in infos
    ]
    title = f"[{name}] {_about(name)}".strip()
    table(title, ["field", "default", "unit", "kind", "meaning"], rows, left=5)
    say()
    say(f"All about one of them: cisim explain {name}.{rows[0][0]}")


def _tell_measures(wanted: str, measures: Sequence[dict[str, str]]) -> None:
    if not measures:
        return
    if wanted == "measures":
        table(
            "What is recorded every month",
            ["measure", "unit", "meaning"],
            [(one["name"], one["unit"], one["meaning"]) for one in measures],
            left=3,
        )
        say()
        say(
            "indicator.NAME and agenda_fit.SECTOR follow a scenario's outcomes and sectors. outcome.NAME is an"
        )
        say("outcome in its own unit.")
        return
    for one in measures:
        say()
        say(f"{one['name']} (a measure, recorded every month)", style="bold")
        say(f"{one['meaning']}; unit: {one['unit'] or 'none'}", indent=2)
