"""`cisim validate facts`: the stylised facts, each with what was measured."""

from __future__ import annotations

from dataclasses import asdict

from cisim.cli.terminal import document, progress, say, table
from cisim.cli.work import announce_first_use
from cisim.facts import STRATEGIES, FactResult, check_facts
from cisim.seeds import check, seeds_from, seeds_in_words

HOLDS = "holds"
STYLES = {HOLDS: "green", "does not hold": "bold red"}
MEANING = (
    "The facts show that the model does what its authors set out to model. They are no evidence about the world. "
    "Chosen: the defaults were fitted to it. Held out: nothing was fitted to it when it was first tried. Built in: "
    "it follows from what a mechanism is."
)


def facts(runs: int, seed: int, threads: int | None, json: bool) -> int:
    """`cisim validate facts`: exit code 1 if one does not hold."""
    check(seed, runs)
    with announce_first_use(), progress("measuring", STRATEGIES, "strategies") as told:
        found = check_facts(runs, seed, threads=threads, progress=lambda done, _: told(done))
    seeds = seeds_from(seed, runs)
    failed = [fact for fact in found if fact.verdict != HOLDS]
    if json:
        document(
            {
                "command": "validate facts",
                "runs": runs,
                "seeds": {"first": int(seeds[0]), "last": int(seeds[-1])},
                "facts": [asdict(fact) for fact in found],
                "all_hold": not failed,
            }
        )
    else:
        _tell(found)
        say()
        say(
            f"{len(found) - len(failed)} of {len(found)} facts hold on {runs} paired runs, {seeds_in_words(seeds)}."
        )
        say(MEANING, style="dim")
    return 1 if failed else 0


def _tell(found: tuple[FactResult, ...]) -> None:
    rows = [
        [
            str(fact.number),
            fact.verdict,
            f"{fact.text}\n  measured: {fact.estimate}\n  standard error: {fact.standard_error}\n"
            f"  label: {fact.label}; evidence: {fact.evidence}",
        ]
        for fact in found
    ]
    table(
        "The facts that the default settings must show", ["", "verdict", "fact"], rows, left=3, styles=STYLES
    )
