"""Problem documents (RFC 9457): how a refusal goes out, in the words of `contract.problems`."""

from flask import Response

from contract.responses import Problem
from service.http.errors import Refused


def problem_document(refused: Refused, request_id: str) -> Problem:
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


def problem_response(refused: Refused, request_id: str) -> Response:
    """The HTTP response to a request that is refused."""
    body = problem_document(refused, request_id).model_dump_json(exclude_unset=True)
    response = Response(body, status=refused.kind.status or 422, content_type="application/problem+json")
    response.headers.update(refused.headers)
    response.headers["Cache-Control"] = "no-store"
    return response
