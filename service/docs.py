"""The API's documentation, for machines at /openapi.json and for people at /docs: to read, and to try out.

Everything is served from here, so that it works offline, under a policy that lets the browser run nothing else.
"""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final, cast

from flask import Response

from service.edge.errors import Refused
from service.edge.routing import Call, Routes

routes = Routes("docs", "The documentation of this API.")

STATIC: Final = Path(__file__).with_name("static")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@routes.get("/", scope="public", summary="To the documentation", status=302, gives=("text/html",))
def front(call: Call) -> Response:  # noqa: ARG001 - whoever asks is sent there
    """A browser that opens the bare address is sent to `/docs`."""
    return Response("", 302, {"Location": "/docs"}, content_type="text/html; charset=utf-8")


@routes.get("/openapi.json", scope="public", summary="This API as OpenAPI 3.1", answer=dict)
def openapi(call: Call) -> Response:
    """Made from the code that answers."""
    document = cast("str", call.request.environ["gradus.app"].extensions["openapi"]())
    return _conditional(call, Response(document, content_type="application/json"))


@routes.get("/docs", scope="public", summary="This API as a page to read and try", gives=("text/html",))
def page(call: Call) -> Response:
    """Swagger UI; needs no other server."""
    return _asset(call, "docs.html")


@routes.get("/docs/{name}", scope="public", summary="A part of the page", gives=("*/*",), problems=("not-found",))
def part(call: Call, name: str) -> Response:
    """Scripts of our own."""
    return _asset(call, name)


@routes.get(
    "/docs/swagger-ui/{name}", scope="public", summary="A part of Swagger UI", gives=("*/*",), problems=("not-found",)
)
def swagger_ui(call: Call, name: str) -> Response:
    """Swagger UI's own files, and its licences."""
    return _asset(call, f"swagger-ui/{name}")


@cache
def _assets() -> dict[str, Path]:
    """What may be served, by name: paths come from this list and never from a request."""
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}


def _asset(call: Call, name: str) -> Response:
    path = _assets().get(name)
    if path is None:
        raise Refused("not-found", "There is no such file.")
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    response = Response(path.read_bytes(), content_type=f"{kind}{charset}")
    response.headers["Content-Security-Policy"] = POLICY
    return _conditional(call, response)


def _conditional(call: Call, response: Response) -> Response:
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(call.request)
    return response
