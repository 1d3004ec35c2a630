"""Text that is safe to print: what others named may have characters that a terminal or a reader obeys.

A terminal takes U+009B as the beginning of an escape sequence, and U+202E turns the rest of a line around.
"""

import json
import unicodedata
from typing import Any


def escape_unprintable(text: str, keep: str = "") -> str:
    """The text with an escape, as in Python's literals, for each unprintable character that is no space or to keep."""
    if text.isprintable():
        return text
    return "".join([char if _is_printable(char) or char in keep else repr(char)[1:-1] for char in text])


def escape_unprintable_json(text: str) -> str:
    """The JSON text, with JSON's escape for each unprintable character but line breaks: it encodes the same."""
    if text.isprintable():
        return text
    return "".join([char if _is_printable(char) or char == "\n" else _escape_json(char) for char in text])


def encode_json(fields: object, **options: Any) -> str:
    """The fields as JSON of printable ASCII."""
    return escape_unprintable_json(json.dumps(fields, **options))


def _is_printable(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"


def _escape_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join([f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)])
