"""HTTP responses: a model as JSON, and raw bytes for where Flask's own response would cost as much as a small net."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from flask import Response
from pydantic import BaseModel

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def json_response(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A model as JSON."""
    return Response(body.model_dump_json(), status=status, headers=headers, content_type="application/json")


@dataclass(frozen=True, slots=True)
class RawResponse:
    """Bytes with status 200; a WSGI application as Flask's response is one.

    Attributes:
        body: all of it.
        content_type: its media type.
    """

    status_code: ClassVar[int] = 200
    headers: ClassVar[Mapping[str, str]] = {}

    body: bytes
    content_type: str

    def __call__(self, _environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Send it; a server sends a list at once, anything else piece by piece."""
        start_response("200 OK", [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))])
        return [self.body]
