"""Pre-training reports of jobs: baselines, and statistics of the rows, written once before the first epoch."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from store.jobs.transitions import is_held, update_job
from store.tables import DatasetStatsRow, JobRow, JsonObject


def add(s: Session, job_id: str, token: int, *, baselines: JsonObject, facts: JsonObject) -> bool:
    """Store both, unless there are some; False, and nothing is written, if this token does not hold the job."""
    row = s.get(JobRow, job_id, populate_existing=True)
    if row is not None and row.baselines is not None:
        return row.token == token
    if not update_job(s, is_held(job_id, token), baselines=baselines):
        return False
    s.execute(insert(DatasetStatsRow), {"job_id": job_id, "facts": facts})
    return True


def get_dataset_stats(s: Session, job_id: str) -> JsonObject | None:
    """The statistics of a job's rows; None if there are none. The caller has checked the owner before."""
    row = s.get(DatasetStatsRow, job_id)
    return None if row is None else row.facts
