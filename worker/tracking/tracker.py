"""The tracker of a trainer: a thread that logs jobs to the operator's tracking server, also while the trainer trains.

It only reads what is recorded of jobs, so that a server that is slow or away delays and fails nothing. What could not
be sent is sent later, by any worker.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from process.logs import get_logger
from store.database import begin_read, begin_write
from store.errors import NotFound
from store.jobs import trackings
from store.jobs.trackings import JobReport, TrackingClaim
from store.models import models
from worker.background_loop import BackgroundLoop
from worker.context import WorkerContext
from worker.tracking.report import (
    MAX_EPOCHS,
    list_metrics,
    list_model_files,
    list_params,
    list_tags,
    make_end,
    make_start,
)
from worker.tracking.server import TrackingError, TrackingServer

LEASE_SECONDS: Final = 55.0
PAUSE_SECONDS: Final = 5.0
"""The time between two looks at a job that runs."""

log = get_logger(__name__)


class Tracker:
    """Logs all jobs that are due, and looks for more every `reconcile_seconds`."""

    def __init__(self, context: WorkerContext) -> None:
        settings = context.settings
        self._context = context
        token = settings.tracking_token.get_secret_value()
        self._server = TrackingServer(settings.tracking_url, token, settings.tracking_experiment)
        self._loop = BackgroundLoop("tracker", context, trackings.has_due, self._log_next)

    def start(self) -> None:
        """Start the thread, if there is a server; it runs until `stop`. To be called once, in the trainer."""
        if self._context.settings.tracking_url:
            self._loop.start()

    def stop(self) -> None:
        """End the thread; what it was sending is sent again by another worker."""
        self._loop.stop()

    def _log_next(self, context: WorkerContext) -> bool:
        """Log the job that has been due for longest; False if there is none."""
        with begin_write(context.sessions) as s:
            claim = trackings.claim(s, LEASE_SECONDS)
        if claim is None:
            return False
        try:
            self._log_job(claim)
        except TrackingError as error:
            with begin_write(self._context.sessions) as s:
                trackings.record_failure(s, claim, str(error))
            if not claim.failures:
                log.warning("the tracking server took nothing", job=claim.job_id, error=str(error))
        return True

    def _log_job(self, claim: TrackingClaim) -> None:
        """Log what is new of a job, part by part; each is recorded when it is sent."""
        is_known = claim.run_id is not None
        while not self._loop.is_stopped and (report := self._load(claim)) is not None:
            job = report.job
            run_id = claim.run_id or self._server.open_run(
                job.id, job.spec.get("model_name") or job.id, make_start(job)
            )
            if not is_known:
                self._server.log_params(run_id, list_params(job.spec))
                self._server.log_tags(run_id, list_tags(job))
                is_known = True
            self._server.log_metrics(run_id, list_metrics(report))
            sent = {**claim.sent, **{net.job_id: net.epochs[-1].epoch for net in report.nets if net.epochs}}
            has_more = any(len(net.epochs) == MAX_EPOCHS for net in report.nets)
            is_over = report.has_ended and not has_more
            if is_over:
                self._end(claim, run_id, report)
            claim = replace(claim, run_id=run_id, sent=sent)
            with begin_write(self._context.sessions) as s:
                is_held = trackings.record(
                    s,
                    claim,
                    run_id=run_id,
                    sent=sent,
                    pause_seconds=None if is_over else PAUSE_SECONDS,
                    lease_seconds=LEASE_SECONDS if has_more else None,
                )
            if not (is_held and has_more):
                return

    def _load(self, claim: TrackingClaim) -> JobReport | None:
        with begin_read(self._context.sessions) as s:
            return trackings.load(s, claim.job_id, claim.sent, MAX_EPOCHS)

    def _end(self, claim: TrackingClaim, run_id: str, report: JobReport) -> None:
        """Send the model's files, and end the run."""
        root = None if report.model is None else self._server.find_artifact_root(run_id)
        if report.model is not None and root is not None:
            with suppress(NotFound):
                with begin_read(self._context.sessions) as s:
                    data = models.get_weights(s, report.model.id)
                for name, content in list_model_files(report.model, data):
                    self._server.upload(f"{root}/model/{name}", content)
                    with begin_write(self._context.sessions) as s:
                        trackings.renew(s, claim, LEASE_SECONDS)
        self._server.end_run(run_id, *make_end(report.job))
