"""The API documentation: the OpenAPI document at /openapi.json, and Swagger UI at /docs, which works offline."""

from flask import Response

from service.http.responses import add_etag
from service.http.routing import Routes
from service.services import Context
from service.site.assets import asset_response

routes = Routes("docs", "The documentation of this API.")


@routes.get("/openapi.json", scope="public", summary="This API as OpenAPI 3.1", response_model=dict)
def openapi(context: Context) -> Response:
    """Generated from the routes themselves."""
    return add_etag(context.request, Response(context.services.openapi_text(), content_type="application/json"))


@routes.get("/docs", scope="public", summary="This API as a page to read and try", produces=("text/html",))
def page(context: Context) -> Response:
    """Swagger UI; needs no other server."""
    return asset_response(context, "docs.html")


@routes.get("/docs/{name}", scope="public", summary="A part of the page", produces=("*/*",), problems=("not-found",))
def part(context: Context, name: str) -> Response:
    """Our own scripts."""
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
