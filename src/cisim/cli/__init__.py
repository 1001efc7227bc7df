"""The command line. Nothing heavy is imported before a command that needs it is called."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from cisim.cli import interrupts
from cisim.errors import InputError

#: Exit codes, as `cisim --help` tells them: 128 + the signal where one ended the command, as shells have it.
FINE, DOES_NOT_HOLD, WRONG_INPUT, INTERRUPTED, NOBODY_READS = 0, 1, 2, 130, 141


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end with its exit code.

    Args:
        arguments: of the command line; the process's own by default.

    Raises:
        SystemExit: always, with the exit code.
    """
    interrupts.arm()
    # What is imported stays: looking through it for garbage takes a quarter of a second of each command.
    gc.set_threshold(100_000, *gc.get_threshold()[1:])
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a sign gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _done(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except InputError as error:
        code = _wrong(error.problems)
    except MemoryError:
        code = _wrong(["this machine has too little memory for that: ask for fewer runs or organisations"])
    except KeyboardInterrupt:
        code = _interrupted()
    except BrokenPipeError:
        _hush()
        code = NOBODY_READS
    except OSError as error:
        # Whatever writes a file tells of it in an InputError: what is left is the output itself, on a full disk.
        _hush()
        code = _wrong([f"{error.filename or 'the output'}: {error.strerror or error}"])
    except Exception:
        if not interrupts.asked():
            raise
        code = _interrupted()
    if code == INTERRUPTED and interrupts.asked():
        interrupts.leave(code)
    sys.exit(code)


def _done(arguments: Sequence[str] | None) -> int:
    """Read the command line, then do what it asks for: outside of typer, which has its own ideas of errors."""
    from cisim.cli.app import app
    from cisim.cli.asking import asked

    asked.clear()
    code = FINE
    try:
        app(None if arguments is None else list(arguments), prog_name="cisim")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else FINE
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code or (asked.pop()() if asked else FINE)


def _wrong(problems: Sequence[str]) -> int:
    from cisim.cli.terminal import complain

    complain(problems)
    return WRONG_INPUT


def _interrupted() -> int:
    from cisim.cli.terminal import note

    interrupts.done()
    note("interrupted")
    return INTERRUPTED


def _hush() -> None:
    """Let the interpreter flush what is left of its output into nothing."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
