"""The log of a program: one readable line for each event, from our own code and from libraries alike.

Methods, paths, ids, counts and seconds are in it; bodies, query strings and rows of anybody's data never are.
"""

import io
import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, Processor, WrappedLogger

from process.printable import encode_json, escape_unprintable

Logger = FilteringBoundLogger

# at "info" they tell of every message, and at "debug" of every row
VERBOSE_LIBRARIES: Final = ("celery", "kombu", "amqp", "redis", "sqlalchemy", "_granian")


def configure(level: str, form: str) -> None:
    """Send all log events to standard error.

    Our own are written straight away; those of libraries come the longer way through Python's logging.

    Args:
        level: debug, info, warning or error.
        form: text for people, json for machines.
    """
    lowest = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(encode_json)]
        if form == "json"
        else [
            _escape_values,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                pad_event_to=0,
                # the default shows every local variable: rows of data and passwords among them
                exception_formatter=_write_traceback,
            ),
        ]
    )
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _LossyStream(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _join_lines],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(lowest)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_crash
    threading.excepthook = lambda crash: _log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    for name in VERBOSE_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, lowest))


def get_logger(name: str) -> Logger:
    """The logger of the module of that name."""
    return cast("Logger", structlog.get_logger(name))


class _LossyStream:
    """A stream that drops a line which cannot be written, as on a full disk: the work that logs it must not fail."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write if there is space."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush if there is space."""
        with suppress(OSError):
            self._stream.flush()


def _join_lines(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Libraries log whole paragraphs."""
    return {**event, "event": " ".join(str(event["event"]).split())}


def _escape_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Names and messages come from others; those with several lines are quoted by the renderer."""
    return {
        name: escape_unprintable(value, keep="\t\r\n") if isinstance(value, str) else value
        for name, value in event.items()
    }


def _write_traceback(stream: TextIO, error: ExcInfo) -> None:
    text = io.StringIO()
    structlog.dev.plain_traceback(text, error)
    stream.write(escape_unprintable(text.getvalue(), keep="\t\n"))


def _log_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Python's own report would be many lines, in no form that machines read."""
    if issubclass(kind, Exception):
        logging.getLogger("crash").critical("crashed", exc_info=(kind, error or kind(), trace))
