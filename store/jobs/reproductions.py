"""Reproductions: jobs that train another job's spec on the same data again, and compare the weights by their hashes.

Every epoch has the hash of its weights, so the first difference is known. A reproduction makes no model.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from contract.states import TERMINAL
from store.errors import WrongState
from store.jobs import ensembles, jobs
from store.jobs.transitions import end_job, is_held
from store.tables import DatasetRow, EpochRow, JobRow, JsonObject


def add(s: Session, owner: str, original_id: str, *, id: str) -> JobRow:  # noqa: A002 - the column's name
    """Queue a job that trains the number of epochs that the original has recorded; of an ensemble, each of its nets.

    Raises:
        NotFound: the owner has no such job.
        WrongState: the original has not ended, has no hash to compare with, or its dataset was deleted.
    """
    original = jobs.get(s, owner, original_id)
    hashed = select(EpochRow.epoch).join(JobRow, JobRow.id == EpochRow.job_id)
    hashed = hashed.where(or_(JobRow.id == original_id, JobRow.ensemble_id == original_id))
    dataset = select(DatasetRow.id).where(DatasetRow.id == original.dataset_id, DatasetRow.owner == owner)
    refusal = ""
    if original.status not in TERMINAL:
        refusal = f"The job is {original.status}; wait until it has ended."
    elif s.scalar(hashed.where(EpochRow.weights_sha256.is_not(None)).limit(1)) is None:
        refusal = f"The job has {original.status} and recorded no epoch with a hash of its weights to compare with."
    elif s.scalar(dataset.with_for_update(read=True)) is None:
        refusal = f"The job has {original.status} and its dataset was deleted since."
    if refusal:
        raise WrongState(refusal, original.status, jobs.list_allowed_actions(original))
    row = JobRow(
        id=id,
        owner=owner,
        dataset_id=original.dataset_id,
        spec=original.spec,
        epochs=original.epoch,
        reasons=original.reasons,
        tags=original.tags,
        reproduces=original_id,
    )
    s.add(row)
    s.flush()
    if originals := ensembles.list_nets(s, [original_id])[original_id]:
        _add_nets(s, row, originals)
    return row


def _add_nets(s: Session, row: JobRow, originals: list[JobRow]) -> None:
    """Queue the nets that train those of the original again, but for those that recorded nothing."""
    nets = ensembles.create_nets(row, len(originals))
    for net, original in zip(nets, originals, strict=True):
        net.epochs, net.reproduces = original.epoch, original.id
    ensembles.add_nets(s, row, nets)
    ensembles.cancel_nets(s, [net.id for net in nets if not net.epochs])
    ensembles.count_waiting(s, row.id)
    s.refresh(row)


def compare_weights(s: Session, job_id: str, original_id: str, weights_sha256: str) -> JsonObject | None:
    """Whether the weights after every epoch and at the end equal the original's, and the first epoch that differs.

    Of an ensemble, that is the first of any of its nets. None if the original was deleted meanwhile.
    """
    if (original_job := s.get(JobRow, original_id)) is None:
        return None
    original = aliased(EpochRow)
    same_epoch = and_(original.job_id == JobRow.reproduces, original.epoch == EpochRow.epoch)
    differing = EpochRow.weights_sha256.is_distinct_from(original.weights_sha256)
    query = select(func.min(EpochRow.epoch)).join(JobRow, JobRow.id == EpochRow.job_id).outerjoin(original, same_epoch)
    epoch = s.scalar(query.where(or_(JobRow.id == job_id, JobRow.ensemble_id == job_id), differing))
    is_end_same = original_job.weights_sha256 in {None, weights_sha256}
    return {"match": epoch is None and is_end_same, "first_difference": epoch}


def end_reproduction(
    s: Session, job_id: str, token: int, original_id: str, weights_sha256: str, **measured: Any
) -> bool:
    """End a reproduction with its result; False if this token does not hold the job.

    If weights differ and so do the fingerprints, a warning names what differs. Record the last epochs earlier in the
    same transaction. Of an ensemble, `best` and `baselines` are `measured` now.
    """
    comparison = compare_weights(s, job_id, original_id, weights_sha256)
    result: JsonObject = {"weights_sha256": weights_sha256, "reproduction": comparison, **measured}
    if comparison and not comparison["match"]:
        job = s.get_one(JobRow, job_id)
        rows = [job, *ensembles.list_nets(s, [job_id])[job_id]]
        reasons = [why for row in rows for why in _explain_difference(s.get_one(JobRow, row.reproduces), row)]
        result["warnings"] = [*job.warnings, *dict.fromkeys(reasons)]
    return end_job(s, job_id, is_held(job_id, token), "succeeded", stop_reason="all_epochs", **result)


def _explain_difference(original: JobRow, job: JobRow) -> Iterator[str]:
    """The warnings that say why the weights of a reproduction may differ from the original's."""
    before, after = original.fingerprint or {}, job.fingerprint or {}
    differing = [
        f"{name} was {before.get(name, 'not recorded')} and is {after.get(name, 'not recorded')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    if differing:
        yield f"The weights may differ because the original was trained in another environment: {'; '.join(differing)}."
    for row in (original, job):
        if row.differs_from_epoch is not None:
            yield (
                f"The weights may differ because {row.id} itself was resumed in another environment "
                f"from epoch {row.differs_from_epoch} on."
            )
