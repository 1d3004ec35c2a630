"""Routes of batches: submit, list, watch, download the output and the errors, cancel, delete.

Workers predict a batch block by block; its output is the files of its blocks, one after the other.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.responses import BatchErrorsResponse, BatchResponse, DeletedResponse, Page
from contract.states import BatchStatus
from contract.tasks import PREDICT
from service.batches.admission import BatchSpec, admit_batch, list_faults
from service.http import pagination
from service.http.errors import ProblemError
from service.http.idempotency import idempotent
from service.http.long_polling import WatchedState, respond_when_changed
from service.http.pagination import CommaSeparated, ListQuery, Query
from service.http.request_context import require_disk_space
from service.http.responses import json_response
from service.http.routing import Routes
from service.services import Context, load_model, require_ready
from store import datasets
from store.batches import batches
from store.errors import StorageUnavailable
from store.files import delete_batch_files
from store.tables import BatchRow

routes = Routes("batches", "Predictions of all rows of a dataset, made by the workers.")

MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
MAX_ISSUES: Final = 1000


class BatchesQuery(ListQuery):
    """Filters of the list of batches."""

    status: CommaSeparated[BatchStatus] = Field(default=[], description="Only those in one of these states.")
    model_id: str | None = Field(default=None, max_length=64, description="Only those of this model.")


class BatchErrorsQuery(Query):
    """The range of errors to return."""

    after: int = Field(default=0, ge=0, le=2**53, description="`after` of the page before.")
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.")


@routes.post(
    "/v1/models/{ref}/batches",
    scope="predict",
    summary="Predict all rows of a dataset",
    status=202,
    response_model=BatchResponse,
    request_headers=("Idempotency-Key",),
    problems=(
        *("not-found", "not-for-task", "no-coverage", "dataset-not-ready"),
        *("disk-full", "too-many-requests", "idempotency-key-reused"),
    ),
    example={"dataset_id": "ds_01jd2vy8sqd3fkw4ye1nq2bh5a", "format": "csv"},
)
def submit(context: Context, ref: str, body: BatchSpec) -> Response:
    """Predict all rows of a dataset on the workers, however many there are.

    The output has a row for each row of the dataset: the line of the file, the `columns` asked for, and the prediction.
    Cells are read as the model read those that it learned from. GET the batch with `Prefer: wait=30` until its end.
    """
    resolved, model = load_model(context, ref)
    with context.begin_read() as s:
        dataset = require_ready(datasets.get(s, context.owner, body.dataset_id))
        issues, _ = datasets.list_issues(s, dataset.id, 0, MAX_ISSUES)
    plan = admit_batch(body, model, dataset)
    require_disk_space(context.services, plan.output_bytes)
    with idempotent(context) as (s, replay):
        if replay.response:
            return replay.response
        limit = context.services.settings.batches_per_owner
        if batches.count_active(s, context.owner) >= limit:
            detail = f"You have {limit} batches that wait or run, and may not have more; wait for one to end."
            raise ProblemError("too-many-requests", detail, headers={"Retry-After": "10"})
        row = batches.add(
            s,
            must_read=plan.must_read,
            id=new_id("bat"),
            owner=context.owner,
            model_id=resolved.id,
            model_name=resolved.name,
            model_version=resolved.version,
            dataset_id=dataset.id,
            format=body.format,
            columns=body.columns,
            interval=body.interval,
            rows=dataset.rows or 0,
            rows_rejected=dataset.rows_rejected or 0,
            block_rows=plan.block_rows,
            warnings=plan.warnings,
            errors=list_faults(issues, model.inputs),
        )
        response = replay.record(json_response(_describe(row), 202, {"Location": f"/v1/batches/{row.id}"}))
    context.services.hints.send(PREDICT)
    return response


@routes.get("/v1/batches", scope="read", other_scope="predict", summary="List batches")
def index(context: Context, query: BatchesQuery) -> Page[BatchResponse]:
    """Batches, newest first."""
    with context.begin_read() as s:
        found, more = batches.list_page(
            s, context.owner, query.limit, query.after, statuses=query.status, model_id=query.model_id
        )
        return pagination.make_page([_describe(row) for row in found], more)


@routes.get(
    "/v1/batches/{batch_id}",
    scope="read",
    other_scope="predict",
    summary="One batch",
    response_model=BatchResponse,
    other_statuses={304: "You have the newest answer."},
    request_headers=("Prefer", "If-None-Match"),
    problems=("not-found",),
)
def one(context: Context, batch_id: str) -> Response:
    """A batch and how far it is. `Prefer: wait=30` answers once its state changes."""

    def look(s: Session) -> WatchedState:
        row = batches.get(s, context.owner, batch_id)
        return WatchedState(row.status, is_final=row.status not in batches.ACTIVE)

    def describe(s: Session) -> BatchResponse:
        return _describe(batches.get(s, context.owner, batch_id))

    return respond_when_changed(context, look, describe)


@routes.get(
    "/v1/batches/{batch_id}/output",
    scope="read",
    other_scope="predict",
    summary="The predictions of a batch",
    produces=tuple(MEDIA_TYPES.values()),
    problems=("not-found", "wrong-state"),
)
def output(context: Context, batch_id: str) -> Response:
    """The predictions, in the order of the dataset: as CSV, NDJSON or Parquet, as the batch was asked for."""
    with context.begin_read() as s:
        row = batches.get(s, context.owner, batch_id)
        if row.status != "succeeded":
            yet = " yet; GET it until it has succeeded." if row.status in batches.ACTIVE else "."
            raise ProblemError(
                "wrong-state",
                f"The batch is {row.status}: it has no output{yet}",
                current_status=row.status,
                allowed_actions=_list_actions(row),
            )
        parts = batches.list_output(s, batch_id)
    files = context.services.files

    def read_parts() -> Iterator[bytes]:
        for key, _ in parts:
            yield from files.read_chunks(key)

    response = Response(read_parts(), content_type=MEDIA_TYPES[row.format])
    response.content_length = sum(size for _, size in parts)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f"attachment; filename={batch_id}.{row.format}"
    return response


@routes.get(
    "/v1/batches/{batch_id}/errors",
    scope="read",
    other_scope="predict",
    summary="The rows that a batch could not predict",
    problems=("not-found",),
)
def errors(context: Context, batch_id: str, query: BatchErrorsQuery) -> BatchErrorsResponse:
    """Rows of the file that have no prediction, and cells that it was made without, each with its line and reason."""
    with context.begin_read() as s:
        row = batches.get(s, context.owner, batch_id, with_errors=True)
    after = query.after + query.limit
    data = row.errors[query.after : after]
    return BatchErrorsResponse(
        data=data, rows_rejected=row.rows_rejected, has_more=after < len(row.errors), after=query.after + len(data)
    )


@routes.post(
    "/v1/batches/{batch_id}/cancel",
    scope="predict",
    summary="Cancel a batch",
    problems=("not-found", "wrong-state"),
)
def cancel(context: Context, batch_id: str) -> BatchResponse:
    """End a batch now; it has no output."""
    with context.begin_write() as s:
        row = batches.cancel(s, context.owner, batch_id)
    _delete_files(context, batch_id)
    return _describe(row)


@routes.delete(
    "/v1/batches/{batch_id}", scope="predict", summary="Delete a batch", problems=("not-found", "wrong-state")
)
def delete(context: Context, batch_id: str) -> DeletedResponse:
    """Delete a batch that has ended, with its output."""
    with context.begin_write() as s:
        batches.delete(s, context.owner, batch_id)
    _delete_files(context, batch_id)
    return DeletedResponse(id=batch_id)


def _describe(row: BatchRow) -> BatchResponse:
    members = {
        name: getattr(row, name) for name in BatchResponse.model_fields if name not in {"object", "allowed_actions"}
    }
    return BatchResponse.model_validate({**members, "allowed_actions": _list_actions(row)})


def _list_actions(row: BatchRow) -> list[str]:
    return ["cancel"] if row.status in batches.ACTIVE else ["delete"]


def _delete_files(context: Context, batch_id: str) -> None:
    """Delete the files of a batch; if the storage is unavailable, the cleanup deletes them later."""
    with suppress(StorageUnavailable):
        delete_batch_files(context.services.files, batch_id)
