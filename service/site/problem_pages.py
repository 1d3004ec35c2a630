"""The pages under /problems: the `type` of every problem can be opened, and says what it means and what to do."""

from html import escape
from typing import Literal

from flask import Response

from contract.problems import PROBLEM_KINDS, ProblemKind
from contract.responses import ResponseModel
from service.http.errors import ProblemError
from service.http.routing import Routes
from service.services import Context

routes = Routes("problems", "What each problem means, and what to do.")


class ProblemKindResponse(ResponseModel):
    """A kind of problem, explained. `status` is null for those that end a job and are no HTTP response."""

    object: Literal["problem_kind"] = "problem_kind"
    type: str
    title: str
    status: int | None
    meaning: str
    remedy: str


class ProblemKindsResponse(ResponseModel):
    """Every kind of problem."""

    object: Literal["list"] = "list"
    data: list[ProblemKindResponse]
    has_more: bool = False


@routes.get(
    "/problems",
    scope="public",
    summary="Every kind of problem",
    response_model=ProblemKindsResponse,
    produces=("application/json", "text/html"),
)
def index(context: Context) -> Response:
    """As JSON, or as a page for browsers by `Accept`."""
    kinds = list(PROBLEM_KINDS.values())
    return _respond(context, "Problems", kinds, ProblemKindsResponse(data=[_kind_response(kind) for kind in kinds]))


@routes.get(
    "/problems/{slug}",
    scope="public",
    summary="One kind of problem",
    response_model=ProblemKindResponse,
    produces=("application/json", "text/html"),
    problems=("not-found",),
)
def one(context: Context, slug: str) -> Response:
    """As JSON, or as a page for browsers by `Accept`."""
    if slug not in PROBLEM_KINDS:
        raise ProblemError("not-found", "There is no such kind of problem; GET /problems lists them.")
    kind = PROBLEM_KINDS[slug]
    return _respond(context, kind.title, [kind], _kind_response(kind))


def _kind_response(kind: ProblemKind) -> ProblemKindResponse:
    return ProblemKindResponse.model_validate(kind, from_attributes=True)


def _respond(context: Context, title: str, kinds: list[ProblemKind], body: ResponseModel) -> Response:
    accepts = context.request.accept_mimetypes
    if accepts.best_match(["application/json", "text/html"], "application/json") == "application/json":
        return Response(body.model_dump_json(), content_type="application/json", headers={"Vary": "Accept"})
    sections = "\n".join(
        f'<h2><a href="{kind.type}">{escape(kind.title)}</a></h2>\n'
        f"<p>{'HTTP ' + str(kind.status) if kind.status else 'The error of a job or dataset'}</p>\n"
        f"<p>{escape(kind.meaning)}</p>\n<p><b>What to do:</b> {escape(kind.remedy)}</p>"
        for kind in kinds
    )
    page = f'<!doctype html>\n<html lang="en">\n<title>{escape(title)} · Gradus</title>\n{sections}\n</html>\n'
    return Response(page, content_type="text/html; charset=utf-8", headers={"Vary": "Accept"})
