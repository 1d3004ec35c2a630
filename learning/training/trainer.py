"""Training: a net looks at the rows again and again, and each time its weights go a little further downhill.

An epoch is one pass over all rows. Training is an iterator of epochs, so that recording them, showing them and
stopping are the caller's own `for` loop.
"""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.batches import TrainingRows, choose_block_rows
from learning.errors import CorruptCheckpoint, Diverged
from learning.nn.losses import create_loss
from learning.nn.net import NeuralNet
from learning.optim.schedules import LearningRates
from learning.training.checkpoint import Position, TrainingCheckpoint, TrainingState
from learning.training.early_stopping import PlateauCounter
from learning.training.metrics import compute_metrics
from learning.training.parallel import WorkerGroup, choose_worker_count, create_shared_zeros, start_steps
from learning.training.spec import EarlyStopping, TrainingSpec
from learning.training.train_step import StepState, TrainStep

TARGET_CHUNK_ROWS = 2**20
"""How many rows' targets are brought into the form of the loss at a time."""

StopReason = Literal["all_epochs", "early_stopping"]


@dataclass(frozen=True)
class Epoch:
    """One pass over the training rows, and what came of it.

    Attributes:
        epoch: Counted from 1.
        train_loss: The mean loss of the training rows, each as its batch found it: before that batch's step, and with
            the dropout of that batch.
        validation_loss: The same loss of the validation rows after the epoch, without dropout; None if there are none.
        metrics: Of the validation rows; without any, of the training rows as for `train_loss`.
        learning_rate: The rate of this epoch.
        gradient_norm: The mean length of the batches' gradients, before clipping and without weight decay.
        rows: How many rows were trained on.
        best: Whether no epoch before had so low a loss, of the validation rows or else of the training rows.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    metrics: dict[str, float]
    learning_rate: float
    gradient_norm: float
    rows: int
    best: bool


@dataclass(frozen=True)
class Progress:
    """A part of `epoch` is done, `rows` training rows of it: a moment to look up from work."""

    epoch: int
    rows: int


class Trainer:
    """Trains a net on rows, watched by rows that it does not learn from.

    Args:
        net: The net to train; its weights change.
        data: The rows to learn from.
        validation: The rows to watch it by; None or empty: it is watched by the training loss.
        spec: What is asked for.
        class_weights: How much the loss of each class counts (classes,). They are scaled so that their mean over the
            training rows is 1, and the losses of validation rows are weighted with them, too.
        cores: How many processor cores training may take. For other than the smallest steps another number gives other
            bits, as sums are then made of other parts.

    Attributes:
        best_epoch: The epoch with the lowest watched loss so far, 0 before the first.
        lowest: That loss.
        place: How far it is.

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
        if (data.width, data.x.dtype) != (net.inputs, net.dtype):
            raise ValueError(f"the net takes {net.inputs} {net.dtype}, the rows have {data.width} {data.x.dtype}")
        self.net, self.epochs = net, spec.epochs
        self.loss = create_loss(spec.loss, data.classes)
        self.learning_rates = LearningRates(spec.schedule, spec.optimizer.learning_rate, spec.epochs)

        if class_weights is not None:
            counts = np.bincount(data.y.astype(np.intp, copy=False), minlength=len(class_weights))
            class_weights = class_weights * (len(data) / (counts @ class_weights))
        self.rows = self._rows(data, class_weights)
        self.validation_rows = self._rows(validation, class_weights) if validation else None
        self.monitored_data = validation or data
        batch_size = min(spec.batch_size, len(data))
        self.workers = choose_worker_count(net.parameter_count, batch_size, cores)
        zeros = create_shared_zeros if self.workers > 1 else np.zeros
        if self.workers > 1:
            net.rebind_parameters(zeros((net.parameter_count,), net.dtype))
        self.monitored_logits: NDArray[np.floating] = zeros(
            (len(self.monitored_data) * net.outputs,), net.dtype
        ).reshape(-1, net.outputs)
        self.block_rows = min(choose_block_rows(data.width, net.parameter_count, batch_size), len(data))
        self.state = StepState(
            net=net,
            rows=self.rows,
            loss=self.loss,
            optimizer=spec.optimizer,
            decay=net.decay_mask() * net.dtype.type(spec.weight_decay) if spec.weight_decay else None,
            clip=math.inf if spec.gradient_clip_norm is None else spec.gradient_clip_norm,
            seed=spec.seed,
            batch_size=batch_size,
            block_rows=self.block_rows,
            memory=zeros((spec.optimizer.state_slots, net.parameter_count), net.dtype),
            before=zeros((net.parameter_count,), net.dtype),
            logits=None if validation else self.monitored_logits,
        )
        self.state.before.fill(np.nan)
        stopping = spec.early_stopping or EarlyStopping(patience=spec.epochs)
        self.patience = PlateauCounter(stopping.patience, stopping.min_delta)
        self.best_epoch, self.best_loss = 0, math.inf
        self.best_parameters = net.parameters.copy()
        self.position = Position()

    @property
    def stop_reason(self) -> StopReason | None:
        """Why training ended; None while it goes on."""
        if self.patience.is_exhausted:
            return "early_stopping"
        return "all_epochs" if self.position.epoch > self.epochs else None

    def run(self) -> Iterator[Epoch | Progress]:
        """Train from where it is: yield an `Epoch` after each epoch, and an `Advance` now and then within a long one.

        Raises:
            Diverged: if the loss or the weights became NaN or infinite.
        """
        with start_steps(self.state, self.workers) as step:
            while self.stop_reason is None:
                yield from self._epoch(step, self.position.epoch)

    def finish(self) -> None:
        """Put the best epoch's weights into the net."""
        self.net.parameters[...] = self.best_parameters

    def _epoch(self, step: TrainStep | WorkerGroup, epoch: int) -> Iterator[Epoch | Progress]:
        """Go through an epoch from where it is, and look at what came of it."""
        rate = self.learning_rates.rate_at(epoch)
        train_loss, gradient_norm = yield from self._learn(step, epoch, rate)
        validation_loss, found = yield from self._evaluate(epoch)
        loss = train_loss if validation_loss is None else validation_loss
        if not (math.isfinite(loss) and np.isfinite(self.net.parameters).all()):
            raise self._diverged(epoch)
        best = loss < self.best_loss
        if best:
            self.best_epoch, self.best_loss = epoch, loss
            self.best_parameters[...] = self.net.parameters
        self.learning_rates.record_loss(loss)
        self.patience.record_loss(loss)
        self.position = Position(epoch=epoch + 1)
        yield Epoch(epoch, train_loss, validation_loss, found, rate, gradient_norm, len(self.rows), best)

    def checkpoint(self) -> TrainingCheckpoint:
        """All that is needed to go on from here; to be taken between two moments of `run`, good until the next."""
        state = TrainingState(
            place=self.position,
            full_rate=self.learning_rates.base_rate,
            patience=self.patience.to_state(),
            plateau=self.learning_rates.patience.to_state() if self.learning_rates.patience else None,
            best_epoch=self.best_epoch,
            lowest=self.best_loss if self.best_epoch else None,
        )
        return TrainingCheckpoint(state, self._vectors(self.position))

    def restore(self, checkpoint: TrainingCheckpoint) -> None:
        """Go on from a snapshot of a training with the same net, rows and settings, to the same bits.

        Raises:
            TornSnapshot: if it is of another training; nothing has changed then.
        """
        state, vectors = checkpoint.state, self._vectors(checkpoint.state.place)
        alike = [vector.shape for vector in vectors] == [vector.shape for vector in checkpoint.vectors]
        if not alike or state.place.rows % self.block_rows not in {0, len(self.rows) % self.block_rows}:
            raise CorruptCheckpoint("The snapshot is one of another net, optimizer or table.")
        for vector, kept in zip(vectors, checkpoint.vectors, strict=True):
            vector[...] = kept
        self.position, self.learning_rates.base_rate = state.place, state.full_rate
        self.patience.restore(state.patience)
        if self.learning_rates.patience and state.plateau:
            self.learning_rates.patience.restore(state.plateau)
        self.best_epoch, self.best_loss = state.best_epoch, math.inf if state.lowest is None else state.lowest

    def _vectors(self, place: Position) -> list[NDArray[np.floating]]:
        """What must be kept of a training at this place, flat: weights, best weights, what the optimizer remembers.

        Where the training rows themselves are watched, so must what the net has said of them in this epoch.
        """
        watched = [self.monitored_logits.reshape(-1)] if self.validation_rows is None and place.rows else []
        return [self.net.parameters, self.best_parameters, *self.state.memory, *watched]

    def _learn(
        self, step: TrainStep | WorkerGroup, epoch: int, rate: float
    ) -> Generator[Progress, None, tuple[float, float]]:
        """Go through all training rows once; return the mean of their losses, and of the batches' gradient norms."""
        rows = len(self.rows)
        while (start := self.position.rows) < rows:
            if start:
                yield Progress(epoch, start)
            loss, norm = step.run_block(epoch, start, rate)
            losses, norms = self.position.losses + loss, self.position.norms + norm
            if not math.isfinite(losses + norms):
                raise self._diverged(epoch)
            self.position = Position(epoch=epoch, rows=min(start + self.block_rows, rows), losses=losses, norms=norms)
        return self.position.losses / rows, self.position.norms / self.state.batches

    def _evaluate(self, epoch: int) -> Generator[Progress, None, tuple[float | None, dict[str, float]]]:
        """Look at the validation rows; return their mean loss, None without any, and the watched rows' metrics."""
        rows = self.validation_rows
        for start in range(0, len(rows) if rows else 0, self.block_rows):
            if start:
                yield Progress(epoch, len(self.rows))
            part = slice(start, start + self.block_rows)
            self.monitored_logits[part] = self.net.forward(self.monitored_data.x[part])
        with np.errstate(all="ignore"):
            loss = self.loss.total(self.monitored_logits, rows.targets, rows.weights) / len(rows) if rows else None
            return loss, compute_metrics(self.monitored_logits, self.monitored_data)

    def _rows(self, data: ArrayDataset, class_weights: NDArray[np.floating] | None) -> TrainingRows:
        targets: NDArray[np.floating] = np.empty((len(data), 1), self.net.dtype)
        weights = None if class_weights is None else np.empty_like(targets)
        for start in range(
            0, len(data), TARGET_CHUNK_ROWS
        ):  # rows may be more than there is memory for, and their targets not
            part = slice(start, start + TARGET_CHUNK_ROWS)
            targets[part] = self.loss.targets(data.y[part], self.net.dtype)
            if weights is not None and class_weights is not None:
                weights[part] = class_weights[data.y[part].astype(np.intp, copy=False)].reshape(-1, 1)
        return TrainingRows(data.x, targets, weights)

    def _diverged(self, epoch: int) -> Diverged:
        return Diverged(
            epoch,
            f"The loss or the weights became NaN or infinite in epoch {epoch}.",
            f"Lower the learning rate (it was {self.learning_rates.rate_at(epoch):g}; try a tenth of it), "
            "set gradient_clip_norm to 1, or look for extreme values in the data.",
        )
