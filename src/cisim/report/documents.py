"""JSON documents of the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """List the rows of a table; a number that is not there is None."""
    rows = frame.to_dict("records")
    return [{str(name): None if value != value else value for name, value in row.items()} for row in rows]
