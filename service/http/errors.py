"""Problems (RFC 9457): the exception for what the service refuses, and one table that maps other exceptions to it.

Other rooms know nothing of HTTP, so exceptions of the store and of tables get their problem here, and so do 404 and
405 of Werkzeug's router. Any other exception becomes 500 with a reference, and its traceback goes to the log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Response
from sqlalchemy import exc as database_errors
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from contract.problems import PROBLEM_KINDS
from contract.responses import FieldError, Problem
from learning.errors import NotExportable, NotForTask
from learning.tasks.conformal import NoCoverage
from store import errors as store_errors
from store.database import first_line, is_disk_full
from tables import MissingFeatureNet, TooManyRows, UnreadableFile

MAX_TEXT_CHARS: Final = 1000
"""The longest text in a problem document; of a longer one, which repeats a long name, both ends are kept."""

log = structlog.get_logger(__name__)


class ProblemError(Exception):
    """The request is refused. Raise it anywhere below a route.

    Args:
        slug: a key of `contract.problems.PROBLEM_KINDS`, which has the status and title.
        detail: what is wrong and what to do, for the person who can act.
        errors: each invalid field, for 422.
        headers: more response headers, such as Retry-After.
        members: more members of the problem document, such as `allowed_actions`.
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.kind = PROBLEM_KINDS[slug]
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = members


def with_members(error: ProblemError, /, **members: Any) -> ProblemError:
    """The same problem with more members, for clients of another protocol, to whom what is invalid is 400, not 422."""
    translated = ProblemError(
        error.kind.slug, error.detail, errors=error.errors, headers=error.headers, **error.members, **members
    )
    if error.kind.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        translated.kind = replace(error.kind, status=HTTPStatus.BAD_REQUEST)
    return translated


def problem_response(error: ProblemError, request_id: str) -> Response:
    """The problem document of an error as a response."""
    document = Problem.model_validate(
        {
            "type": error.kind.type,
            "title": error.kind.title,
            "status": error.kind.status,
            "detail": _shorten_text(error.detail),
            "instance": request_id,
            **({"errors": [_shorten_texts(error.model_dump()) for error in error.errors]} if error.errors else {}),
            **error.members,
        }
    )
    return Response(
        document.model_dump_json(exclude_unset=True),
        status=error.kind.status or 422,
        headers={**error.headers, "Cache-Control": "no-store"},
        content_type="application/problem+json",
    )


def _shorten_text(text: str) -> str:
    half = MAX_TEXT_CHARS // 2
    return text if len(text) <= MAX_TEXT_CHARS else f"{text[:half]}…{text[-half:]}"


def _shorten_texts(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shorten_text(value) if isinstance(value, str) else value for name, value in members.items()}


def to_problem_error(error: Exception, request_id: str) -> ProblemError:
    """The problem of an exception of any room; an unexpected one is logged."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        return _from_werkzeug(error)
    for kind, to_problem in _TABLE:
        if isinstance(error, kind):
            return to_problem(error)
    log.error("unexpected error", exc_info=error, request_id=request_id)
    return ProblemError("internal-error", f"The server failed and logged the error under {request_id}. Try again.")


def _database_unavailable(error: Exception) -> ProblemError:
    if is_disk_full(error):
        return ProblemError("disk-full", "The disk that the database is on is full; nothing was changed.")
    log.warning("database unavailable", error=first_line(error))
    return ProblemError(
        "unavailable", "The database does not answer now; nothing was changed.", headers={"Retry-After": "2"}
    )


def _storage_unavailable(error: store_errors.StorageUnavailable) -> ProblemError:
    log.warning("storage unavailable", error=str(error))
    return ProblemError("unavailable", "The file storage does not answer now.", headers={"Retry-After": "5"})


def _file_missing(error: store_errors.FileNotFound) -> ProblemError:
    """The problem of a row whose file is lost, or is deleted at this moment: then the next try gets 404."""
    log.error("file missing", error=str(error))
    detail = (
        "A file of this dataset is missing on the server. Try again; if this persists, its operator has to restore it."
    )
    return ProblemError("unavailable", detail, headers={"Retry-After": "5"})


_TABLE: Final[tuple[tuple[type[Exception], Callable[[Any], ProblemError]], ...]] = (
    (store_errors.NotFound, lambda e: ProblemError("not-found", str(e))),
    (store_errors.FileNotFound, _file_missing),
    # `status` of a problem document is HTTP's, so the resource's own has a longer name
    (
        store_errors.WrongState,
        lambda e: ProblemError("wrong-state", str(e), current_status=e.status, allowed_actions=list(e.allowed_actions)),
    ),
    (store_errors.InUse, lambda e: ProblemError("in-use", str(e), used_by=list(e.used_by))),
    (store_errors.TooLarge, lambda e: ProblemError("body-too-large", str(e), limit=e.limit)),
    (store_errors.DiskFull, lambda e: ProblemError("disk-full", str(e))),
    (store_errors.StorageUnavailable, _storage_unavailable),
    (store_errors.IdempotencyKeyReused, lambda e: ProblemError("idempotency-key-reused", str(e))),
    (TooManyRows, lambda e: ProblemError("body-too-large", str(e), limit=e.limit)),
    (NoCoverage, lambda e: ProblemError(e.slug, f"{e.detail} {e.advice}".strip())),
    (NotForTask, lambda e: ProblemError(e.slug, f"{e.detail} {e.advice}".strip())),
    (NotExportable, lambda e: ProblemError(e.slug, f"{e.detail} {e.advice}".strip())),
    (MissingFeatureNet, lambda e: ProblemError(e.slug, f"{e.detail} {e.advice}".strip())),
    (UnreadableFile, lambda e: ProblemError(e.slug, f"{e.detail} {e.advice}".strip())),
    (database_errors.OperationalError, _database_unavailable),
    (database_errors.InterfaceError, _database_unavailable),
    (database_errors.TimeoutError, _database_unavailable),
)


def _from_werkzeug(error: HTTPException) -> ProblemError:
    status = error.code or 500
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return ProblemError("method-not-allowed", f"This address takes {allowed}.", headers={"Allow": allowed})
    if status == HTTPStatus.NOT_FOUND:
        return ProblemError("not-found", "There is no such address; GET /openapi.json lists them all.")
    slug = "bad-request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal-error"
    return ProblemError(slug, error.description or PROBLEM_KINDS[slug].meaning)
