"""Opinions and contagion of another package: ndlib, a library of models of diffusion on networks.

Its AlgorithmicBiasModel without bias (gamma = 0) is Deffuant et al.'s model, its FJModel Friedkin & Johnsen's, its SIModel a contagion
without recovery in steps. Its model of Hegselmann & Krause is not compared: it averages only a part of those who are near enough (its issue
263). ndlib draws from NumPy's global luck, which is seeded from the effort's seed and put back afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

#: What ndlib imports; it declares neither of the last two.
NEEDED = ("ndlib", "six", "sklearn")


def lacking(quick: bool) -> str:
    """Name what a comparison with ndlib needs that is not installed; empty if nothing is missing.

    Args:
        quick: whether there is no time to import it, which takes some seconds.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return "the package" + "s"[: len(missing) - 1] + " " + ", ".join(missing)
    return "the full effort" if quick else ""


def source(model: str) -> str:
    """Name where the expected values come from."""
    return f"ndlib {version('ndlib')}, {model}" if find_spec("ndlib") else f"ndlib, {model}"


@contextmanager
def global_luck(seed: int) -> Iterator[Any]:
    """Seed NumPy's global luck, and put it back afterwards."""
    luck: Any = import_module("numpy.random")
    before = luck.get_state()
    try:
        luck.seed(seed % 2**32)
        yield luck
    finally:
        luck.set_state(before)


def _model(name: str, group: str, graph: Any) -> tuple[Any, Any]:
    """Make a model and an empty configuration."""
    models: Any = import_module(f"ndlib.models.{group}")
    settings: Any = import_module("ndlib.models.ModelConfig")
    return getattr(models, name)(graph), settings.Configuration()


def _graph(number: int, ties: NDArray[np.int64]) -> Any:
    graph = nx.Graph()
    graph.add_nodes_from(range(number))
    graph.add_edges_from(ties.tolist())
    return graph


def _status(model: Any, number: int) -> NDArray[np.float64]:
    return np.array([model.status[i] for i in range(number)], dtype=np.float64)


class Meetings(NamedTuple):
    """A run of ndlib's Deffuant model.

    Attributes:
        start: (N,) opinions.
        pairs: (steps, 2) who met, in order.
        end: (N,) opinions.
    """

    start: NDArray[np.float64]
    pairs: NDArray[np.int64]
    end: NDArray[np.float64]


def deffuant(number: int, openness: float, rounds: int, seed: int) -> Meetings:
    """Run ndlib's model on a complete graph, and find out who met by drawing what it drew once more.

    Args:
        number: N.
        openness: the threshold; ndlib's listen only below it, not at it.
        rounds: of N meetings.
        seed: of all.
    """
    model, settings = _model("AlgorithmicBiasModel", "opinions", nx.complete_graph(number))
    settings.add_model_parameter("epsilon", openness)
    settings.add_model_parameter("gamma", 0)
    with global_luck(seed) as luck:
        model.set_initial_status(settings)
        start, before = _status(model, number), luck.get_state()
        for _ in range(rounds + 1):  # the first only tells the start
            model.iteration(node_status=False)
    again = np.random.RandomState()
    again.set_state(before)
    shares = np.cumsum(np.full(number - 1, 1.0 / (number - 1)))
    pairs = np.empty((rounds * number, 2), dtype=np.int64)
    for pair in pairs:
        one = again.randint(0, number)
        other = int(np.argmax(shares >= again.random_sample()))
        pair[:] = one, other + (other >= one)
    return Meetings(start, pairs, _status(model, number))


def friedkin_johnsen(
    number: int, ties: NDArray[np.int64], susceptibility: float, rounds: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Run ndlib's model: opinions at the start and at the end, each (N,)."""
    model, settings = _model("FJModel", "opinions", _graph(number, ties))
    for i in range(number):
        settings.add_node_configuration("stubbornness", i, 1.0 - susceptibility)
    with global_luck(seed):
        model.set_initial_status(settings)
        start = _status(model, number)
        for _ in range(rounds + 1):
            model.iteration(node_status=False)
    return start, _status(model, number)


def spread(
    number: int, ties: NDArray[np.int64], chance: float, months: int, runs: int, seed: int
) -> NDArray[np.float64]:
    """Count who knows, by run and month from 0, where the first one does at the start: (runs, months + 1).

    Args:
        number: N.
        ties: (E, 2).
        chance: that one who knows tells a partner in a month.
        months: how many.
        runs: how many.
        seed: of all.
    """
    known = np.empty((runs, months + 1))
    with global_luck(seed) as luck:
        for run in range(runs):
            model, settings = _model("SIModel", "epidemics", _graph(number, ties))
            luck.seed((seed + run) % 2**32)  # the model has seeded it anew, by the clock
            settings.add_model_parameter("beta", chance)
            settings.add_model_initial_configuration("Infected", [0])
            model.set_initial_status(settings)
            for month in range(months + 1):
                known[run, month] = model.iteration(node_status=False)["node_count"][1]
    return known
