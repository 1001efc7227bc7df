"""The files of a comparison: all of them or none."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from os import getpid
from pathlib import Path
from typing import Any

from cisim.cli.terminal import dumped
from cisim.comparison import Comparison
from cisim.errors import InputError
from cisim.files import replace_file
from cisim.report import export as results

COMPARISON = "comparison.json"


def check_files(out: Path | None, picture: Path | None, overwrite: bool, strategies: int) -> None:
    """Refuse files that cannot be written before anything runs."""
    problems: list[str] = []
    try:
        if picture is not None:
            _check_picture(picture, overwrite, strategies)
    except InputError as error:
        problems += error.problems
    try:
        if out is not None:
            _check_out(out, overwrite)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)


def _check_picture(picture: Path, overwrite: bool, strategies: int) -> None:
    from cisim.plot.canvas import ENDINGS
    from cisim.plot.courses import MOST

    if strategies > MOST:
        raise InputError(f"{picture}: a picture shows at most {MOST} scenarios: {strategies} given")
    results.check_file(picture, ENDINGS, overwrite)


def _check_out(out: Path, overwrite: bool) -> None:
    if out.suffix.lower() in results.ENDINGS:
        raise InputError(f"{out}: must be a folder: a comparison keeps one for each scenario")
    results.check_folder(out.parent)
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(f"{out}: is a file, not a folder")
    if not overwrite:
        raise InputError(f"{out}: is there already: --overwrite replaces it")
    if not (out / COMPARISON).is_file():
        raise InputError(f"{out}: holds no comparison that cisim wrote: it is not replaced")


def keep(comparison: Comparison, content: dict[str, Any], out: Path) -> list[Path]:
    """Write a folder for each strategy and the comparison's document, all of it or nothing.

    Args:
        comparison: what was run.
        content: the document.
        out: the folder, replaced if it is there.

    Returns:
        The files written.
    """
    folders = _folders(comparison.strategies)
    partial = out.with_name(f".{out.name}.{getpid()}.partial")
    try:
        partial.mkdir()
        written: list[Path] = [
            file.relative_to(partial)
            for name, folder in folders.items()
            for file in results.write(comparison.ensemble(name), partial / folder)
        ]
        text = dumped({**content, "folders": folders}) + "\n"
        replace_file(partial / COMPARISON, lambda file: file.write(text.encode()))
        _put_in_place(partial, out)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [*(out / file for file in written), out / COMPARISON]


def _put_in_place(partial: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.{getpid()}.old")
    if out.exists():
        out.rename(old)
    try:
        partial.rename(out)
    except BaseException:
        with suppress(OSError):
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _folders(names: Sequence[str]) -> dict[str, str]:
    """A folder's name for each strategy."""
    folders: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "scenario"
        taken = {folder.casefold() for folder in folders.values()}
        folders[name] = plain if plain.casefold() not in {*taken, COMPARISON} else f"{plain}-{number}"
    return folders
