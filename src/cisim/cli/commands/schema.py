"""`cisim schema`: the JSON schema of scenario files."""

from __future__ import annotations

from cisim.report.format import json_text


def schema() -> None:
    """Write the JSON schema of scenario files, for editors."""
    from cisim import scenario

    print(json_text(scenario.json_schema()))
