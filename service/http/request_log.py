"""The line of the log that tells of a request and its answer, as the other lines look and made without their detours.

There is one for every prediction, so it must cost less than a small net does.
"""

import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, TextIO

NEEDS_QUOTES: Final = re.compile(r"""[\s="'\x00-\x1f\x7f]""")
"""What a text may not have to stand in a line as it is."""


class RequestLog:
    """Writes a line for each request; one for which there is no room, as on a full disk, is lost and nothing else.

    Args:
        stream: where to.
        for_machines: whether a line is a JSON object, and not text for people.
    """

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._second = 0, ""

    def log_response(
        self, *, method: str, path: str, status: int, ms: float, request_id: str, fields: Mapping[str, str]
    ) -> None:
        """Write that a request was answered, and what more there is to say of it."""
        if self._as_json or fields or NEEDS_QUOTES.search(f"{method}{path}{request_id}"):
            self.info("request", method=method, path=path, status=status, ms=ms, request_id=request_id, **fields)
        else:
            self._write(
                f"{self._now()} [info     ] request "
                f"method={method} ms={ms} path={path} request_id={request_id} status={status}\n"
            )

    def info(self, event: str, **fields: str | float) -> None:
        """Write what happened and what is said of it, with the time."""
        if self._as_json:
            line = json.dumps({**fields, "event": event, "level": "info", "timestamp": self._now()})
        else:
            pairs = " ".join([f"{name}={_quote_value(fields[name])}" for name in sorted(fields)])
            line = f"{self._now()} [info     ] {event} {pairs}"
        self._write(f"{line}\n")

    def _write(self, line: str) -> None:
        with suppress(OSError):
            self._stream.write(line)
            self._stream.flush()

    def _now(self) -> str:
        """The time, of which all but the fraction is the same for many requests."""
        second, nanoseconds = divmod(time.time_ns(), 10**9)
        known, text = self._second
        if second != known:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second, text
        return f"{text}.{nanoseconds // 1000:06d}Z"


def _quote_value(value: str | float) -> str:
    return str(value) if not isinstance(value, str) else repr(value) if NEEDS_QUOTES.search(value) else value
