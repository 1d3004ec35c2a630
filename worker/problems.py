"""Problem documents of failed jobs and datasets, for their owners; the kinds are in `contract.problems`."""

import secrets

from contract.problems import PROBLEM_KINDS
from learning.errors import LearningError
from process.logs import Logger
from store.errors import DiskFull, FileNotFound, NotFound, StorageUnavailable
from store.tables import JsonObject
from tables import UnreadableFile


def describe_error(error: Exception, log: Logger) -> JsonObject:
    """The problem document of an error, for the owner of the job or dataset.

    An unexpected error is logged with its traceback, under a reference that the document names.
    """
    match error:
        case LearningError() | UnreadableFile():
            return PROBLEM_KINDS[error.slug].document(f"{error.detail} {error.advice}".strip())
        case NotFound() | FileNotFound():
            return PROBLEM_KINDS["dataset-gone"].document()
        case StorageUnavailable():
            log.error("storage unavailable for too long", error=str(error))
            return PROBLEM_KINDS["storage-away"].document()
        case DiskFull():
            return PROBLEM_KINDS["disk-full"].document(
                "The disk of the worker has no room for the files that the job needs while it runs. "
                "Delete datasets, enlarge the disk, or use fewer rows or columns."
            )
        case MemoryError():
            return PROBLEM_KINDS["out-of-memory"].document()
        case _:
            reference = f"err_{secrets.token_hex(8)}"
            log.error("unexpected error", reference=reference, exc_info=error)
            return PROBLEM_KINDS["internal-error"].document(
                f"The worker failed unexpectedly and logged the error under {reference}. "
                "Try again; if it stays, tell the operator this reference."
            )
