"""Rows to predict, read from JSON at full speed and yet strictly: what is odd is read again, slowly, to say what it is.

The fast reader takes objects of plain values and nothing else, so it cannot meet depth, and it refuses NaN and
infinity. It would let doubled keys pass; they show in the number of colons, of which there is one for each key.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from msgspec.structs import astuple

from contract.responses import FieldError
from learning.encoding.columns import InputColumn
from learning.frame import Frame, concat_frames
from learning.model import Model
from service.http.errors import Refused
from service.http.validation_errors import headline
from service.request_bodies import strict_json
from service.request_bodies.strict_json import ERRORS_AT_MOST, clipped, escaped
from tables import BadRows, FastRows

Cell = None | bool | int | float | str
Row = dict[str, Cell]

_ROWS: Final = re.compile(rb'[ \t\r\n]*{[ \t\r\n]*"rows"')
_FIRST: Final = re.compile(_ROWS.pattern + rb"[ \t\r\n]*:[ \t\r\n]*\[")
_BETWEEN: Final = re.compile(rb"[ \t\r\n]*,")
_AFTER: Final = re.compile(rb"[ \t\r\n]*\][ \t\r\n]*}[ \t\r\n]*")
PIECE_BYTES: Final = 2**17
"""Of many rows so many bytes are read at a time, for their cells then stay in the processor's cache."""
_DECODER: Final = msgspec.json.Decoder(dict[str, Cell | list[Row]])
_PAIR: Final = re.compile(rb'"[ \t\r\n]*:')
COLON: Final = ord(":")
COUNTED_BYTES: Final = 2**12
"""Up to here Python counts sooner than NumPy."""
_CONTROL: Final = re.compile(rb"\\(?:[bf]|u00(?:[01]|7[fF]))|\x7f")


class RowReader:
    """Reads bodies of rows that have just the columns of one model, and numbers where they belong.

    Most callers send such rows, and they are read at twice the speed.

    Args:
        inputs: The model's columns.
    """

    def __init__(self, inputs: Sequence[InputColumn]) -> None:
        self._width = len(inputs)
        self._divisible = all(column.type != "datetime" for column in inputs)
        self._frames = FastRows(inputs)
        keys = [f"column{place}" for place in range(len(inputs))]
        row = msgspec.defstruct(
            "Row",
            [
                (key, float | None if column.type == "numeric" else Cell)
                for key, column in zip(keys, inputs, strict=True)
            ],
            rename={key: column.name for key, column in zip(keys, inputs, strict=True)},
            forbid_unknown_fields=True,
            gc=False,
        )
        body = msgspec.defstruct("Body", [("rows", list[row])], forbid_unknown_fields=True)
        self._row: msgspec.json.Decoder[Any] = msgspec.json.Decoder(row)
        self._piece: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[row])
        self._rows: msgspec.json.Decoder[Any] = msgspec.json.Decoder(body)

    def frame(self, raw: bytes) -> Frame | None:
        """The rows as the model wants them; None if there are none, or others, and `read_rows` says what they are.

        Raises:
            BadRows: a value does not fit its input.
        """
        bare = not _ROWS.match(raw)
        try:
            read = [self._row.decode(raw)] if bare else self._rows.decode(raw).rows
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        keys = len(read) * self._width + (not bare)
        if not (read and _is_plain(raw, keys)):
            return None
        return self._frames.frame(len(read), lambda: map(astuple, read))

    def frame_of(self, chunks: Iterator[bytes]) -> tuple[Frame | None, bytes]:
        """The rows of a body, read while the rest of it comes.

        Args:
            chunks: The body as it comes; about `PIECE_BYTES` at a time are quickest.

        Returns:
            The rows as the model wants them, or None if they were not to be read so, and then the body: `frame` reads
            what is of another form, and says what is wrong.
        """
        came: list[bytes] = []

        def coming() -> Iterator[bytes]:
            for chunk in chunks:
                came.append(chunk)
                yield chunk

        # all dates of a column together tell the day from the month
        frame = self._in_pieces(coming()) if self._divisible else None
        return frame, b"" if frame is not None else b"".join([*came, *chunks])

    def _in_pieces(self, chunks: Iterator[bytes]) -> Frame | None:
        frames: list[Frame] = []
        try:
            for piece in _pieces(chunks):
                read = self._piece.decode(piece)
                if not (read and _is_plain(piece, len(read) * self._width)):
                    return None
                frames.append(self._frames.frame(len(read), partial(map, astuple, read)))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, BadRows):
            return None
        return concat_frames(frames)


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A body of rows as some lists of rows, each to be read by itself: if all can be read, so could the whole.

    A list ends where some object may end. If that is not the end of a row it cannot be read.

    Raises:
        MsgspecError: this is more or less than rows, or where one ends is not to be seen.
    """
    held, start = b"", _FIRST
    for chunk in chunks:
        held += chunk
        begin, end = start.match(held), held.rfind(b"},") + 1
        if begin and begin.end() < end:
            yield _list(held, begin.end(), end)
            held, start = held[end:], _BETWEEN
        elif len(held) > 2 * PIECE_BYTES:
            raise msgspec.DecodeError("No row ends here.")
    begin, end = start.match(held), held.rfind(b"]")
    if not (begin and begin.end() < end and _AFTER.fullmatch(held, end)):
        raise msgspec.DecodeError("This is more or less than rows.")
    yield _list(held, begin.end(), end)


def _list(rows: bytes, start: int, end: int) -> bytes:
    return b"".join([b"[", memoryview(rows)[start:end], b"]"])


_readers: WeakKeyDictionary[Model, RowReader] = WeakKeyDictionary()


def reader_of(model: Model) -> RowReader:
    """The reader of rows for a model; made once, and kept as long as the model is."""
    reader = _readers.get(model)
    if reader is None:
        reader = _readers[model] = RowReader(model.inputs)
    return reader


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
    colons = raw.count(COLON) if len(raw) < COUNTED_BYTES else np.count_nonzero(np.frombuffer(raw, np.uint8) == COLON)
    if colons != keys and len(_PAIR.findall(raw)) != keys:
        return False
    return not ((b"\\" in raw or b"\x7f" in raw) and _CONTROL.search(raw))


def _read_slowly(raw: bytes) -> tuple[list[Row], bool]:
    """The same for any body; most that come here are refused."""
    return rows_of(strict_json.read(raw, lines=True))


def rows_of(tree: Any) -> tuple[list[Row], bool]:
    """The same for a body that was read.

    Raises:
        Refused: `invalid`, with each place.
    """
    bare = not (isinstance(tree, dict) and isinstance(cast("Row", tree).get("rows"), list | dict))
    _refuse(_faults(tree, bare))
    return cast("list[Row]", [tree] if bare else tree["rows"]), bare


def require_row(tree: Any, pointer: str) -> None:
    """Require that what stands at `pointer` of a body is a row. Raises as `rows_of` does."""
    _refuse(_cell_faults(tree, pointer))


def _refuse(faults: Iterator[FieldError]) -> None:
    if errors := list(islice(faults, ERRORS_AT_MOST)):
        raise Refused("invalid", headline(errors), errors=errors)


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
