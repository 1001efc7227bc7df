"""`cisim template`: a workbook to fill in with partners, ties and answers to a dozen questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cisim.cli.options import Overwrite, argument
from cisim.cli.terminal import say


def template(
    file: Annotated[Path, argument("[FILE]", "A workbook to write, .xlsx.")] = Path("partners.xlsx"),
    overwrite: Overwrite = False,
) -> None:
    """Write a workbook to fill in with your partners and what you know of them.

    It has sheets for partners, for ties, and for a dozen questions about the coalition, each answer with what it looks like in
    practice. `cisim import` reads the filled workbook; answers set dials of the plan.
    """
    from cisim.report.template import write_template

    write_template(file, overwrite=overwrite)
    say(f"Wrote {file}: fill it in with a spreadsheet; only the partners' names are needed.")
    say(f"Next: cisim import {file} --out my-coalition")
