"""Routes of MLflow's protocols: invocations of every model, the endpoints that there are, and whether the server works.

Where MLflow's scoring server has one model at /invocations, here it is the model of a setting, or the owner's only one;
all others are at addresses of their own.
"""

from typing import Any, Final

import msgspec
from flask import Response
from pydantic import Field

from contract.responses import EndpointModel, EndpointResponse, EndpointsResponse, InvocationResponse
from contract.specs import OneLine
from learning.frame import Frame
from learning.model import Model
from learning.tasks import Predictions
from service.generate.completions import complete
from service.http.csv_output import CSV
from service.http.errors import ProblemError
from service.http.openapi import VERSION
from service.http.pagination import Query
from service.http.responses import RawResponse
from service.http.routing import RouteOptions, Routes
from service.predict.json_rows import ADVICE
from service.predict.prediction import predict_frame
from service.predict.readers import PredictQuery, read_rows
from service.predictions import MAX_WARNINGS, list_warnings
from service.protocols.columns import ColumnsQuery
from service.protocols.mlflow.parquet_body import read_parquet
from service.protocols.mlflow.problems import translate_problem
from service.protocols.mlflow.scoring_body import parse_body, read_scoring_rows
from service.request_bodies.strict_rows import refuse_bad_cells
from service.services import Context, load_model
from store.errors import NotFound
from store.models import models
from store.models.models import NewestModel
from tables import BadRows

JSON: Final = "application/json"
PARQUET: Final = "application/vnd.apache.parquet"
PROVIDER: Final = "gradus"
COMPLETIONS: Final = "llm/v1/completions"
PROMPT: Final = "prompt"
MAX_LISTED: Final = 10

routes = Routes("mlflow", "MLflow's protocols, for its deployment client and whatever asks its scoring server.")


class EndpointsQuery(Query):
    """The page of the list of endpoints."""

    page_token: OneLine | None = Field(default=None, max_length=63, description="The `next_page_token` before.")


_INVOKE: Final[RouteOptions] = {
    "scope": "predict",
    "summary": "",
    "large_body": True,
    "response_model": InvocationResponse,
    "consumes": (JSON, CSV, PARQUET),
    "problems": ("not-found", "not-for-task", "no-coverage", "unreadable-file"),
    "translate_problem": translate_problem,
    "example": {"dataframe_split": {"columns": ["sqft", "prefarea"], "data": [[1200, "yes"], [800, "no"]]}},
}
_ENDPOINT: Final[RouteOptions] = {
    "scope": "read",
    "other_scope": "predict",
    "summary": "",
    "translate_problem": translate_problem,
}


@routes.post("/endpoints/{ref}/invocations", **{**_INVOKE, "summary": "Predict, for MLflow's clients"})
def invoke(context: Context, ref: str, query: ColumnsQuery) -> Response | RawResponse:
    """Rows as MLflow's scoring server takes them, and predictions as it gives them.

    Rows are `dataframe_split`, `dataframe_records`, `instances` or `inputs` in JSON, CSV with a header, or Parquet.
    Rows without names have a cell for each input of the model, in their order.

    The predictions are those of `/v1/models/{ref}/predict`, each with the columns of its CSV, which are also those of
    a model that was exported for MLflow. What is refused is 400, with `error_code` and `message` besides the members
    of a problem document. A model that writes also takes a `prompt`, and all that `/v1/completions` takes.
    """
    return _invoke(context, ref, query)


@routes.post("/invocations", **{**_INVOKE, "summary": "Predict by the only model"})
def invoke_only(context: Context, query: ColumnsQuery) -> Response | RawResponse:
    """The same by the model that the setting GRADUS_INVOCATIONS_MODEL names, or by the only model that you have."""
    return _invoke(context, context.services.settings.invocations_model or _find_only(context), query)


@routes.get("/api/2.0/endpoints/", **{**_ENDPOINT, "summary": "List endpoints, for MLflow's clients"})
def endpoints(context: Context, query: EndpointsQuery) -> EndpointsResponse:
    """Every model by its name, whose newest version answers."""
    with context.begin_read() as s:
        found, more = models.list_newest(s, context.owner, query.page_token or "")
    return EndpointsResponse(
        endpoints=[_describe(each) for each in found], next_page_token=found[-1].name if more else None
    )


@routes.get(
    "/api/2.0/endpoints/{name}",
    **{**_ENDPOINT, "summary": "One endpoint, for MLflow's clients", "problems": ("not-found",)},
)
def endpoint(context: Context, name: str) -> EndpointResponse:
    """A model by any reference, as an endpoint."""
    with context.begin_read() as s:
        row = models.get(s, context.owner, name)
        found = NewestModel(row.name, row.version, row.task)
    return _describe(found).model_copy(update={"name": name, "endpoint_url": f"/endpoints/{name}/invocations"})


@routes.get("/ping", scope="public", summary="Is the server alive, for MLflow's clients")
def alive(context: Context) -> RawResponse:  # noqa: ARG001 - answering is the check
    """An empty object."""
    return RawResponse(b"{}", JSON)


@routes.get("/health", scope="public", summary="Is the server alive, for MLflow's clients")
def health(context: Context) -> RawResponse:
    """An empty object."""
    return alive(context)


@routes.get("/version", scope="public", summary="The version", produces=("text/plain",))
def version(context: Context) -> RawResponse:  # noqa: ARG001 - it is the same for all
    """The version of Gradus, as text."""
    return RawResponse(VERSION.encode(), "text/plain")


def _invoke(context: Context, ref: str, query: ColumnsQuery) -> Response | RawResponse:
    _, model = load_model(context, ref)
    tree = None
    if context.media_type == JSON:
        tree = parse_body(context.raw_body)
        if model.writer is not None and isinstance(tree, dict) and PROMPT in tree:
            return complete(context, msgspec.json.encode({**tree, "model": ref}))
    frame = _read_frame(context, model, tree, query)
    predictions, warnings = predict_frame(context, model, frame, MAX_WARNINGS + 1, query.interval)
    answer: dict[str, Any] = {"predictions": _list_records(predictions)}
    if warnings:
        answer["warnings"] = list_warnings(warnings)
    return RawResponse(msgspec.json.encode(answer), JSON)


def _read_frame(context: Context, model: Model, tree: Any, query: ColumnsQuery) -> Frame:
    if context.media_type == CSV:
        return read_rows(context, model, PredictQuery(unknown=query.unknown))[0]
    rows = read_parquet(context) if context.media_type == PARQUET else read_scoring_rows(tree, model)
    try:
        return rows.make_frame(model, ignore_unknown=query.unknown == "ignore")
    except BadRows as refused:
        raise refuse_bad_cells(refused, rows.locate, ADVICE) from None


def _list_records(predictions: Predictions) -> list[dict[str, Any]]:
    """The prediction of each row with the columns of CSV."""
    names = predictions.columns
    records = [dict(zip(names, numbers, strict=True)) for numbers in predictions.numbers.tolist()]
    if predictions.labels:
        labels = predictions.list_predicted()
        records = [{"label": label, **record} for label, record in zip(labels, records, strict=True)]
    if predictions.bounds is not None:
        for record, bounds in zip(records, predictions.bounds.tolist(), strict=True):
            record.update(zip(predictions.bound_columns, bounds, strict=True))
    return records


def _find_only(context: Context) -> str:
    """The id of the newest version of the owner's only name.

    Raises:
        ProblemError: `not-found`, if there are none or several, with what to do.
    """
    try:
        return context.services.model_resolver.resolve_only(context.owner).id
    except NotFound:
        with context.begin_read() as s:
            found, more = models.list_newest(s, context.owner, "", MAX_LISTED)
    advice = "Send the rows to /endpoints/{model}/invocations, or set GRADUS_INVOCATIONS_MODEL."
    if not found:
        raise ProblemError("not-found", f"You have no model that /invocations could ask; train one. {advice}")
    names = ", ".join([each.name for each in found]) + (", …" if more else "")
    raise ProblemError("not-found", f"Which model is meant by /invocations? There are {names}. {advice}")


def _describe(model: NewestModel) -> EndpointResponse:
    return EndpointResponse(
        name=model.name,
        endpoint_type=COMPLETIONS if model.task == "language" else f"gradus/{model.task}",
        model=EndpointModel(
            name=f"{model.name}:{model.version}" if ":" not in model.name else model.name, provider=PROVIDER
        ),
        endpoint_url=f"/endpoints/{model.name}/invocations",
    )
