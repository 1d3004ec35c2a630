"""The WSGI app: Flask without its request context, with request ids, problem documents, safe headers and a request log.

`App.wsgi_app` replaces Flask's own, so `flask.request`, `flask.g`, sessions, signals, `before_request`, `errorhandler`
and extensions that need them do not work here; views get the request as their first argument. This halves the cost of a
quick response.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import Flask, Request, Response
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter

from contract.ids import new_id
from service.http.errors import ProblemError, problem_response, to_problem_error
from service.http.request_log import RequestLog
from service.http.responses import RawResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MAX_CACHED_PATHS: Final = 4096
MAX_CACHED_PATH_CHARS: Final = 512
"""The longest path that is cached or logged whole; a name in a path has at most 256 characters."""

_SECURITY_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)
_BODY_HEADERS: Final = frozenset({"content-type", "content-length"})


CountResponse = Callable[[str | None, str, int, float, str | None], None]


class App(Flask):
    """The app of the service; a view gets the request first, and then the parameters of the path.

    Args:
        count_response: counts each response: endpoint, method, status, seconds, and the slug of a problem.
        log: logs each request; None for no log.

    Attributes:
        problem_translators: by endpoint, what a problem becomes for the clients of another protocol.
    """

    def __init__(self, count_response: CountResponse, log: RequestLog | None) -> None:
        super().__init__("service", static_folder=None)
        self.url_map.merge_slashes = False
        self.problem_translators: dict[str, Callable[[ProblemError], ProblemError]] = {}
        self._count_response = count_response
        self._log = log

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request; an exception becomes a problem document."""
        began = time.perf_counter()
        request = Request(environ, populate_request=False)  # else it refers to itself and needs the collector
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else new_id("req")
        endpoint: str | None = None
        log_fields: dict[str, str] = {}
        try:
            match = self._match if len(request.path) <= MAX_CACHED_PATH_CHARS else self._match_uncached
            endpoint, parts = match(request.path, request.method)
            response = (
                self._answer_options(request)
                if request.method == "OPTIONS"
                else self._call_view(endpoint, request, parts)
            )
        except Exception as error:
            if isinstance(error, NotFound) and _is_page_address(request):
                response = Response(status=302, headers={"Location": f"/#{quote(request.path)}"})
            else:
                problem = to_problem_error(error, request_id)
                if (translate := self.problem_translators.get(endpoint or "")) is not None:
                    problem = translate(problem)
                log_fields["problem"] = problem.kind.slug
                response = problem_response(problem, request_id)
        status, seconds = response.status_code, time.perf_counter() - began
        self._count_response(endpoint, request.method, status, seconds, log_fields.get("problem"))
        if not log_fields and (location := response.headers.get("Location")):
            log_fields["location"] = location
        if self._log is not None:
            self._log.log_response(
                method=request.method,
                path=_loggable_path(request.path),
                status=status,
                ms=round(seconds * 1000, 1),
                request_id=request_id,
                fields=log_fields,
            )
        return response(environ, _add_security_headers(start_response, request.method, request_id))

    @cached_property
    def _router(self) -> MapAdapter:
        return self.url_map.bind("")

    @cached_property
    def _match(self) -> Callable[[str, str], tuple[str, Mapping[str, Any]]]:
        """The endpoint and the path parameters for a path and a method, cached, as programs repeat the same ones."""
        return lru_cache(maxsize=MAX_CACHED_PATHS)(self._match_uncached)

    def _match_uncached(self, path: str, method: str) -> tuple[str, Mapping[str, Any]]:
        rule, parts = self._router.match(path, method, return_rule=True)
        return rule.endpoint, parts

    def _call_view(self, endpoint: str, request: Request, parts: Mapping[str, Any]) -> "Response | RawResponse":
        return self.view_functions[endpoint](request, **parts)  # type: ignore[return-value] - views are ours

    def _answer_options(self, request: Request) -> Response:
        response = Response()
        response.allow.update(self._router.allowed_methods(request.path))
        return response


def _is_page_address(request: Request) -> bool:
    """Whether a browser asks for a view of the page, whose address has a `#` that people leave out."""
    is_api = request.path.startswith(("/v1/", "/page/", "/docs/"))
    accepts = request.accept_mimetypes
    return (
        request.method in {"GET", "HEAD"}
        and not is_api
        and accepts.quality("text/html") > accepts.quality("application/json")
    )


def _loggable_path(path: str) -> str:
    return path if len(path) <= MAX_CACHED_PATH_CHARS else f"{path[:MAX_CACHED_PATH_CHARS]}…"


def _add_security_headers(start_response: "StartResponse", method: str, request_id: str) -> "StartResponse":
    """`start_response` with the request's id and security headers added, except those that the response has itself."""
    caching = ("Cache-Control", "no-cache" if method in {"GET", "HEAD"} else "no-store")
    defaults = (caching, *_SECURITY_HEADERS)

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
        own = [name.lower() for name, _ in headers]
        added = defaults if _BODY_HEADERS.issuperset(own) else [pair for pair in defaults if pair[0].lower() not in own]
        return start_response(status, [*headers, ("X-Request-Id", request_id), *added], *error)

    return start
