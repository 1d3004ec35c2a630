"""Strict parsing of JSON from raw bytes: invalid syntax is 400, dangerous values are 422 with a JSON Pointer.

Refused besides invalid syntax: duplicate keys, nesting deeper than 32 levels, control characters, lone surrogates, NaN,
Infinity and numbers that no float holds. Python's own parser accepts most of these, or fails on them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import Any, Final, NoReturn, cast

from contract.responses import FieldError
from service.http.errors import ProblemError

MAX_DEPTH: Final = 32
MAX_ERRORS: Final = 50

# Bytes that a value to refuse may have; only a body with one of them is searched value by value.
_SUSPICIOUS: Final = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\\[bfnrt]|\\u(?:00[01]|007[fF]|[dD][89a-fA-F])|NaN|Inf|\d[eE]\+?\d\d|\d{290}"
)
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class _InvalidValue:
    """The place in the tree of a value to refuse."""

    code: str
    detail: str
    given: str


class _DuplicateKeys(dict[str, Any]):
    """An object with duplicate keys."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        seen: set[str] = set()
        self.duplicate_keys = [key for key, _ in pairs if key in seen or seen.add(key)]


def parse_json(raw: bytes, *, lines: bool = False, nan: bool = False) -> Any:
    """The tree of dicts, lists, strings and finite numbers that `raw` encodes.

    Args:
        raw: the body, UTF-8.
        lines: whether strings may have tabs and line breaks, as cells of a table do, and keys any characters, as the
            names of its columns do.
        nan: whether NaN may stand for a missing number, as programs in Python write it.

    Raises:
        ProblemError: `unreadable-json` if it is not JSON, `invalid` with pointers if it has values to refuse.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ProblemError("unreadable-json", f"The body is not UTF-8: byte {error.start} does not fit.") from None
    duplicates: list[_DuplicateKeys] = []

    def build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) == len(pairs):
            return fields
        duplicates.append(_DuplicateKeys(pairs))
        return duplicates[-1]

    suspicious = _SUSPICIOUS.search(raw) is not None
    hooks = _HOOKS if suspicious else {}
    tree = _decode(text, build_object, hooks | {"parse_constant": _nan} if suspicious and nan else hooks)
    if _too_deep(tree):
        _refuse_depth()
    if duplicates or suspicious:
        errors = list(islice(_find_invalid(tree, "#", CONTROL_BUT_LINES if lines else CONTROL), MAX_ERRORS + 1))
        if errors:
            raise ProblemError("invalid", _summarize(errors), errors=errors[:MAX_ERRORS])
    return tree


def _decode(text: str, build_object: Any, hooks: Mapping[str, Any]) -> Any:
    try:
        return json.loads(text, object_pairs_hook=build_object, strict=False, **hooks)
    except json.JSONDecodeError as error:
        raise ProblemError(
            "unreadable-json", f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        _refuse_depth()


def _refuse_depth() -> NoReturn:
    error = FieldError(pointer="#", detail=f"is nested deeper than {MAX_DEPTH} levels", code="too_deep")
    raise ProblemError("invalid", f"The body is nested deeper than {MAX_DEPTH} levels.", errors=[error])


def _constant(word: str) -> _InvalidValue:
    return _InvalidValue("not_finite", "must be a finite number; use null for a missing one", word)


def _nan(word: str) -> float | _InvalidValue:
    return float(word) if word == "NaN" else _constant(word)


def _float(digits: str) -> float | _InvalidValue:
    number = float(digits)
    return (
        number
        if isfinite(number)
        else _InvalidValue("out_of_range", "is too large for a floating-point number", digits)
    )


def _int(digits: str) -> int | _InvalidValue:
    if len(digits) > 300:
        return _InvalidValue("out_of_range", f"has {len(digits)} digits, too many for a floating-point number", digits)
    return int(digits)


_HOOKS: Final[dict[str, Any]] = {"parse_constant": _constant, "parse_float": _float, "parse_int": _int}


_CONTAINERS: Final = frozenset({dict, list, _DuplicateKeys})
_HARMLESS: Final = frozenset({int, float, bool, type(None)})


def _too_deep(tree: Any) -> bool:
    level: list[Any] = [tree] if type(tree) in _CONTAINERS else []
    for _ in range(MAX_DEPTH):
        # compared by exact type, for speed: there may be a million cells
        level = [
            child
            for node in level
            for child in cast("list[Any]", node if type(node) is list else node.values())
            if type(child) in _CONTAINERS
        ]
        if not level:
            return False
    return True


def _find_invalid(node: Any, pointer: str, control: re.Pattern[str]) -> Iterator[FieldError]:
    match node:
        case _InvalidValue():
            yield FieldError(pointer=pointer, detail=node.detail, code=node.code, given=shorten(node.given))
        case str():
            yield from _find_invalid_text(node, pointer, control)
        case dict():
            fields = cast("dict[str, Any]", node)
            for key in getattr(fields, "duplicate_keys", ()):
                yield FieldError(
                    pointer=f"{pointer}/{escape_pointer(key)}", detail="is named twice", code="duplicate_key"
                )
            for key, value in fields.items():
                if (control is CONTROL and CONTROL.search(key)) or _SURROGATE.search(key):
                    yield from _find_invalid_text(key, f"{pointer}/{escape_pointer(key)}", control)
                if type(value) not in _HARMLESS:
                    yield from _find_invalid(value, f"{pointer}/{escape_pointer(key)}", control)
        case list():
            for index, value in enumerate(cast("list[Any]", node)):
                yield from _find_invalid(value, f"{pointer}/{index}", control)
        case _:
            pass


def _find_invalid_text(text: str, pointer: str, control: re.Pattern[str]) -> Iterator[FieldError]:
    if match := control.search(text):
        detail = f"has the control character U+{ord(match[0]):04X} at position {match.start()}"
        yield FieldError(pointer=pointer, detail=detail, code="control_character", given=shorten(text))
    elif match := _SURROGATE.search(text):
        detail = f"has half a surrogate pair (U+{ord(match[0]):04X}) at position {match.start()}"
        yield FieldError(pointer=pointer, detail=detail, code="lone_surrogate", given=shorten(text))


def _summarize(errors: list[FieldError]) -> str:
    first = errors[0]
    more = f" ({len(errors) - 1} more in errors)" if len(errors) > 1 else ""
    if len(errors) > MAX_ERRORS:
        more = f" ({MAX_ERRORS} or more others; errors lists the first {MAX_ERRORS})"
    return f"{first.pointer} {first.detail}.{more}"


def has_whole_floats(tree: Any) -> bool:
    """Whether `with_integers` changes something in a tree."""
    level: list[Any] = [[tree]]
    while level:
        nodes = [cast("list[Any]", node if type(node) is list else node.values()) for node in level]
        if any(type(child) is float and _is_whole(child) for node in nodes for child in node):
            return True
        level = [child for node in nodes for child in node if type(child) in _CONTAINERS]
    return False


def with_integers(tree: Any) -> Any:
    """The tree with `3` for each `3.0`: in JSON they are one number, and many programs write integers so."""
    match tree:
        case dict():
            return {key: with_integers(value) for key, value in cast("dict[str, Any]", tree).items()}
        case list():
            return [with_integers(value) for value in cast("list[Any]", tree)]
        case float() if _is_whole(tree):
            return int(tree)
        case _:
            return tree


def _is_whole(number: float) -> bool:
    """Whether a float is an integer that it holds exactly."""
    return number.is_integer() and abs(number) <= 2**53


def escape_pointer(key: str) -> str:
    """A key as a step of a JSON Pointer (RFC 6901), printable in UTF-8."""
    return to_printable(key).replace("~", "~0").replace("/", "~1")


def to_printable(text: str) -> str:
    """The text with lone surrogates and control characters replaced, so that it can be sent."""
    return text if text.isprintable() else _SURROGATE.sub("\ufffd", CONTROL.sub("\ufffd", text))


def shorten(value: Any) -> Any:
    """A value of a request, short enough to be repeated in the response."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = to_printable(value if isinstance(value, str) else json.dumps(value, default=str))
    return text if len(text) <= 100 else text[:99] + "…"
