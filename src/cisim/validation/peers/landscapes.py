"""NK landscapes of other packages: graphfla's class and nkpack's evaluation of a string.

graphfla draws landscapes by its own luck (Python's `random.Random`, seeded from the effort's seed): means over many are compared.
nkpack is given the partners and components of one of our landscapes: every string is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from cisim.coalition.landscape import landscape
from cisim.dynamics.luck import Luck
from cisim.validation.claims import Claim, Effort, Estimate, close, near, not_run
from cisim.validation.second_opinion import plain_luck
from cisim.validation.trials import mean_of

MEANS = "graphfla's NK landscapes of 10 bits have the same expected {what} at K = {ks}"
STRINGS = "nkpack, given our partners and components, finds the same landscape of 8 bits with K = 3, string by string"
NKPACK_BITS, NKPACK_RUGGEDNESS = 8, 3


def peer_claims(effort: Effort, ours: Mapping[int, tuple[Estimate, Estimate]], draws: int) -> list[Claim]:
    """Compare with the packages that are installed.

    Args:
        effort: how much.
        ours: by K, the expected maximum and number of optima of 10 bits.
        draws: over how many landscapes ours were taken.
    """
    return [*_graphfla(effort, ours, draws), *_nkpack(effort)]


def _graphfla(effort: Effort, ours: Mapping[int, tuple[Estimate, Estimate]], draws: int) -> list[Claim]:
    ks = ", ".join(map(str, ours))
    texts = [MEANS.format(what=what, ks=ks) for what in ("maximum", "number of optima")]
    if find_spec("graphfla") is None:
        return [not_run(text, "the package graphfla", "graphfla, class NK") for text in texts]
    runs = effort.runs(400, 60)
    theirs = [graphfla_facts(10, k, runs, effort.seed) for k in ours]
    source = f"graphfla {version('graphfla')}, class NK, {runs} landscapes"
    return [
        near(text, [one[index] for one in theirs], [one[index] for one in ours.values()], draws, source)
        for index, text in enumerate(texts)
    ]


def graphfla_facts(bits: int, ruggedness: int, runs: int, seed: int) -> tuple[Estimate, Estimate]:
    """Compute the expected maximum and the number of optima of graphfla's landscapes."""
    problems: Any = import_module("graphfla.problems")
    highest, optima = np.empty(runs), np.empty(runs)
    beside = np.arange(1 << bits) ^ (1 << np.arange(bits))[:, np.newaxis]
    for run in range(runs):
        strings, fitness = problems.NK(bits, ruggedness, seed=1_000_000 * seed + run).get_data()
        values = np.empty(1 << bits)
        values[[int(string, 2) for string in strings]] = fitness
        highest[run], optima[run] = values.max(), (values > values[beside]).all(axis=0).sum()
    return mean_of(highest), mean_of(optima)


def _nkpack(effort: Effort) -> list[Claim]:
    if find_spec("nkpack") is None:
        return [not_run(STRINGS, "the package nkpack", "nkpack, function contrib_solve", kind="exact")]
    if effort.quick:  # it compiles for some seconds
        return [not_run(STRINGS, "the full effort", "nkpack, function contrib_solve", kind="exact")]
    theirs, ours = nkpack_landscape(effort.seed)
    return [
        close(
            STRINGS,
            [0.0],
            [float(np.abs(theirs - ours).max())],
            1e-12,
            f"nkpack {version('nkpack')}, function contrib_solve",
        )
    ]


def nkpack_landscape(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Evaluate one of our landscapes with nkpack, stretched to [0, 1], and return the model's beside it."""
    nkpack: Any = import_module("nkpack")
    bits, luck = NKPACK_BITS, plain_luck.Luck(seed)
    depends = np.eye(bits, dtype=np.int64)
    components = np.empty((1 << (NKPACK_RUGGEDNESS + 1), bits))
    for bit in range(bits):
        slot = plain_luck.slot_of(bit)
        others = sorted(
            (other for other in range(bits) if other != bit),
            key=lambda other, slot=slot: luck.uniform("landscape partners", 0, slot, other),  # type: ignore[misc]
        )
        coupled = [bit, *others[:NKPACK_RUGGEDNESS]]
        depends[coupled, bit] = 1
        # nkpack reads the states of the coupled bits in the order of the bits, the first as the highest digit.
        in_order = sorted(coupled, reverse=True)
        for pattern in range(len(components)):
            state = {one: pattern >> digit & 1 for digit, one in enumerate(in_order)}
            ours = sum(state[one] << index for index, one in enumerate(coupled))
            components[pattern, bit] = luck.uniform("landscape", 0, slot, ours)
    theirs = np.array(
        [
            nkpack.contrib_solve(np.array([practice >> bit & 1 for bit in range(bits)]), depends, components, bits, 1)[
                0
            ]
            for practice in range(1 << bits)
        ]
    )
    stretched = (theirs - theirs.min()) / (theirs.max() - theirs.min())
    return stretched, landscape(Luck(np.uint64(seed), np.int64(0)), bits, NKPACK_RUGGEDNESS, 0.0)
