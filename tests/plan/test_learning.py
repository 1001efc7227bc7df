import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from cisim.plan.learning import hinges, worth_knowing, worth_knowing_all


def hypercube(random, worlds, factors):
    return (np.argsort(random.random((worlds, factors)), axis=0) + random.random((worlds, factors))) / worlds


@pytest.mark.parametrize("kind", ["normal", "skewed", "often zero"])
def test_of_ninety_guesses_that_do_nothing_one_is_named_in_at_most_one_case_in_twenty(kind):
    random, named = np.random.default_rng(41), 0
    for _ in range(200):
        difference = random.normal(size=100) if kind == "normal" else random.lognormal(sigma=1.5, size=100)
        if kind == "often zero":
            difference *= random.random(100) < 0.3
        named += bool(hinges(hypercube(random, 100, 90), difference))
    assert named <= 20  # 10 expected at most; more than 20 in one of a thousand tests


def test_guesses_that_matter_are_found_with_what_they_explain_and_where_they_flip_the_choice():
    random, found = np.random.default_rng(42), []
    for _ in range(50):
        x = hypercube(random, 200, 90)
        noise = random.normal(scale=0.5, size=200)
        difference = 0.3 + 2.0 * (x[:, 3] - 0.5) - 1.0 * (x[:, 7] - 0.5) + noise
        found.append({hinge.factor: hinge for hinge in hinges(x, difference)})
    assert all({3, 7} <= set(each) for each in found)
    assert sum(len(each) > 2 for each in found) <= 8
    whole = 4 / 12 + 1 / 12 + 0.25
    for factor, share, rises, flips_at in [(3, 4 / 12 / whole, True, 0.35), (7, 1 / 12 / whole, False, 0.8)]:
        these = [each[factor] for each in found]
        assert np.mean([each.explained for each in these]) == pytest.approx(share, abs=0.02)
        assert all(each.rises is rises for each in these)
        points = np.array([np.nan if each.flips_at is None else each.flips_at for each in these])
        assert np.nanmedian(points) == pytest.approx(flips_at, abs=0.03)
    assert all(each[3].clear for each in found)
    assert all(next(iter(each)) == 3 for each in found)  # the one that explains most comes first


def test_luck_is_no_part_of_what_guesses_could_explain():
    random = np.random.default_rng(43)
    x = hypercube(random, 400, 5)
    difference = x[:, 0] + random.normal(scale=0.5, size=400)
    (plain,), (corrected,) = hinges(x, difference), hinges(x, difference, noise=0.25)
    assert plain.explained == pytest.approx(1 / 12 / (1 / 12 + 0.25), abs=0.06)
    assert corrected.explained > 0.9


def test_a_choice_that_no_value_of_a_guess_turns_flips_nowhere():
    x = hypercube(np.random.default_rng(44), 100, 3)
    (hinge,) = hinges(x, 1.0 + 0.5 * x[:, 1])
    assert (hinge.factor, hinge.flips_at, hinge.clear) == (1, None, False)


def test_of_two_flips_the_one_nearest_to_the_plans_own_value_is_told():
    x = hypercube(np.random.default_rng(45), 200, 2)
    difference = (x[:, 0] - 0.2) * (x[:, 0] - 0.7)
    points = [hinges(x, difference, own=np.array([own, 0.5]))[0].flips_at for own in (0.1, 0.9)]
    assert points == pytest.approx([0.2, 0.7], abs=0.01)


def test_guesses_of_a_few_whole_numbers_or_none_and_no_differences_at_all_are_borne():
    x = np.stack([np.arange(60) % 2, np.zeros(60), np.arange(60.0) % 7], axis=1)
    (hinge,) = hinges(x, x[:, 0] - 0.25)
    assert (hinge.factor, hinge.explained) == (0, pytest.approx(1.0))
    assert hinge.flips_at == pytest.approx(0.25, abs=1e-6)
    assert hinges(x, np.zeros(60)) == ()
    assert hinges(x, np.full(60, np.nan)) == ()


def closed_form(mean, sd):
    """Expected gain by knowing a normal difference between two plans."""
    return sd * norm.pdf(mean / sd) + mean * norm.cdf(mean / sd) - max(mean, 0.0)


@pytest.mark.parametrize(("mean", "slope", "noise"), [(0.3, 1.0, 1.0), (-0.5, 1.0, 2.0), (0.2, 0.5, 1.0)])
def test_the_worth_of_knowing_a_guess_is_the_closed_form_of_a_normal_line_within_its_error(mean, slope, noise):
    random, results = np.random.default_rng(51), []
    for _ in range(200):
        x = ndtri(hypercube(random, 200, 2))
        common = random.normal(size=200)
        other = common + mean + slope * x[:, 0] + random.normal(scale=noise, size=200)
        worth = worth_knowing(x, np.stack([common, other, common - 9.0], axis=1))
        results.append((worth.value[0], worth.error[0], worth.value[1]))
    value, error, nothing = np.array(results).T
    true = closed_form(mean, slope)
    assert np.mean(value) == pytest.approx(true, abs=0.1 * true)
    assert np.mean(np.abs(value - true) < 1.96 * error) >= 0.9
    assert np.mean(nothing) < 0.15 * true


def test_what_moves_no_difference_between_plans_is_not_clear_and_what_does_is():
    random, wrong = np.random.default_rng(52), 0
    for _ in range(30):
        x = hypercube(random, 200, 40)
        common = 3.0 * x[:, 1] + random.normal(size=200)  # moves all plans alike
        values = np.stack([common, common + 2.0 * (x[:, 0] - 0.5) + random.normal(scale=0.5, size=200)], axis=1)
        worth = worth_knowing(x, values)
        assert worth.clear[0]
        assert np.argmax(worth.value) == 0
        wrong += bool(worth.clear[1:].any())
    assert wrong <= 6


def test_one_plan_alone_or_few_worlds_leave_nothing_to_learn():
    x = hypercube(np.random.default_rng(53), 60, 4)
    assert worth_knowing(x, x[:, :1]).value.tolist() == [0.0] * 4
    assert np.isnan(worth_knowing(x[:10], x[:10, :2]).value).all()


@pytest.mark.parametrize("runs", [2, 5])
def test_the_worth_of_knowing_everything_is_without_the_luck_of_few_runs(runs):
    random, results = np.random.default_rng(54), []
    for _ in range(200):
        difference = 0.2 + random.normal(size=(200, 1)) + random.normal(size=(200, runs))
        worth = worth_knowing_all(np.stack([np.zeros((200, runs)), difference], axis=1))
        results.append(worth)
    value, error, most = np.array(results).T
    true = closed_form(0.2, 1.0)
    assert np.mean(value) == pytest.approx(true, abs=0.05 * true)
    assert np.mean(most) > 1.08 * true
    assert np.mean(np.abs(value - true) < 1.96 * error) >= 0.9


def test_with_one_run_a_world_only_a_bound_is_known():
    worth = worth_knowing_all(np.array([[[0.0], [1.0]], [[0.0], [-0.5]]]))
    assert np.isnan(worth.value)
    assert worth.most == 0.25
