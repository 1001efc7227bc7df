"""`cisim explain`: fields, sections, measures, events and the words of reports explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cisim.cli.options import Json, argument
from cisim.cli.terminal import pairs, say, table
from cisim.dynamics import stages
from cisim.dynamics.measures import Measure, measures_of
from cisim.errors import InputError, did_you_mean
from cisim.report.format import json_text, setting
from cisim.report.glossary import WORDS, Word, find_word

if TYPE_CHECKING:
    from cisim.scenario import FieldInfo

#: What happens in the stages of a month, as the model's text numbers them, and before the first month.
STAGES = {
    "run": "how long the run is and what it is called",
    "founding": "founding, before the first month",
    "network": "network at the founding",
    **{stage.name: f"stage {number}, {stage.name}: {stage.meaning}" for number, stage in enumerate(stages.STAGES)},
}
EVENTS = """\
An event changes a run: at a month, or once, in the month after a recorded measure crossed a value.

{}
It sets fields that are dials (cisim explain FIELD says so), or of one organisation: member (true or false), \
resources (above 0) or commitment (0 to 1). Events at months stand in the order of their months."""
#: What can be explained besides fields, sections and measures.
TOPICS = ("events", "measures", "plans", "sections", "words")
_NAME = (
    "A field such as backbone.staff, a section such as backbone, a measure such as trust, a word of a report such as gap; "
    "a section of a plan file such as costs; or: sections, measures, events, words, plans."
)


def explain(field: Annotated[str, argument("NAME", _NAME, known)], json: Json = False) -> None:
    """Explain a field, section, measure or word.

    It tells unit, bounds, default and its source, where it is used; of a word of reports, what it means.
    """
    from cisim.report import documents
    from cisim.scenario.files import EXAMPLE_EVENTS

    name = field.strip().strip("[]")
    word = find_word(name)
    fields, measures = _meant(name, word)
    events = EVENTS.format(EXAMPLE_EVENTS)
    if json:
        topics: dict[str, dict[str, Any]] = {"sections": {"sections": _sections()}, "events": {"text": events}}
        words = WORDS if name == "words" else [word] if word else []
        topic = topics.get(name, {"words": [each._asdict() for each in words]} if words else {})
        print(json_text(documents.explain(name, fields, measures, **topic)))
    elif name == "sections":
        table("Sections of a scenario file", ["section", "what it is about"], [*_sections().items()], left=2)
    elif name == "events":
        say(events)
    elif name == "plans":
        _show_words_of_plans()
    elif name == "words":
        table("Words of results and reports", ["word", "what it means"], [word[:2] for word in WORDS], left=2)
    elif name == "measures":
        table("What is recorded every month", ["measure", "unit", "meaning"], measures, left=3)
        more = "indicator.NAME and agenda_fit.SECTOR follow a scenario's outcomes and sectors; from progress.GROUP on, groups."
        say(f"\n{more} outcome.NAME is an outcome in its own unit.")
    else:
        if word:
            say(word.name, style="bold")
            say(word.meaning + (f"\nSee: cisim explain {word.see}" if word.see else ""), indent=2)
        if fields and fields[0].path.startswith(f"{name}."):
            _show_section(name, fields)
        else:
            _show_fields(fields)
        for measure in measures:
            say(f"\n{measure.name} (a measure, recorded every month)", style="bold")
            say(f"{measure.meaning}; unit: {measure.unit or 'none'}", indent=2)


def known() -> tuple[str, ...]:
    """List all that can be explained."""
    from cisim.scenario import fields, named_fields

    paths = [info.path for info in (*fields(), *named_fields(), *_costs())]
    tables = sorted({info.path.rpartition(".")[0] for info in (*fields(), *_costs())} | set(_sections()))
    words = (word.name for word in WORDS)
    return (*TOPICS, *tables, *paths, *(measure.name for measure in _measures()), *words)


def _meant(name: str, word: Word | None) -> tuple[Sequence[FieldInfo], Sequence[Measure]]:
    """Find the fields and measures that a name means: a field, a section or table of fields, or, of no word, a field's last part."""
    from cisim.scenario import fields, find, named_fields

    if name in TOPICS:
        return (), _measures() if name == "measures" else ()
    every = (*fields(), *named_fields(), *_costs())
    exact = find(name) or next((info for info in _costs() if info.path == name), None)
    chosen = [exact] if exact else [info for info in every if info.path.startswith(f"{name}.")]
    chosen = chosen or ([] if word else [info for info in every if info.name == name])
    measures = [measure for measure in _measures() if measure.name == name]
    if not chosen and not measures and not word:
        hint = did_you_mean(name, known(), "see: cisim explain sections, cisim explain measures, cisim explain words")
        raise InputError(f"{name!r}: no field, section, measure or word is called so; {hint}")
    return chosen, measures


def _sections() -> dict[str, str]:
    from cisim.scenario.catalogue import SECTIONS

    return {name: (section.__doc__ or "").split("\n")[0] for name, section in SECTIONS.items()}


def _costs() -> Sequence[FieldInfo]:
    from cisim.plan.costs import fields_of_costs

    return fields_of_costs()


def _show_words_of_plans() -> None:
    from cisim.plan.words import Words

    rows = [(name, field.description or "") for name, field in Words.model_fields.items()]
    table("Words of a plan, under [plans.NAME] of a plan file", ["word", "what it says"], rows, left=2)
    say(
        "\nWhat else stands there are fields of a scenario, such as backbone.staff. What things cost: cisim explain costs."
    )


def _measures() -> tuple[Measure, ...]:
    from cisim.scenario import Scenario

    return measures_of(Scenario().outcome_names, Scenario().sector_names, ["GROUP"])


def _show_fields(fields: Sequence[FieldInfo]) -> None:
    from cisim.report.sentences import moved
    from cisim.scenario.catalogue import allowed, dead_while
    from cisim.scenario.distributions import why_common
    from cisim.scenario.moves import moves

    drawn = "may be a range { low = ..., high = ... }, of which each run draws a value; middle = ... says the most likely one"
    dial = "read every month, may change in a run by [[events]]"
    setup = "read before the first month, cannot change in a run"
    for number, info in enumerate(fields):
        source = "chosen by the authors, no source" if info.source == "chosen" else info.source
        rows = {
            "meaning": info.meaning,
            "unit": info.unit or "none",
            "allowed": allowed(info).removeprefix("must be "),
            "plausible": f"{info.low:g} to {info.high:g}" if info.low is not None else "",
            "moves": f"progress at the end, over that range: {told}"
            if (told := moved(moves().get(info.path, ())))
            else "",
            "default": f"{setting(info.default)} ({source})",
            "used in": "\n".join(STAGES.get(stage.strip(), stage.strip()) for stage in info.stage.split(",")),
            "kind": f"{info.kind}: {dial if info.kind == 'dial' else setup}",
            "by run": "" if not info.numeric else f"no range: {common}" if (common := why_common(info)) else drawn,
            "off at": "" if info.quiet is None else str(info.quiet),
            "no effect": "\n".join(f"while {path} is {value}" for path, value in dead_while(info).items()),
        }
        if info.section == "costs":
            rows = {key: rows[key] for key in ("meaning", "unit", "allowed", "plausible", "default")}
        say(f"\n{info.path}" if number else info.path, style="bold")
        pairs({name: text for name, text in rows.items() if text})


def _show_section(name: str, fields: Sequence[FieldInfo]) -> None:
    rows = [(info.path[len(name) + 1 :], setting(info.default), info.unit, info.kind, info.meaning) for info in fields]
    about = (
        "What things cost, in a plan file; what is not set is assumed."
        if name == "costs"
        else _sections().get(name, "")
    )
    title = f"[{name}] {about}".strip()
    table(title, ["field", "default", "unit", "kind", "meaning"], rows, left=5)
    say(f"\nAll about one of them: cisim explain {fields[0].path}")
