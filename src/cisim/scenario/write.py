"""Writing a scenario as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_value(value: Any) -> str:
    """One value as TOML: a text, number, truth value, list or inline table.

    Example:
        >>> toml_value({"backbone.staff": 0.0, "why": "grant ends"})
        '{ "backbone.staff" = 0.0, why = "grant ends" }'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's escapes are TOML's too, but for DEL, which no text of a scenario holds.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{toml_key(key)} = {toml_value(inner)}" for key, inner in value.items()) + " }"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return repr(value)


def toml_key(key: str) -> str:
    """A key as TOML: bare if it can be."""
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)


def to_toml(sections: Mapping[str, Any]) -> str:
    """A scenario's sections as a TOML file."""
    lines: list[str] = []
    for name, section in sections.items():
        if name == "events":
            for event in section:
                lines += ["[[events]]", *_pairs(event), ""]
            continue
        tables = {key: value for key, value in section.items() if isinstance(value, Mapping)}
        arrays = {key: value for key, value in section.items() if _is_array_of_tables(value)}
        lines += [
            f"[{name}]",
            *_pairs({k: v for k, v in section.items() if k not in tables and k not in arrays}),
            "",
        ]
        for key, table in tables.items():
            lines += [f"[{name}.{key}]", *_pairs(table), ""]
        for key, array in arrays.items():
            for table in array:
                lines += [f"[[{name}.{key}]]", *_pairs(table), ""]
    return "\n".join(lines)


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items()]


def _is_array_of_tables(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )
