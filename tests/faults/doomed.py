"""A model that writes down which runs it is made for, and now and then kills the process that it is in."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from cisim.mesa_model import CollectiveImpactModel

#: Where it writes, and where it finds whether to kill.
FOLDER = "CISIM_TEST_DOOM"


def look_in(folder: str) -> None:
    """Let models in this process look for their doom here."""
    os.environ[FOLDER] = folder


def log_of(folder: Path) -> list[int]:
    """The seeds of the runs that were begun, in order."""
    path = folder / "begun"
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


class Doomed(CollectiveImpactModel):
    """As the model, if nobody dooms it."""

    def __init__(self, config: Any, *, seed: int = 1, **rest: Any) -> None:
        self._folder = Path(os.environ[FOLDER])
        self._seed_here = seed
        descriptor = os.open(self._folder / "begun", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{seed}\n".encode())
        os.close(descriptor)
        super().__init__(config, seed=seed, **rest)

    def commit(self) -> None:
        if self.month == 3 and self._doomed():
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit()

    def _doomed(self) -> bool:
        """Whether this run always dies; or somebody asked for a death once so many runs were begun, and had none yet."""
        if (self._folder / f"always-{self._seed_here}").exists():
            return True
        try:
            if len(log_of(self._folder)) < int((self._folder / "once").read_text()):
                return False
            (self._folder / "once").rename(self._folder / "had")
        except FileNotFoundError:
            return False
        return True
