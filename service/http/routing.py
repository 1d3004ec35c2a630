"""Declarative routes: a route's checks, its response and its part of the OpenAPI document come from its declaration.

To add a route, decorate a function with the resource's `Routes`; it gets its arguments by their names:

    routes = Routes("datasets", "Uploaded tables.")

    @routes.get("/v1/datasets/{id}/rows", scope="read", summary="Rows of a dataset", problems=("not-found",))
    def rows(context: Context, id: str, query: RowsQuery) -> RowsResponse: ...

- `context: Context` comes first: the services, the owner, the request.
- a parameter named as a `{part}` of the path is that part of the address, without control characters.
- `query: SomeQuery` (a subclass of `Query`) is the parsed query string; without it every parameter is refused.
- `body: SomeSpec` (a `StrictModel`) is the parsed JSON body. A route that parses its body itself lists the media types
  in `consumes=` instead, and reads `context.raw_body`, or `context.upload` if it is a file.
- it returns a `ResponseModel`, which is sent as JSON with the declared status, or a response of its own: a
  `json_response` with another status or headers, Flask's `Response`, or a `RawResponse` where every microsecond counts.

It raises `errors.ProblemError`, or an exception of the store or tables, which `errors` maps to a problem. Every route
needs a `scope`, which a key must have. A new `Routes` is listed in `app.ROUTES`.
"""

import inspect
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, Required, TypedDict, TypeVar, Unpack, get_args, get_type_hints

from flask import Request, Response
from pydantic import BaseModel, TypeAdapter
from werkzeug.routing import Map, UnicodeConverter

from contract.states import Scope
from service.http import bodies, csrf
from service.http.app import App
from service.http.auth import Credentials, RequiredScope
from service.http.decompression import decompress
from service.http.errors import ProblemError
from service.http.pagination import NoQuery, Query, parse_query
from service.http.request_context import HttpServices, RequestContext, require_disk_space
from service.http.responses import RawResponse, hold_slot_while_sent, json_response
from service.http.strict_json import CONTROL

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
SCOPES: Final = ("public", "any", *get_args(Scope))

MAX_SPEC_BYTES: Final = 2**20
"""The most bytes of strictly parsed JSON: listing their errors takes up to a second."""
MAX_PART_CHARS: Final = 256

Handler = TypeVar("Handler", bound=Callable[..., Any])
View = Callable[..., Response | RawResponse]
"""Answers a request, given the parts of its path by name."""


class RouteOptions(TypedDict, total=False):
    """The declaration of a route."""

    scope: Required[RequiredScope]
    """The scope that a key must have, `any` for every key, or `public`."""
    other_scope: Scope
    """A scope that suffices instead."""
    summary: Required[str]
    """One line for the OpenAPI document; the function's docstring is the description."""
    status: int
    """The status of a returned model; 200."""
    response_model: Any
    """The model of the response, if the function returns a `Response`."""
    other_statuses: Mapping[int, str]
    """Further statuses that are no problems, with their descriptions: `{304: "Nothing changed."}`."""
    consumes: tuple[str, ...]
    """Media types of a body that the function parses itself from `context.raw_body`."""
    media_type_aliases: Mapping[str, str]
    """Other media types that are taken for one in `consumes`; '' for none."""
    uploads: bool
    """Whether the body is a file: limited by disk and owner, and streamed as `context.upload`."""
    large_body: bool
    """Whether the body may have GRADUS_MAX_BODY_BYTES, and not only MAX_SPEC_BYTES."""
    body_models: Mapping[str, type[BaseModel]]
    """Models of bodies in `consumes`, for the OpenAPI document."""
    produces: tuple[str, ...]
    """Media types of the response; JSON."""
    request_headers: tuple[str, ...]
    """Request headers that the function reads, out of `openapi.REQUEST_HEADERS`."""
    problems: tuple[str, ...]
    """Slugs of problems, besides those that every route may respond with."""
    translate_problem: Callable[[ProblemError], ProblemError]
    """What a problem becomes for the clients of another protocol."""
    example: Any
    """An example of the JSON body."""


@dataclass(frozen=True)
class Route:
    """A route; created by `Routes`, used by the app and the OpenAPI document. `RouteOptions` describes its options."""

    method: Method
    path: str
    scope: RequiredScope
    summary: str
    handler: Callable[..., Any]
    tag: str
    description: str
    path_parameters: Mapping[str, TypeAdapter[Any]]
    """The names between braces in the path, each with its type."""
    body: type[BaseModel] | None
    query: type[Query]
    response_model: Any
    consumes: tuple[str, ...]
    other_scope: Scope | None = None
    status: int = 200
    other_statuses: Mapping[int, str] = field(default_factory=dict[int, str])
    media_type_aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    uploads: bool = False
    large_body: bool = False
    body_models: Mapping[str, type[BaseModel]] = field(default_factory=dict[str, type[BaseModel]])
    produces: tuple[str, ...] = ("application/json",)
    request_headers: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    translate_problem: Callable[[ProblemError], ProblemError] | None = None
    example: Any = None

    @property
    def operation_id(self) -> str:
        """The route's name for generated clients, such as `datasets_rows`."""
        return f"{self.tag}_{self.handler.__name__}"


class Routes:
    """The routes of one resource, in the order in which they are declared."""

    def __init__(self, tag: str, description: str) -> None:
        self.tag = tag
        self.description = description
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a GET."""
        return self._declare("GET", path, options)

    def post(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a POST."""
        return self._declare("POST", path, options)

    def put(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a PUT."""
        return self._declare("PUT", path, options)

    def patch(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a PATCH."""
        return self._declare("PATCH", path, options)

    def delete(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a DELETE."""
        return self._declare("DELETE", path, options)

    def _declare(self, method: Method, path: str, options: RouteOptions) -> Callable[[Handler], Handler]:
        if options.get("scope") not in SCOPES:
            raise TypeError(f"{method} {path} needs one of the scopes {', '.join(SCOPES)}")

        def declare(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            returned = hints.get("return")
            declared: dict[str, Any] = {
                "response_model": None if returned in {Response, RawResponse, Response | RawResponse} else returned,
                "consumes": ("application/json",) if "body" in hints else (),
                **options,
            }
            route = Route(
                method=method,
                path=path,
                handler=handler,
                tag=self.tag,
                description=inspect.cleandoc(handler.__doc__ or ""),
                path_parameters={part: TypeAdapter(hints.get(part, str)) for part in re.findall(r"{(\w+)}", path)},
                body=hints.get("body"),
                query=hints.get("query", NoQuery),
                **declared,
            )
            names = set(inspect.signature(handler).parameters)
            if extra := names ^ ({"context", *route.path_parameters} | ({"body", "query"} & names)):
                raise TypeError(f"{method} {path}: parameters and path do not agree on {', '.join(sorted(extra))}")
            self._routes.append(route)
            return handler

        return declare


class _ExceptWords(UnicodeConverter):
    """A part of a path, except the words that have routes of their own in its place.

    So `/v1/jobs/validate` has only the methods of its own route, and not those of a job of that name.
    """

    part_isolating = True

    def __init__(self, rules: Map, *words: str) -> None:
        super().__init__(rules)
        self.regex = f"(?!(?:{'|'.join(map(re.escape, words))})$)[^/]+"


def install_routes(app: App, routes: Sequence[Route], services: HttpServices) -> None:
    """Add routes to an app."""
    app.url_map.converters["other"] = _ExceptWords
    for route in routes:
        _install_route(app, route, _to_flask_rule(route.path, [other.path for other in routes]), services)


def _to_flask_rule(path: str, paths: Iterable[str]) -> str:
    """A path as a rule of Flask, given all paths."""

    def to_converter(match: re.Match[str]) -> str:
        before = path[: match.start()]
        after = {other.removeprefix(before).partition("/")[0] for other in paths if other.startswith(before)}
        words = sorted(word for word in after if not word.startswith("{"))
        return f"<other({', '.join(map(repr, words))}):{match[1]}>" if words else f"<{match[1]}>"

    return re.sub(r"{(\w+)}", to_converter, path)


def _install_route(app: App, route: Route, rule: str, services: HttpServices) -> None:
    endpoint = f"{route.method} {route.path}"
    app.add_url_rule(rule, endpoint=endpoint, view_func=create_view(route, services), methods=[route.method])
    if route.translate_problem is not None:
        app.problem_translators[endpoint] = route.translate_problem


def create_view(route: Route, services: HttpServices) -> View:
    """The function that answers a request to a route, given the parts of its path: all checks, then the handler."""
    max_body_bytes = services.settings.max_body_bytes
    limit = max_body_bytes if route.large_body else min(max_body_bytes, MAX_SPEC_BYTES)

    def view(request: Request, **parts: str) -> Response | RawResponse:
        csrf.require_same_origin(request)
        credentials = Credentials.from_request(request)
        authenticate = partial(services.authenticator.authenticate, credentials, route.scope, route.other_scope)
        owner = authenticate()
        if route.scope != "public":
            services.limits.count_request(owner)
        arguments = _parse_parameters(route, request, parts)
        media_type = ""
        if route.consumes:
            media_type = bodies.require_media_type(request, route.consumes, route.media_type_aliases)
        raw_body = b""
        if route.consumes and not route.uploads:
            raw_body = bodies.read_body(request, limit, services.connection_slots, owner)
        uploading = _open_upload(services, request, owner, media_type) if route.uploads else nullcontext(iter(()))
        with uploading as upload:
            if route.body is not None:
                arguments["body"] = bodies.parse_model(raw_body, route.body)
            context = RequestContext(services, request, authenticate, owner, media_type, raw_body, upload)
            result = route.handler(context=context, **arguments)
        if isinstance(result, BaseModel):
            result = json_response(result, route.status)
        holder = owner if route.scope != "public" else request.remote_addr or ""
        return hold_slot_while_sent(result, services.connection_slots, holder, authenticate)

    return view


def _parse_parameters(route: Route, request: Request, parts: Mapping[str, str]) -> dict[str, Any]:
    """The arguments that a handler gets from the path and the query string."""
    for part in parts.values():
        if len(part) > MAX_PART_CHARS or CONTROL.search(part):
            raise ProblemError("not-found", "There is nothing with this name.")
    if route.query is not NoQuery:
        return {**parts, "query": parse_query(request, route.query)}
    if request.query_string:
        parse_query(request, NoQuery)
    return dict(parts)


@contextmanager
def _open_upload(services: HttpServices, request: Request, owner: str, media_type: str) -> Generator[Iterator[bytes]]:
    """The decompressed chunks of an upload, within the limits of owner, connection slots and disk."""
    settings = services.settings
    max_plain_bytes = settings.max_body_bytes if media_type == "application/json" else settings.max_upload_bytes
    limit = services.limits.max_upload_bytes(max_plain_bytes)
    is_gzip = bodies.require_encoding(request, may_be_gzip=True)
    length = bodies.require_length(request, limit)
    require_disk_space(services, length or 0)
    chunks = bodies.read_chunks(request, length, limit, services.connection_slots, owner)
    with closing(chunks), services.limits.count_upload(owner, chunks, length) as counted:
        yield decompress(counted, max_plain_bytes, always=True) if is_gzip else counted
