"""The folder that `cisim import` writes: tables, a plan to fill in, what became of the files, a picture of the network."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from cisim.coalition import Roster
from cisim.coalition.answers import QUESTIONS
from cisim.coalition.dialogue import Note
from cisim.coalition.gather import Gathered
from cisim.coalition.table import shown
from cisim.errors import InputError, writing
from cisim.files import check_folder, exchange, read_text, replace_file, sha256_of, staging
from cisim.plan.costs import Costs, fields_of_costs
from cisim.plan.spec import read as read_plans
from cisim.plan.spec import read_common
from cisim.report.format import csv_line, plural
from cisim.scenario import FieldInfo, Scenario, find
from cisim.scenario.files import LARGEST, field_lines
from cisim.scenario.problems import Notes, fit
from cisim.scenario.toml import toml_key, toml_value

ORGANISATIONS, TIES, PLAN, REPORT, PICTURE = "organisations.csv", "ties.csv", "plan.toml", "import.md", "network.png"
#: Files for other programs, by what `--as` calls them.
OTHERS = {"graphml": ("network.graphml",), "kumu": ("kumu-elements.csv", "kumu-connections.csv")}
#: The dials that stand in a plan file: what all plans have in common, decided or known of the partners.
DIALS = (
    "coalition.founding", "coalition.trust", "coalition.turnover", "agenda.process", "agenda.cadence",
    "agenda.voice", "agenda.residents", "measurement.sharing", "activities.coordination", "communication.frequency",
    "backbone.staff", "backbone.member_share", "commitment.initial",
)  # fmt: skip
#: What a plan file says of the backbone where no answer does: none, and whoever pays for one is not the partners.
NO_BACKBONE = {"backbone.staff": 0, "backbone.member_share": 0}
#: The plans of a plan file to begin with.
PLANS = """\
# ---- Plans: what each changes. Always added: nothing new, and the same money on services.
#      Words: meet, start_with, invite, exclude, grant, extra_services, against, what_if_of, why; or any field.

[plans."one coordinator"]
backbone.staff = 1

[plans."three posts"]
backbone.staff = 3
against = "one coordinator"    # the report reads them against each other

[plans."three posts, from year 2"]
backbone.staff = { 13 = 3 }    # from month 13 on
against = "three posts"

[plans."three posts, quarterly meetings"]
backbone.staff = 3
meet = "quarterly"             # weekly, twice a month, monthly, every other month, quarterly, yearly, or n times a year
against = "three posts"

[plans."a grant of three years"]
grant = { per_year = 300000, from = 1, months = 36 }   # or amount = 900000, the whole grant

#[plans."the large first"]
#backbone.staff = 3
#start_with = "the 12 largest"          # or names of partners, or sectors
#invite = { month = 13, partners = "all others", at_a_time = 5, every = 4 }

#[plans."one stays away"]
#backbone.staff = 3
#exclude = ["NAME"]
#what_if_of = "three posts"             # what may happen to it, and nobody's choice

#[plans."services instead"]
#coalition.start = "never"
#extra_services = 3                     # posts
"""
GUESSES = """\
# ---- Guesses: what you don't know. All plans meet in worlds that are drawn from it. "unknown": the plausible range.
#      Everything else that nobody knows varies over its plausible range too, unless others = "fixed".

[guesses]
#"coalition.turnover" = { low = 0.1, high = 0.3 }
#"community.threshold" = "unknown"
"""
#: What the plans above decide, so that it cannot be guessed.
DECIDED = ("backbone.staff", "backbone.member_share", "communication.frequency")
#: The last line of a report: it tells a folder that cisim wrote, and whether its plan was changed since.
_MARK = re.compile(r"<!-- written by cisim import; plan.toml: ([0-9a-f]{64}) -->\s*\Z")
_HEADINGS = {"used": "Used", "assumed": "Assumed", "left out": "Left out", "repaired": "Repaired"}


class Imported(NamedTuple):
    """Result of an import: the files written, and what is to be said of them."""

    files: tuple[Path, ...]
    notes: list[Note]  #: what became of the files, and of the plan that was there.
    roster: Roster


def check_import(out: Path, also: Sequence[str], *, overwrite: bool) -> None:
    """Reject a folder that cannot be written, or files in it that must not be replaced: all in one message."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: is a file, not a folder")
    check_folder(out if out.exists() else out.parent)
    there = [name for name in _names(True, also) if os.path.lexists(out / name)]
    if there and not overwrite:
        advice = "--overwrite replaces what an earlier import wrote and keeps a plan.toml that was changed"
        raise InputError(f"{out}: {', '.join(there)} are there already: choose another folder ({advice})")
    if there and _plan_as_written(out) is None:
        raise InputError(
            f"{out}: {', '.join(there)} are there, and no import.md that cisim wrote: they are not replaced"
        )


def write_import(gathered: Gathered, out: Path, also: Sequence[str] = (), *, overwrite: bool = False) -> Imported:
    """Write a folder with all that was gathered, or nothing; see `check_import`.

    Raises:
        InputError: the folder cannot be written, or what was gathered is no coalition.
    """
    check_import(out, also, overwrite=overwrite)
    new_folder, as_written = not out.exists(), _plan_as_written(out)
    costs, wrong = _costs(gathered)
    plan = plan_text(gathered, costs, (out if out.name else out.resolve()).name or "my coalition")
    keep = (out / PLAN).exists() and sha256_of(out / PLAN) != as_written
    texts = {ORGANISATIONS: _csv(*gathered.organisations()), PLAN: plan}
    if gathered.ties is not None:
        texts[TIES] = _csv(*gathered.reports())
    texts |= {name: text for kind in also for name, text in _other(kind, gathered).items()}
    try:
        with writing(out):
            out.mkdir(exist_ok=True)
            with staging(out / REPORT) as staged:
                for name, text in texts.items():
                    _write(staged / name, text)
                plans = read_plans(staged / PLAN)
                scenario, members = plans.base, plans.roster
                _draw(scenario, staged / PICTURE)
                notes = [*gathered.notes, *wrong, *(_kept_plan(out / PLAN, scenario, gathered, costs) if keep else ())]
                digest = as_written if keep and as_written else hashlib.sha256(plan.encode()).hexdigest()
                _write(staged / REPORT, report_text(gathered.name, notes, members, digest))
                names = [name for name in _names(gathered.ties is not None, also) if not (keep and name == PLAN)]
                exchange([staged / name for name in names], [out / name for name in names], staged)
            if gathered.ties is None:
                (out / TIES).unlink(missing_ok=True)  # of an earlier import
    except BaseException:
        if new_folder:
            with suppress(OSError):
                out.rmdir()
        raise
    return Imported(tuple(out / name for name in names), notes, members)


def _names(ties: bool, also: Sequence[str]) -> list[str]:
    """Name the files of an import, the report last: whoever finds it finds all others."""
    return [ORGANISATIONS, *[TIES] * ties, PLAN, PICTURE, *(name for kind in also for name in OTHERS[kind]), REPORT]


def _plan_as_written(out: Path) -> str | None:
    """Return the hash of the plan that an earlier import wrote into a folder; None if none did."""
    try:
        found = _MARK.search(read_text(out / REPORT, LARGEST))
    except InputError:
        return None
    return found[1] if found else None


def _write(path: Path, text: str) -> None:
    replace_file(path, lambda file: file.write(text.encode()))


def _draw(scenario: Scenario, path: Path) -> None:
    from cisim import plot  # takes a second to load

    plot.save(plot.network(scenario, known=True), path)


def _costs(gathered: Gathered) -> tuple[Mapping[str, Any], list[Note]]:
    """Take the figures that may stand under [costs]; say of the others why not."""
    problems = Notes()
    names = [info.name for info in fields_of_costs()]
    known = {name: figure for name, figure in gathered.costs.items() if name in names}
    costs = fit(Costs.model_validate, Costs, known, problems)
    notes = [Note("repaired", f"Costs, not used: {problem.text}.") for problem in problems]
    notes += [Note("left out", f"Costs: cisim knows no {shown(name)}.") for name in gathered.costs if name not in names]
    return {name: getattr(costs, name) for name in known if name in costs.model_fields_set}, notes


def _kept_plan(path: Path, new: Scenario, gathered: Gathered, costs: Mapping[str, Any]) -> list[Note]:
    """Say that a plan was kept, and in what it does not fit the new files."""
    notes = [Note("assumed", f"{PLAN} was changed since an earlier import and is kept as it is.")]
    try:
        plan, kept_costs = read_common(path)
    except InputError as error:
        return [*notes, Note("assumed", f"{PLAN} is wrong, as `cisim plan check {PLAN}` says: {error.problems[0]}.")]
    if plan.coalition.ties != new.coalition.ties:
        line = "no ties any more" if new.coalition.ties is None else f'ties: write ties = "{TIES}" under [coalition]'
        notes.append(Note("assumed", f"{PLAN} does not say so, but there are {line}."))
    if gathered.outcomes and (missing := set(gathered.outcomes) - set(plan.outcome_names)):
        notes.append(Note("assumed", f"{PLAN} lacks outcomes that partners name: {', '.join(sorted(missing))}."))
    for dial, answer in gathered.answers.items():
        if answer and plan.value(dial) != (value := QUESTIONS[dial].values[answer - 1]):
            notes.append(
                Note("assumed", f"{PLAN} has {dial} = {plan.value(dial)}, your answer {answer} means {value}.")
            )
    for name, figure in costs.items():
        if (kept := getattr(kept_costs, name)) != figure:
            has = "no" if kept is None else "another"
            notes.append(
                Note("assumed", f"{PLAN} has {has} {name} under [costs], your figure is {toml_value(figure)}.")
            )
    return notes


# --- texts ----------------------------------------------------------------------------------------------


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "".join(map(csv_line, (header, *rows)))


def plan_text(gathered: Gathered, costs: Mapping[str, Any], name: str) -> str:
    """Write the plan file to fill in: the coalition and its outcomes, what plans have in common, plans, costs and guesses."""
    lines = [
        f"# Plans for the coalition of {gathered.name}, written by `cisim import`.",
        '# Take the "#" away before a name, and change the value, where you know better. Importing again keeps this file',
        "# once you have changed it. `cisim plan check plan.toml` says what is wrong, and what each plan means;",
        "# `cisim plan run plan.toml` runs them, `cisim plan report plan.toml` writes a report.",
        "", "[scenario]", f"name = {toml_value(name)}", "months = 60",
    ]  # fmt: skip
    common = {section: list(paths) for section, paths in groupby(DIALS, key=lambda path: path.partition(".")[0])}
    lines += ["", "[coalition]", f'file = "{ORGANISATIONS}"', *[f'ties = "{TIES}"'] * (gathered.ties is not None)]
    if gathered.ties is None and (count := len(gathered.partners)) <= 4:
        lines.append(f"degree = {2 if count > 2 else 0}  # ties are drawn; fewer than there are partners")
    lines += [line for path in common.pop("coalition") for line in _dial_lines(path, gathered)]
    lines += [
        "",
        "# ---- Outcomes: where each stands today, between 0 (worst) and 1 (best), or in its own unit and scale.",
    ]
    for outcome in gathered.outcomes:
        lines += ["", "[[community.outcomes]]", f"name = {toml_value(outcome)}", *_OUTCOME]
    if not gathered.outcomes:
        lines += ["", "#[[community.outcomes]]", '#name = "reading"', *_OUTCOME]
    lines += [
        "",
        PLANS,
        "# ---- Costs: what is not set is assumed, from published figures (`cisim plan check` names them).",
        "",
    ]
    lines += ["[costs]", *(_cost_line(info, costs.get(info.name)) for info in fields_of_costs())]
    lines += ["", GUESSES.rstrip("\n")]
    lines += [f'"{path}" = "unknown"    # {QUESTIONS[path].text}' for path in _unknown(gathered)]
    lines += ["", "# ---- What all plans have in common."]
    for section, paths in common.items():
        lines += ["", f"[{section}]", *(line for path in paths for line in _dial_lines(path, gathered))]
    return "\n".join(lines) + "\n"


def _unknown(gathered: Gathered) -> list[str]:
    """List the dials of which somebody answered that they don't know, and which no plan decides."""
    return [path for path, answer in gathered.answers.items() if answer is None and path not in DECIDED]


def _cost_line(info: FieldInfo, figure: float | str | None) -> str:
    """Write a cost with what it means: the figure that is given, or, as a comment, its default."""
    value = "" if info.default is None else toml_value(info.default)
    per = f" [{info.unit}]" if info.unit not in ("", "money") else ""
    told = f"#{info.name} = {value}" if figure is None else f"{info.name} = {toml_value(figure)}"
    return f"{told.ljust(26)} # {info.meaning}{per}"


#: What else there is to say of an outcome.
_OUTCOME = (
    "#baseline = 0.45",
    '#unit = "% of ..."',
    "#zero = 0       # value in this unit that means 0, the worst",
    "#one = 100",
    "#history = { 2021 = 41, 2023 = 42, 2025 = 42 }   # in place of baseline: if nothing new is done, it goes on like this",
    "#people = 4000  # of whom the whole of it is",
)


def _dial_lines(path: str, gathered: Gathered) -> list[str]:
    """Write a dial: with the value of an answer if there is one, else as a comment."""
    info = find(path)
    assert info is not None, path
    *about, last = field_lines(info)
    if path not in gathered.answers:
        return [*about, last if path not in NO_BACKBONE else f"{info.name} = {NO_BACKBONE[path]}"]
    question, answer = QUESTIONS[path], gathered.answers[path]
    if answer is None:
        where = "see [guesses]" if path in _unknown(gathered) else f"plausible is {info.low:g} to {info.high:g}"
        return [*about, f"# {question.text} You don't know: {where}.", last]
    value = toml_value(question.values[answer - 1])
    words = f"{question.text} Your answer {answer}: {question.looks_like[answer - 1]}."
    return [*about, f"# {words}", f"{toml_key(info.name)} = {value}"]


def report_text(name: str, notes: Sequence[Note], members: Roster, digest: str) -> str:
    """Write what became of the files, in Markdown."""
    ties = "no ties" if members.ties is None else plural(len(members.ties.first), "tie")
    lines = [f"# What cisim made of {_plain(name)}", "", f"{plural(len(members.names), 'partner')}, {ties}."]
    for use, heading in _HEADINGS.items():
        of_use = [note.text for note in notes if note.use == use]
        lines += ["", f"## {heading}", "", *(f"- {_plain(text)}" for text in of_use or ["Nothing."])]
    lines += ["", "## What a run takes from it", ""]
    lines += [f"- {_plain(what)} ({status}): {_plain(note)}" for what, status, note in members.columns]
    return "\n".join([*lines, "", f"<!-- written by cisim import; plan.toml: {digest} -->", ""])


def _plain(text: str) -> str:
    """Keep Markdown from taking signs in a text for its own."""
    return re.sub(r"([`*<\[|])", r"\\\1", " ".join(text.split()))


# --- for other programs ---------------------------------------------------------------------------------


def _other(kind: str, gathered: Gathered) -> dict[str, str]:
    if kind == "graphml":
        return {OTHERS[kind][0]: graphml(gathered)}
    header, rows = gathered.organisations()
    titles = ["Label", *("Type" if title == "sector" else title for title in header[1:])]
    ends, ties = gathered.reports()
    connections = [[source, target, "directed", *others] for source, target, *others in ties]
    elements, between = OTHERS[kind]
    return {elements: _csv(titles, rows), between: _csv(["From", "To", "Direction", *ends[2:]], connections)}


def graphml(gathered: Gathered) -> str:
    """Write the coalition as GraphML, partners as nodes with cisim's columns as attributes, ties as directed edges."""
    (titles, partners), (ends, ties) = gathered.organisations(), gathered.reports()
    index = {cells[0]: f"n{number}" for number, cells in enumerate(partners)}
    keys = [("node", title) for title in titles] + [("edge", title) for title in ends[2:]]
    kinds = {"name": "string", "sector": "string", "founder": "string"}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    for number, (kind, title) in enumerate(keys):
        of_type = kinds.get(title, "double")
        lines.append(f'<key id="d{number}" for="{kind}" attr.name={quoteattr(title)} attr.type="{of_type}"/>')
    lines.append('<graph edgedefault="directed">')
    for cells in partners:
        lines.append(f'<node id="{index[cells[0]]}">{_data(cells, 0)}</node>')
    for source, target, *cells in ties:
        lines.append(f'<edge source="{index[source]}" target="{index[target]}">{_data(cells, len(titles))}</edge>')
    return "\n".join([*lines, "</graph>", "</graphml>", ""])


def _data(cells: Sequence[str], first: int) -> str:
    return "".join(f'<data key="d{number}">{escape(text)}</data>' for number, text in enumerate(cells, first) if text)
