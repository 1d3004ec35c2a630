"""Writes epochs into the database: the first at once, then in batches, so that short epochs are not slowed down.

While the database is unavailable training continues, and its epochs are written afterwards.
"""

import json
import math
import time
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from learning.model import compute_weights_sha256
from learning.training.trainer import Epoch, Trainer
from process.logs import Logger
from store.database import SessionFactory, begin_write, first_line, is_disk_full, is_transient
from store.jobs import claims
from store.jobs.claims import JobClaim, JobProgress
from store.jobs.epochs import EpochRecord
from store.jobs.main_metric import read_main_error
from store.tables import JsonObject
from worker.context import DATABASE_UNAVAILABLE
from worker.lease import DISK_FULL, LOST, MAX_RETRY_SECONDS, LeaseLost
from worker.training.layer_recorder import LayerRecorder

MIN_FLUSH_SECONDS: Final = 0.4
MAX_REFUSALS: Final = 5
MAX_TIME_SHARE: Final = 0.01
"""The maximum share of a job's time for writing epochs: a slow write delays the next. With checkpoints it is 3%."""


class EpochWriter:
    """Records the epochs of a claim, and with them the pending records of `layers`.

    Epochs up to `claim.epoch` are skipped: an earlier attempt has recorded the same.
    """

    def __init__(self, sessions: SessionFactory, claim: JobClaim, layers: LayerRecorder, log: Logger) -> None:
        self._sessions = sessions
        self._layers = layers
        self._claim = claim
        self._spec: JsonObject = json.loads(claim.spec_json)
        self._log = log
        self._pending: list[EpochRecord] = []
        self._next_flush = 0.0
        self._pause = MIN_FLUSH_SECONDS
        self._refusals = 0
        self._began = time.monotonic()
        self._last = self._began
        self._rows = 0
        self._epochs_before = 0
        self._best: JsonObject | None = None
        self._selected: JsonObject = {}
        self._eta = 0.0
        self.epoch = 0
        """The last trained epoch."""

    def start(self, trainer: Trainer) -> None:
        """Start the clock: training begins or resumes now, at the trainer's position."""
        self._began = self._last = time.monotonic()
        self.epoch = self._epochs_before = trainer.position.epoch - 1
        metric = trainer.selection_metric
        self._selected = {} if metric is None else {"selected_by": metric}
        if trainer.best_epoch:
            watched = "train_loss" if trainer.validation_rows is None else "validation_loss"
            value = {watched: trainer.best_error} if metric is None else {"metrics": {metric: -trainer.best_error}}
            self._best = {"epoch": trainer.best_epoch, **value, **self._selected}
            if self._claim.best is not None and self._claim.best["epoch"] == trainer.best_epoch:
                self._best = self._claim.best

    @property
    def has_caught_up(self) -> bool:
        """Whether training has reached the last epoch recorded before this claim."""
        return self.epoch >= self._claim.epoch

    def add(self, epoch: Epoch, left: int, weights: NDArray[np.floating], sample: str | None = None) -> None:
        """Add an epoch that ended just now with these weights; at most `left` epochs follow.

        The sample is what a net that learns to write writes then.
        """
        now = time.monotonic()
        record = epoch_record(epoch, now - self._last)
        self._last = now
        self.epoch = epoch.epoch
        self._rows += epoch.rows
        self._eta = (now - self._began) / (epoch.epoch - self._epochs_before) * left
        if epoch.best:
            watched = "train_loss" if epoch.validation_loss is None else "validation_loss"
            values = {watched: getattr(record, watched), "metrics": record.metrics}
            self._best = {"epoch": epoch.epoch, **values, **self._selected}
        if epoch.epoch > self._claim.epoch:
            sha256 = compute_weights_sha256(weights)
            self._pending.append(replace(record, weights_sha256=sha256, sample=sample))

    def flush_when_due(self) -> None:
        """Write the pending epochs, if a write is due.

        Raises:
            LeaseLost: the claim no longer holds the job, or the disk is full.
            OperationalError: the database has refused the epochs several times, and not for being unavailable.
        """
        now = time.monotonic()
        if not self._pending or now < self._next_flush:
            return
        try:
            with begin_write(self._sessions) as s:
                self.write_pending(s)
        except DATABASE_UNAVAILABLE as error:
            if is_disk_full(error):
                raise LeaseLost(DISK_FULL) from error
            self._refusals += not is_transient(error)
            if self._refusals >= MAX_REFUSALS:
                raise
            pause = self._pause = min(2 * self._pause, MAX_RETRY_SECONDS)
            self._log.warning("database unavailable, epochs wait", waiting=len(self._pending), error=first_line(error))
        else:
            self.mark_written()
            pause = max(MIN_FLUSH_SECONDS, min((time.monotonic() - now) / MAX_TIME_SHARE, MAX_RETRY_SECONDS))
        self._next_flush = time.monotonic() + pause

    def write_pending(self, s: Session) -> None:
        """Write the pending epochs in the caller's transaction.

        Raises:
            LeaseLost: the claim no longer holds the job; the transaction must not be committed.
        """
        if self._pending and not claims.add_epochs(
            s, self._claim.job_id, self._claim.token, self._pending, self._progress()
        ):
            raise LeaseLost(LOST)
        self._layers.write_pending(s)

    def mark_written(self) -> None:
        """Clear the pending epochs after their commit."""
        self._pending.clear()
        self._layers.mark_written()
        self._pause, self._refusals = MIN_FLUSH_SECONDS, 0

    def _progress(self) -> JobProgress:
        seconds = max(self._last - self._began, 1e-9)
        return JobProgress(
            samples_per_second=self._rows / seconds,
            eta_seconds=self._eta,
            best=self._best,
            main_error=read_main_error(self._spec, self._best),
        )


def epoch_record(epoch: Epoch, seconds: float) -> EpochRecord:
    """The record of an epoch: a number that is not finite is null, and named in `non_finite`."""
    non_finite: dict[str, str] = {}

    def finite(name: str, value: float | None) -> float | None:
        if value is None or math.isfinite(value):
            return value
        non_finite[name] = str(float(value))
        return None

    return EpochRecord(
        epoch=epoch.epoch,
        train_loss=finite("train_loss", epoch.train_loss),
        validation_loss=finite("validation_loss", epoch.validation_loss),
        metrics={name: finite(f"metrics.{name}", value) for name, value in epoch.metrics.items()},
        learning_rate=epoch.learning_rate,
        gradient_norm=finite("gradient_norm", epoch.gradient_norm),
        seconds=seconds,
        non_finite=non_finite or None,
    )
