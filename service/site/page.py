"""The page for people at /: start a training, watch it, understand it, predict.

It is built from the folder `page` of the repository, and calls nothing but this API.
"""

import re
from typing import Final

from flask import Response

from service.http.routing import Routes
from service.services import Context
from service.site.assets import IMMUTABLE, asset_response

routes = Routes("page", "The page for people.")

HASHED: Final = re.compile(r".+-[0-9A-Z]{8}\.\w+")
"""File names with a hash of the content."""


@routes.get("/", scope="public", summary="The page for people", produces=("text/html",))
def front(context: Context) -> Response:
    """Start a training, watch it, understand it, and predict, in a browser."""
    return asset_response(context, "page/index.html")


@routes.get("/page/{name}", scope="public", summary="A part of the page", produces=("*/*",), problems=("not-found",))
def part(context: Context, name: str) -> Response:
    """Scripts, styles, fonts, and example tables."""
    return asset_response(context, f"page/{name}", IMMUTABLE if HASHED.fullmatch(name) else "no-cache")
