"""Advice: what is searched, what the front is, and that what judges has not been seen."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from cisim.errors import InputError
from cisim.plan import advise as advice_of
from cisim.plan import worlds as worlds_of
from cisim.plan.advise import MOST_JUDGED, OTHER_LUCK, Lever, Tried, advise, read_levers
from cisim.plan.costs import over_budget
from cisim.plan.spec import NOTHING_NEW, SERVICES, make_plan, read
from cisim.report.advice import advice_document, advice_in_words, option_toml, options_table
from plan.county import HEAD, PLANS, county

LEVERS = ("backbone.staff=0:2:1", "meet=never,monthly", "extra_services=0:4:1")
SMALL = HEAD.replace("months = 24", "months = 36")
#: Thirty combinations, of which a budget of some four posts a year leaves some out.
QUICK = {"levers": LEVERS, "budget": 1_600_000.0, "trials": 30, "worlds": 40, "runs": 2}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    return read(county(tmp_path_factory.mktemp("county"), PLANS, SMALL))


@pytest.fixture(scope="module")
def advice(plans):
    return advise(plans, **QUICK)


def test_levers_are_ranges_with_steps_or_values():
    levers = read_levers(
        ["backbone.staff=0:1.5:0.5", "extra_services=1:4:2", "meet=never, twice a month", "agenda.process=0,0.8"]
    )
    assert levers == (
        Lever("backbone.staff", (0.0, 0.5, 1.0, 1.5)),
        Lever("extra_services", (1, 3)),
        Lever("meet", ("never", "twice a month")),
        Lever("agenda.process", (0, 0.8)),
    )


@pytest.mark.parametrize(
    ("lever", "problem"),
    [
        ("backbone.staff", "must be NAME=LOW:HIGH:STEP or NAME=VALUE,VALUE"),
        ("backbone.staff=0:3", "must be LOW:HIGH:STEP, three numbers"),
        ("backbone.staff=0:nan:1", "LOW must be below HIGH"),
        ("backbone.staff=3:0:1", "LOW must be below HIGH"),
        ("backbone.staff=0:3:5", "STEP above 0 and at most their distance"),
        ("backbone.staff=0:3:0.001", "has 3001 values, at most 100 are allowed"),
        ("meet=monthly", "needs two or more values, each once"),
        ("meet=monthly,monthly", "needs two or more values, each once"),
        ("meet=monthly,hourly", 'lever meet = "hourly": must be one of never, yearly'),
        ("backbone.staff=-1:1:1", "lever backbone.staff = -1: must be a number from 0"),
        ("bakbone.staff=0:1:1", "lever bakbone: no such word or section; did you mean backbone?"),
    ],
)
def test_a_lever_that_is_none_is_refused_in_a_line(plans, lever, problem):
    with pytest.raises(InputError) as refused:
        advise(plans, [lever], trials=4)
    assert problem in refused.value.problems[0]


def test_arguments_that_are_wrong_are_all_told(plans):
    with pytest.raises(InputError) as refused:
        advise(plans, LEVERS, budget=0, trials=0, worlds=1, seed=-1)
    assert [problem.partition(" ")[0] for problem in refused.value.problems] == ["trials", "budget", "worlds", "seed"]


def test_the_front_is_what_none_within_the_budget_beats_in_both_aims_nor_doing_nothing_new():
    tried = [Tried({"n": n}, cash, added, beyond) for n, (cash, added, beyond) in enumerate(
        [(0, -0.1, 0), (10, 0.2, 0), (10, 0.1, 0), (20, 0.2, 0), (15, 0.3, 0), (30, 0.9, 5), (40, 0.4, 0), (5, -0.2, 0)]
    )]  # fmt: skip
    front = advice_of._front(tried)
    assert {name: each.settings["n"] for name, each in front.items()} == {"option-1": 1, "option-2": 4, "option-3": 6}
    assert [each.settings["n"] for each in advice_of._front([tried[0], tried[7]]).values()] == [0]
    many = [Tried({"n": n}, float(n), 0.1 * n, 0.0) for n in range(1, 40)]
    kept = [each.settings["n"] for each in advice_of._front(many).values()]
    assert (len(kept), kept[0], kept[-1]) == (MOST_JUDGED, 1, 39)


def test_few_combinations_are_all_tried_once(advice):
    settings = {tuple(each.settings.values()) for each in advice.tried}
    assert len(advice.tried) == len(settings) == 30


def test_the_budget_holds_and_the_front_rises(plans, advice):
    costs = plans.costs.model_copy(update={"budget_in_all": QUICK["budget"]})
    assert any(each.beyond > 0 for each in advice.tried)
    for option in advice.options:
        assert over_budget(costs, option.spent) is None
        assert option.spent.total <= QUICK["budget"]
    cash, promised = ([getattr(each, name) for each in advice.options] for name in ("spent", "promised"))
    assert [each.total for each in cash] == sorted(each.total for each in cash)
    assert promised == sorted(promised)
    within = [each for each in advice.tried if each.beyond <= 0]
    assert promised[-1] == max(each.added for each in within)


def test_no_combination_within_the_budget_is_refused_with_what_the_nearest_one_lacks(plans):
    with pytest.raises(
        InputError, match=r"no combination .* stays within the budget: the nearest one takes \$454,000 more"
    ):
        advise(plans, ["backbone.staff=1:2:1"], budget=1000.0, trials=2, worlds=2)


def test_the_same_seed_gives_the_same_advice_on_any_number_of_threads_and_another_seed_other_luck(plans):
    some = {**QUICK, "trials": 14, "worlds": 10}
    one, other, third = (
        advise(plans, **some, threads=1),
        advise(plans, **some, threads=3),
        advise(plans, **some, seed=5),
    )
    assert one.tried == other.tried
    assert len(one.tried) == 14  # too few for all, so these are the search's own
    assert np.array_equal(one.results.values, other.results.values, equal_nan=True)
    assert [each.settings for each in one.tried] != [each.settings for each in third.tried]


def test_worlds_that_judge_were_not_met_by_the_search(plans, monkeypatch):
    met = {"search": set(), "judge": set()}
    for module, name in ((advice_of, "search"), (worlds_of, "judge")):

        def seeds_of(task, world, *, name=name, known=worlds_of.world_seeds):
            met[name].add(task.seed)
            met[name].update(map(int, seeds := known(task, world)))
            return seeds

        monkeypatch.setattr(module, "world_seeds", seeds_of)
    advise(replace(plans, histories=()), **{**QUICK, "trials": 5})
    assert not met["search"] & (met["judge"] - {1 + OTHER_LUCK})
    assert 1 in met["judge"]  # the seeds that draw the worlds
    assert 1 + OTHER_LUCK in met["search"]


def test_a_lever_is_no_guess(tmp_path):
    file = county(tmp_path, f'{PLANS}\n[guesses]\n"coalition.turnover" = {{ low = 0.05, high = 0.4 }}\n', SMALL)
    plans = read(file)
    with pytest.raises(InputError, match=r"^coalition.turnover: cannot be a lever and a guess"):
        advise(plans, ["coalition.turnover=0.1:0.2:0.1"], trials=2)
    left = advice_of._undecided(plans, read_levers(["agenda.evidence=0.1,0.2"])).guesses
    assert {guess.path for guess in plans.guesses} - {guess.path for guess in left} == {"agenda.evidence"}


def test_without_optuna_one_line_says_what_to_install(plans, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match=r"^advice needs optuna: python -m uv sync --inexact --extra advice"):
        advise(plans, **QUICK)


def test_the_robust_aim_is_what_nine_worlds_in_ten_add_at_least(plans, advice):
    robust = advise(plans, **QUICK, robust=True)
    by_settings = {tuple(each.settings.values()): each.added for each in advice.tried}
    assert all(each.added <= by_settings[tuple(each.settings.values())] + 1e-12 for each in robust.tried)
    best = robust.options[robust.best]
    assert best.floor == max(option.floor for option in robust.options)
    added = robust.results.progress[:, robust.results.names.index(best.plan.name)] - robust.results.progress[:, 0]
    assert (added.mean(axis=1) >= best.floor).mean() == pytest.approx(0.9, abs=0.03)


def test_an_option_written_down_is_the_plan_that_was_judged(plans, advice, tmp_path):
    best = advice.options[advice.best]
    again = read(county(tmp_path, option_toml(best), SMALL)).given[best.plan.name]
    assert again.scenario.digest() == best.plan.scenario.digest()
    assert make_plan(plans, "x", best.settings).lines == best.plan.lines


def verdicts(advice, between):
    """Replace every verdict between options, and of each against nothing new."""
    settled = advice.results.settled
    words = settled.verdicts.copy()
    names = advice.results.names
    for one in names:
        for other in names:
            pair = "options" if NOTHING_NEW not in (one, other) else "nothing"
            if one != other and SERVICES not in (one, other):
                row, column = names.index(one), names.index(other)
                dearer = row > column
                verdict = between[pair]
                turned = {"ahead": "behind", "behind": "ahead"}.get(verdict, verdict)
                words[row, column] = verdict if dearer else turned
    return replace(advice, results=replace(advice.results, settled=replace(settled, verdicts=words)))


def test_sentences_claim_no_more_than_the_verdicts(advice):
    assert len(advice.options) >= 3
    sure = " ".join(advice_in_words(verdicts(advice, {"options": "ahead", "nothing": "ahead"})))
    assert "none of the options is sure" not in sure
    assert "counts as equal" not in sure
    unsure = " ".join(advice_in_words(verdicts(advice, {"options": "open", "nothing": "open"})))
    assert "do not tell it from doing nothing new: none of the options is sure to add anything" in unsure
    assert "a point." not in unsure
    assert unsure.count("for what these worlds do not tell from nothing") == len(advice.options) - 1
    equal = " ".join(advice_in_words(verdicts(advice, {"options": "equal", "nothing": "behind"})))
    assert equal.count("which counts as equal") == len(advice.options) - 1
    assert "it is behind doing nothing new: none of the options is sure" in equal


def test_the_table_and_the_document_have_every_option(advice):
    table, document = options_table(advice), advice_document(advice)
    assert [row[0] for row in table.rows] == [each["option"] for each in document["options"]]
    assert len(document["tried"]) == 30
    assert document["best"] == advice.options[advice.best].plan.name
    assert [row[1:4] for row in table.rows] == [
        tuple(f"{value:g}" if isinstance(value, float) else str(value) for value in option.settings.values())
        for option in advice.options
    ]
