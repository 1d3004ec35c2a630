"""Problems as MLflow's clients read them: `error_code` and `message` beside the members of a problem document."""

from typing import Final

from service.http.errors import ProblemError, with_members

CODES: Final = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}
"""MLflow's codes of statuses; that of all others is BAD_REQUEST."""


def translate_problem(error: ProblemError) -> ProblemError:
    """The same problem with MLflow's members."""
    return with_members(error, error_code=CODES.get(error.kind.status or 422, "BAD_REQUEST"), message=error.detail)
