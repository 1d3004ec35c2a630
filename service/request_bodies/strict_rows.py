"""Strict parser of JSON rows of any columns, which reports every fault by its JSON pointer."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

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

BARE: Final = "#"
LISTED: Final = "#/{}"
WRAPPED: Final = "#/rows/{}"
"""The pointers of rows in a body that is a row, a list of rows, or an object with them."""

_DECODER: Final = msgspec.json.Decoder(dict[str, Cell | list[Row]] | list[Row])
_KEY_END: Final = re.compile(rb'"[ \t\r\n]*:')
_CONTROL: Final = re.compile(rb"\\(?:[bf]|u00(?:[01]|7[fF]))|\x7f")
_COLON: Final = ord(":")
_QUOTE: Final = ord('"')
_CHUNK_BYTES: Final = 2**18
_MAX_BYTES_COUNTED_BY_PYTHON: Final = 2**12
"""Up to here `bytes.count` is faster than NumPy."""


def parse_rows(body: bytes, *, any_cells: bool = False) -> tuple[list[Row], str]:
    """The rows of a body `{"rows": [{…}, …]}`, of a list `[{…}, …]` or of a bare row `{…}`, and their pointer.

    A body that the decoder rejects is parsed again by the strict parser, ten times as slow, to report its faults; with
    `any_cells` those of cells are left to whoever reads them.

    Raises:
        ProblemError: `unreadable-json` or `invalid`, with the pointer of each fault.
    """
    tree: dict[str, Cell | list[Row]] | list[Row] = {}
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        tree = _DECODER.decode(body)
    if isinstance(tree, list):
        if not has_hidden_faults(body, sum(map(len, tree))):
            return tree, LISTED
    else:
        rows = tree.get("rows")
        if isinstance(rows, list) and len(tree) == 1 and not has_hidden_faults(body, 1 + sum(map(len, rows))):
            return rows, WRAPPED
        if tree and list not in map(type, tree.values()) and not has_hidden_faults(body, len(tree)):
            return [cast("Row", tree)], BARE
    return check_rows(strict_json.parse_json(body, lines=True), any_cells=any_cells)


def has_hidden_faults(body: bytes, keys: int) -> bool:
    """Whether a body has more keys than decoded, so that one is duplicate, or contains control characters."""
    is_small = len(body) <= _MAX_BYTES_COUNTED_BY_PYTHON
    colons = body.count(_COLON) if is_small else _count_colons(np.frombuffer(body, np.uint8))
    if colons != keys and len(_KEY_END.findall(body)) != keys:
        return True
    return (b"\\" in body or b"\x7f" in body) and _CONTROL.search(body) is not None


def _count_colons(body: NDArray[np.uint8]) -> int:
    starts = range(0, len(body), _CHUNK_BYTES)
    return sum(int(np.count_nonzero(body[start : start + _CHUNK_BYTES] == _COLON)) for start in starts)


def count_outside_texts(body: bytes, marks: bytes) -> int:
    """How often these bytes are in a body of JSON outside of texts: opening brackets, or commas."""
    text = body.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in body else body
    count, quotes = 0, 0
    for start in range(0, len(text), _CHUNK_BYTES):
        part = np.frombuffer(text[start : start + _CHUNK_BYTES], np.uint8)
        is_outside = (np.cumsum(part == _QUOTE, dtype=np.intp) + quotes) % 2 == 0
        count += sum(int(np.count_nonzero((part == mark) & is_outside)) for mark in marks)
        quotes += int(np.count_nonzero(part == _QUOTE))
    return count


def check_rows(tree: Any, *, any_cells: bool = False) -> tuple[list[Row], str]:
    """The rows of a parsed body, and their pointer, as `parse_rows` gives them.

    Raises:
        ProblemError: `invalid`, with the pointer of each fault.
    """
    fields = cast("dict[str, Any]", tree) if isinstance(tree, dict) else {}
    pointer = WRAPPED if isinstance(fields.get("rows"), list | dict) else LISTED if isinstance(tree, list) else BARE
    _refuse(_body_errors(tree, pointer, any_cells=any_cells))
    if pointer == WRAPPED:
        return fields["rows"], WRAPPED
    return cast("list[Row]", tree if pointer == LISTED else [tree]), pointer


def check_row(tree: Any, pointer: str) -> None:
    """Check that the value at `pointer` of a body is a row; raises as `check_rows` does."""
    _refuse(_row_errors(tree, pointer))


def build_frame(
    rows: Sequence[Mapping[str, object]], inputs: Sequence[InputColumn], ignored: Collection[str], pointer: str
) -> Frame:
    """A frame of rows with the input columns; `pointer` is that of a row, with its index for `{}`.

    Raises:
        ProblemError: `invalid`, with the pointer of each fault.
    """
    try:
        return frame_from_rows(rows, inputs, ignored)
    except BadRows as bad:
        raise refuse_bad_rows(bad, pointer) from None


def refuse_bad_rows(bad: BadRows, pointer: str, advice: Mapping[str, str] = {}) -> ProblemError:
    """The problem of rows that do not fit the model; `pointer` as in `build_frame`, advice by the code of an error."""

    def locate(cell: BadCell) -> str:
        row = pointer.format(cell.row)
        return row if cell.column is None else f"{row}/{escape_pointer(cell.column)}"

    return refuse_bad_cells(bad, locate, advice)


def refuse_bad_cells(bad: BadRows, locate: Callable[[BadCell], str], advice: Mapping[str, str] = {}) -> ProblemError:
    """The same problem, with a pointer to each cell by `locate`."""
    return invalid_fields([_cell_error(cell, locate(cell), advice) for cell in bad.errors[:MAX_ERRORS]])


def _cell_error(cell: BadCell, pointer: str, advice: Mapping[str, str]) -> FieldError:
    return FieldError(
        pointer=pointer,
        detail=cell.detail + advice.get(cell.code, ""),
        code=cell.code,
        given=shorten(cell.value),
        suggestion=cell.suggestion,
    )


def _refuse(faults: Iterator[FieldError]) -> None:
    if errors := list(islice(faults, MAX_ERRORS)):
        raise invalid_fields(errors)


def _body_errors(tree: Any, pointer: str, *, any_cells: bool) -> Iterator[FieldError]:
    if pointer == LISTED:
        yield from _rows_errors(tree, pointer, any_cells=any_cells)
    elif not isinstance(tree, dict):
        yield _error("#", 'must be {"rows": [{…}, …]}, [{…}, …] or one row {…}', "object_type", tree)
    elif pointer == BARE:
        yield from _row_errors(tree, BARE, any_cells=any_cells)
    else:
        for name, value in cast("dict[str, Any]", tree).items():
            if name != "rows":
                detail = "is not known beside rows"
                yield _error(f"#/{escape_pointer(name)}", detail, "unknown_field", value)
            elif isinstance(value, list):
                yield from _rows_errors(cast("list[Any]", value), pointer, any_cells=any_cells)
            else:
                yield _error("#/rows", "must be a list of rows", "list_type", value)


def _rows_errors(rows: list[Any], pointer: str, *, any_cells: bool) -> Iterator[FieldError]:
    for index, row in enumerate(rows):
        yield from _row_errors(row, pointer.format(index), any_cells=any_cells)


def _row_errors(row: Any, pointer: str, *, any_cells: bool = False) -> Iterator[FieldError]:
    if not isinstance(row, dict):
        yield _error(pointer, "must be an object that names columns", "object_type", row)
        return
    for name, value in cast("dict[str, Any]", row).items() if not any_cells else ():
        if isinstance(value, dict | list):
            detail = "must be a number, a text, true, false or null"
            yield _error(f"{pointer}/{escape_pointer(name)}", detail, "cell_type", value)


def _error(pointer: str, detail: str, code: str, given: Any) -> FieldError:
    return FieldError(pointer=pointer, detail=detail, code=code, given=shorten(given))
