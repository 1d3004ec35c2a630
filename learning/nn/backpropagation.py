"""Backpropagation: how much each weight has to do with the error, for all of them in one pass forward and one back.

Forward, each layer bends its inputs into outputs. The loss tells how the last outputs should change, and by the chain
rule each layer, last to first, turns that into how its weights and its inputs should have been.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.passes import DenseLayer, DropoutLayer
from learning.nn.layers.specs import Dense, Dropout
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, scalar


@dataclass(frozen=True)
class Batch:
    """The memory of a batch of rows, through which batch after batch passes.

    Attributes:
        x: The inputs (rows, width), or (rows, width + 1) with a last column of ones.
        answers: What the loss compares the logits with (rows, 1) or (rows, outputs).
        weights: How much the loss of each row counts (rows, 1), or None if all count alike.
        logits: What the net says of the rows (rows, outputs).
    """

    x: NDArray[np.floating]
    targets: NDArray[np.floating]
    weights: NDArray[np.floating] | None
    logits: NDArray[np.floating]


class Backpropagation:
    """Plans how the gradients of a net are filled by batches of `rows` rows, in memory taken once.

    The loss of a batch is the mean of its rows' losses, each times its weight.

    Args:
        net: The net that goes forward.
        loss: What its logits are judged by.
        rows: How many rows go through it at a time.
        gradients: Where the gradients of each dense layer go; None: to the net's own.
        batch_rows: How many rows the whole batch has, if these are only a part of it.
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
        self.layers: list[DenseLayer | DropoutLayer] = []
        matrices, width = zip(net.weights, gradients or net.weight_gradients, strict=True), net.inputs
        for layer in net.layers:
            match layer:
                case Dense():
                    matrix, gradient = next(matrices)
                    self.layers.append(DenseLayer(layer, matrix, gradient, rows, first=matrix is net.weights[0]))
                    width = layer.units
                case Dropout():
                    self.layers.append(DropoutLayer(layer, width, rows, net.dtype))
        self.dropouts = [layer for layer in self.layers if isinstance(layer, DropoutLayer)]

    def seed_dropout(self, random: np.random.Generator) -> None:
        """Take new random numbers for what the dropout layers silence in the next batches."""
        for layer in self.dropouts:
            layer.random = random

    def plan_step(self, batch: Batch) -> list[Operation]:
        """Plan one batch: draw, go forward, go back."""
        return [
            *(layer.resample_mask for layer in self.dropouts),
            *self.plan_forward(batch),
            *self.plan_backward(batch),
        ]

    def plan_forward(self, batch: Batch) -> list[Operation]:
        """Plan the way forward: each layer makes its outputs of those of the layer before; the last are the logits."""
        places, operations = self._values(batch), list[Operation]()
        for number, layer in enumerate(self.layers):
            own = 0 < number < len(self.layers) - 1
            plan = partial(layer.forward, places[number], places[number + 1])
            operations += self._plan_once(f"forward {number}", plan) if own else plan()
        return operations

    def plan_backward(self, batch: Batch) -> list[Operation]:
        """Plan the way back, from the error of the logits to the gradients.

        It ends at the first dense layer: nobody asks how the inputs of the net should have been.
        """
        operations = self.loss.gradient(batch.logits, batch.targets, self.error)
        if batch.weights is not None:
            operations.append(partial(np.multiply, self.error, batch.weights, self.error))
        operations.append(partial(np.multiply, self.error, self.gradient_scale, self.error))
        error, places = self.error.T, self._values(batch)
        first = next(number for number, layer in enumerate(self.layers) if isinstance(layer, DenseLayer))
        for number in range(len(self.layers) - 1, first - 1, -1):
            layer = self.layers[number]
            plan = partial(layer.backward_parameters, places[number], places[number + 1], error)
            operations += self._plan_once(f"learn {number}", plan) if number else plan()
            if number > first:
                operations += self._plan_once(f"blame {number}", partial(layer.backward_input, error))
                error = layer.input_gradient if isinstance(layer, DenseLayer) else error
        return operations

    def _values(self, batch: Batch) -> list[NDArray[np.floating]]:
        """Where the values are between the layers, a column for each row: inputs, what layers make of them, logits."""
        return [batch.x.T, *(layer.values for layer in self.layers[:-1]), batch.logits.T]

    def _plan_once(self, name: str, plan: Callable[[], list[Operation]]) -> list[Operation]:
        """Plan what touches no memory of a batch once for all batches, so that it stays in the processor's cache."""
        if name not in self._planned:
            self._planned[name] = plan()
        return self._planned[name]
