"""Routes of models: list, describe, alias, download weights, JSON Schema of a row, delete."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from flask import Response
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from contract.labels import LabelChanges
from contract.responses import AliasResponse, DeletedResponse, FieldError, ModelResponse, Page
from contract.specs import NAME_PATTERN, PATTERN_RULES, Name, OneLine, StrictModel
from learning.model import BYTES_PER_WEIGHT
from service.http import pagination
from service.http.errors import ProblemError
from service.http.pagination import Query, SearchQuery
from service.http.responses import MAX_WHOLE_BYTES
from service.http.routing import Routes
from service.http.strict_json import shorten
from service.models.comparison import compare_models
from service.models.export_formats import BYTES, EXPORT_FORMATS, ExportFormatName, WeightsFormat
from service.models.row_schema import build_row_schema
from service.services import Context, load_model
from service.unavailable import list_unavailable_of
from store.errors import NotFound
from store.jobs.main_metric import choose_model_metric
from store.models import models
from store.pages import make_orders
from store.tables import ModelRow

routes = Routes("models", "Trained models; `ref` is an id, a name (its newest version), `name:3`, or `name@alias`.")

SCHEMA: Final = "application/schema+json"
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)


ORDERS: Final = make_orders(ModelRow.id, name=ModelRow.name, parameters=ModelRow.parameters)
"""The orders of the list of models."""


class ModelsQuery(SearchQuery):
    """Filters of the list of models."""

    name: OneLine | None = Field(default=None, max_length=63, description="Only the versions of this name.")
    newest: bool = Field(default=False, description="Only the newest version of each name.")
    sort: Literal["-created", "created", "name", "-name", "parameters", "-parameters"] = Field(
        default="-created", description="The order; with `-` descending."
    )


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
    only_if_better: bool = Field(
        default=False,
        description="Move the alias only if this version is better than the one that has it, see GET "
        "/v1/models/{ref}/comparison; otherwise 409 with both figures.",
    )


@routes.get("/v1/models", scope="read", summary="List models", problems=("not-found",))
def index(context: Context, query: ModelsQuery) -> Page[ModelResponse]:
    """Models, newest first, or in another order. The page that follows begins behind the model `after`."""
    with context.begin_read() as s:
        found, more = models.list_page(
            s,
            context.owner,
            query.limit,
            query.after,
            name=query.name,
            newest=query.newest,
            tag=query.tag,
            text=query.q,
            order=ORDERS[query.sort],
        )
        return pagination.make_page(_model_responses(s, found), more)


@routes.get("/v1/models/{ref}", scope="read", other_scope="predict", summary="One model", problems=("not-found",))
def one(context: Context, ref: str) -> ModelResponse:
    """A model by its id, its name (the newest version), `name:3`, or `name@alias`."""
    with context.begin_read() as s:
        return _model_responses(s, [models.get(s, context.owner, ref)])[0]


@routes.patch("/v1/models/{ref}", scope="train", summary="Tag a model, or note something", problems=("not-found",))
def change(context: Context, ref: str, body: LabelChanges) -> ModelResponse:
    """Change the tags or the note of a version of a model. Nothing else of it ever changes."""
    with context.begin_write() as s:
        row = models.change(s, context.owner, ref, **body.model_dump(exclude_unset=True))
        return _model_responses(s, [row])[0]


@routes.delete("/v1/models/{ref}", scope="train", summary="Delete a model", problems=("not-found",))
def delete(context: Context, ref: str) -> DeletedResponse:
    """Delete one version, with the aliases that point to it. Its number is not used again."""
    with context.begin_write() as s:
        row = models.delete(s, context.owner, ref)
    return DeletedResponse(id=row.id)


@routes.put(
    "/v1/models/{name}/aliases/{alias}",
    scope="train",
    summary="Move an alias",
    problems=("not-found", "not-better"),
)
def set_alias(context: Context, name: str, alias: Name, body: AliasSpec) -> AliasResponse:
    """Set an alias: within half a second predictions for `name@alias` come from this version.

    With `only_if_better` no other request moves it between the comparison and the change.
    """
    try:
        _NAME.validate_python(alias)
    except ValidationError:
        detail = PATTERN_RULES[NAME_PATTERN]
        error = FieldError(pointer="{alias}", detail=detail, code="string_pattern_mismatch", given=shorten(alias))
        raise ProblemError("invalid", f"An alias {detail}.", errors=[error]) from None
    with context.begin_write() as s:
        if body.only_if_better:
            _require_better(s, context.owner, name, alias, body.version)
        row = models.set_alias(s, context.owner, name, alias, body.version)
    return AliasResponse(name=name, alias=alias, version=row.version, model_id=row.model_id)


def _require_better(s: Session, owner: str, name: str, alias: str, version: int) -> None:
    """Check that a version is better than the one that has the alias, if one has.

    Raises:
        ProblemError: `not-better`, with the comparison.
    """
    models.lock_name(s, owner, name)
    model = models.get(s, owner, f"{name}:{version}")
    try:
        holder = models.get(s, owner, f"{name}@{alias}")
    except NotFound:
        return
    if holder.id == model.id:
        return
    found = compare_models(s, model, holder)
    if found.comparison is None or found.comparison.result != "better":
        raise ProblemError("not-better", found.detail, comparison=found.model_dump())


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


def _model_responses(s: Session, rows: Sequence[ModelRow]) -> list[ModelResponse]:
    """The responses about models of one owner."""
    if not rows:
        return []
    names = {row.name for row in rows}
    versions = models.count_versions(s, rows[0].owner, names)
    aliases = models.list_aliases_of_names(s, rows[0].owner, names)
    return [_model_response(row, versions[row.name], aliases[row.name]) for row in rows]


def _model_response(row: ModelRow, versions: int, aliases: dict[str, int]) -> ModelResponse:
    """The response about a model, of whose name there are so many versions, and aliases of versions."""
    made = {
        *("object", "aliases", "target", "targets", "unavailable", "created", "owned_by"),
        *("versions", "aliases_of_name", "main_metric"),
    }
    fields = {name: getattr(row, name) for name in ModelResponse.model_fields if name not in made}
    targets = row.targets or [row.target]
    return ModelResponse.model_validate(
        {
            **fields,
            "aliases": [alias for alias, version in aliases.items() if version == row.version],
            "versions": versions,
            "aliases_of_name": aliases,
            "main_metric": choose_model_metric(row).name,
            "target": row.target if len(targets) == 1 else None,
            "targets": targets,
            "unavailable": list_unavailable_of(row),
            "created": int(row.created_at),
            "owned_by": row.owner,
        }
    )
