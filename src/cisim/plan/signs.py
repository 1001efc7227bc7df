"""Early signs: what, looked at early, tells runs that will end well from those that will not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.uncertainty import COVERAGE, Floats


class Sign(NamedTuple):
    """A sign better than chance, judged by worlds that had no part in choosing it."""

    column: int  # of the looks
    above: bool  # does it show above the threshold, or below?
    threshold: float  # in the look's unit; at the threshold it shows
    told_apart: float  # chance that of a run on track and one that is not, the first looks better; 0.5 says nothing
    hit: float  # share of runs on track in which it shows
    false_alarm: float  # share of runs not on track in which it shows nevertheless
    if_shown: float  # share on track of those in which it shows
    if_not: float  # share on track of those in which it does not


def early_signs(looks: Floats, on_track: NDArray[np.bool_]) -> tuple[Sign, ...]:
    """Find signs that tell runs on track from the others; the most telling first.

    Every second world chooses: each sign's direction, its threshold (the largest share of hits less that of false alarms) and the order.
    The other worlds judge. A sign is named if there it tells runs apart better than chance, with a chance of at most 5 % that any
    is named which does not (Bonferroni over all looks; error of the area under the curve by worlds, since runs of one world are
    alike: Obuchowski 1997, Biometrics 53, 567-578).

    Args:
        looks: (worlds, runs, looks), such as each measure in months 6, 12 and 24; a run without a value (NaN) does not count for it.
        on_track: (worlds, runs), whether a run ends well: say, ahead of doing nothing.
    """
    from scipy.special import stdtr

    signs = []
    for column in range(looks.shape[2]):
        choosing, judging = (_Half(looks[part::2, :, column], on_track[part::2]) for part in (0, 1))
        if choosing.one_sided or judging.one_sided:
            continue
        area, _ = choosing.area()
        above = area >= 0.5
        threshold = choosing.threshold(above)
        judged, error = judging.area()
        told_apart = judged if above else 1 - judged
        chance = stdtr(judging.count - 1, (0.5 - told_apart) / error) if error > 0 else float(told_apart <= 0.5)
        if chance * looks.shape[2] <= 1 - COVERAGE:
            sign = Sign(column, above, threshold, told_apart, *judging.shares(above, threshold))
            signs.append((max(area, 1 - area), sign))
    return tuple(sign for _, sign in sorted(signs, key=lambda each: -each[0]))


class _Half:
    """One look at the runs of half the worlds."""

    def __init__(self, looks: Floats, on_track: NDArray[np.bool_]) -> None:
        there = ~np.isnan(looks)
        self.worlds = np.broadcast_to(np.arange(len(looks))[:, None], looks.shape)[there]
        self.looks, self.good = looks[there], on_track[there]
        self.count = len(np.unique(self.worlds))
        self.one_sided = bool(self.good.all()) or not bool(self.good.any()) or self.count < 2

    def area(self) -> tuple[float, float]:
        """Return the area under the curve, ties counted half, and its standard error."""
        from scipy.stats import rankdata

        good, bad = int(self.good.sum()), int((~self.good).sum())
        ranks, among = rankdata(self.looks), np.empty(len(self.looks))
        for side in (self.good, ~self.good):
            among[side] = rankdata(self.looks[side])
        # Share of the other kind below (of a good run), or above (of a bad one).
        share = np.where(self.good, (ranks - among) / bad, 1 - (ranks - among) / good)
        area = float(share[self.good].mean())
        by_world = np.bincount(self.worlds, (share - area) / np.where(self.good, good, bad))
        worlds = len(by_world)
        return area, float(np.sqrt(worlds / (worlds - 1) * (by_world**2).sum()))

    def threshold(self, above: bool) -> float:
        """Choose the threshold between two looks with the largest share of hits less that of false alarms."""
        ordered = np.unique(self.looks)
        between = (ordered[1:] + ordered[:-1]) / 2 if len(ordered) > 1 else ordered
        good, bad = np.sort(self.looks[self.good]), np.sort(self.looks[~self.good])
        apart = np.searchsorted(bad, between) / len(bad) - np.searchsorted(good, between) / len(good)
        return float(between[np.argmax(apart if above else -apart)])

    def shares(self, above: bool, threshold: float) -> tuple[float, float, float, float]:
        """Return the shares of hits and of false alarms, and of runs on track with the sign and without."""
        shown = self.looks >= threshold if above else self.looks <= threshold

        def share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
            return float(of[among].mean()) if among.any() else np.nan

        hit, false_alarm = share(shown, self.good), share(shown, ~self.good)
        return hit, false_alarm, share(self.good, shown), share(self.good, ~shown)
