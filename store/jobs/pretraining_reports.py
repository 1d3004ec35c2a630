"""What was found out before a job began to learn: its baselines, and facts of its rows.

It is written once, by the first worker that gets so far; whoever takes the job over finds it there.
"""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from store.jobs.transitions import is_held, update_job
from store.tables import DatasetStatsRow, JobRow, JsonObject


def add(s: Session, job_id: str, token: int, *, baselines: JsonObject, facts: JsonObject) -> bool:
    """Remember both, unless there are some; False, and nothing is written, if this token does not hold the job."""
    row = s.get(JobRow, job_id, populate_existing=True)
    if row is not None and row.baselines is not None:
        return row.token == token
    if not update_job(s, is_held(job_id, token), baselines=baselines):
        return False
    s.execute(insert(DatasetStatsRow), {"job_id": job_id, "facts": facts})
    return True


def get_dataset_stats(s: Session, job_id: str) -> JsonObject | None:
    """The facts of a job; None if none were found. The caller has looked the job up under its owner before."""
    row = s.get(DatasetStatsRow, job_id)
    return None if row is None else row.facts
