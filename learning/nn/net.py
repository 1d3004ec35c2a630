"""A neural net: layers over one flat vector of parameters.

Each layer's matrix is a view into the vector, and its gradient a view into a second one, so that optimizer steps,
copies, saving and loading are each one operation whatever the layers are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.inference import InferencePlan, choose_chunk_rows
from learning.nn.initializers import draw_weights
from learning.nn.layers import Dense, Layer, add_output_layer, list_parameter_shapes
from learning.seeding import rng_for

OUTPUT_INIT_SCALE = 0.1
"""Factor on the output layer's first weights: a net that begins with near-constant outputs need not unlearn large ones
(Zhang, Dauphin & Ma 2019)."""

MAX_POOLED_BYTES = 2**17
"""Maximum memory of an inference plan that a thread leaves to the next prediction."""


class NeuralNet:
    """Hidden layers and a linear output layer; a net without hidden layers is a linear model.

    Args:
        inputs: The number of inputs.
        layers: The hidden layers, first to last.
        outputs: The number of logits.
        seed: The seed of the first weights.
        dtype: float32, or float64 to check derivatives.
        parameters: Weights to use as they are, uncopied, instead of first ones; they have the net's dtype.

    Attributes:
        layers: The hidden layers and the output layer.
        parameters: All weights and biases (parameter_count,).
        gradients: Their gradients, which backpropagation fills.
        weights: The matrix (inputs + 1, units) of each dense layer, its last row the biases; views of `parameters`.
        weight_gradients: The same views of `gradients`.
    """

    def __init__(
        self,
        inputs: int,
        layers: Sequence[Layer],
        outputs: int,
        *,
        seed: int,
        dtype: DTypeLike = np.float32,
        parameters: NDArray[np.floating] | None = None,
    ) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.layers: tuple[Layer, ...] = add_output_layer(layers, outputs)
        self.dense_layers = tuple(layer for layer in self.layers if isinstance(layer, Dense))
        self.shapes = list_parameter_shapes(inputs, self.layers)
        count = sum(rows * units for rows, units in self.shapes)
        self.parameters: NDArray[np.floating] = np.zeros(count, dtype) if parameters is None else parameters
        self.gradients: NDArray[np.floating] = np.zeros(count, dtype)  # takes no memory before it is written
        self.weights = self.weight_views(self.parameters)
        self.weight_gradients = self.weight_views(self.gradients)
        self._chunk_rows = choose_chunk_rows(self.dense_layers)
        self._plans: list[InferencePlan] = []
        if parameters is None:
            self._draw_weights(seed)

    def _draw_weights(self, seed: int) -> None:
        random = rng_for(seed, "weights")
        for layer, matrix in zip(self.dense_layers, self.weights, strict=True):
            matrix[:-1] = draw_weights(layer.initializer, layer.activation, matrix[:-1].shape, random)
        self.weights[-1][...] *= OUTPUT_INIT_SCALE

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The dtype of parameters and logits."""
        return self.parameters.dtype

    @property
    def chunk_rows(self) -> int:
        """The number of rows of a forward pass; more are passed in chunks."""
        return self._chunk_rows

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases of the net."""
        return len(self.parameters)

    def rebind_parameters(self, memory: NDArray[np.floating]) -> None:
        """Move the parameters to other memory (parameter_count,)."""
        memory[...] = self.parameters
        self.parameters, self.weights = memory, self.weight_views(memory)
        self._plans = []

    def weight_views(self, vector: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """Cut a vector (parameter_count,) into the matrices of the dense layers, one after the other, uncopied."""
        cuts = np.cumsum([rows * units for rows, units in self.shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(np.split(vector, cuts), self.shapes, strict=True)]

    def decay_mask(self) -> NDArray[np.floating]:
        """Return 1 for each weight and 0 for each bias (parameter_count,)."""
        mask = np.ones_like(self.parameters)
        for matrix in self.weight_views(mask):
            matrix[-1] = 0
        return mask

    @np.errstate(all="ignore")
    def forward(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) for inputs (rows, inputs); safe from any number of threads at once."""
        logits: NDArray[np.floating] = np.empty((len(x), self.outputs), self.dtype)
        idle = self._plans
        try:
            forward = idle.pop()
        except IndexError:
            forward = None
        for start in range(0, len(x), self._chunk_rows):
            part = x[start : start + self._chunk_rows]
            if forward is None or forward.rows != len(part):
                forward = InferencePlan(self.dense_layers, self.weights, len(part))
            logits[start : start + len(part)] = forward(part)
        if forward is not None and forward.bytes <= MAX_POOLED_BYTES:
            idle.append(forward)
        return logits
