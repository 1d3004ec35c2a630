"""Request bodies: their media type and length, reading them in chunks, and parsing them into strict models.

Lengths are checked before anything is read. Flask's own `get_json` answers 500 to a thousand brackets and accepts NaN
and NUL, so it is used nowhere.
"""

import json
import re
import time
from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import IO, Final, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from service.http import strict_json
from service.http.connection_slots import MAX_SMALL_BODY_BYTES, MIN_BYTES_PER_SECOND, ConnectionSlots
from service.http.errors import ProblemError
from service.http.validation_errors import explain, invalid_fields

CHUNK_BYTES: Final = 256 * 1024
TOO_SLOW: Final = (
    f"{{received:,}} bytes of the body came, and then fewer than {MIN_BYTES_PER_SECOND:,} a second. Nothing was kept; "
    "send it again without pauses, or compressed."
)
NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})
PLAIN_LENGTH: Final = re.compile("[0-9]{1,15}")

M = TypeVar("M", bound=BaseModel)


def require_media_type(request: Request, allowed: tuple[str, ...], aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """The request's Content-Type without its parameters, or what it is an alias of; an absent one is ''.

    Raises:
        ProblemError: `unsupported-media-type`, naming the allowed ones, if it is not among them.
    """
    if (content_type := request.environ.get("CONTENT_TYPE", "")) in allowed:  # quick, without parsing
        return content_type
    media_type = request.mimetype
    if media_type in allowed:
        return media_type
    if media_type in aliases:
        return aliases[media_type]
    fault = f"Content-Type {media_type!r} is not taken here" if media_type else "The request has no Content-Type"
    types = ", ".join(allowed)
    raise ProblemError("unsupported-media-type", f"{fault}; send {types}.", headers={"Accept-Post": types})


def require_encoding(request: Request, *, may_be_gzip: bool) -> bool:
    """Whether the body is gzip, by its Content-Encoding.

    Raises:
        ProblemError: `unsupported-media-type`, if it is encoded otherwise, or may not be.
    """
    coding = request.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() or "identity"
    if coding != "identity" and (coding != "gzip" or not may_be_gzip):
        advice = "gzip, or none" if may_be_gzip else "plain bytes"
        raise ProblemError("unsupported-media-type", f"Content-Encoding {coding!r} is not accepted; send {advice}.")
    return coding == "gzip"


def require_length(request: Request, limit: int) -> int | None:
    """The body's length in bytes; None if it is chunked.

    Raises:
        ProblemError: `length-required` without either header, `body-too-large` above `limit`.
    """
    header = request.environ.get("CONTENT_LENGTH", "")
    is_plain = PLAIN_LENGTH.fullmatch(header) and "HTTP_TRANSFER_ENCODING" not in request.environ
    length = int(header) if is_plain else request.content_length
    if length is None and "chunked" not in request.environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise ProblemError("length-required", "Send Content-Length, or Transfer-Encoding: chunked.")
    if length is not None and length > limit:
        raise body_too_large(limit, length)
    return length


def read_chunks(
    request: Request, length: int | None, limit: int, slots: ConnectionSlots, owner: str
) -> Generator[bytes]:
    """The body as it arrives, in chunks of at most `CHUNK_BYTES`, never more than `limit` bytes in all.

    A connection slot of the owner is held from the first chunk to the last.

    Raises:
        ProblemError: `body-too-large` in the middle, `request-timeout` if the client sends too slowly,
            `unreadable-body` if it disconnects, `unavailable` if no slot is free.
    """
    source: IO[bytes] = request.environ["wsgi.input"]
    received = 0
    is_small = length is not None and length <= MAX_SMALL_BODY_BYTES
    kind, pool = ("small request bodies", slots.small_bodies) if is_small else ("uploads", slots.uploads)
    with pool.acquire(owner) as has_slot:
        if not has_slot:
            raise pool.unavailable(kind)
        while length is None or received < length:
            size, began = CHUNK_BYTES if length is None else min(CHUNK_BYTES, length - received), time.monotonic()
            try:
                chunk = source.read(size)
            except (OSError, ValueError) as error:
                raise ProblemError("unreadable-body", f"The body broke off after {received} bytes.") from error
            if len(chunk) < size and slots.stalled_at >= began:
                raise ProblemError("request-timeout", TOO_SLOW.format(received=received + len(chunk)))
            if not chunk:
                break
            received += len(chunk)
            if received > limit:
                raise body_too_large(limit)
            yield chunk
    if length is not None and received < length:
        raise ProblemError("unreadable-body", f"The body broke off after {received} of {length} bytes.")
    if length is None and received and not slots.has_sender(request.environ.get("REMOTE_ADDR", ""), received):
        raise ProblemError("unreadable-body", f"The body broke off after {received} bytes, without its last chunk.")


def body_too_large(limit: int, length: int | None = None) -> ProblemError:
    """The problem of a body of more than `limit` bytes, with its length if that is known."""
    has = "is larger than" if length is None else f"has {length:,} bytes, and is larger than"
    return ProblemError("body-too-large", f"The body {has} the {limit:,} bytes accepted here.", limit=limit)


def read_body(request: Request, limit: int, slots: ConnectionSlots, owner: str) -> bytes:
    """The whole body in memory; raises as `require_encoding`, `require_length` and `read_chunks` do."""
    require_encoding(request, may_be_gzip=False)
    return b"".join(read_chunks(request, require_length(request, limit), limit, slots, owner))


def parse_model(raw: bytes, model: type[M], *, lines: bool = False, nan: bool = False) -> M:
    """The body as a strict model; `lines` and `nan` as in `strict_json.parse_json`.

    Raises:
        ProblemError: `unreadable-json`, or `invalid` with each invalid field.
    """
    tree = strict_json.parse_json(raw, lines=lines, nan=nan)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        refused = error
    if strict_json.has_whole_floats(tree):
        tree = strict_json.with_integers(tree)
        try:
            return model.model_validate_json(json.dumps(tree))
        except ValidationError as error:
            refused = error
    raise invalid_fields(explain(refused, model, tree))
