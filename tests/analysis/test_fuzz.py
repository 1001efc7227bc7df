"""Fuzzed files of observations: whatever they hold, they are read as they say or refused in words.

`CISIM_FUZZ=100000` tries so many; see tests/fuzzing.py.
"""

from __future__ import annotations

from random import Random

import numpy as np

from cisim.analysis.fit import OBSERVED, read_observed
from fuzzing import Figures, fuzzed, mutated
from fuzzing import figures as figures

SAMPLES = [
    b"month,outcome,value,error\n24,progress,0.04,0.01\n36,outcome.reading,0.10,\n48,progress,0.16,0.02\n",
    b"sep=;\nMonth;Outcome;Value\n12;progress;0,06\n24;trust;0,5\n",
    b'"value"\t"month"\t"outcome"\r\n"1e-3"\t"0"\t"progress"\r\n',
]
PIECES = [
    b",", b";", b"\t", b"|", b'"', b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"nan", b"inf", b"-", b"1e400", b"9" * 400, b"1.5", b"1201",
    b"month", b"error", b"=1+1", b"\x1b[2J", b"\xe2\x80\xae", b"\xc2\xa0", b"sep=;", b"",
]  # fmt: skip


@fuzzed
def test_any_change_of_observations(figures: Figures, luck: Random, tmp_path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(mutated(luck.choice(SAMPLES), luck, PIECES))
    found = figures.attempt(lambda: read_observed(path))
    if found is not None:
        assert tuple(sorted(found)) == tuple(sorted(OBSERVED))
        assert len(found) > 0
        assert np.isfinite(found[["month", "value", "error"]].to_numpy()).all()
        assert found["outcome"].str.len().gt(0).all()
        assert (found["month"] % 1 == 0).all()
        assert (found["error"] >= 0).all()
