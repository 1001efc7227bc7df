"""Luck: random numbers that are pure functions of (seed, stream, month, slot), without state.

Two scenarios with the same seed meet the same luck (common random numbers), in any order and on any number of threads; a draw
that is added to one purpose moves no other. A *stream* names a purpose. A *slot* says who draws: an organisation's slot comes
from its identity (its index if the coalition is generated, a hash of its name if it is imported), a tie's from the pair. A
*component* tells apart several draws of one slot in one month. One draw is a key, made once for a stream and month, and a hash:

    u = mix(key(seed, stream, month) ^ (slot + component * GOLDEN))

where `mix` is the finaliser of SplitMix64 with the constants of Stafford's variant 13 (Steele, Lea & Flood 2014, OOPSLA).
Slots and keys are themselves hashes, so that neighbouring seeds, months and indices share nothing. A normal is the inverse of the
distribution function at the uniform (Wichura 1988, Applied Statistics 37, AS 241), exact to about 1e-16 and monotone.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.arithmetic import log
from cisim.dynamics.compiled import compiled, for_each, inner, over_array

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLY_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLY_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31 = np.uint64(30), np.uint64(27), np.uint64(31)
_SHIFT_11, _SHIFT_12 = np.uint64(11), np.uint64(12)
_ONE = np.uint64(1)

_STREAMS: dict[str, np.uint64] = {}


class Luck(NamedTuple):
    """One run's luck in one month; month 0 is the founding."""

    seed: np.uint64
    month: np.int64


def stream(name: str) -> np.uint64:
    """Declare a stream; its number is a hash of its name, so that a new stream moves no other."""
    if name in _STREAMS:
        raise ValueError(f"the stream {name!r} is declared twice")
    number = np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))
    if number in _STREAMS.values():
        raise ValueError(f"the stream {name!r} has the number of another one: rename it")
    _STREAMS[name] = number
    return number


def streams() -> dict[str, int]:
    """Return all declared streams by name, with their numbers."""
    return {name: int(number) for name, number in _STREAMS.items()}


# Month 0: who takes part.
NETWORK = stream("network")  # which pairs have a tie; slot of the pair, or of the organisation that rewires
LATENT = stream("latent")  # which pairs have a latent tie; slot of the pair
STRENGTH = stream("tie strength")  # slot of the pair
TRUST = stream("trust")  # slot of the direction
SIZE = stream("size")
COMPETENCE = stream("competence")  # component: role
MISSION = stream("mission")  # component: outcome
BIAS = stream("bias")  # component: outcome
PRACTICE = stream("practice")
LANDSCAPE = stream("landscape")  # slot: bit of the practice; component: state of the bits it depends on
LANDSCAPE_PARTNERS = stream("landscape partners")  # slot: bit; component: order of the other bits
COMMITMENT = stream("commitment")
FOUNDER = stream("founder")  # is it there when the coalition starts?
FIELD = stream("field")  # of a field with a distribution; slot: hash of its path
# Every month.
TURNOVER = stream("turnover")
RESOURCES = stream("resources")  # month 0 too
RESOURCES_COMMON = stream("resources in common")  # slot 0; month 0 too
RENEWAL = stream("renewal")  # slot 0; is the outside grant renewed?
EXIT = stream("exit")
JOIN = stream("join")
REACH = stream("reach")  # does the hub reach this member?
CONTACT = stream("contact")  # slot of the pair
LOOK = stream("look at practices")  # does the organisation look at others' practices?
LOOK_ERROR = stream("look error")  # slot of the direction, or of the organisation for the hub's offer
EXPERIMENT = stream("experiment")
OWN_ERROR = stream("own error")  # of what is tried
DRIFT = stream("drift")  # component: does a part slip, and which
OUTREACH = stream("outreach")  # component: does it hear of tested practice; then the bits
EXPERIMENT_BIT = stream("experiment bit")
INDICATOR = stream("look at indicators")  # component: outcome
REPORT = stream("report")
FEEDBACK = stream("feedback")  # does the hub send this member all reports?
COMMUNITY = stream("community")  # slot: outcome
MOOD = stream("mood")  # noise of commitment
# Before any run: points of a Latin hypercube; slot: factor; component: point, then the order of the points.
DESIGN = stream("design")
STUDY = stream("study")  # seeds of runs with luck of their own; slot of the point; component: replication


@compiled
def mix(word: np.uint64) -> np.uint64:
    """Scramble a 64-bit word, one to one."""
    word = np.uint64(word)  # a Python integer below 2^63 would come in as a signed one
    word = (word ^ (word >> _SHIFT_30)) * _MULTIPLY_1
    word = (word ^ (word >> _SHIFT_27)) * _MULTIPLY_2
    return word ^ (word >> _SHIFT_31)


@compiled
def slot_of(identity: np.uint64) -> np.uint64:
    """Return the slot of an organisation, outcome or bit, from its identity."""
    return mix(np.uint64(identity) + GOLDEN)


@compiled
def slot_of_pair(first: np.uint64, second: np.uint64) -> np.uint64:
    """Return the slot of a tie, from the identities of its two ends in any order."""
    first, second = np.uint64(first), np.uint64(second)
    low, high = min(first, second), max(first, second)
    return mix(mix(low + GOLDEN) ^ (high + (GOLDEN << _ONE)))


@compiled
def slot_of_direction(source: np.uint64, target: np.uint64) -> np.uint64:
    """Return the slot of one direction of a tie, from the identity of who looks to that of who is looked at."""
    return mix(mix(np.uint64(source) ^ GOLDEN) + (np.uint64(target) ^ (GOLDEN << _ONE)))


@compiled
def key(luck: Luck, number: np.uint64) -> np.uint64:
    """Return the key of a stream in a month: made once, then used for every slot."""
    run_key = mix(mix(np.uint64(luck.seed) + GOLDEN) ^ np.uint64(number))
    return mix(run_key + GOLDEN * (np.uint64(luck.month) + _ONE))


@compiled
def word(stream_key: np.uint64, slot: np.uint64, component: int) -> np.uint64:
    """Draw 64 random bits."""
    return mix(np.uint64(stream_key) ^ (np.uint64(slot) + GOLDEN * np.uint64(component)))


@compiled
def uniform(stream_key: np.uint64, slot: np.uint64, component: int) -> float:
    """Draw a number uniform in [0, 1), a multiple of 2^-53."""
    return np.float64(word(stream_key, slot, component) >> _SHIFT_11) * 2.0**-53


@compiled
def normal(stream_key: np.uint64, slot: np.uint64, component: int) -> float:
    """Draw a standard normal number: the quantile at the middle of one of 2^52 equal intervals."""
    return quantile(_probability(word(stream_key, slot, component)))


@for_each
def _probability(bits: np.uint64) -> float:
    """Return the middle of one of 2^52 equal intervals of (0, 1)."""
    return (np.float64(bits >> _SHIFT_12) + 0.5) * 2.0**-52


@compiled
def series(stream_key: np.uint64, slot: np.uint64, components: int) -> NDArray[np.float64]:
    """Draw uniform numbers of one slot of a stream, shape (components,)."""
    drawn = np.empty(components, np.float64)
    for component in range(components):
        drawn[component] = uniform(stream_key, slot, component)
    return drawn


@over_array
def draw_uniforms(stream_key: np.uint64, slots: NDArray[np.uint64], drawn: NDArray[np.float64]) -> None:
    """Draw `uniform` for each slot, component 0, into the first places of an array."""
    for index in range(slots.shape[0]):
        drawn[index] = uniform(stream_key, slots[index], 0)


@over_array
def draw_normals(stream_key: np.uint64, slots: NDArray[np.uint64], components: int, drawn: NDArray[np.float64]) -> None:
    """Draw `normal` for each component and slot into an array, all slots of the first component first.

    Several at once: the middle of the distribution for all, then the tails, which are one in seven. The array has twice as many places
    as are drawn.
    """
    number = slots.shape[0] * components
    for component in range(components):
        for index in range(slots.shape[0]):
            bits = word(stream_key, slots[index], component)
            drawn[number + component * slots.shape[0] + index] = _probability(bits) - 0.5
    for index in range(number):
        drawn[index] = _central_quantile(drawn[number + index])
    for index in range(number):
        if abs(drawn[number + index]) > _CENTRE:
            drawn[index] = _tail_quantile(drawn[number + index])


#: Coefficients of AS 241 (PPND16), highest power first: of each rational function the part above the line and the part below.
(_CENTRE_ABOVE, _CENTRE_BELOW, _TAIL_ABOVE, _TAIL_BELOW, _FAR_TAIL_ABOVE, _FAR_TAIL_BELOW) = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip


@for_each
def polynomial(c: tuple[float, ...], x: float) -> float:
    """Evaluate a polynomial of degree 7 by Horner's rule."""
    return ((((((c[0] * x + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x + c[5]) * x + c[6]) * x + c[7]


#: A probability at most so far from 1/2 is in the middle of the distribution.
_CENTRE = 0.425


@compiled
def quantile(probability: float) -> float:
    """Return the standard normal quantile (AS 241, PPND16) of a probability in (0, 1)."""
    q = probability - 0.5
    return _central_quantile(q) if abs(q) <= _CENTRE else _tail_quantile(q)


@for_each
def _central_quantile(q: float) -> float:
    """Return the quantile at 1/2 + q, q at most `_CENTRE` in size."""
    r = 0.180625 - q * q
    return polynomial(_CENTRE_ABOVE, r) * q / polynomial(_CENTRE_BELOW, r)


@inner
def _tail_quantile(q: float) -> float:
    """Return the quantile at 1/2 + q, q more than `_CENTRE` in size."""
    r = math.sqrt(-log(0.5 - abs(q)))
    if r <= 5.0:
        size = polynomial(_TAIL_ABOVE, r - 1.6) / polynomial(_TAIL_BELOW, r - 1.6)
    else:
        size = polynomial(_FAR_TAIL_ABOVE, r - 5.0) / polynomial(_FAR_TAIL_BELOW, r - 5.0)
    return size if q > 0.0 else -size


def identity_of_name(name: str) -> int:
    r"""Return the 64-bit identity of an imported organisation: a hash of its name in Unicode's normal form C."""
    normal_form = unicodedata.normalize("NFC", name).encode()
    return int.from_bytes(hashlib.blake2b(normal_form, digest_size=8).digest(), "little")


def identities_of_names(names: Iterable[str]) -> NDArray[np.uint64]:
    """Return the identities of imported organisations, shape (organisations,)."""
    return np.array([identity_of_name(name) for name in names], dtype=np.uint64)
