"""A tool of agents: one of our routes with its path, query and body as arguments, and so with all its checks.

A call makes a request in memory and passes it to the function that answers the route: no HTTP, no second validation.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from flask import Request, Response

from contract.responses import FieldError
from service.http.errors import problem_response, to_problem_error
from service.http.openapi import inline_references
from service.http.responses import RawResponse
from service.http.routing import Route, create_view
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields
from service.services import Context

JSON: Final = "application/json"
WAIT: Final = {
    "type": "number",
    "minimum": 0,
    "maximum": 60,
    "description": "Seconds to wait for a change of its status.",
}
_OWN_HEADERS: Final = (
    *("HTTP_ACCEPT", "HTTP_CONTENT_DISPOSITION", "HTTP_CONTENT_ENCODING", "HTTP_IDEMPOTENCY_KEY"),
    *("HTTP_IF_NONE_MATCH", "HTTP_LAST_EVENT_ID", "HTTP_PREFER", "HTTP_RANGE", "HTTP_TRANSFER_ENCODING"),
)
"""Headers that are about the message, and not about the request that is made of it."""


@dataclass(frozen=True)
class RequestBody:
    """A body with its media type, and what goes into the query with it."""

    data: bytes
    media_type: str = JSON
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])


def encode_json(arguments: Mapping[str, Any]) -> RequestBody:
    """All arguments as a JSON object."""
    return RequestBody(json.dumps(arguments).encode())


@dataclass(frozen=True)
class Tool:
    """A tool.

    Attributes:
        name: The name by which it is called.
        title: The name that people read.
        description: What it does, when to use it, and what to do next.
        route: The route that answers.
        path: The arguments that are parts of the path, by the part.
        query: The arguments that are in the query; without a body all are.
        shown: The names of the fields of the body that are described, though it may have others.
        described: Arguments that are described here.
        required: The names of arguments that must be there, besides those of the path.
        encode: Makes the body of what is left of the arguments.
        waits: Whether an argument `wait` may have the answer come when something changes.
        read_only: Whether nothing is changed.
        destructive: Whether something is lost.
    """

    name: str
    title: str
    description: str
    route: Route
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    described: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    required: tuple[str, ...] = ()
    encode: Callable[[Mapping[str, Any]], RequestBody] = encode_json
    waits: bool = False
    read_only: bool = True
    destructive: bool = False

    def is_for(self, scopes: list[str]) -> bool:
        """Whether a key with these scopes may call it."""
        return not {self.route.scope, self.route.other_scope, "admin"}.isdisjoint(scopes)

    def describe(self) -> dict[str, Any]:
        """The tool as agents read it."""
        properties: dict[str, Any] = {
            argument: {"type": "string", "description": f"The {argument.replace('_', ' ')}."} for argument in self.path
        }
        for model, names in ((self.route.query, self.query), (self.route.body, self.shown)):
            if model is not None and names:
                schema = model.model_json_schema()
                properties |= {
                    name: inline_references(schema["properties"][name], schema.get("$defs", {})) for name in names
                }
        properties |= self.described
        if self.waits:
            properties["wait"] = WAIT
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": {
                "type": "object",
                "properties": properties,
                "required": [*self.path, *self.required],
                "additionalProperties": bool(self.shown),
            },
            "annotations": {
                "title": self.title,
                "readOnlyHint": self.read_only,
                "destructiveHint": self.destructive,
                "openWorldHint": False,
            },
        }

    def call(self, context: Context, arguments: Mapping[str, Any], request_id: str) -> tuple[bytes, bool]:
        """The answer as JSON, and whether it is a problem."""
        try:
            request, parts = self._make_request(context.request, dict(arguments))
            response = create_view(self.route, context.services)(request, **parts)
        except Exception as error:  # as the app does it, an unexpected one is logged
            response = problem_response(to_problem_error(error, request_id), request_id)
        is_problem = response.status_code >= 400
        return response.body if isinstance(response, RawResponse) else _read(response), is_problem

    def _make_request(self, outer: Request, arguments: dict[str, Any]) -> tuple[Request, dict[str, str]]:
        parts: dict[str, str] = {}
        for argument, part in self.path.items():
            value = arguments.pop(argument, None)
            if not isinstance(value, str) or not value:
                detail = f"is required: {self.describe()['inputSchema']['properties'][argument]['description']}"
                raise invalid_fields(
                    [FieldError(pointer=f"#/{argument}", detail=detail, code="missing", given=shorten(value))]
                )
            parts[part] = value
        environ = {name: value for name, value in outer.environ.items() if name not in _OWN_HEADERS}
        wait = arguments.pop("wait", None) if self.waits else None
        if isinstance(wait, int | float):
            environ["HTTP_PREFER"] = f"wait={int(min(max(wait, 0), 60))}"
        body = RequestBody(b"", query=arguments)
        if self.route.consumes:
            query = {name: arguments.pop(name) for name in self.query if name in arguments}
            body = self.encode(arguments)
            body = RequestBody(body.data, body.media_type, {**query, **body.query})
        texts = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in body.query.items()
            if value is not None
        }
        environ |= {
            "REQUEST_METHOD": self.route.method,
            "PATH_INFO": self.route.path,
            "QUERY_STRING": urlencode(texts),
            "CONTENT_TYPE": body.media_type,
            "CONTENT_LENGTH": str(len(body.data)),
            "wsgi.input": io.BytesIO(body.data),
        }
        return Request(environ, populate_request=False), parts


def _read(response: Response) -> bytes:
    """The whole body of a response, whose slot is free again."""
    data = response.get_data()
    response.close()
    return data
