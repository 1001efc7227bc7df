import numpy as np
import pytest

from cisim.errors import InputError
from cisim.plan.deciding import FEWEST, lead, ranks, regret, seen, settle, spread
from cisim.uncertainty import wilson


def looks(values):
    """Settle after every batch of 40 worlds."""
    return [settle(values[:worlds], 0.05) for worlds in range(20, len(values) + 1, 40)]


@pytest.mark.parametrize("skewed", [False, True])
def test_plans_equal_on_average_are_ranked_wrongly_in_at_most_one_case_in_twenty_however_often_one_looks(skewed):
    random, wrong = np.random.default_rng(11), 0
    for _ in range(1000):
        values = random.gamma(0.5, size=(400, 3)) - 0.5 if skewed else random.normal(size=(400, 3))
        wrong += any(np.isin(look.verdicts, ["ahead", "behind"]).any() for look in looks(values))
    assert wrong <= 0.05 * 1000


def test_looking_often_at_plain_intervals_would_rank_equal_plans():
    # What the confidence sequence is there for: the same looks with Student's intervals of the mean are wrong far more often.
    random, wrong = np.random.default_rng(11), 0
    for _ in range(300):
        differences = random.normal(size=400)
        wrong += any(not (of := spread(differences[:n, None])).mean_low < 0 < of.mean_high for n in range(20, 401, 40))
    assert wrong > 0.2 * 300


def test_identical_plans_are_called_equal_and_never_ranked():
    random = np.random.default_rng(12)
    for _ in range(100):
        one, other = random.normal(size=(2, 200))
        for look in looks(np.stack([one, other, one], axis=1)):
            assert look.verdicts[0, 2] == ("equal" if look.worlds[0, 2] >= FEWEST else "open")


def test_plans_that_differ_are_ranked_and_close_ones_are_equal():
    random = np.random.default_rng(13)
    common = random.normal(size=400)
    values = np.stack([common, common + random.normal(0.3, 0.5, 400), common + random.normal(0.0, 0.1, 400)], axis=1)
    of = settle(values, 0.05)
    assert of.verdicts.tolist() == [
        ["equal", "behind", "equal"],
        ["ahead", "equal", "ahead"],
        ["equal", "behind", "equal"],
    ]
    assert of.settled
    assert (of.low[1, 0], of.high[1, 0]) == pytest.approx((-of.high[0, 1], -of.low[0, 1]))
    assert of.low[1, 0] < 0.3 < of.high[1, 0]


@pytest.mark.parametrize("lead", [0.0, 0.01, 0.1])
def test_the_worlds_needed_are_those_that_settle(lead):
    def repeated(worlds):  # mean `lead`, sd 1, for even numbers of worlds
        standard = np.sqrt((worlds - 1) / worlds) * np.where(np.arange(worlds) % 2, 1.0, -1.0)
        return settle(np.stack([np.zeros(worlds), lead + standard], axis=1), 0.05)

    of = repeated(40)
    assert not of.settled
    needed = int(of.needed[0, 1])
    assert repeated(needed + needed % 2).settled
    assert not repeated(needed - 2 - needed % 2).settled


def test_a_world_without_a_value_counts_for_neither_and_a_precision_of_zero_is_refused():
    values = np.random.default_rng(15).normal([0.0, 5.0], size=(60, 2))
    values[:25, 1] = np.nan
    of = settle(values, 0.1)
    assert (of.worlds[0, 1], of.verdicts[0, 1]) == (35, "behind")
    with pytest.raises(InputError, match="precision = 0: must be above 0"):
        settle(values, 0)


@pytest.mark.parametrize("skewed", [False, True])
def test_ninety_percent_intervals_cover_and_the_three_uncertainties_come_out(skewed):
    random, covered, found = np.random.default_rng(21), np.zeros(2), []

    def draw(*shape):
        return (random.gamma(2.0, size=shape) - 2.0) / np.sqrt(2) if skewed else random.normal(size=shape)

    for _ in range(1000):
        of = spread(0.1 + 1.5 * draw(80, 1) + 0.7 * draw(80, 4))
        county = 0.1 + 1.5 * float(draw()) + 0.7 * float(draw())
        covered += [of.mean_low <= 0.1 <= of.mean_high, of.low <= county <= of.high]
        found.append((of.luck, of.guesses))
    assert np.all((covered >= 870) & (covered <= 930)), covered
    assert np.mean(found, axis=0) == pytest.approx([0.7, 1.5], rel=0.02)


def test_the_range_of_one_county_covers_with_twenty_worlds_too():
    random = np.random.default_rng(23)
    ranges = [spread(random.normal(size=(20, 1))) for _ in range(1000)]
    covered = sum(of.low <= county <= of.high for of, county in zip(ranges, random.normal(size=1000), strict=True))
    assert 870 <= covered <= 930


def test_guesses_are_without_the_luck_that_few_runs_leave_in_the_worlds_means():
    values = np.random.default_rng(22).normal(size=(2000, 2))  # worlds do not differ
    of = spread(values)
    assert values.mean(axis=1).std() > 0.6
    assert of.guesses < 0.2
    assert of.luck == pytest.approx(1, rel=0.05)
    assert of.error == pytest.approx(np.sqrt(0.5 / 2000), rel=0.05)


def test_one_run_a_world_cannot_tell_luck_from_guesses():
    of = spread(np.arange(40.0)[:, None])
    assert np.isnan([of.luck, of.guesses]).all()
    assert of.mean == 19.5


def test_a_lead_counts_ties_half_and_leaves_out_what_has_no_value():
    of = lead(np.array([1.0, 2.0, 0.0, -4.0, np.nan]))
    assert (of.worlds, of.ahead, of.worst, of.middle, of.best) == (4, 2.5, -4.0, 0.5, 2.0)
    assert (of.low, of.high) == pytest.approx(tuple(map(float, wilson(2.5 / 4, 4))))
    assert np.isnan(lead(np.array([np.nan])).middle)


def test_regret_is_what_the_best_plan_of_a_world_has_more():
    of = regret(np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 5.0], [np.nan, 1.0, 0.0]]))
    assert of.mean.tolist() == [2.5, 3.0, 1.5]
    assert of.most.tolist() == [5.0, 4.0, 3.0]
    assert of.q95 == pytest.approx([4.75, 3.9, 2.85])


def test_ranks_are_shares_of_worlds_and_ties_share_them():
    shares = ranks(np.array([[3.0, 1.0, 0.0], [1.0, 1.0, 0.0]]))
    assert shares.tolist() == [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]


def test_one_county_sees_a_plan_a_year_after_it_began_to_act_if_looks_are_exact_and_later_if_not():
    months, random = np.arange(61), np.random.default_rng(31)
    reference = random.normal(size=(20, 5, 61))
    plan = reference + 0.01 * np.maximum(months - 24, 0)  # from month 25 on
    assert seen(plan, reference, noise=0.0).month == 25
    # The mean of a year ending in month m lies at m - 5.5: 0.01 (m - 5.5 - 24) > 1.645 * 0.2 * sqrt(1 / 6) from 43 on.
    assert seen(plan, reference, noise=0.2).month == 43
    assert seen(plan, reference, noise=10.0).month is None


def test_a_plan_that_four_counties_in_five_see_must_be_seen_by_them_until_the_end():
    reference, plan = np.zeros((10, 1, 49)), np.ones((10, 1, 49))
    plan[:2] = -1.0
    assert seen(plan, reference, noise=0.1).month == 12
    assert seen(plan, reference, noise=0.1, share=0.9).month is None
    plan[:, :, 30:] = -1.0
    assert seen(plan, reference, noise=0.1).month is None
    assert seen(plan, reference, noise=0.1).shares[29] == 0.8
