"""Indices lie within their intervals of what is known; luck is told apart; a study that tells nothing is told so."""

from __future__ import annotations

import numpy as np
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import pawn as salib_pawn
from SALib.analyze import sobol as salib_sobol
from SALib.analyze.delta import calc_delta

from analysis.analytic import ISHIGAMI, ISHIGAMI_VARIANCE, G, data, g_function, g_indices, ishigami, linear
from cisim.analysis import sensitivity, sensitivity_of, take_apart
from cisim.analysis.sensitivity import delta, pawn
from cisim.errors import InputError
from cisim.plot import describe, drivers
from cisim.report.analysed import sensitivity_trouble, sensitivity_words
from cisim.study import parse, run, study_of

#: A study whose outcome is a sum of its factors: nothing works, nothing decays, and outcomes have trends.
LINEAR = """
[study]
name = "trends"
scenario = "isolated-impact"
replications = 6
[base.scenario]
months = 12
[base.coalition]
organisations = 4
degree = 2
[base.community]
gain = 0
decay = 0
noise = 0.01
[uncertainties]
"community.outcomes.reading.trend" = {{ low = 0, high = 0.01 }}
"community.outcomes.mathematics.trend" = {{ low = 0, high = 0.02 }}
[design]
kind = "{kind}"
{size}
[record]
measures = ["progress"]
"""


def within(found, index, known, times=1.0):
    """Tell whether known values lie in the intervals, made wider so many times."""
    rows = found.table[found.table["index"] == index]
    half = (rows["high"] - rows["low"]).to_numpy() / 2
    return bool((np.abs(rows["value"].to_numpy() - known) <= times * half + 1e-9).all())


# --- what is known -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("noise", "runs", "common"), [(0.0, 1, False), (3.7, 8, False), (3.7, 8, True)])
def test_sobol_indices_of_ishigami_lie_in_their_intervals_whatever_luck_does(noise, runs, common):
    found = sensitivity_of(data(ishigami, 3, runs, noise, common=common, kind="saltelli", samples=1024), "sobol")
    for index, known in ISHIGAMI.items():
        assert within(found, index, known), index
    assert found.problem == ""
    assert found.matter == ["x1", "x2", "x3"]


def test_sobol_indices_of_the_g_function_lie_in_their_intervals():
    found = sensitivity_of(data(g_function, len(G), kind="saltelli", samples=512, second_order=False), "sobol")
    for index, known in g_indices().items():
        assert within(found, index, known), index
    assert "S2" not in set(found.table["index"])


def test_luck_is_taken_out_of_total_indices_which_it_would_raise():
    results = data(ishigami, 3, 4, 3.7, kind="saltelli", samples=1024)
    found = sensitivity_of(results, "sobol")
    raw = salib_sobol.analyze(
        {"num_vars": 3, "names": results.names, "bounds": [[0, 1]] * 3}, results.y.mean(axis=1), seed=1
    )
    inert = found.table.query("index == 'ST' and factor == 'x3'").iloc[0]
    assert raw["ST"][2] - raw["ST_conf"][2] > ISHIGAMI["ST"][2]
    assert inert["low"] < ISHIGAMI["ST"][2] < inert["high"]


def test_without_luck_estimates_are_those_of_salib():
    results = data(ishigami, 3, kind="saltelli", samples=64)
    problem = {"num_vars": 3, "names": results.names, "bounds": [[0, 1]] * 3}
    theirs = salib_sobol.analyze(problem, results.y[:, 0], seed=1)
    ours = sensitivity_of(results, "sobol", 400).table
    np.testing.assert_allclose(ours["value"][:6], [*theirs["S1"], *theirs["ST"]])
    np.testing.assert_allclose(ours["value"][6:], theirs["S2"][np.triu_indices(3, 1)])
    np.testing.assert_allclose((ours["high"] - ours["value"])[:6], [*theirs["S1_conf"], *theirs["ST_conf"]], rtol=0.5)
    results = data(ishigami, 3, kind="morris", trajectories=12)
    theirs = salib_morris.analyze(problem, results.x, results.y[:, 0], num_levels=4, seed=1)
    ours = sensitivity_of(results, "morris").table
    np.testing.assert_allclose(ours["value"], [*theirs["mu"], *theirs["mu_star"], *theirs["sigma"]])
    results = data(ishigami, 3, kind="latin-hypercube", points=300)
    x, y = results.x, results.y[:, 0]
    classes = np.linspace(0, 300, int(np.ceil(300 ** (2 / (7 + np.tanh(2.4))))) + 1)
    for factor in range(3):
        theirs = calc_delta(y, np.linspace(y.min(), y.max(), 100), x[:, factor], classes)
        assert delta(x[:, factor], y) == pytest.approx(theirs, rel=0.02)
    theirs = salib_pawn.analyze(problem, x, y, S=10)["median"]
    assert [pawn(x[:, factor], y) for factor in range(3)] == pytest.approx(list(theirs), abs=0.02)


def test_effects_of_a_sum_are_its_slopes_and_luck_raises_no_factor_that_does_nothing():
    found = sensitivity_of(data(linear, 4, kind="morris", trajectories=8), "morris")
    values = found.table.set_index(["index", "factor"])["value"]
    assert list(values["mu"]) == pytest.approx([1, 2, 0, 0])
    assert list(values["sigma"]) == pytest.approx([0, 0, 0, 0], abs=1e-6)
    noisy = sensitivity_of(data(linear, 4, 6, 0.5, kind="morris", trajectories=20), "morris")
    assert within(noisy, "mu", [1, 2, 0, 0], 1.5)
    assert noisy.matter == ["x2", "x1"]
    assert noisy.floor > 0.3
    sizes = noisy.table.query("index == 'mu_star'")["value"].to_numpy()
    assert (sizes[2:] > 0.5 * noisy.floor).all()


@pytest.mark.parametrize("method", ["delta", "pawn"])
def test_distributions_tell_what_does_nothing(method):
    found = sensitivity_of(
        data(lambda x: ishigami(x[:, :3]), 4, 4, 1.0, kind="latin-hypercube", points=400), method, 60
    )
    assert found.matter[:2] == ["x2", "x1"]
    assert "x4" not in found.matter
    assert found.floor > 0


def test_pawn_keeps_equal_values_together():
    x = np.repeat([0.0, 1.0, 2.0], 20)
    assert pawn(x, np.where(x == 1, 1.0, 0.0)) == pytest.approx(1 / 3)
    assert pawn(x, np.arange(60) % 2.0) == 0


# --- luck ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("common", [True, False])
def test_the_share_of_luck_is_that_of_the_variances(common):
    results = data(ishigami, 3, 20, 2.0, common=common, kind="sobol", points=512)
    found = sensitivity_of(results, "pawn", 100)
    known = 4.0 / (4.0 + ISHIGAMI_VARIANCE)
    low, high = found.luck
    assert low < known < high
    assert found.variance.factors == pytest.approx(ISHIGAMI_VARIANCE, rel=0.05)
    # What luck does to all points alike is no noise between them.
    assert found.variance.noise == pytest.approx((2.0 if common else 4.0) / 20, rel=0.1)


def test_the_variance_of_two_points_and_runs_is_taken_apart_by_hand():
    y = np.array([[0.0, 2.0], [4.0, 10.0]])
    assert take_apart(y, common=False)[:3] == pytest.approx((18 - 5, 10.0, 5.0))
    assert take_apart(y, common=True)[:3] == pytest.approx((18 - 2, 10.0, 2.0))


# --- a study of cisim ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trends(tmp_path_factory):
    """Stores of the linear study by design."""
    sizes = {"saltelli": "samples = 64", "morris": "trajectories = 6", "latin-hypercube": "points = 40"}
    folder = tmp_path_factory.mktemp("trends")
    return {kind: run(parse(LINEAR.format(kind=kind, size=size)), folder / kind) for kind, size in sizes.items()}


def test_indices_of_a_linear_case_of_cisim_are_known(trends):
    found = sensitivity(trends["saltelli"], "sobol")
    gaps = [1 - outcome.baseline for outcome in study_of(trends["saltelli"]).base.community.outcomes]
    slopes = 12 * np.array([0.01, 0.02]) / np.array(gaps[1:3]) / 5
    effects = sensitivity(trends["morris"], "morris")
    assert within(effects, "mu", slopes)
    shares = slopes**2 / (slopes**2).sum()
    assert within(found, "S1", shares)
    assert within(found, "ST", shares)
    luck, factors = sum(12 * 0.01**2 / gap**2 for gap in gaps) / 25, (slopes**2).sum() / 12
    low, high = found.luck
    assert low < luck / (luck + factors) < high


def test_a_design_that_cannot_tell_is_refused_with_the_one_that_can(trends):
    with pytest.raises(
        InputError, match=r"^design.kind = 'morris': a study for sobol needs a design of kind saltelli$"
    ):
        sensitivity(trends["morris"], "sobol")
    with pytest.raises(InputError, match="delta needs a design of kind latin-hypercube, sobol, saltelli or file"):
        sensitivity(trends["morris"], "delta")
    with pytest.raises(InputError, match="did you mean sobol"):
        sensitivity(trends["morris"], "sobl")
    with pytest.raises(InputError, match="8 samples: sobol needs 16 at least"):
        sensitivity_of(data(ishigami, 3, kind="saltelli", samples=8), "sobol")


# --- a study that tells nothing ------------------------------------------------------------------------------


def test_too_few_samples_are_told_with_how_many_would_do_and_not_drawn():
    found = sensitivity_of(data(ishigami, 3, kind="saltelli", samples=64), "sobol")
    assert (found.problem, found.size) == ("wide", 64)
    assert found.needed in (256, 512, 1024)
    assert sensitivity_of(data(ishigami, 3, kind="saltelli", samples=found.needed), "sobol").problem == ""
    words = sensitivity_trouble(found)
    assert f"There are 64 samples; about {found.needed:,} would do, {8 * found.needed:,} runs in all" in words
    with pytest.raises(InputError, match="too wide to tell which factor matters more"):
        drivers(found)


def test_points_that_differ_by_luck_alone_are_told_with_the_replications_that_would_do():
    still = data(lambda x: 0 * x[:, 0], 3, 8, 1.0, common=True, kind="latin-hypercube", points=100)
    found = sensitivity_of(still, "pawn", 20)
    assert (found.problem, found.size) == ("luck", 8)
    assert found.needed > 8
    assert f"about {found.needed} would show factors" in sensitivity_trouble(found)
    # So many do show a hundredth of the variance.
    small = data(lambda x: 0.35 * x[:, 0], 1, found.needed, 1.0, common=True, kind="sobol", points=128)
    assert sensitivity_of(small, "pawn", 20).problem != "luck"


def test_an_outcome_that_never_differs_is_told():
    found = sensitivity_of(data(lambda x: 0 * x[:, 0], 3, kind="morris", trajectories=8), "morris")
    assert found.problem == "constant"
    assert found.table.empty
    assert sensitivity_words(found)[0].startswith("y is the same at every point")


def test_no_factor_above_one_that_does_nothing_is_told():
    weak = data(lambda x: np.random.default_rng(3).random(len(x)), 3, kind="latin-hypercube", points=40)
    found = sensitivity_of(weak, "pawn", 50)
    assert found.problem == "wide"
    assert found.needed >= 2 * found.size
    assert "cisim study extend STORE --points" in sensitivity_trouble(found)


# --- words and pictures --------------------------------------------------------------------------------------


def test_the_picture_shows_indices_and_says_what_they_say():
    found = sensitivity_of(data(linear, 4, 6, 0.5, kind="morris", trajectories=20), "morris")
    ax = drivers(found)
    sizes = ax.containers[0][0].get_xdata()
    assert list(sizes) == pytest.approx(list(found.headline["value"])[::-1])
    assert [label.get_text() for label in ax.get_yticklabels()][-2:] == ["x1", "x2"]
    said = describe(ax)
    assert said.startswith("What drives y in month 0.")
    assert "x2" in said.partition("Not to be told")[0]
    assert "x4" in said.partition("Not to be told")[2]


def test_one_replication_leaves_luck_unknown_and_says_so():
    found = sensitivity_of(data(linear, 2, kind="morris", trajectories=8), "morris")
    assert np.isnan(found.variance.share)
    assert "nobody can tell how much of this is luck" in sensitivity_words(found)[1]


def test_the_functions_with_known_indices_are_right():
    x = np.random.default_rng(1).random((200_000, 3))
    assert ishigami(x).var() == pytest.approx(ISHIGAMI_VARIANCE, rel=0.02)
    assert pytest.approx(13.8446, abs=1e-3) == ISHIGAMI_VARIANCE
