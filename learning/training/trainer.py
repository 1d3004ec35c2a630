"""Training: a net looks at the rows again and again, and each time its weights go a little further downhill.

An epoch is one pass over all rows. Training is an iterator of epochs, so that recording them, showing them and
stopping are the caller's own `for` loop.
"""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.errors import Diverged
from learning.nets.backpropagation import Backpropagation
from learning.nets.layers import Dense
from learning.nets.losses import LossName, loss_for
from learning.nets.net import NeuralNet
from learning.nets.operations import Operation, run
from learning.randomness import generator
from learning.training.batches import Block, Rows, rows_per_block
from learning.training.data import TrainingData
from learning.training.descent import Descent
from learning.training.metrics import metrics
from learning.training.optimizers import Optimizer
from learning.training.order import blocks, order
from learning.training.patience import Patience
from learning.training.schedules import LearningRates, Schedule

NARROW = 64
"""Rows of at most so many inputs are copied once more, each with a one behind it, which the biases multiply."""

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
class Advance:
    """A part of `epoch` is done, `rows` training rows of it: a moment to look up from work."""

    epoch: int
    rows: int


class Trainer:
    """Trains a net on rows, watched by rows that it does not learn from.

    Args:
        net: The net to train; its weights change.
        data: The rows to learn from.
        validation: The rows to watch it by; None or empty: it is watched by the training loss.
        loss: What to make small; "auto" is mse for a number and cross_entropy for classes.
        optimizer: How to walk downhill.
        schedule: How the learning rate changes from epoch to epoch.
        epochs: How many epochs to train at most.
        batch_size: How many rows each step looks at; the last batch of an epoch may be smaller.
        early_stopping: (patience, min_delta): stop when the watched loss has not fallen by more than min_delta for
            patience epochs in a row. None: never.
        weight_decay: How strongly weights are pulled towards zero; biases are not.
        gradient_clip_norm: Gradients longer than this are shortened to it.
        class_weights: How much the loss of each class counts (classes,). They are scaled so that their mean over the
            training rows is 1, and the losses of validation rows are weighted with them, too.
        seed: The same seed, data and settings give the same weights, bit for bit.

    Attributes:
        best_epoch: The epoch with the lowest watched loss so far, 0 before the first.
        stop_reason: Why training ended; None while it goes on.

    Raises:
        LearningError: if the loss does not fit the target.
        ValueError: if there are no training rows, or the net does not fit them.
    """

    def __init__(
        self,
        net: NeuralNet,
        data: TrainingData,
        validation: TrainingData | None = None,
        *,
        loss: LossName = "auto",
        optimizer: Optimizer,
        schedule: Schedule,
        epochs: int,
        batch_size: int,
        early_stopping: tuple[int, float] | None = None,
        weight_decay: float = 0.0,
        gradient_clip_norm: float | None = None,
        class_weights: NDArray[np.floating] | None = None,
        seed: int = 0,
    ) -> None:
        if not len(data):
            raise ValueError("there are no rows to train on")
        if (data.width, data.x.dtype) != (net.inputs, net.dtype):
            raise ValueError(f"the net takes {net.inputs} {net.dtype}, the rows have {data.width} {data.x.dtype}")
        self.net, self.seed, self.epochs = net, seed, epochs
        self.loss = loss_for(loss, data.classes)
        self.batch_size = min(batch_size, len(data))
        self.clip = math.inf if gradient_clip_norm is None else gradient_clip_norm
        self.rates = LearningRates(schedule, optimizer.learning_rate, epochs)
        decay = net.weights_mask() * net.dtype.type(weight_decay) if weight_decay else None
        self.descent = Descent(optimizer, net.parameters, net.gradients, decay)

        if class_weights is not None:
            class_weights = class_weights / class_weights[data.y.astype(np.intp)].mean()
        self.rows = self._rows(data, class_weights)
        self.validation_rows = self._rows(validation, class_weights) if validation else None
        self.block_rows = min(rows_per_block(data.width, net.parameter_count, self.batch_size), len(data))
        ones = data.width <= NARROW and isinstance(net.layers[0], Dense)
        self.block = Block(self.block_rows, self.rows, self.loss, net.outputs, ones=ones)
        self.norms: NDArray[np.floating] = np.empty(-(-self.block_rows // self.batch_size), net.dtype)
        self._plan()

        self.watched = validation or data
        self.watched_logits: NDArray[np.floating] = np.empty((len(self.watched), net.outputs), net.dtype)
        self.patience = Patience(*early_stopping) if early_stopping else Patience(epochs)
        self.best_epoch, self.lowest = 0, math.inf
        self.best_parameters = net.parameters.copy()
        self.stop_reason: StopReason | None = None

    def run(self) -> Iterator[Epoch | Advance]:
        """Train: yield an `Epoch` after each epoch, and an `Advance` now and then within a long one.

        Raises:
            Diverged: if the loss or the weights became NaN or infinite.
        """
        for epoch in range(1, self.epochs + 1):
            rate = self.rates.at(epoch)
            train_loss, gradient_norm = yield from self._learn(epoch, rate)
            validation_loss, found = yield from self._evaluate(epoch)
            loss = train_loss if validation_loss is None else validation_loss
            if not (math.isfinite(loss) and np.isfinite(self.net.parameters).all()):
                raise self._diverged(epoch)
            best = loss < self.lowest
            if best:
                self.best_epoch, self.lowest = epoch, loss
                self.best_parameters[...] = self.net.parameters
            self.rates.see(loss)
            self.patience.see(loss)
            if self.patience.lost:
                self.stop_reason = "early_stopping"
            elif epoch == self.epochs:
                self.stop_reason = "all_epochs"
            yield Epoch(epoch, train_loss, validation_loss, found, rate, gradient_norm, len(self.rows), best)
            if self.stop_reason:
                return

    def finish(self) -> None:
        """Put the best epoch's weights into the net."""
        self.net.parameters[...] = self.best_parameters

    def _learn(self, epoch: int, rate: float) -> Generator[Advance, None, tuple[float, float]]:
        """Go through all training rows once; return the mean of their losses, and of the batches' gradient norms."""
        rows = len(self.rows)
        losses, norms, seen = 0.0, 0.0, 0
        for numbers in blocks(order(rows, self.net.inputs, self.seed, epoch), self.block_rows):
            if seen:
                yield Advance(epoch, seen)
            random = generator(self.seed, f"dropout from row {seen}", epoch)
            for backpropagation in self.backpropagations:
                backpropagation.draw_with(random)
            block_losses, block_norms = self._descend(numbers, rate)
            seen += len(numbers)
            losses, norms = losses + block_losses, norms + block_norms
            if not math.isfinite(losses + norms):
                raise self._diverged(epoch)
        return losses / rows, norms / math.ceil(rows / self.batch_size)

    @np.errstate(all="ignore")
    def _descend(self, numbers: NDArray[np.intp], rate: float) -> tuple[float, float]:
        """Take a step for each batch of the rows of these numbers; return the sums of losses and of gradient norms."""
        block, n, size = self.block, len(numbers), self.batch_size
        block.fill(numbers)
        steps = self.steps[: n // size]
        if n % size:
            steps = [*steps, self.last_step]
        for step in steps:
            run(step)
            self.descent.step(rate)
        if self.validation_rows is None:
            self.watched_logits[numbers] = block.logits[:n]
        return block.total_loss(n), float(np.sqrt(self.norms[: len(steps)]).sum(dtype=np.float64))

    def _plan(self) -> None:
        """Plan the steps of a block: one for each of its batches, and one for the smaller batch that ends an epoch."""
        rows, size = len(self.rows), self.batch_size
        full, rest = Backpropagation(self.net, self.loss, size), rows % size
        self.backpropagations = [full]
        self.steps = [self._step(full, start) for start in range(0, self.block_rows - size + 1, size)]
        self.last_step: list[Operation] = []
        if rest:
            self.backpropagations.append(Backpropagation(self.net, self.loss, rest))
            self.last_step = self._step(self.backpropagations[1], (rows - rest) % self.block_rows)

    def _step(self, backpropagation: Backpropagation, start: int) -> list[Operation]:
        """Plan how a batch of the block fills the gradients, how long they are, and that they are cut if too long."""
        norm, gradients = self.norms[start // self.batch_size, ...], self.net.gradients
        batch = self.block.batch(start, backpropagation.rows)
        step = [*backpropagation.step(batch), partial(gradients.dot, gradients, norm)]
        if self.clip < math.inf:
            step.append(partial(_clip, gradients, norm, self.clip))
        return step

    def _evaluate(self, epoch: int) -> Generator[Advance, None, tuple[float | None, dict[str, float]]]:
        """Look at the validation rows; return their mean loss, None without any, and the watched rows' metrics."""
        rows = self.validation_rows
        for start in range(0, len(rows) if rows else 0, self.block_rows):
            if start:
                yield Advance(epoch, len(self.rows))
            part = slice(start, start + self.block_rows)
            self.watched_logits[part] = self.net.forward(self.watched.x[part])
        with np.errstate(all="ignore"):
            loss = self.loss.total(self.watched_logits, rows.targets, rows.weights) / len(rows) if rows else None
            return loss, metrics(self.watched_logits, self.watched)

    def _rows(self, data: TrainingData, class_weights: NDArray[np.floating] | None) -> Rows:
        weights = None
        if class_weights is not None:
            weights = class_weights[data.y.astype(np.intp)].reshape(-1, 1).astype(self.net.dtype)
        return Rows(data.x, self.loss.targets(data.y, self.net.dtype), weights)

    def _diverged(self, epoch: int) -> Diverged:
        return Diverged(
            epoch,
            f"The loss or the weights became NaN or infinite in epoch {epoch}.",
            f"Lower the learning rate (it was {self.rates.at(epoch):g}; try a tenth of it), "
            "set gradient_clip_norm to 1, or look for extreme values in the data.",
        )


def _clip(gradients: NDArray[np.floating], square: NDArray[np.floating], longest: float) -> None:
    """Shorten gradients whose length has this square, to `longest` if they are longer."""
    norm = math.sqrt(square)
    if norm > longest:
        np.multiply(gradients, longest / norm, gradients)
