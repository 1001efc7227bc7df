"""Validation: checks of the model, run by `cisim validate`.

Three suites: *docking* (each condition, taken alone, is a known model with known results), *facts* (what the default settings must
show), *engine* (two faces, and a second version of the model written independently, give the same numbers).
"""
