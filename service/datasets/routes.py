"""Uploaded tables: take them in, list them, show what was found in them, give them back, delete them.

A small file is read within the request; one that is large or slow to read is accepted at once and read by a worker.
"""

import hashlib
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Final, Literal
from urllib.parse import quote

from flask import Response
from pydantic import Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.responses import DatasetResponse, DeletedResponse, IssueResponse, Page, ResponseModel, RowsResponse
from contract.specs import OneLine
from contract.states import DatasetStatus
from contract.tasks import READ
from service.datasets import uploads
from service.datasets.ingest_process import TooLong
from service.datasets.uploads import Upload, UploadQuery
from service.http import idempotency, pagination
from service.http.errors import Refused
from service.http.etag import Seen, watched
from service.http.pagination import Commas, Listing, Query
from service.http.routing import Call, Reply, Routes
from service.http.timestamps import rfc3339
from store import datasets
from store.errors import StorageUnavailable
from store.tables import DatasetRow
from tables import IngestedTable, read_rows

routes = Routes("datasets", "Uploaded tables, what was found in them, and what was wrong with them.")

MEDIA_TYPES: Final = {form: media_type for media_type, form in uploads.FORMATS.items()}


class DatasetsQuery(Listing):
    """Which datasets to list."""

    status: Commas[DatasetStatus] = Field(default=[], description="Only those in one of these states.")
    name: OneLine | None = Field(default=None, max_length=255, description="Only those with this name.")


class RowsQuery(Query):
    """Which rows to give."""

    after: int = Field(default=0, ge=0, le=2**53, description="How many rows to pass over.")
    limit: int = Field(default=20, ge=1, le=1000, description="How many at most.")


class IssuesQuery(Query):
    """Which issues to give."""

    after: int = Field(default=0, ge=0, le=2**53, description="`after` of the page before.")
    limit: int = Field(default=20, ge=1, le=100, description="How many at most.")


class IssuesResponse(ResponseModel):
    """Faults of a file, in the order of the file; the first 1,000 are kept."""

    object: Literal["list"] = "list"
    data: list[IssueResponse]
    has_more: bool
    after: int = Field(description="Pass this as `after` to go on.")


@routes.post(
    "/v1/datasets",
    scope="train",
    summary="Upload a table",
    status=201,
    answer=DatasetResponse,
    takes=uploads.TAKES,
    forms={uploads.FORM: uploads.UploadForm, uploads.JSON: uploads.RowsSpec},
    headers=("Idempotency-Key", "Content-Encoding"),
    problems=("unreadable-file", "idempotency-key-reused", "disk-full"),
    example={"name": "houses", "rows": [{"sqft": 1200, "price": 187400}, {"sqft": 800, "price": 121000}]},
)
def upload(call: Call, query: UploadQuery) -> Response:
    """Send the file as the raw body, as the part `file` of a form, or rows as JSON.

    A small file is `ready` in the answer, or refused if it cannot be read. One that is large or slow to read
    is `processing`;
    GET it with `Prefer: wait=30` until it is `ready` or `failed`.
    """
    dataset_id = new_id("ds")
    try:
        arrived = uploads.receive(call, query, _original(dataset_id))
        call.backing.metrics.uploaded_bytes.inc(arrived.stored.bytes)
        found = _read_now(call, arrived, dataset_id)
        with call.writing() as s:
            made = partial(_add, s, call, dataset_id, arrived, found)
            answer = idempotency.once(s, call, made, _fingerprint(arrived))
    except Exception as error:
        # when the database goes away in a commit nobody knows whether the row is there, so its files stay
        if not isinstance(error, DBAPIError):
            _forget(call, dataset_id)
        raise
    if idempotency.replayed(answer):
        _forget(call, dataset_id)
    elif found is None:
        call.backing.hints.send(READ, dataset_id)
    return answer


@routes.get("/v1/datasets", scope="read", summary="List datasets")
def index(call: Call, query: DatasetsQuery) -> Page[DatasetResponse]:
    """Newest first."""
    with call.reading() as s:
        found, more = datasets.list_page(
            s, call.owner, query.limit, query.after, statuses=query.status, name=query.name
        )
        return pagination.page([described(row) for row in found], more)


@routes.get(
    "/v1/datasets/{dataset_id}",
    scope="read",
    summary="One dataset",
    answer=DatasetResponse,
    also={304: "You have the newest answer."},
    headers=("Prefer", "If-None-Match"),
    problems=("not-found",),
)
def one(call: Call, dataset_id: str) -> Response:
    """With what was found in each column. `Prefer: wait=30` answers once it was read."""

    def look(s: Session) -> Seen:
        row = datasets.get(s, call.owner, dataset_id)
        return Seen(row.status, final=row.status != "processing")

    return watched(call, look, lambda s: described(datasets.get(s, call.owner, dataset_id)))


@routes.delete("/v1/datasets/{dataset_id}", scope="train", summary="Delete a dataset", problems=("not-found", "in-use"))
def delete(call: Call, dataset_id: str) -> DeletedResponse:
    """Not while a job that has not ended reads it. Models that were trained on it stay."""
    with call.writing() as s:
        datasets.delete(s, call.owner, dataset_id)
    _forget(call, dataset_id)
    return DeletedResponse(id=dataset_id)


@routes.get(
    "/v1/datasets/{dataset_id}/rows",
    scope="read",
    summary="Rows of a dataset",
    problems=("not-found", "dataset-not-ready"),
)
def rows(call: Call, dataset_id: str, query: RowsQuery) -> RowsResponse:
    """As they will be learned from: typed, and without those that were rejected."""
    with call.reading() as s:
        count = ready(datasets.get(s, call.owner, dataset_id)).rows or 0
    with call.backing.files.local_copy(table_of(dataset_id)) as path:
        data = read_rows(path, query.after, query.limit)
    after = query.after + len(data)
    return RowsResponse(data=data, has_more=after < count, after=after)


@routes.get(
    "/v1/datasets/{dataset_id}/issues", scope="read", summary="What was wrong with the file", problems=("not-found",)
)
def issues(call: Call, dataset_id: str, query: IssuesQuery) -> IssuesResponse:
    """Each fault with its line, column and value, and what was done about it."""
    with call.reading() as s:
        datasets.get(s, call.owner, dataset_id)
        found, more = datasets.list_issues(s, dataset_id, query.after, query.limit)
        data = [IssueResponse.model_validate(issue, from_attributes=True) for issue in found]
    return IssuesResponse(data=data, has_more=more, after=found[-1].number if found else query.after)


@routes.get(
    "/v1/datasets/{dataset_id}/content",
    scope="read",
    summary="The file as it was uploaded",
    gives=tuple(uploads.FORMATS),
    also={206: "The bytes that Range asked for.", 304: "You have these bytes."},
    headers=("Range", "If-None-Match"),
    problems=("not-found", "range-not-satisfiable"),
)
def content(call: Call, dataset_id: str) -> Response:
    """The original bytes, without gzip. `ETag` is their SHA-256; a broken download goes on with `Range`."""
    with call.reading() as s:
        row = datasets.get(s, call.owner, dataset_id)
    response = Response(content_type=MEDIA_TYPES[row.format])
    response.set_etag(row.sha256)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name, safe='')}"
    if call.request.if_none_match.contains(row.sha256):
        response.status_code = 304
        return response
    start, end = _range(call, row)
    if end - start < row.bytes:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{row.bytes}"
    response.response = call.backing.files.read_chunks(_original(dataset_id), start, end)
    response.content_length = end - start
    return response


def described(row: DatasetRow) -> DatasetResponse:
    """A dataset as it goes out."""
    return DatasetResponse.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "status": row.status,
            "format": row.format,
            "bytes": row.bytes,
            "sha256": row.sha256,
            "created_at": rfc3339(row.created_at),
            "rows": row.rows,
            "rows_rejected": row.rows_rejected,
            "issue_counts": row.issue_counts,
            "columns": row.columns,
            "error": row.error,
        }
    )


def _original(dataset_id: str) -> str:
    return f"datasets/{dataset_id}/original"


def table_of(dataset_id: str) -> str:
    """Where what was read of a dataset is kept."""
    return f"datasets/{dataset_id}/table.parquet"


def ready(row: DatasetRow) -> DatasetRow:
    """The dataset, if it has rows.

    Raises:
        Refused: `dataset-not-ready`.
    """
    if row.status != "ready":
        raise Refused(
            "dataset-not-ready",
            f"The dataset is {row.status}: it has no rows" + (" yet." if row.status == "processing" else "."),
            current_status=row.status,
            allowed_actions=["delete"],
        )
    return row


def _read_now(call: Call, arrived: Upload, dataset_id: str) -> IngestedTable | None:
    """What is in a small file; None for one that a worker must read. This takes its time before the transaction."""
    if arrived.stored.bytes > call.backing.settings.inline_read_bytes:
        return None
    files = call.backing.files
    try:
        with files.local_copy(_original(dataset_id)) as source, files.create(table_of(dataset_id)) as into:
            return call.backing.read(source, arrived.format, into, arrived.types)
    except TooLong:
        return None


def _add(s: Session, call: Call, dataset_id: str, arrived: Upload, found: IngestedTable | None) -> Reply:
    stored = arrived.stored
    datasets.add(
        s,
        id=dataset_id,
        owner=call.owner,
        name=arrived.name,
        format=arrived.format,
        bytes=stored.bytes,
        sha256=stored.sha256,
        types=arrived.types,
    )
    if found is not None:
        datasets.mark_ready(
            s,
            dataset_id,
            token=0,
            rows=found.rows,
            rows_rejected=found.rows_rejected,
            issue_counts={**found.issue_counts},
            columns=[asdict(column) for column in found.columns],
            issues=[asdict(issue) for issue in found.issues],
        )
    answer = described(datasets.get(s, call.owner, dataset_id))
    return Reply(answer, 201, {"Location": f"/v1/datasets/{dataset_id}"})


def _forget(call: Call, dataset_id: str) -> None:
    """Delete the files of a dataset that is not remembered; if the storage is away, a worker sweeps them later."""
    with suppress(StorageUnavailable):
        for key in (_original(dataset_id), table_of(dataset_id)):
            call.backing.files.delete(key)


def _fingerprint(arrived: Upload) -> str:
    """What makes two uploads the same."""
    types = sorted(arrived.types.items())
    return hashlib.sha256(repr((arrived.stored.sha256, arrived.name, arrived.format, types)).encode()).hexdigest()


def _range(call: Call, row: DatasetRow) -> tuple[int, int]:
    """The bytes that are asked for, from the first up to but not with the last."""
    wanted, condition = call.request.range, call.request.if_range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return 0, row.bytes
    if call.request.headers.get("If-Range") and condition.etag != row.sha256:
        return 0, row.bytes
    found = wanted.range_for_length(row.bytes)
    if found is None:
        headers = {"Content-Range": f"bytes */{row.bytes}"}
        raise Refused("range-not-satisfiable", f"The file has {row.bytes:,} bytes.", headers=headers)
    return found
