"""Backpropagation of nets that see pictures: a batch is passed in slices, whose values stay in the processor's cache.

A slice goes forward through all layers and back again before the next one does; the gradients of slices are added up.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.nn.backpropagation import Batch, plan_error
from learning.nn.image_plan import ImagePlan, split_evenly
from learning.nn.layers.embedding import EmbeddingPlan, Lookups
from learning.nn.layers.layer import RandomLayerPlan
from learning.nn.layers.pooled_conv import merge_pooling
from learning.nn.layers.stack import StackPlan
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, scalar


class ImageBackpropagation:
    """Plans how batches of `rows` rows with pictures fill the gradients of a net, in memory allocated once.

    Args:
        net: The net.
        loss: The loss of its logits.
        rows: Rows per batch.
        gradients: Memory for the gradient of each parameter (n,); None: the net's own.
        batch_rows: Rows of the whole batch, if these are a worker's share of it.
        slice_rows: The most rows of a slice; None: as many as the net's `slice_rows`.
        lookups: Memory for what these rows look up in embeddings, whose gradients the caller adds up; None: its own.

    Attributes:
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
        lookups: Sequence[Lookups] | None = None,
    ) -> None:
        self.rows = rows
        self._gradients = (net.gradients if gradients is None else gradients)[: net.layer_parameter_count]
        self._bounds = split_evenly(rows, slice_rows or net.slice_rows)
        self._share = np.empty_like(self._gradients) if len(self._bounds) > 1 else self._gradients
        scale = scalar(loss.gradient_scale / max(batch_rows or rows, 1), net.dtype)
        self._embeddings = EmbeddingPlan(net.table_groups, net.table_gradients, net.parameters, rows, lookups)
        sizes = {stop - start for start, stop in self._bounds}
        self._slices = {
            size: SlicePlan(net, loss, size, self._share, scale, self._embeddings) for size in sorted(sizes)
        }
        self.random_layers = [layer for plan in self._slices.values() for layer in plan.random_layers]

    def seed_with(self, random: np.random.Generator) -> None:
        """Draw the dropout masks of the next batches from a generator."""
        for layer in self.random_layers:
            layer.seed_with(random)

    def plan_step(self, batch: Batch) -> list[Operation]:
        """Plan one batch: of each slice random numbers, forward pass and backward pass."""
        operations: list[Operation] = [] if self._bounds else [partial(self._gradients.fill, 0)]
        operations += self._plan_vectors(batch)
        for start, stop in self._bounds:
            plan, part = self._slices[stop - start], batch.take(slice(start, stop))
            operations += [layer.resample for layer in plan.random_layers]
            operations += plan.plan_forward(part, slice(start, stop))
            operations += plan.plan_backward(part, slice(start, stop))
            if start:
                operations.append(partial(np.add, self._gradients, self._share, self._gradients))
            elif self._share is not self._gradients:
                operations.append(partial(np.copyto, self._gradients, self._share))
        return operations if batch.ids is None else operations + self._embeddings.sum()

    def plan_forward(self, batch: Batch) -> list[Operation]:
        """Plan the forward pass, from the inputs to the logits."""
        operations = self._plan_vectors(batch)
        for start, stop in self._bounds:
            part = slice(start, stop)
            operations += self._slices[stop - start].plan_forward(batch.take(part), part)
        return operations

    def _plan_vectors(self, batch: Batch) -> list[Operation]:
        return [] if batch.ids is None else self._embeddings.take(batch.ids)


class SlicePlan:
    """The forward and backward pass of `rows` rows of a batch, with memory for one slice."""

    def __init__(  # noqa: PLR0917 - what a backpropagation consists of
        self,
        net: NeuralNet,
        loss: Loss,
        rows: int,
        gradients: NDArray[np.floating],
        scale: NDArray[np.floating],
        embeddings: EmbeddingPlan,
    ) -> None:
        self.loss, self.scale, self.embeddings = loss, scale, embeddings
        seen, joined, image = net.image_stretch, net.joined_stretch, net.net_inputs.require_image()
        self.image = ImagePlan(image, merge_pooling(net.image_layers), net.parameters[seen], gradients[seen], rows)
        self.stack = StackPlan(net.joined_layers, net.parameters[joined], gradients[joined], (net.inputs,), rows)
        self.random_layers: list[RandomLayerPlan] = [*self.image.stack.random_layers, *self.stack.random_layers]
        self.numbers, self.width = net.net_inputs.numbers, net.net_inputs.width
        self.joined = self.stack.layers[0].inputs  # (net.inputs, rows)
        self.features = self.joined[self.width :]
        self.error: NDArray[np.floating] = np.empty((rows, net.outputs), net.dtype)
        self._image_forward = self.image.plan_layers(self.features)

    def plan_forward(self, batch: Batch, rows: slice) -> list[Operation]:
        """Plan the forward pass of a slice, which these rows of the whole batch are."""
        operations: list[Operation] = []
        if self.numbers:
            operations.append(partial(np.copyto, self.joined[: self.numbers], batch.x[:, : self.numbers].T))
        if batch.ids is not None:
            operations += self.embeddings.join(self.joined.T, rows)
        if batch.images is not None:
            operations += self.image.plan_pixels(batch.images)
        return [*operations, *self._image_forward, *self.stack.forward(self.joined, batch.logits.T)]

    def plan_backward(self, batch: Batch, rows: slice) -> list[Operation]:
        """Plan the backward pass of the slice, from the gradient by the logits to the first layer."""
        operations = plan_error(self.loss, batch, self.error, self.scale)
        backward, by_joined = self.stack.backward(self.joined, batch.logits.T, self.error.T, input_gradient=True)
        operations += backward
        if batch.ids is not None:
            operations += self.embeddings.collect(by_joined, rows)
        return [*operations, *self.image.plan_gradients(self.features, by_joined[self.width :])]
