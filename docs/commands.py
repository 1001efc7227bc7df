"""Reference of all commands, made from the commands themselves: `python docs/commands.py` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from cisim.cli.main import app


def commands() -> Iterator[Any]:
    """List the context of every command, `cisim` first, in the order of `--help`: click's, which knows name and inherited options."""
    root = typer.main.get_command(app)
    yield from _within(root.context_class(root, info_name="cisim", **root.context_settings))


def _within(context: Any) -> Iterator[Any]:
    yield context
    for name, command in inner(context.command):
        yield from _within(command.context_class(command, info_name=name, parent=context))


def inner(command: Any) -> list[tuple[str, Any]]:
    """List the commands of a command that are shown, by name."""
    return [pair for pair in getattr(command, "commands", {}).items() if not pair[1].hidden]


def parameters(context: Any) -> tuple[list[Any], list[Any]]:
    """List arguments and options of a command, `--help` last."""
    shown = [one for one in context.command.get_params(context) if not getattr(one, "hidden", False)]
    arguments = [one for one in shown if one.param_type_name == "argument"]
    return arguments, [one for one in shown if one.param_type_name == "option"]


def usage(context: Any) -> str:
    """Write how a command is typed."""
    words = [context.command_path, "[OPTIONS]"]
    words += ["COMMAND ..."] if inner(context.command) else []
    return " ".join([*words, *(one.metavar for one in parameters(context)[0])])


def text() -> str:
    """Write the whole reference, in Markdown."""
    return "\n".join(section(context) for context in commands())


def section(context: Any) -> str:
    """Write the section of one command."""
    (arguments, options), name, command = parameters(context), context.command_path, context.command
    parts = [f"## `{name}`\n", paragraphs(command.help or ""), f"```text\n{usage(context)}\n```\n"]
    if arguments:
        parts.append(table("argument", "", [(f"`{one.metavar}`", one.help, "") for one in arguments]))
    if options:
        parts.append(table("option", "default", [(spelt(one), one.help, default(one)) for one in options]))
    if inner(command):
        begun = f"#{name} ".replace(" ", "-")
        rows = [
            (f"[`{name} {one}`]({begun}{one})", does.get_short_help_str(200), "")
            for one, does in inner(command)
        ]
        parts.append(table("command", "", rows))
    if command.epilog:
        parts.append(paragraphs(command.epilog))
    return "\n".join(parts)


def paragraphs(words: str) -> str:
    """Take line breaks out of help."""
    return "\n\n".join(" ".join(part.split()) for part in words.strip().split("\n\n")) + "\n"


def spelt(option: Any) -> str:
    """Write an option as it is typed, a short form first: click keeps the names of `--help` in no order."""
    names = ", ".join(f"`{name}`" for name in sorted((*option.opts, *option.secondary_opts), key=len))
    takes = "" if option.is_flag or not option.metavar else f" `{option.metavar}`"
    return names + takes


def default(option: Any) -> str:
    """Write the default of an option."""
    value = option.default
    return "" if option.is_flag or value in (None, [], ()) or callable(value) else f"`{value}`"


def table(first: str, third: str, rows: list[tuple[str, str, str]]) -> str:
    """Write a table of two columns, or of three if the third has a heading."""
    cells = [[cell(one) for one in (row if third else row[:2])] for row in rows]
    head = [first, "meaning", third] if third else [first, "meaning"]
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def cell(words: str | None) -> str:
    """Escape text that would break a table."""
    return " ".join((words or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    print(text())
