"""Luck in plain Python integers: the same numbers as `cisim.dynamics.luck`, without compiled code."""

from __future__ import annotations

from statistics import NormalDist

import cisim.dynamics.luck

BITS_64 = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
STREAMS = cisim.dynamics.luck.streams()
QUANTILE = NormalDist().inv_cdf


def mix(word: int) -> int:
    """The finaliser of SplitMix64, variant 13."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & BITS_64
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & BITS_64
    return word ^ (word >> 31)


def slot_of(identity: int) -> int:
    """The slot of one organisation or outcome."""
    return mix((identity + GOLDEN) & BITS_64)


def slot_of_pair(one: int, other: int) -> int:
    """The slot of a tie."""
    low, high = sorted((one, other))
    return mix(mix((low + GOLDEN) & BITS_64) ^ ((high + (GOLDEN << 1)) & BITS_64))


def slot_of_direction(source: int, target: int) -> int:
    """The slot of `source` looking at `target`."""
    return mix((mix(source ^ GOLDEN) + (target ^ ((GOLDEN << 1) & BITS_64))) & BITS_64)


class Luck:
    """All draws of one run, by the name of the stream; the keys of a month are remembered."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.keys: dict[tuple[str, int], int] = {}

    def word(self, stream: str, month: int, slot: int, component: int) -> int:
        """64 random bits."""
        key = self.keys.get((stream, month))
        if key is None:
            of_stream = mix(mix((self.seed + GOLDEN) & BITS_64) ^ STREAMS[stream])
            key = mix((of_stream + GOLDEN * (month + 1)) & BITS_64)
            self.keys[stream, month] = key
        return mix(key ^ ((slot + GOLDEN * component) & BITS_64))

    def uniform(self, stream: str, month: int, slot: int, component: int = 0) -> float:
        """Uniform in [0, 1)."""
        return (self.word(stream, month, slot, component) >> 11) * 2.0**-53

    def normal(self, stream: str, month: int, slot: int, component: int = 0) -> float:
        """Standard normal."""
        return QUANTILE(((self.word(stream, month, slot, component) >> 12) + 0.5) * 2.0**-52)
