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

from service.http.routing import Call

LONGEST_WAIT: Final = 60.0
FIRST_LOOK: Final = 0.02
LAST_LOOK: Final = 0.25


@dataclass(frozen=True)
class Seen:
    """The state of a thing at one look: what a waiting call waits to see changed, and whether it never will again."""

    state: str
    final: bool


def watched(call: Call, look: Callable[[Session], Seen], answer: Callable[[Session], BaseModel]) -> Response:
    """The answer to a GET of something that changes.

    Args:
        call: the request, with its `Prefer` and `If-None-Match`.
        look: cheaply reads the state; asked several times a second while waiting.
        answer: makes the answer; asked at most twice.
    """
    wait = preferred_wait(call.request.headers.get("Prefer", ""))
    if wait is None:
        return _tagged(call, answer)
    until = time.monotonic() + wait
    with call.reading() as s:
        before = look(s)
    response = _tagged(call, answer)
    asked_for_news = bool(call.request.if_none_match)
    if not before.final and not (asked_for_news and response.status_code != 304):
        with call.backing.long_calls.watching() as may_wait:
            if may_wait:
                _wait(call, look, before, until)
        response = _tagged(call, answer)
    response.headers["Preference-Applied"] = f"wait={wait:g}"
    return response


def preferred_wait(prefer: str) -> float | None:
    """The seconds of a `Prefer` header's `wait` (RFC 7240), at most 60; None if it has none that can be read."""
    found = re.search(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", prefer, re.IGNORECASE)
    return min(float(found[1]), LONGEST_WAIT) if found else None


def _wait(call: Call, look: Callable[[Session], Seen], before: Seen, until: float) -> None:
    pause = FIRST_LOOK
    while (left := until - time.monotonic()) > 0 and not call.backing.long_calls.ending():
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LAST_LOOK)
        with call.reading() as s:
            if look(s) != before:
                return


def _tagged(call: Call, answer: Callable[[Session], BaseModel]) -> Response:
    with call.reading() as s:
        made = answer(s)
    return tagged(call, made)


def tagged(call: Call, answer: BaseModel) -> Response:
    """An answer with its ETag, or 304 without it if the caller has this very one."""
    body = answer.model_dump_json().encode()
    response = Response(body, content_type="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32], weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(call.request)
    return response
