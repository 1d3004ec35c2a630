"""Backpropagation: the gradients of all parameters in one forward and one backward pass, by the chain rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.embedding import AnyLookups
from learning.nn.layers.embedding_plan import EmbeddingPlan
from learning.nn.layers.stack import StackPlan
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, scalar


@dataclass(frozen=True)
class Batch:
    """The memory of a batch.

    Attributes:
        x: The numbers (rows, numbers), or with further columns that the first layer allocated for itself.
        targets: What the loss compares the logits with (rows, 1) or (rows, outputs).
        weights: The weight of each row's loss (rows, 1), or None if all are 1.
        logits: The net's outputs (rows, outputs).
        ids: The ids (rows, columns) of a net with embeddings.
        images: The pixels (rows, channels, height, width) of a net that sees pictures.
        tokens: The tokens (rows, context + 1) of a net that learns to write.
        terms: The terms (rows, slots) of a net that reads texts.
    """

    x: NDArray[np.floating]
    targets: NDArray[np.floating]
    weights: NDArray[np.floating] | None
    logits: NDArray[np.floating]
    ids: NDArray[np.integer] | None = None
    images: NDArray[np.uint8] | None = None
    tokens: NDArray[np.int32] | None = None
    terms: NDArray[Any] | None = None

    @property
    def has_vectors(self) -> bool:
        """Whether there are ids or terms, which have vectors."""
        return self.ids is not None or self.terms is not None

    def take(self, rows: slice) -> "Batch":
        """These rows of the batch, as views."""
        return Batch(
            self.x[rows],
            self.targets[rows],
            None if self.weights is None else self.weights[rows],
            self.logits[rows],
            None if self.ids is None else self.ids[rows],
            None if self.images is None else self.images[rows],
            None if self.tokens is None else self.tokens[rows],
            None if self.terms is None else self.terms[rows],
        )


class Backpropagation:
    """Plans how batches of `rows` rows fill the gradients of a net, in memory allocated once.

    The loss of a batch is the mean of its rows' weighted losses.

    Args:
        net: The net.
        loss: The loss of its logits.
        rows: Rows per batch.
        gradients: Memory for the gradient of each parameter (n,); None: the net's own.
        batch_rows: Rows of the whole batch, if these are a worker's share of it.
        lookups: Memory for what these rows look up in embeddings, whose gradients the caller adds up; None: memory of
            its own, and the gradients of the net's tables are filled.

    Attributes:
        stack: The plans of the net's layers.
        random_layers: Those that draw random numbers for each batch.
    """

    def __init__(
        self,
        net: NeuralNet,
        loss: Loss,
        rows: int,
        *,
        gradients: NDArray[np.floating] | None = None,
        batch_rows: int | None = None,
        lookups: Sequence[AnyLookups] | None = None,
    ) -> None:
        self.loss, self.rows = loss, rows
        self.error: NDArray[np.floating] = np.empty((rows, net.outputs), net.dtype)
        self.gradient_scale = scalar(loss.gradient_scale / max(batch_rows or rows, 1), net.dtype)
        gradients = net.gradients if gradients is None else gradients
        self.stack = StackPlan(net.layers, net.parameters, gradients, (net.inputs,), rows)
        self.random_layers = self.stack.random_layers
        if net.table_groups:
            self._embeddings = EmbeddingPlan(net.table_groups, net.table_gradients, net.parameters, rows, lookups)
            self._joined = net.layers[0].allocate_rows(rows, net.inputs, net.dtype)

    def seed_with(self, random: np.random.Generator) -> None:
        """Draw the dropout masks of the next batches from a generator."""
        for layer in self.random_layers:
            layer.seed_with(random)

    def plan_step(self, batch: Batch) -> list[Operation]:
        """Plan one batch: random numbers, forward pass, backward pass."""
        resampling = [layer.resample for layer in self.random_layers]
        return [*resampling, *self.plan_forward(batch), *self.plan_backward(batch)]

    def plan_forward(self, batch: Batch) -> list[Operation]:
        """Plan the forward pass, from the inputs to the logits."""
        if not batch.has_vectors:
            return self.stack.forward(batch.x.T, batch.logits.T)
        numbers = partial(np.copyto, self._joined[:, : batch.x.shape[1]], batch.x)
        vectors = [*self._embeddings.take(batch.ids, batch.terms), *self._embeddings.join(self._joined)]
        return [numbers, *vectors, *self.stack.forward(self._joined.T, batch.logits.T)]

    def plan_backward(self, batch: Batch) -> list[Operation]:
        """Plan the backward pass, from the gradient by the logits to the first layer with parameters."""
        operations = plan_error(self.loss, batch, self.error, self.gradient_scale)
        x = self._joined if batch.has_vectors else batch.x
        backward, by_inputs = self.stack.backward(x.T, batch.logits.T, self.error.T, input_gradient=batch.has_vectors)
        operations += backward
        if not batch.has_vectors:
            return operations
        return [*operations, *self._embeddings.collect(by_inputs), *self._embeddings.sum()]


def plan_error(loss: Loss, batch: Batch, error: NDArray[np.floating], scale: NDArray[np.floating]) -> list[Operation]:
    """Plan the gradient of a batch's loss by its logits, into `error` (rows, outputs)."""
    operations = loss.gradient(batch.logits, batch.targets, error)
    if batch.weights is not None:
        operations.append(partial(np.multiply, error, batch.weights, error))
    return [*operations, partial(np.multiply, error, scale, error)]
