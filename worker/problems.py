"""Why a job or a dataset failed, as the problem document that the person who sent it will read.

Whatever goes wrong, somebody waits for the end of it and wants to know what to do next.
"""

import secrets
from typing import Final

from structlog.stdlib import BoundLogger

from learning.errors import LearningError
from store.errors import DiskFull, FileNotFound, NotFound, StorageUnavailable
from store.rows import JsonObject
from tables import Unreadable

TITLES: Final = {
    "learning-failed": "The job cannot be done as asked",
    "impossible-target": "Nothing can be learned of this target",
    "no-features": "No column to learn from",
    "too-few-rows": "Too few rows",
    "unusable-column": "A column cannot be used",
    "diverged": "The training diverged",
    "time-limit": "The time was up too soon",
}


def describe_error(error: Exception, log: BoundLogger) -> JsonObject:  # noqa: PLR0911 - one for each kind of error
    """The problem that an error is to the person who sent the job or dataset.

    What nobody foresaw goes to the log with its traceback, under a reference that the problem names.
    """
    match error:
        case LearningError():
            return _problem(error.slug, TITLES.get(error.slug, TITLES["learning-failed"]), error.detail, error.advice)
        case Unreadable():
            return _problem(error.slug, "The file cannot be read as a table", error.detail, error.advice)
        case NotFound() | FileNotFound():
            return _problem(
                "dataset-gone",
                "The dataset is gone",
                "The dataset or its file was deleted before it was read.",
                "Upload it again.",
            )
        case StorageUnavailable():
            log.error("storage away for too long", error=str(error))
            return _problem(
                "storage-away",
                "The storage of files is away",
                "The storage that dataset files are kept in could not be reached for as long as a lease lasts.",
                "Try again later; GET /readyz tells whether the storage answers.",
            )
        case DiskFull():
            return _problem(
                "disk-full",
                "The disk is full",
                "The disk of the worker has no room for the files that the job needs while it runs.",
                "Delete datasets, give the disk more room, or use fewer rows or columns.",
            )
        case MemoryError():
            return _problem(
                "out-of-memory",
                "Not enough memory",
                "The worker ran out of memory.",
                "Use fewer rows or columns, a smaller net or batch_size, or a machine with more memory.",
            )
        case _:
            reference = f"err_{secrets.token_hex(8)}"
            log.error("unexpected error", reference=reference, exc_info=error)
            return _problem(
                "internal-error",
                "The server made a mistake",
                f"Something happened that should not; the worker's log has it under {reference}.",
                "Try again; if it stays, tell the operator this reference.",
            )


def _problem(slug: str, title: str, detail: str, advice: str) -> JsonObject:
    return {"type": f"/problems/{slug}", "title": title, "detail": f"{detail} {advice}".strip()}
