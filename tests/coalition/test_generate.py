"""Month 0: the distributions that the model's text names, and luck that stays with its owner."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from scipy import stats

from cisim.coalition import Coalition, draw, roster
from cisim.scenario import Scenario

RARE = 1e-8
FAR = -NormalDist().inv_cdf(RARE)
MANY = 4000


def founded(seed: int = 1, **sections: Any) -> Coalition:
    scenario = Scenario(**sections)
    return draw(scenario, roster(scenario), seed)


def many(**sections: Any) -> Coalition:
    coalition = {"organisations": MANY, "latent": 0.0, **sections.pop("coalition", {})}
    return founded(coalition=coalition, **sections)


def test_everything_has_the_shape_and_type_that_the_engine_expects() -> None:
    coalition = founded()
    count, outcomes, roles, ties = 30, 5, 4, len(coalition.first)
    shapes = {
        "sector": (count,), "identity": (count,), "resources": (count,), "deviation": (count,),
        "mission": (count, outcomes), "competence": (count, roles), "mix": (count, roles),
        "bias": (count, outcomes), "practice": (count,), "initial_commitment": (count,), "founder": (count,), "first": (ties,),
        "second": (ties,), "strength": (ties,), "trust": (ties, 2), "effectiveness": (1024,),
    }  # fmt: skip
    types = {"identity": np.uint64} | dict.fromkeys(("sector", "practice", "founder", "first", "second"), np.int64)
    for name, shape in shapes.items():
        array = getattr(coalition, name)
        assert array.shape == shape, name
        assert array.dtype == types.get(name, np.float64), name
        assert array.flags.c_contiguous, name
        assert np.isfinite(array).all(), name


def test_sizes_are_lognormal_with_the_mean_asked_for() -> None:
    resources = many(coalition={"size_mean": 2.5, "size_sd": 0.6}).resources
    score = (np.log(resources / 2.5) + 0.6**2 / 2) / 0.6
    assert stats.kstest(score, "norm").pvalue > RARE


def test_without_spread_all_have_the_mean_size() -> None:
    assert (many(coalition={"size_mean": 2.5, "size_sd": 0.0}).resources == 2.5).all()


def test_each_is_a_founder_with_the_chance_asked_for_and_one_at_least_is() -> None:
    founder = many(coalition={"founding": 0.3}).founder
    assert abs(founder.mean() - 0.3) < FAR * math.sqrt(0.3 * 0.7 / MANY)
    assert many().founder.all(), "all, if nothing else is said"
    alone = [np.flatnonzero(founded(seed, coalition={"founding": 0.0}).founder).tolist() for seed in range(60)]
    assert all(len(who) == 1 for who in alone)
    assert len({who[0] for who in alone}) > 10
    more = many(coalition={"founding": 0.4}).founder
    assert (more >= founder).all(), "a larger share keeps the founders of a smaller one"


def test_competences_are_lognormal_around_one_and_independent_between_roles() -> None:
    competence = many(coalition={"competence_sd": 0.3}).competence
    score = (np.log(competence) + 0.3**2 / 2) / 0.3
    assert stats.kstest(score.ravel(), "norm").pvalue > RARE
    correlation = np.corrcoef(score.T)[np.triu_indices(4, 1)]
    assert np.abs(correlation).max() < FAR / math.sqrt(MANY)


def test_the_mix_falls_with_the_role_and_rises_with_the_square_of_competence() -> None:
    coalition = many(coalition={"role_skew": 0.9, "competence_sd": 0.4})
    weight = np.arange(1, 5.0) ** -0.9 * coalition.competence**2
    assert coalition.mix == pytest.approx(weight / weight.sum(axis=1, keepdims=True), rel=1e-12)


def test_missions_are_dirichlet_with_one_half() -> None:
    mission = many(agenda={"alignment": 0.0}).mission
    assert mission.sum(axis=1) == pytest.approx(np.ones(MANY), abs=1e-12)
    for outcome in range(5):
        assert stats.kstest(mission[:, outcome], stats.beta(0.5, 2.0).cdf).pvalue > RARE
    # Two shares together are beta too, which holds only if the whole vector is Dirichlet.
    assert stats.kstest(mission[:, 0] + mission[:, 3], stats.beta(1.0, 1.5).cdf).pvalue > RARE


def test_alignment_mixes_the_same_missions_with_the_weights_of_the_outcomes() -> None:
    outcomes = [{"name": f"outcome {number}", "weight": float(number)} for number in (1, 2, 5)]
    weights = np.array([1, 2, 5]) / 8
    own = founded(agenda={"alignment": 0.0}, community={"outcomes": outcomes}).mission
    half = founded(agenda={"alignment": 0.5}, community={"outcomes": outcomes}).mission
    whole = founded(agenda={"alignment": 1.0}, community={"outcomes": outcomes}).mission
    assert half == pytest.approx(0.5 * weights + 0.5 * own, abs=1e-15)
    assert whole == pytest.approx(np.tile(weights, (30, 1)), abs=1e-15)


def test_one_outcome_is_everybodys_mission() -> None:
    assert (founded(community={"outcomes": [{"name": "reading"}]}).mission == 1.0).all()


def test_practices_are_uniform_over_strings() -> None:
    practice = many(practice={"bits": 5, "ruggedness": 2}).practice
    assert stats.chisquare(np.bincount(practice, minlength=32)).pvalue > RARE


def test_biases_are_normal_and_scale_with_their_dial() -> None:
    bias = many(measurement={"bias": 0.2}).bias
    assert stats.kstest(bias.ravel() / 0.2, "norm").pvalue > RARE
    assert many(measurement={"bias": 0.1}).bias == pytest.approx(bias / 2, abs=1e-15)
    assert not many(measurement={"bias": 0.0}).bias.any()


def test_commitment_is_normal_cut_to_shares() -> None:
    commitment = many(commitment={"initial": 0.8, "initial_sd": 0.2}).initial_commitment
    assert commitment.min() >= 0
    assert commitment.max() == 1
    below = commitment[commitment < 1]
    assert abs(len(below) - MANY * stats.norm.cdf(1)) < FAR * math.sqrt(MANY) / 2
    assert stats.kstest((below - 0.8) / 0.2, stats.truncnorm(-4, 1).cdf).pvalue > RARE


def test_trust_is_normal_by_direction_and_cut_to_shares() -> None:
    trust = many(coalition={"trust": 0.5, "trust_sd": 0.1}).trust
    assert stats.kstest((trust.ravel() - 0.5) / 0.1, "norm").pvalue > RARE
    assert abs(np.corrcoef(trust.T)[0, 1]) < FAR / math.sqrt(len(trust))
    edge = many(coalition={"trust": 0.95, "trust_sd": 0.5}).trust
    assert edge.min() == 0
    assert edge.max() == 1


def test_strengths_are_uniform_from_the_weakest_to_one_and_zero_for_latent_ties() -> None:
    coalition = founded(coalition={"organisations": 1000, "tie_min": 0.3})
    tied = coalition.strength > 0
    assert stats.kstest(coalition.strength[tied], stats.uniform(0.3, 0.7).cdf).pvalue > RARE
    assert 1000 < (~tied).sum() < 3000
    assert stats.kstest((coalition.trust[~tied].ravel() - 0.4) / 0.1, "norm").pvalue > RARE


def test_the_deviation_of_resources_has_the_stationary_variance_and_a_common_part() -> None:
    dials = {"resource_volatility": 0.3, "resource_memory": 12.0, "resource_common": 0.4, "organisations": 50}
    deviation = np.array([founded(seed, coalition=dials).deviation for seed in range(400)])
    variance = 0.3**2 / 12 / (1 - (1 - 1 / 12) ** 2)
    common = deviation.mean(axis=1)
    assert stats.kstest(common / math.sqrt(variance * (0.4 + 0.6 / 50)), "norm").pvalue > RARE
    own = (deviation - common[:, None]).ravel()
    assert stats.kstest(own / math.sqrt(variance * 0.6 * 49 / 50), "norm").pvalue > RARE


def test_without_volatility_resources_do_not_deviate() -> None:
    assert not founded(coalition={"resource_volatility": 0.0}).deviation.any()


def test_sectors_are_dealt_out_in_turn() -> None:
    coalition = founded(coalition={"sectors": ["a", "b", "c"]})
    assert coalition.sector_names == ("a", "b", "c")
    assert coalition.sector.tolist() == [0, 1, 2] * 10


def test_a_seed_gives_the_same_coalition_to_the_bit_and_every_other_seed_another() -> None:
    for name in Coalition.__dataclass_fields__:
        here, again, other = (getattr(founded(seed, coalition={"founding": 0.5}), name) for seed in (5, 5, 6))
        assert np.array_equal(here, again), name
        if name not in ("names", "sector_names", "sector", "identity"):
            assert not np.array_equal(here, other), name


@pytest.mark.parametrize("seed", [0, 2**63 - 1, 2**63, 2**64 - 1])
def test_every_seed_of_64_bits_serves(seed: int) -> None:
    assert founded(seed).resources.tolist() == founded(int(np.uint64(seed))).resources.tolist()


def test_a_partner_more_leaves_the_luck_of_the_others_alone() -> None:
    few = founded(coalition={"organisations": 30})
    more = founded(coalition={"organisations": 31})
    for name in ("resources", "deviation", "mission", "competence", "mix", "bias", "practice", "initial_commitment"):
        assert np.array_equal(getattr(more, name)[:30], getattr(few, name)), name
    assert np.array_equal(more.effectiveness, few.effectiveness)


def test_an_outcome_or_role_more_leaves_the_luck_of_the_others_alone() -> None:
    outcomes = [{"name": name} for name in ("reading", "housing", "health")]
    few, more = (founded(community={"outcomes": outcomes[:number]}, agenda={"alignment": 0.0}) for number in (2, 3))
    assert np.array_equal(more.bias[:, :2], few.bias)
    ratio = more.mission[:, :2] / more.mission[:, :2].sum(axis=1, keepdims=True)
    assert ratio == pytest.approx(few.mission, abs=1e-12)
    roles = ["services", "outreach", "policy"]
    few, more = (founded(activities={"roles": roles[:number]}) for number in (2, 3))
    assert np.array_equal(more.competence[:, :2], few.competence)


def test_a_dial_of_one_thing_moves_no_other() -> None:
    plain, sizes = founded(), founded(coalition={"size_mean": 3.0, "size_sd": 0.2})
    for name in Coalition.__dataclass_fields__:
        if name != "resources":
            assert np.array_equal(getattr(plain, name), getattr(sizes, name)), name


def test_what_one_run_was_given_is_not_shared_with_the_next() -> None:
    scenario = Scenario()
    who = roster(scenario)
    first = draw(scenario, who, 1)
    before = first.mission.copy()
    draw(scenario, who, 2)
    assert np.array_equal(first.mission, before)
    assert np.isnan(who.mission).all()
