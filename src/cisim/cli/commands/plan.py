"""`cisim plan`: plans of one file on the same luck, in worlds drawn from what nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisim.cli.options import Json, Overwrite, Seed, Threads, argument, flag, option
from cisim.cli.terminal import heading, note, progress, say, table, write_document
from cisim.plan import BATCH, JUDGES, PRECISION, RUNS, TRIALS, WORLDS
from cisim.report.format import plural

if TYPE_CHECKING:
    from cisim.plan.answers import Answers
    from cisim.plan.run import PlanResults
    from cisim.plan.spec import Plans

plan_app = typer.Typer(no_args_is_help=True, help="Compare plans: what is likely, what it costs, what it hangs on.")

PlanFile = Annotated[Path, argument("[PLAN]", "A plan file, as `cisim import` writes one.")]
_PLAN = Path("plan.toml")
#: Tables that are shown on a terminal unless all are asked for: of the plans, and of their money.
SHOWN = 2
_OUT = "Where finished worlds are kept; PLAN-results beside the plan by default."
Worlds = Annotated[int, option("N", "Worlds at most; it stops before if the order of the plans is settled.")]
RunsOfWorld = Annotated[int, option("N", "Runs of each plan in a world.")]
Precision = Annotated[float, option("POINTS", "Percentage points of progress below which two plans count as equal.")]
_LEVER = (
    "What may change: a field or word of a plan, such as backbone.staff=0:3:0.5 or meet=never,monthly; several times."
)
Results = Annotated[Path | None, option("FOLDER", _OUT, "--results")]


@plan_app.command()
def check(plan: PlanFile = _PLAN, json: Json = False) -> None:
    """Check a plan file, and say in a line for each plan what it changes."""
    from cisim.plan.spec import read
    from cisim.report.planning import plans_document, plans_in_words

    plans = read(plan)
    if json:
        write_document("plan check", file=str(plan), **plans_document(plans))
        return
    say(f"{plan}: nothing is wrong", style="bold green")
    _show_plans(plans, plans_in_words(plans))


def _show_plans(plans: Plans, about: dict[str, list[str]]) -> None:
    members = plans.roster
    who = f"{plural(len(members.names), 'partner')} in {plural(len(members.sector_names), 'sector')}"
    say(f"{plans.name}: {who}, {plural(plans.base.months, 'month')}.")
    for title, lines in about.items():
        say(f"\n{title}", style="bold")
        for line in lines:
            say(line, indent=2)


@plan_app.command()
def run(
    plan: PlanFile = _PLAN,
    results: Results = None,
    worlds: Worlds = WORLDS,
    runs: RunsOfWorld = RUNS,
    precision: Precision = PRECISION,
    seed: Seed = 1,
    threads: Threads = None,
    every: Annotated[bool, flag("--every-table", "Show all tables, as the report has them.")] = False,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Run all plans until their order is settled, and say what came of it. The same command goes on after a stop."""
    from cisim.report.answers import answers_document, answers_in_words, tables

    answers = _answers(plan, results, worlds, runs, precision, seed, threads, overwrite)
    if json:
        write_document("plan run", file=str(plan), **answers_document(answers))
        return
    for line in answers_in_words(answers):
        say(line)
    shown = SHOWN + bool(answers.questions)
    for each in tables(answers)[: None if every else shown]:
        table(each.caption, [each.header[0], *map(heading, each.header[1:])], each.cells)
        if each.note:
            say(each.note, style="dim")
    more = "" if every else " (partners, outcomes, guesses and more: --every-table)"
    say(f"\nNext: cisim plan report {plan}{more}", style="dim")


@plan_app.command()
def report(
    plan: PlanFile = _PLAN,
    out: Annotated[Path | None, option("FILE", "The report, .html; PLAN.html beside the plan by default.")] = None,
    results: Results = None,
    worlds: Worlds = WORLDS,
    runs: RunsOfWorld = RUNS,
    precision: Precision = PRECISION,
    seed: Seed = 1,
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a report for a board, and a workbook with all its tables. What `cisim plan run` has done is not done again."""
    from cisim.report.board import check_report, write_report

    page = out or (plan.with_suffix(".html") if plan.name else plan)
    check_report(page, overwrite=overwrite)
    answers = _answers(plan, results, worlds, runs, precision, seed, threads, overwrite=False)
    files = write_report(answers, page, overwrite=overwrite)
    say(f"Wrote {' and '.join(map(str, files))}")


@plan_app.command()
def advise(
    plan: PlanFile = _PLAN,
    lever: Annotated[list[str] | None, option("NAME=VALUES", _LEVER, "--lever")] = None,
    budget: Annotated[float | None, option("AMOUNT", "Cash over all months; that of [costs] by default.")] = None,
    robust: Annotated[bool, flag("--robust", "Aim at what is added at least in nine of ten worlds.")] = False,
    trials: Annotated[int, option("N", "Combinations to try.")] = TRIALS,
    worlds: Annotated[int, option("N", "Fresh worlds, at most, that judge what the search found.")] = JUDGES,
    runs: RunsOfWorld = RUNS,
    seed: Seed = 1,
    threads: Threads = None,
    picture: Annotated[Path | None, option("FILE", "Draw what money adds (.png, .svg or .pdf).")] = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Find the plans that add most for their money, over levers that you choose, and judge them in fresh worlds."""
    from cisim.files import check_file
    from cisim.plan.advise import LEVERS
    from cisim.plan.advise import advise as search
    from cisim.plan.spec import read
    from cisim.plot.canvas import ENDINGS
    from cisim.report.advice import advice_document, advice_in_words, option_toml, options_table

    if picture is not None:
        check_file(picture, ENDINGS, overwrite)
    plans = read(plan)
    with progress("trying and judging", trials + worlds, "combinations and worlds") as on_progress:
        advice = search(
            plans, lever or LEVERS, budget=budget, robust=robust, trials=trials, worlds=worlds, runs=runs, seed=seed,
            threads=threads, on_trial=on_progress, on_world=lambda done: on_progress(trials + done),
        )  # fmt: skip
    if picture is not None:
        from cisim.plot import save
        from cisim.plot.front import front

        save(front(advice), picture)
    if json:
        write_document("plan advise", file=str(plan), **advice_document(advice))
        return
    options = options_table(advice)
    table(options.caption, options.header, options.cells)
    say(options.note, style="dim")
    say()
    for line in advice_in_words(advice):
        say(line)
    say(f"\nThe best one, for {plan}:\n", style="dim")
    say(option_toml(advice.options[advice.best]))


def _answers(
    plan: Path,
    folder: Path | None,
    worlds: int,
    runs: int,
    precision: float,
    seed: int,
    threads: int | None,
    overwrite: bool,
) -> Answers:
    """Run what is not there yet, and work out the answers; Ctrl-C says how to go on."""
    from cisim.plan.answers import answer
    from cisim.plan.run import run
    from cisim.plan.spec import read

    plans = read(plan)
    kept = folder or plan.with_name(f"{plan.stem}-results")
    try:
        with progress("running", -(-worlds // BATCH) * BATCH, "worlds") as on_progress:
            done: PlanResults = run(
                plans, folder=kept, worlds=worlds, runs=runs, seed=seed, precision=precision, overwrite=overwrite,
                threads=threads, on_progress=on_progress,
            )  # fmt: skip
    except KeyboardInterrupt:
        note(f"Finished worlds are kept in {kept}: the same command goes on from there.")
        raise
    with progress("looking at partners", len(plans.roster.names), "partners") as on_progress:
        return answer(done, threads=threads, on_progress=on_progress)
