"""Rows to predict as a JSON body: a fast decoder for the rows that most callers send, a strict one for all others.

The fast decoder is typed by the model's columns, so it takes plain values only, cannot meet depth, and refuses NaN and
infinity. It would let doubled keys pass; they show in the number of colons, of which there is one for each key.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
from msgspec.structs import astuple

from contract.responses import FieldError
from learning.encoding.columns import InputColumn
from learning.frame import Frame
from service.http.validation_errors import invalid_fields
from service.request_bodies.strict_rows import (
    BARE,
    LISTED,
    WRAPPED,
    Cell,
    count_outside_texts,
    has_hidden_faults,
    parse_rows,
    refuse_bad_rows,
)
from tables import MAX_JSON_CELLS, BadCells, BadRows, FastRows, RowLimit, count_cells, frame_from_rows

ADVICE: Final = {"unknown_column": "; leave it out, or pass over such columns by ?unknown=ignore"}
MIN_ROW_BYTES: Final = len(b"{},")
_WRAPPED: Final = re.compile(rb'[ \t\r\n]*{[ \t\r\n]*"rows"')
_LISTED: Final = re.compile(rb"[ \t\r\n]*\[")
NO_ROWS: Final = "has no rows; send one at least"
_LISTS: Final = {WRAPPED: "#/rows", LISTED: "#"}
_UNDECODABLE: Final = re.compile(r'["\\\x00-\x1f]')
"""What the decoder accepts in no name."""


class JsonRows:
    """Reads JSON bodies of rows for one model; columns besides its inputs are passed over if they are `ignored`.

    Args:
        outputs: The number of values that are predicted for a row.
    """

    def __init__(self, inputs: Sequence[InputColumn], ignored: Collection[str], outputs: int = 1) -> None:
        self._limit = RowLimit(count_cells(inputs), outputs, MAX_JSON_CELLS)
        self._max_unchecked_bytes = MIN_ROW_BYTES * self._limit.max_rows
        self._inputs = inputs
        self._ignored = ignored
        self._frames = FastRows(inputs)
        self._decoders = _typed_decoders(inputs)

    def read(self, body: bytes, *, ignore_unknown: bool = False, bad: BadCells | None = None) -> Frame:
        """The rows of a body `{"rows": [{…}, …]}`, of a list `[{…}, …]`, or of one that is a bare row `{…}`.

        Columns that are unknown are passed over with `ignore_unknown`; faults are collected in `bad`, if it is given.

        Raises:
            ProblemError: `unreadable-json` or `invalid`, with the place of each fault; there are no rows.
            TooManyRows: the rows have too many cells, be they there or missing.
        """
        pointer = WRAPPED if _WRAPPED.match(body) else LISTED if _LISTED.match(body) else BARE
        if len(body) > self._max_unchecked_bytes and body.count(b"{") > self._limit.max_rows:
            self._limit.check(count_outside_texts(body, b"{") - (pointer != LISTED))
        try:
            try:
                rows = self._decoders[pointer](body)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
                rows = []
            if rows and not has_hidden_faults(body, len(rows) * len(self._inputs) + (pointer == WRAPPED)):
                return self._frames.frame(rows, astuple, bad)
            parsed, pointer = parse_rows(body, any_cells=bad is not None)
            if not parsed:
                raise invalid_fields([FieldError(pointer=_LISTS[pointer], detail=NO_ROWS, code="too_short")])
            return frame_from_rows(parsed, self._inputs, self._ignored, ignore_unknown=ignore_unknown, bad=bad)
        except BadRows as refused:
            raise refuse_bad_rows(refused, pointer, ADVICE) from None


def _typed_decoders(inputs: Sequence[InputColumn]) -> dict[str, Callable[[bytes], list[Any]]]:
    """Decoders of rows that have just these columns, and numbers where they belong, by the pointer of a row in a body.

    There are none if a column has a name that they would not take.
    """
    if any(_UNDECODABLE.search(column.name) for column in inputs):
        return {}
    keys = [f"column{index}" for index in range(len(inputs))]
    types = [float | None if column.type == "numeric" else Cell for column in inputs]
    names: Mapping[str, str] = {key: column.name for key, column in zip(keys, inputs, strict=True)}
    fields = list(zip(keys, types, strict=True))
    row = msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, gc=False)
    body = msgspec.defstruct("Body", [("rows", list[row])], forbid_unknown_fields=True)
    decode_row, decode_body = msgspec.json.Decoder(row).decode, msgspec.json.Decoder(body).decode
    return {
        BARE: lambda text: [decode_row(text)],
        WRAPPED: lambda text: cast("Any", decode_body(text)).rows,
        LISTED: msgspec.json.Decoder(list[row]).decode,
    }
