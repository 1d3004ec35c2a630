"""The service's log: one readable line for every event, from our own code and from the libraries alike.

Methods, paths, ids and milliseconds stand in it; bodies, query strings and rows of anybody's data never do.
"""

import logging
import sys
from typing import Final, cast

import structlog
from structlog.typing import Processor

# they tell of each message at "info", which says less than our own line about what was done
CHATTY: Final = ("celery", "kombu", "amqp", "redis", "sqlalchemy", "_granian")


def configure(level: str, form: str) -> None:
    """Send everything that is logged to standard error.

    Args:
        level: debug, info, warning or error.
        form: text for people, json for machines.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
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
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(level.upper() if level == "debug" else max(logging.WARNING, root.level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A log for the module of that name."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))
