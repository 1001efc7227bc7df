"""Generated networks: as many ties as asked for, laid out as theory says, and luck that stays with pairs."""

from __future__ import annotations

import math
from statistics import NormalDist

import networkx as nx
import numpy as np
import pytest
from scipy import stats

from cisim.coalition import Coalition, draw, roster
from cisim.coalition.networks import core_chances
from cisim.scenario import Scenario

NETWORKS = ["small-world", "random", "scale-free", "sector-clusters", "hub", "core-periphery"]
RARE = 1e-8
FAR = -NormalDist().inv_cdf(RARE)
in_every_network = pytest.mark.parametrize("network", NETWORKS)


def founded(seed: int = 1, **coalition: object) -> Coalition:
    scenario = Scenario(coalition={"organisations": 60, **coalition})
    return draw(scenario, roster(scenario), seed)


def graph_of(coalition: Coalition, *, latent: bool = False) -> nx.Graph:
    graph = nx.empty_graph(len(coalition.names))
    wanted = (coalition.strength == 0) == latent
    graph.add_edges_from(zip(coalition.first[wanted], coalition.second[wanted], strict=True))
    return graph


def pairs_of(coalition: Coalition, *, latent: bool = False) -> set[tuple[int, int]]:
    wanted = (coalition.strength == 0) == latent
    return set(zip(coalition.first[wanted].tolist(), coalition.second[wanted].tolist(), strict=True))


@in_every_network
def test_ties_are_in_order_without_doubles_or_loops(network: str) -> None:
    coalition = founded(network=network)
    ends = list(zip(coalition.first.tolist(), coalition.second.tolist(), strict=True))
    assert ends == sorted(set(ends))
    assert (coalition.first < coalition.second).all()
    assert (coalition.first >= 0).all()
    assert (coalition.second < 60).all()


@in_every_network
def test_a_seed_gives_the_same_network_again_and_another_seed_another_one(network: str) -> None:
    assert pairs_of(founded(network=network)) == pairs_of(founded(network=network))
    assert pairs_of(founded(network=network)) != pairs_of(founded(seed=2, network=network))


@pytest.mark.parametrize("network", ["random", "sector-clusters", "hub", "core-periphery"])
def test_the_mean_degree_is_the_one_asked_for(network: str) -> None:
    ties = [len(pairs_of(founded(seed, network=network, degree=6.0, clustering=0.6))) for seed in range(100)]
    # Each pair is a tie or not on its own, so the count has at most the variance of a Poisson number.
    assert abs(sum(ties) - 100 * 180) < FAR * math.sqrt(100 * 180)


def test_a_small_world_has_exactly_the_ties_asked_for() -> None:
    assert all(len(pairs_of(founded(seed, degree=6.0, rewire=0.7))) == 180 for seed in range(20))


def test_without_rewiring_a_small_world_is_a_ring() -> None:
    assert nx.utils.graphs_equal(graph_of(founded(rewire=0.0)), nx.watts_strogatz_graph(60, 4, 0))


def test_the_share_of_rewired_ties_is_the_one_asked_for() -> None:
    ring = {tuple(sorted(tie)) for tie in nx.watts_strogatz_graph(60, 4, 0).edges}
    kept = sum(len(ring & pairs_of(founded(seed, rewire=0.3))) for seed in range(200))
    # A rewired tie may by chance land on a place of the ring that another one left: fewer than 1 in 100.
    assert -FAR * math.sqrt(24_000 * 0.21) < kept - 24_000 * 0.7 < FAR * math.sqrt(24_000 * 0.21) + 24_000 * 0.01


@pytest.mark.parametrize("rewire", [0.1, 0.5, 1.0])
def test_small_worlds_cluster_and_reach_as_those_of_networkx_do(rewire: float) -> None:
    ours = [graph_of(founded(seed, degree=6.0, rewire=rewire)) for seed in range(60)]
    theirs = [nx.watts_strogatz_graph(60, 6, rewire, seed=seed) for seed in range(60)]
    for measure in (nx.average_clustering, degree_variance, mean_distance):
        here, there = [measure(graph) for graph in ours], [measure(graph) for graph in theirs]
        assert stats.ttest_ind(here, there).pvalue > RARE, measure.__name__


def degree_variance(graph: nx.Graph) -> float:
    return float(np.var([degree for _, degree in graph.degree]))


def mean_distance(graph: nx.Graph) -> float:
    largest = graph.subgraph(max(nx.connected_components(graph), key=len))
    return float(nx.average_shortest_path_length(largest))


def test_a_full_small_world_ends_although_nobody_is_left_to_rewire_to() -> None:
    coalition = founded(organisations=7, degree=6.0, rewire=1.0)
    assert len(pairs_of(coalition)) == 21
    assert len(pairs_of(founded(organisations=8, degree=6.0, rewire=1.0))) == 24


def test_random_degrees_are_binomial() -> None:
    degrees = [degree for seed in range(100) for _, degree in graph_of(founded(seed, network="random")).degree]
    chances = stats.binom(59, 4 / 59).pmf(np.arange(11))
    expected = np.append(chances, 1 - chances.sum()) * len(degrees)
    counts = np.bincount(np.minimum(degrees, 11), minlength=12)
    # The two ends of a tie are not independent; over 100 networks of 60 that hardly widens the distribution.
    assert stats.chisquare(counts, expected).pvalue > RARE


def test_scale_free_networks_are_connected_and_as_uneven_as_those_of_networkx() -> None:
    ours = [graph_of(founded(seed, network="scale-free", organisations=150)) for seed in range(60)]
    # networkx begins with a star instead of with as many ties as fit; later arrivals are alike.
    theirs = [nx.barabasi_albert_graph(150, 2, seed=seed, initial_graph=nx.complete_graph(2)) for seed in range(60)]
    assert all(nx.is_connected(graph) for graph in ours)
    assert {graph.number_of_edges() for graph in ours} == {2 * 150 - 3}
    for measure in (degree_variance, nx.transitivity, largest_degree):
        here, there = [measure(graph) for graph in ours], [measure(graph) for graph in theirs]
        assert stats.ttest_ind(here, there).pvalue > RARE, measure.__name__


def largest_degree(graph: nx.Graph) -> int:
    return int(max(degree for _, degree in graph.degree))


def test_a_scale_free_network_of_an_odd_degree_draws_whether_a_newcomer_makes_a_tie_more() -> None:
    ties = [len(pairs_of(founded(seed, network="scale-free", degree=5.0, organisations=200))) for seed in range(30)]
    # The first three newcomers can't have all; the others make 2 or 3 ties each.
    assert abs(np.mean(ties) - (1 + 2 + 197 * 2.5)) < 1 + FAR * math.sqrt(197 / 4 / 30)


@pytest.mark.parametrize("network", NETWORKS[:4])
def test_degree_0_gives_no_tie(network: str) -> None:
    assert not pairs_of(founded(network=network, degree=0.0))


def test_sector_clusters_have_the_share_of_ties_inside_the_sector_that_was_asked_for() -> None:
    coalitions = [founded(seed, network="sector-clusters", clustering=0.75) for seed in range(100)]
    inside = sum(
        coalition.sector[first] == coalition.sector[second]
        for coalition in coalitions
        for first, second in pairs_of(coalition)
    )
    ties = sum(len(pairs_of(coalition)) for coalition in coalitions)
    assert abs(inside - 0.75 * ties) < FAR * math.sqrt(0.1875 * ties)


def test_ties_that_do_not_fit_into_the_sectors_go_between_them() -> None:
    coalition = founded(network="sector-clusters", clustering=1.0, degree=6.0, organisations=12)
    inside = {pair for pair in pairs_of(coalition) if coalition.sector[pair[0]] == coalition.sector[pair[1]]}
    assert len(inside) == 4 * 3, "four sectors of three organisations, all tied"
    assert len(pairs_of(coalition)) > len(inside)


@pytest.mark.parametrize("sectors", [["one"], [f"sector {number}" for number in range(50)]])
def test_sector_clusters_keep_the_degree_with_one_sector_or_one_organisation_each(sectors: list[str]) -> None:
    ties = [
        len(pairs_of(founded(seed, network="sector-clusters", sectors=sectors, organisations=50)))
        for seed in range(100)
    ]
    assert abs(sum(ties) - 100 * 100) < FAR * math.sqrt(100 * 100)


def test_a_hub_is_tied_to_all() -> None:
    coalition = founded(network="hub")
    assert {(0, other) for other in range(1, 60)} <= pairs_of(coalition)
    alone = pairs_of(founded(network="hub", degree=1.0))
    assert alone == {(0, other) for other in range(1, 60)}, "a hub alone has more ties than this mean degree asks for"


def freeman(graph: nx.Graph) -> float:
    """Degree centralisation: 1 for a star, 0 where all have the same degree."""
    count, degrees = len(graph), [degree for _, degree in graph.degree]
    return (count * max(degrees) - sum(degrees)) / ((count - 1) * (count - 2))


def test_a_core_and_its_periphery_are_as_dense_and_as_central_as_surveyed_networks() -> None:
    kind = {"network": "core-periphery"}
    small = [graph_of(founded(seed, **kind, organisations=25, degree=5.0)) for seed in range(200)]
    large = [graph_of(founded(seed, **kind, organisations=41, degree=12.0)) for seed in range(200)]
    assert np.mean([nx.density(graph) for graph in small]) == pytest.approx(0.21, abs=0.01)
    assert np.mean([nx.density(graph) for graph in large]) == pytest.approx(0.30, abs=0.01)
    assert np.mean([freeman(graph) for graph in large]) == pytest.approx(0.73, abs=0.01)
    by_pair = [sum(graph.number_of_edges(*pair) for graph in large) / 200 for pair in ((0, 1), (0, 30), (20, 30))]
    assert by_pair[0] == 1
    assert by_pair[1] > 0.9
    assert by_pair[2] < 0.2


@pytest.mark.parametrize(
    ("core", "periphery", "ties", "expected"),
    [
        (2, 3, 1.63, (1.0, 0.1, 0.01)),
        (2, 3, 2.26, (1.0, 0.2, 0.02)),
        (2, 3, 7.9, (1.0, 1.0, 0.3)),
        (4, 0, 3.0, (0.5, 0.0, 0.0)),
        (1, 4, 0.46, (0.0, 0.1, 0.01)),
        (2, 3, 0.0, (0.0, 0.0, 0.0)),
    ],
)
def test_what_the_core_cannot_hold_goes_outside(
    core: int, periphery: int, ties: float, expected: tuple[float, float, float]
) -> None:
    chances = core_chances(core, periphery, ties)
    if core > 1:
        assert chances == pytest.approx(expected)
    else:
        assert chances[1:] == pytest.approx(expected[1:]), "there is no pair in a core of one"


@in_every_network
def test_latent_ties_join_pairs_without_a_tie_as_often_as_asked_for(network: str) -> None:
    coalitions = [founded(seed, network=network, latent=3.0) for seed in range(100)]
    free = sum(60 * 59 // 2 - len(pairs_of(coalition)) for coalition in coalitions)
    latent = sum(len(pairs_of(coalition, latent=True)) for coalition in coalitions)
    assert abs(latent - free * 3 / 59) < FAR * math.sqrt(free * 3 / 59)
    assert not any(pairs_of(coalition) & pairs_of(coalition, latent=True) for coalition in coalitions)


@in_every_network
def test_with_enough_latent_ties_every_pair_has_one_tie_or_the_other(network: str) -> None:
    assert len(founded(network=network, latent=200.0).first) == 60 * 59 // 2
    assert not pairs_of(founded(network=network, latent=0.0), latent=True)


@in_every_network
def test_two_organisations_are_enough(network: str) -> None:
    degree = 0.0 if network == "small-world" else 1.0
    coalition = founded(network=network, organisations=2, degree=degree, latent=1.0)
    assert coalition.first.tolist() == [0]
    assert coalition.second.tolist() == [1]


def test_a_partner_more_leaves_the_ties_of_the_others_alone_where_pairs_draw_them() -> None:
    # The probability of a pair is degree/(N - 1): kept the same, so that luck alone could differ.
    few = founded(network="random", organisations=60, degree=5.9, latent=2.95)
    more = founded(network="random", organisations=61, degree=6.0, latent=3.0)
    for latent in (False, True):
        among_old = {pair for pair in pairs_of(more, latent=latent) if 60 not in pair}
        assert among_old == pairs_of(few, latent=latent)
    weights = dict(zip(zip(few.first, few.second, strict=True), few.strength, strict=True))
    trusts = dict(zip(zip(few.first, few.second, strict=True), few.trust.tolist(), strict=True))
    for first, second, strength, trust in zip(more.first, more.second, more.strength, more.trust, strict=True):
        if second < 60:
            assert weights[first, second] == strength
            assert trusts[first, second] == trust.tolist()


def test_a_partner_more_leaves_the_growth_of_a_scale_free_network_alone() -> None:
    few, more = founded(network="scale-free"), founded(network="scale-free", organisations=61)
    assert {pair for pair in pairs_of(more) if 60 not in pair} == pairs_of(few)


def test_a_denser_network_keeps_the_ties_of_a_sparser_one() -> None:
    assert pairs_of(founded(network="random", degree=3.0)) < pairs_of(founded(network="random", degree=5.0))


def test_a_large_network_of_each_kind_holds_together() -> None:
    for network in NETWORKS:
        coalition = founded(network=network, organisations=2000, degree=10.0)
        assert abs(len(pairs_of(coalition)) - 10_000) < FAR * 100 + 100, network
