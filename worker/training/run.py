"""Training a job: claim it, load its table, go on from its last checkpoint, record every epoch, keep the model.

All that is written names the claim's token, so a worker that lost its job can do no harm.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from contract.specs import JobSpec
from contract.states import JobStatus, StopReason
from learning.data.prepare import PreparedData
from learning.errors import LearningError
from learning.model import ModelHeader, compute_weights_sha256, create_header
from learning.training.trainer import Epoch, Trainer
from process import logs
from store.database import first_line
from store.errors import NotFound
from store.jobs import claims, jobs, pretraining_reports, reproductions
from store.jobs.claims import JobClaim
from worker import problems
from worker.context import DATABASE_UNAVAILABLE, WorkerContext
from worker.fingerprint import compute_fingerprint
from worker.lease import LOST, PAUSED, Leasable, Lease, LeaseLost, StopRequested
from worker.training import prepare, pretraining_report
from worker.training.checkpointer import Checkpointer
from worker.training.epoch_writer import EpochWriter
from worker.training.insights import compute_insights
from worker.training.layer_recorder import LayerRecorder
from worker.training.model_record import build_model


@dataclass
class Wishes:
    """What the owner wishes of a job in work; the lease's thread writes it, and the work reads it."""

    finish: bool = False
    """That it ends with the best that it has."""


@dataclass(frozen=True)
class Attempt:
    """One claim at work, and what keeps it and what comes of it."""

    claim: JobClaim
    lease: Lease
    epoch_writer: EpochWriter
    layers: LayerRecorder
    checkpointer: Checkpointer
    wishes: Wishes
    began: float = field(default_factory=time.monotonic)

    def find_stop_reason(self, time_limit: float | None) -> StopReason | None:
        """Why the training should end now; None if it may go on.

        Raises:
            NoEpochInTime: the time is up, and there is nothing to end with.
        """
        if not self.epoch_writer.has_caught_up:
            return None
        if self.wishes.finish:
            return "finished_by_user"
        limit = math.inf if time_limit is None else time_limit
        if time.monotonic() - self.began + self.claim.worked_seconds < limit:
            return None
        if self.epoch_writer.epoch == 0:
            raise FirstEpochTimeout(
                f"The first epoch had not ended when the time limit of {limit:g} seconds was over.",
                "Give it more time, or use fewer rows or columns or a smaller net.",
            )
        return "time_limit"


class FirstEpochTimeout(LearningError):
    """The time of a job is up before its first epoch is."""

    slug = "time-limit"


Ending = Callable[[Session], object]
"""What ends a job for good; its answer is false if the job is no longer ours."""

log = logs.get_logger(__name__)


def train_next_job(context: WorkerContext) -> bool:
    """Train the next job; False if there is none, or it was left to others."""
    claim = _claim(context)
    if claim is None:
        return False
    job_log = log.bind(job=claim.job_id)
    job_log.info("claimed", token=claim.token, epochs_before=claim.epoch)
    began = time.monotonic()
    wishes = Wishes(finish=claim.finish_requested)
    with Lease(context, held(claim, context.lease_seconds, wishes), job_log) as lease:
        layers = LayerRecorder(claim, context.history_bytes)
        epoch_writer = EpochWriter(context, claim, layers, job_log)
        checkpointer = Checkpointer(context, claim, epoch_writer, job_log)
        status, end = _train_claimed(context, Attempt(claim, lease, epoch_writer, layers, checkpointer, wishes))
        lease.write(lambda s: _end_job(s, epoch_writer, end))
        checkpointer.delete_files()
        job_log.info(status, epochs=epoch_writer.epoch, seconds=round(time.monotonic() - began, 3))
        return True
    return False


def _claim(context: WorkerContext) -> JobClaim | None:
    def claim(s: Session) -> JobClaim | None:
        return claims.claim(s, context.worker, context.lease_seconds, compute_fingerprint(context.max_cores))

    if context.shutdown or not context.disk_guard.has_space():
        return None
    try:
        return context.write(claim)
    except DATABASE_UNAVAILABLE as error:
        log.warning("database away, nothing claimed", error=first_line(error))
        return None


def _train_claimed(context: WorkerContext, attempt: Attempt) -> tuple[JobStatus, Ending]:
    """Train the claimed job; answer how it ended and what keeps that.

    Raises:
        LeaseLost: it must be left to others.
    """
    claim, lease = attempt.claim, attempt.lease
    try:
        spec = JobSpec.model_validate_json(claim.spec_json)
        dataset, start = lease.read(lambda s: prepare.load_inputs(s, claim, spec))
        prepared = lease.files(lambda: prepare.prepare_data(context, spec, dataset, start, lease))
        lease.check()
        if prepared.skipped:
            lease.write(lambda s: _warn_of_skipped_columns(s, claim, prepared))
        net, trainer = prepare.create_trainer(spec, prepared, start, context.max_cores)
        attempt.checkpointer.restore(trainer, lease)
        known = (
            None if claim.has_baselines else pretraining_report.compute_pretraining_report(prepared, trainer, dataset)
        )
        header = create_header(prepared, net)
        attempt.layers.start(trainer)
        lease.write(lambda s: _write_start(s, attempt, header, known))
        attempt.epoch_writer.start(trainer)
        try:
            cut_short = _train(trainer, attempt, None if claim.reproduces else spec.time_limit_seconds)
        finally:
            attempt.layers.finish()
        trainer.finish()
        if (original := claim.reproduces) is not None:
            found = compute_weights_sha256(net.parameters)
            return "succeeded", lambda s: reproductions.end_reproduction(s, claim.job_id, claim.token, original, found)
        epochs, job_log = attempt.epoch_writer.epoch, log.bind(job=claim.job_id)
        insight = compute_insights(prepared, net, dataset, files=context.files, epochs=epochs, lease=lease, log=job_log)
        model = build_model(spec, dataset, prepared, net, insight)
        reason = cut_short or trainer.stop_reason or "all_epochs"
    except LeaseLost:
        raise
    except Exception as error:  # whatever happens, the job ends, with a problem that tells of it
        problem = problems.describe_error(error, log.bind(job=claim.job_id))
        return "failed", lambda s: claims.fail(s, claim.job_id, claim.token, problem)
    return "succeeded", lambda s: claims.succeed(s, claim.job_id, claim.token, model, reason)


def _write_start(
    s: Session, attempt: Attempt, header: ModelHeader, known: pretraining_report.PretrainingReport | None
) -> None:
    """Keep the net that is about to learn, and what is known of its rows, unless an attempt before kept that.

    Raises:
        LeaseLost: the job is no longer ours.
    """
    claim = attempt.claim
    if known is not None and not pretraining_reports.add(s, claim.job_id, claim.token, **known):
        raise LeaseLost(LOST)
    attempt.layers.write_start(s, header)


def _train(trainer: Trainer, attempt: Attempt, time_limit: float | None) -> StopReason | None:
    """Train to the end; answer why it came before its time, if it did.

    Raises:
        NoEpochInTime: the time was up before the first epoch ended.
        LeaseLost: it must be left to others.
    """
    epoch_writer, checkpointer = attempt.epoch_writer, attempt.checkpointer
    most = attempt.claim.epochs
    for moment in trainer.run() if epoch_writer.epoch < most else ():
        if isinstance(moment, Epoch):
            epoch_writer.add(moment, left=most - moment.epoch, weights=trainer.net.parameters)
            attempt.layers.record_epoch(moment.epoch, trainer)
        if (reason := attempt.find_stop_reason(time_limit)) is not None:
            return reason
        if epoch_writer.epoch == most:
            return None
        try:
            attempt.lease.check()
        except StopRequested:
            checkpointer.save(trainer)
            raise
        epoch_writer.flush_when_due()
        checkpointer.save_when_due(trainer)
    return None


def _warn_of_skipped_columns(s: Session, claim: JobClaim, prepared: PreparedData) -> None:
    """Warn of each column that no warning names yet."""
    known = " ".join(jobs.get(s, claim.owner, claim.job_id).warnings)
    if news := [reason for column, reason in prepared.skipped if f"'{column}'" not in known]:
        claims.add_warnings(s, claim.job_id, claim.token, news)


def _end_job(s: Session, epoch_writer: EpochWriter, end: Ending) -> None:
    """Write the last epochs and the end of the job, or nothing."""
    epoch_writer.write_pending(s)
    if not end(s):
        raise LeaseLost(LOST)


def held(claim: JobClaim, lease_seconds: float, wishes: Wishes) -> Leasable:
    """What a lease needs to know of the claimed job; new wishes are noted on the way."""

    def loss(s: Session) -> str | None:
        try:
            job = jobs.get(s, claim.owner, claim.job_id)
        except NotFound:
            return "deleted"
        if job.status == "cancelled":
            return "cancelled"
        if (job.token, job.status) == (claim.token, "paused"):
            return PAUSED
        wishes.finish = job.finish_asked_at is not None
        return None if (job.token, job.status) == (claim.token, "running") else LOST

    return Leasable(
        renew=lambda s: claims.renew_lease(s, claim.job_id, claim.token, lease_seconds),
        lost_reason=loss,
        release=lambda s: claims.release(s, claim.job_id, claim.token),
    )
