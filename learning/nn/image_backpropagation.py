"""Backpropagation of nets that see pictures, slice by slice."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.nn.backpropagation import Batch, plan_error
from learning.nn.image_plan import ImagePlan
from learning.nn.layers.embedding_plan import EmbeddingPlan
from learning.nn.layers.pooled_conv import merge_pooling
from learning.nn.layers.stack import StackPlan
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation
from learning.nn.sliced_backpropagation import SlicedBackpropagation


class ImageBackpropagation(SlicedBackpropagation):
    """Plans how batches of rows with pictures fill the gradients of a net."""

    def create_slice(self, rows: int) -> "ImageSlice":
        """Create the memory of so many rows."""
        return ImageSlice(
            self.net,
            self.loss,
            rows,
            gradients=self.slice_gradients,
            gradient_scale=self.gradient_scale,
            embeddings=self.embeddings,
        )


class ImageSlice:
    """The forward and backward pass of `rows` rows with pictures.

    Args:
        net: The net.
        loss: The loss of its logits.
        rows: The number of rows.
        gradients: Memory for the gradient of each parameter of the layers.
        gradient_scale: The factor of all gradients ().
        embeddings: The vectors of a whole batch.

    Attributes:
        stacks: The layers that see pictures, and those behind them.
    """

    def __init__(
        self,
        net: NeuralNet,
        loss: Loss,
        rows: int,
        *,
        gradients: NDArray[np.floating],
        gradient_scale: NDArray[np.floating],
        embeddings: EmbeddingPlan,
    ) -> None:
        self.loss, self.scale, self.embeddings = loss, gradient_scale, embeddings
        seen, joined, image = net.image_stretch, net.joined_stretch, net.net_inputs.require_image()
        self.image = ImagePlan(image, merge_pooling(net.image_layers), net.parameters[seen], gradients[seen], rows)
        self.stack = StackPlan(net.joined_layers, net.parameters[joined], gradients[joined], (net.inputs,), rows)
        self.stacks = (self.image.stack, self.stack)
        self.numbers, self.width = net.net_inputs.numbers, net.net_inputs.width
        self.joined = self.stack.layers[0].inputs  # (net.inputs, rows)
        self.features = self.joined[self.width :]
        self.error: NDArray[np.floating] = np.empty((rows, net.outputs), net.dtype)
        self._image_forward = self.image.plan_layers(self.features)

    def plan_passes(self, batch: Batch, rows: slice) -> tuple[list[Operation], list[Operation]]:
        """Plan the forward pass of these rows of a batch, and the backward pass from the gradient by the logits."""
        part = batch.take(rows)
        return self._plan_forward(part, rows), self._plan_backward(part, rows)

    def _plan_forward(self, part: Batch, rows: slice) -> list[Operation]:
        operations: list[Operation] = []
        if self.numbers:
            operations.append(partial(np.copyto, self.joined[: self.numbers], part.x[:, : self.numbers].T))
        if part.has_vectors:
            operations += self.embeddings.join(self.joined.T, rows)
        if part.images is not None:
            operations += self.image.plan_pixels(part.images)
        return [*operations, *self._image_forward, *self.stack.forward(self.joined, part.logits.T)]

    def _plan_backward(self, part: Batch, rows: slice) -> list[Operation]:
        operations = plan_error(self.loss, part, self.error, self.scale)
        backward, by_joined = self.stack.backward(self.joined, part.logits.T, self.error.T, input_gradient=True)
        operations += backward
        if part.has_vectors:
            operations += self.embeddings.collect(by_joined, rows)
        return [*operations, *self.image.plan_gradients(self.features, by_joined[self.width :])]
