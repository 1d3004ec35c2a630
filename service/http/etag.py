"""Answers that wait or stay away: `ETag` with 304 when nothing changed, and `Prefer: wait=30` until something does.

The tag is a hash of the answer itself, so it is right by construction. While a call waits it looks at the state a few
times a second and holds no session in between.
"""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from service.http.routing import AnyContext

MAX_WAIT_SECONDS: Final = 60.0
MIN_POLL_SECONDS: Final = 0.02
MAX_POLL_SECONDS: Final = 0.25


@dataclass(frozen=True)
class WatchedState:
    """The state of a thing at one look: what a waiting call waits to see changed, and whether it never will again."""

    state: str
    is_final: bool


def respond_when_changed(
    context: AnyContext, look: Callable[[Session], WatchedState], answer: Callable[[Session], BaseModel]
) -> Response:
    """The answer to a GET of something that changes.

    Args:
        context: the request, with its `Prefer` and `If-None-Match`.
        look: cheaply reads the state; asked several times a second while waiting.
        answer: makes the answer; asked at most twice.
    """
    wait = parse_wait(context.request.headers.get("Prefer", ""))
    if wait is None:
        return _tagged(context, answer)
    until = time.monotonic() + wait
    with context.begin_read() as s:
        before = look(s)
    response = _tagged(context, answer)
    asked_for_news = bool(context.request.if_none_match)
    if not before.is_final and not (asked_for_news and response.status_code != 304):
        with context.services.connection_slots.waits.acquire() as may_wait:
            if may_wait:
                _wait_for_change(context, look, before, until)
        response = _tagged(context, answer)
    response.headers["Preference-Applied"] = f"wait={wait:g}"
    return response


def parse_wait(prefer: str) -> float | None:
    """The seconds of a `Prefer` header's `wait` (RFC 7240), at most 60; None if it has none that can be read."""
    found = re.search(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", prefer, re.IGNORECASE)
    return min(float(found[1]), MAX_WAIT_SECONDS) if found else None


def _wait_for_change(
    context: AnyContext, look: Callable[[Session], WatchedState], before: WatchedState, until: float
) -> None:
    pause = MIN_POLL_SECONDS
    while (left := until - time.monotonic()) > 0 and not context.services.connection_slots.is_ending():
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, MAX_POLL_SECONDS)
        with context.begin_read() as s:
            if look(s) != before:
                return


def _tagged(context: AnyContext, answer: Callable[[Session], BaseModel]) -> Response:
    with context.begin_read() as s:
        made = answer(s)
    return etag_response(context, made)


def etag_response(context: AnyContext, answer: BaseModel) -> Response:
    """An answer with its ETag, or 304 without it if the caller has this very one."""
    body = answer.model_dump_json().encode()
    response = Response(body, content_type="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32], weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(context.request)
    return response
