"""Conditional updates of jobs, through which every change of a job goes, each with a new revision."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.orm import Session

from contract.states import JobStatus
from store.database import execute_and_count, now
from store.tables import CheckpointRow, EnsembleWeightsRow, JobRow, Row

_TABLE: Final = Row.metadata.tables["jobs"]
"""Quicker to write to than the class."""


def is_held(job_id: str, token: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions that are true only while this token holds the job."""
    return JobRow.id == job_id, JobRow.token == token, JobRow.status == "running"


def end_job(
    s: Session, job_id: str, conditions: Sequence[ColumnElement[bool]], status: JobStatus, **values: Any
) -> bool:
    """End the job, if the conditions hold for it; False if they do not."""
    final_values = {"status": status, "finished_at": now(), "leased_until": None, "eta_seconds": None}
    ended = update_job(s, conditions, **final_values, **values)
    if ended:
        s.execute(delete(CheckpointRow).where(CheckpointRow.job_id == job_id))
        s.execute(delete(EnsembleWeightsRow).where(EnsembleWeightsRow.ensemble_id == job_id))
    return ended


def update_job(s: Session, conditions: Sequence[ColumnElement[bool]], **values: Any) -> bool:
    """Update the one job for which the conditions hold, with a new revision; False if there is none."""
    statement = update(_TABLE).where(*conditions).values(revision=_TABLE.c.revision + 1, **values)
    return execute_and_count(s, statement) == 1
