"""The folder of a comparison: a folder for each strategy, and what was there before stays until the new one is in its place."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from cisim.coalition import roster
from cisim.comparison import Comparison
from cisim.ensemble import Ensemble
from cisim.errors import InputError
from cisim.report.export import write_comparison
from synthetic import ensemble


def comparison(*names: str) -> Comparison:
    """Strategies of different progress at the end: 0, 0.1, 0.2 ..."""
    whole = [ensemble([0.1 * place] * 2, months=3) for place in range(len(names))]
    read = roster(whole[0].scenario)
    return Comparison(
        {
            name: Ensemble(each.values, each.seeds, each.measures, each.scenario, read)
            for name, each in zip(names, whole, strict=True)
        }
    )


def write(names: tuple[str, ...], out: Path) -> list[str]:
    """Write a comparison; return the folders in it, in the order of the strategies."""
    files = write_comparison(comparison(*names), {}, out)
    return list(dict.fromkeys(file.parent.name for file in files[:-1]))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("names", "folders"),
    [
        (("Launch", "launch", "LAUNCH"), ["Launch", "launch-2", "LAUNCH-3"]),
        (("stra\u00dfe", "STRASSE"), ["stra\u00dfe", "STRASSE-2"]),
        (("a", "Comparison.JSON"), ["a", "Comparison.JSON-2"]),
        (("a-2", "a", "A"), ["a-2", "a", "A-3"]),
        (("a-3", "a", "a/"), ["a-3", "a", "a-2"]),
        (("..", "../..", "-"), ["scenario", "scenario-2", "scenario-3"]),
        (("/etc/a", "\u202e\x1b[31mb"), ["etc-a", "31mb"]),
    ],
)
def test_no_two_strategies_share_a_folder_where_capitals_do_not_count(tmp_path, names, folders):
    assert write(names, tmp_path / "kept") == folders
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == sorted([*folders, "comparison.json"])
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    for place, folder in enumerate(folders):
        progress = pq.read_table(tmp_path / "kept" / folder / "results.parquet")["progress"].to_numpy()
        np.testing.assert_allclose(progress[[3, 7]], 0.1 * place)


def test_a_long_name_does_not_lose_the_runs(tmp_path):
    names = ("\U00020000" * 200, "\U00020000" * 201)
    first, second = write(names, tmp_path / "kept")
    assert first != second
    assert max(len(os.fsencode(folder)) for folder in (first, second)) <= 255


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_comparison_that_was_there_comes_back_if_the_new_one_cannot_take_its_place(tmp_path, monkeypatch, error):
    out = tmp_path / "kept"
    write(("old", "older"), out)
    before = contents(tmp_path)

    def failing(rename):
        def move(source, target, *args, **options):
            if Path(target) == out and not Path(source).name.endswith(".old"):
                raise error
            return rename(source, target, *args, **options)

        return move

    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, failing(getattr(os, name)))
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt):
        write(("new", "newer"), out)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    monkeypatch.undo()
    assert write(("new", "newer"), out) == ["new", "newer"]
    assert sorted(path.name for path in out.iterdir()) == ["comparison.json", "new", "newer"]
