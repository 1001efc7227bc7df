"""Glossary of results and reports: `python docs/glossary.py` prints it."""

from __future__ import annotations

from cisim.report.glossary import WORDS


def text() -> str:
    """Write all words with their meanings, in Markdown."""
    return "\n\n".join(f"**{word.name}**: {word.meaning}" for word in WORDS) + "\n"


if __name__ == "__main__":
    print(text())
