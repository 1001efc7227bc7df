"""Sentences and tables of answers to planners say what the results say, and never more than their intervals allow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cisim.plan.answers import Answers, answer
from cisim.plan.partners import Lasting
from cisim.report import answer_tables as tables
from cisim.report import answers as report
from cisim.report.answer_words import answer as sentences
from cisim.report.answer_words import find_out, hangs_on, lasts
from cisim.report.format import json_text
from plan.county import HEAD, PLANS
from plan.made_up import results

FOUR = PLANS + "[plans.late]\nbackbone.staff = { 1 = 0, 13 = 3 }\n"
BETTER = ("ahead of every other plan", "has closed")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("county")


def answers(place, added, head=HEAD, **settings) -> Answers:
    """Answers about made-up results, with one guess, which does nothing: more take time."""
    head += '[guesses]\nothers = "fixed"\n"coalition.turnover" = "unknown"\n'
    return answer(results(place, added, head=head, **settings), people=False)


def test_a_plan_that_is_ahead_of_all_is_said_to_be(place):
    told = sentences(answers(place, [0.01, 0.03, 0.08]))
    assert told[0].startswith(
        "After 2 years “three” has closed 8.0 percentage points more of the gap than doing nothing new (95 % interval, for all "
        "pairs of plans at once, 6.8 to 9.2)"
    )
    assert told[0].endswith("), and is ahead of every other plan on average.")
    assert told[1].startswith(
        "It is ahead of doing nothing new in 60 of 60 worlds and of the same money on services ($"
    )
    assert told[2].startswith("One county is one run: in nine of ten counties it would add ")
    assert told[3].startswith(
        "It takes $720,000 of cash in 2 years, $90,000 for each point of the gap that it adds (90 % interval $8"
    )
    assert told[3].endswith("; plans spend unequally, from $240,000 (“one”) to $720,000 (“three”).")


def test_a_plan_that_is_not_told_from_doing_nothing_new_is_not_called_better(place):
    told = sentences(answers(place, [0.0, 0.001, 0.004], spread=0.05))
    assert told[0].startswith(
        "After 2 years no plan is surely ahead of doing nothing new: 60 worlds do not tell it of the best, "
    )
    assert told[3].startswith(
        "It takes $720,000 of cash in 2 years, and no price of an added point can be given, since none is sure"
    )
    assert not any(words in sentence for words in BETTER for sentence in told)


def test_of_too_few_worlds_for_an_interval_none_is_told(place):
    few = answers(place, [0.01, 0.03, 0.08], worlds=6)
    assert "(too few worlds for an interval)" in sentences(few)[0]
    assert not [cell for row in tables.pairs_table(few).cells for cell in row if "inf" in cell]


def test_plans_that_do_harm_are_said_to_be_behind(place):
    told = sentences(answers(place, [-0.05, -0.09, -0.06]))
    assert told[0].startswith(
        "After 2 years every plan is behind doing nothing new, even the best of them, the same money on services"
    )
    assert not any(words in sentence for words in BETTER for sentence in told)


def test_where_nothing_new_is_best_what_it_hangs_on_and_what_lasts_are_of_the_plans_that_they_name(place):
    found = answers(place, [-0.01, -0.09, -0.06])
    of = found.standing("three").added
    found = replace(found, lasting=Lasting(36, of, of, of))
    assert (found.best, found.looked_at) == ("nothing new", "three")
    assert lasts(found)[0].startswith("In 60 worlds, “three” has added −6.0 (")
    assert tables.lasting_table(found).caption.startswith("What lasts of “three”")
    assert tables.hinges_table(found).caption == "What the lead of doing nothing new hangs on"


def test_plans_that_add_nothing_that_would_count_are_said_to_be_equal_to_doing_nothing(place):
    told = sentences(answers(place, [0.0001, 0.0002, 0.0004], spread=0.001, luck=0.001))
    assert told[0].startswith(
        "After 2 years no plan does more than doing nothing new that would count, not even “three”"
    )


def test_a_rival_that_is_not_told_apart_is_named(place):
    told = sentences(answers(place, [0.01, 0.075, 0.08], spread=0.03))
    assert "the most on average, but 60 worlds do not tell whether “one” would close as much." in told[0]
    assert "ahead of every other" not in told[0]


def test_a_rival_that_is_equal_is_named_as_such(place):
    told = sentences(answers(place, [0.01, 0.0799, 0.08], spread=0.002, luck=0.001))
    assert told[0].endswith("; “one” is within 0.5 of a point of it, too near to choose by this alone.")
    assert "ahead of every other" not in told[0]


def test_no_sentence_claims_more_than_the_intervals_of_any_made_up_results(place):
    """Whatever the numbers, a plan is called ahead only if the interval against each other plan lies above 0."""
    draws = np.random.default_rng(3)
    claims = 0
    for seed in range(40):
        added = draws.normal(0.01, 0.02, 3)
        found = answers(place, added, spread=float(draws.uniform(0.005, 0.06)), seed=seed)
        first, settled = sentences(found)[0], found.results.settled
        best = found.results.names.index(found.best)
        if "is ahead of every other plan" in first:
            claims += 1
            assert (np.delete(settled.low[best], best) > 0).all()
        if "has closed" in first:
            assert settled.low[best, 0] > 0
    assert claims > 3


def test_what_is_beyond_the_budget_is_said_with_its_years(place):
    found = answers(place, [0.01, 0.03, 0.08], head=HEAD + "budget = 300000\n")
    assert "; that is more than there is: up to $60,000 beyond it in years 1 and 2; " in sentences(found)[3]
    rows = {row[0]: row[-1] for row in tables.money_table(found).cells}
    assert rows["three"] == "up to $60,000 beyond it in years 1 and 2"
    assert rows["one"] == "no"


def test_the_price_of_a_point_is_the_hand_calculation(place):
    found = answers(place, [0.01, 0.03, 0.08])
    table = tables.money_table(found)
    row = next(dict(zip(table.header, row, strict=True)) for row in table.rows if row[0] == "three")
    added = found.results.progress[:, 3].mean() - found.results.progress[:, 0].mean()
    assert row["cost of an added point"] == pytest.approx(3 * 120_000 * 2 / (100 * added))


def test_luck_guesses_and_error_are_told_apart_and_are_those_that_were_put_in(place):
    found = answers(place, [0.01, 0.03, 0.08], worlds=400, spread=0.03, luck=0.015)
    table = tables.plans_table(found)
    row = next(dict(zip(table.header, row, strict=True)) for row in table.rows if row[0] == "three")
    assert row["guesses: spread between worlds"] == pytest.approx(0.03, rel=0.1)
    assert row["luck: spread within a world"] == pytest.approx(0.015, rel=0.1)
    low, high = row["error of the average: 90 % interval"]
    assert high - low == pytest.approx(2 * 1.65 * np.hypot(0.03, 0.015 / 2) / 20, rel=0.1)
    for each in (table, tables.outcomes_table(found)):
        assert {name.partition(":")[0] for name in each.header} >= {
            "error of the average",
            "guesses",
            "luck",
            "one county",
        }


def test_people_are_counted_in_the_outcome_that_says_how_many_there_are(place):
    table = tables.outcomes_table(answers(place, [0.01, 0.03, 0.08]))
    row = next(
        dict(zip(table.header, row, strict=True)) for row in table.rows if row[:2] == ("reading (% of pupils)", "three")
    )
    # 58 points are missing; 8 % of them are 4.64 points, which are 186 of 4,000 pupils.
    assert row["added"] == pytest.approx(4.64, rel=0.01)
    assert row["people"] == pytest.approx(185.6, rel=0.01)
    assert all(row[-1] is None for row in table.rows if row[0].startswith("jobs"))


def test_a_guess_that_decides_is_named_with_the_value_at_which_the_choice_turns(place):
    base = results(place, [0.01, 0.03, 0.05], spread=0.005, luck=0.004)
    names = [guess.path for guess in base.plans.guesses]
    at = names.index("community.gain")
    low, high = base.plans.guesses[at].range[:2]
    # The lead of three over one turns in the middle of the range.
    tilt = (base.guesses[:, at] - (low + high) / 2) / (high - low)
    base.values[:, 3, :, :, 0] += (0.1 * tilt - 0.018)[:, None, None] * np.linspace(0, 1, base.months + 1)
    found = answer(base, people=False)
    hinge = next(each for each in found.over_nothing if each.guess.path == "community.gain")
    assert hinge.hinge.rises
    assert any(line.startswith("Share of the gap that full effort closes: ") for line in find_out(found))
    assert len(tables.findings_table(found).rows) == len(found.findings)
    assert hangs_on(found)


def test_nothing_is_named_where_no_guess_matters(place):
    found = answers(place, [0.01, 0.03, 0.08])
    assert hangs_on(found) == ["No single guess is told from chance as what the order of the plans hangs on."]
    assert find_out(found) == [
        "Nothing that the file leaves open would, found out by itself, change the choice by enough to be told from chance."
    ]


def test_every_table_has_a_value_for_each_column_and_words_for_each_value(place):
    found = answers(place, [0.01, 0.03, 0.08, 0.02], plans=FOUR)
    every = report.tables(found) + report.background(found)
    assert len({table.name for table in every}) == len(every)
    for table in every:
        assert len(table.name) <= 31
        assert all(cell for row in table.cells for cell in row[:1])
        assert all(len(row) == len(table.header) for row in table.rows)
        assert "nan" not in table.text()


def test_the_document_holds_what_the_sentences_say(place):
    found = answers(place, [0.01, 0.03, 0.08])
    document = report.answers_document(found)
    assert document["answer"] == sentences(found)
    assert [plan["name"] for plan in document["plans"]] == list(found.results.names)
    assert document["plans"][3]["money"]["cash"] == 720_000
    assert '"best": "three"' in json_text(document)


def judged(place, added, verdicts) -> tuple[str, ...]:
    """Answers whose verdicts of each plan against doing nothing new are given, whatever the numbers say."""
    found = answers(place, added)
    settled = found.results.settled
    table = settled.verdicts.copy()
    table[1:, 0] = verdicts
    return sentences(replace(found, results=replace(found.results, settled=replace(settled, verdicts=table))))


def test_a_plan_that_is_surely_ahead_is_named_even_where_another_has_more_on_average(place):
    told = judged(place, [0.01, 0.03, 0.08], ["open", "ahead", "open"])[0]
    assert told.startswith(
        "After 2 years “one” is ahead of doing nothing new on average. The most on average is closed by “three”"
    )
    assert told.endswith("but 60 worlds do not tell whether that is ahead.")
    assert "no plan is surely ahead" not in told


@pytest.mark.parametrize("best", ["equal", "behind"])
def test_what_is_not_told_of_every_plan_is_not_said_of_every_plan(place, best):
    told = judged(place, [0.01, 0.03, 0.08], ["open", "open", best])[0]
    assert told.startswith(
        "After 2 years no plan is surely ahead of doing nothing new, nor is the best of them, “three”"
    )


def test_a_plan_that_changes_nothing_is_ahead_in_no_world(place):
    same = answers(place, [0.0, 0.0, 0.0], spread=0.0, luck=0.0)
    assert sentences(same)[1] == "In 60 worlds it does just what doing nothing new does."
    assert {row[-1] for row in tables.plans_table(same).rows if row[0] != "nothing new"} == {"the same"}


def test_where_nothing_is_guessed_nothing_is_said_to_differ_by_guesses(place):
    found = answer(results(place, [0.01, 0.03, 0.08], head=HEAD + '[guesses]\nothers = "fixed"\n'), people=False)
    assert "nothing is guessed, so worlds differ by luck alone" in sentences(found)[1]
    assert hangs_on(found) == ["Nothing is guessed, so the order of the plans hangs on no guess."]
    assert find_out(found) == ["Nothing is guessed, so finding out changes no answer."]


def test_what_may_happen_to_a_plan_is_not_called_the_best_of_the_plans(place):
    found = answers(place, [-0.05, -0.09, -0.06])
    risks = tuple(replace(plan, risk=True) if plan.name == "three" else plan for plan in found.results.strategies)
    told = sentences(replace(found, results=replace(found.results, strategies=risks), best="nothing new"))
    assert "the same money on services" in told[0]
    worst = answers(place, [-0.09, -0.09, -0.05])
    told = sentences(replace(worst, results=replace(worst.results, strategies=risks), best="nothing new"))
    assert "“three”" not in told[0]
