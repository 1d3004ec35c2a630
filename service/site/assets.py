"""Files that are sent to browsers as they lie in `static`, under a policy that lets a browser run nothing else.

Everything that a page needs is here, so that it works offline; a path comes from the list of files, and never from a
request.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from flask import Response

from service.http.errors import ProblemError
from service.services import Context

STATIC: Final = Path(__file__).parents[1] / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".woff2": "font/woff2",
}
"""Named here, because what a machine takes endings for differs, and browsers are told to believe us."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"


def asset_response(context: Context, name: str, caching: str = "no-cache") -> Response:
    """A file, or 304 if the browser has it.

    Args:
        context: the request.
        name: its path under `static`.
        caching: how long browsers may keep it; by default they ask each time whether it changed.

    Raises:
        ProblemError: `not-found`.
    """
    path = _list_assets().get(name)
    if path is None:
        raise ProblemError("not-found", "There is no such file.")
    response = Response(path.read_bytes(), content_type=CONTENT_TYPES.get(path.suffix, "text/plain; charset=utf-8"))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = caching
    return add_etag(context, response)


def add_etag(context: Context, response: Response) -> Response:
    """The same with its ETag, or 304 if the caller has it."""
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(context.request)
    return response


@cache
def _list_assets() -> dict[str, Path]:
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
