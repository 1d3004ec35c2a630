"""Reproductions: jobs that train another job's spec on the same data again, and compare the weights by their hashes.

Every epoch has the hash of its weights, so the first one that differs is known. A reproduction leaves no model.
"""

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from contract.states import TERMINAL
from store.errors import WrongState
from store.jobs import jobs
from store.jobs.transitions import end_job, is_held
from store.tables import DatasetRow, EpochRow, JobRow, JsonObject


def add(s: Session, owner: str, original_id: str, *, id: str) -> JobRow:  # noqa: A002 - the column's name
    """Queue a job that trains as many epochs as the original has recorded.

    Raises:
        NotFound: there is no such job, or it is another owner's.
        WrongState: it has not ended, has nothing to compare with, or its dataset is gone.
    """
    original = jobs.get(s, owner, original_id)
    hashed = select(EpochRow.epoch).where(EpochRow.job_id == original_id, EpochRow.weights_sha256.is_not(None))
    dataset = select(DatasetRow.id).where(DatasetRow.id == original.dataset_id, DatasetRow.owner == owner)
    why = ""
    if original.status not in TERMINAL:
        why = f"The job is {original.status}; wait until it has ended."
    elif s.scalar(hashed.limit(1)) is None:
        why = f"The job has {original.status} and recorded no epoch with a hash of its weights to compare with."
    elif s.scalar(dataset.with_for_update(read=True)) is None:
        why = f"The job has {original.status} and its dataset was deleted since."
    if why:
        raise WrongState(why, original.status, jobs.list_allowed_actions(original))
    row = JobRow(
        id=id,
        owner=owner,
        dataset_id=original.dataset_id,
        spec=original.spec,
        epochs=original.epoch,
        tags=original.tags,
        reproduces=original_id,
    )
    s.add(row)
    s.flush()
    return row


def compare_weights(s: Session, job_id: str, original_id: str) -> JsonObject | None:
    """Whether all epochs of a job ended with the weights of the original's, and the first that did not.

    None if the original was deleted meanwhile.
    """
    theirs = aliased(EpochRow)
    same = and_(theirs.job_id == original_id, theirs.epoch == EpochRow.epoch)
    differing = EpochRow.weights_sha256.is_distinct_from(theirs.weights_sha256)
    first = select(func.min(EpochRow.epoch)).outerjoin(theirs, same).where(EpochRow.job_id == job_id, differing)
    if s.get(JobRow, original_id) is None:
        return None
    epoch = s.scalar(first)
    return {"match": epoch is None, "first_difference": epoch}


def end_reproduction(s: Session, job_id: str, token: int, original_id: str, weights_sha256: str) -> bool:
    """End a reproduction with its result; False if this token does not hold the job.

    Record the last epochs in the same transaction before.
    """
    result = {"weights_sha256": weights_sha256, "reproduction": compare_weights(s, job_id, original_id)}
    return end_job(s, job_id, is_held(job_id, token), "succeeded", stop_reason="all_epochs", **result)
