"""Routes that declare everything about themselves: checks, responses and the OpenAPI document come from them.

To add a route, take the resource's `Routes` and decorate a function; the names of its parameters say what it gets:

    routes = Routes("datasets", "Uploaded tables.")

    @routes.get("/v1/datasets/{id}/rows", scope="read", summary="Rows of a dataset", problems=("not-found",))
    def rows(context: Context, id: str, query: RowsQuery) -> RowsResponse: ...

- `context: Context` comes first: the services, the owner, the request's headers.
- a parameter named as a `{part}` of the path is that part of the address (it has no control characters).
- `query: SomeQuery` (a subclass of `Query`) is the parsed query string. Without it every parameter is refused.
- `body: SomeSpec` (a `StrictModel`) is the parsed JSON body. A route that reads its body itself names the media types
  in `consumes=` instead, and reads `context.request` by the functions of `request_bodies`.
- it returns a `ResponseModel`, which goes out as JSON with the declared status, or a response of its own: a
  `json_response` with another status or headers, Flask's `Response`, or a `RawResponse` where every microsecond counts.

It raises `errors.ProblemError`, or an exception of the store or tables, of which `errors` makes problems. `scope` is
what a key must allow; every route needs one. At last, name the `Routes` in `app.ROUTES`.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Required, TypedDict, TypeVar, Unpack, get_args, get_type_hints

from flask import Flask, Request, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.orm import Session
from werkzeug.routing import Map, UnicodeConverter

from contract.states import Scope
from service.http import csrf
from service.http.auth import Credentials, RequiredScope
from service.http.errors import ProblemError
from service.http.pagination import NoQuery, Query, parse_query
from service.http.responses import RawResponse, json_response
from service.request_bodies import reading as bodies
from service.request_bodies.strict_json import CONTROL
from service.services import Services
from store.database import begin_read, begin_write

Method = Literal["GET", "POST", "PUT", "DELETE"]
SCOPES: Final = ("public", *get_args(Scope))

MAX_SPEC_BYTES: Final = 2**20
"""How many bytes of JSON that is read strictly there may be: it takes up to a second to say what is wrong with them."""

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Context:
    """One request, understood: what a route's function works with.

    Attributes:
        services: settings, sessions, files, hints.
        request: Flask's request, for bodies that are read by the route itself and for special headers.
        authenticate: whose things this call may see; asked again whenever it turns to the database, since the key of a
            call that lasts may be revoked meanwhile.
        owner: what it answered at first.
        media_type: the body's, if the route takes one; one of those that it takes.
        raw_body: the body, if the router read it; empty otherwise.
    """

    services: Services
    request: Request
    authenticate: Callable[[], str]
    owner: str
    media_type: str = ""
    raw_body: bytes = b""

    def begin_read(self) -> AbstractContextManager[Session]:
        """A session that reads."""
        self.authenticate()
        return begin_read(self.services.sessions)

    def begin_write(self) -> AbstractContextManager[Session]:
        """A session that writes, and commits at the end of the `with`."""
        self.authenticate()
        return begin_write(self.services.sessions)


class RouteOptions(TypedDict, total=False):
    """What is declared about a route."""

    scope: Required[RequiredScope]
    """Who may use it: what a key must be allowed, or `public`."""
    summary: Required[str]
    """One line for the OpenAPI document; the function's docstring is the description."""
    status: int
    """The status of an answer that says nothing else; 200."""
    response_model: Any
    """The model of the response, where the function returns a `Response`."""
    other_statuses: Mapping[int, str]
    """Further statuses that are not problems, each with what it means: `{304: "Nothing changed."}`."""
    body_in_memory: Literal["spec", "table"]
    """Has the router read the whole body, uncompressed, into `context.raw_body`, for a function that parses it itself:
    of up to `MAX_SPEC_BYTES`, or of as many bytes as the operator allows."""
    consumes: tuple[str, ...]
    """Media types of a body that the function reads itself."""
    body_models: Mapping[str, type[BaseModel]]
    """For the OpenAPI document, models of those bodies in `takes` that have one."""
    produces: tuple[str, ...]
    """Media types of the answer; JSON."""
    request_headers: tuple[str, ...]
    """Request headers that the function looks at, out of `openapi.HEADERS`."""
    problems: tuple[str, ...]
    """Slugs of what is answered instead, besides those that every route may answer."""
    example: Any
    """An example of the JSON body."""


@dataclass(frozen=True)
class Route:
    """Everything about a route; made by `Routes`, used by the app and by OpenAPI."""

    method: Method
    path: str
    scope: RequiredScope
    summary: str
    handler: Callable[..., Any]
    tag: str
    description: str
    path_parameters: Mapping[str, TypeAdapter[Any]]
    """The names between braces in the path, each with what may stand there."""
    body: type[BaseModel] | None
    query: type[Query]
    response_model: Any
    status: int
    other_statuses: Mapping[int, str]
    body_in_memory: Literal["spec", "table"] | None
    consumes: tuple[str, ...]
    body_models: Mapping[str, type[BaseModel]]
    produces: tuple[str, ...]
    request_headers: tuple[str, ...]
    problems: tuple[str, ...]
    example: Any

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
        """Declare a GET; see `About`."""
        return self._declare("GET", path, options)

    def post(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a POST; see `About`."""
        return self._declare("POST", path, options)

    def put(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a PUT; see `About`."""
        return self._declare("PUT", path, options)

    def delete(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Declare a DELETE; see `About`."""
        return self._declare("DELETE", path, options)

    def _declare(self, method: Method, path: str, options: RouteOptions) -> Callable[[Handler], Handler]:
        if options.get("scope") not in SCOPES:
            raise TypeError(f"{method} {path} needs one of the scopes {', '.join(SCOPES)}")

        def declare(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            returned = hints.get("return")
            made = Route(
                method=method,
                path=path,
                scope=options["scope"],
                summary=options["summary"],
                handler=handler,
                tag=self.tag,
                description=inspect.cleandoc(handler.__doc__ or ""),
                path_parameters={part: TypeAdapter(hints.get(part, str)) for part in re.findall(r"{(\w+)}", path)},
                body=hints.get("body"),
                query=hints.get("query", NoQuery),
                response_model=options.get(
                    "response_model",
                    None if returned in {Response, RawResponse, Response | RawResponse} else returned,
                ),
                status=options.get("status", 200),
                other_statuses=options.get("other_statuses", {}),
                body_in_memory=options.get("body_in_memory"),
                consumes=options.get("consumes", ("application/json",) if "body" in hints else ()),
                body_models=options.get("body_models", {}),
                produces=options.get("produces", ("application/json",)),
                request_headers=options.get("request_headers", ()),
                problems=options.get("problems", ()),
                example=options.get("example"),
            )
            wanted = set(inspect.signature(handler).parameters)
            if extra := wanted ^ ({"context", *made.path_parameters} | ({"body", "query"} & wanted)):
                raise TypeError(f"{method} {path}: parameters and path do not agree on {', '.join(sorted(extra))}")
            self._routes.append(made)
            return handler

        return declare


class _ExceptWords(UnicodeConverter):
    """A part of an address other than the words that have routes of their own in its place.

    So `/v1/jobs/validate` takes what its route takes, and not also what a job of that name would take.
    """

    part_isolating = True

    def __init__(self, rules: Map, *words: str) -> None:
        super().__init__(rules)
        self.regex = f"(?!(?:{'|'.join(map(re.escape, words))})$)[^/]+"


def install_routes(app: Flask, routes: Sequence[Route], services: Services) -> None:
    """Let an app answer routes."""
    app.url_map.converters["other"] = _ExceptWords
    for route in routes:
        _install_route(app, route, _to_flask_rule(route.path, [other.path for other in routes]), services)


def _to_flask_rule(path: str, paths: Iterable[str]) -> str:
    """A path as Flask writes it, beside all the paths that there are."""

    def part(found: re.Match[str]) -> str:
        before = path[: found.start()]
        after = {other.removeprefix(before).partition("/")[0] for other in paths if other.startswith(before)}
        words = sorted(word for word in after if not word.startswith("{"))
        return f"<other({', '.join(map(repr, words))}):{found[1]}>" if words else f"<{found[1]}>"

    return re.sub(r"{(\w+)}", part, path)


def _install_route(app: Flask, route: Route, rule: str, services: Services) -> None:
    max_body_bytes = services.settings.max_body_bytes
    limit = max_body_bytes if route.body_in_memory == "table" else min(max_body_bytes, MAX_SPEC_BYTES)

    def view(request: Request, **parts: str) -> Response | RawResponse:
        csrf.require_same_origin(request)
        authenticate = partial(services.authenticator.authenticate, Credentials.from_request(request), route.scope)
        owner = authenticate()
        if route.scope != "public":
            services.limits.count_request(owner)
        for part in parts.values():
            if len(part) > 256 or CONTROL.search(part):
                raise ProblemError("not-found", "There is nothing with this name.")
        arguments: dict[str, Any] = dict(parts)
        if route.query is not NoQuery:
            arguments["query"] = parse_query(request, route.query)
        elif request.query_string:
            parse_query(request, NoQuery)
        media_type, raw = "", b""
        if route.consumes:
            media_type = bodies.require_media_type(request, route.consumes)
        if route.body is not None or route.body_in_memory is not None:
            bodies.require_uncompressed(request)
            raw = bodies.read_body(request, limit)
        if route.body is not None:
            arguments["body"] = bodies.parse_model(raw, route.body)
        context = Context(services, request, authenticate, owner, media_type, raw)
        result = route.handler(context=context, **arguments)
        return json_response(result, route.status) if isinstance(result, BaseModel) else result

    app.add_url_rule(rule, endpoint=f"{route.method} {route.path}", view_func=view, methods=[route.method])
