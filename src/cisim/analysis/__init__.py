"""Analyses of a finished study: what drives an outcome, what acts together, where a strategy fails, and how much of it is luck.

Example:
    >>> from cisim.analysis import sensitivity
    >>> from cisim.study import Store
    >>> sensitivity(Store.open("results"), "sobol").headline  # doctest: +SKIP
"""

from cisim.analysis.data import Data, Variance, take_apart
from cisim.analysis.discovery import Discovery, discover, discover_of
from cisim.analysis.fit import Fit, fit, fit_of
from cisim.analysis.sensitivity import Sensitivity, sensitivity, sensitivity_of
from cisim.analysis.synergy import Synergy, synergy, synergy_of
from cisim.analysis.tree import Tree, tree, tree_of

# The functions are what `cisim.analysis.synergy` and `cisim.analysis.tree` mean, as with the functions of studies.
__all__ = ["Data", "Sensitivity", "Synergy", "Variance", "sensitivity", "sensitivity_of", "synergy", "synergy_of"]
__all__ += ["Discovery", "Tree", "discover", "discover_of", "take_apart", "tree", "tree_of"]
__all__ += ["Fit", "fit", "fit_of"]
