"""HTTP responses: a model as JSON, ETags, and raw bytes where Flask's response would double the time."""

import hashlib
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Final

import structlog
from flask import Request, Response
from pydantic import BaseModel

from service.http.connection_slots import ConnectionSlots
from service.http.errors import ProblemError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

EVENT_STREAM: Final = "text/event-stream"
MAX_WHOLE_BYTES: Final = 256 * 1024
"""The largest response that the server gets whole."""
PIECE_BYTES: Final = 64 * 1024
"""The largest piece of another one; the server keeps about four until its client has read them."""

log = structlog.get_logger(__name__)


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


def hold_slot_while_sent(
    response: "Response | RawResponse", slots: ConnectionSlots, owner: str, authenticate: Callable[[], str]
) -> "Response | RawResponse":
    """The response; a large one is sent in pieces, and holds a connection slot until it is sent or its client is gone.

    One that the server gets whole stays in memory until its client has read it.

    `authenticate` is called before each piece of a response with a Content-Length: if the key was revoked, the
    connection ends before that. An event stream looks at the key itself, and a response of unknown length, which would
    seem complete, was computed while the key was valid.

    Raises:
        ProblemError: `unavailable` if no slot is free.
    """
    if isinstance(response, RawResponse):
        if len(response.body) <= MAX_WHOLE_BYTES:
            return response
        response = Response(response.body, content_type=response.content_type)
    if not response.is_streamed and (response.content_length or 0) <= MAX_WHOLE_BYTES:
        return response
    is_event_stream = response.mimetype == EVENT_STREAM
    kind, pool = ("open event streams", slots.waits) if is_event_stream else ("downloads", slots.downloads)
    source = response.response
    pieces = chain.from_iterable(map(_split, response.iter_encoded()))

    def hold_slot() -> Generator[Any]:
        try:
            with pool.acquire(owner) as has_slot:
                if not has_slot:
                    raise pool.unavailable(kind)
                yield b""
                yield from _check_key(pieces, authenticate) if "Content-Length" in response.headers else pieces
        finally:
            if isinstance(source, Generator):
                source.close()

    held = hold_slot()
    next(held)  # a generator that has begun releases its slot also if nobody iterates over it, as for a HEAD
    response.response = held
    return response


def _check_key(pieces: Iterable[Any], authenticate: Callable[[], str]) -> Generator[Any]:
    """The pieces, up to the first before which the key is found revoked."""
    for piece in pieces:
        try:
            authenticate()
        except ProblemError as refused:
            log.info("download cut off", reason=refused.detail)
            return
        yield piece


def _split(data: bytes) -> Iterable[bytes]:
    if len(data) <= PIECE_BYTES:
        return (data,)
    view = memoryview(data)
    return (bytes(view[start : start + PIECE_BYTES]) for start in range(0, len(view), PIECE_BYTES))
