"""Routes of jobs: submit, validate, list, watch, pause, resume, finish, cancel, reproduce, delete.

A job is committed before it is answered; the hint that wakes a worker is sent after the commit.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.labels import LabelChanges
from contract.responses import (
    DeletedResponse,
    JobResponse,
    NetProgress,
    Page,
    ValidationResponse,
)
from contract.specs import JobSpec, OneLine
from contract.states import TERMINAL, JobStatus
from contract.tasks import TRAIN
from service.http import bodies, pagination
from service.http.errors import ProblemError
from service.http.idempotency import idempotent
from service.http.long_polling import WatchedState, respond_when_changed
from service.http.pagination import CommaSeparated, SearchQuery
from service.http.request_context import require_space_for_epochs
from service.http.responses import json_response
from service.http.routing import Routes
from service.http.strict_json import MAX_ERRORS
from service.http.validation_errors import invalid_fields
from service.jobs.admission import admit_spec, check_still_admitted
from service.jobs.quota import require_free_quota
from service.jobs.responses import queued_job_response, queued_job_responses
from service.services import Context
from store.errors import StorageUnavailable
from store.jobs import checkpoints, jobs, reproductions
from store.pages import Order, make_orders
from store.tables import JobRow

routes = Routes("jobs", "Training jobs: submit, watch, pause, cancel.")

EXAMPLE: Final = {"dataset_id": "ds_06f4bsa7x5vkn8q2m1w3c9tzre", "target": "price", "epochs": 50}


ORDERS: Final = make_orders(JobRow.id, name=JobRow.name, status=JobRow.status) | {
    "score": Order(JobRow.main_error),
    "-score": Order(JobRow.main_error, is_descending=True),
}
"""The orders of the list of jobs; the smaller the error, the better the score."""


class JobsQuery(SearchQuery):
    """Filters of the list of jobs."""

    status: CommaSeparated[JobStatus] = Field(default=[], description="Only those in one of these states.")
    dataset_id: OneLine | None = Field(
        default=None, max_length=64, description="Only those that learn from this dataset."
    )
    sweep_id: OneLine | None = Field(
        default=None, max_length=64, description="The trials of this sweep, which are not listed otherwise."
    )
    task: Literal["regression", "classification", "recommendation", "language"] | None = Field(
        default=None, description="Only those of this task."
    )
    sort: Literal["-created", "created", "name", "-name", "status", "-status", "score", "-score"] = Field(
        default="-created",
        description="The order; with `-` descending. `score` is the main metric of the best epoch, the best first.",
    )
    curve: int = Field(
        default=0, ge=0, le=100, description="With each job its loss at so many evenly spread epochs, to draw it small."
    )


@routes.post(
    "/v1/jobs",
    scope="train",
    summary="Train a net",
    status=202,
    response_model=JobResponse,
    request_headers=("Idempotency-Key",),
    problems=("idempotency-key-reused", "disk-full", "too-many-requests"),
    example=EXAMPLE,
)
def submit(context: Context, body: JobSpec) -> Response:
    """Submit a job. Only `dataset_id` and `target` are required. The spec in the answer has every default filled in.

    What cannot work is refused at once, each fault with its place; what is only odd is in `warnings`.
    """
    job_id = new_id("job")
    with context.begin_read() as s:
        admission = admit_spec(s, context, body)
    with idempotent(context) as (s, replay):  # writes of others wait, so what takes long was checked before
        if replay.response:
            return replay.response
        require_space_for_epochs(context.services, admission.spec.epochs * admission.spec.nets)
        require_free_quota(s, context)
        if errors := admission.errors or check_still_admitted(s, context, admission.spec):
            raise invalid_fields(errors)
        row = jobs.add(
            s,
            id=job_id,
            owner=context.owner,
            dataset_id=body.dataset_id,
            spec_json=admission.spec.model_dump_json(),
            warnings=admission.warnings,
            reasons=admission.reasons,
        )
        answer = queued_job_response(s, row)
        response = replay.record(json_response(answer, 202, {"Location": f"/v1/jobs/{job_id}"}))
    _wake_workers(context, answer.nets)
    return response


@routes.post(
    "/v1/jobs/validate",
    scope="train",
    summary="Would this job work?",
    consumes=("application/json",),
    body_models={"application/json": JobSpec},
    example=EXAMPLE,
)
def validate(context: Context) -> ValidationResponse:
    """Validate a job's spec and estimate its time and memory, without training it."""
    try:
        spec = bodies.parse_model(context.raw_body, JobSpec)
    except ProblemError as refused:
        if refused.kind.slug != "invalid":
            raise
        return ValidationResponse(valid=False, errors=refused.errors, warnings=[])
    with context.begin_read() as s:
        admission = admit_spec(s, context, spec)
    return ValidationResponse(
        valid=not admission.errors,
        errors=admission.errors[:MAX_ERRORS],
        warnings=admission.warnings,
        spec=admission.spec,
        estimate=admission.estimate,
        presets={} if admission.errors else dict(admission.estimate_presets()),
        reasons=dict(admission.reasons),
    )


@routes.get("/v1/jobs", scope="read", summary="List jobs", problems=("not-found",))
def index(context: Context, query: JobsQuery) -> Page[JobResponse]:
    """Jobs, newest first, or in another order. The page that follows begins behind the job `after`."""
    with context.begin_read() as s:
        found, more = jobs.list_page(
            s,
            context.owner,
            query.limit,
            query.after,
            statuses=query.status,
            dataset_id=query.dataset_id,
            sweep_id=query.sweep_id,
            task=query.task,
            tag=query.tag,
            text=query.q,
            order=ORDERS[query.sort],
        )
        return pagination.make_page(queued_job_responses(s, found, query.curve), more)


@routes.get(
    "/v1/jobs/{job_id}",
    scope="read",
    summary="One job",
    response_model=JobResponse,
    other_statuses={304: "You have the newest answer."},
    request_headers=("Prefer", "If-None-Match"),
    problems=("not-found",),
)
def one(context: Context, job_id: str) -> Response:
    """A job. With `Prefer: wait=30` the response comes when its status changes."""

    def look(s: Session) -> WatchedState:
        row = jobs.get(s, context.owner, job_id)
        return WatchedState(row.status, is_final=row.status in TERMINAL)

    return respond_when_changed(context, look, lambda s: queued_job_response(s, jobs.get(s, context.owner, job_id)))


@routes.patch("/v1/jobs/{job_id}", scope="train", summary="Tag a job, or note something", problems=("not-found",))
def change(context: Context, job_id: str, body: LabelChanges) -> JobResponse:
    """Change the tags or the note of a job, by which lists find it. Its spec stays as it was sent."""
    with context.begin_write() as s:
        row = jobs.change(s, context.owner, job_id, **body.model_dump(exclude_unset=True))
        return queued_job_response(s, row)


@routes.delete("/v1/jobs/{job_id}", scope="train", summary="Delete a job", problems=("not-found", "wrong-state"))
def delete(context: Context, job_id: str) -> DeletedResponse:
    """Delete a job that has ended, with its epochs. Its model stays."""
    with context.begin_write() as s:
        jobs.delete(s, context.owner, job_id)
    return DeletedResponse(id=job_id)


@routes.post("/v1/jobs/{job_id}/pause", scope="train", summary="Pause a job", problems=("not-found", "wrong-state"))
def pause(context: Context, job_id: str) -> JobResponse:
    """Pause a job: no worker trains it until it is resumed from its last checkpoint, to the same bits."""
    with context.begin_write() as s:
        return queued_job_response(s, jobs.pause(s, context.owner, job_id))


@routes.post("/v1/jobs/{job_id}/resume", scope="train", summary="Resume a job", problems=("not-found", "wrong-state"))
def resume(context: Context, job_id: str) -> JobResponse:
    """Queue a paused job again, before those that were submitted later. A queued or running job stays as it is."""
    with context.begin_write() as s:
        answer = queued_job_response(s, jobs.resume(s, context.owner, job_id))
    _wake_workers(context, answer.nets)
    return answer


@routes.post("/v1/jobs/{job_id}/finish", scope="train", summary="Finish a job", problems=("not-found", "wrong-state"))
def finish(context: Context, job_id: str) -> JobResponse:
    """End a running job as succeeded, with the model of its best epoch so far; it must have completed one.

    The response may come before the end: wait for it as for any other.
    """
    with context.begin_write() as s:
        answer = queued_job_response(s, jobs.finish(s, context.owner, job_id))
    _wake_workers(context, answer.nets)
    return answer


@routes.post("/v1/jobs/{job_id}/cancel", scope="train", summary="Stop a job", problems=("not-found", "wrong-state"))
def cancel(context: Context, job_id: str) -> JobResponse:
    """Cancel a job at once, without a model; the recorded epochs stay. Cancelling twice is harmless."""
    with context.begin_write() as s:
        kept = checkpoints.list_of_nets(s, job_id)
        answer = queued_job_response(s, jobs.cancel(s, context.owner, job_id))
    with suppress(StorageUnavailable):  # what is left is swept
        for checkpoint in kept:
            context.services.files.delete(checkpoint.key)
    return answer


@routes.post(
    "/v1/jobs/{job_id}/reproduce",
    scope="train",
    summary="Reproduce a job",
    status=202,
    response_model=JobResponse,
    request_headers=("Idempotency-Key",),
    problems=("not-found", "wrong-state", "idempotency-key-reused", "disk-full", "too-many-requests"),
)
def reproduce(context: Context, job_id: str) -> Response:
    """Train the spec of a job that has ended once more, on the same data, without making a model.

    When the new job has succeeded, its `reproduction` says whether the weights after every epoch were the same, or
    which epoch was the first that differs. Of an ensemble, all nets are trained again, and combined.
    """
    with idempotent(context) as (s, replay):
        if replay.response:
            return replay.response
        require_free_quota(s, context)
        row = reproductions.add(s, context.owner, job_id, id=new_id("job"))
        require_space_for_epochs(context.services, row.epochs)
        answer = queued_job_response(s, row)
        response = replay.record(json_response(answer, 202, {"Location": f"/v1/jobs/{row.id}"}))
    _wake_workers(context, answer.nets)
    return response


def _wake_workers(context: Context, nets: Sequence[NetProgress] | None) -> None:
    """Send a hint for a job, or one for each of its nets, which several workers may train at once."""
    for _ in nets or [None]:
        context.services.hints.send(TRAIN)
