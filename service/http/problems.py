"""Problem documents (RFC 9457): how a refusal goes out, in the words of `contract.problems`."""

from flask import Response

from contract.responses import Problem
from service.http.errors import ProblemError


def problem_document(error: ProblemError, request_id: str) -> Problem:
    """The problem document of a refusal."""
    return Problem.model_validate(
        {
            "type": error.kind.type,
            "title": error.kind.title,
            "status": error.kind.status,
            "detail": error.detail,
            "instance": request_id,
            **({"errors": [error.model_dump() for error in error.errors]} if error.errors else {}),
            **error.members,
        }
    )


def problem_response(error: ProblemError, request_id: str) -> Response:
    """The HTTP response to a request that is refused."""
    body = problem_document(error, request_id).model_dump_json(exclude_unset=True)
    response = Response(body, status=error.kind.status or 422, content_type="application/problem+json")
    response.headers.update(error.headers)
    response.headers["Cache-Control"] = "no-store"
    return response
