"""Diagnosis of a job, while it runs and after, with a patch of its spec for each problem."""

from contract.diagnosis import DiagnosticsResponse, Evidence, FindingResponse
from learning.insight.diagnosis.diagnose import diagnose
from learning.insight.diagnosis.findings import Finding
from service.http.routing import Routes
from service.net_choice import NetQuery, load_net_row
from service.services import Context
from service.training_record import load_training_record

routes = Routes("diagnostics", "Diagnosis of a training, with changes of its spec.")


@routes.get("/v1/jobs/{job_id}/diagnostics", scope="read", summary="Diagnose a job", problems=("not-found",))
def diagnostics(context: Context, job_id: str, query: NetQuery) -> DiagnosticsResponse:
    """The findings of a job, the most serious first; none means that no problem was found.

    Jobs that run, were cancelled or have failed are looked at as well, as far as they came. A `suggested_patch` is a
    JSON merge patch of the job's spec: apply it, and submit the result.
    """
    with context.begin_read() as s:
        row = load_net_row(s, context, job_id, query.net)
        record = load_training_record(s, row)
    return DiagnosticsResponse(
        job_id=job_id, epoch=row.epoch, findings=[_finding_response(found) for found in diagnose(record)]
    )


def _finding_response(finding: Finding) -> FindingResponse:
    return FindingResponse(
        code=finding.code,
        severity=finding.severity,
        title=finding.title,
        detail=finding.detail,
        advice=finding.advice,
        evidence=Evidence(epochs=list(finding.epochs), numbers=dict(finding.numbers)),
        suggested_patch=finding.suggested_patch,
    )
