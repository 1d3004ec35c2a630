"""Routes of a job's net: layers by epoch, stored weights, replayed predictions, a traced step.

They answer from what the worker stored; nothing is trained, and the dataset is not read.
"""

from typing import Annotated, Any, Final, cast

import msgspec
from flask import Response
from pydantic import Field, RootModel

from contract.responses import JobItemMapResponse
from contract.specs import RowToPredict
from contract.token_trace import TokenTraceRequest, TokenTraceResponse
from contract.training_view import (
    ActivationsRequest,
    ActivationsResponse,
    JobWeightsResponse,
    LayersPage,
    ReplayRequest,
    ReplayResponse,
    TraceRequest,
    TraceResponse,
)
from learning.errors import NotForTask
from learning.recommendation.history import HistoryEncoder
from learning.recommendation.recommender import Recommender
from service.http import bodies, strict_json
from service.http.errors import ProblemError
from service.http.responses import json_response
from service.http.routing import Routes
from service.item_map import ItemMapQuery, map_items
from service.net_choice import NetEpochsQuery, NetQuery, load_net_row
from service.request_bodies.strict_rows import check_row, check_rows
from service.services import Context
from service.training_view.activations import activations_response
from service.training_view.replay import parse_replay, replay_epochs
from service.training_view.responses import choose_units, weights_response
from service.training_view.step_trace import trace_response
from service.training_view.stored_nets import EpochReference, load_stored_net
from service.training_view.token_trace import load_traced_net, token_trace_response
from store.jobs import layer_stats, weight_history

routes = Routes("watching", "A job's net while it learns: layers, weights, predictions after each epoch.")

JSON: Final = "application/json"

EpochName = Annotated[
    str,
    Field(pattern="^(latest|[0-9]{1,15})$", description="One of the kept epochs, 0 for the beginning, or `latest`."),
]


class JobItemMapQuery(ItemMapQuery):
    """The epoch and size of a map."""

    epoch: EpochName = "latest"


class WeightsQuery(NetQuery):
    """The epoch and number of the weights to return."""

    epoch: EpochName = "latest"
    units: int = Field(
        default=24, ge=1, le=64, description="How many inputs, and units of each layer, are shown at most."
    )
    units_of: EpochName | None = Field(
        default=None, description="The kept epoch whose largest weights say which are shown; by default the same."
    )


class ReplayBody(RootModel[ReplayRequest | RowToPredict]):
    """Rows with the epochs wanted, or a bare row, for which all kept epochs answer."""


@routes.get(
    "/v1/jobs/{job_id}/layers",
    scope="read",
    summary="The layers of a job's net",
    response_model=LayersPage,
    problems=("not-found",),
)
def layers_of(context: Context, job_id: str, query: NetEpochsQuery) -> Response:
    """Layer statistics of epochs, oldest first: gradients, weights, dead and saturated units of each layer.

    The net is looked at after the first and the last epoch, and in between as often as takes no time worth speaking of.
    """
    with context.begin_read() as s:
        net = load_net_row(s, context, job_id, query.net)
        pages, more = layer_stats.list_page_as_json(s, net.id, net.net, query.after_epoch, query.limit)
    data = [msgspec.Raw(text.encode()) for text in pages.values()]
    after = next(reversed(pages), query.after_epoch)
    answer = {"object": "list", "data": data, "has_more": more, "after_epoch": after}
    return Response(msgspec.json.encode(answer), content_type=JSON)


@routes.get(
    "/v1/jobs/{job_id}/weights", scope="read", summary="The weights of a job's net", problems=("not-found", "not-kept")
)
def weights(context: Context, job_id: str, query: WeightsQuery) -> JobWeightsResponse:
    """The net after one of the kept epochs, to be drawn: of each layer the units with the largest weights.

    The weights of all epochs are kept until there are too many; then every other's go, again and again. The first and
    the newest always stay.
    """
    with context.begin_read() as s:
        kept = load_stored_net(s, context, job_id, query.net)
        epoch = kept.resolve_epoch(_parse_epoch(query.epoch), "?epoch")
        chooser = kept.resolve_epoch(_parse_epoch(query.units_of or query.epoch), "?units_of")
        weights_then = kept.load_weights(s, epoch)
        shown = choose_units(kept, weights_then if chooser == epoch else kept.load_weights(s, chooser), query.units)
        return weights_response(kept, epoch, weights_then, weight_history.get_gradients(s, kept.job.id), shown)


@routes.get(
    "/v1/jobs/{job_id}/item-map",
    scope="read",
    summary="Map of a job's items",
    problems=("not-found", "not-kept", "not-for-task"),
)
def item_map(context: Context, job_id: str, query: JobItemMapQuery) -> JobItemMapResponse:
    """The items of a job that recommends after one of the kept epochs, on the plane in which their vectors differ most.

    Each epoch has a plane of its own, which may be turned or mirrored against that of another.
    """
    with context.begin_read() as s:
        kept = load_stored_net(s, context, job_id)
        if not isinstance(kept.header.inputs, HistoryEncoder):
            raise NotForTask(f"This job is of {kept.header.output.task}, which has no items.", "Look at its weights.")
        epoch = kept.resolve_epoch(_parse_epoch(query.epoch), "?epoch")
        net = kept.header.create_net(kept.load_weights(s, epoch))
    fields = map_items(Recommender(kept.header.inputs, net), query)
    return JobItemMapResponse(job_id=job_id, epoch=epoch, kept_epochs=kept.epochs, **fields)


@routes.post(
    "/v1/jobs/{job_id}/replay",
    scope="predict",
    summary="Replay predictions",
    response_model=ReplayResponse,
    consumes=(JSON,),
    body_models={JSON: ReplayBody},
    problems=("not-found", "not-kept"),
    example={"rows": [{"sqft": 1200, "prefarea": "yes"}], "epochs": "all"},
)
def replay(context: Context, job_id: str, query: NetQuery) -> Response:
    """The net's predictions for rows after each epoch whose weights are kept, or after some of them.

    `{"rows": [{…}, …], "epochs": "all"}`, or a bare row. It works while the job runs, too. Rows are taken as `predict`
    takes them; what they have in common may be said once, as `defaults`.
    """
    request, pointer = parse_replay(context.raw_body)
    with context.begin_read() as s:
        data = list(replay_epochs(s, load_stored_net(s, context, job_id, query.net), request, pointer))
    if not data:
        raise ProblemError("not-kept", "The weights of these epochs were thinned out just now; ask again.")
    return Response(msgspec.json.encode({"object": "replay", "job_id": job_id, "data": data}), content_type=JSON)


@routes.post(
    "/v1/jobs/{job_id}/activations",
    scope="predict",
    summary="Activations of a neuron",
    consumes=(JSON,),
    body_models={JSON: ActivationsRequest},
    problems=("not-found", "not-kept", "not-for-task"),
    example={"layer": 1, "unit": 0, "rows": [{"sqft": 1200, "prefarea": "yes"}]},
)
def activations(context: Context, job_id: str, query: NetQuery) -> ActivationsResponse:
    """The output of one neuron for each row, after one of the kept epochs: what it responds to.

    It works while the job runs, too. Rows are taken as `predict` takes them.
    """
    raw = context.raw_body
    tree = strict_json.parse_json(raw, lines=True)
    if isinstance(tree, dict) and isinstance(cast("dict[str, Any]", tree).get("rows"), list):
        check_rows({"rows": tree["rows"]})
    request = bodies.parse_model(raw, ActivationsRequest, lines=True)
    with context.begin_read() as s:
        kept = load_stored_net(s, context, job_id, query.net)
        epoch = kept.resolve_epoch(request.epoch, "#/epoch")
        return activations_response(kept, request, epoch, kept.load_weights(s, epoch))


@routes.post(
    "/v1/jobs/{job_id}/trace",
    scope="predict",
    summary="Trace a step of training",
    response_model=TraceResponse,
    consumes=(JSON,),
    body_models={JSON: TraceRequest},
    problems=("not-found", "not-kept", "not-for-task"),
    example={"row": {"sqft": 1200, "prefarea": "yes", "price": 180000}, "epoch": "latest"},
)
def trace(context: Context, job_id: str, query: NetQuery) -> Response:
    """One training step with one row, in every number: forward pass, loss, backpropagation, and update.

    It is the step that this row alone would ask for, without dropout, class weights and weight decay. It works while
    the job runs, too.
    """
    raw = context.raw_body
    tree = strict_json.parse_json(raw, lines=True)
    if isinstance(tree, dict) and "row" in tree:
        check_row(tree["row"], "#/row")
    request = bodies.parse_model(raw, TraceRequest, lines=True)
    with context.begin_read() as s:
        kept = load_stored_net(s, context, job_id, query.net)
        epoch = kept.resolve_epoch(request.epoch, "#/epoch")
        return json_response(trace_response(s, kept, request, epoch, kept.load_weights(s, epoch)))


@routes.post(
    "/v1/jobs/{job_id}/token-trace",
    scope="predict",
    summary="Trace a step of training on a token",
    consumes=(JSON,),
    body_models={JSON: TokenTraceRequest},
    problems=("not-found", "not-kept", "not-for-task"),
    example={"text": "To be, or not to be", "epoch": "latest"},
)
def token_trace(context: Context, job_id: str) -> TokenTraceResponse:
    """One training step of a net that writes, on the last token of a text: forward, the error, and back.

    It is the step that this token alone would ask for, without dropout and weight decay, of the net without n-grams. It
    works while the job runs, too, if its weights are kept; of a net that is too large for that, its model is traced.
    """
    request = bodies.parse_model(context.raw_body, TokenTraceRequest, lines=True)
    return token_trace_response(load_traced_net(context, job_id, request.epoch), request.text)


def _parse_epoch(name: str) -> EpochReference:
    return "latest" if name == "latest" else int(name)
