"""Rows to predict, read from JSON at full speed and yet strictly: what is odd is read again, slowly, to say what it is.

The fast reader takes objects of plain values and nothing else, so it cannot meet depth, and it refuses NaN and
infinity. It would let doubled keys pass; they show in the number of colons, of which there is one for each key.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, cast

import msgspec
from msgspec.structs import astuple

from contract.answers import FieldError
from learning.preparation.encoders.columns import InputColumn
from service.bodies import json_text
from service.bodies.json_text import ERRORS_AT_MOST, clipped, escaped
from service.edge.errors import Refused
from service.edge.faults import headline

Cell = None | bool | int | float | str
Row = dict[str, Cell]

_ROWS: Final = re.compile(rb'[ \t\r\n]*{[ \t\r\n]*"rows"')
_DECODER: Final = msgspec.json.Decoder(dict[str, Cell | list[Row]])
_PAIR: Final = re.compile(rb'"[ \t\r\n]*:')
_CONTROL: Final = re.compile(rb"\\(?:[bf]|u00(?:[01]|7[fF]))|\x7f")


def read_cells(raw: bytes, inputs: Sequence[InputColumn]) -> list[tuple[Cell, ...]] | None:
    """The cells of each row in the inputs' order, if every row has just these columns, and numbers where they belong.

    Most callers send such rows, and they are read at twice the speed; `read_rows` says what is the matter with others.
    """
    row, rows = _decoders(tuple([(column.name, column.type == "numeric") for column in inputs]))
    bare = not _ROWS.match(raw)
    try:
        read = [row.decode(raw)] if bare else rows.decode(raw).rows
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    keys = len(read) * len(inputs) + (not bare)
    return list(map(astuple, read)) if _is_plain(raw, keys) else None


@lru_cache(maxsize=64)
def _decoders(columns: tuple[tuple[str, bool], ...]) -> tuple[msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    """Decoders of one row, and of a body of rows; for columns by name, and whether each holds numbers."""
    keys = [f"column{place}" for place in range(len(columns))]
    row = msgspec.defstruct(
        "Row",
        [(key, float | None if numeric else Cell) for key, (_, numeric) in zip(keys, columns, strict=True)],
        rename={key: name for key, (name, _) in zip(keys, columns, strict=True)},
        forbid_unknown_fields=True,
        gc=False,
    )
    body = msgspec.defstruct("Body", [("rows", list[row])], forbid_unknown_fields=True)
    return msgspec.json.Decoder(row), msgspec.json.Decoder(body)


def read_rows(raw: bytes) -> tuple[list[Row], bool]:
    """The rows of a body `{"rows": [{…}, …]}`, or of one that is a bare row `{…}`, and whether it was bare.

    Raises:
        Refused: `unreadable-json` or `invalid`, with each place.
    """
    try:
        body = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_slowly(raw)
    rows = body.get("rows")
    if isinstance(rows, list) and len(body) == 1:
        keys, bare = 1 + sum(map(len, rows)), False
    elif list not in map(type, body.values()):
        rows, keys, bare = [cast("Row", body)], len(body), True
    else:
        return _read_slowly(raw)
    return (rows, bare) if _is_plain(raw, keys) else _read_slowly(raw)


def _is_plain(raw: bytes, keys: int) -> bool:
    """Whether no key is doubled, as so many were read, and no control character stands in a text."""
    if raw.count(b":") != keys and len(_PAIR.findall(raw)) != keys:
        return False
    return not ((b"\\" in raw or b"\x7f" in raw) and _CONTROL.search(raw))


def _read_slowly(raw: bytes) -> tuple[list[Row], bool]:
    """The same for any body; most that come here are refused."""
    return rows_of(json_text.read(raw, lines=True))


def rows_of(tree: Any) -> tuple[list[Row], bool]:
    """The same for a body that was read.

    Raises:
        Refused: `invalid`, with each place.
    """
    bare = not (isinstance(tree, dict) and isinstance(cast("Row", tree).get("rows"), list | dict))
    errors = list(islice(_faults(tree, bare), ERRORS_AT_MOST))
    if errors:
        raise Refused("invalid", headline(errors), errors=errors)
    return cast("list[Row]", [tree] if bare else tree["rows"]), bare


def _faults(tree: Any, bare: bool) -> Iterator[FieldError]:
    if not isinstance(tree, dict):
        yield _wrong("#", 'must be {"rows": [{…}, …]} or one row {…}', "object_type", tree)
    elif bare:
        yield from _cell_faults(tree, "#")
    else:
        for name, value in cast("dict[str, Any]", tree).items():
            if name != "rows":
                at, detail = f"#/{escaped(name)}", "is not known beside rows"
                yield _wrong(at, detail, "unknown_field", value)
            elif isinstance(value, list):
                for place, row in enumerate(cast("list[Any]", value)):
                    yield from _cell_faults(row, f"#/rows/{place}")
            else:
                yield _wrong("#/rows", "must be a list of rows", "list_type", value)


def _cell_faults(row: Any, pointer: str) -> Iterator[FieldError]:
    if not isinstance(row, dict):
        yield _wrong(pointer, "must be an object that names columns", "object_type", row)
        return
    for name, value in cast("dict[str, Any]", row).items():
        if isinstance(value, dict | list):
            at, detail = f"{pointer}/{escaped(name)}", "must be a number, a text, true, false or null"
            yield _wrong(at, detail, "cell_type", value)


def _wrong(pointer: str, detail: str, code: str, given: Any) -> FieldError:
    return FieldError(pointer=pointer, detail=detail, code=code, given=clipped(given))
