"""The request log: a line for each request in structlog's format, written without structlog.

There is a line for every prediction, so it must cost less than the forward pass of a small net.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Protocol, TextIO

from process.printable import encode_json

WRITE_SECONDS: Final = 0.1
"""The longest time that a line is buffered."""
MAX_BUFFERED_LINES: Final = 100_000
"""Lines that are kept while the stream takes none; the oldest are lost."""

_NEEDS_QUOTES: Final = re.compile(r"""[\s="']""")


class LineStream(Protocol):
    """What takes whole lines: a stream with a buffer of one line, or a `LineBuffer`."""

    def write(self, line: str, /) -> object:
        """Take a line, which ends with a newline."""
        ...


class LineBuffer:
    """A buffer of lines, which a thread writes to a stream ten times a second, so that no request waits for a write.

    `run` is that thread's function. Lines that the stream does not take are lost.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=MAX_BUFFERED_LINES)
        self._has_lines = threading.Event()
        self._flushing = threading.Lock()

    def write(self, line: str, /) -> None:
        """Buffer a line."""
        self._lines.append(line)
        if not self._has_lines.is_set():
            self._has_lines.set()

    def flush(self) -> None:
        """Write the lines that are buffered now, after those that another thread is writing."""
        with self._flushing, suppress(OSError):
            self._has_lines.clear()
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            self._stream.write("".join(lines))
            self._stream.flush()

    def run(self) -> None:
        """Write lines until the process ends."""
        while True:
            self._has_lines.wait()
            time.sleep(WRITE_SECONDS)
            self.flush()


class RequestLog:
    """Writes a line for each request, as JSON or as text for people; a line that cannot be written is lost.

    Responses with a status below `min_status` are not logged.
    """

    def __init__(self, stream: LineStream, *, as_json: bool, min_status: int = 0) -> None:
        self._stream = stream
        self._min_status = min_status
        self._as_json = as_json
        self._second = 0, ""

    def log_response(
        self, *, method: str, path: str, status: int, ms: float, request_id: str, fields: Mapping[str, str]
    ) -> None:
        """Log the response to a request, with additional fields."""
        if status < self._min_status:
            return
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
