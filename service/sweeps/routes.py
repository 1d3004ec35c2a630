"""Routes of sweeps: start, list, watch, finish, cancel, delete.

A sweep and its first trials are committed before the response; workers go on with it as trials end.
"""

from collections.abc import Sequence
from typing import Final

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from contract.ids import new_id
from contract.responses import DeletedResponse, Page
from contract.states import SweepStatus
from contract.sweeps import SweepResponse, SweepSpec, TrialsResponse
from contract.tasks import TRAIN
from learning.search.space import Settings, draw_settings
from service.http import pagination
from service.http.errors import ProblemError
from service.http.idempotency import idempotent
from service.http.long_polling import WatchedState, respond_when_changed
from service.http.pagination import CommaSeparated, ListQuery
from service.http.request_context import require_space_for_epochs
from service.http.responses import json_response
from service.http.routing import Routes
from service.http.validation_errors import invalid_fields
from service.jobs.admission import check_still_admitted
from service.jobs.quota import require_free_quota
from service.services import Context
from service.sweeps.admission import admit_sweep
from service.sweeps.responses import sweep_response, trial_response
from store.sweeps import sweeps
from store.sweeps import trials as sweep_trials
from store.tables import JobRow, SweepRow

routes = Routes("sweeps", "Sweeps: searches for better settings, by many trials.")

MAX_SWEEPS: Final = 10
"""Sweeps of an owner that have not ended."""

EXAMPLE: Final = {
    "base": {"dataset_id": "ds_06f4bsa7x5vkn8q2m1w3c9tzre", "target": "price"},
    "space": {"optimizer.learning_rate": {"low": 0.0003, "high": 0.03, "log": True}, "batch_size": [16, 32, 64]},
    "trials": 20,
}


class SweepsQuery(ListQuery):
    """Filters of the list of sweeps."""

    status: CommaSeparated[SweepStatus] = Field(default=[], description="Only those in one of these states.")


@routes.post(
    "/v1/sweeps",
    scope="train",
    summary="Search for better settings",
    status=202,
    response_model=SweepResponse,
    request_headers=("Idempotency-Key",),
    problems=("idempotency-key-reused", "disk-full", "too-many-requests"),
    example=EXAMPLE,
)
def create(context: Context, body: SweepSpec) -> Response:
    """Start a sweep. Only `base`, a job's spec, is required; the space is then what is sensible for its task.

    Trials are jobs that make no model. When all have ended, the best settings are trained once more, as the job
    `job_id`, which makes the model.
    """
    sweep_id = new_id("sw")
    with context.begin_read() as s:
        admission = admit_sweep(s, context, body)
    with idempotent(context) as (s, replay):
        if replay.response:
            return replay.response
        require_free_quota(s, context)
        if sweeps.count_unfinished(s, context.owner) >= MAX_SWEEPS:
            detail = f"You have {MAX_SWEEPS} sweeps that run, and may not have more; wait for one, or cancel some."
            raise ProblemError("too-many-requests", detail, headers={"Retry-After": "60"})
        base = admission.spec.base
        if errors := admission.errors or check_still_admitted(s, context, base):
            raise invalid_fields(errors)
        require_space_for_epochs(context.services, base.epochs * admission.spec.trials)
        row = sweeps.add(
            s,
            id=sweep_id,
            owner=context.owner,
            spec=admission.spec.model_dump(mode="json"),
            trial_base=admission.trial_base.model_dump(mode="json"),
            metric=admission.metric,
            time_limit_seconds=body.time_limit_seconds,
        )
        queued = sweeps.advance(s, sweep_id, _suggest)
        answer = sweep_response(s, row)
        response = replay.record(json_response(answer, 202, {"Location": f"/v1/sweeps/{sweep_id}"}))
    _wake_workers(context, queued)
    return response


@routes.get("/v1/sweeps", scope="read", summary="List sweeps")
def index(context: Context, query: SweepsQuery) -> Page[SweepResponse]:
    """Sweeps, newest first."""
    with context.begin_read() as s:
        found, more = sweeps.list_page(s, context.owner, query.limit, query.after, statuses=query.status)
        return pagination.make_page([sweep_response(s, row) for row in found], more)


@routes.get(
    "/v1/sweeps/{sweep_id}",
    scope="read",
    summary="One sweep",
    response_model=SweepResponse,
    other_statuses={304: "You have the newest answer."},
    request_headers=("Prefer", "If-None-Match"),
    problems=("not-found",),
)
def one(context: Context, sweep_id: str) -> Response:
    """A sweep. With `Prefer: wait=30` the response comes when a trial or the sweep has ended."""

    def look(s: Session) -> WatchedState:
        row = sweeps.get(s, context.owner, sweep_id)
        ended = sweep_trials.count_ended(s, sweep_id)
        return WatchedState(f"{row.status} {ended}", is_final=row.status != "running")

    return respond_when_changed(context, look, lambda s: sweep_response(s, sweeps.get(s, context.owner, sweep_id)))


@routes.get("/v1/sweeps/{sweep_id}/trials", scope="read", summary="The trials of a sweep", problems=("not-found",))
def trials(context: Context, sweep_id: str) -> TrialsResponse:
    """The leaderboard of a sweep: all its trials, the best first, each with its job."""
    with context.begin_read() as s:
        sweep = sweeps.get(s, context.owner, sweep_id)
        ranked = sweep_trials.rank(sweep, sweep_trials.list_trials(s, sweep_id))
        return TrialsResponse(data=[trial_response(sweep, row) for row in ranked])


@routes.post(
    "/v1/sweeps/{sweep_id}/finish", scope="train", summary="Finish a sweep", problems=("not-found", "wrong-state")
)
def finish(context: Context, sweep_id: str) -> SweepResponse:
    """Start no further trial; when those that run have ended, the best settings so far are trained once more."""
    with context.begin_write() as s:
        row = sweeps.finish(s, context.owner, sweep_id)
        queued = sweeps.advance(s, sweep_id, _suggest)
        answer = sweep_response(s, row)
    _wake_workers(context, queued)
    return answer


@routes.post(
    "/v1/sweeps/{sweep_id}/cancel", scope="train", summary="Cancel a sweep", problems=("not-found", "wrong-state")
)
def cancel(context: Context, sweep_id: str) -> SweepResponse:
    """End a sweep and its trials at once, without a model. Cancelling twice is harmless."""
    with context.begin_write() as s:
        return sweep_response(s, sweeps.cancel(s, context.owner, sweep_id))


@routes.delete("/v1/sweeps/{sweep_id}", scope="train", summary="Delete a sweep", problems=("not-found", "wrong-state"))
def delete(context: Context, sweep_id: str) -> DeletedResponse:
    """Delete a sweep that has ended, with its trials. The job of its best settings and the model stay."""
    with context.begin_write() as s:
        sweeps.delete(s, context.owner, sweep_id)
    return DeletedResponse(id=sweep_id)


def _suggest(sweep: SweepRow, _: Sequence[JobRow], trial: int) -> Settings:
    """The first trials are drawn at random by every sampler."""
    return draw_settings(sweep_trials.read_space(sweep), sweep.spec["seed"], trial)


def _wake_workers(context: Context, jobs: int) -> None:
    for _ in range(jobs):
        context.services.hints.send(TRAIN)
