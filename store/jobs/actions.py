"""Actions of an owner on a job that has not ended: pause, resume, finish with the best epoch so far.

The state changes at once. The job's worker sees it within a second; what it wrote by then is not lost.
"""

from sqlalchemy import func
from sqlalchemy.orm import Session

from store.clock import now
from store.errors import WrongState
from store.jobs.jobs import get, list_allowed_actions
from store.jobs.transitions import update_job
from store.tables import JobRow


def pause(s: Session, owner: str, job_id: str) -> JobRow:
    """Pause a job until it is resumed; a job that is paused already stays as it is.

    Raises:
        NotFound: there is none, or it is another owner's.
        WrongState: it has ended.
    """
    mine = (JobRow.id == job_id, JobRow.owner == owner)
    released = {"leased_until": None, "worker": None, "seen_at": now(), "eta_seconds": None, "interrupted": "paused"}
    # as with a job that is handed back, the attempt does not count
    running = update_job(
        s, (*mine, JobRow.status == "running"), status="paused", attempts=JobRow.attempts - 1, **released
    )
    if not running:
        update_job(s, (*mine, JobRow.status == "queued"), status="paused")
    return _get_in_status("paused", s, owner, job_id, {"paused"})


def resume(s: Session, owner: str, job_id: str) -> JobRow:
    """Queue a paused job again; one that waits or runs stays as it is.

    Raises:
        NotFound: there is none, or it is another owner's.
        WrongState: it has ended.
    """
    update_job(s, (JobRow.id == job_id, JobRow.owner == owner, JobRow.status == "paused"), status="queued")
    return _get_in_status("resumed", s, owner, job_id, {"queued", "running"})


def finish(s: Session, owner: str, job_id: str) -> JobRow:
    """Request that a job ends as soon as possible, as succeeded, with the best of its recorded epochs.

    One that nobody works on is queued for it. A job that is finishing, or ended so, stays as it is.

    Raises:
        NotFound: there is none, or it is another owner's.
        WrongState: it has ended otherwise, or has no epoch yet.
    """
    mine = (JobRow.id == job_id, JobRow.owner == owner, JobRow.epoch > 0)
    request = {"finish_asked_at": func.coalesce(JobRow.finish_asked_at, now())}
    if not update_job(s, (*mine, JobRow.status == "paused"), status="queued", **request):
        update_job(s, (*mine, JobRow.status.in_(("queued", "running"))), **request)
    row = get(s, owner, job_id)
    if row.stop_reason == "finished_by_user" or (row.finish_asked_at and row.status in {"queued", "running"}):
        return row
    detail = f"The job has {row.status} and cannot be finished."
    if "cancel" in list_allowed_actions(row):
        detail = f"The job is {row.status} and has no epoch yet that it could finish with; wait for one, or cancel it."
    raise WrongState(detail, row.status, list_allowed_actions(row))


def _get_in_status(action: str, s: Session, owner: str, job_id: str, statuses: set[str]) -> JobRow:
    row = get(s, owner, job_id)
    if row.status not in statuses:
        raise WrongState(f"The job has {row.status} and cannot be {action}.", row.status, list_allowed_actions(row))
    return row
