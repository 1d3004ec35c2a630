"""Problems as OpenAI's clients read them: the member `error` beside those of a problem document."""

from http import HTTPStatus
from typing import Any, Final

from service.http.errors import ProblemError, with_members

CODES: Final = {
    "key-required": "invalid_api_key",
    "scope-required": "insufficient_permissions",
    "not-found": "model_not_found",
    "not-for-task": "model_not_supported",
    "too-many-requests": "rate_limit_exceeded",
}


def translate_problem(error: ProblemError) -> ProblemError:
    """The same problem with the member `error`: its message, type, parameter and code.

    What is understood and cannot be done is 400 to OpenAI's clients, which raise their `BadRequestError` then.
    """
    status, slug = error.kind.status or HTTPStatus.UNPROCESSABLE_ENTITY, error.kind.slug
    told: dict[str, Any] = {
        "message": error.detail,
        "type": _name_type(status),
        "param": error.errors[0].pointer.split("/")[1:2][0] if _has_field(error) else None,
        "code": CODES.get(slug, slug.replace("-", "_")),
    }
    if slug in {"not-found", "not-for-task"}:
        told["param"] = "model"
    return with_members(error, error=told)


def _has_field(error: ProblemError) -> bool:
    return bool(error.errors) and error.errors[0].pointer.startswith("#/")


def _name_type(status: int) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return "authentication_error"
    if status == HTTPStatus.FORBIDDEN:
        return "permission_error"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    return "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
