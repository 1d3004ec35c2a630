"""Claims: a worker claims a job, holds it by a lease, records its epochs, and ends it with a model or a problem.

Every write names the fencing token of the claim, and is refused once another worker has claimed the job: a worker that
was suspended past its lease cannot overwrite anything. While a job is paused, its last worker may still write.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from contract.problems import PROBLEM_KINDS
from contract.states import StopReason
from store.database import execute_and_count, now
from store.errors import NotFound
from store.jobs import checkpoints, ensembles
from store.jobs import epochs as epoch_rows
from store.jobs.checkpoints import Checkpoint
from store.jobs.epochs import EpochRecord
from store.jobs.resumes import add_resume
from store.jobs.transitions import end_job, is_held, update_job
from store.jobs.turns import IS_EXPIRED, IS_QUEUED, select_next_job
from store.models import models
from store.models.models import NewModel
from store.tables import DatasetStatsRow, JobRow, JsonObject, ModelRow, Row

_TABLE: Final = Row.metadata.tables["jobs"]
"""Quicker to write to than the class."""

MAX_STRIKES: Final = 3
CRASH_LOOP: Final = PROBLEM_KINDS["crash-loop"].document(
    "Three workers in a row were lost before they finished a new epoch. Most often the job "
    "needs more memory than the machine has: try a smaller net, a smaller batch_size or fewer columns."
)

FIRST_TOKEN: Final = 1
"""The token of a job's first claim."""

# Built once: building a query takes longer than running it.
_IS_WRITABLE: Final = (
    _TABLE.c.id == bindparam("of_job"),
    _TABLE.c.token == bindparam("of_token"),
    _TABLE.c.status.in_(("running", "paused")),
)
"""True while this token holds the job, or the job is paused and has not been claimed since."""
_PROGRESS: Final = {"seen_at": now(), "strikes": 0}
_UPDATE_EPOCH: Final = (
    update(_TABLE)
    .where(*_IS_WRITABLE, _TABLE.c.epoch == bindparam("after"))
    .values(revision=_TABLE.c.revision + 1, **_PROGRESS)
    .returning(_TABLE.c.ensemble_id, _TABLE.c.net)
)
_UPDATE_AT_CHECKPOINT: Final = (
    update(_TABLE).where(*_IS_WRITABLE, _TABLE.c.epoch >= bindparam("recorded")).values(_PROGRESS)
)


@dataclass(frozen=True, kw_only=True)
class JobClaim:
    """The right of one worker to run one job until the lease expires; every write must name its `token`."""

    job_id: str
    owner: str
    dataset_id: str
    token: int
    spec_json: str
    """Text for `JobSpec.model_validate_json`."""
    epoch: int
    """The last epoch recorded by earlier attempts; 0 if none."""
    epochs: int
    """The maximum number of epochs."""
    finish_requested: bool
    """Whether the job is to end with the best of its recorded epochs."""
    worked_seconds: float
    """The time since the job was started, without the times when no worker held it."""
    reproduces: str | None
    """The job whose weights this one reproduces, if any."""
    best: JsonObject | None
    """The best of the recorded epochs."""
    has_baselines: bool
    """Whether its baselines are stored."""
    net: int | None = None
    """The number of the net from 1, if it is one of an ensemble."""
    sweep_id: str | None = None
    """The sweep that it is a trial of, if any."""


MIXED_FINGERPRINTS: Final = (
    "Its nets were trained and combined on different machines or by other versions: the bits may differ."
)


@dataclass(frozen=True, kw_only=True)
class JobProgress:
    """The progress of a job with the epochs recorded with it; `best` has `epoch`, the monitored loss and `metrics`."""

    samples_per_second: float | None
    eta_seconds: float | None
    best: JsonObject | None
    main_error: float | None = None
    """The error of the main metric of `best`, as of `store.jobs.main_metric`."""


def claim(s: Session, worker: str, lease_seconds: float, fingerprint: JsonObject | None = None) -> JobClaim | None:
    """Claim the next job for `lease_seconds`: first those whose worker was lost, then fairly among owners.

    The owner with the fewest running jobs is next; among equals, the one that had its last turn longest ago. The jobs
    of an owner are ordered by priority and age: with jobs A1 A2 A3 of Ann and B1 of Bob, two workers get A1 and B1.

    A job whose workers were lost three times in a row without a new epoch or checkpoint is ended here as a crash
    loop. A job that resumes under another `fingerprint` is marked as not reproducible, with a warning.
    Needs a writing transaction; the claim is valid once it is committed.
    """
    while (next_job := select_next_job(s)) is not None:
        job, moment = next_job
        unchanged = (
            JobRow.id == job.id,
            JobRow.token == job.token,
            JobRow.status == job.status,
            JobRow.leased_until.is_not_distinct_from(job.leased_until),
        )
        is_worker_lost = job.status == "running"
        if is_worker_lost and job.strikes + 1 >= MAX_STRIKES:
            if job.ensemble_id:
                ensembles.lock_nets(s, job.ensemble_id)
            if end_job(s, job.id, unchanged, "failed", error=CRASH_LOOP, strikes=MAX_STRIKES) and job.ensemble_id:
                ensembles.fail_ensemble(s, job.ensemble_id, job.net or 0, CRASH_LOOP)
            continue
        resumes = add_resume(job, moment)
        idle = sum(resume["gap_seconds"] for resume in resumes)
        claimed = update_job(
            s,
            unchanged,
            status="running",
            token=job.token + 1,
            leased_until=moment + lease_seconds,
            seen_at=moment,
            started_at=job.started_at or moment,
            turn_at=moment,
            worker=worker,
            attempts=job.attempts + 1,
            strikes=job.strikes + is_worker_lost,
            resumes=resumes,
            interrupted=None,
            **_changes_of_fingerprint(s, job, fingerprint),
        )
        if claimed:
            if job.ensemble_id is not None:
                ensembles.start(s, job.ensemble_id, moment)
            return JobClaim(
                job_id=job.id,
                owner=job.owner,
                dataset_id=job.dataset_id,
                token=job.token + 1,
                spec_json=json.dumps(job.spec),
                epoch=job.epoch,
                epochs=job.epochs,
                finish_requested=job.finish_asked_at is not None,
                worked_seconds=max(0.0, moment - (job.started_at or moment) - idle),
                reproduces=job.reproduces,
                best=job.best,
                has_baselines=job.baselines is not None,
                net=job.net,
                sweep_id=job.sweep_id,
            )
    return None


def get_row(s: Session, job_id: str) -> JobRow:
    """The current row of a job or of a net of an ensemble."""
    row = s.get(JobRow, job_id, populate_existing=True)
    if row is None:
        raise NotFound("job", job_id)
    return row


def count_claimable(s: Session) -> int:
    """The number of jobs that can be claimed now."""
    return s.scalars(select(func.count()).select_from(JobRow).where(or_(IS_QUEUED, IS_EXPIRED))).one()


def renew_lease(s: Session, job_id: str, token: int, lease_seconds: float) -> bool:
    """Renew the lease for `lease_seconds` from now; False if this token no longer holds the job."""
    lease = {"leased_until": now() + lease_seconds, "seen_at": now()}
    return execute_and_count(s, update(JobRow).where(*is_held(job_id, token)).values(lease)) == 1


def add_pretraining_report(
    s: Session, job_id: str, token: int, *, baselines: JsonObject, facts: JsonObject, parts: bytes | None = None
) -> bool:
    """Store what is known before training, unless stored before; False if this token does not hold the job."""
    row = s.get(JobRow, job_id, populate_existing=True)
    if row is not None and row.baselines is not None:
        return row.token == token
    if not update_job(s, is_held(job_id, token), baselines=baselines):
        return False
    s.execute(insert(DatasetStatsRow), {"job_id": job_id, "facts": facts, "parts": parts})
    return True


def add_epochs(s: Session, job_id: str, token: int, epochs: Sequence[EpochRecord], progress: JobProgress) -> bool:
    """Record the next epochs, all or none; False, and nothing is written, if this token no longer holds the job.

    Raises:
        ValueError: the epochs do not follow one another.
    """
    first, last = epochs[0].epoch, epochs[-1]
    if [epoch.epoch for epoch in epochs] != list(range(first, first + len(epochs))):
        raise ValueError("Epochs must be recorded in order, without a gap.")
    latest = {name: getattr(last, name) for name in ("epoch", "train_loss", "validation_loss", "metrics")}
    of = {"of_job": job_id, "of_token": token, "after": first - 1}
    updated = s.execute(_UPDATE_EPOCH, {**of, **vars(progress), "epoch": last.epoch, "latest": latest}).one_or_none()
    if updated is None:
        return False
    epoch_rows.add(s, job_id, epochs)
    if updated.ensemble_id is not None:
        ensembles.add_progress(s, get_row(s, job_id), len(epochs))
    return True


def add_checkpoint(s: Session, job_id: str, token: int, checkpoint: Checkpoint) -> list[str] | None:
    """Add a checkpoint whose file is stored, and return the keys of the files that it replaces.

    None, and nothing is written, if this token no longer holds the job, or an epoch of the checkpoint is not recorded.
    """
    of = {"of_job": job_id, "of_token": token, "recorded": checkpoint.epoch}
    return checkpoints.add(s, job_id, token, checkpoint) if execute_and_count(s, _UPDATE_AT_CHECKPOINT, of) else None


def set_prepared(s: Session, job_id: str, token: int, share: float) -> bool:
    """Tell how far the features of pictures are made; False if this token does not hold the job."""
    return update_job(s, is_held(job_id, token), prepared=share)


def add_warnings(s: Session, job_id: str, token: int, warnings: Sequence[str]) -> bool:
    """Add warnings raised in training; False if this token does not hold the job."""
    before = s.scalar(select(JobRow.warnings).where(*is_held(job_id, token)))
    return before is not None and update_job(s, is_held(job_id, token), warnings=[*before, *warnings])


def release(s: Session, job_id: str, token: int) -> bool:
    """Queue the job again because its worker shuts down or its turn is over; the attempt does not count.

    Other owners come next. False if this token does not hold it.
    """
    values = {"status": "queued", "leased_until": None, "worker": None, "interrupted": "handed_back"}
    moments = {"seen_at": now(), "turn_at": now()}
    return update_job(s, is_held(job_id, token), **values, **moments, attempts=JobRow.attempts - 1)


def succeed(
    s: Session, job_id: str, token: int, model: NewModel, stop_reason: StopReason, **measured: Any
) -> ModelRow | None:
    """End the job with its model, under the next version of the model's name; None if this token does not hold it.

    Record the last epochs earlier in the same transaction, so that a job has either its whole result or none. Of an
    ensemble, which has no epochs of its own, `best`, `main_error` and `baselines` are `measured` now.
    """
    result = {"stop_reason": stop_reason, "model_id": model.id, "weights_sha256": model.weights_sha256, **measured}
    if not end_job(s, job_id, is_held(job_id, token), "succeeded", **result):
        return None
    owner, dataset_id = s.execute(select(JobRow.owner, JobRow.dataset_id).where(JobRow.id == job_id)).one()
    return models.add(s, owner, job_id, dataset_id, model)


def succeed_net(s: Session, job_id: str, token: int, weights: bytes, stop_reason: StopReason) -> bool:
    """End a net of an ensemble with the weights of its best epoch; False if this token does not hold it.

    Record the last epochs earlier in the same transaction. After the last net, workers may claim the ensemble.
    """
    if not end_job(s, job_id, is_held(job_id, token), "succeeded", stop_reason=stop_reason):
        return False
    ensembles.add_weights(s, get_row(s, job_id), weights)
    return True


def succeed_trial(s: Session, job_id: str, token: int, weights_sha256: str, stop_reason: StopReason) -> bool:
    """End a trial of a sweep, which makes no model; False if this token does not hold it.

    Record the last epochs earlier in the same transaction.
    """
    result = {"weights_sha256": weights_sha256, "stop_reason": stop_reason}
    return end_job(s, job_id, is_held(job_id, token), "succeeded", **result)


def fail(s: Session, job_id: str, token: int, problem: JsonObject) -> bool:
    """End the job with a problem document; False if this token does not hold it.

    A net fails its ensemble, whose other nets are cancelled.
    """
    of = s.execute(select(JobRow.ensemble_id, JobRow.net).where(*is_held(job_id, token))).one_or_none()
    if of is not None and of.ensemble_id is not None:
        ensembles.lock_nets(s, of.ensemble_id)
    if not end_job(s, job_id, is_held(job_id, token), "failed", error=problem):
        return False
    if of is not None and of.ensemble_id is not None:
        ensembles.fail_ensemble(s, of.ensemble_id, of.net, problem)
    return True


def _changes_of_fingerprint(s: Session, job: JobRow, fingerprint: JsonObject | None) -> dict[str, Any]:
    if fingerprint is None:
        return {}
    if job.spec.get("nets", 1) > 1:
        nets = [net for net in ensembles.list_nets(s, [job.id])[job.id] if net.status == "succeeded"]
        if not job.reproducible or all(net.reproducible and net.fingerprint == fingerprint for net in nets):
            return {"fingerprint": fingerprint}
        warnings = [*job.warnings, MIXED_FINGERPRINTS]
        return {"fingerprint": fingerprint, "reproducible": False, "warnings": warnings}
    if fingerprint == job.fingerprint:
        return {}
    if job.token + 1 == FIRST_TOKEN or (job.epoch == 0 and not checkpoints.list_newest_first(s, job.id)):
        return {"fingerprint": fingerprint}
    warning = f"From epoch {job.epoch + 1} on it ran on another machine or other versions: the bits may differ."
    return {
        "fingerprint": fingerprint,
        "reproducible": False,
        "differs_from_epoch": job.differs_from_epoch or job.epoch + 1,
        "warnings": [*job.warnings, warning],
    }
