"""Recorder of a net's layer statistics and weight history while a job trains it.

They are written with the epochs that they belong to. Recording takes at most a fiftieth of the job's processor time,
and not of wall time, so that other load on the machine does not change what is recorded.
"""

import math
import time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from learning.insight.layer_stats import LayerMonitor, LayerStats
from learning.insight.weight_history import WeightHistory, compute_capacity, decode_weights, encode_weights
from learning.model_header import ModelHeader
from learning.training.trainer import Trainer
from store.jobs import layer_stats, weight_history
from store.jobs.claims import JobClaim
from store.jobs.layer_stats import LayerStatsRecord

MAX_TIME_SHARE: Final = 0.005
"""The maximum share of a job's processor time for statistics, apart from the first and the last epoch. With epochs of
a millisecond, the weight history takes as much again."""

MIN_INTERVAL_SHARE: Final = 0.002
"""The minimum interval of measurements, as a share of the time that the job was trained for, which bounds their number
in a long job of short epochs, also if it is resumed often."""

SIGNIFICANT_DIGITS: Final = 6
"""The precision of a stored statistic."""


class LayerRecorder:
    """Records layer statistics and at most `history_bytes` of weights of the epochs after `claim.epoch`."""

    def __init__(self, claim: JobClaim, history_bytes: int) -> None:
        self._claim = claim
        self._history_bytes = history_bytes
        self._history = WeightHistory(0)
        self._first: bytes | None = None
        self._pending: list[LayerStatsRecord] = []
        self._last_measured: tuple[int, bytes, bytes] | None = None
        self._began = 0.0
        self._before = self._watched = self._next = 0

    def start(self, trainer: Trainer) -> None:
        """Start recording a training, which begins or resumes now."""
        self._began, self._before = time.thread_time(), trainer.position.epoch - 1
        self._history = WeightHistory(compute_capacity(trainer.net.parameter_count, self._history_bytes))
        if self._history.capacity and (trainer.position.epoch, trainer.position.rows) == (1, 0):
            self._first = encode_weights(trainer.net.parameters)
        self._watcher = LayerMonitor(trainer)

    def write_start(self, s: Session, header: ModelHeader) -> bool:
        """Write the header and initial weights; False, and nothing is written, if the claim no longer holds the job."""
        arguments = (s, self._claim.job_id, self._claim.token, header.to_json(), self._first)
        return not self._history.capacity or weight_history.start(*arguments)

    def record_epoch(self, epoch: int, trainer: Trainer) -> None:
        """Record the weights of an epoch that has just ended, and measure its layers if a measurement is due."""
        if epoch <= self._claim.epoch:
            return
        weights = trainer.net.parameters
        self._history.add(epoch, weights)
        if epoch >= self._next or trainer.stop_reason is not None:
            self._measure(epoch, weights, trainer.state.before)

    def finish(self) -> None:
        """Measure the layers after the last epoch, unless they were measured, if its weights are stored."""
        if self._history.newest_epoch > self._watched:
            self._measure(self._history.newest_epoch, decode_weights(self._history.newest_weights), None)

    def write_pending(self, s: Session) -> None:
        """Write pending statistics and weights in a transaction that checks the token."""
        job_id = self._claim.job_id
        if self._pending:
            layer_stats.add(s, job_id, self._pending)
        if self._history.pending:
            weight_history.add_snapshots(s, job_id, self._history.pending, self._history.stride)
        if self._last_measured is not None:
            weight_history.update_gradients(s, job_id, *self._last_measured)

    def mark_written(self) -> None:
        """Clear the pending records after their commit."""
        self._pending.clear()
        self._history.pending.clear()
        self._last_measured = self._first = None

    def _measure(self, epoch: int, weights: NDArray[np.floating], before: NDArray[np.floating] | None) -> None:
        began = time.thread_time()
        layers = self._watcher.measure(weights, before)
        self._pending.append(layers_record(epoch, layers))
        if self._history.capacity:
            dead = np.concatenate(self._watcher.dead).astype(np.uint8).tobytes()
            self._last_measured = (epoch, encode_weights(self._watcher.gradients), dead)
        self._watched = epoch
        ended = time.thread_time()
        worked = self._claim.worked_seconds + ended - self._began
        pause = max((ended - began) / MAX_TIME_SHARE, worked * MIN_INTERVAL_SHARE)
        seconds_per_epoch = max(ended - self._began, 1e-9) / (epoch - self._before)
        self._next = epoch + math.ceil(pause / seconds_per_epoch)


def layers_record(epoch: int, statistics: list[LayerStats]) -> LayerStatsRecord:
    """The record of the layers: a number that is not finite is null, and named in `non_finite`."""
    non_finite: dict[str, str] = {}
    records: list[dict[str, Any]] = []
    for number, layer in enumerate(statistics):
        records.append(dict(vars(layer)))
        for name, value in records[-1].items():
            if isinstance(value, float):
                is_finite = math.isfinite(value)
                records[-1][name] = float(f"{value:.{SIGNIFICANT_DIGITS}g}") if is_finite else None
                if not is_finite:
                    non_finite[f"layers.{number}.{name}"] = str(value)
    return LayerStatsRecord(epoch=epoch, layers=records, non_finite=non_finite or None)
