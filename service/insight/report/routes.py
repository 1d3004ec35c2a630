"""The report of a job over HTTP: a page of HTML, or Markdown on request."""

from contextlib import suppress
from dataclasses import replace
from typing import Final, get_args

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from contract.evaluation import EvaluationResponse, SlicesResponse
from contract.specs import JobSpec
from contract.states import TERMINAL
from learning.insight.diagnosis.diagnose import diagnose
from service.http.pagination import Query
from service.http.routing import Routes
from service.insight.evaluation import read_evaluation
from service.insight.report.report import POLICY, Format, ReportData, render_report
from service.insight.slices import MAX_SLICES, read_slices
from service.insight.stored_insights import HeldOutSplit
from service.services import Context
from service.training_record import compose_job_verdict, load_training_record
from store import datasets
from store.errors import NotFound
from store.jobs import ensembles, jobs
from store.models import models
from store.tables import JobRow

routes = Routes("reports", "Reports of a training, for people.")

HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"


class ReportQuery(Query):
    """The format of a report."""

    format: Format | None = Field(default=None, description="Instead of what `Accept` says.")


@routes.get(
    "/v1/jobs/{job_id}/report",
    scope="read",
    summary="The report of a job",
    produces=(HTML, MARKDOWN),
    problems=("not-found",),
)
def job_report(context: Context, job_id: str, query: ReportQuery) -> Response:
    """A report for people: what was learned, how, from what, and how to get the same again.

    A page of HTML that stands alone and runs nothing, or Markdown, by `Accept` or `format`.
    """
    with context.begin_read() as s:
        data = _load_report_data(s, jobs.get(s, context.owner, job_id))
    accepted = context.request.accept_mimetypes.best_match([HTML, MARKDOWN], HTML)
    headers = {"Vary": "Accept"}
    if (query.format or accepted) in {"markdown", MARKDOWN}:
        content_type, text = MARKDOWN, render_report(data, "markdown")
    else:
        content_type, text = HTML, render_report(data, "html")
        headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors 'none'; sandbox"
    return Response(text, content_type=f"{content_type}; charset=utf-8", headers=headers)


def _load_report_data(s: Session, row: JobRow) -> ReportData:
    record = load_training_record(s, ensembles.get_net(s, row, 1) or row)
    if row.spec.get("nets", 1) > 1:
        record = replace(record, has_ended=row.status in TERMINAL)
    dataset, model, evaluations, slices = None, None, {}, None
    with suppress(NotFound):
        dataset = datasets.get(s, row.owner, row.dataset_id)
    if row.model_id is not None:
        with suppress(NotFound):
            model = models.get(s, row.owner, row.model_id)
            evaluations, slices = _load_scores(s, model.id)
    return ReportData(
        job=row,
        spec=JobSpec.model_validate(row.spec, strict=False),
        record=record,
        findings=diagnose(record),
        verdict=compose_job_verdict(row),
        dataset=dataset,
        model=model,
        evaluations=evaluations,
        slices=slices,
    )


def _load_scores(s: Session, model_id: str) -> tuple[dict[str, EvaluationResponse], SlicesResponse | None]:
    """The evaluations of a model by split, and the slices of its validation rows, as the API answers them."""
    stored = models.get_insights(s, model_id, ["evaluation", "slices.validation"])
    kept, slices = stored.get("evaluation"), stored.get("slices.validation")
    splits = get_args(HeldOutSplit)
    found = {} if kept is None else {split: read_evaluation(kept, model_id, split) for split in splits}
    return (
        {split: evaluation for split, evaluation in found.items() if evaluation is not None},
        None if slices is None else read_slices(slices, model_id, "validation", MAX_SLICES),
    )
