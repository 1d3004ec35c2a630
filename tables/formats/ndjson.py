"""Reader of JSON rows: NDJSON files, files with one array, or rows in the body of a request.

Numbers and booleans keep their JSON type; the type of strings is inferred, since many contain numbers; nested values
become JSON text.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from types import NoneType
from typing import BinaryIO, Final, cast

import msgspec
import polars as pl

from tables.chunks import LINE, MAX_EXACT_INTEGER, ROW, column_key
from tables.formats.dialect import MAX_ROW_BYTES
from tables.formats.encoding import detect_encoding, read_pieces
from tables.formats.headers import MAX_COLUMNS, unique_names
from tables.formats.json_array import ONE_ARRAY, split_array
from tables.formats.json_object import MAX_OBJECT_BYTES, read_object
from tables.formats.magic import refuse_binary, skip_blanks
from tables.images.cells import IMAGE_ADDRESS, decode_cells
from tables.images.stats import ImageCounter
from tables.issues import Issue, IssueCollector, UnreadableFile, shorten_value

Row = dict[str, object]

_PIECES_PER_BATCH: Final = 8
_CELLS_PER_CHUNK: Final = 1 << 20
_NOT_JSON: Final = 'Write one object, such as {"sqft": 1200, "city": "Oslo"}, on each line.'


@dataclass(frozen=True)
class Batch:
    """Rows with their numbers, and with their lines if they come from a file."""

    rows: Sequence[Row]
    row: Sequence[int]
    line: Sequence[int] | None = None


class JsonRowsReader:
    """Reader of rows with any keys; `names` is complete after all chunks were read."""

    def __init__(self, batches: Iterable[Batch], issues: IssueCollector) -> None:
        self._batches = batches
        self._issues = issues
        self._keys: dict[str, None] = {}
        self._numbers: dict[str, int] = {}
        self._nested: set[str] = set()
        self.names: list[str] = []
        self.images: dict[str, ImageCounter] = {}
        """What was counted of images, by the column's key."""

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column for each key that occurs in the chunk, and the columns LINE and ROW.

        Raises:
            UnreadableFile: too-many-columns, row-too-long.
        """
        for batch in self._batches:
            self._keys.update(dict.fromkeys(chain.from_iterable(batch.rows)))
            if len(self._keys) > MAX_COLUMNS:
                break
            self._numbers = {key: number for number, key in enumerate(self._keys)}
            yield from self._read_batch(batch)
        self.names = unique_names(list(self._keys), self._issues)

    def _read_batch(self, batch: Batch) -> Iterator[pl.DataFrame]:
        """The rows of a batch in chunks, halved until their cells are few: a missing one takes no byte of the file."""
        keys = sorted(set(chain.from_iterable(batch.rows)), key=self._numbers.__getitem__)
        half = len(batch.rows) // 2
        if half and len(batch.rows) * len(keys) > _CELLS_PER_CHUNK:
            for part in (slice(half), slice(half, None)):
                yield from self._read_batch(Batch(batch.rows[part], batch.row[part], batch.line and batch.line[part]))
            return
        columns = [
            self._read_column(column_key(self._numbers[key]), key, [row.get(key) for row in batch.rows], batch)
            for key in keys
        ]
        lines = pl.Series(LINE, batch.line or [None] * len(batch.row), pl.Int64)
        yield pl.DataFrame([*columns, lines, pl.Series(ROW, batch.row, pl.Int64)])

    def _read_column(self, key: str, name: str, cells: list[object], batch: Batch) -> pl.Series:
        """The cells as numbers or booleans if all of them are, or as images if the first is one, else as text."""
        kinds = set(map(type, cells)) - {NoneType}
        if key in self.images or (str in kinds and _is_image(next(cell for cell in cells if cell is not None))):
            counter = self.images.setdefault(key, ImageCounter())
            lines = batch.line or [None] * len(cells)
            named = ((cell, None, row, line) for cell, row, line in zip(cells, batch.row, lines, strict=True))
            return decode_cells(key, named, name, counter, self._issues)
        if kinds == {bool}:
            return pl.Series(key, cells, pl.Boolean)
        if kinds and kinds <= {int, float} and not any(map(_is_inexact, cells)):
            return pl.Series(key, cells, pl.Int64 if kinds == {int} else pl.Float64)
        if kinds <= {str}:
            return pl.Series(key, cells, pl.String)
        if not kinds.isdisjoint({dict, list}) and name not in self._nested:
            self._nested.add(name)
            advice = "Make a column of each value to train on."
            self._issues.add(Issue("nested_values", "warning", "kept", column=name, suggestion=advice))
        return pl.Series(key, [None if cell is None else _to_text(cell) for cell in cells], pl.String)


def _is_image(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith(IMAGE_ADDRESS)


def open_ndjson(file: BinaryIO, issues: IssueCollector, encoding: str | None = None) -> JsonRowsReader:
    """Open an NDJSON file, one object on each line.

    Raises:
        UnreadableFile: not-a-table, empty-file.
    """
    head = file.read(4096)
    refuse_binary(head)
    if skip_blanks(head).startswith(b"["):
        advice = f"{_NOT_JSON} An array is read as application/json, or in a file that is named .json."
        raise UnreadableFile("not-a-table", "The file is one JSON array, not one object on each line.", advice)
    if not head.strip():
        raise UnreadableFile("empty-file", "The file is empty.", _NOT_JSON)
    file.seek(0)
    return JsonRowsReader(_read_batches(read_pieces(file, detect_encoding(file, encoding), issues), issues), issues)


def open_json(file: BinaryIO, issues: IssueCollector, encoding: str | None = None) -> JsonRowsReader:
    """Open a JSON file, which is one array of objects, or one object that is a table.

    Raises:
        UnreadableFile: not-a-table, not-json, empty-file, too-large.
    """
    head = file.read(4096)
    refuse_binary(head)
    if not head.strip():
        raise UnreadableFile("empty-file", "The file is empty.", ONE_ARRAY)
    file.seek(0)
    pieces = read_pieces(file, detect_encoding(file, encoding), issues)
    start = next(pieces, b"")
    while not skip_blanks(start) and (more := next(pieces, b"")):
        start += more
    if skip_blanks(start).startswith(b"{"):
        return JsonRowsReader(_read_table(chain((start,), pieces), issues), issues)
    if not skip_blanks(start).startswith(b"["):
        raise UnreadableFile("not-a-table", "The file is JSON, but not one array of objects.", ONE_ARRAY)
    return JsonRowsReader(_read_array(chain((start,), pieces), issues), issues)


def _read_table(text: Iterator[bytes], issues: IssueCollector) -> Iterator[Batch]:
    """The rows of a table that is one object."""
    whole = b""
    for piece in text:
        whole += piece
        if len(whole) > MAX_OBJECT_BYTES:
            detail = (
                f"The file is one JSON object of more than {MAX_OBJECT_BYTES:,} bytes, the most that is read of one."
            )
            raise UnreadableFile("too-large", detail, ONE_ARRAY)
    rows = read_object(whole, issues)
    yield Batch(rows, range(1, len(rows) + 1))


def _read_array(text: Iterator[bytes], issues: IssueCollector) -> Iterator[Batch]:
    decoder, row = msgspec.json.Decoder(dict[str, object]), 1
    for values, lines in split_array(text):
        try:
            batch = Batch(decoder.decode_lines(values), range(row, row + len(lines)), lines)
        except (msgspec.MsgspecError, RecursionError):
            batch = _decode_values(values, decoder, lines, row, issues)
        row += len(lines)
        if batch.rows:
            yield batch


def _decode_values(
    values: bytes, decoder: "msgspec.json.Decoder[Row]", lines: list[int], row: int, issues: IssueCollector
) -> Batch:
    """The objects among the values of an array; the others are rejected."""
    rows, numbers, places = list[Row](), list[int](), list[int]()
    for offset, (value, line) in enumerate(zip(values.split(b"\n"), lines, strict=False)):
        decoded = _decode_object(value, decoder)
        if isinstance(decoded, dict):
            rows.append(decoded)
            numbers.append(row + offset)
            places.append(line)
        else:
            shown = shorten_value(value[:1000].decode("utf-8", "replace"))
            issues.add(Issue(decoded, "error", "row_rejected", line, row + offset, None, shown, ONE_ARRAY))
    return Batch(rows, numbers, places)


def open_rows(rows: Sequence[object], issues: IssueCollector) -> JsonRowsReader:
    """Open the rows of a request; a row that is no object is rejected and reported."""
    objects, numbers = list[Row](), list[int]()
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            objects.append(cast("Row", row))
            numbers.append(number)
        else:
            issues.add(Issue("not_an_object", "error", "row_rejected", row=number, value=shorten_value(str(row))))
    return JsonRowsReader([Batch(objects, numbers)], issues)


def _read_batches(text: Iterator[bytes], issues: IssueCollector) -> Iterator[Batch]:
    decoder = msgspec.json.Decoder(dict[str, object])
    line, row, rest = 1, 1, b""
    pieces = chain(text, (b"\n",))
    while parts := list(islice(pieces, _PIECES_PER_BATCH)):
        unread = b"".join((rest, *parts))
        end = unread.rfind(b"\n") + 1
        whole, rest = unread[:end], unread[end:]
        if len(rest) > MAX_ROW_BYTES:
            raise UnreadableFile("row-too-long", f"Line {line} is longer than {MAX_ROW_BYTES >> 20} MiB.", _NOT_JSON)
        lines = whole.count(b"\n")
        try:
            rows = decoder.decode_lines(whole)
        except (msgspec.MsgspecError, RecursionError):
            rows = []
        if len(rows) == lines:
            batch, numbers = Batch(rows, range(row, row + lines), range(line, line + lines)), lines
        else:
            batch, numbers = _decode_each_line(whole, decoder, line, row, issues)
        if batch.rows:
            yield batch
        line, row = line + lines, row + numbers


def _decode_each_line(
    text: bytes, decoder: "msgspec.json.Decoder[Row]", line: int, row: int, issues: IssueCollector
) -> tuple[Batch, int]:
    """Decode lines of which some are blank or faulty; returns the objects, and the number of rows, rejected or not."""
    rows, numbers, lines = list[Row](), list[int](), list[int]()
    count = 0
    for offset, text_line in enumerate(text.split(b"\n")[:-1]):
        if not text_line.strip():
            continue
        decoded = _decode_object(text_line, decoder)
        if isinstance(decoded, dict):
            rows.append(decoded)
            numbers.append(row + count)
            lines.append(line + offset)
        else:
            shown = shorten_value(text_line[:1000].decode("utf-8", "replace"))
            issues.add(Issue(decoded, "error", "row_rejected", line + offset, row + count, None, shown, _NOT_JSON))
        count += 1
    return Batch(rows, numbers, lines), count


def _decode_object(written: bytes, decoder: "msgspec.json.Decoder[Row]") -> Row | str:
    """The object, or the code of the fault; NaN and Infinity are accepted, as Python writes them."""
    with suppress(msgspec.MsgspecError, RecursionError):
        return decoder.decode(written)
    try:
        value: object = json.loads(written)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return "not_json"
    return cast("Row", value) if isinstance(value, dict) else "not_an_object"


def _is_inexact(number: object) -> bool:
    return isinstance(number, int) and abs(number) > MAX_EXACT_INTEGER


def _to_text(cell: object) -> str:
    return msgspec.json.encode(cell).decode() if isinstance(cell, dict | list | bool) else str(cell)
