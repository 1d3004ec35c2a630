"""The request log: a line for each request in structlog's format, written without structlog.

There is a line for every prediction, so it must cost less than the forward pass of a small net.
"""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, TextIO

from process.printable import encode_json

_NEEDS_QUOTES: Final = re.compile(r"""[\s="']""")


class RequestLog:
    """Writes a line for each request, as JSON or as text for people; a line that cannot be written is lost."""

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._second = 0, ""

    def log_response(
        self, *, method: str, path: str, status: int, ms: float, request_id: str, fields: Mapping[str, str]
    ) -> None:
        """Log the response to a request, with additional fields."""
        if self._as_json or fields or _needs_quotes(f"{method}{path}{request_id}"):
            self.info("request", method=method, path=path, status=status, ms=ms, request_id=request_id, **fields)
        else:
            self._write(
                f"{self._now()} [info     ] request "
                f"method={method} ms={ms} path={path} request_id={request_id} status={status}\n"
            )

    def info(self, event: str, **fields: str | float) -> None:
        """Log an event with its fields and the time."""
        if self._as_json:
            line = encode_json({**fields, "event": event, "level": "info", "timestamp": self._now()})
        else:
            pairs = " ".join([f"{name}={_quote_value(fields[name])}" for name in sorted(fields)])
            line = f"{self._now()} [info     ] {event} {pairs}"
        self._write(f"{line}\n")

    def _write(self, line: str) -> None:
        with suppress(OSError):
            self._stream.write(line)
            self._stream.flush()

    def _now(self) -> str:
        """The time in UTC, of which all but the fraction is cached for a second."""
        second, nanoseconds = divmod(time.time_ns(), 10**9)
        cached_second, text = self._second
        if second != cached_second:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second, text
        return f"{text}.{nanoseconds // 1000:06d}Z"


def _quote_value(value: str | float) -> str:
    return repr(value) if isinstance(value, str) and _needs_quotes(value) else str(value)


def _needs_quotes(value: str) -> bool:
    """Whether a value must be quoted, which escapes what is not printable."""
    return not value.isprintable() or _NEEDS_QUOTES.search(value) is not None
