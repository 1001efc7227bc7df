"""What is known of a run that failed, in words: nothing here needs the engine."""

from __future__ import annotations

#: A message is no longer than this.
LONGEST = 500


class Stopped(Exception):  # noqa: N818 - it is no error
    """Work was ended from outside; what was at work is done again."""


class RunFailed(Exception):  # noqa: N818 - what happened, not what to do
    """One run failed.

    Args:
        stage: where.
        month: when; -1 if nobody knows.
        message: why, in one line.
    """

    def __init__(self, stage: str, month: int, message: str) -> None:
        super().__init__(stage, month, message)
        self.stage, self.month, self.message = stage, month, message


def one_line(error: BaseException) -> str:
    """An error's type and text in one line of at most 500 signs.

    Example:
        >>> one_line(ZeroDivisionError("division by zero"))
        'ZeroDivisionError: division by zero'
    """
    try:
        text = str(error)
    except Exception:  # a user's own error may fail to tell of itself
        text = ""
    name = type(error).__name__
    return shortened(f"{name}: {text}" if text else name)


def shortened(text: str) -> str:
    """A text in one line of at most 500 signs that can be printed and stored."""
    line = "; ".join(part for part in (part.strip() for part in text.splitlines()) if part)
    line = line.encode("utf-8", "replace").decode().replace("\x00", " ")
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
