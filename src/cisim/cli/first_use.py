"""Telling why a first use takes long, without the engine where it is not needed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cisim.cli.terminal import note

#: The engine's log, which says when it compiles.
ENGINE = "cisim.engine"


@contextmanager
def announce_first_use() -> Iterator[None]:
    """Say why a first use takes long when it comes to that, and if it could not be kept, that the next will too."""
    log = logging.getLogger(ENGINE)
    said = _Announcement(logging.INFO)
    before = log.level
    log.addHandler(said)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(said)
        log.setLevel(before)
    if not said.told:
        return
    from cisim import engine
    from cisim.dynamics.compiled import cache_folder

    if not engine.is_compiled():
        folder = cache_folder().parent.parent
        note(f"The compiled model cannot be kept in {folder}: CISIM_CACHE_DIR=FOLDER chooses another folder.")


class _Announcement(logging.Handler):
    """Tells, once, that the model is being compiled."""

    told = False

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        """Tell it."""
        if not self.told:
            self.told = True
            note("Compiling the model for this machine. This happens once and takes about 15 seconds.")
