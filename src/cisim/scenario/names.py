"""Names of outcomes, roles, sectors, organisations, scenarios and studies: one rule for all of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

#: Longest name and longest text, in characters; longest list.
LONGEST, LONGEST_TEXT, LONGEST_LIST = 200, 10_000, 10_000
#: Categories of characters that would garble a table or a terminal: controls, surrogates, line separators.
_FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
#: Characters that turn the direction of the text after them.
_DIRECTIONS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def name_problem(name: str) -> str | None:
    """Say why a text is no name; None if it is one."""
    if not name.strip():
        return "must be a name: not blank"
    if len(name) > LONGEST:
        return f"must be a name of at most {LONGEST} characters, has {len(name)}"
    if _garbles(name):
        return "must be a name without control characters or line breaks"
    if name != name.strip():
        return "must be a name that neither begins nor ends with a space"
    return None


def doubled(names: Iterable[str]) -> list[str]:
    """List names that occur more than once, written in whatever Unicode form."""
    seen: set[str] = set()
    twice = []
    for name in names:
        key = unicodedata.normalize("NFC", name)
        if key in seen and name not in twice:
            twice.append(name)
        seen.add(key)
    return twice


def refusal(words: str) -> PydanticCustomError:
    """Make the error that says what is allowed, for a check of pydantic."""
    return PydanticCustomError("cisim", "{says}", {"says": words})


def _garbles(text: str) -> bool:
    return not text.isprintable() and any(
        unicodedata.category(sign) in _FORBIDDEN or sign in _DIRECTIONS for sign in text
    )


def _check_name(name: str) -> str:
    if problem := name_problem(name):
        raise refusal(problem)
    return name


def _check_text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise refusal(f"must be a text of at most {LONGEST_TEXT} characters, has {len(text)}")
    if _garbles(text.replace("\n", "").replace("\t", "")):
        raise refusal("must be a text without control characters")
    return text


def _check_file(name: str) -> str:
    if _garbles(name):
        raise refusal("must be the name of a file, without control characters")
    return name


def _check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(names) <= 50:
        raise refusal(f"must be a list of 1 to 50 names, has {len(names)}")
    if twice := doubled(names):
        raise refusal(f"must be different names; twice: {', '.join(twice)}")
    return names


def as_tuple(value: Any) -> Any:
    """Turn a list, as TOML and Python give it, into the tuple that a frozen model keeps."""
    if isinstance(value, (list, tuple)) and len(value) > LONGEST_LIST:
        raise refusal(f"must be a list of at most {LONGEST_LIST}, has {len(value)}")
    return tuple(value) if isinstance(value, list) else value


Name = Annotated[
    str, AfterValidator(_check_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST})
]
"""A name of 1 to 200 characters."""
Unit = Annotated[
    str,
    AfterValidator(lambda text: text and _check_name(text)),
    WithJsonSchema({"type": "string", "maxLength": LONGEST}),
]
"""A name, or nothing."""
Text = Annotated[str, AfterValidator(_check_text), WithJsonSchema({"type": "string", "maxLength": LONGEST_TEXT})]
"""A text of several lines."""
FileName = Annotated[str, AfterValidator(_check_file)]
"""The name of a file, which messages can repeat."""
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(as_tuple),
    AfterValidator(_check_names),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 50, "uniqueItems": True}),
]
"""One to fifty different names."""
