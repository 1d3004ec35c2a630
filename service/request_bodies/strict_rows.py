"""Strict parser of JSON rows of any columns, which reports every fault by its JSON pointer."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, cast

import msgspec
import numpy as np

from contract.responses import FieldError
from learning.encoding.columns import InputColumn
from learning.frame import Frame
from service.http import strict_json
from service.http.errors import ProblemError
from service.http.strict_json import MAX_ERRORS, escape_pointer, shorten
from service.http.validation_errors import invalid_fields
from tables import BadCell, BadRows, frame_from_rows

Cell = None | bool | int | float | str
Row = dict[str, Cell]

_DECODER: Final = msgspec.json.Decoder(dict[str, Cell | list[Row]])
_KEY_END: Final = re.compile(rb'"[ \t\r\n]*:')
_CONTROL: Final = re.compile(rb"\\(?:[bf]|u00(?:[01]|7[fF]))|\x7f")
_COLON: Final = ord(":")
_QUOTE: Final = ord('"')
_CHUNK_BYTES: Final = 2**18
_MAX_BYTES_COUNTED_BY_PYTHON: Final = 2**12
"""Up to here `bytes.count` is faster than NumPy."""


def parse_rows(body: bytes) -> tuple[list[Row], bool]:
    """The rows of a body `{"rows": [{…}, …]}` or of a bare row `{…}`, and whether the row is bare.

    A body that the decoder rejects is parsed again by the strict parser, ten times as slow, to report its faults.

    Raises:
        ProblemError: `unreadable-json` or `invalid`, with the pointer of each fault.
    """
    try:
        tree = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        tree = {}
    rows = tree.get("rows")
    if isinstance(rows, list) and len(tree) == 1 and not has_hidden_faults(body, 1 + sum(map(len, rows))):
        return rows, False
    if tree and list not in map(type, tree.values()) and not has_hidden_faults(body, len(tree)):
        return [cast("Row", tree)], True
    return check_rows(strict_json.parse_json(body, lines=True))


def has_hidden_faults(body: bytes, keys: int) -> bool:
    """Whether a body has more keys than decoded, so that one is duplicate, or contains control characters."""
    is_small = len(body) <= _MAX_BYTES_COUNTED_BY_PYTHON
    colons = body.count(_COLON) if is_small else np.count_nonzero(np.frombuffer(body, np.uint8) == _COLON)
    if colons != keys and len(_KEY_END.findall(body)) != keys:
        return True
    return (b"\\" in body or b"\x7f" in body) and _CONTROL.search(body) is not None


def count_containers(body: bytes, openings: bytes) -> int:
    """The number of objects or lists of a body of JSON, by the brackets outside of texts with which they open."""
    text = body.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in body else body
    count, quotes = 0, 0
    for start in range(0, len(text), _CHUNK_BYTES):
        part = np.frombuffer(text[start : start + _CHUNK_BYTES], np.uint8)
        is_outside = (np.cumsum(part == _QUOTE, dtype=np.intp) + quotes) % 2 == 0
        count += sum(int(np.count_nonzero((part == opening) & is_outside)) for opening in openings)
        quotes += int(np.count_nonzero(part == _QUOTE))
    return count


def check_rows(tree: Any) -> tuple[list[Row], bool]:
    """The rows of a parsed body, and whether it is a bare row.

    Raises:
        ProblemError: `invalid`, with the pointer of each fault.
    """
    is_bare = not (isinstance(tree, dict) and isinstance(cast("Row", tree).get("rows"), list | dict))
    _refuse(_body_errors(tree, is_bare))
    return cast("list[Row]", [tree] if is_bare else tree["rows"]), is_bare


def check_row(tree: Any, pointer: str) -> None:
    """Check that the value at `pointer` of a body is a row; raises as `check_rows` does."""
    _refuse(_row_errors(tree, pointer))


def build_frame(
    rows: Sequence[Mapping[str, object]],
    inputs: Sequence[InputColumn],
    ignored: Collection[str],
    pointer_of: Callable[[int], str],
) -> Frame:
    """A frame of rows with the input columns; `pointer_of` gives the JSON pointer of a row by its index.

    Raises:
        ProblemError: `invalid`, with the pointer of each fault.
    """
    try:
        return frame_from_rows(rows, inputs, ignored)
    except BadRows as bad:
        raise refuse_bad_rows(bad, pointer_of) from None


def refuse_bad_rows(bad: BadRows, pointer_of: Callable[[int], str]) -> ProblemError:
    """The problem of rows that do not fit the model; `pointer_of` as in `build_frame`."""
    errors = [_cell_error(cell, pointer_of(cell.row)) for cell in bad.errors[:MAX_ERRORS]]
    return invalid_fields(errors)


def _cell_error(cell: BadCell, row: str) -> FieldError:
    return FieldError(
        pointer=row if cell.column is None else f"{row}/{escape_pointer(cell.column)}",
        detail=cell.detail,
        code=cell.code,
        given=shorten(cell.value),
        suggestion=cell.suggestion,
    )


def _refuse(faults: Iterator[FieldError]) -> None:
    if errors := list(islice(faults, MAX_ERRORS)):
        raise invalid_fields(errors)


def _body_errors(tree: Any, is_bare: bool) -> Iterator[FieldError]:
    if not isinstance(tree, dict):
        yield _error("#", 'must be {"rows": [{…}, …]} or one row {…}', "object_type", tree)
    elif is_bare:
        yield from _row_errors(tree, "#")
    else:
        for name, value in cast("dict[str, Any]", tree).items():
            if name != "rows":
                pointer, detail = f"#/{escape_pointer(name)}", "is not known beside rows"
                yield _error(pointer, detail, "unknown_field", value)
            elif isinstance(value, list):
                for index, row in enumerate(cast("list[Any]", value)):
                    yield from _row_errors(row, f"#/rows/{index}")
            else:
                yield _error("#/rows", "must be a list of rows", "list_type", value)


def _row_errors(row: Any, pointer: str) -> Iterator[FieldError]:
    if not isinstance(row, dict):
        yield _error(pointer, "must be an object that names columns", "object_type", row)
        return
    for name, value in cast("dict[str, Any]", row).items():
        if isinstance(value, dict | list):
            detail = "must be a number, a text, true, false or null"
            yield _error(f"{pointer}/{escape_pointer(name)}", detail, "cell_type", value)


def _error(pointer: str, detail: str, code: str, given: Any) -> FieldError:
    return FieldError(pointer=pointer, detail=detail, code=code, given=shorten(given))
