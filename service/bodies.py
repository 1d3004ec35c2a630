"""Bodies of requests: how many bytes may come, how they are read, and how they become a strict model.

Lengths are checked before anything is read. Flask's own `get_json` answers 500 to a thousand brackets and takes NaN and
NUL; it is not used anywhere.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from service import json_text
from service.errors import Refused
from service.faults import faults_of, headline

CHUNK: Final = 256 * 1024

M = TypeVar("M", bound=BaseModel)


def media_type(request: Request, allowed: tuple[str, ...]) -> str:
    """The request's Content-Type without its parameters.

    Raises:
        Refused: `unsupported-media-type`, naming the allowed ones, if it is not among them.
    """
    given = request.mimetype
    if given in allowed:
        return given
    said = f"Content-Type {given!r} is not taken here" if given else "The request has no Content-Type"
    raise Refused(
        "unsupported-media-type", f"{said}; send {' or '.join(allowed)}.", headers={"Accept-Post": ", ".join(allowed)}
    )


def plain(request: Request) -> None:
    """Require that the body is not compressed.

    Raises:
        Refused: `unsupported-media-type`.
    """
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise Refused("unsupported-media-type", f"Content-Encoding {coding!r} is not taken here; send the plain bytes.")


def chunks(request: Request, limit: int) -> Iterator[bytes]:
    """The body as it arrives, in pieces of at most 256 KiB, never more than `limit` bytes in all.

    Raises:
        Refused: `length-required` without a length, `body-too-large` before reading if the length says so, or while
            reading if it turns out so, `unreadable-body` if the caller goes away in the middle.
    """
    expected = request.content_length
    if expected is None and "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        raise Refused("length-required", "Send Content-Length, or Transfer-Encoding: chunked.")
    if expected is not None and expected > limit:
        raise too_large(limit)
    return _chunks(request, expected, limit)


def _chunks(request: Request, expected: int | None, limit: int) -> Iterator[bytes]:
    taken = 0
    source = request.environ["wsgi.input"]
    while expected is None or taken < expected:
        try:
            piece: bytes = source.read(CHUNK if expected is None else min(CHUNK, expected - taken))
        except (OSError, ValueError) as error:
            raise Refused("unreadable-body", f"The body broke off after {taken} bytes.") from error
        if not piece:
            break
        taken += len(piece)
        if taken > limit:
            raise too_large(limit)
        yield piece
    if expected is not None and taken < expected:
        raise Refused("unreadable-body", f"The body broke off after {taken} of {expected} bytes.")


def too_large(limit: int) -> Refused:
    """The refusal of a body of more than `limit` bytes."""
    return Refused("body-too-large", f"The body is larger than the {limit:,} bytes that are taken here.", limit=limit)


def whole(request: Request, limit: int) -> bytes:
    """The whole body in memory; for bodies that are not files. Raises as `chunks` does."""
    return b"".join(chunks(request, limit))


def json_model(raw: bytes, model: type[M], *, lines: bool = False) -> M:
    """The body as a strict model; `lines` as in `json_text.read`.

    Raises:
        Refused: `unreadable-json`, or `invalid` with every place that is wrong.
    """
    tree = json_text.read(raw, lines=lines)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        errors = faults_of(error, model, tree)
        raise Refused("invalid", headline(errors), errors=errors) from None
