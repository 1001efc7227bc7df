"""Make docs/parameters.md from the scenario's models: `python docs/parameters.py`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from cisim.report.sentences import moved
from cisim.scenario import FieldInfo, fields, named_fields
from cisim.scenario.catalogue import dead_while
from cisim.scenario.moves import moves

HEAD = """# Parameters

Every field of a scenario, made from its definition by `python docs/parameters.py`; `cisim explain FIELD` tells the same.
A *dial* is read every month, and an event may change it; *setup* is fixed when a run begins. *Plausible* is the range to
sweep. A field does nothing at the value under *off at*, and no bit of a result depends on it while one of the fields
under *no effect while* has the value named there. Most defaults are plausible readings that were chosen so that the
model shows the facts of `cisim validate facts`; they are not estimates.

*Moves progress by* tells how far mean progress after ten years is apart over the plausible range of this field alone, in percentage
points of the gap, on the same luck (`python experiments/moves.py`); where that is less than a quarter of a point by default, the shipped
scenario in which it is most stands beside it, and a field that is below that everywhere *hardly* matters.
"""


def section(info: FieldInfo) -> str:
    """The table of a TOML file that a field stands in."""
    return info.path.rsplit(".", 1)[0]


def cell(value: object) -> str:
    """Text that does not break a table."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def span(low: float | None, high: float | None, dash: str = " to ") -> str:
    """A range in words."""
    return "" if low is None or high is None else f"{low:g}{dash}{high:g}"


def row(info: FieldInfo) -> str:
    """One line of a table."""
    default = "not given" if info.default is None else info.default
    dead = (f"`{path}` is {value}" for path, value in dead_while(info).items())
    cells = (
        f"`{info.path}`",
        default,
        info.unit,
        info.kind,
        ", ".join(info.choices) if info.choices else span(info.minimum, info.maximum),
        span(info.low, info.high),
        moved(moves().get(info.path, ())),
        "" if info.quiet is None else info.quiet,
        ", ".join(dead),
        info.meaning,
        info.source,
    )
    return "| " + " | ".join(cell(value) for value in cells) + " |"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, infos in groupby((*fields(), *named_fields()), key=section):
        parts.append(f"\n## [{name}]\n")
        parts.append(
            "| field | default | unit | kind | allowed | plausible | moves progress by | off at | no effect while | meaning | source of the default |"
        )
        parts.append("|---|---|---|---|---|---|---|---|---|---|---|")
        parts += [row(info) for info in infos]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(page(), encoding="utf-8")
