"""Problem documents of failed jobs and datasets, for their owners; the kinds are in `contract.problems`."""

import secrets

from sqlalchemy.exc import SQLAlchemyError

from contract.problems import PROBLEM_KINDS
from learning.errors import LearningError
from process.logs import Logger
from store.database import first_line
from store.errors import DiskFull, FileNotFound, NotFound, StorageUnavailable
from store.tables import JsonObject
from tables import UnreadableFile


def describe_error(error: Exception, log: Logger) -> JsonObject:
    """The problem document of an error, for the owner of the job or dataset.

    An unexpected error is logged with its traceback, under a reference that the document names.
    """
    detail: str | None = None
    match error:
        case LearningError() | UnreadableFile():
            slug, detail = error.slug, f"{error.detail} {error.advice}".strip()
        case NotFound() | FileNotFound():
            slug = "dataset-gone"
        case StorageUnavailable():
            log.error("storage unavailable for too long", error=str(error))
            slug = "storage-away"
        case DiskFull():
            slug = "disk-full"
            detail = (
                "The disk of the worker has no room for the files that the job needs while it runs. "
                "Delete datasets, enlarge the disk, or use fewer rows or columns."
            )
        case SQLAlchemyError():
            log.error("the database refuses to store the result", error=first_line(error))
            slug = "internal-error"
            detail = (
                f"The database refused what was to be stored: {first_line(error)}. "
                "Use a smaller net or fewer columns; if it stays, tell the operator this message."
            )
        case MemoryError():
            slug = "out-of-memory"
        case _:
            reference = f"err_{secrets.token_hex(8)}"
            log.error("unexpected error", reference=reference, exc_info=error)
            slug = "internal-error"
            detail = (
                f"The worker failed unexpectedly and logged the error under {reference}. "
                "Try again; if it stays, tell the operator this reference."
            )
    return PROBLEM_KINDS[slug].document(detail)
