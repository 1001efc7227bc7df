import numpy as np
import pytest

from cisim.plan.signs import early_signs


def runs_of(random, worlds):
    """Draw how well runs end, those of one world alike, and looks that say nothing, those of one world alike too."""
    ends = random.normal(size=(worlds, 1)) + random.normal(size=(worlds, 5))
    return ends, random.normal(size=(worlds, 1, 20)) + random.normal(size=(worlds, 5, 20))


def test_of_twenty_looks_that_say_nothing_one_is_named_in_at_most_one_case_in_twenty():
    random, named = np.random.default_rng(61), 0
    for _ in range(100):
        ends, looks = runs_of(random, 100)
        named += bool(early_signs(looks, ends > 0))
    assert named <= 12  # 5 expected; more than 12 in one of a thousand tests


def test_signs_are_found_in_their_order_and_direction_with_the_rates_that_new_runs_have():
    random = np.random.default_rng(62)
    ends, looks = runs_of(random, 1000)
    looks[..., 4] = ends + random.normal(size=ends.shape)
    looks[..., 9] = 50.0 - ends + 2.0 * random.normal(size=ends.shape)
    best, second = early_signs(looks, ends > 0)
    assert (best.column, best.above) == (4, True)
    assert (second.column, second.above) == (9, False)
    assert second.threshold == pytest.approx(50.0, abs=1.0)
    shown = looks[..., 4] >= best.threshold
    assert best.hit == pytest.approx(shown[ends > 0].mean(), abs=0.04)
    assert best.false_alarm == pytest.approx(shown[ends <= 0].mean(), abs=0.04)
    assert best.if_shown == pytest.approx((ends > 0)[shown].mean(), abs=0.04)
    assert best.if_not == pytest.approx((ends > 0)[~shown].mean(), abs=0.04)
    pairs = looks[..., 4][ends > 0][:, None] > looks[..., 4][ends <= 0]
    assert best.told_apart == pytest.approx(pairs.mean(), abs=0.03)


def test_the_worlds_that_judge_had_no_part_in_choosing():
    random = np.random.default_rng(63)
    ends, looks = runs_of(random, 400)
    looks[::2, :, 0] += 5.0 * ends[::2]  # says everything in every second world, and nothing in the others
    assert early_signs(looks, ends > 0) == ()
    looks[1::2, :, 0] += 5.0 * ends[1::2]
    assert [sign.column for sign in early_signs(looks, ends > 0)] == [0]


def test_runs_without_a_look_are_left_out_and_where_all_end_alike_there_is_no_sign():
    random = np.random.default_rng(64)
    ends, looks = runs_of(random, 200)
    looks[..., 0] = np.where(random.random(ends.shape) < 0.3, np.nan, ends)
    (sign,) = early_signs(looks, ends > 0)
    assert (sign.column, sign.told_apart) == (0, 1.0)
    assert (sign.hit, sign.false_alarm) == pytest.approx((1.0, 0.0), abs=0.02)
    assert early_signs(looks, np.ones(ends.shape, dtype=bool)) == ()
