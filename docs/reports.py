"""Report of the worked example, made when the site is built: `python docs/reports.py FOLDER` writes it into a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PLAN = Path(__file__).parents[1] / "scenarios" / "planning" / "larch" / "plan.toml"
NAME = "larch.html"


def text() -> str:
    """Write the link to the report, from a page in a folder of the site."""
    return f'<p><a href="../reports/{NAME}">The report of this example</a>, as the third command writes it.</p>'


def write(folder: Path) -> Path:
    """Run the plans and write their report into a folder, which is made; return its file."""
    from cisim.plan.answers import answer
    from cisim.plan.run import run
    from cisim.plan.spec import read
    from cisim.report.board import write_report

    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as kept:
        write_report(answer(run(read(PLAN), folder=Path(kept) / "results")), folder / NAME, overwrite=True)
    return folder / NAME


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/reports.py FOLDER")
    print(write(Path(sys.argv[1])))
