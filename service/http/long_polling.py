"""Long polling: a GET with `Prefer: wait=30` is answered when the state changes, and with 304 if nothing did.

The ETag is a hash of the response's body. A waiting request polls the state a few times a second and holds no session
in between.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from service.http.request_context import AnyContext
from service.http.responses import add_etag, json_response

MAX_WAIT_SECONDS: Final = 60.0
MIN_POLL_SECONDS: Final = 0.02
MAX_POLL_SECONDS: Final = 0.25


@dataclass(frozen=True)
class WatchedState:
    """A state that a request waits to see changed, and whether it is final."""

    state: str
    is_final: bool


def respond_when_changed(
    context: AnyContext, get_state: Callable[[Session], WatchedState], build: Callable[[Session], BaseModel]
) -> Response:
    """The response to a GET of something that changes, by the request's `Prefer` and `If-None-Match`.

    Args:
        context: the request.
        get_state: cheaply reads the state; called several times a second while waiting.
        build: makes the body; called at most twice.
    """

    def respond() -> Response:
        with context.begin_read() as s:
            body = build(s)
        return add_etag(context.request, json_response(body, headers={"Cache-Control": "private, no-cache"}), weak=True)

    wait = parse_wait(context.request.headers.get("Prefer", ""))
    if wait is None:
        return respond()
    deadline = time.monotonic() + wait
    with context.begin_read() as s:
        before = get_state(s)
    response = respond()
    is_news = bool(context.request.if_none_match) and response.status_code != 304
    if not before.is_final and not is_news:
        with context.services.connection_slots.waits.acquire(context.owner) as has_slot:
            if has_slot:
                _wait_for_change(context, get_state, before, deadline)
        response = respond()
    response.headers["Preference-Applied"] = f"wait={wait:g}"
    return response


def parse_wait(prefer: str) -> float | None:
    """The seconds of a `Prefer` header's `wait` (RFC 7240), at most 60; None without a valid one."""
    match = re.search(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", prefer, re.IGNORECASE)
    return min(float(match[1]), MAX_WAIT_SECONDS) if match else None


def _wait_for_change(
    context: AnyContext, get_state: Callable[[Session], WatchedState], before: WatchedState, deadline: float
) -> None:
    pause = MIN_POLL_SECONDS
    while (left := deadline - time.monotonic()) > 0 and not context.services.connection_slots.is_ending():
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, MAX_POLL_SECONDS)
        with context.begin_read() as s:
            if get_state(s) != before:
                return
