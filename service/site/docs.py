"""The API's documentation, for machines at /openapi.json and for people at /docs: to read, and to try out.

Everything is served from here, so that it works offline.
"""

from typing import cast

from flask import Response

from service.http.routing import Call, Routes
from service.site.assets import asset, conditional

routes = Routes("docs", "The documentation of this API.")


@routes.get("/openapi.json", scope="public", summary="This API as OpenAPI 3.1", answer=dict)
def openapi(call: Call) -> Response:
    """Made from the code that answers."""
    document = cast("str", call.request.environ["gradus.app"].extensions["openapi"]())
    return conditional(call, Response(document, content_type="application/json"))


@routes.get("/docs", scope="public", summary="This API as a page to read and try", gives=("text/html",))
def page(call: Call) -> Response:
    """Swagger UI; needs no other server."""
    return asset(call, "docs.html")


@routes.get("/docs/{name}", scope="public", summary="A part of the page", gives=("*/*",), problems=("not-found",))
def part(call: Call, name: str) -> Response:
    """Scripts of our own."""
    return asset(call, name)


@routes.get(
    "/docs/swagger-ui/{name}", scope="public", summary="A part of Swagger UI", gives=("*/*",), problems=("not-found",)
)
def swagger_ui(call: Call, name: str) -> Response:
    """Swagger UI's own files, and its licences."""
    return asset(call, f"swagger-ui/{name}")
