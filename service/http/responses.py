"""HTTP responses: a model as JSON, ETags, and raw bytes where Flask's response would double the time."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from flask import Request, Response
from pydantic import BaseModel

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def json_response(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A model as JSON."""
    return Response(body.model_dump_json(), status=status, headers=headers, content_type="application/json")


def add_etag(request: Request, response: Response, *, weak: bool = False) -> Response:
    """The response with a hash of its body as ETag, or 304 if the request's `If-None-Match` names it."""
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32], weak=weak)
    response.make_conditional(request)
    return response


@dataclass(frozen=True, slots=True)
class RawResponse:
    """Bytes with status 200; like Flask's response a WSGI application."""

    status_code: ClassVar[int] = 200
    headers: ClassVar[Mapping[str, str]] = {}

    body: bytes
    content_type: str

    def __call__(self, _environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Send the response; the server sends a list in one piece."""
        start_response("200 OK", [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))])
        return [self.body]
