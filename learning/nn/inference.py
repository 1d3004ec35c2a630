"""Inference: the forward pass from inputs to logits without training, for evaluation and prediction.

The operations for a number of rows are planned once, with the memory between layers; then a forward pass costs three
calls of NumPy per dense layer, a few microseconds in all.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import ACTIVATIONS
from learning.nn.layers.dense import Dense
from learning.nn.layers.layer import LayerSpec
from learning.nn.layers.stack import PlacedLayer, StackPlan
from learning.nn.plan import Operation, execute

MAX_CHUNK_BYTES: Final = 2**19
MIN_CHUNK_ROWS: Final = 256
"""Rows are predicted in chunks whose widest layer fits into the processor's cache, but not in smaller chunks than
MIN_CHUNK_ROWS, as one product of large matrices is much faster than many of small ones."""


class InferencePlan(Protocol):
    """The forward pass for a fixed number of rows, for one thread at a time; `bytes` is its memory."""

    rows: int
    bytes: int

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) for inputs (rows, inputs); the next call overwrites them."""
        ...


def choose_chunk_rows(layers: Sequence[PlacedLayer]) -> int:
    """Return the maximum number of rows per forward pass."""
    widest = max(int(np.prod(leaf.output_shape)) for layer in layers for leaf in layer.leaves())
    return max(MIN_CHUNK_ROWS, MAX_CHUNK_BYTES // (4 * widest))


def plan_inference(
    layers: Sequence[LayerSpec], parameters: NDArray[np.floating], inputs: int, rows: int
) -> InferencePlan:
    """Plan the forward pass of layers, as `list_inference_layers` returns them, for rows of `inputs` numbers."""
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    if len(dense) == len(layers) and dense[0].groups == 1:
        return DenseChainPlan(dense, parameters, inputs, rows)
    return LayersPlan(layers, parameters, inputs, rows)


class LayersPlan:
    """The forward pass of any layers, by their own plans."""

    def __init__(self, layers: Sequence[LayerSpec], parameters: NDArray[np.floating], inputs: int, rows: int) -> None:
        self.rows = rows
        stack = StackPlan(layers, parameters, None, (inputs,), rows)
        self.inputs = stack.layers[0].inputs
        logits: NDArray[np.floating] = np.empty((*stack.output_shape, rows), parameters.dtype)
        self.logits = logits.T
        self.operations = stack.forward(self.inputs, logits)
        self.bytes = sum(layer.inputs.nbytes for layer in stack.layers) + logits.nbytes

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) for inputs (rows, inputs); the next call overwrites them."""
        self.inputs[...] = x.T
        execute(self.operations)
        return self.logits


class DenseChainPlan:
    """The forward pass of dense layers alone, with the rows first, which keeps the bits of old models' predictions.

    The first of them has one group.
    It reads inputs where they lie, and is planned without the memory for a backward pass.
    """

    def __init__(self, layers: Sequence[Dense], parameters: NDArray[np.floating], inputs: int, rows: int) -> None:
        self.rows = rows
        values = [np.empty((rows, layer.units), parameters.dtype) for layer in layers]
        self.bytes = sum(y.nbytes for y in values)
        self.operations: list[Operation] = []
        start, width = 0, inputs
        for number, (layer, y) in enumerate(zip(layers, values, strict=True)):
            matrix = layer.view_matrix(parameters[start : start + (width // layer.groups + 1) * layer.units])
            if number:
                self.operations.append(layer.plan_product(values[number - 1], matrix[:-1], y))
            self.operations.append(partial(np.add, y, matrix[-1:], y))
            self.operations += ACTIVATIONS[layer.activation](y.shape, y.dtype).forward(y)
            start, width = start + matrix.size, layer.units
        self.weights = layers[0].view_matrix(parameters[: (inputs + 1) * layers[0].units])[:-1]
        self.first, self.logits = values[0], values[-1]

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) for inputs (rows, inputs); the next call overwrites them."""
        np.dot(x, self.weights, self.first)
        execute(self.operations)
        return self.logits
