"""JSON rows as blocks: one object on each line of a file, or rows that a program sent along with a request.

JSON has types of its own, yet people put numbers into strings all the same: so numbers and truths are taken as they
are, text is judged like any other, and what is nested becomes the text of its JSON.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from types import NoneType
from typing import BinaryIO, Final, cast

import msgspec
import polars as pl

from tables.chunks import EXACT, LINE, ROW, column_key
from tables.errors import Unreadable
from tables.formats.dialect import LONGEST_ROW
from tables.formats.encoding import detect, pieces
from tables.formats.headers import MOST_COLUMNS, named
from tables.formats.magic import refuse_binary
from tables.issues import Issue, Issues, shortened

Row = dict[str, object]

_PIECES_AT_ONCE: Final = 8
_CELLS_AT_ONCE: Final = 1 << 20
_NOT_JSON: Final = 'Write one object, such as {"sqft": 1200, "city": "Oslo"}, on each line.'


@dataclass(frozen=True)
class Batch:
    """Rows with their numbers, and the lines that they stand on if they came from a file."""

    rows: Sequence[Row]
    row: Sequence[int]
    line: Sequence[int] | None = None


class Records:
    """Rows as dictionaries. What a row lacks is missing, and a key may turn up late.

    Attributes:
        names: The columns' names; there are none before all blocks were read.
    """

    def __init__(self, batches: Iterable[Batch], issues: Issues) -> None:
        self._batches = batches
        self._issues = issues
        self._keys: dict[str, None] = {}
        self._nested: set[str] = set()
        self.names: list[str] = []

    def blocks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column for each key, LINE and ROW beside them.

        Raises:
            Unreadable: too-many-columns, row-too-long.
        """
        for batch in self._batches:
            self._keys.update(dict.fromkeys(chain.from_iterable(batch.rows)))
            if len(self._keys) > MOST_COLUMNS:
                break
            step = max(1, _CELLS_AT_ONCE // max(1, len(self._keys)))
            for first in range(0, len(batch.rows), step):
                part = slice(first, first + step)
                yield self._block(Batch(batch.rows[part], batch.row[part], batch.line and batch.line[part]))
        self.names = named(list(self._keys), self._issues)

    def _block(self, batch: Batch) -> pl.DataFrame:
        columns = [
            self._column(column_key(index), key, [row.get(key) for row in batch.rows])
            for index, key in enumerate(self._keys)
        ]
        lines = pl.Series(LINE, batch.line or [None] * len(batch.row), pl.Int64)
        return pl.DataFrame([*columns, lines, pl.Series(ROW, batch.row, pl.Int64)])

    def _column(self, key: str, name: str, cells: list[object]) -> pl.Series:
        """The cells as numbers or truths if all are, else as text."""
        kinds = set(map(type, cells)) - {NoneType}
        if kinds == {bool}:
            return pl.Series(key, cells, pl.Boolean)
        if kinds and kinds <= {int, float} and not any(map(_inexact, cells)):
            return pl.Series(key, cells, pl.Int64 if kinds == {int} else pl.Float64)
        if kinds <= {str}:
            return pl.Series(key, cells, pl.String)
        if not kinds.isdisjoint({dict, list}) and name not in self._nested:
            self._nested.add(name)
            advice = "Make a column of each value that is to be learned from."
            self._issues.add(Issue("nested_values", "warning", "kept", column=name, suggestion=advice))
        return pl.Series(key, [None if cell is None else _text(cell) for cell in cells], pl.String)


def records_of_file(file: BinaryIO, issues: Issues) -> Records:
    """The objects on the lines of a file.

    Raises:
        Unreadable: not-a-table, empty-file.
    """
    head = file.read(4096)
    refuse_binary(head)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise Unreadable("not-a-table", "The file is one JSON array, not one object on each line.", _NOT_JSON)
    file.seek(0)
    if not head.strip():
        raise Unreadable("empty-file", "The file is empty.", _NOT_JSON)
    return Records(_batches(pieces(file, detect(file), issues), issues), issues)


def records_of_rows(rows: Sequence[object], issues: Issues) -> Records:
    """Rows that a program sent; what is no object is reported and left out."""
    objects, numbers = list[Row](), list[int]()
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            objects.append(cast("Row", row))
            numbers.append(number)
        else:
            issues.add(Issue("not_an_object", "error", "row_rejected", row=number, value=shortened(str(row))))
    return Records([Batch(objects, numbers)], issues)


def _batches(text: Iterator[bytes], issues: Issues) -> Iterator[Batch]:
    decoder = msgspec.json.Decoder(dict[str, object])
    line, row, rest = 1, 1, b""
    for part in _joined(chain(text, (b"\n",))):
        held = rest + part
        whole, rest = held[: held.rfind(b"\n") + 1], held[held.rfind(b"\n") + 1 :]
        if len(rest) > LONGEST_ROW:
            raise Unreadable("row-too-long", f"Line {line} is longer than {LONGEST_ROW >> 20} MiB.", _NOT_JSON)
        lines = whole.count(b"\n")
        try:
            rows = decoder.decode_lines(whole)
        except (msgspec.MsgspecError, RecursionError):
            rows = []
        if len(rows) == lines:
            batch, numbers = Batch(rows, range(row, row + lines), range(line, line + lines)), lines
        else:
            batch, numbers = _one_by_one(whole, decoder, line, row, issues)
        if batch.rows:
            yield batch
        line, row = line + lines, row + numbers


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in fewer, longer pieces."""
    held: list[bytes] = []
    for piece in pieces:
        held.append(piece)
        if len(held) == _PIECES_AT_ONCE:
            yield b"".join(held)
            held = []
    yield b"".join(held)


def _one_by_one(
    text: bytes, decoder: "msgspec.json.Decoder[Row]", line: int, row: int, issues: Issues
) -> tuple[Batch, int]:
    """The objects on lines of which some are blank or faulty, and how many rows these are, rejected ones counted."""
    rows, numbers, lines = list[Row](), list[int](), list[int]()
    count = 0
    for offset, written in enumerate(text.split(b"\n")[:-1]):
        if not written.strip():
            continue
        found = _object(written, decoder)
        if isinstance(found, dict):
            rows.append(found)
            numbers.append(row + count)
            lines.append(line + offset)
        else:
            shown = shortened(written[:1000].decode("utf-8", "replace"))
            issues.add(Issue(found, "error", "row_rejected", line + offset, row + count, None, shown, _NOT_JSON))
        count += 1
    return Batch(rows, numbers, lines), count


def _object(written: bytes, decoder: "msgspec.json.Decoder[Row]") -> Row | str:
    """The object, or the code of what is wrong; NaN and Infinity pass, as Python writes them."""
    with suppress(msgspec.MsgspecError, RecursionError):
        return decoder.decode(written)
    try:
        found: object = json.loads(written)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return "not_json"
    return cast("Row", found) if isinstance(found, dict) else "not_an_object"


def _inexact(number: object) -> bool:
    """Whether float64 does not hold an integer."""
    return isinstance(number, int) and abs(number) > EXACT


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dict | list):
        return msgspec.json.encode(cell).decode()
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
