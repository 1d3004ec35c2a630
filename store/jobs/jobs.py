"""Jobs for their owners: submit, list, pause, resume, finish, cancel and delete; `claims` is for workers.

A job ends exactly once: terminal states never change. An action changes the state at once; the job's worker notices
within a second, and what it has written remains.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from contract.states import ALLOWED_ACTIONS, TERMINAL, JobStatus
from store.database import execute_and_count, now
from store.errors import NotFound, WrongState
from store.jobs import ensembles
from store.jobs.transitions import end_job, update_job
from store.labels import change_labels, compose_words_of_job, contains_word, has_tag, has_task
from store.pages import Order, list_in_order
from store.tables import DatasetRow, DatasetStatsRow, JobRow, JsonObject, ModelRow, TrackingRow

# Built once: building a query takes longer than running it.
_SELECT_OWNED: Final = (
    select(JobRow)
    .where(JobRow.id == bindparam("id"), JobRow.owner == bindparam("owner"), JobRow.ensemble_id.is_(None))
    .execution_options(populate_existing=True)
)
_SELECT_LOCKED: Final = _SELECT_OWNED.with_for_update()
_SELECT_PROGRESS: Final = select(JobRow.status, JobRow.epoch).where(
    JobRow.id == bindparam("id"), JobRow.owner == bindparam("owner"), JobRow.ensemble_id.is_(None)
)
_IS_QUEUED: Final = and_(JobRow.status == "queued", JobRow.ensemble_id.is_(None))


def add(
    s: Session,
    *,
    id: str,  # noqa: A002 - the column's name
    owner: str,
    dataset_id: str,
    spec_json: str,
    warnings: Sequence[str] = (),
    reasons: Mapping[str, str] | None = None,
    priority: int = 0,
) -> JobRow:
    """Queue a job, with its nets if it is of several, and have it logged elsewhere if its spec says so.

    `spec_json` is `JobSpec.model_dump_json()`; among equal priorities the oldest runs first.

    Raises:
        NotFound: the owner has no such dataset.
    """
    query = select(DatasetRow.id).where(DatasetRow.id == dataset_id, DatasetRow.owner == owner)
    if s.scalar(query.with_for_update(read=True)) is None:
        raise NotFound("dataset", dataset_id)
    spec = json.loads(spec_json)
    row = JobRow(
        id=id,
        owner=owner,
        dataset_id=dataset_id,
        spec=spec,
        epochs=spec["epochs"],
        tags=spec["tags"],
        name=spec.get("model_name") or "",
        words=compose_words_of_job(id, spec, spec["tags"], None),
        warnings=list(warnings),
        reasons=dict(reasons or {}),
        priority=priority,
    )
    s.add(row)
    s.flush()
    if spec.get("tracking"):
        s.add(TrackingRow(job_id=id))
    if (nets := spec.get("nets", 1)) > 1:
        ensembles.add_nets(s, row, ensembles.create_nets(row, nets))
    return row


def get(s: Session, owner: str, job_id: str) -> JobRow:
    """The current row of a job."""
    row = s.scalar(_SELECT_OWNED, {"id": job_id, "owner": owner})
    if row is None:
        raise NotFound("job", job_id)
    return row


def _lock(s: Session, owner: str, job_id: str) -> tuple[JobRow, list[str]]:
    """The current row of a job, and the ids of its nets if it has several and waits for them.

    They are locked until the end of the transaction, so that no worker changes them meanwhile.
    """
    nets = ensembles.lock_nets(s, job_id)
    row = s.scalar(_SELECT_LOCKED, {"id": job_id, "owner": owner})
    if row is None:
        raise NotFound("job", job_id)
    return row, nets


def get_progress(s: Session, owner: str, job_id: str) -> tuple[str, int]:
    """The state of a job and its last recorded epoch; much cheaper than `get`."""
    row = s.execute(_SELECT_PROGRESS, {"id": job_id, "owner": owner}).one_or_none()
    if row is None:
        raise NotFound("job", job_id)
    return row.status, row.epoch


def get_dataset_stats(s: Session, job_id: str) -> JsonObject | None:
    """The statistics of a job's rows; None if there are none."""
    row = s.get(DatasetStatsRow, job_id)
    return None if row is None else row.facts


def get_parts(s: Session, job_id: str) -> bytes | None:
    """The split of a job's rows, as of `learning.data.split.encode_parts`; None if it is not stored."""
    return s.scalar(select(DatasetStatsRow.parts).where(DatasetStatsRow.job_id == job_id))


def list_page(
    s: Session,
    owner: str,
    limit: int,
    after: str | None = None,
    *,
    statuses: Collection[JobStatus] = (),
    dataset_id: str | None = None,
    sweep_id: str | None = None,
    task: str | None = None,
    tag: str | None = None,
    text: str | None = None,
    order: Order | None = None,
) -> tuple[list[JobRow], bool]:
    """Up to `limit` jobs that follow the one whose id is `after`, newest first, and whether there are more.

    They are the trials of one sweep, or the jobs that are of none. Each word of `text` is in their words or in those of
    their dataset.
    """
    query = select(JobRow).where(JobRow.owner == owner, JobRow.ensemble_id.is_(None))
    query = query.where(JobRow.sweep_id.is_(None) if sweep_id is None else JobRow.sweep_id == sweep_id)
    if statuses:
        query = query.where(JobRow.status.in_(statuses))
    if dataset_id is not None:
        query = query.where(JobRow.dataset_id == dataset_id)
    if task is not None:
        query = query.where(has_task(JobRow.words, task))
    if tag is not None:
        query = query.where(has_tag(JobRow.words, tag))
    for word in (text or "").split():
        in_dataset = select(DatasetRow.id).where(DatasetRow.owner == owner, contains_word(DatasetRow.words, word))
        query = query.where(or_(contains_word(JobRow.words, word), JobRow.dataset_id.in_(in_dataset)))
    large_columns = (JobRow.spec, JobRow.warnings, JobRow.reasons)
    return list_in_order(s, query, JobRow.id, order, owner=owner, limit=limit, after=after, large_columns=large_columns)


def list_dataset_names(s: Session, owner: str, dataset_ids: Iterable[str]) -> dict[str, str]:
    """The names of those of these datasets that there are, by id."""
    query = select(DatasetRow.id, DatasetRow.name).where(DatasetRow.id.in_(set(dataset_ids)), DatasetRow.owner == owner)
    return dict(s.execute(query).all())


def list_models(s: Session, model_ids: Iterable[str | None]) -> dict[str, str]:
    """The name and version of those of these models that there are, by id: `houses:3`."""
    query = select(ModelRow.id, ModelRow.name, ModelRow.version)
    rows = s.execute(query.where(ModelRow.id.in_({model_id for model_id in model_ids if model_id})))
    return {model_id: f"{name}:{version}" for model_id, name, version in rows}


def change(s: Session, owner: str, job_id: str, **changes: Any) -> JobRow:
    """Change the `tags` or the `note` of a job, in whatever state it is."""
    row = get(s, owner, job_id)
    update_job(s, (JobRow.id == job_id,), **change_labels(row, changes))
    return get(s, owner, job_id)


def count_unfinished(s: Session, owner: str) -> int:
    """The number of jobs of an owner that have not ended."""
    is_unfinished = JobRow.status.in_(("queued", "running", "paused"))
    conditions = (JobRow.owner == owner, JobRow.ensemble_id.is_(None), is_unfinished)
    return s.scalars(select(func.count()).select_from(JobRow).where(*conditions)).one()


def get_queue_position(s: Session, job: JobRow) -> int | None:
    """The number of the owner's queued jobs that run before this one; None unless it is queued."""
    if job.status != "queued":
        return None
    is_before = or_(JobRow.priority < job.priority, and_(JobRow.priority == job.priority, JobRow.id < job.id))
    return s.scalars(
        select(func.count()).select_from(JobRow).where(_IS_QUEUED, JobRow.owner == job.owner, is_before)
    ).one()


def pause(s: Session, owner: str, job_id: str) -> JobRow:
    """Pause a job until it is resumed; no change if it is paused already.

    Raises:
        WrongState: it has ended.
    """
    _, nets = _lock(s, owner, job_id)
    released = {"leased_until": None, "worker": None, "seen_at": now(), "eta_seconds": None, "interrupted": "paused"}
    for each in (*nets, job_id):
        # as when a worker releases a job, the attempt does not count
        is_claimed = (JobRow.id == each, JobRow.leased_until.is_not(None))
        if not update_job(s, is_claimed, status="paused", attempts=JobRow.attempts - 1, **released):
            is_waiting = (JobRow.id == each, JobRow.status.in_(("queued", "running")))
            update_job(s, is_waiting, status="paused", eta_seconds=None)
    return _get_in_status("paused", s, owner, job_id, {"paused"})


def resume(s: Session, owner: str, job_id: str) -> JobRow:
    """Queue a paused job again; no change if it is queued or running.

    Raises:
        WrongState: it has ended.
    """
    _, nets = _lock(s, owner, job_id)
    for each in (*nets, job_id):
        update_job(s, (JobRow.id == each, JobRow.status == "paused"), status="queued")
    return _get_in_status("resumed", s, owner, job_id, {"queued", "running"})


def finish(s: Session, owner: str, job_id: str) -> JobRow:
    """Request that a job ends as soon as possible, as succeeded, with the best of its recorded epochs.

    A paused job is queued for it. Nets of an ensemble that have no epoch are cancelled. No change if the job is
    finishing, or has ended so.

    Raises:
        WrongState: it has ended otherwise, or has no epoch yet.
    """
    before, nets = _lock(s, owner, job_id)
    request = {"finish_asked_at": func.coalesce(JobRow.finish_asked_at, now())}
    for each in (*nets, job_id) if before.epoch else ():
        has_epoch = (JobRow.id == each, JobRow.epoch > 0)
        if not update_job(s, (*has_epoch, JobRow.status == "paused"), status="queued", **request):
            update_job(s, (*has_epoch, JobRow.status.in_(("queued", "running"))), **request)
        if each in nets:
            end_job(s, each, (JobRow.id == each, JobRow.epoch == 0, JobRow.status.not_in(TERMINAL)), "cancelled")
    if nets and before.epoch:
        ensembles.count_waiting(s, job_id)
    row = get(s, owner, job_id)
    if row.stop_reason == "finished_by_user" or (row.finish_asked_at and row.status in {"queued", "running"}):
        return row
    detail = f"The job has {row.status} and cannot be finished."
    if "cancel" in list_allowed_actions(row):
        detail = f"The job is {row.status} and has no epoch yet that it could finish with; wait for one, or cancel it."
    raise WrongState(detail, row.status, list_allowed_actions(row))


def cancel(s: Session, owner: str, job_id: str) -> JobRow:
    """End a job now, even while a worker holds it; no change if it is cancelled already.

    Raises:
        WrongState: it succeeded or failed before.
    """
    _, nets = _lock(s, owner, job_id)
    ensembles.cancel_nets(s, nets)
    end_job(s, job_id, (JobRow.id == job_id, JobRow.status.not_in(TERMINAL)), "cancelled", waiting_nets=0)
    return _get_in_status("cancelled", s, owner, job_id, {"cancelled"})


def list_allowed_actions(job: JobRow) -> tuple[str, ...]:
    """The actions that the state of a job allows; a job without an epoch cannot be finished."""
    return tuple(action for action in ALLOWED_ACTIONS[job.status] if action != "finish" or job.epoch)


def delete(s: Session, owner: str, job_id: str) -> None:
    """Delete a job that has ended, with its epochs; its model remains.

    Raises:
        WrongState: it has not ended yet.
    """
    row, _ = _lock(s, owner, job_id)
    conditions = (JobRow.id == job_id, JobRow.owner == owner, JobRow.status.in_(TERMINAL))
    if not execute_and_count(s, sql_delete(JobRow).where(*conditions)):
        raise WrongState(f"The job is {row.status}; cancel it first.", row.status, list_allowed_actions(row))


def _get_in_status(action: str, s: Session, owner: str, job_id: str, statuses: set[str]) -> JobRow:
    row = get(s, owner, job_id)
    if row.status not in statuses:
        raise WrongState(f"The job has {row.status} and cannot be {action}.", row.status, list_allowed_actions(row))
    return row
