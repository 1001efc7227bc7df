"""The five conditions of collective impact, one module each.

Every stage is a compiled function `stage(state, dials, luck)` that changes a run's `State` in place: `dials` is this month's row of
settings (see `cisim.dials`), `luck` the run's seed and the month. The equations are those of the model page of the documentation.
"""
