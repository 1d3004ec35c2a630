"""Routes of models: list, describe, alias, download weights, JSON Schema of a row, delete."""

from typing import Final

import msgspec
from flask import Response
from pydantic import Field, TypeAdapter, ValidationError

from contract.responses import AliasResponse, DeletedResponse, FieldError, ModelResponse, Page
from contract.specs import NAME_PATTERN, PATTERN_RULES, Name, OneLine, StrictModel
from learning.model import BYTES_PER_WEIGHT
from service.http import pagination
from service.http.errors import ProblemError
from service.http.pagination import ListQuery, Query
from service.http.responses import MAX_WHOLE_BYTES
from service.http.routing import Routes
from service.http.strict_json import shorten
from service.models.export_formats import BYTES, EXPORT_FORMATS, ExportFormatName, WeightsFormat
from service.models.row_schema import build_row_schema
from service.services import Context, load_model
from service.unavailable import list_unavailable_of
from store.models import models
from store.tables import ModelRow

routes = Routes("models", "Trained models; `ref` is an id, a name (its newest version), `name:3`, or `name@alias`.")

SCHEMA: Final = "application/schema+json"
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)


class ModelsQuery(ListQuery):
    """Filters of the list of models."""

    name: OneLine | None = Field(default=None, max_length=63, description="Only the versions of this name.")


class WeightsQuery(Query):
    """The format of the weights."""

    format: WeightsFormat = Field(
        default="npz", description="`npz` is read by numpy.load, `safetensors` by many libraries."
    )


class ExportQuery(Query):
    """The format of an export."""

    format: ExportFormatName = Field(
        default="python",
        description="`python` is one file that predicts, and needs nothing but Python, of pictures and models that "
        "write NumPy too; `onnx` a graph with an input for each column; `mlflow` a ZIP of a folder that MLflow loads; "
        "`safetensors` and `npz` have the weights.",
    )


class AliasSpec(StrictModel):
    """The model version that an alias points to."""

    version: int = Field(ge=1, le=2**53, description="A version of the model.")


@routes.get("/v1/models", scope="read", summary="List models")
def index(context: Context, query: ModelsQuery) -> Page[ModelResponse]:
    """Models, newest first."""
    with context.begin_read() as s:
        found, more = models.list_page(s, context.owner, query.limit, query.after, name=query.name)
        aliases = models.list_aliases(s, [row.id for row in found])
    return pagination.make_page([model_response(row, aliases[row.id]) for row in found], more)


@routes.get("/v1/models/{ref}", scope="read", other_scope="predict", summary="One model", problems=("not-found",))
def one(context: Context, ref: str) -> ModelResponse:
    """A model by its id, its name (the newest version), `name:3`, or `name@alias`."""
    with context.begin_read() as s:
        row = models.get(s, context.owner, ref)
        return model_response(row, models.list_aliases(s, [row.id])[row.id])


@routes.delete("/v1/models/{ref}", scope="train", summary="Delete a model", problems=("not-found",))
def delete(context: Context, ref: str) -> DeletedResponse:
    """Delete one version, with the aliases that point to it. Its number is not used again."""
    with context.begin_write() as s:
        row = models.delete(s, context.owner, ref)
    return DeletedResponse(id=row.id)


@routes.put("/v1/models/{name}/aliases/{alias}", scope="train", summary="Move an alias", problems=("not-found",))
def set_alias(context: Context, name: str, alias: Name, body: AliasSpec) -> AliasResponse:
    """Set an alias: within half a second predictions for `name@alias` come from this version."""
    try:
        _NAME.validate_python(alias)
    except ValidationError:
        detail = PATTERN_RULES[NAME_PATTERN]
        error = FieldError(pointer="{alias}", detail=detail, code="string_pattern_mismatch", given=shorten(alias))
        raise ProblemError("invalid", f"An alias {detail}.", errors=[error]) from None
    with context.begin_write() as s:
        row = models.set_alias(s, context.owner, name, alias, body.version)
    return AliasResponse(name=name, alias=alias, version=row.version, model_id=row.model_id)


@routes.delete("/v1/models/{name}/aliases/{alias}", scope="train", summary="Remove an alias", problems=("not-found",))
def remove_alias(context: Context, name: str, alias: str) -> DeletedResponse:
    """Delete an alias. The version that it pointed to stays."""
    with context.begin_write() as s:
        models.delete_alias(s, context.owner, name, alias)
    return DeletedResponse(id=f"{name}@{alias}")


@routes.get(
    "/v1/models/{ref}/weights",
    scope="read",
    summary="The weights of a model",
    produces=(BYTES,),
    other_statuses={304: "You have these weights."},
    request_headers=("If-None-Match",),
    problems=("not-found",),
)
def weights(context: Context, ref: str, query: WeightsQuery) -> Response:
    """Each dense layer's `weights` (inputs of a group, units) and `bias` (units,) in float32, from `layer1` on.

    Of a model that reads or writes texts there is its vocabulary too, a tokenizer with its merges, or terms with their
    weights: JSON, in npz under the name `inputs.json`, in safetensors as `inputs` of the metadata.
    """
    return _send_export(context, ref, query.format)


@routes.get(
    "/v1/models/{ref}/export",
    scope="read",
    summary="A model as a file for other programs",
    produces=tuple(dict.fromkeys(each.media_type for each in EXPORT_FORMATS.values())),
    other_statuses={304: "You have this file."},
    request_headers=("If-None-Match",),
    problems=("not-found", "not-exportable"),
)
def export(context: Context, ref: str, query: ExportQuery) -> Response:
    """The model with all that a row goes through before and behind the net; of safetensors and npz its weights alone.

    A format that cannot have a model is refused, and says which others can.
    """
    return _send_export(context, ref, query.format)


def _send_export(context: Context, ref: str, name: ExportFormatName) -> Response:
    """A model in a format, or 304 if the client has it."""
    row, model = load_model(context, ref)
    tag, chosen = f"{row.id}.{name}", EXPORT_FORMATS[name]
    if context.request.if_none_match.contains(tag):
        response = Response(status=304)
        response.set_etag(tag)
        return response
    pieces = chosen.write(row, model)
    is_small = BYTES_PER_WEIGHT * model.parameter_count <= MAX_WHOLE_BYTES
    response = Response(b"".join(pieces) if is_small else pieces, content_type=chosen.media_type)
    response.set_etag(tag)
    response.headers["Content-Disposition"] = f'attachment; filename="{row.name}-{row.version}.{chosen.ending}"'
    return response


@routes.get(
    "/v1/models/{ref}/schema",
    scope="read",
    other_scope="predict",
    summary="What a row to predict looks like",
    response_model=dict,
    produces=(SCHEMA,),
    problems=("not-found",),
)
def schema(context: Context, ref: str) -> Response:
    """The JSON Schema (draft 2020-12) of one row, with an example that can be sent as it is."""
    row, model = load_model(context, ref)
    made = build_row_schema(f"{row.name}:{row.version}", model.inputs, model.ignored, model.create_example_row())
    return Response(msgspec.json.encode(made), content_type=SCHEMA)


def model_response(row: ModelRow, aliases: list[str]) -> ModelResponse:
    """The response about a model."""
    made = {"object", "aliases", "target", "targets", "unavailable", "created", "owned_by"}
    fields = {name: getattr(row, name) for name in ModelResponse.model_fields if name not in made}
    targets = row.targets or [row.target]
    return ModelResponse.model_validate(
        {
            **fields,
            "aliases": aliases,
            "target": row.target if len(targets) == 1 else None,
            "targets": targets,
            "unavailable": list_unavailable_of(row),
            "created": int(row.created_at),
            "owned_by": row.owner,
        }
    )
