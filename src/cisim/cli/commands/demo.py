"""`cisim demo`: a real network of organisations, without and with the five conditions."""

from __future__ import annotations

from pathlib import Path

import cisim
from cisim.cli.commands.compare import HOW_TO_READ, in_words, in_worlds, table_by_year
from cisim.cli.terminal import progress, say
from cisim.errors import InputError
from cisim.report.format import plural

PICTURE = "cisim-demo.png"
SCENARIO, RUNS, SEED, WORLDS = "real-coalition", 200, 1, 50


def demo() -> None:
    """See what the five conditions add; makes a picture.

    A real network of organisations lives through ten years, without and with them. Prints a table and what it says, and
    writes the picture cisim-demo.png into the current folder.
    """
    from cisim.plausible import RUNS as RUNS_OF_A_WORLD

    together = cisim.load(SCENARIO)
    alone = together.replace(**{"coalition.start": "never"})
    strategies = {"isolated impact": alone, "collective impact": together}
    with progress("running", 2 * RUNS) as on_progress:
        comparison = cisim.compare(strategies, RUNS, SEED, on_progress=on_progress)
    with progress("plausible settings", 2 * WORLDS * RUNS_OF_A_WORLD) as on_progress:
        worlds = cisim.compare_plausible(strategies, WORLDS, seed=SEED, on_progress=on_progress)
    roster = comparison.first.roster
    assert roster is not None
    outcomes = together.outcome_names
    say("What do the five conditions of collective impact add?", style="bold")
    say(
        f"{plural(len(roster.names), 'organisation')} that worked together in an emergency in Texas (surveyed by "
        f"Drabek et al. 1981) live through {together.months // 12} years, {RUNS} times: each on its own (isolated "
        "impact), and again, with the same luck, as a coalition with a common agenda, shared measurement, "
        "mutually reinforcing activities, continuous communication and a backbone of "
        f"{together.backbone.staff:g} posts (collective impact).\n"
        f"Progress is how much of the gap is closed between where {len(outcomes)} outcomes ({', '.join(outcomes)}) "
        "stood and where they could be."
    )
    table_by_year(comparison, "progress")
    say(f"\n{HOW_TO_READ}\n", style="dim")
    in_words(comparison)
    in_worlds(comparison, worlds)
    say(
        "\nThis is what the model implies, not a forecast: it has not been validated against any real coalition. "
        "The network is real; what the survey does not say (missions, resources, outcomes) is made up, anew for "
        "each run where it is a matter of chance.\n"
    )
    try:
        cisim.plot.save(cisim.plot.fan(comparison), Path(PICTURE))
    except InputError as error:
        raise InputError(f"{error}; run cisim demo in a folder in which you may write") from error
    say(
        f"The picture is {PICTURE}, in this folder.\n"
        "Next: cisim scenarios lists more, cisim compare NAME NAME runs them, cisim new begins your own."
    )
