"""The trainer: an iterator of epochs, so that recording them and stopping are the caller's own `for` loop."""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.batches import TrainingRows, choose_block_rows
from learning.data.dataset import count_words
from learning.errors import CorruptCheckpoint, Diverged
from learning.nn.layers.stack import find_hidden_matrices
from learning.nn.net import NeuralNet
from learning.optim.optimizer import MatrixUpdateRule
from learning.optim.plateau import PlateauCounter
from learning.optim.schedules import LearningRates
from learning.training.checkpoint import Position, TrainingCheckpoint, TrainingState
from learning.training.parallel import WorkerGroup, choose_worker_count, create_shared_zeros, start_steps
from learning.training.spec import EarlyStopping, TrainingSpec
from learning.training.train_step import StepState, TrainStep

TARGET_CHUNK_ROWS = 2**20
"""Rows whose targets are converted at a time: rows may be more than memory holds, unlike their targets."""

StopReason = Literal["all_epochs", "early_stopping"]


@dataclass(frozen=True)
class Epoch:
    """The results of one pass over the training rows.

    Attributes:
        epoch: Counted from 1.
        train_loss: The mean loss of the training rows, each before its batch's step and with the dropout of that batch.
        validation_loss: The same loss of the validation rows after the epoch, without dropout; None if there are none.
        metrics: Of the validation rows; without any, of the training rows as for `train_loss`.
        gradient_norm: The mean norm of the batches' gradients, before clipping and without weight decay.
        best: Whether what is monitored, the loss or the task's selection metric, is the best so far: of the validation
            rows or else of the training rows.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    metrics: dict[str, float | None]
    learning_rate: float
    gradient_norm: float
    rows: int
    best: bool


@dataclass(frozen=True)
class Progress:
    """An event within a long epoch, after `rows` training rows of it."""

    epoch: int
    rows: int


class Trainer:
    """Trains a net on training rows and evaluates it on validation rows after each epoch.

    Args:
        net: The net; its parameters are updated.
        data: The training rows.
        validation: The validation rows; None or empty: the training loss is monitored.
        spec: The hyperparameters.
        class_weights: The weight of each class's loss (classes,), for training and validation rows; they are scaled to
            a mean of 1 over the training rows.
        cores: The processor cores that training may use. With several workers sums are made of other parts, and give
            other bits.

    Attributes:
        selection_metric: The metric that is monitored, the higher the better; None: the loss.
        best_epoch: The epoch with the lowest monitored error so far, 0 before the first.
        best_error: That error: the loss, or minus the selection metric.
        position: The epoch and row to continue from.

    Raises:
        LearningError: if the loss does not fit the target.
        ValueError: if there are no training rows, or the net does not fit them.
    """

    def __init__(
        self,
        net: NeuralNet,
        data: ArrayDataset,
        validation: ArrayDataset | None,
        spec: TrainingSpec,
        *,
        class_weights: NDArray[np.floating] | None = None,
        cores: int = 1,
    ) -> None:
        if not len(data):
            raise ValueError("there are no rows to train on")
        if data.inputs != (specs := net.net_inputs.list_specs(net.dtype)):
            takes, has = (" and ".join(map(str, each)) for each in (specs, data.inputs))
            raise ValueError(f"the net takes {takes}, the rows have {has}")
        self.net, self.epochs = net, spec.epochs
        self.loss = data.target.create_loss(spec.loss)
        self.learning_rates = LearningRates(spec.schedule, spec.optimizer.learning_rate, spec.epochs)

        if class_weights is not None:
            counts = np.bincount(data.y.astype(np.intp, copy=False), data.weights, minlength=len(class_weights))
            class_weights = class_weights * (len(data) / (counts @ class_weights))
        self.rows = self._rows(data, class_weights)
        self.validation_rows = self._rows(validation, class_weights) if validation else None
        self.monitored_data, self.selection_metric = validation or data, data.target.selection_metric
        batch_size = min(spec.batch_size, len(data))
        rows, sees_pictures = batch_size * net.positions, net.net_inputs.image is not None
        workers = choose_worker_count(net.products // net.positions, rows, cores, sees_pictures=sees_pictures)
        self.workers = min(workers, batch_size)
        zeros = create_shared_zeros if self.workers > 1 else np.zeros
        if self.workers > 1:
            net.rebind_parameters(zeros((net.parameter_count,), net.dtype))
        flat_logits: NDArray[np.floating] = zeros((len(self.monitored_data) * net.row_outputs,), net.dtype)
        self.monitored_logits = flat_logits.reshape(-1, net.row_outputs)
        self.block_rows = min(choose_block_rows(count_words(data), net.products, batch_size), len(data))
        rule = spec.optimizer.create_rule(net.dtype)
        self.state = StepState(
            net=net,
            rows=self.rows,
            loss=self.loss,
            optimizer=spec.optimizer,
            decay=net.decay_mask() * net.dtype.type(spec.weight_decay) if spec.weight_decay else None,
            table_decay=spec.weight_decay,
            clip=math.inf if spec.gradient_clip_norm is None else spec.gradient_clip_norm,
            seed=spec.seed,
            batch_size=batch_size,
            block_rows=self.block_rows,
            memory=zeros((spec.optimizer.state_slots, net.parameter_count), net.dtype),
            before=zeros((net.layer_parameter_count,), net.dtype),
            logits=None if validation else self.monitored_logits,
            augment=spec.image.augment,
            matrices=find_hidden_matrices(net.placed) if isinstance(rule, MatrixUpdateRule) else (),
        )
        self.state.before.fill(np.nan)
        stopping = spec.early_stopping or EarlyStopping(patience=spec.epochs)
        self._vector_shares = _compute_vector_shares(net, data)
        self.patience = PlateauCounter(stopping.patience, stopping.min_delta)
        self.best_epoch, self.best_error = 0, math.inf
        self.best_parameters = net.parameters.copy()
        self.position = Position()

    @property
    def stop_reason(self) -> StopReason | None:
        """The reason why training ended; None while it goes on."""
        if self.patience.is_exhausted:
            return "early_stopping"
        return "all_epochs" if self.position.epoch > self.epochs else None

    def run(self) -> Iterator[Epoch | Progress]:
        """Train from the current position: yield an `Epoch` after each epoch, and `Progress` within long ones.

        Raises:
            Diverged: if the loss or the weights became NaN or infinite.
        """
        with start_steps(self.state, self.workers) as step:
            while self.stop_reason is None:
                yield from self._epoch(step, self.position.epoch)

    def finish(self) -> None:
        """Restore the best epoch's parameters."""
        self.net.parameters[...] = self.best_parameters

    def _epoch(self, step: TrainStep | WorkerGroup, epoch: int) -> Iterator[Epoch | Progress]:
        """Train the rest of an epoch and evaluate it."""
        rate = self.learning_rates.rate_at(epoch)
        train_loss, gradient_norm = yield from self._train(step, epoch, rate)
        validation_loss, metrics = yield from self._evaluate(epoch)
        loss = train_loss if validation_loss is None else validation_loss
        if not (math.isfinite(loss) and np.isfinite(self.net.parameters).all()):
            raise self._create_divergence(epoch)
        error = loss if self.selection_metric is None else -(metrics[self.selection_metric] or 0.0)
        best = error < self.best_error
        if best:
            self.best_epoch, self.best_error = epoch, error
            self.best_parameters[...] = self.net.parameters
        self.learning_rates.record_error(error)
        self.patience.record_error(error)
        self.position = Position(epoch=epoch + 1)
        yield Epoch(epoch, train_loss, validation_loss, metrics, rate, gradient_norm, len(self.rows), best)

    def checkpoint(self) -> TrainingCheckpoint:
        """The state to resume from, between two events of `run`; valid until the next."""
        state = TrainingState(
            place=self.position,
            full_rate=self.learning_rates.base_rate,
            patience=self.patience.to_state(),
            plateau=self.learning_rates.patience.to_state() if self.learning_rates.patience else None,
            best_epoch=self.best_epoch,
            lowest=self.best_error if self.best_epoch else None,
        )
        return TrainingCheckpoint(state, self._vectors(self.position))

    def restore(self, checkpoint: TrainingCheckpoint) -> None:
        """Resume from a checkpoint of a training with the same net, rows and spec, to the same bits.

        Raises:
            CorruptCheckpoint: if it is of another training; nothing has changed then.
        """
        state, vectors = checkpoint.state, self._vectors(checkpoint.state.place)
        same_shapes = [vector.shape for vector in vectors] == [vector.shape for vector in checkpoint.vectors]
        if not same_shapes or state.place.rows % self.block_rows not in {0, len(self.rows) % self.block_rows}:
            raise CorruptCheckpoint("The snapshot is one of another net, optimizer or table.")
        for vector, saved in zip(vectors, checkpoint.vectors, strict=True):
            vector[...] = saved
        self.position, self.learning_rates.base_rate = state.place, state.full_rate
        self.patience.restore(state.patience)
        if self.learning_rates.patience and state.plateau:
            self.learning_rates.patience.restore(state.plateau)
        self.best_epoch, self.best_error = state.best_epoch, math.inf if state.lowest is None else state.lowest

    def _vectors(self, place: Position) -> list[NDArray[np.floating]]:
        """The vectors of a checkpoint at this position: parameters, best parameters, the optimizer's state.

        Within an epoch that monitors the training rows, their logits so far are another.
        """
        logits = [self.monitored_logits.reshape(-1)] if self.validation_rows is None and place.rows else []
        return [self.net.parameters, self.best_parameters, *self.state.memory, *logits]

    def _train(
        self, step: TrainStep | WorkerGroup, epoch: int, rate: float
    ) -> Generator[Progress, None, tuple[float, float]]:
        """Train on the epoch's remaining rows; return its mean loss and gradient norm."""
        rows = len(self.rows)
        while (start := self.position.rows) < rows:
            if start:
                yield Progress(epoch, start)
            loss, norm = step.run_block(epoch, start, rate)
            losses, norms = self.position.losses + loss, self.position.norms + norm
            if not math.isfinite(losses + norms):
                raise self._create_divergence(epoch)
            self.position = Position(epoch=epoch, rows=min(start + self.block_rows, rows), losses=losses, norms=norms)
        return self.position.losses / rows, self.position.norms / self.state.batches

    def _evaluate(self, epoch: int) -> Generator[Progress, None, tuple[float | None, dict[str, float | None]]]:
        """Return the mean loss of the validation rows, None without any, and the monitored rows' metrics."""
        rows = self.validation_rows
        self.net.average_last_vectors(self._vector_shares)
        for start in range(0, len(rows) if rows else 0, self.block_rows):
            if start:
                yield Progress(epoch, len(self.rows))
            part = slice(start, start + self.block_rows)
            self.monitored_logits[part] = self.net.forward(*self.monitored_data.arrays.take(part))
        with np.errstate(all="ignore"):
            loss = self.loss.total(self.monitored_logits, rows.targets, rows.weights) / len(rows) if rows else None
            return loss, self.monitored_data.compute_metrics(self.monitored_logits)

    def _rows(self, data: ArrayDataset, class_weights: NDArray[np.floating] | None) -> TrainingRows:
        targets: NDArray[np.floating] = np.empty((len(data), data.target.columns), self.net.dtype)
        weights: NDArray[np.floating] | None = None
        if class_weights is not None or data.weights is not None:
            weights = np.empty((len(data), 1), self.net.dtype)
        for start in range(0, len(data), TARGET_CHUNK_ROWS):
            part = slice(start, start + TARGET_CHUNK_ROWS)
            targets[part] = self.loss.targets(data.y[part], self.net.dtype)
            if weights is not None:
                weights[part] = 1.0 if data.weights is None else data.weights[part].reshape(-1, 1)
            if weights is not None and class_weights is not None:
                weights[part] *= class_weights[data.y[part].astype(np.intp, copy=False)].reshape(-1, 1)
        return TrainingRows(data, targets, weights)

    def _create_divergence(self, epoch: int) -> Diverged:
        return Diverged(
            epoch,
            f"The loss or the weights became NaN or infinite in epoch {epoch}.",
            f"Lower the learning rate (it was {self.learning_rates.rate_at(epoch):g}; try a tenth of it), "
            "set gradient_clip_norm to 1, or look for extreme values in the data.",
        )


def _compute_vector_shares(net: NeuralNet, data: ArrayDataset) -> list[NDArray[np.float64] | None]:
    """The share of training rows that have each id (ids,), for each table; None where some have the last."""
    shares: list[NDArray[np.float64] | None] = []
    for column, embedding in enumerate(net.net_inputs.embeddings):
        counts = (
            np.zeros(embedding.ids) if data.ids is None else np.bincount(data.ids[:, column], minlength=embedding.ids)
        )
        shares.append(None if counts[-1] else counts / len(data))
    return [*shares, *[None] * len(net.net_inputs.bags)]
