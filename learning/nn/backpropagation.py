"""Backpropagation: the gradients of all parameters in one forward and one backward pass, by the chain rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.layer import LayerPlan, Parameters
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, scalar


@dataclass(frozen=True)
class Batch:
    """The memory of a batch.

    Attributes:
        x: The inputs (rows, width), or (rows, width + 1) with a last column of ones.
        targets: What the loss compares the logits with (rows, 1) or (rows, outputs).
        weights: The weight of each row's loss (rows, 1), or None if all are 1.
        logits: The net's outputs (rows, outputs).
    """

    x: NDArray[np.floating]
    targets: NDArray[np.floating]
    weights: NDArray[np.floating] | None
    logits: NDArray[np.floating]


class Backpropagation:
    """Plans how batches of `rows` rows fill the gradients of a net, in memory allocated once.

    The loss of a batch is the mean of its rows' weighted losses.

    Args:
        net: The net.
        loss: The loss of its logits.
        rows: Rows per batch.
        gradients: Memory for the gradient of each parameter matrix; None: the net's own.
        batch_rows: Rows of the whole batch, if these are a worker's share of it.
    """

    def __init__(
        self,
        net: NeuralNet,
        loss: Loss,
        rows: int,
        *,
        gradients: Sequence[NDArray[np.floating]] | None = None,
        batch_rows: int | None = None,
    ) -> None:
        self.loss, self.rows = loss, rows
        self._planned: dict[str, list[Operation]] = {}
        self.error: NDArray[np.floating] = np.empty((rows, net.outputs), net.dtype)
        self.gradient_scale = scalar(loss.gradient_scale / max(batch_rows or rows, 1), net.dtype)
        self.layers: list[LayerPlan] = []
        matrices, width = iter(zip(net.weights, gradients or net.weight_gradients, strict=True)), net.inputs
        self._first = len(net.layers)  # the number of the first layer with parameters
        for number, layer in enumerate(net.layers):
            parameters = None
            if layer.parameter_shape(width):
                parameters = Parameters(*next(matrices), first=number <= self._first)
                self._first = min(self._first, number)
            self.layers.append(layer.create_plan(parameters, width, rows, net.dtype))
            width = layer.count_outputs(width)
        self.random_layers = [layer for layer in self.layers if layer.is_random]

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
        values, operations = self._values(batch), list[Operation]()
        for number, layer in enumerate(self.layers):
            own = 0 < number < len(self.layers) - 1
            plan = partial(layer.forward, values[number], values[number + 1])
            operations += self._plan_once(f"forward {number}", plan) if own else plan()
        return operations

    def plan_backward(self, batch: Batch) -> list[Operation]:
        """Plan the backward pass, from the gradient by the logits to the first layer with parameters."""
        operations = self.loss.gradient(batch.logits, batch.targets, self.error)
        if batch.weights is not None:
            operations.append(partial(np.multiply, self.error, batch.weights, self.error))
        operations.append(partial(np.multiply, self.error, self.gradient_scale, self.error))
        error, values = self.error.T, self._values(batch)
        for number in range(len(self.layers) - 1, self._first - 1, -1):
            layer = self.layers[number]
            plan = partial(layer.backward_parameters, values[number], values[number + 1], error)
            operations += self._plan_once(f"backward parameters {number}", plan) if number else plan()
            if number > self._first:
                operations += self._plan_once(f"backward input {number}", partial(layer.backward_input, error))
                error = layer.input_gradient(error)
        return operations

    def _values(self, batch: Batch) -> list[NDArray[np.floating]]:
        """The values between the layers, a column for each row: inputs, outputs of the hidden layers, logits."""
        return [batch.x.T, *(layer.outputs for layer in self.layers[:-1]), batch.logits.T]

    def _plan_once(self, name: str, plan: Callable[[], list[Operation]]) -> list[Operation]:
        """Plan what touches no memory of a batch once for all batches, so that it stays in the processor's cache."""
        if name not in self._planned:
            self._planned[name] = plan()
        return self._planned[name]
