"""Own exponential, logarithm and what follows from them: against numbers to 40 digits, at the ends of their ranges, and in arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest

from cisim.dynamics import arithmetic, luck
from cisim.dynamics.compiled import callable_from_python

opened = functools.cache(callable_from_python)
RANDOM = np.random.default_rng(20261130)
SMALL = np.concatenate([RANDOM.normal(size=300) * 3, -(10.0 ** RANDOM.uniform(-12, 0, 200)), [-0.3466, 0.3466]])
WIDE = np.concatenate([SMALL, RANDOM.uniform(-700, 700, 300)])
POSITIVE = np.concatenate(
    [RANDOM.uniform(0, 1, 300), 10.0 ** RANDOM.uniform(-322, 308, 300), 1 + RANDOM.normal(size=200) * 1e-3]
)


def exactly_tanh(x: Decimal) -> Decimal:
    return ((2 * x).exp() - 1) / ((2 * x).exp() + 1)


@pytest.mark.parametrize(
    ("function", "exactly", "numbers", "units"),
    [
        (arithmetic.exp, Decimal.exp, WIDE, 1.0),
        (arithmetic.expm1, lambda x: x.exp() - 1, SMALL, 2.0),
        (arithmetic.log, Decimal.ln, POSITIVE, 1.0),
        (arithmetic.log1p, lambda x: (1 + x).ln(), -RANDOM.uniform(0, 0.999, 500), 2.0),
        (arithmetic.tanh, exactly_tanh, SMALL, 3.0),
    ],
    ids=["exp", "expm1", "log", "log1p", "tanh"],
)
def test_errors_are_within_what_the_page_of_the_module_says(
    function: Callable[[float], float], exactly: Callable[[Decimal], Decimal], numbers: np.ndarray, units: float
) -> None:
    ours = opened(function)
    with localcontext() as context:
        context.prec = 60
        for number in numbers.tolist():
            truth = exactly(Decimal(number))
            error = abs(Decimal(ours(number)) - truth) / Decimal(math.ulp(float(truth)))
            assert error <= units, number


@pytest.mark.parametrize(
    ("function", "number", "value"),
    [
        (arithmetic.exp, 0.0, 1.0),
        (arithmetic.exp, -math.inf, 0.0),
        (arithmetic.exp, -1000.0, 0.0),
        (arithmetic.exp, math.inf, math.inf),
        (arithmetic.exp, 1000.0, math.inf),
        (arithmetic.exp, math.nan, math.nan),
        (arithmetic.expm1, 0.0, 0.0),
        (arithmetic.expm1, -math.inf, -1.0),
        (arithmetic.log, 0.0, -math.inf),
        (arithmetic.log, 1.0, 0.0),
        (arithmetic.log, -1.0, math.nan),
        (arithmetic.log, math.inf, math.inf),
        (arithmetic.log, math.nan, math.nan),
        (arithmetic.log1p, -1.0, -math.inf),
        (arithmetic.log1p, 0.0, 0.0),
        (arithmetic.tanh, math.inf, 1.0),
        (arithmetic.tanh, -math.inf, -1.0),
    ],
)
def test_the_ends_of_the_ranges(function: Callable[[float], float], number: float, value: float) -> None:
    assert opened(function)(number) == pytest.approx(value, abs=0, nan_ok=True)


def test_the_sign_of_nothing_is_kept() -> None:
    assert math.copysign(1.0, opened(arithmetic.expm1)(-0.0)) == -1.0


@pytest.mark.parametrize("exponent", [0.0, 0.5, 0.8, 1.0, 2.2, -1.2])
def test_powers_are_those_of_python(exponent: float) -> None:
    bases = POSITIVE[(POSITIVE > 1e-100) & (POSITIVE < 1e100)]
    ours = [opened(arithmetic.power)(base, exponent) for base in bases.tolist()]
    assert ours == pytest.approx([base**exponent for base in bases.tolist()], rel=1e-13)
    assert opened(arithmetic.power)(0.0, exponent) == (math.inf if exponent < 0 else 0.0**exponent)


@pytest.mark.parametrize(
    ("in_array", "alone"),
    [
        (arithmetic.exponentials, arithmetic.exp),
        (arithmetic.exponentials_less_1, arithmetic.expm1),
        (arithmetic.logarithms, arithmetic.log),
        (arithmetic.tangents, arithmetic.tanh),
    ],
)
@pytest.mark.parametrize("number", [0, 1, 7, 8, 150])
def test_an_array_at_once_has_the_bits_of_one_number_at_a_time(
    in_array: Callable[..., None], alone: Callable[[float], float], number: int
) -> None:
    values = np.abs(SMALL[:200]).copy()
    expected = [opened(alone)(value) for value in values[:number].tolist()] + values[number:].tolist()
    opened(in_array)(values, number)
    assert values.tolist() == expected


def test_luck_drawn_for_all_has_the_bits_of_luck_drawn_for_one() -> None:
    slots = np.array([luck.slot_of(np.uint64(i)) for i in range(37)])
    key = luck.key(luck.Luck(np.uint64(5), np.int64(7)), luck.INDICATOR)
    uniforms, normals = np.full(40, -1.0), np.empty(2 * 37 * 5)
    opened(luck.draw_uniforms)(key, slots, uniforms)
    opened(luck.draw_normals)(key, slots, 5, normals)
    assert uniforms[:37].tolist() == [luck.uniform(key, slot, 0) for slot in slots]
    assert (uniforms[37:] == -1).all()
    assert normals[: 37 * 5].tolist() == [luck.normal(key, slot, d) for d in range(5) for slot in slots]
    assert (np.abs(normals[: 37 * 5]) > 1.5).any()  # tails were among them
