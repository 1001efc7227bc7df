"""Who takes part: coalitions from the seed or from files, and what luck gives them at month 0."""

from __future__ import annotations

from cisim.coalition.builtin import builtin_names
from cisim.coalition.columns import Column
from cisim.coalition.founding import Coalition, draw
from cisim.coalition.rosters import Roster, Ties, roster

__all__ = ["Coalition", "Column", "Roster", "Ties", "builtin_names", "draw", "roster"]
