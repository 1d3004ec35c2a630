"""The same POST sent twice makes one thing: with an `Idempotency-Key`, the first answer is given again for 24 hours.

The key is kept in the transaction of the thing itself, so that there is never a thing without its key or the reverse.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from flask import Response
from sqlalchemy.orm import Session

from contract.responses import FieldError
from service.http.errors import ProblemError
from service.http.routing import Context, JsonResponse, to_response
from service.request_bodies.strict_json import shorten
from store import idempotency
from store.idempotency import StoredResponse

LONGEST: Final = 255
KEPT_HEADERS: Final = ("Content-Type", "Location")


def once(
    s: Session,
    context: Context,
    make: Callable[[], JsonResponse],
    body_sha256: str | None = None,
    *,
    secret: bool = False,
) -> Response:
    """Do `make` within the transaction of `s`, unless the request's Idempotency-Key says that it was done before.

    Args:
        s: the writing session in which `make` works.
        context: the request.
        make: makes the thing and its answer, whose status must be set.
        body_sha256: what tells one body from another; by default the hash of the JSON body.
        secret: whether the answer is never to be given again, so that only its headers are kept.

    Raises:
        ProblemError: `invalid`, if the key is not 1 to 255 printable ASCII characters.
        IdempotencyKeyReused: if the key came with another address or body.
    """
    key = _key(context)
    if key is None:
        return to_response(make(), 200)
    request = context.request
    asked = f"{request.method} {request.full_path}", body_sha256 or hashlib.sha256(context.raw_body).hexdigest()
    if (first := idempotency.claim(s, context.owner, key, *asked)) is not None:
        again = Response(first.body, status=first.status, headers=first.headers)
        again.headers["Idempotency-Replayed"] = "true"
        return again
    made = to_response(make(), 200)
    headers = {name: made.headers[name] for name in KEPT_HEADERS if name in made.headers}
    answer = StoredResponse(status=made.status_code, headers=headers, body=b"" if secret else made.get_data())
    idempotency.add_response(s, context.owner, key, answer)
    return made


def replayed(answer: Response) -> bool:
    """Whether an answer of `once` was given before, so that nothing new was made."""
    return "Idempotency-Replayed" in answer.headers


def _key(context: Context) -> str | None:
    key = context.request.headers.get("Idempotency-Key")
    if key is None or (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        return key
    detail = f"must be 1 to {LONGEST} printable ASCII characters"
    error = FieldError(pointer="Idempotency-Key", detail=detail, code="bad_header", given=shorten(key))
    raise ProblemError("invalid", f"Idempotency-Key {detail}.", errors=[error])
