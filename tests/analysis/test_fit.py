"""Planted values are recovered, ranks are even, and what data cannot tell is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

import cisim
from analysis.test_sensitivity import LINEAR
from cisim.analysis.fit import bank_of, fit, fit_of, ranks, read_observed
from cisim.errors import InputError
from cisim.report.analysed import fit_answer
from cisim.study import Factor, parse, run

FACTORS = (
    Factor("community.gain", "uncertainty", low=0.01, high=0.1, scale="log"),
    Factor("community.threshold", "uncertainty", low=1.5, high=2.9),
)


def both(x):
    """Two outcomes, of which each factor decides one."""
    return np.c_[np.log(x[:, 0]), x[:, 1]]


def ratio(x):
    """One outcome, which a larger gain raises as a lower threshold does."""
    return (np.log(x[:, 0]) / np.log(10) - (x[:, 1] - 1.5) / 1.4)[:, None]


def drawn(of, runs=1000):
    luck = np.random.default_rng(1)
    x = np.c_[0.01 * 10 ** luck.random(runs), 1.5 + 1.4 * luck.random(runs)]
    y = of(x)
    return x, y + 0.1 * luck.standard_normal(y.shape)


def seen(values, error=0.0):
    return pd.DataFrame({"month": 60, "outcome": "progress", "value": values, "error": error})


def test_planted_values_are_recovered_and_go_into_a_scenario():
    truth = np.array([[0.03, 2.2]])
    found = fit_of(FACTORS, *drawn(both), seen(both(truth)[0]))
    assert found.problem == ""
    assert found.unlearned == []
    assert not found.pairs["trade_off"].any()
    assert found.check["inside"].all()
    for row, value in zip(found.table.to_dict("records"), truth[0], strict=True):
        assert row["low"] < value < row["high"]
        assert row["middle"] == pytest.approx(value, rel=0.1)
    scenario = cisim.load("all-five").replace(**{"community.threshold": found.ranges()["community.threshold"]})
    low, high = found.table.loc[1, ["low", "high"]]
    assert low <= scenario.drawn(1)["community.threshold"] <= high


def test_factors_that_trade_off_are_told():
    found = fit_of(FACTORS, *drawn(ratio), seen([-1.8]))
    assert found.pairs["trade_off"].all()
    assert found.pairs["correlation"].item() > 0.6


def test_a_factor_that_the_data_say_nothing_of_is_told():
    found = fit_of(FACTORS, *drawn(lambda x: x[:, 1:]), seen([2.2]))
    assert found.unlearned == ["community.gain"]


def test_data_out_of_reach_are_refused():
    found = fit_of(FACTORS, *drawn(both), seen([-3.0, 5.0]))
    assert found.problem == "far"
    with pytest.raises(InputError, match="no run of the study comes near"):
        found.ranges()


def test_an_error_of_the_data_widens_what_is_fitted():
    sure, unsure = (fit_of(FACTORS, *drawn(both), seen([-3.5, 2.2], error)) for error in (0.0, 0.5))
    assert (unsure.table["learned"] < sure.table["learned"]).all()


def test_ranks_are_even():
    bank = bank_of(FACTORS, *drawn(both), np.zeros(2), np.random.default_rng(2))
    for shares in ranks(bank).T:
        assert chisquare(np.histogram(shares, 10, (0, 1))[0]).pvalue > 0.01


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("month,value\n1,2\n", "outcome: no column has this name"),
        ("month,outcome,value,eror\n1,progress,2,1\n", "did you mean error"),
        ("month,outcome,value\n1,progress,x\n2,progress,1\n", r"data.csv:2: value = 'x': must be a number"),
        ("month,outcome,value\n1.5,progress,1\n", "must be a whole number"),
        ("month,outcome,value\n1,progress,\n", "value: is missing"),
        ("month,outcome,value\n1,,2\n", "outcome: is missing"),
        ("month,outcome,value\nx,progress,1\n", r"^\S+data.csv:2: month = 'x': must be a number[^\n]*$"),
        ("month,outcome,value,error\n1,progress,1,-1\n", "error = '-1'"),
        ("month,outcome,value\n", "has no observations"),
    ],
)
def test_files_that_will_not_do_are_refused(tmp_path, text, message):
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_observed(path)


def test_a_file_of_a_spreadsheet_is_read_as_others_are(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("sep=;\nMonth;Outcome;Value;Error\n12;progress;0,06;\n", encoding="utf-8-sig")
    assert read_observed(path).to_dict("records") == [
        {"month": 12.0, "outcome": "progress", "value": 0.06, "error": 0.0}
    ]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_observed(tmp_path / "data.csv")


def test_a_study_of_cisim_is_fitted_and_one_with_common_luck_is_refused(tmp_path):
    """Two trends raise progress together, so that progress alone cannot tell them apart."""
    study = LINEAR.format(kind="latin-hypercube", size="points = 50").replace("noise = 0.01", "noise = 0.001")
    path = tmp_path / "data.csv"
    path.write_text("month,outcome,value\n12,progress,0.06\n")
    with pytest.raises(InputError, match='needs luck = "independent"'):
        fit(run(parse(study), tmp_path / "common"), path)
    own = study.replace("replications = 6", 'replications = 6\nluck = "independent"')
    found = fit(run(parse(own), tmp_path / "own"), path)
    assert (found.runs, found.kept, found.problem) == (300, 30, "")
    assert found.pairs["correlation"].item() < -0.6
    path.write_text("month,outcome,value\n12,progress,0.9\n")
    assert fit(run(parse(own), tmp_path / "again"), path).problem == "far"


def test_words_say_what_trades_off_what_was_not_learned_and_what_is_out_of_reach():
    traded = fit_answer(fit_of(FACTORS, *drawn(ratio), seen([-1.8])))
    assert traded.trouble == ""
    assert any(line.startswith("community.gain and community.threshold trade off") for line in traded.words)
    unlearned = fit_answer(fit_of(FACTORS, *drawn(lambda x: x[:, 1:]), seen([2.2])))
    assert any("next to nothing of community.gain" in line for line in unlearned.words)
    assert "No run" in fit_answer(fit_of(FACTORS, *drawn(both), seen([-3.0, 5.0]))).trouble
