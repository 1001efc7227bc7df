"""The three sentences follow from the numbers of a comparison."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

from cisim.comparison import Comparison
from cisim.errors import InputError
from cisim.report.sentences import sentences
from synthetic import comparison, ensemble

LUCK = np.linspace(-0.05, 0.05, 40)
NOISE = 0.01 * np.cos(np.arange(40))
ALONE = 0.2 + LUCK


def numbers(sentence: str) -> list[float]:
    return [float(number.replace("\u2212", "-")) for number in re.findall(r"\u2212?\d+(?:\.\d+)?", sentence)]


def test_a_win_says_ahead_with_its_numbers():
    pair = comparison(ALONE, 0.5 + LUCK + NOISE)
    first, second, third = sentences(pair)
    row = pair.table(months=[36]).iloc[0]
    assert first.startswith("After 3 years, together has closed ")
    assert "together is 30." in first
    assert first.endswith("40 paired runs).")
    shown = numbers(first)
    hundredths = [100 * row[name] for name in ("mean", "reference_mean", "difference")]
    assert shown[1:4] == pytest.approx(hundredths, abs=0.051)
    assert shown[5:7] == pytest.approx([100 * row["low"], 100 * row["high"]], abs=0.051)
    assert "ahead of alone in 100 % of the runs" in second
    assert "The lead can be told from chance in every month from month 1 on; 67 % of it was there" in third


def test_a_loss_says_behind_and_lag():
    first, second, third = sentences(comparison(0.5 + LUCK + NOISE, ALONE))
    assert "together is 30." in first
    assert "percentage points behind" in first
    assert "in 0 % of the runs" in second
    assert "The lag can be told" in third


def test_an_interval_with_0_says_that_it_is_not_decided():
    pair = comparison(ALONE, ALONE + 0.001 + 5 * NOISE)
    row = pair.table(months=[36]).iloc[0]
    assert row["low"] < 0 < row["high"]
    first, second, third = sentences(pair)
    assert "these runs do not show which is ahead" in first
    assert "could be chance" in first
    assert "\u2212" in first
    assert not re.search(r"together is .* (ahead|behind)", first)
    assert f"ahead of alone in {100 * row['chance']:.0f} % of the runs" in second
    assert re.search(r"about [\d,]+ runs would show it in four tries out of five; if it is smaller, more", third)


def test_the_number_of_runs_that_would_decide_grows_as_the_difference_shrinks():
    def runs(shift: float) -> int:
        third = sentences(comparison(ALONE, ALONE + shift + 5 * (NOISE - NOISE.mean())))[2]
        return int(re.search(r"about ([\d,]+) runs", third)[1].replace(",", ""))

    assert runs(0.001) > 10 * runs(0.005)


def undecided(needed: float) -> str:
    """The third sentence about 40 runs whose mean difference is seen in four tries of five by so many runs.

    Many runs have an interval of 1.96 standard errors; the 80 % quantile of the normal distribution is 0.84.
    """
    noise = 0.05 * np.cos(np.arange(40))
    noise -= noise.mean()
    errors = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    return sentences(comparison(ALONE, ALONE + errors * noise.std(ddof=1) / np.sqrt(needed) + noise))[2]


@pytest.mark.parametrize(("needed", "told"), [(98.4, 99), (985.0, 990), (9_850.0, 9_900), (985_000.0, 990_000)])
def test_the_number_of_runs_told_shows_the_difference_in_four_tries_out_of_five(needed, told):
    assert f"about {told:,} runs would show it in four tries out of five; if it is smaller, more." in undecided(needed)
    many, effect = np.array([told, told - told // 20]), (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / np.sqrt(needed)
    power = stats.nct.sf(stats.t.ppf(0.975, many - 1), many - 1, effect * np.sqrt(many))
    assert power[1] < 0.79 <= power[0] < 0.81


def test_a_million_runs_are_the_most_that_are_told():
    assert "about 1,000,000 runs would show it" in undecided(998_000)
    assert "even a million runs would hardly show it" in undecided(1_010_000)


def test_the_second_sentence_has_the_share_of_runs_its_interval_and_nine_runs_in_ten_with_their_signs():
    luck = np.random.default_rng(1)
    alone, together = luck.gamma(1.5, 0.1, 40), luck.gamma(1.7, 0.1, 40)
    differences = together - alone
    ahead = int((differences > 0).sum())
    interval = stats.binomtest(ahead, 40).proportion_ci(method="wilson")
    low, high = 100 * np.quantile(differences, [0.05, 0.95])
    assert low < 0 < high
    assert sentences(comparison(alone, together))[1] == (
        f"With the same luck, together comes out ahead of alone in {100 * ahead / 40:.0f} % of the runs (95 % interval "
        f"{100 * interval.low:.0f} % to {100 * interval.high:.0f} %, ties counted half), and in nine runs out of ten the "
        f"difference lies between \u2212{-low:.1f} and {high:.1f} percentage points."
    )


@pytest.mark.parametrize(("sign", "side", "third"), [(1, "ahead", "lead"), (-1, "behind", "lag")])
def test_the_first_sentence_has_the_side_of_a_difference_and_the_signs_of_its_interval(sign, side, third):
    together = ALONE + 2 * NOISE + sign * 0.1
    interval = stats.ttest_rel(together, ALONE).confidence_interval(0.95)
    low, high = (f"{100 * bound:.1f}".replace("-", "\u2212") for bound in (interval.low, interval.high))
    said = sentences(comparison(ALONE, together))
    difference = 100 * abs(np.mean(together - ALONE))
    assert f": together is {difference:.1f} percentage points {side} (95 % interval {low} to {high}, 40 " in said[0]
    assert low.startswith("\u2212") == (sign < 0)
    assert f"together has closed {100 * together.mean():.1f} % of the gap on average" in said[0]
    assert said[2].startswith(f"The {third} can be told from chance")


@pytest.mark.parametrize("months", [18, 36, 60])
def test_the_third_sentence_has_the_month_and_the_early_share_that_the_runs_give(months):
    pair = comparison(ALONE, ALONE + 0.1, months=months, shape=2.0)
    together, alone = (pair.ensembles[name] for name in ("together", "alone"))
    values = together.values + np.random.default_rng(1).normal(0.0, 0.1, (*together.values.shape[:2], 1))
    noisy = type(together)(values, together.seeds, together.measures, together.scenario)
    differences = noisy.values[:, :, 0] - alone.values[:, :, 0]
    unclear = np.flatnonzero(stats.ttest_1samp(differences, 0.0).confidence_interval(0.95).low <= 0)
    mean, years = differences.mean(axis=0), 1 if months == 18 else 2
    assert 0 < mean[12 * years] / mean[-1] < 1
    first = "first year" if years == 1 else "first two years"
    assert sentences(Comparison({"alone": alone, "together": noisy}))[2] == (
        f"The lead can be told from chance in every month from month {unclear[-1] + 1} on; "
        f"{100 * mean[12 * years] / mean[-1]:.0f} % of it was there at the end of the {first}."
    )


def test_a_tiny_difference_is_not_promised_to_show():
    third = sentences(comparison(ALONE, ALONE + 1e-9 + 5 * (NOISE - NOISE.mean())))[2]
    assert "even a million runs would hardly show it" in third


def test_equal_runs_say_that_nothing_differs():
    first, second, third = sentences(comparison(ALONE, ALONE))
    assert "there is no difference in any run" in first
    assert "50 % of the runs" in second
    assert "More runs would hardly change that" in third


def test_a_small_but_certain_difference_keeps_its_side_of_0():
    first = sentences(comparison(ALONE, ALONE + 0.0002))[0]
    assert "0.02 percentage points ahead" in first
    assert "interval 0.02 to 0.02" in first


def test_a_gap_that_grew_is_said_to_have_grown():
    first = sentences(comparison(-0.3 + LUCK, ALONE))[0]
    assert "alone has let the gap grow by 30.0 %" in first


def test_a_lead_that_came_late_is_told_from_its_month_on():
    late = comparison(ALONE, ALONE)
    values = late.ensembles["together"].values.copy()
    values[:, 30:, 0] += 0.1
    values[:, :10, 0] -= 0.1
    together = late.ensembles["together"]
    changed = type(together)(values, together.seeds, together.measures, together.scenario)
    third = sentences(Comparison({"alone": late.ensembles["alone"], "together": changed}))[2]
    assert "every month from month 30 on; none of it was there at the end of the first two years" in third


def test_a_lead_that_turned_says_so():
    pair = comparison(ALONE, ALONE + 0.1)
    values = pair.ensembles["together"].values.copy()
    values[:, 24, 0] -= 0.5
    together = pair.ensembles["together"]
    changed = type(together)(values, together.seeds, together.measures, together.scenario)
    third = sentences(Comparison({"alone": pair.ensembles["alone"], "together": changed}))[2]
    assert "the difference still had the other sign" in third


def test_a_short_horizon_tells_months_and_no_first_years():
    first, _, third = sentences(comparison(ALONE, 0.5 + LUCK, months=7))
    assert first.startswith("After 7 months")
    assert third == "The lead can be told from chance in every month from month 1 on."


@pytest.mark.parametrize(
    ("strategy", "says"), [("x", "no strategy is called 'x'"), ("alone", "is the reference itself")]
)
def test_a_strategy_that_cannot_be_read_is_refused(strategy, says):
    with pytest.raises(InputError, match=says):
        sentences(comparison(ALONE, ALONE), strategy)


def test_one_run_is_too_few():
    with pytest.raises(InputError, match="at least 2 runs"):
        sentences(comparison([0.1], [0.2]))


def test_one_of_several_strategies_is_read_by_its_name():
    several = Comparison({"a": ensemble(ALONE), "b": ensemble(ALONE), "c": ensemble(0.5 + LUCK)})
    assert "c is 30.0 percentage points ahead" in sentences(several, "c")[0]
