"""Routes of datasets: upload, list, profile, issues, rows, content, delete.

A small file is read within the request; one that is large or slow to read is accepted at once and read by a worker.
"""

import hashlib
from contextlib import suppress
from dataclasses import asdict
from typing import Final, Literal
from urllib.parse import quote

import msgspec
from flask import Response
from pydantic import Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from contract.labels import DatasetChanges
from contract.responses import DatasetResponse, DeletedResponse, IssueResponse, IssuesResponse, Page, RowsResponse
from contract.specs import OneLine
from contract.states import DatasetStatus
from contract.tasks import INGEST
from service.datasets import json_rows, media_types, uploads
from service.datasets.byte_range import parse_range
from service.datasets.uploads import ReceivedFile, UploadQuery, receive_upload
from service.http import pagination
from service.http.idempotency import idempotent
from service.http.long_polling import WatchedState, respond_when_changed
from service.http.pagination import CommaSeparated, Query, SearchQuery
from service.http.responses import json_response
from service.http.routing import Routes
from service.services import Context, IngestTimeout, require_ready
from store import datasets
from store.datasets import UploadedFile
from store.errors import StorageUnavailable
from store.files import NewDataset, create_dataset_keys, delete_dataset_files, original_key, table_key
from store.pages import make_orders
from store.tables import DatasetRow
from tables import IngestedTable, ReadOptions, count_rows_before, read_lines, read_rows

routes = Routes("datasets", "Uploaded tables, their profiles and issues.")

MEDIA_TYPES: Final = {form: media_type for media_type, form in media_types.FORMATS.items()} | {
    "json": media_types.JSON,
    "text": media_types.PLAIN,
}


ORDERS: Final = make_orders(DatasetRow.id, name=DatasetRow.name, rows=DatasetRow.rows, bytes=DatasetRow.bytes)
"""The orders of the list of datasets."""


class DatasetsQuery(SearchQuery):
    """Filters of the list of datasets."""

    status: CommaSeparated[DatasetStatus] = Field(default=[], description="Only those in one of these states.")
    name: OneLine | None = Field(default=None, max_length=255, description="Only those with this name.")
    sort: Literal["-created", "created", "name", "-name", "rows", "-rows", "bytes", "-bytes"] = Field(
        default="-created", description="The order; with `-` descending."
    )


class RowsQuery(Query):
    """The range of rows to return."""

    after: int = Field(default=0, ge=0, le=2**53, description="How many rows to pass over.")
    from_line: int | None = Field(
        default=None, ge=1, le=2**53, description="Pass over those that begin before this line of the file, instead."
    )
    limit: int = Field(default=20, ge=1, le=1000, description="How many at most.")


class IssuesQuery(Query):
    """Filters of the list of issues."""

    after: int = Field(default=0, ge=0, le=2**53, description="`after` of the page before.")
    limit: int = Field(default=20, ge=1, le=100, description="How many at most.")
    from_line: int | None = Field(default=None, ge=1, le=2**53, description="Only those on this line, or below.")
    to_line: int | None = Field(default=None, ge=1, le=2**53, description="Only those on this line, or above.")


@routes.post(
    "/v1/datasets",
    scope="train",
    summary="Upload a table",
    status=201,
    response_model=DatasetResponse,
    other_statuses={200: "You have this dataset already: `reuse`."},
    consumes=media_types.MEDIA_TYPES,
    media_type_aliases=media_types.MEDIA_TYPE_ALIASES,
    uploads=True,
    body_models={media_types.FORM: uploads.UploadForm, media_types.JSON: json_rows.RowsSpec},
    request_headers=("Idempotency-Key", "Content-Encoding"),
    problems=("unreadable-file", "idempotency-key-reused", "disk-full"),
    example={"name": "houses", "rows": [{"sqft": 1200, "price": 187400}, {"sqft": 800, "price": 121000}]},
)
def upload(context: Context, query: UploadQuery) -> Response:
    """Send the file as the raw body, as the part `file` of a form, or rows as JSON.

    A small file is `ready` in the answer, or refused if it cannot be read. One that is large or slow to read
    is `processing`;
    GET it with `Prefer: wait=30` until it is `ready` or `failed`.
    """
    new = create_dataset_keys()
    try:
        file = receive_upload(context, query, new.original_key)
        context.services.metrics.uploaded_bytes.inc(file.stored.bytes)
        if file.reuse and (same := _find_same(context, file, new.id)):
            _delete_files(context, new.id)
            return _dataset_response(same, 200)
        table = _ingest_now(context, file, new)
        with idempotent(context, _hash_upload(file)) as (s, replay):
            if replay.response:
                _delete_files(context, new.id)
                return replay.response
            row = _add_dataset(s, context, new.id, file, table)
            response = replay.record(_dataset_response(DatasetResponse.model_validate(row), 201))
    except Exception as error:
        # after a failed commit it is unknown whether the row exists, so its files remain
        if not isinstance(error, DBAPIError):
            _delete_files(context, new.id)
        raise
    if table is None:
        context.services.hints.send(INGEST)
    return response


@routes.get("/v1/datasets", scope="read", summary="List datasets", problems=("not-found",))
def index(context: Context, query: DatasetsQuery) -> Page[DatasetResponse]:
    """Datasets, newest first, or in another order. The page that follows begins behind the dataset `after`."""
    with context.begin_read() as s:
        found, more = datasets.list_page(
            s,
            context.owner,
            query.limit,
            query.after,
            statuses=query.status,
            name=query.name,
            tag=query.tag,
            text=query.q,
            order=ORDERS[query.sort],
        )
        return pagination.make_page([DatasetResponse.model_validate(row) for row in found], more)


@routes.get(
    "/v1/datasets/{dataset_id}",
    scope="read",
    summary="One dataset",
    response_model=DatasetResponse,
    other_statuses={304: "You have the newest answer."},
    request_headers=("Prefer", "If-None-Match"),
    problems=("not-found",),
)
def one(context: Context, dataset_id: str) -> Response:
    """A dataset with the profile of each column. `Prefer: wait=30` answers once it has been read."""

    def look(s: Session) -> WatchedState:
        row = datasets.get(s, context.owner, dataset_id)
        return WatchedState(row.status, is_final=row.status != "processing")

    def describe(s: Session) -> DatasetResponse:
        return DatasetResponse.model_validate(datasets.get(s, context.owner, dataset_id))

    return respond_when_changed(context, look, describe)


@routes.patch("/v1/datasets/{dataset_id}", scope="train", summary="Rename or tag a dataset", problems=("not-found",))
def change(context: Context, dataset_id: str, body: DatasetChanges) -> DatasetResponse:
    """Change the name, the tags or the note of a dataset. Its rows never change."""
    with context.begin_write() as s:
        row = datasets.change(s, context.owner, dataset_id, **body.model_dump(exclude_unset=True))
        return DatasetResponse.model_validate(row)


@routes.delete("/v1/datasets/{dataset_id}", scope="train", summary="Delete a dataset", problems=("not-found", "in-use"))
def delete(context: Context, dataset_id: str) -> DeletedResponse:
    """Delete a dataset that no unfinished job uses. Models that were trained on it stay."""
    with context.begin_write() as s:
        datasets.delete(s, context.owner, dataset_id)
    _delete_files(context, dataset_id)
    return DeletedResponse(id=dataset_id)


@routes.get(
    "/v1/datasets/{dataset_id}/rows",
    scope="read",
    summary="Rows of a dataset",
    problems=("not-found", "dataset-not-ready"),
)
def rows(context: Context, dataset_id: str, query: RowsQuery) -> RowsResponse:
    """Rows as a net is trained on them: typed, and without rejected ones."""
    with context.begin_read() as s:
        count = require_ready(datasets.get(s, context.owner, dataset_id)).rows or 0
    with context.services.files.local_copy(table_key(dataset_id)) as path:
        first = query.after if query.from_line is None else max(query.after, count_rows_before(path, query.from_line))
        data = read_rows(path, first, query.limit)
        after = first + len(data)
        lines = read_lines(path, first, after)
    return RowsResponse(data=data, lines=lines, has_more=after < count, after=after)


@routes.get(
    "/v1/datasets/{dataset_id}/issues", scope="read", summary="What was wrong with the file", problems=("not-found",)
)
def issues(context: Context, dataset_id: str, query: IssuesQuery) -> IssuesResponse:
    """Issues of a file, each with its line, column and value, and what was done about it."""
    with context.begin_read() as s:
        datasets.get(s, context.owner, dataset_id)
        found, more = datasets.list_issues(
            s, dataset_id, query.after, query.limit, from_line=query.from_line, to_line=query.to_line
        )
        data = [IssueResponse.model_validate(issue) for issue in found]
    return IssuesResponse(data=data, has_more=more, after=found[-1].number if found else query.after)


@routes.get(
    "/v1/datasets/{dataset_id}/content",
    scope="read",
    summary="The file as it was uploaded",
    produces=(*media_types.FORMATS, media_types.PLAIN, media_types.JSON),
    other_statuses={206: "The bytes that Range asked for.", 304: "You have these bytes."},
    request_headers=("Range", "If-None-Match"),
    problems=("not-found", "range-not-satisfiable"),
)
def content(context: Context, dataset_id: str) -> Response:
    """The uploaded file, byte for byte, without gzip. `ETag` is its SHA-256; `Range` resumes a broken download."""
    with context.begin_read() as s:
        row = datasets.get(s, context.owner, dataset_id)
    response = Response(content_type=MEDIA_TYPES[row.format])
    response.set_etag(row.sha256)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name, safe='')}"
    if context.request.if_none_match.contains(row.sha256):
        response.status_code = 304
        return response
    start, end = parse_range(context.request, row)
    if end - start < row.bytes:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{row.bytes}"
    response.response = context.services.files.read_chunks(original_key(dataset_id), start, end)
    response.content_length = end - start
    return response


def _ingest_now(context: Context, file: ReceivedFile, new: NewDataset) -> IngestedTable | None:
    """The table of a small file; None for a file that a worker has to read."""
    if file.stored.bytes > context.services.settings.inline_read_bytes:
        return None
    files, options = context.services.files, msgspec.convert(file.read_options, ReadOptions)
    try:
        with files.local_copy(new.original_key) as source, files.create(new.table_key) as target:
            return context.services.ingest(source, file.format, target, file.types, options=options)
    except IngestTimeout:
        return None


def _add_dataset(
    s: Session, context: Context, dataset_id: str, file: ReceivedFile, table: IngestedTable | None
) -> DatasetRow:
    upload = _describe_file(context, dataset_id, file)
    if table is None:
        return datasets.add(s, **upload)
    return datasets.add_ready(
        s,
        rows=table.rows,
        rows_rejected=table.rows_rejected,
        issue_counts={**table.issue_counts},
        columns=[asdict(column) for column in table.columns],
        issues=[asdict(issue) for issue in table.issues],
        **upload,
    )


def _find_same(context: Context, file: ReceivedFile, dataset_id: str) -> DatasetResponse | None:
    """The dataset that an upload would make a second time."""
    with context.begin_read() as s:
        row = datasets.find_same(s, _describe_file(context, dataset_id, file))
        return None if row is None else DatasetResponse.model_validate(row)


def _describe_file(context: Context, dataset_id: str, file: ReceivedFile) -> UploadedFile:
    return UploadedFile(
        id=dataset_id,
        owner=context.owner,
        name=file.name,
        format=file.format,
        bytes=file.stored.bytes,
        sha256=file.stored.sha256,
        types=file.types,
        read_options=file.read_options or None,
    )


def _dataset_response(dataset: DatasetResponse, status: int) -> Response:
    return json_response(dataset, status, {"Location": f"/v1/datasets/{dataset.id}"})


def _delete_files(context: Context, dataset_id: str) -> None:
    """Delete the files of a dataset without a row; if the storage is unavailable, the cleanup deletes them later."""
    with suppress(StorageUnavailable):
        delete_dataset_files(context.services.files, dataset_id)


def _hash_upload(file: ReceivedFile) -> str:
    """The hash that is equal for two equal uploads."""
    types, options = sorted(file.types.items()), sorted(file.read_options.items())
    return hashlib.sha256(repr((file.stored.sha256, file.name, file.format, types, options)).encode()).hexdigest()
