"""Announcement that the model is compiled, which takes a while: a record at level INFO, which a terminal shows."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from typing import Any, Final

LOG = logging.getLogger(__name__)
FIRST: Final = "Compiling the model for this machine. This happens once and takes about 15 seconds."
OWN: Final = "Compiling the model for {} of your own. This takes up to half a minute."


class _Terminal(logging.Handler):
    """Writes to the error output where it is a terminal, so that neither notebooks nor files get it; workers leave it to their parent."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None and sys.stderr.isatty() and parent_process() is None:
            print(record.getMessage(), file=sys.stderr, flush=True)


LOG.addHandler(_Terminal())
LOG.setLevel(logging.INFO)


@contextmanager
def announced(function: Callable[..., object], words: str) -> Iterator[None]:
    """Announce it in these words if meanwhile Numba compiles a function, which it does not if it kept the code of an earlier time."""
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, started: Any) -> None:
            if started.data["dispatcher"] is function:
                LOG.info(words)

        def on_end(self, ended: Any) -> None:
            pass

    with event.install_listener("numba:compile", Listener()):
        yield
