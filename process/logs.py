"""The worker's log: one readable line for every event, from our own code and from the libraries alike.

Job ids, counts and seconds stand in it; rows of anybody's data never do.
"""

import logging
import sys
import threading
from types import TracebackType
from typing import Final, cast

import structlog
from celery.signals import setup_logging
from structlog.typing import EventDict, Processor, WrappedLogger

# they tell of every message and every row: more than helps, and more than may be told
VERBOSE_LIBRARIES: Final = ("celery", "kombu", "amqp", "redis", "sqlalchemy")


def configure(level: str, *, json: bool) -> None:
    """Send everything that is logged to standard error, from `level` (debug, info, warning, error) up."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if json
        else [
            # the default shows every local variable of a traceback: rows of data and passwords among them
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _in_one_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    # Celery sets up its own log unless somebody listens to this
    setup_logging.connect(_leave_ours, weak=False)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)
    root.setLevel(level.upper())
    for name in VERBOSE_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _in_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Libraries write paragraphs."""
    return {**event, "event": " ".join(str(event["event"]).split())}


def _leave_ours(**_: object) -> None:
    """Nothing is to be done: the log is set up."""


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Python's own report would be many lines, and in no form that machines read."""
    if issubclass(kind, Exception):
        logging.getLogger("crash").critical("crashed", exc_info=(kind, error or kind(), trace))


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A log for the module of that name."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))
