"""Training a job, top to bottom: claim, spec, data, trainer, the loop over epochs, the end.

Every write names the claim's fencing token, so that a worker which lost its job changes nothing.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from contract.specs import JobSpec
from contract.states import JobStatus, StopReason
from learning.data.prepare import PreparedData
from learning.encoding.eligibility import SkippedColumn
from learning.errors import LearningError
from learning.insight.conformal import fit_conformal_scores
from learning.insight.weight_history import encode_weights
from learning.language.samples import SampleWriter
from learning.model import compute_weights_sha256
from learning.model_header import create_header
from learning.seeding import derive_seed
from learning.training.trainer import Epoch, Trainer
from process.logs import Logger, get_logger
from store.jobs import claims, reproductions
from store.jobs.claims import JobClaim
from store.jobs.main_metric import read_main_error
from store.tables import DatasetRow, JsonObject
from worker import problems
from worker.context import WorkerContext
from worker.fingerprint import compute_fingerprint
from worker.lease import Lease, LeasedJob, LeaseLost, StopRequest
from worker.sweeps.trials import Pruner, advance_sweep
from worker.training.checkpointer import Checkpointer
from worker.training.combine import combine_nets
from worker.training.epoch_writer import EpochWriter
from worker.training.feature_store import Report
from worker.training.insights import compute_insights
from worker.training.layer_recorder import LayerRecorder
from worker.training.prepare import create_trainer, load_first_rows, load_inputs, prepare_data
from worker.training.records import build_model, compute_pretraining_report
from worker.training.results import complete_baselines, read_results

REPORT_SECONDS: Final = 1.0

TURN_OVER: Final = "a job of another owner waits"

EndJob = Callable[[Session], object]
"""Writes the end of a job; returns a false value if the claim no longer holds the job."""

log = get_logger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One attempt at a job: its claim and lease, and the writers of its epochs, layers and checkpoints."""

    context: WorkerContext
    claim: JobClaim
    job: LeasedJob
    lease: Lease
    epochs: EpochWriter
    layers: LayerRecorder
    checkpointer: Checkpointer
    pruner: Pruner
    log: Logger
    began: float


class FirstEpochTimeout(LearningError):
    """The time limit of a job was reached before the end of its first epoch."""

    slug = "time-limit"


def train_next_job(context: WorkerContext) -> bool:
    """Train the next job; False if there is none, or it was stopped for another reason than to make room for others."""
    claim = context.claim(partial(claims.claim, fingerprint=compute_fingerprint(context.max_cores)))
    if claim is None:
        return False
    began, job_log = time.monotonic(), log.bind(job=claim.job_id)
    job_log.info("claimed", token=claim.token, epochs_before=claim.epoch)
    job = LeasedJob(claim)
    with Lease(context, job, job_log) as lease:
        layers = LayerRecorder(claim, context.settings.history_bytes)
        epochs = EpochWriter(context.sessions, claim, layers, job_log)
        checkpointer = Checkpointer(context, claim, epochs, job_log)
        attempt = Attempt(
            context, claim, job, lease, epochs, layers, checkpointer, Pruner(context, claim), job_log, began
        )
        status, end_job = _train_job(attempt)

        def write_end(s: Session) -> object:
            epochs.write_pending(s)
            checkpointer.find_files_of_nets(s)
            return end_job(s)

        def write_failure(s: Session, problem: JsonObject) -> object:
            checkpointer.find_files_of_nets(s)
            return claims.fail(s, claim.job_id, claim.token, problem)

        if lease.write_end(write_end, write_failure) is not None:
            status = "failed"
        checkpointer.delete_files(has_failed=status == "failed")
        job_log.info(status, epochs=epochs.epoch, seconds=round(time.monotonic() - began, 3))
        if claim.sweep_id is not None:
            advance_sweep(context, claim.sweep_id)
        return True
    return job.must_make_room


def _train_job(attempt: Attempt) -> tuple[JobStatus, EndJob]:
    """Train the claimed job; returns its final status, and the function that writes it.

    Raises:
        LeaseLost: the claim no longer holds the job.
    """
    context, claim, lease = attempt.context, attempt.claim, attempt.lease
    held = {"job_id": claim.job_id, "token": claim.token}
    try:
        spec = JobSpec.model_validate_json(claim.spec_json)
        if spec.nets > 1:
            return "succeeded", _combine_nets(attempt, spec)
        dataset, start = load_inputs(context, claim, spec, lease)
        attempt.job.start_turn(context.settings.turn_seconds)
        is_of_ensemble = claim.net is not None
        report = _report_features(attempt)
        prepared = prepare_data(context, spec, dataset, start, lease, report=report, shared_encoding=is_of_ensemble)
        if is_of_ensemble:  # all nets divide the rows alike, and else draw numbers of their own
            spec = spec.model_copy(update={"seed": derive_seed(spec.seed, f"net {claim.net}")})
        net, trainer = create_trainer(spec, prepared, start, context.max_cores)
        attempt.checkpointer.restore(trainer, lease)
        _write_start(attempt, prepared, trainer, dataset)
        samples = SampleWriter(prepared, net, trainer.epochs)
        cut_short = _run_epochs(attempt, trainer, samples, None if claim.reproduces else spec.time_limit_seconds)
        trainer.finish()
        reason = cut_short or trainer.stop_reason or "all_epochs"
        if is_of_ensemble:
            weights = encode_weights(net.parameters)
            return "succeeded", partial(claims.succeed_net, weights=weights, stop_reason=reason, **held)
        if claim.sweep_id is not None:
            sha256 = compute_weights_sha256(net.parameters)
            return "succeeded", partial(claims.succeed_trial, weights_sha256=sha256, stop_reason=reason, **held)
        if claim.reproduces is not None:
            sha256 = compute_weights_sha256(net.parameters)
            end = partial(reproductions.end_reproduction, original_id=claim.reproduces, weights_sha256=sha256, **held)
            return "succeeded", end
        conformal = fit_conformal_scores(prepared, net, ordered_by=spec.split.order_by)
        insight = compute_insights(
            prepared,
            net,
            dataset,
            files=context.files,
            epochs=attempt.epochs.epoch,
            lease=lease,
            log=attempt.log,
            conformal=conformal,
        )
        model = build_model(spec, dataset, prepared, net, insight, conformal=conformal)
        results = read_results(insight, prepared.output)

        def end_with_model(s: Session) -> object:
            baselines = complete_baselines(claims.get_row(s, claim.job_id).baselines, results)
            return claims.succeed(s, claim.job_id, claim.token, model, reason, baselines=baselines)

    except LeaseLost:
        raise
    except Exception as error:  # any other error ends the job with a problem
        return "failed", partial(claims.fail, problem=problems.describe_error(error, attempt.log), **held)
    return "succeeded", end_with_model


def _combine_nets(attempt: Attempt, spec: JobSpec) -> EndJob:
    """Combine the nets of an ensemble, all of which have ended; returns the function that writes its end.

    Raises:
        LeaseLost: the claim no longer holds the job.
    """
    claim = attempt.claim
    found = combine_nets(attempt.context, claim, spec, attempt.lease, attempt.log)

    def end(s: Session) -> object:
        _add_warnings(s, claim, found.skipped)
        main_error = read_main_error(spec.model_dump(), found.best)
        result = {"best": found.best, "main_error": main_error, "baselines": found.baselines}
        if claim.reproduces is not None:
            sha256 = found.model.weights_sha256
            return reproductions.end_reproduction(s, claim.job_id, claim.token, claim.reproduces, sha256, **result)
        return claims.succeed(s, claim.job_id, claim.token, found.model, found.stop_reason, **result)

    return end


def _add_warnings(s: Session, claim: JobClaim, skipped: Sequence[SkippedColumn]) -> None:
    """Add the reasons why columns or rows were left out, but for columns that a warning names already."""
    if skipped:
        known = " ".join(claims.get_row(s, claim.job_id).warnings)
        if news := [reason for column, reason in skipped if f"'{column}'" not in known]:
            claims.add_warnings(s, claim.job_id, claim.token, news)


def _report_features(attempt: Attempt) -> Report:
    """Records how far the features of pictures are made, about once a second.

    The report raises LeaseLost as `Lease.check` does, and StopRequest where the turn is over and all so far are kept.
    """
    told_at = -math.inf

    def report(share: float, is_kept: bool) -> None:
        nonlocal told_at
        attempt.lease.check()
        if time.monotonic() - told_at >= REPORT_SECONDS:
            told_at, claim = time.monotonic(), attempt.claim
            attempt.lease.write(lambda s: claims.set_prepared(s, claim.job_id, claim.token, round(share, 4)))
        if is_kept and attempt.job.must_make_room:
            raise StopRequest(TURN_OVER)

    return report


def _write_start(attempt: Attempt, prepared: PreparedData, trainer: Trainer, dataset: DatasetRow) -> None:
    """Write the records before the first epoch: warnings, baselines, and the initial net.

    Raises:
        LeaseLost: the claim no longer holds the job.
    """
    claim = attempt.claim
    report = None
    if not claim.has_baselines:
        first_rows = load_first_rows(attempt.context, dataset, attempt.lease)
        report = compute_pretraining_report(prepared, trainer, dataset, first_rows)
    header = create_header(prepared, trainer.net)
    attempt.layers.start(trainer)
    attempt.lease.check()

    def write(s: Session) -> bool:
        _add_warnings(s, claim, prepared.skipped)
        if report is not None and not claims.add_pretraining_report(s, claim.job_id, claim.token, **report):
            return False
        return attempt.layers.write_start(s, header)

    attempt.lease.write(write)


def _run_epochs(
    attempt: Attempt, trainer: Trainer, samples: SampleWriter, time_limit: float | None
) -> StopReason | None:
    """Train to the end; returns the reason if training is stopped early.

    Raises:
        FirstEpochTimeout: the time limit was reached before the first epoch ended.
        LeaseLost: the claim no longer holds the job.
    """
    epochs, last = attempt.epochs, attempt.claim.epochs
    epochs.start(trainer)
    attempt.job.start_turn(attempt.context.settings.turn_seconds)
    try:
        for event in trainer.run() if epochs.epoch < last else ():
            if isinstance(event, Epoch):
                sample = samples.write(event.epoch)
                epochs.add(event, left=last - event.epoch, weights=trainer.net.parameters, sample=sample)
                attempt.layers.record_epoch(event.epoch, trainer)
                if epochs.has_caught_up and attempt.pruner.stops(event):
                    return "pruned"
            if (reason := _find_stop_reason(attempt, time_limit)) is not None:
                return reason
            if epochs.epoch == last:
                return None
            try:
                attempt.lease.check()
            except StopRequest:
                attempt.checkpointer.save(trainer)
                raise
            if attempt.job.must_make_room:
                if attempt.checkpointer.save(trainer):
                    raise StopRequest(TURN_OVER)
                attempt.job.start_turn(attempt.context.settings.turn_seconds)
            epochs.flush_when_due()
            attempt.checkpointer.save_when_due(trainer)
    finally:
        attempt.layers.finish()
    return None


def _find_stop_reason(attempt: Attempt, time_limit: float | None) -> StopReason | None:
    """The reason to stop training now; None if it may continue.

    Raises:
        FirstEpochTimeout: the time limit was reached, and there is no complete epoch.
    """
    if not attempt.epochs.has_caught_up:
        return None
    if attempt.job.finish_requested:
        return "finished_by_user"
    limit = math.inf if time_limit is None else time_limit
    if time.monotonic() - attempt.began + attempt.claim.worked_seconds < limit:
        return None
    if attempt.epochs.epoch == 0:
        raise FirstEpochTimeout(
            f"The first epoch had not ended when the time limit of {limit:g} seconds was over.",
            "Give it more time, or use fewer rows or columns or a smaller net.",
        )
    return "time_limit"
