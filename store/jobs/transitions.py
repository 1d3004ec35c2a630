"""Conditional updates of jobs, through which every change of a job goes, each with a new revision."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from contract.events import EventType
from contract.states import JobStatus
from store.database import execute_and_count, now
from store.tables import CheckpointRow, EnsembleWeightsRow, JobRow, Row
from store.webhooks import events

_TABLE: Final = Row.metadata.tables["jobs"]
"""Quicker to write to than the class."""
_SELECT_EVENT: Final = select(
    *(_TABLE.c[name] for name in ("owner", "id", "dataset_id", "status", "stop_reason", "model_id", "error", "tags"))
)
_EVENTS: Final[dict[JobStatus, EventType]] = {
    "succeeded": "job.succeeded",
    "failed": "job.failed",
    "cancelled": "job.cancelled",
}


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
        _add_event(s, job_id, status)
    return ended


def update_job(s: Session, conditions: Sequence[ColumnElement[bool]], **values: Any) -> bool:
    """Update the one job for which the conditions hold, with a new revision; False if there is none."""
    statement = update(_TABLE).where(*conditions).values(revision=_TABLE.c.revision + 1, **values)
    return execute_and_count(s, statement) == 1


def _add_event(s: Session, job_id: str, status: JobStatus) -> None:
    """Record that a job has ended; of the nets of an ensemble nobody is told."""
    query = _SELECT_EVENT.where(_TABLE.c.id == job_id, _TABLE.c.ensemble_id.is_(None))
    job = s.execute(query).mappings().one_or_none()
    if job is not None:
        data = {name: value for name, value in job.items() if name != "owner"}
        events.add(s, job["owner"], _EVENTS[status], {"object": "job", **data})
