"""Studies: a design over a scenario's fields, run many times, kept in a store that survives a stop of any kind.

Example:
    >>> from cisim.study import read, run  # doctest: +SKIP
    >>> store = run(read("study.toml"), "results")  # doctest: +SKIP
"""

# Some functions are called like the module that they are in: imported here, they are what `cisim.study.run` and the like mean.
from cisim.study.designs import Design
from cisim.study.estimate import Costs, estimate
from cisim.study.factors import Factor, Level
from cisim.study.file import parse, read, to_text
from cisim.study.merge import merge
from cisim.study.run import Progress, extend, rerun, run, study_of
from cisim.study.spec import Limits, Record, Stop, Study
from cisim.study.store import Counts, Store, verify
from cisim.study.summary import difference, failures, in_design_order, summary
from cisim.study.user_code import Code

__all__ = ["Code", "Costs", "Counts", "Design", "Factor", "Level", "Limits", "Progress", "Record", "Stop", "Store"]
__all__ += ["Study", "difference", "estimate", "extend", "failures", "in_design_order", "merge", "parse"]
__all__ += ["read", "rerun", "run", "study_of", "summary", "to_text", "verify"]
