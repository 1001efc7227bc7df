"""What cisim says when an input is wrong: one class, so that every face can catch it."""

from __future__ import annotations

from collections.abc import Sequence


class InputError(ValueError):
    """A file, field or argument that a user gave is wrong; nothing has been written.

    The command line prints the problems, one a line, and ends with exit code 2.

    Args:
        problems: one sentence, or several, each saying where, what, and what is allowed.

    Example:
        >>> raise InputError(["a.toml: backbone.staff = -1: must be at least 0"])
        Traceback (most recent call last):
        ...
        cisim.errors.InputError: a.toml: backbone.staff = -1: must be at least 0
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[str, ...]]]:
        """Cross process borders with all problems."""
        return type(self), (self.problems,)
