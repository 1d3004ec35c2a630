"""A neural net: layers over one flat vector of parameters.

Each layer's parameters are a stretch of the vector, and its gradient the same stretch of a second one, so that
optimizer steps, copies, saving and loading are each one operation whatever the layers are.
"""

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.inference import InferencePlan, choose_chunk_rows, list_inference_layers, plan_inference
from learning.nn.layers import Dense, Layer, add_output_layer
from learning.nn.layers.stack import StackPlan, place_layers
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
        placed: The same with their shapes and their stretches of the parameters.
        parameters: All parameters (parameter_count,), layer by layer.
        gradients: Their gradients, which backpropagation fills.
        inference_layers: The layers that predictions run, without dropout; they have the same parameters.
        max_width: The largest number of values of a row before, between and after the layers.
        chunk_rows: The number of rows of a forward pass; more are passed in chunks.

    Raises:
        LayerMisfit: if a layer does not fit what comes before it.
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
        self.inference_layers = cast("list[Layer]", list_inference_layers(self.layers))
        self.placed = place_layers(self.layers, (inputs,))
        self._dense = [leaf for layer in self.placed for leaf in layer.leaves() if isinstance(leaf.layer, Dense)]
        count = self.placed[-1].stretch.stop
        self.parameters: NDArray[np.floating] = np.zeros(count, dtype) if parameters is None else parameters
        self.gradients: NDArray[np.floating] = np.zeros(count, dtype)  # takes no memory before it is written
        sizes = [math.prod(leaf.output_shape) for layer in self.placed for leaf in layer.leaves()]
        self.max_width = max(inputs, *sizes)
        self.chunk_rows = choose_chunk_rows(place_layers(self.inference_layers, (inputs,)))
        self._plans: list[InferencePlan] = []
        if parameters is None:
            self._draw_parameters(seed)

    def _draw_parameters(self, seed: int) -> None:
        random = rng_for(seed, "weights")
        for placed in self.placed:
            views = placed.cut_parameters(self.parameters)
            for parameter in placed.layer.parameters(placed.input_shape):
                views[parameter.name][...] = parameter.initializer(random)
        self.parameters[self.placed[-1].stretch] *= OUTPUT_INIT_SCALE

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The dtype of parameters and logits."""
        return self.parameters.dtype

    @property
    def parameter_count(self) -> int:
        """The number of weights, biases and other parameters of the net."""
        return len(self.parameters)

    @property
    def dense_layers(self) -> tuple[Dense, ...]:
        """The dense layers, also those within others: a chain, as what lies between them keeps the number of values."""
        return tuple([cast("Dense", placed.layer) for placed in self._dense])

    @property
    def dense_stretches(self) -> list[slice]:
        """Where the parameters of each dense layer lie in the vector."""
        return [placed.stretch for placed in self._dense]

    @property
    def weights(self) -> list[NDArray[np.floating]]:
        """The matrix (inputs + 1, units) of each dense layer, its last row the biases; views of `parameters`."""
        return self.weight_views(self.parameters)

    def weight_views(self, vector: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """View the stretches of the dense layers in a vector (parameter_count,) as their matrices, uncopied."""
        stretches = zip(self.dense_layers, self.dense_stretches, strict=True)
        return [layer.view_matrix(vector[stretch]) for layer, stretch in stretches]

    def rebind_parameters(self, memory: NDArray[np.floating]) -> None:
        """Move the parameters to other memory (parameter_count,)."""
        memory[...] = self.parameters
        self.parameters = memory
        self._plans = []

    def decay_mask(self) -> NDArray[np.floating]:
        """Return 1 for each parameter that weight decay pulls towards zero, and 0 for the others (parameter_count,)."""
        parameters = [each for placed in self.placed for each in placed.layer.parameters(placed.input_shape)]
        return np.concatenate([np.full(each.size, each.decays, self.dtype) for each in parameters])

    def plan_layers(self, rows: int, gradients: NDArray[np.floating] | None = None) -> StackPlan:
        """Plan the layers for `rows` rows as predictions run them.

        With `gradients` (parameter_count,), a backward pass fills them; else it goes back to the inputs alone.
        """
        return StackPlan(self.inference_layers, self.parameters, gradients, (self.inputs,), rows)

    @np.errstate(all="ignore")
    def forward(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) for inputs (rows, inputs); safe from any number of threads at once."""
        logits: NDArray[np.floating] = np.empty((len(x), self.outputs), self.dtype)
        idle = self._plans
        try:
            forward = idle.pop()
        except IndexError:
            forward = None
        for start in range(0, len(x), self.chunk_rows):
            part = x[start : start + self.chunk_rows]
            if forward is None or forward.rows != len(part):
                forward = plan_inference(self.inference_layers, self.parameters, self.inputs, len(part))
            logits[start : start + len(part)] = forward(part)
        if forward is not None and forward.bytes <= MAX_POOLED_BYTES:
            idle.append(forward)
        return logits
