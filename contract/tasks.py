"""Messages to workers: each wakes one for a kind of work. The database decides what is done."""

from typing import Any, Final

TRAIN: Final = "train"
INGEST: Final = "ingest"
PREDICT: Final = "predict"
CLEANUP: Final = "cleanup"
SWEEP: Final = "sweep"
KINDS: Final = frozenset({TRAIN, INGEST, PREDICT, CLEANUP, SWEEP})
"""The kinds of work."""

WAKE: Final = "gradus.wake"
"""The Celery task; its one argument is a kind of work."""
QUEUE: Final = "gradus"

MESSAGE_SETTINGS: Final[dict[str, Any]] = {
    "task_default_queue": QUEUE,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "task_publish_retry": False,
}
"""Celery's settings on which senders and workers agree."""
VISIBILITY_TIMEOUT_SECONDS: Final = 24 * 60 * 60
