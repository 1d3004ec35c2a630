"""Datasets as JSON rows in the body of a request, which are parsed in memory and therefore few.

Larger tables come as files, of which no more than a part is in memory.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Final

import msgspec
from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from contract.responses import ColumnKind
from contract.specs import CellOptions, ColumnName, FreeText, OneLine
from service.http import bodies
from service.http.errors import ProblemError
from service.request_bodies.strict_rows import Row, count_outside_texts, has_hidden_faults
from service.services import Context

MAX_ROWS_BYTES: Final = 2**20
MAX_ROWS_CONTAINERS: Final = 2**16
"""The maximum number of rows, and of lists and objects in their cells: each takes a hundred bytes of memory."""
MAX_ROWS_COMMAS: Final = 2**17
"""The maximum number of commas, one for each value: other requests wait while the values are decoded."""

_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PLAIN_ROWS: Final = msgspec.json.Decoder(list[Row])
_ONE_ROW: Final = msgspec.Raw(b"[{}]")

DatasetName = Annotated[OneLine, StringConstraints(min_length=1, max_length=255)]
Cell = TypeAliasType("Cell", "FreeText | bool | int | float | list[Cell] | dict[OneLine, Cell] | None")
"""The value of a cell in a row of JSON."""


class RowsSpec(CellOptions):
    """A dataset as JSON rows; what a row does not name is missing."""

    name: DatasetName | None = None
    rows: list[dict[str, Cell]] = Field(min_length=1, fail_fast=True)
    types: dict[ColumnName, ColumnKind] = Field(default={}, description="Column types that override those found.")


def split_fields(body: bytes) -> dict[str, msgspec.Raw]:
    """The fields of a JSON object; none of what is not one."""
    try:
        return _FIELDS.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


def is_rows_spec(fields: dict[str, msgspec.Raw]) -> bool:
    """Whether a JSON object is a `RowsSpec`, if with faults, and not a table of another form: it has a field of it."""
    return not fields or not fields.keys().isdisjoint(RowsSpec.model_fields)


def parse_rows_spec(body: bytes, fields: dict[str, msgspec.Raw]) -> RowsSpec:
    """The spec that a body with these fields encodes.

    Other requests wait for the strict parser, four times as slow, which is for faults and for cells that are lists or
    objects.

    Raises:
        ProblemError: `unreadable-json` or `invalid`, with the pointer of each fault.
    """
    with suppress(KeyError, msgspec.MsgspecError, UnicodeDecodeError, ProblemError):
        rows = _PLAIN_ROWS.decode(fields["rows"])
        spec = bodies.parse_model(msgspec.json.encode({**fields, "rows": _ONE_ROW}), RowsSpec, lines=True)
        keys = len(fields) + len(spec.types) + sum(map(len, rows))
        if rows and not has_hidden_faults(body, keys):
            return spec.model_copy(update={"rows": rows})
    return bodies.parse_model(body, RowsSpec, lines=True)


def read_rows(context: Context, source: Iterator[bytes]) -> bytes:
    """The body with rows as JSON, which are parsed in memory, so that many have to come as a file.

    Raises:
        ProblemError: `body-too-large`.
    """
    body = bytearray()
    for chunk in source:
        body += chunk
        if len(body) > MAX_ROWS_BYTES:
            length = max(len(body), context.request.content_length or 0)
            raise _rows_too_large(context, f"{length:,} bytes or more", f"{MAX_ROWS_BYTES:,}", MAX_ROWS_BYTES)
    text = bytes(body)
    for marks, what, most in ((b"{[", "objects and lists", MAX_ROWS_CONTAINERS), (b",", "commas", MAX_ROWS_COMMAS)):
        found = count_outside_texts(text, marks) if sum(map(text.count, marks)) > most else 0
        if found > most:
            raise _rows_too_large(context, f"{found:,} {what}", f"{most:,}", most)
    return text


def _rows_too_large(context: Context, size: str, most: str, limit: int) -> ProblemError:
    return ProblemError(
        "body-too-large",
        f"The rows have {size}, and as JSON {most} are accepted; send them as application/x-ndjson or text/csv, "
        f"which may have {context.services.settings.max_upload_bytes:,} bytes.",
        limit=limit,
    )
