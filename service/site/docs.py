"""The API's documentation, for machines at /openapi.json and for people at /docs: to read, and to try out.

Everything is served from here, so that it works offline.
"""

from typing import cast

from flask import Response

from service.http.routing import Routes
from service.services import Context
from service.site.assets import add_etag, asset_response

routes = Routes("docs", "The documentation of this API.")


@routes.get("/openapi.json", scope="public", summary="This API as OpenAPI 3.1", response_model=dict)
def openapi(context: Context) -> Response:
    """Made from the code that answers."""
    document = cast("str", context.request.environ["gradus.app"].extensions["openapi"]())
    return add_etag(context, Response(document, content_type="application/json"))


@routes.get("/docs", scope="public", summary="This API as a page to read and try", produces=("text/html",))
def page(context: Context) -> Response:
    """Swagger UI; needs no other server."""
    return asset_response(context, "docs.html")


@routes.get("/docs/{name}", scope="public", summary="A part of the page", produces=("*/*",), problems=("not-found",))
def part(context: Context, name: str) -> Response:
    """Scripts of our own."""
    return asset_response(context, name)


@routes.get(
    "/docs/swagger-ui/{name}",
    scope="public",
    summary="A part of Swagger UI",
    produces=("*/*",),
    problems=("not-found",),
)
def swagger_ui(context: Context, name: str) -> Response:
    """Swagger UI's own files, and its licences."""
    return asset_response(context, f"swagger-ui/{name}")
