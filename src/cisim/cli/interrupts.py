"""Ctrl-C that cannot get lost.

While the model is compiled, or a library is loaded, Python code is called back from C, where an exception goes no
further: a KeyboardInterrupt that is raised there is thrown away, and what called it stumbles over what is missing, or
goes on. So a thread looks whether the interrupt is still on its way out, and raises it again where it is not.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any, NoReturn

#: Seconds between looks at whether an interrupt is on its way out.
AGAIN = 0.2
#: Seconds after which a command that was interrupted is ended whatever it still waits for.
PATIENCE = 20.0
_asked = threading.Event()
_done = threading.Event()


def arm() -> None:
    """Take care of Ctrl-C, unless whoever called cisim has its own way with it."""
    _asked.clear()
    _done.clear()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def asked() -> bool:
    """Whether Ctrl-C was pressed: whatever fails then, fails for that."""
    return _asked.is_set()


def done() -> None:
    """The command ends: pressing once more changes nothing."""
    _done.set()
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def leave(code: int) -> NoReturn:
    """End the process here and now, all that the command had open being closed.

    An interrupt may leave a library half loaded, over which the interpreter stumbles when it tidies up (it crashes,
    or waits for ever); and one that passed through code run from text, Python remembers as one nobody handled,
    whose process it ends by the signal.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _asked.is_set():
        _asked.set()
        sys.unraisablehook = _unheard
        threading.Thread(target=_watch, args=[threading.get_ident()], daemon=True).start()
    signal.default_int_handler(number, frame)


def _watch(main: int) -> None:
    """Raise the interrupt again as often as it was thrown away, and never while it makes its way out.

    A library may wait on that way for a lock that the interrupt let nobody give back: whoever presses Ctrl-C does not.
    """
    end = time.monotonic() + PATIENCE
    while not _done.wait(AGAIN):
        if time.monotonic() > end:
            sys.stderr.write("interrupted\n")
            leave(130)
        handled = sys._current_exceptions().get(main)
        # A tuple of type, value and traceback before Python 3.12.
        if not _from_interrupt(handled[1] if isinstance(handled, tuple) else handled):
            _thread.interrupt_main()


def _from_interrupt(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _unheard(what: Any) -> None:
    """What fails where nobody listens, such as what the compiler leaves half made, is of no interest now."""
