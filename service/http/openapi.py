"""The OpenAPI 3.1 document, generated from the routes and pydantic's schemas, so that it cannot disagree with them.

A copy is in `docs/openapi.json`, so that reviews show every change of the contract; regenerate it with
`python -m service openapi > docs/openapi.json`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import DictSchema

from contract.problems import PROBLEM_KINDS, ProblemKind
from contract.responses import FieldError, Problem
from service.http.routing import Route, Routes

VERSION: Final = version("gradus")
DESCRIPTION: Final = """Trains neural networks on tables and serves their predictions.

Upload a table, submit a job that names the column to predict, watch its epochs, and ask the model for predictions.
Every error is a problem document (RFC 9457) whose `type` can be opened and says what to do."""

COMMON_PROBLEMS: Final = ("invalid", "internal-error", "unavailable")
KEY_PROBLEMS: Final = ("key-required", "scope-required", "too-many-requests", "misdirected-request", "forbidden")
BODY_PROBLEMS: Final = (
    "unreadable-body",
    "request-timeout",
    "length-required",
    "body-too-large",
    "unsupported-media-type",
)
JSON_PROBLEMS: Final = ("unreadable-json",)

KEY_SCHEME: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "gr_…",
    "description": "A key with the scope that the operation names, or `admin`. Until the first key is made, "
    "programs on the server's own machine need none.",
}
REQUEST_HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "Idempotency-Key": {
        "description": "Makes repeating safe: within 24 hours the same key and body get the first response.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    },
    "Prefer": {
        "description": "`wait=30`: respond when the state changes, or after this many seconds (at most 60).",
        "schema": {"type": "string", "examples": ["wait=30"]},
    },
    "If-None-Match": {
        "description": "The ETag of a response that you have; 304 if it is unchanged.",
        "schema": {"type": "string"},
    },
    "Range": {"description": "The requested range of bytes.", "schema": {"type": "string"}},
    "Content-Encoding": {
        "description": "`gzip`, if the whole body is compressed.",
        "schema": {"type": "string", "enum": ["gzip", "identity"]},
    },
    "Inference-Header-Content-Length": {
        "description": "How many bytes of JSON are at the beginning of the body, if raw bytes of tensors follow.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "Last-Event-ID": {"description": "The id of the last event received.", "schema": {"type": "string"}},
}

RETRY_AFTER: Final = {
    "description": "Seconds after which the request may be repeated.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
PROBLEM_HEADERS: Final[Mapping[int, dict[str, Any]]] = {
    401: {"WWW-Authenticate": {"description": "`Bearer`.", "required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}


def build_document(resources: Iterable[Routes]) -> dict[str, Any]:
    """The OpenAPI document of the given resources, as plain data."""
    resources = tuple(resources)
    routes = [route for resource in resources for route in resource]
    references, definitions = models_json_schema(
        sorted(set(_list_models(routes)), key=lambda pair: (pair[0].__name__, pair[1])),
        ref_template="#/components/schemas/{model}",
        schema_generator=_Schemas,
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _build_operation(route, cast("References", references))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gradus",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": resource.tag, "description": resource.description} for resource in resources],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": KEY_SCHEME},
            "schemas": dict(sorted(definitions["$defs"].items())),
            "responses": {
                name: _build_problem_response(kinds) for name, kinds in sorted(_problem_responses(routes).items())
            },
        },
    }


class _Schemas(GenerateJsonSchema):
    """Pydantic's schemas, except that an object whose keys have a pattern refuses other keys."""

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        """Called by pydantic, which itself would allow any value for other keys."""
        json_schema = super().dict_schema(schema)
        if "patternProperties" in json_schema:
            ((pattern, values),) = json_schema.pop("patternProperties").items()
            json_schema["additionalProperties"] = values
            json_schema["propertyNames"] = {**json_schema.get("propertyNames", {}), "pattern": pattern}
        return json_schema


def render_document(resources: Iterable[Routes]) -> str:
    """The OpenAPI document of the given resources as text."""
    return json.dumps(build_document(resources), indent=1, ensure_ascii=False) + "\n"


References = Mapping[tuple[Any, JsonSchemaMode], dict[str, Any]]


def _list_models(routes: Iterable[Route]) -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    yield Problem, "serialization"
    yield FieldError, "serialization"
    for route in routes:
        if _is_model(route.response_model):
            yield route.response_model, "serialization"
        for model in _body_models(route).values():
            if model is not None:
                yield model, "validation"


def _body_models(route: Route) -> dict[str, type[BaseModel] | None]:
    """The media types that a route consumes, with the model of those that have one."""
    return {kind: route.body or route.body_models.get(kind) for kind in route.consumes}


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _list_security(route: Route) -> list[dict[str, list[str]]]:
    """The scopes that a key may have, one of which suffices."""
    if route.scope == "public":
        return []
    scopes = [] if route.scope == "any" else [route.scope]
    return [{"key": scopes}] if route.other_scope is None else [{"key": scopes}, {"key": [route.other_scope]}]


def _build_operation(route: Route, references: References) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "x-scope": route.scope,
        "security": _list_security(route),
    }
    if parameters := list(_list_parameters(route)):
        operation["parameters"] = parameters
    if route.consumes:
        operation["requestBody"] = {"required": True, "content": _build_request_content(route, references)}
    problems = {
        str(status): {"$ref": f"#/components/responses/{_component_name(kinds)}"}
        for status, kinds in _problems_by_status(route).items()
    }
    operation["responses"] = {**_build_responses(route, references), **problems}
    return operation


def _list_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for part, kind in route.path_parameters.items():
        yield {"name": part, "in": "path", "required": True, "schema": kind.json_schema()}
    schema = route.query.model_json_schema()
    for name, field in schema.get("properties", {}).items():
        inlined = _without_null(inline_references(field, schema.get("$defs", {})))
        description = inlined.pop("description", "")
        parameter = {"name": name, "in": "query", "description": description, "schema": inlined}
        if name in schema.get("required", ()):
            parameter["required"] = True
        if "array" in json.dumps(inlined):
            parameter |= {"style": "form", "explode": False}
        yield parameter
    for name in route.request_headers:
        yield {"name": name, "in": "header", **REQUEST_HEADERS[name]}


def inline_references(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """A schema with its references replaced, for parameters, which have no definitions."""
    if isinstance(schema, dict):
        fields = cast("dict[str, Any]", schema)
        if "$ref" in fields:
            return inline_references(definitions[fields["$ref"].rsplit("/", 1)[1]], definitions)
        return {key: inline_references(value, definitions) for key, value in fields.items() if key != "title"}
    if isinstance(schema, list):
        return [inline_references(item, definitions) for item in cast("list[Any]", schema)]
    return schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without null: an optional parameter is left out, not null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if not kinds:
        return schema
    only = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return {**only, **{key: value for key, value in schema.items() if key not in {"anyOf", "default"}}}


def _build_request_content(route: Route, references: References) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for kind, model in _body_models(route).items():
        schema = references[model, "validation"] if model is not None else _file_schema(kind)
        content[kind] = {"schema": schema}
    if route.example is not None:
        content["application/json"]["example"] = route.example
    return content


def _file_schema(kind: str) -> dict[str, Any]:
    if kind == "text/event-stream":  # OpenAPI 3.1 has no schema for a sequence of events
        return {}
    is_text = kind.startswith("text/") or kind == "application/x-ndjson"
    return {"type": "string"} if is_text else {"type": "string", "contentMediaType": kind}


def _build_responses(route: Route, references: References) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for kind in route.produces:
        if kind.endswith("json"):
            is_model = _is_model(route.response_model)
            schema = references[route.response_model, "serialization"] if is_model else {"type": "object"}
        else:
            schema = _file_schema(kind)
        content[kind] = {"schema": schema}
    success: dict[str, Any] = {"description": route.summary, "content": content}
    if route.status in {201, 202, 302}:
        success["headers"] = {"Location": {"description": "The address of the resource.", "schema": {"type": "string"}}}
    responses: dict[str, Any] = {str(route.status): success}
    for status, meaning in route.other_statuses.items():
        has_body = status not in {204, 304}
        responses[str(status)] = {"description": meaning, **({"content": content} if has_body else {})}
    return responses


def _problems_by_status(route: Route) -> dict[int, list[ProblemKind]]:
    """The problems that a route may respond with, by status; to clients of other protocols what is invalid is 400."""
    slugs = [*route.problems, *COMMON_PROBLEMS]
    if route.scope != "public":
        slugs += KEY_PROBLEMS
    if route.consumes:
        slugs += BODY_PROBLEMS
    if "application/json" in route.consumes:
        slugs += JSON_PROBLEMS
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in (PROBLEM_KINDS[slug] for slug in dict.fromkeys(slugs)):
        is_translated = kind.status == 422 and route.translate_problem is not None
        status = 400 if is_translated else kind.status
        if status not in {None, route.status, *route.other_statuses}:
            by_status.setdefault(cast("int", status), []).append(kind)
    return dict(sorted(by_status.items()))


def _problem_responses(routes: Iterable[Route]) -> dict[str, list[ProblemKind]]:
    return {_component_name(kinds): kinds for route in routes for kinds in _problems_by_status(route).values()}


def _component_name(kinds: Iterable[ProblemKind]) -> str:
    return "-or-".join(kind.slug for kind in kinds)


def _build_problem_response(kinds: list[ProblemKind]) -> dict[str, Any]:
    examples = {
        kind.slug: {"value": {"type": kind.type, "title": kind.title, "status": kind.status, "detail": kind.meaning}}
        for kind in kinds
    }
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    description = "; or: ".join(kind.title for kind in kinds)
    response = {"description": description, "content": {"application/problem+json": content}}
    headers = PROBLEM_HEADERS.get(cast("int", kinds[0].status))
    return {**response, "headers": headers} if headers else response
