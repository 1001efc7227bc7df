"""The model: state, dials, luck, the stages of a month and what is recorded. Everything in here decides a run."""
