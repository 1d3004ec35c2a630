"""Routes of the Open Inference Protocol: health, metadata and predictions of every model, as tensors.

A model is named as everywhere: by id, name, `name:3` or `name@alias`; clients encode such names, and need no more.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from flask import Response

from contract.responses import (
    FieldError,
    InferResponse,
    ModelMetadataResponse,
    ModelReadyResponse,
    ServerHealthResponse,
    ServerMetadataResponse,
    TensorMetadata,
)
from learning.encoding.columns import InputColumn
from learning.frame import Frame
from learning.model import Model
from service.http.openapi import VERSION
from service.http.responses import RawResponse, json_response
from service.http.routing import RouteOptions, Routes
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields
from service.operating.health import ready
from service.predict.json_rows import ADVICE
from service.predict.prediction import predict_frame
from service.predictions import MAX_WARNINGS, list_warnings
from service.protocols.columns import ColumnsQuery, frames_of
from service.protocols.open_inference.infer_request import (
    JSON_LENGTH,
    FastRequest,
    InferRequest,
    read_request,
)
from service.protocols.open_inference.output_tensors import describe_outputs, list_tensors
from service.protocols.open_inference.problems import translate_problem
from service.protocols.open_inference.tensors import BYTES, decode_texts, read_columns
from service.protocols.open_inference.writing import TEXT_INPUT, TEXT_OUTPUT, write_text
from service.request_bodies.strict_rows import refuse_bad_cells
from service.services import Context, load_model
from store.errors import NotFound
from store.models import models
from store.models.lookup import ResolvedModel
from tables import BadCell, BadRows

JSON: Final = "application/json"
OCTETS: Final = "application/octet-stream"
PLATFORM: Final = "gradus_net"
DATATYPES: Final[Mapping[str, str]] = {"numeric": "FP64", "boolean": "BOOL"}
"""The datatypes of columns; those of all others are BYTES."""

routes = Routes("open inference", "The Open Inference Protocol, version 2, for clients of KServe, Triton and MLServer.")


@routes.get("/v2", scope="public", summary="The server, for clients of the Open Inference Protocol")
def server(context: Context) -> ServerMetadataResponse:  # noqa: ARG001 - it is the same for all
    """Name, version, and the extensions of the protocol that are understood."""
    return ServerMetadataResponse(name="gradus", version=VERSION, extensions=["binary_tensor_data"])


@routes.get("/v2/health/live", scope="public", summary="Is the server alive?")
def live(context: Context) -> ServerHealthResponse:  # noqa: ARG001 - answering is the check
    """Depends on nothing but the process itself."""
    return ServerHealthResponse(live=True, ready=True)


@routes.get(
    "/v2/health/ready",
    scope="public",
    summary="Is the server ready?",
    response_model=ServerHealthResponse,
    other_statuses={503: "Database, storage or disk is down; /readyz names it."},
)
def is_ready(context: Context) -> Response:
    """Ready as `/readyz` says it: database, storage and disk work."""
    status = ready(context).status_code
    return json_response(ServerHealthResponse(live=True, ready=status == 200), status)


_READ: Final[RouteOptions] = {
    "scope": "read",
    "other_scope": "predict",
    "summary": "",
    "problems": ("not-found",),
    "translate_problem": translate_problem,
}
_INFER: Final[RouteOptions] = {
    "scope": "predict",
    "summary": "",
    "large_body": True,
    "response_model": InferResponse,
    "consumes": (JSON, OCTETS),
    "media_type_aliases": {"": JSON},
    "body_models": {JSON: InferRequest},
    "request_headers": (JSON_LENGTH,),
    "problems": ("not-found", "bad-request", "not-for-task", "no-coverage"),
    "translate_problem": translate_problem,
    "example": {
        "inputs": [
            {"name": "sqft", "datatype": "FP64", "shape": [2], "data": [1200, 800]},
            {"name": "prefarea", "datatype": "BYTES", "shape": [2], "data": ["yes", "no"]},
        ]
    },
}


@routes.get("/v2/models/{ref}", **{**_READ, "summary": "A model, as tensors"})
def metadata(context: Context, ref: str) -> ModelMetadataResponse:
    """The columns that a model takes, as one tensor each, and the tensors that it gives."""
    return _describe(context, ref)


@routes.get("/v2/models/{ref}/versions/{version}", **{**_READ, "summary": "A version of a model, as tensors"})
def version_metadata(context: Context, ref: str, version: str) -> ModelMetadataResponse:
    """The same of a version."""
    return _describe(context, _at_version(context, ref, version))


@routes.get("/v2/models/{ref}/ready", **{**_READ, "summary": "Is a model ready?"})
def model_ready(context: Context, ref: str) -> ModelReadyResponse:
    """A model that exists is ready: the first prediction loads it."""
    return ModelReadyResponse(name=load_model(context, ref)[0].name, ready=True)


@routes.get("/v2/models/{ref}/versions/{version}/ready", **{**_READ, "summary": "Is a version of a model ready?"})
def version_ready(context: Context, ref: str, version: str) -> ModelReadyResponse:
    """The same of a version."""
    return model_ready(context, _at_version(context, ref, version))


@routes.post("/v2/models/{ref}/infer", **{**_INFER, "summary": "Predict from tensors"})
def infer(context: Context, ref: str, query: ColumnsQuery) -> Response | RawResponse:
    """One tensor for each column, of the shape [rows] or [rows, 1]; a column without a tensor is missing in every row.

    Numbers are FP64 or of any other datatype of numbers; texts, moments and categories are BYTES; pictures are BYTES of
    their files, in JSON as base64. null and NaN are missing, and so is an empty text. With the header
    `Inference-Header-Content-Length` the data of tensors with `binary_data_size` come as raw bytes after the JSON. What
    is refused is 400, with the member `error` besides those of a problem document.

    With `interval` there are tensors of bounds too, of classes one that says which are in the set.

    Of a model that writes there is one tensor `text_input`, and `parameters` such as `max_tokens` and `seed`.
    """
    return _infer(context, ref, query)


@routes.post(
    "/v2/models/{ref}/versions/{version}/infer",
    **{**_INFER, "summary": "Predict from tensors, by a version"},
)
def version_infer(context: Context, ref: str, version: str, query: ColumnsQuery) -> Response | RawResponse:
    """The same by a version."""
    return _infer(context, _at_version(context, ref, version), query)


def _infer(context: Context, ref: str, query: ColumnsQuery) -> Response | RawResponse:
    resolved, model = load_model(context, ref)
    asked, binary = read_request(context.request, context.raw_body)
    if model.writer is not None:
        return write_text(context, ref, asked, binary)
    frame = _read_frame(model, asked, binary, ignore_unknown=query.unknown == "ignore")
    predictions, warnings = predict_frame(context, model, frame, MAX_WARNINGS + 1, query.interval)
    answer: dict[str, Any] = {"model_name": resolved.name, "model_version": str(resolved.version)}
    if asked.id is not None:
        answer["id"] = asked.id
    if warnings:
        answer["parameters"] = {"warnings": msgspec.json.encode(list_warnings(warnings)).decode()}
    answer["outputs"] = _choose(list_tensors(predictions), [output.name for output in asked.outputs])
    return RawResponse(msgspec.json.encode(answer), JSON)


def _read_frame(
    model: Model, asked: InferRequest | FastRequest, binary: bytes | None, *, ignore_unknown: bool
) -> Frame:
    frames = frames_of(model)
    columns, rows = read_columns(asked.inputs, binary, frames.check_rows)
    if binary is not None:
        pictures = {column.name for column in model.inputs if column.image_shape is not None}
        columns = {
            name: cells if name in pictures else decode_texts(cells, f"#/inputs/{place}")
            for place, (name, cells) in enumerate(columns.items())
        }
    try:
        return frames.frame(columns, rows, ignore_unknown=ignore_unknown)
    except BadRows as refused:
        places = {tensor.name: place for place, tensor in enumerate(asked.inputs)}

        def locate(cell: BadCell) -> str:
            pointer = f"#/inputs/{places.get(cell.column or '', 0)}"
            return f"{pointer}/name" if cell.code == "unknown_column" else f"{pointer}/data/{cell.row}"

        raise refuse_bad_cells(refused, locate, ADVICE) from None


def _choose(tensors: list[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The tensors that are wanted, in their order; all if none is named."""
    if not names:
        return tensors
    known = {tensor["name"]: tensor for tensor in tensors}
    for place, name in enumerate(names):
        if name not in known:
            detail = f"is no output of the model; there are {', '.join(list(known)[:20])}"
            error = FieldError(
                pointer=f"#/outputs/{place}/name", detail=detail, code="unknown_output", given=shorten(name)
            )
            raise invalid_fields([error])
    return [known[name] for name in names]


def _at_version(context: Context, ref: str, version: str) -> str:
    """The reference to a version of what a reference means.

    Raises:
        NotFound: there is none, or the reference means another version itself.
    """
    if models.VERSION_PATTERN.fullmatch(version) is None:
        raise NotFound("model", f"{ref}:{version}")
    resolved = context.services.model_resolver.resolve(context.owner, ref)
    if resolved.version == int(version):
        return resolved.id
    if ref != resolved.name:
        raise NotFound("model", f"{ref}:{version}")
    return f"{ref}:{version}"


def _describe(context: Context, ref: str) -> ModelMetadataResponse:
    resolved, model = load_model(context, ref)
    if model.writer is not None:
        inputs, outputs = [_tensor(TEXT_INPUT, BYTES, 1)], [_tensor(TEXT_OUTPUT, BYTES, 1)]
    else:
        inputs = [_tensor(column.name, _datatype(column)) for column in model.inputs]
        outputs = [TensorMetadata.model_validate(tensor) for tensor in describe_outputs(model)]
    return ModelMetadataResponse(
        name=resolved.name,
        versions=_list_versions(context, resolved),
        platform=PLATFORM,
        inputs=inputs,
        outputs=outputs,
    )


def _list_versions(context: Context, resolved: ResolvedModel) -> list[str]:
    with context.begin_read() as s:
        return [str(version) for version in models.list_versions(s, context.owner, resolved.name)]


def _datatype(column: InputColumn) -> str:
    return DATATYPES.get(column.type, BYTES)


def _tensor(name: str, datatype: str, rows: int = -1) -> TensorMetadata:
    return TensorMetadata(name=name, datatype=datatype, shape=[rows])
