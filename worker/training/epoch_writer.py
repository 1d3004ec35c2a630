"""Writes epochs into the database: the first at once, then in groups, so that short epochs are not held up.

While the database is unavailable the training goes on, and its epochs are written afterwards.
"""

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
from store.database import SessionFactory, begin_write, first_line, is_disk_full
from store.jobs import claims
from store.jobs.claims import JobClaim, JobProgress
from store.jobs.epochs import EpochRecord
from store.tables import JsonObject
from worker.context import DATABASE_UNAVAILABLE
from worker.lease import DISK_FULL, LOST, MAX_RETRY_SECONDS, LeaseLost
from worker.training.layer_recorder import LayerRecorder

MIN_FLUSH_SECONDS: Final = 0.4
MAX_TIME_SHARE: Final = 0.01
"""Of a job's time, for writing epochs: after a slow write, the next one comes later. With checkpoints it is 3%."""


class EpochWriter:
    """Records the epochs of a claim, and with them what `layers` has.

    Those up to `claim.epoch` are in the database from an attempt before, and are equal.
    """

    def __init__(self, sessions: SessionFactory, claim: JobClaim, layers: LayerRecorder, log: Logger) -> None:
        self._sessions = sessions
        self._layers = layers
        self._claim = claim
        self._log = log
        self._pending: list[EpochRecord] = []
        self._next_flush = 0.0
        self._pause = MIN_FLUSH_SECONDS
        self._began = time.monotonic()
        self._last = self._began
        self._rows = 0
        self._epochs_before = 0
        self._best: JsonObject | None = None
        self._eta = 0.0
        self.epoch = 0
        """The last epoch that was trained."""

    def start(self, trainer: Trainer) -> None:
        """Start the clock: training begins now, or goes on from where the trainer is."""
        self._began = self._last = time.monotonic()
        self.epoch = self._epochs_before = trainer.position.epoch - 1
        if trainer.best_epoch:
            watched = "train_loss" if trainer.validation_rows is None else "validation_loss"
            self._best = {"epoch": trainer.best_epoch, watched: trainer.best_loss}
            if self._claim.best is not None and self._claim.best["epoch"] == trainer.best_epoch:
                self._best = self._claim.best

    @property
    def has_caught_up(self) -> bool:
        """Whether all epochs that were recorded before this claim were trained again or skipped."""
        return self.epoch >= self._claim.epoch

    def add(self, epoch: Epoch, left: int, weights: NDArray[np.floating]) -> None:
        """Take an epoch that ended just now with these weights; `left` epochs may follow."""
        now = time.monotonic()
        record = epoch_record(epoch, now - self._last)
        self._last = now
        self.epoch = epoch.epoch
        self._rows += epoch.rows
        self._eta = (now - self._began) / (epoch.epoch - self._epochs_before) * left
        if epoch.best:
            watched = "train_loss" if epoch.validation_loss is None else "validation_loss"
            self._best = {"epoch": epoch.epoch, watched: getattr(record, watched), "metrics": record.metrics}
        if epoch.epoch > self._claim.epoch:
            self._pending.append(replace(record, weights_sha256=compute_weights_sha256(weights)))

    def flush_when_due(self) -> None:
        """Write the pending epochs, if that is due.

        Raises:
            LeaseLost: the claim no longer holds the job, or the disk is full.
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
            rest = self._pause = min(2 * self._pause, MAX_RETRY_SECONDS)
            self._log.warning("database unavailable, epochs wait", waiting=len(self._pending), error=first_line(error))
        else:
            self.mark_written()
            rest = max(MIN_FLUSH_SECONDS, min((time.monotonic() - now) / MAX_TIME_SHARE, MAX_RETRY_SECONDS))
        self._next_flush = time.monotonic() + rest

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
        """Forget the pending epochs, which were committed."""
        self._pending.clear()
        self._layers.mark_written()
        self._pause = MIN_FLUSH_SECONDS

    def _progress(self) -> JobProgress:
        seconds = max(self._last - self._began, 1e-9)
        return JobProgress(samples_per_second=self._rows / seconds, eta_seconds=self._eta, best=self._best)


def epoch_record(epoch: Epoch, seconds: float) -> EpochRecord:
    """The epoch as it is stored: a number that is not finite is null, and named."""
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
