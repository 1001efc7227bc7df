"""The `cisim` command: subcommands, exit codes, errors, and Ctrl-C that cannot get lost."""

from __future__ import annotations

import _thread
import atexit
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, NoReturn

import typer

from cisim import __version__
from cisim.cli.commands.app import app_
from cisim.cli.commands.check import check
from cisim.cli.commands.class_ import class_
from cisim.cli.commands.compare import compare
from cisim.cli.commands.demo import demo
from cisim.cli.commands.explain import explain
from cisim.cli.commands.import_ import import_
from cisim.cli.commands.new import new
from cisim.cli.commands.plan import plan_app
from cisim.cli.commands.run import run
from cisim.cli.commands.scenarios import scenarios
from cisim.cli.commands.schema import schema
from cisim.cli.commands.study import study_app
from cisim.cli.commands.template import template
from cisim.cli.commands.validate import validate
from cisim.cli.commands.warmup import warmup
from cisim.cli.terminal import note
from cisim.errors import InputError, reason

#: Exit codes, as `cisim --help` tells them: 128 + the signal where one ended the command, as shells have it.
WRONG_INPUT, INTERRUPTED, NOBODY_READS = 2, 130, 141
EPILOG = """\
Exit codes: 0 fine; 1 a claim does not hold (validate), a run failed (study), a scenario was left out (compare, class) or other bytes
came out (run MANIFEST); 2 wrong input or an output that cannot be written; 130 interrupted by Ctrl-C; 141 nobody reads the output any more.

Begin with: cisim demo
"""
#: The commands in the order of `cisim --help`, which shows the first sentence of each one's docstring.
COMMANDS = (
    demo,
    app_,
    class_,
    run,
    compare,
    scenarios,
    new,
    template,
    import_,
    check,
    explain,
    schema,
    validate,
    warmup,
)

# Help drawn by rich would take three times as long; tables are drawn with it all the same.
app = typer.Typer(
    name="cisim",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
app.add_typer(plan_app, name="plan")
app.add_typer(study_app, name="study")
for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(command)


def _show_version(requested: bool) -> None:
    if requested:
        typer.echo(f"cisim {__version__}")
        raise typer.Exit


@app.callback()
def cisim(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Simulate collective impact: what the five conditions do to a coalition's progress, alone and together."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command, by default the one that the process was called with, and end with its exit code."""
    _pressed.clear()
    _ending.clear()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # or else the caller of cisim handles Ctrl-C
        signal.signal(signal.SIGINT, _interrupt)
    # What is imported stays: looking through it for garbage takes a quarter of a second of each command.
    gc.set_threshold(100_000, *gc.get_threshold()[1:])
    # So does looking through it at the end, once more for each time.
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a sign gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _call_typer(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except InputError as error:
        code = _reject(error.problems)
    except MemoryError:
        code = _reject(["this machine has too little memory for that: ask for fewer runs or organisations"])
    except KeyboardInterrupt:
        code = _end_interrupted()
    except BrokenPipeError:
        _silence_output()
        code = NOBODY_READS
    except OSError as error:
        # Whatever writes a file tells of it in an InputError: what is left is the output itself, on a full disk.
        _silence_output()
        code = _reject([f"{error.filename or 'the output'}: {reason(error)}"])
    except Exception:
        # Whatever fails after Ctrl-C, fails for that.
        if not _pressed.is_set():
            raise
        code = _end_interrupted()
    if code == INTERRUPTED and _pressed.is_set():
        _leave()
    sys.exit(code)


def _call_typer(arguments: Sequence[str] | None) -> int:
    """Call a command and return its exit code; what typer turned into one of its own exit codes is raised again."""
    try:
        app(None if arguments is None else list(arguments), prog_name="cisim")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            raise KeyboardInterrupt from None
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        return end.code if isinstance(end.code, int) else 0
    return 0


def _reject(problems: Sequence[str]) -> int:
    for problem in problems:
        note("error: " + problem.replace("\n", "\\n"))  # one line, whatever the name of a file in it
    return WRONG_INPUT


def _silence_output() -> None:
    """Let the interpreter flush what is left of its output into nothing."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


# --- Ctrl-C --------------------------------------------------------------------------------------
# While the model is compiled, or a library is loaded, Python code is called back from C, where an exception goes no
# further: a KeyboardInterrupt that is raised there is thrown away, and what called it stumbles over what is missing,
# or goes on. So a thread looks whether the interrupt is still on its way out, and raises it again where it is not.

#: Seconds between looks at whether an interrupt is on its way out, and until the process is ended all the same.
AGAIN, PATIENCE = 0.2, 20.0
#: Ctrl-C was pressed; the command ends, and pressing once more changes nothing.
_pressed, _ending = threading.Event(), threading.Event()


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _pressed.is_set():
        _pressed.set()
        # What the compiler leaves half made fails where nobody listens.
        sys.unraisablehook = lambda _: None
        threading.Thread(target=_interrupt_again, args=[threading.get_ident()], daemon=True).start()
    signal.default_int_handler(number, frame)


def _interrupt_again(main_thread: int) -> None:
    """Raise the interrupt again as often as it was thrown away, never while it makes its way out; end what hangs."""
    end = time.monotonic() + PATIENCE
    while not _ending.wait(AGAIN):
        if time.monotonic() > end:
            sys.stderr.write("interrupted\n")
            _leave()
        handled = sys._current_exceptions().get(main_thread)
        # A tuple of type, value and traceback before Python 3.12.
        error: BaseException | None = handled[1] if isinstance(handled, tuple) else handled
        while error is not None and not isinstance(error, KeyboardInterrupt):
            error = error.__context__
        if error is None:
            _thread.interrupt_main()


def _end_interrupted() -> int:
    """Say that the command ends; from now on Ctrl-C changes nothing."""
    _ending.set()
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    note("interrupted")
    return INTERRUPTED


def _leave() -> NoReturn:
    """End the process here and now, all that the command had open being closed.

    The interpreter crashes or hangs when it tidies up a library half loaded; and it remembers an interrupt that passed
    through code run from text as one nobody handled, and ends the process by the signal.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(INTERRUPTED)
