"""Running plans: the same luck for all, the same bits however they are run, and what is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cisim.engine import simulate
from cisim.errors import InputError
from cisim.plan import BATCH
from cisim.plan import run as run_of
from cisim.plan.answers import answer, look_noise
from cisim.plan.costs import same_money
from cisim.plan.deciding import settle
from cisim.plan.guesses import draw
from cisim.plan.partners import task_of
from cisim.plan.run import run
from cisim.plan.spec import NOTHING_NEW, SERVICES, read
from cisim.plan.store import MANIFEST
from cisim.plan.worlds import in_world, world_seeds
from plan.county import HEAD, PLANS, county

SMALL = HEAD.replace("months = 24", "months = 12")
ALIKE = PLANS + "[plans.again]\nbackbone.staff = 3\n"


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    return read(county(tmp_path_factory.mktemp("county"), ALIKE))


@pytest.fixture(scope="module")
def results(plans):
    return run(plans, worlds=40)


def test_what_is_always_compared_stands_first(results) -> None:
    assert results.names == (NOTHING_NEW, SERVICES, "one", "three", "again")
    assert results.values.shape[:3] == (40, 5, 4)
    assert results.values.shape[3] == 25


def test_all_plans_of_a_world_meet_the_same_luck(results) -> None:
    assert np.array_equal(results.values[:, 3], results.values[:, 4], equal_nan=True)
    assert not np.array_equal(results.progress[0], results.progress[1])


def test_plans_that_are_alike_count_as_equal_and_are_not_ranked(results) -> None:
    assert results.settled.verdicts[3, 4] == "equal"
    assert results.settled.difference[3, 4] == 0


def test_a_world_is_what_its_scenarios_give_for_its_seeds(results) -> None:
    world, plan = 7, 2
    task = task_of(results)
    scenario = in_world(task, world)[plan]
    records = simulate(scenario, world_seeds(task, world), roster=results.plans.roster)
    names = [measure.name for measure in scenario.measures(results.plans.roster.sector_names)]
    assert np.array_equal(records[..., names.index("trust")], results.measure("trust")[world, plan], equal_nan=True)
    drawn = dict(zip((info.path for info in results.factors), results.guesses[world], strict=True))
    assert scenario.value("community.gain") == drawn["community.gain"]
    assert scenario.value("coalition.turnover") == drawn["coalition.turnover"]


def test_worlds_have_luck_of_their_own(results) -> None:
    seeds = np.concatenate([world_seeds(task_of(results), world) for world in range(40)])
    assert len(np.unique(seeds)) == 160


def test_in_every_world_nothing_new_goes_on_as_the_history_did(results) -> None:
    reading = 100 * results.measure("indicator.reading")[:, 0].mean(axis=1)  # (worlds, months + 1)
    assert np.abs(reading[:, -1].mean() - 42) < 1
    # What a world's four runs are off by is chance movement alone, as large as the world drew it.
    noise = results.guesses[:, [info.path for info in results.factors].index("community.noise")]
    assert (np.abs(reading[:, -1] - 42) < 5 * 100 * noise * np.sqrt(24 / 4) + 0.2).all()


def test_a_history_that_stands_still_stands_still_for_five_years(tmp_path) -> None:
    long = HEAD.replace("months = 24", "months = 60")
    results = run(read(county(tmp_path, "[plans.one]\nbackbone.staff = 1\n", long)), worlds=30, precision=100)
    yearly = 100 * results.measure("indicator.reading")[:, 0, :, ::12].mean(axis=(0, 1))
    assert np.abs(yearly - 42).max() < 1


def test_a_trend_holds_differences_between_plans_nearly_as_they_were(tmp_path) -> None:
    without = HEAD.replace("history = { 2016 = 42, 2020 = 42, 2025 = 42 }", "baseline = 0.42")
    means = []
    for head in (HEAD, without):
        results = run(read(county(tmp_path, PLANS, head)), worlds=30, precision=100)
        means.append((results.progress[:, 3] - results.progress[:, 0]).mean())
    assert means[0] == pytest.approx(means[1], abs=0.005)


def test_a_look_at_progress_is_that_of_all_who_report_over_the_outcomes_gaps(results) -> None:
    # Reading starts at 42 of 0 to 100, jobs half way; looks are off by 0.1 in each.
    alone = 0.1 * np.sqrt((0.5 / 0.58) ** 2 + (0.5 / 0.5) ** 2)
    assert look_noise(results, 0) == pytest.approx(alone)
    three = results.names.index("three")
    members = results.measure("members")[:, three, :, -1].mean()
    assert members > 3
    assert look_noise(results, three) == pytest.approx(alone / np.sqrt(0.8 * members))


def test_threads_do_not_change_when_it_stops(plans, monkeypatch) -> None:
    def settles(values, precision):
        return replace(settle(values, precision), verdicts=np.full((5, 5), "equal" if len(values) == 50 else "open"))

    monkeypatch.setattr(run_of, "settle", settles)
    assert [len(run(plans, worlds=80, threads=threads).values) for threads in (1, 3)] == [50, 50]


def test_threads_change_no_bit(plans, results) -> None:
    alone = run(plans, worlds=40, threads=1)
    assert np.array_equal(alone.values, results.values, equal_nan=True)


def test_one_guess_more_leaves_the_others_as_they_were(plans) -> None:
    assert len(plans.guesses) > 50
    assert np.array_equal(draw(plans.guesses, 3, 1)[5:9], draw(plans.guesses[5:9], 3, 1))
    assert not np.array_equal(draw(plans.guesses, 3, 1), draw(plans.guesses, 4, 1))
    assert not np.array_equal(draw(plans.guesses, 3, 1), draw(plans.guesses, 3, 2))


def test_draws_fill_their_ranges(plans) -> None:
    guesses = [guess for guess in plans.guesses if guess.path == "community.gain"]
    drawn = np.array([draw(guesses, world, 1)[0] for world in range(2000)])
    low, high, middle, _ = guesses[0].range
    assert low <= drawn.min() < low + 0.2 * (high - low)
    assert high - 0.2 * (high - low) < drawn.max() <= high
    assert drawn.mean() == pytest.approx((low + high + middle) / 3, abs=4 * (high - low) / np.sqrt(24 * 2000))


# --- money ----------------------------------------------------------------------------------------------


def test_the_same_money_pays_services_for_what_the_dearest_plan_takes(results) -> None:
    services, three = results.spent[1], results.spent[3]
    assert services.total == pytest.approx(three.total, rel=1e-3)
    assert results.strategies[1].scenario.funder.services == pytest.approx(
        same_money(three.total, results.plans.costs, 24), abs=1e-3
    )


def test_a_budget_names_who_is_over_it_and_does_not_change_the_same_money(tmp_path) -> None:
    plans = read(county(tmp_path, PLANS, SMALL + "budget = 240000\n"))
    results = run(plans, worlds=30, precision=100)
    assert results.spent[1].total == pytest.approx(results.spent[3].total, rel=1e-3)
    answers = answer(results, people=False)
    assert answers.standing("three").over is not None
    assert answers.standing("one").over is None


def test_an_added_point_costs_what_a_hand_calculation_says(results) -> None:
    answers = answer(results, people=False)
    three = answers.standing("three")
    added = 100 * (results.progress[:, 3] - results.progress[:, 0]).mean()
    # Three posts of 120,000 for two years, the data system once and two years of it; nothing new costs nothing.
    assert three.spent.total == pytest.approx(3 * 120_000 * 2 + 50_000 + 2 * 15_000)
    assert three.per_point.money == pytest.approx(three.spent.total / added)


# --- answers --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(results):
    return answer(results)


def test_answers_name_the_best_and_those_that_equal_it(answers) -> None:
    assert {answers.best, *answers.beside} >= {"three", "again"}
    assert answers.runner_up not in (answers.best, *answers.beside)


def test_standings_are_means_of_paired_differences(results, answers) -> None:
    three = answers.standing("three")
    added = results.progress[:, 3] - results.progress[:, 0]
    assert three.added.mean == pytest.approx(added.mean())
    assert three.ahead.ahead == (added.mean(axis=1) > 0).sum()
    outcome = three.outcomes[0]
    reading = results.measure("indicator.reading")[..., -1]
    better = (reading[:, 3] - reading[:, 0]).mean()
    assert outcome.added.mean == pytest.approx(100 * better)
    assert outcome.people[0] == pytest.approx(4000 * better)
    assert outcome.start == pytest.approx(42)


def test_partners_are_left_out_one_by_one_on_the_same_luck(results, answers) -> None:
    plan = results.names.index(answers.looked_at)
    row = results.plans.roster.names.index("Big District")
    task = task_of(results)
    lost = []
    for world in range(10):
        here = in_world(task, world)[plan]
        out = here.replace(events=[{"month": 1, "organisation": "Big District", "set": {"member": False}}])
        names = [measure.name for measure in here.measures(results.plans.roster.sector_names)]
        records = simulate(out, world_seeds(task, world), roster=results.plans.roster)
        lost.append(results.progress[world, plan] - records[:, -1, names.index("progress")])
    district = answers.partners[row]
    assert district.contribution.mean == pytest.approx(np.mean(lost))
    assert district.name == "Big District"
    assert district.leaves >= 0
    assert district.leaves + district.takes_part <= 1


def test_what_lasts_goes_on_from_the_end_of_the_plan(results, answers) -> None:
    plan = results.names.index(answers.looked_at)
    added = results.progress[:20, plan] - results.progress[:20, 0]
    assert answers.lasting.at_end.mean == pytest.approx(added.mean())
    assert answers.lasting.goes_on.mean > answers.lasting.ends.mean


# --- what is kept ---------------------------------------------------------------------------------------


def quick(plans, folder, **more):
    return run(plans, folder=folder, worlds=40, precision=100, **more)


@pytest.fixture
def small(tmp_path):
    return read(county(tmp_path, PLANS, SMALL))


def test_a_second_run_takes_what_is_kept(small, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "kept"
    first = quick(small, folder)
    monkeypatch.setattr("cisim.plan.run.one_world", lambda *_: pytest.fail("it ran again"))
    second = quick(small, folder)
    assert np.array_equal(first.values, second.values, equal_nan=True)


def test_what_is_torn_or_missing_is_made_again_to_the_same_bits(small, tmp_path) -> None:
    folder = tmp_path / "kept"
    first = quick(small, folder)
    parts = sorted(folder.glob("*.npz"))
    assert len(parts) == 40 // BATCH
    content = parts[1].read_bytes()
    parts[0].unlink()
    parts[1].write_bytes(content[: len(content) // 2])
    flipped = bytearray(parts[2].read_bytes())
    flipped[len(flipped) // 2] ^= 1
    parts[2].write_bytes(flipped)
    parts[3].write_bytes(content)  # of other worlds
    again = quick(small, folder)
    assert np.array_equal(first.values, again.values, equal_nan=True)


def test_an_interrupted_run_goes_on_where_it_was(small, tmp_path) -> None:
    folder = tmp_path / "kept"

    def stop(done: int) -> None:
        if done >= BATCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(small, folder, on_progress=stop, threads=1)
    there = {part: part.read_bytes() for part in folder.glob("*.npz")}
    assert there
    whole = quick(small, folder)
    assert all(part.read_bytes() == content for part, content in there.items())
    assert np.array_equal(whole.values, quick(small, None).values, equal_nan=True)


def test_results_of_something_else_are_not_taken(small, tmp_path) -> None:
    folder = tmp_path / "kept"
    quick(small, folder)
    with pytest.raises(InputError, match="holds results of other plans, guesses or settings"):
        quick(small, folder, seed=2)
    other = read(county(tmp_path, PLANS + "[guesses]\ncommunity.gain = 'unknown'\n", SMALL))
    assert np.array_equal(quick(other, folder, overwrite=True).guesses.shape, quick(small, None).guesses.shape)
    with pytest.raises(InputError, match="holds results of other plans"):
        quick(read(county(tmp_path, ALIKE, SMALL)), folder)


def test_a_strangers_folder_is_left_alone(small, tmp_path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="holds something else"):
        quick(small, folder, overwrite=True)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    with pytest.raises(InputError, match="is a file, not a folder"):
        quick(small, folder / "letter.txt")


def test_a_manifest_of_another_shape_is_no_traceback(small, tmp_path) -> None:
    folder = tmp_path / "kept"
    quick(small, folder)
    for content in ("[]", "{", json.dumps({"identity": 3}), ""):
        (folder / MANIFEST).write_text(content)
        with pytest.raises(InputError, match="holds results of other plans"):
            quick(small, folder)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"worlds": 1}, "worlds = 1: must be"),
        ({"runs": 1}, "runs = 1: must be"),
        ({"precision": 0}, "precision = 0: must be"),
        ({"precision": float("nan")}, "precision = nan: must be"),
        ({"seed": -1}, "seed = -1: must be"),
    ],
)
def test_arguments_are_checked(small, more, words) -> None:
    with pytest.raises(InputError, match=words):
        run(small, **more)


def test_a_part_that_would_unpack_to_more_than_it_may_is_not_unpacked(small, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "kept"
    first = quick(small, folder)
    part = sorted(folder.glob("*.npz"))[0]
    np.savez_compressed(part, values=np.zeros(first.values.size), identity="x", batch=0)
    loaded, load = [], np.load
    monkeypatch.setattr(np, "load", lambda content, **more: loaded.append(1) or load(content, **more))
    again = quick(small, folder)
    assert np.array_equal(first.values, again.values, equal_nan=True)
    assert len(loaded) == 40 // BATCH - 1


def test_more_than_the_memory_holds_is_refused_before_anything_runs(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("cisim.plan.run.simulate", lambda *_, **__: pytest.fail("it ran"))
    long = read(county(tmp_path, PLANS, HEAD.replace("months = 24", "months = 1200")))
    with pytest.raises(InputError, match="GB"):
        run(long, worlds=10_000, runs=100)


def test_what_happens_to_a_plan_is_read_against_it_and_is_no_choice(tmp_path) -> None:
    text = (
        PLANS
        + '[plans."it grows"]\nbackbone.staff = 9\nwhat_if_of = "three"\n[plans.two]\nbackbone.staff = 2\nagainst = "one"\n'
    )
    results = run(read(county(tmp_path, text, SMALL)), worlds=30, precision=100)
    answers = answer(results, people=False)
    grows, two = answers.questions
    assert (grows.name, grows.other, grows.risk) == ("it grows", "three", True)
    assert (two.name, two.other, two.risk) == ("two", "one", False)
    names = results.names
    more = results.progress[:, names.index("two")] - results.progress[:, names.index("one")]
    assert two.difference.mean == pytest.approx(more.mean())
    assert two.money == pytest.approx(results.spent[names.index("two")].total - results.spent[names.index("one")].total)
    assert "it grows" not in (answers.best, answers.looked_at, answers.runner_up, *answers.beside)
    # What nobody chooses is not what the same money is measured by.
    assert results.spent[1].total == pytest.approx(results.spent[names.index("three")].total, rel=1e-3)
