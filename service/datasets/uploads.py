"""How a dataset arrives: as the raw body, as a file in a form, or as JSON rows; always kept as a file while it flows.

JSON rows become NDJSON, one row a line, so that from here on there are only files.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, RootModel, StringConstraints
from typing_extensions import TypeAliasType

from contract.responses import ColumnKind, FieldError
from contract.specs import ColumnName, FreeText, OneLine, StrictModel
from service.http.errors import Refused
from service.http.pagination import Query
from service.http.routing import Call
from service.http.validation_errors import headline
from service.request_bodies import decompression, strict_json
from service.request_bodies import reading as bodies
from service.request_bodies.multipart import Part, read_form
from store.files.files import StoredFile

Format = Literal["csv", "tsv", "ndjson", "parquet"]

FORMATS: Final[dict[str, Format]] = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
}
ENDINGS: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}
FORM: Final = "multipart/form-data"
JSON: Final = "application/json"
TAKES: Final = (*FORMATS, FORM, JSON)

DatasetName = Annotated[OneLine, StringConstraints(min_length=1, max_length=255)]
Cell = TypeAliasType("Cell", "FreeText | bool | int | float | list[Cell] | dict[OneLine, Cell] | None")
"""What may stand in a row of JSON."""


class UploadQuery(Query):
    """What a raw body cannot say about itself."""

    name: DatasetName | None = Field(default=None, description="The dataset's name; by default the file's.")
    types: OneLine | None = Field(
        default=None, description='Column types that override those found, as JSON: `{"zip": "categorical"}`.'
    )


class UploadForm(StrictModel):
    """A form with a file."""

    file: OneLine = Field(
        max_length=255, description="The file, with its filename.", json_schema_extra={"format": "binary"}
    )
    name: DatasetName | None = None
    types: OneLine | None = Field(default=None, description="As in the query.")


class RowsSpec(StrictModel):
    """A dataset as JSON rows; what a row does not name is missing."""

    name: DatasetName | None = None
    rows: list[dict[ColumnName, Cell]] = Field(min_length=1, fail_fast=True)
    types: dict[ColumnName, ColumnKind] = Field(default={}, description="Column types that override those found.")


class Types(RootModel[dict[ColumnName, ColumnKind]]):
    """Column types by column name."""

    model_config = ConfigDict(strict=True, frozen=True)


@dataclass(frozen=True)
class Upload:
    """A file that has arrived and is kept."""

    name: str
    format: Format
    stored: StoredFile
    types: dict[str, str]


def receive(call: Call, query: UploadQuery, key: str) -> Upload:
    """Keep what the request brings under `key`.

    Raises:
        Refused: if it is too large, torn, of a type that is not taken, or the disk is almost full.
    """
    types = _types(query.types, "?types")
    settings = call.backing.settings
    media_type, coding = call.request.mimetype, _coding(call)
    opened_limit = settings.max_body_bytes if media_type == JSON else settings.max_upload_bytes
    limit = call.backing.limits.largest_upload(opened_limit)
    length = bodies.expected(call.request, limit)
    require_room(call, length or 0)
    with (
        bodies.chunks(call.request, limit) as chunks,
        call.backing.limits.arriving(call.owner, chunks, length) as arriving,
    ):
        source = decompression.opened(arriving, opened_limit, always=True) if coding == "gzip" else arriving
        if media_type == JSON:
            return _rows(call, query, types, key, source)
        if media_type == FORM:
            return _form(call, query, types, key, source)
        form = FORMATS[media_type]
        stored = _keep(call, source, form, key)
        return Upload(query.name or f"table.{form}", form, stored, types)


def require_room(call: Call, coming: int = 0) -> None:
    """Refuse what would leave the disk with less than its reserve.

    Raises:
        Refused: `disk-full`.
    """
    free, reserve = call.backing.files.free_bytes(), call.backing.settings.min_free_bytes
    if free - coming < reserve:
        raise Refused(
            "disk-full",
            f"The disk has {free:,} bytes left, {coming:,} were to come, and {reserve:,} are kept in reserve.",
        )


def _form(call: Call, query: UploadQuery, types: dict[str, str], key: str, source: Iterator[bytes]) -> Upload:
    def keep(part: Part, source: Iterator[bytes]) -> tuple[Part, Format, StoredFile]:
        form = _format(part)
        return part, form, _keep(call, source, form, key)

    read = read_form(call.request, source, "file", keep)
    part, form, stored = read.kept
    said = bodies.json_model(json.dumps({**read.fields, "file": part.filename}).encode(), UploadForm)
    name = said.name or query.name or said.file.removesuffix(".gz") or f"table.{form}"
    return Upload(name, form, stored, {**types, **_types(said.types, "#/types")})


def _rows(call: Call, query: UploadQuery, types: dict[str, str], key: str, source: Iterator[bytes]) -> Upload:
    spec = bodies.json_model(b"".join(source), RowsSpec, lines=True)
    lines = (json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in spec.rows)
    stored = call.backing.files.put(lines, key, call.backing.settings.max_upload_bytes)
    return Upload(spec.name or query.name or "rows.ndjson", "ndjson", stored, {**types, **spec.types})


def _keep(call: Call, source: Iterator[bytes], form: Format, key: str) -> StoredFile:
    limit = call.backing.settings.max_upload_bytes
    if form != "parquet":
        source = decompression.opened(source, limit, always=False)
    return call.backing.files.put(source, key, limit)


def _coding(call: Call) -> str:
    coding = call.request.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if coding not in {"identity", "gzip"}:
        raise Refused("unsupported-media-type", f"Content-Encoding {coding!r} is not taken here; send gzip, or none.")
    return coding


def _format(part: Part) -> Format:
    path = PurePosixPath(part.filename.lower().removesuffix(".gz"))
    form = ENDINGS.get(path.suffix) or FORMATS.get(part.media_type)
    if form is None:
        raise Refused(
            "unsupported-media-type",
            f"The file {strict_json.clipped(part.filename)!r} has an ending that says nothing: "
            f"name it {', '.join(ENDINGS)}, or give its part one of the Content-Types {', '.join(FORMATS)}.",
        )
    return form


def _types(text: str | None, pointer: str) -> dict[str, str]:
    """Column types that came as JSON in a query or form."""
    if not text:
        return {}
    try:
        return dict(bodies.json_model(text.encode("utf-8", "replace"), Types).root)
    except Refused as refused:
        found = refused.errors or [
            FieldError(pointer="#", detail=refused.detail.removeprefix("The body "), code="unreadable_json")
        ]
    errors = [error.model_copy(update={"pointer": error.pointer.replace("#", pointer, 1)}) for error in found]
    raise Refused("invalid", headline(errors), errors=errors)
