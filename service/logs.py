"""The service's log: one readable line for every event, from our own code and from the libraries alike.

Methods, paths, ids and milliseconds stand in it; bodies, query strings and rows of anybody's data never do.
"""

import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

# they tell of each message at "info", which says less than our own line about what was done
CHATTY: Final = ("celery", "kombu", "amqp", "redis", "sqlalchemy", "_granian")


def configure(level: str, form: str) -> None:
    """Send everything that is logged to standard error.

    Our own lines are written straight away; those of libraries come the long way through Python's logging.

    Args:
        level: debug, info, warning or error.
        form: text for people, json for machines.
    """
    lowest = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                pad_event_to=0,
                # the default shows every local variable: rows of data and passwords among them
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *shown],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Lossy(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)
    root.setLevel(lowest)
    for name in CHATTY:
        logging.getLogger(name).setLevel(lowest if level == "debug" else max(logging.WARNING, lowest))


class _Lossy:
    """A stream on which a line that finds no room, as on a full disk, is lost, and not the request that it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write if there is room."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush if there is room."""
        with suppress(OSError):
            self._stream.flush()


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Python's own report would be many lines, and in no form that machines read."""
    if issubclass(kind, Exception):
        logging.getLogger("crash").critical("crashed", exc_info=(kind, error or kind(), trace))


def logger(name: str) -> FilteringBoundLogger:
    """A log for the module of that name."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))
