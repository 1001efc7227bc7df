"""Analyses of a finished study: what drives an outcome, and how much of it is luck.

Example:
    >>> from cisim.analysis import sensitivity
    >>> from cisim.study import Store
    >>> sensitivity(Store.open("results"), "sobol").headline  # doctest: +SKIP
"""

from cisim.analysis.data import Data, Variance, take_apart
from cisim.analysis.sensitivity import Sensitivity, sensitivity, sensitivity_of

__all__ = ["Data", "Sensitivity", "Variance", "sensitivity", "sensitivity_of", "take_apart"]
