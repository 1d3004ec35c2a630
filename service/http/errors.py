"""How errors become problem documents (RFC 9457): one exception for refusals, and one table for those of other rooms.

Refused          whatever the service itself refuses: a slug of `problems.KINDS`, a detail, and what is wrong where
store.errors.*   } mapped here, because other rooms know nothing of HTTP
tables.Unreadable}
werkzeug's       404, 405 and the like of the router
anything else    500 with a reference; the traceback goes to the log
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Response
from sqlalchemy import exc as database_errors
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from contract.responses import FieldError, Problem
from service.http.problems import BY_STATUS, KINDS, Kind
from store import errors as store_errors
from store.database import first_line, is_disk_full
from tables import Unreadable

log = structlog.get_logger(__name__)


class Refused(Exception):
    """The request is not done. Raise it anywhere below a route.

    Args:
        slug: a key of `problems.KINDS`, which has the status and title.
        detail: what is wrong and what to do, for the person who can act.
        errors: each place that is wrong, for 422.
        headers: more headers of the answer, such as Retry-After.
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
        self.kind = KINDS[slug]
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = members


def refusal(error: Exception, request_id: str) -> Refused:
    """The refusal that an exception of any room amounts to; what nobody expected is logged."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, HTTPException):
        return _of_router(error)
    for kind, refuse in _TABLE:
        if isinstance(error, kind):
            return refuse(error)
    log.error("unexpected error", exc_info=error, request_id=request_id)
    return Refused("internal-error", f"The server made a mistake and logged it under {request_id}. Please try again.")


def _away(error: Exception) -> Refused:
    if is_disk_full(error):
        return Refused("disk-full", "The disk that the database is on is full; nothing was changed.")
    log.warning("database away", error=first_line(error))
    return Refused(
        "unavailable", "The database does not answer now; nothing was changed.", headers={"Retry-After": "2"}
    )


def _storage_away(error: store_errors.StorageUnavailable) -> Refused:
    log.warning("storage away", error=str(error))
    return Refused("unavailable", "The storage of files does not answer now.", headers={"Retry-After": "5"})


_TABLE: Final[tuple[tuple[type[Exception], Callable[[Any], Refused]], ...]] = (
    (store_errors.NotFound, lambda e: Refused("not-found", str(e))),
    (store_errors.FileNotFound, lambda e: Refused("not-found", str(e))),
    # `status` of a problem document is HTTP's, so the thing's own has a longer name
    (
        store_errors.WrongState,
        lambda e: Refused("wrong-state", str(e), current_status=e.status, allowed_actions=list(e.allowed_actions)),
    ),
    (store_errors.InUse, lambda e: Refused("in-use", str(e), used_by=list(e.used_by))),
    (store_errors.TooLarge, lambda e: Refused("body-too-large", str(e), limit=e.limit)),
    (store_errors.DiskFull, lambda e: Refused("disk-full", str(e))),
    (store_errors.StorageUnavailable, _storage_away),
    (store_errors.IdempotencyKeyReused, lambda e: Refused("idempotency-key-reused", str(e))),
    (Unreadable, lambda e: Refused(e.slug, f"{e.detail} {e.advice}".strip())),
    (database_errors.OperationalError, _away),
    (database_errors.InterfaceError, _away),
    (database_errors.TimeoutError, _away),
)


def problem(refused: Refused, request_id: str) -> Problem:
    """The problem document of a refusal."""
    return Problem.model_validate(
        {
            "type": refused.kind.type,
            "title": refused.kind.title,
            "status": refused.kind.status,
            "detail": refused.detail,
            "instance": request_id,
            **({"errors": [error.model_dump() for error in refused.errors]} if refused.errors else {}),
            **refused.members,
        }
    )


def answer(refused: Refused, request_id: str) -> Response:
    """The HTTP answer to a request that is refused."""
    body = problem(refused, request_id).model_dump_json(exclude_unset=True)
    response = Response(body, status=refused.kind.status or 422, content_type="application/problem+json")
    response.headers.update(refused.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_router(error: HTTPException) -> Refused:
    status = error.code or 500
    kind: Kind = BY_STATUS.get(status, KINDS["bad-request" if status < 500 else "internal-error"])
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return Refused(kind.slug, f"This address takes {allowed}.", headers={"Allow": allowed})
    if status == HTTPStatus.NOT_FOUND:
        return Refused(kind.slug, "There is no such address; GET /openapi.json lists them all.")
    return Refused(kind.slug, error.description or kind.meaning)
