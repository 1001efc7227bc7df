"""Renew the parts of docs/odd.md that are made from the code and from docs/model.md: `python docs/odd.py`.

Such a part stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. The submodels are the text of model.md itself, with
links to the functions that implement it, so that the two pages can't say different things.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from cisim.dynamics import luck, stages
from cisim.dynamics.measures import measures_of
from cisim.scenario import FieldInfo, fields, named_fields
from cisim.scenario.events import Event, When
from cisim.validation.facts import FACTS

HERE = Path(__file__).parent
PAGE, MODEL = HERE / "odd.md", HERE / "model.md"
PARAMETERS: dict[str, Any] = runpy.run_path(str(HERE / "parameters.py"))

#: The text of a section before its first point.
BEFORE_POINTS = ""


@dataclass(frozen=True)
class Submodel:
    """A part of the model and the code that implements it.

    Attributes:
        section: the heading in model.md.
        code: the functions of the whole, in the order in which they run.
        points: point of model.md -> its functions in the order in which they run; `BEFORE_POINTS` is the text before
            the first point.
        before: what is taken of the text before the first point: all, nothing, or what stands from its first table on,
            without the motives.
        tables: whether tables and what follows them are taken; this page has its own where they are not.
    """

    section: str
    code: tuple[str, ...]
    points: Mapping[str, tuple[str, ...]]
    before: Literal["all", "from table", "nothing"] = "from table"
    tables: bool = True


_COALITION, _DYNAMICS = "cisim.coalition.", "cisim.dynamics."
_DISTURBANCE, _CONDITIONS, _AGENDA, _BACKBONE, _MEASUREMENT, _ACTIVITIES, _COMMUNICATION, _TIES, _RESIDENTS = (
    f"{_DYNAMICS}{module}."
    for module in (
        *("disturbance", "conditions", "agenda", "backbone", "measurement", "activities", "communication"),
        *("ties", "residents"),
    )
)

#: Of the arithmetic that works on many numbers at once, and of luck drawn for all who draw.
_AT_ONCE = (
    *("cisim.dynamics.luck." + name for name in ("draw_uniforms", "draw_normals")),
    *(
        "cisim.dynamics.arithmetic." + name
        for name in (
            *("exp", "expm1", "log", "log1p", "tanh", "power"),
            *("exponentials", "exponentials_less_1", "logarithms", "powers", "tangents", "in_a_row"),
        )
    ),
)

#: The points of each stage of a month, with the functions of each in the order in which they run.
POINTS: dict[str, dict[str, tuple[str, ...]]] = {
    "disturb": {
        "Point 1": (
            _DISTURBANCE + "happen",
            _DISTURBANCE + "start_or_end",
            _DISTURBANCE + "change_organisation",
            _DISTURBANCE + "classify_sizes",
            _DISTURBANCE + "begin_month",
            _CONDITIONS + "achieve",
            _DISTURBANCE + "forget_agenda",
        ),
        "Point 2": (_DISTURBANCE + "turn_over",),
        "Point 3": (_DISTURBANCE + "swing_resources",),
        "Point 4": (_DISTURBANCE + "leave_and_join", _TIES + "exposure"),
        "Point 5": (_BACKBONE + "collect_levy", _BACKBONE + "funded"),
    },
    "communicate": {
        "Point 1": (_COMMUNICATION + "contact", _COMMUNICATION + "better_practice"),
        "Point 2": (
            *(_COMMUNICATION + "share_goals", _TIES + "list_meetings", _TIES + "compare"),
            _COMMUNICATION + "hear_the_hub",
        ),
        "Point 3": (_COMMUNICATION + "share_awareness",),
        "Point 4": (_COMMUNICATION + "renew_ties", _COMMUNICATION + "learned_trust"),
        "Point 5": (_COMMUNICATION + "renew_ties",),
        "Point 6": tuple("cisim.dynamics.practice." + name for name in ("learn", "best_look", "with_tested")),
    },
    "measure": {
        BEFORE_POINTS: (_MEASUREMENT + "visibility", "cisim.dynamics.commitment.conviction"),
        "Point 1": (_MEASUREMENT + "look",),
        "Point 2": (_MEASUREMENT + "exchange_reports",),
        "Point 3": (_MEASUREMENT + "believe",),
        "Point 4": (_MEASUREMENT + "count_overhead",),
    },
    "agree": {
        "Point 1": (_AGENDA + "draft", _AGENDA + "give_voice", _AGENDA + "hear_residents", _AGENDA + "gini_of_voice"),
        "Point 2": (_AGENDA + "align",),
        "Forgetting": (_DISTURBANCE + "forget_agenda",),
    },
    "act": {
        "Point 1": (_ACTIVITIES + "apply_effort",),
        "Point 2": (_ACTIVITIES + "apply_effort", _ACTIVITIES + "aim", _TIES + "relate"),
        "Point 3": (_ACTIVITIES + "produce", _ACTIVITIES + "take_power_means"),
        "Point 4": (_ACTIVITIES + "adapt", _ACTIVITIES + "keep_floor"),
    },
    "progress": {BEFORE_POINTS: ("cisim.dynamics.community.progress", "cisim.dynamics.community.hill")},
    "commit": {
        BEFORE_POINTS: (
            _TIES + "compare",
            "cisim.dynamics.commitment.believed_progress",
            "cisim.dynamics.commitment.conviction",
            _AGENDA + "agenda_fit",
            "cisim.dynamics.commitment.commit",
        )
    },
    "build": {BEFORE_POINTS: (_BACKBONE + "build",)},
}
#: What runs before a stage at its start.
BEFORE = {"disturb": (_DISTURBANCE + "happen", _DISTURBANCE + "begin_month")}
#: The stages of a month in their order, by name.
STAGES = {
    stage.name: Submodel(
        f"{stage.section} (stage {number})",
        (*BEFORE.get(stage.name, ()), f"cisim.dynamics.{stage.module}.{stage.name}"),
        POINTS[stage.name],
    )
    for number, stage in enumerate(stages.STAGES)
}
#: What is no stage of a month.
OTHERS = {
    "founding": Submodel(
        "Month 0",
        (_COALITION + "generate.found", "cisim.dynamics.founding.begin"),
        {
            BEFORE_POINTS: (
                _COALITION + "generate.set_organisations",
                _COALITION + "generate.set_founders",
                _COALITION + "generate.set_roles",
                _COALITION + "generate.set_stances",
                "cisim.dynamics.founding.begin",
            ),
            "Ties": (
                _COALITION + "networks.core_chances",
                _COALITION + "networks.small_world",
                _COALITION + "networks.scale_free",
                _COALITION + "networks.all_ties",
                _COALITION + "networks.weigh_ties",
            ),
            "Sectors": (_COALITION + "rosters.roster",),
            "Files": (_COALITION + "rosters.roster",),
            "Practices": (_COALITION + "landscape.draw_landscape",),
        },
        before="all",
    ),
    "hub": Submodel(
        "Backbone organization (in stages 0 to 7)",
        (_BACKBONE + "hub",),
        {BEFORE_POINTS: (_BACKBONE + "hub",), "The levy": (_BACKBONE + "collect_levy",), "The funder": (_BACKBONE + "funded",)},
    ),
    "residents": Submodel(
        "Residents (in stages 2 to 5)",
        ("cisim.dynamics.community.progress",),
        {
            "Baselines": (_COALITION + "given.given_of", _RESIDENTS + "lived", _RESIDENTS + "level"),
            "The seat": (_RESIDENTS + "seat", _RESIDENTS + "engagement", _RESIDENTS + "wish"),
            "Point 1": (_RESIDENTS + "spread_effort",),
            "Point 2": (_RESIDENTS + "move_people",),
            "Point 3": (_RESIDENTS + "engage",),
        },
    ),
    "month": Submodel(
        "The month",
        (_DISTURBANCE + "begin_month",),
        {
            "In force": (_DISTURBANCE + "start_or_end",),
            "Intended and achieved": tuple(
                _CONDITIONS + name for name in ("achieve", "carried", "built", "in_proportion")
            ),
            "The hub": (_BACKBONE + "hub",),
        },
        before="nothing",
    ),
    "record": Submodel(
        "What is recorded",
        ("cisim.dynamics.record.record",),
        {
            "Collective progress": (
                "cisim.dynamics.record.record",
                "cisim.dynamics.record.record_organisations",
                "cisim.dynamics.record.record_members",
                "cisim.dynamics.record.record_ties",
                "cisim.dynamics.record.record_community",
                "cisim.dynamics.record.record_achieved",
                "cisim.dynamics.record.record_agenda",
                "cisim.dynamics.record.record_residents",
            )
        },
        before="nothing",
        tables=False,
    ),
    "account": Submodel(
        "The effort account",
        ("cisim.dynamics.record.record_effort",),
        {BEFORE_POINTS: ("cisim.dynamics.record.record_effort",)},
        before="all",
    ),
    "luck": Submodel(
        "Luck",
        ("cisim.dynamics.luck.key",),
        {
            BEFORE_POINTS: tuple(
                "cisim.dynamics.luck." + name
                for name in ("key", "slot_of", "mix", "word", "uniform", "normal", "quantile", "polynomial")
            )
            + _AT_ONCE,
            "Fields with a distribution": ("cisim.scenario.draws.draw_fields", "cisim.scenario.draws.value_at"),
        },
        before="all",
        tables=False,
    ),
}

#: Each stream of luck: what it decides, and who draws, once or in each month.
STREAMS = {
    "network": ("which pairs have a tie", "pair; organisation where a tie is moved, or chosen", "month 0"),
    "latent": ("which pairs have a latent tie", "pair", "month 0"),
    "tie strength": ("strength of a tie at founding", "pair", "month 0"),
    "trust": ("trust at founding", "direction of a tie", "month 0"),
    "size": ("nominal resources", "organisation", "month 0"),
    "competence": ("competence in a role", "organisation, role", "month 0"),
    "mission": ("the private part of a mission", "organisation, outcome", "month 0"),
    "bias": ("lasting error of what an organisation sees", "organisation, outcome", "month 0"),
    "practice": ("practice at founding", "organisation", "month 0"),
    "landscape": ("contribution of a bit of a practice", "bit, state of the bits it depends on", "month 0"),
    "landscape partners": ("on which other bits a bit depends", "bit, order of the others", "month 0"),
    "commitment": ("commitment on becoming a member", "organisation", "month 0"),
    "founder": ("is it there when the coalition starts?", "organisation", "month 0"),
    "field": ("value of a field that has a distribution", "field, by its path", "before month 0"),
    "turnover": ("does the leader leave?", "organisation", "each month"),
    "resources": ("own part of the swing of resources", "organisation", "month 0 and each month"),
    "resources in common": ("common part of the swing of resources", "one for all", "month 0 and each month"),
    "renewal": ("is the outside grant renewed?", "one for all", "when a term is over"),
    "exit": ("does a member leave?", "organisation", "each month"),
    "join": ("does a non-member join?", "organisation", "each month"),
    "reach": ("does the hub reach a member?", "organisation", "each month"),
    "contact": ("do the two ends of a tie meet?", "pair", "each month"),
    "look at practices": ("does it look at others' practices?", "organisation", "each month"),
    "look error": (
        "error of a look at a practice",
        "direction of a tie; organisation for the hub's offer",
        "each month",
    ),
    "experiment": ("does it try a bit of its practice?", "organisation", "each month"),
    "experiment bit": ("which bit it tries", "organisation", "each month"),
    "own error": ("error of judging what it tries", "organisation", "each month"),
    "drift": ("does a part of its practice slip, and which?", "organisation, component", "each month"),
    "outreach": (
        "does a member hear of the tested practice, and take over each of its bits?",
        "organisation, component",
        "each month",
    ),
    "look at indicators": ("noise of a look at an outcome", "organisation, outcome", "each month"),
    "report": ("does a member file a report?", "organisation", "each month"),
    "feedback": ("does the hub send a member all reports?", "organisation", "each month"),
    "community": ("noise of an outcome", "outcome", "each month"),
    "mood": ("noise of commitment", "organisation", "each month"),
    "design": ("points of a Latin hypercube", "factor", "before any run"),
    "study": ("seeds of a study whose runs each have luck of their own", "point", "before a run"),
}


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table."""
    cell = PARAMETERS["cell"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def link(function: str, *, short: bool = False) -> str:
    """A link to the file of a function."""
    module, name = function.rsplit(".", 1)
    return f"[`{name if short else function}`](../src/{module.replace('.', '/')}.py)"


def anchor(heading: str) -> str:
    """The name by which links reach a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(heading: str) -> str:
    """What stands under a heading of model.md; its links lead there from here."""
    model = MODEL.read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## )", model, re.DOTALL | re.MULTILINE)
    if found is None:
        raise LookupError(f"docs/model.md has no section {heading!r}")
    return found[1].strip().replace("](#", "](model.md#")


def blocks(heading: str) -> dict[str, str]:
    """A section of model.md by its points: `Point 1` for `**Point 1, review.**`, and so on."""
    parts = re.split(r"^(?=\*\*[A-Z])", section(heading), flags=re.MULTILINE)
    found = {BEFORE_POINTS: parts[0].strip()}
    for part in parts[1:]:
        label = part[2:].split("**")[0]
        found[label.split(",")[0].rstrip(".")] = part.strip()
    return found


def title(block: str) -> str:
    """What a point is about: `review` for `**Point 1, review.**`."""
    return block[2:].split("**")[0].partition(", ")[2].rstrip(".")


def submodel(part: Submodel) -> str:
    """The text of a submodel: that of model.md, each point with its functions."""
    found = blocks(part.section)
    before = found.pop(BEFORE_POINTS)
    if part.before == "from table":
        before = before[("\n" + before).index("\n|") :]
    texts = {} if part.before == "nothing" else {BEFORE_POINTS: before}
    texts |= {label: found[label] for label in part.points if label != BEFORE_POINTS}
    paragraphs = [f"From [{part.section}](model.md#{anchor(part.section)})."]
    for label, text in texts.items():
        paragraphs.append(text if part.tables else text.split("\n\n|")[0])
        if label in part.points:
            paragraphs.append(f"*Code:* {', '.join(link(function) for function in part.points[label])}.")
    return "\n\n".join(paragraphs)


def schedule() -> str:
    """The stages and points of a month in their order."""
    rows: list[tuple[object, ...]] = []
    for number, (name, part) in enumerate(STAGES.items()):
        found = blocks(part.section)
        points = [
            f"{label.removeprefix('Point ')} {title(found[label])}: "
            + ", ".join(link(function, short=True) for function in part.points[label])
            for label in part.points
            if label.startswith("Point ")
        ]
        if not points:
            points = [", ".join(link(function, short=True) for function in part.points[BEFORE_POINTS])]
        code = ", ".join(link(function, short=True) for function in part.code)
        where = f"[{part.section.split(' (')[0]}](model.md#{anchor(part.section)})"
        rows.append((number, f"`{name}`", where, code, "<br>".join(points)))
    record = OTHERS["record"]
    rows.append(
        ("", "record", f"[{record.section}](model.md#{anchor(record.section)})", link(record.code[0], short=True), "")
    )
    return table(("stage", "name", "what", "code", "points in their order"), rows)


def streams() -> str:
    """The streams of luck that the model draws from."""
    declared = luck.streams()
    # Not those that a user, or a test, has declared beside the model.
    models = {int(value) for name, value in vars(luck).items() if name.isupper() and name[0] != "_"}
    names = [name for name, number in declared.items() if number in models]
    if untold := [name for name in names if name not in STREAMS]:
        raise LookupError(f"STREAMS in docs/odd.py lacks {', '.join(untold)}")
    return table(("stream", "decides", "drawn by", "when"), ((f"`{name}`", *STREAMS[name]) for name in names))


def measures() -> str:
    """The measures of a record."""
    rows = measures_of(["NAME"], ["SECTOR"], ["GROUP"])
    return table(("measure", "unit", "meaning"), ((f"`{row.name}`", row.unit, row.meaning) for row in rows))


def facts() -> str:
    """The stylised facts with their labels."""
    rows = ((number, claim, label, evidence) for number, (claim, label, evidence, _) in FACTS.items())
    return table(("no.", "pattern", "label", "where it comes from"), rows)


def signs() -> dict[str, str]:
    """The sign in model.md of each field that has one."""
    found: dict[str, str] = {}
    model = MODEL.read_text(encoding="utf-8")
    for line in model.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 3 and cells[0].startswith("$"):
            names, values = re.findall(r"`([^`]+)`", cells[1]), re.findall(r"\$[^$]+\$", cells[0])
            if len(names) == len(values):
                found |= dict(zip(names, values, strict=True))
    found |= {name: sign for sign, name in re.findall(r"(\$[^$\n]+\$) = `([a-z_.]+)`", model)}
    for name in ("baseline", "weight", "trend"):  # of an outcome, and of a group: model.md calls them so in its tables
        found[f"community.outcomes.NAME.{name}"] = found.pop(name, "")
    for name in ("share", "shift", "barrier"):
        found[f"community.groups.NAME.{name}"] = found.pop(name, "")
    return found


def parameter(info: FieldInfo, sign: str) -> tuple[object, ...]:
    """The row of one parameter."""
    span = PARAMETERS["span"]
    default = "not given" if info.default is None else info.default
    allowed = ", ".join(info.choices) if info.choices else span(info.minimum, info.maximum)
    plausible = span(info.low, info.high)
    return (
        f"`{info.path}`", sign, default, info.unit, info.kind, allowed, plausible, info.stage, info.meaning, info.source,
    )  # fmt: skip


def parameters() -> str:
    """The parameters by section of a scenario."""
    known = signs()
    head = (
        "parameter", "sign", "default", "unit", "kind", "allowed", "plausible", "used in", "meaning", "source of the default",
    )  # fmt: skip
    parts = []
    for name, infos in groupby((*fields(), *named_fields()), key=PARAMETERS["section"]):
        rows = [parameter(info, known.get(info.path, "")) for info in infos]
        parts.append(f"#### Parameters: [{name}]\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def events() -> str:
    """What an event of a scenario may say."""
    said = [(f"events.{name}", field) for name, field in Event.model_fields.items()]
    said += [(f"events.when.{name}", field) for name, field in When.model_fields.items()]
    return table(
        ("field", "meaning"), ((f"`{name}`", field.description or "the condition of the event") for name, field in said)
    )


def regions() -> dict[str, str]:
    """Everything on the page that is made, by name."""
    texts = {name: submodel(part) for name, part in (STAGES | OTHERS).items()}
    return texts | {
        "facts": facts(),
        "schedule": schedule(),
        "streams": streams(),
        "measures": measures(),
        "parameters": parameters(),
        "events": events(),
    }


def renewed(page: str, parts: dict[str, str] | None = None) -> str:
    """The page with all that is made renewed, or the parts of another page."""
    for name, text in (regions() if parts is None else parts).items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise LookupError(f"the page needs one {begin} and one {end}")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
