"""Idempotency: a POST that is sent again with its `Idempotency-Key` gets the first response for 24 hours.

Key and response are stored in the transaction that creates the resource: either both exist or neither.
"""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from contract.responses import FieldError
from service.http.errors import ProblemError
from service.http.request_context import AnyContext
from service.http.strict_json import shorten
from store import idempotency
from store.idempotency import StoredResponse

MAX_KEY_LENGTH: Final = 255
STORED_HEADERS: Final = ("Content-Type", "Location")


@dataclass(frozen=True)
class Replay:
    """A request that may be a repetition.

    Attributes:
        response: the stored response to the first request with this key; None for the first, and without a key.
    """

    response: Response | None
    _session: Session
    _owner: str
    _key: str | None
    _store_body: bool

    def record(self, response: Response) -> Response:
        """Store the response to the first request for its repetitions; returns it."""
        if self._key is not None:
            headers = {name: response.headers[name] for name in STORED_HEADERS if name in response.headers}
            body = response.get_data() if self._store_body else b""
            stored = StoredResponse(status=response.status_code, headers=headers, body=body)
            idempotency.add_response(self._session, self._owner, self._key, stored)
        return response


@contextmanager
def idempotent(
    context: AnyContext, body_sha256: str | None = None, *, store_body: bool = True
) -> Generator[tuple[Session, Replay]]:
    """A writing transaction that takes effect once for each Idempotency-Key.

        with idempotent(context) as (s, replay):
            if replay.response:
                return replay.response
            …
            response = replay.record(json_response(…))

    Args:
        context: the request.
        body_sha256: the hash of the body; by default that of `context.raw_body`.
        store_body: False if the body is a secret; then only status and headers are stored.

    Raises:
        ProblemError: `invalid`, if the key is not 1 to 255 printable ASCII characters.
        IdempotencyKeyReused: the key was used with another path or body.
    """
    key = _parse_key(context)
    with context.begin_write() as s:
        stored = None
        if key is not None:
            route = f"{context.request.method} {context.request.full_path}"
            body_sha256 = body_sha256 or hashlib.sha256(context.raw_body).hexdigest()
            stored = idempotency.claim(s, context.owner, key, route, body_sha256)
        yield s, Replay(None if stored is None else _replay(stored), s, context.owner, key, store_body)


def _replay(stored: StoredResponse) -> Response:
    response = Response(stored.body, status=stored.status, headers=stored.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _parse_key(context: AnyContext) -> str | None:
    key = context.request.headers.get("Idempotency-Key")
    if key is None or (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        return key
    detail = f"must be 1 to {MAX_KEY_LENGTH} printable ASCII characters"
    error = FieldError(pointer="Idempotency-Key", detail=detail, code="bad_header", given=shorten(key))
    raise ProblemError("invalid", f"Idempotency-Key {detail}.", errors=[error])
