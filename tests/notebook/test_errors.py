"""Wrong input in a notebook is told as on the command line: problems, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys


def told(code: str, folder: str) -> str:
    """Return what IPython shows of a cell."""
    command = [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "IPYTHONDIR": folder}, timeout=300
    )
    return done.stdout + done.stderr


def test_wrong_input_is_told_without_a_traceback(tmp_path) -> None:
    shown = told(
        'import cisim; cisim.load("all-five").replace(**{"backbone.staf": 1, "agenda.cadence": -1})', str(tmp_path)
    )
    assert "did you mean backbone.staff" in shown
    assert shown.count("InputError: ") == 2
    assert "Traceback" not in shown
    assert "File" not in shown


def test_other_errors_keep_their_traceback(tmp_path) -> None:
    assert "Traceback" in told("1 / 0", str(tmp_path))
