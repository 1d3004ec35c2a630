"""The page for people at /: start a training, watch it, understand it, use what was learned.

It is built from the folder `page` of the repository, and asks nothing but this API.
"""

import re
from typing import Final

from flask import Response

from service.http.routing import Call, Routes
from service.site.assets import FOREVER, asset

routes = Routes("page", "The page for people.")

HASHED: Final = re.compile(r".+-[0-9A-Z]{8}\.\w+")
"""Names that change with what the file holds."""


@routes.get("/", scope="public", summary="The page for people", gives=("text/html",))
def front(call: Call) -> Response:
    """Start a training, watch it, understand it, and use what was learned, in a browser."""
    return asset(call, "page/index.html")


@routes.get("/page/{name}", scope="public", summary="A part of the page", gives=("*/*",), problems=("not-found",))
def part(call: Call, name: str) -> Response:
    """Scripts, styles, type, and the tables to try it with."""
    return asset(call, f"page/{name}", FOREVER if HASHED.fullmatch(name) else "no-cache")
