"""Names of outcomes, roles, sectors, organisations and scenarios: one rule for all of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

#: Longest name, in characters.
LONGEST = 200
#: Categories of characters that would garble a table or a terminal: controls, surrogates, line separators.
_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
#: Characters that turn the direction of the text after them.
_DIRECTIONS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def name_problem(name: str) -> str | None:
    """Why a text is no name, or None if it is one.

    Example:
        >>> name_problem("early reading") is None
        True
        >>> name_problem(" ")
        'must be a name: not blank'
    """
    if not name.strip():
        return "must be a name: not blank"
    if len(name) > LONGEST:
        return f"must be a name of at most {LONGEST} characters, has {len(name)}"
    if _garbling(name):
        return "must be a name without control characters or line breaks"
    if name != name.strip():
        return "must be a name that neither begins nor ends with a space"
    return None


def text_problem(text: str, longest: int) -> str | None:
    """Why a text of several lines is not allowed, or None."""
    if len(text) > longest:
        return f"must be a text of at most {longest} characters, has {len(text)}"
    if _garbling(text.replace("\n", "").replace("\t", "")):
        return "must be a text without control characters"
    return None


def doubled(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, written in whatever Unicode form."""
    seen: set[str] = set()
    found = []
    for name in names:
        key = unicodedata.normalize("NFC", name)
        if key in seen and name not in found:
            found.append(name)
        seen.add(key)
    return found


def _garbling(text: str) -> bool:
    return any(unicodedata.category(sign) in _FORBIDDEN or sign in _DIRECTIONS for sign in text)


def _check_name(name: str) -> str:
    problem = name_problem(name)
    if problem:
        raise PydanticCustomError("cisim", "{says}", {"says": problem})
    return name


def _check_text(text: str) -> str:
    problem = text_problem(text, 10_000)
    if problem:
        raise PydanticCustomError("cisim", "{says}", {"says": problem})
    return text


def _check_unit(text: str) -> str:
    return _check_name(text) if text else text


def _check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(names) <= 50:
        raise PydanticCustomError(
            "cisim", "{says}", {"says": f"must be a list of 1 to 50 names, has {len(names)}"}
        )
    twice = doubled(names)
    if twice:
        raise PydanticCustomError(
            "cisim", "{says}", {"says": f"must be different names; twice: {', '.join(twice)}"}
        )
    return names


def as_tuple(value: Any) -> Any:
    """A list as TOML and Python give it, as the tuple that a frozen model keeps."""
    return tuple(value) if isinstance(value, list) else value


Name = Annotated[
    str, AfterValidator(_check_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST})
]
"""A name of 1 to 200 characters."""
Unit = Annotated[str, AfterValidator(_check_unit), WithJsonSchema({"type": "string", "maxLength": LONGEST})]
"""A name, or nothing."""
Text = Annotated[str, AfterValidator(_check_text), WithJsonSchema({"type": "string", "maxLength": 10_000})]
"""A text of several lines."""
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(as_tuple),
    AfterValidator(_check_names),
    WithJsonSchema(
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 50, "uniqueItems": True}
    ),
]
"""One to fifty different names."""
