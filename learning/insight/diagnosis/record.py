"""The record of a training that the rules read: its spec, epochs, layer statistics and baselines.

Parts may be missing: a job that has just started has no epochs, and an old one no layer statistics.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.insight.baselines import Baselines
from learning.insight.dataset_stats import DatasetStats
from learning.nn.layers import Dense, flatten_layers
from learning.optim import Sgd
from learning.tasks.main_metric import MainMetric
from learning.training.spec import TrainingSpec

FINAL_EPOCHS: Final = 3
"""The final loss is the mean of this many epochs, as single epochs fluctuate."""


@dataclass(frozen=True)
class EpochRecord:
    """One recorded epoch; a number that is not finite is None."""

    epoch: int
    train_loss: float | None
    validation_loss: float | None
    metrics: Mapping[str, float | None]
    learning_rate: float
    gradient_norm: float | None


@dataclass(frozen=True)
class LayerRecord:
    """Statistics of a layer after an epoch; a share that does not apply to its activation is None."""

    layer: int
    activation: str
    gradient_norm: float | None
    dead_share: float | None
    saturated_share: float | None


@dataclass(frozen=True)
class LayersRecord:
    """The dense and conv layers after an epoch, the output layer last."""

    epoch: int
    layers: Sequence[LayerRecord]


@dataclass(frozen=True, kw_only=True)
class TrainingRecord:
    """The record of a training up to now.

    Attributes:
        spec: The training spec.
        main_metric: The metric by which it is compared with baselines.
        has_ended: Whether the training has ended.
        has_diverged: Whether it ended because its numbers were no longer finite.
        epochs: Its epochs, oldest first; of many, a sample with the best of all.
        best_epoch_number: The best of all epochs, whose weights are kept; None before the first.
        is_rowless: Whether a training row is none of the table, but a user or a part of a text.
        is_of_ensemble: Whether the net is one of several that become one model.
        selection_metric: The metric by which it is the best; None: the monitored loss.
        layers: Its layers after some epochs, oldest first.
        dataset_stats, baselines: Measured before training; None for jobs older than these measurements.
        model_metrics: The metrics of the model that several nets have become, with which `baselines` are then compared.
    """

    spec: TrainingSpec
    main_metric: MainMetric
    has_ended: bool
    has_diverged: bool
    epochs: Sequence[EpochRecord]
    best_epoch_number: int | None
    layers: Sequence[LayersRecord] = ()
    is_rowless: bool = False
    is_of_ensemble: bool = False
    selection_metric: str | None = None
    dataset_stats: DatasetStats | None = None
    baselines: Baselines | None = None
    model_metrics: Mapping[str, float | None] | None = None

    @cached_property
    def epoch_numbers(self) -> list[int]:
        """The epochs' numbers."""
        return [epoch.epoch for epoch in self.epochs]

    @cached_property
    def train_losses(self) -> NDArray[np.float64]:
        """The training losses (epochs,) as shares of the loss of guessing: 1 is no better than that."""
        return self._relative_losses([epoch.train_loss for epoch in self.epochs])

    @cached_property
    def validation_losses(self) -> NDArray[np.float64]:
        """The validation losses (epochs,) as such shares; empty where no rows are held out."""
        losses = [epoch.validation_loss for epoch in self.epochs]
        return self._relative_losses(losses) if any(loss is not None for loss in losses) else np.empty(0)

    @cached_property
    def monitored_losses(self) -> NDArray[np.float64]:
        """The losses (epochs,) by which the best epoch is chosen, unless a metric does."""
        return self.validation_losses if len(self.validation_losses) else self.train_losses

    @cached_property
    def best_epoch(self) -> EpochRecord | None:
        """The epoch whose weights are kept."""
        return next((epoch for epoch in self.epochs if epoch.epoch == self.best_epoch_number), None)

    @cached_property
    def constant_loss(self) -> float:
        """The loss of guessing; where that is not known, the first training loss."""
        if self.dataset_stats is not None and self.dataset_stats.guess_loss > 0:
            return self.dataset_stats.guess_loss
        first = self.epochs[0].train_loss if self.epochs else None
        return first or 1.0

    @property
    def learning_rate(self) -> float:
        """The learning rate of the spec."""
        return self.spec.optimizer.learning_rate

    @property
    def typical_learning_rate(self) -> float:
        """The optimizer's default learning rate; momentum makes steps longer by 1 / (1 - momentum)."""
        optimizer = self.spec.optimizer
        return type(optimizer)().learning_rate * ((1 - optimizer.momentum) if isinstance(optimizer, Sgd) else 1.0)

    @property
    def dense_layers(self) -> list[Dense]:
        """The hidden dense layers, also those within others."""
        return [layer for layer in flatten_layers(self.spec.layers) if isinstance(layer, Dense)]

    def _relative_losses(self, losses: Sequence[float | None]) -> NDArray[np.float64]:
        return np.array([np.nan if loss is None else loss for loss in losses], np.float64) / self.constant_loss


def final_level(losses: NDArray[np.float64]) -> float:
    """The mean of the last few losses (epochs,)."""
    return float(losses[-FINAL_EPOCHS:].mean())


def late_changes(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """The changes from epoch to epoch in the later half of losses (epochs,)."""
    return np.diff(losses[len(losses) // 2 :])


def as_float(value: Any) -> float:
    """A NumPy number as a Python float, for JSON."""
    return float(value)
