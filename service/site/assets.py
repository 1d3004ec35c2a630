"""Static files of `service/static`, sent under a Content-Security-Policy that allows nothing from elsewhere.

All that a page needs is here, so it works offline. Paths come from the list of files, never from a request.
"""

from functools import cache
from pathlib import Path
from typing import Final

from flask import Response

from service.http.errors import ProblemError
from service.http.responses import add_etag
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
    ".zip": "application/zip",
}
"""Listed here, because `mimetypes` differs between machines and browsers are told not to guess."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"


def asset_response(context: Context, name: str, cache_control: str = "no-cache") -> Response:
    """A file by its path under `static`, or 304 if the browser has it.

    Raises:
        ProblemError: `not-found`.
    """
    path = _list_assets().get(name)
    if path is None:
        raise ProblemError("not-found", "There is no such file.")
    response = Response(
        path.read_bytes(),
        headers={"Content-Security-Policy": POLICY, "Cache-Control": cache_control},
        content_type=CONTENT_TYPES.get(path.suffix, "text/plain; charset=utf-8"),
    )
    return add_etag(context.request, response)


@cache
def _list_assets() -> dict[str, Path]:
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
