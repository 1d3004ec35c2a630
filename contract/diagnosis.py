"""The diagnosis of a job's training: findings, their evidence, and the changes that they suggest."""

from typing import Any, Literal

from pydantic import Field

from contract.responses import ResponseModel
from learning.insight.diagnosis.findings import FindingCode, Severity


class Evidence(ResponseModel):
    """The evidence for a finding."""

    epochs: list[int] = Field(description="The epochs that show it; none where the rows do.")
    numbers: dict[str, float | None] = Field(description="The figures that show it, by what they are.")


class FindingResponse(ResponseModel):
    """One thing about a training that a person should know."""

    code: FindingCode
    severity: Severity
    title: str
    detail: str
    advice: str
    evidence: Evidence
    suggested_patch: dict[str, Any] | None = Field(
        description="A JSON merge patch (RFC 7396) of the job's spec: the spec, so changed, can be submitted as a new "
        "job. Null where no spec can help."
    )


class DiagnosticsResponse(ResponseModel):
    """The findings of a job, the most serious first."""

    object: Literal["diagnostics"] = "diagnostics"
    job_id: str
    epoch: int = Field(description="The last epoch that was looked at.")
    findings: list[FindingResponse]
