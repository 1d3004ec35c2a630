"""Bodies of requests: how many bytes may come, how they are read, and how they become a strict model.

Lengths are checked before anything is read. Flask's own `get_json` answers 500 to a thousand brackets and takes NaN and
NUL; it is not used anywhere.
"""

import json
import re
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Final, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from service.http.errors import ProblemError
from service.http.validation_errors import errors_of, field_errors, summarize_errors
from service.request_bodies import strict_json
from service.services import Services

CHUNK_BYTES: Final = 256 * 1024
KEPT_BYTES: Final = 2**20
PLAIN_LENGTH: Final = re.compile("[0-9]{1,15}")

M = TypeVar("M", bound=BaseModel)


def require_media_type(request: Request, allowed: tuple[str, ...]) -> str:
    """The request's Content-Type without its parameters.

    Raises:
        ProblemError: `unsupported-media-type`, naming the allowed ones, if it is not among them.
    """
    if (said := request.environ.get("CONTENT_TYPE", "")) in allowed:
        return said
    given = request.mimetype
    if given in allowed:
        return given
    said = f"Content-Type {given!r} is not taken here" if given else "The request has no Content-Type"
    raise ProblemError(
        "unsupported-media-type", f"{said}; send {', '.join(allowed)}.", headers={"Accept-Post": ", ".join(allowed)}
    )


def require_uncompressed(request: Request) -> None:
    """Require that the body is not compressed.

    Raises:
        ProblemError: `unsupported-media-type`.
    """
    coding = request.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise ProblemError("unsupported-media-type", f"Content-Encoding {coding!r} is not accepted; send plain bytes.")


def require_length(request: Request, limit: int) -> int | None:
    """How many bytes are to come; None if that will be known only at their end.

    Raises:
        ProblemError: `length-required` if nothing is said about it, `body-too-large` if it is more than `limit`.
    """
    said = request.environ.get("CONTENT_LENGTH", "")
    quick = PLAIN_LENGTH.fullmatch(said) and "HTTP_TRANSFER_ENCODING" not in request.environ
    length = int(said) if quick else request.content_length
    if length is None and "chunked" not in request.environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise ProblemError("length-required", "Send Content-Length, or Transfer-Encoding: chunked.")
    if length is not None and length > limit:
        raise body_too_large(limit)
    return length


@contextmanager
def read_chunks(request: Request, limit: int, size: int = CHUNK_BYTES) -> Generator[Iterator[bytes]]:
    """The body as it arrives, in pieces of at most `size` bytes, never more than `limit` bytes in all.

    Raises:
        ProblemError: as `require_length` before anything is read; `body-too-large` in the middle, `unreadable-body` if
            the client disconnects, `unavailable` while there are too many other uploads.
    """
    length = require_length(request, limit)
    with _place(request) as is_room:
        yield _chunks(request.environ["wsgi.input"], length, limit, size, is_room=is_room)


def _place(request: Request) -> AbstractContextManager[bool]:
    services: Services = request.environ["gradus.app"].extensions["services"]
    return services.connection_slots.upload_slot()


def _chunks(source: IO[bytes], length: int | None, limit: int, size: int, *, is_room: bool) -> Iterator[bytes]:
    if not is_room:
        raise ProblemError("unavailable", "Too many uploads are under way.", headers={"Retry-After": "5"})
    taken = 0
    while length is None or taken < length:
        try:
            piece = source.read(size if length is None else min(size, length - taken))
        except (OSError, ValueError) as error:
            raise ProblemError("unreadable-body", f"The body broke off after {taken} bytes.") from error
        if not piece:
            break
        taken += len(piece)
        if taken > limit:
            raise body_too_large(limit)
        yield piece
    if length is not None and taken < length:
        raise ProblemError("unreadable-body", f"The body broke off after {taken} of {length} bytes.")


def body_too_large(limit: int) -> ProblemError:
    """The refusal of a body of more than `limit` bytes."""
    return ProblemError("body-too-large", f"The body is larger than the {limit:,} bytes accepted here.", limit=limit)


def read_body(request: Request, limit: int) -> bytes:
    """The whole body in memory; for bodies that are not files. Raises as `chunks` does."""
    length = require_length(request, limit)
    with _place(request) as is_room:
        return b"".join(_chunks(request.environ["wsgi.input"], length, limit, length or CHUNK_BYTES, is_room=is_room))


def parse_model(raw: bytes, model: type[M], *, lines: bool = False) -> M:
    """The body as a strict model; `lines` as in `json_text.read`.

    Raises:
        ProblemError: `unreadable-json`, or `invalid` with every place that is wrong.
    """
    tree = strict_json.parse_json(raw, lines=lines)
    if len(raw) > KEPT_BYTES:
        tree = None  # of a large body there would be two
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        tree = strict_json.parse_json(raw, lines=lines) if tree is None else tree
        found = errors_of(error, model, tree)
    if any(fault["type"] == "int_type" for fault in found):
        whole = strict_json.with_integers(tree)
        if (text := json.dumps(whole)) != json.dumps(tree):
            try:
                return model.model_validate_json(text)
            except ValidationError as error:
                tree, found = whole, errors_of(error, model, whole)
    errors = field_errors(found, model, tree)
    raise ProblemError("invalid", summarize_errors(errors), errors=errors)
