"""Exponential, logarithm and what follows from them, of our own: the same bits on every processor, and quick in a loop over an array.

The C library's differ from machine to machine in the last digit, and are called one number at a time. Ours are straight arithmetic
without a branch, so that LLVM works on several numbers at once. Ranges are reduced as in fdlibm (Sun Microsystems 1993, e_exp.c and
e_log.c), whose minimax coefficients are used. Errors: at most 1 unit in the last place for `exp` and `log`, 2 for `expm1`, 3 for
`tanh`; `power` loses as many units as exponent times logarithm is large.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.compiled import for_each, inner, over_array, sequence

#: ln 2 in two parts, the first with 33 bits, so that small multiples of it are exact.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_PER_LN2 = 1.44269504088896338700e00
#: Added to a number below 2^51, it leaves the nearest integer in the lowest bits.
_ROUNDER, _ROUNDER_BITS = 6755399441055744.0, np.int64(0x4338000000000000)
#: Beyond these, exp is infinite, and 0.
_LARGEST, _SMALLEST = 710.0, -746.0
_BIAS, _MANTISSA, _ONE = np.int64(1023), np.int64(52), np.int64(1)
#: Of the remainder of exp, c = r - r^2 (P1 + P2 r^2 + ...): e_exp.c.
_P1, _P2, _P3, _P4, _P5 = (
    1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05, -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)  # fmt: skip
#: Of the remainder of log, in even and odd powers of s^2, s = f / (2 + f): e_log.c.
_L1, _L2, _L3, _L4, _L5, _L6, _L7 = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip
_ROOT_OF_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_LEAST_NORMAL, _LARGEST_NUMBER, _TWO_TO_54 = 2.2250738585072014e-308, 1.7976931348623157e308, 18014398509481984.0


@for_each
def _power_of_two(k: np.int64) -> float:
    """Return 2^k, k from -1022 to 1023."""
    return np.int64((k + _BIAS) << _MANTISSA).view(np.float64)


@for_each
def _expm1(x: float) -> float:
    """Return exp(x) - 1 without losing the digits of a small x."""
    x = _LARGEST if x > _LARGEST else x
    x = _SMALLEST if x < _SMALLEST else x
    shifted = x * _PER_LN2 + _ROUNDER
    k, multiple = np.float64(shifted).view(np.int64) - _ROUNDER_BITS, shifted - _ROUNDER
    high, low = x - multiple * _LN2_HIGH, multiple * _LN2_LOW
    r = high - low
    square = r * r
    c = r - square * (_P1 + square * (_P2 + square * (_P3 + square * (_P4 + square * _P5))))
    rest = high - (low - (r * c) / (2.0 - c))
    half = k >> _ONE
    first, second = _power_of_two(half), _power_of_two(k - half)
    return (rest * first * second) + (first * second - 1.0) if x != 0.0 else x  # the sign of 0 too


@for_each
def _exp(x: float) -> float:
    """Return e^x."""
    x = _LARGEST if x > _LARGEST else x
    x = _SMALLEST if x < _SMALLEST else x
    shifted = x * _PER_LN2 + _ROUNDER
    k, multiple = np.float64(shifted).view(np.int64) - _ROUNDER_BITS, shifted - _ROUNDER
    high, low = x - multiple * _LN2_HIGH, multiple * _LN2_LOW
    r = high - low
    square = r * r
    c = r - square * (_P1 + square * (_P2 + square * (_P3 + square * (_P4 + square * _P5))))
    half = k >> _ONE
    return (1.0 + (high - (low - (r * c) / (2.0 - c)))) * _power_of_two(half) * _power_of_two(k - half)


@for_each
def _log(x: float) -> float:
    """Return the natural logarithm: -inf at 0, no number below."""
    tiny = x < _LEAST_NORMAL
    bits = np.float64(x * _TWO_TO_54 if tiny else x).view(np.int64)
    k = (bits - _ROOT_OF_HALF_BITS) >> _MANTISSA
    f = np.int64(bits - (k << _MANTISSA)).view(np.float64) - 1.0
    multiple = np.int64(k + _ROUNDER_BITS).view(np.float64) - _ROUNDER - (54.0 if tiny else 0.0)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    rest = z * (_L1 + w * (_L3 + w * (_L5 + w * _L7))) + w * (_L2 + w * (_L4 + w * _L6))
    half = 0.5 * f * f
    value = float(multiple * _LN2_HIGH - ((half - (s * (half + rest) + multiple * _LN2_LOW)) - f))
    value = x if x > _LARGEST_NUMBER else value
    value = -np.inf if x == 0.0 else value
    return value if x >= 0.0 else np.nan


@for_each
def _log1p(x: float) -> float:
    """Return log(1 + x) without losing the digits of a small x."""
    one = 1.0 + x
    missed = (x - (one - 1.0)) / one
    return _log(one) + (missed if one > 0.0 else 0.0)


@for_each
def _tanh(x: float) -> float:
    """Return the hyperbolic tangent."""
    less = _expm1(-2.0 * abs(x))
    size = -less / (2.0 + less)
    return size if x >= 0.0 else -size


@for_each
def _power(base: float, exponent: float) -> float:
    """Return base^exponent of a base >= 0."""
    if exponent == 1.0:
        return base
    value = _exp(exponent * _log(base))
    return 1.0 if exponent == 0.0 else value


@inner
def expm1(x: float) -> float:
    """Return exp(x) - 1 without losing the digits of a small x."""
    return _expm1(x)


@inner
def exp(x: float) -> float:
    """Return e^x."""
    return _exp(x)


@inner
def log(x: float) -> float:
    """Return the natural logarithm: -inf at 0, no number below."""
    return _log(x)


@inner
def log1p(x: float) -> float:
    """Return log(1 + x) without losing the digits of a small x."""
    return _log1p(x)


@inner
def tanh(x: float) -> float:
    """Return the hyperbolic tangent."""
    return _tanh(x)


@inner
def power(base: float, exponent: float) -> float:
    """Return base^exponent of a base >= 0."""
    return _power(base, exponent)


@sequence
def in_a_row(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Look at the numbers of a table as one array."""
    return table.reshape(table.size)


@over_array
def exponentials(values: NDArray[np.float64], number: int) -> None:
    """Put e^x in the place of each of the first numbers of an array."""
    for index in range(number):
        values[index] = _exp(values[index])


@over_array
def exponentials_less_1(values: NDArray[np.float64], number: int) -> None:
    """Put e^x - 1 in the place of each of the first numbers of an array."""
    for index in range(number):
        values[index] = _expm1(values[index])


@over_array
def logarithms(values: NDArray[np.float64], number: int) -> None:
    """Put the natural logarithm in the place of each of the first numbers of an array."""
    for index in range(number):
        values[index] = _log(values[index])


@over_array
def powers(values: NDArray[np.float64], number: int, exponent: float) -> None:
    """Put x^exponent in the place of each of the first numbers, >= 0, of an array."""
    if exponent == 1.0:
        return
    for index in range(number):
        values[index] = _power(values[index], exponent)


@over_array
def tangents(values: NDArray[np.float64], number: int) -> None:
    """Put the hyperbolic tangent in the place of each of the first numbers of an array."""
    for index in range(number):
        values[index] = _tanh(values[index])
