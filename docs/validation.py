"""Measure every claim and write docs/validation.md with its pictures: `python docs/validation.py`, a quarter of an hour on two cores.

The whole of `cisim validate`. With names of cases, only these are measured anew: `python docs/validation.py degroot kalman`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cisim.files import replace_file
from cisim.validation.claims import FAILS, HOLDS, MET, MISSED, NOT_RUN, OF_FIELD, QUOTED, Claim, Effort
from cisim.validation.facts_suite import POINTS
from cisim.validation.page import svg
from cisim.validation.sources import SOURCES
from cisim.validation.suites import SUITES, Result, chosen, run_cases

HERE = Path(__file__).parent
PAGE = HERE / "validation.md"
PICTURES = HERE / "figures" / "validation"

HEAD = """# What can be checked, and what came out

Made by `python docs/validation.py` from the code, with seed {seed} and {points} points of each design over the parameter space.
`cisim validate` measures the same; `--quick` takes fewer runs and leaves out the longest cases.
Exit code 1 says that a claim does not hold.

**What it means.**
Limit cases verify the code: each condition, taken alone, is a known model with known results, reached by settings of the code that users run.
Nothing yet validates the model of a coalition as a whole.
Shares of gain are properties of this model, not effect sizes; intervals are within the model.

**In short:** {holds} of {compared} claims hold; {quoted} findings are quoted without a verdict.
Of {patterns} patterns that the field has counted [a population of coalitions](#what-the-field-has-counted) meets {met}, and misses the rest.
The defaults meet {reached} of {aims} aims on [the gain](#what-the-gain-is-made-of) and on [where all five are ahead](#where-all-five-are-ahead).
The thirteen facts hold together at the defaults; [elsewhere](#where-the-facts-hold) at these shares of points: {jointly}.
[Simpler models](#which-facts-simpler-models-show-too) show some of them too.

| word | meaning |
|---|---|
| exact | the expected value follows by mathematics |
| published | it is a figure of the source, or an order |
| computed | it comes from independent code |
| chosen | the defaults were fitted to it |
| held out | nothing was fitted to it when it was first tried |
| built in | it follows from what a mechanism is |
| background | quoted for the reader; no test |

A claim about means over runs holds if it is within five standard errors of both sides, and what the source's rounding allows.
A claim about order holds if every difference is above 0 by five standard errors.
A fact holds if it is clear by two, where it names no other number.
A pattern or an aim is met or missed by the criterion beside it; one that is missed is a finding about the model and no fault of the code.
"""


SOURCE_LIST = """## Sources

Of what is told of the field, with how far each was read for it. Where one could not be read again, figures that the defaults were fitted to, or that
are quoted, are as they are remembered. All other sources are those of [the model](model.md#sources).

{sources}
"""


def cell(text: str) -> str:
    """Escape text that would break a table, or be taken for a formula, an emphasis or a tag."""
    for sign in ("\\", "|", "$", "*", "_", "`", "[", "]"):
        text = text.replace(sign, "\\" + sign)
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")


def row(claim: Claim) -> str:
    """Write one line of a table."""
    measured = cell(claim.measured) + (
        f" ({cell(claim.error)})" if claim.error and claim.measured else cell(claim.error)
    )
    cells = (
        claim.verdict,
        cell(claim.text),
        cell(claim.expected),
        measured,
        f"{claim.kind}: {cell(claim.source)}",
    )
    return "| " + " | ".join(cells) + " |"


def section(result: Result) -> list[str]:
    """Write one case: what it is, its claims, its pictures."""
    of_field = all(claim.verdict in OF_FIELD and claim.expected for claim in result.finding.claims)
    heads = ("", "what", "the field", "this model") if of_field else ("", "claim", "expected", "measured")
    lines = [
        f"### {result.case.title}",
        "",
        f"{result.case.about}",
        f"Again: `cisim validate --case {result.case.name}`.",
        "",
        f"| {' | '.join((*heads, 'source'))} |",
        "|---|---|---|---|---|",
        *(row(claim) for claim in result.finding.claims),
        "",
    ]
    for number, picture in enumerate(result.finding.pictures, start=1):
        file = PICTURES / f"{result.case.name}-{number}.svg"
        replace_file(file, lambda opened, picture=picture: opened.write(svg(picture)))
        lines += [
            f"![{picture.description}]({file.relative_to(HERE).as_posix()})",
            "",
            f"*{picture.title}.*",
            "",
        ]
    return lines


def known_sections() -> dict[str, str]:
    """Read the page's sections by the names of their cases."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    sections = re.split(r"^(?=##)", text, flags=re.MULTILINE)
    names = [
        re.search(r"^Again: `cisim validate --case ([\w-]+)`\.$", section, re.MULTILINE)
        for section in sections
    ]
    return {name[1]: section.rstrip() + "\n" for name, section in zip(names, sections, strict=True) if name}


def page(sections: dict[str, str], effort: Effort) -> str:
    """Write the whole page."""
    counted = {name: Counter(re.findall(r"^\| ([a-z ]+) \| ", text, re.MULTILINE)) for name, text in sections.items()}
    verdicts = sum(counted.values(), Counter())
    (jointly,) = re.findall(
        r"^\| quoted \| all thirteen at once \|  \| (.*?) \(\d+ points each", sections["space"], re.MULTILINE
    )
    parts = [
        HEAD.format(
            seed=effort.seed,
            points=POINTS,
            holds=verdicts[HOLDS],
            compared=verdicts[HOLDS] + verdicts[FAILS],
            quoted=verdicts[QUOTED],
            met=counted["patterns"][MET],
            patterns=counted["patterns"].total(),
            reached=counted["gain"][MET] + counted["plausible"][MET],
            aims=sum(counted[name][MET] + counted[name][MISSED] for name in ("gain", "plausible")),
            jointly=jointly,
        )
    ]
    for suite in SUITES:
        parts += [f"## {suite.title}\n\n{suite.about}\n", *(sections[case.name] for case in suite.cases)]
    parts.append(SOURCE_LIST.format(sources="\n".join(f"- {source}" for source in SOURCES)))
    return "\n".join(parts).rstrip() + "\n"


def main(cases: Sequence[str]) -> None:
    """Measure and write; refuse to write a page on which a comparison is missing.

    Args:
        cases: measure only these, and leave the rest of the page as it is.
    """
    effort = Effort()
    found = list(
        run_cases(chosen([], cases, quick=False), effort, lambda done, title: print(done, title, flush=True))
    )
    missing = [claim.error for result in found for claim in result.finding.claims if claim.verdict == NOT_RUN]
    if missing:
        sys.exit("\n".join(["nothing is written: comparisons could not be made:", *missing]))
    PICTURES.mkdir(parents=True, exist_ok=True)
    sections = known_sections() | {result.case.name: "\n".join(section(result)) for result in found}
    text = page(sections, effort)
    replace_file(PAGE, lambda opened: opened.write(text.encode()))


if __name__ == "__main__":
    main(sys.argv[1:])
