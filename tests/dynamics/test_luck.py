"""Tests of luck: the same numbers as plain integers give, which look random in every order they are used in.

The statistical tests are on fixed seeds, so they give the same answer each time; their bounds leave a false
alarm a chance below 1e-6 over the whole module, were the seeds drawn anew.
"""

from __future__ import annotations

import itertools
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from cisim.dynamics import luck
from cisim.validation.second_opinion import plain_luck

Words = NDArray[np.uint64]

GOLDEN = np.uint64(plain_luck.GOLDEN)
#: With some hundred single tests, the chance of any false alarm stays below 1e-6.
RARE = 1e-9
MANY = 1 << 18
word_strategy = st.integers(0, 2**64 - 1)


def mix(words: Words) -> Words:
    """Apply `luck.mix` to an array; unsigned arrays wrap."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def column(*numbers: int) -> Words:
    return np.array(numbers, np.uint64)


def words(seed: Words, stream: int, month: Words, slot: Words, component: Words) -> Words:
    """Apply `luck.word` to arrays, which broadcast."""
    key = mix(mix(mix(seed + GOLDEN) ^ np.uint64(stream)) + GOLDEN * (month + np.uint64(1)))
    return mix(key ^ (slot + GOLDEN * component))


def slots(identity: Words) -> Words:
    return mix(identity + GOLDEN)


def pair_slots(low: Words, high: Words) -> Words:
    return mix(mix(low + GOLDEN) ^ (high + np.uint64((plain_luck.GOLDEN << 1) % 2**64)))


def direction_slots(source: Words, target: Words) -> Words:
    return mix(mix(source ^ GOLDEN) + (target ^ np.uint64((plain_luck.GOLDEN << 1) % 2**64)))


def key_of(seed: int, stream: int, month: int) -> np.uint64:
    # Numba hands back a Python integer, and takes one for signed when it comes in again.
    return np.uint64(luck.key(luck.Luck(np.uint64(seed), np.int64(month)), np.uint64(stream)))


def unmix(word: int) -> int:
    """Find the word that `mix` turns into this one."""

    def unshift(value: int, by: int) -> int:
        result = value
        for _ in range(64 // by):
            result = value ^ (result >> by)
        return result

    word = unshift(word, 31) * pow(0x94D049BB133111EB, -1, 2**64) % 2**64
    word = unshift(word, 27) * pow(0xBF58476D1CE4E5B9, -1, 2**64) % 2**64
    return unshift(word, 30)


STEPS = np.arange(MANY, dtype=np.uint64)
PAIRS = np.array(list(itertools.combinations(range(725), 2))[:MANY], np.uint64)
#: The orders in which runs go through luck: what varies from one number to the next.
ORDERS: dict[str, Words] = {
    "organisations": words(column(1), luck.SIZE, column(0), slots(STEPS), column(0)),
    "organisations of many": words(column(2**63), luck.MOOD, column(7), slots(STEPS * np.uint64(2**32)), column(0)),
    "months": words(column(1), luck.MOOD, STEPS, slots(column(5)), column(0)),
    "components": words(column(1), luck.MISSION, column(0), slots(column(3)), STEPS),
    "seeds": words(STEPS, luck.EXIT, column(12), slots(column(0)), column(0)),
    "high seeds": words(STEPS << np.uint64(40), luck.EXIT, column(12), slots(column(0)), column(0)),
    "pairs": words(column(1), luck.CONTACT, column(1), pair_slots(PAIRS[:, 0], PAIRS[:, 1]), column(0)),
    "directions": words(column(1), luck.TRUST, column(0), direction_slots(PAIRS[:, 1], PAIRS[:, 0]), column(0)),
    "organisations within months": words(
        column(3), luck.REPORT, STEPS // np.uint64(30), slots(STEPS % np.uint64(30)), column(0)
    ),
    "components within organisations": words(
        column(3), luck.INDICATOR, column(9), slots(STEPS // np.uint64(5)), STEPS % np.uint64(5)
    ),
}
in_every_order = pytest.mark.parametrize("order", ORDERS)


def chi_square(values: NDArray[np.int64], kinds: int) -> float:
    """Compute the probability of counts at least as uneven as these, were all kinds equally likely."""
    return float(stats.chisquare(np.bincount(values, minlength=kinds)).pvalue)


def looks_even(values: NDArray[np.int64], kinds: int) -> bool:
    """Check that counts are neither too uneven for chance nor too even."""
    return RARE < chi_square(values, kinds) < 1 - RARE


def is_uncorrelated(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    correlation = np.corrcoef(one, other)[0, 1]
    return bool(abs(correlation) * np.sqrt(len(one)) < -NormalDist().inv_cdf(RARE / 2))


def uniforms(of: Words) -> NDArray[np.float64]:
    return (of >> np.uint64(11)) * 2.0**-53


# The same numbers, however they are asked for.


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    word_strategy, st.sampled_from(sorted(luck.streams())), st.integers(0, 2**62), word_strategy, st.integers(0, 2**40)
)
def test_compiled_luck_is_what_plain_integers_give(
    seed: int, stream: str, month: int, slot: int, component: int
) -> None:
    key = key_of(seed, luck.streams()[stream], month)
    plain = plain_luck.Luck(seed)
    word = plain.word(stream, month, slot, component)
    assert int(luck.word(key, np.uint64(slot), component)) == word
    assert luck.uniform(key, np.uint64(slot), component) == (word >> 11) / 2**53
    assert words(column(seed), luck.streams()[stream], column(month), column(slot), column(component))[0] == word


@settings(max_examples=300, deadline=None, derandomize=True)
@given(word_strategy, word_strategy)
def test_compiled_slots_are_what_plain_integers_give(one: int, other: int) -> None:
    first, second = np.uint64(one), np.uint64(other)
    assert int(luck.mix(first)) == plain_luck.mix(one) == int(mix(column(one))[0])
    assert unmix(plain_luck.mix(one)) == one
    assert int(luck.slot_of(first)) == plain_luck.slot_of(one) == int(slots(column(one))[0])
    pair = pair_slots(column(min(one, other)), column(max(one, other)))[0]
    assert int(luck.slot_of_pair(first, second)) == plain_luck.slot_of_pair(one, other) == int(pair)
    direction = direction_slots(column(one), column(other))[0]
    assert int(luck.slot_of_direction(first, second)) == plain_luck.slot_of_direction(one, other) == int(direction)


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(st.integers(0, 2**52 - 1) | st.integers(0, 1000) | st.integers(2**52 - 1000, 2**52 - 1))
def test_a_normal_is_that_of_the_standard_librarys_inverse(step: int) -> None:
    probability = (step + 0.5) * 2.0**-52
    assert luck.quantile(probability) == pytest.approx(NormalDist().inv_cdf(probability), rel=1e-15, abs=0)
    key = np.uint64(unmix(step << 12))
    assert luck.normal(key, np.uint64(0), 0) == luck.quantile(probability)


def test_pinned_values_stay() -> None:
    key, slot = key_of(1, luck.SIZE, 0), np.uint64(luck.slot_of(np.uint64(7)))
    assert {
        "stream size": int(luck.SIZE),
        "key": int(key),
        "slot of 7": int(slot),
        "pair 2, 5": int(luck.slot_of_pair(np.uint64(2), np.uint64(5))),
        "direction 2, 5": int(luck.slot_of_direction(np.uint64(2), np.uint64(5))),
        "word": int(luck.word(key, slot, 3)),
        "uniform": luck.uniform(key, slot, 3),
        "normal": luck.normal(key, slot, 3),
        "name": luck.identity_of_name("Zoë's Café"),
        "highest seed": int(key_of(2**64 - 1, luck.CONTACT, 1200)),
    } == PINNED


PINNED = {
    "stream size": 4209187238085604397,
    "key": 9483545138992922490,
    "slot of 7": 7191089600892374487,
    "pair 2, 5": 4028246136951070931,
    "direction 2, 5": 10107682312662728260,
    "word": 8231153545648161421,
    "uniform": 0.44621172781267493,
    "normal": -0.1352383133950944,
    "name": 15919867470987051028,
    "highest seed": 11981982758302075525,
}


def test_a_tie_has_one_slot_and_its_directions_have_two() -> None:
    one, other = np.uint64(4), np.uint64(9)
    assert luck.slot_of_pair(one, other) == luck.slot_of_pair(other, one)
    assert luck.slot_of_direction(one, other) != luck.slot_of_direction(other, one)


def test_a_name_is_the_same_in_every_unicode_form() -> None:
    assert luck.identity_of_name("Zo\u00eb") == luck.identity_of_name("Zoe\u0308")
    assert luck.identity_of_name("Zoe") != luck.identity_of_name("Zo\u00eb")
    assert luck.identities_of_names(["a", "b"]).dtype == np.uint64


# Bounds.


def test_a_uniform_stays_below_one_and_a_normal_finite_at_the_extreme_words() -> None:
    lowest, highest = np.uint64(unmix(0)), np.uint64(unmix(2**64 - 1))
    slot = np.uint64(0)
    assert luck.uniform(lowest, slot, 0) == 0.0
    assert luck.uniform(highest, slot, 0) == 1.0 - 2.0**-53 < 1.0
    assert -8.3 < luck.normal(lowest, slot, 0) < -8.2
    assert luck.normal(highest, slot, 0) == -luck.normal(lowest, slot, 0)


def test_normals_rise_with_the_word_they_are_drawn_from() -> None:
    steps = np.concatenate([np.arange(0, 2**52, 2**38), 2**52 - 1 - np.arange(1000), np.arange(1000)])
    normals = [luck.quantile((float(step) + 0.5) * 2.0**-52) for step in np.sort(steps)]
    assert all(lower <= higher for lower, higher in itertools.pairwise(normals))


# Streams.


def test_a_stream_declared_twice_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(luck, "_STREAMS", dict(luck._STREAMS))
    with pytest.raises(ValueError, match="'size' is declared twice"):
        luck.stream("size")


def test_a_new_stream_moves_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(luck, "_STREAMS", dict(luck._STREAMS))
    before = luck.streams()
    luck.stream("a purpose that nobody had")
    assert {name: luck.streams()[name] for name in before} == before


def test_streams_have_different_numbers() -> None:
    numbers = luck.streams().values()
    assert len(set(numbers)) == len(numbers) >= 20


# Chance.


@in_every_order
@pytest.mark.parametrize("shift", [0, 11, 28, 56])
def test_each_byte_is_uniform(order: str, shift: int) -> None:
    assert looks_even((ORDERS[order] >> np.uint64(shift) & np.uint64(255)).astype(np.int64), 256)


@in_every_order
def test_successive_numbers_are_independent(order: str) -> None:
    top = (ORDERS[order] >> np.uint64(59)).astype(np.int64)
    for lag in (1, 2, 5, 30):
        assert looks_even((top[:-lag:2] << 5) + top[lag::2][: len(top[:-lag:2])], 1024)
        assert is_uncorrelated(uniforms(ORDERS[order])[:-lag], uniforms(ORDERS[order])[lag:])


@in_every_order
def test_bits_come_as_ones_as_often_as_not_after_a_one(order: str) -> None:
    ones = np.bitwise_count(ORDERS[order]).astype(np.int64)
    expected = stats.binom(64, 0.5).pmf(np.arange(20, 45)) * len(ones)
    counts = np.bincount(ones, minlength=65)
    tails = np.array([counts[:20].sum(), counts[45:].sum()])
    expected_tails = np.array([stats.binom(64, 0.5).cdf(19), stats.binom(64, 0.5).sf(44)]) * len(ones)
    chance = stats.chisquare(np.append(counts[20:45], tails), np.append(expected, expected_tails)).pvalue
    assert RARE < chance < 1 - RARE
    bits = np.unpackbits(ORDERS[order].view(np.uint8))
    runs = 1 + int((bits[1:] != bits[:-1]).sum())
    assert abs(runs - len(bits) / 2) < -NormalDist().inv_cdf(RARE) * np.sqrt(len(bits)) / 2


@in_every_order
def test_normals_are_normal(order: str) -> None:
    sample = [NormalDist().inv_cdf((int(word >> np.uint64(12)) + 0.5) * 2.0**-52) for word in ORDERS[order][:20_000]]
    assert stats.kstest(sample, "norm").pvalue > RARE


def test_streams_are_independent() -> None:
    drawn = [
        uniforms(words(column(1), number, STEPS[:300, None], slots(STEPS[:64]), column(0))).ravel()
        for number in luck.streams().values()
    ]
    for one, other in itertools.combinations(drawn, 2):
        assert is_uncorrelated(one, other)


@pytest.mark.parametrize("distance", [1, 2, 30, 2**16, 2**32, 2**63])
def test_neighbouring_seeds_months_slots_and_components_are_independent(distance: int) -> None:
    sample, away = STEPS[:20_000], np.uint64(distance)
    month_away = np.uint64(min(distance, 2**32))
    here = uniforms(words(sample, luck.MOOD, column(3), slots(column(1)), column(0)))
    assert is_uncorrelated(here, uniforms(words(sample + away, luck.MOOD, column(3), slots(column(1)), column(0))))
    here = uniforms(words(column(3), luck.MOOD, sample, slots(column(1)), column(0)))
    assert is_uncorrelated(
        here, uniforms(words(column(3), luck.MOOD, sample + month_away, slots(column(1)), column(0)))
    )
    here = uniforms(words(column(3), luck.MOOD, column(1), slots(sample), column(0)))
    assert is_uncorrelated(here, uniforms(words(column(3), luck.MOOD, column(1), slots(sample + away), column(0))))
    assert is_uncorrelated(here, uniforms(words(column(3), luck.MOOD, column(1), slots(sample), column(distance))))


@pytest.mark.parametrize("changed", ["seed", "month", "identity", "component"])
def test_flipping_one_bit_of_the_input_flips_each_bit_of_the_output_half_the_time(changed: str) -> None:
    sample = np.arange(1, 2049, dtype=np.uint64)
    bound = -NormalDist().inv_cdf(RARE / 64 / 64) * np.sqrt(len(sample)) / 2
    asked = {"seed": sample, "month": column(1), "identity": column(2), "component": column(3)}
    asked |= {changed: sample}
    places = np.arange(64, dtype=np.uint64)

    def answers(values: dict[str, Words]) -> Words:
        slot = slots(values["identity"])
        return words(values["seed"], luck.LOOK, values["month"], slot, values["component"])

    before = answers(asked)
    for place in places:
        flipped = before ^ answers(asked | {changed: sample ^ (np.uint64(1) << place)})
        flips = ((flipped[:, None] >> places) & np.uint64(1)).sum(axis=0).astype(np.int64)
        assert np.abs(flips - len(sample) / 2).max() < bound, f"bit {place} of the {changed}"


def test_no_two_draws_and_no_two_slots_of_a_large_run_are_the_same() -> None:
    drawn = [
        words(column(1), number, STEPS[:12, None], slots(STEPS[:500]), column(0)).ravel()
        for number in luck.streams().values()
    ]
    everything = np.concatenate(drawn)
    assert len(np.unique(everything)) == len(everything)
    low, high = np.triu_indices(500, 1)
    ends = low.astype(np.uint64), high.astype(np.uint64)
    taken = [slots(STEPS[:500]), pair_slots(*ends), direction_slots(*ends), direction_slots(*ends[::-1])]
    assert len(np.unique(np.concatenate(taken))) == sum(map(len, taken))
