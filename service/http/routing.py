"""Routes that say everything about themselves, so that checks, answers and the OpenAPI document come from one place.

To add a route, take the resource's `Routes` and decorate a function; what its parameters are called says what it gets:

    routes = Routes("datasets", "Uploaded tables.")

    @routes.get("/v1/datasets/{id}/rows", scope="read", summary="Rows of a dataset", problems=("not-found",))
    def rows(call: Call, id: str, query: RowsQuery) -> RowsResponse: ...

- `call: Call` comes first: the backing services, the owner, headers that were understood.
- a parameter named as a `{part}` of the path is that part of the address (it has no control characters).
- `query: SomeQuery` (a subclass of `Query`) is the parsed query string. Without it every parameter is refused.
- `body: SomeSpec` (a `StrictModel`) is the parsed JSON body. A route that reads its body itself names the media types
  that it takes in `takes=` instead, and reads `call.request` by the functions of `bodies`.
- what it returns is a `ResponseModel` (status as declared), a `Reply` with its own status and headers, or Flask's
  `Response` for what is not JSON, or a `Whole` for what is in a hurry (declare its media types in `gives=`).

It raises: `errors.Refused`, or an exception of the store or tables; `errors` makes problems of them. `scope` is who may
use the route; a route cannot be made without. At last, name the `Routes` in `app.ROUTES`.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, Required, TypedDict, TypeVar, Unpack, get_args, get_type_hints

from flask import Flask, Request, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.orm import Session
from werkzeug.routing import Map, UnicodeConverter

from contract.states import Scope
from service.http import csrf
from service.http.auth import Credentials, Needed
from service.http.errors import Refused
from service.http.pagination import NO_QUERY, Query, parsed_query
from service.http.responses import Whole
from service.request_bodies import reading as bodies
from service.request_bodies.strict_json import CONTROL
from service.services import Backing
from store.database import begin_read, begin_write

Method = Literal["GET", "POST", "PUT", "DELETE"]
SCOPES: Final = ("public", *get_args(Scope))

LARGEST_SPEC: Final = 2**20
"""How many bytes of JSON that is read strictly there may be: it takes up to a second to say what is wrong with them."""

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Call:
    """One request, understood: what a route's function works with.

    Attributes:
        backing: settings, sessions, files, hints.
        request: Flask's request, for bodies that are read by the route itself and for special headers.
        authenticate: whose things this call may see; asked again whenever it turns to the database, since the key of a
            call that lasts may be revoked meanwhile.
        owner: what it answered at first.
        media_type: the body's, if the route takes one; one of those that it takes.
        raw: the bytes of a JSON body that the router read; empty otherwise.
    """

    backing: Backing
    request: Request
    authenticate: Callable[[], str]
    owner: str
    media_type: str = ""
    raw: bytes = b""

    def reading(self) -> AbstractContextManager[Session]:
        """A session that reads."""
        self.authenticate()
        return begin_read(self.backing.sessions)

    def writing(self) -> AbstractContextManager[Session]:
        """A session that writes, and commits at the end of the `with`."""
        self.authenticate()
        return begin_write(self.backing.sessions)


@dataclass(frozen=True)
class Reply:
    """An answer with another status than the declared one, or with headers."""

    answer: BaseModel
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class About(TypedDict, total=False):
    """What is declared about a route."""

    scope: Required[Needed]
    """Who may use it: what a key must be allowed, or `public`."""
    summary: Required[str]
    """One line for the OpenAPI document; the function's docstring is the description."""
    status: int
    """The status of an answer that says nothing else; 200."""
    answer: Any
    """The model of the answer, where the function returns a `Reply` or Flask's `Response`."""
    also: Mapping[int, str]
    """Further statuses that are not problems, each with what it means: `{304: "Nothing changed."}`."""
    takes: tuple[str, ...]
    """Media types of a body that the function reads itself."""
    forms: Mapping[str, type[BaseModel]]
    """For the OpenAPI document, models of those bodies in `takes` that have one."""
    gives: tuple[str, ...]
    """Media types of the answer; JSON."""
    headers: tuple[str, ...]
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
    scope: Needed
    summary: str
    handler: Callable[..., Any]
    tag: str
    description: str
    parts: Mapping[str, TypeAdapter[Any]]
    """The names between braces in the path, each with what may stand there."""
    body: type[BaseModel] | None
    query: type[Query]
    answer: Any
    status: int
    also: Mapping[int, str]
    takes: tuple[str, ...]
    forms: Mapping[str, type[BaseModel]]
    gives: tuple[str, ...]
    headers: tuple[str, ...]
    problems: tuple[str, ...]
    example: Any

    @property
    def operation(self) -> str:
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

    def get(self, path: str, **about: Unpack[About]) -> Callable[[Handler], Handler]:
        """Declare a GET; see `About`."""
        return self._declare("GET", path, about)

    def post(self, path: str, **about: Unpack[About]) -> Callable[[Handler], Handler]:
        """Declare a POST; see `About`."""
        return self._declare("POST", path, about)

    def put(self, path: str, **about: Unpack[About]) -> Callable[[Handler], Handler]:
        """Declare a PUT; see `About`."""
        return self._declare("PUT", path, about)

    def delete(self, path: str, **about: Unpack[About]) -> Callable[[Handler], Handler]:
        """Declare a DELETE; see `About`."""
        return self._declare("DELETE", path, about)

    def _declare(self, method: Method, path: str, about: About) -> Callable[[Handler], Handler]:
        if about.get("scope") not in SCOPES:
            raise TypeError(f"{method} {path} needs one of the scopes {', '.join(SCOPES)}")

        def declare(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            returned = hints.get("return")
            made = Route(
                method=method,
                path=path,
                scope=about["scope"],
                summary=about["summary"],
                handler=handler,
                tag=self.tag,
                description=inspect.cleandoc(handler.__doc__ or ""),
                parts={part: TypeAdapter(hints.get(part, str)) for part in re.findall(r"{(\w+)}", path)},
                body=hints.get("body"),
                query=hints.get("query", NO_QUERY),
                answer=about.get(
                    "answer", None if returned in {Reply, Response, Whole, Response | Whole} else returned
                ),
                status=about.get("status", 200),
                also=about.get("also", {}),
                takes=about.get("takes", ("application/json",) if "body" in hints else ()),
                forms=about.get("forms", {}),
                gives=about.get("gives", ("application/json",)),
                headers=about.get("headers", ()),
                problems=about.get("problems", ()),
                example=about.get("example"),
            )
            wanted = set(inspect.signature(handler).parameters)
            if extra := wanted ^ ({"call", *made.parts} | ({"body", "query"} & wanted)):
                raise TypeError(f"{method} {path}: parameters and path do not agree on {', '.join(sorted(extra))}")
            self._routes.append(made)
            return handler

        return declare


class _Other(UnicodeConverter):
    """A part of an address other than the words that have routes of their own in its place.

    So `/v1/jobs/validate` takes what its route takes, and not also what a job of that name would take.
    """

    part_isolating = True

    def __init__(self, rules: Map, *words: str) -> None:
        super().__init__(rules)
        self.regex = f"(?!(?:{'|'.join(map(re.escape, words))})$)[^/]+"


def install(app: Flask, routes: Sequence[Route], backing: Backing) -> None:
    """Let an app answer routes."""
    app.url_map.converters["other"] = _Other
    for route in routes:
        _install(app, route, _rule(route.path, [other.path for other in routes]), backing)


def _rule(path: str, paths: Iterable[str]) -> str:
    """A path as Flask writes it, beside all the paths that there are."""

    def part(found: re.Match[str]) -> str:
        before = path[: found.start()]
        after = {other.removeprefix(before).partition("/")[0] for other in paths if other.startswith(before)}
        words = sorted(word for word in after if not word.startswith("{"))
        return f"<other({', '.join(map(repr, words))}):{found[1]}>" if words else f"<{found[1]}>"

    return re.sub(r"{(\w+)}", part, path)


def _install(app: Flask, route: Route, rule: str, backing: Backing) -> None:
    limit = min(backing.settings.max_body_bytes, LARGEST_SPEC)

    def view(request: Request, **parts: str) -> Response | Whole:
        csrf.require_same(request)
        authenticate = partial(backing.keys.owner_of, Credentials.of(request), route.scope)
        owner = authenticate()
        if route.scope != "public":
            backing.limits.admit(owner)
        for part in parts.values():
            if len(part) > 256 or CONTROL.search(part):
                raise Refused("not-found", "There is nothing with this name.")
        arguments: dict[str, Any] = dict(parts)
        if route.query is not NO_QUERY:
            arguments["query"] = parsed_query(request, route.query)
        elif request.query_string:
            parsed_query(request, NO_QUERY)
        media_type, raw = "", b""
        if route.takes:
            media_type = bodies.media_type(request, route.takes)
        if route.body is not None:
            bodies.plain(request)
            raw = bodies.whole(request, limit)
            arguments["body"] = bodies.json_model(raw, route.body)
        call = Call(backing, request, authenticate, owner, media_type, raw)
        result = route.handler(call=call, **arguments)
        return result if isinstance(result, Whole) else response(result, route.status)

    app.add_url_rule(rule, endpoint=f"{route.method} {route.path}", view_func=view, methods=[route.method])


def response(result: "BaseModel | Reply | Response", status: int) -> Response:
    """What a route's function returned, as Flask's response."""
    if isinstance(result, Response):
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    made = Response(reply.answer.model_dump_json(), status=reply.status or status, content_type="application/json")
    made.headers.update(reply.headers)
    return made
