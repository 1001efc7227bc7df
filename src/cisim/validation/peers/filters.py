"""Kalman filters of other packages, on the same looks at a random walk."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Looks(NamedTuple):
    """Input of a filter.

    Attributes:
        means: (months,) the mean of the looks of each month.
        errors: (months,) its variance.
        start: the belief before.
        spread: its variance.
        drift: variance of a month's step of the random walk.
    """

    means: NDArray[np.float64]
    errors: NDArray[np.float64]
    start: float
    spread: float
    drift: float


def filterpy(looks: Looks) -> NDArray[np.float64]:
    """Filter with the package filterpy: beliefs and their variances, (2, months)."""
    peer = import_module("filterpy.kalman").KalmanFilter(dim_x=1, dim_z=1)
    peer.x, peer.P = np.array([[looks.start]]), np.array([[looks.spread]])
    peer.F, peer.H, peer.Q = np.eye(1), np.eye(1), np.array([[looks.drift]])
    course = np.empty((2, len(looks.means)))
    for month, (look, error) in enumerate(zip(looks.means, looks.errors, strict=True)):
        peer.predict()
        peer.update(np.array([[look]]), R=np.array([[error]]))
        course[:, month] = peer.x[0, 0], peer.P[0, 0]
    return course


def pykalman(looks: Looks) -> NDArray[np.float64]:
    """Filter with the package pykalman: beliefs and their variances, (2, months)."""
    peer = import_module("pykalman").KalmanFilter(
        transition_matrices=[[1.0]], observation_matrices=[[1.0]], transition_covariance=[[looks.drift]]
    )
    mean, covariance = np.array([looks.start]), np.array([[looks.spread]])
    course = np.empty((2, len(looks.means)))
    for month, (look, error) in enumerate(zip(looks.means, looks.errors, strict=True)):
        mean, covariance = peer.filter_update(
            mean, covariance, np.array([look]), observation_covariance=np.array([[error]])
        )
        course[:, month] = float(np.ravel(mean)[0]), float(np.ravel(covariance)[0])
    return course


#: By the name of the package.
FILTERS: dict[str, Callable[[Looks], NDArray[np.float64]]] = {"filterpy": filterpy, "pykalman": pykalman}
