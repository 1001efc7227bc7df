"""A second opinion: the model of the documentation, written naively, one Python object per organisation.

It was written from the model's text alone, by someone who had not read the compiled stages. It shares with
the package only luck, the parsed scenario, names of measures and the coalition as drawn at month 0. Where it
and the engine differ, one of them has misread the text.

    simulate(scenario, seed) -> a list of months + 1 dicts, measure name -> value (NaN: no meaning)
"""

from cisim.validation.second_opinion.run import simulate

__all__ = ["simulate"]
