"""How far each field of a scenario moves progress over its plausible range, on the same luck.

`python experiments/moves.py` measures all fields in ten minutes and writes `src/cisim/scenario/moves.csv`, which `cisim explain` and the page
of parameters read; with names of fields it measures these alone anew. Each field is at its lowest, its own and its highest plausible value, all
else as it is in a shipped scenario; what is written is how far mean progress at the end is apart, in percentage points of the gap. A field
that moves it by less than `LITTLE` in `all-five` is tried in the other shipped scenarios too, and the one where it moves most is added.
"""

from __future__ import annotations

import csv
import io
import sys

import numpy as np

from cisim.engine import simulate
from cisim.errors import InputError
from cisim.files import replace_file
from cisim.scenario import FieldInfo, Scenario, fields, load, shipped
from cisim.scenario.catalogue import dead_while
from cisim.scenario.moves import FILE, LITTLE, Move, moves
from cisim.seeds import run_seeds_of

#: Paired runs in `all-five`, and in other scenarios.
RUNS, ELSEWHERE = 100, 30
#: Not tried besides: what takes long, and what has ranges of its own.
LEFT_OUT = ("all-five", "two-hundred", "population")


def measured() -> list[FieldInfo]:
    """List the fields that are measured: numbers with a plausible range, but the horizon."""
    return [info for info in fields() if info.low is not None and info.path != "scenario.months"]


def move(info: FieldInfo, name: str, runs: int) -> Move:
    """Measure how far a field moves progress in a shipped scenario."""
    base, kind = load(name), int if info.type == "whole number" else float
    ends = {}
    for value in (info.low, None, info.high):
        try:
            scenario = base if value is None else base.replace(**{info.path: kind(value)})
        except InputError:
            continue  # its rules do not let the field go so far beside the others
        seen = float(base.value(info.path) or 0.0) if value is None else float(value)
        ends[seen] = ends[seen] if seen in ends else last(scenario, runs)
    means = {value: float(progress.mean()) for value, progress in ends.items()}
    least, most = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    apart = 100.0 * (ends[most] - ends[least])
    error = float(apart.std(ddof=1) / np.sqrt(runs))
    return Move(info.path, name, min(ends), max(ends), round(float(apart.mean()), 2), round(error, 2))


def is_alive(info: FieldInfo, name: str) -> bool:
    """Tell whether a field may do anything in a shipped scenario, or at some time in it."""
    scenario = load(name)
    moved = {path for event in scenario.events for path in event.set}
    return all(path in moved or scenario.value(path) != quiet for path, quiet in dead_while(info).items())


def last(scenario: Scenario, runs: int) -> np.ndarray:
    """Run a scenario: progress at the end of each run, (runs,)."""
    return simulate(scenario, run_seeds_of(1, runs), threads=2)[:, -1, 0]


def of_field(info: FieldInfo) -> list[Move]:
    """Measure a field by default and, if it moves little there, where it moves most."""
    found = [move(info, "all-five", RUNS)]
    if found[0].points < LITTLE:
        elsewhere = [move(info, name, ELSEWHERE) for name in shipped() if name not in LEFT_OUT and is_alive(info, name)]
        best = max(elsewhere, key=lambda one: one.points, default=found[0])
        if best is not found[0] and best.points > 0.0:
            found.append(best)
    return found


def main(names: list[str]) -> int:
    """Measure fields and write the file."""
    kept = dict(moves()) if names else {}
    for info in measured():
        if not names or info.path in names:
            kept[info.path] = tuple(of_field(info))
            print(*kept[info.path], sep="\n", flush=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Move._fields)
    writer.writerows(row for info in measured() for row in kept.get(info.path, ()))
    replace_file(FILE, lambda file: file.write(text.getvalue().encode()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
