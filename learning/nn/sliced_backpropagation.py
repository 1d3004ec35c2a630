"""Backpropagation of nets that see pictures or read a text: a batch is passed in slices, which fit a processor's cache.

A slice goes forward through all layers and back again before the next one does; the gradients of slices are added up.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from learning.nn.backpropagation import Batch
from learning.nn.image_plan import split_evenly
from learning.nn.layers.embedding import AnyLookups
from learning.nn.layers.embedding_plan import EmbeddingPlan
from learning.nn.layers.layer import LayerObserver
from learning.nn.layers.stack import StackPlan
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, scalar


class Slice(Protocol):
    """All layers of a net, with memory for some rows of a batch."""

    @property
    def stacks(self) -> Sequence[StackPlan]:
        """The layers, first to last."""
        ...

    def plan_passes(self, batch: Batch, rows: slice) -> tuple[list[Operation], list[Operation]]:
        """Plan the forward and the backward pass of these rows of a batch."""
        ...


class SlicedBackpropagation(ABC):
    """Plans how batches of `rows` rows fill the gradients of a net, in memory allocated once.

    Args:
        net: The net.
        loss: The loss of its logits, or of its scores of tokens.
        rows: Rows per batch.
        gradients: Memory for the gradient of each parameter (n,); None: the net's own.
        batch_rows: Rows of the whole batch, if these are a worker's share of it.
        slice_rows: The most rows of a slice; None: as many as the net's `slice_rows`.
        lookups: Memory for what these rows look up in embeddings, whose gradients the caller adds up; None: its own.

    Attributes:
        net, loss, rows: As given.
        slice_gradients: Memory for the gradient of each parameter of the layers, of one slice.
        gradient_scale: The factor of all gradients ().
        embeddings: The vectors of a whole batch.
        random_layers: The plans of layers that draw random numbers for each slice.
    """

    def __init__(
        self,
        net: NeuralNet,
        loss: Loss,
        rows: int,
        *,
        gradients: NDArray[np.floating] | None = None,
        batch_rows: int | None = None,
        slice_rows: int | None = None,
        lookups: Sequence[AnyLookups] | None = None,
    ) -> None:
        self.net, self.loss, self.rows = net, loss, rows
        self._gradients = (net.gradients if gradients is None else gradients)[: net.layer_parameter_count]
        self._bounds = split_evenly(rows, slice_rows or net.slice_rows)
        self.slice_gradients = np.empty_like(self._gradients) if len(self._bounds) > 1 else self._gradients
        self.gradient_scale = scalar(loss.gradient_scale / max(batch_rows or rows, 1) / net.positions, net.dtype)
        self.embeddings = EmbeddingPlan(net.table_groups, net.table_gradients, net.parameters, rows, lookups)
        sizes = sorted({stop - start for start, stop in self._bounds})
        self._slices = {size: self.create_slice(size) for size in sizes}
        stacks = [stack for each in self._slices.values() for stack in each.stacks]
        self.random_layers = [layer for stack in stacks for layer in stack.random_layers]

    @abstractmethod
    def create_slice(self, rows: int) -> Slice:
        """Create the memory of so many rows, which adds nothing up: it fills `slice_gradients`."""

    def seed_with(self, random: np.random.Generator) -> None:
        """Draw the dropout masks of the next batches from a generator."""
        for layer in self.random_layers:
            layer.seed_with(random)

    def watch(self, observer: LayerObserver) -> None:
        """Let an observer see all layers, in what is planned from now on."""
        for each in self._slices.values():
            for stack in each.stacks:
                stack.watch(observer)

    def plan_step(self, batch: Batch) -> list[Operation]:
        """Plan one batch: of each slice random numbers, forward pass and backward pass."""
        operations: list[Operation] = [] if self._bounds else [partial(self._gradients.fill, 0)]
        operations += self._plan_vectors(batch)
        for start, stop in self._bounds:
            own = self._slices[stop - start]
            forward, backward = own.plan_passes(batch, slice(start, stop))
            operations += [layer.resample for stack in own.stacks for layer in stack.random_layers]
            operations += [*forward, *backward]
            if start:
                operations.append(partial(np.add, self._gradients, self.slice_gradients, self._gradients))
            elif self.slice_gradients is not self._gradients:
                operations.append(partial(np.copyto, self._gradients, self.slice_gradients))
        return operations + self.embeddings.sum() if batch.has_vectors else operations

    def plan_forward(self, batch: Batch) -> list[Operation]:
        """Plan the forward pass, from the inputs to the logits, or to the scores of tokens."""
        operations = self._plan_vectors(batch)
        for start, stop in self._bounds:
            operations += self._slices[stop - start].plan_passes(batch, slice(start, stop))[0]
        return operations

    def _plan_vectors(self, batch: Batch) -> list[Operation]:
        """Plan the look-up of the vectors of all ids of a batch."""
        return self.embeddings.take(batch.ids, batch.terms) if batch.has_vectors else []
