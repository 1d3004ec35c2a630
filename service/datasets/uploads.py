"""Uploads of datasets: as the raw body, as a file in a form, or as JSON rows; always kept as a file while it flows.

JSON rows become NDJSON, one row a line, so that from here on there are only files.
"""

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from pydantic import (
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from werkzeug.http import parse_options_header

from contract.responses import ColumnKind, FieldError
from contract.specs import EXAMPLE_ENCODINGS, CellOptions, ColumnName, EncodingName, OneLine, UploadOptions
from service.datasets.json_rows import DatasetName, RowsSpec, is_rows_spec, parse_rows_spec, read_rows, split_fields
from service.datasets.media_types import FORM, FORMATS, JSON
from service.http import bodies, strict_json
from service.http.decompression import decompress
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.validation_errors import invalid_fields
from service.request_bodies.multipart import FilePart, read_form
from service.services import Context
from store.files.files import StoredFile
from tables import EXTENSIONS, HEAD_BYTES, FileFormat, detect_format

JSON_BLANKS: Final = b" \t\r\n"


class UploadQuery(UploadOptions, Query):
    """Name and options of a file sent as a raw body; each is text."""

    model_config = ConfigDict(strict=False)

    name: DatasetName | None = Field(default=None, description="The dataset's name; by default the file's.")
    types: OneLine | None = Field(
        default=None, description='Column types that override those found, as JSON: `{"zip": "categorical"}`.'
    )
    format: Literal["text"] | None = Field(
        default=None,
        description="text: the file is plain text, of which each line is a row of the one column `text`, as Markdown "
        "always is. By default a table is looked for in it.",
    )
    reuse: bool = Field(
        default=False, description="Respond with the dataset of the same file, name and options, if there is one."
    )

    @field_validator("missing_values", mode="before")
    @classmethod
    def _split_texts(cls, value: Any) -> Any:
        """Texts between commas, or as a JSON list."""
        if not isinstance(value, str):
            return value
        if value.startswith("["):
            with suppress(ValueError):
                return strict_json.parse_json(value.encode())
        return [text.strip() for text in value.split(",")] if value else []

    @field_validator("sheet", mode="before")
    @classmethod
    def _read_number(cls, value: Any) -> Any:
        """The number of a sheet, if there are digits only."""
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class UploadForm(UploadQuery):
    """A form with a file, and what could be in the query."""

    file: OneLine = Field(
        max_length=255, description="The file, with its filename.", json_schema_extra={"format": "binary"}
    )


class ColumnTypes(RootModel[dict[ColumnName, ColumnKind]]):
    """Column types by column name."""

    model_config = ConfigDict(strict=True, frozen=True)


@dataclass(frozen=True)
class ReceivedFile:
    """A file that has arrived and is kept."""

    name: str
    format: FileFormat
    stored: StoredFile
    types: dict[str, str]
    read_options: dict[str, Any]
    """The options of reading it that were given, as JSON values of `ReadOptions`."""
    reuse: bool = False


def receive_upload(context: Context, query: UploadQuery, key: str) -> ReceivedFile:
    """Keep what the request brings under `key`.

    Raises:
        ProblemError: if it is too large, torn, of a type that is not taken, or the disk is almost full.
    """
    types = _parse_types(query.types, "?types")
    if context.media_type == FORM:
        return _receive_form(context, query, types, key)
    source, declared = context.upload, FORMATS.get(context.media_type)
    name = query.name or _disposition_name(context)
    if context.media_type == JSON:
        declared = "json"
        head, source = _peek(source)
        if _may_be_call(head, name):
            body = read_rows(context, source)
            fields = split_fields(body)
            if is_rows_spec(fields):
                return _receive_rows(context, parse_rows_spec(body, fields), query, types, key)
            source = iter((body,))
    options = _merge_options(_declared_encoding(context.request.mimetype_params.get("charset")), query)
    if declared == "xls" and name:  # what Windows says of any table
        declared = EXTENSIONS.get(_find_suffix(name), declared)
    form, stored = _store_file(context, source, query.format or declared, name or "", key)
    return ReceivedFile(name or f"table.{form}", form, stored, types, options, reuse=query.reuse)


def _receive_form(context: Context, query: UploadQuery, types: dict[str, str], key: str) -> ReceivedFile:
    def keep(part: FilePart, source: Iterator[bytes]) -> tuple[FilePart, FileFormat, StoredFile]:
        declared = EXTENSIONS.get(_find_suffix(part.filename)) or FORMATS.get(part.media_type)
        form, stored = _store_file(context, source, query.format or declared, part.filename, key)
        return part, form, stored

    read = read_form(context.request, context.upload, "file", keep)
    part, form, stored = read.file
    said = bodies.parse_model(json.dumps({**read.fields, "file": part.filename}).encode(), UploadForm)
    form = said.format or form
    name = said.name or query.name or said.file.removesuffix(".gz") or f"table.{form}"
    options = _merge_options(_declared_encoding(part.charset), query, said)
    all_types = {**types, **_parse_types(said.types, "#/types")}
    return ReceivedFile(name, form, stored, all_types, options, reuse=query.reuse or said.reuse)


def _may_be_call(head: bytes, name: str | None) -> bool:
    """Whether a JSON body may be a `RowsSpec`: by its first bytes it is one object, and it is not named as a file."""
    if name and EXTENSIONS.get(_find_suffix(name)) in {"json", "ndjson"}:
        return False
    return not head.lstrip(JSON_BLANKS).startswith((b"[", BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE))


def _receive_rows(
    context: Context, spec: RowsSpec, query: UploadQuery, types: dict[str, str], key: str
) -> ReceivedFile:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines = (encode(row).encode() + b"\n" for row in spec.rows)
    stored = context.services.files.put(lines, key, context.services.settings.max_upload_bytes)
    name, options = spec.name or query.name or "rows.ndjson", _merge_options(query, spec)
    return ReceivedFile(name, "ndjson", stored, {**types, **spec.types}, options, reuse=query.reuse)


def _store_file(
    context: Context, source: Iterator[bytes], declared: FileFormat | None, name: str, key: str
) -> tuple[FileFormat, StoredFile]:
    """Store a file, and find its format by its first bytes, by what is declared, and by its name."""
    limit = context.services.settings.max_upload_bytes
    if declared != "parquet":
        source = decompress(source, limit, always=False)
    head, source = _peek(source)
    return detect_format(head, declared, name), context.services.files.put(source, key, limit)


def _peek(source: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a stream, and the whole stream."""
    chunks, size = list[bytes](), 0
    for chunk in source:
        chunks.append(chunk)
        size += len(chunk)
        if size >= HEAD_BYTES:
            break
    return b"".join(chunks)[:HEAD_BYTES], chain(chunks, source)


def _find_suffix(name: str) -> str:
    return PurePosixPath(name.lower().removesuffix(".gz")).suffix


def _disposition_name(context: Context) -> str | None:
    """The file's name in the Content-Disposition of a request, if there is one that can be a dataset's."""
    _, options = parse_options_header(context.request.headers.get("Content-Disposition"))
    name = options.get("filename", "").replace("\\", "/").rsplit("/", 1)[-1]
    with suppress(ValidationError):
        return TypeAdapter(DatasetName).validate_python(name)
    return None


def _declared_encoding(charset: str | None) -> UploadOptions:
    """The encoding that a Content-Type declares; UTF-8 is checked anyway, as many programs declare it unasked.

    Raises:
        ProblemError: `unsupported-media-type`, if there is no such encoding.
    """
    if not charset:
        return UploadOptions()
    try:
        name = TypeAdapter(EncodingName).validate_python(charset)
    except ValidationError:
        raise ProblemError(
            "unsupported-media-type",
            f"The charset {strict_json.shorten(charset)!r} of the Content-Type is no known encoding of text: send "
            f"one such as {EXAMPLE_ENCODINGS}, or none, and it is detected.",
        ) from None
    return UploadOptions(encoding=None if name in {"utf-8", "ascii"} else name)


def _merge_options(*given: CellOptions) -> dict[str, Any]:
    """The options that are given; where there are several, the last."""
    options: dict[str, Any] = {}
    for model in given:
        options |= model.model_dump(mode="json", include=set(UploadOptions.model_fields), exclude_none=True)
    return options


def _parse_types(text: str | None, pointer: str) -> dict[str, str]:
    """Column types that came as JSON in a query or form."""
    if not text:
        return {}
    try:
        return dict(bodies.parse_model(text.encode("utf-8", "replace"), ColumnTypes).root)
    except ProblemError as refused:
        found = refused.errors or [
            FieldError(pointer="#", detail=refused.detail.removeprefix("The body "), code="unreadable_json")
        ]
    errors = [error.model_copy(update={"pointer": error.pointer.replace("#", pointer, 1)}) for error in found]
    raise invalid_fields(errors)
