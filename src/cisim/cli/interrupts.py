"""Ctrl-C that cannot get lost.

While the model is compiled, Python code is called back from C, where an exception goes no further: a
KeyboardInterrupt that is raised there is thrown away, and the compiler stumbles over what is missing, or goes on.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from types import FrameType
from typing import Any

#: Seconds until an interrupt that was thrown away is raised again, outside of what threw it away.
AGAIN = 0.05
_asked = threading.Event()


def arm() -> None:
    """Take care of Ctrl-C, unless whoever called cisim has its own way with it."""
    _asked.clear()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def asked() -> bool:
    """Whether Ctrl-C was pressed: whatever fails then, fails for that."""
    return _asked.is_set()


def done() -> None:
    """The command ends: pressing once more changes nothing."""
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _asked.set()
    sys.unraisablehook = _thrown_away
    signal.default_int_handler(number, frame)


def _thrown_away(what: Any) -> None:
    """Raise an interrupt again; what else fails now, such as what the compiler leaves half made, is of no interest."""
    if issubclass(what.exc_type, KeyboardInterrupt):
        again = threading.Timer(AGAIN, _thread.interrupt_main)
        again.daemon = True
        again.start()
