"""Routes of a job's epochs: a list of them, and a stream that tells each as it ends."""

import operator
from dataclasses import replace
from typing import Literal

from flask import Response
from pydantic import Field

from contract.responses import (
    EpochResponse,
    ResponseModel,
)
from contract.states import TERMINAL
from service.http.csv_output import CSV, prefers_csv
from service.http.responses import EVENT_STREAM
from service.http.routing import Routes
from service.jobs.event_stream import stream_job
from service.jobs.events import Cursor
from service.jobs.responses import encode_epochs_csv
from service.net_choice import NetEpochsQuery, NetsQuery, load_net_row, load_net_rows
from service.services import Context
from store.jobs import epochs as epoch_rows
from store.jobs import jobs

routes = Routes("epochs", "Epochs of a job: a list of them, and a stream that tells each.")


class EpochsResponse(ResponseModel):
    """Epochs of a job, oldest first."""

    object: Literal["list"] = "list"
    data: list[EpochResponse]
    has_more: bool
    after_epoch: int = Field(description="Pass this as `after_epoch` to go on.")


@routes.get(
    "/v1/jobs/{job_id}/epochs",
    scope="read",
    summary="The epochs of a job",
    response_model=EpochsResponse,
    produces=("application/json", CSV),
    problems=("not-found",),
)
def epochs(context: Context, job_id: str, query: NetEpochsQuery) -> EpochsResponse | Response:
    """Every epoch of a job, oldest first; of an ensemble those of one of its nets.

    With `Accept: text/csv` as CSV, one column for each metric.
    """
    with context.begin_read() as s:
        net = load_net_row(s, context, job_id, query.net)
        found, more = epoch_rows.list_page(s, net.id, query.after_epoch, query.limit)
        data = [EpochResponse.model_validate(row).model_copy(update={"net": net.net}) for row in found]
    if prefers_csv(context.request):
        return Response(encode_epochs_csv(data), content_type=CSV)
    return EpochsResponse(data=data, has_more=more, after_epoch=data[-1].epoch if data else query.after_epoch)


@routes.get(
    "/v1/jobs/{job_id}/events",
    scope="read",
    summary="Watch a job",
    produces=(EVENT_STREAM,),
    other_statuses={204: "The job is over, and you have heard it all."},
    request_headers=("Last-Event-ID",),
    problems=("not-found",),
)
def watch(context: Context, job_id: str, query: NetsQuery) -> Response:
    """Server-sent events: `status` and `end` carry the job, `epoch` an epoch, from the first on.

    Of an ensemble the epochs are those of all its nets, each with its `net`, unless `net` names one.

    `layers` carries what the net's layers were like after the epoch that is told next; not every epoch has one.

    A reader that comes back with `Last-Event-ID` hears what it missed. When too many read at once, further readers get
    503, and come back after the seconds in `Retry-After`.
    """
    with context.begin_read() as s:
        row, nets = jobs.get(s, context.owner, job_id), load_net_rows(s, context, job_id, query.net)
    newest = Cursor(row.revision, tuple(net.epoch for net in nets))
    after = Cursor.parse(context.request.headers.get("Last-Event-ID", ""), len(nets))
    if row.status in TERMINAL and after == replace(newest, revision=row.revision + 1):
        return Response(status=204)
    if after.revision > row.revision or any(map(operator.gt, after.epochs, newest.epochs)):
        after = Cursor.parse("", len(nets))
    return Response(
        stream_job(context, job_id, query.net, after), content_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"}
    )
