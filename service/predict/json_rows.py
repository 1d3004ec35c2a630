"""Rows to predict as a JSON body: a fast decoder for the rows that most callers send, a strict one for all others.

The fast decoder is typed by the model's columns, so it takes plain values only, cannot meet depth, and refuses NaN and
infinity. It would let doubled keys pass; they show in the number of colons, of which there is one for each key.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from learning.encoding.columns import InputColumn
from learning.frame import Frame
from service.request_bodies.strict_rows import (
    Cell,
    count_containers,
    has_hidden_faults,
    parse_rows,
    refuse_bad_rows,
)
from tables import MAX_JSON_CELLS, BadRows, FastRows, RowLimit, frame_from_rows

MIN_ROW_BYTES: Final = len(b"{},")
_WRAPPED: Final = re.compile(rb'[ \t\r\n]*{[ \t\r\n]*"rows"')


class JsonRows:
    """Reads JSON bodies of rows for one model; columns besides its inputs are passed over if they are `ignored`.

    Args:
        outputs: The number of values that are predicted for a row.
    """

    def __init__(self, inputs: Sequence[InputColumn], ignored: Collection[str], outputs: int = 1) -> None:
        self._limit = RowLimit(len(inputs), outputs, MAX_JSON_CELLS)
        self._max_unchecked_bytes = MIN_ROW_BYTES * self._limit.max_rows
        self._inputs = inputs
        self._ignored = ignored
        self._frames = FastRows(inputs)
        self._decode_row, self._decode_rows = _typed_decoders(inputs)

    def read(self, body: bytes) -> Frame:
        """The rows of a body `{"rows": [{…}, …]}`, or of one that is a bare row `{…}`.

        Raises:
            ProblemError: `unreadable-json` or `invalid`, with the place of each fault.
            TooManyRows: the rows have too many cells, be they there or missing.
        """
        if len(body) > self._max_unchecked_bytes and body.count(b"{") > self._limit.max_rows:
            self._limit.check(count_containers(body, b"{") - 1)
        is_bare = not _WRAPPED.match(body)
        try:
            try:
                rows = [self._decode_row(body)] if is_bare else self._decode_rows(body).rows
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                rows = []
            if rows and not has_hidden_faults(body, len(rows) * len(self._inputs) + (not is_bare)):
                return self._frames.frame(rows, astuple)
            parsed, is_bare = parse_rows(body)
            return frame_from_rows(parsed, self._inputs, self._ignored)
        except BadRows as bad:
            raise refuse_bad_rows(bad, lambda row: "#" if is_bare else f"#/rows/{row}") from None


def _typed_decoders(inputs: Sequence[InputColumn]) -> tuple[Callable[[bytes], Any], Callable[[bytes], Any]]:
    """Decoders of a bare row, and of a body of rows, that take just these columns, and numbers where they belong."""
    keys = [f"column{index}" for index in range(len(inputs))]
    types = [float | None if column.type == "numeric" else Cell for column in inputs]
    names: Mapping[str, str] = {key: column.name for key, column in zip(keys, inputs, strict=True)}
    fields = list(zip(keys, types, strict=True))
    row = msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, gc=False)
    body = msgspec.defstruct("Body", [("rows", list[row])], forbid_unknown_fields=True)
    return msgspec.json.Decoder(row).decode, msgspec.json.Decoder(body).decode
