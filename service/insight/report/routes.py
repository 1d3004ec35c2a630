"""The report of a job over HTTP: a page for people, or Markdown for whoever asks for that."""

from contextlib import suppress
from typing import Final, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from contract.specs import JobSpec
from learning.insight.diagnosis.diagnose import diagnose
from service.http.pagination import Query
from service.http.routing import Routes
from service.insight.report import html, markdown
from service.insight.report.sections import ReportData, build_report
from service.services import Context
from service.training_record import compose_job_verdict, load_training_record
from store import datasets
from store.errors import NotFound
from store.jobs import jobs
from store.models import models
from store.tables import DatasetRow, JobRow, ModelRow

routes = Routes("reports", "What was learned, to be read.")

HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"


class ReportQuery(Query):
    """How to write it."""

    format: Literal["html", "markdown"] | None = Field(default=None, description="Instead of what `Accept` says.")


@routes.get(
    "/v1/jobs/{job_id}/report",
    scope="read",
    summary="The report of a job",
    produces=(HTML, MARKDOWN),
    problems=("not-found",),
)
def job_report(context: Context, job_id: str, query: ReportQuery) -> Response:
    """What was learned, how, from what, and how to get the same again, in words for people.

    A page of HTML that stands alone and runs nothing, or Markdown, by `Accept` or `format`.
    """
    with context.begin_read() as s:
        told = _load_report_data(s, jobs.get(s, context.owner, job_id))
    parts = build_report(told)
    accepted = context.request.accept_mimetypes.best_match([HTML, MARKDOWN], HTML)
    if (query.format or accepted) in {"markdown", MARKDOWN}:
        return Response(
            markdown.render_markdown(parts), content_type=f"{MARKDOWN}; charset=utf-8", headers={"Vary": "Accept"}
        )
    headers = {"Vary": "Accept", "Content-Security-Policy": f"{html.POLICY}; frame-ancestors 'none'; sandbox"}
    return Response(html.render_html(parts), content_type=f"{HTML}; charset=utf-8", headers=headers)


def _load_report_data(s: Session, row: JobRow) -> ReportData:
    record = load_training_record(s, row)
    return ReportData(
        job=row,
        spec=JobSpec.model_validate(row.spec, strict=False),
        record=record,
        findings=diagnose(record),
        verdict=compose_job_verdict(row),
        dataset=_dataset(s, row),
        model=_model(s, row),
    )


def _dataset(s: Session, row: JobRow) -> DatasetRow | None:
    with suppress(NotFound):
        return datasets.get(s, row.owner, row.dataset_id)
    return None


def _model(s: Session, row: JobRow) -> ModelRow | None:
    with suppress(NotFound):
        return None if row.model_id is None else models.get(s, row.owner, row.model_id)
    return None
